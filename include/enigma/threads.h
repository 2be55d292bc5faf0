/* threads.h: sleeping and clocks as the scheduler and the timers need them: condition
 * variables that wait by the monotonic clock, and clock reads as one number.
 *
 * Read next: enigma/process/threads.pxd. */
#ifndef ENIGMA_THREADS_H
#define ENIGMA_THREADS_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <time.h>

static inline int64_t en_clock_monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
static inline int64_t en_clock_real_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
static inline void en_sleep_ns(int64_t ns) {
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    nanosleep(&t, NULL);
}
static inline int en_mutex_init(pthread_mutex_t *m) { return pthread_mutex_init(m, NULL); }
/* macOS has no pthread_condattr_setclock: there a relative wait exists instead. */
static inline int en_cond_init(pthread_cond_t *c) {
#ifdef __APPLE__
    return pthread_cond_init(c, NULL);
#else
    pthread_condattr_t a;
    int r;
    pthread_condattr_init(&a);
    pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    r = pthread_cond_init(c, &a);
    pthread_condattr_destroy(&a);
    return r;
#endif
}
/* Waits at most ns nanoseconds; a negative ns waits for ever. */
static inline void en_cond_wait_ns(pthread_cond_t *c, pthread_mutex_t *m, int64_t ns) {
    if (ns < 0) {
        pthread_cond_wait(c, m);
        return;
    }
#ifdef __APPLE__
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    pthread_cond_timedwait_relative_np(c, m, &t);
#else
    int64_t due = en_clock_monotonic_ns() + ns;
    struct timespec t = {due / 1000000000, due % 1000000000};
    pthread_cond_timedwait(c, m, &t);
#endif
}
#endif

/* shared_lock.h: a four-byte read-write lock for sections of at most some microseconds, as
 * those of tables are. Who waits spins, then yields the CPU, then sleeps in short naps: a
 * system call that wakes somebody would cost more than the section itself.
 *
 * Writers go first: a waiting one keeps new readers out. So a thread that reads must not
 * lock for reading again. A release touches the lock's memory once only, so what the lock
 * guards may be freed by the next holder.
 *
 * Read next: enigma/ets/table.pxd. */
#ifndef ENIGMA_SHARED_LOCK_H
#define ENIGMA_SHARED_LOCK_H

#include <sched.h>
#include <stdint.h>
#include <time.h>

#define EN_SHARED_WRITER 0x80000000u      /* somebody writes */
#define EN_SHARED_WAITING 0x40000000u     /* somebody wants to */
/* the other bits: how many read, or are about to see that they may not */

/* Waits a little, longer with every turn. */
static inline void en_shared_wait(int *turns) {
    int n = ++*turns;
    if (n < 128) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ __volatile__("yield");
#endif
    } else if (n < 160) {
        sched_yield();
    } else {
        struct timespec nap = {0, 50000};
        nanosleep(&nap, NULL);
    }
}
static inline int en_shared_try_read(uint32_t *l) {
    if (__builtin_expect(__atomic_fetch_add(l, 1, __ATOMIC_ACQUIRE) < EN_SHARED_WAITING, 1))
        return 1;
    __atomic_fetch_sub(l, 1, __ATOMIC_RELAXED);
    return 0;
}
static inline void en_shared_read(uint32_t *l) {
    int turns = 0;
    while (!en_shared_try_read(l)) {
        do
            en_shared_wait(&turns);
        while (__atomic_load_n(l, __ATOMIC_RELAXED) >= EN_SHARED_WAITING);
    }
}
static inline void en_shared_read_end(uint32_t *l) { __atomic_fetch_sub(l, 1, __ATOMIC_RELEASE); }
static inline int en_shared_try_write(uint32_t *l) {
    uint32_t seen = 0;
    return __atomic_compare_exchange_n(l, &seen, EN_SHARED_WRITER, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
static inline void en_shared_write(uint32_t *l) {
    int turns = 0;
    uint32_t seen = 0;
    while (!__atomic_compare_exchange_n(l, &seen, EN_SHARED_WRITER, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        if (seen == EN_SHARED_WAITING)    /* nobody is in; the other waiters announce themselves again */
            continue;
        if (!(seen & EN_SHARED_WAITING))
            __atomic_fetch_or(l, EN_SHARED_WAITING, __ATOMIC_RELAXED);
        en_shared_wait(&turns);
        seen = __atomic_load_n(l, __ATOMIC_RELAXED);
        seen = seen == EN_SHARED_WAITING ? EN_SHARED_WAITING : 0;
    }
}
static inline void en_shared_write_end(uint32_t *l) {
    __atomic_fetch_and(l, ~EN_SHARED_WRITER, __ATOMIC_RELEASE);
}
/* Gives back whichever way it is held. */
static inline void en_shared_end(uint32_t *l) {
    if (__atomic_load_n(l, __ATOMIC_RELAXED) & EN_SHARED_WRITER)
        en_shared_write_end(l);
    else
        en_shared_read_end(l);
}

#endif

/* shared_lock.h: read-write locks, one of four bytes and one of some cache lines, for sections
 * of at most some microseconds, as those of tables are. Who waits spins, then yields the CPU,
 * then sleeps in short naps: a system call that wakes somebody would cost more than the section.
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
#include <stdlib.h>
#include <string.h>
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

/* The same spread out: each thread that reads counts in a cache line of its own, so readers do not
 * disturb each other; who writes looks at all of them. `i` is the caller's line, the same for
 * locking and for giving back; threads may share one. */
typedef struct {
    uint32_t readers;
    char rest[60];
} en_wide_line;
typedef struct {
    uint32_t state;                       /* 0, EN_SHARED_WAITING or EN_SHARED_WRITER */
    uint32_t count;
    char rest[56];
    en_wide_line line[1];
} en_wide;

static inline en_wide *en_wide_new(uint32_t count) {
    void *p = NULL;
    size_t bytes = sizeof(en_wide) + (count - 1) * sizeof(en_wide_line);
    if (posix_memalign(&p, 64, bytes) != 0)
        return NULL;
    memset(p, 0, bytes);
    ((en_wide *)p)->count = count;
    return (en_wide *)p;
}
static inline int en_wide_try_read(en_wide *w, uint32_t i) {
    __atomic_fetch_add(&w->line[i].readers, 1, __ATOMIC_SEQ_CST);
    if (__builtin_expect(__atomic_load_n(&w->state, __ATOMIC_SEQ_CST) == 0, 1))
        return 1;
    __atomic_fetch_sub(&w->line[i].readers, 1, __ATOMIC_RELEASE);
    return 0;
}
static inline void en_wide_read(en_wide *w, uint32_t i) {
    int turns = 0;
    while (!en_wide_try_read(w, i)) {
        do
            en_shared_wait(&turns);
        while (__atomic_load_n(&w->state, __ATOMIC_RELAXED) != 0);
    }
}
static inline int en_wide_claim(en_wide *w) {
    uint32_t seen = 0;
    return __atomic_compare_exchange_n(&w->state, &seen, EN_SHARED_WAITING, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}
static inline int en_wide_try_write(en_wide *w) {
    uint32_t i;
    if (!en_wide_claim(w))
        return 0;
    for (i = 0; i < w->count; i++)
        if (__atomic_load_n(&w->line[i].readers, __ATOMIC_SEQ_CST) != 0) {
            __atomic_store_n(&w->state, 0, __ATOMIC_RELEASE);
            return 0;
        }
    __atomic_store_n(&w->state, EN_SHARED_WRITER, __ATOMIC_RELAXED);
    return 1;
}
static inline void en_wide_write(en_wide *w) {
    int turns = 0;
    uint32_t i;
    while (!en_wide_claim(w))
        en_shared_wait(&turns);
    for (i = 0; i < w->count; i++)
        while (__atomic_load_n(&w->line[i].readers, __ATOMIC_SEQ_CST) != 0)
            en_shared_wait(&turns);
    __atomic_store_n(&w->state, EN_SHARED_WRITER, __ATOMIC_RELAXED);
}
/* Asked by a holder: does it write? A writer that waits has not changed the state to this yet. */
static inline int en_wide_writes(en_wide *w) { return __atomic_load_n(&w->state, __ATOMIC_RELAXED) == EN_SHARED_WRITER; }
static inline void en_wide_write_end(en_wide *w) { __atomic_store_n(&w->state, 0, __ATOMIC_RELEASE); }
static inline void en_wide_read_end(en_wide *w, uint32_t i) {
    __atomic_fetch_sub(&w->line[i].readers, 1, __ATOMIC_RELEASE);
}

#endif

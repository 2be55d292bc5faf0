/* core.h: what Cython cannot say and every floor needs: the term word, branch
 * hints, overflow checks, atomics and small locks.
 *
 * Read next: enigma/term/pack.pxd. */
#ifndef ENIGMA_CORE_H
#define ENIGMA_CORE_H

#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sched.h>

typedef uint64_t Term;

#define EN_LIKELY(x) __builtin_expect(!!(x), 1)
#define EN_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Asks for the cache line of an address that will be read soon; any address. */
static inline void en_prefetch(const void *p) { __builtin_prefetch(p); }

/* Overflow-checked signed arithmetic; *r receives the wrapped result. */
static inline int en_add_overflow(int64_t a, int64_t b, int64_t *r) { return __builtin_add_overflow(a, b, r); }
static inline int en_sub_overflow(int64_t a, int64_t b, int64_t *r) { return __builtin_sub_overflow(a, b, r); }
static inline int en_mul_overflow(int64_t a, int64_t b, int64_t *r) { return __builtin_mul_overflow(a, b, r); }
static inline int en_clz64(uint64_t x) { return x ? __builtin_clzll(x) : 64; }
static inline int en_ctz64(uint64_t x) { return x ? __builtin_ctzll(x) : 64; }
/* The builtin is a call of libgcc where the target need not have the instruction; what has it can be asked. */
static inline int en_popcount64(uint64_t x) {
#ifdef __POPCNT__
    return __builtin_popcountll(x);
#else
#if defined(__x86_64__) && defined(__GNUC__)
    if (EN_LIKELY(__builtin_cpu_supports("popcnt"))) {
        __asm__("popcnt %1, %0" : "=r"(x) : "r"(x) : "cc");
        return (int)x;
    }
#endif
    x -= (x >> 1) & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return (int)((x * 0x0101010101010101u) >> 56);
#endif
}
static inline uint64_t en_bswap64(uint64_t x) { return __builtin_bswap64(x); }
static inline uint32_t en_bswap32(uint32_t x) { return __builtin_bswap32(x); }
static inline uint16_t en_bswap16(uint16_t x) { return __builtin_bswap16(x); }

/* Atomics. The suffix names the ordering. */
static inline uint64_t en_load64_acq(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline uint64_t en_load64_rlx(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
static inline void en_store64_rel(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline void en_store64_rlx(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
static inline uint64_t en_add64(uint64_t *p, uint64_t v) { return __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL); }
static inline uint64_t en_sub64(uint64_t *p, uint64_t v) { return __atomic_fetch_sub(p, v, __ATOMIC_ACQ_REL); }
static inline uint64_t en_swap64(uint64_t *p, uint64_t v) { return __atomic_exchange_n(p, v, __ATOMIC_ACQ_REL); }
static inline int en_cas64(uint64_t *p, uint64_t *expected, uint64_t v) {
    return __atomic_compare_exchange_n(p, expected, v, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
static inline uint32_t en_load32_acq(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline uint32_t en_load32_rlx(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
static inline void en_store32_rel(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline uint32_t en_add32(uint32_t *p, uint32_t v) { return __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL); }
static inline uint32_t en_sub32(uint32_t *p, uint32_t v) { return __atomic_fetch_sub(p, v, __ATOMIC_ACQ_REL); }
static inline uint32_t en_or32(uint32_t *p, uint32_t v) { return __atomic_fetch_or(p, v, __ATOMIC_ACQ_REL); }
static inline uint32_t en_and32(uint32_t *p, uint32_t v) { return __atomic_fetch_and(p, v, __ATOMIC_ACQ_REL); }
static inline int en_cas32(uint32_t *p, uint32_t *expected, uint32_t v) {
    return __atomic_compare_exchange_n(p, expected, v, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
static inline void *en_loadp_acq(void *const *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline void en_storep_rel(void **p, void *v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline void *en_swapp(void **p, void *v) { return __atomic_exchange_n(p, v, __ATOMIC_ACQ_REL); }
static inline int en_casp(void **p, void **expected, void *v) {
    return __atomic_compare_exchange_n(p, expected, v, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
static inline void en_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

/* A four-byte lock for short sections: spins a little, then yields the CPU. 0 is free. */
static inline void en_spin_lock(uint32_t *l) {
    int n = 0;
    while (__atomic_exchange_n(l, 1u, __ATOMIC_ACQUIRE)) {
        do {
#if defined(__x86_64__) || defined(__i386__)
            __builtin_ia32_pause();
#endif
            if (++n > 64) { sched_yield(); n = 0; }
        } while (__atomic_load_n(l, __ATOMIC_RELAXED));
    }
}
static inline int en_spin_trylock(uint32_t *l) { return !__atomic_exchange_n(l, 1u, __ATOMIC_ACQUIRE); }
static inline void en_spin_unlock(uint32_t *l) { __atomic_store_n(l, 0u, __ATOMIC_RELEASE); }

#endif

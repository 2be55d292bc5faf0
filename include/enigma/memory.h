/* memory.h: what the memory room needs from the compiler and the system: pages of
 * address space, and one pointer per thread for its block cache.
 *
 * The thread pointer is a variable of the translation unit that includes this file, so only
 * enigma/memory/blocks.pyx may use en_thread_cache_*. Read next: enigma/memory/blocks.pyx. */
#ifndef ENIGMA_MEMORY_H
#define ENIGMA_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

/* Under AddressSanitizer every block is a malloc of its own, so that stale terms are reported. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define EN_BLOCKS_ARE_MALLOC 1
#else
#define EN_BLOCKS_ARE_MALLOC 0
#endif

static __thread void *en_thread_cache_slot;
static inline void *en_thread_cache_get(void) { return en_thread_cache_slot; }
static inline void en_thread_cache_set(void *p) { en_thread_cache_slot = p; }

/* Zeroed pages, given memory when first touched; NULL if there are none. */
static inline void *en_pages_map(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}
static inline void en_pages_unmap(void *p, size_t bytes) { munmap(p, bytes); }

/* Address space alone: any access faults until it is committed. */
static inline void *en_pages_reserve(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}
static inline int en_pages_commit(void *p, size_t bytes) { return mprotect(p, bytes, PROT_READ | PROT_WRITE) == 0; }

/* Gives the memory back and keeps the addresses; what is read there later is undefined. */
static inline void en_pages_discard(void *p, size_t bytes) { (void)madvise(p, bytes, MADV_DONTNEED); }

/* Fewer page faults for blocks that will be filled. */
static inline void en_pages_huge(void *p, size_t bytes) {
#ifdef MADV_HUGEPAGE
    (void)madvise(p, bytes, MADV_HUGEPAGE);
#else
    (void)p; (void)bytes;
#endif
}

#define EN_ALWAYS_INLINE inline __attribute__((always_inline))

#endif

/* What the C library's allocator is told by a program that owns its process. */
#ifndef ENIGMA_ALLOCATION_H
#define ENIGMA_ALLOCATION_H

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* glibc puts small blocks that are freed aside and joins all of them to their neighbours later, at one go: with some
   100,000 objects of a table that takes a tenth of a second, within anybody's malloc. Here each is joined at once. */
static inline void en_free_evenly(void) {
#ifdef __GLIBC__
    mallopt(M_MXFAST, 0);
#endif
}

#endif

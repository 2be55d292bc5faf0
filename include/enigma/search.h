/* Vectorised search for one byte string in another; used by enigma/match/search.pyx.
 *
 * Sixteen start positions at a time are tested for the pattern's first and last byte; only those where
 * both agree are compared. Text that agrees often without matching makes that quadratic, so the bytes
 * compared in vain are counted in *wasted and the search stops, with *resume set, once they exceed
 * `patience`; the caller goes on with an algorithm that is linear in the worst case. */
#ifndef ENIGMA_SEARCH_H
#define ENIGMA_SEARCH_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* First occurrence of pattern[0..m) in text[0..n), as an index, or n if there is none or patience ended
 * (then *resume < n is where to go on; otherwise *resume == n). m >= 2. */
static inline size_t en_find(const uint8_t *text, size_t n, const uint8_t *pattern, size_t m, size_t patience, size_t *resume)
{
    size_t i = 0, last, wasted = 0;
    *resume = n;
    if (n < m)
        return n;
    last = n - m; /* highest start position */
#if defined(__SSE2__)
    {
        const __m128i first = _mm_set1_epi8((char)pattern[0]);
        const __m128i final = _mm_set1_epi8((char)pattern[m - 1]);
        size_t until = 0; /* the library's memchr, which has wider vectors, looks for the first byte again from here */
        while (i + 15 <= last) {
            if (i >= until) {
                const uint8_t *p = (const uint8_t *)memchr(text + i, pattern[0], last - i + 1);
                if (!p)
                    return n;
                i = (size_t)(p - text);
                until = i + 256;
                if (i + 15 > last)
                    break;
            }
            __m128i a = _mm_loadu_si128((const __m128i *)(text + i));
            __m128i b = _mm_loadu_si128((const __m128i *)(text + i + m - 1));
            unsigned mask = (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, final)));
            while (mask) {
                size_t at = i + (size_t)__builtin_ctz(mask);
                if (memcmp(text + at + 1, pattern + 1, m - 2) == 0)
                    return at;
                wasted += m;
                mask &= mask - 1;
            }
            i += 16;
            if (wasted > patience + 8 * i) {
                *resume = i;
                return n;
            }
        }
    }
#endif
    while (i <= last) {
        const uint8_t *p = (const uint8_t *)memchr(text + i, pattern[0], last - i + 1);
        if (!p)
            return n;
        i = (size_t)(p - text);
        if (p[m - 1] == pattern[m - 1]) {
            if (memcmp(p + 1, pattern + 1, m - 2) == 0)
                return i;
            wasted += m;
        }
        i++;
        if (wasted > patience + 8 * i) {
            *resume = i;
            return n;
        }
    }
    return n;
}
#endif

/* What the bit syntax needs and Cython can't say: half floats, the machine's byte order, and the place
 * where the bs_init2 family of instructions remembers the binary under construction. */
#ifndef ENIGMA_BITS_H
#define ENIGMA_BITS_H
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define EN_HOST_LITTLE 0
#else
#define EN_HOST_LITTLE 1
#endif

/* One a thread is enough: no process is switched between bs_init2 and the last bs_put_ behind it. */
typedef struct {
    uint8_t *data;
    uint64_t position; /* bits */
    uint64_t end;      /* bits; nothing is written from here on */
} en_bit_writer;

static inline double en_half_to_double(uint16_t h)
{
    uint64_t sign = (uint64_t)(h >> 15) << 63, exponent = (h >> 10) & 31, fraction = h & 1023, bits;
    double d;
    if (exponent == 0) { /* zero and subnormals: fraction * 2^-24 */
        d = (double)fraction / 16777216.0;
        memcpy(&bits, &d, 8);
        bits |= sign;
    } else if (exponent == 31) {
        bits = sign | 0x7FF0000000000000ULL | (fraction << 42);
    } else {
        bits = sign | ((exponent + 1008) << 52) | (fraction << 42);
    }
    memcpy(&d, &bits, 8);
    return d;
}

/* Rounds to nearest, ties to even; too large becomes infinity. */
static inline uint16_t en_half_from_double(double d)
{
    uint64_t bits, fraction, rest, half;
    int exponent, shift;
    uint16_t sign, result;
    memcpy(&bits, &d, 8);
    sign = (uint16_t)(bits >> 48) & 0x8000;
    exponent = (int)((bits >> 52) & 2047) - 1023;
    fraction = bits & 0xFFFFFFFFFFFFFULL;
    if (exponent == 1024)
        return sign | 0x7C00 | (fraction ? 0x200 : 0);
    if (exponent > 15)
        return sign | 0x7C00;
    if (exponent < -25)
        return sign;
    fraction |= 0x10000000000000ULL;
    if (exponent >= -14) {
        shift = 42;
        result = (uint16_t)((exponent + 14) << 10); /* the implicit bit adds one to the exponent */
    } else {
        shift = 42 + (-14 - exponent);
        result = 0;
    }
    rest = fraction & ((1ULL << shift) - 1);
    half = 1ULL << (shift - 1);
    result = (uint16_t)(result + (fraction >> shift));
    if (rest > half || (rest == half && (result & 1)))
        result++; /* may carry into the exponent, up to infinity, as it should */
    return sign | result;
}
#endif

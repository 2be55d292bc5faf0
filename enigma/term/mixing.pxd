"""How hashes of terms are mixed: 32-bit words with Bob Jenkins' 1996 function, and the internal hash of immediates.

The multiples of its constant tell kinds of terms apart; which is which OTP's source alone defines.
Read next: compare.pyx, which walks over terms with it.
"""
from libc.stdint cimport uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.pack cimport *

cdef enum:
    GOLDEN = 0x9E3779B9      # its multiples k * GOLDEN mod 2^32 mark kinds of terms
    INTERNAL_SALT = 3432918353


cdef inline uint32_t seed_of(uint32_t k) noexcept nogil:
    return k * <uint32_t>GOLDEN


cdef inline void mix_words(uint32_t* pa, uint32_t* pb, uint32_t* pc) noexcept nogil:
    cdef uint32_t a = pa[0], b = pb[0], c = pc[0]
    a = (a - b - c) ^ (c >> 13)
    b = (b - c - a) ^ (a << 8)
    c = (c - a - b) ^ (b >> 13)
    a = (a - b - c) ^ (c >> 12)
    b = (b - c - a) ^ (a << 16)
    c = (c - a - b) ^ (b >> 5)
    a = (a - b - c) ^ (c >> 3)
    b = (b - c - a) ^ (a << 10)
    pc[0] = (c - a - b) ^ (b >> 15)
    pa[0] = a
    pb[0] = b


cdef inline uint32_t mix(uint32_t a, uint32_t b, uint32_t c) noexcept nogil:
    mix_words(&a, &b, &c)
    return c


cdef inline uint32_t mix2(uint32_t hash_, uint64_t x, uint64_t y, uint32_t k) noexcept nogil:
    return mix(seed_of(k) + <uint32_t>x, seed_of(k) + <uint32_t>y, hash_)


cdef inline uint32_t mix1(uint32_t hash_, uint64_t x, uint32_t k) noexcept nogil:
    return mix(seed_of(k) + <uint32_t>x, seed_of(k), hash_)


cdef inline uint32_t mix64(uint32_t hash_, uint64_t x, uint32_t k) noexcept nogil:
    return mix2(hash_, x, x >> 32, k)


# Immediates enter as OTP's words. There nil has nothing above its tag, and the upper half of a local pid
# or port is its place in a table, of 2^18 or 2^16 entries by default, where neighbours are 8 apart. Data
# of more than OTP's 28 bits must count as well.
cdef inline uint32_t hash_immediate(uint32_t hash_, Term t) noexcept nogil:
    cdef uint32_t n
    if term_is_small(t):
        return mix64(hash_, t, 1)
    if term_is_nil(t):
        t = I_NIL
    elif term_is_local_pid(t):
        n = <uint32_t>pid_data(t)
        return mix2(hash_, n << 4 | I_PID, ((n & 0x7FFF) << 3 | (n >> 15 & 7)) ^ (pid_data(t) >> 28 << 18), 1)
    elif term_is_local_port(t):
        n = <uint32_t>port_data(t)
        return mix2(hash_, n << 4 | I_PORT, ((n & 0x1FFF) << 3 | (n >> 13 & 7)) ^ (port_data(t) >> 28 << 18), 1)
    return mix64(hash_, t, 1)

# distutils: libraries = gmp
# distutils: sources = enigma/term/native/to_chars.cpp
"""Integers of any size and floats.

An integer operand is looked at through a Magnitude: sign and borrowed limbs, with a small integer's one
limb inside the Magnitude itself. Results are computed straight into words taken from the heap and then
normalised: words at the end that were not needed go back to the heap if they are still its last ones, and
are covered by a filler header if they lie in a fragment.

Invariant: a bignum's top limb is not zero and its value does not fit a small. BIG_MAX_LIMBS is OTP's
limit on a 64-bit machine (a bignum header's arity there has 19 bits).

Floats in results are always finite. Mixed operations convert the integer as OTP does, limb by limb from
the top, which rounds differently from a conversion in one step now and then.
Read next: number.pxd, gmp.pxd.
"""
from libc.math cimport floor, frexp, isfinite, ldexp, signbit
from libc.math cimport round as round_half_away
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset
from enigma.term.am cimport AM_badarg, AM_badarith, AM_system_limit
from enigma.term.boxed cimport *
from enigma.term.core cimport *
from enigma.term.gmp cimport *
from enigma.term.pack cimport *

cdef extern from * nogil:
    """
    size_t en_double_scientific(double d, int digits, char *out, size_t room);
    size_t en_double_fixed(double d, int digits, char *out, size_t room);
    size_t en_double_shortest(double d, char *out, size_t room);
    int en_double_parse(const char *text, size_t n, double *out);
    """
    size_t en_double_scientific(double d, int digits, char* out, size_t room) noexcept
    size_t en_double_fixed(double d, int digits, char* out, size_t room) noexcept
    size_t en_double_shortest(double d, char* out, size_t room) noexcept
    int en_double_parse(const char* text, size_t n, double* out) noexcept

cdef enum:
    FLOAT_TEXT_LIMIT = 255     # OTP gives up on longer texts

cdef struct Magnitude:
    const mp_limb_t* limbs     # borrowed from the term, or &single
    mp_size_t n                # 0 for zero
    bint negative
    mp_limb_t single

# Words taken for a result: header and limbs.
cdef struct Space:
    Heap* heap
    Term* p
    size_t words
    bint bumped                # they are the last words of the heap's own block


# --- operands and results -------------------------------------------------------------------------

cdef inline uint64_t magnitude64(int64_t v) noexcept nogil:
    return <uint64_t>0 - <uint64_t>v if v < 0 else <uint64_t>v


cdef inline void look(Term t, Magnitude* m) noexcept nogil:
    cdef int64_t v
    cdef Term* p
    if term_is_small(t):
        v = small_value(t)
        m.single = magnitude64(v)
        m.limbs = &m.single
        m.n = 1 if v != 0 else 0
        m.negative = v < 0
    else:
        p = boxed_ptr(t)
        m.limbs = <const mp_limb_t*>(p + 1)
        m.n = <mp_size_t>header_size(p[0])
        m.negative = header_kind(p[0]) == T_BIG_NEG


cdef inline mp_limb_t* take(Heap* h, size_t limbs, Space* s) noexcept nogil:
    cdef Term* top = h.top
    s.heap = h
    s.words = limbs + 1
    s.p = heap_alloc(h, limbs + 1)
    s.bumped = s.p == top
    return <mp_limb_t*>(s.p + 1) if s.p != NULL else NULL


cdef inline void give_back(Space* s, size_t used) noexcept nogil:
    if s.bumped:
        s.heap.top = s.p + used
    elif used < s.words:
        s.p[used] = make_header(T_BIG_POS, s.words - used - 1)


# The term whose magnitude is in the first n limbs of the space.
cdef Term finish(Space* s, mp_size_t n, bint negative, Term* reason) noexcept nogil:
    cdef mp_limb_t* limbs = <mp_limb_t*>(s.p + 1)
    cdef uint64_t v
    while n > 0 and limbs[n - 1] == 0:
        n -= 1
    if n <= 1:
        v = limbs[0] if n == 1 else 0
        if v < (<uint64_t>1 << 59) or (negative and v == (<uint64_t>1 << 59)):
            give_back(s, 0)
            return make_small(-<int64_t>v if negative else <int64_t>v)
    elif n > BIG_MAX_LIMBS:
        give_back(s, 0)
        reason[0] = AM_system_limit
        return 0
    s.p[0] = make_header(T_BIG_NEG if negative else T_BIG_POS, n)
    give_back(s, n + 1)
    return make_boxed(s.p)


cdef inline Term fail_with(Term* reason, Term atom) noexcept nogil:
    reason[0] = atom
    return 0


cdef inline mp_limb_t* scratch(size_t limbs) noexcept nogil:
    return <mp_limb_t*>malloc((limbs + 1) * sizeof(mp_limb_t))


cdef Term integer_from_i64(Heap* h, int64_t v) noexcept nogil:
    cdef Term* p
    if fits_small(v):
        return make_small(v)
    p = heap_alloc(h, 2)
    if p == NULL:
        return 0
    p[0] = make_header(T_BIG_NEG if v < 0 else T_BIG_POS, 1)
    p[1] = magnitude64(v)
    return make_boxed(p)


cdef Term integer_from_u64(Heap* h, uint64_t v) noexcept nogil:
    cdef Term* p
    if v < (<uint64_t>1 << 59):
        return make_small(<int64_t>v)
    p = heap_alloc(h, 2)
    if p == NULL:
        return 0
    p[0] = make_header(T_BIG_POS, 1)
    p[1] = v
    return make_boxed(p)


cdef inline Term new_i64(Heap* h, int64_t v, Term* reason) noexcept nogil:
    cdef Term t = integer_from_i64(h, v)
    if t == 0:
        reason[0] = AM_system_limit
    return t


# --- conversions ------------------------------------------------------------------------------------

cdef Term integer_from_bytes(Heap* h, const uint8_t* bytes_, size_t n, bint little, bint is_signed) noexcept nogil:
    cdef Space s
    cdef mp_limb_t* r
    cdef size_t limbs, i
    cdef bint negative
    cdef uint64_t v
    cdef Term reason = 0
    if n == 0:
        return make_small(0)
    negative = is_signed and (bytes_[n - 1 if little else 0] & 0x80) != 0
    if n <= 8:
        v = ~<uint64_t>0 if negative else 0
        for i in range(n):
            v = v << 8 | bytes_[n - 1 - i if little else i]
        return integer_from_i64(h, <int64_t>v) if is_signed else integer_from_u64(h, v)
    while n > 8 and not negative and bytes_[n - 1 if little else 0] == 0:   # leading zeros
        n -= 1
        if not little:
            bytes_ += 1
    limbs = (n + 7) >> 3
    if limbs > BIG_MAX_LIMBS + 1:
        return 0
    r = take(h, limbs, &s)
    if r == NULL:
        return 0
    r[limbs - 1] = ~<mp_limb_t>0 if negative else 0
    if little:
        memcpy(r, bytes_, n)       # limbs are little-endian words
    else:
        for i in range(n >> 3):
            memcpy(&v, bytes_ + n - 8 * (i + 1), 8)
            r[i] = en_bswap64(v)
        v = ~<uint64_t>0 if negative else 0
        for i in range(n & 7):
            v = v << 8 | bytes_[i]
        if (n & 7) != 0:
            r[limbs - 1] = v
    if negative:
        mpn_neg(r, r, <mp_size_t>limbs)
    return finish(&s, <mp_size_t>limbs, negative, &reason)


cdef void integer_to_bytes(Term t, uint8_t* out, size_t n, bint little) noexcept nogil:
    cdef Magnitude m
    cdef size_t i
    cdef size_t k = 0            # bytes written, least significant first
    cdef mp_size_t limb = 0
    cdef mp_limb_t v
    cdef bint carry
    look(t, &m)
    carry = m.negative           # two's complement: invert and add one
    while k < n:
        v = m.limbs[limb] if limb < m.n else 0
        limb += 1
        if m.negative:
            v = ~v
            if carry:
                v += 1
                carry = v == 0
        if n - k >= 8:
            if little:
                memcpy(out + k, &v, 8)
            else:
                v = en_bswap64(v)
                memcpy(out + n - k - 8, &v, 8)
            k += 8
        else:
            for i in range(n - k):
                out[k + i if little else n - k - 1 - i] = <uint8_t>(v >> (8 * i))
            k = n


cdef bint integer_to_i64(Term t, int64_t* out) noexcept nogil:
    cdef Magnitude m
    if term_is_small(t):
        out[0] = small_value(t)
        return True
    look(t, &m)
    if m.n > 1:
        return False
    if m.limbs[0] >> 63 != 0 and not (m.negative and m.limbs[0] == <uint64_t>1 << 63):
        return False
    out[0] = <int64_t>(<uint64_t>0 - m.limbs[0]) if m.negative else <int64_t>m.limbs[0]
    return True


cdef bint integer_to_u64(Term t, uint64_t* out) noexcept nogil:
    cdef Magnitude m
    look(t, &m)
    if m.negative or m.n > 1:
        return False
    out[0] = m.limbs[0] if m.n == 1 else 0
    return True


cdef bint integer_is_negative(Term t) noexcept nogil:
    if term_is_small(t):
        return small_value(t) < 0
    return boxed_kind(t) == T_BIG_NEG


cdef inline size_t bit_length(const Magnitude* m) noexcept nogil:
    if m.n == 0:
        return 0
    return <size_t>m.n * 64 - en_clz64(m.limbs[m.n - 1])


cdef size_t integer_bit_length(Term t) noexcept nogil:
    cdef Magnitude m
    look(t, &m)
    return bit_length(&m)


cdef bint integer_to_double(Term t, double* out) noexcept nogil:
    cdef Magnitude m
    cdef double d = 0.0
    cdef mp_size_t i
    if term_is_small(t):
        out[0] = <double>small_value(t)
        return True
    look(t, &m)
    if m.n > 16:
        return False
    i = m.n
    while i > 0:
        i -= 1
        d = d * 18446744073709551616.0 + <double>m.limbs[i]
    if not isfinite(d):
        return False
    out[0] = -d if m.negative else d
    return True


cdef Term integer_from_double(Heap* h, double d) noexcept nogil:
    cdef Space s
    cdef mp_limb_t* r
    cdef Term reason = 0
    cdef int exponent
    cdef uint64_t mantissa
    cdef size_t limb, shift
    cdef bint negative = d < 0
    if -9.0e18 < d and d < 9.0e18:
        return integer_from_i64(h, <int64_t>d)
    mantissa = <uint64_t>ldexp(frexp(-d if negative else d, &exponent), 53)
    exponent -= 53                         # at least 10: d is mantissa << exponent
    limb = <size_t>exponent >> 6
    shift = <size_t>exponent & 63
    r = take(h, limb + 2, &s)
    if r == NULL:
        return 0
    memset(r, 0, (limb + 2) * sizeof(mp_limb_t))
    r[limb] = mantissa << shift
    if shift > 0:
        r[limb + 1] = mantissa >> (64 - shift)
    return finish(&s, <mp_size_t>(limb + 2), negative, &reason)


# --- order --------------------------------------------------------------------------------------------

cdef inline int compare_magnitudes(const Magnitude* a, const Magnitude* b) noexcept nogil:
    if a.n != b.n:
        return -1 if a.n < b.n else 1
    return mpn_cmp(a.limbs, b.limbs, a.n) if a.n > 0 else 0


cdef int integer_compare(Term a, Term b) noexcept nogil:
    cdef Magnitude x, y
    cdef int r
    if term_both_small(a, b):
        return (small_value(a) > small_value(b)) - (small_value(a) < small_value(b))
    look(a, &x)
    look(b, &y)
    if x.negative != y.negative:
        return -1 if x.negative else 1
    r = compare_magnitudes(&x, &y)
    return -r if x.negative else r


cdef int integer_float_compare(Term i, double d) noexcept nogil:
    cdef Magnitude m
    cdef int exponent, r
    cdef size_t bits, low
    cdef uint64_t mantissa, whole, top
    cdef mp_size_t k, limb
    cdef bint negative = d < 0
    look(i, &m)
    if m.n == 0:
        return 0 if d == 0 else (1 if negative else -1)
    if d == 0 or m.negative != negative:
        return -1 if m.negative else 1
    bits = bit_length(&m)
    mantissa = <uint64_t>ldexp(frexp(-d if negative else d, &exponent), 53)
    # The magnitude of d is mantissa * 2^(exponent - 53); its integral part has `exponent` bits.
    if exponent < 1 or bits > <size_t>exponent:
        r = 1
    elif bits < <size_t>exponent:
        r = -1
    elif exponent <= 53:
        whole = mantissa >> (53 - exponent)
        if m.limbs[0] != whole:
            r = 1 if m.limbs[0] > whole else -1
        else:
            r = 0 if whole << (53 - exponent) == mantissa else -1
    else:
        low = bits - 53                    # bits of the integer below those that a float keeps
        limb = <mp_size_t>(low >> 6)
        top = m.limbs[limb] >> (low & 63)
        if (low & 63) != 0 and limb + 1 < m.n:
            top |= m.limbs[limb + 1] << (64 - (low & 63))
        if top != mantissa:
            r = 1 if top > mantissa else -1
        else:
            r = 0
            if (low & 63) != 0 and (m.limbs[limb] << (64 - (low & 63))) != 0:
                r = 1
            k = 0
            while r == 0 and k < limb:
                if m.limbs[k] != 0:
                    r = 1
                k += 1
    return -r if negative else r


# --- floats in arithmetic --------------------------------------------------------------------------

# The float that a number becomes in mixed arithmetic. False: no number, or out of range.
cdef inline bint as_double(Term t, double* out) noexcept nogil:
    if term_is_float(t):
        out[0] = float_value(t)
        return True
    return term_is_integer(t) and integer_to_double(t, out)


cdef inline Term new_float(Heap* h, double d, Term* reason) noexcept nogil:
    cdef Term* p
    if not isfinite(d):
        return fail_with(reason, AM_badarith)
    p = heap_alloc(h, 2)
    if p == NULL:
        return fail_with(reason, AM_system_limit)
    return make_float(p, d)


# --- sums, products, quotients ------------------------------------------------------------------------

cdef Term sum_integers(Heap* h, Term a, Term b, bint subtract, Term* reason) noexcept nogil:
    cdef Magnitude x, y
    cdef Space s
    cdef mp_limb_t* r
    cdef mp_size_t n
    cdef int order
    look(a, &x)
    look(b, &y)
    if subtract:
        y.negative = not y.negative
    if y.n == 0:
        return a
    if x.n == 0 and not subtract:
        return b
    n = x.n if x.n > y.n else y.n
    r = take(h, n + 1, &s)
    if r == NULL:
        return fail_with(reason, AM_system_limit)
    if x.negative == y.negative:
        if x.n >= y.n:
            r[n] = mpn_add(r, x.limbs, x.n, y.limbs, y.n)
        elif x.n == 0:
            memcpy(r, y.limbs, y.n * sizeof(mp_limb_t))
            r[n] = 0
        else:
            r[n] = mpn_add(r, y.limbs, y.n, x.limbs, x.n)
        return finish(&s, n + 1, y.negative, reason)
    order = compare_magnitudes(&x, &y)
    if order >= 0:
        mpn_sub(r, x.limbs, x.n, y.limbs, y.n)
        return finish(&s, n, x.negative and order != 0, reason)
    if x.n == 0:
        memcpy(r, y.limbs, y.n * sizeof(mp_limb_t))
    else:
        mpn_sub(r, y.limbs, y.n, x.limbs, x.n)
    return finish(&s, n, y.negative, reason)


cdef Term number_add(Heap* h, Term a, Term b, Term* reason) noexcept nogil:
    cdef double x, y
    if term_both_small(a, b):
        return new_i64(h, small_value(a) + small_value(b), reason)
    if term_is_integer(a) and term_is_integer(b):
        return sum_integers(h, a, b, False, reason)
    if not as_double(a, &x) or not as_double(b, &y):
        return fail_with(reason, AM_badarith)
    return new_float(h, x + y, reason)


cdef Term number_sub(Heap* h, Term a, Term b, Term* reason) noexcept nogil:
    cdef double x, y
    if term_both_small(a, b):
        return new_i64(h, small_value(a) - small_value(b), reason)
    if term_is_integer(a) and term_is_integer(b):
        return sum_integers(h, a, b, True, reason)
    if not as_double(a, &x) or not as_double(b, &y):
        return fail_with(reason, AM_badarith)
    return new_float(h, x - y, reason)


cdef Term number_neg(Heap* h, Term a, Term* reason) noexcept nogil:
    if term_is_integer(a):
        return number_sub(h, make_small(0), a, reason)
    if term_is_float(a):
        return new_float(h, -float_value(a), reason)
    return fail_with(reason, AM_badarith)


cdef Term number_mul(Heap* h, Term a, Term b, Term* reason) noexcept nogil:
    cdef double d, e
    cdef Magnitude x, y
    cdef Space s
    cdef mp_limb_t* r
    cdef int64_t v
    if term_both_small(a, b) and not en_mul_overflow(small_value(a), small_value(b), &v):
        return new_i64(h, v, reason)
    if not (term_is_integer(a) and term_is_integer(b)):
        if not as_double(a, &d) or not as_double(b, &e):
            return fail_with(reason, AM_badarith)
        return new_float(h, d * e, reason)
    look(a, &x)
    look(b, &y)
    if x.n == 0 or y.n == 0:
        return make_small(0)
    if x.n + y.n > BIG_MAX_LIMBS + 1:
        return fail_with(reason, AM_system_limit)
    r = take(h, x.n + y.n, &s)
    if r == NULL:
        return fail_with(reason, AM_system_limit)
    if a == b:
        mpn_sqr(r, x.limbs, x.n)
    elif x.n >= y.n:
        mpn_mul(r, x.limbs, x.n, y.limbs, y.n)
    else:
        mpn_mul(r, y.limbs, y.n, x.limbs, x.n)
    return finish(&s, x.n + y.n, x.negative != y.negative, reason)


cdef Term number_fdiv(Heap* h, Term a, Term b, Term* reason) noexcept nogil:
    cdef double x, y
    if not as_double(a, &x) or not as_double(b, &y) or y == 0.0:
        return fail_with(reason, AM_badarith)
    return new_float(h, x / y, reason)


# Truncating division of integers, b not zero: the quotient, or the remainder with the dividend's sign.
cdef Term divide(Heap* h, Term a, Term b, bint remainder, Term* reason) noexcept nogil:
    cdef Magnitude x, y
    cdef Space s
    cdef mp_limb_t* r
    cdef mp_limb_t* spare
    cdef mp_size_t n
    look(a, &x)
    look(b, &y)
    if compare_magnitudes(&x, &y) < 0:
        return a if remainder else make_small(0)
    if y.n == 1 and remainder:
        r = take(h, 1, &s)
        if r == NULL:
            return fail_with(reason, AM_system_limit)
        r[0] = mpn_mod_1(x.limbs, x.n, y.limbs[0])
        return finish(&s, 1, x.negative, reason)
    if y.n == 1:
        r = take(h, x.n, &s)
        if r == NULL:
            return fail_with(reason, AM_system_limit)
        mpn_divrem_1(r, 0, x.limbs, x.n, y.limbs[0])
        return finish(&s, x.n, x.negative != y.negative, reason)
    n = y.n if remainder else x.n - y.n + 1
    spare = scratch(x.n - y.n + 1 if remainder else y.n)
    r = take(h, n, &s) if spare != NULL else NULL
    if r == NULL:
        free(spare)
        return fail_with(reason, AM_system_limit)
    if remainder:
        mpn_tdiv_qr(spare, r, 0, x.limbs, x.n, y.limbs, y.n)
    else:
        mpn_tdiv_qr(r, spare, 0, x.limbs, x.n, y.limbs, y.n)
    free(spare)
    return finish(&s, n, x.negative if remainder else x.negative != y.negative, reason)


cdef Term number_div(Heap* h, Term a, Term b, Term* reason) noexcept nogil:
    if not (term_is_integer(a) and term_is_integer(b)) or b == make_small(0):
        return fail_with(reason, AM_badarith)
    if term_both_small(a, b):
        return new_i64(h, small_value(a) // small_value(b), reason)
    return divide(h, a, b, False, reason)


cdef Term number_rem(Heap* h, Term a, Term b, Term* reason) noexcept nogil:
    if not (term_is_integer(a) and term_is_integer(b)) or b == make_small(0):
        return fail_with(reason, AM_badarith)
    if term_both_small(a, b):
        return make_small(small_value(a) % small_value(b))
    return divide(h, a, b, True, reason)


# --- bits -----------------------------------------------------------------------------------------

cdef enum:
    OP_AND = 0
    OP_OR = 1
    OP_XOR = 2


# Walks both operands as endless two's complement numbers, inverting and carrying as it goes.
cdef Term bitwise(Heap* h, Term a, Term b, int op, Term* reason) noexcept nogil:
    cdef Magnitude x, y
    cdef Space s
    cdef mp_limb_t* r
    cdef mp_limb_t u, v
    cdef mp_size_t n, i
    cdef bint x_carry, y_carry, carry, negative
    if not (term_is_integer(a) and term_is_integer(b)):
        return fail_with(reason, AM_badarith)
    look(a, &x)
    look(b, &y)
    n = (x.n if x.n > y.n else y.n) + 1      # one more limb for the sign
    r = take(h, n, &s)
    if r == NULL:
        return fail_with(reason, AM_system_limit)
    if op == OP_AND:
        negative = x.negative and y.negative
    elif op == OP_OR:
        negative = x.negative or y.negative
    else:
        negative = x.negative != y.negative
    x_carry = x.negative
    y_carry = y.negative
    carry = negative
    for i in range(n):
        u = x.limbs[i] if i < x.n else 0
        v = y.limbs[i] if i < y.n else 0
        if x.negative:
            u = ~u
            if x_carry:
                u += 1
                x_carry = u == 0
        if y.negative:
            v = ~v
            if y_carry:
                v += 1
                y_carry = v == 0
        if op == OP_AND:
            u &= v
        elif op == OP_OR:
            u |= v
        else:
            u ^= v
        if negative:
            u = ~u
            if carry:
                u += 1
                carry = u == 0
        r[i] = u
    return finish(&s, n, negative, reason)


cdef Term number_band(Heap* h, Term a, Term b, Term* reason) noexcept nogil:
    if term_both_small(a, b):
        return a & b
    return bitwise(h, a, b, OP_AND, reason)


cdef Term number_bor(Heap* h, Term a, Term b, Term* reason) noexcept nogil:
    if term_both_small(a, b):
        return a | b
    return bitwise(h, a, b, OP_OR, reason)


cdef Term number_bxor(Heap* h, Term a, Term b, Term* reason) noexcept nogil:
    if term_both_small(a, b):
        return make_small(small_value(a) ^ small_value(b))
    return bitwise(h, a, b, OP_XOR, reason)


cdef Term number_bnot(Heap* h, Term a, Term* reason) noexcept nogil:
    if not term_is_integer(a):
        return fail_with(reason, AM_badarith)
    if term_is_small(a):
        return make_small(~small_value(a))
    return number_sub(h, make_small(-1), a, reason)


cdef Term shift_left(Heap* h, Term a, uint64_t count, Term* reason) noexcept nogil:
    cdef Magnitude x
    cdef Space s
    cdef mp_limb_t* r
    cdef mp_size_t limbs
    cdef unsigned int bits = <unsigned int>(count & 63)
    cdef int64_t v
    if a == make_small(0) or count == 0:
        return a
    if term_is_small(a) and count < 60:
        v = <int64_t>(<uint64_t>small_value(a) << count)
        if v >> count == small_value(a) and fits_small(v):
            return make_small(v)
    look(a, &x)
    if count >> 6 > BIG_MAX_LIMBS or x.n + <mp_size_t>(count >> 6) > BIG_MAX_LIMBS:
        return fail_with(reason, AM_system_limit)
    limbs = <mp_size_t>(count >> 6)
    r = take(h, x.n + limbs + 1, &s)
    if r == NULL:
        return fail_with(reason, AM_system_limit)
    memset(r, 0, limbs * sizeof(mp_limb_t))
    if bits != 0:
        r[x.n + limbs] = mpn_lshift(r + limbs, x.limbs, x.n, bits)
    else:
        memcpy(r + limbs, x.limbs, x.n * sizeof(mp_limb_t))
        r[x.n + limbs] = 0
    return finish(&s, x.n + limbs + 1, x.negative, reason)


# Rounds towards minus infinity, as a two's complement shift does.
cdef Term shift_right(Heap* h, Term a, uint64_t count, Term* reason) noexcept nogil:
    cdef Magnitude x
    cdef Space s
    cdef mp_limb_t* r
    cdef mp_size_t limbs, n, i
    cdef unsigned int bits = <unsigned int>(count & 63)
    cdef bint lost = False
    if count == 0:
        return a
    if term_is_small(a):
        if count > 63:
            count = 63
        return make_small(small_value(a) >> count)
    look(a, &x)
    if count >> 6 >= <uint64_t>x.n:
        return make_small(-1 if x.negative else 0)
    limbs = <mp_size_t>(count >> 6)
    n = x.n - limbs
    r = take(h, n + 1, &s)
    if r == NULL:
        return fail_with(reason, AM_system_limit)
    if bits != 0:
        lost = mpn_rshift(r, x.limbs + limbs, n, bits) != 0
    else:
        memcpy(r, x.limbs + limbs, n * sizeof(mp_limb_t))
    r[n] = 0
    if x.negative:
        i = 0
        while not lost and i < limbs:
            lost = x.limbs[i] != 0
            i += 1
        if lost:
            r[n] = mpn_add_1(r, r, n, 1)
    return finish(&s, n + 1, x.negative, reason)


# By a signed count; a bignum count shifts everything out, or is beyond every limit.
cdef Term shift(Heap* h, Term a, Term b, bint left, Term* reason) noexcept nogil:
    cdef int64_t count
    if not (term_is_integer(a) and term_is_integer(b)):
        return fail_with(reason, AM_badarith)
    if term_is_small(b):
        count = small_value(b)
    else:
        count = -(<int64_t>1 << 60) if integer_is_negative(b) else <int64_t>1 << 60
    if not left:
        count = -count
    if count >= 0:
        return shift_left(h, a, <uint64_t>count, reason)
    return shift_right(h, a, <uint64_t>-count, reason)


cdef Term number_bsl(Heap* h, Term a, Term b, Term* reason) noexcept nogil:
    return shift(h, a, b, True, reason)


cdef Term number_bsr(Heap* h, Term a, Term b, Term* reason) noexcept nogil:
    return shift(h, a, b, False, reason)


# --- integers as text -----------------------------------------------------------------------------

cdef size_t integer_text_size(Term t, int base) noexcept nogil:
    cdef Magnitude m
    look(t, &m)
    if m.n == 0:
        return 2
    return mpn_sizeinbase(m.limbs, m.n, base) + 2


cdef size_t integer_format(Term t, int base, char* out) noexcept nogil:
    cdef Magnitude m
    cdef uint8_t digits[72]
    cdef uint8_t* d
    cdef uint64_t v
    cdef size_t n, i, length = 0
    cdef mp_limb_t* work
    look(t, &m)
    if m.negative:
        out[0] = c'-'
        length = 1
    if m.n <= 1:
        v = m.limbs[0] if m.n == 1 else 0
        n = 0
        while True:
            digits[n] = <uint8_t>(v % <uint64_t>base)
            v //= <uint64_t>base
            n += 1
            if v == 0:
                break
        while n > 0:
            n -= 1
            out[length] = <char>(digits[n] + (c'0' if digits[n] < 10 else c'A' - 10))
            length += 1
        return length
    work = scratch(m.n + 1)
    if work == NULL:
        return 0
    memcpy(work, m.limbs, m.n * sizeof(mp_limb_t))
    d = <uint8_t*>out + length
    n = mpn_get_str(d, base, work, m.n)
    free(work)
    i = 0
    while i + 1 < n and d[i] == 0:
        i += 1
    while i < n:
        out[length] = <char>(d[i] + (c'0' if d[i] < 10 else c'A' - 10))
        length += 1
        i += 1
    return length


cdef inline int digit_value(uint8_t c) noexcept nogil:
    if c >= c'0' and c <= c'9':
        return c - c'0'
    if c >= c'a' and c <= c'z':
        return c - c'a' + 10
    if c >= c'A' and c <= c'Z':
        return c - c'A' + 10
    return 99


cdef Term integer_parse(Heap* h, const uint8_t* text, size_t n, int base, Term* reason) noexcept nogil:
    cdef Space s
    cdef mp_limb_t* r
    cdef uint8_t* digits
    cdef size_t i, limbs
    cdef mp_size_t used
    cdef uint64_t v
    cdef Term t
    cdef bint negative = False
    if n > 0 and (text[0] == c'-' or text[0] == c'+'):
        negative = text[0] == c'-'
        text += 1
        n -= 1
    if n == 0:
        return fail_with(reason, AM_badarg)
    for i in range(n):
        if digit_value(text[i]) >= base:
            return fail_with(reason, AM_badarg)
    while n > 1 and text[0] == c'0':
        text += 1
        n -= 1
    if n <= 12 or (base <= 10 and n <= 18):     # below 2^63
        v = 0
        for i in range(n):
            v = v * <uint64_t>base + <uint64_t>digit_value(text[i])
        return new_i64(h, -<int64_t>v if negative else <int64_t>v, reason)
    # An upper bound, from ten bits for three digits of base 10 and less than six for one of base 36.
    i = n // 3 * 10 + 10 if base <= 10 else n * 6
    if base <= 4:
        i = n * 2
    elif base > 10 and base <= 16:
        i = n * 4
    limbs = (i >> 6) + 2
    if limbs > <size_t>BIG_MAX_LIMBS * 3:       # beyond the limit however loose the bound is
        return fail_with(reason, AM_system_limit)
    digits = <uint8_t*>malloc(n)
    r = take(h, limbs, &s) if digits != NULL else NULL
    if r == NULL:
        free(digits)
        return fail_with(reason, AM_system_limit)
    for i in range(n):
        digits[i] = <uint8_t>digit_value(text[i])
    used = mpn_set_str(r, digits, n, base)
    free(digits)
    return finish(&s, used, negative, reason)


# --- floats as text ---------------------------------------------------------------------------------

# As float_to_list's `compact`: trailing zeros go, but one stays behind a point.
cdef inline size_t strip_zeros(const char* out, size_t n) noexcept nogil:
    while n > 0 and out[n - 1] == c'0':
        n -= 1
    if n > 0 and out[n - 1] == c'.':
        n += 1
    return n


# Fixed notation. OTP rounds the scaled fraction of numbers up to 2^53 in floating point, half away from
# zero, which is visible in the last digit; larger numbers and longer fractions are exact.
cdef size_t format_decimals(double d, int digits, bint compact, char* out) noexcept nogil:
    cdef double magnitude = -d if signbit(d) else d
    cdef double scale = 1.0
    cdef double whole, part
    cdef uint64_t integral, fraction, rest
    cdef size_t n = 0, k, i
    cdef char reversed_[24]
    if digits < 0:
        return 0
    if magnitude > 9007199254740992.0 or digits > 18:
        n = en_double_fixed(d, digits, out, FLOAT_TEXT_LIMIT)
        return strip_zeros(out, n) if compact else n
    fraction = 0
    if digits > 0:
        for i in range(<size_t>digits):
            scale *= 10.0                # exact: powers of ten up to 10^22 are floats
        whole = floor(magnitude)
        part = round_half_away((magnitude - whole) * scale)
        integral = <uint64_t>whole
        if part >= scale:
            integral += 1
        else:
            fraction = <uint64_t>part
    else:
        integral = <uint64_t>round_half_away(magnitude)
    if signbit(d):
        out[0] = c'-'
        n = 1
    k = 0
    while True:
        rest = integral // 10
        reversed_[k] = <char>(c'0' + <int>(integral - rest * 10))
        integral = rest
        k += 1
        if integral == 0:
            break
    while k > 0:
        k -= 1
        out[n] = reversed_[k]
        n += 1
    if digits > 0:
        out[n] = c'.'
        i = <size_t>digits
        while i > 0:
            out[n + i] = <char>(c'0' + <int>(fraction % 10))
            fraction //= 10
            i -= 1
        n += 1 + <size_t>digits
        if compact:
            n = strip_zeros(out, n)
    return n


# The fewest digits that read back as d, in fixed notation where that is no longer and the value is
# below 2^53 (as far as it is an integer), else as D.DDDe[-]E.
cdef size_t format_short(double d, char* out) noexcept nogil:
    cdef char text[40]
    cdef char digits[20]
    cdef size_t n = en_double_shortest(d, text, sizeof(text))
    cdef size_t i = 0, length = 0
    cdef int count = 0           # digits
    cdef int exponent = 0        # of the digits read as an integer
    cdef int scientific = 0      # of the first digit
    cdef int upper, point, k
    cdef uint64_t value = 0
    cdef bint fixed, minus
    if n == 0:
        return 0
    if text[0] == c'-':
        out[0] = c'-'
        length = 1
        i = 1
    while i < n and text[i] != c'e':
        if text[i] != c'.':
            digits[count] = text[i]
            value = value * 10 + <uint64_t>(text[i] - c'0')
            count += 1
        i += 1
    i += 1
    minus = text[i] == c'-'
    i += 1
    while i < n:
        scientific = scientific * 10 + (text[i] - c'0')
        i += 1
    if minus:
        scientific = -scientific
    exponent = scientific - (count - 1)
    if count == 1:
        fixed = value == 0 or (-4 <= exponent and exponent <= 2)
    else:
        upper = 2 if scientific >= 10 else 1
        fixed = -(count + 2) <= exponent and exponent <= upper
    if fixed and ((exponent == 0 and value >= <uint64_t>1 << 53)
                  or (exponent == 1 and value > (<uint64_t>1 << 52) // 5)
                  or (exponent == 2 and value > (<uint64_t>1 << 51) // 25)):
        fixed = False
    if not fixed:
        out[length] = digits[0]
        out[length + 1] = c'.'
        length += 2
        for k in range(1, count):
            out[length] = digits[k]
            length += 1
        if count == 1:
            out[length] = c'0'
            length += 1
        out[length] = c'e'
        length += 1
        if scientific < 0:
            out[length] = c'-'
            length += 1
            scientific = -scientific
        if scientific >= 100:
            out[length] = <char>(c'0' + scientific // 100)
            length += 1
        if scientific >= 10:
            out[length] = <char>(c'0' + scientific // 10 % 10)
            length += 1
        out[length] = <char>(c'0' + scientific % 10)
        return length + 1
    point = count + exponent     # digits before the point
    if point <= 0:
        out[length] = c'0'
        out[length + 1] = c'.'
        length += 2
        for k in range(-point):
            out[length] = c'0'
            length += 1
    for k in range(count if count > point else point):
        if k == point and point > 0:
            out[length] = c'.'
            length += 1
        out[length] = digits[k] if k < count else <char>c'0'
        length += 1
    if point >= count:
        out[length] = c'.'
        out[length + 1] = c'0'
        length += 2
    return length


cdef size_t float_format(double d, int style, int digits, bint compact, char* out) noexcept nogil:
    if style == FLOAT_SHORT:
        return format_short(d, out)
    if style == FLOAT_DECIMALS:
        return format_decimals(d, digits, compact, out)
    return en_double_scientific(d, digits if digits >= 0 else 6, out, FLOAT_TEXT_LIMIT)   # as printf takes it


cdef bint float_parse(const uint8_t* text, size_t n, double* out) noexcept nogil:
    cdef size_t i = 0, start, point, mark
    cdef int64_t exponent = 0, first
    cdef bint negative = False, minus = False, zero = True
    cdef uint8_t inline_copy[256]
    cdef uint8_t* copy = NULL
    cdef const uint8_t* source
    cdef int status
    if n > 0 and (text[0] == c'-' or text[0] == c'+'):
        negative = text[0] == c'-'
        text += 1
        n -= 1
    while i < n and text[i] >= c'0' and text[i] <= c'9':
        i += 1
    point = i
    if i == 0 or i >= n or (text[i] != c'.' and text[i] != c','):     # OTP takes a comma as well
        return False
    i += 1
    start = i
    while i < n and text[i] >= c'0' and text[i] <= c'9':
        i += 1
    if i == start:
        return False
    mark = i
    if i < n:
        if text[i] != c'e' and text[i] != c'E':
            return False
        i += 1
        if i < n and (text[i] == c'-' or text[i] == c'+'):
            minus = text[i] == c'-'
            i += 1
        start = i
        while i < n and text[i] >= c'0' and text[i] <= c'9':
            if exponent < <int64_t>1 << 40:
                exponent = exponent * 10 + (text[i] - c'0')
            i += 1
        if i == start or i != n:
            return False
        if minus:
            exponent = -exponent
    # Where the first digit that is not zero stands, for the values that are out of range.
    first = 0
    for i in range(mark):
        if i != point and text[i] != c'0':
            zero = False
            first = <int64_t>point - <int64_t>i
            break
    if zero:
        out[0] = -0.0 if negative else 0.0
        return True
    source = text
    if text[point] == c',':
        copy = &inline_copy[0]
        if n > sizeof(inline_copy):
            copy = <uint8_t*>malloc(n)
        if copy == NULL:
            return False
        memcpy(copy, text, n)
        copy[point] = c'.'
        source = copy
    status = en_double_parse(<const char*>source, n, out)
    if copy != NULL and copy != &inline_copy[0]:
        free(copy)
    if status == 1:
        if first + exponent > 0:
            return False
        out[0] = 0.0
    elif status != 0 or not isfinite(out[0]):
        return False
    if negative:
        out[0] = -out[0]
    return True

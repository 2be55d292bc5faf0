"""Integers of any size and floats: making, converting, arithmetic, text.

Bignums hold GMP mpn limbs on the heap they were made on; results are normalised: what fits 60 bits is
a small. Functions that make a term allocate from the given heap and never collect. They return
THE_NON_VALUE (0) on failure and set *reason: AM_badarith, AM_badarg, AM_system_limit (an integer of
more than BIG_MAX_LIMBS limbs, or memory exhausted).
"""
from libc.stdint cimport int64_t, uint8_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap

cdef enum:
    BIG_MAX_LIMBS = (1 << 19) - 1  # as OTP 25 on 64-bit machines: 32 Mbit less a limb
    FLOAT_TEXT_MAX = 400           # bytes that any float_format result fits in

cdef Term integer_from_i64(Heap* h, int64_t v) noexcept nogil
cdef Term integer_from_u64(Heap* h, uint64_t v) noexcept nogil
# From a magnitude of `n` bytes; little says the byte order. is_signed: two's complement.
cdef Term integer_from_bytes(Heap* h, const uint8_t* bytes_, size_t n, bint little, bint is_signed) noexcept nogil
# Two's complement of an integer into `n` bytes, truncated or sign-extended.
cdef void integer_to_bytes(Term t, uint8_t* out, size_t n, bint little) noexcept nogil
cdef bint integer_to_i64(Term t, int64_t* out) noexcept nogil          # False if out of range
cdef bint integer_to_u64(Term t, uint64_t* out) noexcept nogil
cdef bint integer_is_negative(Term t) noexcept nogil
cdef size_t integer_bit_length(Term t) noexcept nogil                  # of the magnitude
cdef bint integer_to_double(Term t, double* out) noexcept nogil        # False if beyond the floats' range
cdef Term integer_from_double(Heap* h, double d) noexcept nogil        # d is integral and finite
cdef int integer_compare(Term a, Term b) noexcept nogil                # both integers
cdef int integer_float_compare(Term i, double d) noexcept nogil        # exact, as Erlang orders 1 < 1.5

# Erlang's arithmetic on any terms; the caller has handled small op small without overflow, but these
# must be right for every pair. div, rem and the bit operations want integers.
cdef Term number_add(Heap* h, Term a, Term b, Term* reason) noexcept nogil
cdef Term number_sub(Heap* h, Term a, Term b, Term* reason) noexcept nogil
cdef Term number_mul(Heap* h, Term a, Term b, Term* reason) noexcept nogil
cdef Term number_fdiv(Heap* h, Term a, Term b, Term* reason) noexcept nogil   # `/`
cdef Term number_div(Heap* h, Term a, Term b, Term* reason) noexcept nogil
cdef Term number_rem(Heap* h, Term a, Term b, Term* reason) noexcept nogil
cdef Term number_neg(Heap* h, Term a, Term* reason) noexcept nogil
cdef Term number_band(Heap* h, Term a, Term b, Term* reason) noexcept nogil
cdef Term number_bor(Heap* h, Term a, Term b, Term* reason) noexcept nogil
cdef Term number_bxor(Heap* h, Term a, Term b, Term* reason) noexcept nogil
cdef Term number_bnot(Heap* h, Term a, Term* reason) noexcept nogil
cdef Term number_bsl(Heap* h, Term a, Term b, Term* reason) noexcept nogil
cdef Term number_bsr(Heap* h, Term a, Term b, Term* reason) noexcept nogil

# Text. Digits in base 2..36, upper case. integer_text_size is an upper bound in bytes.
cdef size_t integer_text_size(Term t, int base) noexcept nogil
cdef size_t integer_format(Term t, int base, char* out) noexcept nogil
# Parses [+-]digits that fill all `n` bytes; 0 with AM_badarg or AM_system_limit.
cdef Term integer_parse(Heap* h, const uint8_t* text, size_t n, int base, Term* reason) noexcept nogil
# As float_to_list/1 (scientific, 20 digits), and the options decimals, scientific, compact and short.
cdef enum:
    FLOAT_SCIENTIFIC = 0
    FLOAT_DECIMALS = 1
    FLOAT_SHORT = 2
cdef size_t float_format(double d, int style, int digits, bint compact, char* out) noexcept nogil  # 0: cannot
# Parses Erlang's float syntax ([+-]D+.D+[e[+-]D+]) that fills all n bytes; False if it is none or overflows.
cdef bint float_parse(const uint8_t* text, size_t n, double* out) noexcept nogil

"""Order, equality and hashes of terms, as OTP defines them.

None of these allocate on a process heap; deep terms are walked with an explicit stack, so no term
can overflow the C stack. Order: number < atom < reference < fun < port < pid < tuple < map < nil < list < bitstring.
"""
from libc.stdint cimport uint32_t, uint64_t
from enigma.term.core cimport Term

cdef int term_compare(Term a, Term b) noexcept nogil            # <0, 0, >0; 1 and 1.0 are equal
cdef int term_compare_exact(Term a, Term b) noexcept nogil      # order of map keys: integers before floats
cdef bint term_equal(Term a, Term b) noexcept nogil             # ==
cdef bint term_identical_slow(Term a, Term b) noexcept nogil    # =:= of two different words
cdef inline bint term_identical(Term a, Term b) noexcept nogil:
    if a == b:
        return True
    if (a & 3) == 3 or (b & 3) == 3:      # an immediate is identical only to itself
        return False
    return term_identical_slow(a, b)

cdef uint32_t term_phash2(Term t) noexcept nogil                # erlang:phash2/1 before the range; 28 bits are used
cdef uint32_t term_phash(Term t) noexcept nogil                 # erlang:phash/2's hash
cdef uint32_t term_hash(Term t) noexcept nogil                  # OTP's internal hash (salt 0): ETS buckets, big maps
cdef uint32_t term_hash_salted(Term t, uint32_t salt) noexcept nogil

"""Iodata: bytes, binaries and lists of them, however deep, walked without recursion.

Iodata is a binary, or a list whose elements are bytes (0..255), binaries or such lists, and whose tail
is nil or a binary. Terms do not move while they are walked.
"""
from libc.stdint cimport uint8_t
from enigma.term.core cimport Term
from enigma.term.pack cimport word

# The bytes that iodata has. False: it is none (or memory is exhausted).
cdef bint iodata_size(Term t, size_t* out) noexcept nogil
# Its bytes into out, which has room for iodata_size of them. False as above.
cdef bint iodata_copy(Term t, uint8_t* out) noexcept nogil

# Walks iodata piece by piece: iowalk_init, then iowalk_next until it says False; then look at `failed`
# and call iowalk_free. A piece is valid until the next call.
cdef struct IoWalk:
    Term rest             # what is still to come of the current list
    Term* stack           # tails of the lists around it; inline_stack or malloc'd
    size_t depth
    size_t capacity
    bint failed           # not iodata, or no memory
    Term piece            # the binary that the piece is from, 0 for bytes gathered from a list
    const uint8_t* base   # rest of a binary that is not byte aligned
    word offset
    word bits
    Term inline_stack[32]
    uint8_t buffer[256]
cdef void iowalk_init(IoWalk* w, Term t) noexcept nogil
cdef void iowalk_free(IoWalk* w) noexcept nogil
cdef bint iowalk_next(IoWalk* w, const uint8_t** data, size_t* size) noexcept nogil     # bitstrings fail
cdef bint iowalk_next_bits(IoWalk* w, const uint8_t** data, word* offset, word* bits) noexcept nogil

"""Bitstrings: making, windows, copying and comparing of bit runs. Layouts in boxed.pxd."""
from libc.stdint cimport uint8_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.term.boxed cimport Binary, Heap

# A counted binary with room for `capacity` bytes, size set to it, count 1. NULL: out of memory.
cdef Binary* binary_new(size_t capacity) noexcept nogil
cdef uint64_t binary_bytes_in_use           # capacities of all counted binaries of the process; atomic
cdef void binary_release(Binary* b) noexcept nogil              # drops one count, frees at zero
# A binary term of `size` bytes, to be filled through *data: on the heap up to HEAP_BITS_MAX, else counted.
cdef Term binary_make(Heap* h, size_t size, uint8_t** data) noexcept nogil
cdef Term binary_from_bytes(Heap* h, const uint8_t* bytes_, size_t size) noexcept nogil
cdef Term bits_make(Heap* h, size_t bits, uint8_t** data) noexcept nogil      # the last byte's unused bits are 0
# A term for a counted binary whose one count the caller hands over; window in bits.
cdef Term binary_from_counted(Heap* h, Binary* b, word start, word end) noexcept nogil
# A window on an existing bitstring, flattened to its base; small byte windows may be copied.
cdef Term bits_sub(Heap* h, Term bits, word start, word size) noexcept nogil
# Bytes of a binary in one piece: a pointer into it if it is byte aligned, else into `*temp`, which the
# caller frees (NULL if unused). False if `t` is no binary (whole bytes) or memory is exhausted.
cdef bint binary_bytes(Term t, const uint8_t** data, size_t* size, uint8_t** temp) noexcept nogil

cdef void bits_copy(const uint8_t* src, word src_bit, uint8_t* dst, word dst_bit, word count) noexcept nogil
cdef int bits_compare(const uint8_t* a, word a_bit, word a_size, const uint8_t* b, word b_bit, word b_size) noexcept nogil
# The unsigned value of up to 64 bits, most significant first.
cdef uint64_t bits_get(const uint8_t* src, word bit, unsigned int count) noexcept nogil

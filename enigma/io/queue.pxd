"""A queue of bytes held as shared binaries: what prim_buffer and zlib keep their input in.

Large binaries are shared by count, small ones are gathered. Not safe for several threads at once.
"""
from libc.stdint cimport uint8_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Binary

cdef struct IoChunk:
    IoChunk* next
    Binary* binary               # one count
    size_t start                 # bytes not yet taken: [start, end)
    size_t end
    bint gathers                 # made here: more may be added behind `end`

cdef struct IoQueue:
    IoChunk* first
    IoChunk* last
    size_t size                  # bytes

cdef void queue_clear(IoQueue* q) noexcept nogil
cdef bint queue_put_bytes(IoQueue* q, const uint8_t* data, size_t size) noexcept nogil      # False: no memory
cdef bint queue_put_binary(IoQueue* q, Term t) noexcept nogil      # a binary; False: no memory
cdef void queue_skip(IoQueue* q, size_t size) noexcept nogil       # at most q.size
cdef void queue_copy(IoQueue* q, uint8_t* out, size_t size) noexcept nogil
# Appends up to `limit` binaries of a list; *rest is what is left. False: not such a list, nothing was added;
# or no memory (*memory).
cdef bint queue_put_list(IoQueue* q, Term list_, int limit, Term* rest, bint* memory) noexcept nogil

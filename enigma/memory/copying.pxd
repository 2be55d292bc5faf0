"""Deep copies of terms: between heaps, into messages, into the literal area.

Read next: copying.pyx.
"""
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap
from enigma.memory.layout cimport Fragment

cdef size_t term_copy_size(Term t) noexcept nogil
cdef size_t term_flat_size(Term t) noexcept nogil
cdef bint term_exceeds(Term t, size_t limit) noexcept nogil
cdef Term term_copy(Heap* h, Term t, bint with_literals) noexcept nogil
cdef Term term_copy_fragment(Term t, Fragment** out) noexcept nogil
# The same to `start`, where there is room for what term_copy_size or, with literals, term_flat_size has said; t is no
# immediate. The heap gets the off-heap entries only.
cdef Term copy_to(Term* start, Heap* h, Term t, bint with_literals) noexcept nogil
# Copies a run of words that refer to nothing outside it: a term that was copied with its literals, and owns nothing off
# the heap.
cdef void run_copy(Term* to, Term* from_, size_t words) noexcept nogil

# Copies that keep what is shared: measure all terms first, then copy them; what two of them have in common is there once.
cdef struct Met:
    Term source                 # 0: a free place
    Term copy                   # 0: not copied yet

cdef struct Shared:
    Met* table                  # linear probing, 2^n places, at most half of them taken
    size_t places
    size_t count
    size_t words                # of the copies of everything measured

cdef void shared_init(Shared* s) noexcept nogil
cdef bint shared_measure(Shared* s, Term t) noexcept nogil               # False: no memory
# Literals are copied as well. `to` has room for what was measured; *to is moved on. The heap gets the off-heap entries.
cdef Term shared_copy(Shared* s, Heap* h, Term** to, Term t) noexcept nogil
cdef void shared_free(Shared* s) noexcept nogil

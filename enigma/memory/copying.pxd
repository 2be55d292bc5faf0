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

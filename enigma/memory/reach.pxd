"""What a process can reach: verification of its heap, and its references into a literal area.

Read next: reach.pyx.
"""
from enigma.memory.layout cimport LiteralArea, ProcHeap, RootRange

# Walks everything, or without `whole` all that is young, and abort()s with a message naming what is wrong
# with which word.
cdef void heap_verify(ProcHeap* mem, RootRange* roots, size_t root_count, bint whole, const char* when) noexcept nogil
cdef bint heap_copy_literals(ProcHeap* mem, RootRange* roots, size_t root_count, LiteralArea* area) noexcept nogil
cdef bint heap_refers_to(ProcHeap* mem, RootRange* roots, size_t root_count, LiteralArea* area) noexcept nogil

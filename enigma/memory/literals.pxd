"""The literal area: one reserved range of addresses, from which areas of literals are cut.

Read next: literals.pyx; heap.pxd for LiteralArea and the tests for membership.
"""
from libc.stdint cimport uint64_t
from enigma.memory.layout cimport LiteralArea

cdef uint64_t range_base        # where the range begins, fixed at import
cdef uint64_t range_bytes

cdef LiteralArea* literal_area_new(size_t words) noexcept nogil
cdef void literal_area_free(LiteralArea* area) noexcept nogil

"""Persistent terms: their end with the VM, and a walk over them."""
from enigma.term.core cimport Term
from enigma.process.process cimport VM

cdef void persistent_free(VM* vm) noexcept nogil
# Every {Key, Value} pair, under the table's lock.
cdef void persistent_each(VM* vm, void (*visit)(void* data, Term pair) noexcept nogil, void* data) noexcept nogil
cdef size_t persistent_buckets(VM* vm) noexcept nogil      # of the table: room for as many, in use or not

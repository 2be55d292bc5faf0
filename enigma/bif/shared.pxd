"""Persistent terms end with their VM."""
from enigma.process.process cimport VM

cdef void persistent_free(VM* vm) noexcept nogil

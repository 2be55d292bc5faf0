"""The ordered table behind the backend interface."""
from enigma.ets.table cimport Backend

cdef const Backend* ordered_backend() noexcept nogil
from libc.stdint cimport uint32_t
# How many levels a new object gets besides the lowest: pass it to object_new.
cdef uint32_t ordered_height(void* salt) noexcept nogil

"""The ordered table behind the backend interface."""
from enigma.ets.table cimport Backend

cdef const Backend* ordered_backend() noexcept nogil

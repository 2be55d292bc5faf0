"""Bags behind the backend interface: bag and duplicate_bag."""
from enigma.ets.table cimport Backend

cdef const Backend* bag_backend() noexcept nogil
cdef const Backend* duplicate_bag_backend() noexcept nogil

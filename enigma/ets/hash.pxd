"""Hash tables behind the backend interface: set, bag and duplicate_bag."""
from enigma.ets.table cimport Backend, Table

cdef const Backend* hash_backend(int type_) noexcept nogil
cdef size_t hash_buckets(Table* t) noexcept nogil          # in use

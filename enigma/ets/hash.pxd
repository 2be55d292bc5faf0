"""Hash tables behind the backend interface: set, bag and duplicate_bag."""
from enigma.ets.table cimport Backend

cdef const Backend* hash_backend(int type_) noexcept nogil

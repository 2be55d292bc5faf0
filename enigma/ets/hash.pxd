"""Hash tables behind the backend interface: set, bag and duplicate_bag."""
from enigma.ets.table cimport Backend, Table

cdef const Backend* hash_backend(int type_) noexcept nogil

cdef struct HashFigures:
    size_t buckets
    size_t chain_min               # objects in a bucket
    size_t chain_max
    double chain_average
    double deviation               # of the chains' lengths
    double expected_deviation      # if every bucket were as likely
# The caller holds the table's lock, or the world stands still.
cdef void hash_figures(Table* t, HashFigures* f) noexcept nogil
cdef size_t hash_buckets(Table* t) noexcept nogil          # in use

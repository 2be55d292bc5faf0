"""What tests may ask of the BIFs of unicode."""
from libc.stdint cimport int64_t

# Steps (list elements, or as many bytes as cost the same) that a conversion may take in one turn, however many
# reductions are left; 0 sets the default, which is no such bound. Returns the former.
cdef int64_t unicode_turn_set(int64_t steps) noexcept nogil

"""What `enigma profile` counts: instructions, what follows what, collections and their pauses.

Counting is decided before the first module is loaded: the loader then puts the instruction `count` in front of
every other, and nothing of this costs anything otherwise.
"""
from libc.stdint cimport uint32_t, uint64_t

# Counting starts, for all code loaded from now on. False: no memory. Once in the life of the process.
cdef bint profile_begin() noexcept nogil
cdef bint profile_enabled() noexcept nogil
# Called by one scheduler thread only: the command runs with +S 1.
cdef void profile_instruction(uint32_t instruction) noexcept nogil
cdef void profile_collection(bint full, uint64_t nanoseconds, uint64_t allocated, uint64_t reclaimed) noexcept nogil

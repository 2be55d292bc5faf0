"""Whether it matters what a register holds.

Read next: deciding.pyx.
"""
from libc.stdint cimport uint32_t
from enigma.term.pack cimport word
from enigma.code.operations cimport Op

# May X register x hold anything at op? Only a bounded number of operations is looked at; if in doubt, it may not.
# labels: by number, count of them.
cdef bint register_is_dead(Op* op, word x, Op** labels, uint32_t count) noexcept nogil
# Does nothing go on behind it to the next operation?
cdef bint is_end(uint32_t op) noexcept nogil

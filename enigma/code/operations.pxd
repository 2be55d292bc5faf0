"""An operation on its way through the loader: transform makes a list of them, joining and fusing change it, and the
emitter turns each into an instruction.

Read next: joining.pxd, loader.pyx.
"""
from libc.stdint cimport uint32_t
from enigma.code.reader cimport Operand

cdef struct Op:
    uint32_t op             # generic number
    uint32_t count          # operands, the items of a list included
    Operand* operands
    Op* next
    uint32_t line           # line entry that holds from here on
    bint has_line

# Zeroed operation with room for so many operands, which lives as long as the attempt to load; NULL: no memory.
ctypedef Op* (*OpMaker)(void* loader, uint32_t number, uint32_t operands) noexcept nogil

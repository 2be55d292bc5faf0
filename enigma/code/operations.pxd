"""An operation on its way through the loader: transform makes a list of them, joining and fusing change it, and the
emitter turns each into an instruction.

Read next: joining.pxd, loader.pyx.
"""
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memset
from enigma.term.pack cimport word
from enigma.code.reader cimport O_X, O_Y, Operand

cdef struct Op:
    uint32_t op             # generic number
    uint32_t count          # operands, the items of a list included
    Operand* operands
    Op* next
    uint32_t line           # line entry that holds from here on
    bint has_line
    uint32_t mark           # deciding: the last decision whose leaves lead here

# Zeroed operation with room for so many operands, which lives as long as the attempt to load; NULL: no memory.
ctypedef Op* (*OpMaker)(void* loader, uint32_t number, uint32_t operands) noexcept nogil

cdef inline bint same_operand(const Operand* a, const Operand* b) noexcept nogil:
    return a.kind == b.kind and a.value == b.value
cdef inline bint is_register(const Operand* o) noexcept nogil:
    return o.kind == O_X or o.kind == O_Y
cdef inline void set_operand(Operand* o, int kind, word value) noexcept nogil:
    memset(o, 0, sizeof(Operand))
    o.kind = <uint8_t>kind
    o.type_bits = 0xFFFF
    o.value = value

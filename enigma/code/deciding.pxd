"""Clauses that match the beginning of one binary become one decision on its bytes.

Behind the start of a match (and wherever the position is put back to such a start) the loader runs the operations on
a binary of which nothing is known yet: reads of constant sizes, strings, selections, comparisons of fields with small
integers, tests of what is left. Where a test depends on something unknown, both ways are gone, one with what its
success tells, one with what its failure tells. What comes of it is a tree of questions (how much is left, what is the
byte at this offset), each asked once on any way, however many clauses want to know it; guards on the fields are
questions like any other. A way ends, in a leaf, at the first operation that is none of these: the body of a clause, or
a guard on something else. There the registers get what the operations in between would have left in them, and the
ordinary code goes on; what fails in it goes to the ordinary code too, where another decision may stand.

    bs_decide(ctx, table)

The ordinary code follows: it runs if the match stands at no whole byte. A table, in words:

    root, words of nodes
    nodes: NODE_TABLE   kind | offset << 8 | need << 32, short | no << 32, lowest | count << 32, count references
           NODE_BYTES   kind | offset << 8 | need << 32, short | no << 32, mask, value, yes | bytes << 32
           NODE_LENGTH  kind | need << 32, short | yes << 32
           NODE_WHOLE   kind, no | yes << 32
    leaves: address, bits to skip | registers << 32, for each register: which, what (LEAF_)

A reference takes 32 bits: the index of a word among the nodes or the leaves, times two, and one for a leaf. `need`: bits
that must be left, else the way is `short`. Mask and value are as the bytes lie in memory.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy
from enigma.term.core cimport EN_LIKELY
from enigma.term.pack cimport word
from enigma.code.operations cimport Op, OpMaker

cdef enum:
    NODE_TABLE = 0
    NODE_BYTES = 1
    NODE_LENGTH = 2
    NODE_WHOLE = 3
    LEAF_POSITION = 1           # what: this | bits from where the match stood << 32
    LEAF_BITS = 8               # what: bits << LEAF_BITS | flags of the file format << LEAF_FLAGS | offset << 32
    LEAF_FLAGS = 16

# Puts a bs_decide where it spares enough. labels: the first free number, and the next one afterwards; strings: the file's.
# False: no memory.
cdef bint decide_operations(Op* first, uint32_t* labels, const uint8_t* strings, void* loader, OpMaker make) noexcept nogil

# The leaf of a table for `left` bits at base.
cdef inline const word* decide(const word* table, const uint8_t* base, word left) noexcept nogil:
    cdef const word* nodes = table + 2
    cdef const word* node
    cdef uint32_t at = <uint32_t>table[0]
    cdef word w
    cdef uint64_t v
    cdef unsigned int n
    while at & 1 == 0:
        node = nodes + (at >> 1)
        w = node[0]
        if left < w >> 32:
            at = <uint32_t>node[1]
            continue
        at = <uint32_t>(node[1] >> 32)
        if w & 0xFF == NODE_TABLE:
            v = <uint64_t>base[(w >> 8) & 0xFFFFFF] - (node[2] & 0xFF)
            if v < node[2] >> 32:
                at = (<const uint32_t*>(node + 3))[v]
        elif w & 0xFF == NODE_BYTES:
            w = (w >> 8) & 0xFFFFFF
            if EN_LIKELY(left - 8 * w >= 64):
                memcpy(&v, base + w, 8)
            else:
                v = 0
                n = <unsigned int>(node[4] >> 32)
                memcpy_few(&v, base + w, n)
            if v & node[2] == node[3]:
                at = <uint32_t>node[4]
        elif w & 0xFF == NODE_WHOLE and left & 7 != 0:
            at = <uint32_t>node[1]
    return nodes + table[1] + (at >> 1)

cdef inline void memcpy_few(uint64_t* to, const uint8_t* bytes, unsigned int n) noexcept nogil:
    cdef unsigned int i
    for i in range(n):
        (<uint8_t*>to)[i] = bytes[i]

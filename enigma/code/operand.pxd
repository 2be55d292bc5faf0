"""How an instruction's operand words become values: the packing that loader and dispatch loop share.

    x   X register n: byte offset 8n from x
    y   Y register n: byte offset 8(n + 1) from E
    s   any source: constants are terms (low two bits not 00); X: 8n; Y: 8(n + 1) + 4
    d   a register: as in s

Read next: docs/architecture.md, Instructions.
"""
from enigma.term.core cimport Term
from enigma.term.pack cimport word

cdef inline Term fetch_s(word w, Term* x, Term* E) noexcept nogil:
    if w & 3:
        return w
    if w & 4:
        return (<Term*>(<char*>E + (w & ~<word>7)))[0]
    return (<Term*>(<char*>x + w))[0]
# The register that a word of kind s or d names; the word is no constant.
cdef inline Term* operand_ref(word w, Term* x, Term* E) noexcept nogil:
    if w & 4:
        return <Term*>(<char*>E + (w & ~<word>7))
    return <Term*>(<char*>x + w)
cdef inline word operand_x(word n) noexcept nogil: return n << 3
cdef inline word operand_y(word n) noexcept nogil: return (n + 1) << 3
cdef inline word operand_sy(word n) noexcept nogil: return ((n + 1) << 3) | 4
cdef inline bint operand_is_constant(word w) noexcept nogil: return (w & 3) != 0

"""Joins what rules on neighbours cannot: runs of fields that are matched or built, and the keys of a map pattern.

Fields. What a clause reads from one match context, bs_get_integer2 and bs_skip_bits2 of constant sizes with the same
label to fail to, and the test of what is left behind them, becomes `bs_fields`; so do the leading commands of a
bs_match. One test of the size, one load of up to FIELDS_MAX bits, then shifts. That all may fail before the first
register is written changes nothing: at a label that several of them lead to, no code can rely on which has failed.

    bs_fields(fail, ctx, need, test, take, fields)
        need: bits that must be there; test: (left - need) & test must be 0 (unit - 1, or all ones for none left)
        take: bits that these fields consume
        fields: for each a word of bits (1 to FIELDS_MAX), flags and kind, and a word: register, or number to equal

Building. In front of a bs_create_bin whose segments are integers of constant sizes, characters in UTF-8 and short
strings, FIELDS_MAX bits at most, stands `bs_append_fields` (first segment: append) or `bs_make_fields`. They put the
segments together in one word, and either do all that the bs_create_bin does and go on behind it, or, where anything is
not as it mostly is, do nothing and leave it to that. The fields are as above, with the source or the number behind each.

Maps. get_map_elements whose keys are all immediate becomes `get_map_values`, where a hint stands behind each key: the
index at which it was found last in a flat map.
"""
from libc.stdint cimport uint32_t
from enigma.term.am cimport AM_binary, AM_ensure_at_least, AM_eq_exact, AM_get_tail, AM_integer
from enigma.term.pack cimport word
from enigma.code.operations cimport Op, OpMaker
from enigma.code.reader cimport Operand

cdef enum:
    FIELDS_MAX = 57         # bits: with seven bits in front of them they fit into a word
    FIELD_FLAGS = 8         # shift of the flags of the file format
    FIELD_SKIP = 1 << 16
    FIELD_COMPARE = 1 << 17
    FIELD_NUMBER = 1 << 18  # building: the number is the field
    FIELD_UTF8 = 1 << 19    # building: as many bytes as the character takes, 32 bits in the count

# Changes the list that `link` points to. False: no memory.
cdef bint join_operations(Op** link, void* loader, OpMaker make) noexcept nogil

# The flags of a command of a bs_match, as numbers of the file format. False: they are none.
cdef bint command_flags(Operand* o, word* flags) noexcept nogil

# Items that a command takes in the list of a bs_match.
cdef inline uint32_t command_length(word command) noexcept nogil:
    if command == AM_integer or command == AM_binary:
        return 6
    if command == AM_get_tail or command == AM_eq_exact:
        return 4
    return 3 if command == AM_ensure_at_least else 2

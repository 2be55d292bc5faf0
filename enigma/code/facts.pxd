"""What the loader knows, at some place in the code, of a binary that is being matched, and the tests that this decides.

A way is one run of the operations, begun where a match stands: what the registers hold that it has filled, how much is
left, and for some bytes which values they may have. A test on it holds, fails, asks for something that is not known
(Split: what to ask, and how the answers differ), or is about something that nothing is known of here. Bits and bytes
are counted from where the match stood.

Read next: ways.pxd.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from enigma.term.pack cimport word
from enigma.code.operations cimport Op
from enigma.code.reader cimport Operand

cdef enum:
    REGISTERS_MAX = 16          # that a way may fill
    BYTES_MAX = 48              # that a way may know something of
    FIELD_MAX = 56              # bits of a field: with seven in front of them they lie in eight bytes
    OFFSET_MAX = 1 << 20        # bits
    NEAR = 2                    # bytes that shortcuts depend on

    FIELD_LITTLE = 2            # flags of the file format
    FIELD_SIGNED = 4
    FIELD_NATIVE = 16

    IS_POSITION = 0             # what a register holds
    IS_FIELD = 1

    FAILS = 0                   # outcomes of a test
    HOLDS = 1
    ASKS = 2
    STRANGE = 3

    BY_LENGTH = 0               # what is asked
    BY_WHOLE = 1
    BY_BYTE = 2

    WHOLE_UNKNOWN = 0
    WHOLE_YES = 1
    WHOLE_NO = 2

    NOTHING = 0x7FFFFFFF        # no length, no offset

cdef struct Field:
    uint32_t offset, bits
    uint32_t flags              # FIELD_LITTLE of whole bytes only, FIELD_SIGNED

cdef struct Held:               # what a register holds
    uint8_t kind                # O_X or O_Y
    uint8_t what                # IS_
    bint there                  # it did so before
    word number
    Field field                 # a position: offset only

cdef struct Byte:               # what a byte may be
    uint32_t offset
    uint64_t values[4]          # one bit for each value

cdef struct Way:
    Op* at
    Op* label                   # in front of `at`, or NULL
    uint32_t position           # bits
    uint32_t passed             # operations so far
    uint32_t least, most        # bits left: at least, at most
    int whole                   # are these whole bytes?
    uint32_t held_count, byte_count
    bint deep                   # a byte behind the first NEAR has been looked at since a shortcut might have begun
    Held held[REGISTERS_MAX]
    Byte bytes[BYTES_MAX]

cdef struct Split:
    int kind                    # BY_
    uint32_t at                 # length in bits, or offset of a byte
    uint32_t count              # BY_BYTE: classes 1 .. count, and 0 for all other values
    uint16_t class_of[256]

cdef Held* held_by(Way* s, Operand* o) noexcept nogil
# Can the way note what this register holds?
cdef bint room_to_hold(Way* s, Operand* o) noexcept nogil
cdef void hold(Way* s, Operand* o, int what, uint32_t offset, uint32_t bits, uint32_t flags) noexcept nogil
cdef Byte* byte_at(Way* s, uint32_t offset) noexcept nogil          # NULL: nothing is known of it
# Keeps of the values at split.at those of a class. False: there are none.
cdef bint narrow(Way* s, Split* split, uint32_t which) noexcept nogil
cdef inline bint has(const uint64_t* values, unsigned int v) noexcept nogil:
    return (values[v >> 6] >> (v & 63)) & 1 != 0

# Tests; each returns an outcome. `split` is filled if that is ASKS.
cdef int test_length(Way* s, uint64_t bits, Split* split) noexcept nogil            # are so many bits there?
cdef int test_exactly(Way* s, uint64_t bits, Split* split) noexcept nogil           # and no more?
cdef int test_unit(Way* s, uint32_t position, word unit, Split* split) noexcept nogil   # is the rest a multiple of unit?
cdef int test_bits(Way* s, Field* f, uint64_t bits, Split* split) noexcept nogil    # the field, read as unsigned, big-endian
cdef int test_value(Way* s, Field* f, int64_t value, Split* split) noexcept nogil
cdef int test_below(Way* s, Field* f, int64_t than, Split* split) noexcept nogil    # of fields without flags
cdef int test_string(Way* s, uint32_t position, const uint8_t* text, uint64_t bits, Split* split) noexcept nogil
# Which value of a select_val is the field? HOLDS: `label` is where that leads, which may be where no value leads.
cdef int test_selection(Way* s, Field* f, Op* op, word* label, Split* split) noexcept nogil

"""Running the operations that follow the start of a match on what is known of the binary (facts.pxd).

Shortcuts. Where clauses of different shapes follow each other, most ways pass most of them without anything new being
asked. What happens from one operation that puts the position back to a later one, if that depended on nothing but the
first NEAR bytes and on lengths, is kept, and the next way that knows the same of these skips it.

Read next: deciding.pxd.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from enigma.code.facts cimport Held, NEAR, Split, Way
from enigma.code.operations cimport Op
from enigma.code.reader cimport O_LABEL, Operand

cdef enum:
    AT_LEAF = 0                 # way.at is none of the operations that are run
    AT_QUESTION = 1             # `split` must be asked first
    TOO_MUCH = 2

    SHORT_MAX = 6               # registers of a shortcut

# From one operation that puts the position back to another.
cdef struct Shortcut:
    Op* begin
    Op* to
    uint32_t passed             # operations in between; while it is being found: those before
    uint32_t spared
    uint32_t least, most
    int whole
    uint32_t held_count, after_count
    Held held[SHORT_MAX]
    Held after[SHORT_MAX]
    uint64_t near[NEAR][4]

cdef struct Walk:               # what all ways of one decision share
    Operand* ctx
    const uint8_t* strings
    Op** labels                 # by number: the label, or NULL
    uint32_t label_count
    uint64_t steps              # still allowed
    Shortcut* shortcuts
    size_t shortcut_count, shortcut_capacity
    uint32_t* slots             # hash table of 1 + index in shortcuts
    size_t slot_count

cdef void walk_begin(Walk* w, Operand* ctx) noexcept nogil          # forgets the shortcuts
cdef void walk_free(Walk* w) noexcept nogil
# Goes on until it is a leaf, or something must be asked first.
cdef int way_run(Walk* w, Way* s, Split* split) noexcept nogil

cdef inline bint can_jump(Walk* w, Operand* o) noexcept nogil:
    return o.kind == O_LABEL and o.value != 0 and o.value < w.label_count and w.labels[o.value] != NULL

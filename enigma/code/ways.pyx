"""Operations run on what is known; see ways.pxd."""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcmp, memcpy, memset
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.am cimport *
from enigma.code.facts cimport *
from enigma.code.joining cimport command_flags, command_length
from enigma.code.opcodes_generated cimport *
from enigma.code.operations cimport Op, is_register, same_operand
from enigma.code.reader cimport *

cdef extern from "enigma/bits.h" nogil:
    enum:
        EN_HOST_LITTLE

cdef enum:
    WAY_MAX = 20000             # operations of one way
    SHORTCUTS_MAX = 1 << 15     # of one decision
    SHORT_LEAST = 8             # operations that a shortcut spares at least

# --- operations -----------------------------------------------------------------------------------------------

cdef uint64_t field_size(Operand* size, word unit) noexcept nogil:
    """Bits of a field of constant size; 0: they are not known or too many."""
    cdef uint64_t n
    if size.kind == O_UNSIGNED:
        n = size.value
    elif size.kind == O_INTEGER and term_is_small(size.value) and small_value(size.value) > 0:
        n = <uint64_t>small_value(size.value)
    else:
        return 0
    return n * unit if n <= OFFSET_MAX and unit <= 256 else 0


cdef bint make_field(Field* f, uint32_t position, uint64_t bits, word flags) noexcept nogil:
    """False: it is none of those that are read here."""
    f.offset = position
    f.bits = <uint32_t>bits
    f.flags = <uint32_t>(flags & FIELD_SIGNED)
    if bits == 0 or bits > FIELD_MAX or flags & ~<word>(FIELD_LITTLE | FIELD_SIGNED | FIELD_NATIVE):
        return False
    if bits > 8 and (flags & FIELD_LITTLE or (flags & FIELD_NATIVE and EN_HOST_LITTLE)):
        f.flags |= FIELD_LITTLE
        return bits & 7 == 0 and position & 7 == 0
    return True


cdef inline void jump(Walk* w, Way* s, word label) noexcept nogil:
    s.at = w.labels[label]


cdef int run_integer(Walk* w, Way* s, Split* split) noexcept nogil:
    cdef Operand* o = s.at.operands             # fail, ctx, live, size, unit, flags, dst
    cdef uint64_t bits
    cdef Field f
    cdef int got
    if not same_operand(&o[1], w.ctx) or same_operand(&o[6], w.ctx) or o[4].kind != O_UNSIGNED or o[5].kind != O_UNSIGNED \
            or not room_to_hold(s, &o[6]):
        return STRANGE
    bits = field_size(&o[3], o[4].value)
    if not make_field(&f, s.position, bits, o[5].value):
        return STRANGE
    got = test_length(s, s.position + bits, split)
    if got == HOLDS:
        hold(s, &o[6], IS_FIELD, f.offset, f.bits, f.flags)
        s.position += f.bits
    return got


cdef int run_skip(Walk* w, Way* s, Split* split) noexcept nogil:
    cdef Operand* o = s.at.operands             # fail, ctx, size, unit, flags
    cdef uint64_t bits
    cdef int got
    if not same_operand(&o[1], w.ctx) or o[3].kind != O_UNSIGNED:
        return STRANGE
    bits = field_size(&o[2], o[3].value)
    if bits == 0:
        return STRANGE
    got = test_length(s, s.position + bits, split)
    if got == HOLDS:
        s.position += <uint32_t>bits
    return got


cdef int run_string(Walk* w, Way* s, Split* split) noexcept nogil:
    cdef Operand* o = s.at.operands             # fail, ctx, bits, text
    cdef int got
    if not same_operand(&o[1], w.ctx) or o[2].kind != O_UNSIGNED or o[3].kind != O_UNSIGNED or o[2].value == 0:
        return STRANGE
    got = test_length(s, s.position + o[2].value, split)
    if got == HOLDS:
        got = test_string(s, s.position, w.strings + o[3].value, o[2].value, split)
    if got == HOLDS:
        s.position += <uint32_t>o[2].value
    return got


cdef int run_rest(Walk* w, Way* s, Split* split) noexcept nogil:
    cdef Operand* o = s.at.operands             # fail, ctx, bits or unit
    if not same_operand(&o[1], w.ctx) or o[2].kind != O_UNSIGNED:
        return STRANGE
    if s.at.op == G_bs_test_tail2:
        return test_exactly(s, s.position + o[2].value, split)
    return test_unit(s, s.position, o[2].value, split)


cdef int run_match(Walk* w, Way* s, Split* split, bint store) noexcept nogil:
    """The commands of a bs_match; with `store` what they read, once all of them are known to succeed."""
    cdef Operand* list_ = &s.at.operands[2]
    cdef Operand* o = list_ + 1
    cdef uint32_t i = 0, position = s.position, count = s.held_count
    cdef uint64_t bits
    cdef word flags = 0
    cdef Field f
    cdef int got
    if not same_operand(&s.at.operands[1], w.ctx):
        return STRANGE
    while i < <uint32_t>list_.value:
        got = STRANGE
        if o[i].value == AM_ensure_at_least and o[i + 1].kind == O_UNSIGNED and o[i + 2].kind == O_UNSIGNED:
            got = test_length(s, position + o[i + 1].value, split)
            if got == HOLDS and o[i + 2].value != 1:
                got = test_unit(s, position + <uint32_t>o[i + 1].value, o[i + 2].value, split)
        elif o[i].value == AM_ensure_exactly and o[i + 1].kind == O_UNSIGNED:
            got = test_exactly(s, position + o[i + 1].value, split)
        elif o[i].value == AM_integer and o[i + 4].kind == O_UNSIGNED:      # live, flags, size, unit, dst
            bits = field_size(&o[i + 3], o[i + 4].value)
            if command_flags(&o[i + 2], &flags) and make_field(&f, position, bits, flags) and not same_operand(&o[i + 5], w.ctx) \
                    and is_register(&o[i + 5]) and count < REGISTERS_MAX:
                got = test_length(s, position + bits, split)
                count += 1
                position += <uint32_t>bits
                if store:
                    hold(s, &o[i + 5], IS_FIELD, f.offset, f.bits, f.flags)
        elif o[i].value == AM_skip:
            bits = field_size(&o[i + 1], 1)
            if bits != 0:
                got = test_length(s, position + bits, split)
                position += <uint32_t>bits
        elif o[i].value == AM_eq_exact and o[i + 3].kind == O_UNSIGNED:     # live, size, value
            bits = field_size(&o[i + 2], 1)
            if make_field(&f, position, bits, 0) and o[i + 3].value >> bits == 0:
                got = test_length(s, position + bits, split)
                if got == HOLDS:
                    got = test_bits(s, &f, o[i + 3].value, split)
                position += <uint32_t>bits
        if got != HOLDS:
            return got
        i += command_length(o[i].value)
    if store:
        s.position = position
    return HOLDS


cdef int run_comparison(Way* s, Split* split) noexcept nogil:
    """Tests of a field against a constant."""
    cdef Op* op = s.at
    cdef Operand* a = &op.operands[1]
    cdef Operand* b = &op.operands[2]
    cdef bint turned = held_by(s, a) == NULL
    cdef Held* h = held_by(s, b) if turned else held_by(s, a)
    cdef Operand* c = a if turned else b
    cdef int64_t than
    cdef int got
    if h == NULL or h.what != IS_FIELD:
        return STRANGE
    if c.kind != O_INTEGER and (c.kind != O_ATOM or op.op == G_is_lt or op.op == G_is_ge):
        return STRANGE
    if op.op == G_is_lt or op.op == G_is_ge:
        if not term_is_small(c.value) or h.field.flags != 0:
            return STRANGE
        # below(f, c) is f < c; c < f is the opposite of f < c + 1
        than = small_value(c.value) + (1 if turned else 0)
        got = test_below(s, &h.field, than, split)
        if got == HOLDS or got == FAILS:
            if turned != (op.op == G_is_ge):
                got = FAILS if got == HOLDS else HOLDS
        return got
    got = test_value(s, &h.field, small_value(c.value), split) if term_is_small(c.value) else FAILS
    if (got == HOLDS or got == FAILS) and (op.op == G_is_ne or op.op == G_is_ne_exact):
        got = FAILS if got == HOLDS else HOLDS
    return got


cdef int run_operation(Walk* w, Way* s, Split* split) noexcept nogil:
    """HOLDS: it has been done, FAILS: it fails."""
    cdef uint32_t op = s.at.op
    cdef Operand* o = s.at.operands
    cdef Held* h
    cdef int got
    if op == G_bs_get_position:
        if not same_operand(&o[0], w.ctx) or same_operand(&o[1], w.ctx) or not room_to_hold(s, &o[1]):
            return STRANGE
        hold(s, &o[1], IS_POSITION, s.position, 0, 0)
        return HOLDS
    if op == G_bs_set_position:
        h = held_by(s, &o[1])
        if not same_operand(&o[0], w.ctx) or h == NULL or h.what != IS_POSITION:
            return STRANGE
        s.position = h.field.offset
        return HOLDS
    if op == G_is_integer:
        h = held_by(s, &o[1])
        return HOLDS if h != NULL and h.what == IS_FIELD else STRANGE
    if s.at.count < 2 or not can_jump(w, &o[0]):
        return STRANGE
    if op == G_bs_get_integer2:
        return run_integer(w, s, split)
    if op == G_bs_skip_bits2:
        return run_skip(w, s, split)
    if op == G_bs_match_string:
        return run_string(w, s, split)
    if op == G_bs_test_tail2 or op == G_bs_test_unit:
        return run_rest(w, s, split)
    if op == G_bs_match:
        got = run_match(w, s, split, False)
        return run_match(w, s, split, True) if got == HOLDS else got
    if op == G_is_lt or op == G_is_ge or op == G_is_eq or op == G_is_ne or op == G_is_eq_exact or op == G_is_ne_exact:
        return run_comparison(s, split)
    return STRANGE


# --- shortcuts ------------------------------------------------------------------------------------------------

cdef inline bint same_held(const Held* a, uint32_t m, const Held* b, uint32_t n) noexcept nogil:
    cdef uint32_t i
    if m != n:
        return False
    for i in range(n):
        if a[i].kind != b[i].kind or a[i].number != b[i].number or a[i].what != b[i].what or a[i].there != b[i].there \
                or a[i].field.offset != b[i].field.offset or a[i].field.bits != b[i].field.bits \
                or a[i].field.flags != b[i].field.flags:
            return False
    return True


cdef void near_values(Way* s, uint64_t* values) noexcept nogil:
    cdef uint32_t i
    cdef Byte* b
    for i in range(NEAR):
        b = byte_at(s, i)
        if b == NULL:
            memset(values + 4 * i, 0xFF, 32)
        else:
            memcpy(values + 4 * i, b.values, 32)


cdef uint64_t short_hash(Op* op, uint32_t least, uint32_t most, const uint64_t* near, const Held* held,
                         uint32_t n) noexcept nogil:
    cdef uint64_t h = <uint64_t>op ^ <uint64_t>least << 40 ^ <uint64_t>most << 20
    cdef uint32_t i
    for i in range(4 * NEAR):
        h = (h ^ near[i]) * 0xFF51AFD7ED558CCDull
        h ^= h >> 29
    for i in range(n):
        h = (h ^ held[i].number ^ <uint64_t>held[i].field.offset << 20 ^ <uint64_t>held[i].field.bits << 50) * 0xFF51AFD7ED558CCDull
        h ^= h >> 29
    return h


cdef Shortcut* short_way(Walk* w, Way* s, Op* op) noexcept nogil:
    cdef uint64_t near[NEAR * 4]
    cdef Shortcut* c
    cdef size_t at
    if w.shortcut_count == 0 or s.held_count > SHORT_MAX:
        return NULL
    near_values(s, near)
    at = short_hash(op, s.least, s.most, near, s.held, s.held_count) & (w.slot_count - 1)
    while w.slots[at] != 0:
        c = w.shortcuts + (w.slots[at] - 1)
        if c.begin == op and memcmp(c.near, near, sizeof(near)) == 0 and same_held(c.held, c.held_count, s.held, s.held_count) \
                and c.whole == s.whole and c.least == s.least and c.most == s.most:
            return c
        at = (at + 1) & (w.slot_count - 1)
    return NULL


cdef void keep_shortcut(Walk* w, Shortcut* c) noexcept nogil:
    """Without memory, or with too many of them, there is none."""
    cdef size_t at, n, i
    cdef uint32_t* slots
    cdef Shortcut* more
    if w.shortcut_count == SHORTCUTS_MAX:
        return
    if w.shortcut_count == w.shortcut_capacity:
        n = max(<size_t>64, 2 * w.shortcut_capacity)
        more = <Shortcut*>realloc(w.shortcuts, n * sizeof(Shortcut))
        if more == NULL:
            return
        w.shortcuts = more
        w.shortcut_capacity = n
    if 2 * w.shortcut_count >= w.slot_count:
        n = max(<size_t>256, 2 * w.slot_count)
        slots = <uint32_t*>calloc(n, sizeof(uint32_t))
        if slots == NULL:
            return
        for i in range(w.shortcut_count):
            put_shortcut(w, slots, n, i)
        free(w.slots)
        w.slots = slots
        w.slot_count = n
    w.shortcuts[w.shortcut_count] = c[0]
    put_shortcut(w, w.slots, w.slot_count, w.shortcut_count)
    w.shortcut_count += 1


cdef void put_shortcut(Walk* w, uint32_t* slots, size_t n, size_t index) noexcept nogil:
    cdef Shortcut* c = w.shortcuts + index
    cdef size_t at = short_hash(c.begin, c.least, c.most, &c.near[0][0], c.held, c.held_count) & (n - 1)
    while slots[at] != 0:
        at = (at + 1) & (n - 1)
    slots[at] = <uint32_t>index + 1


cdef bint pass_shortcut(Walk* w, Way* s, Op* op, Shortcut* c) noexcept nogil:
    """At an operation that puts the position back. Takes the way to another such one, if that is known (True), or notes
    in c, which describes the way here from an earlier one, that it leads here, or begins to."""
    cdef Shortcut* known
    if s.held_count > SHORT_MAX:
        c.begin = NULL
        return False
    if c.begin != NULL and s.deep:
        end_shortcut(w, c)
    if c.begin == NULL:
        c.begin = op
        c.to = NULL
        c.passed = s.passed
        c.least = s.least
        c.most = s.most
        c.whole = s.whole
        c.held_count = s.held_count
        memcpy(c.held, s.held, s.held_count * sizeof(Held))
        near_values(s, &c.near[0][0])
        s.deep = False
    else:
        note_shortcut(s, op, c)
    known = short_way(w, s, op)
    if known == NULL:
        return False
    s.passed += known.passed
    s.held_count = known.after_count
    memcpy(s.held, known.after, known.after_count * sizeof(Held))
    s.at = known.to
    s.label = NULL
    note_shortcut(s, known.to, c)
    return True


cdef void note_shortcut(Way* s, Op* op, Shortcut* c) noexcept nogil:
    c.to = op
    c.after_count = s.held_count
    memcpy(c.after, s.held, s.held_count * sizeof(Held))
    c.spared = s.passed - c.passed


cdef void end_shortcut(Walk* w, Shortcut* c) noexcept nogil:
    cdef Shortcut made
    if c.begin != NULL and c.to != NULL and c.spared >= SHORT_LEAST:
        made = c[0]
        made.passed = c.spared
        keep_shortcut(w, &made)
    c.begin = NULL


cdef int way_run(Walk* w, Way* s, Split* split) noexcept nogil:
    """Goes on until it is a leaf, or something must be asked first."""
    cdef Shortcut c
    cdef int got
    c.begin = NULL
    got = run_on(w, s, split, &c)
    end_shortcut(w, &c)
    return got


cdef int run_on(Walk* w, Way* s, Split* split, Shortcut* c) noexcept nogil:
    cdef Op* op
    cdef Held* h
    cdef word label = 0
    cdef int got
    while True:
        if w.steps == 0 or s.passed >= WAY_MAX:
            return TOO_MUCH
        w.steps -= 1
        op = s.at
        if op == NULL or (op.op == G_func_info and s.label == NULL):
            return TOO_MUCH
        if op.op == G_label:
            s.label = op
            s.at = op.next
            continue
        if op.op == G_bs_set_position and pass_shortcut(w, s, op, c):
            continue
        if op.op == G_jump:
            if not can_jump(w, &op.operands[0]):
                return AT_LEAF
            jump(w, s, op.operands[0].value)
            s.passed += 1
            continue
        if op.op == G_select_val:
            h = held_by(s, &op.operands[0])
            if h == NULL or h.what != IS_FIELD or not can_jump(w, &op.operands[1]):
                return AT_LEAF
            w.steps -= min(w.steps, <uint64_t>op.operands[2].count // 8)
            got = test_selection(s, &h.field, op, &label, split)
            if got == HOLDS:
                jump(w, s, label)
                s.passed += 1
                s.label = NULL
                continue
        else:
            got = run_operation(w, s, split)
            if got == HOLDS:
                s.at = op.next
            elif got == FAILS:
                jump(w, s, op.operands[0].value)
            if got == HOLDS or got == FAILS:
                s.passed += 1
                s.label = NULL
                continue
        return AT_QUESTION if got == ASKS else AT_LEAF


cdef void walk_begin(Walk* w, Operand* ctx) noexcept nogil:
    w.ctx = ctx
    w.shortcut_count = 0
    if w.slot_count != 0:
        memset(w.slots, 0, w.slot_count * sizeof(uint32_t))


cdef void walk_free(Walk* w) noexcept nogil:
    free(w.shortcuts)
    free(w.slots)

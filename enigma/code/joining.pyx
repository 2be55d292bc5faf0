"""Runs of fields and map patterns; see joining.pxd."""
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcpy, memset
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.am cimport *
from enigma.code.instructions cimport operation_named
from enigma.code.opcodes_generated cimport *
from enigma.code.operations cimport Op, OpMaker, same_operand, set_operand
from enigma.code.reader cimport *

cdef int g_bs_fields = operation_named(b"bs_fields")
cdef int g_bs_get_byte = operation_named(b"bs_get_byte")
cdef int g_bs_append_fields = operation_named(b"bs_append_fields")
cdef int g_bs_make_fields = operation_named(b"bs_make_fields")
cdef int g_get_map_values = operation_named(b"get_map_values")
cdef int g_get_map_value = operation_named(b"get_map_value")

cdef enum:
    RUN_MAX = 64            # fields of a run
    LITTLE = 2              # flags of the file format
    SIGNED = 4
    NATIVE = 16

cdef struct Field:
    word what               # as in bs_fields
    Operand* value          # the register, or the number to equal; NULL: skipped

cdef struct Run:
    Field fields[RUN_MAX]
    uint32_t count
    word total              # bits of the fields
    word need, test         # as in bs_fields
    bint tested             # need and test were asked for
    bint closed             # nothing may be joined any more


cdef inline word mask_of(word unit) noexcept nogil:
    """What is left must be 0 in these bits to be a multiple of unit; all ones: no mask can tell."""
    return unit - 1 if unit != 0 and unit & (unit - 1) == 0 else <word>-1


cdef word constant_bits(Operand* size, word unit) noexcept nogil:
    """Bits of a field of constant size, or 0 if they are not known or do not fit."""
    cdef int64_t n
    if size.kind == O_UNSIGNED:
        n = <int64_t>size.value
    elif size.kind == O_INTEGER and term_is_small(size.value):
        n = small_value(size.value)
    else:
        return 0
    if n <= 0 or n > FIELDS_MAX or unit == 0 or unit > FIELDS_MAX:
        return 0
    return n * unit if n * unit <= FIELDS_MAX else 0


cdef bint add_field(Run* r, word bits, word flags, word kind, Operand* value) noexcept nogil:
    cdef Field* f
    if r.count == RUN_MAX or bits == 0 or flags & ~<word>(LITTLE | SIGNED | NATIVE):
        return False
    f = &r.fields[r.count]
    f.what = bits | flags << FIELD_FLAGS | kind
    f.value = value
    r.count += 1
    r.total += bits
    return True


# --- operations that read one field each ----------------------------------------------------------------

cdef bint add_operation(Run* r, Op* op, Operand* fail, Operand* ctx) noexcept nogil:
    """Adds what one operation of a run reads. False: it is none of this run."""
    cdef Operand* o = op.operands
    if not same_operand(&o[0], fail) or not same_operand(&o[1], ctx):
        return False
    if op.op == G_bs_get_integer2:
        if o[4].kind != O_UNSIGNED or o[5].kind != O_UNSIGNED \
                or not add_field(r, constant_bits(&o[3], o[4].value), o[5].value, 0, &o[6]):
            return False
        r.closed = same_operand(&o[6], ctx)
        return True
    if op.op == G_bs_skip_bits2:
        return o[3].kind == O_UNSIGNED and add_field(r, constant_bits(&o[2], o[3].value), 0, FIELD_SKIP, NULL)
    if r.count == 0 or o[2].kind != O_UNSIGNED:
        return False
    if op.op == G_bs_test_unit and mask_of(o[2].value) != <word>-1:
        r.test = mask_of(o[2].value)
    elif op.op == G_bs_test_tail2 and o[2].value == 0:
        r.test = <word>-1
    else:
        return False
    r.tested = True
    r.closed = True
    return True


cdef Op* joined_run(Run* r, Op* op) noexcept nogil:
    """Collects the run that begins at op; the operation behind it."""
    cdef Op* at = op
    while at != NULL and not r.closed and (at == op or not at.has_line) and at.op != G_label \
            and (at.op == G_bs_get_integer2 or at.op == G_bs_skip_bits2 or at.op == G_bs_test_unit or at.op == G_bs_test_tail2) \
            and add_operation(r, at, &op.operands[0], &op.operands[1]):
        at = at.next
    r.need = r.total
    return at


# --- bs_match ---------------------------------------------------------------------------------------------

cdef bint command_flags(Operand* o, word* flags) noexcept nogil:
    cdef Term t = o.value
    flags[0] = 0
    if o.kind == O_UNSIGNED:
        flags[0] = o.value
        return True
    if o.kind != O_NIL and o.kind != O_LITERAL:
        return False
    while term_is_list(t):
        if list_head(t) == AM_little:
            flags[0] |= LITTLE
        elif list_head(t) == AM_native:
            flags[0] |= NATIVE
        elif list_head(t) == AM_signed:
            flags[0] |= SIGNED
        elif list_head(t) != AM_unsigned and list_head(t) != AM_big:
            return False
        t = list_tail(t)
    return True


cdef inline bint takes_heap(Operand* command) noexcept nogil:
    return command.value == AM_integer or command.value == AM_binary or command.value == AM_get_tail


cdef uint32_t joined_commands(Run* r, Operand* o, uint32_t n, Operand* ctx) noexcept nogil:
    """Collects the leading commands; how many of the n items they take."""
    cdef uint32_t i = 0
    cdef word flags = 0
    if n >= 3 and o[0].value == AM_ensure_at_least:
        r.need = o[1].value
        r.test = mask_of(o[2].value)
        if r.test == <word>-1:
            return 0
        r.tested = True
        i = 3
    elif n >= 2 and o[0].value == AM_ensure_exactly:
        r.need = o[1].value
        r.test = <word>-1
        r.tested = True
        i = 2
    while i < n and not r.closed:
        if o[i].value == AM_integer:
            if o[i + 4].kind != O_UNSIGNED or not command_flags(&o[i + 2], &flags) \
                    or not add_field(r, constant_bits(&o[i + 3], o[i + 4].value), flags, 0, &o[i + 5]):
                break
            r.closed = same_operand(&o[i + 5], ctx)
            i += 6
        elif o[i].value == AM_skip:
            if not add_field(r, constant_bits(&o[i + 1], 1), 0, FIELD_SKIP, NULL):
                break
            i += 2
        elif o[i].value == AM_eq_exact:
            # A failure puts the position back to where the fields began, so they must be one load.
            if o[i + 3].kind != O_UNSIGNED or constant_bits(&o[i + 2], 1) == 0 \
                    or r.total + constant_bits(&o[i + 2], 1) > FIELDS_MAX \
                    or not add_field(r, constant_bits(&o[i + 2], 1), 0, FIELD_COMPARE, &o[i + 3]):
                break
            i += 4
        else:
            break
    if not r.tested or r.need < r.total:
        r.need = r.total
    return i


# --- what it becomes -----------------------------------------------------------------------------------------

cdef Op* fields_op(Run* r, Op* op, uint32_t first, uint32_t count, word bits, void* loader, OpMaker make) noexcept nogil:
    """bs_fields for `count` fields of the run, `bits` in all."""
    cdef Op* made = make(loader, <uint32_t>g_bs_fields, 6 + 2 * count)
    cdef Operand* o
    cdef Field* f
    cdef uint32_t i
    if made == NULL:
        return NULL
    o = made.operands
    o[0] = op.operands[0]
    o[1] = op.operands[1]
    set_operand(&o[2], O_UNSIGNED, r.need if first == 0 else bits)
    set_operand(&o[3], O_UNSIGNED, r.test if first == 0 and r.tested else 0)
    set_operand(&o[4], O_UNSIGNED, bits)
    set_operand(&o[5], O_LIST, 2 * count)
    o[5].count = 2 * count
    o += 6
    for i in range(count):
        f = &r.fields[first + i]
        set_operand(&o[2 * i], O_UNSIGNED, f.what)
        if f.value != NULL:
            o[2 * i + 1] = f.value[0]
        else:
            set_operand(&o[2 * i + 1], O_UNSIGNED, 0)
    return made


cdef bint build_run(Run* r, Op* op, Op*** tail, void* loader, OpMaker make) noexcept nogil:
    """Appends the operations that read the run at `tail`. False: no memory."""
    cdef Op* made
    cdef uint32_t first = 0
    cdef uint32_t n
    cdef word bits
    if r.count == 1 and r.fields[0].what == 8 and r.tested and r.test == 7 and r.need == 8:
        made = make(loader, <uint32_t>g_bs_get_byte, 3)
        if made == NULL:
            return False
        made.operands[0] = op.operands[0]
        made.operands[1] = op.operands[1]
        made.operands[2] = r.fields[0].value[0]
        tail[0][0] = made
        tail[0] = &made.next
        return True
    while first < r.count:
        bits = r.fields[first].what & 63
        n = 1
        while first + n < r.count and bits + (r.fields[first + n].what & 63) <= FIELDS_MAX:
            bits += r.fields[first + n].what & 63
            n += 1
        made = fields_op(r, op, first, n, bits, loader, make)
        if made == NULL:
            return False
        tail[0][0] = made
        tail[0] = &made.next
        first += n
    return True


cdef void keep_live(Operand* o, uint32_t taken, Operand* rest, uint32_t n) noexcept nogil:
    """A collection in the rest of a bs_match keeps what one in front of the first command with a destination would
    have kept, and what has been read since; other registers that a later command calls live may hold anything."""
    cdef uint32_t i = 0
    cdef word live = 0
    cdef bint seen = False, again = True
    while again:
        again = False
        i = 0
        while i < taken:
            if o[i].value == AM_integer:
                if not seen:
                    live = o[i + 1].value
                    seen = True
                if o[i + 5].kind == O_X and o[i + 5].value == live:
                    live += 1
                    again = True
                i += 6
            else:
                i += command_length(o[i].value)
    i = 0
    while seen and i < n:
        if takes_heap(&rest[i]):
            rest[i + 1].value = live
            return
        i += command_length(rest[i].value)


cdef bint join_fields(Op** link, void* loader, OpMaker make) noexcept nogil:
    cdef Run r
    cdef Op* op = link[0]
    cdef Op* after
    cdef Op* rest
    cdef Op* made = NULL
    cdef Op** tail = &made
    cdef Operand* list_
    cdef uint32_t taken = 0
    cdef bint match = op.op == G_bs_match
    memset(&r, 0, sizeof(r))
    if op.operands[0].kind != O_LABEL or (op.operands[1].kind != O_X and op.operands[1].kind != O_Y):
        return True
    if match:
        list_ = &op.operands[2]
        taken = joined_commands(&r, list_ + 1, <uint32_t>list_.value, &op.operands[1])
        after = op.next
        if r.count == 0 or (r.closed and taken < <uint32_t>list_.value):
            return True
    else:
        after = joined_run(&r, op)
        if r.count == 0 or (r.count == 1 and not r.tested):
            return True
    if not build_run(&r, op, &tail, loader, make):
        return False
    if match and taken < <uint32_t>list_.value:
        rest = make(loader, G_bs_match, 3 + <uint32_t>list_.value - taken)
        if rest == NULL:
            return False
        rest.operands[0] = op.operands[0]
        rest.operands[1] = op.operands[1]
        rest.operands[2] = list_[0]
        rest.operands[2].value = list_.value - taken
        rest.operands[2].count = <uint32_t>rest.operands[2].value
        memcpy(rest.operands + 3, list_ + 1 + taken, (list_.value - taken) * sizeof(Operand))
        keep_live(list_ + 1, taken, rest.operands + 3, <uint32_t>rest.operands[2].value)
        tail[0] = rest
        tail = &rest.next
    tail[0] = after
    made.line = op.line
    made.has_line = op.has_line
    link[0] = made
    return True


# --- building -----------------------------------------------------------------------------------------------

cdef bint add_string(Op* made, uint32_t* count, word* total, const uint8_t* text, word size) noexcept nogil:
    cdef word v = 0, i
    if size == 0 or total[0] + 8 * size > FIELDS_MAX:
        return size == 0
    for i in range(size):
        v = v << 8 | text[i]
    set_operand(&made.operands[count[0]], O_UNSIGNED, 8 * size | FIELD_NUMBER)
    set_operand(&made.operands[count[0] + 1], O_UNSIGNED, v)
    count[0] += 2
    total[0] += 8 * size
    return True


cdef bint add_segment(Op* made, uint32_t* count, word* total, Operand* o) noexcept nogil:
    """Adds a segment (type, number, unit, flags, source, size) to the operands from `count` on. False: not of this kind."""
    cdef word flags = 0, bits, kind = 0
    if o[2].kind != O_UNSIGNED:
        return False
    if o[0].value == AM_string:
        return o[5].kind == O_INTEGER and add_string(made, count, total, <const uint8_t*>o[4].value, <word>small_value(o[5].value))
    if o[0].value == AM_utf8:
        bits = 32
        kind = FIELD_UTF8
    elif o[0].value == AM_integer and command_flags(&o[3], &flags):
        bits = constant_bits(&o[5], o[2].value)
        flags &= LITTLE | NATIVE
        if flags != 0 and bits & 7 != 0:
            return False
    else:
        return False
    if bits == 0 or total[0] + bits > FIELDS_MAX:
        return False
    if o[4].kind != O_X and o[4].kind != O_Y and not (o[4].kind == O_INTEGER and term_is_small(o[4].value)):
        return False
    set_operand(&made.operands[count[0]], O_UNSIGNED, bits | flags << FIELD_FLAGS | kind)
    made.operands[count[0] + 1] = o[4]
    count[0] += 2
    total[0] += bits
    return True


cdef bint join_build(Op** link, void* loader, OpMaker make) noexcept nogil:
    cdef Op* op = link[0]
    cdef Op* made
    cdef Operand* o = op.operands           # fail, alloc, live, unit, dst, segments
    cdef uint32_t n = <uint32_t>o[5].value
    cdef uint32_t i = 0, first, count
    cdef word total = 0
    cdef bint appends = n != 0 and (o[6].value == AM_append or o[6].value == AM_private_append)
    if n == 0 or n > 6 * RUN_MAX or o[1].kind != O_UNSIGNED or (appends and o[8].kind != O_UNSIGNED):
        return True
    first = 6 if appends else 3
    made = make(loader, <uint32_t>(g_bs_append_fields if appends else g_bs_make_fields), first + n)
    if made == NULL:
        return False
    count = first
    i = 6 if appends else 0
    while i < n:
        if not add_segment(made, &count, &total, &o[6 + i]):
            return True
        i += 6
    if total == 0:
        return True
    made.operands[0] = o[4]
    made.operands[1] = o[1]
    if appends:
        made.operands[2] = o[10]
        set_operand(&made.operands[3], O_UNSIGNED, o[6].value == AM_private_append)
        made.operands[4] = o[8]
    set_operand(&made.operands[first - 1], O_LIST, count - first)
    made.operands[first - 1].count = count - first
    made.count = count
    made.line = op.line
    made.next = op
    link[0] = made
    return True


# --- maps ------------------------------------------------------------------------------------------------

cdef inline bint is_immediate(Operand* o) noexcept nogil:
    return (o.kind == O_ATOM or o.kind == O_NIL or o.kind == O_INTEGER or o.kind == O_LITERAL) and term_is_immed(o.value)


cdef bint join_map(Op** link, void* loader, OpMaker make) noexcept nogil:
    cdef Op* op = link[0]
    cdef Op* made
    cdef Operand* o = op.operands
    cdef uint32_t n = <uint32_t>o[2].value // 2
    cdef uint32_t i
    for i in range(n):
        if not is_immediate(&o[3 + 2 * i]):
            return True
    if n == 1:
        made = make(loader, <uint32_t>g_get_map_value, 5)
        if made == NULL:
            return False
        made.operands[2] = o[3]
        made.operands[3] = o[4]
        set_operand(&made.operands[4], O_UNSIGNED, 0)
    else:
        made = make(loader, <uint32_t>g_get_map_values, 3 + 3 * n)
        if made == NULL:
            return False
        set_operand(&made.operands[2], O_LIST, 3 * n)
        made.operands[2].count = 3 * n
        for i in range(n):
            made.operands[3 + 3 * i] = o[3 + 2 * i]
            made.operands[4 + 3 * i] = o[4 + 2 * i]
            set_operand(&made.operands[5 + 3 * i], O_UNSIGNED, 0)
    made.operands[0] = o[0]
    made.operands[1] = o[1]
    made.next = op.next
    made.line = op.line
    made.has_line = op.has_line
    link[0] = made
    return True


cdef bint join_operations(Op** link, void* loader, OpMaker make) noexcept nogil:
    cdef Op* op
    while link[0] != NULL:
        op = link[0]
        if op.op == G_bs_get_integer2 or op.op == G_bs_skip_bits2 or op.op == G_bs_match:
            if not join_fields(link, loader, make):
                return False
        elif op.op == G_bs_create_bin:
            if not join_build(link, loader, make):
                return False
            if link[0] != op:
                link = &link[0].next
        elif op.op == G_get_map_elements:
            if not join_map(link, loader, make):
                return False
        elif op.op == G_is_map and op.next != NULL and op.next.op == G_get_map_elements and not op.next.has_line \
                and same_operand(&op.operands[0], &op.next.operands[0]) and same_operand(&op.operands[1], &op.next.operands[1]):
            link[0] = op.next                   # which tests it again
            link[0].line = op.line
            link[0].has_line = op.has_line
            continue
        link = &link[0].next
    return True

"""What a byte may be, how much is left, and tests that this decides; see facts.pxd."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.code.operations cimport Op, is_register
from enigma.code.reader cimport *

# --- what is known --------------------------------------------------------------------------------------------

cdef Held* held_by(Way* s, Operand* o) noexcept nogil:
    cdef uint32_t i
    if is_register(o):
        for i in range(s.held_count):
            if s.held[i].kind == o.kind and s.held[i].number == o.value:
                return &s.held[i]
    return NULL


cdef bint room_to_hold(Way* s, Operand* o) noexcept nogil:
    return is_register(o) and (held_by(s, o) != NULL or s.held_count < REGISTERS_MAX)


cdef void hold(Way* s, Operand* o, int what, uint32_t offset, uint32_t bits, uint32_t flags) noexcept nogil:
    cdef Held* h = held_by(s, o)
    if h == NULL:
        h = &s.held[s.held_count]
        s.held_count += 1
    h.kind = o.kind
    h.number = o.value
    h.what = <uint8_t>what
    h.there = False
    h.field.offset = offset
    h.field.bits = bits
    h.field.flags = flags


cdef Byte* byte_at(Way* s, uint32_t offset) noexcept nogil:
    cdef uint32_t i
    for i in range(s.byte_count):
        if s.bytes[i].offset == offset:
            return &s.bytes[i]
    return NULL


# The values at `offset` of which all bits of mask are as in want: whether there are any, and whether there are others.
cdef void look(Way* s, uint32_t offset, unsigned int mask, unsigned int want, bint* some, bint* others) noexcept nogil:
    cdef Byte* b = byte_at(s, offset)
    cdef unsigned int v, n
    s.deep = s.deep or offset >= NEAR
    some[0] = False
    others[0] = False
    if b == NULL:
        some[0] = True
        others[0] = mask != 0
        return
    if mask == 0xFF:
        some[0] = has(b.values, want)
        n = 0
        for v in range(4):
            n += <unsigned int>en_popcount64(b.values[v])
        others[0] = n > (1 if some[0] else 0)
        return
    for v in range(256):
        if has(b.values, v):
            if v & mask == want:
                some[0] = True
            else:
                others[0] = True


cdef void extremes(Way* s, uint32_t offset, unsigned int mask, unsigned int* low, unsigned int* high) noexcept nogil:
    """The lowest and the highest value of the bits of mask."""
    cdef Byte* b = byte_at(s, offset)
    cdef unsigned int v
    s.deep = s.deep or offset >= NEAR
    low[0] = 0
    high[0] = mask
    if b == NULL:
        return
    low[0] = 256
    high[0] = 0
    if mask == 0xFF:
        for v in range(4):
            if b.values[v] != 0:
                if low[0] == 256:
                    low[0] = 64 * v + <unsigned int>en_ctz64(b.values[v])
                high[0] = 64 * v + 63 - <unsigned int>en_clz64(b.values[v])
        return
    for v in range(256):
        if has(b.values, v):
            low[0] = min(low[0], v & mask)
            high[0] = max(high[0], v & mask)


# Keeps of the values at s.at those of a class. False: there are none.
cdef bint narrow(Way* s, Split* split, uint32_t which) noexcept nogil:
    cdef Byte* b = byte_at(s, split.at)
    cdef unsigned int v
    cdef uint64_t left = 0
    if b == NULL:
        b = &s.bytes[s.byte_count]
        s.byte_count += 1
        b.offset = split.at
        memset(b.values, 0xFF, sizeof(b.values))
    for v in range(256):
        if split.class_of[v] != which:
            b.values[v >> 6] &= ~(<uint64_t>1 << (v & 63))
    for v in range(4):
        left |= b.values[v]
    return left != 0


# --- tests ----------------------------------------------------------------------------------------------------

cdef int test_length(Way* s, uint64_t bits, Split* split) noexcept nogil:
    """Are `bits` bits there?"""
    if bits > OFFSET_MAX:
        return STRANGE
    if s.least >= bits:
        return HOLDS
    if s.most < bits:
        return FAILS
    split.kind = BY_LENGTH
    split.at = <uint32_t>bits
    return ASKS


cdef int test_whole(Way* s, Split* split) noexcept nogil:
    """Is what is left where the match stood whole bytes?"""
    if s.whole == WHOLE_UNKNOWN and s.least == s.most:
        s.deep = True
        s.whole = WHOLE_YES if s.least & 7 == 0 else WHOLE_NO
    if s.whole != WHOLE_UNKNOWN:
        return HOLDS if s.whole == WHOLE_YES else FAILS
    split.kind = BY_WHOLE
    split.at = 0
    return ASKS


cdef inline uint32_t field_bytes(Field* f) noexcept nogil:
    return (((f.offset & 7) + f.bits) + 7) >> 3


cdef inline void part(Field* f, uint64_t value, uint32_t i, unsigned int* mask, unsigned int* want) noexcept nogil:
    """The bits of byte i that belong to the field, and what they are if the field is `value`, read as big-endian."""
    cdef uint32_t n = field_bytes(f)
    cdef uint32_t up = 8 * n - (f.offset & 7) - f.bits
    mask[0] = <unsigned int>((((<uint64_t>1 << f.bits) - 1) << up) >> (8 * (n - 1 - i))) & 0xFF
    want[0] = <unsigned int>((value << up) >> (8 * (n - 1 - i))) & 0xFF


cdef bint as_bits(Field* f, int64_t value, uint64_t* bits) noexcept nogil:
    """How a field is, read as unsigned and big-endian, that has this value. False: it cannot have it."""
    if f.flags & FIELD_SIGNED:
        if value < -(<int64_t>1 << (f.bits - 1)) or value >= <int64_t>1 << (f.bits - 1):
            return False
        bits[0] = <uint64_t>value & ((<uint64_t>1 << f.bits) - 1)
    else:
        if value < 0 or value >> f.bits != 0:
            return False
        bits[0] = <uint64_t>value
    if f.flags & FIELD_LITTLE:
        bits[0] = en_bswap64(bits[0]) >> (64 - f.bits)
    return True


cdef int room_for_byte(Way* s, uint32_t offset) noexcept nogil:
    return ASKS if s.byte_count < BYTES_MAX or byte_at(s, offset) != NULL else STRANGE


cdef int test_bits(Way* s, Field* f, uint64_t bits, Split* split) noexcept nogil:
    """Is the field, read as unsigned and big-endian, this number?"""
    cdef uint32_t i, open_at = NOTHING
    cdef unsigned int mask = 0, want = 0, v
    cdef bint some = False, others = False
    for i in range(field_bytes(f)):
        part(f, bits, i, &mask, &want)
        look(s, (f.offset >> 3) + i, mask, want, &some, &others)
        if not some:
            return FAILS
        if others and open_at == NOTHING:
            open_at = i
    if open_at == NOTHING:
        return HOLDS
    part(f, bits, open_at, &mask, &want)
    split.kind = BY_BYTE
    split.at = (f.offset >> 3) + open_at
    split.count = 1
    for v in range(256):
        split.class_of[v] = 1 if v & mask == want else 0
    return room_for_byte(s, split.at)


cdef int test_below(Way* s, Field* f, int64_t than, Split* split) noexcept nogil:
    """Is the field, unsigned and big-endian, below this number?"""
    cdef uint32_t i
    cdef unsigned int mask = 0, want = 0, low = 0, high = 0, v
    if than <= 0:
        return FAILS
    if than >> f.bits != 0:
        return HOLDS
    for i in range(field_bytes(f)):
        part(f, <uint64_t>than, i, &mask, &want)
        extremes(s, (f.offset >> 3) + i, mask, &low, &high)
        if high < want:
            return HOLDS
        if low > want:
            return FAILS
        if low == high:
            continue
        split.kind = BY_BYTE
        split.at = (f.offset >> 3) + i
        split.count = 2
        for v in range(256):
            split.class_of[v] = 1 if v & mask < want else (2 if v & mask == want else 0)
        return room_for_byte(s, split.at)
    return FAILS


cdef int test_selection(Way* s, Field* f, Op* op, word* label, Split* split) noexcept nogil:
    """Which value of a select_val is the field? label: where that leads, the failure's included."""
    cdef Operand* o = op.operands + 3
    cdef uint32_t n = op.operands[2].count, i, j, at = NOTHING, possible = 0
    cdef unsigned int mask = 0, want = 0, v
    cdef uint64_t bits = 0
    cdef bint some = False, others = False, open_
    cdef uint16_t ids[256]
    label[0] = op.operands[1].value
    i = 0
    while i < n:
        if term_is_small(o[i].value) and as_bits(f, small_value(o[i].value), &bits):
            open_ = False
            for j in range(field_bytes(f)):
                part(f, bits, j, &mask, &want)
                look(s, (f.offset >> 3) + j, mask, want, &some, &others)
                if not some:
                    break
                if others:
                    open_ = True
                    if j < at:
                        at = j
                        break           # no byte behind it is asked for before it
            if some:
                possible += 1
                if not open_:
                    label[0] = o[i + 1].value
                    return HOLDS
        i += 2
    if possible == 0:
        return HOLDS
    # Each value that this byte has in one that is possible is a class of its own.
    memset(ids, 0, sizeof(ids))
    split.kind = BY_BYTE
    split.at = (f.offset >> 3) + at
    split.count = 0
    i = 0
    while i < n:
        if term_is_small(o[i].value) and as_bits(f, small_value(o[i].value), &bits):
            some = True
            j = 0
            while some and j <= at:
                part(f, bits, j, &mask, &want)
                look(s, (f.offset >> 3) + j, mask, want, &some, &others)
                j += 1
            if some and ids[want] == 0:
                split.count += 1
                ids[want] = <uint16_t>split.count
        i += 2
    part(f, 0, at, &mask, &want)
    for v in range(256):
        split.class_of[v] = ids[v & mask]
    return room_for_byte(s, split.at)


cdef int test_string(Way* s, uint32_t position, const uint8_t* text, uint64_t bits, Split* split) noexcept nogil:
    cdef Field f
    cdef uint64_t at = 0, v
    cdef uint32_t i, n
    cdef int got
    f.flags = 0
    while at < bits:
        n = <uint32_t>min(bits - at, <uint64_t>8)
        v = text[at >> 3] >> (8 - n)
        f.offset = position + <uint32_t>at
        f.bits = n
        got = test_bits(s, &f, v, split)
        if got != HOLDS:
            return got
        at += n
    return HOLDS


cdef int test_exactly(Way* s, uint64_t bits, Split* split) noexcept nogil:
    """Are `bits` bits there and no more?"""
    cdef int got = test_length(s, bits, split)
    if got != HOLDS:
        return got
    got = test_length(s, bits + 1, split)
    if got == HOLDS:
        return FAILS
    return HOLDS if got == FAILS else got


cdef int test_unit(Way* s, uint32_t position, word unit, Split* split) noexcept nogil:
    """Is what is left at a position a multiple of unit?"""
    if unit == 1:
        return HOLDS
    return test_whole(s, split) if unit == 8 and position & 7 == 0 else STRANGE


cdef int test_value(Way* s, Field* f, int64_t value, Split* split) noexcept nogil:
    cdef uint64_t bits = 0
    return test_bits(s, f, bits, split) if as_bits(f, value, &bits) else FAILS

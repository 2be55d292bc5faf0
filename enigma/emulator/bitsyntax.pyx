"""The bit syntax's larger pieces: integers of any size, floats, Unicode, and building; see bitsyntax.pxd.

Invariant: nothing is read outside [position, end) of a context, and nothing written outside the binary
under construction, whatever sizes and values an Erlang program supplies.

Read next: instructions/bits.tab for the instructions, term/bits.pyx for runs of bits.
"""
from libc.math cimport isfinite
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset
from enigma.term.am cimport *
from enigma.term.core cimport EN_UNLIKELY, en_add64, en_load64_acq
from enigma.term.bits cimport *
from enigma.term.map cimport map_from_pairs
from enigma.term.number cimport *
from enigma.code.deciding cimport LEAF_BITS, LEAF_FLAGS, LEAF_POSITION, decide
from enigma.code.joining cimport FIELD_FLAGS, FIELD_NUMBER, FIELD_UTF8
from enigma.code.operand cimport fetch_s, operand_ref
from enigma.memory.heap cimport ProcHeap
from enigma.process.process cimport *

cdef extern from "enigma/bits.h" nogil:
    ctypedef struct en_bit_writer:
        uint8_t* data
        uint64_t position
        uint64_t end
    double en_half_to_double(uint16_t h) noexcept
    uint16_t en_half_from_double(double d) noexcept

cdef extern from * nogil:
    """
    static __thread en_bit_writer en_writer;
    """
    en_bit_writer en_writer

cdef enum:
    BITS_PER_REDUCTION = 8 * 1024
    SIZE_MAX_BITS = 0x1000000000000000
    GROW_MIN = 256                  # bytes that the first append makes room for


# --- matching -----------------------------------------------------------------------------------------

cdef Term match_integer(Process* p, Term* m, word bits, word flags) noexcept nogil:
    cdef word at = m[M_POSITION], n = (bits + 7) >> 3, rest = bits & 7
    cdef const uint8_t* base = bits_base(m[M_ORIG])
    cdef uint8_t small_buffer[64]
    cdef uint8_t* buffer = small_buffer
    cdef bint little = field_little(flags) != 0
    cdef Term t
    if bits == 0:
        return make_small(0)
    if bits <= SMALL_BITS:
        t = match_small(m, bits, flags)
        m[M_POSITION] = at + bits
        return t
    if (at & 7) == 0 and rest == 0:
        t = integer_from_bytes(proc_heap(p), base + (at >> 3), n, little, (flags & FIELD_SIGNED) != 0)
    else:
        if n > sizeof(small_buffer):
            buffer = <uint8_t*>malloc(n)
            if buffer == NULL:
                return 0
        if little:
            # Whole bytes, least significant first, then the high bits of the number.
            bits_copy(base, at, buffer, 0, bits - rest)
            if rest:
                buffer[n - 1] = <uint8_t>bits_get(base + ((at + bits - rest) >> 3), (at + bits - rest) & 7, <unsigned int>rest)
                if (flags & FIELD_SIGNED) and (buffer[n - 1] >> (rest - 1)) & 1:
                    buffer[n - 1] |= <uint8_t>(0xFF << rest)
        else:
            buffer[0] = 0
            bits_copy(base, at, buffer, (8 * n) - bits, bits)
            if rest and (flags & FIELD_SIGNED) and (buffer[0] >> (rest - 1)) & 1:
                buffer[0] |= <uint8_t>(0xFF << rest)
        t = integer_from_bytes(proc_heap(p), buffer, n, little, (flags & FIELD_SIGNED) != 0)
        if buffer != small_buffer:
            free(buffer)
    if t != 0:
        m[M_POSITION] = at + bits
        p.reductions_left -= <int32_t>(bits / BITS_PER_REDUCTION)
    return t


cdef Term match_float(Term* m, word bits, word flags, Term* top) noexcept nogil:
    cdef word at = m[M_POSITION]
    cdef uint64_t v
    cdef uint32_t v32
    cdef float f
    cdef double d
    if bits == 0:
        return make_float(top, 0.0)
    if m[M_END] - at < bits or (bits != 16 and bits != 32 and bits != 64):
        return 0
    v = bits_get(bits_base(m[M_ORIG]) + (at >> 3), at & 7, <unsigned int>bits)
    if field_little(flags):
        v = reverse_field(v, <unsigned int>bits)
    if bits == 64:
        memcpy(&d, &v, 8)
    elif bits == 32:
        v32 = <uint32_t>v
        memcpy(&f, &v32, 4)
        d = f
    else:
        d = en_half_to_double(<uint16_t>v)
    if not isfinite(d):
        return 0
    m[M_POSITION] = at + bits
    return make_float(top, d)


cdef Term match_utf8(Term* m) noexcept nogil:
    cdef word at = m[M_POSITION], left = m[M_END] - at
    cdef const uint8_t* b = bits_base(m[M_ORIG]) + (at >> 3)
    cdef uint32_t lead, c
    cdef unsigned int n, i
    if left < 8:
        return 0
    lead = <uint32_t>bits_get(b, at & 7, 8)
    if lead < 0x80:
        m[M_POSITION] = at + 8
        return make_small(lead)
    if lead < 0xC2 or lead > 0xF4:
        return 0
    n = 1 if lead < 0xE0 else (2 if lead < 0xF0 else 3)
    if left < 8 * (n + 1):
        return 0
    lead &= 0x3F >> n
    for i in range(1, n + 1):
        c = <uint32_t>bits_get(b + i, at & 7, 8)
        if c & 0xC0 != 0x80:
            return 0
        lead = lead << 6 | (c & 0x3F)
    if (n == 2 and (lead < 0x800 or (0xD800 <= lead and lead <= 0xDFFF))) or (n == 3 and (lead < 0x10000 or lead > 0x10FFFF)):
        return 0
    m[M_POSITION] = at + 8 * (n + 1)
    return make_small(lead)


cdef inline uint32_t utf16_unit(const uint8_t* b, word at, bint little) noexcept nogil:
    cdef uint32_t v = <uint32_t>bits_get(b + (at >> 3), at & 7, 16)
    return ((v >> 8) | (v << 8)) & 0xFFFF if little else v


cdef Term match_utf16(Term* m, word flags) noexcept nogil:
    cdef word at = m[M_POSITION], left = m[M_END] - at
    cdef const uint8_t* b = bits_base(m[M_ORIG])
    cdef bint little = field_little(flags) != 0
    cdef uint32_t high, low
    if left < 16:
        return 0
    high = utf16_unit(b, at, little)
    if high < 0xD800 or high > 0xDFFF:
        m[M_POSITION] = at + 16
        return make_small(high)
    if high > 0xDBFF or left < 32:
        return 0
    low = utf16_unit(b, at + 16, little)
    if low < 0xDC00 or low > 0xDFFF:
        return 0
    m[M_POSITION] = at + 32
    return make_small(0x10000 + ((high & 0x3FF) << 10 | (low & 0x3FF)))


cdef Term match_utf32(Term* m, word flags) noexcept nogil:
    cdef Term t
    if m[M_END] - m[M_POSITION] < 32:
        return 0
    t = match_small(m, 32, flags & ~<word>FIELD_SIGNED)
    if t > make_small(0x10FFFF) or (make_small(0xD800) <= t and t <= make_small(0xDFFF)):
        return 0
    m[M_POSITION] += 32
    return t


cdef bint match_string(Term* m, word bits, const uint8_t* text) noexcept nogil:
    cdef word at = m[M_POSITION]
    cdef const uint8_t* b
    if m[M_END] - at < bits:
        return False
    b = bits_base(m[M_ORIG]) + (at >> 3)
    if ((at | bits) & 7) == 0:
        if memcmp(b, text, bits >> 3) != 0:
            return False
    elif bits_compare(b, at & 7, bits, text, 0, bits) != 0:
        return False
    m[M_POSITION] = at + bits
    return True


# Flags of a segment or command: a number, or nil or a list of the atoms that differ from the default.
cdef word flags_of(word w) noexcept nogil:
    cdef word flags = 0
    if w < 64:
        return w
    while term_is_list(w):
        if list_head(w) == AM_little:
            flags |= FIELD_LITTLE
        elif list_head(w) == AM_native:
            flags |= FIELD_NATIVE
        elif list_head(w) == AM_signed:
            flags |= FIELD_SIGNED
        w = list_tail(w)
    return flags


# Commands and their words: ensure_at_least size unit; ensure_exactly size; skip size; get_tail live unit
# dst; =:= live size value; integer and binary live flags size unit dst. Numbers are untagged.
cdef word match_need(const word* list) noexcept nogil:
    cdef const word* c = list + 1
    cdef const word* end = c + list[0]
    cdef word need = 0, live = 0, bits
    cdef bint seen = False
    while c < end:
        if c[0] == AM_integer:
            if not seen:
                live = c[1]
                seen = True
            bits = c[3] * c[4]
            if bits > SMALL_BITS:
                need += integer_words(bits)
            c += 6
        elif c[0] == AM_binary:
            if not seen:
                live = c[1]
                seen = True
            need += WINDOW_WORDS
            c += 6
        elif c[0] == AM_get_tail:
            if not seen:
                live = c[1]
                seen = True
            need += WINDOW_WORDS
            c += 4
        elif c[0] == AM_eq_exact:
            c += 4
        elif c[0] == AM_ensure_at_least:
            c += 3
        else:
            c += 2
    return need << 16 | live if need != 0 else 0


cdef bint match_begins(Term* m, const word* list) noexcept nogil:
    cdef const word* c = list + 1
    cdef const word* end = c + list[0]
    cdef word at = m[M_POSITION]
    cdef word left
    while c < end and c[0] != AM_integer and c[0] != AM_binary and c[0] != AM_get_tail:
        left = m[M_END] - at
        if c[0] == AM_eq_exact:
            if left < c[2] or c[2] > 64 or (c[2] != 0 and bits_get(bits_base(m[M_ORIG]) + (at >> 3), at & 7,
                                                                     <unsigned int>c[2]) != c[3]):
                return False
            at += c[2]
            c += 4
        elif c[0] == AM_ensure_at_least:
            if left < c[1] or (c[2] > 1 and (left - c[1]) % c[2] != 0):
                return False
            c += 3
        elif c[0] == AM_ensure_exactly:
            if left != c[1]:
                return False
            c += 2
        else:
            if left < c[1]:
                return False
            at += c[1]
            c += 2
    return True


# What has been made so far stays where it is: registers may refer to it.
cdef inline Term* match_stops(Process* p, Term* top) noexcept nogil:
    p.mem.heap.top = top
    return NULL


cdef const word* match_decide(Term* m, const word* table, Term* x, Term* E) noexcept nogil:
    cdef word at = m[M_POSITION]
    cdef uint8_t* bytes_ = bits_base(m[M_ORIG])
    cdef const word* leaf
    cdef word what, bits
    cdef uint64_t v
    cdef word i
    if at & 7 != 0:
        return NULL
    leaf = decide(table + 1, bytes_ + (at >> 3), m[M_END] - at)
    m[M_POSITION] = at + <uint32_t>leaf[1]
    i = 2
    while i < 2 + 2 * (leaf[1] >> 32):
        what = leaf[i + 1]
        if what & LEAF_POSITION:
            operand_ref(leaf[i], x, E)[0] = make_small(<int64_t>(at + (what >> 32) - m[M_START]))
        else:
            bits = (what >> LEAF_BITS) & 63
            v = bits_get(bytes_ + ((at + (what >> 32)) >> 3), (at + (what >> 32)) & 7, <unsigned int>bits)
            operand_ref(leaf[i], x, E)[0] = match_field(v << (64 - bits), <unsigned int>bits, (what >> LEAF_FLAGS) & 0xFF)
        i += 2
    return <const word*>leaf[0]


cdef Term* match_commands(Process* p, Term* m, const word* list, Term* top, Term* x, Term* E) noexcept nogil:
    cdef const word* c = list + 1
    cdef const word* end = c + list[0]
    cdef word bits, left
    cdef Term t
    while c < end:
        left = m[M_END] - m[M_POSITION]
        if c[0] == AM_integer:
            bits = c[3] * c[4]
            if left < bits:
                return match_stops(p, top)
            if 0 < bits <= SMALL_BITS:
                t = match_small(m, bits, flags_of(c[2]))
                m[M_POSITION] += bits
            else:
                p.mem.heap.top = top
                t = match_integer(p, m, bits, flags_of(c[2]))
                top = p.mem.heap.top
                if t == 0:
                    return match_stops(p, top)
            operand_ref(c[5], x, E)[0] = t
            c += 6
        elif c[0] == AM_binary:
            bits = c[3] * c[4]
            if left < bits:
                return match_stops(p, top)
            operand_ref(c[5], x, E)[0] = match_window(top, m[M_ORIG], m[M_POSITION], bits)
            top += window_words(bits)
            m[M_POSITION] += bits
            c += 6
        elif c[0] == AM_get_tail:
            operand_ref(c[3], x, E)[0] = match_window(top, m[M_ORIG], m[M_POSITION], left)
            top += window_words(left)
            c += 4
        elif c[0] == AM_eq_exact:
            bits = c[2]
            if left < bits or bits > 64:
                return match_stops(p, top)
            if bits != 0:
                if bits_get(bits_base(m[M_ORIG]) + (m[M_POSITION] >> 3), m[M_POSITION] & 7, <unsigned int>bits) != c[3]:
                    return match_stops(p, top)
                m[M_POSITION] += bits
            c += 4
        elif c[0] == AM_ensure_at_least:
            if left < c[1] or (c[2] > 1 and (left - c[1]) % c[2] != 0):
                return match_stops(p, top)
            c += 3
        elif c[0] == AM_ensure_exactly:
            if left != c[1]:
                return match_stops(p, top)
            c += 2
        else:                                   # skip
            if left < c[1]:
                return match_stops(p, top)
            m[M_POSITION] += c[1]
            c += 2
    return top


# --- writing -------------------------------------------------------------------------------------------

cdef struct Writer:
    uint8_t* data
    word at                 # bits
    word end                # bits


# An integer into `bits` bits, truncated or sign-extended. False: not an integer, or no memory.
cdef bint write_integer(Writer* w, word bits, word flags, Term value) noexcept nogil:
    cdef uint8_t small_buffer[64]
    cdef uint8_t* buffer = small_buffer
    cdef uint8_t* out
    cdef word n, rest
    cdef uint64_t v
    cdef bint little = field_little(flags) != 0
    if not term_is_integer(value):
        return False
    if bits > w.end - w.at:
        return False
    if term_is_small(value) and bits <= 64:
        v = <uint64_t>small_value(value)
        if (w.at & 7) == 0 and (bits & 7) == 0:
            out = w.data + (w.at >> 3)
            w.at += bits
            n = bits >> 3
            if little:
                while n > 0:
                    out[0] = <uint8_t>v
                    out += 1
                    v >>= 8
                    n -= 1
            else:
                while n > 0:
                    n -= 1
                    out[n] = <uint8_t>v
                    v >>= 8
            return True
        if not little:
            v = en_bswap64(v << (64 - bits)) if bits != 0 else 0
            if not EN_HOST_LITTLE:
                v = en_bswap64(v)
            bits_copy(<uint8_t*>&v, 0, w.data, w.at, bits)
            w.at += bits
            return True
    n = (bits + 7) >> 3
    rest = bits & 7
    if rest == 0 and (w.at & 7) == 0:
        integer_to_bytes(value, w.data + (w.at >> 3), n, little)
        w.at += bits
        return True
    if n > sizeof(small_buffer):
        buffer = <uint8_t*>malloc(n)
        if buffer == NULL:
            return False
    integer_to_bytes(value, buffer, n, little)
    if rest == 0:
        bits_copy(buffer, 0, w.data, w.at, bits)
    elif little:
        bits_copy(buffer, 0, w.data, w.at, bits - rest)
        bits_copy(buffer + n - 1, 8 - rest, w.data, w.at + bits - rest, rest)
    else:
        bits_copy(buffer, 8 - rest, w.data, w.at, bits)
    w.at += bits
    if buffer != small_buffer:
        free(buffer)
    return True


cdef enum:
    FLOAT_WRITTEN = 0
    FLOAT_TYPE = 1           # not a number
    FLOAT_NO_FLOAT = 2       # an integer beyond the floats
    FLOAT_INVALID = 3        # no such size


cdef int write_float(Writer* w, word bits, word flags, Term value) noexcept nogil:
    cdef double d
    cdef float f
    cdef uint64_t v = 0
    cdef uint32_t v32
    cdef uint8_t bytes_[8]
    cdef unsigned int i, n = <unsigned int>(bits >> 3)
    if bits != 16 and bits != 32 and bits != 64:
        return FLOAT_INVALID
    if term_is_float(value):
        d = float_value(value)
    elif term_is_integer(value):
        if not integer_to_double(value, &d):
            return FLOAT_NO_FLOAT
    else:
        return FLOAT_TYPE
    if bits > w.end - w.at:
        return FLOAT_INVALID
    if bits == 64:
        memcpy(&v, &d, 8)
    elif bits == 32:
        f = <float>d
        memcpy(&v32, &f, 4)
        v = v32
    else:
        v = en_half_from_double(d)
    for i in range(n):
        if field_little(flags):
            bytes_[i] = <uint8_t>(v >> (8 * i))
        else:
            bytes_[n - 1 - i] = <uint8_t>(v >> (8 * i))
    bits_copy(bytes_, 0, w.data, w.at, bits)
    w.at += bits
    return FLOAT_WRITTEN


# The first `bits` bits of a bitstring that has them.
cdef bint write_bits(Writer* w, word bits, Term value) noexcept nogil:
    cdef uint8_t* base
    cdef word offset, size
    if not term_is_bitstring(value):
        return False
    bits_fetch(value, &base, &offset, &size)
    if size < bits or bits > w.end - w.at:
        return False
    if ((offset | w.at | bits) & 7) == 0:
        memcpy(w.data + (w.at >> 3), base, bits >> 3)
    else:
        bits_copy(base, offset, w.data, w.at, bits)
    w.at += bits
    return True


cdef void write_bytes(Writer* w, const uint8_t* text, word size) noexcept nogil:
    if 8 * size > w.end - w.at:
        return
    if (w.at & 7) == 0:
        memcpy(w.data + (w.at >> 3), text, size)
    else:
        bits_copy(text, 0, w.data, w.at, 8 * size)
    w.at += 8 * size


cdef inline bint is_character(Term t) noexcept nogil:
    if not term_is_small(t) or <uint64_t>small_value(t) > 0x10FFFF:
        return False
    return small_value(t) < 0xD800 or small_value(t) > 0xDFFF


cdef bint write_utf8(Writer* w, Term value) noexcept nogil:
    cdef uint8_t b[4]
    cdef uint32_t c
    cdef unsigned int n
    if not is_character(value):
        return False
    c = <uint32_t>small_value(value)
    if c < 0x80:
        b[0] = <uint8_t>c
        n = 1
    elif c < 0x800:
        b[0] = <uint8_t>(0xC0 | c >> 6)
        b[1] = <uint8_t>(0x80 | (c & 0x3F))
        n = 2
    elif c < 0x10000:
        b[0] = <uint8_t>(0xE0 | c >> 12)
        b[1] = <uint8_t>(0x80 | ((c >> 6) & 0x3F))
        b[2] = <uint8_t>(0x80 | (c & 0x3F))
        n = 3
    else:
        b[0] = <uint8_t>(0xF0 | c >> 18)
        b[1] = <uint8_t>(0x80 | ((c >> 12) & 0x3F))
        b[2] = <uint8_t>(0x80 | ((c >> 6) & 0x3F))
        b[3] = <uint8_t>(0x80 | (c & 0x3F))
        n = 4
    write_bytes(w, b, n)
    return True


cdef bint write_utf16(Writer* w, Term value, word flags) noexcept nogil:
    cdef uint8_t b[4]
    cdef uint32_t c, u[2]
    cdef unsigned int n = 1, i
    if not is_character(value):
        return False
    c = <uint32_t>small_value(value)
    if c < 0x10000:
        u[0] = c
    else:
        c -= 0x10000
        u[0] = 0xD800 | c >> 10
        u[1] = 0xDC00 | (c & 0x3FF)
        n = 2
    for i in range(n):
        if field_little(flags):
            b[2 * i] = <uint8_t>u[i]
            b[2 * i + 1] = <uint8_t>(u[i] >> 8)
        else:
            b[2 * i] = <uint8_t>(u[i] >> 8)
            b[2 * i + 1] = <uint8_t>u[i]
    write_bytes(w, b, 2 * n)
    return True


cdef bint write_utf32(Writer* w, Term value, word flags) noexcept nogil:
    return is_character(value) and write_integer(w, 32, flags, value)


# --- where the bits go ------------------------------------------------------------------------------------

cdef inline Term fail_code(Process* p, word code) noexcept nogil:
    p.freason = code
    return 0


# A fresh bitstring of `bits` bits.
cdef Term new_bits(Process* p, word bits, Writer* w) noexcept nogil:
    cdef uint8_t* data
    cdef Term t
    if bits > SIZE_MAX_BITS:
        return fail_code(p, EXC_SYSTEM_LIMIT)
    t = bits_make(proc_heap(p), bits, &data)
    if t == 0:
        return fail_code(p, EXC_SYSTEM_LIMIT)
    w.data = data
    w.at = 0
    w.end = bits
    return t


# A bitstring that holds `bits` (may be 0: none) and room behind it, writable by the returned window.
cdef Term new_writable(Process* p, Term bits, word used, word total, size_t capacity, Writer* w) noexcept nogil:
    cdef Binary* b
    cdef uint8_t* base
    cdef word offset, size
    cdef Term t
    if capacity < GROW_MIN:
        capacity = GROW_MIN
    b = binary_new(capacity)
    if b == NULL:
        return fail_code(p, EXC_SYSTEM_LIMIT)
    b.size = (total + 7) >> 3
    if total & 7:
        b.data[b.size - 1] = 0
    if used != 0:
        bits_fetch(bits, &base, &offset, &size)
        bits_copy(base, offset, b.data, 0, used)
    w.data = b.data
    w.at = used
    w.end = total
    t = binary_from_counted(proc_heap(p), b, 0, total)
    if t == 0:
        return fail_code(p, EXC_SYSTEM_LIMIT)
    (<BinRef*>boxed_ptr((<SubBits*>boxed_ptr(t)).orig)).flags = BIN_WRITABLE | total << APPEND_SHIFT
    return t


# Makes a writable binary's capacity at least `size` bytes. Its bytes move only if nobody else owns them.
cdef bint grow(Process* p, BinRef* ref, size_t size) noexcept nogil:
    cdef Binary* b = ref.binary
    cdef Binary* larger
    cdef size_t capacity = 2 * size if size < (<size_t>1 << 40) else size + (size >> 3)
    if en_load64_acq(&b.refc) == 1 and b.destructor == NULL:
        larger = <Binary*>realloc(b, sizeof(Binary) + capacity)
        if larger == NULL:
            return False
        larger.data = <uint8_t*>(larger + 1)
        en_add64(&binary_bytes_in_use, capacity - larger.capacity)
        larger.capacity = capacity
    else:
        larger = binary_new(capacity)
        if larger == NULL:
            return False
        memcpy(larger.data, b.data, b.size)
        larger.size = b.size
        binary_release(b)
    ref.binary = larger
    p.mem.heap.off_heap_bytes += size
    return True


# `bits` with room for `added` more bits behind it. On failure *info is what the error says about it, 0
# for out of memory, and the result 0 with the code in freason.
cdef Term append(Process* p, Term bits, word added, word unit, bint private, Writer* w, Term* info) noexcept nogil:
    cdef SubBits* sub
    cdef BinRef* ref
    cdef Term* new_
    cdef word used, total
    cdef size_t size, old_size
    info[0] = 0
    if not term_is_bitstring(bits):
        info[0] = AM_type
        return fail_code(p, EXC_BADARG)
    used = bits_size(bits)
    if unit > 1 and used % unit != 0:
        info[0] = AM_unit
        return fail_code(p, EXC_BADARG)
    if added > SIZE_MAX_BITS or used > SIZE_MAX_BITS:
        info[0] = AM_size
        return fail_code(p, EXC_SYSTEM_LIMIT)
    w.data = NULL
    w.at = 0
    w.end = 0
    if added == 0:
        return bits
    total = used + added
    size = (total + 7) >> 3
    sub = <SubBits*>boxed_ptr(bits)
    ref = <BinRef*>boxed_ptr(sub.orig) if header_kind(sub.header) == T_SUB_BITS else NULL
    if (ref == NULL or header_kind(ref.header) != T_BIN_REF or sub.start != 0
            or ref.flags != (BIN_WRITABLE | sub.end << APPEND_SHIFT)):
        p.reductions_left -= <int32_t>(used / BITS_PER_REDUCTION)
        return new_writable(p, bits, used, total, 2 * size, w)
    if size > ref.binary.capacity:
        p.reductions_left -= <int32_t>(used / BITS_PER_REDUCTION)
        if not grow(p, ref, size):
            return fail_code(p, EXC_SYSTEM_LIMIT)
    old_size = (used + 7) >> 3
    if size > old_size:
        ref.binary.data[size - 1] = 0
    if not private:
        new_ = proc_alloc(p, SIZEOF_SUB_BITS)
        if new_ == NULL:
            return fail_code(p, EXC_SYSTEM_LIMIT)
        new_[0] = make_header(T_SUB_BITS, SIZEOF_SUB_BITS - 1)
        (<SubBits*>new_).orig = sub.orig
        (<SubBits*>new_).start = 0
        sub = <SubBits*>new_
    sub.end = total
    sub.base = ref.binary.data
    ref.binary.size = size
    ref.flags = BIN_WRITABLE | total << APPEND_SHIFT
    w.data = ref.binary.data
    w.at = used
    w.end = total
    return make_boxed(<Term*>sub)


# --- bs_create_bin ----------------------------------------------------------------------------------------
# A segment is six words: type atom, number, unit, flags, source, size. Number and unit are untagged, and
# so is the source of a string, which the loader has made the address of its bytes.

cdef enum:
    S_TYPE = 0
    S_NUMBER = 1
    S_UNIT = 2
    S_FLAGS = 3
    S_SOURCE = 4
    S_SIZE = 5
    S_WORDS = 6


# Sets the exception that a bad segment raises: erl_erts_errors:format_bs_fail reads its cause.
cdef word segment_failed(Process* p, const word* s, word code, Term info, Term value) noexcept nogil:
    cdef Term* t = proc_alloc(p, 5 + 4)
    cdef Term pairs[6]
    cdef Term map_
    cdef Term type_ = s[S_TYPE]
    p.freason = code
    if t == NULL or info == 0:
        return <word>BUILD_FAILED
    if type_ == AM_append or type_ == AM_private_append:
        type_ = AM_binary
    t[0] = make_header(T_TUPLE, 4)
    t[1] = make_small(<int64_t>s[S_NUMBER])
    t[2] = type_
    t[3] = info
    t[4] = value
    pairs[0] = AM_cause
    pairs[1] = make_boxed(t)
    pairs[2] = AM_function
    pairs[3] = AM_format_bs_fail
    pairs[4] = AM_module
    pairs[5] = AM_erl_erts_errors
    map_ = map_from_pairs(proc_heap(p), pairs, 3)
    if map_ == 0:
        return <word>BUILD_FAILED
    t[5] = make_header(T_TUPLE, 3)
    t[6] = AM_badarg if code == EXC_BADARG else AM_system_limit
    t[7] = AM_none
    t[8] = map_
    p.fvalue = make_boxed(t + 5)
    p.freason = EXC_ERROR | EXF_EXT_INFO
    return <word>BUILD_FAILED


cdef word build_measure(Process* p, const word* list, Term* x, Term* E) noexcept nogil:
    cdef const word* s = list + 1
    cdef const word* end = s + list[0]
    cdef word bits = 0, n, type_
    cdef Term t
    while s < end:
        type_ = s[S_TYPE]
        if type_ == AM_integer or type_ == AM_float or (type_ == AM_binary and s[S_SIZE] != AM_all):
            t = fetch_s(s[S_SIZE], x, E)
            if EN_UNLIKELY(not term_is_small(t)):
                n = EXC_SYSTEM_LIMIT if term_is_big(t) and not integer_is_negative(t) else EXC_BADARG
                return segment_failed(p, s, n, AM_size, t)
            if EN_UNLIKELY(small_value(t) < 0):
                return segment_failed(p, s, EXC_BADARG, AM_size, t)
            n = <word>small_value(t)
            if EN_UNLIKELY(s[S_UNIT] != 0 and n > SIZE_MAX_BITS / s[S_UNIT]):
                return segment_failed(p, s, EXC_SYSTEM_LIMIT, AM_size, t)
            n *= s[S_UNIT]
        elif type_ == AM_binary:
            t = fetch_s(s[S_SOURCE], x, E)
            if EN_UNLIKELY(not term_is_bitstring(t)):
                return segment_failed(p, s, EXC_BADARG, AM_type, t)
            n = bits_size(t)
        elif type_ == AM_string:
            n = 8 * <word>small_value(s[S_SIZE])
        elif type_ == AM_utf8:
            n = 8 * <word>small_value(utf8_size(fetch_s(s[S_SOURCE], x, E)))
        elif type_ == AM_utf16:
            n = 8 * <word>small_value(utf16_size(fetch_s(s[S_SOURCE], x, E)))
        elif type_ == AM_utf32:
            t = fetch_s(s[S_SOURCE], x, E)
            if EN_UNLIKELY(not is_character(t)):
                return segment_failed(p, s, EXC_BADARG, AM_type, t)
            n = 32
        else:                               # append, private_append: the first segment
            n = 0
        bits += n
        if EN_UNLIKELY(bits > SIZE_MAX_BITS):
            return segment_failed(p, s, EXC_SYSTEM_LIMIT, AM_size, fetch_s(s[S_SIZE], x, E))
        s += S_WORDS
    return bits


cdef Term build_run(Process* p, const word* list, Term* x, Term* E, word bits) noexcept nogil:
    cdef const word* s = list + 1
    cdef const word* end = s + list[0]
    cdef word type_, n, flags
    cdef Writer w
    cdef Term t, result, info
    cdef int status
    if list[0] != 0 and (s[S_TYPE] == AM_append or s[S_TYPE] == AM_private_append):
        t = fetch_s(s[S_SOURCE], x, E)
        result = append(p, t, bits, s[S_UNIT], s[S_TYPE] == AM_private_append, &w, &info)
        if EN_UNLIKELY(result == 0):
            segment_failed(p, s, p.freason, info, t)
            return 0
        s += S_WORDS
    else:
        result = new_bits(p, bits, &w)
        if EN_UNLIKELY(result == 0):
            return 0
    while s < end:
        type_ = s[S_TYPE]
        if type_ == AM_string:
            write_bytes(&w, <const uint8_t*>s[S_SOURCE], <word>small_value(s[S_SIZE]))
            s += S_WORDS
            continue
        t = fetch_s(s[S_SOURCE], x, E)
        flags = flags_of(s[S_FLAGS])
        if type_ == AM_integer:
            n = <word>small_value(fetch_s(s[S_SIZE], x, E)) * s[S_UNIT]
            if EN_UNLIKELY(not write_integer(&w, n, flags, t)):
                segment_failed(p, s, EXC_BADARG, AM_type, t)
                return 0
        elif type_ == AM_binary:
            if s[S_SIZE] == AM_all:
                n = bits_size(t)
                if EN_UNLIKELY(s[S_UNIT] > 1 and n % s[S_UNIT] != 0):
                    segment_failed(p, s, EXC_BADARG, AM_unit, t)
                    return 0
                write_bits(&w, n, t)
            else:
                n = <word>small_value(fetch_s(s[S_SIZE], x, E)) * s[S_UNIT]
                if EN_UNLIKELY(not write_bits(&w, n, t)):
                    segment_failed(p, s, EXC_BADARG, AM_short if term_is_bitstring(t) else AM_type, t)
                    return 0
        elif type_ == AM_float:
            n = <word>small_value(fetch_s(s[S_SIZE], x, E)) * s[S_UNIT]
            status = write_float(&w, n, flags, t)
            if EN_UNLIKELY(status != FLOAT_WRITTEN):
                if status == FLOAT_TYPE:
                    segment_failed(p, s, EXC_BADARG, AM_type, t)
                elif status == FLOAT_NO_FLOAT:
                    segment_failed(p, s, EXC_BADARG, AM_no_float, t)
                else:
                    segment_failed(p, s, EXC_BADARG, AM_invalid, make_small(<int64_t>n))
                return 0
        else:
            if type_ == AM_utf8:
                status = write_utf8(&w, t)
            elif type_ == AM_utf16:
                status = write_utf16(&w, t, flags)
            else:
                status = write_utf32(&w, t, flags)
            if EN_UNLIKELY(not status):
                segment_failed(p, s, EXC_BADARG, AM_type, t)
                return 0
        s += S_WORDS
    p.reductions_left -= <int32_t>(bits / BITS_PER_REDUCTION)
    return result


# --- fields in one word -----------------------------------------------------------------------------------------

cdef word fields_word(const word* list, Term* x, Term* E, word* out) noexcept nogil:
    cdef const word* f = list + 1
    cdef const word* end = f + list[0]
    cdef word total = 0, v = 0, what, n, c
    cdef Term t
    while f < end:
        what = f[0]
        n = what & 63
        if what & FIELD_NUMBER:
            c = f[1]
        else:
            t = fetch_s(f[1], x, E)
            if EN_UNLIKELY(not term_is_small(t)):
                return 0
            c = <word>small_value(t)
            if what & FIELD_UTF8:
                if c < 0x80:
                    n = 8
                elif c < 0x800:
                    n = 16
                    c = 0xC080 | (c >> 6) << 8 | (c & 0x3F)
                elif not is_character(t):
                    return 0
                elif c < 0x10000:
                    n = 24
                    c = <word>0xE08080 | (c >> 12) << 16 | (c >> 6 & 0x3F) << 8 | (c & 0x3F)
                else:
                    c = <word>0xF0808080 | (c >> 18) << 24 | (c >> 12 & 0x3F) << 16 | (c >> 6 & 0x3F) << 8 | (c & 0x3F)
            else:
                c = c << (64 - n) >> (64 - n)
                if what >= 64 and field_little(what >> FIELD_FLAGS):
                    c = en_bswap64(c) >> (64 - n)
        v = v << n | c
        total += n
        f += 2
    out[0] = v << (64 - total)
    return total


cdef Term append_fields(Term bits, bint private, word unit, const word* list, Term* top, Term* x, Term* E) noexcept nogil:
    cdef SubBits* sub
    cdef BinRef* ref
    cdef uint8_t* out
    cdef word at, total, v
    cdef size_t size
    if not term_is_kind(bits, T_SUB_BITS):
        return 0
    sub = <SubBits*>boxed_ptr(bits)
    ref = <BinRef*>boxed_ptr(sub.orig)
    at = sub.end
    if header_kind(ref.header) != T_BIN_REF or sub.start != 0 or ref.flags != (BIN_WRITABLE | at << APPEND_SHIFT) \
            or (unit == 8 and at & 7 != 0) or (unit != 8 and unit > 1 and at % unit != 0):
        return 0
    total = fields_word(list, x, E, &v)
    size = (at + total + 7) >> 3
    if total == 0 or size + 8 > ref.binary.capacity:       # a whole word is stored
        return 0
    out = ref.binary.data + (at >> 3)
    if at & 7:
        v = v >> (at & 7) | (<word>out[0] >> (8 - (at & 7)) << (8 - (at & 7))) << 56
    if EN_HOST_LITTLE:
        v = en_bswap64(v)
    memcpy(out, &v, 8)
    total += at
    ref.binary.size = size
    ref.flags = BIN_WRITABLE | total << APPEND_SHIFT
    if private:
        sub.end = total
        return bits
    sub = <SubBits*>top
    sub.header = make_header(T_SUB_BITS, SIZEOF_SUB_BITS - 1)
    sub.orig = (<SubBits*>boxed_ptr(bits)).orig
    sub.start = 0
    sub.end = total
    sub.base = ref.binary.data
    return make_boxed(top)


# --- bs_init2 and its companions -----------------------------------------------------------------------------

cdef inline void writer_keep(Writer* w) noexcept nogil:
    en_writer.data = w.data
    en_writer.position = w.at
    en_writer.end = w.end


cdef inline void writer_fetch(Writer* w) noexcept nogil:
    w.data = en_writer.data
    w.at = en_writer.position
    w.end = en_writer.end


cdef word size_term(Process* p, Term size, word unit) noexcept nogil:
    p.freason = EXC_BADARG
    if not term_is_small(size):
        if term_is_big(size) and not integer_is_negative(size):
            p.freason = EXC_SYSTEM_LIMIT
        return <word>BUILD_FAILED
    if small_value(size) < 0:
        return <word>BUILD_FAILED
    if <word>small_value(size) > SIZE_MAX_BITS / unit:
        p.freason = EXC_SYSTEM_LIMIT
        return <word>BUILD_FAILED
    return <word>small_value(size) * unit


cdef inline bint not_negative(Term t) noexcept nogil:
    return term_is_small(t) and small_value(t) >= 0 or term_is_big(t) and not integer_is_negative(t)


cdef Term size_add(Process* p, Term a, Term b, word unit) noexcept nogil:
    cdef word n
    if not not_negative(a) or not not_negative(b):
        return fail_code(p, EXC_BADARG)
    if not term_both_small(a, b) or (unit != 0 and <word>small_value(b) > (<word>1 << 58) / unit):
        return fail_code(p, EXC_SYSTEM_LIMIT)
    n = <word>small_value(a) + <word>small_value(b) * unit
    return make_small(<int64_t>n) if n < (<word>1 << 59) else fail_code(p, EXC_SYSTEM_LIMIT)


cdef Term build_start(Process* p, word bits) noexcept nogil:
    cdef Writer w
    cdef Term t = new_bits(p, bits, &w)
    if t != 0:
        writer_keep(&w)
        p.reductions_left -= <int32_t>(bits / BITS_PER_REDUCTION)
    return t


cdef Term build_append(Process* p, Term bits, Term size, word unit, bint private) noexcept nogil:
    cdef Writer w
    cdef word added = size_term(p, size, 1)
    cdef Term t, info
    if added == <word>BUILD_FAILED:
        return 0
    t = append(p, bits, added, unit, private, &w, &info)
    if t != 0:
        writer_keep(&w)
    return t


cdef Term build_writable(Process* p, Term size) noexcept nogil:
    cdef Writer w
    cdef size_t capacity = 1024
    if term_is_small(size) and 0 <= small_value(size) < (<int64_t>1 << 32):
        capacity = <size_t>small_value(size)
    return new_writable(p, 0, 0, 0, capacity, &w)


cdef bint put_integer(Term size, word unit, word flags, Term value) noexcept nogil:
    cdef Writer w
    cdef word bits
    cdef bint good
    bits = field_size(size, unit)
    writer_fetch(&w)
    good = write_integer(&w, bits, flags, value)
    writer_keep(&w)
    return good


cdef bint put_float(Term size, word unit, word flags, Term value) noexcept nogil:
    cdef Writer w
    cdef word bits
    cdef int status
    bits = field_size(size, unit)
    writer_fetch(&w)
    status = write_float(&w, bits, flags, value)
    writer_keep(&w)
    return status == FLOAT_WRITTEN


cdef bint put_binary(Term size, word unit, Term value) noexcept nogil:
    cdef Writer w
    cdef word bits
    cdef bint good
    if not term_is_bitstring(value):
        return False
    if size == AM_all:
        bits = bits_size(value)
        if unit > 1 and bits % unit != 0:
            return False
    else:
        bits = field_size(size, unit)
    writer_fetch(&w)
    good = write_bits(&w, bits, value)
    writer_keep(&w)
    return good


cdef void put_string(const uint8_t* text, word size) noexcept nogil:
    cdef Writer w
    writer_fetch(&w)
    write_bytes(&w, text, size)
    writer_keep(&w)


cdef bint put_utf8(Term value) noexcept nogil:
    cdef Writer w
    cdef bint good
    writer_fetch(&w)
    good = write_utf8(&w, value)
    writer_keep(&w)
    return good


cdef bint put_utf16(Term value, word flags) noexcept nogil:
    cdef Writer w
    cdef bint good
    writer_fetch(&w)
    good = write_utf16(&w, value, flags)
    writer_keep(&w)
    return good


cdef bint put_utf32(Term value, word flags) noexcept nogil:
    cdef Writer w
    cdef bint good
    writer_fetch(&w)
    good = write_utf32(&w, value, flags)
    writer_keep(&w)
    return good

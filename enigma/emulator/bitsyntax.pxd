"""The bit syntax: matching through a match context, and building bitstrings segment by segment.

Matching never allocates by itself: the instruction makes room first and hands the heap top over, where
windows (match_window) and large integers are put. Building is two passes over the segments: build_measure
checks what decides the size, build_run allocates and writes. Words of segments and commands are operands
of kind `s` (code/operand.pxd).

Appending: a BinRef with BIN_WRITABLE is the only one that may write behind the end of its Binary, and only
for the window that was made last: its flags word is BIN_WRITABLE | end << APPEND_SHIFT, `end` being that
window's end in bits. All other windows on the bytes stay valid, because bytes are never changed and a
Binary with other owners is copied, not moved, when it must grow. Copying a BinRef to another heap clears
its flags.

Read next: instructions/bits.tab.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy
from enigma.term.core cimport EN_LIKELY, EN_UNLIKELY, Term, en_bswap64
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.bits cimport bits_copy, bits_get
from enigma.process.process cimport Process

cdef enum:
    # words of a match context (MatchContext in boxed.pxd)
    M_ORIG = 1
    M_POSITION = 2
    M_END = 3
    M_BASE = 4
    M_START = 5
    # field flags of the file format
    FIELD_LITTLE = 2
    FIELD_SIGNED = 4
    FIELD_NATIVE = 16
    WINDOW_COPY = 24 * 8         # bits: windows up to this are copied
    WINDOW_WORDS = SIZEOF_SUB_BITS     # at most, for any window
    SMALL_BITS = 59              # an unsigned integer of this many bits is a small
    APPEND_SHIFT = 8
    BUILD_WORDS = SIZEOF_BIN_REF + SIZEOF_SUB_BITS

cdef extern from "enigma/bits.h" nogil:
    enum:
        EN_HOST_LITTLE

cdef inline word field_little(word flags) noexcept nogil:
    return (flags & FIELD_LITTLE) | ((flags & FIELD_NATIVE) if EN_HOST_LITTLE else 0)

# Makes a match context at `top` (SIZEOF_MATCH words) for a bitstring.
cdef inline Term match_new(Term* top, Term bits) noexcept nogil:
    cdef Term* p = boxed_ptr(bits)
    top[0] = make_header(T_MATCH, SIZEOF_MATCH - 1)
    if header_kind(p[0]) == T_SUB_BITS:
        top[M_ORIG] = p[1]
        top[M_POSITION] = p[2]
        top[M_END] = p[3]
        top[M_START] = p[2]
    else:
        top[M_ORIG] = bits
        top[M_POSITION] = 0
        top[M_END] = (<HeapBits*>p).size
        top[M_START] = 0
    top[M_BASE] = <Term>bits_base(top[M_ORIG])
    return make_boxed(top)

# Unsigned, big-endian runs at a context's position; the caller has checked that the bits are there.
cdef inline word match_u8(Term* m) noexcept nogil:
    cdef word at = m[M_POSITION]
    cdef uint8_t* b = bits_base(m[M_ORIG]) + (at >> 3)
    at &= 7
    if at == 0:
        return b[0]
    return ((<word>b[0] << 8 | b[1]) >> (8 - at)) & 0xFF
cdef inline word match_u16(Term* m) noexcept nogil:
    cdef word at = m[M_POSITION]
    cdef uint8_t* b = bits_base(m[M_ORIG]) + (at >> 3)
    if at & 7:
        return bits_get(b, at & 7, 16)
    return <word>b[0] << 8 | b[1]
cdef inline word match_u32(Term* m) noexcept nogil:
    cdef word at = m[M_POSITION]
    cdef uint8_t* b = bits_base(m[M_ORIG]) + (at >> 3)
    if at & 7:
        return bits_get(b, at & 7, 32)
    return <word>b[0] << 24 | <word>b[1] << 16 | <word>b[2] << 8 | b[3]
# `bits` (1..59) as a small.
cdef inline Term match_small(Term* m, word bits, word flags) noexcept nogil:
    cdef word at = m[M_POSITION]
    cdef uint64_t v
    if bits == 8:
        v = match_u8(m)
    else:
        v = bits_get(bits_base(m[M_ORIG]) + (at >> 3), at & 7, <unsigned int>bits)
        if field_little(flags):
            v = reverse_field(v, <unsigned int>bits)
    if flags & FIELD_SIGNED:
        return make_small(<int64_t>(v << (64 - bits)) >> (64 - bits))
    return make_small(<int64_t>v)
# Bits that were read as a big-endian number, taken as a little-endian field instead (bits <= 64): whole
# bytes least significant first, then the remaining high bits.
cdef inline uint64_t reverse_field(uint64_t v, unsigned int bits) noexcept nogil:
    cdef unsigned int rest = bits & 7
    cdef uint64_t low
    if rest == 0:
        return en_bswap64(v) >> (64 - bits)
    if bits < 8:
        return v
    low = en_bswap64(v >> rest) >> (64 - (bits - rest))
    return low | (v & ((<uint64_t>1 << rest) - 1)) << (bits - rest)

# The next `take` bits (1..57, they are there) in the high bits of a word; `left` is what is left in all. What follows
# them in the word is anything.
cdef inline uint64_t match_ahead(Term* m, word left, word take) noexcept nogil:
    cdef word at = m[M_POSITION]
    cdef uint8_t* b = bits_base(m[M_ORIG]) + (at >> 3)
    cdef uint64_t v
    cdef unsigned int n
    at &= 7
    if EN_LIKELY(left >= 64):
        memcpy(&v, b, 8)
        return (en_bswap64(v) if EN_HOST_LITTLE else v) << at
    v = 0
    n = 0
    while n < at + take:
        v = v << 8 | b[n >> 3]
        n += 8
    return v << (64 - n) << at
# A field of `bits` bits that are the highest of v, with flags.
cdef inline Term match_field(uint64_t v, unsigned int bits, word flags) noexcept nogil:
    v >>= 64 - bits
    if field_little(flags):
        v = reverse_field(v, bits)
    if flags & FIELD_SIGNED:
        return make_small(<int64_t>(v << (64 - bits)) >> (64 - bits))
    return make_small(<int64_t>v)

# A window of `bits` bits from bit `start` of orig, put at `top`; it takes window_words(bits) words.
cdef inline word window_words(word bits) noexcept nogil:
    return SIZEOF_SUB_BITS if bits > WINDOW_COPY else 2 + ((bits + 63) >> 6)
cdef inline Term match_window(Term* top, Term orig, word start, word bits) noexcept nogil:
    if bits > WINDOW_COPY:
        top[0] = make_header(T_SUB_BITS, SIZEOF_SUB_BITS - 1)
        top[1] = orig
        top[2] = start
        top[3] = start + bits
        top[4] = <Term>bits_base(orig)
    else:
        top[0] = make_header(T_HEAP_BITS, 1 + ((bits + 63) >> 6))
        top[1] = bits
        if bits != 0:
            top[1 + ((bits + 63) >> 6)] = 0
            bits_copy(bits_base(orig), start, <uint8_t*>(top + 2), 0, bits)
    return make_boxed(top)

# A field's size in bits from a size term and a unit. What is no size (negative, no integer, too large)
# gives more bits than there can be, so that matching fails and building refuses.
cdef inline word field_size(Term size, word unit) noexcept nogil:
    if not term_is_small(size) or small_value(size) < 0:
        return <word>-1
    if EN_UNLIKELY(unit > 256 or <word>small_value(size) > <word>1 << 52):
        return <word>-1 if unit != 0 and <word>small_value(size) > (<word>1 << 60) / unit else <word>small_value(size) * unit
    return <word>small_value(size) * unit

# Words that match_integer may put on the heap.
cdef inline word integer_words(word bits) noexcept nogil: return (bits >> 6) + 3
# An integer of any size at the context's position, which moves on; may put a bignum on p's heap, where
# integer_words(bits) words are free. 0: too large for an integer.
cdef Term match_integer(Process* p, Term* m, word bits, word flags) noexcept nogil
# 16, 32 or 64 bits as a finite float, put at `top` (2 words); moves the position. 0: no float there.
cdef Term match_float(Term* m, word bits, word flags, Term* top) noexcept nogil
# A code point; moves the position. THE_NON_VALUE: none there.
cdef Term match_utf8(Term* m) noexcept nogil
cdef Term match_utf16(Term* m, word flags) noexcept nogil
cdef Term match_utf32(Term* m, word flags) noexcept nogil
cdef bint match_string(Term* m, word bits, const uint8_t* text) noexcept nogil

# bs_match: `list` is the operand of kind v. match_need gives the words to make room for, times 65536, plus
# the number of X registers in use before the first command. match_commands returns the new heap top, or NULL
# if the match fails, with the top in the heap; destinations are written as it goes.
cdef word match_need(const word* list) noexcept nogil
# Whether the commands in front of the first that has a destination match.
cdef bint match_begins(Term* m, const word* list) noexcept nogil
# A bs_decide (code/deciding.pxd): fills the registers, puts the position where the leaf wants it and returns its address; NULL:
# the match stands at no whole byte. (In the dispatch loop itself it would cost the loop the registers that it lives in.)
cdef const word* match_decide(Term* m, const word* table, Term* x, Term* E) noexcept nogil
cdef Term* match_commands(Process* p, Term* m, const word* list, Term* top, Term* x, Term* E) noexcept nogil

# --- building ------------------------------------------------------------------------------------------
cdef enum:
    BUILD_FAILED = -1            # as a word: the exception is set
# bs_create_bin. `list` as above. build_measure gives the bits of all segments behind an append segment;
# build_run the finished bitstring, or 0 with the exception set. Neither collects; with BUILD_WORDS +
# WINDOW_COPY / 64 words free (build_room) build_run stays on the heap.
cdef word build_measure(Process* p, const word* list, Term* x, Term* E) noexcept nogil
cdef Term build_run(Process* p, const word* list, Term* x, Term* E, word bits) noexcept nogil
cdef inline word build_room(word bits) noexcept nogil:
    return BUILD_WORDS if bits > 8 * HEAP_BITS_MAX else 2 + ((bits + 63) >> 6) + BUILD_WORDS

# Fields that fit into one word (code/joining.pxd), most significant first. fields_word puts them into the high bits of
# `out` and returns how many there are, 0 if a value is not of the usual kind. append_fields puts them behind `bits` if that
# is the end of a writable binary with room, and makes the window at `top` (SIZEOF_SUB_BITS words) unless it is private;
# 0 and nothing done otherwise.
cdef word fields_word(const word* list, Term* x, Term* E, word* out) noexcept nogil
cdef Term append_fields(Term bits, bint private, word unit, const word* list, Term* top, Term* x, Term* E) noexcept nogil

# The bs_init2 family: a binary of `bits` bits to be filled by the put_ functions of the same thread.
cdef Term build_start(Process* p, word bits) noexcept nogil                  # 0: exception set
cdef Term build_append(Process* p, Term bits, Term size, word unit, bint private) noexcept nogil
cdef Term build_writable(Process* p, Term size) noexcept nogil               # bs_init_writable
cdef bint put_integer(Term size, word unit, word flags, Term value) noexcept nogil     # False: badarg
cdef bint put_float(Term size, word unit, word flags, Term value) noexcept nogil
cdef bint put_binary(Term size, word unit, Term value) noexcept nogil        # size may be the atom all
cdef void put_string(const uint8_t* text, word size) noexcept nogil
cdef bint put_utf8(Term value) noexcept nogil
cdef bint put_utf16(Term value, word flags) noexcept nogil
cdef bint put_utf32(Term value, word flags) noexcept nogil
# bs_add: a + b * unit. 0: exception set.
cdef Term size_add(Process* p, Term a, Term b, word unit) noexcept nogil
# Bits that bs_init2 and bs_init_bits must make, from a size term. BUILD_FAILED: exception set.
cdef word size_term(Process* p, Term size, word unit) noexcept nogil
cdef inline Term utf8_size(Term t) noexcept nogil:      # of anything: put_utf8 finds out what is no character
    if t < make_small(0x80): return make_small(1)
    if t < make_small(0x800): return make_small(2)
    if t < make_small(0x10000): return make_small(3)
    return make_small(4)
cdef inline Term utf16_size(Term t) noexcept nogil:
    return make_small(4) if t >= make_small(0x10000) else make_small(2)

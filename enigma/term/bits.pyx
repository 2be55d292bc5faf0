"""Bitstrings: counted binaries, constructors, windows, and runs of bits at any alignment.

Invariant: the unused bits of a heap bitstring's last byte are 0, and a window never reaches past the
bytes of its base. Bit 0 of a byte is its most significant one, as in Erlang.

Read next: boxed.pxd for the layouts, external.pyx and bif/iodata.pyx for users.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memmove
from enigma.term.core cimport Term, en_add64, en_bswap64, en_sub64
from enigma.term.pack cimport *
from enigma.term.boxed cimport *

# Windows of up to this many bytes are copied: a copy is no larger than the window, and frees its base.
cdef enum:
    COPY_MAX = 24


# --- counted binaries -------------------------------------------------------------------------------

cdef Binary* binary_new(size_t capacity) noexcept nogil:
    cdef Binary* b
    if capacity > (<size_t>1 << 60):
        return NULL
    b = <Binary*>malloc(sizeof(Binary) + capacity)
    if b == NULL:
        return NULL
    en_add64(&binary_bytes_in_use, capacity)
    b.refc = 1
    b.size = capacity
    b.capacity = capacity
    b.flags = 0
    b.reserved = 0
    b.destructor = NULL
    b.data = <uint8_t*>(b + 1)
    return b


cdef void binary_release(Binary* b) noexcept nogil:
    if en_sub64(&b.refc, 1) == 1:
        if b.destructor != NULL:
            b.destructor(b)
        en_sub64(&binary_bytes_in_use, b.capacity)
        free(b)


# --- constructors -----------------------------------------------------------------------------------

cdef inline Term heap_bits_new(Heap* h, size_t bits, uint8_t** data) noexcept nogil:
    cdef size_t words = heap_bits_words((bits + 7) >> 3)
    cdef Term* p = heap_alloc(h, words)
    if p == NULL:
        return 0
    p[0] = make_header(T_HEAP_BITS, words - 1)
    p[1] = bits
    if bits != 0:
        p[words - 1] = 0        # the tail of the last word, and with it the unused bits
    data[0] = heap_bits_data(p)
    return make_boxed(p)


cdef Term binary_make(Heap* h, size_t size, uint8_t** data) noexcept nogil:
    return bits_make(h, size << 3, data)


cdef Term bits_make(Heap* h, size_t bits, uint8_t** data) noexcept nogil:
    cdef size_t size = (bits + 7) >> 3
    cdef Binary* b
    if size <= HEAP_BITS_MAX:
        return heap_bits_new(h, bits, data)
    b = binary_new(size)
    if b == NULL:
        return 0
    b.data[size - 1] = 0
    data[0] = b.data
    return binary_from_counted(h, b, 0, bits)


cdef Term binary_from_bytes(Heap* h, const uint8_t* bytes_, size_t size) noexcept nogil:
    cdef uint8_t* data
    cdef Term t = binary_make(h, size, &data)
    if t != 0 and size != 0:
        memcpy(data, bytes_, size)
    return t


cdef Term binary_from_counted(Heap* h, Binary* b, word start, word end) noexcept nogil:
    cdef Term* p = heap_alloc(h, SIZEOF_BIN_REF + SIZEOF_SUB_BITS)
    cdef BinRef* ref
    cdef SubBits* sub
    if p == NULL:
        binary_release(b)
        return 0
    ref = <BinRef*>p
    ref.header = make_header(T_BIN_REF, SIZEOF_BIN_REF - 1)
    ref.binary = b
    ref.flags = 0
    ref.next = h.off_heap
    h.off_heap = <OffHeap*>ref
    h.off_heap_bytes += b.size
    sub = <SubBits*>(p + SIZEOF_BIN_REF)
    sub.header = make_header(T_SUB_BITS, SIZEOF_SUB_BITS - 1)
    sub.orig = make_boxed(p)
    sub.start = start
    sub.end = end
    sub.base = b.data
    return make_boxed(<Term*>sub)


cdef Term bits_sub(Heap* h, Term bits, word start, word size) noexcept nogil:
    cdef Term* p = boxed_ptr(bits)
    cdef Term orig = bits
    cdef Term t
    cdef uint8_t* data
    cdef SubBits* sub
    cdef int kind = header_kind(p[0])
    if kind == T_SUB_BITS:
        orig = (<SubBits*>p).orig
        start += (<SubBits*>p).start
    elif kind == T_MATCH:
        orig = (<MatchContext*>p).orig
        start += (<MatchContext*>p).start
    if size <= COPY_MAX * 8:
        t = heap_bits_new(h, size, &data)
        if t != 0 and size != 0:
            bits_copy(bits_base(orig), start, data, 0, size)
        return t
    sub = <SubBits*>heap_alloc(h, SIZEOF_SUB_BITS)
    if sub == NULL:
        return 0
    sub.header = make_header(T_SUB_BITS, SIZEOF_SUB_BITS - 1)
    sub.orig = orig
    sub.start = start
    sub.end = start + size
    sub.base = bits_base(orig)
    return make_boxed(<Term*>sub)


cdef bint binary_bytes(Term t, const uint8_t** data, size_t* size, uint8_t** temp) noexcept nogil:
    cdef uint8_t* base
    cdef word offset, bits
    temp[0] = NULL
    if not term_is_bitstring(t):
        return False
    bits_fetch(t, &base, &offset, &bits)
    if bits & 7:
        return False
    size[0] = bits >> 3
    if offset & 7:
        temp[0] = <uint8_t*>malloc((bits >> 3) + 1)
        if temp[0] == NULL:
            return False
        bits_copy(base, offset, temp[0], 0, bits)
        data[0] = temp[0]
    else:
        data[0] = base + (offset >> 3)
    return True


# --- runs of bits -------------------------------------------------------------------------------------

cdef inline uint64_t load_be64(const uint8_t* p) noexcept nogil:
    cdef uint64_t v
    memcpy(&v, p, 8)
    return en_bswap64(v)


cdef inline void store_be64(uint8_t* p, uint64_t v) noexcept nogil:
    v = en_bswap64(v)
    memcpy(p, &v, 8)


# Reads no byte that holds none of the wanted bits.
cdef uint64_t bits_get(const uint8_t* src, word bit, unsigned int count) noexcept nogil:
    cdef unsigned int shift, have
    cdef uint64_t v
    if count == 0:
        return 0
    src += bit >> 3
    shift = <unsigned int>(bit & 7)
    if count + shift >= 64:
        v = load_be64(src) << shift
        if count + shift > 64:
            v |= <uint64_t>src[8] >> (8 - shift)
        return v >> (64 - count)
    v = src[0] & (0xFF >> shift)
    have = 8 - shift
    while have < count:
        src += 1
        v = (v << 8) | src[0]
        have += 8
    return v >> (have - count)


# Writes the top `count` (1..8) bits of a byte at bit offset `at` of dst, within one byte.
cdef inline void put_bits(uint8_t* dst, unsigned int at, unsigned int count, unsigned int v) noexcept nogil:
    cdef unsigned int mask = ((0xFF00 >> count) & 0xFF) >> at
    dst[0] = <uint8_t>((dst[0] & ~mask) | ((v >> at) & mask))


# The areas may overlap only if both are byte aligned alike. Bits around the target stay as they are.
cdef void bits_copy(const uint8_t* src, word src_bit, uint8_t* dst, word dst_bit, word count) noexcept nogil:
    cdef unsigned int s, d, n
    cdef word i, bytes_
    cdef uint64_t v
    if count == 0:
        return
    src += src_bit >> 3
    dst += dst_bit >> 3
    s = <unsigned int>(src_bit & 7)
    d = <unsigned int>(dst_bit & 7)
    if d != 0:                  # bring the target to a byte boundary
        n = 8 - d
        if n > count:
            n = <unsigned int>count
        put_bits(dst, d, n, <unsigned int>(bits_get(src, s, n) << (8 - n)))
        count -= n
        if count == 0:
            return
        dst += 1
        s += n
        src += s >> 3
        s &= 7
    bytes_ = count >> 3
    if s == 0:
        memmove(dst, src, bytes_)
        src += bytes_
        dst += bytes_
    else:
        i = 0
        while i + 8 <= bytes_:  # nine bytes hold the 64 wanted bits
            v = (load_be64(src + i) << s) | (<uint64_t>src[i + 8] >> (8 - s))
            store_be64(dst + i, v)
            i += 8
        while i < bytes_:
            dst[i] = <uint8_t>((src[i] << s) | (src[i + 1] >> (8 - s)))
            i += 1
        src += bytes_
        dst += bytes_
    n = <unsigned int>(count & 7)
    if n:
        put_bits(dst, 0, n, <unsigned int>(bits_get(src, s, n) << (8 - n)))


cdef int bits_compare(const uint8_t* a, word a_bit, word a_size, const uint8_t* b, word b_bit, word b_size) noexcept nogil:
    cdef word n = a_size if a_size < b_size else b_size
    cdef word left = n
    cdef unsigned int step
    cdef uint64_t x, y
    cdef int c
    a += a_bit >> 3
    b += b_bit >> 3
    a_bit &= 7
    b_bit &= 7
    if (a_bit | b_bit) == 0:
        if left >= 8:
            c = memcmp(a, b, left >> 3)
            if c != 0:
                return c
            a += left >> 3
            b += left >> 3
            left &= 7
    while left != 0:
        step = 64 if left >= 64 else <unsigned int>left
        x = bits_get(a, a_bit, step)
        y = bits_get(b, b_bit, step)
        if x != y:
            return -1 if x < y else 1
        a_bit += step
        b_bit += step
        left -= step
    if a_size == b_size:
        return 0
    return -1 if a_size < b_size else 1

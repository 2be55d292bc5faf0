"""Deep copies: first measured, then made in one run of words of exactly that size.

The copy is its own work list. A term's words are copied as they are, still pointing to the source;
a second pointer walks over the copied words and puts the copy of each term they point to at the
end. No stack, no marks in the source, which other threads may be reading. What is shared in the
source is copied each time it is met, as in OTP; only a Shared, for terms that are copied once and live long,
remembers where the copy of each value went.

What a term needs:
  - counted binaries and magic references are shared, a fun is one more of its entry: one count more, one off-heap
    entry more
  - a window of up to HEAP_BITS_MAX bytes becomes a heap bitstring, so it does not keep its base alive
  - a match context becomes the bitstring that is left to match
  - literals stay where they are, unless the caller wants them copied as well

Invariant: `measure` and `place` agree for every kind; the copy ends exactly where it was measured to.

Read next: fragments.pyx, where most copies go.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy
from enigma.term.core cimport EN_UNLIKELY, Term, en_add64
from enigma.term.pack cimport *
from enigma.term.boxed cimport (
    FUN_CREATOR, HEAP_BITS_MAX, REF_MAGIC, SIZEOF_BIN_REF, SIZEOF_FUN, SIZEOF_SUB_BITS, BinRef, Heap, HeapBits, Magic,
    MatchContext, OffHeap, SubBits, binary_retain, bits_base, heap_alloc,
)
from enigma.term.bits cimport bits_copy
from enigma.term.counts cimport Counted, counter_add, lane_current
from enigma.memory.layout cimport Fragment, fragment_data
from enigma.memory.fragments cimport fragment_new, off_heap_add
from enigma.memory.literals cimport range_base, range_bytes

cdef enum:
    STACK_FIRST = 64            # ranges kept on the C stack while measuring
    DEEP = 128                  # levels that term_exceeds looks into

# Words still to be looked at.
cdef struct Range:
    Term* next
    size_t count

cdef struct Copy:
    Term* top                   # where the next piece goes
    Heap* heap                  # gets the off-heap entries
    uint64_t literal_base       # references into this range stay; 0 bytes: all is copied
    uint64_t literal_bytes


cdef inline word window_start(Term* p) noexcept nogil:
    """Of a T_SUB_BITS or T_MATCH: the first bit that the copy has, from the base."""
    if header_kind(p[0]) == T_MATCH:
        return (<MatchContext*>p).position
    return (<SubBits*>p).start


cdef inline word window_bits(Term* p) noexcept nogil:
    if header_kind(p[0]) == T_MATCH:
        return (<MatchContext*>p).end - (<MatchContext*>p).position
    return (<SubBits*>p).end - (<SubBits*>p).start


cdef inline bint window_is_copied(Term* p, word bits) noexcept nogil:
    """Small windows, and all on heap bitstrings, get bytes of their own."""
    return bits <= HEAP_BITS_MAX * 8 or boxed_kind((<SubBits*>p).orig) == T_HEAP_BITS


cdef inline size_t window_words(Term* p) noexcept nogil:
    """Words that the copy of a T_SUB_BITS or T_MATCH takes, its base included."""
    cdef word bits = window_bits(p)
    if window_is_copied(p, bits):
        return 2 + ((bits + 63) >> 6)
    return SIZEOF_SUB_BITS + SIZEOF_BIN_REF


cdef inline size_t shape(Term t, Term** inner, size_t* count) noexcept nogil:
    """Words that the copy of one value takes, and the terms in it that are still to be looked at."""
    cdef Term* p
    cdef int kind
    if term_is_list(t):
        inner[0] = list_cell(t)
        count[0] = 2
        return 2
    p = boxed_ptr(t)
    kind = header_kind(p[0])
    if kind == T_TUPLE or kind == T_MAP_FLAT or kind == T_MAP_NODE or kind == T_RECORD:
        inner[0] = p + 1
        count[0] = header_size(p[0])
        return 1 + count[0]
    if kind == T_FUN:
        inner[0] = p + FUN_CREATOR
        count[0] = header_size(p[0]) + 1 - FUN_CREATOR
        return FUN_CREATOR + count[0]
    inner[0] = NULL
    count[0] = 0
    if kind == T_SUB_BITS or kind == T_MATCH:
        return window_words(p)
    return 1 + header_size(p[0])


cdef size_t measure(Term t, bint with_literals) noexcept nogil:
    """Words for a deep copy; the largest number if there is no memory to find out."""
    cdef Range[STACK_FIRST] first
    cdef Range* stack = first   # what is left of the values that the walk is in
    cdef Range* bigger
    cdef size_t depth = 0
    cdef size_t capacity = STACK_FIRST
    cdef size_t total = 0
    cdef uint64_t base = range_base
    cdef uint64_t bytes_ = 0 if with_literals else range_bytes
    cdef Term* next_ = &t       # what is left of the innermost
    cdef size_t count = 1
    cdef Term* p
    cdef size_t inner
    while True:
        while count and term_is_immed(next_[0]):
            next_ += 1
            count -= 1
        if count == 0:
            if depth == 0:
                break
            depth -= 1
            next_ = stack[depth].next
            count = stack[depth].count
            continue
        t = next_[0]
        next_ += 1
        count -= 1
        if <uint64_t>t - base < bytes_:
            continue
        total += shape(t, &p, &inner)
        if inner == 0:
            continue
        if count:
            if EN_UNLIKELY(depth == capacity):
                bigger = <Range*>malloc(capacity * 2 * sizeof(Range))
                if bigger == NULL:
                    total = <size_t>-1
                    break
                memcpy(bigger, stack, capacity * sizeof(Range))
                if stack != first:
                    free(stack)
                stack = bigger
                capacity *= 2
            stack[depth].next = next_
            stack[depth].count = count
            depth += 1
        next_ = p
        count = inner
    if stack != first:
        free(stack)
    return total


cdef Term* place_window(Copy* c, Term* source) noexcept nogil:
    """Copies a T_SUB_BITS or T_MATCH as what it shows; nothing in the copy is left to follow."""
    cdef Term* p = c.top
    cdef word bits = window_bits(source)
    cdef word start = window_start(source)
    cdef word words
    cdef uint8_t* bytes_ = bits_base((<SubBits*>source).orig)
    cdef BinRef* ref
    cdef SubBits* sub
    if window_is_copied(source, bits):
        words = (bits + 63) >> 6
        c.top = p + 2 + words
        p[0] = make_header(T_HEAP_BITS, 1 + words)
        (<HeapBits*>p).size = bits
        if words:
            p[1 + words] = 0            # the padding is defined
        if (start | bits) & 7:
            bits_copy(bytes_, start, <uint8_t*>(p + 2), 0, bits)
        else:
            memcpy(p + 2, bytes_ + (start >> 3), bits >> 3)
        return p
    c.top = p + SIZEOF_SUB_BITS + SIZEOF_BIN_REF
    sub = <SubBits*>p
    ref = <BinRef*>(p + SIZEOF_SUB_BITS)
    sub.header = make_header(T_SUB_BITS, SIZEOF_SUB_BITS - 1)
    sub.orig = make_boxed(<Term*>ref)
    sub.start = start
    sub.end = start + bits
    sub.base = bytes_
    ref.header = make_header(T_BIN_REF, SIZEOF_BIN_REF - 1)
    ref.binary = (<BinRef*>boxed_ptr((<SubBits*>source).orig)).binary
    ref.flags = 0
    binary_retain(ref.binary)
    off_heap_add(c.heap, <OffHeap*>ref, ref.binary.size)
    return p


cdef Term* place_counted(Copy* c, Term* source, size_t words) noexcept nogil:
    """Copies a T_BIN_REF, a fun or a magic reference, with a count of its own."""
    cdef Term* p = c.top
    c.top = p + words
    memcpy(p, source, words * sizeof(Term))
    if header_kind(p[0]) == T_BIN_REF:
        (<BinRef*>p).flags = 0
        binary_retain((<BinRef*>p).binary)
        off_heap_add(c.heap, <OffHeap*>p, (<BinRef*>p).binary.size)
    elif header_kind(p[0]) == T_FUN:
        counter_add(<Counted*>p[1], lane_current(), 1)
        off_heap_add(c.heap, <OffHeap*>p, 0)
    else:
        en_add64(&(<Magic*>p[1]).refc, 1)
        off_heap_add(c.heap, <OffHeap*>p, 0)
    return p


cdef inline void place(Copy* c, Term* slot, Term t) noexcept nogil:
    """Appends what t points to and lets the slot refer to it."""
    cdef Term* source
    cdef Term* p
    cdef Term header
    cdef size_t n, i
    cdef int kind
    if <uint64_t>t - c.literal_base < c.literal_bytes:
        slot[0] = t
        return
    if term_is_list(t):
        source = list_cell(t)
        p = c.top
        c.top = p + 2
        p[0] = source[0]
        p[1] = source[1]
        slot[0] = make_list(p)
        return
    source = boxed_ptr(t)
    header = source[0]
    kind = header_kind(header)
    n = 1 + header_size(header)
    if kind == T_SUB_BITS or kind == T_MATCH:
        p = place_window(c, source)
    elif kind == T_BIN_REF or kind == T_FUN or header == make_header(T_REF, REF_MAGIC):
        p = place_counted(c, source, n)
    else:
        p = c.top
        c.top = p + n
        if n <= 16:
            for i in range(n):
                p[i] = source[i]
        else:
            memcpy(p, source, n * sizeof(Term))
    slot[0] = make_boxed(p)


cdef inline size_t skipped(Term header) noexcept nogil:
    """Words from a header in a copy to what is to be scanned next."""
    cdef int kind = header_kind(header)
    if kind == T_TUPLE or kind == T_MAP_FLAT or kind == T_MAP_NODE or kind == T_RECORD:
        return 1
    return FUN_CREATOR if kind == T_FUN else 1 + header_size(header)


cdef Term copy_to(Term* start, Heap* h, Term t, bint with_literals) noexcept nogil:
    """Copies t, which is no immediate, to the words measured for it."""
    cdef Copy c
    cdef Term root = t
    cdef Term w
    cdef Term* scan = start
    c.top = start
    c.heap = h
    c.literal_base = range_base
    c.literal_bytes = 0 if with_literals else range_bytes
    place(&c, &root, t)
    while scan < c.top:
        w = scan[0]
        if term_is_pointer(w):
            place(&c, scan, w)
            scan += 1
        else:
            scan += 1 if term_is_immed(w) else skipped(w)
    return root


cdef size_t term_copy_size(Term t) noexcept nogil:
    return measure(t, False)


cdef bint term_exceeds(Term t, size_t limit) noexcept nogil:
    cdef Range waiting[DEEP]
    cdef int depth = 0
    cdef size_t n = 0
    cdef Term* q
    cdef Term header
    cdef word size, skipped
    cdef int kind
    while True:
        if term_is_list(t):
            n += 2
            if n > limit or depth == DEEP:
                return True
            q = list_cell(t)
            if term_is_pointer(q[0]):
                waiting[depth].next = q + 1
                waiting[depth].count = 1
                depth += 1
                t = q[0]
            else:
                t = q[1]
            continue
        if term_is_boxed(t):
            q = boxed_ptr(t)
            header = q[0]
            size = header_size(header)
            kind = header_kind(header)
            skipped = size
            if kind == T_TUPLE or kind == T_MAP_FLAT:
                skipped = 0
            elif kind == T_MAP_NODE:
                skipped = 1
            elif kind == T_FUN:
                skipped = SIZEOF_FUN - 1
            elif kind == T_SUB_BITS or kind == T_MATCH:
                n += window_bits(q) >> 9
            n += 1 + size
            if n > limit or depth == DEEP:
                return True
            if size > skipped:
                waiting[depth].next = q + 1 + skipped
                waiting[depth].count = size - skipped
                depth += 1
        if depth == 0:
            return False
        q = waiting[depth - 1].next
        waiting[depth - 1].next += 1
        waiting[depth - 1].count -= 1
        if waiting[depth - 1].count == 0:
            depth -= 1
        t = q[0]


cdef size_t term_flat_size(Term t) noexcept nogil:
    return measure(t, True)


cdef Term term_copy(Heap* h, Term t, bint with_literals) noexcept nogil:
    """May allocate a fragment; never collects."""
    cdef size_t words
    cdef Term* p
    if term_is_immed(t):
        return t
    words = measure(t, with_literals)
    if words == 0:
        return t
    if words > <size_t>1 << 56:
        return 0
    p = heap_alloc(h, words)
    if p == NULL:
        return 0
    return copy_to(p, h, t, with_literals)


cdef Term term_copy_fragment(Term t, Fragment** out) noexcept nogil:
    """The copy and its fragment, which the caller owns; 0 if memory is exhausted."""
    cdef Heap h
    cdef Fragment* f
    cdef size_t words
    out[0] = NULL
    if term_is_immed(t):
        return t
    words = measure(t, False)
    if words == 0:
        return t
    if words > <size_t>1 << 56:
        return 0
    f = fragment_new(words)
    if f == NULL:
        return 0
    h.top = NULL
    h.end = NULL
    h.off_heap = NULL
    h.off_heap_bytes = 0
    h.overflow = NULL
    t = copy_to(fragment_data(f), &h, t, False)
    f.off_heap = h.off_heap
    f.off_heap_bytes = h.off_heap_bytes
    out[0] = f
    return t


cdef void run_copy(Term* to, Term* from_, size_t words) noexcept nogil:
    cdef uint64_t distance = <uint64_t>to - <uint64_t>from_
    cdef Term* end = from_ + words
    cdef size_t n
    cdef Term w
    while from_ < end:
        w = from_[0]
        if term_is_pointer(w):
            w += distance
        elif not term_is_immed(w):
            n = skipped(w)
            while n > 1:
                to[0] = from_[0]
                to += 1
                from_ += 1
                n -= 1
            w = from_[0]
        to[0] = w
        to += 1
        from_ += 1


# --- copies that keep sharing ----------------------------------------------------------------------------

cdef enum:
    FEWEST_PLACES = 64


cdef inline Met* met(Met* table, size_t places, Term t) noexcept nogil:
    """Where t is, or the free place that it belongs to."""
    cdef size_t i = (t >> 3) * <uint64_t>0x9E3779B97F4A7C15 >> 20 & (places - 1)
    while table[i].source != 0 and table[i].source != t:
        i = (i + 1) & (places - 1)
    return &table[i]


cdef bint shared_grow(Shared* s) noexcept nogil:
    cdef size_t places = s.places * 2 if s.places else FEWEST_PLACES
    cdef Met* table = <Met*>calloc(places, sizeof(Met))
    cdef size_t i
    if table == NULL:
        return False
    for i in range(s.places):
        if s.table[i].source != 0:
            met(table, places, s.table[i].source)[0] = s.table[i]
    free(s.table)
    s.table = table
    s.places = places
    return True


cdef void shared_init(Shared* s) noexcept nogil:
    s.table = NULL
    s.places = 0
    s.count = 0
    s.words = 0


cdef void shared_free(Shared* s) noexcept nogil:
    free(s.table)


cdef bint shared_measure(Shared* s, Term t) noexcept nogil:
    cdef Range* stack = NULL
    cdef Range* bigger
    cdef size_t depth = 0
    cdef size_t capacity = 0
    cdef Term* next_ = &t
    cdef size_t count = 1
    cdef Term* inner
    cdef size_t n
    cdef Met* place_
    cdef bint done = True
    while True:
        if count == 0:
            if depth == 0:
                break
            depth -= 1
            next_ = stack[depth].next
            count = stack[depth].count
            continue
        t = next_[0]
        next_ += 1
        count -= 1
        if term_is_immed(t):
            continue
        if 2 * (s.count + 1) > s.places and not shared_grow(s):
            done = False
            break
        place_ = met(s.table, s.places, t)
        if place_.source != 0:
            continue
        place_.source = t
        s.count += 1
        s.words += shape(t, &inner, &n)
        if n == 0:
            continue
        if count:
            if depth == capacity:
                bigger = <Range*>realloc(stack, (2 * capacity + STACK_FIRST) * sizeof(Range))
                if bigger == NULL:
                    done = False
                    break
                stack = bigger
                capacity = 2 * capacity + STACK_FIRST
            stack[depth].next = next_
            stack[depth].count = count
            depth += 1
        next_ = inner
        count = n
    free(stack)
    return done


cdef inline void place_once(Shared* s, Copy* c, Term* slot, Term t) noexcept nogil:
    cdef Met* place_ = met(s.table, s.places, t)
    if place_.copy == 0:
        place(c, slot, t)
        place_.copy = slot[0]
    else:
        slot[0] = place_.copy


cdef Term shared_copy(Shared* s, Heap* h, Term** to, Term t) noexcept nogil:
    cdef Copy c
    cdef Term* scan = to[0]
    cdef Term w, root
    if term_is_immed(t):
        return t
    c.top = scan
    c.heap = h
    c.literal_base = 0
    c.literal_bytes = 0
    place_once(s, &c, &root, t)
    while scan < c.top:
        w = scan[0]
        if term_is_pointer(w):
            place_once(s, &c, scan, w)
            scan += 1
        else:
            scan += 1 if term_is_immed(w) else skipped(w)
    to[0] = c.top
    return root

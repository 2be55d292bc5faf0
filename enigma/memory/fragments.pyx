"""Fragments: runs of words outside a process's blocks, and the heaps that fill them.

A process heap with no room left takes words from a fragment, because allocation must never move a
term. The newest fragment stays open, so a BIF that builds a list cell by cell fills one after the
other. Once the fragments hold more than the young block does, the process asks for a collection.

Invariant: `used` counts the words of a fragment that may hold terms; what lies behind is free. A
fragment just made counts as full, so that who fills it exactly has nothing to do.

Read next: heap.pyx for process heaps, collector.pyx for how fragments end.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport atoll, getenv
from libc.string cimport memset
from enigma.term.core cimport Term, en_sub64
from enigma.term.pack cimport T_BIN_REF, T_FUN, header_kind
from enigma.term.boxed cimport Binary, Heap, Magic, OffHeap
from enigma.term.bits cimport binary_release
from enigma.term.counts cimport Counted, counter_add, lane_current
from enigma.memory.layout cimport GC_WANTED, Fragment, FragmentHeap, ProcHeap, fragment_data
from enigma.memory.blocks cimport block_alloc, block_free

cdef enum:
    OVERFLOW_FIRST = 123        # words; with the struct a block of 128
    OVERFLOW_MOST = 1 << 16     # words that a growing chain adds at once, unless more is asked for


cdef Fragment* fragment_new(size_t words) noexcept nogil:
    """Allocates a fragment for at least `words` words. NULL: no memory."""
    cdef size_t got
    cdef Fragment* f = <Fragment*>block_alloc(words + FRAGMENT_HEADER, &got)
    if f == NULL:
        return NULL
    f.next = NULL
    f.words = got - FRAGMENT_HEADER
    f.used = words
    f.off_heap = NULL
    f.off_heap_bytes = 0
    return f


cdef void fragment_free(Fragment* f, bint release_off_heap) noexcept nogil:
    """Frees the fragment and those that follow it in its chain."""
    cdef Fragment* next_
    cdef Fragment* g
    if release_off_heap:            # all counts first: a list may run through several of the fragments
        g = f
        while g != NULL:
            off_heap_release_all(g.off_heap)
            g = g.next
    while f != NULL:
        next_ = f.next
        if stress:
            poison(fragment_data(f), f.words)
        block_free(<Term*>f, f.words + FRAGMENT_HEADER)
        f = next_


# --- heaps made of fragments ------------------------------------------------------------------------

cdef void fragment_heap_init(FragmentHeap* fh) noexcept nogil:
    fh.heap.top = NULL
    fh.heap.end = NULL
    fh.heap.off_heap = NULL
    fh.heap.off_heap_bytes = 0
    fh.heap.overflow = fragment_heap_overflow
    fh.first = NULL


cdef Term* fragment_heap_overflow(Heap* h, size_t words) noexcept nogil:
    """May allocate: starts the next fragment, twice as large; a big request gets one for itself."""
    cdef FragmentHeap* fh = <FragmentHeap*>h
    cdef Fragment* last = fh.first
    cdef Fragment* f
    cdef size_t size = OVERFLOW_FIRST
    if words > <size_t>1 << 56:
        return NULL
    if last != NULL:
        size = last.words * 2 + FRAGMENT_HEADER
        if size > OVERFLOW_MOST:
            size = OVERFLOW_MOST
    if words > size and last != NULL:
        f = fragment_new(words)
        if f == NULL:
            return NULL
        f.used = words
        f.next = last.next          # behind the open one, which goes on
        last.next = f
        return fragment_data(f)
    f = fragment_new(size if size > words else words)
    if f == NULL:
        return NULL
    if last != NULL:
        last.used = <size_t>(h.top - fragment_data(last))
    f.next = last
    fh.first = f
    h.top = fragment_data(f) + words
    h.end = fragment_data(f) + f.words
    return fragment_data(f)


cdef Fragment* fragment_heap_take(FragmentHeap* fh) noexcept nogil:
    """Closes the open fragment; the off-heap list goes with the first of the chain. NULL: nothing was built."""
    cdef Fragment* f = fh.first
    if f != NULL:
        f.used = <size_t>(fh.heap.top - fragment_data(f))
        f.off_heap = fh.heap.off_heap
        f.off_heap_bytes = fh.heap.off_heap_bytes
    fragment_heap_init(fh)
    return f


# --- a process's fragments ------------------------------------------------------------------------------

cdef Term* proc_heap_overflow(Heap* h, size_t words) noexcept nogil:
    """May allocate a fragment; never moves a term, but may ask for a collection."""
    cdef ProcHeap* mem = <ProcHeap*>h
    cdef Fragment* f = mem.fragments
    cdef Term* p
    cdef size_t size
    if words > <size_t>1 << 56:
        return NULL
    if f == NULL or f.words - f.used < words:
        size = mem.fragment_words
        if size > OVERFLOW_MOST:
            size = OVERFLOW_MOST
        if size < OVERFLOW_FIRST:
            size = OVERFLOW_FIRST
        f = fragment_new(words if words > size else size)
        if f == NULL:
            return NULL
        f.used = 0
        if words > size and mem.fragments != NULL:
            f.next = mem.fragments.next         # the open one stays first
            mem.fragments.next = f
        else:
            f.next = mem.fragments
            mem.fragments = f
    p = fragment_data(f) + f.used
    f.used += words
    mem.fragment_words += words
    if mem.fragment_words > mem.block_words:
        mem.gc_flags |= GC_WANTED
    return p


cdef void proc_heap_adopt(ProcHeap* mem, Fragment* chain) noexcept nogil:
    """The chain becomes part of the process's heap, with its off-heap entries."""
    cdef Fragment* f = chain
    cdef OffHeap* last
    if chain == NULL:
        return
    while True:
        mem.fragment_words += f.used
        if f.off_heap != NULL:
            last = f.off_heap
            while last.next != NULL:
                last = last.next
            last.next = mem.heap.off_heap
            mem.heap.off_heap = f.off_heap
            mem.heap.off_heap_bytes += f.off_heap_bytes
            f.off_heap = NULL
            f.off_heap_bytes = 0
        if f.next == NULL:
            break
        f = f.next
    f.next = mem.fragments
    mem.fragments = chain
    if mem.fragment_words > mem.block_words or mem.heap.off_heap_bytes > mem.vheap_limit:
        mem.gc_flags |= GC_WANTED


# --- off-heap entries --------------------------------------------------------------------------------------

cdef void off_heap_release(OffHeap* entry) noexcept nogil:
    """Drops the count of one entry; may free a binary or run a destructor."""
    cdef Magic* m
    if header_kind(entry.header) == T_BIN_REF:
        binary_release(<Binary*>entry.object)
    elif header_kind(entry.header) == T_FUN:
        counter_add(<Counted*>entry.object, lane_current(), <uint64_t>-1)
    else:
        m = <Magic*>entry.object
        if en_sub64(&m.refc, 1) == 1 and m.destructor != NULL:
            m.destructor(m)


cdef void off_heap_release_all(OffHeap* list) noexcept nogil:
    cdef OffHeap* next_
    while list != NULL:
        next_ = list.next
        off_heap_release(list)
        list = next_


cdef void off_heap_add(Heap* h, OffHeap* entry, uint64_t bytes_) noexcept nogil:
    """Links an entry that lies on `h` or one of its fragments and owns a count."""
    entry.next = h.off_heap
    h.off_heap = entry
    h.off_heap_bytes += bytes_
    if h.overflow == proc_heap_overflow and h.off_heap_bytes > (<ProcHeap*>h).vheap_limit:
        (<ProcHeap*>h).gc_flags |= GC_WANTED


cdef void poison(Term* p, size_t words) noexcept nogil:
    memset(p, 0xEE, words * sizeof(Term))


# --- stress -----------------------------------------------------------------------------------------------

cdef uint32_t stress_every = 1

cdef bint stress_chance(ProcHeap* mem) noexcept nogil:
    """Every Nth on average: the distance to the next is drawn from 1 to 2N - 1."""
    if mem.stress_left == 0:
        mem.stress_random = mem.stress_random * <uint64_t>6364136223846793005 + <uint64_t>1442695040888963407
        mem.stress_left = 1 + <uint32_t>((mem.stress_random >> 33) % (2 * <uint64_t>stress_every - 1))
    mem.stress_left -= 1
    return mem.stress_left == 0


cdef void set_up() noexcept:
    global stress, stress_every, stress_seed
    cdef const char* setting = getenv("ENIGMA_STRESS_GC")
    cdef const char* seed = getenv("ENIGMA_STRESS_SEED")
    cdef long long every = atoll(setting) if setting != NULL else 0
    stress = every > 0
    stress_every = <uint32_t>every if 0 < every < 1000000000 else 1
    stress_seed = <uint64_t>atoll(seed) if seed != NULL else 0


set_up()

"""Collection: survivors are copied to a new block, breadth first, and the old block is freed.

A term that survived one collection lies below `high_water`; if it survives a second one it goes to the
old block, which only a full sweep visits. A full sweep brings everything together in a new young block.
Fragments take part as young terms and are gone afterwards.

A moved value leaves behind where it went: a boxed value its new pointer in place of its header (the tag
tells), a cons cell THE_NON_VALUE as head and its new pointer as tail. So sharing is kept, and each
value is copied once. What has been copied is scanned for words that still point to where things were;
headers say which words are no terms.

Invariants
  - terms of the old block never refer to young ones: values don't change after they are made. (Who does
    change one, as heap_copy_literals, sets GC_FULL.)
  - the off-heap list has the entries of the old block at its end, so a minor collection stops there
  - literals, recognised by their address, are neither moved nor followed
  - after a collection the young block from `start` to `top` is values without gaps, and there are no fragments
  - a collection that returns GC_NO_MEMORY or GC_HEAP_LIMIT leaves a sound heap; with MAX_HEAP_KILL the limit
    is reported before anything moves, without it after the collection, whose room is there

The stack lies at the end of the young block and moves with it. Its words are roots; return addresses look
like headers and are skipped, as is any other word that is no pointer.

With ENIGMA_STRESS_GC=N the heap is verified (reach.pyx) and freed memory is poisoned: before a minor collection
all that is young; everything, and afterwards too, at a full one and whenever as much has been looked at since.

Read next: reach.pyx.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, strcmp
from enigma.term.core cimport EN_LIKELY, Term
from enigma.term.pack cimport *
from enigma.term.boxed cimport FUN_CREATOR, Binary, OffHeap, SubBits
from enigma.term.counts cimport Counted, counter_add, lane_current
from enigma.memory.layout cimport (
    GC_DISABLED, GC_FULL, GC_TIGHT, GC_HEAP_LIMIT, GC_NO_MEMORY, GC_WANTED, MAX_HEAP_INCLUDE_BINARIES, MAX_HEAP_KILL,
    Collector, ProcHeap, RootRange,
)
from enigma.memory.blocks cimport block_alloc, block_free, heap_next_size
from enigma.memory.fragments cimport fragment_free, off_heap_release, poison, stress
from enigma.memory.literals cimport range_base, range_bytes
from enigma.memory.reach cimport heap_verify

cdef enum:
    MINOR_SHRINK_MIN = 3000         # words: a minor collection leaves smaller blocks as they are
    NURSERY_MOST = 121536           # words: a nursery is not made larger than this for the old heap's sake
    RUN = 128                       # cells of a list that are moved at once
    REDUCTION_WORDS = 10            # words copied for one reduction
    POISON_WHOLE = 4185             # words: of larger blocks only what held terms is poisoned

# Where survivors go, and which addresses stay as they are.
cdef struct Sweep:
    Term* top                   # next free word of the new young block
    Term* old_top               # next free word of the old block
    uint64_t literal_base
    uint64_t literal_bytes
    uint64_t old_base           # the old block in a minor collection: not followed
    uint64_t old_bytes
    uint64_t mature_base        # from here the old block gets the survivors
    uint64_t mature_bytes
    uint64_t new_base           # the new young block: a root met twice already points here
    uint64_t new_bytes


# Along a list of immediates some cells are moved at once, and come to lie side by side, whatever else is being moved.
# Their tails refer to the new block already when they are scanned, which is soon enough for the CPU's cache to have them.
cdef inline void move_list(Sweep* s, Term* slot, Term t) noexcept nogil:
    cdef Term* cell
    cdef Term* p
    cdef Term head
    cdef int left = RUN
    while <uint64_t>t - s.literal_base >= s.literal_bytes and <uint64_t>t - s.old_base >= s.old_bytes:
        cell = list_cell(t)
        head = cell[0]
        t = cell[1]
        if head == THE_NON_VALUE:
            slot[0] = t
            return
        if <uint64_t>cell - s.mature_base < s.mature_bytes:
            p = s.old_top
            s.old_top = p + 2
        else:
            p = s.top
            s.top = p + 2
        p[0] = head
        p[1] = t
        cell[0] = THE_NON_VALUE
        cell[1] = make_list(p)
        slot[0] = make_list(p)
        left -= 1
        if not (term_is_immed(head) and term_is_list(t)) or left == 0:
            return
        slot = p + 1


cdef inline void move_boxed(Sweep* s, Term* slot, Term t) noexcept nogil:
    cdef Term* source = boxed_ptr(t)
    cdef Term* p
    cdef Term header
    cdef size_t n, i
    if <uint64_t>t - s.literal_base < s.literal_bytes or <uint64_t>t - s.old_base < s.old_bytes:
        return
    header = source[0]
    if not term_is_header(header):
        slot[0] = header
        return
    n = header_size(header)
    if <uint64_t>t - s.mature_base < s.mature_bytes:
        p = s.old_top
        s.old_top = p + 1 + n
    else:
        p = s.top
        s.top = p + 1 + n
    p[0] = header
    source[0] = make_boxed(p)
    slot[0] = make_boxed(p)
    if EN_LIKELY(n <= 16):
        for i in range(1, n + 1):
            p[i] = source[i]
    else:
        memcpy(p + 1, source + 1, n * sizeof(Term))


cdef inline void move(Sweep* s, Term* slot) noexcept nogil:
    cdef Term t = slot[0]
    if term_is_list(t):
        move_list(s, slot, t)
    elif term_is_boxed(t):
        move_boxed(s, slot, t)


cdef inline Term* scan_header(Sweep* s, Term* p) noexcept nogil:
    """p is at a header; returns the first word behind the words that are no terms."""
    cdef Term header = p[0]
    cdef int kind = header_kind(header)
    if kind == T_TUPLE or kind == T_MAP_FLAT or kind == T_MAP_NODE or kind == T_RECORD:
        return p + 1
    elif kind == T_FUN:
        return p + FUN_CREATOR
    elif kind == T_SUB_BITS or kind == T_MATCH:
        move(s, p + 1)
        if boxed_kind(p[1]) == T_HEAP_BITS:     # the bytes moved with it
            (<SubBits*>p).base = <uint8_t*>(boxed_ptr(p[1]) + 2)
        return p + 1 + header_size(header)
    return p + 1 + header_size(header)


cdef Term* scan_to(Sweep* sweep, Term* p, bint old) noexcept nogil:
    """Scans what has been copied to one of the blocks, until the copying it causes adds nothing to this block."""
    cdef Sweep s = sweep[0]         # nothing else refers to it: it may live in registers
    cdef Term w
    while p < (s.old_top if old else s.top):
        w = p[0]
        if term_is_immed(w):
            p += 1
        elif term_is_list(w):
            if <uint64_t>w - s.new_base >= s.new_bytes:
                move_list(&s, p, w)
            p += 1
        elif term_is_boxed(w):
            move_boxed(&s, p, w)
            p += 1
        else:
            p = scan_header(&s, p)
    sweep[0] = s
    return p


cdef void move_roots(Sweep* s, Term* p, size_t count) noexcept nogil:
    cdef Term* end = p + count
    cdef Term t
    while p < end:
        t = p[0]
        if term_is_pointer(t) and <uint64_t>t - s.new_base >= s.new_bytes:
            move(s, p)
        p += 1


cdef uint64_t entry_bytes(OffHeap* e) noexcept nogil:
    if header_kind(e.header) == T_BIN_REF:
        return (<Binary*>e.object).size
    return 0


cdef uint64_t list_bytes(OffHeap* e) noexcept nogil:
    cdef uint64_t total = 0
    while e != NULL:
        total += entry_bytes(e)
        e = e.next
    return total


cdef void sweep_off_heap(ProcHeap* mem, Sweep* s, uint64_t* young_bytes) noexcept nogil:
    """Relinks the entries that moved and drops the counts of those that did not survive."""
    cdef OffHeap* e = mem.heap.off_heap
    cdef OffHeap* next_
    cdef OffHeap* moved
    cdef OffHeap* young = NULL
    cdef OffHeap** young_end = &young
    cdef OffHeap* old = NULL
    cdef OffHeap** old_end = &old
    cdef OffHeap* dead = NULL
    cdef uint32_t lane = lane_current()
    cdef void* fun_entry = NULL         # of the dead funs met last,
    cdef uint64_t funs = 0              # and how many in a row
    cdef uint64_t old_from = <uint64_t>mem.old_start
    cdef uint64_t old_words = mem.old_words * 8 if mem.old_start != NULL else 0
    while e != NULL and <uint64_t>e - s.old_base >= s.old_bytes:
        next_ = e.next
        if term_is_header(e.header):
            if header_kind(e.header) != T_FUN:
                e.next = dead
                dead = e
            elif e.object == fun_entry:
                funs += 1
            else:
                if fun_entry != NULL:
                    counter_add(<Counted*>fun_entry, lane, <uint64_t>0 - funs)
                fun_entry = e.object
                funs = 1
        else:
            moved = <OffHeap*>boxed_ptr(e.header)
            if <uint64_t>moved - old_from < old_words:
                old_end[0] = moved
                old_end = &moved.next
                mem.old_off_heap_bytes += entry_bytes(moved)
            else:
                young_end[0] = moved
                young_end = &moved.next
                young_bytes[0] += entry_bytes(moved)
        e = next_
    if fun_entry != NULL:
        counter_add(<Counted*>fun_entry, lane, <uint64_t>0 - funs)
    old_end[0] = e                      # e: the entries that were in the old block before
    young_end[0] = old
    mem.heap.off_heap = young
    while dead != NULL:
        next_ = dead.next
        off_heap_release(dead)
        dead = next_


cdef void evacuate(ProcHeap* mem, Term* block, size_t words, size_t mature, bint full,
                   RootRange* roots, size_t root_count, uint64_t* young_bytes) noexcept nogil:
    """Copies all young survivors (all survivors if full) to `block`, or to the old block if they lie among
    the first `mature` words. The heap then is `block`; the caller frees what it was."""
    cdef Sweep s
    cdef Term* young_scan = block
    cdef Term* old_scan = mem.old_top
    cdef size_t stack = <size_t>(mem.block_end - mem.heap.end)
    cdef size_t i
    s.top = block
    s.old_top = mem.old_top
    s.literal_base = range_base
    s.literal_bytes = range_bytes
    s.old_base = <uint64_t>mem.old_start
    s.old_bytes = 0 if full or mem.old_start == NULL else mem.old_words * 8
    s.mature_base = <uint64_t>mem.start
    s.mature_bytes = 0 if full else mature * 8
    s.new_base = <uint64_t>block
    s.new_bytes = words * 8
    move_roots(&s, mem.heap.end, stack)
    for i in range(root_count):
        move_roots(&s, roots[i].start, roots[i].count)
    while young_scan < s.top or old_scan < s.old_top:
        young_scan = scan_to(&s, young_scan, False)
        old_scan = scan_to(&s, old_scan, True)
    if full:
        mem.old_off_heap_bytes = 0
    else:
        mem.old_top = s.old_top
    sweep_off_heap(mem, &s, young_bytes)
    memcpy(block + words - stack, mem.heap.end, stack * sizeof(Term))
    mem.start = block
    mem.block_words = words
    mem.block_end = block + words
    mem.heap.end = block + words - stack
    mem.heap.top = s.top


cdef void release_block(Term* block, size_t words, size_t used, size_t stack) noexcept nogil:
    """A block of so many words, of which `used` from its start and `stack` to its end held terms."""
    if stress and words <= POISON_WHOLE:
        poison(block, words)
    elif stress:
        poison(block, used)
        poison(block + words - stack, stack)
    block_free(block, words)


cdef Term* take_block(size_t wanted, size_t* got) noexcept nogil:
    """A block that counts exactly as many words as the series says, so that heap_size is OTP's."""
    return block_alloc(heap_next_size(wanted), got)


cdef int move_block(ProcHeap* mem, size_t wanted, RootRange* roots, size_t root_count) noexcept nogil:
    """Moves the young terms, all of them alive, to a block of another size. False: no memory, nothing moved."""
    cdef size_t words
    cdef Term* block = block_alloc(wanted, &words) if mem.gc_flags & GC_TIGHT else take_block(wanted, &words)
    cdef Term* before = mem.start
    cdef size_t before_words = mem.block_words
    cdef size_t used = <size_t>(mem.heap.top - mem.start)
    cdef size_t stack = <size_t>(mem.block_end - mem.heap.end)
    cdef uint64_t ignored = 0
    if block == NULL:
        return False
    evacuate(mem, block, words, 0, False, roots, root_count, &ignored)
    release_block(before, before_words, used, stack)
    return True


cdef int collect(ProcHeap* mem, size_t need, RootRange* roots, size_t root_count, bint full,
                 bint grows) noexcept nogil:
    """One collection; `grows` keeps a quarter of slack or more and never shrinks."""
    cdef size_t stack = <size_t>(mem.block_end - mem.heap.end)
    cdef size_t used = <size_t>(mem.heap.top - mem.start)
    cdef size_t survivors = <size_t>(mem.high_water - mem.start)
    cdef size_t old_used = <size_t>(mem.old_top - mem.old_start) if mem.old_start != NULL else 0
    cdef size_t mature = 0 if full else survivors
    cdef size_t before = used + old_used + mem.fragment_words
    cdef size_t most = used - mature + mem.fragment_words + stack + (old_used if full else 0)
    cdef size_t wanted, words, old_words, live, required, total
    cdef size_t new_old = 0
    cdef Term* block
    cdef Term* old_block
    cdef Term* freed = mem.start
    cdef size_t freed_words = mem.block_words
    cdef uint64_t young_bytes = 0
    cdef uint64_t cost
    cdef bint over = False
    cdef bint thorough = False
    # Sizes. The new block has room for all that could survive; more is seen to when it is known what did.
    wanted = most if most > mem.min_words else mem.min_words
    if wanted < mem.block_words and not full:
        wanted = mem.block_words
    if grows and wanted < (used + stack) * 2 + need:
        wanted = (used + stack) * 2 + need
    elif (survivors + stack) * 4 > mem.block_words * 3 and wanted <= mem.block_words:
        wanted = mem.block_words + 1            # it was full of survivors the last time: a step more
    if mature and mem.old_start == NULL:
        new_old = mature + (mature >> 1)
        if new_old < mem.block_words:
            new_old = mem.block_words
    if mem.max_words:
        total = mem.block_words + mem.old_words + mem.fragment_words + heap_next_size(wanted)
        if new_old:
            total += heap_next_size(new_old)
        if most + need > wanted:
            total += most + need - wanted
        if mem.max_flags & MAX_HEAP_INCLUDE_BINARIES:
            total += list_bytes(mem.heap.off_heap) // 8
        over = total > mem.max_words
        if over:
            mem.limit_total = total
        if over and mem.max_flags & MAX_HEAP_KILL:
            return GC_HEAP_LIMIT
    if stress:
        mem.stress_looked += used + stack + mem.fragment_words
        thorough = full or mem.stress_looked >= old_used
        if thorough:
            mem.stress_looked = 0
        heap_verify(mem, roots, root_count, thorough, b"before a collection")
    block = take_block(wanted, &words)
    if block == NULL:
        return GC_NO_MEMORY
    if new_old:
        old_block = take_block(new_old, &old_words)
        if old_block == NULL:
            block_free(block, words)
            return GC_NO_MEMORY
        mem.old_start = old_block
        mem.old_top = old_block
        mem.old_end = old_block + old_words
        mem.old_words = old_words
        mem.old_off_heap_bytes = 0
    # The copying, and the end of what was.
    evacuate(mem, block, words, mature, full, roots, root_count, &young_bytes)
    release_block(freed, freed_words, used, stack)
    if full and mem.old_start != NULL:
        release_block(mem.old_start, mem.old_words, <size_t>(mem.old_top - mem.old_start), 0)
        mem.old_start = NULL
        mem.old_top = NULL
        mem.old_end = NULL
        mem.old_words = 0
    if mem.fragments != NULL:
        fragment_free(mem.fragments, False)
        mem.fragments = NULL
        mem.fragment_words = 0
    live = <size_t>(mem.heap.top - mem.start)
    total = live + (<size_t>(mem.old_top - mem.old_start) if mem.old_start != NULL else 0)
    cost = (live + (total - live - old_used if not full else 0)) // REDUCTION_WORDS + 1
    # Bookkeeping.
    mem.high_water = mem.heap.top
    mem.gc_flags &= ~<unsigned int>(GC_WANTED | GC_FULL)
    mem.minor_count = 0 if full else mem.minor_count + 1
    mem.collections += 1
    mem.collected_words += before - total
    mem.heap.off_heap_bytes = 0
    if full:
        mem.vheap_limit = young_bytes if young_bytes > mem.vheap_min else mem.vheap_min
    # The right size for what is there now.
    required = live + stack + need
    wanted = 0
    if mem.gc_flags & GC_TIGHT:
        wanted = required
    elif required > mem.block_words:
        wanted = required + (required >> 1)
    elif required * 4 < mem.block_words and not grows:
        if full or mem.block_words > MINOR_SHRINK_MIN:
            wanted = required * 2
            if not full and wanted < NURSERY_MOST and not stress:       # a large old heap deserves a large nursery,
                if total // 8 < NURSERY_MOST:           # as long as the CPU's caches hold it
                    wanted = total // 8 if total // 8 > wanted else wanted
                else:
                    wanted = NURSERY_MOST
            if wanted < mem.min_words:
                wanted = mem.min_words
            if heap_next_size(wanted) >= mem.block_words:
                wanted = 0
    if wanted:
        if move_block(mem, wanted, roots, root_count):
            mem.high_water = mem.heap.top
            cost += live // REDUCTION_WORDS
        elif required > mem.block_words and not move_block(mem, required, roots, root_count):
            return GC_NO_MEMORY                 # sound, but without the room
    if thorough:
        heap_verify(mem, roots, root_count, True, b"after a collection")
    if over:
        return GC_HEAP_LIMIT
    return <int>cost if cost < (1 << 30) else 1 << 30


cdef int generational_collect(ProcHeap* mem, size_t need, RootRange* roots, size_t root_count,
                              bint full) noexcept nogil:
    """Minor as long as the old block takes what has grown old and is not too full of binaries."""
    cdef size_t mature = <size_t>(mem.high_water - mem.start)
    if mem.gc_flags & GC_DISABLED:
        return 0 if <size_t>(mem.heap.end - mem.heap.top) >= need else GC_NO_MEMORY
    if mem.gc_flags & GC_FULL or mem.minor_count >= mem.fullsweep_after:
        full = True
    elif mature and mem.old_start != NULL and <size_t>(mem.old_end - mem.old_top) < mature:
        full = True
    elif mem.old_off_heap_bytes > 2 * mem.vheap_limit:
        full = True
    return collect(mem, need, roots, root_count, full, False)


cdef int never_collect(ProcHeap* mem, size_t need, RootRange* roots, size_t root_count, bint full) noexcept nogil:
    """A bigger block when the room is gone, and nothing otherwise: for processes that live shortly."""
    if not full and mem.fragments == NULL and not stress and <size_t>(mem.heap.end - mem.heap.top) >= need:
        mem.gc_flags &= ~<unsigned int>(GC_WANTED | GC_FULL)
        return 0
    if mem.gc_flags & GC_DISABLED:
        return 0 if <size_t>(mem.heap.end - mem.heap.top) >= need else GC_NO_MEMORY
    return collect(mem, need, roots, root_count, True, True)


cdef Collector generational
cdef Collector never
generational.name = b"generational"
generational.collect = generational_collect
never.name = b"never"
never.collect = never_collect


cdef const Collector* collector_generational() noexcept nogil:
    return &generational


cdef const Collector* collector_never() noexcept nogil:
    return &never


cdef const Collector* collector_named(const char* name) noexcept nogil:
    """NULL if there is none of that name."""
    if strcmp(name, b"generational") == 0:
        return &generational
    if strcmp(name, b"never") == 0:
        return &never
    return NULL

"""Process heaps, and the one door to the memory room: what heap.pxd declares and other files hold.

A new process has one young block and nothing else; it may live and die without ever seeing the collector.
Its stack begins at `block_end`; whoever makes the process puts the first frame there.

Read next: blocks.pyx, fragments.pyx, collector.pyx, copying.pyx, literals.pyx, reach.pyx.
"""
from libc.stdint cimport uint64_t
from libc.string cimport memset
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap, OffHeap
from enigma.memory cimport blocks, collector, copying, fragments, literals, reach

cdef enum:
    MIN_HEAP_WORDS = 233        # no process gets less
    FULLSWEEP_AFTER = 65535
    VHEAP_MIN = 46422 * 8       # bytes


# --- process heaps ------------------------------------------------------------------------------------

cdef bint proc_heap_init(ProcHeap* mem, size_t min_words) noexcept nogil:
    """Allocates the young block; every other field gets its default."""
    cdef size_t got
    memset(mem, 0, sizeof(ProcHeap))
    mem.min_words = blocks.heap_next_size(min_words if min_words > MIN_HEAP_WORDS else MIN_HEAP_WORDS)
    mem.start = blocks.block_alloc(mem.min_words, &got)
    if mem.start == NULL:
        return False
    mem.block_words = got
    mem.block_end = mem.start + got
    mem.high_water = mem.start
    mem.heap.top = mem.start
    mem.heap.end = mem.block_end
    mem.heap.overflow = fragments.proc_heap_overflow
    mem.fullsweep_after = FULLSWEEP_AFTER
    mem.vheap_limit = VHEAP_MIN
    mem.vheap_min = VHEAP_MIN
    mem.stress_random = fragments.stress_seed
    mem.strategy = collector.collector_generational()
    return True


cdef void proc_heap_destroy(ProcHeap* mem) noexcept nogil:
    """Drops all counts, then frees the blocks; nothing of the heap may be read afterwards."""
    cdef OffHeap* list = mem.heap.off_heap
    mem.heap.off_heap = NULL
    fragments.off_heap_release_all(list)
    if mem.start != NULL:
        if fragments.stress:
            fragments.poison(mem.start, mem.block_words)
        blocks.block_free(mem.start, mem.block_words)
    if mem.old_start != NULL:
        if fragments.stress:
            fragments.poison(mem.old_start, mem.old_words)
        blocks.block_free(mem.old_start, mem.old_words)
    fragments.fragment_free(mem.fragments, True)
    mem.start = NULL
    mem.block_end = NULL
    mem.high_water = NULL
    mem.heap.top = NULL
    mem.heap.end = NULL
    mem.block_words = 0
    mem.old_start = NULL
    mem.old_top = NULL
    mem.old_end = NULL
    mem.old_words = 0
    mem.fragments = NULL
    mem.fragment_words = 0


cdef bint stress_gc_enabled() noexcept nogil:
    return fragments.stress


cdef bint stress_chance(ProcHeap* mem) noexcept nogil:
    return fragments.stress_chance(mem)


# --- the door --------------------------------------------------------------------------------------------

cdef Term* block_alloc(size_t words, size_t* got) noexcept nogil:
    return blocks.block_alloc(words, got)


cdef void block_free(Term* block, size_t words) noexcept nogil:
    blocks.block_free(block, words)


cdef uint64_t block_bytes_in_use() noexcept nogil:
    return blocks.block_bytes_in_use()


cdef size_t heap_next_size(size_t words) noexcept nogil:
    return blocks.heap_next_size(words)


cdef Fragment* fragment_new(size_t words) noexcept nogil:
    return fragments.fragment_new(words)


cdef void fragment_free(Fragment* f, bint release_off_heap) noexcept nogil:
    fragments.fragment_free(f, release_off_heap)


cdef void fragment_heap_init(FragmentHeap* fh) noexcept nogil:
    fragments.fragment_heap_init(fh)


cdef Fragment* fragment_heap_take(FragmentHeap* fh) noexcept nogil:
    return fragments.fragment_heap_take(fh)


cdef void proc_heap_adopt(ProcHeap* mem, Fragment* chain) noexcept nogil:
    fragments.proc_heap_adopt(mem, chain)


cdef void off_heap_release_all(OffHeap* list) noexcept nogil:
    fragments.off_heap_release_all(list)


cdef void off_heap_add(Heap* h, OffHeap* entry, uint64_t bytes_) noexcept nogil:
    fragments.off_heap_add(h, entry, bytes_)


cdef const Collector* collector_generational() noexcept nogil:
    return collector.collector_generational()


cdef const Collector* collector_never() noexcept nogil:
    return collector.collector_never()


cdef const Collector* collector_named(const char* name) noexcept nogil:
    return collector.collector_named(name)


cdef size_t term_copy_size(Term t) noexcept nogil:
    return copying.term_copy_size(t)


cdef bint term_exceeds(Term t, size_t limit) noexcept nogil:
    return copying.term_exceeds(t, limit)


cdef size_t term_flat_size(Term t) noexcept nogil:
    return copying.term_flat_size(t)


cdef Term term_copy(Heap* h, Term t, bint with_literals) noexcept nogil:
    return copying.term_copy(h, t, with_literals)


cdef Term term_copy_fragment(Term t, Fragment** out) noexcept nogil:
    return copying.term_copy_fragment(t, out)


cdef LiteralArea* literal_area_new(size_t words) noexcept nogil:
    return literals.literal_area_new(words)


cdef void literal_area_free(LiteralArea* area) noexcept nogil:
    literals.literal_area_free(area)


cdef bint heap_copy_literals(ProcHeap* mem, RootRange* roots, size_t root_count, LiteralArea* area) noexcept nogil:
    return reach.heap_copy_literals(mem, roots, root_count, area)


cdef bint heap_refers_to(ProcHeap* mem, RootRange* roots, size_t root_count, LiteralArea* area) noexcept nogil:
    return reach.heap_refers_to(mem, roots, root_count, area)


literal_base = literals.range_base
literal_bytes = literals.range_bytes

"""Where values live: blocks, process heaps, fragments, the literal area, and copying between them.

A process owns one young block (heap growing up, stack growing down from its end), an old block, and
fragments for what did not fit. Only collect() moves terms, and only the dispatch loop calls it, at
instruction boundaries. A literal's address lies in one reserved range; the collector leaves it alone.

Read next: layout.pxd for the structs, collector.pyx for the invariant of collection.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap, OffHeap
from enigma.memory.layout cimport *

# --- blocks ---------------------------------------------------------------------------------------
# Words from size-classed free lists of the calling thread over large slabs; any thread may free.
cdef Term* block_alloc(size_t words, size_t* got) noexcept nogil     # got >= words; NULL: exhausted
cdef void block_free(Term* block, size_t words) noexcept nogil       # words as `got` said
cdef uint64_t block_bytes_in_use() noexcept nogil
cdef size_t heap_next_size(size_t words) noexcept nogil              # OTP's heap size series: 233, 377, 610 ...

# --- fragments -------------------------------------------------------------------------------------
cdef Fragment* fragment_new(size_t words) noexcept nogil    # room for `words` or more; `used` is set to `words`
# Frees the fragment and all that follow it in its chain; release_off_heap also drops the counts held by
# them (a message that nobody received).
cdef void fragment_free(Fragment* f, bint release_off_heap) noexcept nogil

cdef void fragment_heap_init(FragmentHeap* fh) noexcept nogil
# Closes the last fragment and returns the chain, which the caller then owns; NULL if nothing was built.
cdef Fragment* fragment_heap_take(FragmentHeap* fh) noexcept nogil

# --- process heaps -----------------------------------------------------------------------------------
cdef const Collector* collector_generational() noexcept nogil
cdef const Collector* collector_never() noexcept nogil      # grows only; for short-lived processes
cdef const Collector* collector_named(const char* name) noexcept nogil
cdef bint proc_heap_init(ProcHeap* mem, size_t min_words) noexcept nogil     # False: no memory
cdef void proc_heap_destroy(ProcHeap* mem) noexcept nogil   # sweeps the off-heap list, frees every block
cdef void proc_heap_adopt(ProcHeap* mem, Fragment* chain) noexcept nogil     # a received message's fragments
cdef inline size_t proc_heap_room(ProcHeap* mem) noexcept nogil: return <size_t>(mem.heap.end - mem.heap.top)
cdef bint stress_gc_enabled() noexcept nogil                # ENIGMA_STRESS_GC=N
cdef bint stress_chance(ProcHeap* mem) noexcept nogil       # under it: is this chance to collect one that is taken?

# --- off-heap ---------------------------------------------------------------------------------------
cdef void off_heap_release_all(OffHeap* list) noexcept nogil
cdef void off_heap_add(Heap* h, OffHeap* entry, uint64_t bytes_) noexcept nogil

# --- copying ----------------------------------------------------------------------------------------
# Words that term_copy needs: the flat size, shared parts counted each time, literals 0.
cdef size_t term_copy_size(Term t) noexcept nogil
cdef size_t term_flat_size(Term t) noexcept nogil           # the same with literals counted: erts_debug:flat_size
# True if a term is larger than `limit` words (64 bytes of a bitstring count as one), or nested deeply. Looks at no
# more than that.
cdef bint term_exceeds(Term t, size_t limit) noexcept nogil
# Deep copy; counted binaries are shared, literals are not copied (unless with_literals). 0: no memory.
cdef Term term_copy(Heap* h, Term t, bint with_literals) noexcept nogil
# Copy into one exactly sized new fragment; immediates and literals give *out = NULL.
cdef Term term_copy_fragment(Term t, Fragment** out) noexcept nogil

# --- literal area -------------------------------------------------------------------------------------
cdef LiteralArea* literal_area_new(size_t words) noexcept nogil
cdef void literal_area_free(LiteralArea* area) noexcept nogil    # nobody may refer to it any more
cdef uint64_t literal_base      # address range reserved at import
cdef uint64_t literal_bytes
cdef inline bint term_is_literal(Term t) noexcept nogil:   # t is a list or boxed term
    return <uint64_t>t - literal_base < literal_bytes
cdef inline bint area_contains(LiteralArea* area, Term t) noexcept nogil:
    return <uint64_t>t - <uint64_t>area.start < area.words * 8
# Copies every reference into `area` reachable from the roots onto the heap (code purge).
cdef bint heap_copy_literals(ProcHeap* mem, RootRange* roots, size_t root_count, LiteralArea* area) noexcept nogil
cdef bint heap_refers_to(ProcHeap* mem, RootRange* roots, size_t root_count, LiteralArea* area) noexcept nogil

"""Where values live: blocks, process heaps, fragments, the literal area, and copying between them.

A process owns one young block (heap growing up, stack growing down from its end), an old block, and
fragments for what did not fit. Only collect() moves terms, and only the dispatch loop calls it, at
instruction boundaries. A literal's address lies in one reserved range; the collector leaves it alone.

Read next: collector.pyx for the invariant of collection.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap, OffHeap

# --- blocks ---------------------------------------------------------------------------------------
# Words from size-classed free lists of the calling thread over large slabs; any thread may free.
cdef Term* block_alloc(size_t words, size_t* got) noexcept nogil     # got >= words; NULL: exhausted
cdef void block_free(Term* block, size_t words) noexcept nogil       # words as `got` said
cdef uint64_t block_bytes_in_use() noexcept nogil
cdef size_t heap_next_size(size_t words) noexcept nogil              # OTP's heap size series: 233, 377, 610 ...

# --- fragments -------------------------------------------------------------------------------------
# A run of terms outside a process's blocks; each is a Heap so that constructors can fill it.
cdef struct Fragment:
    Fragment* next          # list of its owner
    size_t words            # capacity after this struct
    size_t used             # words that hold terms
    OffHeap* off_heap       # entries that live in it
    uint64_t off_heap_bytes
    # Term data[]
cdef inline Term* fragment_data(Fragment* f) noexcept nogil: return <Term*>(f + 1)
cdef Fragment* fragment_new(size_t words) noexcept nogil    # room for `words` or more; `used` is set to `words`
# Frees the fragment and all that follow it in its chain; release_off_heap also drops the counts held by
# them (a message that nobody received).
cdef void fragment_free(Fragment* f, bint release_off_heap) noexcept nogil

# A heap that builds terms in a chain of fragments of its own (messages, ETS results, decoders).
cdef struct FragmentHeap:
    Heap heap               # must be first
    Fragment* first         # newest
cdef void fragment_heap_init(FragmentHeap* fh) noexcept nogil
# Closes the last fragment and returns the chain, which the caller then owns; NULL if nothing was built.
cdef Fragment* fragment_heap_take(FragmentHeap* fh) noexcept nogil

# --- process heaps -----------------------------------------------------------------------------------
cdef struct ProcHeap:
    Heap heap               # must be first; end is the stack pointer
    Term* start             # young block; words in block_words
    Term* block_end         # its end, where the stack begins
    Term* high_water        # terms below survived one collection
    Term* old_start         # old block or NULL
    Term* old_top
    Term* old_end
    Fragment* fragments     # overflow and received messages
    size_t fragment_words   # sum of their used words
    size_t block_words      # as block_alloc gave them
    size_t old_words
    size_t min_words        # min_heap_size
    size_t max_words        # max_heap_size; 0: no limit
    uint32_t max_flags      # MAX_HEAP_
    uint32_t minor_count    # minor collections since the last full one
    uint32_t fullsweep_after
    uint32_t gc_flags       # GC_
    uint64_t vheap_limit    # off-heap bytes that ask for a collection
    uint64_t old_off_heap_bytes
    uint64_t collections    # all so far
    uint64_t collected_words   # reclaimed so far
    const Collector* strategy
cdef enum:
    MAX_HEAP_KILL = 1
    MAX_HEAP_LOG = 2
    MAX_HEAP_INCLUDE_BINARIES = 4
    GC_WANTED = 1           # collect at the next boundary (heap pressure from outside)
    GC_FULL = 2             # and make it a full one
    GC_DISABLED = 4         # inside a section that holds raw pointers over a boundary

# A run of words that may hold references into the heap.
cdef struct RootRange:
    Term* start
    size_t count

cdef struct Collector:
    const char* name
    # Makes room for `need` words, moving terms; roots are rewritten. Returns the cost in reductions,
    # GC_NO_MEMORY or GC_HEAP_LIMIT (max_heap_size is exceeded; the heap is still sound).
    int (*collect)(ProcHeap* mem, size_t need, RootRange* roots, size_t root_count, bint full) noexcept nogil
cdef enum:
    GC_NO_MEMORY = -1
    GC_HEAP_LIMIT = -2

cdef const Collector* collector_generational() noexcept nogil
cdef const Collector* collector_never() noexcept nogil      # grows only; for short-lived processes
cdef const Collector* collector_named(const char* name) noexcept nogil
cdef bint proc_heap_init(ProcHeap* mem, size_t min_words) noexcept nogil     # False: no memory
cdef void proc_heap_destroy(ProcHeap* mem) noexcept nogil   # sweeps the off-heap list, frees every block
cdef void proc_heap_adopt(ProcHeap* mem, Fragment* chain) noexcept nogil     # a received message's fragments
cdef inline size_t proc_heap_room(ProcHeap* mem) noexcept nogil: return <size_t>(mem.heap.end - mem.heap.top)
cdef bint stress_gc_enabled() noexcept nogil                # ENIGMA_STRESS_GC=1

# --- off-heap ---------------------------------------------------------------------------------------
cdef void off_heap_release_all(OffHeap* list) noexcept nogil
cdef void off_heap_add(Heap* h, OffHeap* entry, uint64_t bytes_) noexcept nogil

# --- copying ----------------------------------------------------------------------------------------
# Words that term_copy needs: the flat size, shared parts counted each time, literals 0.
cdef size_t term_copy_size(Term t) noexcept nogil
cdef size_t term_flat_size(Term t) noexcept nogil           # the same with literals counted: erts_debug:flat_size
# Deep copy; counted binaries are shared, literals are not copied (unless with_literals). 0: no memory.
cdef Term term_copy(Heap* h, Term t, bint with_literals) noexcept nogil
# Copy into one exactly sized new fragment; immediates and literals give *out = NULL.
cdef Term term_copy_fragment(Term t, Fragment** out) noexcept nogil

# --- literal area -------------------------------------------------------------------------------------
cdef struct LiteralArea:
    Heap heap               # must be first; bump allocation in the area's pages
    Term* start
    size_t words
    LiteralArea* next       # for the owner's list
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

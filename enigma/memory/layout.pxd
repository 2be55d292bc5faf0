"""The structs of the memory room: fragments, process heaps, collectors, literal areas.

A layout of its own, so that the files behind heap.pxd can use the structs without a circle. Everybody else
cimports them through heap.pxd. Read next: heap.pxd.
"""
from libc.stdint cimport uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap, OffHeap

# A run of terms outside a process's blocks; each is a Heap so that constructors can fill it.
cdef struct Fragment:
    Fragment* next          # list of its owner
    size_t words            # capacity after this struct
    size_t used             # words that hold terms
    OffHeap* off_heap       # entries that live in it
    uint64_t off_heap_bytes
    # Term data[]
cdef inline Term* fragment_data(Fragment* f) noexcept nogil: return <Term*>(f + 1)

# A heap that builds terms in a chain of fragments of its own (messages, ETS results, decoders).
cdef struct FragmentHeap:
    Heap heap               # must be first
    Fragment* first         # newest

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
    uint64_t vheap_min      # min_bin_vheap_size, in bytes: never less
    uint64_t old_off_heap_bytes
    uint64_t collections    # all so far
    uint64_t collected_words   # reclaimed so far
    uint64_t limit_total    # words that max_words refused the last time
    uint64_t stress_random  # ENIGMA_STRESS_GC: state of the spread, the process's own
    uint64_t stress_looked  # words verified since everything was
    uint32_t stress_left    # chances until one is taken
    const Collector* strategy
cdef enum:
    MAX_HEAP_KILL = 1
    MAX_HEAP_LOG = 2
    MAX_HEAP_INCLUDE_BINARIES = 4
    GC_WANTED = 1           # collect at the next boundary (heap pressure from outside)
    GC_FULL = 2             # and make it a full one
    GC_DISABLED = 4         # inside a section that holds raw pointers over a boundary
    GC_STRESS = 8           # ENIGMA_STRESS_GC: the next boundary is a chance to collect
    GC_TIGHT = 16           # leave no room: the process goes to sleep for long (hibernate)


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


# A run of pages in the literal range.
cdef struct LiteralArea:
    Heap heap               # must be first; bump allocation in the area's pages
    Term* start
    size_t words
    LiteralArea* next       # for the owner's list

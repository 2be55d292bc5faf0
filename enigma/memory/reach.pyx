"""What a process can reach, found by walking from its roots with marks and an explicit stack.

Three users, told apart by what happens at a reference:
  - verification (ENIGMA_STRESS_GC=N): every word must be a term that points into a live region, to a
    value whose header is sane; every reachable counted value must be on the off-heap list. A stale term
    is so found near the place that kept it, not where it is used an hour later.
  - heap_refers_to: is there a reference into a literal area? Most processes have none, which one pass
    over all words tells without following any. Only if a word looks like one is the heap walked.
  - heap_copy_literals: each reference into the area is replaced by one to a copy. The copies lie in
    fragments, are made once each (sharing is kept), and are only those that are reachable. Where
    a copy went is noted in a shadow of the area, since others are reading the area itself.

The walk never relies on the heap being free of gaps: a region may hold words that nobody filled.

Read next: collector.pyx.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.stdio cimport fflush, fprintf, stderr
from libc.stdlib cimport abort, calloc, free, malloc, realloc
from libc.string cimport memcpy
from enigma.term.core cimport Term, en_add64
from enigma.term.pack cimport *
from enigma.term.boxed cimport (
    FUN_CREATOR, REF_ALIAS, REF_MAGIC, REF_ORDINARY, SIZEOF_FUN, BinRef, Fun, HeapBits, Magic, OffHeap, SubBits,
    binary_retain,
)
from enigma.term.counts cimport Counted, counter_add, lane_current
from enigma.memory.layout cimport (
    GC_FULL, GC_WANTED, Fragment, LiteralArea, ProcHeap, RootRange, fragment_data,
)
from enigma.memory.fragments cimport fragment_new, off_heap_add, poison_word
from enigma.memory.literals cimport range_base, range_bytes

cdef enum:
    MODE_VERIFY = 0
    MODE_FIND = 1
    MODE_COPY = 2
    R_YOUNG = 0
    R_OLD = 1
    R_FRAGMENT = 2
    COPY_FRAGMENT = 251         # words of a fragment for copied literals, unless one value is larger

# Words that may hold what the walk can reach.
cdef struct Region:
    uint64_t start
    uint64_t bytes
    size_t first_mark           # bit of its first word
    int kind                    # R_

# Words still to be visited, of one value.
cdef struct Range:
    Term* next
    size_t count
    Term* owner                 # the value's first word; NULL: roots

cdef struct Walk:
    int mode
    ProcHeap* mem
    Region* regions             # in address order
    size_t region_count
    Region* last                # the region of the last hit
    uint64_t* marks             # one bit per word of the regions
    Range* stack
    size_t depth, capacity
    Term** counted              # verification: reachable off-heap entries
    size_t counted_count, counted_capacity
    LiteralArea* area
    Term* shadow                # MODE_COPY: the area's words, with forwarding marks
    Fragment* first             # MODE_COPY: fragments with copies, in order
    Fragment* last_fragment
    bint young_only             # verification: what lies in the old block is not followed
    bint found
    bint no_memory
    const char* when            # verification: for the message


# --- the regions ----------------------------------------------------------------------------------------

cdef void sort_regions(Region* r, size_t n) noexcept nogil:
    """Heapsort by address: fragments may be many."""
    cdef size_t i, root, child, end
    cdef Region t
    for i in range(n // 2, 0, -1):
        root = i - 1
        while root * 2 + 1 < n:
            child = root * 2 + 1
            if child + 1 < n and r[child].start < r[child + 1].start:
                child += 1
            if r[root].start >= r[child].start:
                break
            t = r[root]
            r[root] = r[child]
            r[child] = t
            root = child
    end = n
    while end > 1:
        end -= 1
        t = r[0]
        r[0] = r[end]
        r[end] = t
        root = 0
        while root * 2 + 1 < end:
            child = root * 2 + 1
            if child + 1 < end and r[child].start < r[child + 1].start:
                child += 1
            if r[root].start >= r[child].start:
                break
            t = r[root]
            r[root] = r[child]
            r[child] = t
            root = child


cdef void region_add(Walk* w, Term* start, Term* end, int kind) noexcept nogil:
    cdef Region* r = &w.regions[w.region_count]
    if start == NULL or end <= start:
        return
    r.start = <uint64_t>start
    r.bytes = <uint64_t>end - <uint64_t>start
    r.kind = kind
    w.region_count += 1


cdef bint walk_begin(Walk* w, ProcHeap* mem, int mode, bint young_only) noexcept nogil:
    cdef Fragment* f = mem.fragments
    cdef size_t n = 2
    cdef size_t words = 0
    cdef size_t i
    while f != NULL:
        n += 1
        f = f.next
    w.mode = mode
    w.mem = mem
    w.region_count = 0
    w.last = NULL
    w.depth = 0
    w.capacity = 256
    w.counted = NULL
    w.counted_count = 0
    w.counted_capacity = 0
    w.area = NULL
    w.shadow = NULL
    w.first = NULL
    w.last_fragment = NULL
    w.young_only = young_only
    w.found = False
    w.no_memory = False
    w.when = NULL
    w.marks = NULL
    w.stack = <Range*>malloc(w.capacity * sizeof(Range))
    w.regions = <Region*>malloc(n * sizeof(Region))
    if w.stack == NULL or w.regions == NULL:
        w.no_memory = True
        return False
    region_add(w, mem.start, mem.heap.top, R_YOUNG)
    region_add(w, mem.old_start, mem.old_top, R_OLD)
    f = mem.fragments
    while f != NULL:
        region_add(w, fragment_data(f), fragment_data(f) + f.used, R_FRAGMENT)
        f = f.next
    sort_regions(w.regions, w.region_count)
    for i in range(w.region_count):
        w.regions[i].first_mark = words
        if w.regions[i].kind != R_OLD or not young_only:
            words += w.regions[i].bytes // 8
    w.marks = <uint64_t*>calloc(words // 64 + 1, 8)
    if w.marks == NULL:
        w.no_memory = True
        return False
    return True


cdef void walk_end(Walk* w) noexcept nogil:
    free(w.stack)
    free(w.regions)
    free(w.marks)
    free(w.counted)
    free(w.shadow)


cdef Region* region_of(Walk* w, Term* p) noexcept nogil:
    """NULL: in no region."""
    cdef size_t low = 0
    cdef size_t high = w.region_count
    cdef size_t middle
    cdef uint64_t a = <uint64_t>p
    if w.last != NULL and a - w.last.start < w.last.bytes:
        return w.last
    while low < high:
        middle = (low + high) // 2
        if w.regions[middle].start <= a:
            low = middle + 1
        else:
            high = middle
    if low and a - w.regions[low - 1].start < w.regions[low - 1].bytes:
        w.last = &w.regions[low - 1]
        return w.last
    return NULL


cdef inline bint mark(Walk* w, Region* r, Term* p) noexcept nogil:
    """Sets the mark of a word; True if it was set before."""
    cdef size_t bit = r.first_mark + (<uint64_t>p - r.start) // 8
    cdef uint64_t mask = <uint64_t>1 << (bit & 63)
    if w.marks[bit >> 6] & mask:
        return True
    w.marks[bit >> 6] |= mask
    return False


cdef void push(Walk* w, Term* p, size_t count, Term* owner) noexcept nogil:
    cdef Range* bigger
    if count == 0:
        return
    if w.depth == w.capacity:
        bigger = <Range*>realloc(w.stack, w.capacity * 2 * sizeof(Range))
        if bigger == NULL:
            w.no_memory = True
            return
        w.stack = bigger
        w.capacity *= 2
    w.stack[w.depth].next = p
    w.stack[w.depth].count = count
    w.stack[w.depth].owner = owner
    w.depth += 1


# --- verification -------------------------------------------------------------------------------------------

cdef void complain(Walk* w, const char* what, Term* slot, Term* owner) noexcept nogil:
    """Names the word, the place it was found at, and stops the program."""
    cdef Term t = slot[0] if slot != NULL else 0
    cdef Region* r = region_of(w, owner) if owner != NULL else NULL
    fprintf(stderr, b"enigma: heap verifier, %s: %s\n", w.when, what)
    fprintf(stderr, b"  word 0x%llx at %p", <unsigned long long>t, <void*>slot)
    if owner == NULL:
        if slot >= w.mem.heap.end and slot < w.mem.block_end:
            fprintf(stderr, b", stack word %lu", <unsigned long>(slot - w.mem.heap.end))
        else:
            fprintf(stderr, b", a root")
    else:
        fprintf(stderr, b", in the value at %p that begins with 0x%llx, %s", <void*>owner,
                <unsigned long long>owner[0],
                b"outside" if r == NULL else b"in the young block" if r.kind == R_YOUNG else
                b"in the old block" if r.kind == R_OLD else b"in a fragment")
    if term_is_pointer(t):
        r = region_of(w, pointer_target(t))
        if r != NULL:
            fprintf(stderr, b"; points to 0x%llx", <unsigned long long>pointer_target(t)[0])
        elif <uint64_t>t - <uint64_t>w.mem.start < w.mem.block_words * 8:
            fprintf(stderr, b"; points into the unused part or the stack of the young block")
    fprintf(stderr, b"\n  young %p..%p top %p stack %p, old %p..%p top %p, %lu fragment words, %llu collections\n",
            <void*>w.mem.start, <void*>w.mem.block_end, <void*>w.mem.heap.top, <void*>w.mem.heap.end,
            <void*>w.mem.old_start, <void*>w.mem.old_end, <void*>w.mem.old_top,
            <unsigned long>w.mem.fragment_words, <unsigned long long>w.mem.collections)
    fflush(stderr)
    abort()


cdef const char* header_fault(Term* p) noexcept nogil:
    """What is wrong with a boxed value, or NULL. The words its header covers may be read."""
    cdef word n = header_size(p[0])
    cdef int kind = header_kind(p[0])
    cdef Term t
    if kind == T_TUPLE or kind == T_RECORD:
        return NULL
    elif kind == T_BIG_POS or kind == T_BIG_NEG:
        if n == 0 or p[n] == 0:
            return b"bignum without a top limb"
        if n == 1 and p[1] < (<word>1 << 59):
            return b"bignum that should be a small integer"
    elif kind == T_FLOAT:
        if n != 1:
            return b"float of a wrong size"
    elif kind == T_FUN:
        if n + 1 < SIZEOF_FUN or n + 1 != SIZEOF_FUN + <word>(<Fun*>p).free:
            return b"fun whose size is not that of its environment"
        if p[1] == 0 or (<Counted*>p[1]).count == NULL:
            return b"fun without an entry"
    elif kind == T_EXPORT:
        if n != 1 or p[1] == 0:
            return b"export fun without an export"
    elif kind == T_REF:
        if n != REF_ORDINARY and n != REF_ALIAS and n != REF_MAGIC:
            return b"reference of a wrong size"
        if n == REF_MAGIC and (p[1] == 0 or (<Magic*>p[1]).refc == 0):
            return b"magic reference to a dead object"
        if n == REF_ALIAS and not term_is_immed(p[3]):
            return b"alias whose process is no pid"
    elif kind == T_HEAP_BITS:
        if n < 1 or n != 1 + ((<HeapBits*>p).size + 63) // 64:
            return b"heap bitstring of a wrong size"
    elif kind == T_SUB_BITS or kind == T_MATCH:
        if n != (4 if kind == T_SUB_BITS else 5):
            return b"bitstring window of a wrong size"
        t = (<SubBits*>p).orig
        if not term_is_boxed(t):
            return b"bitstring window on something that is not boxed"
        if (<SubBits*>p).start > (<SubBits*>p).end:
            return b"bitstring window that ends before it starts"
    elif kind == T_BIN_REF:
        if n != 3 or (<BinRef*>p).binary == NULL or (<BinRef*>p).binary.refc == 0:
            return b"reference to a dead counted binary"
    elif kind == T_MAP_FLAT:
        if n < 1 or not term_is_boxed(p[1]):
            return b"flat map without keys"
    elif kind == T_MAP_NODE:
        if n < 2 or not term_is_small(p[1]):
            return b"map node without its bitmap"
    elif kind == T_EXT_PID:
        if n < 3 or p[1] == 0:
            return b"external identifier without a node"
    else:
        return b"header of an unknown kind"
    return NULL


cdef const char* window_fault(Term* p) noexcept nogil:
    """Of a bitstring window whose base is known to be a live value."""
    cdef Term* orig = boxed_ptr((<SubBits*>p).orig)
    cdef int kind = header_kind(orig[0])
    if kind == T_HEAP_BITS:
        if (<SubBits*>p).end > (<HeapBits*>orig).size:
            return b"window that ends behind its heap bitstring"
    elif kind == T_BIN_REF:
        if (<SubBits*>p).end > (<BinRef*>orig).binary.capacity * 8 and (<BinRef*>orig).binary.destructor == NULL:
            return b"window that ends behind its counted binary"
    else:
        return b"window on something that holds no bytes"
    return NULL


cdef inline bint is_counted(Term header) noexcept nogil:
    """Does a value with this header belong on the off-heap list?"""
    return (header_kind(header) == T_BIN_REF or header_kind(header) == T_FUN
            or header == make_header(T_REF, REF_MAGIC))


cdef void note_counted(Walk* w, Term* p) noexcept nogil:
    cdef Term** bigger
    if w.counted_count == w.counted_capacity:
        w.counted_capacity = 64 if w.counted_capacity == 0 else w.counted_capacity * 2
        bigger = <Term**>realloc(w.counted, w.counted_capacity * sizeof(Term*))
        if bigger == NULL:
            w.no_memory = True
            w.counted_capacity = w.counted_count
            return
        w.counted = bigger
    w.counted[w.counted_count] = p
    w.counted_count += 1


cdef void verify_off_heap(Walk* w) noexcept nogil:
    """The list has every reachable counted value, only live counts, and old entries last."""
    cdef OffHeap* e = w.mem.heap.off_heap
    cdef Region* r
    cdef size_t left = 1
    cdef size_t i, bit
    cdef bint old = False
    for i in range(w.region_count):
        left += w.regions[i].bytes // 8
    while e != NULL:
        r = region_of(w, <Term*>e)
        left -= 1
        if left == 0:
            complain(w, b"the off-heap list goes in circles", <Term*>e, NULL)
        if r == NULL:
            complain(w, b"an entry of the off-heap list lies outside of the heap", <Term*>&e, NULL)
        if not is_counted(e.header):
            complain(w, b"an entry of the off-heap list is not a counted value", <Term*>e, NULL)
        if header_fault(<Term*>e) != NULL:
            complain(w, header_fault(<Term*>e), <Term*>e, NULL)
        if r.kind == R_OLD:
            if w.young_only:            # the rest is old, or the next thorough look complains
                break
            old = True
        elif old:
            complain(w, b"the off-heap list has a young entry behind an old one", <Term*>e, NULL)
        bit = r.first_mark + (<uint64_t>e - r.start) // 8
        w.marks[bit >> 6] &= ~(<uint64_t>1 << (bit & 63))
        e = e.next
    for i in range(w.counted_count):
        r = region_of(w, w.counted[i])
        bit = r.first_mark + (<uint64_t>w.counted[i] - r.start) // 8
        if w.marks[bit >> 6] & (<uint64_t>1 << (bit & 63)):
            complain(w, b"a reachable counted value is not on the off-heap list", w.counted[i], NULL)


# --- copying literals -----------------------------------------------------------------------------------------

cdef Term* copy_room(Walk* w, size_t words) noexcept nogil:
    """Words at the end of the last fragment with copies, or of a new one. NULL: no memory."""
    cdef Fragment* f = w.last_fragment
    if f == NULL or f.words - f.used < words:
        f = fragment_new(words if words > COPY_FRAGMENT else COPY_FRAGMENT)
        if f == NULL:
            return NULL
        f.used = 0
        if w.last_fragment == NULL:
            w.first = f
        else:
            w.last_fragment.next = f
        w.last_fragment = f
    f.used += words
    return fragment_data(f) + f.used - words


cdef Term copy_literal(Walk* w, Term t) noexcept nogil:
    """The copy of one value of the area, made when first asked for; what it refers to is copied by the scan."""
    cdef Term* from_ = pointer_target(t)
    cdef Term* shadow = w.shadow + (from_ - w.area.start)
    cdef Term* p
    cdef size_t words = 2
    if term_is_list(t):
        if shadow[0] == THE_NON_VALUE:
            return shadow[1]
    else:
        if not term_is_header(shadow[0]):
            return shadow[0]
        words = 1 + header_size(shadow[0])
    p = copy_room(w, words)
    if p == NULL:
        w.no_memory = True
        return t
    memcpy(p, from_, words * sizeof(Term))
    if term_is_list(t):
        shadow[0] = THE_NON_VALUE
        shadow[1] = make_list(p)
        return make_list(p)
    shadow[0] = make_boxed(p)
    if header_kind(p[0]) == T_BIN_REF:
        (<BinRef*>p).flags = 0
        binary_retain((<BinRef*>p).binary)
        off_heap_add(&w.mem.heap, <OffHeap*>p, (<BinRef*>p).binary.size)
    elif header_kind(p[0]) == T_FUN:
        counter_add(<Counted*>p[1], lane_current(), 1)
        off_heap_add(&w.mem.heap, <OffHeap*>p, 0)
    elif p[0] == make_header(T_REF, REF_MAGIC):
        en_add64(&(<Magic*>p[1]).refc, 1)
        off_heap_add(&w.mem.heap, <OffHeap*>p, 0)
    return make_boxed(p)


cdef inline bint in_area(Walk* w, Term t) noexcept nogil:
    return term_is_pointer(t) and <uint64_t>t - <uint64_t>w.area.start < w.area.words * 8


cdef inline void refresh_window(Term* p) noexcept nogil:
    """The bytes of a heap bitstring may have moved."""
    if boxed_kind((<SubBits*>p).orig) == T_HEAP_BITS:
        (<SubBits*>p).base = <uint8_t*>(boxed_ptr((<SubBits*>p).orig) + 2)


cdef void scan_copies(Walk* w) noexcept nogil:
    """Copies what the copies refer to; the fragments grow meanwhile."""
    cdef Fragment* f = w.first
    cdef Term* p
    cdef int kind
    while f != NULL:
        p = fragment_data(f)
        while p < fragment_data(f) + f.used:
            if term_is_header(p[0]):
                kind = header_kind(p[0])
                if kind == T_TUPLE or kind == T_MAP_FLAT or kind == T_MAP_NODE or kind == T_RECORD:
                    p += 1
                elif kind == T_FUN:
                    p += FUN_CREATOR
                elif kind == T_SUB_BITS or kind == T_MATCH:
                    if in_area(w, p[1]):
                        p[1] = copy_literal(w, p[1])
                    refresh_window(p)
                    p += 1 + header_size(p[0])
                else:
                    p += 1 + header_size(p[0])
            else:
                if in_area(w, p[0]):
                    p[0] = copy_literal(w, p[0])
                p += 1
        f = f.next


# --- the walk ---------------------------------------------------------------------------------------------

cdef void visit(Walk* w, Term* slot, Term* owner) noexcept nogil:
    """One word: marks the value it refers to and pushes that value's words."""
    cdef Term t = slot[0]
    cdef Term* p
    cdef Region* r
    cdef word n
    cdef int kind
    cdef const char* fault
    cdef Region* home
    if not term_is_pointer(t):
        if w.mode == MODE_VERIFY and owner != NULL:
            if t == THE_NON_VALUE:
                complain(w, b"no value where a term should be", slot, owner)
            if term_is_header(t):
                complain(w, b"a header or return address where a term should be", slot, owner)
            if term_is_catch(t):
                complain(w, b"a catch inside a value", slot, owner)
        return
    if <uint64_t>t - range_base < range_bytes:
        if w.mode != MODE_VERIFY and in_area(w, t):
            w.found = True
            if w.mode == MODE_COPY:
                slot[0] = copy_literal(w, t)
        return
    p = pointer_target(t)
    r = region_of(w, p)
    if r == NULL:
        if w.mode == MODE_VERIFY:
            if t == poison_word():
                complain(w, b"poison: a word of memory that has been freed", slot, owner)
            complain(w, b"a term that points outside of the heap", slot, owner)
        return
    if w.mode == MODE_VERIFY:
        if <uint64_t>p & 7:
            complain(w, b"a term that points into the middle of a word", slot, owner)
        if owner != NULL and r.kind != R_OLD and not w.mem.gc_flags & GC_FULL:
            home = region_of(w, owner)
            if home != NULL and home.kind == R_OLD:
                complain(w, b"an old value that refers to a young one", slot, owner)
            r = region_of(w, p)
        if w.young_only and r.kind == R_OLD:
            return
    if mark(w, r, p):
        return
    if term_is_list(t):
        if w.mode == MODE_VERIFY:
            if <uint64_t>p + 16 > r.start + r.bytes:
                complain(w, b"a list cell that reaches over the end of its region", slot, owner)
            if term_is_header(p[0]):
                complain(w, b"a list pointer to something that is no cell", slot, owner)
        push(w, p, 2, p)
        return
    n = header_size(p[0])
    kind = header_kind(p[0])
    if w.mode == MODE_VERIFY:
        if not term_is_header(p[0]):
            complain(w, b"a boxed pointer to something without a header", slot, owner)
        if n > r.bytes // 8 or <uint64_t>(p + 1 + n) > r.start + r.bytes:
            complain(w, b"a boxed value that reaches over the end of its region", slot, owner)
        fault = header_fault(p)
        if fault != NULL:
            complain(w, fault, slot, owner)
        if is_counted(p[0]):
            note_counted(w, p)
        elif kind == T_MAP_FLAT and region_of(w, boxed_ptr(p[1])) != NULL:
            if boxed_header(p[1]) != make_header(T_TUPLE, n - 1):
                complain(w, b"a flat map whose keys are not a tuple of its size", slot, owner)
    if kind == T_TUPLE or kind == T_MAP_FLAT or kind == T_MAP_NODE or kind == T_RECORD:
        push(w, p + 1, n, p)
    elif kind == T_FUN:
        push(w, p + FUN_CREATOR, n + 1 - FUN_CREATOR, p)
    elif kind == T_SUB_BITS or kind == T_MATCH:
        if w.mode == MODE_VERIFY:
            visit_base(w, p)
        else:
            if in_area(w, p[1]):
                w.found = True
                if w.mode == MODE_COPY:
                    p[1] = copy_literal(w, p[1])
                    refresh_window(p)


cdef void visit_base(Walk* w, Term* p) noexcept nogil:
    """The base of a window: a leaf, so this goes one level down and no further."""
    cdef const char* fault
    cdef int kind
    if <uint64_t>p[1] - range_base >= range_bytes:
        if region_of(w, boxed_ptr(p[1])) == NULL:
            complain(w, b"a bitstring window whose base lies outside of the heap", p + 1, p)
        kind = boxed_kind(p[1])
        if not term_is_header(boxed_header(p[1])) or (kind != T_HEAP_BITS and kind != T_BIN_REF):
            complain(w, b"a bitstring window on something that holds no bytes", p + 1, p)
        visit(w, p + 1, p)
    fault = window_fault(p)
    if fault != NULL:
        complain(w, fault, p + 1, p)


cdef void walk_ranges(Walk* w) noexcept nogil:
    """Visits all that is pushed and what it leads to."""
    cdef Range* top
    cdef Term* slot
    cdef Term* owner
    while w.depth and not w.no_memory:
        if w.found and w.mode == MODE_FIND:
            return
        top = &w.stack[w.depth - 1]
        slot = top.next
        owner = top.owner
        top.next += 1
        top.count -= 1
        if top.count == 0:
            w.depth -= 1
        visit(w, slot, owner)


cdef void walk_roots(Walk* w, RootRange* roots, size_t root_count) noexcept nogil:
    cdef size_t i
    push(w, w.mem.heap.end, <size_t>(w.mem.block_end - w.mem.heap.end), NULL)
    walk_ranges(w)
    for i in range(root_count):
        push(w, roots[i].start, roots[i].count, NULL)
        walk_ranges(w)


# --- the interface --------------------------------------------------------------------------------------------

cdef void heap_verify(ProcHeap* mem, RootRange* roots, size_t root_count, bint whole, const char* when) noexcept nogil:
    cdef Walk w
    if walk_begin(&w, mem, MODE_VERIFY, not whole):
        w.when = when
        if mem.heap.top > mem.heap.end or mem.heap.top < mem.start or mem.heap.end > mem.block_end:
            complain(&w, b"heap and stack have run into each other", NULL, NULL)
        if mem.high_water < mem.start or mem.high_water > mem.heap.top:
            complain(&w, b"the high-water mark lies outside of the heap", NULL, NULL)
        walk_roots(&w, roots, root_count)
        if not w.no_memory:
            verify_off_heap(&w)
    walk_end(&w)


cdef bint words_may_refer(Term* p, Term* end, LiteralArea* area) noexcept nogil:
    """Is there a word that would be a reference into the area, if it is a term?"""
    cdef uint64_t base = <uint64_t>area.start
    cdef uint64_t bytes_ = area.words * 8
    while p < end:
        if p[0] - base < bytes_ and term_is_pointer(p[0]):
            return True
        p += 1
    return False


cdef bint may_refer(ProcHeap* mem, RootRange* roots, size_t root_count, LiteralArea* area) noexcept nogil:
    cdef Fragment* f = mem.fragments
    cdef size_t i
    if words_may_refer(mem.start, mem.heap.top, area) or words_may_refer(mem.heap.end, mem.block_end, area):
        return True
    if mem.old_start != NULL and words_may_refer(mem.old_start, mem.old_top, area):
        return True
    while f != NULL:
        if words_may_refer(fragment_data(f), fragment_data(f) + f.used, area):
            return True
        f = f.next
    for i in range(root_count):
        if words_may_refer(roots[i].start, roots[i].start + roots[i].count, area):
            return True
    return False


cdef bint heap_refers_to(ProcHeap* mem, RootRange* roots, size_t root_count, LiteralArea* area) noexcept nogil:
    """May the process reach a word of the area? True as well when there is no memory to find out."""
    cdef Walk w
    cdef bint found
    if not may_refer(mem, roots, root_count, area):
        return False
    if walk_begin(&w, mem, MODE_FIND, False):
        w.area = area
        walk_roots(&w, roots, root_count)
    found = w.found or w.no_memory
    walk_end(&w)
    return found


cdef bint heap_copy_literals(ProcHeap* mem, RootRange* roots, size_t root_count, LiteralArea* area) noexcept nogil:
    """May allocate fragments; moves nothing that was on the heap. False: no memory, and some references are left."""
    cdef Walk w
    cdef Fragment* f
    if not may_refer(mem, roots, root_count, area):
        return True
    if walk_begin(&w, mem, MODE_COPY, False):
        w.area = area
        w.shadow = <Term*>malloc(area.words * sizeof(Term) + 8)
        if w.shadow == NULL:
            w.no_memory = True
        else:
            memcpy(w.shadow, area.start, area.words * sizeof(Term))
            walk_roots(&w, roots, root_count)
            scan_copies(&w)
    if w.first != NULL:
        f = w.first
        while True:
            mem.fragment_words += f.used
            if f.next == NULL:
                break
            f = f.next
        f.next = mem.fragments
        mem.fragments = w.first
        mem.gc_flags |= GC_WANTED | GC_FULL     # old values may refer to the copies
    walk_end(&w)
    return not w.no_memory

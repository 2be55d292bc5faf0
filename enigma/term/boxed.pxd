"""The layouts of boxed values, and where new ones are allocated.

`Heap` is all that a constructor of terms needs to know about memory: a bump pointer, its bound, the
off-heap list, and a function for when the room is gone. Processes, messages, ETS objects and the
literal area each provide one. Allocation never moves a term: a full process heap gets a fragment.

Every layout starts with its header; field names give the words after it. "raw" marks words that the
collector must copy without looking at them.

Read next: memory/heap.pxd for who provides heaps, map.pxd, number.pxd and bits.pxd for the values.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from enigma.term.core cimport Term, en_add64
from enigma.term.pack cimport *

# What every entry of an off-heap list begins with: a boxed value that owns something outside.
cdef struct OffHeap:
    Term header           # T_BIN_REF, T_FUN, or T_REF of magic size
    void* object          # raw: Binary*, Magic* or FunEntry*, counted
    OffHeap* next         # raw: next entry of the same heap's list

cdef struct Heap:
    Term* top             # next free word
    Term* end             # first word that may not be used (a process's stack pointer)
    OffHeap* off_heap     # entries living on this heap, newest first
    uint64_t off_heap_bytes   # bytes reachable through them, added since the last collection
    Term* (*overflow)(Heap* h, size_t words) noexcept nogil   # words beyond `end`; NULL: out of memory

# May allocate a fragment; never collects. Returns NULL only when memory is exhausted.
cdef inline Term* heap_alloc(Heap* h, size_t words) noexcept nogil:
    cdef Term* p = h.top
    if <size_t>(h.end - p) >= words and h.end > p:
        h.top = p + words
        return p
    return h.overflow(h, words)

# --- binaries -----------------------------------------------------------------------------------
cdef enum:
    BIN_WRITABLE = 1      # the one BIN_REF that may append in place exists (see bits.pxd)

# Reference-counted bytes outside all heaps.
cdef struct Binary:
    uint64_t refc         # atomic
    uint64_t size         # bytes in use (a writable binary grows; readers use their window instead)
    uint64_t capacity     # bytes allocated after this struct
    uint32_t flags        # BIN_
    uint32_t reserved
    void (*destructor)(Binary* b) noexcept nogil   # runs before the memory is freed; or NULL
    uint8_t* data         # bytes; right after this struct unless a destructor owns them

# T_BIN_REF, 4 words: {header, Binary* (raw), next (raw), flags (raw)}
cdef struct BinRef:
    Term header
    Binary* binary        # owner of one count
    OffHeap* next
    word flags            # BIN_WRITABLE while this reference may append

# T_HEAP_BITS, 2 + n words: {header, size in bits (raw), bytes padded to words (raw)}
cdef struct HeapBits:
    Term header
    word size             # bits
    # uint8_t data[]

# T_SUB_BITS, 5 words: {header, base term, start bit (raw), end bit (raw), bytes (raw)}
# T_MATCH, 5 words: the same, with `start` as the moving position; base bit of the window kept in word 6
cdef struct SubBits:
    Term header
    Term orig             # the T_BIN_REF or T_HEAP_BITS that keeps the bytes alive
    word start            # bits from `base`
    word end              # bits from `base`; size is end - start
    uint8_t* base         # first byte of orig's data; for T_HEAP_BITS it moves with it: use bits_base()

cdef struct MatchContext:
    Term header           # T_MATCH, 6 words in all
    Term orig
    word position         # bits from the base of orig
    word end              # bits
    uint8_t* base         # as in SubBits
    word start            # bits: where the matched bitstring begins

cdef enum:
    HEAP_BITS_MAX = 64    # bytes: larger binaries are counted ones
    SIZEOF_BIN_REF = 4
    SIZEOF_SUB_BITS = 5
    SIZEOF_MATCH = 6

cdef inline uint8_t* heap_bits_data(Term* p) noexcept nogil: return <uint8_t*>(p + 2)
cdef inline size_t heap_bits_words(word bytes_) noexcept nogil: return 2 + ((bytes_ + 7) >> 3)

# First byte of the data behind a T_BIN_REF or T_HEAP_BITS term.
cdef inline uint8_t* bits_base(Term orig) noexcept nogil:
    cdef Term* p = boxed_ptr(orig)
    if header_kind(p[0]) == T_HEAP_BITS:
        return <uint8_t*>(p + 2)
    return (<BinRef*>p).binary.data

# Any bitstring: first byte, bit offset into it (0..7 or more), size in bits.
cdef inline void bits_fetch(Term t, uint8_t** base, word* offset, word* size) noexcept nogil:
    cdef Term* p = boxed_ptr(t)
    if header_kind(p[0]) == T_HEAP_BITS:
        base[0] = <uint8_t*>(p + 2)
        offset[0] = 0
        size[0] = (<HeapBits*>p).size
    else:
        base[0] = bits_base((<SubBits*>p).orig) + ((<SubBits*>p).start >> 3)
        offset[0] = (<SubBits*>p).start & 7
        size[0] = (<SubBits*>p).end - (<SubBits*>p).start

cdef inline word bits_size(Term t) noexcept nogil:   # bits
    cdef Term* p = boxed_ptr(t)
    if header_kind(p[0]) == T_HEAP_BITS:
        return (<HeapBits*>p).size
    return (<SubBits*>p).end - (<SubBits*>p).start

cdef inline bint term_is_binary(Term t) noexcept nogil:
    return term_is_bitstring(t) and (bits_size(t) & 7) == 0

# --- tuples, conses, floats ------------------------------------------------------------------------
cdef inline word tuple_arity(Term t) noexcept nogil: return header_size(boxed_header(t))
cdef inline Term* tuple_elements(Term t) noexcept nogil: return boxed_ptr(t) + 1   # element 1 first
cdef inline Term cons(Term* cell, Term head, Term tail) noexcept nogil:
    cell[0] = head
    cell[1] = tail
    return make_list(cell)
cdef inline double float_value(Term t) noexcept nogil: return (<double*>(boxed_ptr(t) + 1))[0]
cdef inline Term make_float(Term* p, double d) noexcept nogil:   # p has 2 words
    p[0] = make_header(T_FLOAT, 1)
    (<double*>(p + 1))[0] = d
    return make_boxed(p)

# --- funs ------------------------------------------------------------------------------------------
# T_FUN, 5 + free words: {header, FunEntry* (raw), next (raw), arity | free << 32 (raw), creator pid, free vars...}
cdef struct Fun:
    Term header
    void* entry           # raw: FunEntry* (code/module.pxd), which counts its funs (counts.pxd); never freed
    OffHeap* next
    uint32_t arity        # as seen by a caller: without the free variables
    uint32_t free
    Term creator          # pid
    # Term env[free]
cdef enum:
    SIZEOF_FUN = 5        # words without the environment
    FUN_CREATOR = 4       # the first word that is a term
cdef inline Term* fun_env(Term t) noexcept nogil: return boxed_ptr(t) + SIZEOF_FUN
# T_EXPORT, 2 words: {header, Export* (raw)}; exports are never freed.
cdef inline void* export_fun_target(Term t) noexcept nogil: return <void*>boxed_ptr(t)[1]

# --- references, external identifiers -----------------------------------------------------------------
# T_REF ordinary, 3 words: {header(2), id0 | id1 << 32 (raw), id2 (raw)}
# T_REF alias, 4 words:    {header(3), id0 | id1 << 32 (raw), id2 (raw), pid}
# T_REF magic, 6 words:    {header(5), Magic* (raw), next (raw), id0 | id1 << 32 (raw), id2 (raw), 0}
cdef enum:
    REF_ORDINARY = 2      # header sizes
    REF_ALIAS = 3
    REF_MAGIC = 5

# A counted object behind a magic reference: ETS tables, atomics, compiled patterns, file handles.
cdef struct Magic:
    uint64_t refc         # atomic
    void (*destructor)(Magic* m) noexcept nogil   # frees what it owns and the struct itself
    uint32_t ids[3]       # the reference's numbers
    uint32_t type         # a four-letter code chosen by the owner

cdef inline uint32_t* ref_ids(Term t) noexcept nogil:    # three numbers, least significant first
    cdef Term* p = boxed_ptr(t)
    if header_size(p[0]) == REF_MAGIC:
        return <uint32_t*>(p + 3)
    return <uint32_t*>(p + 1)
cdef inline bint term_is_magic_ref(Term t) noexcept nogil:
    return (t & 3) == 2 and boxed_header(t) == make_header(T_REF, REF_MAGIC)
cdef inline Magic* magic_of(Term t) noexcept nogil: return <Magic*>boxed_ptr(t)[1]

# T_EXT_PID, 3 + n words: {header, NodeName* (raw, interned forever), which (raw), ids (raw)...}
cdef enum:
    EXT_PID = 0           # ids: number | serial << 32
    EXT_PORT = 1          # ids: 64-bit number
    EXT_REF = 2           # ids: count, then up to five 32-bit numbers, two a word
cdef struct NodeName:
    Term name             # atom
    uint32_t creation
    NodeName* next        # chain of the intern table
cdef struct External:
    Term header
    NodeName* node
    word which            # EXT_
    # word ids[]
cdef inline bint term_is_pid(Term t) noexcept nogil:
    return term_is_local_pid(t) or (term_is_kind(t, T_EXT_PID) and (<External*>boxed_ptr(t)).which == EXT_PID)
cdef inline bint term_is_port(Term t) noexcept nogil:
    return term_is_local_port(t) or (term_is_kind(t, T_EXT_PID) and (<External*>boxed_ptr(t)).which == EXT_PORT)
cdef inline bint term_is_ref(Term t) noexcept nogil:
    return term_is_kind(t, T_REF) or (term_is_kind(t, T_EXT_PID) and (<External*>boxed_ptr(t)).which == EXT_REF)

# --- maps -------------------------------------------------------------------------------------------
# T_MAP_FLAT, 2 + n words: {header(n + 1), keys tuple, values...}; keys in term order (map key order)
# T_MAP_NODE, 2 + k words: {header(k + 1), small(count << 16 | bitmap), children...}; a child is a
#   leaf (a cons cell [Key|Value]) or a T_MAP_NODE one level down; k = popcount(bitmap), 16-way.
#   The value of a map term is its root node; count is the number of pairs below the node.
cdef enum:
    MAP_FLAT_MAX = 32
cdef inline word map_size(Term t) noexcept nogil:
    cdef Term* p = boxed_ptr(t)
    if header_kind(p[0]) == T_MAP_FLAT:
        return header_size(p[0]) - 1
    return <word>(small_value(p[1]) >> 16)
cdef inline Term flat_map_keys(Term t) noexcept nogil: return boxed_ptr(t)[1]       # a tuple
cdef inline Term* flat_map_values(Term t) noexcept nogil: return boxed_ptr(t) + 2

cdef inline void binary_retain(Binary* b) noexcept nogil:
    en_add64(&b.refc, 1)

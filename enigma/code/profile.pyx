"""Counters of `enigma profile`; see profile.pxd.

Pairs are kept in a square table that the system fills with zero pages only where it is touched; triples in an
open-addressed table, which when it is full counts what does not fit as `lost`.

Invariant: counting is done by one thread; whoever reads waits until the VM has ended.

Read next: loader.pyx (emit_form), cli/profile.py (the report).
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from enigma.code.instructions cimport instruction_name
from enigma.code.tables cimport EN_INSTRUCTION_COUNT

cdef enum:
    TRIPLE_SLOTS = 1 << 20
    PROBES = 64                     # slots tried before a triple is lost
    PAUSE_CLASSES = 40              # by powers of two of nanoseconds

cdef struct Triple:
    uint64_t key                    # 1 + the three numbers; 0: free
    uint64_t count

cdef struct Collections:
    uint64_t count
    uint64_t nanoseconds
    uint64_t longest
    uint64_t pauses[PAUSE_CLASSES]

cdef bint on = False
cdef uint64_t* pairs = NULL         # [first * EN_INSTRUCTION_COUNT + second]
cdef Triple* triples = NULL
cdef uint64_t lost = 0
cdef uint64_t total = 0
cdef uint32_t before = 0            # the last instruction, and the one before it; 0: none
cdef uint32_t before_that = 0
cdef Collections minor
cdef Collections major
cdef uint64_t allocated_words = 0
cdef uint64_t reclaimed_words = 0


cdef bint profile_begin() noexcept nogil:
    global on, pairs, triples
    if on:
        return True
    pairs = <uint64_t*>calloc(<size_t>EN_INSTRUCTION_COUNT * EN_INSTRUCTION_COUNT, sizeof(uint64_t))
    triples = <Triple*>calloc(TRIPLE_SLOTS, sizeof(Triple))
    if pairs == NULL or triples == NULL:
        free(pairs)
        free(triples)
        pairs = NULL
        triples = NULL
        return False
    on = True
    return True


cdef bint profile_enabled() noexcept nogil:
    return on


cdef void count_triple(uint64_t key) noexcept nogil:
    global lost
    cdef uint64_t at = (key * 0x9E3779B97F4A7C15ULL) >> 44
    cdef int i
    for i in range(PROBES):
        if triples[at].key == key:
            triples[at].count += 1
            return
        if triples[at].key == 0:
            triples[at].key = key
            triples[at].count = 1
            return
        at = (at + 1) & (TRIPLE_SLOTS - 1)
    lost += 1


cdef void profile_instruction(uint32_t instruction) noexcept nogil:
    global total, before, before_that
    total += 1
    pairs[<size_t>before * EN_INSTRUCTION_COUNT + instruction] += 1
    count_triple(1 + ((<uint64_t>before_that << 32) | (<uint64_t>before << 16) | instruction))
    before_that = before
    before = instruction


cdef void profile_collection(bint full, uint64_t nanoseconds, uint64_t allocated, uint64_t reclaimed) noexcept nogil:
    global allocated_words, reclaimed_words
    cdef Collections* c = &major if full else &minor
    cdef int class_ = 0
    cdef uint64_t n = nanoseconds >> 1
    while n > 0 and class_ < PAUSE_CLASSES - 1:
        n >>= 1
        class_ += 1
    c.count += 1
    c.nanoseconds += nanoseconds
    c.pauses[class_] += 1
    if nanoseconds > c.longest:
        c.longest = nanoseconds
    allocated_words += allocated
    reclaimed_words += reclaimed


cdef str name_of(uint64_t instruction):
    return (<bytes>instruction_name(<unsigned int>instruction)).decode() if instruction != 0 else "(start)"


cdef dict collections_of(Collections* c):
    return {
        "count": c.count,
        "nanoseconds": c.nanoseconds,
        "longest": c.longest,
        "pauses": {1 << i: c.pauses[i] for i in range(PAUSE_CLASSES) if c.pauses[i] != 0},
    }


def begin() -> None:
    """Starts counting; MemoryError if the tables don't fit."""
    if not profile_begin():
        raise MemoryError("no memory for the counters")


def reset() -> None:
    """Forgets what was counted so far. The VM must be idle."""
    global total, lost, allocated_words, reclaimed_words, before, before_that
    if on:
        memset(pairs, 0, <size_t>EN_INSTRUCTION_COUNT * EN_INSTRUCTION_COUNT * sizeof(uint64_t))
        memset(triples, 0, TRIPLE_SLOTS * sizeof(Triple))
    memset(&minor, 0, sizeof(minor))
    memset(&major, 0, sizeof(major))
    total = lost = allocated_words = reclaimed_words = 0
    before = before_that = 0


def counters() -> dict:
    """What was counted: total; instructions {name: n}; pairs {(a, b): n}; triples {(a, b, c): n}; lost triples;
    words allocated and reclaimed; minor and major collections with their pauses (by powers of two of nanoseconds)."""
    cdef size_t i, k
    cdef uint64_t key
    cdef dict single = {}, double = {}, triple = {}
    if not on:
        raise RuntimeError("nothing was counted")
    for i in range(EN_INSTRUCTION_COUNT):
        for k in range(EN_INSTRUCTION_COUNT):
            n = pairs[i * EN_INSTRUCTION_COUNT + k]
            if n:
                name = name_of(k)
                single[name] = single.get(name, 0) + n
                if i:
                    double[name_of(i), name] = n
    for i in range(TRIPLE_SLOTS):
        key = triples[i].key
        if key != 0 and (key - 1) >> 32 != 0:
            key -= 1
            triple[name_of(key >> 32), name_of((key >> 16) & 0xFFFF), name_of(key & 0xFFFF)] = triples[i].count
    return {
        "total": total, "instructions": single, "pairs": double, "triples": triple, "lost": lost,
        "allocated": allocated_words, "reclaimed": reclaimed_words,
        "minor": collections_of(&minor), "major": collections_of(&major),
    }

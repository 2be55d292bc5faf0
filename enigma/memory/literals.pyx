"""Literals live in one range of addresses, so that a comparison of two numbers tells them from other terms.

The range is only address space: memory is committed from its start as areas are cut (first fit, in
units of UNIT bytes), and the pages of freed areas are given back. An area is filled once, by bumping
its heap's top, and then never changes.

Invariant: `runs` lists the free units of the range in address order, no two of them touching.

Read next: reach.pyx, which moves a process off an area before it is freed.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport atoi, calloc, free, getenv, malloc
from enigma.term.core cimport Term, en_spin_lock, en_spin_unlock
from enigma.term.boxed cimport Heap
from enigma.memory.layout cimport LiteralArea
from enigma.memory.fragments cimport off_heap_release_all, poison, stress

cdef extern from "enigma/memory.h" nogil:
    void* en_pages_reserve(size_t) noexcept
    bint en_pages_commit(void*, size_t) noexcept
    void en_pages_discard(void*, size_t) noexcept

cdef enum:
    UNIT = 64                   # bytes
    PAGE = 4096
    COMMIT_STEP = 1 << 20       # bytes
    DEFAULT_MEGABYTES = 1024

cdef struct Run:
    size_t start                # units from range_base
    size_t count
    Run* next

cdef uint32_t lock = 0          # guards the list and `committed`
cdef Run* runs = NULL
cdef size_t committed = 0       # bytes from range_base


cdef Term* area_overflow(Heap* h, size_t words) noexcept nogil:
    """An area has the size it was made with."""
    return NULL


cdef size_t units_take(size_t count) noexcept nogil:
    """First fit; returns the first unit or the largest number if there is no room."""
    global runs, committed
    cdef Run** link
    cdef Run* run
    cdef size_t start, bytes_, upto
    en_spin_lock(&lock)
    link = &runs
    while link[0] != NULL and link[0].count < count:
        link = &link[0].next
    run = link[0]
    if run == NULL:
        en_spin_unlock(&lock)
        return <size_t>-1
    start = run.start
    upto = (start + count) * UNIT
    if upto > committed:
        bytes_ = (upto - committed + COMMIT_STEP - 1) & ~<size_t>(COMMIT_STEP - 1)
        if committed + bytes_ > range_bytes:
            bytes_ = range_bytes - committed
        if not en_pages_commit(<char*>range_base + committed, bytes_):
            en_spin_unlock(&lock)
            return <size_t>-1
        committed += bytes_
    run.start += count
    run.count -= count
    if run.count == 0:
        link[0] = run.next
        free(run)
    en_spin_unlock(&lock)
    return start


cdef void units_give(size_t start, size_t count) noexcept nogil:
    """Back to the list, joined with free neighbours; whole pages lose their memory."""
    global runs
    cdef Run* before = NULL
    cdef Run* after
    cdef Run* run
    cdef size_t low, high, first, last
    en_spin_lock(&lock)
    after = runs
    while after != NULL and after.start < start:
        before = after
        after = after.next
    if before != NULL and before.start + before.count == start:
        run = before
        run.count += count
    else:
        run = <Run*>malloc(sizeof(Run))
        if run == NULL:                 # the units are lost, nothing else
            en_spin_unlock(&lock)
            return
        run.start = start
        run.count = count
        run.next = after
        if before != NULL:
            before.next = run
        else:
            runs = run
    if after != NULL and run.start + run.count == after.start:
        run.count += after.count
        run.next = after.next
        free(after)
    # the pages that the freed units touch, as far as they are free as a whole
    low = (run.start * UNIT + PAGE - 1) & ~<size_t>(PAGE - 1)
    high = ((run.start + run.count) * UNIT) & ~<size_t>(PAGE - 1)
    first = (start * UNIT) & ~<size_t>(PAGE - 1)
    last = ((start + count) * UNIT + PAGE - 1) & ~<size_t>(PAGE - 1)
    first = low if low > first else first
    last = high if high < last else last
    if first < last:
        if not stress:
            en_pages_discard(<char*>range_base + first, last - first)
    en_spin_unlock(&lock)


cdef LiteralArea* literal_area_new(size_t words) noexcept nogil:
    """An empty area with room for `words` words. NULL: the range or memory is exhausted."""
    cdef LiteralArea* area
    cdef size_t count, start
    if words > range_bytes // 8:
        return NULL
    count = (words * 8 + UNIT - 1) // UNIT
    if count == 0:
        count = 1
    area = <LiteralArea*>calloc(1, sizeof(LiteralArea))
    if area == NULL:
        return NULL
    start = units_take(count)
    if start == <size_t>-1:
        free(area)
        return NULL
    area.start = <Term*>(range_base + start * UNIT)
    area.words = words
    area.heap.top = area.start
    area.heap.end = area.start + words
    area.heap.overflow = area_overflow
    return area


cdef void literal_area_free(LiteralArea* area) noexcept nogil:
    """Drops the counts of the area's binaries and frees it; nobody may refer to it any more."""
    cdef size_t count
    if area == NULL:
        return
    off_heap_release_all(area.heap.off_heap)
    count = (area.words * 8 + UNIT - 1) // UNIT
    if count == 0:
        count = 1
    if stress:
        poison(area.start, count * UNIT // 8)
    units_give((<uint64_t>area.start - range_base) // UNIT, count)
    free(area)


cdef int set_up() except -1:
    global range_base, range_bytes, runs
    cdef const char* setting = getenv("ENIGMA_LITERAL_MB")
    cdef size_t megabytes = DEFAULT_MEGABYTES
    cdef void* p = NULL
    if setting != NULL and atoi(setting) > 0:
        megabytes = atoi(setting)
    while p == NULL and megabytes > 0:
        p = en_pages_reserve(megabytes << 20)
        if p == NULL:
            megabytes //= 2
    runs = <Run*>calloc(1, sizeof(Run))
    if p == NULL or runs == NULL:
        raise MemoryError("no address space for literals")
    range_base = <uint64_t>p
    range_bytes = megabytes << 20
    runs.count = range_bytes // UNIT
    return 0


set_up()

"""Counters in lanes; see counts.pxd."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from enigma.term.core cimport en_load64_rlx, en_spin_lock, en_spin_unlock

cdef extern from "enigma/lane.h" nogil:
    uint32_t en_lane_get() noexcept
    void en_lane_set(uint32_t lane) noexcept

cdef enum:
    LINE = 64                   # bytes: lanes begin at the start of a cache line

cdef uint32_t taken = 1         # a bit for each lane that has its writer, and for lane 0; under the lock
cdef uint32_t lock = 0


cdef uint64_t* counter_new(Counters* c) noexcept nogil:
    cdef uint64_t* pages = c.pages
    cdef char* raw
    if pages == NULL or c.used == COUNTERS:
        raw = <char*>calloc(1, <size_t>LANES * COUNTERS * sizeof(uint64_t) + LINE)
        if raw == NULL:
            return NULL
        pages = <uint64_t*>((<uint64_t>raw + LINE) & ~<uint64_t>(LINE - 1))
        (<char**>pages)[-1] = raw
        pages[0] = <uint64_t>c.pages
        c.pages = pages
        c.used = 1
    c.used += 1
    return pages + c.used - 1


cdef void counters_free(Counters* c) noexcept nogil:
    cdef uint64_t* pages
    while c.pages != NULL:
        pages = c.pages
        c.pages = <uint64_t*>pages[0]
        free((<char**>pages)[-1])
    c.used = 0


cdef int64_t counter_sum(Counted* what) noexcept nogil:
    cdef uint64_t total = 0
    cdef uint32_t lane
    for lane in range(LANES):
        total += en_load64_rlx(what.count + lane * COUNTERS)
    return <int64_t>total


cdef uint32_t lane_take() noexcept nogil:
    global taken
    cdef uint32_t lane = 1
    en_spin_lock(&lock)
    while lane < LANES and taken & (<uint32_t>1 << lane):
        lane += 1
    if lane == LANES:
        lane = 0
    taken |= <uint32_t>1 << lane
    en_spin_unlock(&lock)
    return lane


cdef void lane_give(uint32_t lane) noexcept nogil:
    global taken
    if lane:
        en_spin_lock(&lock)
        taken &= ~(<uint32_t>1 << lane)
        en_spin_unlock(&lock)


cdef uint32_t lane_current() noexcept nogil:
    return en_lane_get()


cdef void lane_set_current(uint32_t lane) noexcept nogil:
    en_lane_set(lane)

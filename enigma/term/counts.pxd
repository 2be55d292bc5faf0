"""Counters that many threads change and hardly anybody reads: how many funs of an entry there are.

A counter is the sum of a word in each lane. A scheduler has a lane of its own as long as there are any, and only
the thread that runs the scheduler writes there, so it needs neither a locked instruction nor another core's cache
line. All others share lane 0 and add to it atomically. The words of one lane lie together, COUNTERS of them to a
page: a lane that nobody uses takes no memory.

The sum is exact for all that happened before it was asked for, as far as the asker knows of it (a message came
from there). What others do meanwhile may be in it or not, the end of a fun without its beginning included.

Read next: counts.pyx; boxed.pxd for funs.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.core cimport en_add64, en_load64_rlx, en_store64_rlx

cdef enum:
    LANES = 32
    COUNTERS = 512              # words from one lane of a counter to the next

# What the counted begin with: FunEntry does.
cdef struct Counted:
    uint64_t* count             # its word in lane 0; each word wraps, the sum does not

# Where one owner's counters come from; zeroed at first. The caller's lock guards it.
cdef struct Counters:
    uint64_t* pages             # the newest: LANES pages, chained by their first word
    uint32_t used               # counters of those that have been given away, the chain's word included

cdef uint64_t* counter_new(Counters* c) noexcept nogil                  # NULL: no memory
cdef void counters_free(Counters* c) noexcept nogil
cdef int64_t counter_sum(Counted* what) noexcept nogil

cdef uint32_t lane_take() noexcept nogil                # for one writer at a time; 0: none is left
cdef void lane_give(uint32_t lane) noexcept nogil
cdef uint32_t lane_current() noexcept nogil             # of the calling thread; 0 unless it runs a scheduler
cdef void lane_set_current(uint32_t lane) noexcept nogil

# `lane` is the calling thread's.
cdef inline void counter_add(Counted* what, uint32_t lane, uint64_t n) noexcept nogil:
    cdef uint64_t* word_ = what.count + lane * COUNTERS
    if lane:
        en_store64_rlx(word_, en_load64_rlx(word_) + n)
    else:
        en_add64(word_, n)

"""What the threads of schedulers spend their time on: microstate accounting.

While it is off, entering a state costs the look at one flag. It is switched, and counters are set to 0, with the
world stopped; each scheduler alone writes its own counters while it runs, and readers take what they see.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.process.process cimport Scheduler, VM
from enigma.term.core cimport *

cdef enum:
    USE_OTHER = 0               # the scheduler's own loop
    USE_AUX = 1                 # timers, release of literals
    USE_CHECK_IO = 2
    USE_EMULATOR = 3            # Erlang code and BIFs
    USE_GC = 4
    USE_PORT = 5
    USE_SLEEP = 6
    USES = 7

cdef enum:
    USAGE_ON = 2                # VM.flags

cdef inline bint usage_on(VM* vm) noexcept nogil: return (en_load32_rlx(&vm.flags) & USAGE_ON) != 0
# s: the calling scheduler. Returns the state it was in, to go back to; without accounting USE_OTHER.
cdef int usage_change(Scheduler* s, int state) noexcept nogil
cdef inline int usage_enter(Scheduler* s, int state) noexcept nogil:
    return usage_change(s, state) if s != NULL and usage_on(s.vm) else USE_OTHER
# me: the calling scheduler. False: no memory.
cdef bint usage_switch(VM* vm, Scheduler* me, bint on) noexcept nogil
cdef void usage_reset(VM* vm, Scheduler* me) noexcept nogil
# Nanoseconds by state of the scheduler with this index (from 0).
cdef void usage_read(VM* vm, int index, uint64_t* spent) noexcept nogil
cdef void usage_free(VM* vm) noexcept nogil
# For tests of those who watch collections: each takes so many ms longer, in all VMs. What it was.
cdef int64_t collections_delay_set(int64_t ms) noexcept nogil
cdef void collection_delay() noexcept nogil

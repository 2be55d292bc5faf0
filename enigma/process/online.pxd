"""How many schedulers take processes: those online, or one while a process blocks the others.

`schedulers_online` is what was asked for and what is told; `schedulers_active` is what the queues go by. A process may
block all others (block) or the others of its kind only (block_normal), as often as it likes; it stops when it has
unblocked as often, or dies. Blocking all, it has the blocking pool take turns with the one (pool.pxd). Read next:
runqueue.pxd.
"""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.process.process cimport Process, VM

cdef enum:
    BLOCK_ALL = 0
    BLOCK_NORMAL = 1

cdef struct Blocker:
    Blocker* next
    Term pid
    uint32_t times[2]           # BLOCK_

# Changes how many are online; what it was.
cdef int online_set(VM* vm, int n) noexcept nogil
# False: no memory.
cdef bint online_block(Process* p, uint32_t kind) noexcept nogil
cdef void online_unblock(Process* p, uint32_t kind) noexcept nogil
# How many processes block in this way.
cdef uint32_t online_blockers(VM* vm, uint32_t kind) noexcept nogil
# Their pids into out[0..max-1]; how many there are.
cdef size_t online_blocker_list(VM* vm, uint32_t kind, Term* out, size_t max_) noexcept nogil
# A process has died.
cdef void online_gone(VM* vm, Term pid) noexcept nogil
cdef void online_free(VM* vm) noexcept nogil

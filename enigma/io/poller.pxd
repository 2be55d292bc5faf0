"""Which file descriptors are ready: the one poller of a VM.

No thread of its own: an idle scheduler waits in poller_wait, which runs the callbacks of what became
ready. One thread at a time waits; the others return at once. Level triggered: whoever does not want
to hear of a descriptor again changes its events.

Invariant: an item is known outside by an id that is never used twice, and holds a count of its owner.
So an event that races with poller_remove finds nothing, and an owner lives as long as its callback runs.
`lock` guards the items; it is never held while a callback runs. Only this file knows about epoll.
"""
from libc.stdint cimport int64_t, uint64_t
from enigma.process.process cimport Scheduler

cdef enum:
    POLL_IN = 1
    POLL_OUT = 2
    POLL_BROKEN = 4              # error or hang-up; given with the other two

cdef struct Poller               # poller.pyx
cdef struct PollOwner:
    uint64_t refc                # atomic
    void (*free)(PollOwner* owner) noexcept nogil   # the last count is gone
ctypedef void (*PollCallback)(PollOwner* owner, int events) noexcept nogil

cdef void owner_retain(PollOwner* owner) noexcept nogil
cdef void owner_release(PollOwner* owner) noexcept nogil
cdef Poller* poller_new() noexcept nogil                     # NULL: no descriptors or memory left
cdef void poller_free(Poller* p) noexcept nogil              # drops the owners of what is left
# Watches fd, which must not be watched twice (dup it). Takes a count of the owner. 0: errno says why not.
# Descriptors that are always ready (plain files) are taken too.
cdef uint64_t poller_add(Poller* p, int fd, int events, PollCallback callback, PollOwner* owner) noexcept nogil
cdef void poller_change(Poller* p, uint64_t id, int events) noexcept nogil    # 0: pause
cdef void poller_remove(Poller* p, uint64_t id) noexcept nogil                # before the descriptor is closed
# Waits up to timeout_ns (0: not at all, -1: until something happens) and runs callbacks; how many ran.
# `s`, which may have counted as parked while it waited, is unparked first: no callback runs while the world stands still.
cdef int poller_wait(Poller* p, int64_t timeout_ns, Scheduler* s) noexcept nogil
cdef void poller_wake(Poller* p) noexcept nogil              # ends a poller_wait, or the next one; any thread

"""The blocking pool: threads for work that would hold up a scheduler, and the turns they take with it.

A job has the memory of its process for itself until blocking_done. Where a process blocks multi-scheduling (online.pxd)
one thread works at a time: the first scheduler, or one job. Between two turns of processes the scheduler gives the turn
to a job that waits, and stands still, parked, until that has ended. Jobs are not interrupted, so who blocks goes on once
all those at work have come to their ends. A job that waits for something outside must not hold up everybody: it says so
(pool_waits), or is taken to do so when it does not compute and is not done in POOL_PATIENCE; it then ends when it can.

Read next: scheduler.pxd, for the states of a process.
"""
from libc.stdint cimport int64_t, uint64_t
from enigma.process.process cimport Process, Scheduler, VM
from enigma.process.table cimport Room

ctypedef void (*BlockingJob)(Process* p, void* data) noexcept nogil
cdef enum:
    DIRTY_IO = 10               # so many are said to be there, as in OTP without a flag; the pool has threads as it needs
    POOL_PATIENCE = 500000000   # ns

# A dirty BIF or blocking job: p leaves the schedulers until blocking_done. p may be NULL for work that is no process's;
# with p, the caller is its scheduler and touches it no more. False: there are no threads.
cdef bint blocking_submit(VM* vm, Process* p, BlockingJob job, void* data) noexcept nogil
cdef void blocking_done(Process* p) noexcept nogil
# Nanoseconds that the scheduler_count + DIRTY_IO dirty schedulers have been at work, see Room.dirty_ns.
cdef void dirty_times(VM* vm, uint64_t* active) noexcept nogil
# The job that works for p is going to wait for the outside and needs no turn for the rest.
cdef void pool_waits(Process* p) noexcept nogil
# No job is at work, but for those that wait.
cdef bint pool_at_rest(VM* vm) noexcept nogil
# Multi-scheduling is blocked: a job that can stop in the middle had better leave the rest to another.
cdef bint pool_is_alone(VM* vm) noexcept nogil
# Multi-scheduling is blocked, and a job waits for its turn that could have it.
cdef bint pool_wants_turn(VM* vm) noexcept nogil
# Multi-scheduling is blocked, and s, the first scheduler, which has no process, gives the turn to a job if it is due, and
# waits for its end. False: none was due.
cdef bint pool_turn(Scheduler* s) noexcept nogil
# All schedulers have ended. False: a job has not come back in time; the room must stay.
cdef bint pool_stop(Room* room) noexcept nogil

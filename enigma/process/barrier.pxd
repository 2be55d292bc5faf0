"""Barriers: who has changed what all schedulers go by waits until each has come to the end of a turn.

A scheduler that sleeps when the barrier is set up has passed it. The one of the process that waits passes it when others
in its queue have had turns, less urgent ones too, as nobody else is there: BARRIER_TURNS at most, for each that was queued
one. Nothing stands still, and who waits may be killed. Read next: scheduler.pyx, which calls barriers_pass.
"""
from enigma.process.process cimport Process, Scheduler, VM
from enigma.process.table cimport Room

cdef enum:
    BARRIER_TURNS = 8

# Sets one up for p, which its scheduler runs; for this scheduler alone, or for all. False: no memory. The BIF is to be
# run again (TRAP_WAIT), after whatever woke p, until barrier_over.
cdef bint barrier_new(Process* p, bint all_) noexcept nogil
cdef bint barrier_over(Process* p) noexcept nogil
# s, which runs no process, has given one a turn, or (idle) has none.
cdef void barriers_pass(Scheduler* s, bint idle) noexcept nogil
cdef void barriers_free(Room* room) noexcept nogil

"""Schedulers: run queues, stealing, sleeping, the stop-the-world barrier, and the VM's slices."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.process.process cimport Process, Scheduler, VM
from enigma.process.runqueue cimport *

cdef bint vm_process_room_init(VM* vm, int schedulers, size_t process_limit) noexcept nogil
cdef void vm_process_room_free(VM* vm) noexcept nogil        # all schedulers have ended
# A scheduler thread's whole life: returns when vm.stopping is set.
cdef void scheduler_run(Scheduler* s) noexcept nogil
# Driven mode: runs at most `budget` reductions of ready work on scheduler 0; returns ns until the next
# timer (0: more work is ready, -1: nothing to wait for).
cdef int64_t scheduler_step(Scheduler* s, int64_t budget) noexcept nogil

# --- further parts of the room ------------------------------------------------------------------------
#
# Process.state, changed by compare-and-swap. PS_ACTIVE: has Erlang code to run; PS_SIGNALS: has signals to
# take; either makes a process runnable. PS_QUEUED: is in exactly one run queue, or on its way into it by
# whoever set the bit. PS_RUNNING: a scheduler holds it. A process enters a queue when it becomes runnable
# and none of QUEUED, RUNNING, BLOCKED, FREE is set; a scheduler that lets go of it (RUNNING cleared) looks
# at the same bits in the same step, so no wake-up is lost. PS_SUSPENDED: signals are taken, code does not
# run, PS_ACTIVE is kept for the resumption. PS_WAITING: the last run ended in a receive.
#
# Waits until halt or `timeout_ns` (negative: for ever) have come; True if the VM is halted.
cdef bint vm_wait_halted(VM* vm, int64_t timeout_ns) noexcept nogil
cdef uint64_t scheduler_run_queue_length(VM* vm) noexcept nogil

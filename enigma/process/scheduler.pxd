"""Schedulers: run queues, stealing, sleeping, the stop-the-world barrier, and the VM's slices."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.process.process cimport Process, Scheduler, VM

cdef bint vm_process_room_init(VM* vm, int schedulers, size_t process_limit) noexcept nogil
cdef void vm_process_room_free(VM* vm) noexcept nogil        # all schedulers have ended
# A scheduler thread's whole life: returns when vm.stopping is set.
cdef void scheduler_run(Scheduler* s) noexcept nogil
# Driven mode: runs at most `budget` reductions of ready work on scheduler 0; returns ns until the next
# timer (0: more work is ready, -1: nothing to wait for).
cdef int64_t scheduler_step(Scheduler* s, int64_t budget) noexcept nogil
# Makes p runnable (a signal came, it was spawned, its I/O is done); any thread.
cdef void process_wake(Process* p) noexcept nogil
cdef void schedulers_wake_all(VM* vm) noexcept nogil
# The Scheduler of the calling thread, or NULL.
cdef Scheduler* scheduler_current() noexcept nogil
# All other schedulers stand still (between instructions of no process) until world_resume. Not nestable.
cdef void world_stop(VM* vm, Scheduler* me) noexcept nogil
cdef void world_resume(VM* vm, Scheduler* me) noexcept nogil

# A dirty BIF or blocking job: p leaves the schedulers until blocking_done. Jobs run on the VM's pool.
ctypedef void (*BlockingJob)(Process* p, void* data) noexcept nogil
cdef bint blocking_submit(VM* vm, Process* p, BlockingJob job, void* data) noexcept nogil
cdef void blocking_done(Process* p) noexcept nogil

"""Run queues and waking: how a process becomes runnable, and how a sleeping scheduler learns of it.

The state bits of a process are explained in scheduler.pxd. Read next: signal.pxd, whose signals wake processes;
scheduler.pxd, which takes them from the queues.
"""
from libc.stdint cimport int64_t, uint32_t
from enigma.process.process cimport *

cdef enum:
    AWAKE = 0                  # Scheduler.sleeping
    ASLEEP = 1                 # on its condition variable
    POLLING = 2                # in vm.poll_io

cdef struct HostWait:              # Process.extra of a host's process
    pthread_mutex_t mutex
    pthread_cond_t cond
    bint news                      # under mutex

# While a blocking job works for it a process only takes signals.
cdef inline bint runnable(uint32_t state) noexcept nogil:
    return (state & PS_SIGNALS) != 0 or (state & (PS_ACTIVE | PS_SUSPENDED | PS_BLOCKED)) == PS_ACTIVE

# The Scheduler of the calling thread, or NULL.
cdef Scheduler* scheduler_current() noexcept nogil
# The variable is this module's own (one per thread): only these two functions may touch it.
cdef void scheduler_set_current(void* s) noexcept nogil
cdef void scheduler_wake(Scheduler* s) noexcept nogil        # out of its sleep or poll
cdef void schedulers_wake_all(VM* vm) noexcept nogil         # and the blocking pool
# Sets bits and queues p if that makes it runnable.
cdef void process_mark(Process* p, uint32_t bits) noexcept nogil
# Its signals and tasks are to be taken at this priority, if that is above its own (False: it is not). With signal_lock
# held, before the signal is appended; process_hasten afterwards, if nobody else queues p, moves it up in its queue.
# The turn that this brings about runs none of its code.
cdef bint process_urge(Process* p, uint32_t priority) noexcept nogil
cdef void process_hasten(Process* p) noexcept nogil
# What process_urge asked for, once: for whoever has just taken p from a queue.
cdef uint32_t process_take_urgent(Process* p) noexcept nogil
# The process whose turn is next on `from_`, taken out of its queue, or NULL. `thief`: not one that is at home there.
cdef Process* queue_pick(Scheduler* from_, bint thief) noexcept nogil
# Evens out the lengths of the active schedulers' queues.
cdef void queues_balance(VM* vm) noexcept nogil
# The part of process_mark under signal_lock: True if the caller must call process_enqueue afterwards.
cdef bint process_mark_only(Process* p, uint32_t bits) noexcept nogil
cdef void process_enqueue(Process* p) noexcept nogil
cdef void enqueue(Process* p) noexcept nogil                 # the same without a word to the system's profiler
# Makes p runnable (a signal came, it was spawned, its I/O is done); any thread.
cdef void process_wake(Process* p) noexcept nogil
# A process that has been built (state PS_RUNNING, no scheduler): lets the schedulers have it.
cdef void process_publish(Process* p) noexcept nogil
# Gives up PS_RUNNING, sets and clears bits in the same step, and queues the process if it is runnable.
cdef void let_go(Process* p, uint32_t set_, uint32_t clear) noexcept nogil
# Ends the VM's work: no scheduler runs Erlang code any more; the host (vm_wait_halted) frees the VM.
cdef void vm_halt(VM* vm, uint32_t code, bint flush) noexcept nogil
# The same with exit code 1 for a reason that erl writes a crash dump for; text is malloc'd and taken. The first one counts.
cdef void vm_halt_slogan(VM* vm, char* text) noexcept nogil
# A scheduler (NULL: the host's thread) sees that the VM has halted: writes the crash dump if nobody has begun to.
cdef void vm_dump_if_due(VM* vm, Scheduler* s) noexcept nogil
cdef void vm_halt_notify(VM* vm) noexcept nogil
cdef void host_notify(Process* p) noexcept nogil             # a host's mailbox has news
# All other schedulers stand still (between instructions of no process) until world_resume. Not nestable.
cdef void world_stop(VM* vm, Scheduler* me) noexcept nogil
cdef void world_resume(VM* vm, Scheduler* me) noexcept nogil
# A scheduler that holds no process stands still (park) and goes on once the world does (unpark).
cdef void park(Scheduler* s) noexcept nogil
cdef void unpark(Scheduler* s) noexcept nogil

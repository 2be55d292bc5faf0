"""Birth and death of processes, look-up by pid, registered names, references."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.term.boxed cimport Heap
from enigma.process.process cimport Process, Scheduler, VM, Export
from enigma.process.lookup cimport *
from enigma.memory.heap cimport Collector, RootRange

cdef struct SpawnOptions:
    uint32_t flags           # SPAWN_
    uint32_t priority
    uint32_t process_flags   # PF_ to set (off-heap messages, system process ...)
    size_t min_heap          # words; 0: the VM's default
    size_t min_vheap         # words of off-heap binaries
    size_t max_heap
    uint32_t max_heap_flags
    uint32_t fullsweep_after
    bint fullsweep_given
    Term monitor_ref         # built by spawn when SPAWN_MONITOR, on the parent's heap
    Term monitor_tag         # root; 0 for 'DOWN'
    uint32_t alias_mode
    int scheduler            # the only one that may run it; 0: any
    const Collector* collector
    void (*born)(void* data, Process* parent, Process* p) noexcept nogil    # NULL, or called before the child may run
    void* born_data
cdef enum:
    SPAWN_LINK = 1
    SPAWN_MONITOR = 2
cdef void spawn_options_init(VM* vm, SpawnOptions* o) noexcept nogil
# Starts M:F(Args), Args a proper list. `parent` may be NULL (first process). Returns the pid, or 0 with
# badarg/system_limit set on the parent. The child is runnable when this returns.
cdef Term process_spawn(VM* vm, Process* parent, Term module, Term function, Term args, SpawnOptions* o) noexcept nogil
# Starts a fun: its entry is called with its environment; args list must have fun's arity.
cdef Term process_spawn_fun(VM* vm, Process* parent, Term fun, Term args, SpawnOptions* o) noexcept nogil
# A mailbox without code for the host: a process that is never scheduled (Process.host).
cdef Process* process_new_host(VM* vm) noexcept nogil
cdef void process_free_host(Process* p) noexcept nogil

# Ends p, whose scheduler this is: reason decides what links and monitors get; unregisters, frees. In a turn of its own it
# may leave only a part of what it has to, and go on in the next (PF_LEAVING); the scheduler sees to that.
cdef void process_exit(Process* p, Term reason) noexcept nogil
# The same by a scheduler that takes its signals while a blocking job works for it: its memory stays until both are done.
cdef void process_exit_blocked(Process* p, Term reason) noexcept nogil
# The memory of one that has died so, by whoever is done with it last.
cdef void process_free_dead(Process* p) noexcept nogil

# Every root of a process besides X registers; appends to a growing array (see collect_process).
# Collects p with x[0..live-1] as further roots: returns False if the process must die (reason set).
cdef bint process_collect(Process* p, size_t need, Term* x, uint32_t live, bint full) noexcept nogil

# Process dictionary. Values are on the process heap.
cdef Term dictionary_get(Process* p, Term key) noexcept nogil                   # undefined if absent
cdef Term dictionary_put(Process* p, Term key, Term value) noexcept nogil       # the former value; 0: no memory
cdef Term dictionary_erase(Process* p, Term key) noexcept nogil
cdef size_t dictionary_size(Process* p) noexcept nogil
cdef size_t dictionary_pairs(Process* p, Term* keys, Term* values, size_t max_) noexcept nogil

# --- further parts of the room ------------------------------------------------------------------------
# A host's mailbox: waits until a signal has come (then signals_fetch, mailbox_peek) or the time is over.
cdef bint host_wait(Process* p, int64_t timeout_ns) noexcept nogil
# What a collection must look at, for others that walk a process's references (code purge). The ranges go
# to `local` if `local_count` suffice, else to malloc'd memory, which the caller frees if it is not `local`.
# NULL: no memory.
cdef RootRange* process_roots(Process* p, Term* x, uint32_t live, RootRange* local, size_t local_count, size_t* count) noexcept nogil
# Marks p as condemned from within a task (SignalCall): it exits with `reason` before it runs again.
cdef void process_condemn(Process* p, Term reason) noexcept nogil

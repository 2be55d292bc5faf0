"""The process table and the rest of the room's state that one VM owns (VM.process_table).

A pid's data is a 28-bit counter; its low bits are the slot in the table, so a look-up is one load. New
pids count up and skip slots in use. Process structs come from chunks that live as long as the VM: the
memory is type-stable, which is what makes process_lock of a stale pid safe.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.process.process cimport Process, VM, pthread_mutex_t, pthread_cond_t

cdef enum:
    PID_BITS = 28
    PROCESS_LIMIT_DEFAULT = 262144
    PROCESS_CHUNK = 64

cdef struct Chunk:
    Chunk* next
    # Process processes[PROCESS_CHUNK]

cdef struct PoolJob:
    PoolJob* next
    Process* process
    void (*run)(Process* p, void* data) noexcept nogil
    void* data
    bint computes               # rather than waits for the outside

cdef struct Room:
    VM* vm
    uint32_t lock               # spin: guards slots (writing), next_data, high
    uint32_t free_lock          # spin: guards free_list, chunks
    Process** slots             # slot_count entries; read with acquire loads
    size_t slot_count           # power of two, the limit
    uint64_t next_data          # next pid data to try
    uint64_t hosts              # pid data given to hosts, from the top
    size_t high                 # slots at and above have never been used
    uint64_t count              # processes in the table; atomic
    Process* free_list
    Process* dying              # dead, but a blocking job still works in their memory; under dying_lock
    uint32_t dying_lock         # spin; literals_release holds it while it looks at them
    Chunk* chunks
    # scheduler.pyx
    uint32_t sleepers           # schedulers asleep; atomic
    uint32_t schedulers_made
    pthread_mutex_t halt_mutex
    pthread_cond_t halt_cond
    # the blocking pool, scheduler.pyx; under pool_mutex
    pthread_mutex_t pool_mutex
    pthread_cond_t pool_cond
    PoolJob* pool_first[4]      # by priority
    PoolJob* pool_last[4]
    uint32_t pool_skipped_low   # jobs of others since one of a low-priority process
    uint32_t pool_waiting       # jobs in the lists
    uint32_t pool_threads
    uint32_t pool_idle
    uint32_t pool_limit
    bint pool_stopping
    void* pool_work             # list of the jobs at work
    uint32_t pool_at_work       # how many of them do not wait for the outside
    bint pool_granted           # a job has the turn, and is about to begin
    pthread_cond_t turn_cond    # pool_at_work has become 0
    int64_t turn_since          # monotonic ns: when the first scheduler has had the turn back, and how long it may keep it;
    int64_t turn_length         # both its own
    uint32_t alone              # somebody blocks multi-scheduling, dirty schedulers included: written under online_lock, atomic
    # What the pool has done, as if by so many schedulers of either kind: first those that compute, as many as there are
    # others, then DIRTY_IO. Jobs beyond these are in no figure.
    uint64_t* dirty_ns          # spent in jobs that have ended
    int64_t* dirty_since        # monotonic, when the job at work began; 0: none
    # barrier.pyx
    void* barriers              # who waits at one; written under barrier_lock, atomic: NULL says that there is none
    uint32_t barrier_lock       # spin
    uint64_t monotonic_unique   # erlang:unique_integer([monotonic]); atomic
    int unique_bits             # lowest bits of the other unique integers: which thread counts; set at start
    uint64_t last_now           # erlang:now/0's last answer, microseconds; atomic

cdef Room* room_new(VM* vm, size_t limit) noexcept nogil
cdef void room_free(Room* room) noexcept nogil              # no process may be left
cdef inline Room* room_of(VM* vm) noexcept nogil: return <Room*>vm.process_table
# A process struct, cleared, with a pid and in the table, state PS_RUNNING so that nobody queues it.
# NULL: the table is full or memory is exhausted.
# A host's mailbox gets a pid from the top of the range, so that the first process is <0.0.0>.
cdef Process* table_add(VM* vm, bint host) noexcept nogil
# Takes the pid out of the table. The caller has marked p PS_FREE under its signal_lock.
cdef void table_remove(VM* vm, Process* p) noexcept nogil
cdef void table_recycle(VM* vm, Process* p) noexcept nogil  # the struct itself, after table_remove
# The struct that has or had this pid; only good for locking.
cdef Process* table_slot(VM* vm, Term pid) noexcept nogil
cdef size_t table_list(VM* vm, Term* out, size_t max_) noexcept nogil

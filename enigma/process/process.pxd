"""Who runs: the VM, its schedulers and its processes. The structs every higher floor works with.

A process is run by one scheduler at a time; whoever runs it owns every field not marked otherwise.
All that others do to it arrives as a signal (signal.pxd). Process structs are type-stable: their
memory is only ever reused for processes, so a sender may lock `signal_lock` of a stale pointer and
then see from `id` that it came too late.

Read next: signal.pxd, scheduler.pxd; bif/errors.pxd for how a BIF fails.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from enigma.term.core cimport Term, en_load32_acq, en_load32_rlx
from enigma.term.pack cimport word
from enigma.term.boxed cimport Heap, OffHeap, heap_alloc
from enigma.memory.heap cimport ProcHeap, Fragment, RootRange
from enigma.code.module cimport BifFunction, CodeTables, Export, BifEntry

cdef extern from "pthread.h" nogil:
    ctypedef struct pthread_mutex_t:
        pass
    ctypedef struct pthread_cond_t:
        pass

# --- exceptions -------------------------------------------------------------------------------------
# Process.freason: class in the low two bits, flags, then an index for the predefined error reasons.
cdef enum:
    CLASS_ERROR = 0
    CLASS_EXIT = 1
    CLASS_THROW = 2
    CLASS_MASK = 3
    EXF_SAVE_TRACE = 1 << 2     # the trace must be built (not a re-raise)
    EXF_ARGLIST = 1 << 3        # fvalue is {Reason, ArgList}: erlang:error/2
    EXF_EXT_INFO = 1 << 4       # fvalue is {Reason, ArgList|none, ErrorInfoMap}: erlang:error/3
    EXF_LOG = 1 << 5            # uncaught: report it
    EXF_STUB_BIF = 1 << 6       # (loop) the failing code is a BIF: its MFA and arguments head the trace
    EXC_SHIFT = 8
    # complete codes
    EXC_ERROR = CLASS_ERROR | EXF_SAVE_TRACE | EXF_LOG         # reason in fvalue
    EXC_EXIT = CLASS_EXIT | EXF_SAVE_TRACE
    EXC_THROW = CLASS_THROW | EXF_SAVE_TRACE
    EXC_BADARG = (1 << EXC_SHIFT) | EXC_ERROR
    EXC_BADARITH = (2 << EXC_SHIFT) | EXC_ERROR
    EXC_BADMATCH = (3 << EXC_SHIFT) | EXC_ERROR                # value in fvalue, as for the next ones
    EXC_FUNCTION_CLAUSE = (4 << EXC_SHIFT) | EXC_ERROR
    EXC_CASE_CLAUSE = (5 << EXC_SHIFT) | EXC_ERROR
    EXC_IF_CLAUSE = (6 << EXC_SHIFT) | EXC_ERROR
    EXC_UNDEF = (7 << EXC_SHIFT) | EXC_ERROR
    EXC_BADFUN = (8 << EXC_SHIFT) | EXC_ERROR
    EXC_BADARITY = (9 << EXC_SHIFT) | EXC_ERROR
    EXC_TIMEOUT_VALUE = (10 << EXC_SHIFT) | EXC_ERROR
    EXC_NOPROC = (11 << EXC_SHIFT) | EXC_ERROR
    EXC_NOTALIVE = (12 << EXC_SHIFT) | EXC_ERROR
    EXC_SYSTEM_LIMIT = (13 << EXC_SHIFT) | EXC_ERROR
    EXC_TRY_CLAUSE = (14 << EXC_SHIFT) | EXC_ERROR
    EXC_NOTSUP = (15 << EXC_SHIFT) | EXC_ERROR
    EXC_BADMAP = (16 << EXC_SHIFT) | EXC_ERROR
    EXC_BADKEY = (17 << EXC_SHIFT) | EXC_ERROR
    EXC_BADRECORD = (18 << EXC_SHIFT) | EXC_ERROR
    # not exceptions: a BIF returned 0 to ask for something
    TRAP_CALL = (1 << 16) + 2   # call trap_export with trap_args; its value is the BIF's value
    TRAP_YIELD = (1 << 16) + 3  # run this same BIF again with the (changed) args[] after the other processes
    TRAP_WAIT = (1 << 16) + 4   # the same, but only after a signal or an unblock wakes the process
    TRAP_HIBERNATE = (1 << 16) + 5   # trap_export/trap_args with an emptied stack, once a message is there
    TRAP_EXITED = (1 << 16) + 6 # the process has been killed in the BIF: schedule it out
    TRAP_AWAY = (1 << 16) + 7   # run this same BIF from its beginning off the schedulers (long_work in errors.pxd)

cdef enum:
    MAX_ARITY = 255
    X_REGISTERS = 1024
    REDUCTIONS_PER_TURN = 4000
    SAVED_ARGS = 6              # live X registers kept in the struct itself

# --- process state (Process.state, atomic) ------------------------------------------------------------
cdef enum:
    PS_ACTIVE = 1               # has something to run
    PS_QUEUED = 2               # is in a run queue
    PS_RUNNING = 4              # a scheduler has it: runs its code, or takes its signals while a blocking job works
    PS_SIGNALS = 8              # signal_in is not empty
    PS_EXITING = 16             # will run no more Erlang code
    PS_FREE = 32                # dead: the struct waits for reuse
    PS_SUSPENDED = 64
    PS_WAITING = 128            # in a receive (for process_info)
    PS_BLOCKED = 256            # in a BIF on the blocking pool
    PS_GC = 512
    PS_SYSTEM = 1024            # runs only when nothing else ...
    PRIO_MAX = 0
    PRIO_HIGH = 1
    PRIO_NORMAL = 2
    PRIO_LOW = 3
    PRIO_NONE = 4               # of Process.urgent
cdef enum:
    PF_TRAP_EXIT = 1
    PF_SENSITIVE = 4
    PF_OFF_HEAP_MESSAGES = 8
    PF_HIBERNATED = 16
    PF_SYSTEM_PROCESS = 32      # spawned by erts_internal:spawn_system_process
    PF_ASYNC_DIST = 64
    PF_TIMER_ACTIVE = 128       # a receive timeout is running
    PF_TIMED_OUT = 256
    PF_HOST_CALL = 1024         # runs a call of the host: its parent, a host mailbox, gets the outcome
    PF_AWAY = 2048              # a BIF of its runs on the blocking pool, or to its end here if there is no pool
    PF_SUPER_USER = 4096        # may use every ETS table, whatever its protection
    PF_LEAVING = 8192           # it dies, and what it leaves behind takes more turns than one

# Signals and messages; see signal.pxd.
cdef struct Signal:
    Signal* next
    uint32_t kind               # SIG_
    uint32_t flags
    Term sender                 # pid, port, atom or 0 (immediate); of a message in the queue: its place in order of arrival
    Term term                   # message; or what the kind says. In `fragment` unless immediate or literal
    Term extra                  # reference, token, ... as the kind says
    Fragment* fragment          # owns what the terms point to; NULL once it belongs to the process heap
    void* data                  # kind-specific, owned by the signal

cdef struct ReceiveMarker:
    Term ref                    # on the process heap: a root; nil until it is bound
    Term id                     # a small integer: names the marker in the code
    Signal** position           # messages before it cannot match
cdef enum:
    RECEIVE_MARKERS = 4

cdef struct Dictionary          # dictionary.pxd
cdef struct RelationSet         # relation.pxd: links and monitors
cdef struct Timer               # timer.pxd

cdef struct Process:
    ProcHeap mem                # must be first: mem.heap.end is the stack pointer
    Term id                     # local pid; changes only under signal_lock
    VM* vm
    uint32_t state              # PS_, atomic
    uint32_t signal_lock        # spin: guards signal_in_*, id, and PS_FREE
    uint32_t flags              # PF_; written by the process itself
    uint32_t priority           # PRIO_
    uint32_t urgent             # PRIO_, atomic: the priority at which its signals and tasks are to be taken, PRIO_NONE: its own
    uint32_t heap_lock          # spin: held by its blocking job while that moves the heap or writes its outcome, and
                                # by whoever looks into the heap meanwhile (signals_handle_away), who only tries
    uint32_t trace_flags        # TF_ (watch.pxd): written by the process itself, or while the world stands still
    uint32_t host               # a mailbox of the host (Python): no code, never scheduled. The same for life
    # --- execution; saved here while the process does not run
    word* ip
    uint64_t mq_adopted         # messages in mq_ whose terms lie on the heap: roots (signal.pxd, MESSAGE_ADOPTED)
    Signal* mq_oldest           # the first of those, if there are any
    int32_t reductions_left     # of this turn; BIFs charge here
    uint32_t live               # X registers in args
    Term* args                  # live X registers while scheduled out: inline_args or malloc'd
    uint32_t args_capacity
    uint32_t catches            # active catch/try frames
    uint64_t reductions_done    # before this turn
    # --- exceptions
    Term fvalue                 # root
    Term ftrace                 # root; raw trace (exception.pxd)
    word freason
    # --- BIF traps and current function
    Export* trap_export
    uint32_t trap_arity
    uint32_t bif_arity
    BifEntry* current_bif       # while a BIF runs or is to be run again
    word* current_function      # func_info address for process_info when not derivable from ip
    Term trap_args[4]           # roots while a trap is pending
    # --- messages
    Signal* signal_in_first     # under signal_lock
    Signal** signal_in_last
    uint64_t signal_in_count
    Signal* mq_first            # fetched, in order
    Signal** mq_last
    Signal** mq_save            # next to look at in a receive
    uint64_t mq_length
    uint64_t mq_arrived         # messages so far: numbers them
    ReceiveMarker markers[RECEIVE_MARKERS]
    uint32_t marker_count
    uint32_t marker_reserved
    Timer* receive_timer
    # --- relations
    Term group_leader
    Term parent                 # pid or undefined
    Term registered_name        # atom or 0; under the registry's lock
    RelationSet* relations      # links, monitors both ways, aliases; NULL: none
    Dictionary* dictionary      # NULL: empty
    Export* initial_call
    word initial_mfa[3]         # module, function, arity as spawned
    Term error_handler          # module
    Term sequential_token       # root
    void* suspend               # suspend bookkeeping (suspending/suspenders)
    void* system_tasks          # Signals put off, and what erts_internal:request_system_task asks for, in order
    void* system_tasks_last     # the last of them, if there is any
    void* delayed_tasks         # collections that wait until it may be collected again
    void* blocked               # what the process waits for outside (I/O pool job)
    void* extra                 # rarely used: the wait of a host's mailbox
    Term tracer                 # who gets what trace_flags ask for: pid or port; 0: nobody. Written as trace_flags
    word* retry_ip              # instruction at which a BIF will be run again: no call is told a second time
    word* timed_function        # entry of the call_time traced function that runs, and since when; NULL: none
    int64_t timed_since         # ns
    void* saved_calls           # ring of process_flag(save_calls), trace/point.pyx's
    uint64_t seq_clock          # sequential tracing: serial of the last message sent,
    uint64_t seq_last           # and of the last received
    Process* next               # run queue (under its lock), list of the dying, or free list
    Process* previous           # run queue
    Scheduler* queued_on        # in whose run queue it is, or NULL: written under that queue's lock, atomic
    uint32_t queued_at          # PRIO_: in which of them; under that lock
    Scheduler* bound            # last ran here
    uint32_t low_count          # how often a low-priority process is still passed over; under the queue's lock
    uint32_t moved_from         # a BIF that sent it to another scheduler is to be run again there, or at a barrier behind it:
                                # what that has to know of before, + 1; 0: none is under way
    Scheduler* home             # the only one that may run its code, or NULL; written by itself, or before it is published
    int64_t start_time          # monotonic ns
    Term inline_args[SAVED_ARGS]
    uint32_t slot               # index in the process table

# What a heap was before the message that a receive looks at was added to it: a process whose messages are kept off the
# heap gives it back when it does not match (mailbox_return).
cdef struct Glance:
    Process* process            # whose; NULL: nobody's
    Signal* message
    Fragment* chain             # the message's, from the first
    Fragment* last              # to the last
    size_t used                 # words of the first
    Signal* oldest              # mq_oldest before
    OffHeap* off_heap           # the heap's lists and bytes before
    uint64_t off_heap_bytes
    uint32_t gc_flags
    int32_t reductions_left     # what tells that nothing has been called, built or collected since
    uint64_t reductions_done
    uint64_t collections
    Term* top
    Term fvalue
    Term ftrace

# The scheduler that runs it hands these to the loop.
cdef struct Scheduler:
    VM* vm
    int index                   # 1-based, as scheduler_id
    uint32_t lane               # of the counters (term/counts.pxd), for as long as it lives
    uint32_t lock               # spin: guards the queues below
    Term* x                     # X_REGISTERS + spill
    double* f                   # 1,024 floating point registers
    Process* current
    Process* queue_first[3]     # by priority; those of low priority wait among the normal ones (runqueue.pyx)
    Process* queue_last[3]
    uint32_t queue_length[4]    # by priority
    uint32_t queued             # sum; atomic for stealing
    uint32_t sleeping           # atomic
    pthread_mutex_t sleep_mutex
    pthread_cond_t sleep_cond
    void* timers                # timer wheel (timer.pyx)
    uint64_t unique             # this scheduler's counter for references
    uint64_t unique_integers    # ... and for erlang:unique_integer, whose lowest bits are its index
    Glance glance
    uint64_t reductions         # all so far
    uint64_t balanced           # reductions when it last looked at the lengths of the queues
    uint64_t switches
    uint64_t random             # xorshift state
    int64_t started             # monotonic ns; the time since then is idle or busy
    uint64_t idle_ns            # up to the last wake-up
    int64_t resting_since       # monotonic ns; 0: awake
    void* thread                # Python thread object's slot, runtime's
    void* io                    # per-scheduler I/O state
    uint32_t parked             # at the stop-the-world barrier

cdef enum:
    DUMP_NONE = 0               # VM.dump_state
    DUMP_DUE = 1                # the VM has halted, a scheduler is to write it
    DUMP_WRITING = 2
    DUMP_DONE = 3

# What the loop tells the scheduler when a process stops running.
cdef enum:
    RUN_YIELD = 0               # out of reductions: queue it again
    RUN_WAIT = 1                # in a receive or TRAP_WAIT: wake on a signal
    RUN_EXIT = 2                # finished: freason/fvalue tell how; process_exit has been called
    RUN_BLOCKED = 3             # handed to the blocking pool

cdef struct VM:
    CodeTables* code
    # --- processes
    void* process_table         # table.pyx
    void* registry              # registry.pyx
    Scheduler** schedulers      # schedulers[0..scheduler_count-1]
    int scheduler_count
    int schedulers_online       # as asked for; under online_lock (online.pxd), read by anybody
    uint32_t schedulers_active  # of those, how many take processes: one while somebody blocks the others; atomic
    int dirty_cpu_online        # as asked for, and said to who asks; the blocking pool has threads as it needs them
    uint32_t online_lock        # spin
    void* blockers              # who blocks the other schedulers; under online_lock (online.pyx)
    uint64_t balances           # how often the lengths of the queues have been looked at; atomic
    uint32_t stopping           # atomic: 1 when the VM shuts down
    uint32_t halt_code
    uint32_t halted             # atomic: halt was called
    uint32_t halt_flush
    void* halt_text             # slogan of the crash dump; malloc'd
    uint32_t dump_state         # DUMP_, atomic: what becomes of the crash dump that halt_text asks for
    uint32_t world_lock         # stop-the-world requests
    uint32_t world_stopped
    # --- hooks of higher floors, set at VM start
    int (*run)(Scheduler* s, Process* p) noexcept nogil             # the dispatch loop; returns RUN_
    void (*poll_io)(VM* vm, Scheduler* s, int64_t timeout_ns) noexcept nogil   # called by an idle scheduler; or NULL
    void (*wake_io)(VM* vm) noexcept nogil                          # ends a poll_io early
    void (*process_gone)(VM* vm, Process* p) noexcept nogil         # ETS: tables of a dead process, ports
    void (*port_signal)(VM* vm, Term port, Signal* s) noexcept nogil   # delivers to a port (link, exit, command); takes s
    void (*crash_dump)(VM* vm, Scheduler* s) noexcept nogil     # writes it; s: the calling scheduler, or NULL. NULL: none
    # --- state of other rooms, each allocated and freed by its owner
    void* ets
    void* io
    void* persistent_terms
    void* time                  # time.pyx: clocks, offsets
    void* bif_state[16]         # by BIF_STATE_ index (bif rooms)
    void* runtime               # settings: argv, flags, OTP root (runtime.pyx)
    void* environment           # the VM's own environment (os.pyx)
    # --- counters
    uint64_t unique             # reference numbers; atomic
    uint64_t unique_integers    # erlang:unique_integer of threads that are no schedulers; atomic
    uint64_t ref_base
    uint64_t message_count
    uint64_t gc_count, gc_words
    Term system_logger          # pid or atom; atomic
    uint32_t flags
    uint32_t default_min_heap, default_fullsweep
    size_t default_max_heap, default_min_vheap    # words
    uint32_t default_max_heap_flags               # MAX_HEAP_
    Process* init_process
    uint64_t last_reductions, last_runtime, last_wall_clock   # of statistics/1; atomic
    void* trace                 # trace/room.pyx; NULL until somebody traces
    int backtrace_depth         # -1: OTP's default of 8
    uint32_t atom_limit         # +t: atoms that are there when the VM starts, and those it may add
    uint32_t atom_base          # the table's size before the process's first VM
    uint32_t atoms_made         # by this VM's schedulers; atomic

cdef inline int active_schedulers(VM* vm) noexcept nogil: return <int>en_load32_rlx(&vm.schedulers_active)
# May allocate a fragment; never collects.
cdef inline Term* proc_alloc(Process* p, size_t words) noexcept nogil:
    return heap_alloc(&p.mem.heap, words)
cdef inline Heap* proc_heap(Process* p) noexcept nogil: return &p.mem.heap
# What is more than the turn had left ends the turn and counts all the same.
cdef inline void charge(Process* p, int64_t reductions) noexcept nogil:
    if reductions >= p.reductions_left:
        if p.reductions_left > 0:
            reductions -= p.reductions_left
            p.reductions_left = 0
        p.reductions_done += <uint64_t>reductions
    else:
        p.reductions_left -= <int32_t>reductions
cdef inline bint process_is_exiting(Process* p) noexcept nogil:
    return (en_load32_acq(&p.state) & PS_EXITING) != 0

"""What of a process is watched by a tracer, and whom to tell.

Tracing lives on a higher floor; what happens in the lower ones reaches it through the table here, filled when
it is imported. Nothing of it costs an untraced process more than a test of trace_flags (or of the VM's `trace`,
where no process is at hand) on ways that are slow anyway.

The flags and the tracer of a process are written by the scheduler that runs it, or while the world is stopped.

Read next: trace/room.pxd.
"""
from libc.stdint cimport int64_t, uint32_t
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.code.module cimport CodeTables, Export, Module
from enigma.process.process cimport Process, Scheduler, Signal, VM

cdef enum:
    TF_TIMESTAMP = 1
    TF_STRICT = 1 << 1           # strict_monotonic_timestamp
    TF_MONOTONIC = 1 << 2
    TF_SEND = 1 << 3
    TF_RECEIVE = 1 << 4
    TF_ON_SPAWN = 1 << 5
    TF_CALL = 1 << 6
    TF_PROCS = 1 << 7
    TF_ON_FIRST_SPAWN = 1 << 8
    TF_ON_LINK = 1 << 9
    TF_ON_FIRST_LINK = 1 << 10
    TF_RUNNING = 1 << 11
    TF_EXITING = 1 << 12
    TF_GC = 1 << 13
    TF_ARITY = 1 << 14
    TF_RETURN_TO = 1 << 15
    TF_SILENT = 1 << 16
    TF_SCHEDULER_ID = 1 << 17
    TF_PORTS = 1 << 18
    TF_RUNNING_PORTS = 1 << 19
    TF_RUNNING_PROCS = 1 << 20
    TF_TRACEE = (1 << 21) - 1    # all that erlang:trace/3 sets
    TF_STAMPS = TF_TIMESTAMP | TF_STRICT | TF_MONOTONIC
    TF_SCHEDULING = TF_RUNNING | TF_RUNNING_PROCS
    TF_MODIFIERS = TF_SILENT | TF_STAMPS | TF_SCHEDULER_ID | TF_SEND | TF_RECEIVE
    TF_FOR_PORTS = TF_MODIFIERS | TF_PORTS | TF_RUNNING_PORTS
    TF_FOR_PROCESSES = (TF_TRACEE & ~TF_FOR_PORTS) | TF_MODIFIERS
    # the VM's own
    TF_FRAMES = 1 << 24          # return addresses of tracing may lie on the stack
    TF_SEQUENTIAL = 1 << 25      # has a sequential trace token
    TF_SAVE_CALLS = 1 << 26
    # what a process with save_calls keeps besides calls
    SAVED_SEND = 1
    SAVED_RECEIVE = 2
    SAVED_TIMEOUT = 3

cdef enum:
    BREAK_ELSEWHERE = 1         # of breakpoint: no instruction has this word
cdef struct WatchHooks:
    # --- of the loop; the process's heap fields are current, x[0..arity-1] the arguments. The word that
    # stands for the instruction proper, 0 or False: the process must exit.
    word (*breakpoint)(Process* p, word* ip, Term* x) noexcept nogil
    bint (*exported)(Process* p, Export* e, Term* x) noexcept nogil
    # A return address of tracing has been returned to: tells, and drops what it pushed.
    void (*returned)(Process* p, Term* x) noexcept nogil
    # An exception leaves the frames from the stack pointer to `to` (the whole stack: NULL handler).
    void (*unwinding)(Process* p, Term* to, word* handler, Term class_, Term value) noexcept nogil
    # --- of messages
    void (*sending)(Process* p, Term to, Term message) noexcept nogil
    void (*receiving)(Process* p, Signal* s) noexcept nogil
    # The message s gets the sequential token of its sender; its receiver takes it (or loses its own).
    void (*with_token)(Process* p, Signal* s, Term to) noexcept nogil
    void (*token_taken)(Process* p, Signal* s) noexcept nogil
    # ... and its exit signal s.
    void (*exit_with_token)(Process* p, Signal* s, Term to) noexcept nogil
    void (*note)(Process* p, int what) noexcept nogil            # among the saved calls: SAVED_
    # --- of processes: {trace, p, what, data} or {trace, p, what, data, extra}; extra 0: none
    void (*event)(Process* p, Term what, Term data, Term extra) noexcept nogil
    void (*spawning)(Process* parent, Process* child, bint linked, Term args) noexcept nogil
    void (*scheduled)(Process* p, Term what) noexcept nogil
    void (*collecting)(Process* p, bint full, size_t size, bint done, int64_t ns) noexcept nogil
    void (*gone)(Process* p) noexcept nogil                      # frees what tracing keeps of p
    # --- of ports, whose mutex is held. A new one gets the VM's flags; {trace, port, what, data [, extra]}
    void (*port_new)(VM* vm, Term port, Term* tracer, uint32_t* flags) noexcept nogil
    void (*port_event)(VM* vm, Term port, Term* tracer, uint32_t* flags, Term what, Term data, Term extra) noexcept nogil
    # --- of schedulers and ports, for the system's monitor and profiler; called while VM.trace is set
    void (*runnable)(Process* p, bint active) noexcept nogil     # p, which nobody runs, is about to be queued; or waits
    void (*turn)(Process* p, word* began, int64_t ns) noexcept nogil
    void (*resting)(Scheduler* s, bint active) noexcept nogil
    void (*port_runs)(VM* vm, Term port, bint active) noexcept nogil     # its mutex is held
    # --- of the VM
    void (*code_leaves)(VM* vm, Module* m) noexcept nogil        # m's current code is about to be replaced
    void (*code_came)(VM* vm, Module* m) noexcept nogil

cdef WatchHooks* watch_hooks() noexcept nogil
# True for the return addresses that tracing puts on stacks.
cdef bint is_trace_return(Term t) noexcept nogil

"""What a VM knows of tracing, and how a trace message is made and sent.

A VM has a room once somebody has asked for a trace; what is in it is changed only while the world is stopped, so
whoever runs reads it without a lock. Functions that are traced stand in point.pxd, what happens to processes in
event.pyx.

A trace message goes straight into the tracer's queue, from the thread on which the event takes place: so the
messages about one process arrive in the order of its events. A tracer that is gone is noticed at the next event,
which then clears the tracee's flags.

Read next: process/watch.pxd for the flags, point.pxd.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap
from enigma.term.pack cimport word
from enigma.code.module cimport Export
from enigma.memory.heap cimport Fragment
from enigma.match.spec cimport MatchProgram
from enigma.process.process cimport Process, VM

# A match specification with its source. Shared by the breakpoints that one call of trace_pattern has set.
cdef struct TraceSpec:
    uint32_t users              # changed while the world is stopped
    MatchProgram* program
    Term source                 # in `fragment` or literal
    Fragment* fragment

# A function whose calls are told or counted; see point.pxd.
cdef struct TimeItem:            # of one process
    Term pid
    uint64_t calls
    int64_t ns

cdef struct Point:
    word* at                     # entry of the code, or of the stub
    Point* chain
    Export* export               # not NULL: exported calls only
    Export* bif                  # the function is a BIF: its Export leads to `at`
    word original                # what stood at `at`
    uint32_t kinds               # POINT_
    Term module
    Term function
    uint32_t arity
    TraceSpec* spec              # NULL: true
    TraceSpec* meta_spec
    Term meta_tracer             # atomic: 0 once it has been found dead
    uint64_t count               # atomic
    uint32_t time_lock           # spin: guards the next three
    TimeItem* times              # hash table by pid, 0: empty; open addressing
    size_t time_count
    size_t time_capacity         # a power of two, at least twice the count

# trace_pattern(send | 'receive', ...)
cdef struct EventPattern:
    bint on
    TraceSpec* spec             # NULL: true

# What trace_pattern(on_load, ...) has asked for.
cdef struct LoadPattern:
    bint on
    uint32_t kinds              # POINT_; 0: global calls
    TraceSpec* spec
    TraceSpec* meta_spec
    Term meta_tracer

cdef struct TraceRoom:
    VM* vm
    # --- new processes and ports
    uint32_t process_flags      # TF_
    uint32_t port_flags
    Term process_tracer
    Term port_tracer
    # --- functions
    Point** points              # hash table by address
    size_t point_buckets
    size_t point_count
    EventPattern send
    EventPattern receive
    LoadPattern on_load
    bint cpu_time               # `timestamp` is the processor time of the VM: cpu_timestamp
    uint32_t control_word       # of set_tcw; atomic
    # --- the system
    Term monitor                # who gets system_monitor's messages; 0: nobody
    int64_t long_gc             # ms; -1: not asked for
    int64_t long_schedule       # ms
    int64_t large_heap          # words
    bint busy_port, busy_dist_port
    Term profiler               # who gets system_profile's; 0: nobody
    uint32_t profile            # PROFILE_
    Term seq_tracer             # system_flag(sequential_tracer); 0: nobody
    uint32_t savers             # processes with save_calls
cdef enum:
    PROFILE_PROCS = 1
    PROFILE_PORTS = 2
    PROFILE_SCHEDULER = 4
    PROFILE_EXCLUSIVE = 8
    PROFILE_STAMP_SHIFT = 4     # TF_STAMPS bits above

cdef inline TraceRoom* trace_room(VM* vm) noexcept nogil: return <TraceRoom*>vm.trace
# Makes the room if there is none; NULL: no memory.
cdef TraceRoom* trace_room_get(VM* vm) noexcept nogil
cdef void trace_room_free(VM* vm) noexcept nogil             # all threads have ended

cdef TraceSpec* spec_new(Term source, int dialect, Term* reason) noexcept nogil     # with one user
cdef TraceSpec* spec_share(TraceSpec* s) noexcept nogil
cdef void spec_drop(TraceSpec* s) noexcept nogil

# Whether a process or port can take messages.
cdef bint tracer_lives(VM* vm, Term tracer) noexcept nogil
# p's tracer if an event of p is to be told: alive, not p itself. A dead one ends p's being traced.
cdef Term tracer_of(Process* p) noexcept nogil

# {trace, tracee, tag, data [, extra] [, result] [, scheduler] [, timestamp]}. Terms are copied; extra 0 and
# result `true` are left out. tracee is a pid, or the label of seq_trace.
cdef void trace_tell(VM* vm, Term tracer, uint32_t flags, Term tracee, Term tag, Term data, Term extra, Term result) noexcept nogil
# Sends what lies in a fragment, to a port in external format.
cdef void trace_send(VM* vm, Term tracer, Term tracee, Term message, void* fragment) noexcept nogil
# A timestamp as the TF_ bits say; 0: no memory.
cdef Term trace_stamp(VM* vm, Heap* h, uint32_t flags) noexcept nogil

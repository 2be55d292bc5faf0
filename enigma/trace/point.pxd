"""Functions whose calls are told or counted.

A Point stands for one function: either for its exported calls (the Export then leads to an instruction in its own
stub) or for all its calls (the first word of its code is trace_break, and the Point keeps the word that belongs
there). Turning the one on turns the other off, as in OTP. Points come and go only while the world is stopped.

A BIF has no calls to break at: call_bif runs it on the spot. While a BIF is traced in some VM its entry is marked
BIF_TRACED; call_bif then goes by the Export, which leads to the Point here.

What a call leaves on the stack, for its return, looks like a frame; the word at E[0] is a special return address:

    SPECIAL_RETURN_TRACE, SPECIAL_EXCEPTION_TRACE    module, function, arity, tracer (pid, port, or `true`: the
                                                     process's own at that time), nil
    SPECIAL_RETURN_TO                                nothing
    SPECIAL_RETURN_TIME                              the timed function that called: its address / 8, or nil

Read next: room.pxd.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.code.module cimport BifEntry, Export, Module
from enigma.process.process cimport Process, VM
from enigma.trace.room cimport Point, TimeItem, TraceRoom, TraceSpec

cdef enum:
    POINT_GLOBAL = 1
    POINT_LOCAL = 2
    POINT_META = 4
    POINT_COUNT = 8
    POINT_COUNTING = 16          # ... and not paused
    POINT_TIME = 32
    POINT_TIMING = 64
    POINT_SAVE = 128             # of exported calls: processes with save_calls keep them
    POINT_DEBUG = 256            # not told: the process's error handler is called instead, breakpoint(M, F, Args)
    POINT_KINDS = POINT_LOCAL | POINT_META | POINT_COUNT | POINT_TIME
    # what is to be done
    PATTERN_OFF = 0
    PATTERN_ON = 1
    PATTERN_RESTART = 2
    PATTERN_PAUSE = 3

cdef Point* point_find(TraceRoom* room, word* at) noexcept nogil

# Which functions; '_' is 0 for module and function, -1 for the arity.
cdef struct Wanted:
    Term module
    Term function
    int64_t arity

# Sets or clears; the world is stopped. kinds 0: global calls. How many functions matched; -1: no memory.
cdef int64_t points_set(TraceRoom* room, Wanted* w, int action, uint32_t kinds, TraceSpec* spec, TraceSpec* meta_spec,
                        Term meta_tracer) noexcept nogil
# p keeps its last n calls from now on (0: none); how many it kept before. -1: no memory. By the scheduler that runs p.
cdef int64_t save_calls(Process* p, int64_t n) noexcept nogil
# The last process that kept calls has died: exported calls go straight on again. Stops the world.
cdef void points_saved_last(VM* vm) noexcept nogil
cdef int64_t count_exports(VM* vm, Wanted* w) noexcept nogil
cdef int64_t count_functions(VM* vm, Wanted* w) noexcept nogil
# The points of one function: of its exported calls, else of all. NULL: none.
cdef Point* point_of(TraceRoom* room, Term module, Term function, uint32_t arity) noexcept nogil
cdef void points_free(TraceRoom* room) noexcept nogil
# What the match specifications of tracing do; room.pxd's and event.pyx's programs use it, too.
cdef void point_timed_out(Process* p) noexcept nogil         # p stops running: its time counts until here
cdef void point_timed_in(Process* p) noexcept nogil

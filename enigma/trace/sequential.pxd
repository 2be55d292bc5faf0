"""Sequential tracing: a token that follows messages from process to process.

A token is a tuple {Flags, Label, Serial, From, LastCount} on the heap of its process (Process.sequential_token),
and travels in the `extra` of the messages it sends, and of the exit signals of its death. Whoever takes such a message
out of its queue has the message's token from then on; one without a token takes the token away, but what no process
has sent (timeouts, 'DOWN', answers of ports and of the system) leaves it alone. What happens to messages with a token
is told to the system's sequential tracer.

Read next: the seq_trace module of OTP's reference manual.
"""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.process.process cimport Process, Signal, VM

cdef enum:
    SEQ_SEND = 1
    SEQ_RECEIVE = 2
    SEQ_PRINT = 4
    SEQ_TIMESTAMP = 8
    SEQ_STRICT = 16
    SEQ_MONOTONIC = 32

cdef uint32_t seq_flag(Term name) noexcept nogil             # 0: no flag
# erlang:seq_trace(What, Value): the former value; 0: badarg. pretend: nothing is changed. May allocate.
cdef Term seq_trace_set(Process* p, Term what, Term value, bint pretend) noexcept nogil
# erlang:seq_trace_info(What): {What, Value} or []; 0: badarg, or no memory.
cdef Term seq_trace_info(Process* p, Term what) noexcept nogil
# Tells the sequential tracer, if the token's flags ask for this type.
cdef void seq_trace_tell(Process* p, Term token, uint32_t type, Term receiver, Term message) noexcept nogil
# erlang:seq_trace_print: p has a token.
cdef void seq_trace_print(Process* p, Term message) noexcept nogil
# system_flag(reset_seq_trace): no process and no message has a token any more; the world is stopped.
cdef void seq_trace_reset(VM* vm) noexcept nogil
# Of process/watch.pxd.
cdef void seq_with_token(Process* p, Signal* s, Term to) noexcept nogil
cdef void seq_token_taken(Process* p, Signal* s) noexcept nogil
cdef void seq_exit_with_token(Process* p, Signal* s, Term to) noexcept nogil
# A child inherits the token by a request to it and its reply, both told to the tracer; args: of its first function.
# What the BIF that spawns knows of it is in the Birth that it has announced on this thread.
cdef struct Birth:
    Term options                # as the BIF got them
    Term tag                    # of the reply
    bint message                # the reply is a message, told as received when it is taken
    bint silent                 # there is none
    Term* monitor               # where the reference of the child's monitor will be (0: none)
    # --- what came of it, on the parent's heap; 0: no token was inherited
    Term ref                    # of the request
    Term token                  # of the reply
cdef void seq_birth(Birth* b) noexcept nogil                # NULL: it is over
cdef void seq_trace_spawned(Process* parent, Process* p, Term args) noexcept nogil

"""The trace flags of a process by name; setting them, for oneself and others."""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap
from enigma.process.process cimport Process, VM

cdef uint32_t trace_flag_bit(Term name) noexcept nogil       # TF_; 0: no flag. `all` is every one
# A list of flags and {tracer, Pid | Port}; what does not occur leaves its variable alone. *cpu: cpu_timestamp does.
cdef bint trace_flags_of(Term list_, uint32_t* mask, Term* tracer, bint* cpu) noexcept nogil
# {tag, Pid | Port} or {tag, erl_tracer, Pid | Port}: *tracer becomes the id, or [] if erl_tracer has no use for its
# state. False: nothing of this kind.
cdef bint tracer_from(Term t, Term tag, Term* tracer) noexcept nogil
cdef Term trace_flag_list(Heap* h, uint32_t flags) noexcept nogil    # as trace_info(_, flags) gives it; 0: no memory
# Gives q (itself, or with the world stopped) a tracer and flags. AM_true if that changes anything.
cdef Term tracee_set(Process* q, Term tracer, uint32_t off, uint32_t on) noexcept nogil

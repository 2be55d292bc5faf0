"""The natives of module `erl_tracer`: where trace messages go when a process or port is the tracer."""
from enigma.term.am cimport *
from enigma.term.core cimport Term
from enigma.term.boxed cimport term_is_port
from enigma.code.module cimport BIF_NIF, bif_register
from enigma.process.lifecycle cimport process_alive
from enigma.bif.errors cimport *


# enabled(TraceTag, TracerState, Tracee): whether a trace message to TracerState makes sense.
cdef Term enabled_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if term_is_local_pid(args[1]):
        if args[1] == args[2]:
            return AM_discard
        if process_alive(p.vm, args[1]):
            return AM_trace
    elif term_is_port(args[1]):
        return AM_trace
    return AM_remove if args[0] == AM_trace_status else AM_discard


# trace(TraceTag, TracerState, Tracee, TraceTerm, Opts): nothing in this VM produces trace events yet.
cdef Term trace_5(void* proc, Term* args) noexcept nogil:
    return fail(<Process*>proc, EXC_NOTSUP)


bif_register(b"erl_tracer", b"enabled", 3, enabled_3, BIF_NIF)
bif_register(b"erl_tracer", b"trace", 5, trace_5, BIF_NIF)

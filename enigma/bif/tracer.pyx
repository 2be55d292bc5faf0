"""The natives of module `erl_tracer`: where trace messages go when a process or port is the tracer."""
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.core cimport Term
from enigma.term.map cimport map_find
from enigma.term.pack cimport *
from enigma.memory.heap cimport FragmentHeap, fragment_heap_init, fragment_heap_take, term_copy
from enigma.code.module cimport BIF_NIF, bif_register
from enigma.process.process cimport Process
from enigma.process.signal cimport fragments_free
from enigma.trace.room cimport trace_send, tracer_lives
from enigma.bif.errors cimport *

cdef Term atom_extra = atom_from_cstr(b"extra")
cdef Term atom_match_spec_result = atom_from_cstr(b"match_spec_result")


# enabled(TraceTag, TracerState, Tracee): whether a trace message to TracerState makes sense.
cdef Term enabled_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if term_is_local_pid(args[1]):
        if args[1] == args[2]:
            return AM_discard
    if tracer_lives(p.vm, args[1]):
        return AM_trace
    return AM_remove if args[0] == AM_trace_status else AM_discard


cdef Term option(Term options, Term key) noexcept nogil:
    cdef Term* value = map_find(options, key)
    return value[0] if value != NULL else 0


# trace(TraceTag, TracerState, Tracee, TraceTerm, Opts): a message to TracerState if that is a process or port here. The
# VM's own traces don't come this way.
cdef Term trace_5(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term options = args[4], stamp
    cdef Term parts[8]
    cdef Term keys[4]
    cdef FragmentHeap fh
    cdef Term* q
    cdef Term t
    cdef size_t n = 0, i
    cdef bint good = True
    if not term_is_map(options):
        return badarg(p)
    if not tracer_lives(p.vm, args[1]):
        return AM_ok
    stamp = option(options, AM_timestamp)
    if args[0] == AM_seq_trace:
        parts[0] = AM_seq_trace
    else:
        parts[0] = AM_trace if stamp == 0 else AM_trace_ts
    parts[1] = args[2]
    n = 2
    if args[0] != AM_seq_trace:
        parts[2] = args[0]
        n = 3
    parts[n] = args[3]
    n += 1
    keys[:] = [atom_extra, atom_match_spec_result, AM_scheduler_id, AM_timestamp]
    for i in range(4):
        t = option(options, keys[i])
        if t != 0:
            parts[n] = t
            n += 1
    fragment_heap_init(&fh)
    q = heap_alloc(&fh.heap, n + 1)
    if q != NULL:
        q[0] = make_header(T_TUPLE, n)
        for i in range(n):
            q[1 + i] = term_copy(&fh.heap, parts[i], True)
            good = good and q[1 + i] != 0
    if q == NULL or not good:
        fragments_free(fragment_heap_take(&fh))
        return fail(p, EXC_SYSTEM_LIMIT)
    trace_send(p.vm, args[1], args[2], make_boxed(q), fragment_heap_take(&fh))
    return AM_ok


bif_register(b"erl_tracer", b"enabled", 3, enabled_3, BIF_NIF)
bif_register(b"erl_tracer", b"trace", 5, trace_5, BIF_NIF)

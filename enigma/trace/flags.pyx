"""Names and setting of trace flags; see flags.pxd."""
from libc.stdint cimport uint32_t
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.pack cimport *
from enigma.process.process cimport *
from enigma.process.watch cimport *

cdef enum:
    NAMES = 21

cdef Term atom_erl_tracer = atom_from_cstr(b"erl_tracer")
# By bit.
cdef Term names[NAMES]
names[:] = [AM_timestamp, AM_strict_monotonic_timestamp, AM_monotonic_timestamp, AM_send, AM_receive, AM_set_on_spawn,
            AM_call, AM_procs, AM_set_on_first_spawn, AM_set_on_link, AM_set_on_first_link, AM_running, AM_exiting,
            AM_garbage_collection, AM_arity, AM_return_to, AM_silent, AM_scheduler_id, AM_ports, AM_running_ports,
            AM_running_procs]


cdef uint32_t trace_flag_bit(Term name) noexcept nogil:
    cdef uint32_t i
    if name == AM_all:
        return TF_TRACEE
    for i in range(NAMES):
        if names[i] == name:
            return <uint32_t>1 << i
    return 0


cdef bint tracer_from(Term t, Term tag, Term* tracer) noexcept nogil:
    cdef Term* q
    if not term_is_tuple_of(t, 2) and not term_is_tuple_of(t, 3):
        return False
    q = tuple_elements(t)
    if q[0] != tag:
        return False
    if tuple_arity(t) == 2:
        if not term_is_local_pid(q[1]) and not term_is_local_port(q[1]):
            return False
        tracer[0] = q[1]
        return True
    # Another module's state needs natives of that module, which come with libraries, and no library can be loaded.
    if q[1] != atom_erl_tracer:
        return False
    tracer[0] = q[2] if term_is_local_pid(q[2]) or term_is_local_port(q[2]) else nil()
    return True


cdef bint trace_flags_of(Term list_, uint32_t* mask, Term* tracer, bint* cpu) noexcept nogil:
    cdef uint32_t all_ = 0, bit
    cdef Term found = 0
    cdef bint stamp = False
    while term_is_list(list_):
        bit = trace_flag_bit(list_head(list_))
        if list_head(list_) == AM_cpu_timestamp:
            stamp = True
        elif bit == 0 and not tracer_from(list_head(list_), AM_tracer, &found):
            return False
        all_ |= bit
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return False
    if all_ != 0:
        mask[0] = all_
    if found != 0:
        tracer[0] = found
    if stamp:
        cpu[0] = True
    return True


cdef Term trace_flag_list(Heap* h, uint32_t flags) noexcept nogil:
    # The last bit comes first, as in OTP.
    cdef Term list_ = nil()
    cdef Term* q
    cdef uint32_t i
    for i in range(NAMES):
        if flags & (<uint32_t>1 << i):
            q = heap_alloc(h, 2)
            if q == NULL:
                return 0
            list_ = cons(q, names[i], list_)
    return list_


cdef Term tracee_set(Process* q, Term tracer, uint32_t off, uint32_t on) noexcept nogil:
    cdef uint32_t flags = q.trace_flags & TF_TRACEE
    cdef Term result
    if tracer == 0:
        flags = 0
    else:
        flags = (flags & ~off) | on
        if flags == 0:
            tracer = 0
    result = AM_true if q.tracer != tracer or flags != q.trace_flags & TF_TRACEE else AM_false
    q.tracer = tracer
    q.trace_flags = (q.trace_flags & ~<uint32_t>TF_TRACEE) | flags
    return result

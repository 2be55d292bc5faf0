"""Timer BIFs: start_timer, send_after, cancel_timer, read_timer. Read next: process/timer.pxd."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.number cimport integer_from_i64
from enigma.code.module cimport bif_register
from enigma.process.process cimport *
from enigma.process.signal cimport send_system
from enigma.process.lifecycle cimport process_alive, ref_from_ids, ref_next_ids
from enigma.process.timer cimport *
from enigma.bif.errors cimport *
from enigma.bif.build cimport *

cdef struct TimerOptions:
    bint absolute
    bint asynchronous
    bint info

cdef enum:
    TAKES_ABS = 1
    TAKES_ASYNC = 2
    TAKES_INFO = 4

cdef bint options(Term list_, int takes, TimerOptions* o) noexcept nogil:
    cdef Term* e
    cdef bint value
    o.absolute = False
    o.asynchronous = False
    o.info = True
    while term_is_list(list_):
        if not term_is_tuple_of(list_head(list_), 2):
            return False
        e = tuple_elements(list_head(list_))
        if e[1] != AM_true and e[1] != AM_false:
            return False
        value = e[1] == AM_true
        if e[0] == AM_abs and takes & TAKES_ABS:
            o.absolute = value
        elif e[0] == AM_async and takes & TAKES_ASYNC:
            o.asynchronous = value
        elif e[0] == AM_info and takes & TAKES_INFO:
            o.info = value
        else:
            return False
        list_ = list_tail(list_)
    return term_is_nil(list_)

# The time in milliseconds as monotonic nanoseconds; False if no clock of this VM can ever show it.
cdef bint due_time(Process* p, Term time, bint absolute, int64_t* due) noexcept nogil:
    cdef int64_t ms, ns, since
    if not term_is_small(time):
        return False
    ms = small_value(time)
    if not absolute and ms < 0:
        return False
    if en_mul_overflow(ms, 1000000, &ns):
        return False
    if not absolute and en_add_overflow(clock_monotonic(p.vm), ns, &ns):
        return False
    if en_sub_overflow(ns, <int64_t>CLOCK_START, &since) or since < 0:
        return False
    due[0] = ns
    return True

cdef Term start(Process* p, Term* args, Term option_list, bint with_ref) noexcept nogil:
    cdef TimerOptions o
    cdef int64_t due = 0
    cdef uint32_t ids[3]
    cdef Term ref
    if not options(option_list, TAKES_ABS, &o):
        return badarg_cause(p, AM_badopt)
    if not due_time(p, args[0], o.absolute, &due):
        return badarg_cause(p, AM_time)
    if not term_is_local_pid(args[1]) and not term_is_atom(args[1]):
        return badarg(p)
    charge(p, 10)
    if term_is_local_pid(args[1]) and args[1] != p.id and not process_alive(p.vm, args[1]):
        ref_next_ids(p.vm, ids)             # nobody will ever receive it
    elif not bif_timer_start(p.vm, p, due, args[1], args[2], with_ref, ids):
        return fail(p, EXC_SYSTEM_LIMIT)
    ref = ref_from_ids(proc_heap(p), ids)
    return ref if ref != 0 else fail(p, EXC_SYSTEM_LIMIT)

cdef Term start_timer_3(void* proc, Term* args) noexcept nogil:
    return start(<Process*>proc, args, nil(), True)

cdef Term start_timer_4(void* proc, Term* args) noexcept nogil:
    return start(<Process*>proc, args, args[3], True)

cdef Term send_after_3(void* proc, Term* args) noexcept nogil:
    return start(<Process*>proc, args, nil(), False)

cdef Term send_after_4(void* proc, Term* args) noexcept nogil:
    return start(<Process*>proc, args, args[3], False)

# The answer of cancel or read: a number or false, or ok and perhaps a message {Tag, Ref, Answer}.
cdef Term ask(Process* p, Term ref, Term option_list, bint cancel) noexcept nogil:
    cdef TimerOptions o
    cdef int64_t ms = -1
    cdef Term result
    cdef Term* hp
    if not term_is_ref(ref) or not options(option_list, TAKES_ASYNC | TAKES_INFO if cancel else TAKES_ASYNC, &o):
        return badarg(p)
    if term_is_kind(ref, T_REF):
        ms = bif_timer_cancel(p.vm, ref_ids(ref)) if cancel else bif_timer_read(p.vm, ref_ids(ref))
    result = make_small(ms) if ms >= 0 else AM_false
    if o.asynchronous and o.info:
        hp = proc_alloc(p, 4)
        if hp == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        hp[0] = make_header(T_TUPLE, 3)
        hp[1] = AM_cancel_timer if cancel else AM_read_timer
        hp[2] = ref
        hp[3] = result
        send_system(p.vm, clock_sender(), p.id, make_boxed(hp))
        return AM_ok
    return AM_ok if o.asynchronous or not o.info else result

cdef Term cancel_timer_1(void* proc, Term* args) noexcept nogil:
    return ask(<Process*>proc, args[0], nil(), True)

cdef Term cancel_timer_2(void* proc, Term* args) noexcept nogil:
    return ask(<Process*>proc, args[0], args[1], True)

cdef Term read_timer_1(void* proc, Term* args) noexcept nogil:
    return ask(<Process*>proc, args[0], nil(), False)

cdef Term read_timer_2(void* proc, Term* args) noexcept nogil:
    return ask(<Process*>proc, args[0], args[1], False)

bif_register(b"erlang", b"start_timer", 3, start_timer_3, 0)
bif_register(b"erlang", b"start_timer", 4, start_timer_4, 0)
bif_register(b"erlang", b"send_after", 3, send_after_3, 0)
bif_register(b"erlang", b"send_after", 4, send_after_4, 0)
bif_register(b"erlang", b"cancel_timer", 1, cancel_timer_1, 0)
bif_register(b"erlang", b"cancel_timer", 2, cancel_timer_2, 0)
bif_register(b"erlang", b"read_timer", 1, read_timer_1, 0)
bif_register(b"erlang", b"read_timer", 2, read_timer_2, 0)

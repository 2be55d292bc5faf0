"""Tracing, system_monitor and system_profile: what programs ask for, checked and handed to enigma/trace.

Flags of other processes and breakpoints are changed while the world is stopped: nobody is in the midst of a call
then, and no lock is needed where traces happen.

Read next: trace/room.pxd.
"""
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.am cimport *
from enigma.term.boxed cimport *
from enigma.term.number cimport integer_from_u64
from enigma.memory.heap cimport term_copy
from enigma.code.module cimport *
from enigma.emulator.exception cimport log_error_term
from enigma.match.spec cimport MATCH_CALL, MATCH_RECEIVE, MATCH_SEND
from enigma.process.process cimport *
from enigma.process.lifecycle cimport process_alive, process_list, process_lock, process_unlock, ref_new
from enigma.process.scheduler cimport scheduler_current, world_resume, world_stop
from enigma.process.signal cimport send_message
from enigma.process.watch cimport *
from enigma.io.port cimport Port, port_find, port_list, port_release
from enigma.trace.flags cimport *
from enigma.trace.point cimport *
from enigma.trace.room cimport *
from enigma.bif.build cimport prepend, tuple2, tuple3, tuple4
from enigma.bif.errors cimport *


cdef inline void stop(Process* p) noexcept nogil:
    world_stop(p.vm, scheduler_current())


cdef inline void go_on(Process* p) noexcept nogil:
    world_resume(p.vm, scheduler_current())


# --- processes and ports ------------------------------------------------------------------------------------------

# One tracee; the world is stopped. False: it has another tracer already.
cdef bint start_trace(VM* vm, Term id_, Term* tracer_at, uint32_t* flags_at, Term tracer, bint on, uint32_t mask) noexcept nogil:
    if tracer != 0 and flags_at[0] & TF_TRACEE and tracer_at[0] != tracer and tracer_at[0] != 0 \
            and tracer_lives(vm, tracer_at[0]):
        return False
    if on:
        flags_at[0] |= mask
    else:
        flags_at[0] &= ~mask
    if flags_at[0] & TF_TRACEE == 0:
        tracer_at[0] = 0
    elif tracer != 0:
        tracer_at[0] = tracer
    return True


cdef int64_t trace_processes(VM* vm, Term tracer, bint on, uint32_t mask) noexcept nogil:
    cdef size_t n = process_list(vm, NULL, 0), i
    cdef Term* pids = <Term*>malloc((n + 16) * sizeof(Term))
    cdef Process* q
    cdef int64_t matched = 0
    if pids == NULL:
        return -1
    n = process_list(vm, pids, n + 16)
    for i in range(n):
        q = process_lock(vm, pids[i])
        if q == NULL:
            continue
        if not q.host and start_trace(vm, q.id, &q.tracer, &q.trace_flags, tracer, on, mask):
            matched += 1
        process_unlock(q)
    free(pids)
    return matched


cdef int64_t trace_ports(VM* vm, Term tracer, bint on, uint32_t mask) noexcept nogil:
    cdef size_t n = port_list(vm, NULL, 0), i
    cdef Term* ids = <Term*>malloc((n + 16) * sizeof(Term))
    cdef Port* port
    cdef int64_t matched = 0
    if ids == NULL:
        return -1
    n = port_list(vm, ids, n + 16)
    for i in range(n):
        port = port_find(vm, ids[i])
        if port == NULL:
            continue
        if start_trace(vm, port.id, &port.tracer, &port.trace_flags, tracer, on, mask):
            matched += 1
        port_release(port)
    free(ids)
    return matched


cdef void default_flags(uint32_t* flags, Term* tracer_at, Term tracer, bint on, uint32_t mask) noexcept nogil:
    if on:
        flags[0] |= mask
    else:
        flags[0] &= ~mask
    if flags[0] & TF_TRACEE == 0:
        tracer_at[0] = 0
    elif tracer != 0:
        tracer_at[0] = tracer


# One process or port. 1, 0: it has another tracer; -1: there is none.
cdef int trace_one(VM* vm, Term whom, Term tracer, bint on, uint32_t mask) noexcept nogil:
    cdef Process* q
    cdef Port* port
    cdef bint good
    if term_is_local_pid(whom):
        q = process_lock(vm, whom)
        if q == NULL:
            return -1
        good = start_trace(vm, whom, &q.tracer, &q.trace_flags, tracer, on, mask)
        process_unlock(q)
        return good
    port = port_find(vm, whom)
    if port == NULL:
        return -1
    good = start_trace(vm, whom, &port.tracer, &port.trace_flags, tracer, on, mask)
    port_release(port)
    return good


cdef Term trace_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term whom = args[0], tracer = 0
    cdef TraceRoom* room
    cdef uint32_t mask = 0
    cdef bint on = args[1] == AM_true, cpu = False, processes = False, ports = False, modifiers = False
    cdef int64_t matched = 0, n
    cdef int done
    if not trace_flags_of(args[2], &mask, &tracer, &cpu):
        return badarg_cause(p, AM_badopt)
    if args[1] != AM_true and args[1] != AM_false:
        return badarg(p)
    if (cpu and whom != AM_all) or tracer == nil():
        return badarg(p)
    if on and tracer == 0:
        tracer = p.id
    if term_is_local_pid(whom) or term_is_local_port(whom):
        stop(p)
        room = trace_room_get(p.vm)
        done = trace_one(p.vm, whom, tracer, on, mask) if room != NULL else -1
        go_on(p)
        if done == 0:
            log_error_term(p, b"** can only have one tracer per process\n", nil())
        return make_small(1) if done > 0 else badarg(p)
    if whom == AM_all or whom == AM_existing or whom == AM_ports or whom == AM_processes \
            or whom == AM_existing_ports or whom == AM_existing_processes:
        processes = mask & (TF_FOR_PROCESSES & ~TF_MODIFIERS) and whom != AM_ports and whom != AM_existing_ports
        ports = mask & (TF_FOR_PORTS & ~TF_MODIFIERS) and whom != AM_processes and whom != AM_existing_processes
        if mask & TF_MODIFIERS:
            if whom == AM_ports or whom == AM_existing_ports:
                ports = True
            elif whom == AM_processes or whom == AM_existing_processes:
                processes = True
            else:
                modifiers = True
    elif whom != AM_new and whom != AM_new_ports and whom != AM_new_processes:
        return badarg(p)
    stop(p)
    room = trace_room_get(p.vm)
    if room == NULL:
        go_on(p)
        return fail(p, EXC_SYSTEM_LIMIT)
    if cpu:
        room.cpu_time = on
    if processes or modifiers:
        n = trace_processes(p.vm, tracer, on, mask)
        matched += n if n > 0 else 0
    if ports or modifiers:
        n = trace_ports(p.vm, tracer, on, mask)
        matched += n if n > 0 else 0
    if whom == AM_all or whom == AM_new or whom == AM_ports or whom == AM_processes or whom == AM_new_ports \
            or whom == AM_new_processes:
        if mask & TF_FOR_PROCESSES and whom != AM_ports and whom != AM_new_ports:
            default_flags(&room.process_flags, &room.process_tracer, tracer, on, mask & TF_FOR_PROCESSES)
        if mask & TF_FOR_PORTS and whom != AM_processes and whom != AM_new_processes:
            default_flags(&room.port_flags, &room.port_tracer, tracer, on, mask & TF_FOR_PORTS)
    go_on(p)
    return make_small(matched)


# --- functions ------------------------------------------------------------------------------------------------------

# {Module, Function, Arity}, where '_' may stand for the last one, two or three.
cdef bint wanted_of(Term t, Wanted* w) noexcept nogil:
    cdef Term* q
    cdef int i, given = 0
    if not term_is_tuple_of(t, 3):
        return False
    q = tuple_elements(t)
    if not term_is_atom(q[0]) or not term_is_atom(q[1]) or not (term_is_small(q[2]) or q[2] == AM_underscore):
        return False
    while given < 3 and q[given] != AM_underscore:
        given += 1
    for i in range(given, 3):
        if q[i] != AM_underscore:
            return False
    w.module = q[0] if given > 0 else 0
    w.function = q[1] if given > 1 else 0
    w.arity = small_value(q[2]) if given > 2 else -1
    return given < 3 or w.arity >= 0


# POINT_ kinds of a list of flags; 0: global.
cdef bint pattern_flags(Process* p, Term list_, uint32_t* kinds, Term* meta_tracer) noexcept nogil:
    cdef Term t
    cdef bint global_ = False
    kinds[0] = 0
    meta_tracer[0] = 0
    while term_is_list(list_):
        t = list_head(list_)
        if t == AM_global:
            if kinds[0] != 0:
                return False
            global_ = True
        elif term_is_tuple(t):
            if not tracer_from(t, AM_meta, meta_tracer) or term_is_nil(meta_tracer[0]):
                return False
            kinds[0] |= POINT_META
        elif global_:
            return False
        elif t == AM_local:
            kinds[0] |= POINT_LOCAL
        elif t == AM_meta:
            kinds[0] |= POINT_META
            if meta_tracer[0] == 0:
                meta_tracer[0] = p.id
        elif t == AM_call_count:
            kinds[0] |= POINT_COUNT
        elif t == AM_call_time:
            kinds[0] |= POINT_TIME
        else:
            return False
        list_ = list_tail(list_)
    return term_is_nil(list_)


cdef void load_pattern(LoadPattern* l, int action, uint32_t kinds, TraceSpec* spec, Term meta_tracer) noexcept nogil:
    cdef bint on = action != PATTERN_OFF
    if kinds & POINT_LOCAL or kinds == 0:
        spec_drop(l.spec)
        l.spec = spec_share(spec)
    if kinds & POINT_META:
        spec_drop(l.meta_spec)
        l.meta_spec = spec_share(spec)
        l.meta_tracer = meta_tracer
    elif kinds == 0:
        spec_drop(l.meta_spec)
        l.meta_spec = NULL
        l.meta_tracer = 0
    if action > PATTERN_ON:
        kinds &= ~<uint32_t>(POINT_COUNT | POINT_TIME)      # nothing to restart or pause in code yet to come
    if l.kinds != 0 and kinds != 0:
        if on:
            l.kinds |= kinds
        else:
            l.kinds &= ~kinds
            if l.kinds == 0:
                l.on = False
    elif l.kinds == 0 and kinds == 0:
        l.on = on
    elif on:
        l.kinds = kinds
        l.on = True


cdef int64_t set_pattern(Process* p, TraceRoom* room, Term what, Wanted* w, int action, uint32_t kinds, TraceSpec* spec,
                         Term meta_tracer) noexcept nogil:
    cdef EventPattern* e
    if what == AM_on_load:
        load_pattern(&room.on_load, action, kinds, spec, meta_tracer)
        return 0
    if term_is_tuple(what):
        return points_set(room, w, action, kinds, spec, spec, meta_tracer)
    e = &room.send if what == AM_send else &room.receive
    spec_drop(e.spec)
    e.spec = spec_share(spec)
    e.on = action == PATTERN_ON
    return 1


cdef Term trace_pattern_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term what = args[0], reason = AM_badarg, meta_tracer = 0
    cdef TraceRoom* room
    cdef TraceSpec* spec = NULL
    cdef Wanted w
    cdef uint32_t kinds = 0
    cdef int action = PATTERN_ON
    cdef int64_t matched = -1
    cdef Term cause = 0
    if args[1] == AM_false:
        action = PATTERN_OFF
    elif args[1] == AM_restart:
        action = PATTERN_RESTART
    elif args[1] == AM_pause:
        action = PATTERN_PAUSE
    elif args[1] != AM_true and not term_is_nil(args[1]):
        spec = spec_new(args[1], MATCH_SEND if what == AM_send else MATCH_RECEIVE if what == AM_receive else MATCH_CALL,
                        &reason)
        if spec == NULL:
            return fail(p, EXC_SYSTEM_LIMIT) if reason == AM_system_limit else badarg_cause(p, AM_match_spec)
    if not pattern_flags(p, args[2], &kinds, &meta_tracer):
        cause = AM_badopt
    elif spec != NULL and kinds & (POINT_COUNT | POINT_TIME) and not kinds & (POINT_LOCAL | POINT_META):
        cause = AM_call_count
    elif term_is_tuple(what):
        if not wanted_of(what, &w):
            cause = AM_none
    elif what == AM_send or what == AM_receive:
        if args[2] != nil() or action > PATTERN_ON:
            cause = AM_none
    elif what != AM_on_load:
        cause = AM_none
    if cause != 0:
        spec_drop(spec)
        return badarg_cause(p, cause)
    if action > PATTERN_ON and kinds == 0 and what != AM_on_load:
        action = PATTERN_OFF                # of global calls there is nothing to restart
    stop(p)
    room = trace_room_get(p.vm)
    if room != NULL:
        matched = set_pattern(p, room, what, &w, action, kinds, spec, meta_tracer)
    spec_drop(spec)
    go_on(p)
    return make_small(matched) if matched >= 0 else fail(p, EXC_SYSTEM_LIMIT)


# --- what is traced ---------------------------------------------------------------------------------------------------

cdef Term pair(Process* p, Term key, Term value) noexcept nogil:
    return tuple2(p, key, value) if value != 0 else 0


cdef Term source_of(Process* p, TraceSpec* s) noexcept nogil:
    return nil() if s == NULL else term_copy(proc_heap(p), s.source, True)


cdef Term times_of(Process* p, Point* q) noexcept nogil:
    """[{Pid, Calls, Seconds, Microseconds}]"""
    cdef Term list_ = nil()
    cdef size_t i
    cdef int64_t us
    for i in range(q.time_capacity):
        if q.times[i].pid == 0:
            continue
        us = q.times[i].ns // 1000
        list_ = prepend(p, tuple4(p, q.times[i].pid, integer_from_u64(proc_heap(p), q.times[i].calls),
                                  make_small(us // 1000000), make_small(us % 1000000)), list_)
    return list_


cdef Term point_info(Process* p, Point* q, Term key) noexcept nogil:
    """The value of one item; 0: no such item, or no memory. The world is stopped."""
    cdef Term meta
    if key == AM_traced:
        return AM_global if q.kinds & POINT_GLOBAL else AM_local if q.kinds & POINT_LOCAL else AM_false
    if key == AM_match_spec:
        return source_of(p, q.spec) if q.kinds & (POINT_GLOBAL | POINT_LOCAL) else AM_false
    if key == AM_meta:
        meta = <Term>en_load64_acq(&q.meta_tracer)
        return AM_false if not q.kinds & POINT_META else meta if meta != 0 else nil()
    if key == AM_meta_match_spec:
        return source_of(p, q.meta_spec) if q.kinds & POINT_META else AM_false
    if key == AM_call_count:
        return integer_from_u64(proc_heap(p), en_load64_acq(&q.count)) if q.kinds & POINT_COUNT else AM_false
    if key == AM_call_time:
        return times_of(p, q) if q.kinds & POINT_TIME else AM_false
    return 0


cdef Term all_info(Process* p, Point* q) noexcept nogil:
    cdef Term list_ = nil(), value
    cdef Term keys[6]
    cdef int i
    keys[:] = [AM_call_count, AM_call_time, AM_meta_match_spec, AM_meta, AM_match_spec, AM_traced]
    for i in range(6):
        value = point_info(p, q, keys[i])
        if value == 0:
            return 0
        list_ = prepend(p, tuple2(p, keys[i], value), list_)
    return list_


cdef bint is_function_item(Term key) noexcept nogil:
    return (key == AM_traced or key == AM_match_spec or key == AM_meta or key == AM_meta_match_spec
            or key == AM_call_count or key == AM_call_time or key == AM_all)


cdef Term info_of_function(Process* p, Term what, Term key) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    cdef Wanted w
    cdef Point* q
    cdef Term* e
    cdef Term value
    if not term_is_tuple_of(what, 3):
        return badarg(p)
    e = tuple_elements(what)
    if not term_is_atom(e[0]) or not term_is_atom(e[1]) or not term_is_small(e[2]):
        return badarg(p)
    w.module = e[0]
    w.function = e[1]
    w.arity = small_value(e[2])
    if w.arity < 0 or (count_functions(p.vm, &w) == 0 and count_exports(p.vm, &w) == 0):
        return pair(p, key, AM_undefined)
    if room == NULL:
        return pair(p, key, AM_false)
    stop(p)
    q = point_of(room, e[0], e[1], <uint32_t>w.arity)
    if q == NULL:
        go_on(p)
        return pair(p, key, AM_false)
    value = all_info(p, q) if key == AM_all else point_info(p, q, key)
    go_on(p)
    if key == AM_meta and value == AM_false:
        value = nil()
    if value == 0:
        return badarg(p) if not is_function_item(key) else fail(p, EXC_SYSTEM_LIMIT)
    return pair(p, key, value)


cdef Term load_info(Process* p, LoadPattern* l, Term key) noexcept nogil:
    cdef bint has = l.kinds == 0 or l.kinds & POINT_LOCAL
    if key == AM_traced:
        return AM_global if l.kinds == 0 else AM_local if l.kinds & POINT_LOCAL else AM_false
    if key == AM_match_spec:
        return source_of(p, l.spec) if has else AM_false
    if key == AM_meta:
        return AM_false if not l.kinds & POINT_META else l.meta_tracer if l.meta_tracer != 0 else nil()
    if key == AM_meta_match_spec:
        return source_of(p, l.meta_spec) if l.kinds & POINT_META else AM_false
    if key == AM_call_count:
        return AM_true if l.kinds & POINT_COUNT else AM_false
    if key == AM_call_time:
        return AM_true if l.kinds & POINT_TIME else AM_false
    return 0


cdef Term info_on_load(Process* p, Term key) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    cdef Term list_ = nil(), value
    cdef Term keys[5]
    cdef int i
    if not is_function_item(key) or room == NULL or not room.on_load.on:
        return pair(p, key, AM_false) if room == NULL or not room.on_load.on else badarg(p)
    if key != AM_all:
        return pair(p, key, load_info(p, &room.on_load, key))
    keys[:] = [AM_call_count, AM_meta_match_spec, AM_meta, AM_match_spec, AM_traced]
    for i in range(5):
        value = load_info(p, &room.on_load, keys[i])
        if value == 0:
            return fail(p, EXC_SYSTEM_LIMIT)
        list_ = prepend(p, tuple2(p, keys[i], value), list_)
    return pair(p, key, list_)


cdef Term info_of_tracee(Process* p, Term key, uint32_t flags, Term tracer) noexcept nogil:
    if key == AM_flags:
        return pair(p, key, trace_flag_list(proc_heap(p), flags))
    if key == AM_tracer:
        return pair(p, key, tracer if tracer != 0 else nil())
    return badarg(p)


cdef Term trace_info_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term what = args[0], key = args[1], tracer = 0
    cdef TraceRoom* room = trace_room(p.vm)
    cdef EventPattern* e
    cdef Process* q
    cdef Port* port
    cdef uint32_t flags = 0
    if what == AM_on_load:
        return info_on_load(p, key)
    if what == AM_send or what == AM_receive:
        if key != AM_match_spec:
            return badarg(p)
        if room == NULL:
            return pair(p, key, AM_true)
        e = &room.send if what == AM_send else &room.receive
        return pair(p, key, AM_false if not e.on else AM_true if e.spec == NULL else source_of(p, e.spec))
    if term_is_tuple(what):
        return info_of_function(p, what, key)
    if term_is_local_pid(what):
        if key != AM_flags and key != AM_tracer:
            return badarg(p)
        q = process_lock(p.vm, what)
        if q == NULL:
            return AM_undefined
        flags = q.trace_flags
        tracer = q.tracer
        process_unlock(q)
        if tracer != 0 and not tracer_lives(p.vm, tracer):
            flags = 0
            stop(p)                     # its tracer is dead: it is no longer traced
            q = process_lock(p.vm, what)
            if q != NULL:
                if q.tracer == tracer:
                    tracee_set(q, 0, TF_TRACEE, 0)
                process_unlock(q)
            go_on(p)
            tracer = 0
        return info_of_tracee(p, key, flags, tracer)
    if term_is_local_port(what):
        port = port_find(p.vm, what)
        if port == NULL:
            return AM_undefined
        flags = port.trace_flags
        tracer = port.tracer
        port_release(port)
        if tracer != 0 and not tracer_lives(p.vm, tracer):
            flags = 0
            tracer = 0
        return info_of_tracee(p, key, flags, tracer)
    if what == AM_new or what == AM_new_processes or what == AM_new_ports:
        if room != NULL:
            flags = room.port_flags if what == AM_new_ports else room.process_flags
            tracer = room.port_tracer if what == AM_new_ports else room.process_tracer
        if tracer != 0 and not tracer_lives(p.vm, tracer):
            flags = 0
            tracer = 0
        return info_of_tracee(p, key, flags, tracer)
    return badarg_cause(p, AM_badopt)


# Trace messages are delivered as they come into being: all earlier ones have been.
cdef Term trace_delivered_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term ref, message
    if args[0] != AM_all and not term_is_local_pid(args[0]):
        return badarg(p)
    ref = ref_new(p.vm, proc_heap(p))
    message = tuple3(p, AM_trace_delivered, args[0], ref) if ref != 0 else 0
    if message == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    send_message(NULL, p.vm, p.id, message)
    return ref


# --- system_monitor, system_profile -------------------------------------------------------------------------------------

# {name, non-negative small}: the number; -1: no such pair.
cdef int64_t limit_of(Term t, Term name) noexcept nogil:
    cdef Term* q
    if not term_is_tuple_of(t, 2):
        return -1
    q = tuple_elements(t)
    return small_value(q[1]) if q[0] == name and term_is_small(q[1]) and small_value(q[1]) >= 0 else -1


cdef Term watcher_alive(VM* vm, Term watcher) noexcept nogil:
    return watcher if watcher != 0 and tracer_lives(vm, watcher) else 0


cdef Term monitor_of(Process* p) noexcept nogil:
    """{Pid, Options} or undefined."""
    cdef TraceRoom* room = trace_room(p.vm)
    cdef Term list_ = nil()
    if room == NULL or watcher_alive(p.vm, room.monitor) == 0:
        return AM_undefined
    if room.long_gc >= 0:
        list_ = prepend(p, tuple2(p, AM_long_gc, make_small(room.long_gc)), list_)
    if room.long_schedule >= 0:
        list_ = prepend(p, tuple2(p, AM_long_schedule, make_small(room.long_schedule)), list_)
    if room.large_heap >= 0:
        list_ = prepend(p, tuple2(p, AM_large_heap, make_small(room.large_heap)), list_)
    if room.busy_port:
        list_ = prepend(p, AM_busy_port, list_)
    if room.busy_dist_port:
        list_ = prepend(p, AM_busy_dist_port, list_)
    return tuple2(p, room.monitor, list_)


cdef Term monitor_set(Process* p, Term watcher, Term list_) noexcept nogil:
    cdef TraceRoom* room
    cdef int64_t gc = -1, schedule = -1, heap = -1, n
    cdef bint port = False, dist = False
    cdef Term old, t
    while watcher != AM_undefined and term_is_list(list_):
        t = list_head(list_)
        if t == AM_busy_port:
            port = True
        elif t == AM_busy_dist_port:
            dist = True
        elif limit_of(t, AM_long_gc) >= 0:
            n = limit_of(t, AM_long_gc)
            gc = n if n > 0 else 1
        elif limit_of(t, AM_long_schedule) >= 0:
            n = limit_of(t, AM_long_schedule)
            schedule = n if n > 0 else 1
        elif limit_of(t, AM_large_heap) >= 0:
            n = limit_of(t, AM_large_heap)
            heap = n if n > 16384 else 16384
        else:
            return badarg(p)
        list_ = list_tail(list_)
    if watcher != AM_undefined and (not term_is_nil(list_) or not term_is_local_pid(watcher)
                                    or not process_alive(p.vm, watcher)):
        return badarg(p)
    old = monitor_of(p)
    if old == 0:
        return 0
    if watcher == AM_undefined and p.vm.trace == NULL:
        return old
    stop(p)
    room = trace_room_get(p.vm)
    if room != NULL:
        room.monitor = watcher if watcher != AM_undefined and (
            gc >= 0 or schedule >= 0 or heap >= 0 or port or dist) else 0
        room.long_gc = gc
        room.long_schedule = schedule
        room.large_heap = heap
        room.busy_port = port
        room.busy_dist_port = dist
    go_on(p)
    return old if room != NULL else fail(p, EXC_SYSTEM_LIMIT)


cdef Term system_monitor_0(void* proc, Term* args) noexcept nogil:
    return monitor_of(<Process*>proc)


cdef Term system_monitor_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if args[0] == AM_undefined:
        return monitor_set(p, AM_undefined, nil())
    if not term_is_tuple_of(args[0], 2):
        return badarg(p)
    return monitor_set(p, tuple_elements(args[0])[0], tuple_elements(args[0])[1])


cdef Term system_monitor_2(void* proc, Term* args) noexcept nogil:
    return monitor_set(<Process*>proc, AM_undefined if term_is_nil(args[1]) else args[0], args[1])


cdef Term profiler_of(Process* p) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    cdef Term list_ = nil()
    if room == NULL or watcher_alive(p.vm, room.profiler) == 0:
        return AM_undefined
    if room.profile & PROFILE_PORTS:
        list_ = prepend(p, AM_runnable_ports, list_)
    if room.profile & PROFILE_PROCS:
        list_ = prepend(p, AM_runnable_procs, list_)
    if room.profile & PROFILE_SCHEDULER:
        list_ = prepend(p, AM_scheduler, list_)
    if room.profile & PROFILE_EXCLUSIVE:
        list_ = prepend(p, AM_exclusive, list_)
    return tuple2(p, room.profiler, list_)


cdef Term system_profile_0(void* proc, Term* args) noexcept nogil:
    return profiler_of(<Process*>proc)


cdef Term system_profile_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef TraceRoom* room
    cdef Term watcher = args[0], list_ = args[1], t, old
    cdef uint32_t profile = 0, stamps = 0
    if term_is_nil(list_):
        watcher = AM_undefined               # nothing to tell: whoever is named
    while watcher != AM_undefined and term_is_list(list_):
        t = list_head(list_)
        if t == AM_runnable_procs:
            profile |= PROFILE_PROCS
        elif t == AM_runnable_ports:
            profile |= PROFILE_PORTS
        elif t == AM_exclusive:
            profile |= PROFILE_EXCLUSIVE
        elif t == AM_scheduler:
            profile |= PROFILE_SCHEDULER
        elif t == AM_timestamp or t == AM_monotonic_timestamp or t == AM_strict_monotonic_timestamp:
            stamps = trace_flag_bit(t)
        else:
            return badarg(p)
        list_ = list_tail(list_)
    if watcher != AM_undefined and (not term_is_nil(list_) or not tracer_lives(p.vm, watcher)):
        return badarg(p)
    old = profiler_of(p)
    if old == 0 or (watcher == AM_undefined and p.vm.trace == NULL):
        return old
    stop(p)
    room = trace_room_get(p.vm)
    if room != NULL:
        room.profiler = watcher if watcher != AM_undefined else 0
        room.profile = profile | stamps << PROFILE_STAMP_SHIFT
    go_on(p)
    return old if room != NULL else fail(p, EXC_SYSTEM_LIMIT)


# OTP 27 names a session first. There is the static one only; others can't be made.
cdef Term trace_4(void* proc, Term* args) noexcept nogil:
    return trace_3(proc, args + 1)


cdef Term trace_pattern_4(void* proc, Term* args) noexcept nogil:
    return trace_pattern_3(proc, args + 1)


cdef Term trace_info_3(void* proc, Term* args) noexcept nogil:
    return trace_info_2(proc, args + 1)


cdef Term trace_session_create_3(void* proc, Term* args) noexcept nogil:
    return fail(<Process*>proc, EXC_NOTSUP)


cdef Term trace_session_destroy_1(void* proc, Term* args) noexcept nogil:
    return badarg(<Process*>proc)



bif_register(b"erts_internal", b"trace", 3, trace_3, 0)
bif_register(b"erts_internal", b"trace_pattern", 3, trace_pattern_3, 0)
bif_register(b"erlang", b"trace_info", 2, trace_info_2, 0)
bif_register(b"erlang", b"trace_delivered", 1, trace_delivered_1, 0)
bif_register(b"erlang", b"system_monitor", 0, system_monitor_0, 0)
bif_register(b"erlang", b"system_monitor", 1, system_monitor_1, 0)
bif_register(b"erlang", b"system_monitor", 2, system_monitor_2, 0)
bif_register(b"erlang", b"system_profile", 0, system_profile_0, 0)
bif_register(b"erlang", b"system_profile", 2, system_profile_2, 0)
bif_register(b"erts_internal", b"trace", 4, trace_4, 0)
bif_register(b"erts_internal", b"trace_pattern", 4, trace_pattern_4, 0)
bif_register(b"erts_internal", b"trace_info", 3, trace_info_3, 0)
bif_register(b"erts_internal", b"trace_session_create", 3, trace_session_create_3, 0)
bif_register(b"erts_internal", b"trace_session_destroy", 1, trace_session_destroy_1, 0)

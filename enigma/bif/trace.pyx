"""Tracing, system_monitor and system_profile, as far as they can be answered: this VM traces nothing yet.

What asks about traces, or turns them off, gets the answers of a system where nothing is traced, down to the
counts. What would turn something on fails with notsup, after its arguments have been checked as OTP does:
a program never waits for events that will not come.

Read next: match/spec.pxd (match specifications), bif/tracer.pyx.
"""
from libc.stdint cimport int64_t, uint32_t
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.code.module cimport *
from enigma.process.process cimport *
from enigma.process.lifecycle cimport process_alive, process_count, ref_new
from enigma.process.signal cimport send_message
from enigma.io.port cimport Port, port_find, port_list, port_release
from enigma.match.spec cimport MatchProgram, match_compile, match_free
from enigma.bif.build cimport tuple2, tuple3
from enigma.bif.errors cimport *

cdef enum:
    # whom a trace flag is about
    FLAG_PROCESS = 1
    FLAG_PORT = 2
    FLAG_BOTH = 4                # says how events look; matches processes and ports
    FLAG_CPU = 8                 # cpu_timestamp
    # flags of trace_pattern
    PATTERN_GLOBAL = 1
    PATTERN_LOCAL = 2
    PATTERN_META = 4
    PATTERN_COUNT = 8            # call_count, call_time
    # what is to be done to the functions
    TRACE_OFF = 0
    TRACE_ON = 1
    TRACE_KEEP = 2               # restart, pause

cdef Term atom_any = atom_from_cstr(b"_")
cdef Term atom_existing_ports = atom_from_cstr(b"existing_ports")
cdef Term atom_existing_processes = atom_from_cstr(b"existing_processes")
cdef Term atom_new_ports = atom_from_cstr(b"new_ports")
cdef Term atom_new_processes = atom_from_cstr(b"new_processes")
cdef Term atom_new = atom_from_cstr(b"new")
cdef Term atom_existing = atom_from_cstr(b"existing")
cdef Term atom_ports = atom_from_cstr(b"ports")
cdef Term atom_processes = atom_from_cstr(b"processes")
cdef Term atom_tracer = atom_from_cstr(b"tracer")
cdef Term atom_meta = atom_from_cstr(b"meta")
cdef Term atom_restart = atom_from_cstr(b"restart")
cdef Term atom_pause = atom_from_cstr(b"pause")
cdef Term atom_on_load = atom_from_cstr(b"on_load")
cdef Term atom_receive = atom_from_cstr(b"receive")
cdef Term atom_send = atom_from_cstr(b"send")
cdef Term atom_match_spec = atom_from_cstr(b"match_spec")
cdef Term atom_traced = atom_from_cstr(b"traced")
cdef Term atom_flags = atom_from_cstr(b"flags")
cdef Term atom_trace_delivered = atom_from_cstr(b"trace_delivered")
cdef Term atom_call_count = atom_from_cstr(b"call_count")
cdef Term atom_call_time = atom_from_cstr(b"call_time")
cdef Term atom_cpu_timestamp = atom_from_cstr(b"cpu_timestamp")
cdef Term atom_busy_port = atom_from_cstr(b"busy_port")
cdef Term atom_busy_dist_port = atom_from_cstr(b"busy_dist_port")
cdef Term atom_long_gc = atom_from_cstr(b"long_gc")
cdef Term atom_long_schedule = atom_from_cstr(b"long_schedule")
cdef Term atom_large_heap = atom_from_cstr(b"large_heap")
cdef Term atom_runnable_procs = atom_from_cstr(b"runnable_procs")
cdef Term atom_runnable_ports = atom_from_cstr(b"runnable_ports")
cdef Term atom_meta_match_spec = atom_from_cstr(b"meta_match_spec")

# Names of trace flags; the first are for processes, then ports, then both.
cdef enum:
    PROCESS_FLAGS = 13
    PORT_FLAGS = 2
    BOTH_FLAGS = 7
cdef Term flag_atoms[PROCESS_FLAGS + PORT_FLAGS + BOTH_FLAGS]


cdef void make_flags() noexcept nogil:
    cdef const char* names[PROCESS_FLAGS + PORT_FLAGS + BOTH_FLAGS]
    cdef int i
    names[0] = b"call"
    names[1] = b"procs"
    names[2] = b"set_on_spawn"
    names[3] = b"set_on_first_spawn"
    names[4] = b"set_on_link"
    names[5] = b"set_on_first_link"
    names[6] = b"running"
    names[7] = b"running_procs"
    names[8] = b"exiting"
    names[9] = b"garbage_collection"
    names[10] = b"arity"
    names[11] = b"return_to"
    names[12] = b"all"
    names[13] = b"ports"
    names[14] = b"running_ports"
    names[15] = b"send"
    names[16] = b"receive"
    names[17] = b"silent"
    names[18] = b"scheduler_id"
    names[19] = b"timestamp"
    names[20] = b"monotonic_timestamp"
    names[21] = b"strict_monotonic_timestamp"
    for i in range(PROCESS_FLAGS + PORT_FLAGS + BOTH_FLAGS):
        flag_atoms[i] = atom_from_cstr(names[i])


cdef uint32_t trace_flag(Term t) noexcept nogil:         # FLAG_ bits; 0: it is none
    cdef int i
    if t == atom_cpu_timestamp:
        return FLAG_CPU
    if t == AM_all:
        return FLAG_PROCESS | FLAG_PORT | FLAG_BOTH
    for i in range(PROCESS_FLAGS + PORT_FLAGS + BOTH_FLAGS):
        if flag_atoms[i] == t:
            return FLAG_PROCESS if i < PROCESS_FLAGS else FLAG_PORT if i < PROCESS_FLAGS + PORT_FLAGS else FLAG_BOTH
    return 0


# {tag, Pid | Port | []} or {tag, Module, State}
cdef bint is_tracer(Term t, Term tag) noexcept nogil:
    cdef Term* q
    if not term_is_tuple(t) or tuple_arity(t) < 2 or tuple_arity(t) > 3:
        return False
    q = tuple_elements(t)
    if q[0] != tag:
        return False
    if tuple_arity(t) == 3:
        return term_is_atom(q[1])
    return term_is_local_pid(q[1]) or term_is_local_port(q[1]) or term_is_nil(q[1])


cdef bint is_open_port(VM* vm, Term id) noexcept nogil:
    cdef Port* port = port_find(vm, id)
    if port == NULL:
        return False
    port_release(port)
    return True


cdef Term trace_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term whom = args[0], list_ = args[2]
    cdef uint32_t flags = 0, flag
    cdef bint on = args[1] == AM_true, processes = False, ports = False
    cdef int64_t matched = 0
    while term_is_list(list_):
        flag = trace_flag(list_head(list_))
        if flag == 0 and not is_tracer(list_head(list_), atom_tracer):
            return badarg_cause(p, AM_badopt)
        flags |= flag
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return badarg_cause(p, AM_badopt)
    if args[1] != AM_true and args[1] != AM_false:
        return badarg(p)
    if term_is_local_pid(whom) or term_is_local_port(whom):
        if flags & FLAG_CPU:
            return badarg(p)
        if not (process_alive(p.vm, whom) if term_is_local_pid(whom) else is_open_port(p.vm, whom)):
            return badarg(p)
        matched = 1
    elif (whom == AM_all or whom == atom_existing or whom == atom_ports or whom == atom_processes
            or whom == atom_existing_ports or whom == atom_existing_processes):
        if flags & FLAG_CPU and whom != AM_all:
            return badarg(p)
        processes = flags & (FLAG_PROCESS | FLAG_BOTH) and whom != atom_ports and whom != atom_existing_ports
        ports = flags & (FLAG_PORT | FLAG_BOTH) and whom != atom_processes and whom != atom_existing_processes
        if processes:
            matched += <int64_t>process_count(p.vm)
        if ports:
            matched += <int64_t>port_list(p.vm, NULL, 0)
    elif whom != atom_new and whom != atom_new_ports and whom != atom_new_processes or flags & FLAG_CPU:
        return badarg(p)
    if on and flags != 0:
        return fail(p, EXC_NOTSUP)
    return make_small(matched)


# --- functions ------------------------------------------------------------------------------------------------------

cdef struct Wanted:
    Term module                  # atom_any: every one
    Term function
    Term arity                   # small, or atom_any
    int64_t matched


cdef bint is_wanted(Wanted* w, Term module, Term function, uint32_t arity) noexcept nogil:
    return ((w.module == atom_any or w.module == module) and (w.function == atom_any or w.function == function)
            and (w.arity == atom_any or w.arity == make_small(arity)))


cdef void count_export(void* data, Export* e) noexcept nogil:
    cdef Wanted* w = <Wanted*>data
    if is_wanted(w, e.module, e.function, e.arity) and export_is_loaded(e):
        w.matched += 1


cdef int64_t count_exports(CodeTables* code, Wanted* w) noexcept nogil:
    w.matched = 0
    code_each_export(code, count_export, w)
    return w.matched


# Functions of loaded code, exported or not.
cdef int64_t count_functions(CodeTables* code, Wanted* w) noexcept nogil:
    cdef Module* m
    cdef uint32_t i
    w.matched = 0
    code_lock(code)
    m = code.all_modules
    while m != NULL:
        if m.current != NULL and (w.module == atom_any or w.module == m.name):
            for i in range(m.current.function_count):
                if is_wanted(w, m.name, m.current.functions[i].function, m.current.functions[i].arity):
                    w.matched += 1
        m = m.next_all
    code_unlock(code)
    return w.matched


# {Module, Function, Arity}, where '_' may stand for the last one, two or three.
cdef bint wanted_of(Term t, Wanted* w) noexcept nogil:
    cdef Term* q
    cdef int i, given = 0
    if not term_is_tuple_of(t, 3):
        return False
    q = tuple_elements(t)
    if not term_is_atom(q[0]) or not term_is_atom(q[1]) or not (term_is_small(q[2]) or q[2] == atom_any):
        return False
    while given < 3 and q[given] != atom_any:
        given += 1
    for i in range(given, 3):
        if q[i] != atom_any:
            return False
    w.module = q[0]
    w.function = q[1]
    w.arity = q[2]
    return True


cdef bint pattern_flags(Term list_, uint32_t* flags) noexcept nogil:
    cdef Term t
    flags[0] = 0
    while term_is_list(list_):
        t = list_head(list_)
        if t == AM_global:
            if flags[0] & ~<uint32_t>PATTERN_GLOBAL:
                return False
            flags[0] |= PATTERN_GLOBAL
        elif term_is_tuple(t):
            if not is_tracer(t, atom_meta):
                return False
            flags[0] |= PATTERN_META
        elif flags[0] & PATTERN_GLOBAL:
            return False
        elif t == AM_local:
            flags[0] |= PATTERN_LOCAL
        elif t == atom_meta:
            flags[0] |= PATTERN_META
        elif t == atom_call_count or t == atom_call_time:
            flags[0] |= PATTERN_COUNT
        else:
            return False
        list_ = list_tail(list_)
    return term_is_nil(list_)


cdef Term trace_pattern_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term what = args[0], spec = args[1], reason = AM_badarg
    cdef MatchProgram* program
    cdef Wanted w
    cdef uint32_t flags
    cdef int action = TRACE_ON
    cdef int64_t matched = 0
    cdef bint has_spec = False
    if spec == AM_false:
        action = TRACE_OFF
    elif spec == atom_restart or spec == atom_pause:
        action = TRACE_KEEP
    elif spec != AM_true and not term_is_nil(spec):
        program = match_compile(spec, True, &reason)
        if program == NULL:
            return badarg_cause(p, atom_match_spec)
        match_free(program)
        has_spec = True
    if not pattern_flags(args[2], &flags):
        return badarg_cause(p, AM_badopt)
    if has_spec and flags & PATTERN_COUNT and not flags & (PATTERN_LOCAL | PATTERN_META):
        return badarg_cause(p, atom_call_count)
    if what == atom_on_load:
        matched = 0
    elif term_is_tuple(what):
        if not wanted_of(what, &w):
            return badarg_cause(p, AM_none)
        if flags & ~<uint32_t>PATTERN_GLOBAL:
            matched = count_functions(p.vm.code, &w)
        else:
            matched = count_exports(p.vm.code, &w)
    elif what == atom_send or what == atom_receive:
        # What is traced of messages is decided by the processes' flags; none has any, so `true` and `false` are
        # as good as each other.
        if flags != 0 or action == TRACE_KEEP:
            return badarg_cause(p, AM_none)
        if has_spec:
            return fail(p, EXC_NOTSUP)
        return make_small(1)
    else:
        return badarg_cause(p, AM_none)
    if action == TRACE_ON and (matched > 0 or what == atom_on_load):
        return fail(p, EXC_NOTSUP)
    return make_small(matched)


# --- what is traced ---------------------------------------------------------------------------------------------------

cdef Term pair(Process* p, Term key, Term value) noexcept nogil:
    return tuple2(p, key, value)


cdef Term info_of_function(Process* p, Term what, Term key) noexcept nogil:
    cdef Wanted w
    cdef Term* q
    if not term_is_tuple_of(what, 3):
        return badarg(p)
    q = tuple_elements(what)
    if not term_is_atom(q[0]) or not term_is_atom(q[1]) or not term_is_small(q[2]):
        return badarg(p)
    w.module = q[0]
    w.function = q[1]
    w.arity = q[2]
    if q[0] == atom_any or q[1] == atom_any:             # names here
        return pair(p, key, AM_undefined)
    if count_functions(p.vm.code, &w) == 0 and count_exports(p.vm.code, &w) == 0:
        return pair(p, key, AM_undefined)
    return pair(p, key, AM_false)


cdef Term trace_info_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term what = args[0], key = args[1]
    if what == atom_on_load:
        if (key == atom_traced or key == atom_match_spec or key == atom_meta or key == atom_meta_match_spec
                or key == atom_call_count or key == atom_call_time or key == AM_all):
            return pair(p, key, AM_false)
        return badarg(p)
    if what == atom_send or what == atom_receive:
        return pair(p, key, AM_true) if key == atom_match_spec else badarg(p)
    if term_is_tuple(what):
        return info_of_function(p, what, key)
    if term_is_local_pid(what):
        if key != atom_flags and key != atom_tracer:
            return badarg(p)
        return pair(p, key, nil()) if process_alive(p.vm, what) else AM_undefined
    if term_is_local_port(what):
        if not is_open_port(p.vm, what):
            return AM_undefined
    elif what != atom_new and what != atom_new_processes and what != atom_new_ports:
        return badarg_cause(p, AM_badopt)
    if key != atom_flags and key != atom_tracer:
        return badarg(p)
    return pair(p, key, nil())


# Every trace message of the past has been delivered: there were none.
cdef Term trace_delivered_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term ref, message
    if args[0] != AM_all and not term_is_local_pid(args[0]):
        return badarg(p)
    ref = ref_new(p.vm, proc_heap(p))
    message = tuple3(p, atom_trace_delivered, args[0], ref) if ref != 0 else 0
    if message == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    send_message(p, p.vm, p.id, message)
    return ref


# --- system_monitor, system_profile -------------------------------------------------------------------------------------

cdef bint is_monitor_option(Term t) noexcept nogil:
    cdef Term* q
    if t == atom_busy_port or t == atom_busy_dist_port:
        return True
    if not term_is_tuple_of(t, 2):
        return False
    q = tuple_elements(t)
    return ((q[0] == atom_long_gc or q[0] == atom_long_schedule or q[0] == atom_large_heap)
            and term_is_small(q[1]) and small_value(q[1]) >= 0)


cdef bint is_profile_option(Term t) noexcept nogil:
    return (t == atom_runnable_procs or t == atom_runnable_ports or t == AM_exclusive or t == AM_scheduler
            or t == AM_timestamp or t == AM_monotonic_timestamp or t == AM_strict_monotonic_timestamp)


cdef Term watch(Process* p, Term watcher, Term options, bint profile) noexcept nogil:
    cdef Term list_ = options
    if watcher == AM_undefined or term_is_nil(options):
        return AM_undefined
    while term_is_list(list_):
        if not (is_profile_option(list_head(list_)) if profile else is_monitor_option(list_head(list_))):
            return badarg(p)
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return badarg(p)
    if term_is_local_pid(watcher):
        if not process_alive(p.vm, watcher):
            return badarg(p)
    elif not (profile and term_is_local_port(watcher) and is_open_port(p.vm, watcher)):
        return badarg(p)
    return fail(p, EXC_NOTSUP)


cdef Term nobody_0(void* proc, Term* args) noexcept nogil:
    return AM_undefined


cdef Term system_monitor_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if args[0] == AM_undefined:
        return AM_undefined
    if not term_is_tuple_of(args[0], 2):
        return badarg(p)
    return watch(p, tuple_elements(args[0])[0], tuple_elements(args[0])[1], False)


cdef Term system_monitor_2(void* proc, Term* args) noexcept nogil:
    return watch(<Process*>proc, args[0], args[1], False)


cdef Term system_profile_2(void* proc, Term* args) noexcept nogil:
    return watch(<Process*>proc, args[0], args[1], True)


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


make_flags()
bif_register(b"erts_internal", b"trace", 3, trace_3, 0)
bif_register(b"erts_internal", b"trace_pattern", 3, trace_pattern_3, 0)
bif_register(b"erlang", b"trace_info", 2, trace_info_2, 0)
bif_register(b"erlang", b"trace_delivered", 1, trace_delivered_1, 0)
bif_register(b"erlang", b"system_monitor", 0, nobody_0, 0)
bif_register(b"erlang", b"system_monitor", 1, system_monitor_1, 0)
bif_register(b"erlang", b"system_monitor", 2, system_monitor_2, 0)
bif_register(b"erlang", b"system_profile", 0, nobody_0, 0)
bif_register(b"erlang", b"system_profile", 2, system_profile_2, 0)
bif_register(b"erts_internal", b"trace", 4, trace_4, 0)
bif_register(b"erts_internal", b"trace_pattern", 4, trace_pattern_4, 0)
bif_register(b"erts_internal", b"trace_info", 3, trace_info_3, 0)
bif_register(b"erts_internal", b"trace_session_create", 3, trace_session_create_3, 0)
bif_register(b"erts_internal", b"trace_session_destroy", 1, trace_session_destroy_1, 0)

"""BIFs about processes: spawning, links, monitors, aliases, exits, sending, names, flags, system tasks.

A BIF that asks another process something sends a signal that carries a fresh reference and lets Erlang
code of OTP's own (erts_internal) wait for {Ref, Result}; so nothing here ever blocks a scheduler.

Read next: process/signal.pxd for the protocol, bif/process_info.pyx for process_info/1,2.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.number cimport integer_is_negative, integer_to_i64, integer_to_u64
from enigma.term.compare cimport term_identical
from enigma.term.external cimport node_local
from enigma.term.text cimport text_identifier
from enigma.memory.heap cimport *
from enigma.code.module cimport BIF_GUARD, BIF_HEAVY, bif_register, export_get
from enigma.process.process cimport *
from enigma.process.table cimport room_of
from enigma.process.relation cimport *
from enigma.process.relation cimport RelationSet as Relations
from enigma.process.dictionary cimport Dictionary as Dict
from enigma.process.dictionary cimport dictionary_free
from enigma.process.signal cimport *
from enigma.process.lifecycle cimport *
from enigma.process.figures cimport max_heap_map, max_heap_value
from enigma.process.scheduler cimport scheduler_current, vm_halt, vm_halt_slogan
from enigma.process.settings cimport VMSettings
from enigma.process.watch cimport TF_PORTS, TF_PROCS, TF_SEQUENTIAL, watch_hooks
from enigma.trace.event cimport tell_about
from enigma.trace.point cimport save_calls as keep_calls
from enigma.trace.sequential cimport Birth, seq_birth, seq_trace_info, seq_trace_print, seq_trace_set
from enigma.io.port cimport Port, port_find, port_release
from enigma.bif.errors cimport *
from enigma.bif.build cimport *
from enigma.bif.code cimport process_check_code

# --- small helpers ------------------------------------------------------------------------------------------

cdef inline Term boolean(bint b) noexcept nogil:
    return AM_true if b else AM_false

cdef inline Term no_memory(Process* p) noexcept nogil:
    return fail(p, EXC_SYSTEM_LIMIT)

cdef bint is_external_pid(Term t) noexcept nogil:
    return not term_is_local_pid(t) and term_is_pid(t)

# A process of an earlier life of this node, before it started again: as one that is dead.
cdef bint is_former_pid(Term t) noexcept nogil:
    return is_external_pid(t) and (<External*>boxed_ptr(t)).node.name == node_local().name

cdef bint is_former_port(Term t) noexcept nogil:
    return not term_is_local_port(t) and term_is_port(t) and (<External*>boxed_ptr(t)).node.name == node_local().name

cdef Term gone_reason(Term pid) noexcept nogil:
    return AM_noproc if is_former_pid(pid) else AM_noconnection


cdef int64_t proper_length(Term t) noexcept nogil:      # -1: no proper list
    cdef int64_t n = 0
    while term_is_list(t):
        n += 1
        t = list_tail(t)
    return n if term_is_nil(t) else -1

cdef Term exited(Process* p) noexcept nogil:
    """A signal to itself has ended the process: the scheduler finishes it when the loop lets go."""
    process_condemn(p, p.fvalue)
    p.freason = TRAP_EXITED
    return 0

# Signals a process sends to itself take effect before the BIF returns.
cdef Term after_own_signal(Process* p, Term value) noexcept nogil:
    if not signals_fetch(p):
        return exited(p)
    return value

# --- spawning --------------------------------------------------------------------------------------------------

cdef struct Request:               # what only spawn_request takes
    Term tag
    bint on_success
    bint on_error

cdef bint monitor_options(Term list_, bint allow_alias, Term* tag, uint32_t* alias) noexcept nogil:
    cdef Term* e
    while term_is_list(list_):
        if not term_is_tuple_of(list_head(list_), 2):
            return False
        e = tuple_elements(list_head(list_))
        if e[0] == AM_tag:
            tag[0] = e[1]
        elif e[0] == AM_alias and allow_alias:
            if e[1] == AM_explicit_unalias:
                alias[0] = ALIAS_EXPLICIT
            elif e[1] == AM_demonitor:
                alias[0] = ALIAS_DEMONITOR
            elif e[1] == AM_reply_demonitor:
                alias[0] = ALIAS_REPLY_DEMONITOR
            else:
                return False
        else:
            return False
        list_ = list_tail(list_)
    return term_is_nil(list_)

cdef bint priority_of(Term t, uint32_t* out) noexcept nogil:
    if t == AM_normal:
        out[0] = PRIO_NORMAL
    elif t == AM_low:
        out[0] = PRIO_LOW
    elif t == AM_high:
        out[0] = PRIO_HIGH
    elif t == AM_max:
        out[0] = PRIO_MAX
    else:
        return False
    return True

cdef Term priority_name(uint32_t priority) noexcept nogil:
    if priority == PRIO_LOW:
        return AM_low
    if priority == PRIO_HIGH:
        return AM_high
    if priority == PRIO_MAX:
        return AM_max
    return AM_normal

cdef size_t min_heap_of(int64_t words) noexcept nogil:
    return heap_next_size(<size_t>words) if words > 233 else 233

cdef bint spawn_option(VM* vm, Term option, SpawnOptions* o, Request* r) noexcept nogil:
    cdef Term* e
    cdef Term key, value
    cdef int64_t n
    if option == AM_link:
        o.flags |= SPAWN_LINK
        return True
    if option == AM_monitor:
        o.flags |= SPAWN_MONITOR
        return True
    if not term_is_tuple_of(option, 2):
        return False
    e = tuple_elements(option)
    key = e[0]
    value = e[1]
    n = small_value(value) if term_is_small(value) else -1
    if key == AM_monitor:
        if not monitor_options(value, True, &o.monitor_tag, &o.alias_mode):
            return False
        o.flags |= SPAWN_MONITOR
    elif key == AM_priority:
        return priority_of(value, &o.priority)
    elif key == AM_message_queue_data:
        if value == AM_off_heap:
            o.process_flags |= PF_OFF_HEAP_MESSAGES
        elif value == AM_on_heap:
            o.process_flags &= ~<uint32_t>PF_OFF_HEAP_MESSAGES
        else:
            return False
    elif key == AM_async_dist and (<VMSettings*>vm.runtime).release_number >= 26:
        if value == AM_true:
            o.process_flags |= PF_ASYNC_DIST
        elif value == AM_false:
            o.process_flags &= ~<uint32_t>PF_ASYNC_DIST
        else:
            return False
    elif key == AM_min_heap_size:
        if n < 0 or n > <int64_t>1 << 40:
            return False
        o.min_heap = min_heap_of(n)
    elif key == AM_max_heap_size:
        return max_heap_value(value, 233, &o.max_heap, &o.max_heap_flags)
    elif key == AM_min_bin_vheap_size:
        if n < 0 or n > <int64_t>1 << 40:
            return False
        o.min_vheap = heap_next_size(<size_t>n) if <size_t>n > vm.default_min_vheap else vm.default_min_vheap
    elif key == AM_fullsweep_after:
        if n < 0:
            return False
        o.fullsweep_after = <uint32_t>(n if n < 65535 else 65535)
        o.fullsweep_given = True
    elif key == AM_scheduler:
        o.scheduler = <int>n
        return n >= 0 and n <= vm.scheduler_count
    elif key == AM_collector:                           # Enigma's own: which strategy frees the heap
        if value == AM_generational:
            o.collector = collector_generational()
        elif value == AM_never:
            o.collector = collector_never()
        else:
            return False
    elif key == AM_reply_tag and r != NULL:
        r.tag = value
    elif key == AM_reply and r != NULL:
        r.on_success = value == AM_yes or value == AM_success_only
        r.on_error = value == AM_yes or value == AM_error_only
        return r.on_success or r.on_error or value == AM_no
    else:
        return False
    return True

# 0: fine, 1: no proper list, -1: an option that is none.
cdef int spawn_options(VM* vm, Term list_, SpawnOptions* o, Request* r) noexcept nogil:
    cdef int result = 0
    spawn_options_init(vm, o)
    if r != NULL:
        r.tag = AM_spawn_reply
        r.on_success = True
        r.on_error = True
    while term_is_list(list_):
        if not spawn_option(vm, list_head(list_), o, r):
            result = -1
        list_ = list_tail(list_)
    return result if term_is_nil(list_) else 1

# Spawns; what the system's sequential tracer hears of the birth says `options` and r (NULL: not by spawn_request).
cdef Term give_birth(Process* p, Term* args, SpawnOptions* o, Term options, Request* r, Birth* b) noexcept nogil:
    cdef Term pid
    memset(b, 0, sizeof(Birth))
    if not p.trace_flags & TF_SEQUENTIAL:
        return process_spawn(p.vm, p, args[0], args[1], args[2], o)
    b.options = options
    b.tag = r.tag if r != NULL else AM_spawn_reply
    b.message = r != NULL
    b.silent = r != NULL and not r.on_success
    b.monitor = &o.monitor_ref
    seq_birth(b)
    pid = process_spawn(p.vm, p, args[0], args[1], args[2], o)
    seq_birth(NULL)
    return pid

cdef Term spawn_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef SpawnOptions o
    cdef Birth b
    spawn_options_init(p.vm, &o)
    return give_birth(p, args, &o, nil(), NULL, &b)

cdef Term spawn_link_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef SpawnOptions o
    cdef Birth b
    cdef Term options = nil()
    spawn_options_init(p.vm, &o)
    o.flags = SPAWN_LINK
    if p.trace_flags & TF_SEQUENTIAL:
        options = prepend(p, AM_link, options)
        if options == 0:
            return no_memory(p)
    return give_birth(p, args, &o, options, NULL, &b)

cdef Term spawn_opt_4(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef SpawnOptions o
    cdef Birth b
    cdef Term pid
    if spawn_options(p.vm, args[3], &o, NULL) != 0:
        return badarg_cause(p, AM_badopt)
    pid = give_birth(p, args, &o, args[3], NULL, &b)
    if pid != 0 and o.flags & SPAWN_MONITOR:
        return tuple2(p, pid, o.monitor_ref)
    return pid

cdef Term spawn_system_process_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef SpawnOptions o
    spawn_options_init(p.vm, &o)
    o.process_flags = PF_SYSTEM_PROCESS
    return process_spawn(p.vm, p, args[0], args[1], args[2], &o)

# token: the child's, which the reply brings; 0: none.
cdef void spawn_reply(Process* p, Term tag, Term ref, Term what, Term value, Term token) noexcept nogil:
    cdef Term* hp = proc_alloc(p, 5)
    cdef Signal* s
    if hp == NULL:
        return
    hp[0] = make_header(T_TUPLE, 4)
    hp[1] = tag
    hp[2] = ref
    hp[3] = what
    hp[4] = value
    if what != AM_ok:
        send_system(p.vm, node_local().name, p.id, make_boxed(hp))
        return
    s = signal_new(SIG_MESSAGE, value)
    if s != NULL and signal_set_term(s, &s.term, make_boxed(hp)) and (token == 0 or signal_set_term(s, &s.extra, token)):
        signal_send(p.vm, p.id, s)
    elif s != NULL:
        signal_free(s)

cdef struct Answer:
    SpawnOptions* options
    Request* request
    Birth* birth
    Term ref                 # of the request; 0: no memory

cdef void answer_request(void* data, Process* parent, Process* p) noexcept nogil:
    """The answer is in the queue before anything that the child sends."""
    cdef Answer* a = <Answer*>data
    if a.options.flags & SPAWN_MONITOR:
        a.ref = a.options.monitor_ref
    else:
        a.ref = a.birth.ref if a.birth.ref != 0 else ref_new(parent.vm, proc_heap(parent))
    if a.ref != 0 and a.request.on_success:
        spawn_reply(parent, a.request.tag, a.ref, AM_ok, p.id, a.birth.token)

cdef Term spawn_request_4(void* proc, Term* args) noexcept nogil:
    """The request is carried out at once; only its answer comes as a message."""
    cdef Process* p = <Process*>proc
    cdef SpawnOptions o
    cdef Request r
    cdef Birth b
    cdef Answer a
    cdef Term pid, ref, reason
    cdef int bad
    if not term_is_atom(args[0]) or not term_is_atom(args[1]) or proper_length(args[2]) < 0:
        return AM_badarg
    bad = spawn_options(p.vm, args[3], &o, &r)
    if bad > 0:
        return AM_badopt
    pid = 0
    reason = AM_badopt
    if bad == 0:
        a.options = &o
        a.request = &r
        a.birth = &b
        a.ref = 0
        o.born = answer_request
        o.born_data = &a
        pid = give_birth(p, args, &o, args[3], &r, &b)
        reason = AM_system_limit
    if pid == 0:
        ref = ref_new(p.vm, proc_heap(p))
        if ref == 0:
            return no_memory(p)
        if r.on_error:
            spawn_reply(p, r.tag, ref, AM_error, reason, 0)
        return ref
    return a.ref if a.ref != 0 else no_memory(p)

cdef Term spawn_request_abandon_1(void* proc, Term* args) noexcept nogil:
    # A local request is answered before it returns: there is never one to abandon.
    if not term_is_ref(args[0]):
        return badarg(<Process*>proc)
    return AM_false

cdef Term dist_spawn_request_4(void* proc, Term* args) noexcept nogil:
    """Without a connection to the node the answer is noconnection, as a message like any other's."""
    cdef Process* p = <Process*>proc
    cdef Term* e
    cdef Term list_ = args[2], ref, option
    cdef Term tag = AM_spawn_reply
    cdef bint monitored = False, on_error = True
    if not term_is_atom(args[0]) or not term_is_tuple_of(args[1], 3):
        return AM_badarg
    e = tuple_elements(args[1])
    if not term_is_atom(e[0]) or not term_is_atom(e[1]) or proper_length(e[2]) < 0 or proper_length(list_) < 0:
        return AM_badarg
    while term_is_list(list_):
        option = list_head(list_)
        if option == AM_monitor:
            monitored = True
        elif term_is_tuple_of(option, 2):
            e = tuple_elements(option)
            if e[0] == AM_monitor:
                monitored = True
            elif e[0] == AM_reply_tag and args[3] == AM_spawn_request:
                tag = e[1]
            elif e[0] == AM_reply and args[3] == AM_spawn_request:
                on_error = e[1] == AM_yes or e[1] == AM_error_only
        list_ = list_tail(list_)
    ref = ref_new(p.vm, proc_heap(p))
    if ref == 0:
        return no_memory(p)
    if on_error:
        spawn_reply(p, tag, ref, AM_error, AM_noconnection, 0)
    if args[3] == AM_spawn_request:
        return ref
    return tuple2(p, ref, boolean(monitored))

# --- links and exits -----------------------------------------------------------------------------------------------

cdef bint port_lives(VM* vm, Term id) noexcept nogil:
    cdef Port* port = port_find(vm, id)
    if port != NULL:
        port_release(port)
    return port != NULL

cdef Term link_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term other = args[0]
    cdef Term* hp
    if p.trace_flags & TF_PROCS:
        watch_hooks().event(p, AM_link, other, 0)
    if is_external_pid(other):          # a node that can't be reached
        if is_former_pid(other) and not p.flags & PF_TRAP_EXIT:
            return fail(p, EXC_NOPROC)
        if p.flags & PF_TRAP_EXIT:
            hp = proc_alloc(p, 4)
            if hp == NULL:
                return no_memory(p)
            hp[0] = make_header(T_TUPLE, 3)
            hp[1] = AM_EXIT
            hp[2] = other
            hp[3] = gone_reason(other)
            send_system(p.vm, 0, p.id, make_boxed(hp))
        else:
            exit_signal(p.vm, p.id, p.id, AM_noconnection, 0)
        return AM_true
    if not term_is_local_pid(other) and not term_is_local_port(other):
        return badarg(p)
    if (term_is_local_pid(other) or port_lives(p.vm, other)) and link_to(p, other):
        return AM_true
    if p.flags & PF_TRAP_EXIT:
        exit_signal(p.vm, other, p.id, AM_noproc, EXIT_OF_SYSTEM)
        return AM_true
    return fail(p, EXC_NOPROC)

cdef Term unlink_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if p.trace_flags & TF_PROCS:
        watch_hooks().event(p, AM_unlink, args[0], 0)
    if term_is_local_pid(args[0]) or term_is_local_port(args[0]):
        unlink_from(p, args[0])
        return AM_true
    if term_is_pid(args[0]) or term_is_port(args[0]):
        return AM_true
    return badarg(p)

cdef Term exit_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term to = args[0]
    cdef uint32_t flags = 0
    if args[1] == AM_kill:
        flags |= EXIT_KILL
    if to == p.id and (args[1] == AM_kill or not p.flags & PF_TRAP_EXIT):
        # Ends before it returns, even if the reason is normal; one that traps finds the signal later.
        exit_signal(p.vm, p.id, to, args[1], flags | EXIT_NORMAL_KILLS)
        return after_own_signal(p, AM_true)
    if term_is_local_pid(to) or term_is_local_port(to):
        exit_signal(p.vm, p.id, to, args[1], flags)
        return AM_true
    if term_is_pid(to) or term_is_port(to):
        return AM_true
    return badarg(p)

# --- monitors and aliases ----------------------------------------------------------------------------------------------

cdef Term monitor_general(Process* p, Term type_, Term what, uint32_t alias, Term tag) noexcept nogil:
    cdef Term target, ref
    cdef Term* e
    cdef uint32_t flags = 0
    if type_ == AM_time_offset:
        if what != AM_clock_service:
            return badarg(p)
        ref = monitor_start(p, AM_clock_service, 0, MONITOR_TIME_OFFSET, alias, tag)
        return ref if ref != 0 else no_memory(p)
    if type_ != AM_process and type_ != AM_port:
        return badarg_cause(p, AM_badtype)
    if type_ == AM_port:
        flags = MONITOR_PORT
    if term_is_local_pid(what) and type_ == AM_process or term_is_local_port(what) and type_ == AM_port:
        ref = monitor_start(p, what, 0, flags, alias, tag)
        return ref if ref != 0 else no_memory(p)
    if is_external_pid(what) and type_ == AM_process or type_ == AM_port and is_former_port(what):
        return monitor_remote(p, type_, what, alias, tag)
    if term_is_tuple_of(what, 2):
        e = tuple_elements(what)
        if not term_is_atom(e[0]) or e[1] != node_local().name:
            return badarg(p)        # another node can't be reached from here
        what = e[0]
    if not term_is_atom(what):
        return badarg(p)
    target = name_whereis(p.vm, what)
    if target != 0 and term_is_local_port(target) != (type_ == AM_port):
        target = 0
    ref = monitor_start(p, target, what, flags, alias, tag)
    return ref if ref != 0 else no_memory(p)

cdef Term monitor_remote(Process* p, Term type_, Term pid, uint32_t alias, Term tag) noexcept nogil:
    """A process of another node, or process or port of an earlier life of this one: it is down at once."""
    cdef Term ref
    cdef Term* hp
    if alias != ALIAS_NONE:
        ref = alias_start(p, alias)
    else:
        ref = ref_new(p.vm, proc_heap(p))
    hp = proc_alloc(p, 6)
    if ref == 0 or hp == NULL:
        return no_memory(p)
    hp[0] = make_header(T_TUPLE, 5)
    hp[1] = tag if tag != 0 else AM_DOWN
    hp[2] = ref
    hp[3] = type_
    hp[4] = pid
    hp[5] = gone_reason(pid) if type_ == AM_process else AM_noproc
    send_system(p.vm, (<External*>boxed_ptr(pid)).node.name, p.id, make_boxed(hp))
    return ref

cdef Term monitor_2(void* proc, Term* args) noexcept nogil:
    return monitor_general(<Process*>proc, args[0], args[1], ALIAS_NONE, 0)

cdef Term monitor_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef uint32_t alias = ALIAS_NONE
    cdef Term tag = 0
    if not monitor_options(args[2], True, &tag, &alias):
        return badarg_cause(p, AM_badopt)
    if args[0] != AM_process and args[0] != AM_port and args[0] != AM_time_offset:
        return badarg_cause(p, AM_badtype)
    return monitor_general(p, args[0], args[1], alias, tag)

cdef Term demonitor_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if not term_is_ref(args[0]):
        return badarg(p)
    if term_is_kind(args[0], T_REF):
        monitor_stop(p, args[0])
    return AM_true

cdef Term demonitor_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term list_ = args[1], result
    cdef bint flush = False, info = False, found = False
    while term_is_list(list_):
        if list_head(list_) == AM_flush:
            flush = True
        elif list_head(list_) == AM_info:
            info = True
        else:
            return badarg(p)
        list_ = list_tail(list_)
    if not term_is_nil(list_) or not term_is_ref(args[0]):
        return badarg(p)
    if term_is_kind(args[0], T_REF):
        found = monitor_stop(p, args[0])
    result = boolean(found) if info else AM_true
    if flush and not found:
        # The down message may be in the queue already.
        return trap3(p, export_get(p.vm.code, AM_erts_internal, AM_flush_monitor_messages, 3), args[0], AM_false, result)
    return result

cdef Term alias_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef uint32_t mode = ALIAS_EXPLICIT
    cdef Term list_ = args[0]
    cdef Term ref
    while term_is_list(list_):
        if list_head(list_) == AM_explicit_unalias:
            mode = ALIAS_EXPLICIT
        elif list_head(list_) == AM_reply:
            mode = ALIAS_REPLY
        else:
            return badarg(p)
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return badarg(p)
    ref = alias_start(p, mode)
    return ref if ref != 0 else no_memory(p)

cdef Term unalias_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if not term_is_ref(args[0]):
        return badarg(p)
    if not term_is_kind(args[0], T_REF):
        return AM_false
    return boolean(alias_stop(p, ref_ids(args[0])))

# --- sending ----------------------------------------------------------------------------------------------------------

cdef Term send_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    charge(p, 3)
    return send_to(p, args[0], args[1])

cdef Term send_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term list_ = args[2]
    cdef bint connect = True
    cdef Term to = args[0]
    while term_is_list(list_):
        if list_head(list_) == AM_noconnect:
            connect = False
        elif list_head(list_) != AM_nosuspend:
            return badarg_cause(p, AM_badopt)
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return badarg_cause(p, AM_badopt)
    if send_to(p, to, args[1]) == 0:
        return 0
    if not connect:
        if term_is_tuple(to) and tuple_elements(to)[1] != node_local().name:
            return AM_noconnect
        if is_external_pid(to):
            return AM_noconnect
    return AM_ok

# --- names ------------------------------------------------------------------------------------------------------------

cdef Term register_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term name = args[0], what = args[1]
    cdef Process* q
    cdef bint named = False
    if not term_is_atom(name) or name == AM_undefined:
        return badarg_cause(p, AM_none)
    if not term_is_local_pid(what) and not (term_is_local_port(what) and port_lives(p.vm, what)):
        return badarg_cause(p, AM_none)
    if term_is_local_pid(what) and what != p.id and not process_alive(p.vm, what):
        return badarg_cause(p, AM_notalive)
    if name_register(p.vm, name, what):
        tell_about(p.vm, what, TF_PROCS | TF_PORTS, AM_register, name)
        return AM_true
    if name_whereis(p.vm, name) != 0 or not term_is_local_pid(what):
        return badarg_cause(p, AM_none)
    q = process_lock(p.vm, what)
    if q == NULL:
        return badarg_cause(p, AM_notalive)
    named = q.registered_name != 0
    process_unlock(q)
    return badarg_cause(p, AM_registered_name if named else AM_notalive)

cdef Term unregister_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term what = name_unregister(p.vm, args[0]) if term_is_atom(args[0]) else 0
    if what == 0:
        return badarg(p)
    tell_about(p.vm, what, TF_PROCS | TF_PORTS, AM_unregister, args[0])
    return AM_true

cdef Term whereis_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term t
    if not term_is_atom(args[0]):
        return badarg(p)
    t = name_whereis(p.vm, args[0])
    return t if t != 0 else AM_undefined

ctypedef size_t (*Lister)(VM* vm, Term* out, size_t max_) noexcept nogil

cdef Term listed(Process* p, Lister lister) noexcept nogil:
    cdef size_t n = lister(p.vm, NULL, 0), room
    cdef Term* items
    cdef Term* cells
    cdef Term list_ = nil()
    while True:
        room = n + n // 8 + 16
        items = <Term*>malloc(room * sizeof(Term))
        if items == NULL:
            return no_memory(p)
        n = lister(p.vm, items, room)
        if n <= room:
            break
        free(items)                # it grew meanwhile
    if n != 0:
        cells = proc_alloc(p, 2 * n)
        if cells == NULL:
            free(items)
            return no_memory(p)
        charge(p, <int64_t>(n >> 3))
        while n > 0:
            n -= 1
            list_ = cons(cells, items[n], list_)
            cells += 2
    free(items)
    return list_

cdef Term registered_0(void* proc, Term* args) noexcept nogil:
    return listed(<Process*>proc, name_list)

# In one piece: what it costs is in bif/internal_state, processes_bif_info.
cdef Term processes_0(void* proc, Term* args) noexcept nogil:
    charge(<Process*>proc, <int64_t>(room_of((<Process*>proc).vm).high >> 8))
    return listed(<Process*>proc, process_list)

# --- identity, aliveness, group leader ------------------------------------------------------------------------------------

cdef Term self_0(void* proc, Term* args) noexcept nogil:
    return (<Process*>proc).id

cdef Term node_0(void* proc, Term* args) noexcept nogil:
    return node_local().name

cdef Term node_1(void* proc, Term* args) noexcept nogil:
    cdef Term t = args[0]
    if term_is_local_pid(t) or term_is_local_port(t) or term_is_kind(t, T_REF):
        return node_local().name
    if term_is_kind(t, T_EXT_PID):
        return (<External*>boxed_ptr(t)).node.name
    return badarg(<Process*>proc)

cdef Term monitor_node_common(Process* p, Term node, Term flag) noexcept nogil:
    if not term_is_atom(node):
        return badarg(p)
    if node != node_local().name:
        return fail(p, EXC_NOTALIVE)
    return AM_true if flag == AM_true or flag == AM_false else badarg(p)

cdef Term monitor_node_2(void* proc, Term* args) noexcept nogil:
    return monitor_node_common(<Process*>proc, args[0], args[1])

cdef Term monitor_node_3(void* proc, Term* args) noexcept nogil:
    cdef Term list_ = args[2]
    while term_is_list(list_):
        if list_head(list_) != AM_allow_passive_connect:
            return badarg_cause(<Process*>proc, AM_badopt)
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return badarg_cause(<Process*>proc, AM_badopt)
    return monitor_node_common(<Process*>proc, args[0], args[1])

# True where the answer is certain without asking; *ask where only the process itself can say.
cdef bint alive_now(Process* p, Term pid, bint* ask) noexcept nogil:
    cdef Process* q = process_lock(p.vm, pid)
    cdef uint32_t state
    ask[0] = False
    if q == NULL:
        return False
    state = en_load32_acq(&q.state)
    # Signals sent before this call count: only if none can be on its way is it certainly alive.
    ask[0] = (state & PS_EXITING) != 0 or (q != p and (q.signal_in_first != NULL or (state & PS_RUNNING) != 0))
    if q.host:
        ask[0] = False
    process_unlock(q)
    return True

cdef Term is_process_alive_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef bint ask, alive
    if term_is_local_pid(args[0]):
        alive = alive_now(p, args[0], &ask)
        if ask:
            return trap1(p, export_get(p.vm.code, AM_erts_internal, AM_is_process_alive, 1), args[0])
        return boolean(alive)
    return AM_false if is_former_pid(args[0]) else badarg(p)

# Sends a request whose answer is {Ref, Result}; the dead answer with `gone`.
cdef Term ask(Process* p, uint32_t kind, Term pid, Term term, Term ref, Term gone) noexcept nogil:
    cdef Signal* s = signal_new(kind, p.id)
    if s == NULL:
        return no_memory(p)
    if not signal_set_term(s, &s.term, term) or not signal_set_term(s, &s.extra, ref):
        signal_free(s)
        return no_memory(p)
    if not signal_send_urgent(p.vm, pid, s, p.priority):
        signal_reply(p.vm, p.id, p.id, ref, gone)
    return AM_ok

cdef Term is_process_alive_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if not term_is_local_pid(args[0]) or not term_is_kind(args[1], T_REF):
        return badarg(p)
    return ask(p, SIG_IS_ALIVE, args[0], nil(), args[1], AM_false)

cdef Term group_leader_0(void* proc, Term* args) noexcept nogil:
    return (<Process*>proc).group_leader

cdef Term group_leader_2(void* proc, Term* args) noexcept nogil:
    """true, badarg, or false: ask with group_leader/3."""
    cdef Process* p = <Process*>proc
    if not term_is_pid(args[0]) or not term_is_local_pid(args[1]):
        return AM_badarg
    if args[1] == p.id:
        if p.flags & PF_SYSTEM_PROCESS:
            return AM_badarg
        p.group_leader = args[0]
        return AM_true
    return AM_false if process_alive(p.vm, args[1]) else AM_badarg

cdef Term group_leader_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if not term_is_pid(args[0]) or not term_is_local_pid(args[1]) or not term_is_kind(args[2], T_REF):
        return badarg(p)
    return ask(p, SIG_GROUP_LEADER, args[1], args[0], args[2], AM_badarg)

cdef Term is_system_process_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Process* q
    cdef bint yes = False
    if not term_is_local_pid(args[0]):
        return badarg(p)
    q = process_lock(p.vm, args[0])
    if q != NULL:
        yes = q.flags & PF_SYSTEM_PROCESS != 0 or q.host
        process_unlock(q)
    return boolean(yes)

cdef Term is_process_executing_dirty_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Process* q
    cdef bint yes = False
    if not term_is_local_pid(args[0]):
        return badarg(p)
    q = process_lock(p.vm, args[0])
    if q != NULL:
        yes = (en_load32_acq(&q.state) & PS_BLOCKED) != 0
        process_unlock(q)
    return boolean(yes)

cdef Term dirty_process_handle_signals_1(void* proc, Term* args) noexcept nogil:
    # Blocked processes take their signals themselves when their job is done.
    cdef Process* p = <Process*>proc
    if not (p.flags & PF_SYSTEM_PROCESS):
        return fail(p, EXC_NOTSUP)
    if not term_is_local_pid(args[0]):
        return AM_false
    return AM_normal if process_alive(p.vm, args[0]) else AM_noproc

# --- flags ------------------------------------------------------------------------------------------------------------

cdef Term set_flag(Process* p, uint32_t flag, Term value) noexcept nogil:
    cdef Term old = boolean(p.flags & flag)
    if value == AM_true:
        p.flags |= flag
    elif value == AM_false:
        p.flags &= ~flag
    else:
        return badarg(p)
    return old

cdef Term save_calls(Process* p, Term value) noexcept nogil:
    cdef int64_t old
    if not term_is_small(value) or small_value(value) < 0 or small_value(value) > 10000:
        return badarg_cause(p, AM_none)
    if p.host:
        return make_small(0)
    old = keep_calls(p, small_value(value))
    return make_small(old) if old >= 0 else fail(p, EXC_SYSTEM_LIMIT)

# Binds the process to scheduler n, or to none (0). Where that means to go elsewhere, it has gone when the BIF returns.
cdef Term bind_to_scheduler(Process* p, int64_t n) noexcept nogil:
    cdef int64_t before = p.home.index if p.home != NULL else 0
    if p.moved_from != 0:
        before = p.moved_from - 1
        p.moved_from = 0
        return make_small(before)
    p.home = p.vm.schedulers[n - 1] if n != 0 else NULL
    if n != 0 and n <= active_schedulers(p.vm) and scheduler_current() != p.home:
        p.moved_from = <uint32_t>before + 1
        return yield_again(p)
    return make_small(before)

cdef Term process_flag_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term flag = args[0], value = args[1], old
    cdef int64_t n = small_value(value) if term_is_small(value) else -1
    cdef uint32_t priority = 0, options
    cdef size_t words = 0
    if flag == AM_trap_exit:
        return set_flag(p, PF_TRAP_EXIT, value)
    if flag == AM_priority:
        if not priority_of(value, &priority):
            return badarg(p)
        old = priority_name(p.priority)
        p.priority = priority
        return old
    if flag == AM_message_queue_data:
        old = AM_off_heap if p.flags & PF_OFF_HEAP_MESSAGES else AM_on_heap
        if value == AM_off_heap:
            p.flags |= PF_OFF_HEAP_MESSAGES
        elif value == AM_on_heap:
            p.flags &= ~<uint32_t>PF_OFF_HEAP_MESSAGES
        else:
            return badarg(p)
        return old
    if flag == AM_error_handler:
        if not term_is_atom(value):
            return badarg(p)
        old = p.error_handler
        p.error_handler = value
        return old
    if flag == AM_min_heap_size:
        if n < 0 or n > <int64_t>1 << 40 or (p.mem.max_words != 0 and min_heap_of(n) > p.mem.max_words):
            return badarg(p)
        old = make_small(<int64_t>p.mem.min_words)
        p.mem.min_words = min_heap_of(n)
        return old
    if flag == AM_min_bin_vheap_size:
        if n < 0 or n > <int64_t>1 << 40:
            return badarg(p)
        old = make_small(<int64_t>(p.mem.vheap_min >> 3))
        words = heap_next_size(<size_t>n) if <size_t>n > p.vm.default_min_vheap else p.vm.default_min_vheap
        p.mem.vheap_min = words * sizeof(Term)
        if p.mem.vheap_limit < p.mem.vheap_min:
            p.mem.vheap_limit = p.mem.vheap_min
        return old
    if flag == AM_max_heap_size:
        old = max_heap_map(proc_heap(p), p.mem.max_words, p.mem.max_flags)
        options = p.vm.default_max_heap_flags       # what the value does not name is as by default
        if not max_heap_value(value, p.mem.min_words, &words, &options):
            return badarg(p)
        p.mem.max_words = words
        p.mem.max_flags = options
        return old if old != 0 else no_memory(p)
    if flag == AM_fullsweep_after:
        if n < 0:
            return badarg(p)
        old = make_small(p.mem.fullsweep_after)
        p.mem.fullsweep_after = <uint32_t>(n if n < 65535 else 65535)
        return old
    if flag == AM_async_dist and (<VMSettings*>p.vm.runtime).release_number >= 26:
        return set_flag(p, PF_ASYNC_DIST, value)
    if flag == AM_sensitive:
        return set_flag(p, PF_SENSITIVE, value)
    if flag == AM_save_calls:
        return save_calls(p, value)
    if flag == AM_scheduler:
        return bind_to_scheduler(p, n) if n >= 0 and n <= p.vm.scheduler_count else badarg(p)
    if flag == AM_monitor_nodes or (term_is_tuple_of(flag, 2) and tuple_elements(flag)[0] == AM_monitor_nodes):
        # There are no other nodes to hear of; the number of subscriptions before is always 0.
        return make_small(0) if value == AM_true or value == AM_false else badarg(p)
    return badarg_cause(p, AM_badopt)

cdef struct FlagCall:
    SignalCall call                # first
    Term value

cdef void flag_run(VM* vm, Process* p, Signal* s) noexcept nogil:
    cdef FlagCall* f = <FlagCall*>s.data
    cdef int64_t old = -1
    if p != NULL:
        old = keep_calls(p, small_value(f.value)) if not p.host else 0
    signal_reply(vm, p.id if p != NULL else 0, s.sender, s.extra, make_small(old) if old >= 0 else AM_badarg)

cdef Term process_flag_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Signal* s
    cdef FlagCall* f
    cdef Term ref
    if args[0] != p.id and (not term_is_local_pid(args[0]) or not process_alive(p.vm, args[0])):
        return AM_badtype
    if args[1] != AM_save_calls:
        return AM_badarg
    if not term_is_small(args[2]) or small_value(args[2]) < 0 or small_value(args[2]) > 10000:
        return AM_badarg
    if args[0] == p.id:
        return save_calls(p, args[2])
    ref = ref_new(p.vm, proc_heap(p))
    s = signal_new(SIG_CALL, p.id)
    f = <FlagCall*>malloc(sizeof(FlagCall))
    if ref == 0 or s == NULL or f == NULL or not signal_set_term(s, &s.extra, ref):
        free(f)
        if s != NULL:
            signal_free(s)
        return no_memory(p)
    f.call.run = flag_run
    f.call.reads = False
    f.value = args[2]
    s.data = f
    if not signal_send(p.vm, args[0], s):
        return AM_badtype
    return ref

# --- suspending ---------------------------------------------------------------------------------------------------------

cdef Term suspend_process_2(void* proc, Term* args) noexcept nogil:
    """true, false, badarg, badopt, or the reference of {Ref, Result} to wait for."""
    cdef Process* p = <Process*>proc
    cdef Term list_ = args[1], option, reply = 0, ref = 0
    cdef bint asynchronous = False, unless = False
    cdef Relation* r
    cdef Signal* s
    if not term_is_pid(args[0]):
        return AM_badarg
    if args[0] == p.id:
        return AM_badarg
    while term_is_list(list_):
        option = list_head(list_)
        if option == AM_unless_suspending:
            unless = True
        elif option == AM_asynchronous:
            asynchronous = True
        elif term_is_tuple_of(option, 2) and tuple_elements(option)[0] == AM_asynchronous:
            asynchronous = True
            reply = tuple_elements(option)[1]
        else:
            return AM_badopt
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return AM_badopt
    if not term_is_local_pid(args[0]):
        return AM_badarg
    r = relation_find(<Relations*>p.relations, RELATION_SUSPENDING, args[0])
    if r != NULL and asynchronous and reply == 0 and process_alive(p.vm, args[0]):
        if unless:
            return AM_false
        r.count += 1
        return AM_true
    # Who is to be answered is when it stands still, though an earlier request may have been on its way.
    s = signal_new(SIG_SUSPEND, p.id)
    if s == NULL:
        return no_memory(p)
    if asynchronous:
        s.flags = SUSPEND_ASYNC
        if reply != 0 and not signal_set_term(s, &s.extra, reply):
            signal_free(s)
            return no_memory(p)
    else:
        s.flags = SUSPEND_AGAIN if r != NULL and unless else 0
        ref = ref_new(p.vm, proc_heap(p))
        if ref == 0 or not signal_set_term(s, &s.extra, ref):
            signal_free(s)
            return no_memory(p)
    if not signal_send_urgent(p.vm, args[0], s, PRIO_NONE if asynchronous else p.priority):
        if not asynchronous:
            return AM_badarg
        if reply != 0:
            signal_reply(p.vm, p.id, p.id, reply, AM_badarg)
        return AM_true
    if r == NULL:
        r = relation_add(<Relations**>&p.relations, RELATION_SUSPENDING, args[0])
    if r == NULL:
        signal_send(p.vm, args[0], signal_new(SIG_RESUME, p.id))
        return no_memory(p)
    if unless and r.count != 0:
        return AM_false if asynchronous else ref
    r.count += 1
    return AM_true if asynchronous else ref

cdef Term resume_process_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Relation* r
    if not term_is_local_pid(args[0]) or args[0] == p.id:
        return badarg(p)
    r = relation_find(<Relations*>p.relations, RELATION_SUSPENDING, args[0])
    if r == NULL:
        return badarg(p)
    r.count -= 1
    if r.count == 0:
        relation_delete(<Relations**>&p.relations, r)
        if not signal_send(p.vm, args[0], signal_new(SIG_RESUME, p.id)):
            return badarg(p)
    return AM_true

# --- system tasks -------------------------------------------------------------------------------------------------------

cdef struct Task:
    SignalCall call                # first
    Term type
    Term argument                  # atom

cdef Term atom_system_task_test = atom_from_cstr(b"system_task_test")    # does nothing

cdef void task_run(VM* vm, Process* p, Signal* s) noexcept nogil:
    """Does the task in the process and sends {Type, ReqId, Result}; s.term is ReqId."""
    cdef Task* t = <Task*>s.data
    cdef Term result = AM_false
    cdef Fragment* f
    cdef Term* hp
    cdef Fragment* carried
    if t.type == atom_system_task_test:
        result = boolean(p != NULL)
    elif t.type == AM_garbage_collect:
        if p != NULL:
            result = AM_true
            if not process_collect(p, 0, p.args, p.live, t.argument == AM_major):
                process_condemn(p, p.fvalue)
                result = AM_false
    elif t.type == AM_check_process_code:
        if p != NULL:
            result = process_check_code(p, t.argument)
            if result == 0:
                result = AM_false
    else:
        result = AM_ok
    f = fragment_new(4)
    if f == NULL:
        return
    f.used = 4
    carried = s.fragment
    s.fragment = NULL
    f.next = carried
    hp = fragment_data(f)
    hp[0] = make_header(T_TUPLE, 3)
    hp[1] = t.type
    hp[2] = s.term
    hp[3] = result
    send_message_fragment(vm, p.id if p != NULL else 0, s.sender, make_boxed(hp), f)

cdef Term request_task(Process* p, Term requester, Term target, Term priority, Term request) noexcept nogil:
    cdef Term* e
    cdef uint32_t at = p.priority
    cdef Signal* s
    cdef Task* t
    if not term_is_local_pid(requester) or not term_is_local_pid(target) or not term_is_tuple(request):
        return badarg(p)
    if priority != AM_inherit and not priority_of(priority, &at):
        return badarg(p)
    e = tuple_elements(request)
    if tuple_arity(request) == 2 and e[0] == atom_system_task_test:
        pass
    elif tuple_arity(request) != 3:
        return badarg(p)
    elif e[0] == AM_garbage_collect:
        if e[2] != AM_major and e[2] != AM_minor:
            return badarg(p)
    elif e[0] == AM_check_process_code:
        if not term_is_atom(e[2]):
            return badarg(p)
    elif e[0] == AM_copy_literals:
        if e[2] != AM_true and e[2] != AM_false:
            return badarg(p)
    else:
        return badarg(p)
    s = signal_new(SIG_CALL, requester)
    t = <Task*>malloc(sizeof(Task))
    if s == NULL or t == NULL or not signal_set_term(s, &s.term, e[1]):
        free(t)
        if s != NULL:
            signal_free(s)
        return no_memory(p)
    t.call.run = task_run
    t.call.reads = e[0] == AM_check_process_code
    t.type = e[0]
    t.argument = e[2] if tuple_arity(request) == 3 else nil()
    s.flags = TASK_SYSTEM | at << TASK_PRIORITY
    if e[0] == AM_garbage_collect:
        s.flags |= TASK_COLLECTS
    s.data = t
    if target == p.id or process_alive(p.vm, target):
        if signal_send_urgent(p.vm, target, s, at):
            if target == p.id:
                p.reductions_left = 0
            return AM_ok
        # Died in between, and the signal with it: answer as the dead do.
        return request_dead(p, requester, request)
    task_run(p.vm, NULL, s)
    signal_free(s)
    return AM_ok

cdef Term request_dead(Process* p, Term requester, Term request) noexcept nogil:
    cdef Term* e = tuple_elements(request)
    cdef Term* hp = proc_alloc(p, 4)
    if hp == NULL:
        return no_memory(p)
    hp[0] = make_header(T_TUPLE, 3)
    hp[1] = e[0]
    hp[2] = e[1]
    hp[3] = AM_ok if e[0] == AM_copy_literals else AM_false
    send_system(p.vm, 0, requester, make_boxed(hp))
    return AM_ok

cdef Term request_system_task_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return request_task(p, p.id, args[0], args[1], args[2])

cdef Term request_system_task_4(void* proc, Term* args) noexcept nogil:
    return request_task(<Process*>proc, args[0], args[1], args[2], args[3])

cdef enum:
    LARGE_HEAP = 128 * 1024         # words; OTP's number too

cdef Term garbage_collect_1(void* proc, Term* args) noexcept nogil:
    """The loop collects when this returns: no BIF ever does."""
    cdef Process* p = <Process*>proc
    if p.mem.block_words + p.mem.old_words + p.mem.fragment_words > LARGE_HEAP and long_work(p, LONG_WORK + 1):
        return away(p)              # the pool collects after it
    if args[0] == AM_major:
        p.mem.gc_flags |= GC_WANTED | GC_FULL
    elif args[0] == AM_minor:
        p.mem.gc_flags |= GC_WANTED
    else:
        return badarg(p)
    return AM_true

# --- the dictionary ---------------------------------------------------------------------------------------------------------

cdef Term put_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term former = dictionary_put(p, args[0], args[1])
    return former if former != 0 else no_memory(p)

cdef Term get_1(void* proc, Term* args) noexcept nogil:
    return dictionary_get(<Process*>proc, args[0])

cdef Term get_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Dict* d = <Dict*>p.dictionary
    cdef uint32_t i, n = d.count if d != NULL else 0
    cdef Term* hp
    cdef Term list_ = nil()
    if n == 0:
        return list_
    hp = proc_alloc(p, 5 * <size_t>n)
    if hp == NULL:
        return no_memory(p)
    for i in range(n):
        hp[0] = make_header(T_TUPLE, 2)
        hp[1] = d.pairs[2 * i]
        hp[2] = d.pairs[2 * i + 1]
        list_ = cons(hp + 3, make_boxed(hp), list_)
        hp += 5
    return list_

cdef Term keys(Process* p, bint all_, Term value) noexcept nogil:
    cdef Dict* d = <Dict*>p.dictionary
    cdef uint32_t i, n = d.count if d != NULL else 0
    cdef Term* hp
    cdef Term list_ = nil()
    for i in range(n):
        if all_ or term_identical(d.pairs[2 * i + 1], value):
            hp = proc_alloc(p, 2)
            if hp == NULL:
                return no_memory(p)
            list_ = cons(hp, d.pairs[2 * i], list_)
    charge(p, n >> 3)
    return list_

cdef Term get_keys_0(void* proc, Term* args) noexcept nogil:
    return keys(<Process*>proc, True, 0)

cdef Term get_keys_1(void* proc, Term* args) noexcept nogil:
    return keys(<Process*>proc, False, args[0])

cdef Term erase_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term list_ = get_0(proc, args)
    if list_ != 0:
        dictionary_free(<Dict**>&p.dictionary)
    return list_

cdef Term erase_1(void* proc, Term* args) noexcept nogil:
    return dictionary_erase(<Process*>proc, args[0])

# --- text forms -----------------------------------------------------------------------------------------------------------

cdef Term to_list(Process* p, Term t) noexcept nogil:
    cdef char text[400]
    text[text_identifier(t, text)] = 0
    return characters(p, text)

cdef Term pid_to_list_1(void* proc, Term* args) noexcept nogil:
    return to_list(<Process*>proc, args[0]) if term_is_pid(args[0]) else badarg(<Process*>proc)

cdef Term ref_to_list_1(void* proc, Term* args) noexcept nogil:
    return to_list(<Process*>proc, args[0]) if term_is_ref(args[0]) else badarg(<Process*>proc)

# '<prefix>N.N...>' with `least` to `most` numbers; how many there were, or -1.
cdef int numbers(Term list_, const char* prefix, uint64_t* out, int most) noexcept nogil:
    cdef char text[128]
    cdef size_t n = 0, i = 0
    cdef int found = 0
    cdef uint64_t v
    while term_is_list(list_) and n < 127:
        if not term_is_small(list_head(list_)) or small_value(list_head(list_)) < 32 or small_value(list_head(list_)) > 126:
            return -1
        text[n] = <char>small_value(list_head(list_))
        n += 1
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return -1
    text[n] = 0
    while prefix[i]:
        if text[i] != prefix[i]:
            return -1
        i += 1
    while found < most:
        if text[i] < 48 or text[i] > 57:
            return -1
        v = 0
        while text[i] >= 48 and text[i] <= 57:
            v = v * 10 + <uint64_t>(text[i] - 48)
            if v > <uint64_t>0xffffffff:
                return -1
            i += 1
        out[found] = v
        found += 1
        if text[i] == 62:
            return found if i + 1 == n else -1
        if text[i] != 46:
            return -1
        i += 1
    return -1

cdef Term list_to_pid_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef uint64_t n[3]
    if numbers(args[0], b"<", n, 3) != 3 or n[0] != 0 or n[1] > 0x7fff or n[2] > 0x1fff:
        return badarg(p)
    return make_pid(n[1] | (n[2] << 15))

cdef Term list_to_ref_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef uint64_t n[4]
    cdef uint32_t ids[3]
    cdef Term ref
    if numbers(args[0], b"#Ref<", n, 4) != 4 or n[0] != 0 or n[3] > 0x3ffff:
        return badarg(p)
    ids[0] = <uint32_t>n[3]
    ids[1] = <uint32_t>n[2]
    ids[2] = <uint32_t>n[1]
    ref = ref_from_ids(proc_heap(p), ids)
    return ref if ref != 0 else no_memory(p)

# --- reductions and the end ---------------------------------------------------------------------------------------------------

cdef Term bump_reductions_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if not term_is_small(args[0]) or small_value(args[0]) < 0:
        return badarg(p)
    charge(p, small_value(args[0]) if small_value(args[0]) < REDUCTIONS_PER_TURN else REDUCTIONS_PER_TURN)
    return AM_true

cdef Term halt_2(void* proc, Term* args) noexcept nogil:
    """Ends all Erlang code of the VM; whoever runs the VM sees `halted` and ends the rest."""
    cdef Process* p = <Process*>proc
    cdef VM* vm = p.vm
    cdef Term list_ = args[1], item
    cdef bint flush = True
    cdef uint64_t status = 0
    cdef char* text = NULL
    cdef int64_t n = 0, i
    while term_is_list(list_):
        item = list_head(list_)
        if not term_is_tuple_of(item, 2) or tuple_elements(item)[0] != AM_flush:
            return badarg_cause(p, AM_badopt)
        item = tuple_elements(item)[1]
        if item != AM_true and item != AM_false:
            return badarg_cause(p, AM_badopt)
        flush = item == AM_true
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return badarg_cause(p, AM_badopt)
    item = args[0]
    if term_is_integer(item):
        if integer_is_negative(item):
            return badarg(p)
        if not integer_to_u64(item, &status):
            status = 1
        status = status & <uint64_t>0x7fffffff
    elif item == AM_abort:
        status = 134
        flush = False
    elif term_is_list(item) or term_is_nil(item):
        n = proper_length(item)
        if n < 0:
            return badarg(p)
        text = <char*>malloc(<size_t>(n if n < 1023 else 1023) + 2)
        if text == NULL:
            return no_memory(p)
        for i in range(n if n < 1023 else 1023):
            if not term_is_small(list_head(item)) or <uint64_t>small_value(list_head(item)) > 255:
                free(text)
                return badarg(p)
            text[i] = <char>small_value(list_head(item))
            item = list_tail(item)
        if n > 1023:
            n = 1023
        text[n] = c"\n"
        text[n + 1] = 0
        status = 1
        flush = False
    else:
        return badarg(p)
    if text != NULL:
        vm_halt_slogan(vm, text)
    else:
        vm_halt(vm, <uint32_t>status, flush)
    p.freason = TRAP_WAIT          # never to be run again
    return 0

# --- sequential tracing ---------------------------------------------------------------------------------------------------------

cdef Term seq_trace_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term old = seq_trace_set(p, args[0], args[1], False)
    return old if old != 0 else badarg(p)

cdef Term seq_trace_info_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term info = seq_trace_info(p, args[0])
    return info if info != 0 else badarg(p)

cdef Term seq_trace_print_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if not term_is_tuple(p.sequential_token):
        return AM_false
    seq_trace_print(p, args[0])
    return AM_true

cdef Term seq_trace_print_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if not term_is_tuple(p.sequential_token) or not term_identical(tuple_elements(p.sequential_token)[1], args[0]):
        return AM_false
    seq_trace_print(p, args[1])
    return AM_true

# --- registration ---------------------------------------------------------------------------------------------------------------

bif_register(b"erlang", b"spawn", 3, spawn_3, 0)
bif_register(b"erlang", b"spawn_link", 3, spawn_link_3, 0)
bif_register(b"erlang", b"spawn_opt", 4, spawn_opt_4, 0)
bif_register(b"erts_internal", b"spawn_system_process", 3, spawn_system_process_3, 0)
bif_register(b"erts_internal", b"spawn_request", 4, spawn_request_4, 0)
bif_register(b"erlang", b"spawn_request_abandon", 1, spawn_request_abandon_1, 0)
bif_register(b"erts_internal", b"dist_spawn_request", 4, dist_spawn_request_4, 0)
bif_register(b"erlang", b"link", 1, link_1, 0)
bif_register(b"erlang", b"unlink", 1, unlink_1, 0)
bif_register(b"erlang", b"exit", 2, exit_2, 0)
bif_register(b"erlang", b"exit_signal", 2, exit_2, 0)
bif_register(b"erlang", b"monitor", 2, monitor_2, 0)
bif_register(b"erlang", b"monitor", 3, monitor_3, 0)
bif_register(b"erlang", b"demonitor", 1, demonitor_1, 0)
bif_register(b"erlang", b"demonitor", 2, demonitor_2, 0)
bif_register(b"erlang", b"alias", 1, alias_1, 0)
bif_register(b"erlang", b"unalias", 1, unalias_1, 0)
bif_register(b"erlang", b"send", 2, send_2, 0)
bif_register(b"erlang", b"!", 2, send_2, 0)
bif_register(b"erlang", b"send", 3, send_3, 0)
bif_register(b"erlang", b"register", 2, register_2, 0)
bif_register(b"erlang", b"unregister", 1, unregister_1, 0)
bif_register(b"erlang", b"whereis", 1, whereis_1, 0)
bif_register(b"erlang", b"registered", 0, registered_0, 0)
bif_register(b"erlang", b"processes", 0, processes_0, BIF_HEAVY)
bif_register(b"erlang", b"self", 0, self_0, BIF_GUARD)
bif_register(b"erlang", b"node", 0, node_0, BIF_GUARD)
bif_register(b"erlang", b"node", 1, node_1, BIF_GUARD)
bif_register(b"erlang", b"monitor_node", 2, monitor_node_2, 0)
bif_register(b"erlang", b"monitor_node", 3, monitor_node_3, 0)
bif_register(b"erlang", b"is_process_alive", 1, is_process_alive_1, 0)
bif_register(b"erts_internal", b"is_process_alive", 2, is_process_alive_2, 0)
bif_register(b"erlang", b"group_leader", 0, group_leader_0, 0)
bif_register(b"erts_internal", b"group_leader", 2, group_leader_2, 0)
bif_register(b"erts_internal", b"group_leader", 3, group_leader_3, 0)
bif_register(b"erts_internal", b"is_system_process", 1, is_system_process_1, 0)
bif_register(b"erts_internal", b"is_process_executing_dirty", 1, is_process_executing_dirty_1, 0)
bif_register(b"erts_internal", b"dirty_process_handle_signals", 1, dirty_process_handle_signals_1, 0)
bif_register(b"erlang", b"process_flag", 2, process_flag_2, 0)
bif_register(b"erts_internal", b"process_flag", 3, process_flag_3, 0)
bif_register(b"erts_internal", b"suspend_process", 2, suspend_process_2, 0)
bif_register(b"erlang", b"resume_process", 1, resume_process_1, 0)
bif_register(b"erts_internal", b"request_system_task", 3, request_system_task_3, 0)
bif_register(b"erts_internal", b"request_system_task", 4, request_system_task_4, 0)
bif_register(b"erts_internal", b"garbage_collect", 1, garbage_collect_1, BIF_HEAVY)
bif_register(b"erlang", b"put", 2, put_2, 0)
bif_register(b"erlang", b"get", 0, get_0, 0)
bif_register(b"erlang", b"get", 1, get_1, BIF_GUARD)
bif_register(b"erlang", b"get_keys", 0, get_keys_0, 0)
bif_register(b"erlang", b"get_keys", 1, get_keys_1, 0)
bif_register(b"erlang", b"erase", 0, erase_0, 0)
bif_register(b"erlang", b"erase", 1, erase_1, 0)
bif_register(b"erlang", b"pid_to_list", 1, pid_to_list_1, 0)
bif_register(b"erlang", b"ref_to_list", 1, ref_to_list_1, 0)
bif_register(b"erlang", b"list_to_pid", 1, list_to_pid_1, 0)
bif_register(b"erlang", b"list_to_ref", 1, list_to_ref_1, 0)
bif_register(b"erlang", b"bump_reductions", 1, bump_reductions_1, 0)
bif_register(b"erlang", b"halt", 2, halt_2, 0)
bif_register(b"erlang", b"seq_trace", 2, seq_trace_2, 0)
bif_register(b"erlang", b"seq_trace_info", 1, seq_trace_info_1, 0)
bif_register(b"erlang", b"seq_trace_print", 1, seq_trace_print_1, 0)
bif_register(b"erlang", b"seq_trace_print", 2, seq_trace_print_2, 0)

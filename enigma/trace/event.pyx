"""Events of processes; see event.pxd."""
from libc.stdint cimport int64_t, uint32_t
from enigma.term.core cimport *
from enigma.term.am cimport *
from enigma.term.boxed cimport *
from enigma.term.external cimport node_local
from enigma.term.pack cimport *
from enigma.memory.heap cimport FragmentHeap, fragment_heap_init, fragment_heap_take, term_copy
from enigma.code.instructions cimport *
from enigma.code.module cimport *
from enigma.match.spec cimport MatchTrace, match_run_trace
from enigma.process.process cimport *
from enigma.process.lookup cimport process_alive, process_lock, process_unlock
from enigma.process.signal cimport fragments_free
from enigma.process.watch cimport *
from enigma.io.port cimport Port, port_find, port_lock, port_release, port_told, port_unlock
from enigma.trace.act cimport trace_act
from enigma.trace.point cimport point_timed_in, point_timed_out, points_saved_last
from enigma.trace.room cimport *
from enigma.trace.saved cimport *
from enigma.trace.sequential cimport seq_exit_with_token, seq_token_taken, seq_trace_spawned, seq_with_token


# --- messages -----------------------------------------------------------------------------------------------

# Runs an event's specification on a list of three or two terms. 0: not to be told.
cdef Term event_result(Process* p, EventPattern* e, Term* terms, int n) noexcept nogil:
    cdef MatchTrace m
    cdef Term* q
    cdef Term list_ = nil(), result
    cdef bint failed = False
    if not e.on:
        return 0
    if e.spec == NULL:
        return AM_true
    q = proc_alloc(p, 2 * n)
    if q == NULL:
        return 0
    while n > 0:
        n -= 1
        list_ = cons(q, terms[n], list_)
        q += 2
    m.act = trace_act
    m.pretend = False
    m.caller = NULL
    m.flags = 0
    result = match_run_trace(e.spec.program, p, list_, &m, &failed)
    if result == AM_false or p.trace_flags & TF_SILENT:
        return 0
    return result


cdef void sending(Process* p, Term to, Term message) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    cdef Term terms[2]
    cdef Term result, tracer
    if p.trace_flags & TF_SAVE_CALLS:
        saved_calls_note(p, SAVED_SEND)
    if room == NULL or not p.trace_flags & TF_SEND:
        return
    terms[0] = to
    terms[1] = message
    result = event_result(p, &room.send, terms, 2)
    if result == 0:
        return
    tracer = tracer_of(p)
    if tracer != 0:
        trace_tell(p.vm, tracer, p.trace_flags, p.id, AM_send_to_non_existing_process
                   if term_is_local_pid(to) and not process_alive(p.vm, to) else AM_send, message, to, result)


cdef void receiving(Process* p, Signal* s) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    cdef Term terms[3]
    cdef Term result, tracer
    if room == NULL or not room.receive.on:
        return
    if term_is_local_pid(s.sender):
        terms[0] = node_local().name
        terms[1] = s.sender
    else:                               # a port, clock_service or the system
        terms[0] = s.sender if s.sender != 0 else AM_system
        terms[1] = AM_undefined
    terms[2] = s.term
    result = event_result(p, &room.receive, terms, 3)
    if result == 0:
        return
    tracer = tracer_of(p)
    if tracer != 0:
        trace_tell(p.vm, tracer, p.trace_flags, p.id, AM_receive, s.term, 0, result)


# --- births, links --------------------------------------------------------------------------------------------------

cdef void event(Process* p, Term what, Term data, Term extra) noexcept nogil:
    cdef Term tracer = tracer_of(p)
    if tracer != 0:
        trace_tell(p.vm, tracer, p.trace_flags, p.id, what, data, extra, AM_true)


cdef void tell_about(VM* vm, Term pid, uint32_t flag, Term what, Term data) noexcept nogil:
    cdef Process* q
    cdef Port* port
    cdef uint32_t flags
    cdef Term tracer
    if vm.trace == NULL:
        return
    if term_is_local_port(pid):
        port = port_find(vm, pid)
        if port != NULL:
            port_lock(port)
            port_told(port, flag & TF_PORTS, what, data, 0)
            port_unlock(port)
            port_release(port)
        return
    flag &= ~<uint32_t>TF_PORTS
    q = process_lock(vm, pid)
    if q == NULL:
        return
    flags = q.trace_flags if not q.flags & PF_SENSITIVE else 0
    tracer = q.tracer
    process_unlock(q)
    if flags & flag and tracer != 0 and tracer != pid and tracer_lives(vm, tracer):
        trace_tell(vm, tracer, flags, pid, what, data, 0, AM_true)


cdef void inherit(Process* p, Process* parent) noexcept nogil:
    p.trace_flags |= parent.trace_flags & TF_TRACEE
    p.tracer = parent.tracer


cdef void spawning(Process* parent, Process* p, bint linked, Term args) noexcept nogil:
    """The child has not run yet."""
    cdef TraceRoom* room = trace_room(p.vm)
    cdef FragmentHeap fh
    cdef Term* q
    cdef Term mfa
    if room != NULL and room.process_flags & TF_TRACEE:
        if room.process_tracer != p.id and tracer_lives(p.vm, room.process_tracer):
            p.trace_flags |= room.process_flags
            p.tracer = room.process_tracer
    if parent == NULL:
        return
    if parent.tracer != 0 and parent.trace_flags & (TF_ON_SPAWN | TF_ON_FIRST_SPAWN | TF_ON_LINK | TF_ON_FIRST_LINK):
        if parent.trace_flags & TF_ON_SPAWN:
            inherit(p, parent)
        if parent.trace_flags & TF_ON_FIRST_SPAWN:
            inherit(p, parent)
            p.trace_flags &= ~<uint32_t>(TF_ON_SPAWN | TF_ON_FIRST_SPAWN)
            parent.trace_flags &= ~<uint32_t>(TF_ON_SPAWN | TF_ON_FIRST_SPAWN)
        if linked and parent.trace_flags & (TF_ON_LINK | TF_ON_FIRST_LINK):
            inherit(p, parent)
            if parent.trace_flags & TF_ON_FIRST_LINK:
                p.trace_flags &= ~<uint32_t>(TF_ON_LINK | TF_ON_FIRST_LINK)
                parent.trace_flags &= ~<uint32_t>(TF_ON_LINK | TF_ON_FIRST_LINK)
    if parent.trace_flags & TF_SEQUENTIAL:
        seq_trace_spawned(parent, p, args)
    if not (parent.trace_flags | p.trace_flags) & TF_PROCS:
        return
    fragment_heap_init(&fh)
    q = heap_alloc(&fh.heap, 4)
    if q != NULL:
        q[0] = make_header(T_TUPLE, 3)
        q[1] = p.initial_mfa[0]
        q[2] = p.initial_mfa[1]
        q[3] = term_copy(&fh.heap, args, False)
        mfa = make_boxed(q)
        if q[3] != 0:
            if parent.trace_flags & TF_PROCS:
                event(parent, AM_spawn, p.id, mfa)
                if linked:
                    event(parent, AM_link, p.id, 0)
            if p.trace_flags & TF_PROCS:
                event(p, AM_spawned, parent.id, mfa)
                if linked:
                    event(p, AM_getting_linked, parent.id, 0)
    fragments_free(fragment_heap_take(&fh))


# --- scheduling ------------------------------------------------------------------------------------------------------------

cdef Term current_function(Process* p, Heap* h) noexcept nogil:
    """{M, F, Arity} of where p is, or 0 as a small integer. Allocates."""
    cdef ModuleInstance* instance
    cdef FunctionInfo* function
    cdef Term* q
    cdef Term m = 0, f = 0
    cdef word arity = 0
    cdef Term* e
    if en_load32_acq(&p.state) & (PS_EXITING | PS_FREE):
        return make_small(0)
    if p.ip == special_code(SPECIAL_APPLY):
        m = p.initial_mfa[0]
        f = p.initial_mfa[1]
        arity = p.initial_mfa[2]
    elif p.ip == special_code(SPECIAL_WAIT_RETURN):
        m = AM_erlang
        f = AM_hibernate
        arity = 3
    elif (p.ip == special_code(SPECIAL_BIF_AGAIN) or p.ip == p.retry_ip) and p.current_bif != NULL:
        m = p.current_bif.module_atom
        f = p.current_bif.name_atom
        arity = p.current_bif.arity
    elif p.ip != NULL and code_locate(p.vm.code, p.ip, &instance, &function) and function != NULL:
        m = instance.module.name
        f = function.function
        arity = function.arity
    else:
        e = p.mem.heap.end
        while e < p.mem.block_end and m == 0:
            if term_is_header(e[0]) and e[0] != 0 and not is_trace_return(e[0]) \
                    and code_locate(p.vm.code, <word*>e[0] - 1, &instance, &function) and function != NULL:
                m = instance.module.name
                f = function.function
                arity = function.arity
            e += 1
    if m == 0:
        return make_small(0)
    q = heap_alloc(h, 4)
    if q == NULL:
        return make_small(0)
    q[0] = make_header(T_TUPLE, 3)
    q[1] = m
    q[2] = f
    q[3] = make_small(<int64_t>arity)
    return make_boxed(q)


cdef void scheduled(Process* p, Term what) noexcept nogil:
    cdef FragmentHeap fh
    if p.timed_function != NULL:
        if what == AM_in or what == AM_in_exiting:
            point_timed_in(p)
        else:
            point_timed_out(p)
    if not p.trace_flags & (TF_SCHEDULING if what == AM_in or what == AM_out else TF_EXITING):
        return
    fragment_heap_init(&fh)
    event(p, what, current_function(p, &fh.heap), 0)
    fragments_free(fragment_heap_take(&fh))


# --- collections -----------------------------------------------------------------------------------------------------------

cdef Term prepend_pair(Heap* h, Term key, int64_t value, Term list_) noexcept nogil:
    cdef Term* q = heap_alloc(h, 5)
    if q == NULL or list_ == 0:
        return 0
    q[2] = make_header(T_TUPLE, 2)
    q[3] = key
    q[4] = make_small(value)
    return cons(q, make_boxed(q + 2), list_)


cdef Term heap_info(Process* p, Heap* h, bint all_) noexcept nogil:
    """What trace messages and monitors tell of a heap, in words. Allocates."""
    cdef Term t = nil()
    cdef int64_t old = p.mem.old_end - p.mem.old_start if p.mem.old_start != NULL else 0
    cdef int64_t old_used = p.mem.old_top - p.mem.old_start if p.mem.old_start != NULL else 0
    if all_:
        t = prepend_pair(h, AM_bin_old_vheap_block_size, 46422, t)
        t = prepend_pair(h, AM_bin_old_vheap_size, <int64_t>(p.mem.old_off_heap_bytes >> 3), t)
        t = prepend_pair(h, AM_bin_vheap_block_size, <int64_t>(p.mem.vheap_limit >> 3), t)
        t = prepend_pair(h, AM_bin_vheap_size, <int64_t>(p.mem.heap.off_heap_bytes >> 3), t)
    t = prepend_pair(h, AM_heap_size, p.mem.heap.top - p.mem.start, t)
    t = prepend_pair(h, AM_old_heap_size, old_used, t)
    t = prepend_pair(h, AM_stack_size, p.mem.block_end - p.mem.heap.end, t)
    if all_:
        t = prepend_pair(h, AM_recent_size, p.mem.high_water - p.mem.start if p.mem.high_water > p.mem.start else 0, t)
    t = prepend_pair(h, AM_mbuf_size, <int64_t>p.mem.fragment_words, t)
    t = prepend_pair(h, AM_heap_block_size, p.mem.block_end - p.mem.start, t)
    return prepend_pair(h, AM_old_heap_block_size, old, t)


cdef void tell_monitor(VM* vm, Term pid, Term what, Term data) noexcept nogil:
    cdef TraceRoom* room = trace_room(vm)
    cdef FragmentHeap fh
    cdef Term* q
    cdef Term copy
    if room == NULL or room.monitor == 0 or room.monitor == pid:
        return
    fragment_heap_init(&fh)
    copy = term_copy(&fh.heap, data, True)
    q = heap_alloc(&fh.heap, 5)
    if q == NULL or copy == 0:
        fragments_free(fragment_heap_take(&fh))
        return
    q[0] = make_header(T_TUPLE, 4)
    q[1] = AM_monitor
    q[2] = pid
    q[3] = what
    q[4] = copy
    trace_send(vm, room.monitor, pid, make_boxed(q), fragment_heap_take(&fh))


# ns: how long it took; `size` is what was needed before, what was reclaimed after.
cdef void collecting(Process* p, bint full, size_t size, bint done, int64_t ns) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    cdef FragmentHeap fh
    cdef Heap* h = &fh.heap
    cdef Term t, what
    cdef int64_t words
    fragment_heap_init(&fh)
    if p.trace_flags & TF_GC:
        t = prepend_pair(h, AM_wordsize, <int64_t>size, heap_info(p, h, True))
        if full:
            what = AM_gc_major_end if done else AM_gc_major_start
        else:
            what = AM_gc_minor_end if done else AM_gc_minor_start
        if t != 0:
            event(p, what, t, 0)
    if done and room != NULL and room.monitor != 0:
        if room.long_gc >= 0 and ns // 1000000 > room.long_gc:
            t = prepend_pair(h, AM_timeout, ns // 1000000, heap_info(p, h, False))
            if t != 0:
                tell_monitor(p.vm, p.id, AM_long_gc, t)
        words = p.mem.block_end - p.mem.start + (p.mem.old_end - p.mem.old_start if p.mem.old_start != NULL else 0)
        if room.large_heap >= 0 and words >= room.large_heap:
            t = heap_info(p, h, False)
            if t != 0:
                tell_monitor(p.vm, p.id, AM_large_heap, t)
    fragments_free(fragment_heap_take(&fh))


# --- the system's monitor and profiler ----------------------------------------------------------------------------------------

cdef Term function_of(Process* p, Heap* h, word* address) noexcept nogil:
    cdef ModuleInstance* instance
    cdef FunctionInfo* function
    cdef Term* q
    if address == NULL or not code_locate(p.vm.code, address, &instance, &function) or function == NULL:
        return AM_undefined
    q = heap_alloc(h, 4)
    if q == NULL:
        return AM_undefined
    q[0] = make_header(T_TUPLE, 3)
    q[1] = instance.module.name
    q[2] = function.function
    q[3] = make_small(function.arity)
    return make_boxed(q)


cdef Term put_pair(Heap* h, Term key, Term value, Term list_) noexcept nogil:
    cdef Term* q = heap_alloc(h, 5)
    if q == NULL:
        return list_
    q[2] = make_header(T_TUPLE, 2)
    q[3] = key
    q[4] = value
    return cons(q, make_boxed(q + 2), list_)


cdef void turn(Process* p, word* began, int64_t ns) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    cdef FragmentHeap fh
    cdef Heap* h = &fh.heap
    cdef Term t
    if room.monitor == 0 or room.long_schedule < 0 or ns // 1000000 <= room.long_schedule:
        return
    fragment_heap_init(&fh)
    t = put_pair(h, AM_out, function_of(p, h, p.ip), nil())
    t = put_pair(h, AM_in, function_of(p, h, began), t)
    t = put_pair(h, AM_timeout, make_small(ns // 1000000), t)
    tell_monitor(p.vm, p.id, AM_long_schedule, t)
    fragments_free(fragment_heap_take(&fh))


# {profile, a, b, c, [d,] timestamp}
cdef void tell_profiler(TraceRoom* room, FragmentHeap* fh, Term* parts, size_t n) noexcept nogil:
    cdef Term* q
    cdef size_t i
    cdef uint32_t stamps = room.profile >> PROFILE_STAMP_SHIFT
    parts[n] = trace_stamp(room.vm, &fh.heap, stamps if stamps != 0 else <uint32_t>TF_TIMESTAMP)
    q = heap_alloc(&fh.heap, n + 3)
    if q == NULL or parts[n] == 0:
        fragments_free(fragment_heap_take(fh))
        return
    q[0] = make_header(T_TUPLE, n + 2)
    q[1] = AM_profile
    for i in range(n + 1):
        q[2 + i] = parts[i]
    trace_send(room.vm, room.profiler, parts[0], make_boxed(q), fragment_heap_take(fh))


cdef void runnable(Process* p, bint active) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    cdef FragmentHeap fh
    cdef Term parts[5]
    if room.profiler == 0 or not room.profile & PROFILE_PROCS or room.profiler == p.id or p.host:
        return
    fragment_heap_init(&fh)
    parts[0] = p.id
    parts[1] = AM_active if active else AM_inactive
    parts[2] = current_function(p, &fh.heap)
    tell_profiler(room, &fh, parts, 3)


cdef void resting(Scheduler* s, bint active) noexcept nogil:
    cdef TraceRoom* room = trace_room(s.vm)
    cdef FragmentHeap fh
    cdef Term parts[6]
    cdef Scheduler* other
    cdef int i, n = 0
    if room.profiler == 0 or not room.profile & PROFILE_SCHEDULER:
        return
    for i in range(s.vm.scheduler_count):
        other = s.vm.schedulers[i]
        if (active and other == s) or (other != s and en_load32_acq(&other.sleeping) == 0):
            n += 1
    fragment_heap_init(&fh)
    parts[0] = AM_scheduler
    parts[1] = make_small(s.index)
    parts[2] = AM_active if active else AM_inactive
    parts[3] = make_small(n)
    tell_profiler(room, &fh, parts, 4)


# {profile, Port, active | inactive, 0, Timestamp}
cdef void port_runs(VM* vm, Term port, bint active) noexcept nogil:
    cdef TraceRoom* room = trace_room(vm)
    cdef FragmentHeap fh
    cdef Term parts[5]
    if room.profiler == 0 or not room.profile & PROFILE_PORTS or room.profiler == port:
        return
    fragment_heap_init(&fh)
    parts[0] = port
    parts[1] = AM_active if active else AM_inactive
    parts[2] = make_small(0)
    tell_profiler(room, &fh, parts, 3)


# --- ports --------------------------------------------------------------------------------------------------------------------

cdef void port_new(VM* vm, Term port, Term* tracer, uint32_t* flags) noexcept nogil:
    cdef TraceRoom* room = trace_room(vm)
    if room != NULL and room.port_flags & TF_TRACEE and tracer_lives(vm, room.port_tracer):
        tracer[0] = room.port_tracer
        flags[0] = room.port_flags


cdef void port_event(VM* vm, Term port, Term* tracer, uint32_t* flags, Term what, Term data, Term extra) noexcept nogil:
    if tracer[0] == 0 or tracer[0] == port:
        return
    if not tracer_lives(vm, tracer[0]):
        tracer[0] = 0
        flags[0] &= ~<uint32_t>TF_TRACEE
        return
    trace_tell(vm, tracer[0], flags[0], port, what, data, extra, AM_true)


cdef void gone(Process* p) noexcept nogil:
    if saved_calls_gone(p) and not en_load32_acq(&p.vm.stopping):
        points_saved_last(p.vm)
    p.tracer = 0
    p.trace_flags = 0
    p.timed_function = NULL
    p.retry_ip = NULL
    p.seq_clock = 0
    p.seq_last = 0


cdef void fill_hooks() noexcept nogil:
    cdef WatchHooks* h = watch_hooks()
    h.sending = sending
    h.receiving = receiving
    h.event = event
    h.with_token = seq_with_token
    h.token_taken = seq_token_taken
    h.exit_with_token = seq_exit_with_token
    h.spawning = spawning
    h.scheduled = scheduled
    h.collecting = collecting
    h.gone = gone
    h.port_new = port_new
    h.port_event = port_event
    h.note = saved_calls_note
    h.runnable = runnable
    h.turn = turn
    h.resting = resting
    h.port_runs = port_runs


fill_hooks()

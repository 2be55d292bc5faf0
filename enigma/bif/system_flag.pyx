"""erlang:system_flag/2: what may be set for a whole VM.

The flags live where they are used. Flags of mechanisms that this VM does not have (binding of schedulers) accept what changes nothing and refuse the rest.

Read next: info.pyx, which tells the values.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.core cimport *
from enigma.memory.heap cimport *
from enigma.code.module cimport bif_register
from enigma.process.figures cimport max_heap_map, max_heap_value, system_logger
from enigma.process.online cimport *
from enigma.process.pool cimport pool_at_rest
from enigma.process.scheduler cimport scheduler_current, world_resume, world_stop
from enigma.process.settings cimport VMSettings
from enigma.bif.build cimport *
from enigma.bif.errors cimport *
from enigma.bif.statistics cimport microstates_set, wall_time_set
from enigma.bif.topology cimport topology_in_use, topology_rows
from enigma.trace.room cimport TraceRoom, trace_room, trace_room_get, tracer_lives
from enigma.trace.sequential cimport seq_trace_reset

cdef Term atom_reset = atom_from_cstr(b"reset")
cdef Term atom_finalize = atom_from_cstr(b"finalize")
cdef Term atom_reset_seq_trace = atom_from_cstr(b"reset_seq_trace")
cdef Term atom_erts_alloc = atom_from_cstr(b"erts_alloc")
cdef Term atom_internal_cpu_topology = atom_from_cstr(b"internal_cpu_topology")
cdef Term atom_block_normal = atom_from_cstr(b"block_normal")
cdef Term atom_unblock_normal = atom_from_cstr(b"unblock_normal")

# Ways to bind schedulers to processors, as scheduler_bind_type has them.
cdef Term[9] g_bindings
g_bindings[0] = atom_from_cstr(b"default_bind")
g_bindings[1] = atom_from_cstr(b"no_spread")
g_bindings[2] = atom_from_cstr(b"spread")
g_bindings[3] = atom_from_cstr(b"processor_spread")
g_bindings[4] = atom_from_cstr(b"thread_spread")
g_bindings[5] = atom_from_cstr(b"thread_no_node_processor_spread")
g_bindings[6] = atom_from_cstr(b"no_node_processor_spread")
g_bindings[7] = atom_from_cstr(b"no_node_thread_spread")
g_bindings[8] = AM_unbound


cdef Term max_heap_default(Process* p) noexcept nogil:
    cdef Term t = max_heap_map(proc_heap(p), p.vm.default_max_heap, p.vm.default_max_heap_flags)
    return t if t else fail(p, EXC_SYSTEM_LIMIT)


# Every token is forgotten: of all processes and of the messages in their queues.
cdef Term reset_tokens(Process* p) noexcept nogil:
    world_stop(p.vm, scheduler_current())
    seq_trace_reset(p.vm)
    world_resume(p.vm, scheduler_current())
    return AM_true


# Schedulers are never bound: unbound changes nothing.
cdef Term bind_schedulers(Process* p, Term how) noexcept nogil:
    cdef int i
    for i in range(9):
        if how == g_bindings[i]:
            return AM_unbound if how == AM_unbound else fail(p, EXC_NOTSUP)
    return badarg(p)


# The former topology; `undefined` says that the one found is to be used, which is the only one there is.
cdef Term set_topology(Process* p, Term value, bint rows) noexcept nogil:
    if value == AM_undefined:
        return topology_rows(p) if rows else topology_in_use(p)
    return fail(p, EXC_NOTSUP) if term_is_list(value) and not rows else badarg(p)


cdef Term set_requests_limit(Process* p, Term value) noexcept nogil:
    cdef VMSettings* settings = <VMSettings*>p.vm.runtime
    cdef uint32_t before
    if not term_is_small(value) or small_value(value) < 1 or small_value(value) > 0x7FFFFFF:
        return badarg(p)
    before = en_load32_rlx(&settings.requests_limit)
    en_store32_rel(&settings.requests_limit, <uint32_t>small_value(value))
    return make_small(before)


cdef Term system_flag_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term what = args[0], value = args[1], before
    cdef int64_t n
    cdef size_t words = 0
    cdef uint32_t flags = p.vm.default_max_heap_flags
    if what == AM_system_logger:
        if not (value == AM_logger or value == AM_undefined or term_is_local_pid(value)):
            return badarg(p)
        before = system_logger(p.vm)
        en_store64_rel(<uint64_t*>&p.vm.system_logger, value)
        return before
    if what == AM_schedulers_online:
        if not term_is_small(value) or small_value(value) < 1 or small_value(value) > p.vm.scheduler_count:
            return badarg(p)
        return make_small(online_set(p.vm, <int>small_value(value)))
    if what == AM_min_heap_size or what == AM_fullsweep_after:
        if not term_is_small(value) or small_value(value) < 0 or small_value(value) > 0x7FFFFFFF:
            return badarg(p)
        n = small_value(value)
        if what == AM_min_heap_size:
            before = make_small(p.vm.default_min_heap)
            p.vm.default_min_heap = <uint32_t>heap_next_size(<size_t>n)
        else:
            before = make_small(p.vm.default_fullsweep)
            p.vm.default_fullsweep = <uint32_t>(n if n < 65535 else 65535)
        return before
    if what == AM_min_bin_vheap_size:
        if not term_is_small(value) or small_value(value) < 0 or small_value(value) > <int64_t>1 << 40:
            return badarg(p)
        before = make_small(<int64_t>p.vm.default_min_vheap)
        p.vm.default_min_vheap = heap_next_size(<size_t>small_value(value))
        return before
    if what == AM_max_heap_size:
        before = max_heap_default(p)
        if not max_heap_value(value, p.vm.default_min_heap, &words, &flags):
            return badarg(p)
        p.vm.default_max_heap = words
        p.vm.default_max_heap_flags = flags
        return before
    if what == AM_backtrace_depth:
        if not term_is_small(value) or small_value(value) < 0:
            return badarg(p)
        before = make_small(p.vm.backtrace_depth if p.vm.backtrace_depth >= 0 else 8)
        p.vm.backtrace_depth = <int>(small_value(value) if small_value(value) < 1024 else 1024)
        return before
    if what == AM_scheduler_wall_time:
        return wall_time_set(p, value)
    if what == AM_microstate_accounting:
        return microstates_set(p, value)
    if what == AM_multi_scheduling:
        return block_scheduling(p, value)
    if what == AM_sequential_tracer:
        return set_sequential_tracer(p, value)
    if what == AM_trace_control_word:
        return set_control_word(p, value)
    if what == AM_dirty_cpu_schedulers_online:
        if not term_is_small(value) or small_value(value) < 1 or small_value(value) > p.vm.schedulers_online:
            return badarg(p)
        before = make_small(p.vm.dirty_cpu_online)
        p.vm.dirty_cpu_online = <int>small_value(value)
        return before
    if what == AM_outstanding_system_requests_limit:
        return set_requests_limit(p, value)
    if what == AM_cpu_topology or what == atom_internal_cpu_topology:
        return set_topology(p, value, what == atom_internal_cpu_topology)
    if what == AM_scheduler_bind_type:
        return bind_schedulers(p, value)
    if what == atom_reset_seq_trace:
        return reset_tokens(p)
    if what == AM_time_offset and value == atom_finalize:
        return AM_final                     # without time warps it is final from the beginning
    return badarg(p) if what == atom_erts_alloc else badarg_cause(p, AM_badopt)


# --- erlang:system_flag(multi_scheduling, block) ------------------------------------------------------------

cdef Term atom_block = atom_from_cstr(b"block")
cdef Term atom_blocked = atom_from_cstr(b"blocked")
cdef Term atom_blocked_normal = atom_from_cstr(b"blocked_normal")
cdef Term atom_normal = atom_from_cstr(b"normal")
cdef Term atom_dirty_cpu = atom_from_cstr(b"dirty_cpu")
cdef Term atom_dirty_io = atom_from_cstr(b"dirty_io")

cdef Term multi_scheduling(VM* vm) noexcept nogil:
    if online_blockers(vm, BLOCK_ALL) != 0:
        return atom_blocked
    return atom_blocked_normal if online_blockers(vm, BLOCK_NORMAL) != 0 else AM_enabled


cdef Term blocker_list(Process* p, uint32_t kind) noexcept nogil:
    cdef Term list_ = nil()
    cdef size_t n = online_blocker_list(p.vm, kind, NULL, 0) + 16, found
    cdef Term* pids
    if p.vm.scheduler_count == 1:           # erl names nobody then
        return list_
    pids = <Term*>malloc(n * sizeof(Term))
    if pids == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    found = online_blocker_list(p.vm, kind, pids, n)
    n = found if found < n else n
    while n > 0 and list_ != 0:
        n -= 1
        list_ = prepend(p, pids[n], list_)
    free(pids)
    return list_


cdef Term block_scheduling(Process* p, Term how) noexcept nogil:
    if p.moved_from != 0:                           # it has blocked them before it came here
        p.moved_from = 0
        return multi_scheduling(p.vm)
    if how == atom_block or how == atom_block_normal:
        if not online_block(p, BLOCK_ALL if how == atom_block else BLOCK_NORMAL):
            return fail(p, EXC_SYSTEM_LIMIT)
        world_stop(p.vm, scheduler_current())       # whoever runs has ended its turn when this returns
        world_resume(p.vm, scheduler_current())
        # It is to run alone, too: on the one that is left, which waits for the blocking pool before it takes up a process.
        if scheduler_current().index > active_schedulers(p.vm) or how == atom_block and not pool_at_rest(p.vm):
            p.moved_from = 1
            return yield_again(p)
    elif how == AM_unblock or how == atom_unblock_normal:
        online_unblock(p, BLOCK_ALL if how == AM_unblock else BLOCK_NORMAL)
    else:
        return badarg(p)
    return multi_scheduling(p.vm)


cdef Term scheduler_counts(Process* p, Term type_, int all_, int online, int active) noexcept nogil:
    cdef Term* q = proc_alloc(p, 5)
    if q == NULL:
        return 0
    q[0] = make_header(T_TUPLE, 4)
    q[1] = type_
    q[2] = make_small(all_)
    q[3] = make_small(online)
    q[4] = make_small(active)
    return make_boxed(q)


# [{Type, Schedulers, Online, Active}]; the blocking pool does the work of the dirty ones.
cdef Term all_schedulers_state(Process* p) noexcept nogil:
    cdef VM* vm = p.vm
    cdef bint blocked = online_blockers(vm, BLOCK_ALL) != 0
    cdef Term list_ = prepend(p, scheduler_counts(p, atom_dirty_io, DIRTY_IO, DIRTY_IO, 0 if blocked else DIRTY_IO), nil())
    list_ = prepend(p, scheduler_counts(p, atom_dirty_cpu, vm.scheduler_count, vm.dirty_cpu_online,
                                        0 if blocked else vm.dirty_cpu_online), list_)
    list_ = prepend(p, scheduler_counts(p, atom_normal, vm.scheduler_count, vm.schedulers_online, active_schedulers(vm)), list_)
    return list_ if list_ != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term sequential_tracer(Process* p) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    return room.seq_tracer if room != NULL and room.seq_tracer != 0 and tracer_lives(p.vm, room.seq_tracer) else AM_false


# The room of tracing, made with the world stopped; NULL: no memory.
cdef TraceRoom* room_for(Process* p) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    if room == NULL:
        world_stop(p.vm, scheduler_current())
        room = trace_room_get(p.vm)
        world_resume(p.vm, scheduler_current())
    return room


cdef Term set_sequential_tracer(Process* p, Term value) noexcept nogil:
    cdef Term old = sequential_tracer(p)
    cdef TraceRoom* room
    if value != AM_false and not tracer_lives(p.vm, value):
        return badarg(p)
    room = room_for(p)
    if room == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    room.seq_tracer = value if value != AM_false else 0
    return old


cdef Term set_control_word(Process* p, Term value) noexcept nogil:
    cdef TraceRoom* room
    cdef uint32_t old
    if not term_is_small(value) or small_value(value) < 0 or small_value(value) > <int64_t>0xFFFFFFFF:
        return badarg(p)
    room = room_for(p)
    if room == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    old = en_load32_acq(&room.control_word)
    en_store32_rel(&room.control_word, <uint32_t>small_value(value))
    return make_small(old)


bif_register(b"erlang", b"system_flag", 2, system_flag_2, 0)

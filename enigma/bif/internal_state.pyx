"""erts_debug:get_internal_state/1 and set_internal_state/2: the back door that OTP's own tests use.

Both are undefined until set_internal_state(available_internal_state, true) opens the door for the whole VM. What an
item shows or changes is the real thing or the item is refused: none of them answers for parts that this VM does not
have.

Read next: debug.pyx; enigma/process/table.pxd for the process table behind `next_pid`.
"""
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_count, atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.compare cimport term_hash
from enigma.term.map cimport heap_fill, map_from_pairs
from enigma.term.number cimport integer_from_u64, integer_to_u64
from enigma.code.module cimport bif_register, export_get
from enigma.ets.figures cimport table_parts
from enigma.ets.table cimport (TABLE_CONTENDED, TABLE_ORDERED, TABLE_WRITE_AUTO, TABLE_WRITE_CONCURRENCY, Table, table_lock,
                               table_name_place, table_unlock)
from enigma.memory.heap cimport *
from enigma.match.regex cimport regex_first_limit_set
from enigma.match.search cimport search_turn_set
from enigma.bif.unicode cimport unicode_turn_set
from enigma.process.lookup cimport *
from enigma.process.process cimport *
from enigma.process.relation cimport *
from enigma.process.relation cimport RelationSet as Relations
from enigma.process.release cimport literals_release_ask
from enigma.process.runqueue cimport scheduler_current, world_resume, world_stop
from enigma.process.signal cimport (SIG_CALL, SIG_INFO, SignalCall, fragments_free, send_message_fragment, signal_free,
                                    signal_new, signal_reply, signal_send, signal_set_term, tasks_resume)
from enigma.process.table cimport PID_BITS, Room, room_of
from enigma.process.threads cimport en_sleep_ns
from enigma.process.usage cimport collections_delay_set
from enigma.bif.build cimport prepend, tuple2, tuple4
from enigma.bif.errors cimport *
from enigma.bif.info cimport memory_now
from enigma.bif.process_info cimport process_info_items
from enigma.bif.shared cimport persistent_buckets

cdef extern from * nogil:
    """
    #include <pthread.h>
    """
    ctypedef unsigned long thread_id "pthread_t"
    ctypedef struct pthread_attr_t:
        pass
    int pthread_getattr_np(thread_id thread, pthread_attr_t* attributes)
    int pthread_attr_getstack(pthread_attr_t* attributes, void** end, size_t* size)
    int pthread_attr_destroy(pthread_attr_t* attributes)
    thread_id pthread_self()

cdef enum:
    INTERNAL_STATE = 1 << 16         # VM.flags: the door is open

cdef Term atom_available = atom_from_cstr(b"available_internal_state")
cdef Term atom_reds_left = atom_from_cstr(b"reds_left")
cdef Term atom_binary_loop_limit = atom_from_cstr(b"binary_loop_limit")
cdef Term atom_unicode_loop_limit = atom_from_cstr(b"unicode_loop_limit")
cdef Term atom_re_loop_limit = atom_from_cstr(b"re_loop_limit")

cdef Term atom_internal_hash = atom_from_cstr(b"internal_hash")
cdef Term atom_force_heap_frags = atom_from_cstr(b"force_heap_frags")
cdef Term atom_next_pid = atom_from_cstr(b"next_pid")
cdef Term atom_table_words = atom_from_cstr(b"DbTable_words")
cdef Term atom_process_status = atom_from_cstr(b"process_status")
cdef Term atom_link_list = atom_from_cstr(b"link_list")
cdef Term atom_make_unique = atom_from_cstr(b"make_unique_integer")
cdef Term atom_min_monotonic = atom_from_cstr(b"min_unique_monotonic_integer")
cdef Term atom_monotonic_state = atom_from_cstr(b"unique_monotonic_integer_state")
cdef Term atom_force_gc = atom_from_cstr(b"force_gc")
cdef Term atom_wait = atom_from_cstr(b"wait")
cdef Term atom_deallocations = atom_from_cstr(b"deallocations")
cdef Term atom_timer_cancellations = atom_from_cstr(b"timer_cancellations")
cdef Term atom_thread_progress = atom_from_cstr(b"thread_progress")
cdef Term atom_aux_work = atom_from_cstr(b"aux_work")
cdef Term atom_sleep = atom_from_cstr(b"sleep")
cdef Term atom_block = atom_from_cstr(b"block")
cdef Term atom_block_scheduler = atom_from_cstr(b"block_scheduler")
cdef Term atom_mbuf = atom_from_cstr(b"mbuf")
cdef Term atom_fill_heap = atom_from_cstr(b"fill_heap")
cdef Term atom_proc_sig_block = atom_from_cstr(b"proc_sig_block")
cdef Term atom_ets_force_trap = atom_from_cstr(b"ets_force_trap")
cdef Term atom_binary_info = atom_from_cstr(b"binary_info")
cdef Term atom_refc_binary = atom_from_cstr(b"refc_binary")
cdef Term atom_heap_binary = atom_from_cstr(b"heap_binary")
cdef Term atom_stack_check = atom_from_cstr(b"stack_check")
cdef Term atom_memory = atom_from_cstr(b"memory")
cdef Term atom_process_info_args = atom_from_cstr(b"process_info_args")
cdef Term atom_monitor_list = atom_from_cstr(b"monitor_list")
cdef Term atom_erl_link = atom_from_cstr(b"erl_link")
cdef Term atom_erl_monitor = atom_from_cstr(b"erl_monitor")
cdef Term atom_linked = atom_from_cstr(b"linked")
cdef Term atom_unlinking = atom_from_cstr(b"unlinking")
cdef Term atom_origin = atom_from_cstr(b"origin")
cdef Term atom_target = atom_from_cstr(b"target")
cdef Term atom_gc_state = atom_from_cstr(b"gc_state")
cdef Term atom_processes_info = atom_from_cstr(b"processes_bif_info")
cdef Term atom_ptab_info = atom_from_cstr(b"ptab_list_bif_info")
cdef Term atom_nbalance = atom_from_cstr(b"nbalance")
cdef Term atom_flxctr_memory = atom_from_cstr(b"flxctr_memory_usage")
cdef Term atom_ets_force_split = atom_from_cstr(b"ets_force_split")
cdef Term atom_ets_random_split = atom_from_cstr(b"ets_debug_random_split_join")
cdef Term atom_long_gc_sleep = atom_from_cstr(b"test_long_gc_sleep")
cdef Term atom_colliding_names = atom_from_cstr(b"colliding_names")
cdef Term atom_notsup = atom_from_cstr(b"notsup")


cdef Term open_door(Process* p, Term on) noexcept nogil:
    cdef uint32_t before
    if on != AM_true and on != AM_false:
        return badarg(p)
    if on == AM_true:
        before = en_or32(&p.vm.flags, INTERNAL_STATE)
    else:
        before = en_and32(&p.vm.flags, ~<uint32_t>INTERNAL_STATE)
    return AM_true if before & INTERNAL_STATE else AM_false


# --- asking -------------------------------------------------------------------------------------------------------------

cdef Term all_processes(Process* p) noexcept nogil:
    cdef size_t n = process_count(p.vm) + 64
    cdef size_t found, i
    cdef Term list_ = nil()
    cdef Term* pids = <Term*>malloc(n * sizeof(Term))
    if pids == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    found = process_list(p.vm, pids, n)
    i = found if found < n else n
    while i > 0 and list_ != 0:
        i -= 1
        list_ = prepend(p, pids[i], list_)
    free(pids)
    return list_


# What a look into the process table shows, without asking the process: undefined once it has left it.
cdef Term status_in_table(Process* p, Term pid) noexcept nogil:
    cdef Process* q
    cdef uint32_t state
    if not term_is_local_pid(pid):
        return badarg(p)
    q = process_lock(p.vm, pid)
    if q == NULL:
        return AM_undefined
    state = en_load32_acq(&q.state)
    process_unlock(q)
    if state & PS_EXITING:
        return AM_exiting
    if state & (PS_RUNNING | PS_BLOCKED):
        return AM_running
    if state & PS_SUSPENDED:
        return AM_suspended
    return AM_runnable if state & PS_ACTIVE else AM_waiting


# {link_list, Pid}, {monitor_list, Pid}: the process itself says, when it has taken what was sent to it before.

cdef struct RelationsCall:
    SignalCall call                # first
    bint links


cdef Term record(Heap* h, Term* elements, word n, Term tail) noexcept nogil:
    cdef Term* q = heap_alloc(h, n + 3)
    cdef word i
    if q == NULL:
        return 0
    q[0] = make_header(T_TUPLE, n)
    for i in range(n):
        q[1 + i] = elements[i]
    return cons(q + n + 1, make_boxed(q), tail)


cdef Term link_record(Heap* h, Relation* r, Term tail) noexcept nogil:
    cdef Term e[5]
    e[0] = atom_erl_link
    e[1] = AM_port if term_is_local_port(r.other) else AM_process
    e[2] = r.other
    e[3] = atom_unlinking if r.flags & LINK_UNLINKING else atom_linked
    e[4] = integer_from_u64(h, <uint64_t>r)
    return record(h, e, 5, tail) if e[4] != 0 else 0


cdef Term monitor_record(Heap* h, Process* q, Relation* r, Term tail) noexcept nogil:
    cdef Term e[6]
    cdef Term* hp = heap_alloc(h, 4)
    if hp == NULL:
        return 0
    hp[0] = make_header(T_REF, REF_ALIAS if r.flags & MONITOR_ALIAS else REF_ORDINARY)
    hp[1] = <word>r.ids[0] | (<word>r.ids[1] << 32)
    hp[2] = r.ids[2]
    hp[3] = q.id if r.flags & MONITOR_ALIAS else make_header(T_TUPLE, 0)
    e[0] = atom_erl_monitor
    e[1] = AM_process
    if r.flags & MONITOR_PORT:
        e[1] = AM_port
    elif r.flags & MONITOR_TIME_OFFSET:
        e[1] = AM_time_offset
    e[2] = atom_origin if r.kind == RELATION_MONITOR else atom_target
    e[3] = make_boxed(hp)
    e[4] = r.other
    e[5] = r.name if r.name != 0 else nil()
    return record(h, e, 6, tail)


cdef void relations_run(VM* vm, Process* q, Signal* s) noexcept nogil:
    cdef FragmentHeap fh
    cdef Heap* h = &fh.heap
    cdef Relation* r
    cdef Term list_ = nil()
    cdef Term e[2]
    if q == NULL:
        signal_reply(vm, 0, s.sender, s.extra, AM_undefined)
        return
    fragment_heap_init(&fh)
    r = (<Relations*>q.relations).last if q.relations != NULL else NULL
    while r != NULL and list_ != 0:
        if (<RelationsCall*>s.data).links:
            if r.kind == RELATION_LINK:
                list_ = link_record(h, r, list_)
        elif r.kind == RELATION_MONITOR or r.kind == RELATION_WATCHED:
            list_ = monitor_record(h, q, r, list_)
        r = r.previous
    e[0] = term_copy(h, s.extra, False)
    e[1] = list_
    list_ = record(h, e, 2, nil()) if list_ != 0 and e[0] != 0 else 0
    if list_ == 0:
        fragments_free(fragment_heap_take(&fh))
        signal_reply(vm, q.id, s.sender, s.extra, AM_undefined)
        return
    send_message_fragment(vm, q.id, s.sender, list_head(list_), fragment_heap_take(&fh))


cdef Term relations_of(Process* p, Term pid, bint links) noexcept nogil:
    cdef Signal* s
    cdef RelationsCall* c
    cdef Term ref
    if not term_is_local_pid(pid):
        return badarg(p)
    ref = ref_new(p.vm, proc_heap(p))
    s = signal_new(SIG_INFO, p.id)
    c = <RelationsCall*>malloc(sizeof(RelationsCall))
    if ref == 0 or s == NULL or c == NULL or not signal_set_term(s, &s.extra, ref):
        free(c)
        if s != NULL:
            signal_free(s)
        return fail(p, EXC_SYSTEM_LIMIT)
    c.call.run = relations_run
    c.call.reads = True
    c.links = links
    s.data = c
    if not signal_send(p.vm, pid, s):
        return AM_undefined
    return trap1(p, export_get(p.vm.code, AM_erts_internal, AM_await_result, 1), ref)


# {refc_binary, Bytes, {binary, Allocated}, Flags} or heap_binary: where the bits lie.
cdef Term binary_place(Process* p, Term t) noexcept nogil:
    cdef Term* base
    cdef Binary* b
    cdef Term allocated
    if not term_is_bitstring(t):
        return badarg(p)
    base = boxed_ptr(t)
    if header_kind(base[0]) == T_SUB_BITS:
        base = boxed_ptr((<SubBits*>base).orig)
    if header_kind(base[0]) != T_BIN_REF:
        return atom_heap_binary
    b = (<BinRef*>base).binary
    allocated = tuple2(p, AM_binary, integer_from_u64(proc_heap(p), b.capacity))
    if allocated == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    return tuple4(p, atom_refc_binary, integer_from_u64(proc_heap(p), b.size), allocated,
                  make_small(<int64_t>(<BinRef*>base).flags))


# Bytes of the C stack that are left to this thread.
cdef Term stack_left(Process* p) noexcept nogil:
    cdef char here
    cdef pthread_attr_t attributes
    cdef void* end
    cdef size_t size
    if pthread_getattr_np(pthread_self(), &attributes) != 0:
        return fail(p, EXC_NOTSUP)
    pthread_attr_getstack(&attributes, &end, &size)
    pthread_attr_destroy(&attributes)
    return integer_from_u64(proc_heap(p), <uint64_t>(<char*>&here - <char*>end))


# {ptab_list_bif_info, ...}: what processes/0 wants left of a turn, chunks of the table that it takes at one go, indices in
# one, indices and conses for a reduction; nothing is kept for it of processes that end meanwhile; no debug level.
cdef Term processes_costs(Process* p) noexcept nogil:
    cdef Term* q = proc_alloc(p, 11)
    cdef int i
    if q == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    q[0] = make_header(T_TUPLE, 10)
    q[1] = atom_ptab_info
    for i in range(2, 11):
        q[i] = make_small(0)
    q[3] = make_small(1)
    q[4] = make_small(<int64_t>room_of(p.vm).high)
    q[5] = make_small(256)
    q[9] = make_small(8)
    return make_boxed(q)


cdef Term get_internal_state_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term what = args[0]
    cdef Term list_
    cdef Term pair[2]
    cdef uint64_t fixed, directory
    cdef Term* e
    if not en_load32_acq(&p.vm.flags) & INTERNAL_STATE:
        return fail(p, EXC_UNDEF)
    if what == atom_available:
        return AM_true
    if what == atom_reds_left:
        return make_small(p.reductions_left)
    if what == atom_stack_check:
        return stack_left(p)
    if what == atom_memory:
        return memory_now(p)
    if what == atom_force_heap_frags:
        return AM_false
    if what == AM_persistent_term:
        pair[0] = AM_table
        pair[1] = make_small(<int64_t>persistent_buckets(p.vm))
        list_ = map_from_pairs(proc_heap(p), pair, 1)
        return list_ if list_ != 0 else fail(p, EXC_SYSTEM_LIMIT)
    if what == atom_flxctr_memory:
        return atom_notsup                  # as an emulator that does not count it says
    if what == atom_table_words:
        table_parts(&fixed, &directory)
        return tuple2(p, make_small(<int64_t>fixed), make_small(<int64_t>directory))
    if what == AM_processes:
        return all_processes(p)
    if what == atom_next_pid:
        return integer_from_u64(proc_heap(p), room_of(p.vm).next_data)
    if what == atom_process_info_args:
        list_ = process_info_items(p)
        return list_ if list_ != 0 else fail(p, EXC_SYSTEM_LIMIT)
    if what == atom_processes_info:
        return processes_costs(p)
    if what == atom_nbalance:
        return integer_from_u64(proc_heap(p), en_load64_rlx(&p.vm.balances))
    if what == atom_min_monotonic:
        return make_small(<int64_t>LEAST_SMALL)
    if what == atom_monotonic_state:
        return integer_from_u64(proc_heap(p), en_load64_rlx(&room_of(p.vm).monotonic_unique))
    if term_is_tuple_of(what, 3):
        e = tuple_elements(what)
        return unique_made(p, e[1], e[2]) if e[0] == atom_make_unique else badarg(p)
    if not term_is_tuple_of(what, 2):
        return badarg(p)
    e = tuple_elements(what)
    if e[0] == atom_binary_info:
        return binary_place(p, e[1])
    if e[0] == atom_internal_hash:
        return integer_from_u64(proc_heap(p), term_hash(e[1]))
    if e[0] == AM_atom and term_is_small(e[1]) and 0 <= small_value(e[1]) < atom_count():
        return make_atom(<word>small_value(e[1]))
    if e[0] == atom_process_status:
        return status_in_table(p, e[1])
    if e[0] == atom_link_list or e[0] == atom_monitor_list:
        return relations_of(p, e[1], e[0] == atom_link_list)
    return badarg(p)

# {make_unique_integer, Thread, Counter}: the integer that this thread would make there.
cdef Term unique_made(Process* p, Term thread, Term counter) noexcept nogil:
    cdef uint64_t t, n
    if not term_is_integer(thread) or not term_is_integer(counter) \
            or not integer_to_u64(thread, &t) or not integer_to_u64(counter, &n):
        return badarg(p)
    return unique_integer_of(p.vm, proc_heap(p), t, n, False)


# --- changing -----------------------------------------------------------------------------------------------------------

# Keeps the scheduler, with `all` the whole VM, from running anything for a while.
cdef Term sleep_here(Process* p, Term time, bint all_) noexcept nogil:
    cdef Scheduler* s = scheduler_current()
    if not term_is_small(time):
        return badarg(p)
    if small_value(time) > 0:
        if all_:
            world_stop(p.vm, s)
        en_sleep_ns(small_value(time) * 1000000)
        if all_:
            world_resume(p.vm, s)
    return AM_true


cdef struct SleepCall:
    SignalCall call                # first
    int64_t time                   # ms


cdef void sleep_run(VM* vm, Process* p, Signal* s) noexcept nogil:
    if p != NULL:
        en_sleep_ns((<SleepCall*>s.data).time * 1000000)


# {Pid, Ms}: the process sleeps in the middle of its signals.
cdef Term block_signals(Process* p, Term what) noexcept nogil:
    cdef Term* e
    cdef Signal* s
    cdef SleepCall* c
    if not term_is_tuple_of(what, 2):
        return badarg(p)
    e = tuple_elements(what)
    if not term_is_local_pid(e[0]) or not term_is_small(e[1]) or small_value(e[1]) < 0:
        return badarg(p)
    s = signal_new(SIG_CALL, p.id)
    c = <SleepCall*>malloc(sizeof(SleepCall))
    if s == NULL or c == NULL:
        free(c)
        if s != NULL:
            signal_free(s)
        return fail(p, EXC_SYSTEM_LIMIT)
    c.call.run = sleep_run
    c.call.reads = False
    c.time = small_value(e[1])
    s.data = c
    return AM_true if signal_send(p.vm, e[0], s) else AM_false


# A copy of the term outside the heap's block, where only a collection finds it.
cdef Term in_fragment(Process* p, Term t) noexcept nogil:
    cdef Fragment* f = NULL
    cdef Term copy = term_copy_fragment(t, &f)
    if copy == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    if f != NULL:
        proc_heap_adopt(&p.mem, f)
    return copy


cdef Term set_next_pid(Process* p, Term n) noexcept nogil:
    cdef Room* room = room_of(p.vm)
    cdef uint64_t data
    if not term_is_small(n) or small_value(n) < 0 or small_value(n) >> PID_BITS:
        return badarg(p)
    data = <uint64_t>small_value(n)
    en_spin_lock(&room.lock)
    room.next_data = data
    en_spin_unlock(&room.lock)
    return make_small(<int64_t>data)


# {Table, Bool}. OTP's ordered tables with write_concurrency are trees that split where processes meet; this makes them
# split, or split and join, without anybody there. Tables here do not split. What the switch is for, that calls find a
# table as they find it when many want it, it does all the same: some calls end their turn, and find it later.
cdef Term contend(Process* p, Term what) noexcept nogil:
    cdef Table* t
    cdef bint good
    if not term_is_tuple_of(what, 2):
        return badarg(p)
    t = table_lock(p.vm, tuple_elements(what)[0], True)
    if t == NULL:
        return badarg(p)
    good = t.type == TABLE_ORDERED and (t.flags & (TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO)) != 0
    if good:
        t.flags &= ~<uint32_t>TABLE_CONTENDED
        if tuple_elements(what)[1] == AM_true:
            t.flags |= TABLE_CONTENDED
    table_unlock(t)
    return AM_ok if good else badarg(p)


# {Name, N}: N atoms, Name among them, whose tables' names meet in one place of the room's index.
cdef Term colliding_names(Process* p, Term what) noexcept nogil:
    cdef Term* e
    cdef Term list_, other
    cdef int64_t n
    cdef size_t i = 0, place
    if not term_is_tuple_of(what, 2):
        return badarg(p)
    e = tuple_elements(what)
    if not term_is_atom(e[0]) or not term_is_small(e[1]) or small_value(e[1]) < 1:
        return badarg(p)
    n = small_value(e[1]) - 1
    list_ = prepend(p, e[0], nil())
    place = table_name_place(p.vm, e[0])
    while n > 0 and i < atom_count() and list_ != 0:
        other = make_atom(<word>i)
        if other != e[0] and table_name_place(p.vm, other) == place:
            list_ = prepend(p, other, list_)
            n -= 1
        i += 1
    return list_


cdef Term set_internal_state_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term what = args[0]
    cdef Term value = args[1]
    cdef uint64_t n
    cdef bint enabled
    if what == atom_available:
        return open_door(p, value)
    if not en_load32_acq(&p.vm.flags) & INTERNAL_STATE:
        return fail(p, EXC_UNDEF)
    if what == atom_reds_left:
        if not term_is_small(value) or small_value(value) < 0 or small_value(value) > REDUCTIONS_PER_TURN:
            return badarg(p)
        p.reductions_left = <int32_t>small_value(value)
        return AM_true
    if what == atom_re_loop_limit:
        # How many steps a regular expression may take before it goes to the blocking pool.
        if value == AM_default:
            return make_small(regex_first_limit_set(0))
        if term_is_small(value) and 0 < small_value(value) <= 0x7FFFFFFF:
            return make_small(regex_first_limit_set(<uint32_t>small_value(value)))
    if what == atom_binary_loop_limit:
        # How many bytes a search in a binary may look at in one turn.
        if value == AM_default:
            return make_small(<int64_t>search_turn_set(0))
        if term_is_small(value) and 0 < small_value(value) <= 0x7FFFFFFF:
            return make_small(<int64_t>search_turn_set(<size_t>small_value(value)))
    if what == atom_unicode_loop_limit:
        # How many steps a conversion of characters may take in one turn.
        if value == AM_default:
            return make_small(unicode_turn_set(0))
        if term_is_small(value) and 0 < small_value(value) <= 0x7FFFFFFF:
            return make_small(unicode_turn_set(small_value(value)))
    if what == atom_force_gc:
        if not term_is_local_pid(value) or not process_alive(p.vm, value):
            return AM_false
        p.mem.gc_flags |= GC_WANTED | GC_FULL
        return AM_true
    if what == atom_wait:
        # Blocks, tables and timers are given back at once by whoever lets them go: a boundary of every scheduler
        # is all there is to wait for. Literals are looked for when this turn is over.
        if (value == atom_deallocations or value == atom_timer_cancellations or value == atom_thread_progress
                or value == atom_aux_work):
            world_stop(p.vm, scheduler_current())
            world_resume(p.vm, scheduler_current())
            if value == atom_deallocations:
                literals_release_ask(p.vm)
                charge(p, p.reductions_left)
            return AM_ok
    if what == atom_gc_state:
        # Whether the process may be collected; what it was. What has waited for it is done at its next turn.
        if value != AM_true and value != AM_false:
            return badarg(p)
        enabled = p.mem.gc_flags & GC_DISABLED == 0
        if value == AM_true:
            p.mem.gc_flags &= ~<uint32_t>GC_DISABLED
            tasks_resume(p)
        else:
            p.mem.gc_flags |= GC_DISABLED
        return AM_true if enabled else AM_false
    if what == atom_sleep or what == atom_block_scheduler:
        return sleep_here(p, value, False)
    if what == atom_block:
        return sleep_here(p, value, True)
    if what == atom_proc_sig_block:
        return block_signals(p, value)
    if what == atom_mbuf:
        return in_fragment(p, value)
    if what == atom_fill_heap:
        if proc_heap_room(&p.mem) > 1:
            n = proc_heap_room(&p.mem)
            heap_fill(proc_alloc(p, n), n)
        if value == AM_true:
            p.mem.gc_flags |= GC_FULL
        return AM_ok
    if what == atom_long_gc_sleep:
        # Every collection takes so many ms longer.
        if not term_is_small(value) or small_value(value) < 0 or small_value(value) > 100000:
            return badarg(p)
        collections_delay_set(small_value(value))
        return AM_true
    if what == atom_ets_force_trap:
        return atom_notsup                  # as an emulator that was not built for tests says
    if what == atom_ets_force_split or what == atom_ets_random_split:
        return contend(p, value)
    if what == atom_colliding_names:
        return colliding_names(p, value)
    if what == atom_next_pid:
        return set_next_pid(p, value)
    if what == atom_monotonic_state:
        if integer_to_u64(value, &n):
            en_store64_rlx(&room_of(p.vm).monotonic_unique, n)
            return AM_true
        return AM_false
    return badarg(p)


bif_register(b"erts_debug", b"get_internal_state", 1, get_internal_state_1, 0)
bif_register(b"erts_debug", b"set_internal_state", 2, set_internal_state_2, 0)

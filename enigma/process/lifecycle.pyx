"""Birth and death of processes, references, roots. The contract is lifecycle.pxd.

A death, in this order: PS_EXITING is set; timers, the name and what higher floors keep (process_gone) go; that may take
several turns, between which the process waits in a queue (PF_LEAVING), takes no signals, and counts as alive no longer;
the pid leaves the table; only then do links and monitors hear of it, so that whoever does finds the
process gone; what is still in its queue is answered; memory is freed. Nothing here recurses over relations.

A process for which a blocking job works dies the same death (process_exit_blocked), but for its memory, in which the
job goes on: of the scheduler, which holds PS_RUNNING, and the job, which holds PS_BLOCKED, the one that gives up its bit
last frees it. Until then it is in the room's list of the dying, where literals_release finds it.

Read next: signal.pyx for what the news do at the other side, table.pyx for pids.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.text cimport TextBuffer, text_free, text_init, text_put, text_put_bytes, text_put_term
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.memory.heap cimport *
from enigma.code.instructions cimport SPECIAL_APPLY, SPECIAL_NORMAL_EXIT, special_code
from enigma.code.profile cimport profile_collection, profile_enabled
from enigma.process.process cimport *
from enigma.process.threads cimport *
from enigma.process.table cimport *
from enigma.process.settings cimport VMSettings
from enigma.process.registry cimport registry_find, registry_list, registry_put, registry_remove
from enigma.process.relation cimport *
from enigma.process.relation cimport RelationSet as Relations
from enigma.process.dictionary cimport Dictionary as Dict
from enigma.process.dictionary cimport dictionary_find, dictionary_free, dictionary_insert, dictionary_remove
from enigma.process.signal cimport *
from enigma.process.timer cimport clock_monotonic, receive_timer_cancel, timers_process_gone
from enigma.process.lookup cimport *
from enigma.process.online cimport online_gone
from enigma.process.figures cimport log_heap_limit
from enigma.process.runqueue cimport *
from enigma.process.threads cimport en_clock_monotonic_ns
from enigma.process.usage cimport USE_GC, collection_delay, usage_enter
from enigma.process.watch cimport *

# --- birth ------------------------------------------------------------------------------------------------

cdef void spawn_options_init(VM* vm, SpawnOptions* o) noexcept nogil:
    o.flags = 0
    o.born = NULL
    o.priority = PRIO_NORMAL
    o.process_flags = PF_OFF_HEAP_MESSAGES if (<VMSettings*>vm.runtime).off_heap_messages else 0
    o.min_heap = vm.default_min_heap
    o.max_heap = vm.default_max_heap
    o.max_heap_flags = vm.default_max_heap_flags
    o.min_vheap = vm.default_min_vheap
    o.fullsweep_after = vm.default_fullsweep
    o.fullsweep_given = False
    o.monitor_ref = 0
    o.monitor_tag = 0
    o.alias_mode = ALIAS_NONE
    o.scheduler = 0
    o.collector = NULL

cdef Term spawn_failed(Process* parent, word code) noexcept nogil:
    if parent != NULL:
        parent.freason = code
    return 0

cdef int64_t list_length(Term t) noexcept nogil:     # -1: no proper list
    cdef int64_t n = 0
    while term_is_list(t):
        n += 1
        t = list_tail(t)
    return n if term_is_nil(t) else -1

# Undoes table_add for a process that never ran.
cdef void discard(VM* vm, Process* p) noexcept nogil:
    en_spin_lock(&p.signal_lock)
    en_or32(&p.state, PS_FREE | PS_EXITING)
    en_spin_unlock(&p.signal_lock)
    table_remove(vm, p)
    messages_free(p)
    signals_answer(p)
    relations_free(<Relations**>&p.relations)
    p.id = 0
    table_recycle(vm, p)

# The parent's and the child's side of a link or monitor made with the process; False: no memory.
cdef bint relate(Process* parent, Process* p, SpawnOptions* o) noexcept nogil:
    cdef Relation* r
    cdef uint32_t ids[3]
    cdef Term* hp
    if o.flags & SPAWN_LINK:
        if relation_add(<Relations**>&p.relations, RELATION_LINK, parent.id) == NULL:
            return False
        if relation_add(<Relations**>&parent.relations, RELATION_LINK, p.id) == NULL:
            return False
    if o.flags & SPAWN_MONITOR:
        ref_next_ids(p.vm, ids)
        hp = proc_alloc(parent, 4)
        if hp == NULL:
            return False
        hp[0] = make_header(T_REF, REF_ORDINARY if o.alias_mode == ALIAS_NONE else REF_ALIAS)
        hp[1] = <word>ids[0] | (<word>ids[1] << 32)
        hp[2] = ids[2]
        hp[3] = parent.id if o.alias_mode != ALIAS_NONE else make_header(T_TUPLE, 0)
        o.monitor_ref = make_boxed(hp)
        if relation_add_ref(<Relations**>&p.relations, RELATION_WATCHED, ids, parent.id) == NULL:
            return False
        r = relation_add_ref(<Relations**>&parent.relations, RELATION_MONITOR, ids, p.id)
        if r == NULL:
            return False
        if o.monitor_tag != 0:
            r.tag = o.monitor_tag
            if not term_is_immed(r.tag):
                r.tag = term_copy_fragment(o.monitor_tag, &r.tag_fragment)
                if r.tag == 0:
                    relation_delete(<Relations**>&parent.relations, r)
                    return False
        if o.alias_mode != ALIAS_NONE:
            r.flags |= MONITOR_ALIAS
            r = relation_add_ref(<Relations**>&parent.relations, RELATION_ALIAS, ids, 0)
            if r == NULL:
                return False
            r.flags = o.alias_mode
    return True

cdef Term process_spawn(VM* vm, Process* parent, Term module, Term function, Term args, SpawnOptions* o) noexcept nogil:
    """May allocate on the parent's heap (the monitor's reference)."""
    cdef int64_t arity = list_length(args)
    cdef Process* p
    cdef size_t size, words
    cdef Term id_, copy
    if not term_is_atom(module) or not term_is_atom(function) or arity < 0:
        return spawn_failed(parent, EXC_BADARG)
    p = table_add(vm, False)
    if p == NULL:
        return spawn_failed(parent, EXC_SYSTEM_LIMIT)
    size = term_copy_size(args)
    words = o.min_heap if o.min_heap != 0 else 233
    if words < size + 16:
        words = heap_next_size(size + 16)
    if not proc_heap_init(&p.mem, words):
        discard(vm, p)
        return spawn_failed(parent, EXC_SYSTEM_LIMIT)
    p.mem.min_words = o.min_heap if o.min_heap != 0 else 233
    p.mem.max_words = o.max_heap
    p.mem.vheap_min = o.min_vheap * sizeof(Term)
    p.mem.vheap_limit = p.mem.vheap_min
    p.mem.stress_random += p.id
    p.mem.max_flags = o.max_heap_flags
    p.mem.fullsweep_after = o.fullsweep_after if o.fullsweep_given else vm.default_fullsweep
    p.mem.strategy = o.collector if o.collector != NULL else collector_generational()
    copy = term_copy(&p.mem.heap, args, False)
    if copy == 0:
        proc_heap_destroy(&p.mem)
        discard(vm, p)
        return spawn_failed(parent, EXC_SYSTEM_LIMIT)
    p.mem.heap.end -= 1
    p.mem.heap.end[0] = <Term>special_code(SPECIAL_NORMAL_EXIT)
    p.ip = special_code(SPECIAL_APPLY)
    p.args[0] = module
    p.args[1] = function
    p.args[2] = copy
    p.live = 3
    p.flags = o.process_flags
    p.priority = o.priority
    p.fvalue = nil()
    p.ftrace = nil()
    p.trap_args[0] = nil()
    p.trap_args[1] = nil()
    p.trap_args[2] = nil()
    p.trap_args[3] = nil()
    p.sequential_token = nil()
    p.initial_mfa[0] = module
    p.initial_mfa[1] = function
    p.initial_mfa[2] = <word>arity
    p.error_handler = AM_error_handler
    p.start_time = clock_monotonic(vm)
    p.bound = parent.bound if parent != NULL else NULL
    p.home = vm.schedulers[o.scheduler - 1] if o.scheduler != 0 else NULL
    if parent != NULL:
        p.parent = parent.id
        p.group_leader = parent.group_leader
        if not term_is_immed(p.group_leader):
            p.group_leader = term_copy(&p.mem.heap, p.group_leader, False)
            if p.group_leader == 0:
                p.group_leader = p.id
        if not relate(parent, p, o):
            # What was related so far falls when the child, which never runs, exits.
            process_exit(p, AM_system_limit)
            return spawn_failed(parent, EXC_SYSTEM_LIMIT)
        charge(parent, 4 + <int64_t>(size >> 5))
    else:
        p.parent = AM_undefined
        p.group_leader = p.id
    id_ = p.id
    if vm.trace != NULL or (parent != NULL and parent.trace_flags):
        watch_hooks().spawning(parent, p, o.flags & SPAWN_LINK, args)
    if o.born != NULL:
        o.born(o.born_data, parent, p)
    process_publish(p)
    return id_

cdef Term process_spawn_fun(VM* vm, Process* parent, Term fun, Term args, SpawnOptions* o) noexcept nogil:
    """Runs erlang:apply(Fun, Args), as OTP's spawn/1 does."""
    cdef Term* hp
    cdef Term list_
    if not term_is_fun(fun) or list_length(args) < 0:
        return spawn_failed(parent, EXC_BADARG)
    hp = <Term*>malloc(4 * sizeof(Term))
    if hp == NULL:
        return spawn_failed(parent, EXC_SYSTEM_LIMIT)
    list_ = cons(hp, fun, cons(hp + 2, args, nil()))
    list_ = process_spawn(vm, parent, AM_erlang, AM_apply, list_, o)
    free(hp)
    return list_

cdef Process* process_new_host(VM* vm) noexcept nogil:
    cdef Process* p = table_add(vm, True)
    cdef HostWait* w
    if p == NULL:
        return NULL
    w = <HostWait*>calloc(1, sizeof(HostWait))
    if w == NULL or not proc_heap_init(&p.mem, 233):
        free(w)
        discard(vm, p)
        return NULL
    en_mutex_init(&w.mutex)
    en_cond_init(&w.cond)
    p.mem.strategy = collector_generational()
    p.mem.fullsweep_after = vm.default_fullsweep
    p.priority = PRIO_NORMAL
    p.fvalue = nil()
    p.ftrace = nil()
    p.trap_args[0] = nil()
    p.trap_args[1] = nil()
    p.trap_args[2] = nil()
    p.trap_args[3] = nil()
    p.sequential_token = nil()
    p.group_leader = p.id
    p.parent = AM_undefined
    p.error_handler = AM_error_handler
    p.initial_mfa[0] = AM_undefined
    p.initial_mfa[1] = AM_undefined
    p.start_time = clock_monotonic(vm)
    en_spin_lock(&p.signal_lock)
    p.extra = w
    p.flags = PF_TRAP_EXIT
    en_spin_unlock(&p.signal_lock)
    return p

cdef void process_free_host(Process* p) noexcept nogil:
    process_exit(p, AM_normal)

cdef bint host_wait(Process* p, int64_t timeout_ns) noexcept nogil:
    cdef HostWait* w = <HostWait*>p.extra
    cdef bint news
    pthread_mutex_lock(&w.mutex)
    if not w.news and timeout_ns != 0:
        en_cond_wait_ns(&w.cond, &w.mutex, timeout_ns)
    news = w.news
    w.news = False
    pthread_mutex_unlock(&w.mutex)
    return news or (en_load32_acq(&p.state) & PS_SIGNALS) != 0

# --- death ------------------------------------------------------------------------------------------------

cdef void tell(Process* p, Relation* r, Term reason) noexcept nogil:
    """What one relation of a dead process's becomes."""
    cdef VM* vm = p.vm
    cdef Term id_ = p.id
    cdef Signal* s = NULL
    cdef uint32_t kind = r.kind
    if kind == RELATION_LINK:
        if not (r.flags & LINK_UNLINKING):
            exit_signal_from(p, r.other, reason, EXIT_LINKED)
    elif kind == RELATION_WATCHED:
        s = signal_new(SIG_DOWN, id_)
        if s != NULL:
            if not signal_set_term(s, &s.term, reason):
                s.term = AM_killed
            tell_ref(vm, r, s)
    elif kind == RELATION_MONITOR:
        if r.other != 0 and not (r.flags & MONITOR_TIME_OFFSET):
            s = signal_new(SIG_DEMONITOR, id_)
            if s != NULL:
                tell_ref(vm, r, s)
    elif kind == RELATION_SUSPENDING:
        signal_send(vm, r.other, signal_new(SIG_RESUME, id_))
    elif kind == RELATION_SUSPENDER:
        suspended_gone(vm, id_, r.other)

cdef void tell_ref(VM* vm, Relation* r, Signal* s) noexcept nogil:
    cdef Fragment* f = fragment_new(3)
    if f == NULL:
        signal_free(s)
        return
    f.used = 3
    f.next = s.fragment
    s.fragment = f
    fragment_data(f)[0] = make_header(T_REF, REF_ORDINARY)
    fragment_data(f)[1] = <word>r.ids[0] | (<word>r.ids[1] << 32)
    fragment_data(f)[2] = r.ids[2]
    s.extra = make_boxed(fragment_data(f))
    signal_send(vm, r.other, s)

# A VM can't go on without init and the other system processes: the slogan says which one ended, and why.
cdef char* vital_death(Process* p, Term reason) noexcept nogil:
    cdef TextBuffer b
    text_init(&b)
    text_put(&b, b"System process ")
    text_put_term(&b, p.id, 100)
    text_put(&b, b" terminated: ")
    text_put_term(&b, reason, 2000)
    if text_put_bytes(&b, <const uint8_t*>b"\n\0", 2):
        return <char*>b.data
    text_free(&b)
    return NULL

# The begin of a death: p has no name and no timers any more. True: it was vital, and *slogan (or NULL) says so.
cdef bint take_leave(Process* p, Term reason, char** slogan) noexcept nogil:
    cdef VM* vm = p.vm
    cdef Term name
    cdef bint vital = (p.flags & PF_SYSTEM_PROCESS) != 0 or p == vm.init_process
    en_or32(&p.state, PS_EXITING)
    if vital and not en_load32_acq(&vm.stopping):
        slogan[0] = vital_death(p, reason)
    timers_process_gone(p)
    if p.trace_flags & TF_PROCS:
        watch_hooks().event(p, AM_exit, reason, 0)
    name = p.registered_name
    if name != 0:
        registry_remove(vm, name, p.id)
        if p.trace_flags & TF_PROCS:
            watch_hooks().event(p, AM_unregister, name, 0)
    return vital

# What others see of a death: after it p has no pid and no relations. Nobody has anything of it any more.
cdef void leave(Process* p, Term reason) noexcept nogil:
    cdef VM* vm = p.vm
    cdef Relation* r
    if p.trace_flags & TF_EXITING:
        watch_hooks().scheduled(p, AM_out_exited)
    if vm.trace != NULL and not p.host:
        watch_hooks().runnable(p, False)
    online_gone(vm, p.id)
    table_remove(vm, p)
    en_spin_lock(&p.signal_lock)
    en_or32(&p.state, PS_FREE)
    if p.host:
        p.extra = NULL
    en_spin_unlock(&p.signal_lock)
    # From here on nobody can send to it.
    if p.relations != NULL:
        r = (<Relations*>p.relations).first
        while r != NULL:                # links hear of it before monitors do
            if r.kind == RELATION_LINK:
                tell(p, r, reason)
            r = r.next
        r = (<Relations*>p.relations).first
        while r != NULL:
            if r.kind != RELATION_LINK:
                tell(p, r, reason)
            r = r.next
        relations_free(<Relations**>&p.relations)
    signals_answer(p)

# The memory of a process that has left; the struct may serve another one afterwards.
cdef void dissolve(Process* p) noexcept nogil:
    cdef VM* vm = p.vm
    messages_free(p)
    dictionary_free(<Dict**>&p.dictionary)
    if p.trace_flags != 0 or p.saved_calls != NULL:
        watch_hooks().gone(p)
    if p.args != p.inline_args:
        free(p.args)
        p.args = p.inline_args
    proc_heap_destroy(&p.mem)
    en_spin_lock(&p.signal_lock)
    p.id = 0
    en_spin_unlock(&p.signal_lock)
    table_recycle(vm, p)

cdef void end_of_vital(VM* vm, Process* p, char* slogan) noexcept nogil:
    if p == vm.init_process:
        vm.init_process = NULL
    if not en_load32_acq(&vm.stopping):
        vm_halt_slogan(vm, slogan)

cdef void process_exit(Process* p, Term reason) noexcept nogil:
    """Frees p, unless it goes on leaving in its next turn; the caller must not touch it afterwards."""
    cdef VM* vm = p.vm
    cdef HostWait* w = NULL
    cdef Scheduler* s = scheduler_current()
    cdef char* slogan = NULL
    cdef bint turn = s != NULL and s.current == p
    cdef bint begins = p.flags & PF_LEAVING == 0
    cdef bint vital = False
    if p.host:
        w = <HostWait*>p.extra
    if turn and p.reductions_left < REDUCTIONS_PER_TURN and p.reductions_left >= 0:
        s.reductions += <uint64_t>(REDUCTIONS_PER_TURN - p.reductions_left)
    if begins:
        receive_timer_cancel(p)
        vital = take_leave(p, reason, &slogan)
    if turn and not vital:
        p.flags |= PF_LEAVING
    else:
        p.flags &= ~<uint32_t>PF_LEAVING
    if vm.process_gone != NULL:
        vm.process_gone(vm, p)
    else:
        p.flags &= ~<uint32_t>PF_LEAVING
    if p.flags & PF_LEAVING:
        p.fvalue = reason
        p.live = 0
        s.reductions += REDUCTIONS_PER_TURN
        if p.trace_flags & TF_EXITING:
            watch_hooks().scheduled(p, AM_out_exiting)
        return
    leave(p, reason)
    if w != NULL:
        pthread_mutex_destroy(&w.mutex)
        pthread_cond_destroy(&w.cond)
        free(w)
    if vital:
        end_of_vital(vm, p, slogan)
    dissolve(p)

cdef void process_exit_blocked(Process* p, Term reason) noexcept nogil:
    cdef VM* vm = p.vm
    cdef Room* room = room_of(vm)
    cdef char* slogan = NULL
    cdef uint32_t state
    cdef bint vital = take_leave(p, reason, &slogan)
    if vm.process_gone != NULL:
        vm.process_gone(vm, p)
    leave(p, reason)
    if vital:
        end_of_vital(vm, p, slogan)
    en_spin_lock(&room.dying_lock)
    p.next = room.dying
    room.dying = p
    en_spin_unlock(&room.dying_lock)
    state = en_and32(&p.state, ~<uint32_t>PS_RUNNING)
    if state & PS_BLOCKED == 0:         # the job has ended meanwhile, and left it to us
        process_free_dead(p)

cdef void process_free_dead(Process* p) noexcept nogil:
    cdef Room* room = room_of(p.vm)
    cdef Process** at
    en_spin_lock(&room.dying_lock)
    at = &room.dying
    while at[0] != p:
        at = &at[0].next
    at[0] = p.next
    en_spin_unlock(&room.dying_lock)
    receive_timer_cancel(p)
    dissolve(p)

cdef void process_condemn(Process* p, Term reason) noexcept nogil:
    p.fvalue = reason
    p.freason = EXC_EXIT & ~<word>EXF_SAVE_TRACE
    en_or32(&p.state, PS_EXITING)

# --- look-up ------------------------------------------------------------------------------------------------

# --- names --------------------------------------------------------------------------------------------------

# --- references -----------------------------------------------------------------------------------------------

# --- roots and collection ---------------------------------------------------------------------------------------

cdef RootRange* process_roots(Process* p, Term* x, uint32_t live, RootRange* local, size_t local_count, size_t* count) noexcept nogil:
    """The stack is the collector's own; all else that holds references is here."""
    cdef RootRange* roots = local
    cdef size_t n = 0, capacity = local_count, i
    cdef uint64_t adopted
    cdef Signal* s
    cdef Dict* d = <Dict*>p.dictionary
    cdef RootRange* grown
    if capacity < 16:
        return NULL
    roots[0].start = x
    roots[0].count = live
    roots[1].start = &p.fvalue
    roots[1].count = 1
    roots[2].start = &p.ftrace
    roots[2].count = 1
    roots[3].start = p.trap_args
    roots[3].count = p.trap_arity if p.trap_arity <= 4 else 4       # what an earlier trap left is nobody's any more
    roots[4].start = &p.group_leader
    roots[4].count = 1
    roots[5].start = &p.sequential_token
    roots[5].count = 1
    n = 6
    if d != NULL and d.count != 0:
        roots[n].start = d.pairs
        roots[n].count = 2 * <size_t>d.count
        n += 1
    if p.marker_count & 15:
        for i in range(RECEIVE_MARKERS):
            if p.marker_count & (<uint32_t>1 << i):
                roots[n].start = &p.markers[i].ref
                roots[n].count = 1
                n += 1
    # A message that has been looked at is part of the heap; the others keep their own fragments. A long queue
    # of those is not walked.
    s = p.mq_oldest
    adopted = p.mq_adopted
    while adopted:
        if s.flags & MESSAGE_ADOPTED:
            adopted -= 1
            if n == capacity:
                grown = <RootRange*>malloc(2 * capacity * sizeof(RootRange))
                if grown == NULL:
                    if roots != local:
                        free(roots)
                    return NULL
                for i in range(n):
                    grown[i] = roots[i]
                if roots != local:
                    free(roots)
                roots = grown
                capacity *= 2
            roots[n].start = &s.term
            roots[n].count = 1 if s.extra == 0 else 2       # with its sequential trace token
            n += 1
        s = s.next
    count[0] = n
    return roots

cdef int collect_measured(Process* p, size_t need, RootRange* roots, size_t count, bint full) noexcept nogil:
    """A collection under `enigma profile`."""
    cdef uint64_t reclaimed = p.mem.collected_words
    cdef uint64_t fresh = <uint64_t>(p.mem.heap.top - p.mem.high_water) + p.mem.fragment_words
    cdef int64_t start = en_clock_monotonic_ns()
    cdef int cost = p.mem.strategy.collect(&p.mem, need, roots, count, full)
    profile_collection(p.mem.minor_count == 0, <uint64_t>(en_clock_monotonic_ns() - start), fresh,
                       p.mem.collected_words - reclaimed)
    return cost


# Messages not yet looked at lie outside of the heap, but count as part of it where its size is limited.
cdef bint messages_exceed(Process* p) noexcept nogil:
    cdef size_t words = p.mem.block_words + p.mem.old_words + p.mem.fragment_words
    cdef Signal* s = p.mq_first
    cdef Fragment* f
    if p.flags & PF_OFF_HEAP_MESSAGES:
        return False
    while s != NULL and words <= p.mem.max_words:
        f = s.fragment
        while f != NULL:
            words += f.used
            f = f.next
        s = s.next
    return words > p.mem.max_words


cdef bint process_collect(Process* p, size_t need, Term* x, uint32_t live, bint full) noexcept nogil:
    cdef RootRange local[64]
    cdef RootRange* roots
    cdef size_t n = 0
    cdef uint64_t reclaimed = p.mem.collected_words
    cdef int64_t started = 0
    cdef bint watched = p.trace_flags & TF_GC or p.vm.trace != NULL
    cdef int cost, before
    if p.mem.gc_flags & GC_DISABLED and need == 0:
        return True
    roots = process_roots(p, x, live, local, 64, &n)
    if roots == NULL:
        p.fvalue = AM_system_limit
        p.freason = EXC_EXIT & ~<word>EXF_SAVE_TRACE
        return False
    if p.mem.gc_flags & GC_FULL:
        full = True
    if watched:
        full = full or p.mem.minor_count >= p.mem.fullsweep_after
        watch_hooks().collecting(p, full, need, False, 0)
        started = en_clock_monotonic_ns()
    en_or32(&p.state, PS_GC)
    before = usage_enter(scheduler_current(), USE_GC)
    collection_delay()
    if p.mem.max_words and p.mq_length and p.mem.max_flags & MAX_HEAP_KILL and messages_exceed(p):
        cost = GC_HEAP_LIMIT
    elif EN_UNLIKELY(profile_enabled()):
        cost = collect_measured(p, need, roots, n, full)
    else:
        cost = p.mem.strategy.collect(&p.mem, need, roots, n, full)
    usage_enter(scheduler_current(), before)
    en_and32(&p.state, ~<uint32_t>PS_GC)
    if roots != local:
        free(roots)
    p.mem.gc_flags &= ~<uint32_t>(GC_WANTED | GC_FULL)
    en_add64(&p.vm.gc_count, 1)
    en_add64(&p.vm.gc_words, p.mem.collected_words - reclaimed)
    if watched and cost != GC_HEAP_LIMIT:
        watch_hooks().collecting(p, full, p.mem.collected_words - reclaimed, True, en_clock_monotonic_ns() - started)
    if cost >= 0:
        charge(p, cost)
        return True
    if cost == GC_HEAP_LIMIT:
        if p.mem.max_flags & MAX_HEAP_LOG:
            log_heap_limit(p)
        if not (p.mem.max_flags & MAX_HEAP_KILL):
            return True
        p.fvalue = AM_killed
    else:
        p.fvalue = AM_system_limit
    p.freason = EXC_EXIT & ~<word>EXF_SAVE_TRACE
    return False

# --- the dictionary, as the contract names it -------------------------------------------------------------------------

cdef Term dictionary_get(Process* p, Term key) noexcept nogil:
    cdef Term t = dictionary_find(<Dict*>p.dictionary, key)
    return t if t != 0 else AM_undefined

cdef Term dictionary_put(Process* p, Term key, Term value) noexcept nogil:
    return dictionary_insert(<Dict**>&p.dictionary, key, value)

cdef Term dictionary_erase(Process* p, Term key) noexcept nogil:
    return dictionary_remove(<Dict*>p.dictionary, key)

cdef size_t dictionary_size(Process* p) noexcept nogil:
    return (<Dict*>p.dictionary).count if p.dictionary != NULL else 0

cdef size_t dictionary_pairs(Process* p, Term* keys, Term* values, size_t max_) noexcept nogil:
    cdef Dict* d = <Dict*>p.dictionary
    cdef size_t i
    if d == NULL:
        return 0
    for i in range(d.count):
        if i == max_:
            break
        keys[i] = d.pairs[2 * i]
        values[i] = d.pairs[2 * i + 1]
    return d.count

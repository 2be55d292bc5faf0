"""Schedulers. The contract, with the state bits of a process, is scheduler.pxd.

A process that becomes runnable is queued at the scheduler whose thread made it so; others steal when
they have nothing. A sleeper is woken only once work piles up (two queued processes), so that two
processes that talk to each other stay on one thread.

Sleeping: a scheduler announces it (`sleeping`), looks at all queues once more, and only then sleeps; who
queues work looks at `sleeping` afterwards. One side always sees the other. The first scheduler sleeps in the
I/O poller, if there is one; it is woken through vm.wake_io, which must make even a later poll return.

Stopping the world: `world_stopped` is set, then every other scheduler must be seen `parked`. A sleeping
scheduler counts as parked, and checks world_stopped before it takes anything up again: in the poller, before it
runs the callbacks of what has become ready.

Read next: signal.pyx for what happens to a process before it runs, timer.pyx for what wakes it.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.counts cimport lane_give, lane_take
from enigma.term.am cimport AM_in, AM_in_exiting, AM_killed, AM_out
from enigma.term.external cimport external_set_context
from enigma.memory.heap cimport Fragment, MAX_HEAP_KILL, MAX_HEAP_LOG
from enigma.process.process cimport *
from enigma.process.threads cimport *
from enigma.process.table cimport *
from enigma.process.registry cimport Registry, registry_free, registry_new
from enigma.process.online cimport online_free
from enigma.process.runqueue cimport *
from enigma.process.signal cimport fragments_free, signals_handle, signals_handle_blocked
from enigma.process.lifecycle cimport process_exit, process_exit_blocked
from enigma.process.barrier cimport barriers_free, barriers_pass
from enigma.process.pool cimport DIRTY_IO, pool_stop, pool_turn, pool_wants_turn
from enigma.process.usage cimport *
from enigma.process.watch cimport TF_EXITING, TF_FRAMES, TF_SCHEDULING, watch_hooks
from enigma.process.release cimport literals_release, literals_release_due, literals_release_free
from enigma.process.timer cimport (clock_advance, clock_is_virtual, receive_timer_fired, timers_free, timers_init,
                                   timers_run)

cdef enum:
    BALANCE_REDUCTIONS = 4000000    # of one scheduler, after which it looks at the lengths of the queues
    POLL_TURNS = 64            # a busy first scheduler polls I/O after so many turns
    POLL_REDUCTIONS = 40000    # or reductions, whichever comes first
    THIEF_LOOKS = 16           # as in runqueue.pyx
    F_REGISTERS = 1024
    X_SPILL = 16

# --- the room's life ------------------------------------------------------------------------------------------

cdef bint vm_process_room_init(VM* vm, int schedulers, size_t process_limit) noexcept nogil:
    cdef Room* room = room_new(vm, process_limit if process_limit != 0 else PROCESS_LIMIT_DEFAULT)
    cdef Scheduler* s
    cdef int i
    if room == NULL:
        return False
    if schedulers < 1:
        schedulers = 1
    vm.process_table = room
    vm.registry = registry_new()
    vm.schedulers = <Scheduler**>calloc(<size_t>schedulers, sizeof(Scheduler*))
    if vm.registry == NULL or vm.schedulers == NULL:
        return False
    vm.scheduler_count = schedulers
    if vm.schedulers_online == 0 or vm.schedulers_online > schedulers:
        vm.schedulers_online = schedulers
    vm.schedulers_active = <uint32_t>vm.schedulers_online
    vm.dirty_cpu_online = vm.schedulers_online
    room.dirty_ns = <uint64_t*>calloc(<size_t>(schedulers + DIRTY_IO), sizeof(uint64_t))
    room.dirty_since = <int64_t*>calloc(<size_t>(schedulers + DIRTY_IO), sizeof(int64_t))
    if room.dirty_ns == NULL or room.dirty_since == NULL:
        return False
    if vm.default_min_heap == 0:
        vm.default_min_heap = 233
    if vm.default_min_vheap == 0:
        vm.default_min_vheap = 46422
        vm.default_max_heap_flags = MAX_HEAP_KILL | MAX_HEAP_LOG
    if vm.default_fullsweep == 0:
        vm.default_fullsweep = 65535
    if vm.unique == 0:
        vm.unique = 1024
    while 2 * schedulers + DIRTY_IO >= 1 << room.unique_bits:      # schedulers, and dirty ones of either kind
        room.unique_bits += 1
    if vm.ref_base == 0:
        vm.ref_base = <uint64_t>en_clock_real_ns() * <uint64_t>0x9E3779B97F4A7C15 >> 32
    for i in range(schedulers):
        s = <Scheduler*>calloc(1, sizeof(Scheduler))
        if s == NULL:
            return False
        vm.schedulers[i] = s
        s.vm = vm
        s.index = i + 1
        s.lane = lane_take()
        s.random = vm.ref_base * 2 + <uint64_t>i * <uint64_t>0xBF58476D1CE4E5B9 + 1
        s.x = <Term*>calloc(X_REGISTERS + X_SPILL, sizeof(Term))
        s.f = <double*>calloc(F_REGISTERS, sizeof(double))
        if s.x == NULL or s.f == NULL:
            return False
        en_mutex_init(&s.sleep_mutex)
        en_cond_init(&s.sleep_cond)
        s.parked = 1                     # until its thread comes
    return timers_init(vm)

cdef void vm_process_room_free(VM* vm) noexcept nogil:
    """Ends the blocking pool, kills every process and frees the room."""
    cdef Room* room = room_of(vm)
    cdef Scheduler* s
    cdef Process* p
    cdef size_t i
    cdef int k
    cdef bint busy
    if room == NULL:
        return
    en_store32_rel(&vm.stopping, 1)
    busy = not pool_stop(room)
    vm.init_process = NULL
    vm.wake_io = NULL
    if vm.schedulers != NULL:
        for i in range(room.high):
            p = room.slots[i]
            # A process whose blocking job does not end keeps its memory: the job still works in it.
            if p != NULL and not (en_load32_acq(&p.state) & PS_BLOCKED):
                p.flags &= ~<uint32_t>PF_SYSTEM_PROCESS
                process_exit(p, AM_killed)
        if vm.scheduler_count != 0 and vm.schedulers[0] != NULL:
            timers_free(vm)
        for k in range(vm.scheduler_count):
            s = vm.schedulers[k]
            if s != NULL:
                pthread_mutex_destroy(&s.sleep_mutex)
                pthread_cond_destroy(&s.sleep_cond)
                lane_give(s.lane)
                free(s.x)
                free(s.f)
                free(s)
        free(vm.schedulers)
        vm.schedulers = NULL
    online_free(vm)
    registry_free(<Registry*>vm.registry)
    vm.registry = NULL
    vm.process_table = NULL
    if not busy:
        literals_release_free(vm)
        usage_free(vm)
        barriers_free(room)
        room_free(room)

# --- waking -----------------------------------------------------------------------------------------------------

# --- picking --------------------------------------------------------------------------------------------------------

cdef Process* steal(Scheduler* s) noexcept nogil:
    cdef VM* vm = s.vm
    cdef Process* p
    cdef int i
    for i in range(1, vm.scheduler_count):
        p = queue_pick(vm.schedulers[(s.index - 1 + i) % vm.scheduler_count], True)
        if p != NULL:
            return p
    return NULL

# --- running ----------------------------------------------------------------------------------------------------------

# The process of this scheduler that has begun to die: is it still there, or has its struct become another's?
cdef bint remains(Process* p, Term id_) noexcept nogil:
    cdef bint there
    en_spin_lock(&p.signal_lock)
    there = p.id == id_ and (en_load32_acq(&p.state) & (PS_EXITING | PS_FREE)) == PS_EXITING
    en_spin_unlock(&p.signal_lock)
    return there

# After RUN_EXIT: the process is gone already, unless it goes on leaving, or a BIF has only condemned it (TRAP_EXITED).
cdef void finish(Scheduler* s, Process* p, Term id_) noexcept nogil:
    if remains(p, id_) and not p.flags & PF_LEAVING:
        en_storep_rel(<void**>&s.current, p)
        process_exit(p, p.fvalue)
    en_storep_rel(<void**>&s.current, NULL)
    if remains(p, id_):
        let_go(p, PS_ACTIVE, PS_SUSPENDED)

# A turn of a process that goes on leaving.
cdef void leave_further(Scheduler* s, Process* p, Term id_) noexcept nogil:
    if p.trace_flags & TF_EXITING:
        watch_hooks().scheduled(p, AM_in_exiting)
    process_exit(p, p.fvalue)
    finish(s, p, id_)

# A turn of a process for which a blocking job works: it takes what signals it can without its heap. The job may end
# meanwhile; whoever of the two is last with a process that dies frees it.
cdef void serve_blocked(Process* p) noexcept nogil:
    cdef Term reason = 0
    cdef Fragment* fragment = NULL
    if signals_handle_blocked(p, &reason, &fragment):
        let_go(p, 0, 0)
        return
    process_exit_blocked(p, reason)
    fragments_free(fragment)

cdef void execute(Scheduler* s, Process* p) noexcept nogil:
    """One turn of a process that has just been taken from a queue."""
    cdef VM* vm = s.vm
    cdef uint32_t old = en_load32_acq(&p.state), new
    cdef bint active = False
    cdef int result
    cdef int64_t used
    cdef int64_t started = 0
    cdef word* began = NULL
    cdef Term id_ = p.id
    cdef uint32_t urgent
    if p.home != NULL and p.home != s and p.home.index <= active_schedulers(vm):
        enqueue(p)               # it came to another's queue while its home took no processes
        return
    while True:
        new = (old & ~<uint32_t>PS_QUEUED) | PS_RUNNING
        if en_cas32(&p.state, &old, new):
            break
    urgent = process_take_urgent(p)
    if new & PS_BLOCKED:
        serve_blocked(p)
        return
    en_storep_rel(<void**>&s.current, p)
    p.bound = s
    p.reductions_left = REDUCTIONS_PER_TURN
    if p.flags & PF_LEAVING:
        leave_further(s, p, id_)
        return
    if (new & PS_SIGNALS or p.system_tasks != NULL) \
            and not signals_handle(p, urgent if urgent < p.priority else <uint32_t>PRIO_LOW, &active):
        process_exit(p, p.fvalue)
        finish(s, p, id_)
        return
    if p.receive_timer != NULL and receive_timer_fired(p):
        p.flags = (p.flags & ~<uint32_t>PF_TIMER_ACTIVE) | PF_TIMED_OUT
        active = True
    if active:
        en_or32(&p.state, PS_ACTIVE)
    old = en_load32_acq(&p.state)
    if (old & (PS_ACTIVE | PS_SUSPENDED)) != PS_ACTIVE or urgent < p.priority:
        en_storep_rel(<void**>&s.current, NULL)         # its code does not run, or not at the priority of what it has been asked
        let_go(p, 0, 0)
        return
    while not en_cas32(&p.state, &old, old & ~<uint32_t>(PS_ACTIVE | PS_WAITING)):
        pass
    s.switches += 1
    if p.trace_flags & (TF_SCHEDULING | TF_FRAMES):
        watch_hooks().scheduled(p, AM_in)
    if vm.trace != NULL:
        began = p.ip
        started = en_clock_monotonic_ns()
    usage_enter(s, USE_EMULATOR)
    result = vm.run(s, p)
    usage_enter(s, USE_OTHER)
    if result == RUN_EXIT:
        finish(s, p, id_)
        return
    en_storep_rel(<void**>&s.current, NULL)
    if result == RUN_BLOCKED:
        let_go(p, 0, 0)          # its memory belongs to the blocking job already
        return
    used = REDUCTIONS_PER_TURN - p.reductions_left
    if used > 0:
        p.reductions_done += <uint64_t>used
        s.reductions += <uint64_t>used
    if p.trace_flags & (TF_SCHEDULING | TF_FRAMES):
        watch_hooks().scheduled(p, AM_out)
    if vm.trace != NULL and started != 0:
        watch_hooks().turn(p, began, en_clock_monotonic_ns() - started)
        if result == RUN_WAIT:
            watch_hooks().runnable(p, False)
    if result == RUN_YIELD:
        let_go(p, PS_ACTIVE, 0)
    else:
        let_go(p, PS_WAITING, 0)

# --- sleeping -----------------------------------------------------------------------------------------------------------

# Something that s may run, or give its turn to: in its own queues, or in another's what is not at home there. Of those it
# must find exactly what queue_pick gives to a thief: one more, and s would be awake for nothing until somebody else takes it. One that takes no
# processes has to hand over what somebody has still put into its queues.
cdef bint work_for(Scheduler* s) noexcept nogil:
    cdef VM* vm = s.vm
    cdef Scheduler* other
    cdef Process* p
    cdef bint found
    cdef int i, k, looked
    if en_load32_acq(&s.queued) != 0:
        return True
    if s.index > active_schedulers(vm):
        return False
    if s.index == 1 and pool_wants_turn(vm):
        return True
    for i in range(vm.scheduler_count):
        other = vm.schedulers[i]
        if other == s or en_load32_acq(&other.queued) == 0:
            continue
        found = False
        en_spin_lock(&other.lock)
        for k in range(3):
            p = other.queue_first[k]
            looked = 0
            while p != NULL and p.home == other:
                looked += 1
                p = p.next if looked < THIEF_LOOKS else NULL
            found = found or p != NULL
        en_spin_unlock(&other.lock)
        if found:
            return True
    return False

cdef inline bint must_stop(VM* vm) noexcept nogil:
    return en_load32_acq(&vm.stopping) != 0

cdef void rest(Scheduler* s, int64_t next_ns, bint even_with_work) noexcept nogil:
    """Sleeps until woken, a timer is due or I/O is ready; next_ns as timers_run returned it."""
    cdef VM* vm = s.vm
    cdef Room* room = room_of(vm)
    cdef bint poll = s.index == 1 and vm.poll_io != NULL
    cdef int64_t before
    if clock_is_virtual(vm) and next_ns > 0:
        if poll:
            vm.poll_io(vm, s, 0)
        if not work_for(s):
            clock_advance(vm, next_ns)
        return
    if vm.trace != NULL:
        watch_hooks().resting(s, False)
    en_store32_rel(&s.sleeping, POLLING if poll else ASLEEP)
    en_add32(&room.sleepers, 1)
    en_fence()
    if en_loadp_acq(&room.barriers) != NULL:
        barriers_pass(s, True)
    if not (must_stop(vm) or (not even_with_work and work_for(s))):
        before = en_clock_monotonic_ns()
        s.resting_since = before
        en_store32_rel(&s.parked, 1)
        usage_enter(s, USE_SLEEP)
        if poll:
            vm.poll_io(vm, s, next_ns)
        else:
            pthread_mutex_lock(&s.sleep_mutex)
            if en_load32_acq(&s.sleeping) == ASLEEP and not must_stop(vm):
                en_cond_wait_ns(&s.sleep_cond, &s.sleep_mutex, next_ns)
            pthread_mutex_unlock(&s.sleep_mutex)
        usage_enter(s, USE_OTHER)
        unpark(s)
        s.idle_ns += <uint64_t>(en_clock_monotonic_ns() - before)
        s.resting_since = 0
    en_sub32(&room.sleepers, 1)
    en_store32_rel(&s.sleeping, AWAKE)
    if vm.trace != NULL:
        watch_hooks().resting(s, True)

cdef void hand_over(Scheduler* s) noexcept nogil:
    """What was left on the queue of a scheduler that has gone offline is given to one that runs."""
    cdef Process* p
    scheduler_set_current(NULL)      # an enqueuer from outside chooses among those online
    while s.index > active_schedulers(s.vm):
        p = queue_pick(s, False)
        if p == NULL:
            break
        enqueue(p)
    scheduler_set_current(s)

cdef void scheduler_run(Scheduler* s) noexcept nogil:
    cdef VM* vm = s.vm
    cdef Room* room = room_of(vm)
    cdef Process* p
    cdef int64_t next_ns
    cdef uint64_t polled = 0
    cdef uint32_t turns = 0
    s.started = en_clock_monotonic_ns()
    scheduler_set_current(s)
    external_set_context(vm.code)
    unpark(s)
    while not must_stop(vm):
        if en_load32_acq(&vm.world_stopped) != 0:
            park(s)
            continue
        if en_load32_acq(&vm.halted) != 0:
            vm_dump_if_due(vm, s)
            rest(s, 10000000, True)      # nothing runs any more, but output may still have to go out
            continue
        if literals_release_due(vm):
            literals_release(vm, s)
        if s.index == 1 and en_load32_acq(&room.alone) != 0 and pool_turn(s):
            turns = POLL_TURNS           # what has become ready meanwhile is looked at
        usage_enter(s, USE_AUX)
        timers_run(s)
        usage_enter(s, USE_OTHER)
        turns += 1
        if s.index == 1 and vm.poll_io != NULL and (turns >= POLL_TURNS or s.reductions - polled >= POLL_REDUCTIONS):
            turns = 0
            polled = s.reductions
            usage_enter(s, USE_CHECK_IO)
            vm.poll_io(vm, s, 0)
            usage_enter(s, USE_OTHER)
        p = NULL
        if s.reductions - s.balanced >= BALANCE_REDUCTIONS:
            s.balanced = s.reductions
            queues_balance(vm)
        if s.index <= active_schedulers(vm):
            p = queue_pick(s, False)
            if p == NULL:
                p = steal(s)
        elif en_load32_acq(&s.queued) != 0:
            hand_over(s)
        if p != NULL:
            execute(s, p)
            if en_loadp_acq(&room.barriers) != NULL:
                barriers_pass(s, False)
            continue
        if en_loadp_acq(&room.barriers) != NULL:
            barriers_pass(s, True)
        next_ns = timers_run(s)
        if next_ns != 0:
            rest(s, next_ns, False)
    en_store32_rel(&s.parked, 1)
    external_set_context(NULL)
    scheduler_set_current(NULL)

cdef int64_t scheduler_step(Scheduler* s, int64_t budget) noexcept nogil:
    cdef VM* vm = s.vm
    cdef Scheduler* outer = scheduler_current()
    cdef Process* p
    cdef uint64_t start = s.reductions, turns = 0
    cdef int64_t next_ns = 0
    scheduler_set_current(s)
    external_set_context(vm.code)
    s.parked = 0
    while not must_stop(vm) and en_load32_acq(&vm.halted) == 0:
        if literals_release_due(vm):
            literals_release(vm, s)
        if en_load32_acq(&room_of(vm).alone) != 0:
            pool_turn(s)
        next_ns = timers_run(s)
        if vm.poll_io != NULL and turns % POLL_TURNS == 0:
            vm.poll_io(vm, s, 0)
        turns += 1
        p = queue_pick(s, False)
        if p == NULL:
            barriers_pass(s, True)
            if vm.poll_io != NULL:
                vm.poll_io(vm, s, 0)
            next_ns = timers_run(s)
            if next_ns != 0 and en_load32_acq(&s.queued) == 0:
                break
            continue
        execute(s, p)
        barriers_pass(s, False)
        next_ns = 0
        # A turn that uses hardly any reductions still costs something.
        if <int64_t>(s.reductions - start + turns * 10) >= budget:
            break
    s.parked = 1
    if en_load32_acq(&vm.halted) != 0:
        vm_dump_if_due(vm, s)
    external_set_context(outer.vm.code if outer != NULL else NULL)
    scheduler_set_current(outer)
    return next_ns

cdef uint64_t scheduler_run_queue_length(VM* vm) noexcept nogil:
    cdef uint64_t n = 0
    cdef int i
    for i in range(vm.scheduler_count):
        n += en_load32_acq(&vm.schedulers[i].queued)
    return n

# --- the whole VM --------------------------------------------------------------------------------------------------------

# Halted, and the crash dump, if there is to be one, has been written.
cdef inline bint halted_for_good(VM* vm) noexcept nogil:
    cdef uint32_t dump
    if en_load32_acq(&vm.halted) == 0:
        return False
    dump = en_load32_acq(&vm.dump_state)
    return dump == DUMP_NONE or dump == DUMP_DONE

cdef bint vm_wait_halted(VM* vm, int64_t timeout_ns) noexcept nogil:
    cdef Room* room = room_of(vm)
    pthread_mutex_lock(&room.halt_mutex)
    if not halted_for_good(vm) and not must_stop(vm):
        en_cond_wait_ns(&room.halt_cond, &room.halt_mutex, timeout_ns)
    pthread_mutex_unlock(&room.halt_mutex)
    return halted_for_good(vm)

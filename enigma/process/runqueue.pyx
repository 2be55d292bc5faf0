"""Run queues and waking; see runqueue.pxd, and scheduler.pxd for the state bits."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free
from enigma.term.core cimport *
from enigma.term.counts cimport lane_set_current
from enigma.process.process cimport *
from enigma.process.threads cimport *
from enigma.process.table cimport *
from enigma.process.watch cimport watch_hooks

cdef extern from "enigma/current.h" nogil:
    void* en_current_get() noexcept
    void en_current_set(void* s) noexcept

cdef void scheduler_set_current(void* s) noexcept nogil:
    en_current_set(s)
    lane_set_current((<Scheduler*>s).lane if s != NULL else 0)

cdef Scheduler* scheduler_current() noexcept nogil:
    return <Scheduler*>en_current_get()

cdef void scheduler_wake(Scheduler* s) noexcept nogil:
    cdef uint32_t how
    en_fence()
    how = en_load32_acq(&s.sleeping)
    if how == ASLEEP:
        pthread_mutex_lock(&s.sleep_mutex)
        en_store32_rel(&s.sleeping, AWAKE)
        pthread_cond_signal(&s.sleep_cond)
        pthread_mutex_unlock(&s.sleep_mutex)
    elif how == POLLING:
        if en_cas32(&s.sleeping, &how, AWAKE) and s.vm.wake_io != NULL:
            s.vm.wake_io(s.vm)

cdef void wake_one(VM* vm) noexcept nogil:
    """One sleeper, if there is any; those not in the poller first."""
    cdef Scheduler* s
    cdef Scheduler* polling = NULL
    cdef uint32_t how
    cdef int i
    for i in range(active_schedulers(vm)):
        s = vm.schedulers[i]
        how = en_load32_acq(&s.sleeping)
        if how == ASLEEP:
            scheduler_wake(s)
            return
        if how == POLLING:
            polling = s
    if polling != NULL:
        scheduler_wake(polling)

cdef void schedulers_wake_all(VM* vm) noexcept nogil:
    cdef int i
    if vm.schedulers == NULL:
        return
    for i in range(vm.scheduler_count):
        scheduler_wake(vm.schedulers[i])
    pthread_mutex_lock(&room_of(vm).pool_mutex)
    pthread_cond_broadcast(&room_of(vm).pool_cond)
    pthread_cond_broadcast(&room_of(vm).turn_cond)
    pthread_mutex_unlock(&room_of(vm).pool_mutex)
    vm_halt_notify(vm)

cdef bint process_mark_only(Process* p, uint32_t bits) noexcept nogil:
    cdef uint32_t old, new
    if p.host:
        en_or32(&p.state, bits)
        host_notify(p)
        return False
    old = en_load32_acq(&p.state)
    while True:
        if old & PS_FREE:
            return False
        new = old | bits
        if (old & (PS_QUEUED | PS_RUNNING)) == 0 and runnable(new):
            new |= PS_QUEUED
        if new == old:
            return False
        if en_cas32(&p.state, &old, new):
            return (new & ~old & PS_QUEUED) != 0

cdef void process_mark(Process* p, uint32_t bits) noexcept nogil:
    if process_mark_only(p, bits):
        process_enqueue(p)

cdef void process_wake(Process* p) noexcept nogil:
    process_mark(p, PS_ACTIVE)

cdef void process_enqueue(Process* p) noexcept nogil:
    """PS_QUEUED has been set by the caller."""
    if p.vm.trace != NULL and not en_load32_acq(&p.state) & PS_BLOCKED:
        watch_hooks().runnable(p, True)
    enqueue(p)

# --- the queues ---------------------------------------------------------------------------------------------------
#
# Max and high have a queue each, and all of a higher one go first. Normal and low share one: a low process is passed
# over LOW_EVERY - 1 times when its turn comes, so that it gets one turn for so many rounds of the others, however
# many there are of either.

cdef enum:
    LOW_EVERY = 8
    MOVED_UP = 0x100            # in low_count: it was taken out of its place for its signals, and is due first when it is back

# Where p belongs: signals may be more urgent than its code.
cdef inline uint32_t standing(Process* p) noexcept nogil:
    cdef uint32_t urgent = en_load32_acq(&p.urgent)
    return urgent if urgent < p.priority else p.priority & 3

cdef inline uint32_t queue_of(uint32_t priority) noexcept nogil:
    return priority if priority < PRIO_NORMAL else <uint32_t>PRIO_NORMAL

# Under s.lock, as unlink_queued.
cdef void link_in(Scheduler* s, Process* p, uint32_t priority, bint first) noexcept nogil:
    cdef uint32_t k = queue_of(priority)
    p.previous = NULL if first else s.queue_last[k]
    p.next = s.queue_first[k] if first else NULL
    if p.previous == NULL:
        s.queue_first[k] = p
    else:
        p.previous.next = p
    if p.next == NULL:
        s.queue_last[k] = p
    else:
        p.next.previous = p
    en_store32_rel(&s.queue_length[priority], s.queue_length[priority] + 1)
    p.queued_at = priority
    en_storep_rel(<void**>&p.queued_on, s)
    en_store32_rel(&s.queued, s.queued + 1)

cdef void unlink_queued(Scheduler* s, Process* p) noexcept nogil:
    cdef uint32_t k = queue_of(p.queued_at)
    if p.previous == NULL:
        s.queue_first[k] = p.next
    else:
        p.previous.next = p.next
    if p.next == NULL:
        s.queue_last[k] = p.previous
    else:
        p.next.previous = p.previous
    p.next = NULL
    p.previous = NULL
    en_store32_rel(&s.queue_length[p.queued_at], s.queue_length[p.queued_at] - 1)
    en_storep_rel(<void**>&p.queued_on, NULL)
    en_store32_rel(&s.queued, s.queued - 1)

cdef void link_new(Scheduler* s, Process* p) noexcept nogil:
    cdef uint32_t priority = standing(p)
    cdef bint first = p.low_count & MOVED_UP != 0 and priority == p.priority
    p.low_count = LOW_EVERY if priority == PRIO_LOW and not first else 1
    link_in(s, p, priority, first)

# Who queues looks at `urgent` once more afterwards, who sets it looks for the queue afterwards: one of them sees the other.
# The process may be gone meanwhile; its memory is a process's for ever, and another one is merely put where it belongs.
cdef void put_right(Process* p) noexcept nogil:
    cdef Scheduler* s
    cdef bint done = False, back
    while not done:
        s = <Scheduler*>en_loadp_acq(<void**>&p.queued_on)
        if s == NULL:
            return
        en_spin_lock(&s.lock)
        if p.queued_on == s:
            if standing(p) < p.queued_at:
                back = p.queued_at == p.priority
                unlink_queued(s, p)
                link_new(s, p)
                if back:
                    p.low_count |= MOVED_UP
            done = True
        en_spin_unlock(&s.lock)

cdef bint process_urge(Process* p, uint32_t priority) noexcept nogil:
    cdef uint32_t urgent = en_load32_acq(&p.urgent)
    if priority >= p.priority or p.host:
        return False
    while priority < urgent and not en_cas32(&p.urgent, &urgent, priority):
        pass
    return True

cdef void process_hasten(Process* p) noexcept nogil:
    en_fence()
    put_right(p)

cdef uint32_t process_take_urgent(Process* p) noexcept nogil:
    cdef uint32_t urgent = en_load32_acq(&p.urgent)
    while urgent != PRIO_NONE and not en_cas32(&p.urgent, &urgent, PRIO_NONE):
        pass
    return urgent

cdef inline bint at_home(Process* p, Scheduler* s) noexcept nogil:
    return p.home == s

cdef enum:
    THIEF_LOOKS = 16            # so many processes that may not be taken away are looked at

cdef Process* pick_from(Scheduler* s, uint32_t k, bint thief) noexcept nogil:
    cdef Process* p = s.queue_first[k]
    cdef Process* following
    cdef int looked = 0
    if thief:
        while p != NULL and at_home(p, s):
            looked += 1
            p = p.next if looked < THIEF_LOOKS else NULL
        if p != NULL:
            unlink_queued(s, p)
        return p
    while p != NULL:
        p.low_count -= 1
        if p.low_count & 0xff == 0 or p.next == NULL and p.previous == NULL:
            unlink_queued(s, p)
            return p
        following = p.next
        if following != NULL:
            s.queue_first[k] = following
            following.previous = NULL
            p.previous = s.queue_last[k]
            p.previous.next = p
            p.next = NULL
            s.queue_last[k] = p
        p = s.queue_first[k]
    return NULL

cdef Process* queue_pick(Scheduler* from_, bint thief) noexcept nogil:
    cdef Process* p = NULL
    cdef uint32_t k
    if en_load32_acq(&from_.queued) == 0:
        return NULL
    en_spin_lock(&from_.lock)
    for k in range(3):
        p = pick_from(from_, k, thief)
        if p != NULL:
            break
    en_spin_unlock(&from_.lock)
    return p

# Gives processes of one priority from a long queue to a short one.
cdef void shift(Scheduler* from_, Scheduler* to, uint32_t priority, uint32_t n) noexcept nogil:
    cdef Process* first = NULL
    cdef Process* p
    cdef Process* following
    en_spin_lock(&from_.lock)
    p = from_.queue_first[queue_of(priority)]
    while p != NULL and n != 0:
        following = p.next
        if p.queued_at == priority and not at_home(p, from_):
            unlink_queued(from_, p)
            p.next = first
            first = p
            n -= 1
        p = following
    en_spin_unlock(&from_.lock)
    while first != NULL:
        p = first
        first = p.next
        en_spin_lock(&to.lock)
        link_new(to, p)
        en_spin_unlock(&to.lock)
        en_fence()
        put_right(p)
    if en_load32_acq(&to.sleeping) != AWAKE:
        scheduler_wake(to)

# Normal and low processes get no turn where more urgent ones are. High ones stay where they are: those of priority max are
# few and brief, and where no high process is left, normal ones would run meanwhile.
cdef bint has_turns(Scheduler* s, uint32_t priority) noexcept nogil:
    cdef Process* p = <Process*>en_loadp_acq(<void**>&s.current)      # its memory is a process's for ever
    if priority < PRIO_NORMAL:
        return True
    if en_load32_rlx(&s.queue_length[PRIO_MAX]) != 0 or en_load32_rlx(&s.queue_length[PRIO_HIGH]) != 0:
        return False
    return p == NULL or p.priority >= PRIO_NORMAL

cdef void queues_balance(VM* vm) noexcept nogil:
    cdef int active = active_schedulers(vm)
    cdef int i, longest, shortest, rounds, serving
    cdef uint32_t priority, sum_, share, most, least, spare, n
    cdef bint serves
    for priority in range(4):
        for rounds in range(active):
            # All belong to those that serve this priority, if there are such.
            sum_ = 0
            serving = 0
            for i in range(active):
                sum_ += en_load32_rlx(&vm.schedulers[i].queue_length[priority])
                serving += has_turns(vm.schedulers[i], priority)
            share = sum_ // <uint32_t>(serving if serving != 0 else active)
            spare = 0
            most = 0
            least = <uint32_t>-1
            longest = 0
            shortest = 0
            for i in range(active):
                n = en_load32_rlx(&vm.schedulers[i].queue_length[priority])
                serves = serving == 0 or has_turns(vm.schedulers[i], priority)
                if serves and n < least:
                    least = n
                    shortest = i
                if serves:
                    n = n - share if n > share else 0
                if n > spare:
                    spare = n
                    most = share + n if serves else <uint32_t>-1
                    longest = i
            if spare == 0 or longest == shortest or least == <uint32_t>-1 or most <= least + 1:
                break
            n = spare if spare < share - least or least >= share else share - least
            shift(vm.schedulers[longest], vm.schedulers[shortest], priority, n)
    en_add64(&vm.balances, 1)

cdef void enqueue(Process* p) noexcept nogil:
    cdef VM* vm = p.vm
    cdef Scheduler* s = scheduler_current()
    cdef bint own = s != NULL and s.vm == vm
    cdef Scheduler* home = p.home
    cdef uint32_t n
    if home != NULL and home.index <= active_schedulers(vm):
        own = own and home == s
        s = home
    elif not own:
        s = p.bound
        if s == NULL or s.index > active_schedulers(vm):
            s = vm.schedulers[0]
    en_spin_lock(&s.lock)
    link_new(s, p)
    n = s.queued
    en_spin_unlock(&s.lock)
    en_fence()
    if en_load32_rlx(&p.urgent) != PRIO_NONE:
        put_right(p)
    if own:
        if n >= 2 and en_load32_acq(&room_of(vm).sleepers) != 0:
            wake_one(vm)
    elif en_load32_acq(&s.sleeping) != AWAKE:
        scheduler_wake(s)
    elif en_load32_acq(&room_of(vm).sleepers) != 0:
        wake_one(vm)

cdef void process_publish(Process* p) noexcept nogil:
    if p.vm.trace != NULL:
        watch_hooks().runnable(p, True)
    let_go(p, PS_ACTIVE, 0)

# Gives up PS_RUNNING, sets and clears bits in the same step, and queues the process if it is runnable.
cdef void let_go(Process* p, uint32_t set_, uint32_t clear) noexcept nogil:
    cdef uint32_t old = en_load32_acq(&p.state), new
    while True:
        new = ((old | set_) & ~clear) & ~<uint32_t>PS_RUNNING
        if runnable(new) or (new & PS_BLOCKED) == 0 and p.system_tasks != NULL:
            new |= PS_QUEUED
        if en_cas32(&p.state, &old, new):
            break
    if new & PS_QUEUED:
        if p.vm.trace != NULL and not (set_ & PS_ACTIVE) and not (new & PS_BLOCKED):
            watch_hooks().runnable(p, True)
        enqueue(p)

cdef void vm_halt_notify(VM* vm) noexcept nogil:
    cdef Room* room = room_of(vm)
    if room == NULL:
        return
    pthread_mutex_lock(&room.halt_mutex)
    pthread_cond_broadcast(&room.halt_cond)
    pthread_mutex_unlock(&room.halt_mutex)

cdef void vm_halt(VM* vm, uint32_t code, bint flush) noexcept nogil:
    cdef uint32_t expected = 0
    if en_load32_acq(&vm.halted) == 0:
        vm.halt_code = code
        vm.halt_flush = flush
        en_cas32(&vm.halted, &expected, 1)
    schedulers_wake_all(vm)

cdef void vm_halt_slogan(VM* vm, char* text) noexcept nogil:
    cdef uint32_t none = DUMP_NONE
    if en_load32_acq(&vm.halted) != 0 or not en_cas32(&vm.dump_state, &none, DUMP_WRITING):
        free(text)
        return
    vm.halt_text = text
    en_store32_rel(&vm.dump_state, DUMP_DUE)
    vm_halt(vm, 1, False)

cdef void vm_dump_if_due(VM* vm, Scheduler* s) noexcept nogil:
    cdef uint32_t due = DUMP_DUE
    if not en_cas32(&vm.dump_state, &due, DUMP_WRITING):
        return
    if vm.crash_dump != NULL:
        vm.crash_dump(vm, s)
    en_store32_rel(&vm.dump_state, DUMP_DONE)
    vm_halt_notify(vm)

cdef void host_notify(Process* p) noexcept nogil:
    cdef HostWait* w = <HostWait*>p.extra
    if w == NULL:
        return
    pthread_mutex_lock(&w.mutex)
    w.news = True
    pthread_cond_broadcast(&w.cond)
    pthread_mutex_unlock(&w.mutex)

# --- stopping the world ------------------------------------------------------------------------------------------

# Back from standing still: not before the world goes on.
cdef void unpark(Scheduler* s) noexcept nogil:
    cdef VM* vm = s.vm
    while True:
        en_store32_rel(&s.parked, 0)
        en_fence()
        if en_load32_acq(&vm.world_stopped) == 0:
            return
        en_store32_rel(&s.parked, 1)
        while en_load32_acq(&vm.world_stopped) != 0:
            en_sleep_ns(20000)

cdef void park(Scheduler* s) noexcept nogil:
    en_store32_rel(&s.parked, 1)
    unpark(s)

cdef void world_stop(VM* vm, Scheduler* me) noexcept nogil:
    cdef Scheduler* s
    cdef int i
    # Two that want to stop the world at once: the second stands still for the first.
    while not en_spin_trylock(&vm.world_lock):
        if me != NULL and en_load32_acq(&vm.world_stopped) != 0:
            park(me)
        else:
            sched_yield()
    en_store32_rel(&vm.world_stopped, 1)
    en_fence()
    for i in range(vm.scheduler_count):
        s = vm.schedulers[i]
        if s == me:
            continue
        while en_load32_acq(&s.parked) == 0:
            sched_yield()

cdef void world_resume(VM* vm, Scheduler* me) noexcept nogil:
    en_store32_rel(&vm.world_stopped, 0)
    en_spin_unlock(&vm.world_lock)


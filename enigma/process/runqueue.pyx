"""Run queues and waking; see runqueue.pxd, and scheduler.pxd for the state bits."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free
from enigma.term.core cimport *
from enigma.process.process cimport *
from enigma.process.threads cimport *
from enigma.process.table cimport *
from enigma.process.watch cimport watch_hooks

cdef extern from "enigma/current.h" nogil:
    void* en_current_get() noexcept
    void en_current_set(void* s) noexcept

cdef void scheduler_set_current(void* s) noexcept nogil:
    en_current_set(s)

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
    for i in range(vm.schedulers_online):
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
    vm_halt_notify(vm)

cdef bint process_mark_only(Process* p, uint32_t bits) noexcept nogil:
    cdef uint32_t old, new
    if p.flags & PF_HOST:
        en_or32(&p.state, bits)
        host_notify(p)
        return False
    old = en_load32_acq(&p.state)
    while True:
        if old & PS_FREE:
            return False
        new = old | bits
        if (old & (PS_QUEUED | PS_RUNNING | PS_BLOCKED)) == 0 and runnable(new):
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
    if p.vm.trace != NULL:
        watch_hooks().runnable(p, True)
    enqueue(p)

cdef void enqueue(Process* p) noexcept nogil:
    cdef VM* vm = p.vm
    cdef Scheduler* s = scheduler_current()
    cdef bint own = s != NULL and s.vm == vm
    cdef uint32_t priority = p.priority & 3
    cdef uint32_t n
    if not own:
        s = p.bound
        if s == NULL or s.index > vm.schedulers_online:
            s = vm.schedulers[0]
    en_spin_lock(&s.lock)
    p.next = NULL
    if s.queue_last[priority] == NULL:
        s.queue_first[priority] = p
    else:
        s.queue_last[priority].next = p
    s.queue_last[priority] = p
    s.queue_length[priority] += 1
    n = s.queued + 1
    en_store32_rel(&s.queued, n)
    en_spin_unlock(&s.lock)
    en_fence()
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
        if (new & PS_BLOCKED) == 0 and (runnable(new) or p.system_tasks != NULL):
            new |= PS_QUEUED
        if en_cas32(&p.state, &old, new):
            break
    if new & PS_QUEUED:
        if p.vm.trace != NULL and not (set_ & PS_ACTIVE):
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


"""The blocking pool; see pool.pxd."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from enigma.term.core cimport *
from enigma.term.external cimport external_set_context
from enigma.code.module cimport BIF_DIRTY, BIF_DIRTY_CPU
from enigma.process.process cimport *
from enigma.process.threads cimport *
from enigma.process.table cimport *
from enigma.process.runqueue cimport process_enqueue, scheduler_wake, unpark
from enigma.process.lifecycle cimport process_free_dead
from enigma.process.usage cimport USE_OTHER, USE_SLEEP, usage_enter

cdef enum:
    LOW_JOBS = 8               # jobs of normal processes for one of a low one
    POOL_IDLE_NS = 10000000000 # an idle thread ends after that
    TURN_LEAST = 200000        # ns that the scheduler works between two jobs, if it has work; otherwise as long as the
    TURN_MOST = 10000000       # last job, up to this
    LOOK_NS = 10000000         # who waits for a job looks after it as often

# A job at work, on the stack of its thread. Under pool_mutex.
cdef struct PoolWork:
    PoolWork* next
    PoolWork* previous
    Process* process            # or NULL
    bint computes
    bint holds                  # counted in pool_at_work: it does not wait for the outside, as far as is known
    int place                   # in Room.dirty_ns, or -1
    int64_t since

# --- jobs, with pool_mutex held -----------------------------------------------------------------------------------

# The job whose turn it is, or NULL: as processes go on a scheduler, but that low ones get one turn in LOW_JOBS of all
# together.
cdef PoolJob* next_job(Room* room) noexcept nogil:
    cdef int k = 0
    cdef PoolJob* job
    while k < PRIO_LOW and room.pool_first[k] == NULL:
        k += 1
    if k == PRIO_NORMAL and room.pool_first[PRIO_LOW] != NULL:
        room.pool_skipped_low += 1
        if room.pool_skipped_low >= LOW_JOBS:
            k = PRIO_LOW
    if k == PRIO_LOW:
        room.pool_skipped_low = 0
    job = room.pool_first[k]
    if job != NULL:
        room.pool_first[k] = job.next
        if job.next == NULL:
            room.pool_last[k] = NULL
        room.pool_waiting -= 1
    return job

# The first place in the figures that is free for a job which begins, or -1.
cdef int place_for(Room* room, bint computes, int64_t now) noexcept nogil:
    cdef int computing = room.vm.scheduler_count
    cdef int i = 0 if computes else computing
    cdef int end = computing if computes else computing + DIRTY_IO
    while i < end:
        if room.dirty_since[i] == 0:
            room.dirty_since[i] = now
            return i
        i += 1
    return -1

cdef void work_begin(Room* room, PoolWork* w, PoolJob* job) noexcept nogil:
    w.process = job.process
    w.computes = job.computes
    w.holds = True
    w.since = en_clock_monotonic_ns()
    w.place = place_for(room, w.computes, w.since)
    w.previous = NULL
    w.next = <PoolWork*>room.pool_work
    if w.next != NULL:
        w.next.previous = w
    room.pool_work = w
    room.pool_at_work += 1

# It counts no longer: it has ended or waits.
cdef void let_turn_go(Room* room, PoolWork* w, int64_t now) noexcept nogil:
    if w.place >= 0:
        room.dirty_ns[w.place] += <uint64_t>(now - room.dirty_since[w.place])
        room.dirty_since[w.place] = 0
        w.place = -1
    if w.holds:
        w.holds = False
        room.pool_at_work -= 1
        if room.pool_at_work == 0:
            pthread_cond_signal(&room.turn_cond)

cdef void work_end(Room* room, PoolWork* w) noexcept nogil:
    let_turn_go(room, w, en_clock_monotonic_ns())
    if w.next != NULL:
        w.next.previous = w.previous
    if w.previous != NULL:
        w.previous.next = w.next
    else:
        room.pool_work = w.next

cdef inline bint is_alone(Room* room) noexcept nogil:
    return en_load32_acq(&room.alone) != 0

cdef inline bint may_begin(Room* room) noexcept nogil:
    return room.pool_waiting != 0 and (room.pool_granted or not is_alone(room))

# --- threads ------------------------------------------------------------------------------------------------------

cdef void* pool_thread(void* argument) noexcept nogil:
    cdef Room* room = <Room*>argument
    cdef PoolJob* job
    cdef PoolWork work
    cdef VM* vm = room.vm
    external_set_context(vm.code)
    pthread_mutex_lock(&room.pool_mutex)
    while True:
        if not may_begin(room):
            if room.pool_waiting == 0 and room.pool_stopping:
                break
            room.pool_idle += 1
            if room.pool_waiting != 0:
                scheduler_wake(vm.schedulers[0])        # it may not have known of a thread that could take a turn
            en_cond_wait_ns(&room.pool_cond, &room.pool_mutex, POOL_IDLE_NS)
            room.pool_idle -= 1
            if room.pool_waiting == 0:
                break
            continue
        room.pool_granted = False
        job = next_job(room)
        work_begin(room, &work, job)
        pthread_mutex_unlock(&room.pool_mutex)
        job.run(job.process, job.data)
        free(job)
        pthread_mutex_lock(&room.pool_mutex)
        work_end(room, &work)
    room.pool_threads -= 1
    pthread_cond_broadcast(&room.pool_cond)
    pthread_mutex_unlock(&room.pool_mutex)
    return NULL

# With pool_mutex held. False: there is no thread for a job that is to begin, and none to be had.
cdef bint thread_for(Room* room, uint32_t jobs) noexcept nogil:
    cdef pthread_t thread
    if room.pool_idle < jobs and room.pool_threads < room.pool_limit:
        if pthread_create(&thread, NULL, pool_thread, room) == 0:
            pthread_detach(thread)
            room.pool_threads += 1
    return room.pool_threads != 0

cdef bint pool_stop(Room* room) noexcept nogil:
    cdef int64_t deadline = en_clock_monotonic_ns() + 2000000000
    cdef int64_t now
    cdef bint empty
    cdef PoolJob* job
    pthread_mutex_lock(&room.pool_mutex)
    room.pool_stopping = True
    while room.pool_waiting != 0:           # never started
        job = next_job(room)
        if job.process != NULL and en_and32(&job.process.state, ~<uint32_t>PS_BLOCKED) & PS_EXITING:
            process_free_dead(job.process)
        free(job)
    pthread_cond_broadcast(&room.pool_cond)
    while room.pool_threads != 0:
        now = en_clock_monotonic_ns()
        if now >= deadline:
            break
        en_cond_wait_ns(&room.pool_cond, &room.pool_mutex, deadline - now)
    empty = room.pool_threads == 0
    pthread_mutex_unlock(&room.pool_mutex)
    return empty

cdef bint blocking_submit(VM* vm, Process* p, BlockingJob job, void* data) noexcept nogil:
    cdef Room* room = room_of(vm)
    cdef PoolJob* j = <PoolJob*>malloc(sizeof(PoolJob))
    cdef bint ok
    cdef uint32_t k = p.priority & 3 if p != NULL else PRIO_NORMAL
    if j == NULL:
        return False
    j.next = NULL
    j.process = p
    j.run = job
    j.data = data
    j.computes = (p == NULL or p.current_bif == NULL or p.current_bif.flags & BIF_DIRTY == 0
                  or p.current_bif.flags & BIF_DIRTY_CPU != 0)
    if p != NULL:
        en_or32(&p.state, PS_BLOCKED)
    pthread_mutex_lock(&room.pool_mutex)
    ok = not room.pool_stopping and thread_for(room, room.pool_waiting + 1)
    if ok:
        if room.pool_last[k] == NULL:
            room.pool_first[k] = j
        else:
            room.pool_last[k].next = j
        room.pool_last[k] = j
        room.pool_waiting += 1
        pthread_cond_signal(&room.pool_cond)
    elif p != NULL:
        en_and32(&p.state, ~<uint32_t>PS_BLOCKED)
    pthread_mutex_unlock(&room.pool_mutex)
    if not ok:
        free(j)
    elif is_alone(room):
        scheduler_wake(vm.schedulers[0])
    return ok

cdef void blocking_done(Process* p) noexcept nogil:
    cdef uint32_t old = en_load32_acq(&p.state), new
    while True:
        if old & PS_EXITING:                # it died meanwhile
            new = old & ~<uint32_t>PS_BLOCKED
        else:
            new = (old | PS_ACTIVE) & ~<uint32_t>PS_BLOCKED
            if p.signal_in_first != NULL:   # put off while the job worked (signals_handle_blocked)
                new |= PS_SIGNALS
            if (old & (PS_RUNNING | PS_QUEUED)) == 0:
                new |= PS_QUEUED
        if en_cas32(&p.state, &old, new):
            break
    if new & PS_EXITING:
        if new & PS_RUNNING == 0:
            process_free_dead(p)
    elif new & ~old & PS_QUEUED:
        process_enqueue(p)

cdef void dirty_times(VM* vm, uint64_t* active) noexcept nogil:
    cdef Room* room = room_of(vm)
    cdef int64_t now
    cdef int i
    pthread_mutex_lock(&room.pool_mutex)
    now = en_clock_monotonic_ns()
    for i in range(vm.scheduler_count + DIRTY_IO):
        active[i] = room.dirty_ns[i]
        if room.dirty_since[i] != 0:
            active[i] += <uint64_t>(now - room.dirty_since[i])
    pthread_mutex_unlock(&room.pool_mutex)

# --- turns --------------------------------------------------------------------------------------------------------

cdef void pool_waits(Process* p) noexcept nogil:
    cdef Room* room = room_of(p.vm)
    cdef PoolWork* w
    pthread_mutex_lock(&room.pool_mutex)
    w = <PoolWork*>room.pool_work
    while w != NULL and w.process != p:
        w = w.next
    if w != NULL:
        w.computes = False
        w.since -= POOL_PATIENCE
        if is_alone(room):
            let_turn_go(room, w, en_clock_monotonic_ns())
    pthread_mutex_unlock(&room.pool_mutex)

# With pool_mutex held: who does not compute and has been at it for long waits.
cdef void lose_patience(Room* room, int64_t now) noexcept nogil:
    cdef PoolWork* w = <PoolWork*>room.pool_work
    while w != NULL:
        if w.holds and not w.computes and now - w.since >= POOL_PATIENCE:
            let_turn_go(room, w, now)
        w = w.next

cdef bint pool_at_rest(VM* vm) noexcept nogil:
    cdef Room* room = room_of(vm)
    cdef bint at_rest
    pthread_mutex_lock(&room.pool_mutex)
    lose_patience(room, en_clock_monotonic_ns())
    at_rest = room.pool_at_work == 0
    pthread_mutex_unlock(&room.pool_mutex)
    return at_rest

cdef bint pool_is_alone(VM* vm) noexcept nogil:
    return is_alone(room_of(vm))

cdef bint pool_wants_turn(VM* vm) noexcept nogil:
    cdef Room* room = room_of(vm)
    cdef bint wants
    if not is_alone(room):
        return False
    pthread_mutex_lock(&room.pool_mutex)
    wants = room.pool_at_work != 0 or room.pool_waiting != 0 and room.pool_idle != 0
    pthread_mutex_unlock(&room.pool_mutex)
    return wants

# With pool_mutex held: has a job begun to work before multi-scheduling was blocked, or does one get the turn now?
cdef bint turn_is_due(Room* room, Scheduler* s, int64_t now) noexcept nogil:
    if room.pool_at_work != 0:
        return True
    if room.pool_waiting == 0 or en_load32_acq(&s.queued) != 0 and now - room.turn_since < room.turn_length:
        return False
    thread_for(room, 1)
    if room.pool_idle == 0:
        return False                # the new thread, or one that comes free, speaks up
    room.pool_granted = True
    pthread_cond_signal(&room.pool_cond)
    return True

cdef bint pool_turn(Scheduler* s) noexcept nogil:
    cdef VM* vm = s.vm
    cdef Room* room = room_of(vm)
    cdef int64_t before = en_clock_monotonic_ns(), now = before
    pthread_mutex_lock(&room.pool_mutex)
    if not turn_is_due(room, s, before):
        pthread_mutex_unlock(&room.pool_mutex)
        return False
    s.resting_since = before
    usage_enter(s, USE_SLEEP)
    en_store32_rel(&s.parked, 1)
    while is_alone(room) and (room.pool_granted or room.pool_at_work != 0) \
            and en_load32_acq(&vm.stopping) == 0 and en_load32_acq(&vm.halted) == 0:
        en_cond_wait_ns(&room.turn_cond, &room.pool_mutex, LOOK_NS)
        now = en_clock_monotonic_ns()
        lose_patience(room, now)
        if now - before >= POOL_PATIENCE:
            room.pool_granted = False
    room.pool_granted = False
    pthread_mutex_unlock(&room.pool_mutex)
    usage_enter(s, USE_OTHER)
    unpark(s)
    now = en_clock_monotonic_ns()
    s.idle_ns += <uint64_t>(now - before)
    s.resting_since = 0
    room.turn_since = now
    room.turn_length = min(max(now - before, <int64_t>TURN_LEAST), <int64_t>TURN_MOST)
    return True

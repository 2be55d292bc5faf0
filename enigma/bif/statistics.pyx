"""erlang:statistics/1: figures of schedulers, queues, heaps and ports; microstate accounting.

The figures are momentary: schedulers go on while they are read. Schedulers are shown with what their threads did;
the blocking pool stands where OTP has the queues of its dirty schedulers.

Read next: process/usage.pxd for microstates; system_flag.pyx, which switches accounting on.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.core cimport *
from enigma.term.map cimport map_from_pairs
from enigma.term.number cimport integer_from_u64
from enigma.code.module cimport bif_register
from enigma.process.process cimport *
from enigma.process.runqueue cimport AWAKE, scheduler_current
from enigma.process.pool cimport DIRTY_IO, dirty_times
from enigma.process.table cimport room_of
from enigma.process.threads cimport en_clock_monotonic_ns
from enigma.process.timer cimport CLOCK_START, clock_monotonic
from enigma.process.usage cimport *
from enigma.io.room cimport io_room
from enigma.bif.build cimport *
from enigma.bif.errors cimport *

cdef extern from "sys/resource.h" nogil:
    ctypedef struct timeval_part "struct timeval":
        long tv_sec
        long tv_usec
    ctypedef struct rusage_part "struct rusage":
        timeval_part ru_utime
        timeval_part ru_stime
    int getrusage(int who, rusage_part* usage)
    enum: RUSAGE_SELF

cdef enum:
    WALL_TIME = 1                # VM.flags: scheduler_wall_time is on

cdef Term atom_run_queues = atom_from_cstr(b"run_queues")
cdef Term atom_reset = atom_from_cstr(b"reset")
cdef Term atom_counters = atom_from_cstr(b"counters")

# In the order of USE_.
cdef Term[USES] g_states
g_states[USE_OTHER] = atom_from_cstr(b"other")
g_states[USE_AUX] = atom_from_cstr(b"aux")
g_states[USE_CHECK_IO] = AM_check_io
g_states[USE_EMULATOR] = atom_from_cstr(b"emulator")
g_states[USE_GC] = atom_from_cstr(b"gc")
g_states[USE_PORT] = AM_port
g_states[USE_SLEEP] = atom_from_cstr(b"sleep")


cdef inline Term number(Process* p, uint64_t v) noexcept nogil:
    cdef Term t = integer_from_u64(proc_heap(p), v)
    return t if t else fail(p, EXC_SYSTEM_LIMIT)


# --- accounting, on and off ---------------------------------------------------------------------------------
cdef Term wall_time_set(Process* p, Term on) noexcept nogil:
    cdef uint32_t before
    if on != AM_true and on != AM_false:
        return badarg(p)
    before = en_or32(&p.vm.flags, WALL_TIME) if on == AM_true else en_and32(&p.vm.flags, ~<uint32_t>WALL_TIME)
    return AM_true if before & WALL_TIME else AM_false


cdef Term microstates_set(Process* p, Term how) noexcept nogil:
    cdef Term before = AM_true if usage_on(p.vm) else AM_false
    if how == atom_reset:
        usage_reset(p.vm, scheduler_current())
    elif how != AM_true and how != AM_false:
        return badarg(p)
    elif not usage_switch(p.vm, scheduler_current(), how == AM_true):
        return fail(p, EXC_SYSTEM_LIMIT)
    return before


cdef Term scheduler_wall_time_1(void* proc, Term* args) noexcept nogil:
    return wall_time_set(<Process*>proc, args[0])


# #{counters => #{State => Ns}, id => Id, type => scheduler}
cdef Term microstates(Process* p, int index) noexcept nogil:
    cdef uint64_t spent[USES]
    cdef Term pairs[2 * USES]
    cdef int i
    usage_read(p.vm, index, spent)
    for i in range(USES):
        pairs[2 * i] = g_states[i]
        pairs[2 * i + 1] = number(p, spent[i])
        if pairs[2 * i + 1] == 0:
            return 0
    pairs[1] = map_from_pairs(proc_heap(p), pairs, USES)
    pairs[0] = atom_counters
    pairs[2] = AM_id
    pairs[3] = make_small(index + 1)
    pairs[4] = AM_type
    pairs[5] = AM_scheduler
    return map_from_pairs(proc_heap(p), pairs, 3) if pairs[1] != 0 else 0


# --- figures ----------------------------------------------------------------------------------------------------
cdef uint64_t total_reductions(VM* vm) noexcept nogil:
    cdef uint64_t n = 0
    cdef int i
    for i in range(vm.scheduler_count):
        n += vm.schedulers[i].reductions
    return n


cdef Term since_last(Process* p, uint64_t total, uint64_t* last) noexcept nogil:
    cdef uint64_t before = en_swap64(last, total)
    return tuple2(p, number(p, total), number(p, total - before if total >= before else 0))


# {Id, Active, Total} of a scheduler.
cdef Term wall_time(Process* p, Scheduler* s) noexcept nogil:
    cdef int64_t now = en_clock_monotonic_ns()
    cdef int64_t total = now - s.started if s.started else 0
    cdef int64_t idle = <int64_t>s.idle_ns
    cdef int64_t since = s.resting_since        # changed by its thread meanwhile: the figures are momentary
    if since:
        idle += now - since
    if idle > total:
        idle = total
    return tuple3(p, make_small(s.index), number(p, <uint64_t>(total - idle)), number(p, <uint64_t>total))


# The same of the first n dirty schedulers, which come behind the others.
cdef Term dirty_wall_times(Process* p, int n) noexcept nogil:
    cdef int i = p.vm.scheduler_count + DIRTY_IO
    cdef uint64_t* active = <uint64_t*>calloc(<size_t>i, sizeof(uint64_t))
    cdef int64_t now = en_clock_monotonic_ns()
    cdef int64_t total = now - p.vm.schedulers[0].started
    cdef Term list_ = nil()
    if active == NULL:
        return 0
    dirty_times(p.vm, active)
    i = n
    while i > 0 and list_ != 0:
        i -= 1
        list_ = prepend(p, tuple3(p, make_small(p.vm.scheduler_count + i + 1), number(p, active[i]),
                                  number(p, <uint64_t>total)), list_)
    free(active)
    return list_


cdef Term append_number(Process* p, Term list_, int64_t n) noexcept nogil:
    cdef Term last = prepend(p, make_small(n), nil())
    cdef Term t = list_
    if last == 0 or list_ == 0:
        return 0
    while term_is_list(list_tail(t)):
        t = list_tail(t)
    (<Term*>(t - 1))[1] = last
    return list_


# The process that a scheduler which is awake runs, or is about to take from a queue.
cdef inline uint64_t running(Scheduler* s) noexcept nogil:
    return 1 if s.current != NULL or en_load32_acq(&s.sleeping) == AWAKE else 0


# {Length of the first queue, ..., of the blocking pool's, 0}
cdef Term queue_lengths(Process* p) noexcept nogil:
    cdef int n = p.vm.scheduler_count, i
    cdef Term* to = proc_alloc(p, n + 3)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    to[0] = make_header(T_TUPLE, n + 2)
    for i in range(n):
        to[1 + i] = make_small(en_load32_rlx(&p.vm.schedulers[i].queued))
    to[n + 1] = make_small(0)
    to[n + 2] = make_small(room_of(p.vm).pool_waiting)
    return make_boxed(to)


cdef Term statistics_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term what = args[0], list_ = nil()
    cdef uint64_t n = 0
    cdef int i
    cdef rusage_part usage
    cdef Scheduler* s
    if what == AM_reductions or what == AM_exact_reductions:
        return since_last(p, total_reductions(p.vm), &p.vm.last_reductions)
    if what == AM_runtime:
        getrusage(RUSAGE_SELF, &usage)
        n = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 \
            + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) // 1000
        return since_last(p, n, &p.vm.last_runtime)
    if what == AM_wall_clock:
        n = <uint64_t>(clock_monotonic(p.vm) - <int64_t>CLOCK_START) // 1000000
        return since_last(p, n, &p.vm.last_wall_clock)
    if what == AM_context_switches:
        for i in range(p.vm.scheduler_count):
            n += p.vm.schedulers[i].switches
        return tuple2(p, number(p, n), make_small(0))
    if what == AM_garbage_collection:
        return tuple3(p, number(p, p.vm.gc_count), number(p, p.vm.gc_words), make_small(0))
    if what == AM_run_queue or what == AM_total_run_queue_lengths or what == AM_total_active_tasks \
            or what == AM_total_run_queue_lengths_all or what == AM_total_active_tasks_all:
        for i in range(p.vm.scheduler_count):
            n += en_load32_rlx(&p.vm.schedulers[i].queued)
            if what == AM_total_active_tasks or what == AM_total_active_tasks_all:
                n += running(p.vm.schedulers[i])
        return make_small(<int64_t>n)
    if what == AM_run_queue_lengths or what == AM_active_tasks or what == AM_run_queue_lengths_all \
            or what == AM_active_tasks_all:
        i = p.vm.scheduler_count
        while i > 0:
            i -= 1
            s = p.vm.schedulers[i]
            n = en_load32_rlx(&s.queued)
            if what == AM_active_tasks or what == AM_active_tasks_all:
                n += running(s)
            list_ = prepend(p, make_small(<int64_t>n), list_)
        # The blocking pool stands where OTP has the queues of its dirty schedulers, first the one for the CPU's work.
        list_ = append_number(p, list_, 0)
        if what == AM_run_queue_lengths_all or what == AM_active_tasks_all:
            list_ = append_number(p, list_, room_of(p.vm).pool_waiting)
        return list_
    if what == atom_run_queues:
        return queue_lengths(p)
    if what == AM_io:
        if p.vm.io == NULL:
            return tuple2(p, tuple2(p, AM_input, make_small(0)), tuple2(p, AM_output, make_small(0)))
        list_ = tuple2(p, AM_output, number(p, en_load64_rlx(&io_room(p.vm).bytes_out)))
        return tuple2(p, tuple2(p, AM_input, number(p, en_load64_rlx(&io_room(p.vm).bytes_in))), list_)
    if what == AM_scheduler_wall_time or what == AM_scheduler_wall_time_all:
        if not en_load32_acq(&p.vm.flags) & WALL_TIME:
            return AM_undefined
        list_ = dirty_wall_times(p, p.vm.scheduler_count + (DIRTY_IO if what == AM_scheduler_wall_time_all else 0))
        i = p.vm.scheduler_count
        while i > 0 and list_ != 0:
            i -= 1
            list_ = prepend(p, wall_time(p, p.vm.schedulers[i]), list_)
        return list_ if list_ != 0 else fail(p, EXC_SYSTEM_LIMIT)
    if what == AM_microstate_accounting:
        i = p.vm.scheduler_count
        while i > 0 and list_ != 0:
            i -= 1
            list_ = prepend(p, microstates(p, i), list_)
        return list_ if list_ != 0 else fail(p, EXC_SYSTEM_LIMIT)
    return badarg(p)


bif_register(b"erlang", b"statistics", 1, statistics_1, 0)
bif_register(b"erts_internal", b"scheduler_wall_time", 1, scheduler_wall_time_1, 0)

"""Microstate accounting. The contract is usage.pxd."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from enigma.term.core cimport *
from enigma.process.process cimport Scheduler, VM
from enigma.process.runqueue cimport world_resume, world_stop
from enigma.process.threads cimport en_clock_monotonic_ns, en_sleep_ns

cdef enum:
    STATE = 14                  # of VM.bif_state

# One scheduler's, which writes it; others see the figures of some moment. All atomic.
cdef struct Usage:
    uint64_t spent[USES]        # ns, without the present state's
    uint64_t since              # monotonic ns: when the present state began
    uint32_t state              # USE_


# Made when accounting is first switched on, with the world stopped; as many as there are schedulers.
cdef inline Usage* usages(VM* vm) noexcept nogil: return <Usage*>en_loadp_acq(&vm.bif_state[STATE])


# Counts what has passed of the present state.
cdef inline void close(Usage* u, uint64_t now) noexcept nogil:
    cdef uint64_t* spent = &u.spent[en_load32_rlx(&u.state)]
    en_store64_rlx(spent, en_load64_rlx(spent) + now - en_load64_rlx(&u.since))
    en_store64_rlx(&u.since, now)


cdef int usage_change(Scheduler* s, int state) noexcept nogil:
    cdef Usage* u = usages(s.vm)
    cdef int before
    if u == NULL:
        return USE_OTHER
    u = &u[s.index - 1]
    before = <int>en_load32_rlx(&u.state)
    if before != state:
        close(u, <uint64_t>en_clock_monotonic_ns())
        en_store32_rel(&u.state, <uint32_t>state)
    return before


cdef bint usage_switch(VM* vm, Scheduler* me, bint on) noexcept nogil:
    cdef uint64_t now
    cdef uint32_t state
    cdef Usage* u
    cdef int i
    if on == usage_on(vm):
        return True
    world_stop(vm, me)
    if usages(vm) == NULL:
        en_storep_rel(&vm.bif_state[STATE], calloc(<size_t>vm.scheduler_count, sizeof(Usage)))
    u = usages(vm)
    if u != NULL:
        now = <uint64_t>en_clock_monotonic_ns()
        for i in range(vm.scheduler_count):
            if on:
                # Who stands still now sleeps, or will tell what it does; the caller is in the middle of its code.
                state = USE_SLEEP if en_load32_acq(&vm.schedulers[i].sleeping) else USE_OTHER
                en_store32_rel(&u[i].state, USE_EMULATOR if vm.schedulers[i] == me else state)
                en_store64_rlx(&u[i].since, now)
            else:
                close(&u[i], now)
        if on:
            en_or32(&vm.flags, USAGE_ON)
        else:
            en_and32(&vm.flags, ~<uint32_t>USAGE_ON)
    world_resume(vm, me)
    return u != NULL


cdef void usage_reset(VM* vm, Scheduler* me) noexcept nogil:
    cdef Usage* u
    cdef int i, k
    cdef uint64_t now
    if usages(vm) == NULL:
        return
    world_stop(vm, me)
    u = usages(vm)
    now = <uint64_t>en_clock_monotonic_ns()
    for i in range(vm.scheduler_count):
        for k in range(USES):
            en_store64_rlx(&u[i].spent[k], 0)
        en_store64_rlx(&u[i].since, now)
    world_resume(vm, me)


cdef void usage_read(VM* vm, int index, uint64_t* spent) noexcept nogil:
    cdef Usage* u = usages(vm)
    cdef int64_t passed
    cdef int k
    for k in range(USES):
        spent[k] = en_load64_rlx(&u[index].spent[k]) if u != NULL else 0
    if u != NULL and usage_on(vm):
        passed = en_clock_monotonic_ns() - <int64_t>en_load64_rlx(&u[index].since)
        if passed > 0:
            spent[en_load32_rlx(&u[index].state)] += <uint64_t>passed


cdef void usage_free(VM* vm) noexcept nogil:
    free(vm.bif_state[STATE])
    vm.bif_state[STATE] = NULL


cdef uint64_t g_delay = 0           # ms; atomic


cdef int64_t collections_delay_set(int64_t ms) noexcept nogil:
    cdef int64_t before = <int64_t>en_load64_rlx(&g_delay)
    en_store64_rlx(&g_delay, <uint64_t>ms)
    return before


cdef void collection_delay() noexcept nogil:
    cdef uint64_t ms = en_load64_rlx(&g_delay)
    if ms != 0:
        en_sleep_ns(<int64_t>ms * 1000000)

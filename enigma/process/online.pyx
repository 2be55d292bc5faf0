"""Schedulers online and blocked; see online.pxd."""
from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free
from enigma.term.core cimport *
from enigma.process.process cimport *
from enigma.process.runqueue cimport schedulers_wake_all
from enigma.process.table cimport room_of

cdef Blocker** find(VM* vm, Term pid) noexcept nogil:
    cdef Blocker** at = <Blocker**>&vm.blockers
    while at[0] != NULL and at[0].pid != pid:
        at = &at[0].next
    return at

# With online_lock held. Whoever has queued processes and does not count any more hands them over when it wakes.
cdef void settle(VM* vm) noexcept nogil:
    cdef Blocker* b = <Blocker*>vm.blockers
    while b != NULL and b.times[BLOCK_ALL] == 0:
        b = b.next
    en_store32_rel(&room_of(vm).alone, b != NULL)
    en_store32_rel(&vm.schedulers_active, 1 if vm.blockers != NULL else <uint32_t>vm.schedulers_online)

cdef int online_set(VM* vm, int n) noexcept nogil:
    cdef int before
    en_spin_lock(&vm.online_lock)
    before = vm.schedulers_online
    # Dirty schedulers keep their share of the others, as long as nobody has asked for another number.
    if n != before:
        vm.dirty_cpu_online = (vm.dirty_cpu_online * n + before - 1) // before
        if vm.dirty_cpu_online > n:
            vm.dirty_cpu_online = n
        if vm.dirty_cpu_online < 1:
            vm.dirty_cpu_online = 1
    vm.schedulers_online = n
    settle(vm)
    en_spin_unlock(&vm.online_lock)
    schedulers_wake_all(vm)
    return before

cdef bint online_block(Process* p, uint32_t kind) noexcept nogil:
    cdef VM* vm = p.vm
    cdef Blocker** at
    cdef bint ok
    en_spin_lock(&vm.online_lock)
    at = find(vm, p.id)
    if at[0] == NULL:
        at[0] = <Blocker*>calloc(1, sizeof(Blocker))
        if at[0] != NULL:
            at[0].pid = p.id
    ok = at[0] != NULL
    if ok:
        at[0].times[kind] += 1
    settle(vm)
    en_spin_unlock(&vm.online_lock)
    schedulers_wake_all(vm)
    return ok

cdef void drop_if_done(Blocker** at) noexcept nogil:
    cdef Blocker* b = at[0]
    if b.times[BLOCK_ALL] == 0 and b.times[BLOCK_NORMAL] == 0:
        at[0] = b.next
        free(b)

cdef void online_unblock(Process* p, uint32_t kind) noexcept nogil:
    cdef VM* vm = p.vm
    cdef Blocker** at
    en_spin_lock(&vm.online_lock)
    at = find(vm, p.id)
    if at[0] != NULL and at[0].times[kind] != 0:
        at[0].times[kind] -= 1
        drop_if_done(at)
        settle(vm)
    en_spin_unlock(&vm.online_lock)
    schedulers_wake_all(vm)

cdef uint32_t online_blockers(VM* vm, uint32_t kind) noexcept nogil:
    cdef Blocker* b
    cdef uint32_t n = 0
    en_spin_lock(&vm.online_lock)
    b = <Blocker*>vm.blockers
    while b != NULL:
        if b.times[kind] != 0:
            n += 1
        b = b.next
    en_spin_unlock(&vm.online_lock)
    return n

cdef size_t online_blocker_list(VM* vm, uint32_t kind, Term* out, size_t max_) noexcept nogil:
    cdef Blocker* b
    cdef size_t n = 0
    en_spin_lock(&vm.online_lock)
    b = <Blocker*>vm.blockers
    while b != NULL:
        if b.times[kind] != 0:
            if n < max_:
                out[n] = b.pid
            n += 1
        b = b.next
    en_spin_unlock(&vm.online_lock)
    return n

cdef void online_gone(VM* vm, Term pid) noexcept nogil:
    cdef Blocker** at
    cdef Blocker* b
    if en_loadp_acq(&vm.blockers) == NULL:
        return
    en_spin_lock(&vm.online_lock)
    at = find(vm, pid)
    b = at[0]
    if b != NULL:
        at[0] = b.next
        free(b)
        settle(vm)
    en_spin_unlock(&vm.online_lock)
    if b != NULL:
        schedulers_wake_all(vm)

cdef void online_free(VM* vm) noexcept nogil:
    cdef Blocker* b
    while vm.blockers != NULL:
        b = <Blocker*>vm.blockers
        vm.blockers = b.next
        free(b)

"""Barriers between schedulers; see barrier.pxd."""
from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free
from enigma.term.core cimport *
from enigma.process.process cimport *
from enigma.process.table cimport *
from enigma.process.lookup cimport process_lock, process_unlock
from enigma.process.runqueue cimport AWAKE, process_enqueue, process_mark_only, scheduler_current, scheduler_wake

# Under barrier_lock. Behind it stand the turns that each scheduler still has to give before it has passed.
cdef struct Barrier:
    Barrier* next
    Term pid
    uint32_t left               # schedulers that have not passed

cdef inline uint32_t* turns_of(Barrier* b) noexcept nogil: return <uint32_t*>(b + 1)

cdef bint barrier_new(Process* p, bint all_) noexcept nogil:
    cdef VM* vm = p.vm
    cdef Room* room = room_of(vm)
    cdef Scheduler* me = scheduler_current()
    cdef Barrier* b = <Barrier*>calloc(1, sizeof(Barrier) + <size_t>vm.scheduler_count * sizeof(uint32_t))
    cdef uint32_t n
    cdef int i
    if b == NULL:
        return False
    b.pid = p.id
    for i in range(vm.scheduler_count):
        n = 0
        if vm.schedulers[i] == me:
            n = 1 + min(en_load32_acq(&me.queued), <uint32_t>BARRIER_TURNS)         # the first is p's own
        elif all_ and en_load32_acq(&vm.schedulers[i].parked) == 0:
            n = 1
        turns_of(b)[i] = n
        b.left += n != 0
    en_spin_lock(&room.barrier_lock)
    b.next = <Barrier*>room.barriers
    en_storep_rel(&room.barriers, b)
    en_spin_unlock(&room.barrier_lock)
    # One that was about to sleep has seen no barrier, or is seen to sleep now and looks again.
    en_fence()
    for i in range(vm.scheduler_count):
        if all_ and vm.schedulers[i] != me and en_load32_acq(&vm.schedulers[i].sleeping) != AWAKE:
            scheduler_wake(vm.schedulers[i])
    return True

cdef bint barrier_over(Process* p) noexcept nogil:
    cdef Room* room = room_of(p.vm)
    cdef Barrier* b
    en_spin_lock(&room.barrier_lock)
    b = <Barrier*>room.barriers
    while b != NULL and b.pid != p.id:
        b = b.next
    en_spin_unlock(&room.barrier_lock)
    return b == NULL

# It may be dead.
cdef void wake(VM* vm, Term pid) noexcept nogil:
    cdef Process* p = process_lock(vm, pid)
    cdef bint queue
    if p == NULL:
        return
    queue = process_mark_only(p, PS_ACTIVE)
    process_unlock(p)
    if queue:
        process_enqueue(p)

cdef void barriers_pass(Scheduler* s, bint idle) noexcept nogil:
    cdef Room* room = room_of(s.vm)
    cdef Barrier** at = <Barrier**>&room.barriers
    cdef Barrier* over = NULL
    cdef Barrier* b
    cdef uint32_t* turns
    en_spin_lock(&room.barrier_lock)
    while at[0] != NULL:
        b = at[0]
        turns = &turns_of(b)[s.index - 1]
        if turns[0] != 0:
            turns[0] = 0 if idle else turns[0] - 1
            b.left -= turns[0] == 0
        if b.left == 0:
            en_storep_rel(<void**>at, b.next)
            b.next = over
            over = b
        else:
            at = &b.next
    en_spin_unlock(&room.barrier_lock)
    while over != NULL:
        b = over
        over = b.next
        wake(s.vm, b.pid)
        free(b)

cdef void barriers_free(Room* room) noexcept nogil:
    cdef Barrier* b
    while room.barriers != NULL:
        b = <Barrier*>room.barriers
        room.barriers = b.next
        free(b)

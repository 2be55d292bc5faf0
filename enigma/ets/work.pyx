"""Long work on tables, in slices; see work.pxd."""
from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free
from enigma.term.boxed cimport Magic
from enigma.term.core cimport *
from enigma.process.process cimport Process, VM
from enigma.process.pool cimport blocking_submit, pool_is_alone
from enigma.process.timer cimport clock_is_virtual
from enigma.ets.table cimport *

cdef enum:
    REAP_AT_ONCE = 256               # objects freed by whoever lets them go


# --- what is freed ------------------------------------------------------------------------------------------------
cdef Grave* next_grave(Room* room) noexcept nogil:
    cdef Grave* g
    en_spin_lock(&room.lock)
    g = room.graves
    if g != NULL:
        room.graves = g.next
    else:
        room.reaping = False
    en_spin_unlock(&room.lock)
    return g


cdef void reap_wholly(Grave* g) noexcept nogil:
    cdef int64_t budget = WORK_SLICE
    while not g.reap(g, &budget):
        budget = WORK_SLICE


# A job of the blocking pool. What is left when the VM stops, graves_free takes; what is left when one thread works at a
# time, another job.
cdef void reap_job(Process* p, void* data) noexcept nogil:
    cdef VM* vm = <VM*>data
    cdef Room* room = ets_room(vm)
    cdef Grave* g = next_grave(room)
    cdef int64_t budget = WORK_SLICE
    cdef bint stop
    while g != NULL:
        if g.reap(g, &budget):
            g = next_grave(room)
        budget = WORK_SLICE
        stop = en_load32_acq(&vm.stopping) != 0
        if g != NULL and (stop or p == NULL and pool_is_alone(vm)):
            en_spin_lock(&room.lock)
            g.next = room.graves
            room.graves = g
            room.reaping = not stop
            en_spin_unlock(&room.lock)
            if stop or blocking_submit(vm, NULL, reap_job, vm):
                return
            g = next_grave(room)


cdef void grave_bury(VM* vm, Grave* g) noexcept nogil:
    cdef Room* room = ets_room(vm)
    cdef int64_t budget = REAP_AT_ONCE
    cdef bint begin
    if g == NULL or g.reap(g, &budget):
        return
    if room == NULL or clock_is_virtual(vm):             # with such a clock a run must be the same each time
        reap_wholly(g)
        return
    en_spin_lock(&room.lock)
    g.next = room.graves
    room.graves = g
    begin = not room.reaping
    room.reaping = True
    en_spin_unlock(&room.lock)
    if begin and not blocking_submit(vm, NULL, reap_job, vm):
        reap_job(NULL, vm)               # no threads


cdef void graves_free(VM* vm) noexcept nogil:
    cdef Grave* g = next_grave(ets_room(vm))
    while g != NULL:
        reap_wholly(g)
        g = next_grave(ets_room(vm))


cdef void burial_gone(Magic* m) noexcept nogil:
    cdef Burial* b = <Burial*>m
    grave_bury(b.vm, b.grave)
    free(b)


cdef Burial* burial_new(VM* vm, Grave* g) noexcept nogil:
    cdef Burial* b = <Burial*>calloc(1, sizeof(Burial))
    if b == NULL:
        grave_bury(vm, g)
        return NULL
    b.magic.destructor = burial_gone
    b.magic.type = TYPE_BURIAL
    b.vm = vm
    b.grave = g
    return b


cdef bint burial_go_on(Burial* b) noexcept nogil:
    cdef int64_t budget = WORK_SLICE
    if b.grave != NULL and b.grave.reap(b.grave, &budget):
        b.grave = NULL
    return b.grave == NULL


# --- what changes a table -----------------------------------------------------------------------------------------
cdef bint work_reap(Grave* g, int64_t* budget) noexcept nogil:
    cdef Work* w = <Work*>g.data
    cdef Object* o
    while w.first != NULL:
        if budget[0] <= 0:
            return False
        o = w.first
        w.first = o.next
        object_free(o)
        budget[0] -= 1
    free(w)
    return True


cdef void work_gone(Magic* m) noexcept nogil:
    cdef Work* w = <Work*>m
    grave_bury(w.vm, &w.grave)


cdef Work* work_new(VM* vm, int kind, Term caller) noexcept nogil:
    cdef Work* w = <Work*>calloc(1, sizeof(Work))
    if w != NULL:
        w.magic.destructor = work_gone
        w.magic.type = TYPE_WORK
        w.grave.reap = work_reap
        w.grave.data = w
        w.vm = vm
        w.kind = kind
        w.caller = caller
    return w


cdef void work_add(Work* w, Object* o, bint in_front) noexcept nogil:
    if in_front:
        o.next = w.first
        w.first = o
        if w.last == NULL:
            w.last = o
    else:
        o.next = NULL
        if w.last == NULL:
            w.first = o
        else:
            w.last.next = o
        w.last = o
    w.count += 1


cdef void work_begin(Table* t, Work* w) noexcept nogil:
    if w.kind == WORK_INSERT_NEW:
        w.looked = w.first
    elif w.kind == WORK_CLEAR:
        w.count = <int64_t>t.size
    w.begun = True
    en_add64(&w.magic.refc, 1)
    t.work = w


cdef void work_drop(Table* t) noexcept nogil:
    cdef Work* w = t.work
    if w != NULL:
        t.work = NULL
        if not en_load32_acq(&w.done):
            w.lost = True
            en_store32_rel(&w.done, 1)
        if en_sub64(&w.magic.refc, 1) == 1:
            w.magic.destructor(&w.magic)


# Looks for keys that are there; True: the slice is not used up.
cdef bint look_for_keys(Table* t, Work* w, int64_t* budget) noexcept nogil:
    while w.looked != NULL:
        if budget[0] <= 0:
            return False
        budget[0] -= 1
        if t.backend.find(t, object_key(t, w.looked)) != NULL:
            w.refused = True
            w.looked = NULL
            return True
        w.looked = w.looked.next
    return True


# True: done, or failed.
cdef bint insert_slice(Table* t, Work* w, int64_t* budget) noexcept nogil:
    cdef Object* o
    cdef Object* following
    cdef int64_t met
    while w.first != NULL and budget[0] > 0:
        o = w.first
        following = o.next
        met = t.backend.insert(t, o)
        if met < 0:
            o.next = following
            w.failed = True
            return True
        w.first = following
        budget[0] -= 1 + (met >> 3)
    return w.first == NULL


cdef bint clear_slice(Table* t, Work* w, int64_t* budget) noexcept nogil:
    cdef Grave* store = NULL
    if t.fixations != NULL:
        return t.backend.mark_all(t, &w.place, budget)
    store = table_empty(t)               # meanwhile nobody needs the places any more
    if store != NULL:
        grave_bury(t.vm, store)
    else:
        w.failed = True
    return True


cdef int64_t work_go_on(Table* t) noexcept nogil:
    cdef Work* w = t.work
    cdef int64_t budget = WORK_SLICE
    cdef bint done
    if w == NULL:
        return 0
    if w.kind == WORK_CLEAR:
        done = clear_slice(t, w, &budget)
    else:
        done = look_for_keys(t, w, &budget) and (w.refused or insert_slice(t, w, &budget))
    if done:
        en_store32_rel(&w.done, 1)
        work_drop(t)
    return WORK_SLICE - budget + 1


work_hooks.bury = grave_bury
work_hooks.free_graves = graves_free
work_hooks.drop = work_drop

"""How the natives of `ets` come to a table; see ets_access.pxd."""
from libc.stdint cimport int64_t, uint64_t
from enigma.term.am cimport *
from enigma.term.boxed cimport *
from enigma.term.core cimport *
from enigma.ets.table cimport *
from enigma.ets.work cimport *
from enigma.process.lifecycle cimport magic_ref_new
from enigma.process.process cimport *
from enigma.process.runqueue cimport scheduler_current
from enigma.bif.build cimport *
from enigma.bif.errors cimport *

cdef enum:
    SWEEP_SLICE = 500        # objects freed in passing, of a table that is no longer fixed


cdef Term no_table(Process* p, Term id) noexcept nogil:
    if term_is_atom(id) or (term_is_magic_ref(id) and magic_of(id).type == TYPE_TABLE):
        return badarg_cause(p, AM_id)
    return badarg_cause(p, AM_type)


# Does some of what is left to do on the table, whose lock is held for writing.
cdef void work_here(Process* p, Table* t) noexcept nogil:
    cdef int64_t budget = SWEEP_SLICE
    if t.work != NULL:
        charge(p, work_go_on(t) >> 1)
    elif t.removed > 0 and t.fixations == NULL:
        t.backend.sweep(t, &budget)
        charge(p, (SWEEP_SLICE - budget) >> 2)


# Work is left on a table that has been entered with `wanted`. False: the table has been left.
cdef bint go_on(Process* p, Table* t, int wanted) noexcept nogil:
    cdef bint unseen = t.work != NULL    # nobody sees the table in the middle of it
    if wanted == READ or wanted == INFO:
        en_add64(&t.magic.refc, 1)
        table_unlock(t)
        table_write(t)
        if not t.dead:
            work_here(p, t)
        table_unlock(t)
        table_release(t)
    else:
        work_here(p, t)
        if not unseen:
            return True
        leave(t)
    yield_again(p)
    return False


# Whether the process may have the table; else its error is set.
cdef inline bint admitted(Process* p, Table* t, int wanted) noexcept nogil:
    if t.owner != p.id and not p.flags & PF_SUPER_USER and (
            (wanted == READ or wanted == FIX) and t.protection == TABLE_PRIVATE
            or wanted == WRITE and t.protection != TABLE_PUBLIC):
        badarg_cause(p, AM_access)
        return False
    return True


# A table that is to behave as if many wanted it: is this a call that others are before? Then its turn has ended.
cdef bint others_first(Process* p) noexcept nogil:
    cdef Scheduler* s = scheduler_current()
    if s == NULL:
        return False
    s.random = s.random * <uint64_t>0x5851F42D4C957F2D + 1
    if s.random >> 61 != 0:
        return False
    yield_again(p)
    return True


cdef Table* enter(Process* p, Term id, int wanted) noexcept nogil:
    cdef Table* t = table_lock(p.vm, id, wanted == WRITE or wanted == FIX)
    if t == NULL:
        no_table(p, id)
        return NULL
    if not admitted(p, t, wanted):
        leave(t)
        return NULL
    if t.flags & TABLE_CONTENDED and wanted != INFO and others_first(p):
        leave(t)
        return NULL
    if (t.work != NULL or t.removed > 0 and not table_fixed(t)) and not go_on(p, t, wanted):
        return NULL
    return t


cdef Table* enter_key(Process* p, Term id, int wanted, Term key, bint in_object, Stripe** stripe) noexcept nogil:
    cdef Table* t = table_lock_key(p.vm, id, key, in_object, stripe)
    if t == NULL:
        return enter(p, id, wanted)
    if not admitted(p, t, wanted):
        table_unlock_stripe(t, stripe[0])
        return NULL
    if t.work == NULL and (t.removed == 0 or table_fixed(t)) and (wanted == READ or t.fixations == NULL):
        return t
    table_unlock_stripe(t, stripe[0])
    stripe[0] = NULL
    return enter(p, id, wanted)


cdef void leave(Table* t) noexcept nogil:
    table_unlock(t)


# A reference to a table, also a named one.
cdef Term table_reference(Process* p, Table* t) noexcept nogil:
    cdef Term* q = proc_alloc(p, 6)
    if q == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    q[0] = make_header(T_REF, REF_MAGIC)
    q[1] = <Term>t
    q[2] = <Term>p.mem.heap.off_heap
    q[3] = t.magic.ids[0] | <Term>t.magic.ids[1] << 32
    q[4] = t.magic.ids[2]
    q[5] = 0
    p.mem.heap.off_heap = <OffHeap*>q
    en_add64(&t.magic.refc, 1)
    return make_boxed(q)


cdef Term objects_of(Process* p, Table* t, Term key) noexcept nogil:
    cdef Term list_ = nil(), copied
    cdef Term* cell
    cdef Object* o = t.backend.find(t, key)
    cdef int64_t n = 0, words = 0
    while o != NULL:
        words += <int64_t>o.words
        copied = object_copy(proc_heap(p), o)
        cell = proc_alloc(p, 2)
        if copied == 0 or cell == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        list_ = cons(cell, copied, list_)
        o = t.backend.same_key(t, o)
        n += 1
    charge(p, (n >> 2) + (words >> 6))
    return list_


cdef bint store(Process* p, Table* t, Term tuple_) noexcept nogil:
    cdef Object* o = object_new(tuple_)
    cdef int64_t met = t.backend.insert(t, o) if o != NULL else -1
    if met < 0:
        if o != NULL:
            object_free(o)
        fail(p, EXC_SYSTEM_LIMIT)
        return False
    if met > 32:
        charge(p, met >> 5)
    return True


cdef Term reversed_list(Process* p, Term list_) noexcept nogil:
    cdef Term result = nil()
    while term_is_list(list_):
        result = prepend(p, list_head(list_), result)
        list_ = list_tail(list_)
    return result


# --- work among a BIF's arguments ---------------------------------------------------------------------------------
cdef Term work_ref(Process* p, int kind) noexcept nogil:
    cdef Work* w = work_new(p.vm, kind, p.id)
    cdef Term ref
    if w == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    ref = magic_ref_new(p.vm, proc_heap(p), w)
    if ref == 0:
        w.magic.destructor(&w.magic)
        return fail(p, EXC_SYSTEM_LIMIT)
    return ref


cdef Term work_begun(Process* p, Table* t, int kind, Work** w) noexcept nogil:
    cdef Term ref = work_ref(p, kind)
    if ref != 0:
        w[0] = <Work*>magic_of(ref)
        work_begin(t, w[0])
    return ref


cdef Work* work_of(Process* p, Term ref, int kind) noexcept nogil:
    cdef Work* w
    if not term_is_magic_ref(ref) or magic_of(ref).type != TYPE_WORK:
        return NULL
    w = <Work*>magic_of(ref)
    return w if w.kind == kind and w.caller == p.id else NULL


cdef Term work_result(Process* p, Work* w, Term good) noexcept nogil:
    w.caller = 0
    if w.lost:
        return badarg_cause(p, AM_id)
    return fail(p, EXC_SYSTEM_LIMIT) if w.failed else good


# --- sweeping as a part of a call -----------------------------------------------------------------------------------
cdef Term sweep_mark(Process* p, Table* t) noexcept nogil:
    cdef Burial* b
    cdef Term ref
    if t.fixations != NULL or t.removed == 0:
        return 0
    b = burial_new(p.vm, NULL)
    if b == NULL:
        return 0
    ref = magic_ref_new(p.vm, proc_heap(p), b)
    if ref == 0:                         # whoever comes next sweeps
        b.magic.destructor(&b.magic)
    return ref


cdef bint sweeps(Term mark) noexcept nogil:
    return term_is_magic_ref(mark) and magic_of(mark).type == TYPE_BURIAL


cdef bint sweep_on(Process* p, Term id) noexcept nogil:
    cdef Table* t = table_lock(p.vm, id, True)
    cdef int64_t budget = WORK_SLICE
    cdef bint more = False
    if t == NULL:
        return False
    if t.fixations == NULL and t.removed > 0:
        t.backend.sweep(t, &budget)
        charge(p, WORK_SLICE >> 2)
        more = t.removed > 0
    leave(t)
    return more

"""Release of literal areas. See release.pxd.

The search is conservative: any word that looks like a pointer into an area keeps it, so no layout needs to
be known here, and a dead word at worst delays the release. What it must see is every place that holds a
term while no process runs: heaps with fragments, roots and saved registers, signals on their way, tags
of monitors. ETS objects, messages in timers, data of ports and everything given to the host are copied
with their literals, and so hold no reference.

A process on the blocking pool goes on running meanwhile. What it builds refers only to what its arguments
lead to; therefore its registers are looked at before its heap.

The threshold grows with the memory that had to be looked at, so that the search costs a bounded part of the
work that made the garbage. Read next: memory/literals.pyx.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.memory.heap cimport (Fragment, LiteralArea, RootRange, fragment_data, literal_area_free, literal_base,
                                 literal_bytes, stress_gc_enabled)
from enigma.code.module cimport BIF_DIRTY
from enigma.process.process cimport *
from enigma.process.lifecycle cimport process_roots
from enigma.process.relation cimport Relation, RelationSet as Relations
from enigma.process.runqueue cimport world_resume, world_stop
from enigma.process.table cimport Room, room_of

cdef enum:
    STATE = 15                  # of VM.bif_state
    LEAST = 1 << 16             # words that are never a reason to stop the world
    OVERHEAD = 16               # words that an area costs besides its own
    LOOK_SHARE = 8              # garbage that pays for looking: one word for so many looked at

cdef struct Retired:
    uint32_t lock               # spin; guards what follows
    uint32_t due                # atomic: `words` exceeds `limit`
    LiteralArea* first
    size_t words                # cost of all areas
    size_t count
    size_t limit

cdef struct Held:
    uint64_t start              # address range
    uint64_t end
    LiteralArea* area
    bint used

cdef struct Look:
    Held* held                  # sorted by start
    size_t count
    uint64_t low                # from the first start
    uint64_t span               # to the last end
    size_t looked               # words
    size_t unused               # entries not yet found in use


cdef Retired* state_of(VM* vm) noexcept nogil:
    cdef void* fresh
    cdef void* expected = NULL
    if en_loadp_acq(&vm.bif_state[STATE]) == NULL:
        fresh = calloc(1, sizeof(Retired))
        if fresh == NULL:
            return NULL
        (<Retired*>fresh).limit = 0 if stress_gc_enabled() else LEAST
        if not en_casp(&vm.bif_state[STATE], &expected, fresh):
            free(fresh)
    return <Retired*>en_loadp_acq(&vm.bif_state[STATE])


# Words that keeping the area costs, its binaries included.
cdef inline size_t cost(LiteralArea* area) noexcept nogil:
    return area.words + OVERHEAD + (area.heap.off_heap_bytes >> 3)


cdef void literals_retire(VM* vm, LiteralArea* area) noexcept nogil:
    cdef Retired* r
    if area == NULL:
        return
    r = state_of(vm)
    if r == NULL:               # no memory to remember it: the area stays
        return
    en_spin_lock(&r.lock)
    area.next = r.first
    r.first = area
    r.count += 1
    r.words += cost(area)
    if r.words > r.limit:
        en_store32_rel(&r.due, 1)
    en_spin_unlock(&r.lock)


cdef bint literals_release_due(VM* vm) noexcept nogil:
    cdef Retired* r = <Retired*>en_loadp_acq(&vm.bif_state[STATE])
    return r != NULL and en_load32_acq(&r.due) != 0


cdef void literals_release_ask(VM* vm) noexcept nogil:
    cdef Retired* r = <Retired*>en_loadp_acq(&vm.bif_state[STATE])
    if r == NULL:
        return
    en_spin_lock(&r.lock)
    if r.count:
        en_store32_rel(&r.due, 1)
    en_spin_unlock(&r.lock)


cdef bint literal_retired(VM* vm, Term t) noexcept nogil:
    cdef Retired* r = <Retired*>en_loadp_acq(&vm.bif_state[STATE])
    cdef LiteralArea* area
    cdef Term* at
    cdef bint found_ = False
    if r == NULL or not term_is_pointer(t):
        return False
    at = boxed_ptr(t) if term_is_boxed(t) else list_cell(t)
    en_spin_lock(&r.lock)
    area = r.first
    while area != NULL and not found_:
        found_ = area.start <= at and at < area.start + area.words
        area = area.next
    en_spin_unlock(&r.lock)
    return found_


cdef void literals_release_free(VM* vm) noexcept nogil:
    cdef Retired* r = <Retired*>vm.bif_state[STATE]
    cdef LiteralArea* area
    if r == NULL:
        return
    while r.first != NULL:
        area = r.first
        r.first = area.next
        literal_area_free(area)
    vm.bif_state[STATE] = NULL
    free(r)


# --- looking ---------------------------------------------------------------------------------------------

cdef int by_start(const void* a, const void* b) noexcept nogil:
    cdef uint64_t x = (<const Held*>a).start
    cdef uint64_t y = (<const Held*>b).start
    return -1 if x < y else (1 if x > y else 0)


cdef void found(Look* k, uint64_t address) noexcept nogil:
    """The word may point into one of the areas: marks it."""
    cdef size_t low = 0
    cdef size_t high = k.count
    cdef size_t middle
    while low < high:
        middle = (low + high) >> 1
        if k.held[middle].start <= address:
            low = middle + 1
        else:
            high = middle
    if low != 0 and address < k.held[low - 1].end and not k.held[low - 1].used:
        k.held[low - 1].used = True
        k.unused -= 1


cdef inline void look_at(Look* k, Term t) noexcept nogil:
    if t - k.low < k.span and term_is_pointer(t):
        found(k, t)


cdef void look_through(Look* k, Term* p, Term* end) noexcept nogil:
    if p == NULL or p >= end:
        return
    k.looked += <size_t>(end - p)
    while p < end:
        look_at(k, p[0])
        p += 1


cdef void look_through_fragments(Look* k, Fragment* f) noexcept nogil:
    while f != NULL:
        look_through(k, fragment_data(f), fragment_data(f) + f.used)
        f = f.next


cdef void look_through_signals(Look* k, Signal* s) noexcept nogil:
    while s != NULL:
        look_at(k, s.term)
        look_at(k, s.extra)
        look_through_fragments(k, s.fragment)
        s = s.next


cdef bint look_through_process(Look* k, Process* q) noexcept nogil:
    """False: no memory to see all of it."""
    cdef RootRange local[64]
    cdef RootRange* roots
    cdef size_t n = 0
    cdef size_t i
    cdef Relation* r
    roots = process_roots(q, q.args, q.live, local, 64, &n)
    if roots == NULL:
        return False
    for i in range(n):
        look_through(k, roots[i].start, roots[i].start + roots[i].count)
    if roots != local:
        free(roots)
    if q.args != NULL:          # more than the live ones, as long as a BIF waits to be run again
        look_through(k, q.args, q.args + q.args_capacity)
    for i in range(RECEIVE_MARKERS):
        look_at(k, q.markers[i].ref)
    look_through_signals(k, q.mq_first)
    en_spin_lock(&q.signal_lock)
    look_through_signals(k, q.signal_in_first)
    en_spin_unlock(&q.signal_lock)
    look_through_signals(k, <Signal*>q.system_tasks)
    look_through_signals(k, <Signal*>q.delayed_tasks)
    if q.relations != NULL:
        r = (<Relations*>q.relations).first
        while r != NULL:
            look_at(k, r.tag)
            look_through_fragments(k, r.tag_fragment)
            r = r.next
    en_fence()
    look_through(k, q.mem.heap.end, q.mem.block_end)
    look_through(k, q.mem.start, q.mem.heap.top)
    look_through(k, q.mem.old_start, q.mem.old_top)
    look_through_fragments(k, q.mem.fragments)
    return True


cdef bint look_through_all(Look* k, VM* vm) noexcept nogil:
    cdef Room* room = room_of(vm)
    cdef size_t i
    cdef Process* q
    cdef bint seen = True
    for i in range(room.high):
        if k.unused == 0:
            return True
        q = <Process*>en_loadp_acq(<void**>&room.slots[i])
        if q == NULL or q.host or (en_load32_acq(&q.state) & PS_FREE):
            continue
        if q.flags & PF_AWAY and q.current_bif != NULL and not (q.current_bif.flags & BIF_DIRTY):
            return False            # a BIF builds terms on its heap just now (long_work in errors.pxd)
        if not look_through_process(k, q):
            return False
    # Blocking jobs work on for some that are dead. Such a job gives the memory back under this lock.
    en_spin_lock(&room.dying_lock)
    q = room.dying
    while q != NULL and seen:
        seen = (q.current_bif == NULL or q.current_bif.flags & BIF_DIRTY != 0) and look_through_process(k, q)
        q = q.next
    en_spin_unlock(&room.dying_lock)
    return seen


cdef void literals_release(VM* vm, Scheduler* me) noexcept nogil:
    """Stops the world. May take long if the heaps are large."""
    cdef Retired* r = state_of(vm)
    cdef Look k
    cdef LiteralArea* area
    cdef size_t i
    cdef bint all_seen = False
    if r == NULL:
        return
    world_stop(vm, me)
    if not literals_release_due(vm):        # another scheduler was faster
        world_resume(vm, me)
        return
    en_spin_lock(&r.lock)
    k.count = r.count
    k.looked = 0
    k.unused = r.count
    k.held = <Held*>malloc((r.count + 1) * sizeof(Held))
    if r.count == 0 or k.held == NULL:
        r.limit = r.words + LEAST
        en_store32_rel(&r.due, 0)
        en_spin_unlock(&r.lock)
        world_resume(vm, me)
        free(k.held)
        return
    area = r.first
    for i in range(k.count):
        k.held[i].start = <uint64_t>area.start
        k.held[i].end = <uint64_t>area.start + area.words * sizeof(Term)
        k.held[i].area = area
        k.held[i].used = False
        area = area.next
    r.first = NULL
    r.words = 0
    r.count = 0
    en_store32_rel(&r.due, 0)
    en_spin_unlock(&r.lock)
    qsort(k.held, k.count, sizeof(Held), by_start)
    k.low = k.held[0].start
    k.span = k.held[k.count - 1].end - k.low
    all_seen = look_through_all(&k, vm)
    world_resume(vm, me)
    en_spin_lock(&r.lock)
    for i in range(k.count):
        area = k.held[i].area
        if all_seen and not k.held[i].used:
            literal_area_free(area)
            continue
        area.next = r.first
        r.first = area
        r.count += 1
        r.words += cost(area)
    r.limit = r.words
    if not stress_gc_enabled():
        r.limit += LEAST + k.looked // LOOK_SHARE
    elif r.count < 4:
        r.limit = 0
    en_spin_unlock(&r.lock)
    free(k.held)

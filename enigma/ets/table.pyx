"""Objects, tables and the room; see table.pxd for the locks."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp, memset
from enigma.term.am cimport *
from enigma.term.boxed cimport *
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.memory.copying cimport copy_to, run_copy
from enigma.memory.heap cimport off_heap_release_all, term_copy, term_flat_size
from enigma.process.process cimport PF_LEAVING, PS_EXITING, Process, Scheduler, VM
from enigma.process.runqueue cimport scheduler_current
from enigma.process.lookup cimport process_alive, process_lock, process_unlock
from enigma.process.signal cimport fragments_free, send_message_fragment
from enigma.process.timer cimport clock_monotonic, clock_system
from enigma.memory.heap cimport FragmentHeap, fragment_heap_init, fragment_heap_take

cdef extern from "stdlib.h" nogil:
    int posix_memalign(void**, size_t, size_t)

cdef extern from "sched.h" nogil:
    int sched_yield()

cdef enum:
    LEAST_LIMIT = 4                  # of Table.stripe_limit
    MOST_LIMIT = 64
    SWEEP_AT_ONCE = 4000             # objects freed when a table is no longer fixed; the next users free the rest
    LEAVING_SLICE = 4000             # reductions that a dying process spends on its tables before others have their turns
    TABLE_COST = 100                 # of that for each table, besides its objects
    FREED_AT_ONCE = 256              # of which so many are freed at once, the others on the blocking pool
cdef int64_t NO_LIMIT = <int64_t>1 << 62


cdef Object* object_new(Term tuple_) noexcept nogil:
    cdef size_t words = term_flat_size(tuple_)
    cdef Object* o
    cdef Heap h
    if words > <size_t>1 << 56:
        return NULL
    o = <Object*>malloc(sizeof(Object) + words * sizeof(Term))
    if o == NULL:
        return NULL
    h.top = NULL
    h.end = NULL
    h.off_heap = NULL
    h.off_heap_bytes = 0
    h.overflow = NULL
    copy_to(<Term*>(o + 1), &h, tuple_, True)       # a table does not keep anybody's literals
    o.off_heap = h.off_heap
    o.words = words
    o.deleted = OBJECT_LIVE
    o.next = NULL
    o.previous = NULL
    return o


cdef void object_free(Object* o) noexcept nogil:
    if o.off_heap != NULL:
        off_heap_release_all(o.off_heap)
    free(o)


cdef Term object_copy(Heap* h, Object* o) noexcept nogil:
    cdef Term* to
    if o.off_heap != NULL:
        return term_copy(h, object_tuple(o), False)
    to = heap_alloc(h, o.words)
    if to == NULL:
        return 0
    run_copy(to, boxed_ptr(object_tuple(o)), o.words)
    return make_boxed(to)


# --- the room -------------------------------------------------------------------------------------------
cdef Room* ets_room(VM* vm) noexcept nogil:
    return <Room*>vm.ets


cdef bint ets_init(VM* vm) noexcept nogil:
    cdef Room* room = <Room*>calloc(1, sizeof(Room))
    if room == NULL:
        return False
    room.name_buckets = 256
    room.names = <Table**>calloc(room.name_buckets, sizeof(Table*))
    if room.names == NULL:
        free(room)
        return False
    vm.ets = room
    return True


cdef void ets_free(VM* vm) noexcept nogil:
    cdef Room* room = ets_room(vm)
    cdef Table* t
    if room == NULL:
        return
    while room.tables != NULL:
        t = room.tables
        table_leave(t)
        table_release(t)
    work_hooks.free_graves(vm)
    free(room.names)
    free(room)
    vm.ets = NULL


cdef inline size_t name_hash(Term name) noexcept nogil:
    return <size_t>((name >> 6) * <uint64_t>0x9E3779B97F4A7C15 >> 20)


cdef size_t table_name_place(VM* vm, Term name) noexcept nogil:
    return name_hash(name) & (ets_room(vm).name_buckets - 1)


# The bucket that holds a name, or the free one where it belongs; the lock is held.
cdef size_t name_bucket(Room* room, Term name) noexcept nogil:
    cdef size_t i = name_hash(name) & (room.name_buckets - 1)
    while room.names[i] != NULL and room.names[i].name != name:
        i = (i + 1) & (room.name_buckets - 1)
    return i


cdef bint name_add(Room* room, Table* t) noexcept nogil:
    cdef Table** old = room.names
    cdef size_t n = room.name_buckets, i
    if 2 * (room.name_used + 1) > n:
        room.names = <Table**>calloc(2 * n, sizeof(Table*))
        if room.names == NULL:
            room.names = old
            return False
        room.name_buckets = 2 * n
        for i in range(n):
            if old[i] != NULL:
                room.names[name_bucket(room, old[i].name)] = old[i]
        free(old)
    i = name_bucket(room, t.name)
    if room.names[i] != NULL:
        return False
    room.names[i] = t
    room.name_used += 1
    return True


cdef void name_remove(Room* room, Table* t) noexcept nogil:
    cdef size_t mask = room.name_buckets - 1
    cdef size_t i = name_bucket(room, t.name), j, home
    if room.names[i] != t:
        return
    room.names[i] = NULL
    room.name_used -= 1
    j = i
    while True:                      # close the gap
        j = (j + 1) & mask
        if room.names[j] == NULL:
            return
        home = name_hash(room.names[j].name) & mask
        if ((j - home) & mask) >= ((j - i) & mask):
            room.names[i] = room.names[j]
            room.names[j] = NULL
            i = j


# The table of a name, or of a reference that went through the external format or text and names it by its numbers
# only. The room's lock is held.
cdef Table* table_find(Room* room, Term id) noexcept nogil:
    cdef Table* t
    if term_is_atom(id):
        return room.names[name_bucket(room, id)]
    t = room.tables
    while t != NULL and memcmp(t.magic.ids, ref_ids(id), 12) != 0:
        t = t.next
    return t


cdef inline bint names_table(Term id) noexcept nogil:
    return term_is_magic_ref(id) and magic_of(id).type == TYPE_TABLE


cdef Table* table_get(VM* vm, Term id) noexcept nogil:
    cdef Room* room = ets_room(vm)
    cdef Table* t
    if names_table(id):
        t = <Table*>magic_of(id)
        if t.vm != vm:
            return NULL
        en_add64(&t.magic.refc, 1)
        return t
    if not term_is_atom(id) and not term_is_kind(id, T_REF):
        return NULL
    en_spin_lock(&room.lock)
    t = table_find(room, id)
    if t != NULL:
        en_add64(&t.magic.refc, 1)
    en_spin_unlock(&room.lock)
    return t


# --- locks ---------------------------------------------------------------------------------------------------

cdef bint table_widen(Table* t) noexcept nogil:
    cdef void* stripes = NULL
    if t.flags & (TABLE_READ_CONCURRENCY | TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO) == 0 or t.vm.scheduler_count == 1:
        return True
    if t.flags & (TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO) == 0 or t.backend.hash == NULL:
        t.wide = en_wide_new(<uint32_t>t.vm.scheduler_count + 1)
        return t.wide != NULL
    if posix_memalign(&stripes, sizeof(Stripe), STRIPES * sizeof(Stripe)) != 0:
        return False
    memset(stripes, 0, STRIPES * sizeof(Stripe))
    t.stripes = <Stripe*>stripes
    t.stripe_limit = LEAST_LIMIT
    return True


cdef inline uint32_t own_line() noexcept nogil:
    cdef Scheduler* s = scheduler_current()
    return <uint32_t>s.index if s != NULL else 0


# The caller has all stripes: counts what was done in them.
cdef void take_whole(Table* t) noexcept nogil:
    cdef int i
    for i in range(STRIPES):
        t.size += <uint64_t>t.stripes[i].size
        t.words += <uint64_t>t.stripes[i].words
        t.stripes[i].size = 0
        t.stripes[i].words = 0
    t.whole = True


cdef void table_write(Table* t) noexcept nogil:
    cdef int i
    if t.stripes != NULL:
        for i in range(STRIPES):
            en_spin_lock(&t.stripes[i].lock)
        take_whole(t)
    elif t.wide != NULL:
        en_wide_write(t.wide)
    else:
        en_shared_write(&t.lock)


cdef bint try_lock_as(Table* t, bint write) noexcept nogil:
    cdef int i = 0
    if t.stripes != NULL:
        while i < STRIPES and en_spin_trylock(&t.stripes[i].lock):
            i += 1
        if i == STRIPES:
            take_whole(t)
            return True
        while i > 0:
            i -= 1
            en_spin_unlock(&t.stripes[i].lock)
        return False
    if t.wide != NULL:
        return en_wide_try_write(t.wide) if write else en_wide_try_read(t.wide, own_line())
    return en_shared_try_write(&t.lock) if write else en_shared_try_read(&t.lock)


cdef inline void lock_as(Table* t, bint write) noexcept nogil:
    if write or t.stripes != NULL:
        table_write(t)
    elif t.wide != NULL:
        en_wide_read(t.wide, own_line())
    else:
        en_shared_read(&t.lock)


cdef void table_unlock_wide(Table* t) noexcept nogil:
    cdef int i = STRIPES
    if t.stripes != NULL:
        t.whole = False
        while i > 0:
            i -= 1
            en_spin_unlock(&t.stripes[i].lock)
    elif en_wide_writes(t.wide):
        en_wide_write_end(t.wide)
    else:
        en_wide_read_end(t.wide, own_line())


cdef void table_unlock_stripe(Table* t, Stripe* stripe) noexcept nogil:
    if stripe.size <= t.stripe_limit and stripe.size >= -t.stripe_limit:
        en_spin_unlock(&stripe.lock)
        return
    en_add64(&t.magic.refc, 1)
    en_spin_unlock(&stripe.lock)
    table_write(t)
    if not t.dead:
        t.backend.fit(t)
        t.stripe_limit = <int64_t>(t.size >> 8)      # resizing costs a bounded part of what led to it
        t.stripe_limit = max(<int64_t>LEAST_LIMIT, min(t.stripe_limit, <int64_t>MOST_LIMIT))
    table_unlock(t)
    table_release(t)


cdef int64_t table_size_now(Table* t) noexcept nogil:
    cdef int64_t n = <int64_t>t.size
    cdef int i
    if t.stripes != NULL:
        for i in range(STRIPES):
            n += t.stripes[i].size
    return n


cdef int64_t table_words_now(Table* t) noexcept nogil:
    cdef int64_t n = <int64_t>t.words
    cdef int i
    if t.stripes != NULL:
        for i in range(STRIPES):
            n += t.stripes[i].words
    return n


# The table of `id`, which is no reference that keeps it: locked, or with a count.
cdef Table* find_and_lock(VM* vm, Term id, bint write, bint* locked) noexcept nogil:
    cdef Room* room = ets_room(vm)
    cdef Table* t
    locked[0] = False
    if not term_is_atom(id) and not term_is_kind(id, T_REF):
        return NULL
    en_spin_lock(&room.lock)
    t = table_find(room, id)
    if t != NULL:
        locked[0] = try_lock_as(t, write)        # who kills it leaves the room before, with the lock
        if not locked[0]:
            en_add64(&t.magic.refc, 1)
    en_spin_unlock(&room.lock)
    return t


cdef Table* table_lock(VM* vm, Term id, bint write) noexcept nogil:
    cdef Table* t
    cdef bint locked, counted = False
    if names_table(id):
        t = <Table*>magic_of(id)
        if t.vm != vm:
            return NULL
    else:
        t = find_and_lock(vm, id, write, &locked)
        if t == NULL or locked:
            return t
        counted = True
    lock_as(t, write)
    if t.dead:
        table_unlock(t)
        if counted:
            table_release(t)
        return NULL
    if counted:
        en_sub64(&t.magic.refc, 1)       # not the last one: the room has one
    return t


# The key itself, or that of an object; [] if it has none, which is found out later.
cdef inline Term key_in(Term key, bint in_object, uint32_t position) noexcept nogil:
    if not in_object:
        return key
    return tuple_elements(key)[position - 1] if term_is_tuple(key) and tuple_arity(key) >= position else nil()


cdef Table* table_lock_key(VM* vm, Term id, Term key, bint in_object, Stripe** stripe) noexcept nogil:
    cdef Room* room
    cdef Table* t
    cdef uint32_t hash_, position
    cdef uint32_t (*hash_of)(Term key) noexcept nogil
    stripe[0] = NULL
    if names_table(id):
        t = <Table*>magic_of(id)
        if t.stripes == NULL or t.vm != vm:
            return NULL
        stripe[0] = &t.stripes[t.backend.hash(key_in(key, in_object, t.position)) & (STRIPES - 1)]
        en_spin_lock(&stripe[0].lock)
        if t.dead:
            en_spin_unlock(&stripe[0].lock)
            stripe[0] = NULL
            return NULL
        return t
    if not term_is_atom(id):
        return NULL
    room = ets_room(vm)
    while True:
        en_spin_lock(&room.lock)
        t = table_find(room, id)
        if t == NULL or t.stripes == NULL:
            en_spin_unlock(&room.lock)
            return NULL
        position = t.position
        if not term_is_immed(key):       # a large key is not hashed while all names wait
            hash_of = t.backend.hash
            en_spin_unlock(&room.lock)
            hash_ = hash_of(key_in(key, in_object, position))
            en_spin_lock(&room.lock)
        else:
            hash_ = t.backend.hash(key_in(key, in_object, position))
        if table_find(room, id) == t and t.stripes != NULL and t.position == position:
            stripe[0] = &t.stripes[hash_ & (STRIPES - 1)]
            if en_spin_trylock(&stripe[0].lock):
                en_spin_unlock(&room.lock)
                return t
        en_spin_unlock(&room.lock)
        stripe[0] = NULL
        sched_yield()


cdef void table_release(Table* t) noexcept nogil:
    if en_sub64(&t.magic.refc, 1) == 1:
        t.magic.destructor(&t.magic)


cdef inline size_t pid_bucket(Term pid) noexcept nogil:
    return name_hash(pid) & (OWNER_BUCKETS - 1)


# The index by owner; the lock is held.
cdef void owned_add(Room* room, Table* t) noexcept nogil:
    cdef size_t i = pid_bucket(t.owner)
    t.owner_next = room.owned[i]
    t.owner_previous = NULL
    if t.owner_next != NULL:
        t.owner_next.owner_previous = t
    room.owned[i] = t


cdef void owned_remove(Room* room, Table* t) noexcept nogil:
    if t.owner_previous != NULL:
        t.owner_previous.owner_next = t.owner_next
    else:
        room.owned[pid_bucket(t.owner)] = t.owner_next
    if t.owner_next != NULL:
        t.owner_next.owner_previous = t.owner_previous


cdef void table_owner_set(Table* t, Term pid) noexcept nogil:
    cdef Room* room = ets_room(t.vm)
    en_spin_lock(&room.lock)
    owned_remove(room, t)
    t.owner = pid
    owned_add(room, t)
    en_spin_unlock(&room.lock)


cdef bint table_enter(VM* vm, Table* t) noexcept nogil:
    cdef Room* room = ets_room(vm)
    en_spin_lock(&room.lock)
    if t.flags & TABLE_NAMED and not name_add(room, t):
        en_spin_unlock(&room.lock)
        return False
    t.next = room.tables
    t.previous = NULL
    if room.tables != NULL:
        room.tables.previous = t
    room.tables = t
    owned_add(room, t)
    room.count += 1
    en_add64(&t.magic.refc, 1)
    en_spin_unlock(&room.lock)
    return True


cdef void table_leave(Table* t) noexcept nogil:
    cdef Room* room = ets_room(t.vm)
    en_spin_lock(&room.lock)
    t.dead = True
    if t.flags & TABLE_NAMED:
        name_remove(room, t)
    if t.previous != NULL:
        t.previous.next = t.next
    else:
        room.tables = t.next
    if t.next != NULL:
        t.next.previous = t.previous
    owned_remove(room, t)
    room.count -= 1
    en_spin_unlock(&room.lock)
    fixations_forget(t)                  # while the room's count lasts: who looks for them by their pids takes one
    work_hooks.drop(t)


cdef Grave* table_empty(Table* t) noexcept nogil:
    cdef Grave* store = t.store
    t.store = NULL
    if not t.dead and not t.backend.create(t):
        t.store = store
        return NULL
    t.size = 0
    t.words = 0
    t.removed = 0
    return store


cdef bint table_rename(Table* t, Term name) noexcept nogil:
    cdef Room* room = ets_room(t.vm)
    cdef Term before = t.name
    cdef bint done = True
    en_spin_lock(&room.lock)
    if t.flags & TABLE_NAMED:
        if before != name:
            if room.names[name_bucket(room, name)] != NULL:
                done = False
            else:
                name_remove(room, t)
                t.name = name
                done = name_add(room, t)
    else:
        t.name = name
    en_spin_unlock(&room.lock)
    return done


# --- fixation: see table.pxd for the locks; a dying process looks for its fixations with only the room's ---------------
cdef bint table_fix(Table* t, Term pid) noexcept nogil:
    cdef Room* room = ets_room(t.vm)
    cdef Fixation* f = <Fixation*>en_loadp_acq(<void**>&t.fixations)
    cdef size_t i = pid_bucket(pid)
    while f != NULL:
        if f.pid == pid:
            en_add32(&f.count, 1)
            return True
        f = f.next
    f = <Fixation*>malloc(sizeof(Fixation))
    if f == NULL:
        return False
    f.table = t
    f.pid = pid
    f.count = 1
    en_spin_lock(&room.lock)
    if t.fixations == NULL:
        t.fixed_at = clock_system(t.vm)
        t.fixed_monotonic = clock_monotonic(t.vm)
    f.next = t.fixations
    en_storep_rel(<void**>&t.fixations, f)
    f.pid_next = room.fixed[i]
    f.pid_previous = NULL
    if f.pid_next != NULL:
        f.pid_next.pid_previous = f
    room.fixed[i] = f
    en_spin_unlock(&room.lock)
    return True


cdef void fixation_forget(Table* t, Fixation** link) noexcept nogil:
    cdef Room* room = ets_room(t.vm)
    cdef Fixation* f = link[0]
    en_spin_lock(&room.lock)
    link[0] = f.next
    if f.pid_previous != NULL:
        f.pid_previous.pid_next = f.pid_next
    else:
        room.fixed[pid_bucket(f.pid)] = f.pid_next
    if f.pid_next != NULL:
        f.pid_next.pid_previous = f.pid_previous
    en_spin_unlock(&room.lock)
    free(f)


cdef void fixations_forget(Table* t) noexcept nogil:
    while t.fixations != NULL:
        fixation_forget(t, &t.fixations)


cdef void table_unfix(Table* t, Term pid, bint all_) noexcept nogil:
    cdef Fixation** link = &t.fixations
    cdef int64_t budget = SWEEP_AT_ONCE
    while link[0] != NULL and link[0].pid != pid:
        link = &link[0].next
    if link[0] != NULL:
        link[0].count -= 1
        if link[0].count == 0 or all_:
            fixation_forget(t, link)
    if t.fixations == NULL and t.removed > 0 and t.store != NULL:
        t.backend.sweep(t, &budget)


# --- the end of a table: the last reference is gone -----------------------------------------------------------
cdef void table_destroy(Magic* m) noexcept nogil:
    cdef Table* t = <Table*>m
    if t.store != NULL:
        work_hooks.bury(t.vm, t.store)
    if t.heir_data != NULL:
        object_free(t.heir_data)
    free(t.wide)
    free(t.stripes)
    free(t)


# --- a process is gone --------------------------------------------------------------------------------------
cdef Term transfer_message(Table* t, Term from_, Object* data, FragmentHeap* fh) noexcept nogil:
    cdef Term* m
    cdef Term id, copied
    fragment_heap_init(fh)
    m = heap_alloc(&fh.heap, 5)
    copied = term_copy(&fh.heap, tuple_elements(object_tuple(data))[0], False) if data != NULL else AM_undefined
    id = table_id(t, &fh.heap)
    if m == NULL or id == 0 or copied == 0:
        fragments_free(fragment_heap_take(fh))
        return 0
    m[0] = make_header(T_TUPLE, 4)
    m[1] = AM_ETS_TRANSFER
    m[2] = id
    m[3] = from_
    m[4] = copied
    return make_boxed(m)


cdef Term table_id(Table* t, Heap* h) noexcept nogil:
    cdef Term* p
    if t.flags & TABLE_NAMED:
        return t.name
    p = heap_alloc(h, 6)
    if p == NULL:
        return 0
    p[0] = make_header(T_REF, REF_MAGIC)
    p[1] = <Term>t
    p[2] = <Term>h.off_heap
    p[3] = t.magic.ids[0] | <Term>t.magic.ids[1] << 32
    p[4] = t.magic.ids[2]
    p[5] = 0
    h.off_heap = <OffHeap*>p
    en_add64(&t.magic.refc, 1)
    return make_boxed(p)


cdef bint heir_lives(Table* t) noexcept nogil:
    cdef Process* p = process_lock(t.vm, t.heir) if term_is_local_pid(t.heir) else NULL
    cdef bint same
    if p == NULL:
        return False
    same = p.start_time == t.heir_started and en_load32_acq(&p.state) & PS_EXITING == 0
    process_unlock(p)
    return same


# A table that the process owns or has fixed, with a count taken; NULL: none any more.
cdef Table* table_of_process(Room* room, Term pid) noexcept nogil:
    cdef size_t i = pid_bucket(pid)
    cdef Table* t
    cdef Fixation* f
    en_spin_lock(&room.lock)
    t = room.owned[i]
    while t != NULL and t.owner != pid:
        t = t.owner_next
    if t == NULL:
        f = room.fixed[i]
        while f != NULL and f.pid != pid:
            f = f.pid_next
        if f != NULL:
            t = f.table
    if t != NULL:
        en_add64(&t.magic.refc, 1)
    en_spin_unlock(&room.lock)
    return t


# The table has an owner that dies, or is fixed by one: it goes, or to its heir, or is fixed no longer. The caller's count
# is given back; *cost says what it took in reductions.
cdef void part_from(Table* t, Term owner, int64_t* cost) noexcept nogil:
    cdef VM* vm = t.vm
    cdef Grave* store = NULL
    cdef Term heir, message
    cdef FragmentHeap fh
    table_write(t)
    if t.owner != owner or t.dead:
        cost[0] = TABLE_COST + <int64_t>(t.removed if t.removed < SWEEP_AT_ONCE else SWEEP_AT_ONCE) // 4
        table_unfix(t, owner, True)
        table_unlock(t)
    elif t.heir != owner and heir_lives(t):
        cost[0] = TABLE_COST
        heir = t.heir
        table_unfix(t, owner, True)
        table_owner_set(t, heir)
        message = transfer_message(t, owner, t.heir_data, &fh)
        table_unlock(t)
        if message:
            send_message_fragment(vm, owner, heir, message, fragment_heap_take(&fh))
        if not process_alive(vm, heir):
            ets_pid_gone(vm, heir)
    else:
        cost[0] = TABLE_COST + <int64_t>(t.size + t.removed if t.size + t.removed < FREED_AT_ONCE else FREED_AT_ONCE) // 4
        table_leave(t)
        store = table_empty(t)
        table_unlock(t)
        work_hooks.bury(vm, store)
        table_release(t)
    table_release(t)


# False: the budget is used up, and there may be more.
cdef bint part_from_all(VM* vm, Term owner, int64_t budget) noexcept nogil:
    cdef Room* room = ets_room(vm)
    cdef Table* t
    cdef int64_t cost = 0
    if room == NULL:
        return True
    while True:
        # one table at a time: the room's lock is not held while a table is worked on
        t = table_of_process(room, owner)
        if t == NULL:
            return True
        if budget <= 0:
            table_release(t)
            return False
        part_from(t, owner, &cost)
        budget -= cost


cdef bint ets_process_gone(VM* vm, Process* p) noexcept nogil:
    return part_from_all(vm, p.id, LEAVING_SLICE if p.flags & PF_LEAVING else NO_LIMIT)


cdef void ets_pid_gone(VM* vm, Term owner) noexcept nogil:
    part_from_all(vm, owner, NO_LIMIT)

"""Data that processes share without messages: persistent_term, atomics and counters.

A persistent term is copied once into the literal area and then read in place by everybody; replacing or
erasing one retires its area, which goes when no process refers to it any more (process/release.pxd).
Arrays of atomics are counted objects behind magic references.

The table of persistent terms is itself a literal area, retired when a larger or smaller one takes its place. So a
reader, which is a process on a scheduler, needs no lock: no area goes before it has come to its next instruction. What
it finds was there; what it does not find, it looks for again if entries moved meanwhile (Persistent.moves).

Lock: Persistent.lock (spin) guards writing; it is never held for a copy. Read next: term/boxed.pxd.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from enigma.term.am cimport *
from enigma.term.boxed cimport *
from enigma.term.compare cimport term_hash, term_identical
from enigma.term.core cimport *
from enigma.term.map cimport map_from_pairs
from enigma.term.number cimport integer_from_i64, integer_from_u64, integer_to_i64, integer_to_u64
from enigma.code.module cimport bif_register
from enigma.memory.copying cimport Shared, shared_copy, shared_free, shared_init, shared_measure
from enigma.memory.heap cimport *
from enigma.process.lifecycle cimport magic_ref_new
from enigma.process.release cimport literals_retire
from enigma.bif.errors cimport *


# --- persistent_term --------------------------------------------------------------------------------
cdef enum:
    LONG_COPY = 1 << 15      # words that leave the scheduler to be copied
    FEWEST_BUCKETS = 8       # of the table; it doubles when more than half full and halves when less than a quarter

# The words of its area. An entry is an area that begins with its tuple {Key, Value}.
cdef struct Places:
    size_t buckets           # a power of two
    LiteralArea* entry[1]    # linear probing; atomic, and written with the lock held

cdef struct Persistent:
    uint32_t lock            # spin; guards everything below
    uint32_t moves           # atomic: odd while entries move or go
    LiteralArea* places      # atomic; NULL: nothing was ever put
    size_t count
    size_t words             # of all entries


cdef inline Places* places_of(Persistent* t) noexcept nogil:
    cdef LiteralArea* area = <LiteralArea*>en_loadp_acq(<void**>&t.places)
    return <Places*>area.start if area != NULL else NULL


cdef inline Term pair_of(LiteralArea* area) noexcept nogil:
    return make_boxed(area.start)


cdef inline Term key_of(LiteralArea* area) noexcept nogil:
    return tuple_elements(pair_of(area))[0]


cdef inline Term value_of(LiteralArea* area) noexcept nogil:
    return tuple_elements(pair_of(area))[1]


cdef size_t persistent_buckets(VM* vm) noexcept nogil:
    cdef Persistent* t = <Persistent*>en_loadp_acq(&vm.persistent_terms)
    cdef Places* places = places_of(t) if t != NULL else NULL
    return places.buckets if places != NULL else 0


cdef Persistent* persistent_of(VM* vm) noexcept nogil:
    cdef void* fresh
    cdef void* expected = NULL
    if en_loadp_acq(&vm.persistent_terms) == NULL:
        fresh = calloc(1, sizeof(Persistent))
        if fresh != NULL and not en_casp(&vm.persistent_terms, &expected, fresh):
            free(fresh)
    return <Persistent*>en_loadp_acq(&vm.persistent_terms)


# Frees the whole table when the VM ends.
cdef void persistent_free(VM* vm) noexcept nogil:
    cdef Persistent* t = <Persistent*>vm.persistent_terms
    cdef Places* places
    cdef size_t i
    if t == NULL:
        return
    places = places_of(t)
    if places != NULL:
        for i in range(places.buckets):
            if places.entry[i] != NULL:
                literal_area_free(places.entry[i])
        literal_area_free(t.places)
    free(t)
    vm.persistent_terms = NULL


cdef void persistent_each(VM* vm, void (*visit)(void* data, Term pair) noexcept nogil, void* data) noexcept nogil:
    cdef Persistent* t = <Persistent*>vm.persistent_terms
    cdef Places* places
    cdef size_t i
    if t == NULL:
        return
    en_spin_lock(&t.lock)
    places = places_of(t)
    if places != NULL:
        for i in range(places.buckets):
            if places.entry[i] != NULL:
                visit(data, pair_of(places.entry[i]))
    en_spin_unlock(&t.lock)


cdef inline size_t home_of(LiteralArea* area, size_t buckets) noexcept nogil:
    return term_hash(key_of(area)) & (buckets - 1)


# The place of a key, or the empty one where it belongs.
cdef LiteralArea** place_of(Places* places, Term key) noexcept nogil:
    cdef size_t i = term_hash(key) & (places.buckets - 1)
    cdef LiteralArea* area
    while True:
        area = <LiteralArea*>en_loadp_acq(<void**>&places.entry[i])
        if area == NULL or term_identical(key_of(area), key):
            return &places.entry[i]
        i = (i + 1) & (places.buckets - 1)


# The value of a key, 0: none. Its caller is a process on a scheduler.
cdef Term persistent_lookup(VM* vm, Term key) noexcept nogil:
    cdef Persistent* t = <Persistent*>en_loadp_acq(&vm.persistent_terms)
    cdef Places* places
    cdef LiteralArea* area
    cdef uint32_t moves
    if t == NULL:
        return 0
    while True:
        moves = en_load32_acq(&t.moves)
        places = places_of(t)
        if places == NULL:
            return 0
        area = <LiteralArea*>en_loadp_acq(<void**>place_of(places, key))
        if area != NULL and term_identical(key_of(area), key):
            return value_of(area)
        en_fence()
        if moves & 1 == 0 and en_load32_acq(&t.moves) == moves:
            return 0
        en_spin_lock(&t.lock)            # whoever moves them is done with it then
        en_spin_unlock(&t.lock)


# Entries begin, or have ceased, to move; the lock is held.
cdef inline void moving(Persistent* t) noexcept nogil:
    en_add32(&t.moves, 1)
    en_fence()


# The lock is held, and entries are moving. False: no memory, and nothing has changed.
cdef bint persistent_resize(VM* vm, Persistent* t, size_t buckets) noexcept nogil:
    cdef LiteralArea* area = literal_area_new(buckets + 1)
    cdef Places* old = places_of(t)
    cdef Places* places
    cdef size_t i, j
    if area == NULL:
        return False
    places = <Places*>heap_alloc(&area.heap, buckets + 1)
    places.buckets = buckets
    for i in range(buckets):
        places.entry[i] = NULL
    if old != NULL:
        for i in range(old.buckets):
            if old.entry[i] != NULL:
                j = home_of(old.entry[i], buckets)
                while places.entry[j] != NULL:
                    j = (j + 1) & (buckets - 1)
                places.entry[j] = old.entry[i]
        literals_retire(vm, t.places)
    en_storep_rel(<void**>&t.places, area)
    return True


# Takes an entry out: those that had to stand behind it close the gap. The lock is held.
cdef void persistent_take_out(VM* vm, Persistent* t, LiteralArea** place) noexcept nogil:
    cdef Places* places = places_of(t)
    cdef size_t mask = places.buckets - 1
    cdef size_t i = <size_t>(place - places.entry)
    cdef size_t j = i
    moving(t)
    en_storep_rel(<void**>&places.entry[i], NULL)
    t.count -= 1
    while True:
        j = (j + 1) & mask
        if places.entry[j] == NULL:
            break
        if ((j - home_of(places.entry[j], places.buckets)) & mask) >= ((j - i) & mask):
            en_storep_rel(<void**>&places.entry[i], places.entry[j])
            en_storep_rel(<void**>&places.entry[j], NULL)
            i = j
    if places.buckets > FEWEST_BUCKETS and 4 * t.count < places.buckets:
        persistent_resize(vm, t, places.buckets // 2)    # without memory it stays large
    moving(t)


# Processes may still refer to the area: it goes when none does any more.
cdef void persistent_retire(VM* vm, Persistent* t, LiteralArea* area) noexcept nogil:
    t.words -= area.words
    literals_retire(vm, area)


# The entry of a pair, with its sharing kept; NULL: no memory.
cdef LiteralArea* entry_new(Term key, Term value) noexcept nogil:
    cdef Shared shared
    cdef LiteralArea* area = NULL
    cdef Term* to
    cdef Term* rest
    shared_init(&shared)
    if shared_measure(&shared, key) and shared_measure(&shared, value):
        area = literal_area_new(3 + shared.words)
    if area != NULL:
        to = heap_alloc(&area.heap, 3 + shared.words)
        to[0] = make_header(T_TUPLE, 2)
        rest = to + 3
        to[1] = shared_copy(&shared, &area.heap, &rest, key)
        to[2] = shared_copy(&shared, &area.heap, &rest, value)
    shared_free(&shared)
    return area


# What is so long that it leaves the scheduler has been compared there; on the blocking pool no entry may be looked at
# without the lock.
cdef Term persistent_put_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Persistent* t = persistent_of(p.vm)
    cdef LiteralArea* area
    cdef LiteralArea** place = NULL
    cdef Term before
    cdef size_t buckets, words
    cdef bint room = True
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    if not p.flags & PF_AWAY:
        before = persistent_lookup(p.vm, args[0])
        if before != 0 and term_identical(before, args[1]):
            return AM_ok
        if may_exceed(p, args[1], LONG_COPY) and term_exceeds(args[1], LONG_COPY):
            return away(p)
    area = entry_new(args[0], args[1])
    if area == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    words = area.words
    en_spin_lock(&t.lock)
    buckets = places_of(t).buckets if t.places != NULL else 0
    if buckets:
        place = place_of(places_of(t), args[0])
    if place != NULL and place[0] != NULL:
        persistent_retire(p.vm, t, place[0])
    else:
        if 2 * (t.count + 1) > buckets:
            moving(t)
            room = persistent_resize(p.vm, t, 2 * buckets if buckets else FEWEST_BUCKETS)
            moving(t)
            if not room:
                en_spin_unlock(&t.lock)
                literal_area_free(area)
                return fail(p, EXC_SYSTEM_LIMIT)
            place = place_of(places_of(t), args[0])
        t.count += 1
    en_storep_rel(<void**>place, area)
    t.words += words
    en_spin_unlock(&t.lock)
    charge(p, <int64_t>(words >> 6))
    return AM_ok


cdef Term persistent_get_1(void* proc, Term* args) noexcept nogil:
    cdef Term value = persistent_lookup((<Process*>proc).vm, args[0])
    return value if value else badarg(<Process*>proc)


cdef Term persistent_get_2(void* proc, Term* args) noexcept nogil:
    cdef Term value = persistent_lookup((<Process*>proc).vm, args[0])
    return value if value else args[1]


cdef Term persistent_get_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Persistent* t = persistent_of(p.vm)
    cdef Places* places
    cdef Term list_ = nil()
    cdef Term* cell
    cdef size_t i
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    en_spin_lock(&t.lock)
    places = places_of(t)
    cell = proc_alloc(p, 2 * t.count) if t.count else NULL
    if cell != NULL:
        for i in range(places.buckets):
            if places.entry[i] != NULL:
                list_ = cons(cell, pair_of(places.entry[i]), list_)
                cell += 2
    elif t.count:
        list_ = fail(p, EXC_SYSTEM_LIMIT)
    charge(p, <int64_t>t.count)
    en_spin_unlock(&t.lock)
    return list_


cdef Term persistent_erase_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Persistent* t = persistent_of(p.vm)
    cdef LiteralArea** place
    cdef LiteralArea* area = NULL
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    en_spin_lock(&t.lock)
    if t.places != NULL:
        place = place_of(places_of(t), args[0])
        area = place[0]
    if area != NULL:
        persistent_take_out(p.vm, t, place)
        persistent_retire(p.vm, t, area)
    en_spin_unlock(&t.lock)
    return AM_true if area != NULL else AM_false


cdef Term persistent_info_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Persistent* t = persistent_of(p.vm)
    cdef Term pairs[4]
    cdef Term result
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    en_spin_lock(&t.lock)
    pairs[0] = AM_count
    pairs[1] = make_small(<int64_t>t.count)
    pairs[2] = AM_memory
    pairs[3] = make_small(<int64_t>(t.words * sizeof(Term) + persistent_buckets(p.vm) * sizeof(LiteralArea*) + sizeof(Persistent)))
    en_spin_unlock(&t.lock)
    result = map_from_pairs(proc_heap(p), pairs, 2)
    return result if result else fail(p, EXC_SYSTEM_LIMIT)


cdef Term erase_persistent_terms_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Persistent* t = persistent_of(p.vm)
    cdef Places* places
    cdef LiteralArea* area
    cdef size_t i
    if t == NULL:
        return AM_ok
    en_spin_lock(&t.lock)
    places = places_of(t)
    if places != NULL:
        moving(t)
        for i in range(places.buckets):
            area = places.entry[i]
            en_storep_rel(<void**>&places.entry[i], NULL)
            if area != NULL:
                persistent_retire(p.vm, t, area)
        moving(t)
    t.count = 0
    en_spin_unlock(&t.lock)
    return AM_true


# --- atomics and counters -------------------------------------------------------------------------------
cdef enum:
    TYPE_ATOMICS = 0x61746f6d        # 'atom'
    TYPE_COUNTERS = 0x636f756e       # 'coun'
    ATOMICS_BYTES = 40               # what OTP's figures of memory count beside the cells
    COUNTERS_BYTES = 32              # and there a cache line per eight counters and scheduler

cdef struct CellArray:
    Magic magic              # must be first
    bint is_signed
    size_t size
    uint64_t* cells          # atomic


cdef void cells_destroy(Magic* m) noexcept nogil:
    free((<CellArray*>m).cells)
    free(m)


cdef Term cells_new(Process* p, Term size, uint32_t type_, bint is_signed) noexcept nogil:
    cdef CellArray* a
    cdef Term ref
    if term_is_boxed(size) and boxed_kind(size) == T_BIG_POS:
        return fail(p, EXC_SYSTEM_LIMIT)
    if not term_is_small(size) or small_value(size) <= 0:
        return badarg(p)
    if small_value(size) >> 40:
        return fail(p, EXC_SYSTEM_LIMIT)
    a = <CellArray*>calloc(1, sizeof(CellArray))
    if a != NULL:
        a.cells = <uint64_t*>calloc(<size_t>small_value(size), 8)
    if a == NULL or a.cells == NULL:
        free(a)
        return fail(p, EXC_SYSTEM_LIMIT)
    a.magic.destructor = cells_destroy
    a.magic.type = type_
    a.size = <size_t>small_value(size)
    a.is_signed = is_signed
    ref = magic_ref_new(p.vm, proc_heap(p), a)
    if ref == 0:
        cells_destroy(&a.magic)
        return fail(p, EXC_SYSTEM_LIMIT)
    return ref


cdef inline CellArray* cells_of(Term ref, uint32_t type_) noexcept nogil:
    if term_is_magic_ref(ref) and magic_of(ref).type == type_:
        return <CellArray*>magic_of(ref)
    return NULL


# The cell that a reference and an index name, or NULL.
cdef inline uint64_t* cell_at(Term ref, Term index, uint32_t type_, CellArray** array) noexcept nogil:
    array[0] = cells_of(ref, type_)
    if array[0] == NULL or not term_is_small(index) or small_value(index) < 1 \
            or <uint64_t>small_value(index) > array[0].size:
        return NULL
    return array[0].cells + small_value(index) - 1


# An integer of the array's type.
cdef inline bint cell_value(CellArray* a, Term t, uint64_t* out) noexcept nogil:
    if not term_is_integer(t):
        return False
    return integer_to_i64(t, <int64_t*>out) if a.is_signed else integer_to_u64(t, out)


# An increment may be given in either signedness: both wrap alike.
cdef inline bint increment_value(Term t, uint64_t* out) noexcept nogil:
    return term_is_integer(t) and (integer_to_i64(t, <int64_t*>out) or integer_to_u64(t, out))


cdef Term cell_term(Process* p, CellArray* a, uint64_t v) noexcept nogil:
    cdef Term t = integer_from_i64(proc_heap(p), <int64_t>v) if a.is_signed else integer_from_u64(proc_heap(p), v)
    return t if t else fail(p, EXC_SYSTEM_LIMIT)


# erts_internal:atomics_new(Arity, OptionBits); bit 0: signed.
cdef Term atomics_new_2(void* proc, Term* args) noexcept nogil:
    if not term_is_small(args[1]) or small_value(args[1]) < 0:
        return badarg(<Process*>proc)
    return cells_new(<Process*>proc, args[0], TYPE_ATOMICS, small_value(args[1]) & 1)


cdef Term atomics_put_3(void* proc, Term* args) noexcept nogil:
    cdef CellArray* a
    cdef uint64_t* cell = cell_at(args[0], args[1], TYPE_ATOMICS, &a)
    cdef uint64_t v
    if cell == NULL or not cell_value(a, args[2], &v):
        return badarg(<Process*>proc)
    en_swap64(cell, v)
    return AM_ok


cdef Term atomics_get_2(void* proc, Term* args) noexcept nogil:
    cdef CellArray* a
    cdef uint64_t* cell = cell_at(args[0], args[1], TYPE_ATOMICS, &a)
    if cell == NULL:
        return badarg(<Process*>proc)
    return cell_term(<Process*>proc, a, en_load64_acq(cell))


cdef Term atomics_add_3(void* proc, Term* args) noexcept nogil:
    cdef CellArray* a
    cdef uint64_t* cell = cell_at(args[0], args[1], TYPE_ATOMICS, &a)
    cdef uint64_t v
    if cell == NULL or not increment_value(args[2], &v):
        return badarg(<Process*>proc)
    en_add64(cell, v)
    return AM_ok


cdef Term atomics_add_get_3(void* proc, Term* args) noexcept nogil:
    cdef CellArray* a
    cdef uint64_t* cell = cell_at(args[0], args[1], TYPE_ATOMICS, &a)
    cdef uint64_t v
    if cell == NULL or not increment_value(args[2], &v):
        return badarg(<Process*>proc)
    return cell_term(<Process*>proc, a, en_add64(cell, v) + v)


cdef Term atomics_exchange_3(void* proc, Term* args) noexcept nogil:
    cdef CellArray* a
    cdef uint64_t* cell = cell_at(args[0], args[1], TYPE_ATOMICS, &a)
    cdef uint64_t v
    if cell == NULL or not cell_value(a, args[2], &v):
        return badarg(<Process*>proc)
    return cell_term(<Process*>proc, a, en_swap64(cell, v))


cdef Term atomics_compare_exchange_4(void* proc, Term* args) noexcept nogil:
    cdef CellArray* a
    cdef uint64_t* cell = cell_at(args[0], args[1], TYPE_ATOMICS, &a)
    cdef uint64_t expected, v
    if cell == NULL or not cell_value(a, args[2], &expected) or not cell_value(a, args[3], &v):
        return badarg(<Process*>proc)
    if en_cas64(cell, &expected, v):
        return AM_ok
    return cell_term(<Process*>proc, a, expected)


cdef Term atomics_info_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef CellArray* a = cells_of(args[0], TYPE_ATOMICS)
    cdef Term pairs[8]
    cdef Term t
    if a == NULL:
        return badarg(p)
    pairs[0] = AM_size
    pairs[1] = make_small(<int64_t>a.size)
    pairs[2] = AM_max
    pairs[3] = integer_from_i64(proc_heap(p), 0x7FFFFFFFFFFFFFFF) if a.is_signed \
        else integer_from_u64(proc_heap(p), 0xFFFFFFFFFFFFFFFF)
    pairs[4] = AM_min
    pairs[5] = integer_from_i64(proc_heap(p), -0x7FFFFFFFFFFFFFFF - 1) if a.is_signed else make_small(0)
    pairs[6] = AM_memory
    pairs[7] = make_small(<int64_t>(ATOMICS_BYTES + 8 * a.size))
    t = map_from_pairs(proc_heap(p), pairs, 4)
    return t if t else fail(p, EXC_SYSTEM_LIMIT)


cdef Term counters_new_1(void* proc, Term* args) noexcept nogil:
    return cells_new(<Process*>proc, args[0], TYPE_COUNTERS, True)


cdef Term counters_get_2(void* proc, Term* args) noexcept nogil:
    cdef CellArray* a
    cdef uint64_t* cell = cell_at(args[0], args[1], TYPE_COUNTERS, &a)
    if cell == NULL:
        return badarg(<Process*>proc)
    return cell_term(<Process*>proc, a, en_load64_acq(cell))


cdef Term counters_add_3(void* proc, Term* args) noexcept nogil:
    cdef CellArray* a
    cdef uint64_t* cell = cell_at(args[0], args[1], TYPE_COUNTERS, &a)
    cdef uint64_t v
    if cell == NULL or not increment_value(args[2], &v):
        return badarg(<Process*>proc)
    en_add64(cell, v)
    return AM_ok


cdef Term counters_put_3(void* proc, Term* args) noexcept nogil:
    cdef CellArray* a
    cdef uint64_t* cell = cell_at(args[0], args[1], TYPE_COUNTERS, &a)
    cdef uint64_t v
    if cell == NULL or not cell_value(a, args[2], &v):
        return badarg(<Process*>proc)
    en_swap64(cell, v)
    return AM_ok


cdef Term counters_info_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef CellArray* a = cells_of(args[0], TYPE_COUNTERS)
    cdef Term pairs[4]
    cdef Term t
    if a == NULL:
        return badarg(p)
    pairs[0] = AM_size
    pairs[1] = make_small(<int64_t>a.size)
    pairs[2] = AM_memory
    pairs[3] = make_small(<int64_t>(COUNTERS_BYTES + 64 * (p.vm.scheduler_count + 1) * ((a.size + 7) // 8)))
    t = map_from_pairs(proc_heap(p), pairs, 2)
    return t if t else fail(p, EXC_SYSTEM_LIMIT)


bif_register(b"persistent_term", b"put", 2, persistent_put_2, 0)
bif_register(b"persistent_term", b"get", 0, persistent_get_0, 0)
bif_register(b"persistent_term", b"get", 1, persistent_get_1, 0)
bif_register(b"persistent_term", b"get", 2, persistent_get_2, 0)
bif_register(b"persistent_term", b"erase", 1, persistent_erase_1, 0)
bif_register(b"persistent_term", b"info", 0, persistent_info_0, 0)
bif_register(b"erts_internal", b"erase_persistent_terms", 0, erase_persistent_terms_0, 0)
bif_register(b"erts_internal", b"atomics_new", 2, atomics_new_2, 0)
bif_register(b"atomics", b"put", 3, atomics_put_3, 0)
bif_register(b"atomics", b"get", 2, atomics_get_2, 0)
bif_register(b"atomics", b"add", 3, atomics_add_3, 0)
bif_register(b"atomics", b"add_get", 3, atomics_add_get_3, 0)
bif_register(b"atomics", b"exchange", 3, atomics_exchange_3, 0)
bif_register(b"atomics", b"compare_exchange", 4, atomics_compare_exchange_4, 0)
bif_register(b"atomics", b"info", 1, atomics_info_1, 0)
bif_register(b"erts_internal", b"counters_new", 1, counters_new_1, 0)
bif_register(b"erts_internal", b"counters_get", 2, counters_get_2, 0)
bif_register(b"erts_internal", b"counters_add", 3, counters_add_3, 0)
bif_register(b"erts_internal", b"counters_put", 3, counters_put_3, 0)
bif_register(b"erts_internal", b"counters_info", 1, counters_info_1, 0)

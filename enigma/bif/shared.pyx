"""Data that processes share without messages: persistent_term, atomics and counters.

A persistent term is copied once into the literal area and then read in place by everybody; replacing or
erasing one retires its area, which goes when no process refers to it any more (process/release.pxd).
Arrays of atomics are counted objects behind magic references.

Lock: Persistent.lock (spin) guards the table; readers hold it for one probe, and it is never held for a copy. Read
next: term/boxed.pxd.
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
from enigma.memory.heap cimport *
from enigma.process.lifecycle cimport magic_ref_new
from enigma.process.release cimport literals_retire
from enigma.bif.errors cimport *


# --- persistent_term --------------------------------------------------------------------------------
cdef enum:
    FEWEST_BUCKETS = 8       # of the table; it doubles when more than half full and halves when less than a quarter

cdef struct Persistent:
    uint32_t lock            # spin; guards everything below
    LiteralArea** table      # linear probing, a power of two; each area begins with its tuple {Key, Value}
    size_t buckets
    size_t count
    size_t words             # of all areas


cdef inline Term pair_of(LiteralArea* area) noexcept nogil:
    return make_boxed(area.start)


cdef inline Term key_of(LiteralArea* area) noexcept nogil:
    return tuple_elements(pair_of(area))[0]


cdef inline Term value_of(LiteralArea* area) noexcept nogil:
    return tuple_elements(pair_of(area))[1]


cdef size_t persistent_buckets(VM* vm) noexcept nogil:
    cdef Persistent* t = <Persistent*>en_loadp_acq(&vm.persistent_terms)
    return t.buckets if t != NULL else 0


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
    cdef size_t i
    if t == NULL:
        return
    for i in range(t.buckets):
        if t.table[i] != NULL:
            literal_area_free(t.table[i])
    free(t.table)
    free(t)
    vm.persistent_terms = NULL


cdef void persistent_each(VM* vm, void (*visit)(void* data, Term pair) noexcept nogil, void* data) noexcept nogil:
    cdef Persistent* t = <Persistent*>vm.persistent_terms
    cdef size_t i
    if t == NULL:
        return
    en_spin_lock(&t.lock)
    for i in range(t.buckets):
        if t.table[i] != NULL:
            visit(data, pair_of(t.table[i]))
    en_spin_unlock(&t.lock)


cdef inline size_t home_of(LiteralArea* area, size_t buckets) noexcept nogil:
    return term_hash(key_of(area)) & (buckets - 1)


# The bucket of a key, or the empty one where it belongs; the lock is held and the table is not empty.
cdef LiteralArea** persistent_bucket(Persistent* t, Term key) noexcept nogil:
    cdef size_t i = term_hash(key) & (t.buckets - 1)
    while t.table[i] != NULL and not term_identical(key_of(t.table[i]), key):
        i = (i + 1) & (t.buckets - 1)
    return &t.table[i]


cdef LiteralArea* persistent_find(Persistent* t, Term key) noexcept nogil:      # the lock is held
    return persistent_bucket(t, key)[0] if t.buckets else NULL


# False: no memory, and nothing has changed.
cdef bint persistent_resize(Persistent* t, size_t buckets) noexcept nogil:
    cdef LiteralArea** table = <LiteralArea**>calloc(buckets, sizeof(LiteralArea*))
    cdef size_t i, j
    if table == NULL:
        return False
    for i in range(t.buckets):
        if t.table[i] != NULL:
            j = home_of(t.table[i], buckets)
            while table[j] != NULL:
                j = (j + 1) & (buckets - 1)
            table[j] = t.table[i]
    free(t.table)
    t.table = table
    t.buckets = buckets
    return True


# Takes an entry out: those that had to stand behind it close the gap.
cdef void persistent_take_out(Persistent* t, LiteralArea** place) noexcept nogil:
    cdef size_t mask = t.buckets - 1
    cdef size_t i = <size_t>(place - t.table)
    cdef size_t j = i
    t.table[i] = NULL
    t.count -= 1
    while True:
        j = (j + 1) & mask
        if t.table[j] == NULL:
            break
        if ((j - home_of(t.table[j], t.buckets)) & mask) >= ((j - i) & mask):
            t.table[i] = t.table[j]
            t.table[j] = NULL
            i = j
    if t.buckets > FEWEST_BUCKETS and 4 * t.count < t.buckets:
        persistent_resize(t, t.buckets // 2)     # without memory it stays large


# Processes may still refer to the area: it goes when none does any more.
cdef void persistent_retire(VM* vm, Persistent* t, LiteralArea* area) noexcept nogil:
    t.words -= area.words
    literals_retire(vm, area)


cdef Term persistent_put_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Persistent* t = persistent_of(p.vm)
    cdef LiteralArea* area
    cdef LiteralArea** place
    cdef Term* to
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    en_spin_lock(&t.lock)
    area = persistent_find(t, args[0])
    if area != NULL and term_identical(value_of(area), args[1]):
        en_spin_unlock(&t.lock)
        return AM_ok
    en_spin_unlock(&t.lock)
    # copying happens outside the lock; two writers of one key come in some order
    area = literal_area_new(3 + term_flat_size(args[0]) + term_flat_size(args[1]))
    if area == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    to = heap_alloc(&area.heap, 3)
    to[0] = make_header(T_TUPLE, 2)
    to[1] = term_copy(&area.heap, args[0], True)
    to[2] = term_copy(&area.heap, args[1], True)
    en_spin_lock(&t.lock)
    place = persistent_bucket(t, args[0]) if t.buckets else NULL
    if place != NULL and place[0] != NULL:
        persistent_retire(p.vm, t, place[0])
    else:
        if 2 * (t.count + 1) > t.buckets:
            if not persistent_resize(t, 2 * t.buckets if t.buckets else FEWEST_BUCKETS):
                en_spin_unlock(&t.lock)
                literal_area_free(area)
                return fail(p, EXC_SYSTEM_LIMIT)
            place = persistent_bucket(t, args[0])
        t.count += 1
    place[0] = area
    t.words += area.words
    en_spin_unlock(&t.lock)
    charge(p, <int64_t>(area.words >> 6))
    return AM_ok


cdef Term persistent_lookup(Process* p, Term key) noexcept nogil:      # 0: none
    cdef Persistent* t = persistent_of(p.vm)
    cdef LiteralArea* area
    cdef Term value = 0
    if t != NULL:
        en_spin_lock(&t.lock)
        area = persistent_find(t, key)
        if area != NULL:
            value = value_of(area)
        en_spin_unlock(&t.lock)
    return value


cdef Term persistent_get_1(void* proc, Term* args) noexcept nogil:
    cdef Term value = persistent_lookup(<Process*>proc, args[0])
    return value if value else badarg(<Process*>proc)


cdef Term persistent_get_2(void* proc, Term* args) noexcept nogil:
    cdef Term value = persistent_lookup(<Process*>proc, args[0])
    return value if value else args[1]


cdef Term persistent_get_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Persistent* t = persistent_of(p.vm)
    cdef Term list_ = nil()
    cdef Term* cell
    cdef size_t i
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    en_spin_lock(&t.lock)
    cell = proc_alloc(p, 2 * t.count) if t.count else NULL
    if cell != NULL:
        for i in range(t.buckets):
            if t.table[i] != NULL:
                list_ = cons(cell, pair_of(t.table[i]), list_)
                cell += 2
    charge(p, <int64_t>t.count)
    en_spin_unlock(&t.lock)
    return list_


cdef Term persistent_erase_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Persistent* t = persistent_of(p.vm)
    cdef LiteralArea** place
    cdef bint found
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    en_spin_lock(&t.lock)
    place = persistent_bucket(t, args[0]) if t.buckets else NULL
    found = place != NULL and place[0] != NULL
    if found:
        persistent_retire(p.vm, t, place[0])
        persistent_take_out(t, place)
    en_spin_unlock(&t.lock)
    return AM_true if found else AM_false


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
    pairs[3] = make_small(<int64_t>(t.words * sizeof(Term) + t.buckets * sizeof(LiteralArea*) + sizeof(Persistent)))
    en_spin_unlock(&t.lock)
    result = map_from_pairs(proc_heap(p), pairs, 2)
    return result if result else fail(p, EXC_SYSTEM_LIMIT)


cdef Term erase_persistent_terms_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Persistent* t = persistent_of(p.vm)
    cdef size_t i
    if t == NULL:
        return AM_ok
    en_spin_lock(&t.lock)
    for i in range(t.buckets):
        if t.table[i] != NULL:
            persistent_retire(p.vm, t, t.table[i])
        t.table[i] = NULL
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

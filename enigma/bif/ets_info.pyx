"""What is said of tables: ets:info, ets:all.

Read next: ets_access.pxd, ets/figures.pyx.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.core cimport *
from enigma.term.number cimport integer_from_i64, integer_from_u64
from enigma.term.external cimport node_local
from enigma.memory.heap cimport term_copy
from enigma.code.module cimport bif_register
from enigma.process.lifecycle cimport ref_new
from enigma.process.signal cimport fragments_free, send_message_fragment
from enigma.memory.heap cimport FragmentHeap, fragment_heap_init, fragment_heap_take
from enigma.ets.figures cimport table_words
from enigma.ets.table cimport *
from enigma.bif.build cimport *
from enigma.bif.errors cimport *
from enigma.bif.ets_access cimport *

cdef Term atom_fixed_locks = atom_from_cstr(b"debug_hash_fixed_number_of_locks")
cdef Term atom_stats = atom_from_cstr(b"stats")


# --- info -------------------------------------------------------------------------------------------------------------------
cdef Term type_atom(Table* t) noexcept nogil:
    if t.type == TABLE_SET:
        return AM_set
    if t.type == TABLE_ORDERED:
        return AM_ordered_set
    return AM_bag if t.type == TABLE_BAG else AM_duplicate_bag


cdef inline Term truth(bint b) noexcept nogil:
    return AM_true if b else AM_false


cdef Term fixations(Process* p, Table* t, int64_t at, bint monotonic) noexcept nogil:
    cdef Fixation* f = <Fixation*>en_loadp_acq(<void**>&t.fixations)
    cdef Term list_ = nil()
    if f == NULL:
        return AM_false
    while f != NULL:
        list_ = prepend(p, tuple2(p, f.pid, make_small(en_load32_acq(&f.count))), list_)
        f = f.next
    if monotonic:
        return tuple2(p, integer_from_i64(proc_heap(p), at), list_)
    return tuple2(p, tuple3(p, make_small(at // 1000000000 // 1000000), make_small(at // 1000000000 % 1000000),
                            make_small(at // 1000 % 1000000)), list_)


cdef Term info_item(Process* p, Table* t, Term item) noexcept nogil:      # 0 with freason 0: no such item
    p.freason = 0
    if item == AM_size:
        return make_small(<int64_t>t.size)
    if item == AM_type:
        return type_atom(t)
    if item == AM_memory:
        return make_small(<int64_t>table_words(t))
    if item == AM_name:
        return t.name
    if item == AM_id:
        return table_reference(p, t)
    if item == AM_owner:
        return t.owner
    if item == AM_heir:
        return t.heir
    if item == AM_keypos:
        return make_small(t.position)
    if item == AM_protection:
        return AM_public if t.protection == TABLE_PUBLIC else (
            AM_protected if t.protection == TABLE_PROTECTED else AM_private)
    if item == AM_node:
        return node_local().name
    if item == AM_named_table:
        return truth(t.flags & TABLE_NAMED)
    if item == AM_compressed:
        return truth(t.flags & TABLE_COMPRESSED)
    if item == AM_read_concurrency:
        return truth(t.flags & TABLE_READ_CONCURRENCY)
    if item == AM_write_concurrency:
        if t.locks:
            return tuple2(p, atom_fixed_locks, make_small(t.locks))
        return AM_auto if t.flags & TABLE_WRITE_AUTO else truth(t.flags & TABLE_WRITE_CONCURRENCY)
    if item == AM_decentralized_counters:
        return truth(t.flags & TABLE_DECENTRALIZED)
    if item == AM_fixed:
        return truth(table_fixed(t))
    if item == AM_safe_fixed:
        return fixations(p, t, t.fixed_at, False)
    if item == AM_safe_fixed_monotonic_time:
        return fixations(p, t, t.fixed_monotonic, True)
    if item == atom_stats:
        return statistics(p, t)
    return 0


# {Buckets, Average, Deviation, ExpectedDeviation, Shortest, Longest, Removed, Locks} of the chains; false: there are none.
# OTP says how many locks its own table would have.
cdef Term statistics(Process* p, Table* t) noexcept nogil:
    cdef TableFigures f
    cdef Term* to
    if not t.backend.figures(t, &f):
        return AM_false
    to = proc_alloc(p, 9 + 6)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    to[0] = make_header(T_TUPLE, 8)
    to[1] = make_small(<int64_t>f.buckets)
    to[2] = make_float(to + 9, f.chain_average)
    to[3] = make_float(to + 11, f.deviation)
    to[4] = make_float(to + 13, f.expected_deviation)
    to[5] = make_small(<int64_t>f.chain_min)
    to[6] = make_small(<int64_t>f.chain_max)
    to[7] = make_small(<int64_t>t.removed)
    to[8] = make_small(t.locks if t.locks else 64 if t.flags & (TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO) else 1)
    charge(p, <int64_t>(t.size >> 4))
    return make_boxed(to)


# {Id, Bytes, Count} of each counted binary of an object, in front of a list.
cdef Term object_binaries(Process* p, Object* o, Term list_) noexcept nogil:
    cdef Heap* h = proc_heap(p)
    cdef OffHeap* entry = o.off_heap
    cdef Binary* b
    while entry != NULL and list_ != 0:
        if header_kind(entry.header) == T_BIN_REF:
            b = <Binary*>entry.object
            list_ = prepend(p, tuple3(p, integer_from_u64(h, <uint64_t>b), integer_from_u64(h, b.size),
                                      integer_from_u64(h, en_load64_rlx(&b.refc))), list_)
        entry = entry.next
    return list_


# Of all objects in the table, those included that a fixed table still keeps.
cdef Term table_binaries(Process* p, Table* t) noexcept nogil:
    cdef Cursor c
    cdef Object* o
    cdef Term list_ = nil()
    c.slot = 0
    c.object = NULL
    c.reverse = False
    o = t.backend.scan(t, &c)
    while o != NULL and list_ != 0:
        list_ = object_binaries(p, o, list_)
        o = t.backend.scan(t, &c)
    o = t.backend.marked(t, NULL)
    while o != NULL and list_ != 0:
        list_ = object_binaries(p, o, list_)
        o = t.backend.marked(t, o)
    charge(p, <int64_t>(t.size + t.removed) >> 1)
    return list_


cdef Term info_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t
    cdef Term items[14]
    cdef Term list_ = nil()
    cdef int i = 14
    t = enter(p, args[0], INFO)
    if t == NULL:
        return AM_undefined if p.freason != TRAP_YIELD and p.fvalue == AM_id else 0
    items[0] = AM_id
    items[1] = AM_decentralized_counters
    items[2] = AM_read_concurrency
    items[3] = AM_write_concurrency
    items[4] = AM_compressed
    items[5] = AM_memory
    items[6] = AM_owner
    items[7] = AM_heir
    items[8] = AM_name
    items[9] = AM_size
    items[10] = AM_node
    items[11] = AM_named_table
    items[12] = AM_type
    items[13] = AM_keypos
    list_ = prepend(p, tuple2(p, AM_protection, info_item(p, t, AM_protection)), list_)
    while i > 0:
        i -= 1
        list_ = prepend(p, tuple2(p, items[i], info_item(p, t, items[i])), list_)
    leave(t)
    return list_ if list_ else fail(p, EXC_SYSTEM_LIMIT)


cdef Term info_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t
    cdef Term value
    t = enter(p, args[0], INFO)
    if t == NULL:                        # OTP fixes the table to look for its binaries, and fails in that
        return AM_undefined if p.freason != TRAP_YIELD and p.fvalue == AM_id and args[1] != AM_binary else 0
    value = table_binaries(p, t) if args[1] == AM_binary else info_item(p, t, args[1])
    leave(t)
    return value if value != 0 or p.freason != 0 else badarg(p)


# ets:all/0 asks every scheduler for its tables; here one answer holds them all and the others are empty:
# as many messages {Ref, Tables} as there are schedulers.
cdef Term internal_request_all_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Room* room = ets_room(p.vm)
    cdef Term ref = ref_new(p.vm, proc_heap(p)), list_, copied, id
    cdef Table** found = NULL
    cdef Table* t
    cdef size_t n, i, room_for = 0
    cdef bint good = True
    cdef int scheduler
    cdef FragmentHeap fh
    cdef Term* m
    if ref == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    while True:
        en_spin_lock(&room.lock)
        n = room.count
        if n <= room_for:
            break                        # with the lock
        en_spin_unlock(&room.lock)
        room_for = n + n // 8 + 8
        free(found)
        found = <Table**>malloc(room_for * sizeof(Table*))
        if found == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
    n = 0
    t = room.tables
    while t != NULL:
        found[n] = t
        en_add64(&t.magic.refc, 1)
        n += 1
        t = t.next
    en_spin_unlock(&room.lock)
    charge(p, <int64_t>(n >> 3))
    for scheduler in range(p.vm.scheduler_count):
        fragment_heap_init(&fh)
        list_ = nil()
        if scheduler == 0:
            for i in range(n):
                m = heap_alloc(&fh.heap, 2)
                id = table_id(found[i], &fh.heap)
                list_ = cons(m, id, list_) if m != NULL and id != 0 and list_ != 0 else 0
        copied = term_copy(&fh.heap, ref, False)
        m = heap_alloc(&fh.heap, 3)
        if list_ == 0 or copied == 0 or m == NULL:
            fragments_free(fragment_heap_take(&fh))
            good = False
            break
        m[0] = make_header(T_TUPLE, 2)
        m[1] = copied
        m[2] = list_
        good = send_message_fragment(p.vm, p.id, p.id, make_boxed(m), fragment_heap_take(&fh)) and good
    for i in range(n):
        table_release(found[i])
    free(found)
    return ref if good else fail(p, EXC_SYSTEM_LIMIT)


cdef Term ets_super_user_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if args[0] == AM_true:
        p.flags |= PF_SUPER_USER
    elif args[0] == AM_false:
        p.flags &= ~<uint32_t>PF_SUPER_USER
    else:
        return badarg(p)
    return AM_ok


bif_register(b"ets", b"info", 1, info_1, 0)
bif_register(b"ets", b"info", 2, info_2, 0)
bif_register(b"ets", b"internal_request_all", 0, internal_request_all_0, 0)
bif_register(b"erts_internal", b"ets_super_user", 1, ets_super_user_1, 0)

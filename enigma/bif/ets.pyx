"""The natives of module `ets` that concern whole tables: made, owned, fixed, emptied and ended.

Read next: ets_access.pxd, ets/table.pxd.
"""
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport calloc
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.core cimport *
from enigma.code.module cimport bif_register
from enigma.memory.heap cimport FragmentHeap, fragment_heap_take
from enigma.process.signal cimport send_message_fragment
from enigma.process.lookup cimport magic_ref_new, process_alive, process_lock, process_unlock
from enigma.ets.bag cimport bag_backend, duplicate_bag_backend
from enigma.ets.hash cimport set_backend
from enigma.ets.ordered cimport ordered_backend
from enigma.ets.table cimport *
from enigma.ets.work cimport *
from enigma.bif.build cimport *
from enigma.bif.errors cimport *
from enigma.bif.ets_access cimport *

cdef enum:
    FEWEST_LOCKS = 64
    MOST_LOCKS = 32768

cdef Term atom_not_owner = atom_from_cstr(b"not_owner")
cdef Term atom_fixed_locks = atom_from_cstr(b"debug_hash_fixed_number_of_locks")


# --- making and ending ---------------------------------------------------------------------------------------
# {debug_hash_fixed_number_of_locks, N}, which OTP's tests use: the power of two up to N, 0 if it is none.
cdef uint32_t lock_count(Term option) noexcept nogil:
    cdef uint32_t n = FEWEST_LOCKS
    cdef Term* e
    if not term_is_tuple_of(option, 2):
        return 0
    e = tuple_elements(option)
    if e[0] != atom_fixed_locks or not term_is_small(e[1]) or not 1 <= small_value(e[1]) <= MOST_LOCKS:
        return 0
    while 2 * <int64_t>n <= small_value(e[1]):
        n *= 2
    return n


cdef const Backend* backend_of(uint32_t type_) noexcept nogil:
    if type_ == TABLE_ORDERED:
        return ordered_backend()
    if type_ == TABLE_BAG:
        return bag_backend()
    return duplicate_bag_backend() if type_ == TABLE_DUPLICATE_BAG else set_backend()


cdef Term new_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term options = args[1], o, ref
    cdef Term* e
    cdef Table* t
    cdef uint32_t type_ = TABLE_SET, protection = TABLE_PROTECTED, flags = 0, position = 1
    cdef Term heir = AM_none, heir_data = 0
    cdef uint32_t locks = 0              # as told to have for good
    cdef bint spread = False             # whether counters are decentralized if no option says
    cdef int spread_wanted = -1
    if not term_is_atom(args[0]):
        return badarg(p)
    while term_is_list(options):
        o = list_head(options)
        options = list_tail(options)
        if o == AM_set or o == AM_protected:
            pass                 # the defaults, which take nothing back
        elif o == AM_ordered_set:
            type_ = TABLE_ORDERED
            spread = True
        elif o == AM_bag:
            type_ = TABLE_BAG
        elif o == AM_duplicate_bag:
            type_ = TABLE_DUPLICATE_BAG
        elif o == AM_public:
            protection = TABLE_PUBLIC
        elif o == AM_private:
            protection = TABLE_PRIVATE
        elif o == AM_named_table:
            flags |= TABLE_NAMED
        elif o == AM_compressed:
            flags |= TABLE_COMPRESSED
        elif term_is_tuple_of(o, 2):
            e = tuple_elements(o)
            if e[0] == AM_keypos and term_is_small(e[1]) and 1 <= small_value(e[1]) < (1 << 24):
                position = <uint32_t>small_value(e[1])
            elif e[0] == AM_write_concurrency and (e[1] == AM_true or e[1] == AM_false or e[1] == AM_auto):
                flags &= ~<uint32_t>(TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO)
                if e[1] == AM_true:
                    flags |= TABLE_WRITE_CONCURRENCY
                    spread = spread and type_ == TABLE_ORDERED
                elif e[1] == AM_auto:
                    flags |= TABLE_WRITE_AUTO
                    spread = True
                locks = 0
            elif e[0] == AM_write_concurrency and lock_count(e[1]) != 0:
                locks = lock_count(e[1])
                flags = flags & ~<uint32_t>TABLE_WRITE_AUTO | TABLE_WRITE_CONCURRENCY
                spread = True
            elif e[0] == AM_read_concurrency and (e[1] == AM_true or e[1] == AM_false):
                flags = flags | TABLE_READ_CONCURRENCY if e[1] == AM_true else flags & ~<uint32_t>TABLE_READ_CONCURRENCY
            elif e[0] == AM_decentralized_counters and (e[1] == AM_true or e[1] == AM_false):
                spread_wanted = 1 if e[1] == AM_true else 0
            elif e[0] == AM_heir and e[1] == AM_none:
                heir = AM_none
            else:
                return badarg(p)
        elif term_is_tuple_of(o, 3) and tuple_elements(o)[0] == AM_heir \
                and term_is_local_pid(tuple_elements(o)[1]):
            heir = tuple_elements(o)[1]
            heir_data = tuple_elements(o)[2]
        else:
            return badarg(p)
    if not term_is_nil(options):
        return badarg(p)
    if locks and type_ == TABLE_ORDERED:
        return badarg(p)
    if protection == TABLE_PRIVATE:              # nobody to be concurrent with
        flags &= ~<uint32_t>(TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO | TABLE_READ_CONCURRENCY)
    elif p.vm.scheduler_count == 1:              # nor here, says OTP, but of writing only
        flags &= ~<uint32_t>(TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO)
    if flags & (TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO) and (spread if spread_wanted < 0 else spread_wanted == 1):
        flags |= TABLE_DECENTRALIZED
    if flags & (TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO) == 0:
        locks = 0
    t = <Table*>calloc(1, sizeof(Table))
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    t.magic.destructor = table_destroy
    t.magic.type = TYPE_TABLE
    t.vm = p.vm
    t.name = args[0]
    t.owner = p.id
    t.type = type_
    t.protection = protection
    t.flags = flags
    t.position = position
    t.locks = locks
    t.backend = backend_of(type_)
    if not t.backend.create(t) or not table_widen(t) or not heir_store(t, heir, heir_data):
        table_destroy(&t.magic)
        return fail(p, EXC_SYSTEM_LIMIT)
    ref = magic_ref_new(p.vm, proc_heap(p), t)     # numbers the table and counts the reference
    if ref == 0:
        table_destroy(&t.magic)
        return fail(p, EXC_SYSTEM_LIMIT)
    if not table_enter(p.vm, t):
        return badarg_cause(p, AM_already_exists)  # the reference, now garbage, frees the table
    return args[0] if flags & TABLE_NAMED else ref


# Keeps an heir and the data for it; the old data is freed. One that is dead already is none.
cdef bint heir_store(Table* t, Term heir, Term data) noexcept nogil:
    cdef Object* o = NULL
    cdef Process* p
    cdef Term one[2]
    if heir != AM_none:
        p = process_lock(t.vm, heir)
        if p != NULL:
            t.heir_started = p.start_time
            process_unlock(p)
        else:
            heir = AM_none
    if heir != AM_none:
        one[0] = make_header(T_TUPLE, 1)
        one[1] = data
        o = object_new(make_boxed(one))
        if o == NULL:
            return False
    if t.heir_data != NULL:
        object_free(t.heir_data)
    t.heir_data = o
    t.heir = heir
    return True


# The objects of a table that was emptied are freed in slices of the call: its first argument is the Burial between
# them, which no program gets hold of.
cdef Term free_slowly(Process* p, Term* args, Grave* g, Term result) noexcept nogil:
    cdef Burial* b = burial_new(p.vm, g)
    cdef Term ref
    if b == NULL:
        return result
    ref = magic_ref_new(p.vm, proc_heap(p), b)
    if ref == 0:
        b.magic.destructor(&b.magic)
        return result
    args[0] = ref
    return free_on(p, args, result)


cdef inline bint frees(Term t) noexcept nogil:
    return term_is_magic_ref(t) and magic_of(t).type == TYPE_BURIAL


cdef Term free_on(Process* p, Term* args, Term result) noexcept nogil:
    cdef bint done = burial_go_on(<Burial*>magic_of(args[0]))
    charge(p, WORK_SLICE >> 2)
    return result if done else yield_again(p)


cdef Term delete_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t
    cdef Grave* store
    if frees(args[0]):
        return free_on(p, args, AM_true)
    t = enter(p, args[0], WRITE)
    if t == NULL:
        return 0
    table_leave(t)
    store = table_empty(t)
    leave(t)
    table_release(t)             # the room's count
    return free_slowly(p, args, store, AM_true)


# internal_delete_all(Table, undefined): how many objects there were; the second argument keeps it.
cdef Term internal_delete_all_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t
    cdef Grave* store
    cdef Work* w = work_of(p, args[1], WORK_CLEAR)
    cdef Term ref, this
    if frees(args[0]):
        return free_on(p, args, args[1])
    if w != NULL and en_load32_acq(&w.done):
        args[1] = AM_undefined
        return work_result(p, w, make_small(w.count))
    t = enter(p, args[0], WRITE)
    if t == NULL:
        return 0
    if w != NULL:                        # others have brought it to its end just now
        leave(t)
        return yield_again(p)
    if t.fixations != NULL and t.backend.marks:      # the objects keep their places
        this = table_reference(p, t)     # whatever its name names meanwhile
        ref = work_begun(p, t, WORK_CLEAR, &w) if this != 0 else 0
        if ref != 0:
            args[0] = this
            args[1] = ref
            charge(p, work_go_on(t) >> 2)
        leave(t)
        return yield_again(p) if ref != 0 else 0
    args[1] = make_small(<int64_t>t.size)
    store = table_empty(t)
    leave(t)
    return free_slowly(p, args, store, args[1]) if store != NULL else fail(p, EXC_SYSTEM_LIMIT)


cdef Term rename_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], WRITE)
    if t == NULL:
        return 0
    if not term_is_atom(args[1]):
        leave(t)
        return badarg(p)
    if t.name == args[1] and t.flags & TABLE_NAMED or not table_rename(t, args[1]):
        leave(t)
        return badarg(p)
    leave(t)
    return args[1] if term_is_atom(args[0]) else args[0]


cdef Term whereis_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t
    cdef Term ref
    if not term_is_atom(args[0]):
        return badarg(p)
    t = table_get(p.vm, args[0])
    if t == NULL:
        return AM_undefined
    ref = table_reference(p, t)
    table_release(t)
    return ref


cdef Term give_away_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t
    cdef Term one[2]
    cdef Object* data
    cdef Term message
    cdef FragmentHeap fh
    cdef bint owner
    t = enter(p, args[0], WRITE)
    if t == NULL:
        return 0
    if not term_is_local_pid(args[1]) or not process_alive(p.vm, args[1]):
        leave(t)
        return badarg(p)
    owner = t.owner == p.id
    if not owner or args[1] == p.id:
        leave(t)
        return badarg_cause(p, AM_owner if owner else atom_not_owner)
    one[0] = make_header(T_TUPLE, 1)
    one[1] = args[2]
    data = object_new(make_boxed(one))
    message = transfer_message(t, p.id, data, &fh) if data != NULL else 0
    if data != NULL:
        object_free(data)
    if message == 0:
        leave(t)
        return fail(p, EXC_SYSTEM_LIMIT)
    table_owner_set(t, args[1])
    leave(t)
    send_message_fragment(p.vm, p.id, args[1], message, fragment_heap_take(&fh))
    if not process_alive(p.vm, args[1]):
        ets_pid_gone(p.vm, args[1])
    return AM_true


# Takes one option, {heir, none}, {heir, Pid, Data} or {protection, P}, each of which may be given once.
cdef bint read_option(Term o, Term* heir, Term* heir_data, int* protection) noexcept nogil:
    cdef Term* e
    if not term_is_tuple(o) or not 2 <= tuple_arity(o) <= 3:
        return False
    e = tuple_elements(o)
    if e[0] == AM_heir and heir[0] == 0:
        heir[0] = e[1]
        heir_data[0] = e[2] if tuple_arity(o) == 3 else 0
        return term_is_local_pid(e[1]) if tuple_arity(o) == 3 else e[1] == AM_none
    if e[0] != AM_protection or tuple_arity(o) != 2 or protection[0] >= 0:
        return False
    if e[1] == AM_public:
        protection[0] = TABLE_PUBLIC
    elif e[1] == AM_protected:
        protection[0] = TABLE_PROTECTED
    elif e[1] == AM_private:
        protection[0] = TABLE_PRIVATE
    return protection[0] >= 0


cdef Term setopts_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], WRITE)
    cdef Term options = args[1], heir = 0, heir_data = 0
    cdef int protection = -1
    cdef bint good = True
    if t == NULL:
        return 0
    if term_is_tuple(options):
        good = read_option(options, &heir, &heir_data, &protection)
    else:
        while good and term_is_list(options):
            good = read_option(list_head(options), &heir, &heir_data, &protection)
            options = list_tail(options)
        good = good and term_is_nil(options)
    if not good or t.owner != p.id:
        leave(t)
        return badarg(p)
    if heir and not heir_store(t, heir, heir_data):
        leave(t)
        return fail(p, EXC_SYSTEM_LIMIT)
    if protection >= 0:
        t.protection = <uint32_t>protection
    leave(t)
    return AM_true


# Releasing the last fixation frees what was removed meanwhile: between slices of that the second argument says so.
cdef Term safe_fixtable_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t
    cdef Term mark
    cdef bint good
    if sweeps(args[1]):
        return yield_again(p) if sweep_on(p, args[0]) else AM_true
    t = enter(p, args[0], FIX)
    if t == NULL:
        return 0
    if args[1] != AM_true and args[1] != AM_false:
        leave(t)
        return badarg(p)
    if args[1] == AM_true:
        good = table_fix(t, p.id)
        leave(t)
        return AM_true if good else fail(p, EXC_SYSTEM_LIMIT)
    table_unfix(t, p.id, False)
    mark = sweep_mark(p, t)
    leave(t)
    if mark == 0:
        return AM_true
    args[1] = mark
    return yield_again(p)


bif_register(b"ets", b"new", 2, new_2, 0)
bif_register(b"ets", b"delete", 1, delete_1, 0)
bif_register(b"ets", b"internal_delete_all", 2, internal_delete_all_2, 0)
bif_register(b"ets", b"give_away", 3, give_away_3, 0)
bif_register(b"ets", b"rename", 2, rename_2, 0)
bif_register(b"ets", b"safe_fixtable", 2, safe_fixtable_2, 0)
bif_register(b"ets", b"setopts", 2, setopts_2, 0)
bif_register(b"ets", b"whereis", 1, whereis_1, 0)

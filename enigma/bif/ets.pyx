"""The natives of module `ets`.

Each takes a table with `enter` (which checks rights and locks it) and gives it back with `leave`. What is
returned was copied to the caller's heap before the lock was let go. Scans run in slices: after SLICE objects
they store their place in their own argument, fix the table and yield.

Read next: ets/table.pxd, match/spec.pxd.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.compare cimport term_compare, term_equal, term_identical
from enigma.term.core cimport *
from enigma.term.number cimport integer_from_i64, integer_from_u64, number_add
from enigma.term.external cimport node_local
from enigma.term.text cimport TextBuffer, text_free, text_init
from enigma.memory.heap cimport term_copy
from enigma.code.module cimport bif_register
from enigma.match.spec cimport *
from enigma.process.lifecycle cimport magic_ref_new, process_alive, ref_new
from enigma.process.signal cimport send_message_fragment
from enigma.memory.heap cimport FragmentHeap, fragment_heap_init, fragment_heap_take
from enigma.ets.hash cimport hash_backend
from enigma.ets.ordered cimport ordered_backend, ordered_height
from enigma.ets.figures cimport table_words
from enigma.ets.table cimport *
from enigma.trace.act cimport trace_act
from enigma.bif.build cimport *
from enigma.process.settings cimport VMSettings
from enigma.bif.errors cimport *

cdef enum:
    SLICE = 1000             # objects looked at before a scan yields
    TYPE_PROGRAM = 0x6d736370    # 'mscp': a compiled match specification behind a reference
    # what a call wants of a table
    READ = 0
    WRITE = 1
    INFO = 2                 # allowed to everybody
    FIX = 3                  # as READ, locked for writing

cdef Term atom_not_owner = atom_from_cstr(b"not_owner")
cdef Term atom_table_type = atom_from_cstr(b"table_type")


# --- access ---------------------------------------------------------------------------------------------
# Sets badarg for an identifier that names no table: gone (`id`), or nothing that could name one (`type`).
cdef Term no_table(Process* p, Term id) noexcept nogil:
    if term_is_atom(id) or (term_is_magic_ref(id) and magic_of(id).type == TYPE_TABLE):
        return badarg_cause(p, AM_id)
    return badarg_cause(p, AM_type)


# The table, locked as `wanted` says; NULL with badarg set.
cdef Table* enter(Process* p, Term id, int wanted) noexcept nogil:
    cdef Table* t = table_get(p.vm, id)
    if t == NULL:
        no_table(p, id)
        return NULL
    if wanted == READ or wanted == INFO:
        pthread_rwlock_rdlock(&t.lock)
    else:
        pthread_rwlock_wrlock(&t.lock)
    if t.dead:
        leave(t)
        badarg_cause(p, AM_id)
        return NULL
    if t.owner != p.id and not p.flags & PF_SUPER_USER and (
            (wanted == READ or wanted == FIX) and t.protection == TABLE_PRIVATE
            or wanted == WRITE and t.protection != TABLE_PUBLIC):
        leave(t)
        badarg_cause(p, AM_access)
        return NULL
    return t


cdef void leave(Table* t) noexcept nogil:
    pthread_rwlock_unlock(&t.lock)
    table_release(t)


cdef inline uint32_t height_for(Table* t) noexcept nogil:
    return ordered_height(t) if t.type == TABLE_ORDERED else 0


# Every object of a key, as lookup returns them; 0: no memory.
cdef Term objects_of(Process* p, Table* t, Term key) noexcept nogil:
    cdef Term list_ = nil(), copied
    cdef Term* cell
    cdef Object* o = t.backend.find(t, key)
    while o != NULL:
        copied = object_copy(proc_heap(p), o)
        cell = proc_alloc(p, 2)
        if copied == 0 or cell == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        list_ = cons(cell, copied, list_)
        o = t.backend.same_key(t, o)
    return list_


# --- making and ending ---------------------------------------------------------------------------------------
cdef Term new_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term options = args[1], o, ref
    cdef Term* e
    cdef Table* t
    cdef uint32_t type_ = TABLE_SET, protection = TABLE_PROTECTED, flags = 0, position = 1
    cdef Term heir = AM_none, heir_data = 0
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
    if protection == TABLE_PRIVATE:              # nobody to be concurrent with
        flags &= ~<uint32_t>(TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO | TABLE_READ_CONCURRENCY)
    if flags & (TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO) and (spread if spread_wanted < 0 else spread_wanted == 1):
        flags |= TABLE_DECENTRALIZED
    t = <Table*>calloc(1, sizeof(Table))
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    t.magic.destructor = table_destroy
    t.magic.type = TYPE_TABLE
    t.vm = p.vm
    t.name = args[0]
    t.owner = p.id
    t.heir = heir
    t.type = type_
    t.protection = protection
    t.flags = flags
    t.position = position
    t.backend = ordered_backend() if type_ == TABLE_ORDERED else hash_backend(type_)
    pthread_rwlock_init(&t.lock, NULL)
    if not t.backend.create(t) or not heir_store(t, heir, heir_data):
        t.backend.destroy(t)
        free(t)
        return fail(p, EXC_SYSTEM_LIMIT)
    ref = magic_ref_new(p.vm, proc_heap(p), t)     # numbers the table and counts the reference
    if ref == 0:
        t.backend.destroy(t)
        free(t)
        return fail(p, EXC_SYSTEM_LIMIT)
    if not table_enter(p.vm, t):
        return badarg_cause(p, AM_already_exists)  # the reference, now garbage, frees the table
    return args[0] if flags & TABLE_NAMED else ref


# Keeps the data for an heir; the old data is freed.
cdef bint heir_store(Table* t, Term heir, Term data) noexcept nogil:
    cdef Object* o = NULL
    cdef Term one[2]
    if heir != AM_none:
        one[0] = make_header(T_TUPLE, 1)
        one[1] = data
        o = object_new(make_boxed(one), 0)
        if o == NULL:
            return False
    if t.heir_data != NULL:
        object_free(t.heir_data)
    t.heir_data = o
    t.heir = heir
    return True


cdef Term delete_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], WRITE)
    if t == NULL:
        return 0
    charge(p, <int64_t>(t.size >> 3))
    table_leave(t)
    table_release(t)             # the room's count
    leave(t)
    return AM_true


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


cdef Term give_away_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t
    cdef Term one[2]
    cdef Object* data
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
    data = object_new(make_boxed(one), 0)
    if data == NULL:
        leave(t)
        return fail(p, EXC_SYSTEM_LIMIT)
    t.owner = args[1]
    transfer_message(t, p.id, args[1], data)
    object_free(data)
    leave(t)
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


cdef Term safe_fixtable_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], FIX)
    if t == NULL:
        return 0
    if args[1] != AM_true and args[1] != AM_false:
        leave(t)
        return badarg(p)
    if args[1] == AM_true:
        table_fix(t, p.id)
    else:
        table_unfix(t, p.id, False)
    leave(t)
    return AM_true


# --- insert, lookup, delete --------------------------------------------------------------------------------------
cdef inline bint storable(Table* t, Term o) noexcept nogil:
    return term_is_tuple(o) and tuple_arity(o) >= t.position


cdef bint store(Process* p, Table* t, Term tuple_) noexcept nogil:
    cdef Object* o = object_new(tuple_, height_for(t))
    if o == NULL or not t.backend.insert(t, o):
        if o != NULL:
            object_free(o)
        fail(p, EXC_SYSTEM_LIMIT)
        return False
    return True


cdef Term insert_any(Process* p, Term* args, bint only_new) noexcept nogil:
    cdef Table* t = enter(p, args[0], WRITE)
    cdef Term list_ = args[1], result = AM_true
    cdef int64_t n = 1
    if t == NULL:
        return 0
    if term_is_list(list_):
        n = 0
        while term_is_list(list_):
            if not storable(t, list_head(list_)):
                leave(t)
                return badarg(p)
            n += 1
            list_ = list_tail(list_)
        if not term_is_nil(list_):
            leave(t)
            return badarg(p)
        list_ = args[1]
        while only_new and result == AM_true and term_is_list(list_):
            if t.backend.find(t, tuple_elements(list_head(list_))[t.position - 1]) != NULL:
                result = AM_false
            list_ = list_tail(list_)
        list_ = args[1]
        if t.type == TABLE_BAG and n > 1 and (<VMSettings*>p.vm.runtime).release_number < 27:
            list_ = reversed_list(p, list_)      # once a list entered a bag with its last object first
            if list_ == 0:
                result = 0
        while result == AM_true and term_is_list(list_):
            if not store(p, t, list_head(list_)):
                result = 0
            list_ = list_tail(list_)
    elif not term_is_nil(list_):
        if not storable(t, list_):
            leave(t)
            return badarg(p)
        if only_new and t.backend.find(t, tuple_elements(list_)[t.position - 1]) != NULL:
            result = AM_false
        elif not store(p, t, list_):
            result = 0
    charge(p, n)
    leave(t)
    return result


cdef Term insert_2(void* proc, Term* args) noexcept nogil:
    return insert_any(<Process*>proc, args, False)


cdef Term insert_new_2(void* proc, Term* args) noexcept nogil:
    return insert_any(<Process*>proc, args, True)


cdef Term lookup_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], READ)
    cdef Term result
    if t == NULL:
        return 0
    result = objects_of(p, t, args[1])
    leave(t)
    return result


cdef Term member_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], READ)
    cdef bint found
    if t == NULL:
        return 0
    found = t.backend.find(t, args[1]) != NULL
    leave(t)
    return AM_true if found else AM_false


cdef Term lookup_element_3(void* proc, Term* args) noexcept nogil:
    return element_of(<Process*>proc, args, 0)


cdef Term lookup_element_4(void* proc, Term* args) noexcept nogil:
    return element_of(<Process*>proc, args, args[3])


cdef Term element_of(Process* p, Term* args, Term default) noexcept nogil:
    cdef Table* t = enter(p, args[0], READ)
    cdef Object* o
    cdef Term result, copied
    cdef Term* cell
    cdef int64_t position
    if t == NULL:
        return 0
    if not term_is_small(args[2]) or small_value(args[2]) < 1:
        leave(t)
        return badarg(p)
    position = small_value(args[2])
    o = t.backend.find(t, args[1])
    if o == NULL:
        leave(t)
        return default if default else badarg_cause(p, AM_badkey)
    if t.type == TABLE_SET or t.type == TABLE_ORDERED:
        if <int64_t>tuple_arity(o.tuple) < position:
            leave(t)
            return badarg(p)
        result = term_copy(proc_heap(p), tuple_elements(o.tuple)[position - 1], False)
        leave(t)
        return result if result else fail(p, EXC_SYSTEM_LIMIT)
    result = nil()
    while o != NULL:
        if <int64_t>tuple_arity(o.tuple) < position:
            leave(t)
            return badarg(p)
        copied = term_copy(proc_heap(p), tuple_elements(o.tuple)[position - 1], False)
        cell = proc_alloc(p, 2)
        if copied == 0 or cell == NULL:
            leave(t)
            return fail(p, EXC_SYSTEM_LIMIT)
        result = cons(cell, copied, result)
        o = t.backend.same_key(t, o)
    leave(t)
    return result


cdef void remove_key(Table* t, Term key) noexcept nogil:
    cdef Object* o = t.backend.find(t, key)
    cdef Object* following
    while o != NULL:
        following = t.backend.same_key(t, o)
        t.backend.remove(t, o)
        o = following


cdef Term delete_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], WRITE)
    if t == NULL:
        return 0
    remove_key(t, args[1])
    leave(t)
    return AM_true


cdef Term delete_object_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], WRITE)
    cdef Object* o
    cdef Object* following
    if t == NULL:
        return 0
    if not storable(t, args[1]):
        leave(t)
        return badarg(p)
    o = t.backend.find(t, tuple_elements(args[1])[t.position - 1])
    while o != NULL:
        following = t.backend.same_key(t, o)
        if term_identical(o.tuple, args[1]):
            t.backend.remove(t, o)
        o = following
    leave(t)
    return AM_true


cdef Term take_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], WRITE)
    cdef Term result
    if t == NULL:
        return 0
    result = objects_of(p, t, args[1])
    if result:
        remove_key(t, args[1])
    leave(t)
    return result


cdef Term internal_delete_all_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], WRITE)
    cdef int64_t n
    if t == NULL:
        return 0
    n = <int64_t>t.size
    t.backend.clear(t)
    charge(p, n >> 3)
    leave(t)
    return make_small(n)


# --- counters and elements ------------------------------------------------------------------------------------------
# One {Position, Increment} or {Position, Increment, Threshold, Set}; False: badarg.
cdef bint counter_operation(Term op, int64_t* position, Term* by, Term* limit, Term* set_to) noexcept nogil:
    cdef Term* e
    limit[0] = 0
    if term_is_tuple_of(op, 2) or term_is_tuple_of(op, 4):
        e = tuple_elements(op)
        if not term_is_small(e[0]) or not term_is_integer(e[1]):
            return False
        position[0] = small_value(e[0])
        by[0] = e[1]
        if tuple_arity(op) == 4:
            if not term_is_integer(e[2]) or not term_is_integer(e[3]):
                return False
            limit[0] = e[2]
            set_to[0] = e[3]
        return True
    return False


cdef Term counter_step(Process* p, Term value, Term by, Term limit, Term set_to) noexcept nogil:
    cdef Term reason = 0, result = number_add(proc_heap(p), value, by, &reason)
    if result == 0:
        return fail_reason(p, reason)
    if limit:
        if term_compare(by, make_small(0)) < 0:
            if term_compare(result, limit) < 0:
                return set_to
        elif term_compare(result, limit) > 0:
            return set_to
    return result


cdef Term update_counter(Process* p, Term* args, Term default) noexcept nogil:
    cdef Table* t
    cdef Object* o
    cdef Term ops = args[2], single[2]
    cdef Term one_op[3]
    cdef Term list_, results = nil(), value, by, limit, set_to = 0
    cdef Term tuple_
    cdef Term* work
    cdef Term* cell
    cdef int64_t position
    cdef word n
    cdef Term cause
    cdef bint many = False, good
    if term_is_integer(ops):                     # an increment of the element behind the key
        one_op[0] = make_header(T_TUPLE, 2)
        one_op[1] = make_small(0)                # the position is known once the table is
        one_op[2] = ops
        single[0] = make_boxed(one_op)
        single[1] = nil()
        list_ = make_list(single)
    elif term_is_tuple(ops):
        single[0] = ops
        single[1] = nil()
        list_ = make_list(single)
    elif term_is_list(ops) or term_is_nil(ops):
        list_ = ops
        many = True
    else:
        list_ = 0
    t = enter(p, args[0], WRITE)
    if t == NULL:
        return 0
    if default and not term_is_tuple(default):
        leave(t)
        return badarg(p)
    if t.type != TABLE_SET and t.type != TABLE_ORDERED:
        leave(t)
        return badarg_cause(p, atom_table_type)
    if term_is_integer(ops):
        one_op[1] = make_small(t.position + 1)
    o = t.backend.find(t, args[1])
    if o == NULL and not default:
        leave(t)
        return badarg_cause(p, AM_badkey)
    if list_ == 0 or (o == NULL and not storable(t, default)):
        leave(t)
        return badarg(p)
    tuple_ = o.tuple if o != NULL else default
    n = tuple_arity(tuple_)
    # a copy of the tuple on the caller's heap takes the changes; the elements still lie in the table
    work = proc_alloc(p, n + 1)
    if work == NULL:
        leave(t)
        return fail(p, EXC_SYSTEM_LIMIT)
    work[0] = make_header(T_TUPLE, n)
    for position in range(<int64_t>n):
        work[position + 1] = tuple_elements(tuple_)[position]
    if o == NULL:
        work[t.position] = args[1]
    while term_is_list(list_):
        cause = 0
        good = counter_operation(list_head(list_), &position, &by, &limit, &set_to)
        if good and (position == t.position or not 1 <= position <= <int64_t>n):
            good = False
            cause = AM_keypos if position == t.position else AM_position
        if not good or not term_is_integer(work[position]):
            clear_words(work, n)
            leave(t)
            return badarg_cause(p, cause) if cause else badarg(p)
        value = counter_step(p, work[position], by, limit, set_to)
        cell = proc_alloc(p, 2)
        if value == 0 or cell == NULL:
            clear_words(work, n)
            leave(t)
            return 0 if value == 0 else fail(p, EXC_SYSTEM_LIMIT)
        work[position] = value
        results = cons(cell, value, results)
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        clear_words(work, n)
        leave(t)
        return badarg(p)
    if o != NULL and o.off_heap == NULL and same_but_smalls(o.tuple, work, n):
        for position in range(1, <int64_t>n + 1):
            boxed_ptr(o.tuple)[position] = work[position]
    elif not store(p, t, make_boxed(work)):
        clear_words(work, n)
        leave(t)
        return 0
    clear_words(work, n)
    # results that were taken from the table before this call have been copied by number_add or are the caller's
    leave(t)
    if many:
        return reversed_list(p, results)
    return list_head(results)


# The work tuple stays behind as garbage: it must not point into the table.
cdef void clear_words(Term* work, word n) noexcept nogil:
    cdef word i
    for i in range(1, n + 1):
        work[i] = nil()


cdef bint same_but_smalls(Term tuple_, Term* work, word n) noexcept nogil:
    cdef word i
    for i in range(1, n + 1):
        if boxed_ptr(tuple_)[i] != work[i] and not (term_is_small(work[i]) and term_is_small(boxed_ptr(tuple_)[i])):
            return False
    return True


cdef Term reversed_list(Process* p, Term list_) noexcept nogil:
    cdef Term result = nil()
    while term_is_list(list_):
        result = prepend(p, list_head(list_), result)
        list_ = list_tail(list_)
    return result


cdef Term update_counter_3(void* proc, Term* args) noexcept nogil:
    return update_counter(<Process*>proc, args, 0)


cdef Term update_counter_4(void* proc, Term* args) noexcept nogil:
    return update_counter(<Process*>proc, args, args[3])


cdef Term update_element_3(void* proc, Term* args) noexcept nogil:
    return update_element(<Process*>proc, args, 0)


cdef Term update_element_4(void* proc, Term* args) noexcept nogil:
    return update_element(<Process*>proc, args, args[3])


# `default` takes the place of an object that is not there; 0: none.
cdef Term update_element(Process* p, Term* args, Term default) noexcept nogil:
    cdef Table* t
    cdef Object* o
    cdef Term tuple_
    cdef Term list_ = args[2], single[2]
    cdef Term op
    cdef Term* work
    cdef word n, i
    cdef int64_t position
    cdef bint good = True
    cdef Term cause = 0
    if term_is_tuple(list_):
        single[0] = list_
        single[1] = nil()
        list_ = make_list(single)
    t = enter(p, args[0], WRITE)
    if t == NULL:
        return 0
    if t.type != TABLE_SET and t.type != TABLE_ORDERED:
        leave(t)
        return badarg(p)
    if default != 0 and not storable(t, default):
        leave(t)
        return badarg_cause(p, AM_default)
    o = t.backend.find(t, args[1])
    if o == NULL and default == 0:
        leave(t)
        return AM_false
    tuple_ = o.tuple if o != NULL else default
    n = tuple_arity(tuple_)
    work = proc_alloc(p, n + 1)
    if work == NULL:
        leave(t)
        return fail(p, EXC_SYSTEM_LIMIT)
    work[0] = make_header(T_TUPLE, n)
    for i in range(n):
        work[i + 1] = tuple_elements(tuple_)[i]
    if o == NULL:
        work[t.position] = args[1]
    while good and term_is_list(list_):
        op = list_head(list_)
        good = term_is_tuple_of(op, 2) and term_is_small(tuple_elements(op)[0])
        if good:
            position = small_value(tuple_elements(op)[0])
            if position == t.position:
                cause = AM_keypos
            elif not 1 <= position <= <int64_t>n and (<VMSettings*>p.vm.runtime).release_number >= 26:
                cause = AM_position
            good = cause == 0 and 1 <= position <= <int64_t>n
            if good:
                work[position] = tuple_elements(op)[1]
        list_ = list_tail(list_)
    good = good and term_is_nil(list_)
    if good and not store(p, t, make_boxed(work)):
        clear_words(work, n)
        leave(t)
        return 0
    clear_words(work, n)
    leave(t)
    if not good:
        return badarg_cause(p, cause) if cause else badarg(p)
    return AM_true


# --- walking by key ---------------------------------------------------------------------------------------------------
cdef Term key_of(Process* p, Table* t, Object* o) noexcept nogil:
    cdef Term result = AM_end_of_table
    if o != NULL:
        result = term_copy(proc_heap(p), object_key(t, o), False)
    leave(t)
    return result if result else fail(p, EXC_SYSTEM_LIMIT)


# The same with the key's objects: {Key, [Object]}.
cdef Term objects_at(Process* p, Table* t, Object* o) noexcept nogil:
    cdef Term key, objects
    cdef Term* to
    if o == NULL:
        leave(t)
        return AM_end_of_table
    objects = objects_of(p, t, object_key(t, o))
    key = term_copy(proc_heap(p), object_key(t, o), False)
    leave(t)
    to = proc_alloc(p, 3)
    if objects == 0 or key == 0 or to == NULL:
        return 0 if objects == 0 else fail(p, EXC_SYSTEM_LIMIT)
    to[0] = make_header(T_TUPLE, 2)
    to[1] = key
    to[2] = objects
    return make_boxed(to)


cdef Term first_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], READ)
    return key_of(p, t, t.backend.first(t)) if t != NULL else 0


cdef Term last_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], READ)
    return key_of(p, t, t.backend.last(t)) if t != NULL else 0


cdef Term first_lookup_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], READ)
    return objects_at(p, t, t.backend.first(t)) if t != NULL else 0


cdef Term last_lookup_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], READ)
    return objects_at(p, t, t.backend.last(t)) if t != NULL else 0


cdef Term step(Process* p, Term* args, bint backwards, bint objects) noexcept nogil:
    cdef Table* t = enter(p, args[0], READ)
    cdef bint known = True
    cdef Object* o
    if t == NULL:
        return 0
    o = t.backend.previous_key(t, args[1], &known) if backwards else t.backend.next_key(t, args[1], &known)
    if not known:
        leave(t)
        return badarg(p)
    return objects_at(p, t, o) if objects else key_of(p, t, o)


cdef Term next_2(void* proc, Term* args) noexcept nogil:
    return step(<Process*>proc, args, False, False)


cdef Term prev_2(void* proc, Term* args) noexcept nogil:
    return step(<Process*>proc, args, True, False)


cdef Term next_lookup_2(void* proc, Term* args) noexcept nogil:
    return step(<Process*>proc, args, False, True)


cdef Term prev_lookup_2(void* proc, Term* args) noexcept nogil:
    return step(<Process*>proc, args, True, True)


cdef Term slot_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t
    cdef Object* o
    cdef bint beyond = False
    cdef Term list_ = nil()
    t = enter(p, args[0], READ)
    if t == NULL:
        return 0
    if not term_is_small(args[1]) or small_value(args[1]) < 0:
        leave(t)
        return badarg(p)
    o = t.backend.slot(t, <size_t>small_value(args[1]), &beyond)
    if beyond:
        leave(t)
        return AM_end_of_table if t.type == TABLE_ORDERED and small_value(args[1]) == <int64_t>t.size \
            or t.type != TABLE_ORDERED else badarg(p)
    while o != NULL and list_ != 0:
        list_ = prepend(p, object_copy(proc_heap(p), o), list_)
        o = t.backend.slot_next(t, o)
    leave(t)
    return list_ if list_ else fail(p, EXC_SYSTEM_LIMIT)


# --- scans: select, match, match_object and their kin ---------------------------------------------------------------------
cdef enum:
    MODE_SELECT = 0
    MODE_COUNT = 1
    MODE_DELETE = 2
    MODE_REPLACE = 3

# A compiled specification behind a reference: in continuations and from match_spec_compile.
cdef struct Program:
    Magic magic              # must be first
    MatchProgram* code
    Term sliced              # the pid of a process that will go on with a scan between slices; 0: none


cdef void program_destroy(Magic* m) noexcept nogil:
    match_free((<Program*>m).code)
    free(m)


cdef Term program_reference(Process* p, MatchProgram* code) noexcept nogil:    # takes the code
    cdef Program* program = <Program*>calloc(1, sizeof(Program))
    cdef Term ref
    if program == NULL:
        match_free(code)
        return fail(p, EXC_SYSTEM_LIMIT)
    program.magic.destructor = program_destroy
    program.magic.type = TYPE_PROGRAM
    program.code = code
    ref = magic_ref_new(p.vm, proc_heap(p), program)
    if ref == 0:
        program_destroy(&program.magic)
        return fail(p, EXC_SYSTEM_LIMIT)
    return ref


cdef inline Program* program_of(Term t) noexcept nogil:
    if term_is_magic_ref(t) and magic_of(t).type == TYPE_PROGRAM:
        return <Program*>magic_of(t)
    return NULL


# A scan's state between slices and between calls, as a tuple that programs carry around:
#   hash     {Table, Slot, Chunk, Program, Results, Count}
#   ordered  {Table, LastKey, [], Chunk, Program, Results, Reverse, Count}
# Slot is the first bucket not looked at, LastKey the last key that was. Chunk is 0 for a scan without limit.
cdef struct Scan:
    Table* table
    MatchProgram* code
    Term id, program, results, last
    int64_t chunk, count
    bint reverse, started
    size_t slot


cdef Term scan_tuple(Process* p, Scan* s) noexcept nogil:
    cdef Term* to
    if s.table.type == TABLE_ORDERED:
        to = proc_alloc(p, 9)
        if to == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        to[0] = make_header(T_TUPLE, 8)
        to[1] = s.id
        to[2] = s.last
        to[3] = nil()
        to[4] = make_small(s.chunk)
        to[5] = s.program
        to[6] = s.results
        to[7] = make_small(1 if s.reverse else 0)
        to[8] = make_small(s.count)
    else:
        to = proc_alloc(p, 7)
        if to == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        to[0] = make_header(T_TUPLE, 6)
        to[1] = s.id
        to[2] = make_small(<int64_t>s.slot)
        to[3] = make_small(s.chunk)
        to[4] = s.program
        to[5] = s.results
        to[6] = make_small(s.count)
    return make_boxed(to)


cdef bint scan_from_tuple(Term t, Scan* s) noexcept nogil:
    cdef Term* e
    cdef int64_t n
    if term_is_tuple_of(t, 8):
        e = tuple_elements(t)
        if not (term_is_small(e[3]) and term_is_small(e[6]) and term_is_small(e[7])) or program_of(e[4]) == NULL:
            return False
        s.id = e[0]
        s.last = e[1]
        s.slot = 0
        s.chunk = small_value(e[3])
        s.program = e[4]
        s.results = e[5]
        s.reverse = e[6] != make_small(0)
        s.count = small_value(e[7])
        s.started = True
    elif term_is_tuple_of(t, 6):
        e = tuple_elements(t)
        if not (term_is_small(e[1]) and term_is_small(e[2]) and term_is_small(e[5])) or program_of(e[3]) == NULL \
                or small_value(e[1]) < -1:
            return False
        s.id = e[0]
        s.last = AM_end_of_table
        s.slot = <size_t>small_value(e[1])
        s.started = s.slot > 0
        s.chunk = small_value(e[2])
        s.program = e[3]
        s.results = e[4]
        s.count = small_value(e[5])
        s.reverse = False
    else:
        return False
    s.code = program_of(s.program).code
    t = s.results                # of a chunk, what it left over; it came from a program and may be anything
    n = s.count if s.chunk > 0 else 0
    while n > 0 and term_is_list(t):
        t = list_tail(t)
        n -= 1
    return s.chunk >= 0 and n == 0


# Is the tuple the state that this process left between two slices, and not one that the program got hold of?
cdef bint scan_resume(Process* p, Term t, Scan* s) noexcept nogil:
    cdef Program* program
    if not (term_is_tuple_of(t, 6) or term_is_tuple_of(t, 8)) or not scan_from_tuple(t, s):
        return False
    program = program_of(s.program)
    if program.sliced != p.id:
        return False
    program.sliced = 0
    return True


# Applies the program to one object; the value of the body if it matched, else 0. Sets *failed.
cdef inline Term apply_program(Process* p, Scan* s, Object* o, bint* failed) noexcept nogil:
    return match_run(s.code, p, o.tuple, failed)


# What a match means in this mode. False: an exception is set.
cdef bint take_match(Process* p, Scan* s, Object* o, Term value, int mode) noexcept nogil:
    cdef Term copied
    cdef Term* cell
    cdef Object* replacement
    cdef Table* t = s.table
    if mode == MODE_SELECT:
        copied = term_copy(proc_heap(p), value, False)
        cell = proc_alloc(p, 2)
        if copied == 0 or cell == NULL:
            fail(p, EXC_SYSTEM_LIMIT)
            return False
        s.results = cons(cell, copied, s.results)
        s.count += 1
    elif value == AM_true or mode == MODE_REPLACE:
        if mode == MODE_DELETE:
            t.backend.remove(t, o)
        elif mode == MODE_REPLACE:
            if not storable(t, value) or not (
                    term_equal(tuple_elements(value)[t.position - 1], object_key(t, o)) if t.type == TABLE_ORDERED
                    else term_identical(tuple_elements(value)[t.position - 1], object_key(t, o))):
                badarg(p)
                return False
            replacement = object_new(value, height_for(t))
            if replacement == NULL:
                fail(p, EXC_SYSTEM_LIMIT)
                return False
            if t.type == TABLE_BAG or t.type == TABLE_DUPLICATE_BAG:
                t.backend.remove(t, o)
            t.backend.insert(t, replacement)
        s.count += 1
    return True


cdef size_t NO_SLOT = <size_t>-1     # behind the last bucket; -1 in a continuation
cdef enum:
    SCAN_END = 0             # the table is exhausted
    SCAN_FULL = 1            # `chunk` results are there
    SCAN_SLICE = 2           # a slice is done
    SCAN_ERROR = 3


# Runs one slice over the locked table.
cdef int scan_slice(Process* p, Scan* s, int mode) noexcept nogil:
    cdef Table* t = s.table
    cdef Cursor c
    cdef Object* o
    cdef Object* following
    cdef Term value, key
    cdef int64_t looked = 0
    cdef bint failed = False, ordered = t.type == TABLE_ORDERED, known
    cdef size_t bucket
    key = match_constant(s.code, t.position)
    if s.chunk > 0 and s.count >= s.chunk:       # what the last chunk left over is enough
        return SCAN_END if s.slot == NO_SLOT else SCAN_FULL
    if key != 0 and not s.started:
        # only one key can match
        o = t.backend.find(t, key)
        while o != NULL:
            following = t.backend.same_key(t, o)
            value = apply_program(p, s, o, &failed)
            if failed:
                fail(p, EXC_SYSTEM_LIMIT)
                return SCAN_ERROR
            if value and not take_match(p, s, o, value, mode):
                return SCAN_ERROR
            o = following
        s.slot = NO_SLOT
        return SCAN_END
    c.slot = s.slot
    c.object = NULL
    c.reverse = s.reverse
    if ordered:
        if s.started:
            o = t.backend.previous_key(t, s.last, &known) if s.reverse else t.backend.next_key(t, s.last, &known)
            c.object = o
            c.slot = 1
        else:
            o = t.backend.scan(t, &c)
    else:
        o = t.backend.scan(t, &c)
    bucket = c.slot
    while o != NULL:
        if looked >= SLICE or (s.chunk > 0 and s.count >= s.chunk):
            # a hash scan lets go only between buckets
            if ordered or c.slot != bucket:
                charge(p, looked >> 1)
                if not ordered:
                    s.slot = bucket
                s.started = True
                return SCAN_FULL if s.chunk > 0 and s.count >= s.chunk else SCAN_SLICE
        bucket = c.slot
        looked += 1
        value = apply_program(p, s, o, &failed)
        if failed:
            fail(p, EXC_SYSTEM_LIMIT)
            return SCAN_ERROR
        if ordered:
            # needed only if the scan stops behind this object
            if looked >= SLICE or (s.chunk > 0 and s.count + 1 >= s.chunk):
                s.last = term_copy(proc_heap(p), object_key(t, o), False)
                if s.last == 0:
                    fail(p, EXC_SYSTEM_LIMIT)
                    return SCAN_ERROR
        following = t.backend.scan(t, &c)
        if value and not take_match(p, s, o, value, mode):
            return SCAN_ERROR
        o = following
    charge(p, looked >> 1)
    if ordered and s.chunk > 0 and s.count >= s.chunk:
        s.started = True         # whether more follows, the next call finds out
        return SCAN_FULL
    known = ordered              # a chunk that is full before the last bucket says nothing about the end
    if not ordered and s.chunk > 0 and s.count >= s.chunk and looked > 0:
        t.backend.slot(t, bucket, &known)
        if not known:
            s.slot = bucket
            s.started = True
            return SCAN_FULL
    s.slot = NO_SLOT
    return SCAN_END


# Starts a scan, goes on with it between slices (`sliced`) or with a continuation. `state_slot` is the argument that
# holds the scan between slices; meanwhile the table is fixed.
cdef Term scan_run(Process* p, Term* args, int state_slot, Scan* s, int mode, bint sliced) noexcept nogil:
    cdef bint write = mode == MODE_DELETE or mode == MODE_REPLACE
    cdef Table* t = enter(p, s.id, WRITE if write else READ)
    cdef int outcome
    cdef Term state, result
    if t == NULL:
        return 0
    if term_is_tuple(args[state_slot]) and s.started and (t.type == TABLE_ORDERED) != term_is_tuple_of(args[state_slot], 8):
        leave(t)                 # a state of another kind of table: its name was given away
        scan_unfix(p, s, sliced)
        return badarg(p)
    s.table = t
    if write:
        table_fix(t, p.id)       # removing must not move buckets under the scan
    outcome = scan_slice(p, s, mode)
    if write:
        table_unfix(t, p.id, False)
    if outcome == SCAN_ERROR:
        leave(t)
        scan_unfix(p, s, sliced)
        return 0
    if outcome == SCAN_SLICE:
        state = scan_tuple(p, s)
        leave(t)
        if state == 0:
            scan_unfix(p, s, sliced)
            return 0
        if not sliced:
            scan_fix(p, s)
        program_of(s.program).sliced = p.id
        args[state_slot] = state
        return yield_again(p)
    result = 0
    if mode != MODE_SELECT:
        result = make_small(s.count)
    elif s.chunk == 0:
        result = s.results
    elif outcome == SCAN_END and s.count == 0:
        result = AM_end_of_table
    elif outcome == SCAN_END and (t.type == TABLE_ORDERED or s.count <= s.chunk):
        result = tuple2(p, chunk_results(p, s), AM_end_of_table)
    else:
        s.started = True
        result = chunk_results(p, s)
        state = scan_tuple(p, s)
        result = tuple2(p, result, state) if result and state else 0
    leave(t)
    scan_unfix(p, s, sliced)
    return result


# Takes the results of a full chunk. An ordered table's were gathered backwards; of a hash table's, a bucket may
# have brought more than a chunk: the first that came are given out, the rest stays.
cdef Term chunk_results(Process* p, Scan* s) noexcept nogil:
    cdef Term given = s.results, rest = nil()
    cdef int64_t left = s.count - s.chunk
    s.results = nil()
    s.count = 0
    if s.table.type == TABLE_ORDERED:
        return reversed_list(p, given)
    if left > 0:
        s.count = left
        while left > 0:
            rest = prepend(p, list_head(given), rest)
            given = list_tail(given)
            left -= 1
        s.results = reversed_list(p, rest)
        if s.results == 0:
            return 0
    return given


# Between the slices of one call the table stays fixed for this process.
cdef void scan_fix(Process* p, Scan* s) noexcept nogil:
    cdef Table* t = table_get(p.vm, s.id)
    if t != NULL:
        pthread_rwlock_wrlock(&t.lock)
        if not t.dead:
            table_fix(t, p.id)
        leave(t)


cdef void scan_unfix(Process* p, Scan* s, bint fixed) noexcept nogil:
    cdef Table* t
    cdef word reason = p.freason
    if not fixed:
        return
    t = table_get(p.vm, s.id)
    if t != NULL:
        pthread_rwlock_wrlock(&t.lock)
        table_unfix(t, p.id, False)
        leave(t)
    p.freason = reason


# A new scan of args[0]; `code` is taken over.
cdef Term scan_start(Process* p, Term* args, MatchProgram* code, int64_t chunk, bint reverse, int mode) noexcept nogil:
    cdef Scan s
    cdef Table* t
    s.program = program_reference(p, code)
    if s.program == 0:
        return 0
    t = table_get(p.vm, args[0])
    if t == NULL:
        return no_table(p, args[0])
    s.id = args[0]
    if chunk > 0 and term_is_atom(args[0]) and t.type != TABLE_ORDERED:
        s.id = table_reference(p, t)     # a hash table's continuation outlives a change of name
        if s.id == 0:
            table_release(t)
            return 0
    # results are consed: an ordered table is walked from its end, unless a limit makes chunks of it
    s.reverse = t.type == TABLE_ORDERED and ((chunk == 0) != reverse)
    table_release(t)
    s.code = code
    s.results = nil()
    s.last = AM_end_of_table
    s.chunk = chunk
    s.count = 0
    s.slot = 0
    s.started = False
    return scan_run(p, args, 1, &s, mode, False)


# A specification or limit is bad; what is wrong with the table comes first.
cdef Term refuse_scan(Process* p, Term* args, int mode, Term reason) noexcept nogil:
    cdef Table* t = enter(p, args[0], READ if mode <= MODE_COUNT else WRITE)
    if t == NULL:
        return 0
    leave(t)
    return fail_reason(p, reason)


# True if every clause of a compilable specification visibly gives an object of the key that it matched: $_, or
# {{...}} with the head's own variable, or its constant, for a key.
cdef bint keeps_keys(Term spec, word position) noexcept nogil:
    cdef Term head, body, key
    while term_is_list(spec):
        head = tuple_elements(list_head(spec))[0]
        body = tuple_elements(list_head(spec))[2]
        spec = list_tail(spec)
        if not term_is_nil(list_tail(body)):
            return False
        body = list_head(body)
        if body == AM_dollar_underscore:
            continue
        if not term_is_tuple_of(body, 1) or not term_is_tuple(head):
            return False
        body = tuple_elements(body)[0]
        if not term_is_tuple(body) or tuple_arity(head) < position or tuple_arity(body) < position:
            return False
        head = tuple_elements(head)[position - 1]
        key = tuple_elements(body)[position - 1]
        if term_is_tuple_of(key, 2) and tuple_elements(key)[0] == AM_const:
            key = tuple_elements(key)[1]
        if head == AM_underscore or not term_identical(head, key):
            return False
    return True


cdef inline int dialect_of(Process* p) noexcept nogil:
    return MATCH_TABLE | (MATCH_LATER if (<VMSettings*>p.vm.runtime).release_number >= 26 else 0)


cdef Term scan_spec(Process* p, Term* args, int64_t chunk, bint reverse, int mode) noexcept nogil:
    cdef Scan s
    cdef Table* t
    cdef Term reason
    cdef MatchProgram* code
    cdef bint good
    if scan_resume(p, args[1], &s):
        return scan_run(p, args, 1, &s, mode, True)
    if chunk < 0:
        return refuse_scan(p, args, mode, AM_badarg)
    if term_is_nil(args[1]):             # no clauses: nothing matches
        t = enter(p, args[0], READ if mode <= MODE_COUNT else WRITE)
        if t == NULL:
            return 0
        leave(t)
        return make_small(0) if mode != MODE_SELECT else AM_end_of_table if chunk else nil()
    code = match_compile(args[1], dialect_of(p), &reason)
    if code == NULL:
        return refuse_scan(p, args, mode, reason)
    if mode == MODE_REPLACE:
        t = table_get(p.vm, args[0])
        if t != NULL:
            good = keeps_keys(args[1], t.position)
            table_release(t)
            if not good:
                match_free(code)
                return refuse_scan(p, args, mode, AM_badarg)
    return scan_start(p, args, code, chunk, reverse, mode)


cdef Term scan_pattern(Process* p, Term* args, int64_t chunk, bint bindings) noexcept nogil:
    cdef Scan s
    cdef Term reason
    cdef MatchProgram* code
    if scan_resume(p, args[1], &s):
        return scan_run(p, args, 1, &s, MODE_SELECT, True)
    if chunk < 0:
        return refuse_scan(p, args, MODE_SELECT, AM_badarg)
    code = match_compile_pattern(args[1], bindings, &reason)
    if code == NULL:
        return refuse_scan(p, args, MODE_SELECT, reason)
    return scan_start(p, args, code, chunk, False, MODE_SELECT)


cdef inline int64_t limit_of(Term t) noexcept nogil:      # -1: bad
    return small_value(t) if term_is_small(t) and small_value(t) > 0 else -1


cdef Term continue_scan(Process* p, Term* args) noexcept nogil:
    cdef Scan s
    cdef Table* t
    if args[0] == AM_end_of_table:
        return AM_end_of_table
    if scan_resume(p, args[0], &s):
        return scan_run(p, args, 0, &s, MODE_SELECT, True)
    if not term_is_tuple(args[0]) or tuple_arity(args[0]) == 0:
        return badarg(p)
    if not scan_from_tuple(args[0], &s) or s.chunk == 0:
        t = enter(p, tuple_elements(args[0])[0], READ)
        if t == NULL:
            return 0
        leave(t)
        return badarg(p)
    return scan_run(p, args, 0, &s, MODE_SELECT, False)


cdef Term select_1(void* proc, Term* args) noexcept nogil:
    return continue_scan(<Process*>proc, args)


cdef Term select_2(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, 0, False, MODE_SELECT)


cdef Term select_3(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, limit_of(args[2]), False, MODE_SELECT)


cdef Term select_reverse_2(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, 0, True, MODE_SELECT)


cdef Term select_reverse_3(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, limit_of(args[2]), True, MODE_SELECT)


cdef Term select_count_2(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, 0, False, MODE_COUNT)


cdef Term internal_select_delete_2(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, 0, False, MODE_DELETE)


cdef Term select_replace_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t = enter(p, args[0], WRITE)
    cdef bint bag
    if t == NULL:
        return 0
    bag = t.type == TABLE_BAG
    leave(t)
    if bag:
        return badarg_cause(p, atom_table_type)
    return scan_spec(<Process*>proc, args, 0, False, MODE_REPLACE)


cdef Term match_2(void* proc, Term* args) noexcept nogil:
    return scan_pattern(<Process*>proc, args, 0, True)


cdef Term match_3(void* proc, Term* args) noexcept nogil:
    return scan_pattern(<Process*>proc, args, limit_of(args[2]), True)


cdef Term match_object_2(void* proc, Term* args) noexcept nogil:
    return scan_pattern(<Process*>proc, args, 0, False)


cdef Term match_object_3(void* proc, Term* args) noexcept nogil:
    return scan_pattern(<Process*>proc, args, limit_of(args[2]), False)


# --- compiled specifications ------------------------------------------------------------------------------------------------
cdef Term match_spec_compile_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason
    cdef MatchProgram* code = match_compile(args[0], dialect_of(p), &reason)
    if code == NULL:
        return fail_reason(p, reason)
    return program_reference(p, code)


cdef Term is_compiled_ms_1(void* proc, Term* args) noexcept nogil:
    return AM_true if program_of(args[0]) != NULL else AM_false


# match_spec_run_r(List, Compiled, Results): the results in reverse before Results.
cdef Term match_spec_run_r_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Program* program = program_of(args[1])
    cdef Term value, list_ = args[0], results = args[2]
    cdef bint failed = False
    cdef int64_t n = 0
    if program == NULL:
        return badarg(p)
    while term_is_list(list_):
        if n >= SLICE:
            args[0] = list_
            args[2] = results
            charge(p, n)
            return yield_again(p)
        value = match_run(program.code, p, list_head(list_), &failed)
        if value:
            value = term_copy(proc_heap(p), value, False)
            failed = value == 0
        if failed:
            return fail(p, EXC_SYSTEM_LIMIT)
        if value:
            results = prepend(p, value, results)
            if results == 0:
                return 0
        list_ = list_tail(list_)
        n += 1
    charge(p, n)
    return results if term_is_nil(list_) else badarg(p)


# [{error, String}] of messages with a NUL behind each.
cdef Term message_list(Process* p, TextBuffer* messages) noexcept nogil:
    cdef Term list_ = nil()
    cdef size_t i = messages.size, end
    while i > 0 and list_ != 0:
        end = i - 1
        i = end
        while i > 0 and messages.data[i - 1] != 0:
            i -= 1
        list_ = prepend(p, tuple2(p, AM_error, characters(p, <const char*>messages.data + i)), list_)
    return list_


# erlang:match_spec_test(Subject, Spec, table | trace): {ok, Result, Flags, Warnings} or {error, Messages}.
cdef Term match_spec_test_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason, value
    cdef bint failed = False
    cdef MatchProgram* code
    cdef MatchTrace trace
    cdef Term flags = nil()
    cdef TextBuffer messages
    if args[2] != AM_table and args[2] != AM_trace:
        return badarg(p)
    if args[2] == AM_trace and not term_is_list(args[0]) and not term_is_nil(args[0]):
        return badarg(p)
    text_init(&messages)
    code = match_explain(args[1], (MATCH_CALL if args[2] == AM_trace else MATCH_TABLE) | dialect_of(p), &messages,
                         &reason)
    if code == NULL:
        value = message_list(p, &messages)
        text_free(&messages)
        return tuple2(p, AM_error, value) if value else fail_reason(p, reason)
    text_free(&messages)
    trace.act = trace_act
    trace.pretend = True
    trace.caller = NULL
    trace.flags = 0
    value = match_run_trace(code, p, args[0], &trace if args[2] == AM_trace else NULL, &failed)
    if value:
        value = term_copy(proc_heap(p), value, True)
        failed = value == 0
    match_free(code)
    if failed:
        return fail(p, EXC_SYSTEM_LIMIT)
    if value and trace.flags & MATCH_EXCEPTION_TRACE:
        flags = prepend(p, AM_exception_trace, flags)
    if value and trace.flags & MATCH_RETURN_TRACE:
        flags = prepend(p, AM_return_trace, flags)
    return tuple4(p, AM_ok, value if value else AM_false, flags, nil())


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
    cdef Fixation* f = t.fixations
    cdef Term list_ = nil()
    if f == NULL:
        return AM_false
    while f != NULL:
        list_ = prepend(p, tuple2(p, f.pid, make_small(f.count)), list_)
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
        return AM_auto if t.flags & TABLE_WRITE_AUTO else truth(t.flags & TABLE_WRITE_CONCURRENCY)
    if item == AM_decentralized_counters:
        return truth(t.flags & TABLE_DECENTRALIZED)
    if item == AM_fixed:
        return truth(t.fixations != NULL)
    if item == AM_safe_fixed:
        return fixations(p, t, t.fixed_at, False)
    if item == AM_safe_fixed_monotonic_time:
        return fixations(p, t, t.fixed_monotonic, True)
    return 0


# {Id, Bytes, Count} of each counted binary in the table.
cdef Term table_binaries(Process* p, Table* t) noexcept nogil:
    cdef Cursor c
    cdef Object* o
    cdef OffHeap* entry
    cdef Binary* b
    cdef Heap* h = proc_heap(p)
    cdef Term list_ = nil()
    cdef int64_t n = 0
    c.slot = 0
    c.object = NULL
    c.reverse = False
    o = t.backend.scan(t, &c)
    while o != NULL and list_ != 0:
        entry = o.off_heap
        while entry != NULL and list_ != 0:
            if header_kind(entry.header) == T_BIN_REF:
                b = <Binary*>entry.object
                list_ = prepend(p, tuple3(p, integer_from_u64(h, <uint64_t>b), integer_from_u64(h, b.size),
                                          integer_from_u64(h, en_load64_rlx(&b.refc))), list_)
            entry = entry.next
        n += 1
        o = t.backend.scan(t, &c)
    charge(p, n >> 1)
    return list_


cdef Term info_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t
    cdef Term items[14]
    cdef Term list_ = nil()
    cdef int i = 14
    t = enter(p, args[0], INFO)
    if t == NULL:
        return AM_undefined if p.fvalue == AM_id else 0
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
    if t == NULL:
        return AM_undefined if p.fvalue == AM_id else 0
    value = table_binaries(p, t) if args[1] == AM_binary else info_item(p, t, args[1])
    leave(t)
    if value == 0:
        return badarg(p)
    return value


# ets:all/0 asks every scheduler for its tables; here one answer holds them all and the others are empty:
# as many messages {Ref, Tables} as there are schedulers.
cdef Term internal_request_all_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Room* room = ets_room(p.vm)
    cdef Term ref = ref_new(p.vm, proc_heap(p)), list_, copied
    cdef Table** found
    cdef Table* t
    cdef size_t n, i
    cdef int scheduler
    cdef FragmentHeap fh
    cdef Term* m
    if ref == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    en_spin_lock(&room.lock)
    n = room.count
    found = <Table**>calloc(n + 1, sizeof(Table*))
    t = room.tables
    i = 0
    while found != NULL and t != NULL and i < n:
        found[i] = t
        en_add64(&t.magic.refc, 1)
        i += 1
        t = t.next
    en_spin_unlock(&room.lock)
    if found == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    for scheduler in range(p.vm.scheduler_count):
        fragment_heap_init(&fh)
        list_ = nil()
        if scheduler == 0:
            for i in range(n):
                m = heap_alloc(&fh.heap, 2)
                if m != NULL:
                    list_ = cons(m, table_id(found[i], &fh.heap), list_)
        copied = term_copy(&fh.heap, ref, False)
        m = heap_alloc(&fh.heap, 3)
        m[0] = make_header(T_TUPLE, 2)
        m[1] = copied
        m[2] = list_
        send_message_fragment(p.vm, p.id, p.id, make_boxed(m), fragment_heap_take(&fh))
    for i in range(n):
        table_release(found[i])
    free(found)
    return ref


cdef Term ets_super_user_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if args[0] == AM_true:
        p.flags |= PF_SUPER_USER
    elif args[0] == AM_false:
        p.flags &= ~<uint32_t>PF_SUPER_USER
    else:
        return badarg(p)
    return AM_ok


bif_register(b"ets", b"new", 2, new_2, 0)
bif_register(b"ets", b"delete", 1, delete_1, 0)
bif_register(b"ets", b"delete", 2, delete_2, 0)
bif_register(b"ets", b"delete_object", 2, delete_object_2, 0)
bif_register(b"ets", b"first", 1, first_1, 0)
bif_register(b"ets", b"last", 1, last_1, 0)
bif_register(b"ets", b"next", 2, next_2, 0)
bif_register(b"ets", b"prev", 2, prev_2, 0)
bif_register(b"ets", b"first_lookup", 1, first_lookup_1, 0)
bif_register(b"ets", b"last_lookup", 1, last_lookup_1, 0)
bif_register(b"ets", b"next_lookup", 2, next_lookup_2, 0)
bif_register(b"ets", b"prev_lookup", 2, prev_lookup_2, 0)
bif_register(b"ets", b"slot", 2, slot_2, 0)
bif_register(b"ets", b"give_away", 3, give_away_3, 0)
bif_register(b"ets", b"info", 1, info_1, 0)
bif_register(b"ets", b"info", 2, info_2, 0)
bif_register(b"ets", b"insert", 2, insert_2, 0)
bif_register(b"ets", b"insert_new", 2, insert_new_2, 0)
bif_register(b"ets", b"internal_delete_all", 2, internal_delete_all_2, 0)
bif_register(b"ets", b"internal_request_all", 0, internal_request_all_0, 0)
bif_register(b"ets", b"internal_select_delete", 2, internal_select_delete_2, 0)
bif_register(b"ets", b"is_compiled_ms", 1, is_compiled_ms_1, 0)
bif_register(b"ets", b"lookup", 2, lookup_2, 0)
bif_register(b"ets", b"lookup_element", 3, lookup_element_3, 0)
bif_register(b"ets", b"lookup_element", 4, lookup_element_4, 0)
bif_register(b"ets", b"match", 1, select_1, 0)
bif_register(b"ets", b"match", 2, match_2, 0)
bif_register(b"ets", b"match", 3, match_3, 0)
bif_register(b"ets", b"match_object", 1, select_1, 0)
bif_register(b"ets", b"match_object", 2, match_object_2, 0)
bif_register(b"ets", b"match_object", 3, match_object_3, 0)
bif_register(b"ets", b"match_spec_compile", 1, match_spec_compile_1, 0)
bif_register(b"ets", b"match_spec_run_r", 3, match_spec_run_r_3, 0)
bif_register(b"ets", b"member", 2, member_2, 0)
bif_register(b"ets", b"rename", 2, rename_2, 0)
bif_register(b"ets", b"safe_fixtable", 2, safe_fixtable_2, 0)
bif_register(b"ets", b"select", 1, select_1, 0)
bif_register(b"ets", b"select", 2, select_2, 0)
bif_register(b"ets", b"select", 3, select_3, 0)
bif_register(b"ets", b"select_count", 2, select_count_2, 0)
bif_register(b"ets", b"select_replace", 2, select_replace_2, 0)
bif_register(b"ets", b"select_reverse", 1, select_1, 0)
bif_register(b"ets", b"select_reverse", 2, select_reverse_2, 0)
bif_register(b"ets", b"select_reverse", 3, select_reverse_3, 0)
bif_register(b"ets", b"setopts", 2, setopts_2, 0)
bif_register(b"ets", b"take", 2, take_2, 0)
bif_register(b"ets", b"update_counter", 3, update_counter_3, 0)
bif_register(b"ets", b"update_counter", 4, update_counter_4, 0)
bif_register(b"ets", b"update_element", 3, update_element_3, 0)
bif_register(b"ets", b"update_element", 4, update_element_4, 0)
bif_register(b"ets", b"whereis", 1, whereis_1, 0)
bif_register(b"erlang", b"match_spec_test", 3, match_spec_test_3, 0)
bif_register(b"erts_internal", b"ets_super_user", 1, ets_super_user_1, 0)

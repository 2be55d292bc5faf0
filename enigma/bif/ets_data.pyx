"""The natives of module `ets` that concern objects: insertion, look-up, removal, counters, walking by key.

What is returned was copied to the caller's heap before the table's lock was let go. A long list to insert is first
copied outside the table, in slices, and then inserted as work that everybody who comes goes on with (ets/work.pxd).

Read next: ets_access.pxd, ets/table.pxd.
"""
from libc.stdint cimport int64_t
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.compare cimport term_compare, term_identical
from enigma.term.core cimport *
from enigma.term.number cimport number_add
from enigma.memory.heap cimport term_copy
from enigma.code.module cimport bif_register
from enigma.ets.table cimport *
from enigma.ets.work cimport *
from enigma.bif.build cimport *
from enigma.process.settings cimport VMSettings
from enigma.bif.errors cimport *
from enigma.bif.ets_access cimport *

cdef enum:
    AT_ONCE = 500            # objects of a list that are inserted at one go
    SLICE_WORDS = 16000      # copied for a longer one before others have their turn

cdef Term atom_table_type = atom_from_cstr(b"table_type")


# --- insert, lookup, delete --------------------------------------------------------------------------------------
cdef Term insert_any(Process* p, Term* args, bint only_new) noexcept nogil:
    cdef Stripe* stripe = NULL
    cdef Table* t
    cdef Term list_ = args[1], result = AM_true, this
    cdef int64_t n = 1
    if term_is_tuple_of(list_, 4) and work_of(p, tuple_elements(list_)[0], WORK_INSERT_NEW if only_new else WORK_INSERT):
        return insert_long(p, args)
    if term_is_magic_ref(list_):             # which erl takes for work that is to go on, whatever the table is
        return badarg(p)
    t = enter(p, args[0], WRITE) if term_is_list(list_) or term_is_nil(list_) else enter_key(p, args[0], WRITE, list_, True, &stripe)
    if t == NULL:
        return 0
    if term_is_list(list_):
        n = 0
        while term_is_list(list_) and n < AT_ONCE:
            if not storable(t, list_head(list_)):
                leave_key(t, stripe)
                return badarg(p)
            n += 1
            list_ = list_tail(list_)
        if term_is_list(list_):
            result = work_ref(p, WORK_INSERT_NEW if only_new else WORK_INSERT)
            this = table_reference(p, t) if result else 0
            leave_key(t, stripe)
            list_ = tuple4(p, result, args[1], args[1], this) if this else 0
            if list_ == 0:
                return 0
            args[1] = list_
            return insert_long(p, args)
        if not term_is_nil(list_):
            leave_key(t, stripe)
            return badarg(p)
        list_ = args[1]
        while only_new and result == AM_true and term_is_list(list_):
            if t.backend.find(t, tuple_elements(list_head(list_))[t.position - 1]) != NULL:
                result = AM_false
            list_ = list_tail(list_)
        list_ = args[1]
        if n > 1 and last_first(t):
            list_ = reversed_list(p, list_)
            if list_ == 0:
                result = 0
        while result == AM_true and term_is_list(list_):
            if not store(p, t, list_head(list_)):
                result = 0
            list_ = list_tail(list_)
    elif not term_is_nil(list_):
        if not storable(t, list_):
            leave_key(t, stripe)
            return badarg(p)
        if only_new and t.backend.find(t, tuple_elements(list_)[t.position - 1]) != NULL:
            result = AM_false
        elif not store(p, t, list_):
            result = 0
    charge(p, n)
    leave_key(t, stripe)
    return result


# Once a list entered a bag with its last object first.
cdef inline bint last_first(Table* t) noexcept nogil:
    return t.type == TABLE_BAG and (<VMSettings*>t.vm.runtime).release_number < 27


# A list that is too long to insert at one go. The second argument is {Work, Rest, List, Table}: Rest is still to be copied,
# for this very table. Then the copies enter it as its work, if it is still called so.
cdef Term insert_long(Process* p, Term* args) noexcept nogil:
    cdef Term* e = tuple_elements(args[1])
    cdef Work* w = <Work*>magic_of(e[0])
    cdef Term rest = e[1], whole = e[2], state
    cdef Table* t = <Table*>magic_of(e[3])           # what is looked at here before it is entered never changes
    cdef bint front = last_first(t), good = True
    cdef size_t words = 0
    cdef Object* o
    if en_load32_acq(&w.done):
        return insert_result(p, args, w)
    if not term_is_nil(rest):
        while good and term_is_list(rest) and words < SLICE_WORDS:
            good = storable(t, list_head(rest))
            if good:
                o = object_new(list_head(rest))
                if o == NULL:
                    args[1] = whole
                    return fail(p, EXC_SYSTEM_LIMIT)
                work_add(w, o, front)
                words += o.words + 8
                rest = list_tail(rest)
        charge(p, <int64_t>(words >> 5))
        if not good or not term_is_list(rest) and not term_is_nil(rest):
            args[1] = whole
            return badarg(p)
        state = tuple4(p, e[0], rest, whole, e[3])
        if state == 0:
            args[1] = whole
            return 0
        args[1] = state
        if not term_is_nil(rest):
            return yield_again(p)
    t = enter(p, args[0], WRITE)
    if t == NULL:
        if p.freason != TRAP_YIELD:
            args[1] = whole
        return 0
    if t != <Table*>magic_of(e[3]):      # it had that name when the call began; now another has it
        leave(t)
        args[1] = whole
        return badarg_cause(p, AM_id)
    if not w.begun:
        work_begin(t, w)
        charge(p, work_go_on(t) >> 1)
    leave(t)
    return insert_result(p, args, w) if en_load32_acq(&w.done) else yield_again(p)


# The end of a long one: the error, if it is one, tells of the list that was given.
cdef Term insert_result(Process* p, Term* args, Work* w) noexcept nogil:
    args[1] = tuple_elements(args[1])[2]
    return work_result(p, w, AM_false if w.refused else AM_true)


cdef Term insert_2(void* proc, Term* args) noexcept nogil:
    return insert_any(<Process*>proc, args, False)


cdef Term insert_new_2(void* proc, Term* args) noexcept nogil:
    return insert_any(<Process*>proc, args, True)


cdef Term lookup_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stripe* stripe = NULL
    cdef Table* t = enter_key(p, args[0], READ, args[1], False, &stripe)
    cdef Term result
    if t == NULL:
        return 0
    result = objects_of(p, t, args[1])
    leave_key(t, stripe)
    return result


cdef Term member_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stripe* stripe = NULL
    cdef Table* t = enter_key(p, args[0], READ, args[1], False, &stripe)
    cdef bint found
    if t == NULL:
        return 0
    found = t.backend.find(t, args[1]) != NULL
    leave_key(t, stripe)
    return AM_true if found else AM_false


cdef Term lookup_element_3(void* proc, Term* args) noexcept nogil:
    return element_of(<Process*>proc, args, 0)


cdef Term lookup_element_4(void* proc, Term* args) noexcept nogil:
    return element_of(<Process*>proc, args, args[3])


cdef Term element_of(Process* p, Term* args, Term default) noexcept nogil:
    cdef Stripe* stripe = NULL
    cdef Table* t = enter_key(p, args[0], READ, args[1], False, &stripe)
    cdef Object* o
    cdef Term result, copied
    cdef Term* cell
    cdef int64_t position, n = 0
    if t == NULL:
        return 0
    if not term_is_small(args[2]) or small_value(args[2]) < 1:
        leave_key(t, stripe)
        return badarg(p)
    position = small_value(args[2])
    o = t.backend.find(t, args[1])
    if o == NULL:
        leave_key(t, stripe)
        return default if default else badarg_cause(p, AM_badkey)
    if t.type == TABLE_SET or t.type == TABLE_ORDERED:
        if <int64_t>tuple_arity(object_tuple(o)) < position:
            leave_key(t, stripe)
            return badarg(p)
        result = term_copy(proc_heap(p), tuple_elements(object_tuple(o))[position - 1], False)
        leave_key(t, stripe)
        return result if result else fail(p, EXC_SYSTEM_LIMIT)
    result = nil()
    while o != NULL:
        if <int64_t>tuple_arity(object_tuple(o)) < position:
            leave_key(t, stripe)
            return badarg(p)
        copied = term_copy(proc_heap(p), tuple_elements(object_tuple(o))[position - 1], False)
        cell = proc_alloc(p, 2)
        if copied == 0 or cell == NULL:
            leave_key(t, stripe)
            return fail(p, EXC_SYSTEM_LIMIT)
        result = cons(cell, copied, result)
        o = t.backend.same_key(t, o)
        n += 1
    charge(p, n >> 2)
    leave_key(t, stripe)
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
    cdef Stripe* stripe = NULL
    cdef Table* t = enter_key(p, args[0], WRITE, args[1], False, &stripe)
    if t == NULL:
        return 0
    remove_key(t, args[1])
    leave_key(t, stripe)
    return AM_true


cdef Term delete_object_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stripe* stripe = NULL
    cdef Table* t = enter_key(p, args[0], WRITE, args[1], True, &stripe)
    cdef Object* o
    cdef Object* following
    if t == NULL:
        return 0
    if not storable(t, args[1]):
        leave_key(t, stripe)
        return badarg(p)
    o = t.backend.find(t, tuple_elements(args[1])[t.position - 1])
    while o != NULL:
        following = t.backend.same_key(t, o)
        if term_identical(object_tuple(o), args[1]):
            t.backend.remove(t, o)
        o = following
    leave_key(t, stripe)
    return AM_true


cdef Term take_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stripe* stripe = NULL
    cdef Table* t = enter_key(p, args[0], WRITE, args[1], False, &stripe)
    cdef Term result
    if t == NULL:
        return 0
    result = objects_of(p, t, args[1])
    if result:
        remove_key(t, args[1])
    leave_key(t, stripe)
    return result


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
    cdef Stripe* stripe = NULL
    cdef Table* t
    cdef Object* o
    cdef Term single[2]
    cdef Term ops = args[2]
    cdef Term one_op[3]
    cdef Term list_, results = nil(), value, by, limit, set_to = 0
    cdef Term tuple_
    cdef Term* work
    cdef Term* cell
    cdef int64_t position, steps = 0
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
    t = enter_key(p, args[0], WRITE, args[1], False, &stripe)
    if t == NULL:
        return 0
    if default and not term_is_tuple(default):
        leave_key(t, stripe)
        return badarg(p)
    if t.type != TABLE_SET and t.type != TABLE_ORDERED:
        leave_key(t, stripe)
        return badarg_cause(p, atom_table_type)
    if term_is_integer(ops):
        one_op[1] = make_small(t.position + 1)
    o = t.backend.find(t, args[1])
    if o == NULL and not default:
        leave_key(t, stripe)
        return badarg_cause(p, AM_badkey)
    if list_ == 0 or (o == NULL and not storable(t, default)):
        leave_key(t, stripe)
        if term_is_list(list_) and counter_operation(list_head(list_), &position, &by, &limit, &set_to) and position == t.position:
            return badarg_cause(p, AM_keypos)         # which counts more than a default without a key
        return badarg(p)
    tuple_ = object_tuple(o) if o != NULL else default
    n = tuple_arity(tuple_)
    # a copy of the tuple on the caller's heap takes the changes; the elements still lie in the table
    work = proc_alloc(p, n + 1)
    if work == NULL:
        leave_key(t, stripe)
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
            leave_key(t, stripe)
            return badarg_cause(p, cause) if cause else badarg(p)
        value = counter_step(p, work[position], by, limit, set_to)
        cell = proc_alloc(p, 2)
        if value == 0 or cell == NULL:
            clear_words(work, n)
            leave_key(t, stripe)
            return 0 if value == 0 else fail(p, EXC_SYSTEM_LIMIT)
        work[position] = value
        results = cons(cell, value, results)
        list_ = list_tail(list_)
        steps += 1
    if not term_is_nil(list_):
        clear_words(work, n)
        leave_key(t, stripe)
        return badarg(p)
    if o != NULL and o.off_heap == NULL and same_but_smalls(object_tuple(o), work, n):
        for position in range(1, <int64_t>n + 1):
            boxed_ptr(object_tuple(o))[position] = work[position]
    elif not store(p, t, make_boxed(work)):
        clear_words(work, n)
        leave_key(t, stripe)
        return 0
    clear_words(work, n)
    charge(p, steps >> 2)
    # results that were taken from the table before this call have been copied by number_add or are the caller's
    leave_key(t, stripe)
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
    cdef Stripe* stripe = NULL
    cdef Table* t
    cdef Object* o
    cdef Term tuple_
    cdef Term single[2]
    cdef Term list_ = args[2]
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
    t = enter_key(p, args[0], WRITE, args[1], False, &stripe)
    if t == NULL:
        return 0
    if t.type != TABLE_SET and t.type != TABLE_ORDERED:
        leave_key(t, stripe)
        return badarg(p)
    if default != 0 and not storable(t, default):
        leave_key(t, stripe)
        return badarg_cause(p, AM_default)
    o = t.backend.find(t, args[1])
    if o == NULL and default == 0:
        leave_key(t, stripe)
        return AM_false
    tuple_ = object_tuple(o) if o != NULL else default
    n = tuple_arity(tuple_)
    work = proc_alloc(p, n + 1)
    if work == NULL:
        leave_key(t, stripe)
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
        leave_key(t, stripe)
        return 0
    clear_words(work, n)
    leave_key(t, stripe)
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


cdef Term end_of(Process* p, Term* args, bint backwards, bint objects) noexcept nogil:
    cdef Table* t = enter(p, args[0], READ)
    cdef Object* o
    if t == NULL:
        return 0
    o = t.backend.last(t) if backwards else t.backend.first(t)
    return objects_at(p, t, o) if objects else key_of(p, t, o)


cdef Term first_1(void* proc, Term* args) noexcept nogil:
    return end_of(<Process*>proc, args, False, False)


cdef Term last_1(void* proc, Term* args) noexcept nogil:
    return end_of(<Process*>proc, args, True, False)


cdef Term first_lookup_1(void* proc, Term* args) noexcept nogil:
    return end_of(<Process*>proc, args, False, True)


cdef Term last_lookup_1(void* proc, Term* args) noexcept nogil:
    return end_of(<Process*>proc, args, True, True)


cdef Term step(Process* p, Term* args, bint backwards, bint objects) noexcept nogil:
    cdef Table* t = enter(p, args[0], READ)
    cdef bint known = True
    cdef Object* o
    if t == NULL:
        return 0
    o = t.backend.previous_key(t, args[1], &known) if backwards else t.backend.next_key(t, args[1], &known)
    if not known or args[1] == AM_end_of_table and t.type == TABLE_ORDERED:
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
    if t.type == TABLE_ORDERED:              # it was walked to
        charge(p, min(small_value(args[1]), <int64_t>t.size) >> 4)
    if beyond:
        if small_value(args[1]) > 0:         # only the first one behind the last says so
            t.backend.slot(t, <size_t>small_value(args[1]) - 1, &beyond)
        else:
            beyond = False
        leave(t)
        return badarg(p) if beyond else AM_end_of_table
    while o != NULL and list_ != 0:
        list_ = prepend(p, object_copy(proc_heap(p), o), list_)
        o = t.backend.slot_next(t, o)
    leave(t)
    return list_ if list_ else fail(p, EXC_SYSTEM_LIMIT)


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
bif_register(b"ets", b"insert", 2, insert_2, 0)
bif_register(b"ets", b"insert_new", 2, insert_new_2, 0)
bif_register(b"ets", b"lookup", 2, lookup_2, 0)
bif_register(b"ets", b"lookup_element", 3, lookup_element_3, 0)
bif_register(b"ets", b"lookup_element", 4, lookup_element_4, 0)
bif_register(b"ets", b"member", 2, member_2, 0)
bif_register(b"ets", b"take", 2, take_2, 0)
bif_register(b"ets", b"update_counter", 3, update_counter_3, 0)
bif_register(b"ets", b"update_counter", 4, update_counter_4, 0)
bif_register(b"ets", b"update_element", 3, update_element_3, 0)
bif_register(b"ets", b"update_element", 4, update_element_4, 0)

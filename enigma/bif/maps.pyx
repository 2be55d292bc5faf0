"""The BIFs on maps: module maps, the map guards of erlang, and map_next behind maps:next and to_list.

Invariant: the order of keys and values is that of OTP: a flat map's in key order, a trie's against its
iteration order in maps:keys and values, along it in map_next.

Read next: term/map.pxd.
"""
from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport free, malloc
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport AM_error, AM_false, AM_iterator, AM_none, AM_ok, AM_true
from enigma.term.map cimport (MAP_LEVELS_MAX, MapIter, heap_fill, map_find, map_from_pairs, map_iter_init,
                              map_iter_next, map_merge, map_put, map_remove, map_update)
from enigma.term.number cimport (integer_bit_length, integer_from_bytes, integer_is_negative, integer_to_bytes)
from enigma.process.process cimport *
from enigma.process.settings cimport VMSettings
from enigma.bif.errors cimport LONG_WORK, away, long_work, badarg, fail, fail_value
from enigma.code.module cimport BIF_GUARD, bif_register

cdef enum:
    PAIRS_PER_REDUCTION = 10
    LONG_PAIRS = 10000                # a map of more is made off the schedulers
    KEYS_AT_ONCE = 128                  # of an ordered iterator
    PATH_BYTES = MAP_LEVELS_MAX / 2     # four bits a level


cdef inline Term badmap(void* proc, Term t) noexcept nogil:
    return fail_value(<Process*>proc, EXC_BADMAP, t)


cdef inline Term or_limit(Process* p, Term t) noexcept nogil:
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


# --- look-up ------------------------------------------------------------------------------------------

cdef Term find_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term* value
    cdef Term* t
    if not term_is_map(args[1]):
        return badmap(proc, args[1])
    value = map_find(args[1], args[0])
    if value == NULL:
        return AM_error
    t = proc_alloc(p, 3)
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    t[0] = make_header(T_TUPLE, 2)
    t[1] = AM_ok
    t[2] = value[0]
    return make_boxed(t)


cdef Term get_2(void* proc, Term* args) noexcept nogil:
    cdef Term* value
    if not term_is_map(args[1]):
        return badmap(proc, args[1])
    value = map_find(args[1], args[0])
    return value[0] if value != NULL else fail_value(<Process*>proc, EXC_BADKEY, args[0])


cdef Term is_key_2(void* proc, Term* args) noexcept nogil:
    if not term_is_map(args[1]):
        return badmap(proc, args[1])
    return AM_true if map_find(args[1], args[0]) != NULL else AM_false


cdef Term map_size_1(void* proc, Term* args) noexcept nogil:
    if not term_is_map(args[0]):
        return badmap(proc, args[0])
    return make_small(<int64_t>map_size(args[0]))


# --- change -------------------------------------------------------------------------------------------

cdef Term put_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if not term_is_map(args[2]):
        return badmap(proc, args[2])
    return or_limit(p, map_put(proc_heap(p), args[2], args[0], args[1]))


cdef Term update_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef bint found
    cdef Term result
    if not term_is_map(args[2]):
        return badmap(proc, args[2])
    result = map_update(proc_heap(p), args[2], args[0], args[1], &found)
    if not found:
        return fail_value(p, EXC_BADKEY, args[0])
    return or_limit(p, result)


cdef Term remove_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if not term_is_map(args[1]):
        return badmap(proc, args[1])
    return or_limit(p, map_remove(proc_heap(p), args[1], args[0]))


cdef Term take_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term* value
    cdef Term* t
    cdef Term rest
    if not term_is_map(args[1]):
        return badmap(proc, args[1])
    value = map_find(args[1], args[0])
    if value == NULL:
        return AM_error
    rest = map_remove(proc_heap(p), args[1], args[0])
    t = proc_alloc(p, 3)
    if rest == 0 or t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    t[0] = make_header(T_TUPLE, 2)
    t[1] = value[0]
    t[2] = rest
    return make_boxed(t)


cdef Term merge_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if not term_is_map(args[0]):
        return badmap(proc, args[0])
    if not term_is_map(args[1]):
        return badmap(proc, args[1])
    if map_size(args[0]) + map_size(args[1]) > LONG_PAIRS and long_work(p, LONG_WORK + 1):
        return away(p)
    charge(p, <int64_t>((map_size(args[0]) + map_size(args[1])) / PAIRS_PER_REDUCTION))
    return or_limit(p, map_merge(proc_heap(p), args[0], args[1]))


# --- whole maps -----------------------------------------------------------------------------------------

cdef Term keys_or_values(Process* p, Term map, bint keys) noexcept nogil:
    cdef word n
    cdef Term* cells
    cdef Term* flat
    cdef Term result = nil()
    cdef Term key, value
    cdef MapIter it
    if not term_is_map(map):
        return badmap(p, map)
    n = map_size(map)
    if n == 0:
        return nil()
    if n > 4 * LONG_PAIRS and long_work(p, LONG_WORK + 1):
        return away(p)
    charge(p, <int64_t>(n / PAIRS_PER_REDUCTION))
    cells = proc_alloc(p, 2 * n)
    if cells == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    if boxed_kind(map) == T_MAP_FLAT:
        flat = tuple_elements(flat_map_keys(map)) if keys else flat_map_values(map)
        while n > 0:
            n -= 1
            result = cons(cells, flat[n], result)
            cells += 2
        return result
    map_iter_init(&it, map)
    while map_iter_next(&it, &key, &value):
        result = cons(cells, key if keys else value, result)
        cells += 2
    return result


cdef Term keys_1(void* proc, Term* args) noexcept nogil:
    return keys_or_values(<Process*>proc, args[0], True)


cdef Term values_1(void* proc, Term* args) noexcept nogil:
    return keys_or_values(<Process*>proc, args[0], False)


# Length of a proper list, or -1.
cdef inline int64_t proper_length(Term list_) noexcept nogil:
    cdef int64_t n = 0
    while term_is_list(list_):
        n += 1
        list_ = list_tail(list_)
    return n if term_is_nil(list_) else -1


cdef Term build_map(Process* p, Term list_, bint with_values, Term value) noexcept nogil:
    cdef int64_t n = proper_length(list_)
    cdef int64_t i = 0
    cdef Term few[2 * MAP_FLAT_MAX]
    cdef Term* pairs = few
    cdef Term item, result
    if n < 0:
        return badarg(p)
    if n > LONG_PAIRS and long_work(p, LONG_WORK + 1):
        return away(p)
    charge(p, n / PAIRS_PER_REDUCTION)
    if n > MAP_FLAT_MAX:
        pairs = <Term*>malloc(2 * <size_t>n * sizeof(Term))
        if pairs == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
    while term_is_list(list_):
        item = list_head(list_)
        if not with_values:
            pairs[2 * i] = item
            pairs[2 * i + 1] = value
        elif term_is_tuple_of(item, 2):
            pairs[2 * i] = tuple_elements(item)[0]
            pairs[2 * i + 1] = tuple_elements(item)[1]
        else:
            break
        i += 1
        list_ = list_tail(list_)
    result = map_from_pairs(proc_heap(p), pairs, <size_t>n) if i == n else 0
    if pairs != few:
        free(pairs)
    if i != n:
        return badarg(p)
    return or_limit(p, result)


cdef Term from_list_1(void* proc, Term* args) noexcept nogil:
    return build_map(<Process*>proc, args[0], True, 0)


cdef Term from_keys_2(void* proc, Term* args) noexcept nogil:
    return build_map(<Process*>proc, args[0], False, args[1])


# --- erts_internal ----------------------------------------------------------------------------------------

cdef Term map_to_tuple_keys_1(void* proc, Term* args) noexcept nogil:
    if not term_is_map(args[0]):
        return badmap(proc, args[0])
    if boxed_kind(args[0]) != T_MAP_FLAT:
        return badarg(<Process*>proc)
    return flat_map_keys(args[0])


cdef Term map_hashmap_children_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term* node
    cdef Term* cells
    cdef Term result = nil()
    cdef word n, i
    if not term_is_map(args[0]):
        return badmap(proc, args[0])
    if boxed_kind(args[0]) == T_MAP_FLAT:
        return badarg(p)
    node = boxed_ptr(args[0])
    n = header_size(node[0]) - 1
    cells = proc_alloc(p, 2 * n)
    if cells == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    for i in range(n):
        result = cons(cells, node[2 + i], result)
        cells += 2
    return result


# A position in a trie: four bits a level, the root's child index lowest, as one integer.
cdef bint read_path(Term path, int* slots) noexcept nogil:
    cdef uint8_t bytes_[PATH_BYTES + 1]
    cdef int i
    if not term_is_integer(path) or integer_is_negative(path) or integer_bit_length(path) > 8 * PATH_BYTES:
        return False
    integer_to_bytes(path, bytes_, PATH_BYTES + 1, True)
    for i in range(PATH_BYTES):
        slots[2 * i] = bytes_[i] & 15
        slots[2 * i + 1] = bytes_[i] >> 4
    return True


# The same along a list of keys, which is what the path of an ordered iterator is.
cdef Term next_of_keys(Process* p, Term keys, Term map) noexcept nogil:
    cdef Term rest = keys, result = AM_none
    cdef Term* hp
    cdef Term* hole = &result
    cdef word n = 0
    while term_is_list(rest) and n < KEYS_AT_ONCE:
        if map_find(map, list_head(rest)) == NULL:
            return badarg(p)
        rest = list_tail(rest)
        n += 1
    if not term_is_list(rest) and not term_is_nil(rest):
        return badarg(p)
    charge(p, <int64_t>n)
    if n == 0:
        return result
    hp = proc_alloc(p, 4 * n + (2 if term_is_list(rest) else 0))
    if hp == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    while n > 0:
        n -= 1
        hp[0] = make_header(T_TUPLE, 3)
        hp[1] = list_head(keys)
        hp[2] = map_find(map, list_head(keys))[0]
        hole[0] = make_boxed(hp)
        hole = hp + 3
        hp += 4
        keys = list_tail(keys)
    hole[0] = cons(hp, rest, map) if term_is_list(rest) else AM_none
    return result


# Pairs from a path on. iterator: {K1,V1,{K2,V2,... none | [Path|Map]}}; a list: [Path, Map | pairs],
# newest first on top of it, or just the pairs when the map is exhausted. How many pairs come at once
# depends on the reductions left; the first call stops early because many callers want but a few.
cdef Term map_next_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term map = args[1]
    cdef bint tuples = args[2] == AM_iterator
    cdef word n, left, step
    cdef Term* hp
    cdef Term* keys
    cdef Term* values
    cdef Term* hole = NULL
    cdef Term result, key, value, t
    cdef MapIter it
    cdef int slots[2 * PATH_BYTES]
    cdef uint8_t bytes_[PATH_BYTES]
    cdef int i
    if not term_is_map(map) or not (tuples or term_is_nil(args[2]) or term_is_list(args[2])):
        return badarg(p)
    if tuples and (term_is_list(args[0]) or term_is_nil(args[0])) and (<VMSettings*>p.vm.runtime).release_number >= 26:
        return next_of_keys(p, args[0], map)
    n = map_size(map)
    if boxed_kind(map) == T_MAP_FLAT:
        if not term_is_small(args[0]) or small_value(args[0]) < 0 or <word>small_value(args[0]) > n:
            return badarg(p)
        result = AM_none if tuples else args[2]
        if n == 0:
            return result
        hp = proc_alloc(p, (4 if tuples else 5) * n)
        if hp == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        keys = tuple_elements(flat_map_keys(map))
        values = flat_map_values(map)
        while n > 0:
            n -= 1
            hp[0] = make_header(T_TUPLE, 3 if tuples else 2)
            hp[1] = keys[n]
            hp[2] = values[n]
            if tuples:
                hp[3] = result
                result = make_boxed(hp)
                hp += 4
            else:
                result = cons(hp + 3, make_boxed(hp), result)
                hp += 5
        return result

    if not read_path(args[0], slots):
        return badarg(p)
    # Put the iterator where the path points; below a path that ends early, the first child goes on.
    map_iter_init(&it, map)
    i = 0
    while True:
        if i >= 2 * PATH_BYTES or <word>slots[i] >= header_size(it.node[i][0]) - 1:
            return badarg(p)
        t = it.node[i][2 + slots[i]]
        if term_is_list(t):
            it.slot[i] = slots[i]
            break
        it.slot[i] = slots[i] + 1
        i += 1
        if i >= 2 * PATH_BYTES:
            return badarg(p)
        it.node[i] = boxed_ptr(t)
        it.depth = i + 1
    left = <word>(p.reductions_left / 4) if p.reductions_left > 4 else 1
    if args[0] == make_small(0) and left > MAP_FLAT_MAX:
        left = MAP_FLAT_MAX
    if left > n:
        left = n
    charge(p, <int64_t>(left / PAIRS_PER_REDUCTION))
    result = args[2]
    step = 4 if tuples else 5
    hp = proc_alloc(p, left * step)
    if hp == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    while left > 0 and map_iter_next(&it, &key, &value):
        left -= 1
        hp[1] = key
        hp[2] = value
        if tuples:
            hp[0] = make_header(T_TUPLE, 3)
            hp[3] = AM_none
            if hole == NULL:
                result = make_boxed(hp)
            else:
                hole[0] = make_boxed(hp)
            hole = hp + 3
        else:
            hp[0] = make_header(T_TUPLE, 2)
            result = cons(hp + 3, make_boxed(hp), result)
        hp += step
    if left > 0:                # fewer pairs were left than asked for
        if hp + left * step == proc_heap(p).top:
            proc_heap(p).top = hp
        else:
            heap_fill(hp, left * step)
    # The path of the next pair: drop exhausted levels, then name the next child of each that is left.
    while it.depth > 0 and <word>it.slot[it.depth - 1] >= header_size(it.node[it.depth - 1][0]) - 1:
        it.depth -= 1
    if it.depth == 0:
        return result
    for i in range(PATH_BYTES):
        bytes_[i] = 0
    for i in range(it.depth):
        n = <word>(it.slot[i] if i == it.depth - 1 else it.slot[i] - 1)
        bytes_[i >> 1] |= <uint8_t>(n << (4 * (i & 1)))
    t = integer_from_bytes(proc_heap(p), bytes_, PATH_BYTES, True, False)
    hp = proc_alloc(p, 2 if tuples else 4)
    if t == 0 or hp == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    if tuples:
        hole[0] = cons(hp, t, map)
        return result
    return cons(hp, t, cons(hp + 2, map, result))


bif_register(b"maps", b"find", 2, find_2, 0)
bif_register(b"maps", b"get", 2, get_2, 0)
bif_register(b"maps", b"is_key", 2, is_key_2, 0)
bif_register(b"maps", b"put", 3, put_3, 0)
bif_register(b"maps", b"update", 3, update_3, 0)
bif_register(b"maps", b"remove", 2, remove_2, 0)
bif_register(b"maps", b"take", 2, take_2, 0)
bif_register(b"maps", b"merge", 2, merge_2, 0)
bif_register(b"maps", b"keys", 1, keys_1, 0)
bif_register(b"maps", b"values", 1, values_1, 0)
bif_register(b"maps", b"from_list", 1, from_list_1, 0)
bif_register(b"maps", b"from_keys", 2, from_keys_2, 0)
bif_register(b"erlang", b"map_get", 2, get_2, BIF_GUARD)
bif_register(b"erlang", b"is_map_key", 2, is_key_2, BIF_GUARD)
bif_register(b"erlang", b"map_size", 1, map_size_1, BIF_GUARD)
bif_register(b"erts_internal", b"map_to_tuple_keys", 1, map_to_tuple_keys_1, 0)
bif_register(b"erts_internal", b"map_hashmap_children", 1, map_hashmap_children_1, 0)
bif_register(b"erts_internal", b"map_next", 3, map_next_3, 0)

"""Tuples, lists and type tests: the BIFs of `erlang` and `lists` that take terms apart and build them.

None collects; long lists charge reductions. Read next: term/boxed.pxd.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.compare cimport term_compare_exact as compare_exact, term_equal, term_hash, term_identical
from enigma.code.module cimport BIF_GUARD, bif_register
from enigma.bif.errors cimport *
from enigma.emulator.bitsyntax cimport M_END, M_POSITION

cdef enum:
    LONG_LIST = 200000          # elements: a longer list is searched off the schedulers
cdef int64_t LIST_MAX = <int64_t>1 << 62


cdef inline Term boolean(bint b) noexcept nogil:
    return AM_true if b else AM_false


# Number of elements, or -1 if the list is improper.
cdef inline int64_t list_length(Term t) noexcept nogil:
    cdef int64_t n = 0
    while term_is_list(t):
        n += 1
        t = list_tail(t)
    return n if term_is_nil(t) else -1


# --- tests -------------------------------------------------------------------------------------------
cdef Term is_atom_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_atom(args[0]))


cdef Term is_binary_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_binary(args[0]))


cdef Term is_bitstring_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_bitstring(args[0]))


cdef Term is_boolean_1(void* proc, Term* args) noexcept nogil:
    return boolean(args[0] == AM_true or args[0] == AM_false)


cdef Term is_float_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_float(args[0]))


cdef Term is_function_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_fun(args[0]))


cdef inline int64_t fun_arity(Term t) noexcept nogil:
    if boxed_kind(t) == T_FUN:
        return (<Fun*>boxed_ptr(t)).arity
    return (<Export*>export_fun_target(t)).arity


cdef Term is_function_2(void* proc, Term* args) noexcept nogil:
    if term_is_small(args[1]):
        if small_value(args[1]) < 0:
            return badarg(<Process*>proc)
    elif term_is_big(args[1]):
        if boxed_kind(args[1]) == T_BIG_NEG:
            return badarg(<Process*>proc)
    else:
        return badarg(<Process*>proc)
    if not term_is_fun(args[0]) or not term_is_small(args[1]):
        return AM_false
    return boolean(fun_arity(args[0]) == small_value(args[1]))


cdef Term is_integer_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_integer(args[0]))


cdef Term is_integer_3(void* proc, Term* args) noexcept nogil:
    """is_integer(T, Least, Most): an integer of this range. OTP 29."""
    if not term_is_integer(args[1]) or not term_is_integer(args[2]):
        return badarg(<Process*>proc)
    return AM_true if term_is_integer(args[0]) and compare_exact(args[1], args[0]) <= 0 \
        and compare_exact(args[0], args[2]) <= 0 else AM_false


cdef Term is_list_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_list(args[0]) or term_is_nil(args[0]))


cdef Term is_map_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_map(args[0]))


cdef Term is_number_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_number(args[0]))


cdef Term is_pid_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_pid(args[0]))


cdef Term is_port_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_port(args[0]))


cdef Term is_reference_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_ref(args[0]))


cdef Term is_tuple_1(void* proc, Term* args) noexcept nogil:
    return boolean(term_is_tuple(args[0]))


cdef Term is_record_2(void* proc, Term* args) noexcept nogil:
    if not term_is_atom(args[1]):
        return badarg(<Process*>proc)
    return boolean(term_is_tuple(args[0]) and tuple_arity(args[0]) > 0 and tuple_elements(args[0])[0] == args[1])


cdef Term is_record_3(void* proc, Term* args) noexcept nogil:
    if not term_is_atom(args[1]) or not term_is_small(args[2]):
        return badarg(<Process*>proc)
    return boolean(term_is_tuple(args[0]) and tuple_arity(args[0]) > 0
                   and tuple_elements(args[0])[0] == args[1]
                   and <int64_t>tuple_arity(args[0]) == small_value(args[2]))


# --- parts --------------------------------------------------------------------------------------------
cdef Term hd_1(void* proc, Term* args) noexcept nogil:
    if term_is_list(args[0]):
        return list_head(args[0])
    return badarg(<Process*>proc)


cdef Term tl_1(void* proc, Term* args) noexcept nogil:
    if term_is_list(args[0]):
        return list_tail(args[0])
    return badarg(<Process*>proc)


cdef Term length_1(void* proc, Term* args) noexcept nogil:
    cdef int64_t n = list_length(args[0])
    if n < 0:
        return badarg(<Process*>proc)
    charge(<Process*>proc, n >> 7)
    return make_small(n)


cdef Term tuple_size_1(void* proc, Term* args) noexcept nogil:
    if term_is_tuple(args[0]):
        return make_small(<int64_t>tuple_arity(args[0]))
    return badarg(<Process*>proc)


cdef Term size_1(void* proc, Term* args) noexcept nogil:
    if term_is_tuple(args[0]):
        return make_small(<int64_t>tuple_arity(args[0]))
    if term_is_bitstring(args[0]):
        return make_small(<int64_t>(bits_size(args[0]) >> 3))
    return badarg(<Process*>proc)


cdef inline word match_left(Term t) noexcept nogil:
    return boxed_ptr(t)[M_END] - boxed_ptr(t)[M_POSITION]


cdef Term byte_size_1(void* proc, Term* args) noexcept nogil:
    if term_is_bitstring(args[0]):
        return make_small(<int64_t>((bits_size(args[0]) + 7) >> 3))
    if term_is_kind(args[0], T_MATCH):          # compilers since OTP 26 ask for what is left to match
        return make_small(<int64_t>((match_left(args[0]) + 7) >> 3))
    return badarg(<Process*>proc)


cdef Term bit_size_1(void* proc, Term* args) noexcept nogil:
    if term_is_bitstring(args[0]):
        return make_small(<int64_t>bits_size(args[0]))
    if term_is_kind(args[0], T_MATCH):
        return make_small(<int64_t>match_left(args[0]))
    return badarg(<Process*>proc)


cdef Term element_2(void* proc, Term* args) noexcept nogil:
    cdef int64_t i
    if not term_is_small(args[0]) or not term_is_tuple(args[1]):
        return badarg(<Process*>proc)
    i = small_value(args[0])
    if i < 1 or i > <int64_t>tuple_arity(args[1]):
        return badarg(<Process*>proc)
    return tuple_elements(args[1])[i - 1]


# --- tuples -------------------------------------------------------------------------------------------
cdef enum:
    TUPLE_MAX = (1 << 24) - 1        # elements, as in OTP


cdef Term setelement_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t i
    cdef word n
    cdef Term* to
    if not term_is_small(args[0]) or not term_is_tuple(args[1]):
        return badarg(p)
    i = small_value(args[0])
    n = tuple_arity(args[1])
    if i < 1 or i > <int64_t>n:
        return badarg(p)
    to = proc_alloc(p, n + 1)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    memcpy(to, boxed_ptr(args[1]), (n + 1) * sizeof(Term))
    to[i] = args[2]
    return make_boxed(to)


cdef Term make_tuple_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t n, i
    cdef Term* to
    if not term_is_small(args[0]):
        return badarg(p)
    n = small_value(args[0])
    if n < 0 or n > TUPLE_MAX:
        return badarg(p)
    to = proc_alloc(p, n + 1)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    to[0] = make_header(T_TUPLE, n)
    for i in range(1, n + 1):
        to[i] = args[1]
    charge(p, n >> 6)
    return make_boxed(to)


cdef Term make_tuple_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term list_ = args[2], pair, result
    cdef int64_t n, i
    result = make_tuple_2(proc, args)
    if result == 0:
        return 0
    n = small_value(args[0])
    while term_is_list(list_):
        pair = list_head(list_)
        if not term_is_tuple_of(pair, 2) or not term_is_small(tuple_elements(pair)[0]):
            return badarg(p)
        i = small_value(tuple_elements(pair)[0])
        if i < 1 or i > n:
            return badarg(p)
        boxed_ptr(result)[i] = tuple_elements(pair)[1]
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return badarg(p)
    return result


cdef Term append_element_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef word n
    cdef Term* to
    if not term_is_tuple(args[0]):
        return badarg(p)
    n = tuple_arity(args[0])
    if n >= TUPLE_MAX:
        return badarg(p)
    to = proc_alloc(p, n + 2)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    memcpy(to, boxed_ptr(args[0]), (n + 1) * sizeof(Term))
    to[0] = make_header(T_TUPLE, n + 1)
    to[n + 1] = args[1]
    return make_boxed(to)


cdef Term insert_element_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t i
    cdef word n
    cdef Term* to
    cdef Term* source
    if not term_is_small(args[0]) or not term_is_tuple(args[1]):
        return badarg(p)
    i = small_value(args[0])
    n = tuple_arity(args[1])
    if i < 1 or i > <int64_t>n + 1 or n >= TUPLE_MAX:
        return badarg(p)
    to = proc_alloc(p, n + 2)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    source = boxed_ptr(args[1])
    to[0] = make_header(T_TUPLE, n + 1)
    memcpy(to + 1, source + 1, (i - 1) * sizeof(Term))
    to[i] = args[2]
    memcpy(to + i + 1, source + i, (n - i + 1) * sizeof(Term))
    return make_boxed(to)


cdef Term delete_element_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t i
    cdef word n
    cdef Term* to
    cdef Term* source
    if not term_is_small(args[0]) or not term_is_tuple(args[1]):
        return badarg(p)
    i = small_value(args[0])
    n = tuple_arity(args[1])
    if i < 1 or i > <int64_t>n:
        return badarg(p)
    to = proc_alloc(p, n)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    source = boxed_ptr(args[1])
    to[0] = make_header(T_TUPLE, n - 1)
    memcpy(to + 1, source + 1, (i - 1) * sizeof(Term))
    memcpy(to + i, source + i + 1, (n - i) * sizeof(Term))
    return make_boxed(to)


cdef Term tuple_to_list_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef word n
    cdef Term* cell
    cdef Term* source
    cdef Term list_ = nil()
    if not term_is_tuple(args[0]):
        return badarg(p)
    n = tuple_arity(args[0])
    if n == 0:
        return list_
    if long_work(p, <int64_t>(n >> 5)):
        return away(p)
    cell = proc_alloc(p, 2 * n)
    if cell == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    source = tuple_elements(args[0])
    while n > 0:
        n -= 1
        list_ = cons(cell, source[n], list_)
        cell += 2
    charge(p, <int64_t>(tuple_arity(args[0]) >> 6))
    return list_


cdef Term list_to_tuple_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t n = list_length(args[0]), i
    cdef Term* to
    cdef Term list_ = args[0]
    if n < 0 or n > TUPLE_MAX:
        return badarg(p)
    if long_work(p, n >> 6):
        return away(p)
    to = proc_alloc(p, n + 1)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    to[0] = make_header(T_TUPLE, n)
    for i in range(1, n + 1):
        to[i] = list_head(list_)
        list_ = list_tail(list_)
    charge(p, n >> 6)
    return make_boxed(to)


# --- lists ----------------------------------------------------------------------------------------------
# A ++ B: the cells of A again, ending in B, which may be anything.
cdef Term append_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t n
    cdef Term* cell
    cdef Term list_ = args[0], result
    if term_is_nil(list_):
        return args[1]
    n = list_length(list_)
    if n < 0:
        return badarg(p)
    if term_is_nil(args[1]):
        return list_
    if long_work(p, n >> 4):
        return away(p)
    cell = proc_alloc(p, 2 * n)
    if cell == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    result = make_list(cell)
    while True:
        cell[0] = list_head(list_)
        list_ = list_tail(list_)
        if term_is_nil(list_):
            cell[1] = args[1]
            break
        cell[1] = make_list(cell + 2)
        cell += 2
    charge(p, n >> 4)
    return result


# Elements of b sorted by exact order, equals side by side with a count: binary search makes A -- B
# O((n + m) log m).
cdef void sort_terms(Term* a, Term* temp, int64_t n) noexcept nogil:
    cdef int64_t width = 1, i, mid, end, l, r, k
    cdef Term* swap
    cdef Term* source = a
    cdef Term* target = temp
    while width < n:
        i = 0
        while i < n:
            mid = i + width if i + width < n else n
            end = i + 2 * width if i + 2 * width < n else n
            l = i
            r = mid
            k = i
            while k < end:
                if l < mid and (r >= end or compare_exact(source[l], source[r]) <= 0):
                    target[k] = source[l]
                    l += 1
                else:
                    target[k] = source[r]
                    r += 1
                k += 1
            i = end
        swap = source
        source = target
        target = swap
        width *= 2
    if source != a:
        memcpy(a, source, n * sizeof(Term))


cdef Term subtract_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t n = list_length(args[0]), m = list_length(args[1]), i, low, high, mid, kept = 0
    cdef Term* work
    cdef Term* counts
    cdef Term* cell
    cdef Term list_, element, result
    cdef int order
    cdef int64_t distinct
    if n < 0 or m < 0:
        return badarg(p)
    if n == 0 or m == 0:
        return args[0]
    if long_work(p, n + m):
        return away(p)
    # work: the sorted right side, scratch for sorting and then counts, and the kept left elements
    work = <Term*>malloc((2 * m + n) * sizeof(Term))
    if work == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    counts = work + m
    list_ = args[1]
    for i in range(m):
        work[i] = list_head(list_)
        list_ = list_tail(list_)
    sort_terms(work, counts, m)
    low = 0                      # squeeze equals into one entry with a count
    for i in range(m):
        if low > 0 and term_identical(work[low - 1], work[i]):
            counts[low - 1] += 1
        else:
            work[low] = work[i]
            counts[low] = 1
            low += 1
    distinct = low
    list_ = args[0]
    for i in range(n):
        element = list_head(list_)
        list_ = list_tail(list_)
        low = 0
        high = distinct
        while low < high:
            mid = (low + high) >> 1
            order = compare_exact(work[mid], element)
            if order == 0:
                break
            if order < 0:
                low = mid + 1
            else:
                high = mid
        if low < high and counts[mid] > 0:
            counts[mid] -= 1
        else:
            work[2 * m + kept] = element
            kept += 1
    result = nil()
    if kept > 0:
        cell = proc_alloc(p, 2 * kept)
        if cell == NULL:
            free(work)
            return fail(p, EXC_SYSTEM_LIMIT)
        while kept > 0:
            kept -= 1
            result = cons(cell, work[2 * m + kept], result)
            cell += 2
    free(work)
    charge(p, (n + m) >> 3)
    return result


cdef Term reverse_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t n = list_length(args[0])
    cdef Term* cell
    cdef Term list_ = args[0], result = args[1]
    if n < 0:
        return badarg(p)
    if n == 0:
        return result
    if long_work(p, n >> 4):
        return away(p)
    cell = proc_alloc(p, 2 * n)
    if cell == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    while term_is_list(list_):
        result = cons(cell, list_head(list_), result)
        cell += 2
        list_ = list_tail(list_)
    charge(p, n >> 4)
    return result


cdef Term member_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term key = args[0], list_ = args[1]
    cdef int64_t n = 0
    cdef int64_t most = LONG_LIST if long_work(p, LONG_WORK + 1) else LIST_MAX
    if term_is_immed(key):
        while term_is_list(list_):
            if list_head(list_) == key:
                charge(p, n >> 4)
                return AM_true
            list_ = list_tail(list_)
            n += 1
            if n > most:
                return away(p)
    else:
        while term_is_list(list_):
            if term_identical(list_head(list_), key):
                charge(p, n >> 4)
                return AM_true
            list_ = list_tail(list_)
            n += 1
            if n > most:
                return away(p)
    charge(p, n >> 4)
    if not term_is_nil(list_):
        return badarg(p)
    return AM_false


# The tuple found, AM_false, or 0 with badarg. Keys are compared with ==.
cdef Term find_key(Process* p, Term* args) noexcept nogil:
    cdef Term key = args[0], list_ = args[2], tuple_
    cdef int64_t position, n = 0
    cdef int64_t most = LONG_LIST if long_work(p, LONG_WORK + 1) else LIST_MAX
    cdef bint by_word = term_is_immed(key) and not term_is_small(key)
    if not term_is_small(args[1]) or small_value(args[1]) < 1:
        return badarg(p)
    position = small_value(args[1])
    while term_is_list(list_):
        tuple_ = list_head(list_)
        list_ = list_tail(list_)
        n += 1
        if n > most:
            return away(p)
        if term_is_tuple(tuple_) and <int64_t>tuple_arity(tuple_) >= position:
            if tuple_elements(tuple_)[position - 1] == key or (
                    not by_word and term_equal(tuple_elements(tuple_)[position - 1], key)):
                charge(p, n >> 4)
                return tuple_
    charge(p, n >> 4)
    if not term_is_nil(list_):
        return badarg(p)
    return AM_false


cdef Term keyfind_3(void* proc, Term* args) noexcept nogil:
    return find_key(<Process*>proc, args)


cdef Term keymember_3(void* proc, Term* args) noexcept nogil:
    cdef Term found = find_key(<Process*>proc, args)
    if found == 0 or found == AM_false:
        return found
    return AM_true


cdef Term keysearch_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term found = find_key(p, args)
    cdef Term* to
    if found == 0 or found == AM_false:
        return found
    to = proc_alloc(p, 3)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    to[0] = make_header(T_TUPLE, 2)
    to[1] = AM_value
    to[2] = found
    return make_boxed(to)


cdef Term cmp_term_2(void* proc, Term* args) noexcept nogil:
    cdef int order = compare_exact(args[0], args[1])
    return make_small(-1 if order < 0 else (1 if order > 0 else 0))


cdef Term atom_export = atom_from_cstr(b"export")


cdef Term atom_hashmap_node = atom_from_cstr(b"hashmap_node")


# A node of a big map as erts_internal:map_hashmap_children/1 hands it out is a map like any other; but its keys lie
# where another part of their hashes says, or they are too few for a trie.
cdef bint is_whole_map(Term t) noexcept nogil:
    cdef Term* q = boxed_ptr(t)
    cdef word n = header_size(q[0]) - 1, i
    cdef int64_t bitmap = small_value(q[1]) & 0xFFFF
    cdef int place = -1
    cdef Term key
    if small_value(q[1]) >> 16 <= MAP_FLAT_MAX:
        return False
    for i in range(n):
        place += 1
        while not bitmap >> place & 1:
            place += 1
        key = q[2 + i]
        while not term_is_list(key):
            key = boxed_ptr(key)[2]
        if <int>(term_hash(list_head(key)) & 15) != place:
            return False
    return True


cdef Term term_type_1(void* proc, Term* args) noexcept nogil:
    cdef Term t = args[0]
    cdef int kind
    if term_is_small(t):
        return AM_fixnum
    if term_is_atom(t):
        return AM_atom
    if term_is_local_pid(t):
        return AM_pid
    if term_is_local_port(t):
        return AM_port
    if term_is_nil(t):
        return AM_nil
    if term_is_list(t):
        return AM_list
    kind = boxed_kind(t)
    if kind == T_TUPLE:
        return AM_tuple
    if kind == T_BIG_POS or kind == T_BIG_NEG:
        return AM_bignum
    if kind == T_FLOAT:
        return AM_hfloat
    if kind == T_FUN:
        return AM_fun
    if kind == T_EXPORT:
        return atom_export
    if kind == T_REF:
        return AM_reference
    if kind == T_HEAP_BITS:
        return AM_heap_binary if (bits_size(t) & 7) == 0 else AM_sub_binary
    if kind == T_SUB_BITS:
        if boxed_kind((<SubBits*>boxed_ptr(t)).orig) == T_BIN_REF and (<SubBits*>boxed_ptr(t)).start == 0 \
                and (bits_size(t) & 7) == 0:
            return AM_refc_binary
        return AM_sub_binary
    if kind == T_MAP_FLAT:
        return AM_flatmap
    if kind == T_MAP_NODE:
        return AM_hashmap if is_whole_map(t) else atom_hashmap_node
    if term_is_pid(t):
        return AM_external_pid
    if term_is_port(t):
        return AM_external_port
    return AM_external_reference


bif_register(b"erlang", b"is_atom", 1, is_atom_1, BIF_GUARD)
bif_register(b"erlang", b"is_binary", 1, is_binary_1, BIF_GUARD)
bif_register(b"erlang", b"is_bitstring", 1, is_bitstring_1, BIF_GUARD)
bif_register(b"erlang", b"is_boolean", 1, is_boolean_1, BIF_GUARD)
bif_register(b"erlang", b"is_float", 1, is_float_1, BIF_GUARD)
bif_register(b"erlang", b"is_function", 1, is_function_1, BIF_GUARD)
bif_register(b"erlang", b"is_function", 2, is_function_2, BIF_GUARD)
bif_register(b"erlang", b"is_integer", 1, is_integer_1, BIF_GUARD)
bif_register(b"erlang", b"is_integer", 3, is_integer_3, BIF_GUARD)
bif_register(b"erlang", b"is_list", 1, is_list_1, BIF_GUARD)
bif_register(b"erlang", b"is_map", 1, is_map_1, BIF_GUARD)
bif_register(b"erlang", b"is_number", 1, is_number_1, BIF_GUARD)
bif_register(b"erlang", b"is_pid", 1, is_pid_1, BIF_GUARD)
bif_register(b"erlang", b"is_port", 1, is_port_1, BIF_GUARD)
bif_register(b"erlang", b"is_reference", 1, is_reference_1, BIF_GUARD)
bif_register(b"erlang", b"is_tuple", 1, is_tuple_1, BIF_GUARD)
bif_register(b"erlang", b"is_record", 2, is_record_2, BIF_GUARD)
bif_register(b"erlang", b"is_record", 3, is_record_3, BIF_GUARD)
bif_register(b"erlang", b"hd", 1, hd_1, BIF_GUARD)
bif_register(b"erlang", b"tl", 1, tl_1, BIF_GUARD)
bif_register(b"erlang", b"length", 1, length_1, BIF_GUARD)
bif_register(b"erlang", b"size", 1, size_1, BIF_GUARD)
bif_register(b"erlang", b"tuple_size", 1, tuple_size_1, BIF_GUARD)
bif_register(b"erlang", b"byte_size", 1, byte_size_1, BIF_GUARD)
bif_register(b"erlang", b"bit_size", 1, bit_size_1, BIF_GUARD)
bif_register(b"erlang", b"element", 2, element_2, BIF_GUARD)
bif_register(b"erlang", b"setelement", 3, setelement_3, 0)
bif_register(b"erlang", b"make_tuple", 2, make_tuple_2, 0)
bif_register(b"erlang", b"make_tuple", 3, make_tuple_3, 0)
bif_register(b"erlang", b"append_element", 2, append_element_2, 0)
bif_register(b"erlang", b"insert_element", 3, insert_element_3, 0)
bif_register(b"erlang", b"delete_element", 2, delete_element_2, 0)
bif_register(b"erlang", b"tuple_to_list", 1, tuple_to_list_1, 0)
bif_register(b"erlang", b"list_to_tuple", 1, list_to_tuple_1, 0)
bif_register(b"erlang", b"++", 2, append_2, 0)
bif_register(b"erlang", b"append", 2, append_2, 0)
bif_register(b"erlang", b"--", 2, subtract_2, 0)
bif_register(b"erlang", b"subtract", 2, subtract_2, 0)
bif_register(b"lists", b"reverse", 2, reverse_2, 0)
bif_register(b"lists", b"member", 2, member_2, 0)
bif_register(b"lists", b"keyfind", 3, keyfind_3, 0)
bif_register(b"lists", b"keymember", 3, keymember_3, 0)
bif_register(b"lists", b"keysearch", 3, keysearch_3, 0)
bif_register(b"erts_internal", b"cmp_term", 2, cmp_term_2, 0)
bif_register(b"erts_internal", b"term_type", 1, term_type_1, 0)

"""Order, equality and hashes.

Every walk keeps what it still has to look at on a WordStack. Comparisons push items of three words: two
addresses or terms, and a control word (kind, exactness, count), so that each part of a term is compared
in the mode that its place asks for: keys of maps always exactly, values as the whole.

Two tries with the same keys have the same shape, so equality walks them side by side. For order, a
TrieDiff first separates the pairs of leaves with equal keys from the keys that only one side has; the
smallest key of the latter decides, or else the pair with the smallest key whose values differ. Its
questions about keys and values are answered by the ordinary walk, above the frame's place on the stack.

The hashes are defined by OTP's source alone. They mix 32-bit words with Bob Jenkins' 1996 function; the
multiples of its constant tell kinds of terms apart.

Invariant: a walk never recurses and never allocates on a term heap. Read next: compare.pxd, text.pyx.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport abort, free, malloc, realloc
from libc.string cimport memcmp, memcpy
from enigma.term.am cimport AM_nonode_at_nohost
from enigma.term.atom cimport atom_compare, atom_get
from enigma.term.bits cimport bits_compare, bits_copy, bits_get
from enigma.term.boxed cimport *
from enigma.term.core cimport *
from enigma.term.mixing cimport *
from enigma.term.number cimport integer_compare, integer_float_compare
from enigma.term.pack cimport *

cdef TermHooks hooks
cdef NodeName no_node
no_node.name = AM_nonode_at_nohost


cdef TermHooks* term_hooks() noexcept nogil:
    return &hooks


cdef void word_stack_grow(WordStack* s, size_t need) noexcept nogil:
    cdef size_t capacity = s.capacity * 2 + need
    cdef uint64_t* items
    if s.items == &s.first[0]:
        items = <uint64_t*>malloc(capacity * sizeof(uint64_t))
        if items != NULL:
            memcpy(items, s.items, s.n * sizeof(uint64_t))
    else:
        items = <uint64_t*>realloc(s.items, capacity * sizeof(uint64_t))
    if items == NULL:
        abort()
    s.items = items
    s.capacity = capacity


cdef void word_stack_free(WordStack* s) noexcept nogil:
    if s.items != &s.first[0]:
        free(s.items)


# --- items of the comparing walks -------------------------------------------------------------------

cdef enum:
    ITEM_PAIR = 0            # two terms
    ITEM_ARRAY = 2           # two addresses of `count` terms each
    ITEM_EXACT = 1           # flag
    ITEM_COUNT_SHIFT = 2


cdef inline void push_item(WordStack* s, uint64_t x, uint64_t y, uint64_t control) noexcept nogil:
    if s.n + 3 > s.capacity:
        word_stack_grow(s, 3)
    s.items[s.n] = x
    s.items[s.n + 1] = y
    s.items[s.n + 2] = control
    s.n += 3


cdef inline void push_array(WordStack* s, Term* x, Term* y, size_t count, bint exact) noexcept nogil:
    if count > 0:
        push_item(s, <uint64_t>x, <uint64_t>y, count << ITEM_COUNT_SHIFT | ITEM_ARRAY | exact)


# Takes the next two terms whose words differ off the stack, down to `base`. False: none is left.
cdef inline bint next_pair(WordStack* s, size_t base, Term* a, Term* b, bint* exact) noexcept nogil:
    cdef Term* x
    cdef Term* y
    cdef size_t count
    cdef uint64_t control
    while s.n > base:
        control = s.items[s.n - 1]
        exact[0] = control & ITEM_EXACT
        if (control & ITEM_ARRAY) == 0:
            s.n -= 3
            a[0] = s.items[s.n]
            b[0] = s.items[s.n + 1]
            return True
        x = <Term*>s.items[s.n - 3]
        y = <Term*>s.items[s.n - 2]
        count = control >> ITEM_COUNT_SHIFT
        while count > 0 and x[0] == y[0]:
            x += 1
            y += 1
            count -= 1
        if count == 0:
            s.n -= 3
            continue
        a[0] = x[0]
        b[0] = y[0]
        if count == 1:
            s.n -= 3
        else:
            s.items[s.n - 3] = <uint64_t>(x + 1)
            s.items[s.n - 2] = <uint64_t>(y + 1)
            s.items[s.n - 1] = (count - 1) << ITEM_COUNT_SHIFT | ITEM_ARRAY | exact[0]
        return True
    return False


# --- order of what has no parts ---------------------------------------------------------------------

cdef enum:                   # ranks of types in the order of terms
    R_NUMBER = 0
    R_ATOM = 1
    R_REF = 2
    R_FUN = 3
    R_PORT = 4
    R_PID = 5
    R_TUPLE = 6
    R_MAP = 7
    R_NIL = 8
    R_LIST = 9
    R_BITS = 10


cdef inline int rank(Term t) noexcept nogil:
    cdef int kind
    cdef word which
    if term_is_small(t):
        return R_NUMBER
    if term_is_list(t):
        return R_LIST
    if term_is_immed(t):
        if term_is_local_pid(t):
            return R_PID
        if term_is_local_port(t):
            return R_PORT
        return R_NIL if term_is_nil(t) else R_ATOM
    kind = boxed_kind(t)
    if kind == T_TUPLE:
        return R_TUPLE
    elif kind == T_BIG_POS or kind == T_BIG_NEG or kind == T_FLOAT:
        return R_NUMBER
    elif kind == T_FUN or kind == T_EXPORT:
        return R_FUN
    elif kind == T_REF:
        return R_REF
    elif kind == T_MAP_FLAT or kind == T_MAP_NODE:
        return R_MAP
    elif kind == T_EXT_PID:
        which = (<External*>boxed_ptr(t)).which
        return R_PID if which == EXT_PID else (R_PORT if which == EXT_PORT else R_REF)
    return R_BITS


cdef inline int order64(uint64_t a, uint64_t b) noexcept nogil:
    return (a > b) - (a < b)


cdef inline int order_floats(double x, double y) noexcept nogil:
    return (x > y) - (x < y)


cdef int compare_numbers(Term a, Term b, bint exact) noexcept nogil:
    cdef bint fa = term_is_float(a)
    cdef bint fb = term_is_float(b)
    cdef int c
    if fa and fb:
        c = order_floats(float_value(a), float_value(b))
        if c == 0 and exact and hooks.signed_zeros:       # equal floats differ in their bits only at zero
            c = (boxed_ptr(a)[1] < boxed_ptr(b)[1]) - (boxed_ptr(a)[1] > boxed_ptr(b)[1])
        return c
    if not fa and not fb:
        return integer_compare(a, b)
    if exact:
        return 1 if fa else -1
    if fa:
        return -integer_float_compare(b, float_value(a))
    return integer_float_compare(a, float_value(b))


cdef inline NodeName* node_of(Term t) noexcept nogil:
    if term_is_kind(t, T_EXT_PID):
        return (<External*>boxed_ptr(t)).node
    return hooks.local_node() if hooks.local_node != NULL else &no_node


cdef int compare_nodes(Term a, Term b) noexcept nogil:
    cdef NodeName* x = node_of(a)
    cdef NodeName* y = node_of(b)
    if x == y:
        return 0
    if x.name != y.name:
        return atom_compare(x.name, y.name)
    return order64(x.creation, y.creation)


cdef inline uint32_t pid_number(Term t) noexcept nogil:
    if term_is_local_pid(t):
        return <uint32_t>(pid_data(t) & 0x7FFF)
    return <uint32_t>(<Term*>boxed_ptr(t))[3]


cdef inline uint32_t pid_serial(Term t) noexcept nogil:
    if term_is_local_pid(t):
        return <uint32_t>(pid_data(t) >> 15)
    return <uint32_t>(boxed_ptr(t)[3] >> 32)


cdef inline uint64_t port_number(Term t) noexcept nogil:
    if term_is_local_port(t):
        return port_data(t)
    return boxed_ptr(t)[3]


cdef inline uint32_t* ref_numbers(Term t, size_t* count) noexcept nogil:
    if term_is_kind(t, T_REF):
        count[0] = 3
        return ref_ids(t)
    count[0] = <size_t>boxed_ptr(t)[3]
    return <uint32_t*>(boxed_ptr(t) + 4)


cdef int compare_pids(Term a, Term b) noexcept nogil:
    cdef int r = order64(pid_serial(a), pid_serial(b))
    if r == 0:
        r = order64(pid_number(a), pid_number(b))
    return r if r != 0 else compare_nodes(a, b)


cdef int compare_ports(Term a, Term b) noexcept nogil:
    cdef int r = compare_nodes(a, b)
    return r if r != 0 else order64(port_number(a), port_number(b))


# References of different length are equal if the longer one only has zeros more.
cdef int compare_refs(Term a, Term b) noexcept nogil:
    cdef size_t na, nb, i
    cdef uint32_t* x = ref_numbers(a, &na)
    cdef uint32_t* y = ref_numbers(b, &nb)
    cdef int r = compare_nodes(a, b)
    cdef uint32_t u, v
    if r != 0:
        return r
    i = na if na > nb else nb
    while i > 0:
        i -= 1
        u = x[i] if i < na else 0
        v = y[i] if i < nb else 0
        if u != v:
            return -1 if u < v else 1
    return 0


cdef int compare_bits(Term a, Term b) noexcept nogil:
    cdef uint8_t* x
    cdef uint8_t* y
    cdef word x_bit, x_size, y_bit, y_size
    bits_fetch(a, &x, &x_bit, &x_size)
    bits_fetch(b, &y, &y_bit, &y_size)
    return bits_compare(x, x_bit, x_size, y, y_bit, y_size)


cdef bint equal_bits(Term a, Term b) noexcept nogil:
    cdef uint8_t* x
    cdef uint8_t* y
    cdef word x_bit, x_size, y_bit, y_size
    bits_fetch(a, &x, &x_bit, &x_size)
    bits_fetch(b, &y, &y_bit, &y_size)
    if x_size != y_size:
        return False
    if ((x_bit | y_bit | x_size) & 7) == 0:
        return memcmp(x + (x_bit >> 3), y + (y_bit >> 3), x_size >> 3) == 0
    return bits_compare(x, x_bit, x_size, y, y_bit, y_size) == 0


# Everything of two funs but their environments; local funs come before external ones.
cdef int compare_fun_heads(Term a, Term b) noexcept nogil:
    cdef Term* p = boxed_ptr(a)
    cdef Term* q = boxed_ptr(b)
    cdef bint xa = header_kind(p[0]) == T_EXPORT
    cdef bint xb = header_kind(q[0]) == T_EXPORT
    cdef Term m1 = 0, m2 = 0, f1 = 0, f2 = 0
    cdef unsigned int n1 = 0, n2 = 0
    cdef uint64_t i1, i2, o1, o2, u1, u2
    cdef int r
    if xa != xb:
        return 1 if xa else -1
    if xa:
        if p[1] == q[1]:
            return 0
        if hooks.export_parts == NULL:
            return order64(p[1], q[1])
        hooks.export_parts(<void*>p[1], &m1, &f1, &n1)
        hooks.export_parts(<void*>q[1], &m2, &f2, &n2)
        r = atom_compare(m1, m2)
        if r == 0:
            r = atom_compare(f1, f2)
        return r if r != 0 else order64(n1, n2)
    if p[1] != q[1]:
        if hooks.fun_parts == NULL:
            return order64(p[1], q[1])
        hooks.fun_parts(<void*>p[1], &m1, &i1, &o1, &u1)
        hooks.fun_parts(<void*>q[1], &m2, &i2, &o2, &u2)
        r = atom_compare(m1, m2)
        if r == 0:
            r = order64(i1, i2)
        if r == 0:
            r = (<int32_t>u1 > <int32_t>u2) - (<int32_t>u1 < <int32_t>u2)   # signed, as OTP keeps it
        if r != 0:
            return r
    return order64((<Fun*>p).free, (<Fun*>q).free)


# --- equality ---------------------------------------------------------------------------------------

cdef bint equal_terms(Term a, Term b, bint exact) noexcept nogil:
    cdef WordStack s
    cdef Term* p
    cdef Term* q
    cdef Term header
    cdef int kind
    cdef bint same = True
    word_stack_init(&s)
    while True:
        # Here a and b are to be compared; `same` becomes False, or parts are pushed.
        if a == b:
            pass
        elif term_is_list(a):
            if not term_is_list(b):
                same = False
            else:
                p = list_cell(a)
                q = list_cell(b)
                while True:          # along the lists as far as the heads are the same words
                    if p[0] != q[0]:
                        if exact and (term_is_immed(p[0]) or term_is_immed(q[0])):
                            same = False
                            break
                        if p[1] != q[1]:
                            push_item(&s, p[1], q[1], ITEM_PAIR | exact)
                        push_item(&s, p[0], q[0], ITEM_PAIR | exact)
                        break
                    if p[1] == q[1]:
                        break
                    if not (term_is_list(p[1]) and term_is_list(q[1])):
                        push_item(&s, p[1], q[1], ITEM_PAIR | exact)
                        break
                    p = list_cell(p[1])
                    q = list_cell(q[1])
        elif term_is_boxed(a) and term_is_boxed(b):
            p = boxed_ptr(a)
            q = boxed_ptr(b)
            header = p[0]
            kind = header_kind(header)
            if kind == T_TUPLE:
                if q[0] != header:
                    same = False
                else:
                    push_array(&s, p + 1, q + 1, header_size(header), exact)
            elif kind == T_FLOAT:
                if header_kind(q[0]) == T_FLOAT:
                    same = float_value(a) == float_value(b) and not (exact and hooks.signed_zeros and p[1] != q[1])
                else:
                    same = not exact and term_is_big(b) and integer_float_compare(b, float_value(a)) == 0
            elif kind == T_BIG_POS or kind == T_BIG_NEG:
                if header_kind(q[0]) == T_FLOAT:
                    same = not exact and integer_float_compare(a, float_value(b)) == 0
                else:
                    same = q[0] == header and memcmp(p + 1, q + 1, header_size(header) * sizeof(Term)) == 0
            elif kind == T_HEAP_BITS or kind == T_SUB_BITS:
                same = term_is_bitstring(b) and equal_bits(a, b)
            elif kind == T_MAP_FLAT:
                if q[0] != header:
                    same = False
                else:
                    push_array(&s, p + 2, q + 2, header_size(header) - 1, exact)
                    if p[1] != q[1]:
                        push_item(&s, p[1], q[1], ITEM_PAIR | ITEM_EXACT)
            elif kind == T_MAP_NODE:
                same = q[0] == header and p[1] == q[1] and push_tries(&s, p, q, exact)
            elif kind == T_FUN or kind == T_EXPORT:
                same = term_is_fun(b) and compare_fun_heads(a, b) == 0
                if same and kind == T_FUN:
                    push_array(&s, p + SIZEOF_FUN, q + SIZEOF_FUN, (<Fun*>p).free, exact)
            elif kind == T_REF:
                same = header_kind(q[0]) == T_REF and compare_refs(a, b) == 0
            elif kind == T_EXT_PID:
                same = header_kind(q[0]) == T_EXT_PID and (<External*>p).which == (<External*>q).which
                if same:
                    same = (<External*>p).node == (<External*>q).node
                if same and (<External*>p).which == EXT_REF:
                    same = compare_refs(a, b) == 0
                elif same:
                    same = p[3] == q[3]
            else:
                same = False
        elif exact:
            same = False
        elif term_is_small(a) and term_is_float(b):
            same = integer_float_compare(a, float_value(b)) == 0
        elif term_is_small(b) and term_is_float(a):
            same = integer_float_compare(b, float_value(a)) == 0
        else:
            same = False
        if not same or not next_pair(&s, 0, &a, &b, &exact):
            break
    word_stack_free(&s)
    return same


# Pushes the children of two trie nodes with equal headers; False if they can't be equal.
cdef bint push_tries(WordStack* s, Term* p, Term* q, bint exact) noexcept nogil:
    cdef size_t i, n = header_size(p[0]) - 1
    cdef Term x, y
    for i in range(n):
        x = p[2 + i]
        y = q[2 + i]
        if x == y:
            continue
        if term_is_list(x) != term_is_list(y):
            return False
        if term_is_list(x):
            if list_tail(x) != list_tail(y):
                push_item(s, list_tail(x), list_tail(y), ITEM_PAIR | exact)
            if list_head(x) != list_head(y):
                push_item(s, list_head(x), list_head(y), ITEM_PAIR | ITEM_EXACT)
        else:
            push_item(s, x, y, ITEM_PAIR | exact)
    return True


cdef bint term_equal(Term a, Term b) noexcept nogil:
    if a == b:
        return True
    if term_both_small(a, b) or (term_is_atom(a) and term_is_atom(b)):
        return False
    return equal_terms(a, b, False)


cdef bint term_identical_slow(Term a, Term b) noexcept nogil:
    cdef Term* p
    cdef Term* q
    cdef size_t i
    if term_is_boxed(a) and term_is_boxed(b):
        p = boxed_ptr(a)
        q = boxed_ptr(b)
        if header_kind(p[0]) == T_TUPLE:     # often a small key
            if p[0] != q[0]:
                return False
            i = header_size(p[0])
            while i > 0 and p[i] == q[i]:
                i -= 1
            if i == 0:
                return True
            if term_is_immed(p[i]) or term_is_immed(q[i]):
                return False
    return equal_terms(a, b, True)


# --- order --------------------------------------------------------------------------------------------

# The comparison of two tries in progress.
cdef struct TrieDiff:
    TrieDiff* outer          # the one whose question led to this one
    size_t base              # stack height at which its questions are answered
    bint exact               # mode of the values
    bint keys_differ
    int question             # what was asked last: ASK_
    int result               # of the smallest key or pair so far
    Term key                 # that key; 0: none yet
    size_t next              # next entry of `entries`
    WordStack entries        # lone keys (key, 0: of a, 1: of b), or pairs of leaves

cdef enum:
    ASK_LONE = 0             # is the lone key smaller than `key`?
    ASK_VALUE = 1            # are the values of a pair equal?
    ASK_KEY = 2              # is the key of a pair with different values smaller than `key`?


# Every leaf below a child whose key is not `skip` (0: none) is alone. True if skip was found; its leaf in *found.
cdef bint collect_lone(WordStack* lone, Term child, uint64_t side, Term skip, Term* found) noexcept nogil:
    cdef WordStack todo
    cdef Term t
    cdef Term* p
    cdef size_t i
    cdef bint seen = False
    word_stack_init(&todo)
    word_stack_push(&todo, child)
    while todo.n > 0:
        t = word_stack_pop(&todo)
        if term_is_list(t):
            if skip != 0 and not seen and term_identical(list_head(t), skip):
                seen = True
                found[0] = t
            else:
                word_stack_push(lone, list_head(t))
                word_stack_push(lone, side)
            continue
        p = boxed_ptr(t)
        for i in range(header_size(p[0]) - 1):
            word_stack_push(&todo, p[2 + i])
    word_stack_free(&todo)
    return seen


# Fills d.entries from two tries.
cdef void diff_tries(TrieDiff* d, Term a, Term b) noexcept nogil:
    cdef WordStack todo, lone, pairs
    cdef Term* p
    cdef Term* q
    cdef Term x, y, leaf
    cdef uint64_t p_map, q_map, bit
    cdef size_t i, j
    cdef int slot
    word_stack_init(&todo)
    word_stack_init(&lone)
    word_stack_init(&pairs)
    word_stack_push(&todo, a)
    word_stack_push(&todo, b)
    while todo.n > 0:
        q = boxed_ptr(word_stack_pop(&todo))
        p = boxed_ptr(word_stack_pop(&todo))
        p_map = <uint64_t>small_value(p[1]) & 0xFFFF
        q_map = <uint64_t>small_value(q[1]) & 0xFFFF
        i = 2
        j = 2
        for slot in range(16):
            bit = <uint64_t>1 << slot
            x = 0
            y = 0
            if p_map & bit:
                x = p[i]
                i += 1
            if q_map & bit:
                y = q[j]
                j += 1
            if x == y:
                pass                                   # both empty, or one shared child
            elif y == 0:
                collect_lone(&lone, x, 0, 0, NULL)
            elif x == 0:
                collect_lone(&lone, y, 1, 0, NULL)
            elif term_is_list(x):
                leaf = 0
                if collect_lone(&lone, y, 1, list_head(x), &leaf):
                    word_stack_push(&pairs, x)
                    word_stack_push(&pairs, leaf)
                else:
                    word_stack_push(&lone, list_head(x))
                    word_stack_push(&lone, 0)
            elif term_is_list(y):
                leaf = 0
                if collect_lone(&lone, x, 0, list_head(y), &leaf):
                    word_stack_push(&pairs, leaf)
                    word_stack_push(&pairs, y)
                else:
                    word_stack_push(&lone, list_head(y))
                    word_stack_push(&lone, 1)
            else:
                word_stack_push(&todo, x)
                word_stack_push(&todo, y)
    word_stack_free(&todo)
    d.keys_differ = lone.n > 0
    word_stack_free(&pairs if d.keys_differ else &lone)
    # A stack that has not grown points into itself.
    d.entries = lone if d.keys_differ else pairs
    if d.entries.capacity == 60:
        d.entries.items = &d.entries.first[0]


# Takes the answer to the last question (ignored if asked is False); True: a next one is in *a, *b.
cdef bint diff_step(TrieDiff* d, bint asked, int answer, Term* a, Term* b, bint* exact) noexcept nogil:
    cdef uint64_t* e = d.entries.items
    if asked:
        if d.question == ASK_LONE:
            if answer < 0:
                d.key = e[d.next]
                d.result = 1 if e[d.next + 1] else -1
            d.next += 2
        elif d.question == ASK_VALUE:
            if answer == 0:
                d.next += 2
            elif d.key == 0:
                d.key = list_head(e[d.next])
                d.result = answer
                d.next += 2
            else:
                a[0] = list_head(e[d.next])
                b[0] = d.key
                exact[0] = True
                d.question = ASK_KEY
                return True
        else:
            if answer < 0:
                # The answer about the values is gone: ask again, now as the best so far.
                d.key = 0
            else:
                d.next += 2
    while d.next < d.entries.n:
        if d.keys_differ:
            if d.key == 0:
                d.key = e[d.next]
                d.result = 1 if e[d.next + 1] else -1
                d.next += 2
                continue
            a[0] = e[d.next]
            b[0] = d.key
            exact[0] = True
            d.question = ASK_LONE
            return True
        a[0] = list_tail(e[d.next])
        b[0] = list_tail(e[d.next + 1])
        exact[0] = d.exact
        d.question = ASK_VALUE
        if a[0] != b[0]:
            return True
        d.next += 2
    return False


cdef int compare_terms(Term a, Term b, bint exact) noexcept nogil:
    cdef WordStack s
    cdef TrieDiff* diff = NULL
    cdef TrieDiff* inner
    cdef Term* p
    cdef Term* q
    cdef int r, ra, rb
    cdef word na, nb
    word_stack_init(&s)
    while True:
        # Here a and b are to be compared; r tells what is known, or parts are pushed with r = 0.
        r = 0
        if a == b:
            pass
        elif term_both_small(a, b):
            r = -1 if small_value(a) < small_value(b) else 1
        elif term_is_atom(a) and term_is_atom(b):
            r = atom_compare(a, b)
        else:
            ra = rank(a)
            rb = rank(b)
            if ra != rb:
                r = -1 if ra < rb else 1
            elif ra == R_NUMBER:
                r = compare_numbers(a, b, exact)
            elif ra == R_LIST:
                p = list_cell(a)
                q = list_cell(b)
                while True:
                    if p[0] != q[0]:
                        if term_both_small(p[0], q[0]):
                            r = -1 if small_value(p[0]) < small_value(q[0]) else 1
                            break
                        if p[1] != q[1]:
                            push_item(&s, p[1], q[1], ITEM_PAIR | exact)
                        push_item(&s, p[0], q[0], ITEM_PAIR | exact)
                        break
                    if p[1] == q[1]:
                        break
                    if not (term_is_list(p[1]) and term_is_list(q[1])):
                        push_item(&s, p[1], q[1], ITEM_PAIR | exact)
                        break
                    p = list_cell(p[1])
                    q = list_cell(q[1])
            elif ra == R_TUPLE:
                na = tuple_arity(a)
                nb = tuple_arity(b)
                if na != nb:
                    r = -1 if na < nb else 1
                else:
                    push_array(&s, tuple_elements(a), tuple_elements(b), na, exact)
            elif ra == R_BITS:
                r = compare_bits(a, b)
            elif ra == R_MAP:
                na = map_size(a)
                nb = map_size(b)
                p = boxed_ptr(a)
                q = boxed_ptr(b)
                if na != nb:
                    r = -1 if na < nb else 1
                elif header_kind(p[0]) == T_MAP_FLAT:
                    push_array(&s, p + 2, q + 2, na, exact)
                    if p[1] != q[1]:
                        push_item(&s, p[1], q[1], ITEM_PAIR | ITEM_EXACT)
                else:
                    inner = <TrieDiff*>malloc(sizeof(TrieDiff))
                    if inner == NULL:
                        abort()
                    inner.outer = diff
                    inner.base = s.n
                    inner.exact = exact
                    inner.key = 0
                    inner.next = 0
                    inner.result = 0
                    diff_tries(inner, a, b)
                    diff = inner
                    if diff_step(diff, False, 0, &a, &b, &exact):
                        continue
                    r = diff.result
                    diff = diff.outer
                    word_stack_free(&inner.entries)
                    free(inner)
            elif ra == R_FUN:
                r = compare_fun_heads(a, b)
                if r == 0 and term_is_kind(a, T_FUN):
                    push_array(&s, fun_env(a), fun_env(b), (<Fun*>boxed_ptr(a)).free, exact)
            elif ra == R_PID:
                r = compare_pids(a, b)
            elif ra == R_PORT:
                r = compare_ports(a, b)
            elif ra == R_REF:
                r = compare_refs(a, b)
        # What is next: the rest of a pushed item, or an answer to the question of a TrieDiff.
        while True:
            if r == 0 and next_pair(&s, diff.base if diff != NULL else 0, &a, &b, &exact):
                break
            if diff == NULL:
                word_stack_free(&s)
                return r
            s.n = diff.base
            if diff_step(diff, True, r, &a, &b, &exact):
                break
            r = diff.result
            inner = diff
            diff = diff.outer
            word_stack_free(&inner.entries)
            free(inner)


cdef int term_compare(Term a, Term b) noexcept nogil:
    if term_both_small(a, b):
        return (small_value(a) > small_value(b)) - (small_value(a) < small_value(b))
    return compare_terms(a, b, False)


cdef int term_compare_exact(Term a, Term b) noexcept nogil:
    if term_both_small(a, b):
        return (small_value(a) > small_value(b)) - (small_value(a) < small_value(b))
    return compare_terms(a, b, True)


# --- hashes: mixing ---------------------------------------------------------------------------------

cdef inline uint32_t load32(const uint8_t* p, size_t n) noexcept nogil:
    cdef uint32_t v = 0
    memcpy(&v, p, n if n < 4 else 4)
    return v


# Whole bytes, twelve at a time.
cdef uint32_t hash_bytes(const uint8_t* p, size_t n, uint32_t hash_) noexcept nogil:
    cdef uint32_t a = GOLDEN, b = GOLDEN, c = hash_
    cdef uint32_t length = <uint32_t>n
    while n >= 12:
        a += load32(p, 4)
        b += load32(p + 4, 4)
        c += load32(p + 8, 4)
        mix_words(&a, &b, &c)
        p += 12
        n -= 12
    c += length
    if n > 8:
        c += load32(p + 8, n - 8) << 8       # the low byte of c counts the length
    if n > 4:
        b += load32(p + 4, n - 4)
    a += load32(p, n)
    return mix(a, b, c)


# A bitstring after what was hashed so far; OTP takes only the low 32 bits of its size.
cdef uint32_t hash_bits(Term t, uint32_t hash_) noexcept nogil:
    cdef uint8_t* base
    cdef uint8_t* copy = NULL
    cdef word offset, size
    cdef size_t whole
    cdef unsigned int rest
    bits_fetch(t, &base, &offset, &size)
    whole = <uint32_t>(size >> 3)
    rest = <unsigned int>(size & 7)
    hash_ += seed_of(13)
    if whole == 0 and rest == 0:
        return hash_
    base += offset >> 3
    offset &= 7
    if offset != 0 and whole > 0:
        copy = <uint8_t*>malloc(whole)
        if copy == NULL:
            abort()
        bits_copy(base, offset, copy, 0, whole << 3)
        hash_ = hash_bytes(copy, whole, hash_)
        free(copy)
    else:
        hash_ = hash_bytes(base, whole, hash_)
    if rest > 0:
        hash_ = mix2(hash_, rest, bits_get(base, offset + (whole << 3), rest), 15)
    return hash_


cdef inline uint64_t float_bits(Term t) noexcept nogil:
    cdef double d = float_value(t)
    cdef uint64_t v
    if d == 0:
        d = 0.0                              # both zeros are one number
    memcpy(&v, &d, 8)
    return v


cdef inline uint32_t hash_limbs(Term* p, uint32_t hash_) noexcept nogil:
    cdef uint32_t k = 10 if header_kind(p[0]) == T_BIG_NEG else 11
    cdef size_t i
    for i in range(1, header_size(p[0]) + 1):
        hash_ = mix64(hash_, p[i], k)
    return hash_


cdef inline bint is_byte(Term t) noexcept nogil:
    return (t & ~<Term>0xFF0) == 0xF


# Words between the terms on a hash walk's stack, saying what to do once what was above is hashed.
# They are headers, so no term is like them.
cdef enum:
    MARK_PAIR = 4            # phash2: a pair of a map is complete
    MARK_MAP = 8             # phash2: a map is complete; its hash and the outer pairs lie below
    MARK_NODE = 12           # the next term is an inner trie node
    MARK_TAIL = 16           # term_hash: the tail that ends a list follows
    MARK_TERM = 20           # phash: a term
    MARK_LIST = 24           # phash: the rest of a list
    MARK_LIST_END = 28       # phash: a list is complete
    MARK_TUPLE = 32          # phash: a tuple is complete; its arity lies below


# Pushes the pairs of a map, or what is in one trie node, so that each value comes off after its key.
cdef void push_map(WordStack* s, Term map_, bint marks) noexcept nogil:
    cdef Term* p = boxed_ptr(map_)
    cdef Term* keys
    cdef size_t i, n = header_size(p[0]) - 1
    if header_kind(p[0]) == T_MAP_FLAT:
        keys = tuple_elements(p[1])
        i = n
        while i > 0:
            i -= 1
            if marks:
                word_stack_push(s, MARK_PAIR)
            word_stack_push(s, p[2 + i])
            word_stack_push(s, keys[i])
        return
    for i in range(n):
        if term_is_list(p[2 + i]):
            if marks:
                word_stack_push(s, MARK_PAIR)
            word_stack_push(s, list_tail(p[2 + i]))
            word_stack_push(s, list_head(p[2 + i]))
        else:
            word_stack_push(s, p[2 + i])
            word_stack_push(s, MARK_NODE)


cdef inline void push_tail_of_array(WordStack* s, Term* p, size_t n) noexcept nogil:
    while n > 1:             # all but the first, the second on top
        n -= 1
        word_stack_push(s, p[n])


# --- phash2 -----------------------------------------------------------------------------------------

cdef inline uint32_t hash_small(int64_t v, uint32_t hash_) noexcept nogil:
    if v >= -(1 << 27) and v < (1 << 27):
        if v < 0:
            hash_ = mix1(hash_, <uint64_t>-v, 1)
        return mix1(hash_, <uint64_t>v, 1)
    if v < 0:
        return mix64(hash_, <uint64_t>-v, 10)
    return mix64(hash_, <uint64_t>v, 11)


cdef uint32_t term_phash2(Term t) noexcept nogil:
    cdef WordStack s
    cdef uint32_t hash_ = 0
    cdef uint32_t pairs = 0                  # exclusive or of the pairs of the innermost map
    cdef uint32_t packed
    cdef int packed_count
    cdef Term* p
    cdef size_t i, n
    cdef int kind
    cdef Term m, f
    cdef unsigned int arity
    cdef uint64_t index, old_index, uniq, number
    if term_is_atom(t):
        return atom_get(t).hash
    if term_is_small(t):
        return hash_small(small_value(t), 0)
    word_stack_init(&s)
    while True:
        if term_is_list(t):
            # A run of bytes goes in four at a time; then the rest of the list, or what follows the run.
            packed = 0
            packed_count = 0
            p = list_cell(t)
            while is_byte(p[0]):
                packed = (packed << 8) + <uint32_t>small_value(p[0])
                packed_count += 1
                if packed_count == 4:
                    hash_ = mix1(hash_, packed, 4)
                    packed = 0
                    packed_count = 0
                t = p[1]
                if not term_is_list(t):
                    break
                p = list_cell(t)
            if packed_count > 0:
                hash_ = mix1(hash_, packed, 4)
            if term_is_list(t):
                word_stack_push(&s, p[1])
                t = p[0]
            continue
        elif term_is_small(t):
            hash_ = hash_small(small_value(t), hash_)
        elif term_is_atom(t):
            # Alone or first in a pair of a map the bare value is taken.
            hash_ = atom_get(t).hash if hash_ == 0 else mix1(hash_, atom_get(t).hash, 3)
        elif term_is_nil(t):
            hash_ = <uint32_t>3468870702 if hash_ == 0 else mix1(hash_, 2, 2)
        elif term_is_local_pid(t):
            hash_ = mix1(hash_, pid_number(t), 5)
        elif term_is_local_port(t):
            hash_ = mix64(hash_, port_number(t), 6)
        elif term_is_boxed(t):
            p = boxed_ptr(t)
            kind = header_kind(p[0])
            n = header_size(p[0])
            if kind == T_TUPLE:
                hash_ = mix1(hash_, n, 9)
                if n > 0:
                    push_tail_of_array(&s, p + 1, n)
                    t = p[1]
                    continue
            elif kind == T_MAP_FLAT or kind == T_MAP_NODE:
                hash_ = mix1(hash_, map_size(t), 16)
                if map_size(t) > 0:
                    word_stack_push(&s, pairs)
                    word_stack_push(&s, hash_)
                    word_stack_push(&s, MARK_MAP)
                    push_map(&s, t, True)
                    hash_ = 0
                    pairs = 0
            elif kind == T_BIG_POS or kind == T_BIG_NEG:
                hash_ = hash_limbs(p, hash_)
            elif kind == T_FLOAT:
                number = float_bits(t)
                hash_ = mix2(hash_, number >> 32, number, 12)
            elif kind == T_HEAP_BITS or kind == T_SUB_BITS:
                hash_ = hash_bits(t, hash_)
            elif kind == T_FUN:
                m = 0
                index = 0
                uniq = 0
                if hooks.fun_parts != NULL:
                    hooks.fun_parts((<Fun*>p).entry, &m, &index, &old_index, &uniq)
                hash_ = mix2(hash_, (<Fun*>p).free, atom_get(m).hash, 1)
                hash_ = mix2(hash_, index, uniq, 1)
                if (<Fun*>p).free > 0:
                    push_tail_of_array(&s, p + SIZEOF_FUN, (<Fun*>p).free)
                    t = p[SIZEOF_FUN]
                    continue
            elif kind == T_EXPORT:
                m = 0
                f = 0
                arity = 0
                if hooks.export_parts != NULL:
                    hooks.export_parts(<void*>p[1], &m, &f, &arity)
                hash_ = mix2(hash_, arity, atom_get(m).hash, 1)
                hash_ = mix1(hash_, atom_get(f).hash, 14)
            elif kind == T_REF:
                hash_ = mix1(hash_, ref_ids(t)[0], 7)
            elif kind == T_EXT_PID:
                if (<External*>p).which == EXT_PID:
                    hash_ = mix1(hash_, pid_number(t), 5)
                elif (<External*>p).which == EXT_PORT:
                    hash_ = mix64(hash_, port_number(t), 6)
                else:
                    hash_ = mix1(hash_, ref_numbers(t, &n)[0], 7)
        # One term is in; next is a term, unless marks come first.
        while True:
            if s.n == 0:
                word_stack_free(&s)
                return hash_
            t = word_stack_pop(&s)
            if t == MARK_PAIR:
                pairs ^= hash_
                hash_ = 0
            elif t == MARK_MAP:
                hash_ = <uint32_t>word_stack_pop(&s)
                hash_ = mix1(hash_, pairs, 19)
                pairs = <uint32_t>word_stack_pop(&s)
            elif t == MARK_NODE:
                push_map(&s, word_stack_pop(&s), True)
            else:
                break


# --- the internal hash --------------------------------------------------------------------------------

cdef inline uint32_t stir(uint32_t hash_, uint32_t k) noexcept nogil:
    hash_ ^= seed_of(k)
    return (hash_ << 17) ^ (hash_ >> 15)


# All of a term that counts for =:= goes in, so that keys which differ differ with some seed.
cdef uint32_t term_hash_seeded(Term t, uint32_t seed) noexcept nogil:
    cdef WordStack s
    cdef uint32_t hash_ = seed ^ <uint32_t>INTERNAL_SALT
    cdef uint32_t packed
    cdef int packed_count
    cdef uint32_t* ids
    cdef Term* p
    cdef size_t n
    cdef int kind
    cdef Term m
    cdef uint64_t index, old_index, uniq, number
    if term_is_immed(t):
        return hash_immediate(hash_, t)
    word_stack_init(&s)
    while True:
        if term_is_list(t):
            packed = 0
            packed_count = 0
            p = list_cell(t)
            while is_byte(p[0]):
                packed = (packed << 8) + <uint32_t>small_value(p[0])
                packed_count += 1
                if packed_count == 4:
                    hash_ = mix1(hash_, packed, 4)
                    packed = 0
                    packed_count = 0
                t = p[1]
                if not term_is_list(t):
                    break
                p = list_cell(t)
            if packed_count > 0:
                hash_ = mix2(hash_, packed, packed_count, 22)
            if term_is_list(t):
                hash_ = stir(hash_, 17)
                word_stack_push(&s, p[1])
                if not term_is_list(p[1]):
                    word_stack_push(&s, MARK_TAIL)
                t = p[0]
            continue
        elif term_is_immed(t):
            hash_ = hash_immediate(hash_, t)
        elif term_is_boxed(t):
            p = boxed_ptr(t)
            kind = header_kind(p[0])
            n = header_size(p[0])
            if kind == T_TUPLE:
                hash_ = mix1(hash_, n, 9)
                while n > 0 and term_is_immed(p[1]):
                    hash_ = hash_immediate(hash_, p[1])
                    p += 1
                    n -= 1
                if n > 0:
                    push_tail_of_array(&s, p + 1, n)
                    t = p[1]
                    continue
            elif kind == T_MAP_FLAT or kind == T_MAP_NODE:
                hash_ = mix1(hash_, map_size(t), 16)
                push_map(&s, t, False)
            elif kind == T_BIG_POS or kind == T_BIG_NEG:
                hash_ = hash_limbs(p, hash_)
            elif kind == T_FLOAT:
                number = float_bits(t)
                hash_ = mix2(hash_, number, number >> 32, 12)
            elif kind == T_HEAP_BITS or kind == T_SUB_BITS:
                hash_ = hash_bits(t, hash_)
            elif kind == T_FUN:
                m = 0
                index = 0
                uniq = 0
                if hooks.fun_parts != NULL:
                    hooks.fun_parts((<Fun*>p).entry, &m, &index, &old_index, &uniq)
                hash_ = mix2(hash_, (<Fun*>p).free, m, 20)
                hash_ = mix2(hash_, index, uniq, 21)
                if (<Fun*>p).free > 0:
                    push_tail_of_array(&s, p + SIZEOF_FUN, (<Fun*>p).free)
                    t = p[SIZEOF_FUN]
                    continue
            elif kind == T_EXPORT:
                hash_ = mix64(hash_, p[1], 14)       # exports never move
            elif kind == T_REF:
                ids = ref_ids(t)
                hash_ = mix1(hash_, ids[0], 7)
                hash_ = mix2(hash_, ids[1], ids[2], 8)
            elif kind == T_EXT_PID:
                number = <uint64_t>(<External*>p).node
                if (<External*>p).which == EXT_PID:
                    hash_ = mix64(hash_, number, 5)
                    hash_ = mix64(hash_, p[3], 5)
                elif (<External*>p).which == EXT_PORT:
                    hash_ = mix64(hash_, number, 6)
                    hash_ = mix64(hash_, p[3], 6)
                else:
                    # Trailing zeros don't tell references apart, so they must not count here.
                    ids = ref_numbers(t, &n)
                    hash_ = mix64(hash_, number, 7)
                    hash_ = mix1(hash_, ids[0], 7)
                    hash_ = mix2(hash_, ids[1] if n > 1 else 0, ids[2] if n > 2 else 0, 8)
        while True:
            if s.n == 0:
                word_stack_free(&s)
                return hash_
            t = word_stack_pop(&s)
            if t == MARK_TAIL:
                hash_ = stir(hash_, 18)
            elif t == MARK_NODE:
                push_map(&s, word_stack_pop(&s), False)
            else:
                break


cdef uint32_t term_hash(Term t) noexcept nogil:
    return term_hash_seeded(t, 0)


cdef uint32_t term_hash_salted(Term t, uint32_t depth) noexcept nogil:
    return term_hash_seeded(t, mix2(0, depth, 1, 22) if depth > 0 else 0)


# --- phash --------------------------------------------------------------------------------------------

cdef enum:                   # primes just above 2^28, numbered as in OTP
    PRIME_1 = 268440163
    PRIME_2 = 268439161
    PRIME_3 = 268435459
    PRIME_4 = 268436141
    PRIME_5 = 268438633
    PRIME_6 = 268437017
    PRIME_8 = 268437511
    PRIME_9 = 268439627
    PRIME_10 = 268440479
    PRIME_11 = 268440577
    PRIME_12 = 268440581
    PRIME_13 = 268440593
    PRIME_14 = 268440611


cdef inline uint32_t fold(uint32_t hash_, uint64_t v, int bytes_, uint32_t prime) noexcept nogil:
    while bytes_ > 0:        # least significant first
        hash_ = hash_ * prime + <uint32_t>(v & 0xFF)
        v >>= 8
        bytes_ -= 1
    return hash_


cdef inline uint32_t fold_magnitude(uint32_t hash_, uint64_t v) noexcept nogil:
    return fold(hash_, v, 8 if v >> 32 != 0 else 4, PRIME_2)


cdef uint32_t fold_bits(Term t, uint32_t hash_) noexcept nogil:
    cdef uint8_t* base
    cdef word offset, size, i
    cdef unsigned int rest
    bits_fetch(t, &base, &offset, &size)
    rest = <unsigned int>(size & 7)
    for i in range(size >> 3):
        hash_ = hash_ * <uint32_t>PRIME_1 + <uint32_t>bits_get(base, offset + 8 * i, 8)
    if rest > 0:
        hash_ = hash_ * <uint32_t>PRIME_1 + <uint32_t>bits_get(base, offset + (size & ~<word>7), rest)
        hash_ = hash_ * <uint32_t>PRIME_12 + rest
    return hash_ * <uint32_t>PRIME_4 + <uint32_t>(size >> 3)


cdef uint32_t term_phash(Term t) noexcept nogil:
    cdef WordStack s
    cdef uint32_t hash_ = 0
    cdef Term* p
    cdef size_t i, n
    cdef int kind
    cdef Term m, f, mark
    cdef unsigned int arity
    cdef uint64_t index, old_index, uniq, number
    word_stack_init(&s)
    while True:
        if term_is_small(t):
            number = <uint64_t>small_value(t)
            if small_value(t) < 0:
                hash_ = fold_magnitude(hash_, 0 - number) * <uint32_t>PRIME_4
            else:
                hash_ = fold_magnitude(hash_, number) * <uint32_t>PRIME_3
        elif term_is_list(t):
            p = list_cell(t)
            while is_byte(p[0]):             # strings cost one step a character
                hash_ = hash_ * <uint32_t>PRIME_2 + <uint32_t>small_value(p[0])
                t = p[1]
                if not term_is_list(t):
                    break
                p = list_cell(t)
            if term_is_list(t):
                word_stack_push(&s, p[1])
                word_stack_push(&s, MARK_LIST)
                t = p[0]
            else:
                word_stack_push(&s, MARK_LIST_END)
            continue
        elif term_is_atom(t):
            hash_ = hash_ * <uint32_t>PRIME_1 + atom_get(t).hash
        elif term_is_nil(t):
            hash_ = hash_ * <uint32_t>PRIME_3 + 1
        elif term_is_local_pid(t):
            hash_ = fold(hash_, pid_number(t), 4, PRIME_5) * <uint32_t>PRIME_6
        elif term_is_local_port(t):
            hash_ = fold_port(hash_, port_number(t))
        elif term_is_boxed(t):
            p = boxed_ptr(t)
            kind = header_kind(p[0])
            n = header_size(p[0])
            if kind == T_TUPLE:
                word_stack_push(&s, n)
                word_stack_push(&s, MARK_TUPLE)
                push_terms(&s, p + 1, n)
            elif kind == T_MAP_FLAT or kind == T_MAP_NODE:
                hash_ = hash_ * <uint32_t>PRIME_13 + <uint32_t>PRIME_14 + term_phash2(t)
            elif kind == T_BIG_POS or kind == T_BIG_NEG:
                for i in range(1, n):
                    hash_ = fold(hash_, p[i], 8, PRIME_2)
                hash_ = fold_magnitude(hash_, p[n])
                hash_ *= <uint32_t>PRIME_4 if kind == T_BIG_NEG else <uint32_t>PRIME_3
            elif kind == T_FLOAT:
                number = float_bits(t)
                hash_ = hash_ * <uint32_t>PRIME_6 + <uint32_t>(number ^ (number >> 32))
            elif kind == T_HEAP_BITS or kind == T_SUB_BITS:
                hash_ = fold_bits(t, hash_)
            elif kind == T_FUN:
                m = 0
                index = 0
                uniq = 0
                if hooks.fun_parts != NULL:
                    hooks.fun_parts((<Fun*>p).entry, &m, &index, &old_index, &uniq)
                hash_ = hash_ * <uint32_t>PRIME_10 + (<Fun*>p).free
                hash_ = hash_ * <uint32_t>PRIME_1 + atom_get(m).hash
                hash_ = hash_ * <uint32_t>PRIME_2 + <uint32_t>index
                hash_ = hash_ * <uint32_t>PRIME_2 + <uint32_t>uniq
                push_terms(&s, p + SIZEOF_FUN, (<Fun*>p).free)
            elif kind == T_EXPORT:
                m = 0
                f = 0
                arity = 0
                if hooks.export_parts != NULL:
                    hooks.export_parts(<void*>p[1], &m, &f, &arity)
                hash_ = hash_ * <uint32_t>PRIME_11 + arity
                hash_ = hash_ * <uint32_t>PRIME_1 + atom_get(m).hash
                hash_ = hash_ * <uint32_t>PRIME_1 + atom_get(f).hash
            elif kind == T_EXT_PID and (<External*>p).which == EXT_PID:
                hash_ = fold(hash_, pid_number(t), 4, PRIME_5) * <uint32_t>PRIME_6
            elif kind == T_EXT_PID and (<External*>p).which == EXT_PORT:
                hash_ = fold_port(hash_, port_number(t))
            else:
                hash_ = fold(hash_, ref_numbers(t, &n)[0], 4, PRIME_9) * <uint32_t>PRIME_10
        while True:
            if s.n == 0:
                word_stack_free(&s)
                return hash_
            mark = word_stack_pop(&s)
            if mark == MARK_LIST_END:
                hash_ *= <uint32_t>PRIME_8
            elif mark == MARK_TUPLE:
                hash_ = hash_ * <uint32_t>PRIME_9 + <uint32_t>word_stack_pop(&s)
            else:
                t = word_stack_pop(&s)
                if mark == MARK_LIST and not term_is_list(t):
                    word_stack_push(&s, MARK_LIST_END)
                break


cdef inline uint32_t fold_port(uint32_t hash_, uint64_t number) noexcept nogil:
    if number >> 32 != 0:
        hash_ = fold(hash_, number >> 32, 4, PRIME_11)
    return fold(hash_, <uint32_t>number, 4, PRIME_9) * <uint32_t>PRIME_10


cdef inline void push_terms(WordStack* s, Term* p, size_t n) noexcept nogil:
    while n > 0:
        n -= 1
        word_stack_push(s, p[n])
        word_stack_push(s, MARK_TERM)

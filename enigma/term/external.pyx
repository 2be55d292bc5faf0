# distutils: libraries = z
"""The external term format: encoding, sizing and decoding of terms, and the names of nodes.

Both directions keep what is still to do in frames on an explicit stack, so depth is bounded by memory
alone. Decoding runs over the input twice. `check` proves that every length lies within the input and
that as many terms follow as are announced; `decode` then builds without looking at bounds again, and
can fail only for reasons of meaning: atoms, map keys, numbers that do not fit.

Invariant: each announced element costs the input at least a byte, so what decoding allocates is a small
multiple of the input; a half-built term on the heap is always filled with valid words.

Read next: external.pxd, bif/external.pyx. The tags are in the chapter "External Term Format" of the ERTS
user's guide.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport free, malloc, qsort, realloc
from libc.string cimport memchr, memcpy, memset
from enigma.term.core cimport Term, en_bswap16, en_bswap32, en_bswap64, en_spin_lock, en_spin_unlock
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport AM_badarg, AM_notsup, AM_system_limit
from enigma.term.atom cimport (Atom, atom_find, atom_from_cstr, atom_get, atom_put, atom_put_latin1,
                               atom_refused)
from enigma.term.bits cimport binary_from_bytes, bits_copy, bits_make
from enigma.term.compare cimport term_compare_exact
from enigma.term.counts cimport Counted, counter_add, lane_current
from enigma.term.map cimport MapIter, map_empty, map_from_pairs, map_iter_init, map_iter_next
from enigma.term.number cimport float_parse, integer_from_bytes, integer_from_i64

cdef extern from "enigma/external.h" nogil:
    void* en_external_context

cdef extern from "zlib.h" nogil:
    ctypedef struct z_stream:
        uint8_t* next_in
        unsigned int avail_in
        unsigned long total_in
        uint8_t* next_out
        unsigned int avail_out
        unsigned long total_out
    int inflateInit(z_stream* s)
    int inflate(z_stream* s, int flush)
    int inflateEnd(z_stream* s)
    int compress2(uint8_t* to, unsigned long* to_size, const uint8_t* from_, unsigned long size, int level)
    unsigned long compressBound(unsigned long size)
    int Z_OK, Z_STREAM_END, Z_FINISH, Z_NO_FLUSH

cdef enum:
    VERSION = 131
    NEW_FLOAT_EXT = 70
    BIT_BINARY_EXT = 77
    COMPRESSED = 80
    NEW_PID_EXT = 88
    NEW_PORT_EXT = 89
    NEWER_REFERENCE_EXT = 90
    SMALL_INTEGER_EXT = 97
    INTEGER_EXT = 98
    FLOAT_EXT = 99
    ATOM_EXT = 100
    REFERENCE_EXT = 101
    PORT_EXT = 102
    PID_EXT = 103
    SMALL_TUPLE_EXT = 104
    LARGE_TUPLE_EXT = 105
    NIL_EXT = 106
    STRING_EXT = 107
    LIST_EXT = 108
    BINARY_EXT = 109
    SMALL_BIG_EXT = 110
    LARGE_BIG_EXT = 111
    NEW_FUN_EXT = 112
    EXPORT_EXT = 113
    NEW_REFERENCE_EXT = 114
    SMALL_ATOM_EXT = 115
    MAP_EXT = 116
    ATOM_UTF8_EXT = 118
    SMALL_ATOM_UTF8_EXT = 119
    V4_PORT_EXT = 120

cdef enum:
    STRING_MAX = 0xFFFF        # longer byte lists are written as lists
    PORT_32_MAX = (1 << 28) - 1
    REF_NUMBERS_MAX = 5
    REF_LOCAL_LIMIT = 1 << 18  # above the first number of local references and of the two old forms
    FUN_FREE_MAX = 255
    FLOAT_TEXT = 31
    INFLATE_RATIO = 1040       # zlib can't do better: a larger declared size is a lie

# --- hooks and nodes ----------------------------------------------------------------------------------

cdef ExternalHooks hooks
memset(&hooks, 0, sizeof(hooks))


cdef ExternalHooks* external_hooks() noexcept nogil:
    return &hooks


cdef void external_set_context(void* ctx) noexcept nogil:
    global en_external_context
    en_external_context = ctx


cdef void* external_context() noexcept nogil:
    return en_external_context


cdef enum:
    NODE_BUCKETS = 256

cdef NodeName* node_table[NODE_BUCKETS]
cdef uint32_t node_lock = 0            # guards node_table; names are never freed
cdef NodeName* local_node = NULL


cdef NodeName* node_intern(Term name, unsigned int creation) noexcept nogil:
    cdef size_t bucket = (atom_index(name) * 31 + creation) % NODE_BUCKETS
    cdef NodeName* n
    en_spin_lock(&node_lock)
    n = node_table[bucket]
    while n != NULL and not (n.name == name and n.creation == creation):
        n = n.next
    if n == NULL:
        n = <NodeName*>malloc(sizeof(NodeName))
        if n != NULL:
            n.name = name
            n.creation = creation
            n.next = node_table[bucket]
            node_table[bucket] = n
    en_spin_unlock(&node_lock)
    return n


cdef NodeName* node_local() noexcept nogil:
    return local_node


cdef void node_set_local(NodeName* node) noexcept nogil:
    global local_node
    local_node = node


memset(node_table, 0, sizeof(node_table))
local_node = node_intern(atom_from_cstr(b"nonode@nohost"), 0)


# --- writing bytes --------------------------------------------------------------------------------------

# What encoding writes to. With out NULL it only counts.
cdef struct Sink:
    ExternalBuffer* out
    uint64_t size            # bytes so far, if counting
    int flags
    bint failed              # memory exhausted


cdef bint sink_grow(Sink* s, size_t n) noexcept nogil:
    cdef ExternalBuffer* out = s.out
    cdef size_t capacity = out.capacity * 2
    cdef uint8_t* data
    if capacity < out.size + n:
        capacity = out.size + n
    if capacity < 256:
        capacity = 256
    data = <uint8_t*>realloc(out.data, capacity)
    if data == NULL:
        s.failed = True
        return False
    out.data = data
    out.capacity = capacity
    return True


# Room for n bytes, or NULL: counting, or no memory.
cdef inline uint8_t* sink_take(Sink* s, size_t n) noexcept nogil:
    cdef uint8_t* p
    if s.out == NULL:
        s.size += n
        return NULL
    if s.out.capacity - s.out.size < n and not sink_grow(s, n):
        return NULL
    p = s.out.data + s.out.size
    s.out.size += n
    return p


cdef inline void put_tag_u8(Sink* s, int tag, unsigned int v) noexcept nogil:
    cdef uint8_t* p = sink_take(s, 2)
    if p != NULL:
        p[0] = <uint8_t>tag
        p[1] = <uint8_t>v


cdef inline void put_tag(Sink* s, int tag) noexcept nogil:
    cdef uint8_t* p = sink_take(s, 1)
    if p != NULL:
        p[0] = <uint8_t>tag


cdef inline void store16(uint8_t* p, unsigned int v) noexcept nogil:
    cdef uint16_t x = en_bswap16(<uint16_t>v)
    memcpy(p, &x, 2)


cdef inline void store32(uint8_t* p, uint64_t v) noexcept nogil:
    cdef uint32_t x = en_bswap32(<uint32_t>v)
    memcpy(p, &x, 4)


cdef inline void store64(uint8_t* p, uint64_t v) noexcept nogil:
    v = en_bswap64(v)
    memcpy(p, &v, 8)


cdef inline void put_tag_u32(Sink* s, int tag, uint64_t v) noexcept nogil:
    cdef uint8_t* p = sink_take(s, 5)
    if p != NULL:
        p[0] = <uint8_t>tag
        store32(p + 1, v)


cdef inline void put_u32(Sink* s, uint64_t v) noexcept nogil:
    cdef uint8_t* p = sink_take(s, 4)
    if p != NULL:
        store32(p, v)


cdef void put_atom(Sink* s, Term atom) noexcept nogil:
    cdef Atom* a = atom_get(atom)
    cdef size_t n = a.length
    cdef size_t i
    cdef uint8_t* p
    if a.latin1 and not s.flags & EXT_MINOR_2:
        p = sink_take(s, 3 + a.chars)
        if p == NULL:
            return
        p[0] = ATOM_EXT
        store16(p + 1, a.chars)
        p += 3
        if a.chars == a.length:
            memcpy(p, a.name, n)
            return
        i = 0
        while i < n:                    # two bytes of UTF-8 are one of Latin-1
            if a.name[i] < 0x80:
                p[0] = a.name[i]
                i += 1
            else:
                p[0] = <uint8_t>(((a.name[i] & 3) << 6) | (a.name[i + 1] & 0x3F))
                i += 2
            p += 1
        return
    if n > 255:
        p = sink_take(s, 3 + n)
        if p == NULL:
            return
        p[0] = ATOM_UTF8_EXT
        store16(p + 1, <unsigned int>n)
        memcpy(p + 3, a.name, n)
    else:
        p = sink_take(s, 2 + n)
        if p == NULL:
            return
        p[0] = SMALL_ATOM_UTF8_EXT
        p[1] = <uint8_t>n
        memcpy(p + 2, a.name, n)


# A magnitude of n bytes, least significant first.
cdef void put_big(Sink* s, bint negative, const uint64_t* limbs, size_t n) noexcept nogil:
    cdef uint8_t* p
    cdef size_t i
    if n < 256:
        p = sink_take(s, 3 + n)
        if p == NULL:
            return
        p[0] = SMALL_BIG_EXT
        p[1] = <uint8_t>n
        p += 2
    else:
        p = sink_take(s, 6 + n)
        if p == NULL:
            return
        p[0] = LARGE_BIG_EXT
        store32(p + 1, n)
        p += 5
    p[0] = negative
    p += 1
    for i in range(n):
        p[i] = <uint8_t>(limbs[i >> 3] >> (8 * (i & 7)))


cdef inline size_t limb_bytes(uint64_t v) noexcept nogil:
    cdef size_t n = 0
    while v:
        n += 1
        v >>= 8
    return n


cdef void put_integer(Sink* s, int64_t v) noexcept nogil:
    cdef uint64_t m
    if 0 <= v < 256:
        put_tag_u8(s, SMALL_INTEGER_EXT, <unsigned int>v)
    elif v == <int32_t>v:
        put_tag_u32(s, INTEGER_EXT, <uint64_t>v)
    else:
        m = <uint64_t>v if v > 0 else 0 - <uint64_t>v
        put_big(s, v < 0, &m, limb_bytes(m))


cdef void put_float(Sink* s, double d) noexcept nogil:
    cdef uint8_t* p
    cdef uint64_t v
    cdef char text[64]
    cdef int n
    if s.flags & EXT_MINOR_0:
        p = sink_take(s, 1 + FLOAT_TEXT)
        if p == NULL:
            return
        memset(text, 0, sizeof(text))
        n = snprintf(text, sizeof(text), "%.20e", d)
        p[0] = FLOAT_EXT
        memcpy(p + 1, text, FLOAT_TEXT)
        return
    p = sink_take(s, 9)
    if p != NULL:
        p[0] = NEW_FLOAT_EXT
        memcpy(&v, &d, 8)
        store64(p + 1, v)


cdef void put_pid(Sink* s, Term t) noexcept nogil:
    cdef NodeName* node
    cdef word number, serial
    cdef External* e
    if term_is_local_pid(t):
        node = local_node
        number = pid_data(t) & ((1 << PID_NUMBER_BITS) - 1)
        serial = pid_data(t) >> PID_NUMBER_BITS
    else:
        e = <External*>boxed_ptr(t)
        node = e.node
        number = (<word*>(e + 1))[0] & 0xFFFFFFFFu
        serial = (<word*>(e + 1))[0] >> 32
    put_tag(s, NEW_PID_EXT)
    put_atom(s, node.name)
    put_u32(s, number)
    put_u32(s, serial)
    put_u32(s, node.creation)


cdef void put_port(Sink* s, Term t) noexcept nogil:
    cdef NodeName* node = local_node
    cdef word number
    if term_is_local_port(t):
        number = port_data(t)
    else:
        node = (<External*>boxed_ptr(t)).node
        number = (<word*>(<External*>boxed_ptr(t) + 1))[0]
    cdef bint long_ = number > PORT_32_MAX or s.flags & EXT_LONG_PORTS != 0
    put_tag(s, V4_PORT_EXT if long_ else NEW_PORT_EXT)
    put_atom(s, node.name)
    if long_:
        put_u32(s, number >> 32)
    put_u32(s, number & 0xFFFFFFFFu)
    put_u32(s, node.creation)


cdef void put_ref(Sink* s, Term t) noexcept nogil:
    cdef NodeName* node = local_node
    cdef uint32_t* ids
    cdef size_t n = 3
    cdef size_t i
    cdef uint8_t* p
    if boxed_kind(t) == T_REF:
        ids = ref_ids(t)
    else:
        node = (<External*>boxed_ptr(t)).node
        n = (<word*>(<External*>boxed_ptr(t) + 1))[0]
        ids = <uint32_t*>(<word*>(<External*>boxed_ptr(t) + 1) + 1)
    p = sink_take(s, 3)
    if p != NULL:
        p[0] = NEWER_REFERENCE_EXT
        store16(p + 1, <unsigned int>n)
    put_atom(s, node.name)
    put_u32(s, node.creation)
    for i in range(n):
        put_u32(s, ids[i])


cdef void put_bits(Sink* s, Term t) noexcept nogil:
    cdef uint8_t* base
    cdef word offset, bits
    cdef size_t n
    cdef uint8_t* p
    bits_fetch(t, &base, &offset, &bits)
    n = (bits + 7) >> 3
    if bits & 7:
        p = sink_take(s, 6 + n)
        if p == NULL:
            return
        p[0] = BIT_BINARY_EXT
        store32(p + 1, n)
        p[5] = <uint8_t>(bits & 7)
        p += 6
        p[n - 1] = 0
    else:
        p = sink_take(s, 5 + n)
        if p == NULL:
            return
        p[0] = BINARY_EXT
        store32(p + 1, n)
        p += 5
    bits_copy(base, offset, p, 0, bits)


# --- encoding -------------------------------------------------------------------------------------------

cdef enum:
    TODO_TERMS = 0      # n terms at p; `owned` is freed after the last
    TODO_LIST = 1       # the rest of a list
    TODO_PAIRS = 2      # n keys at p and values at q, in turn
    TODO_FUN_SIZE = 3   # a fun is complete: its length field is at offset n

cdef struct Todo:
    int kind            # TODO_
    bint value_next     # TODO_PAIRS: the key is out
    size_t n
    Term* p
    Term* q
    Term rest
    void* owned         # malloc'd


cdef struct TodoStack:
    Todo* items         # first 16 in `room`, then malloc'd
    size_t depth
    size_t capacity
    Todo room[16]


cdef Todo* todo_push(TodoStack* st, int kind) noexcept nogil:
    cdef Todo* bigger
    cdef Todo* t
    if st.depth == st.capacity:
        if st.items == st.room:
            bigger = <Todo*>malloc(2 * st.capacity * sizeof(Todo))
            if bigger != NULL:
                memcpy(bigger, st.items, st.depth * sizeof(Todo))
        else:
            bigger = <Todo*>realloc(st.items, 2 * st.capacity * sizeof(Todo))
        if bigger == NULL:
            return NULL
        st.items = bigger
        st.capacity *= 2
    t = st.items + st.depth
    st.depth += 1
    t.kind = kind
    t.value_next = False
    t.owned = NULL
    return t


cdef int compare_keys(const void* a, const void* b) noexcept nogil:
    return term_compare_exact((<Term*>a)[0], (<Term*>b)[0])


# Bytes of a string that the list can be written as, or -1; *length is the number of its cells, if not.
cdef int64_t string_length(Term t, size_t* length) noexcept nogil:
    cdef size_t n = 0
    cdef bint string = True
    while term_is_list(t):
        n += 1
        if string and (n > STRING_MAX or not term_is_small(list_head(t)) or <word>small_value(list_head(t)) > 255):
            string = False
        t = list_tail(t)
    length[0] = n
    return <int64_t>n if string and term_is_nil(t) else -1


# Writes the term's own bytes; parts that are terms become todos. False: no memory or no such form.
cdef bint encode_head(Sink* s, TodoStack* st, Term t, Term* reason) noexcept nogil:
    cdef Todo* todo
    cdef size_t n, i
    cdef int64_t length
    cdef uint8_t* p
    cdef Term* pairs
    cdef Term key, value, module, function
    cdef MapIter it
    cdef unsigned int arity
    cdef uint64_t old_uniq, index
    cdef const uint8_t* uniq
    cdef Fun* f
    cdef int kind
    if term_is_small(t):
        put_integer(s, small_value(t))
        return True
    if term_is_atom(t):
        put_atom(s, t)
        return True
    if term_is_nil(t):
        put_tag(s, NIL_EXT)
        return True
    if term_is_list(t):
        length = string_length(t, &n)
        if length >= 0:
            p = sink_take(s, 3 + <size_t>length)
            if p != NULL:
                p[0] = STRING_EXT
                store16(p + 1, <unsigned int>length)
                for i in range(<size_t>length):
                    p[3 + i] = <uint8_t>small_value(list_head(t))
                    t = list_tail(t)
            return True
        if n > 0xFFFFFFFFu:
            reason[0] = AM_system_limit
            return False
        put_tag_u32(s, LIST_EXT, n)
        todo = todo_push(st, TODO_LIST)
        if todo == NULL:
            return False
        todo.rest = t
        return True
    if term_is_local_pid(t):
        put_pid(s, t)
        return True
    if term_is_local_port(t):
        put_port(s, t)
        return True
    if not term_is_boxed(t):
        reason[0] = AM_badarg
        return False
    kind = boxed_kind(t)
    if kind == T_TUPLE:
        n = tuple_arity(t)
        if n < 256:
            put_tag_u8(s, SMALL_TUPLE_EXT, <unsigned int>n)
        else:
            put_tag_u32(s, LARGE_TUPLE_EXT, n)
        if n:
            todo = todo_push(st, TODO_TERMS)
            if todo == NULL:
                return False
            todo.p = tuple_elements(t)
            todo.n = n
    elif kind == T_BIG_POS or kind == T_BIG_NEG:
        n = header_size(boxed_header(t))
        put_big(s, kind == T_BIG_NEG, <uint64_t*>(boxed_ptr(t) + 1), 8 * (n - 1) + limb_bytes(boxed_ptr(t)[n]))
    elif kind == T_FLOAT:
        put_float(s, float_value(t))
    elif kind == T_HEAP_BITS or kind == T_SUB_BITS:
        if bits_size(t) > <word>0xFFFFFFFFu * 8:
            reason[0] = AM_system_limit
            return False
        put_bits(s, t)
    elif kind == T_MAP_FLAT:
        n = map_size(t)
        put_tag_u32(s, MAP_EXT, n)
        if n:
            todo = todo_push(st, TODO_PAIRS)
            if todo == NULL:
                return False
            todo.p = tuple_elements(flat_map_keys(t))
            todo.q = flat_map_values(t)
            todo.n = n
    elif kind == T_MAP_NODE:
        n = map_size(t)
        put_tag_u32(s, MAP_EXT, n)
        pairs = <Term*>malloc(2 * n * sizeof(Term))
        if pairs == NULL:
            return False
        todo = todo_push(st, TODO_TERMS)
        if todo == NULL:
            free(pairs)
            return False
        todo.p = pairs
        todo.n = 2 * n
        todo.owned = pairs
        i = 2 * n
        map_iter_init(&it, t)           # written against the order of iteration
        while map_iter_next(&it, &key, &value):
            i -= 2
            pairs[i] = key
            pairs[i + 1] = value
        if s.flags & EXT_DETERMINISTIC:
            qsort(pairs, n, 2 * sizeof(Term), compare_keys)
    elif kind == T_REF:
        put_ref(s, t)
    elif kind == T_EXT_PID:
        if (<External*>boxed_ptr(t)).which == EXT_PID:
            put_pid(s, t)
        elif (<External*>boxed_ptr(t)).which == EXT_PORT:
            put_port(s, t)
        else:
            put_ref(s, t)
    elif kind == T_EXPORT:
        if hooks.export_parts == NULL:
            reason[0] = AM_notsup
            return False
        hooks.export_parts(export_fun_target(t), &module, &function, &arity)
        put_tag(s, EXPORT_EXT)
        put_atom(s, module)
        put_atom(s, function)
        if arity <= 255:
            put_tag_u8(s, SMALL_INTEGER_EXT, arity)
        else:
            put_tag_u32(s, INTEGER_EXT, arity)
    elif kind == T_FUN:
        if hooks.fun_parts == NULL:
            reason[0] = AM_notsup
            return False
        f = <Fun*>boxed_ptr(t)
        hooks.fun_parts(f.entry, &module, &old_uniq, &uniq, &index)
        put_tag(s, NEW_FUN_EXT)
        n = s.out.size if s.out != NULL else 0
        p = sink_take(s, 29)
        if p != NULL:
            p[4] = <uint8_t>f.arity
            memcpy(p + 5, uniq, 16)
            store32(p + 21, index)
            store32(p + 25, f.free)
        put_atom(s, module)
        if s.out == NULL:
            s.size += 10                # external_size takes both numbers for large ones
        else:
            put_integer(s, <int64_t>index)
            put_integer(s, <int64_t>old_uniq)
        put_pid(s, f.creator)
        todo = todo_push(st, TODO_FUN_SIZE)
        if todo == NULL:
            return False
        todo.n = n
        if f.free:
            todo = todo_push(st, TODO_TERMS)
            if todo == NULL:
                return False
            todo.p = fun_env(t)
            todo.n = f.free
    else:
        reason[0] = AM_badarg
        return False
    return True


# The next term to write, or 0 when nothing is left.
cdef Term next_todo(Sink* s, TodoStack* st) noexcept nogil:
    cdef Todo* todo
    cdef Term t
    while st.depth:
        todo = st.items + st.depth - 1
        if todo.kind == TODO_TERMS:
            t = todo.p[0]
            todo.p += 1
            todo.n -= 1
            if todo.n == 0:
                free(todo.owned)
                st.depth -= 1
            return t
        if todo.kind == TODO_LIST:
            t = todo.rest
            if term_is_list(t):
                todo.rest = list_tail(t)
                return list_head(t)
            st.depth -= 1
            return t
        if todo.kind == TODO_PAIRS:
            if not todo.value_next:
                todo.value_next = True
                t = todo.p[0]
                todo.p += 1
                return t
            todo.value_next = False
            t = todo.q[0]
            todo.q += 1
            todo.n -= 1
            if todo.n == 0:
                st.depth -= 1
            return t
        if s.out != NULL:
            store32(s.out.data + todo.n, s.out.size - todo.n)
        st.depth -= 1
    return 0


cdef bint encode(Sink* s, Term t, Term* reason) noexcept nogil:
    cdef TodoStack st
    cdef bint ok = True
    st.items = st.room
    st.depth = 0
    st.capacity = 16
    reason[0] = AM_system_limit
    while ok and t != 0 and not s.failed:
        ok = encode_head(s, &st, t, reason)
        if ok and not s.failed:
            t = next_todo(s, &st)
    while st.depth:
        st.depth -= 1
        free(st.items[st.depth].owned)
    if st.items != st.room:
        free(st.items)
    return ok and not s.failed


# Replaces the plain form from `start` on by the compressed one, unless that is larger.
cdef bint compress(ExternalBuffer* out, size_t start, int level) noexcept nogil:
    cdef size_t size = out.size - start
    cdef unsigned long bound = compressBound(size)
    cdef uint8_t* temp
    if size < 5 or size > 0xFFFFFFFFu:
        return True
    temp = <uint8_t*>malloc(bound)
    if temp == NULL:
        return False
    if compress2(temp, &bound, out.data + start, size, level) == Z_OK and bound + 5 <= size:
        out.data[start] = COMPRESSED
        store32(out.data + start + 1, size)
        memcpy(out.data + start + 5, temp, bound)
        out.size = start + 5 + bound
    free(temp)
    return True


cdef bint external_encode(ExternalBuffer* out, Term t, int flags, bint versioned, Term* reason) noexcept nogil:
    cdef Sink s
    cdef size_t start
    cdef int level = flags & 0xF
    s.out = out
    s.size = 0
    s.flags = flags
    s.failed = False
    if versioned:
        put_tag(&s, VERSION)
    start = out.size
    if s.failed or not encode(&s, t, reason):
        if s.failed:
            reason[0] = AM_system_limit
        return False
    if level and not compress(out, start, level):
        reason[0] = AM_system_limit
        return False
    return True


cdef uint64_t external_size(Term t, int flags) noexcept nogil:
    cdef Sink s
    cdef Term reason
    s.out = NULL
    s.size = 1
    s.flags = flags
    s.failed = False
    return s.size if encode(&s, t, &reason) else 0


# --- reading bytes --------------------------------------------------------------------------------------

cdef inline unsigned int load16(const uint8_t* p) noexcept nogil:
    return (<unsigned int>p[0] << 8) | p[1]


cdef inline uint32_t load32(const uint8_t* p) noexcept nogil:
    cdef uint32_t v
    memcpy(&v, p, 4)
    return en_bswap32(v)


cdef inline uint64_t load64(const uint8_t* p) noexcept nogil:
    cdef uint64_t v
    memcpy(&v, p, 8)
    return en_bswap64(v)


# --- checking: each function returns the address behind what it checked, or NULL --------------------------

cdef inline const uint8_t* skip(const uint8_t* p, const uint8_t* end, size_t n) noexcept nogil:
    return p + n if <size_t>(end - p) >= n else NULL


cdef const uint8_t* check_atom(const uint8_t* p, const uint8_t* end) noexcept nogil:
    cdef size_t n
    if end - p < 2:
        return NULL
    if p[0] == ATOM_EXT or p[0] == ATOM_UTF8_EXT:
        if end - p < 3:
            return NULL
        n = load16(p + 1)
        if n > (255 if p[0] == ATOM_EXT else 1020):
            return NULL
        return skip(p + 3, end, n)
    if p[0] == SMALL_ATOM_EXT or p[0] == SMALL_ATOM_UTF8_EXT:
        return skip(p + 2, end, p[1])
    return NULL


cdef inline const uint8_t* check_atom_and(const uint8_t* p, const uint8_t* end, size_t n) noexcept nogil:
    p = check_atom(p, end)
    return skip(p, end, n) if p != NULL else NULL


cdef const uint8_t* check_pid(const uint8_t* p, const uint8_t* end) noexcept nogil:
    if p == end:
        return NULL
    if p[0] == NEW_PID_EXT:
        return check_atom_and(p + 1, end, 12)
    if p[0] == PID_EXT:
        return check_atom_and(p + 1, end, 9)
    return NULL


# A small integer inside a fun.
cdef const uint8_t* check_small(const uint8_t* p, const uint8_t* end) noexcept nogil:
    if end - p < 2:
        return NULL
    if p[0] == SMALL_INTEGER_EXT:
        return p + 2
    if p[0] == INTEGER_EXT:
        return skip(p, end, 5)
    if p[0] == SMALL_BIG_EXT and p[1] <= 7:
        return skip(p, end, 3 + <size_t>p[1])
    return NULL


# One whole term. Announced elements are only counted: as the format is a prefix form, no stack is needed.
cdef const uint8_t* check(const uint8_t* p, const uint8_t* end) noexcept nogil:
    cdef uint64_t pending = 1      # terms still to come
    cdef uint64_t n
    cdef int tag
    while pending:
        if p == NULL or pending > <uint64_t>(end - p):
            return NULL
        pending -= 1
        tag = p[0]
        p += 1
        n = <uint64_t>(end - p)
        if tag == SMALL_INTEGER_EXT:
            p = skip(p, end, 1)
        elif tag == INTEGER_EXT:
            p = skip(p, end, 4)
        elif tag == ATOM_EXT or tag == SMALL_ATOM_EXT or tag == ATOM_UTF8_EXT or tag == SMALL_ATOM_UTF8_EXT:
            p = check_atom(p - 1, end)
        elif tag == NIL_EXT:
            pass
        elif tag == SMALL_TUPLE_EXT:
            if n < 1:
                return NULL
            pending += p[0]
            p += 1
        elif tag == LIST_EXT or tag == LARGE_TUPLE_EXT:
            if n < 4:
                return NULL
            pending += load32(p)
            if tag == LIST_EXT:
                pending += 1
            p += 4
        elif tag == MAP_EXT:
            if n < 4:
                return NULL
            pending += 2 * <uint64_t>load32(p)
            p += 4
        elif tag == STRING_EXT:
            p = skip(p, end, 2 + load16(p)) if n >= 2 else NULL
        elif tag == BINARY_EXT:
            p = skip(p, end, 4 + <size_t>load32(p)) if n >= 4 else NULL
        elif tag == BIT_BINARY_EXT:
            p = skip(p, end, 5 + <size_t>load32(p)) if n >= 5 else NULL
        elif tag == NEW_FLOAT_EXT:
            p = skip(p, end, 8)
        elif tag == FLOAT_EXT:
            p = skip(p, end, FLOAT_TEXT)
        elif tag == SMALL_BIG_EXT:
            p = skip(p, end, 2 + <size_t>p[0]) if n >= 2 else NULL
        elif tag == LARGE_BIG_EXT:
            p = skip(p, end, 5 + <size_t>load32(p)) if n >= 5 else NULL
        elif tag == NEW_PID_EXT or tag == PID_EXT:
            p = check_pid(p - 1, end)
        elif tag == PORT_EXT:
            p = check_atom_and(p, end, 5)
        elif tag == NEW_PORT_EXT:
            p = check_atom_and(p, end, 8)
        elif tag == V4_PORT_EXT:
            p = check_atom_and(p, end, 12)
        elif tag == REFERENCE_EXT:
            p = check_atom_and(p, end, 5)
        elif tag == NEW_REFERENCE_EXT or tag == NEWER_REFERENCE_EXT:
            if n < 2:
                return NULL
            n = load16(p)
            if n == 0 or n > REF_NUMBERS_MAX:
                return NULL
            p = check_atom_and(p + 2, end, 4 * n + (1 if tag == NEW_REFERENCE_EXT else 4))
        elif tag == EXPORT_EXT:
            p = check_atom(p, end)
            if p != NULL:
                p = check_atom(p, end)
            if p != NULL:
                p = check_small(p, end)
        elif tag == NEW_FUN_EXT:
            if n < 29 or load32(p + 25) > FUN_FREE_MAX:
                return NULL
            pending += load32(p + 25)
            p = check_atom(p + 29, end)
            if p != NULL:
                p = check_small(p, end)
            if p != NULL:
                p = check_small(p, end)
            if p != NULL:
                p = check_pid(p, end)
        else:
            return NULL
    return p


# --- decoding ---------------------------------------------------------------------------------------------

cdef enum:
    OPEN_TUPLE = 0
    OPEN_LIST = 1
    OPEN_MAP = 2
    OPEN_FUN = 3

# A compound term whose elements are being read.
cdef struct Open:
    int kind             # OPEN_
    Term* slot           # where the next element goes
    size_t left          # elements to come
    Term* base           # the term's first word; pairs (malloc'd) of a map
    size_t n             # pairs of a map

cdef struct Decoder:
    Heap* heap
    const uint8_t* p     # next byte; `check` has seen what follows
    int flags
    Term reason
    Open* opens
    size_t depth
    size_t capacity
    Open room[16]


cdef inline Term no_memory(Decoder* d) noexcept nogil:
    d.reason = AM_system_limit
    return 0


cdef Open* open_push(Decoder* d, int kind, Term* base, Term* slot, size_t left) noexcept nogil:
    cdef Open* bigger
    cdef Open* o
    if d.depth == d.capacity:
        if d.opens == d.room:
            bigger = <Open*>malloc(2 * d.capacity * sizeof(Open))
            if bigger != NULL:
                memcpy(bigger, d.opens, d.depth * sizeof(Open))
        else:
            bigger = <Open*>realloc(d.opens, 2 * d.capacity * sizeof(Open))
        if bigger == NULL:
            d.reason = AM_system_limit
            return NULL
        d.opens = bigger
        d.capacity *= 2
    o = d.opens + d.depth
    d.depth += 1
    o.kind = kind
    o.base = base
    o.slot = slot
    o.left = left
    o.n = 0
    return o


cdef Term decode_atom(Decoder* d) noexcept nogil:
    cdef const uint8_t* p = d.p
    cdef bint latin1 = p[0] == ATOM_EXT or p[0] == SMALL_ATOM_EXT
    cdef size_t n, i
    cdef size_t m = 0
    cdef uint8_t text[512]
    cdef Term t
    if p[0] == ATOM_EXT or p[0] == ATOM_UTF8_EXT:
        n = load16(p + 1)
        p += 3
    else:
        n = p[1]
        p += 2
    d.p = p + n
    if d.flags & EXT_SAFE:
        if latin1:
            for i in range(n):
                if p[i] < 0x80:
                    text[m] = p[i]
                    m += 1
                else:
                    text[m] = 0xC0 | (p[i] >> 6)
                    text[m + 1] = 0x80 | (p[i] & 0x3F)
                    m += 2
            t = atom_find(text, m)
        else:
            t = atom_find(p, n)
        return t                        # reason is badarg
    t = atom_put_latin1(p, n) if latin1 else atom_put(p, n)
    if t == 0 and atom_refused():
        d.reason = AM_system_limit
    return t


cdef int64_t decode_small(Decoder* d) noexcept nogil:
    cdef const uint8_t* p = d.p
    cdef int64_t v = 0
    cdef size_t i
    if p[0] == SMALL_INTEGER_EXT:
        d.p = p + 2
        return p[1]
    if p[0] == INTEGER_EXT:
        d.p = p + 5
        return <int32_t>load32(p + 1)
    for i in range(p[1]):
        v |= <int64_t>p[3 + i] << (8 * i)
    d.p = p + 3 + p[1]
    return -v if p[2] else v


cdef inline bint is_local(Term name, uint32_t creation) noexcept nogil:
    return name == local_node.name and creation == local_node.creation


cdef Term external_new(Decoder* d, Term name, uint32_t creation, int which, size_t words) noexcept nogil:
    cdef External* e
    cdef NodeName* node = node_intern(name, creation)
    if node == NULL:
        return no_memory(d)
    e = <External*>heap_alloc(d.heap, 3 + words)
    if e == NULL:
        return no_memory(d)
    e.header = make_header(T_EXT_PID, 2 + words)
    e.node = node
    e.which = which
    return make_boxed(<Term*>e)


cdef inline word* external_data(Term t) noexcept nogil:
    return <word*>(<External*>boxed_ptr(t) + 1)


cdef Term decode_pid(Decoder* d) noexcept nogil:
    cdef int tag = d.p[0]
    cdef uint64_t number, serial
    cdef uint32_t creation
    cdef Term name, t
    d.p += 1
    name = decode_atom(d)
    if name == 0:
        return 0
    number = load32(d.p)
    serial = load32(d.p + 4)
    if tag == PID_EXT:
        creation = d.p[8]
        d.p += 9
        if creation > 3:
            return 0
    else:
        creation = load32(d.p + 8)
        d.p += 12
    if is_local(name, creation):
        if number >> PID_NUMBER_BITS or serial >> PID_SERIAL_BITS:
            return 0
        return make_pid((serial << PID_NUMBER_BITS) | number)
    t = external_new(d, name, creation, EXT_PID, 1)
    if t != 0:
        external_data(t)[0] = number | (serial << 32)
    return t


cdef Term decode_port(Decoder* d, int tag) noexcept nogil:
    cdef uint64_t number
    cdef uint32_t creation
    cdef Term name = decode_atom(d)
    cdef Term t
    if name == 0:
        return 0
    if tag == V4_PORT_EXT:
        number = load64(d.p)
        d.p += 8
    else:
        number = load32(d.p)
        d.p += 4
    if tag == PORT_EXT:
        creation = d.p[0]
        d.p += 1
        if creation > 3:
            return 0
    else:
        creation = load32(d.p)
        d.p += 4
    if is_local(name, creation):
        return make_port(number) if number <= PORT_32_MAX else 0
    t = external_new(d, name, creation, EXT_PORT, 1)
    if t != 0:
        external_data(t)[0] = number
    return t


cdef Term decode_ref(Decoder* d, int tag) noexcept nogil:
    cdef uint32_t ids[REF_NUMBERS_MAX + 1]
    cdef uint32_t creation
    cdef size_t n = 1
    cdef size_t i
    cdef Term name, t
    cdef Term* p
    memset(ids, 0, sizeof(ids))
    if tag != REFERENCE_EXT:
        n = load16(d.p)
        d.p += 2
    name = decode_atom(d)
    if name == 0:
        return 0
    if tag == REFERENCE_EXT:
        ids[0] = load32(d.p)
        creation = d.p[4]
        d.p += 5
    else:
        if tag == NEW_REFERENCE_EXT:
            creation = d.p[0]
            d.p += 1
        else:
            creation = load32(d.p)
            d.p += 4
        for i in range(n):
            ids[i] = load32(d.p)
            d.p += 4
    if tag != NEWER_REFERENCE_EXT and (creation > 3 or ids[0] >= REF_LOCAL_LIMIT):
        return 0
    if is_local(name, creation):
        if n > 3 or ids[0] >= REF_LOCAL_LIMIT:     # none that this node makes
            return 0
        if hooks.ref_find != NULL:
            t = hooks.ref_find(en_external_context, d.heap, ids)
            if t != 0:
                return t
        p = heap_alloc(d.heap, 3)
        if p == NULL:
            return no_memory(d)
        p[0] = make_header(T_REF, REF_ORDINARY)
        memcpy(p + 1, ids, 16)
        return make_boxed(p)
    t = external_new(d, name, creation, EXT_REF, 1 + ((n + 1) >> 1))
    if t != 0:
        external_data(t)[0] = n
        memcpy(external_data(t) + 1, ids, ((n + 1) >> 1) * 8)
    return t


cdef Term decode_big(Decoder* d, size_t n) noexcept nogil:
    cdef bint negative = d.p[0] != 0
    cdef Term t = integer_from_bytes(d.heap, d.p + 1, n, True, False)
    d.p += 1 + n
    if t == 0 or not negative:
        return t                        # 0: too large to be an integer, badarg
    if term_is_small(t):
        return integer_from_i64(d.heap, -small_value(t))
    if header_size(boxed_header(t)) == 1 and boxed_ptr(t)[1] == <Term>1 << 59:
        return make_small(-(<int64_t>1 << 59))
    boxed_ptr(t)[0] = make_header(T_BIG_NEG, header_size(boxed_header(t)))     # nobody else has it yet
    return t


cdef Term decode_bits(Decoder* d, size_t n, size_t bits) noexcept nogil:
    cdef uint8_t* data
    cdef Term t = bits_make(d.heap, bits, &data)
    if t == 0:
        return no_memory(d)
    if n:
        memcpy(data, d.p, n)
        if bits & 7:
            data[n - 1] &= <uint8_t>(0xFF00 >> (bits & 7))
    d.p += n
    return t


cdef Term decode_float(Decoder* d, bint text) noexcept nogil:
    cdef double v
    cdef uint64_t bits
    cdef const uint8_t* zero
    cdef Term* p
    if text:
        zero = <const uint8_t*>memchr(d.p, 0, FLOAT_TEXT)
        if not float_parse(d.p, <size_t>(zero - d.p) if zero != NULL else FLOAT_TEXT, &v):
            return 0
        d.p += FLOAT_TEXT
    else:
        bits = load64(d.p)
        if (bits >> 52) & 0x7FF == 0x7FF:       # infinity, or no number
            return 0
        memcpy(&v, &bits, 8)
        d.p += 8
    p = heap_alloc(d.heap, 2)
    return make_float(p, v) if p != NULL else no_memory(d)


cdef Term decode_export(Decoder* d) noexcept nogil:
    cdef Term module = decode_atom(d)
    cdef Term function = decode_atom(d) if module != 0 else 0
    cdef int64_t arity
    cdef void* target
    cdef Term* p
    if function == 0:
        return 0
    arity = decode_small(d)
    if arity < 0 or arity > 0x7FFFFFFF:      # more than a call can have, but a term like others
        return 0
    if d.flags & EXT_SAFE and hooks.export_find != NULL:
        target = hooks.export_find(en_external_context, module, function, <unsigned int>arity)
    elif hooks.export_get != NULL:
        target = hooks.export_get(en_external_context, module, function, <unsigned int>arity)
    else:
        target = NULL
    if target == NULL:
        return 0
    p = heap_alloc(d.heap, 2)
    if p == NULL:
        return no_memory(d)
    p[0] = make_header(T_EXPORT, 1)
    p[1] = <Term>target
    return make_boxed(p)


# A tuple, list or map of which elements are still to come, and which was pushed, gives 0 with *opened set.
cdef Term decode_fun(Decoder* d, bint* opened) noexcept nogil:
    cdef const uint8_t* p = d.p
    cdef unsigned int arity = p[4]
    cdef const uint8_t* uniq = p + 5
    cdef uint64_t index = load32(p + 21)
    cdef unsigned int free_ = load32(p + 25)
    cdef int64_t old_uniq
    cdef Term module, creator
    cdef void* entry = NULL
    cdef Fun* f
    cdef unsigned int i
    d.p = p + 29
    module = decode_atom(d)
    if module == 0:
        return 0
    decode_small(d)
    old_uniq = decode_small(d)
    creator = decode_pid(d)
    if creator == 0:
        return 0
    if hooks.fun_entry_get != NULL:
        entry = hooks.fun_entry_get(en_external_context, module, <uint64_t>old_uniq, uniq, index, arity, free_)
    if entry == NULL:
        return 0
    f = <Fun*>heap_alloc(d.heap, SIZEOF_FUN + free_)
    if f == NULL:
        return no_memory(d)
    f.header = make_header(T_FUN, SIZEOF_FUN - 1 + free_)
    f.entry = entry
    f.arity = arity
    f.free = free_
    f.creator = creator
    for i in range(free_):
        (<Term*>(f) + SIZEOF_FUN)[i] = nil()
    f.next = d.heap.off_heap
    d.heap.off_heap = <OffHeap*>f
    counter_add(<Counted*>entry, lane_current(), 1)
    if free_ == 0:
        return make_boxed(<Term*>f)
    opened[0] = open_push(d, OPEN_FUN, <Term*>f, <Term*>f + SIZEOF_FUN, free_) != NULL
    return 0


cdef Term decode_tuple(Decoder* d, size_t n, bint* opened) noexcept nogil:
    cdef Term* p = heap_alloc(d.heap, 1 + n)
    cdef size_t i
    if p == NULL:
        return no_memory(d)
    p[0] = make_header(T_TUPLE, n)
    if n == 0:
        return make_boxed(p)
    for i in range(n):
        p[1 + i] = nil()
    opened[0] = open_push(d, OPEN_TUPLE, p, p + 1, n) != NULL
    return 0


cdef Term decode_list(Decoder* d, size_t n, bint* opened) noexcept nogil:
    cdef Term* p = heap_alloc(d.heap, 2 * n)
    cdef size_t i
    if p == NULL:
        return no_memory(d)
    for i in range(n):
        p[2 * i] = nil()
        p[2 * i + 1] = make_list(p + 2 * i + 2)
    p[2 * n - 1] = nil()
    opened[0] = open_push(d, OPEN_LIST, p, p, n + 1) != NULL
    return 0


cdef Term decode_map(Decoder* d, size_t n, bint* opened) noexcept nogil:
    cdef Term* pairs
    cdef Open* o
    if n == 0:
        return map_empty(d.heap)
    pairs = <Term*>malloc(2 * n * sizeof(Term))
    if pairs == NULL:
        return no_memory(d)
    o = open_push(d, OPEN_MAP, pairs, pairs, 2 * n)
    if o == NULL:
        free(pairs)
        return 0
    o.n = n
    opened[0] = True
    return 0


cdef Term decode_string(Decoder* d) noexcept nogil:
    cdef size_t n = load16(d.p)
    cdef const uint8_t* s = d.p + 2
    cdef Term t = nil()
    cdef Term* cell
    d.p = s + n
    if n == 0:
        return t
    cell = heap_alloc(d.heap, 2 * n)
    if cell == NULL:
        return no_memory(d)
    while n:
        n -= 1
        t = cons(cell, make_small(s[n]), t)
        cell += 2
    return t


# The next term; 0 with *opened if its elements come first, else 0 is failure.
cdef Term decode_head(Decoder* d, bint* opened) noexcept nogil:
    cdef const uint8_t* p = d.p
    cdef int tag = p[0]
    cdef size_t n
    opened[0] = False
    d.p = p + 1
    if tag == SMALL_INTEGER_EXT:
        d.p = p + 2
        return make_small(p[1])
    elif tag == INTEGER_EXT:
        d.p = p + 5
        return make_small(<int32_t>load32(p + 1))
    elif tag == ATOM_EXT or tag == SMALL_ATOM_EXT or tag == ATOM_UTF8_EXT or tag == SMALL_ATOM_UTF8_EXT:
        d.p = p
        return decode_atom(d)
    elif tag == NIL_EXT:
        return nil()
    elif tag == SMALL_TUPLE_EXT:
        d.p = p + 2
        return decode_tuple(d, p[1], opened)
    elif tag == LARGE_TUPLE_EXT:
        d.p = p + 5
        return decode_tuple(d, load32(p + 1), opened)
    elif tag == LIST_EXT:
        n = load32(p + 1)
        d.p = p + 5
        if n == 0:                      # just the tail
            return decode_head(d, opened) if d.p[0] != LIST_EXT else decode_nested_empty(d, opened)
        return decode_list(d, n, opened)
    elif tag == MAP_EXT:
        d.p = p + 5
        return decode_map(d, load32(p + 1), opened)
    elif tag == STRING_EXT:
        return decode_string(d)
    elif tag == BINARY_EXT:
        n = load32(p + 1)
        d.p = p + 5
        return decode_bits(d, n, 8 * n)
    elif tag == BIT_BINARY_EXT:
        n = load32(p + 1)
        d.p = p + 6
        if p[5] > 8 or (n == 0) != (p[5] == 0):
            return 0
        return decode_bits(d, n, 8 * (n - 1) + p[5] if n else 0)
    elif tag == NEW_FLOAT_EXT:
        return decode_float(d, False)
    elif tag == FLOAT_EXT:
        return decode_float(d, True)
    elif tag == SMALL_BIG_EXT:
        d.p = p + 2
        return decode_big(d, p[1])
    elif tag == LARGE_BIG_EXT:
        d.p = p + 5
        return decode_big(d, load32(p + 1))
    elif tag == NEW_PID_EXT or tag == PID_EXT:
        d.p = p
        return decode_pid(d)
    elif tag == PORT_EXT or tag == NEW_PORT_EXT or tag == V4_PORT_EXT:
        return decode_port(d, tag)
    elif tag == REFERENCE_EXT or tag == NEW_REFERENCE_EXT or tag == NEWER_REFERENCE_EXT:
        return decode_ref(d, tag)
    elif tag == EXPORT_EXT:
        return decode_export(d)
    elif tag == NEW_FUN_EXT:
        return decode_fun(d, opened)
    return 0


# Empty lists whose tail is another one, any number of them.
cdef Term decode_nested_empty(Decoder* d, bint* opened) noexcept nogil:
    while d.p[0] == LIST_EXT and load32(d.p + 1) == 0:
        d.p += 5
    return decode_head(d, opened)


# A finished compound term.
cdef Term close_term(Decoder* d, Open* o) noexcept nogil:
    cdef Term t
    if o.kind == OPEN_LIST:
        return make_list(o.base)
    if o.kind == OPEN_MAP:
        t = map_from_pairs(d.heap, o.base, o.n)
        free(o.base)
        if t == 0:
            return no_memory(d)
        return t if map_size(t) == o.n else 0       # a key came twice
    return make_boxed(o.base)


cdef Term decode(Decoder* d) noexcept nogil:
    cdef Term t
    cdef Open* o
    cdef bint opened
    while True:
        t = decode_head(d, &opened)
        if t == 0:
            if opened:
                continue
            return 0
        while True:
            if d.depth == 0:
                return t
            o = d.opens + d.depth - 1
            o.slot[0] = t
            o.left -= 1
            if o.left != 0:
                if o.kind == OPEN_LIST:
                    o.slot += 2 if o.left > 1 else 1    # the tail of the last cell comes last
                else:
                    o.slot += 1
                break
            d.depth -= 1
            t = close_term(d, o)
            if t == 0:
                return 0


# The plain form of a compressed term; NULL: it is not what it says.
cdef uint8_t* decompress(const uint8_t* data, size_t size, size_t* plain_size, size_t* used) noexcept nogil:
    cdef size_t n = load32(data)
    cdef uint8_t* plain
    cdef z_stream s
    cdef int status
    if n > (size - 4) * INFLATE_RATIO + 64 or size - 4 > 0xFFFFFFFFu:
        return NULL
    plain = <uint8_t*>malloc(n + 1)
    if plain == NULL:
        return NULL
    memset(&s, 0, sizeof(s))
    s.next_in = <uint8_t*>(data + 4)
    s.avail_in = <unsigned int>(size - 4)
    if inflateInit(&s) != Z_OK:
        free(plain)
        return NULL
    s.next_out = plain
    s.avail_out = <unsigned int>n
    status = inflate(&s, Z_FINISH)
    used[0] = 4 + s.total_in
    plain_size[0] = s.total_out
    inflateEnd(&s)
    if status != Z_STREAM_END or plain_size[0] != n:
        free(plain)
        return NULL
    return plain


cdef Term external_decode(Heap* h, const uint8_t* data, size_t size, int flags, bint versioned, size_t* used,
                          Term* reason) noexcept nogil:
    cdef Decoder d
    cdef const uint8_t* p = data
    cdef const uint8_t* end = data + size
    cdef uint8_t* plain = NULL
    cdef size_t compressed = 0
    cdef Term t = 0
    reason[0] = AM_badarg
    if versioned:
        if size < 1 or p[0] != VERSION:
            return 0
        p += 1
    if end - p >= 5 and p[0] == COMPRESSED:
        plain = decompress(p + 1, <size_t>(end - p) - 1, &size, &compressed)
        if plain == NULL:
            return 0
        compressed += <size_t>(p - data) + 1
        p = plain
        end = plain + size
    if check(p, end) != NULL:
        d.heap = h
        d.p = p
        d.flags = flags
        d.reason = AM_badarg
        d.opens = d.room
        d.depth = 0
        d.capacity = 16
        t = decode(&d)
        reason[0] = d.reason
        while d.depth:
            d.depth -= 1
            if d.opens[d.depth].kind == OPEN_MAP:
                free(d.opens[d.depth].base)
        if d.opens != d.room:
            free(d.opens)
        if used != NULL:
            used[0] = compressed if plain != NULL else <size_t>(d.p - data)
    free(plain)
    return t

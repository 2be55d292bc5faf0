"""Decisions on the bytes of a binary; see deciding.pxd."""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset
from enigma.term.pack cimport *
from enigma.code.facts cimport *
from enigma.code.instructions cimport operation_named
from enigma.code.liveness cimport is_end, register_is_dead
from enigma.code.opcodes_generated cimport *
from enigma.code.operations cimport Op, OpMaker, is_register, same_operand, set_operand
from enigma.code.reader cimport *
from enigma.code.ways cimport *

cdef extern from "enigma/bits.h" nogil:
    enum:
        EN_HOST_LITTLE

cdef int g_bs_decide = operation_named(b"bs_decide")

cdef enum:
    DEPTH_MAX = 160             # ways inside each other
    STEPS_EACH = 2000           # operations run for each operation of a function, at most
    STEPS_MAX = 4000000         # and for a function: what takes longer than some tenths of a second does not pay
    WORDS_EACH = 64             # words of tables for each operation of a function, at most
    WORDS_MAX = 1 << 18         # and for a function
    LEAST_LEAVES = 4            # of a decision that is worth a table
    LEAST_GAIN = 4              # operations that it spares on the average of its ways

cdef uint32_t NO_REF = 0xFFFFFFFF

cdef struct Question:           # asked, and not answered yet for what goes on
    Question* outer
    int kind
    uint32_t at
    uint32_t away               # where the ways that do not go on lead
    uint32_t refs[256]

cdef struct Decision:
    Walk walk
    Op** waiting                # as many as labels, for mark
    uint64_t word_limit
    Way* ways                   # DEPTH_MAX
    Question* spare
    word* nodes
    size_t node_count, node_capacity
    word* leaves                # as in a table, with the Op in place of the address
    size_t leaf_count, leaf_capacity
    uint32_t* slots             # hash table of 1 + index in leaves
    size_t slot_count, slots_used
    uint64_t ends, passed       # ways that ended in leaves, operations on them


# --- leaves ---------------------------------------------------------------------------------------------------

cdef bint room(void** array, size_t* capacity, size_t count, size_t more) noexcept nogil:
    """Room for `more` words behind `count`."""
    cdef size_t n = capacity[0]
    cdef void* got
    if count + more <= n:
        return True
    n = max(2 * n, count + more + 256)
    got = realloc(array[0], n * sizeof(word))
    if got == NULL:
        return False
    array[0] = got
    capacity[0] = n
    return True


cdef size_t leaf_words(const word* leaf) noexcept nogil:
    return 2 + 2 * (leaf[1] >> 32)


cdef uint64_t leaf_hash(const word* leaf) noexcept nogil:
    cdef uint64_t h = 0x9E3779B97F4A7C15ull
    cdef size_t i
    for i in range(leaf_words(leaf)):
        h = (h ^ leaf[i]) * 0xFF51AFD7ED558CCDull
        h ^= h >> 29
    return h


cdef bint grow_slots(Decision* d) noexcept nogil:
    cdef size_t n = max(<size_t>64, 2 * d.slot_count), at = 0, i
    cdef uint32_t* slots = <uint32_t*>calloc(n, sizeof(uint32_t))
    if slots == NULL:
        return False
    while at < d.leaf_count:
        i = leaf_hash(d.leaves + at) & (n - 1)
        while slots[i] != 0:
            i = (i + 1) & (n - 1)
        slots[i] = <uint32_t>at + 1
        at += leaf_words(d.leaves + at)
    free(d.slots)
    d.slots = slots
    d.slot_count = n
    return True


cdef uint32_t leaf_of(Decision* d, Way* s) noexcept nogil:
    """A reference to the leaf for where a way ended; NO_REF: it takes too much."""
    cdef word* leaf
    cdef Held* h
    cdef uint32_t i
    cdef word n = 0
    cdef size_t at
    if d.node_count + d.leaf_count > d.word_limit:
        return NO_REF
    if not room(<void**>&d.leaves, &d.leaf_capacity, d.leaf_count, 2 + 2 * REGISTERS_MAX) \
            or (2 * d.slots_used >= d.slot_count and not grow_slots(d)):
        return NO_REF
    leaf = d.leaves + d.leaf_count
    leaf[0] = <word>(s.label if s.label != NULL else s.at)
    for i in range(s.held_count):
        h = &s.held[i]
        if h.there or (h.kind == O_X and register_is_dead(s.at, h.number, d.walk.labels, d.walk.label_count)):
            continue
        leaf[2 + 2 * n] = <word>h.kind << 32 | h.number
        if h.what == IS_POSITION:
            leaf[3 + 2 * n] = LEAF_POSITION | <word>h.field.offset << 32
        else:
            leaf[3 + 2 * n] = <word>h.field.bits << LEAF_BITS | <word>h.field.flags << LEAF_FLAGS \
                | <word>h.field.offset << 32
        n += 1
    leaf[1] = s.position | n << 32
    d.ends += 1
    d.passed += s.passed
    at = leaf_hash(leaf) & (d.slot_count - 1)
    while d.slots[at] != 0:
        i = d.slots[at] - 1
        if d.leaves[i + 1] == leaf[1] and memcmp(d.leaves + i, leaf, leaf_words(leaf) * sizeof(word)) == 0:
            return i << 1 | 1
        at = (at + 1) & (d.slot_count - 1)
    d.slots[at] = <uint32_t>d.leaf_count + 1
    d.slots_used += 1
    i = <uint32_t>d.leaf_count
    d.leaf_count += leaf_words(leaf)
    return i << 1 | 1


# --- nodes ----------------------------------------------------------------------------------------------------

cdef inline word* node_of(Decision* d, uint32_t ref) noexcept nogil:
    return d.nodes + (ref >> 1)


cdef inline bint is_node(uint32_t ref) noexcept nogil:
    return ref & 1 == 0


cdef word* new_node(Decision* d, size_t words, uint32_t* ref) noexcept nogil:
    if d.node_count + words + d.leaf_count > d.word_limit:
        ref[0] = NO_REF
        return NULL
    if not room(<void**>&d.nodes, &d.node_capacity, d.node_count, words):
        ref[0] = NO_REF
        return NULL
    ref[0] = <uint32_t>d.node_count << 1
    d.node_count += words
    memset(d.nodes + d.node_count - words, 0, words * sizeof(word))
    return d.nodes + d.node_count - words


cdef uint32_t close_length(Decision* d, uint32_t bits, uint32_t shorter, uint32_t longer) noexcept nogil:
    cdef word* node
    cdef uint32_t ref = 0
    if shorter == longer:
        return longer
    if is_node(longer):
        node = node_of(d, longer)
        if node[0] & 0xFF == NODE_TABLE or node[0] & 0xFF == NODE_BYTES:
            if node[0] >> 32 == 0:
                node[0] |= <word>bits << 32
                node[1] |= shorter
                return longer
            if <uint32_t>node[1] == shorter:
                if node[0] >> 32 < bits:
                    node[0] = <word><uint32_t>node[0] | <word>bits << 32
                return longer
    node = new_node(d, 2, &ref)
    if node != NULL:
        node[0] = NODE_LENGTH | <word>bits << 32
        node[1] = shorter | <word>longer << 32
    return ref


cdef uint32_t close_whole(Decision* d, uint32_t no, uint32_t yes) noexcept nogil:
    cdef word* node
    cdef uint32_t ref = 0
    if no == yes:
        return yes
    node = new_node(d, 2, &ref)
    if node != NULL:
        node[0] = NODE_WHOLE
        node[1] = no | <word>yes << 32
    return ref


cdef uint32_t close_byte(Decision* d, Question* q, uint32_t rest) noexcept nogil:
    cdef uint32_t low = 256, high = 0, v, ref = 0, yes
    cdef word* node
    for v in range(256):
        if q.refs[v] != NO_REF and q.refs[v] != rest:
            low = min(low, v)
            high = v
    if low == 256:
        return rest
    if low != high:
        node = new_node(d, 3 + ((high - low + 2) >> 1), &ref)
        if node == NULL:
            return ref
        node[0] = NODE_TABLE | <word>q.at << 8
        node[1] = <word>rest << 32
        node[2] = low | <word>(high - low + 1) << 32
        for v in range(low, high + 1):
            (<uint32_t*>(node + 3))[v - low] = q.refs[v] if q.refs[v] != NO_REF else rest
        return ref
    yes = q.refs[low]
    if is_node(yes):
        node = node_of(d, yes)
        if node[0] & 0xFF == NODE_BYTES and (node[0] >> 8) & 0xFFFFFF == q.at + 1 and node[1] >> 32 == rest \
                and (node[0] >> 32 == 0 or <uint32_t>node[1] == rest) and node[4] >> 32 < 8:
            # one byte more in front
            node[0] -= 1 << 8
            if EN_HOST_LITTLE:
                node[2] = node[2] << 8 | 0xFF
                node[3] = node[3] << 8 | low
            else:
                node[2] = node[2] >> 8 | <word>0xFF << 56
                node[3] = node[3] >> 8 | <word>low << 56
            node[4] += <word>1 << 32
            return yes
    node = new_node(d, 5, &ref)
    if node == NULL:
        return ref
    node[0] = NODE_BYTES | <word>q.at << 8
    node[1] = <word>rest << 32
    node[2] = 0xFF if EN_HOST_LITTLE else <word>0xFF << 56
    node[3] = low if EN_HOST_LITTLE else <word>low << 56
    node[4] = yes | <word>1 << 32
    return ref


cdef uint32_t close_question(Decision* d, Question* q, uint32_t rest) noexcept nogil:
    if q.kind == BY_LENGTH:
        return close_length(d, q.at, q.away, rest)
    if q.kind == BY_WHOLE:
        return close_whole(d, q.away, rest)
    return close_byte(d, q, rest)


cdef Question* new_question(Decision* d, Question* outer, Split* split) noexcept nogil:
    cdef Question* q = d.spare
    if q != NULL:
        d.spare = q.outer
    else:
        q = <Question*>malloc(sizeof(Question))
        if q == NULL:
            return NULL
    q.outer = outer
    q.kind = split.kind
    q.at = split.at
    q.away = NO_REF
    memset(q.refs, 0xFF, sizeof(q.refs))
    return q


# --- ways -----------------------------------------------------------------------------------------------------

cdef void copy_way(Way* to, Way* s) noexcept nogil:
    memcpy(to, s, sizeof(Way) - sizeof(s.bytes))
    memcpy(to.bytes, s.bytes, s.byte_count * sizeof(Byte))


cdef uint32_t explore(Decision* d, uint32_t depth) noexcept nogil:
    """The decision for the way d.ways[depth]. NO_REF: it takes too much."""
    cdef Way* s = &d.ways[depth]
    cdef Way* other = s + 1
    cdef Split split
    cdef Question* q = NULL
    cdef Question* outer
    cdef Byte* b
    cdef uint32_t ref = NO_REF, i, v
    cdef uint32_t refs[257]
    cdef int got
    cdef bint over = False
    while not over:
        ref = NO_REF
        got = way_run(&d.walk, s, &split)
        if got != AT_QUESTION:
            if got == AT_LEAF:
                ref = leaf_of(d, s)
            break
        if depth + 2 >= DEPTH_MAX:
            break
        if q == NULL or q.kind != BY_BYTE or split.kind != BY_BYTE or q.at != split.at:
            outer = q
            q = new_question(d, outer, &split)
            if q == NULL:
                q = outer
                break
        if split.kind != BY_BYTE:
            copy_way(other, s)
            if split.kind == BY_LENGTH:
                other.most = split.at - 1
                s.least = split.at
            else:
                other.whole = WHOLE_NO
                s.whole = WHOLE_YES
            q.away = explore(d, depth + 1)
            over = q.away == NO_REF
            continue
        for i in range(1, split.count + 1):
            copy_way(other, s)
            if not narrow(other, &split, i):
                continue
            ref = explore(d, depth + 1)
            if ref == NO_REF:
                over = True
                break
            refs[i] = ref
        b = byte_at(s, split.at)
        for v in range(256):
            if not over and split.class_of[v] != 0 and (b == NULL or has(b.values, v)):
                q.refs[v] = refs[split.class_of[v]]
        if not over and not narrow(s, &split, 0):
            break
        if over:
            ref = NO_REF
    while q != NULL:
        if ref != NO_REF:
            ref = close_question(d, q, ref)
        outer = q.outer
        q.outer = d.spare
        d.spare = q
        q = outer
    return ref


# --- what it becomes ------------------------------------------------------------------------------------------

cdef word label_of(Op* op, uint32_t* labels, void* loader, OpMaker make) noexcept nogil:
    """The number of a label in front of op, which becomes one if it is none. 0: no memory."""
    cdef Op* moved
    if op.op != G_label:
        moved = make(loader, 0, 0)
        if moved == NULL:
            return 0
        moved[0] = op[0]
        op.op = G_label
        op.operands = <Operand*>NULL
        op.count = 1
        op.next = moved
        op.has_line = False
        op.operands = make_operand(loader, make)
        if op.operands == NULL:
            return 0
        set_operand(op.operands, O_LABEL, labels[0])
        labels[0] += 1
    return op.operands[0].value


cdef Operand* make_operand(void* loader, OpMaker make) noexcept nogil:
    cdef Op* op = make(loader, 0, 1)
    return op.operands if op != NULL else NULL


cdef bint build(Decision* d, Op* entry, uint32_t root, uint32_t* labels, void* loader, OpMaker make) noexcept nogil:
    """Puts the decision behind entry."""
    cdef uint32_t n = <uint32_t>(2 + d.node_count + d.leaf_count)
    cdef Op* made = make(loader, <uint32_t>g_bs_decide, 2 + n)
    cdef Operand* o
    cdef size_t i, at
    cdef word w, label
    if made == NULL:
        return False
    made.operands[0] = d.walk.ctx[0]
    set_operand(&made.operands[1], O_LIST, n)
    made.operands[1].count = n
    o = made.operands + 2
    set_operand(&o[0], O_UNSIGNED, root)
    set_operand(&o[1], O_UNSIGNED, d.node_count)
    o += 2
    for i in range(d.node_count):
        set_operand(&o[i], O_UNSIGNED, d.nodes[i])
    o += d.node_count
    at = 0
    while at < d.leaf_count:
        label = label_of(<Op*>d.leaves[at], labels, loader, make)
        if label == 0:
            return False
        set_operand(&o[at], O_LABEL, label)
        set_operand(&o[at + 1], O_UNSIGNED, d.leaves[at + 1])
        for i in range(d.leaves[at + 1] >> 32):
            w = d.leaves[at + 2 + 2 * i]
            set_operand(&o[at + 2 + 2 * i], <int>(w >> 32), <uint32_t>w)
            set_operand(&o[at + 3 + 2 * i], O_UNSIGNED, d.leaves[at + 3 + 2 * i])
        at += leaf_words(d.leaves + at)
    made.next = entry.next
    entry.next = made
    return True


cdef bint is_readable(Op* op) noexcept nogil:
    return op != NULL and (op.op == G_bs_get_integer2 or op.op == G_bs_match_string or op.op == G_bs_match
                           or op.op == G_bs_skip_bits2 or op.op == G_bs_test_tail2)


cdef void mark(Decision* d, Op* op, uint32_t number) noexcept nogil:
    """Marks what can be reached from op."""
    cdef uint32_t i, n = 0
    cdef Op* label
    while op != NULL:
        while op != NULL and op.mark != number:
            op.mark = number
            for i in range(op.count if op.op != G_label else 0):
                if can_jump(&d.walk, &op.operands[i]):
                    label = d.walk.labels[op.operands[i].value]
                    if label.mark != number:
                        label.mark = number
                        d.waiting[n] = label.next
                        n += 1
            if is_end(op.op):
                break
            op = op.next
        if n == 0:
            return
        n -= 1
        op = d.waiting[n]


cdef bint try_at(Decision* d, Op* entry, Operand* ctx, Operand* position, uint32_t number, bint* made,
                 uint32_t* labels, void* loader, OpMaker make) noexcept nogil:
    """A decision behind entry, if it is worth it; position: the register that holds where the match stands, or NULL."""
    cdef Way* s = &d.ways[0]
    cdef uint32_t root
    cdef size_t at = 0
    made[0] = False
    memset(s, 0, sizeof(Way))
    s.at = entry.next
    s.most = NOTHING
    walk_begin(&d.walk, ctx)
    d.node_count = 0
    d.leaf_count = 0
    d.slots_used = 0
    d.ends = 0
    d.passed = 0
    if d.slot_count != 0:
        memset(d.slots, 0, d.slot_count * sizeof(uint32_t))
    if position != NULL and is_register(position) and not same_operand(position, ctx):
        hold(s, position, IS_POSITION, 0, 0, 0)
        s.held[0].there = True
    root = explore(d, 0)
    if root == NO_REF or root & 1 or d.ends < LEAST_LEAVES or d.passed < LEAST_GAIN * d.ends:
        return True
    while at < d.leaf_count:
        mark(d, <Op*>d.leaves[at], number)
        at += leaf_words(d.leaves + at)
    d.word_limit -= d.node_count + d.leaf_count
    made[0] = True
    return build(d, entry, root, labels, loader, make)


cdef bint decide_function(Decision* d, Op* first, Op* end, uint32_t number, uint32_t* labels, void* loader,
                          OpMaker make) noexcept nogil:
    cdef Op* op = first
    cdef Op* entry
    cdef Operand* ctx
    cdef Operand* position
    cdef uint64_t n = 0
    cdef bint made = False, some = False
    while op != end:
        n += 1
        op = op.next
    d.walk.steps = min(n * STEPS_EACH, <uint64_t>STEPS_MAX)
    d.word_limit = min(n * WORDS_EACH, <uint64_t>WORDS_MAX)
    op = first
    while op != end:
        entry = op
        ctx = NULL
        position = NULL
        if op.op == G_bs_start_match3 or op.op == G_bs_start_match4:
            ctx = &op.operands[3]
            if op.next != end and op.next.op == G_bs_get_position and same_operand(&op.next.operands[0], ctx):
                entry = op.next
                position = &entry.operands[1]
        elif op.op == G_bs_set_position and (not some or op.mark == number):
            ctx = &op.operands[0]
            position = &op.operands[1]
        if ctx != NULL and is_register(ctx) and is_readable(entry.next):
            if not try_at(d, entry, ctx, position, number, &made, labels, loader, make):
                return False
            some = some or made
        op = op.next
    return True


cdef bint decide_operations(Op* first, uint32_t* labels, const uint8_t* strings, void* loader, OpMaker make) noexcept nogil:
    cdef Decision d
    cdef Op* op = first
    cdef Op* begin
    cdef Question* q
    cdef uint32_t number = 0
    cdef bint ok = True, some = False
    if g_bs_decide < 0:
        return True
    while op != NULL and not some:
        some = op.op == G_bs_start_match3 or op.op == G_bs_start_match4
        op = op.next
    if not some:
        return True
    memset(&d, 0, sizeof(d))
    d.walk.strings = strings
    d.walk.label_count = labels[0]
    d.walk.labels = <Op**>calloc(d.walk.label_count + 1, sizeof(Op*))
    d.ways = <Way*>malloc(DEPTH_MAX * sizeof(Way))
    d.waiting = <Op**>calloc(d.walk.label_count + 1, sizeof(Op*))
    some = d.walk.labels == NULL or d.ways == NULL or d.waiting == NULL      # then it goes without decisions
    op = NULL if some else first
    while op != NULL:
        if op.op == G_label and op.operands[0].value < d.walk.label_count:
            d.walk.labels[op.operands[0].value] = op
        op = op.next
    op = NULL if some else first
    while ok and op != NULL:
        begin = op
        some = False
        op = op.next
        while op != NULL and op.op != G_func_info:
            some = some or op.op == G_bs_start_match3 or op.op == G_bs_start_match4
            op = op.next
        if some:
            number += 1
            ok = decide_function(&d, begin, op, number, labels, loader, make)
    while d.spare != NULL:
        q = d.spare
        d.spare = q.outer
        free(q)
    free(d.walk.labels)
    free(d.waiting)
    free(d.ways)
    free(d.nodes)
    free(d.leaves)
    free(d.slots)
    walk_free(&d.walk)
    return ok

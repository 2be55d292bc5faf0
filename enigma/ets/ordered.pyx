"""Ordered sets as B+ trees: objects sorted by Erlang's order of keys, where 1 and 1.0 are the same key.

Objects are a list linked both ways, in their order; the tree finds the place of a key in it. A leaf holds the keys of its
objects beside each other (what they point to is the objects' own), an inner node the key of the first object below each
of its children, so that a search reads a few nodes and no object, unless keys are no small integers.

Invariants: an inner node has two children at least. A leaf or inner node that a removal leaves with fewer than FEW
entries is joined with its neighbour, or gets some of his.

Removal frees at once, also from a fixed table: a scan remembers the key it has seen last and looks for the one after it.
"""
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memmove
from enigma.term.core cimport EN_LIKELY, Term
from enigma.term.compare cimport term_compare
from enigma.term.pack cimport term_both_small, term_is_small
from enigma.ets.table cimport *

cdef enum:
    FAN = 32                         # most entries of a node
    FEW = FAN // 4
    JOINED = FAN - FEW               # most entries of two nodes that are made one
    DEPTH = 24                       # more levels than memory has room for

cdef struct Node:
    uint32_t count
    Term keys[FAN]                   # of the first object below each entry
    void* below[FAN]                 # in a leaf Object*, else Node*

cdef struct Store:
    Grave grave                      # must be first
    Node* root
    uint32_t depth                   # levels above the leaves
    Object* first
    Object* last

# From the root to a leaf: nodes, and the entry in each.
cdef struct Path:
    Node* node[DEPTH]
    uint32_t at[DEPTH]


cdef inline Store* store_of(Table* t) noexcept nogil:
    return <Store*>t.store


cdef inline Object* object_at(Node* leaf, uint32_t i) noexcept nogil:
    return <Object*>leaf.below[i]


# How many keys of a node come before `key`; *equal: the one behind those is the same key.
cdef uint32_t place_slowly(Node* n, Term key, bint* equal) noexcept nogil:
    cdef uint32_t low = 0, high = n.count, middle
    cdef int order
    equal[0] = False
    while low < high:
        middle = (low + high) >> 1
        order = term_compare(n.keys[middle], key)
        if order == 0:
            equal[0] = True
            return middle
        if order < 0:
            low = middle + 1
        else:
            high = middle
    return low


# Words of small integers are in the order of the integers; halving without branches costs no wrong guesses.
cdef inline uint32_t place_in(Node* n, Term key, bint* equal) noexcept nogil:
    cdef uint32_t low = 0, left = n.count, half
    cdef Term all_ = key, k
    if not term_is_small(key) or left == 0:
        return place_slowly(n, key, equal)
    while left > 1:
        half = left >> 1
        k = n.keys[low + half - 1]
        all_ &= k
        low += half & (0 - <uint32_t>(<int64_t>k < <int64_t>key))
        left -= half
    k = n.keys[low]
    if not term_both_small(all_, k):
        return place_slowly(n, key, equal)
    equal[0] = k == key
    return low + <uint32_t>(<int64_t>k < <int64_t>key)


# The first object that is not before `key`, or NULL; *equal: it has that key. In *path, unless that is NULL, where it
# stands or would stand.
cdef inline Object* seek(Store* s, Term key, Path* path, bint* equal) noexcept nogil:
    cdef Node* node = s.root
    cdef uint32_t level, i
    for level in range(s.depth):
        i = place_in(node, key, equal)
        if i > 0 and not equal[0]:
            i -= 1
        if path != NULL:
            path.node[level] = node
            path.at[level] = i
        node = <Node*>node.below[i]
    i = place_in(node, key, equal)
    if path != NULL:
        path.node[s.depth] = node
        path.at[s.depth] = i
    if EN_LIKELY(i < node.count):
        return object_at(node, i)
    return object_at(node, i - 1).next if i > 0 else NULL


cdef bint ordered_create(Table* t) noexcept nogil:
    cdef Store* s = <Store*>calloc(1, sizeof(Store))
    if s == NULL:
        return False
    s.root = <Node*>malloc(sizeof(Node))
    if s.root == NULL:
        free(s)
        return False
    s.root.count = 0
    s.grave.reap = ordered_reap
    t.store = &s.grave
    return True


# Takes the tree down from its end. A node that is left without entries goes with its parent's last one.
cdef bint ordered_reap(Grave* g, int64_t* budget) noexcept nogil:
    cdef Store* s = <Store*>g
    cdef Node* path[DEPTH]
    cdef Node* node
    cdef uint32_t level
    while True:
        path[0] = s.root
        for level in range(s.depth):
            path[level + 1] = <Node*>path[level].below[path[level].count - 1]
        node = path[s.depth]
        while node.count > 0:
            if budget[0] <= 0:
                return False
            node.count -= 1
            object_free(object_at(node, node.count))
            budget[0] -= 1
        level = s.depth
        while level > 0 and path[level].count == 0:
            free(path[level])
            level -= 1
            path[level].count -= 1
        if level == 0 and s.root.count == 0:
            free(s.root)
            free(s)
            return True


cdef Object* ordered_find(Table* t, Term key) noexcept nogil:
    cdef bint equal = False
    cdef Object* o = seek(store_of(t), key, NULL, &equal)
    return o if equal else NULL


cdef Object* ordered_same_key(Table* t, Object* o) noexcept nogil:
    return NULL


# --- nodes --------------------------------------------------------------------------------------------------

cdef inline void move(Node* to, uint32_t at, Node* from_, uint32_t i, uint32_t n) noexcept nogil:
    memmove(&to.keys[at], &from_.keys[i], n * sizeof(Term))
    memmove(&to.below[at], &from_.below[i], n * sizeof(void*))


cdef void put_entry(Node* n, uint32_t at, Term key, void* below) noexcept nogil:
    move(n, at + 1, n, at, n.count - at)
    n.keys[at] = key
    n.below[at] = below
    n.count += 1


cdef void drop_entry(Node* n, uint32_t at) noexcept nogil:
    n.count -= 1
    move(n, at, n, at + 1, n.count - at)


# The first key below path.node[level] is another.
cdef void first_changed(Path* path, uint32_t level, Term key) noexcept nogil:
    while level > 0:
        level -= 1
        path.node[level].keys[path.at[level]] = key
        if path.at[level] != 0:
            return


# Puts an entry into a full node and moves the entries from `cut` on, and that one if its place is behind them, to `right`.
cdef void divide(Node* n, Node* right, uint32_t at, Term key, void* below, uint32_t cut) noexcept nogil:
    right.count = n.count - cut
    move(right, 0, n, cut, right.count)
    n.count = cut
    if at <= cut:
        put_entry(n, at, key, below)
    else:
        put_entry(right, at - cut, key, below)


# Puts an object at the place that *path says. False: no memory, and nothing has happened.
cdef bint put_object(Store* s, Path* path, Object* o, Term key) noexcept nogil:
    cdef Node* fresh[DEPTH + 1]
    cdef Node* node
    cdef Node* root
    cdef void* below = o
    cdef uint32_t level = s.depth, at = path.at[s.depth], full = 0, cut, i
    # Keys that come in their order leave full nodes behind.
    cdef bint rising = o.next == NULL, falling = o.previous == NULL
    while path.node[s.depth - full].count == FAN:
        full += 1
        if full > s.depth:
            break
    if full > s.depth and s.depth + 1 == DEPTH:
        return False
    for i in range(full + 1 if full > s.depth else full):
        fresh[i] = <Node*>malloc(sizeof(Node))
        if fresh[i] == NULL:
            while i > 0:
                i -= 1
                free(fresh[i])
            return False
    if at == 0:
        first_changed(path, level, key)
    for i in range(full):
        node = path.node[level]
        cut = FAN - 1 if rising else 1 if falling else FAN // 2
        divide(node, fresh[i], at, key, below, cut)
        key = fresh[i].keys[0]
        below = fresh[i]
        if level == 0:
            root = fresh[full]
            root.count = 0
            put_entry(root, 0, node.keys[0], node)
            put_entry(root, 1, key, below)
            s.root = root
            s.depth += 1
            return True
        level -= 1
        at = path.at[level] + 1
    put_entry(path.node[level], at, key, below)
    return True


# path.node[level] has lost an entry.
cdef void mend(Store* s, Path* path, uint32_t level) noexcept nogil:
    cdef Node* node
    cdef Node* parent
    cdef Node* left
    cdef Node* right
    cdef uint32_t i, n
    while level > 0 and path.node[level].count < FEW:
        node = path.node[level]
        parent = path.node[level - 1]
        i = path.at[level - 1]
        if i + 1 == parent.count:        # the last one has its neighbour on the other side
            i -= 1
        left = <Node*>parent.below[i]
        right = <Node*>parent.below[i + 1]
        if left.count + right.count <= JOINED:
            move(left, left.count, right, 0, right.count)
            left.count += right.count
            free(right)
            drop_entry(parent, i + 1)
        else:
            n = (left.count + right.count) // 2
            if left.count < n:
                n -= left.count
                move(left, left.count, right, 0, n)
                left.count += n
                right.count -= n
                move(right, 0, right, n, right.count)
            else:
                n = left.count - n
                move(right, n, right, 0, right.count)
                left.count -= n
                right.count += n
                move(right, 0, left, left.count, n)
            parent.keys[i + 1] = right.keys[0]
        level -= 1
        if left == node:                 # it may have been empty
            first_changed(path, level + 1, left.keys[0])
    while s.depth > 0 and s.root.count == 1:
        node = s.root
        s.root = <Node*>node.below[0]
        s.depth -= 1
        free(node)


# --- changes ------------------------------------------------------------------------------------------------

# Lets o's neighbours in the list know it.
cdef inline void link_in(Store* s, Object* o) noexcept nogil:
    if o.previous != NULL:
        o.previous.next = o
    else:
        s.first = o
    if o.next != NULL:
        o.next.previous = o
    else:
        s.last = o


cdef void ordered_remove(Table* t, Object* o) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Path path
    cdef bint equal = False
    cdef Node* leaf
    seek(s, object_key(t, o), &path, &equal)
    leaf = path.node[s.depth]
    drop_entry(leaf, path.at[s.depth])
    if path.at[s.depth] == 0 and leaf.count > 0:
        first_changed(&path, s.depth, leaf.keys[0])
    mend(s, &path, s.depth)
    if o.previous != NULL:
        o.previous.next = o.next
    else:
        s.first = o.next
    if o.next != NULL:
        o.next.previous = o.previous
    else:
        s.last = o.previous
    t.size -= 1
    t.words -= o.words
    object_free(o)


cdef int64_t ordered_insert(Table* t, Object* o) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Path path
    cdef bint equal = False
    cdef Term key = object_key(t, o)
    cdef Object* other = seek(s, key, &path, &equal)
    o.hash = 0
    if equal:
        o.next = other.next
        o.previous = other.previous
        path.node[s.depth].keys[path.at[s.depth]] = key
        path.node[s.depth].below[path.at[s.depth]] = o
        if path.at[s.depth] == 0:
            first_changed(&path, s.depth, key)
        link_in(s, o)
        t.words += o.words
        t.words -= other.words
        object_free(other)
        return 0
    o.next = other
    o.previous = other.previous if other != NULL else s.last
    if not put_object(s, &path, o, key):
        return -1
    link_in(s, o)
    t.size += 1
    t.words += o.words
    return 0


# --- reading ------------------------------------------------------------------------------------------------

cdef Object* ordered_first(Table* t) noexcept nogil:
    return store_of(t).first


cdef Object* ordered_last(Table* t) noexcept nogil:
    return store_of(t).last


cdef Object* ordered_next_key(Table* t, Term key, bint* known) noexcept nogil:
    cdef bint equal = False
    cdef Object* o = seek(store_of(t), key, NULL, &equal)
    known[0] = True
    return o.next if equal else o


cdef Object* ordered_previous_key(Table* t, Term key, bint* known) noexcept nogil:
    cdef bint equal = False
    cdef Object* o = seek(store_of(t), key, NULL, &equal)
    known[0] = True
    return o.previous if o != NULL else store_of(t).last


cdef Object* ordered_last_below(Table* t, KeyOrder order, void* data, int bound) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Node* node = s.root
    cdef uint32_t level, low, high, middle
    for level in range(s.depth + 1):
        low = 0
        high = node.count
        while low < high:
            middle = (low + high) >> 1
            if order(data, node.keys[middle]) < bound:
                low = middle + 1
            else:
                high = middle
        if low == 0:
            return NULL              # the first key of all is not below
        if level < s.depth:
            node = <Node*>node.below[low - 1]
    return object_at(node, low - 1)


cdef Object* ordered_scan(Table* t, Cursor* c) noexcept nogil:
    if c.object != NULL:
        c.object = c.object.previous if c.reverse else c.object.next
    elif c.slot == 0:
        c.object = store_of(t).last if c.reverse else store_of(t).first
    c.slot = 1                       # begun: NULL now means the end
    return c.object


cdef Object* ordered_slot(Table* t, size_t i, bint* beyond) noexcept nogil:
    cdef Object* o = store_of(t).first
    beyond[0] = i >= t.size
    while o != NULL and i > 0:
        o = o.next
        i -= 1
    return o


cdef Object* ordered_slot_next(Table* t, Object* o) noexcept nogil:
    return NULL


cdef Object* ordered_marked(Table* t, Object* o) noexcept nogil:
    return NULL


cdef bint ordered_mark_all(Table* t, size_t* place, int64_t* budget) noexcept nogil:
    return True                      # never asked: nothing is marked


cdef void ordered_sweep(Table* t, int64_t* budget) noexcept nogil:
    t.removed = 0


cdef bint ordered_figures(Table* t, TableFigures* f) noexcept nogil:
    return False


cdef Backend backend_ordered
backend_ordered.name = b"ordered"
backend_ordered.marks = False
backend_ordered.create = ordered_create
backend_ordered.insert = ordered_insert
backend_ordered.find = ordered_find
backend_ordered.same_key = ordered_same_key
backend_ordered.remove = ordered_remove
backend_ordered.first = ordered_first
backend_ordered.last = ordered_last
backend_ordered.next_key = ordered_next_key
backend_ordered.previous_key = ordered_previous_key
backend_ordered.scan = ordered_scan
backend_ordered.last_below = ordered_last_below
backend_ordered.slot = ordered_slot
backend_ordered.slot_next = ordered_slot_next
backend_ordered.sweep = ordered_sweep
backend_ordered.marked = ordered_marked
backend_ordered.mark_all = ordered_mark_all
backend_ordered.figures = ordered_figures


cdef const Backend* ordered_backend() noexcept nogil:
    return &backend_ordered

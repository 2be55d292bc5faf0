"""Ordered sets as skip lists: objects sorted by Erlang's order of keys, where 1 and 1.0 are the same key.

Level 0 is Object.next; an object of height n also stands in the lists of levels 1..n. Removal frees at once,
also from a fixed table: a scan remembers the key it has seen last and looks for the one after it.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from enigma.term.core cimport Term, en_add64, en_ctz64
from enigma.term.compare cimport term_compare
from enigma.ets.table cimport *

cdef struct Store:
    Grave grave                      # must be first
    Object* heads[SKIP_LEVELS]       # first object of each level
    uint32_t levels                  # in use

cdef uint64_t coin = 0x9E3779B97F4A7C15   # atomic; feeds ordered_height


cdef uint32_t ordered_height(void* salt) noexcept nogil:
    cdef uint64_t x = en_add64(&coin, 0x9E3779B97F4A7C15)
    cdef uint32_t height
    x = (x ^ (x >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    x = (x ^ (x >> 27)) * <uint64_t>0x94D049BB133111EB
    x ^= x >> 31
    height = en_ctz64(x | (<uint64_t>1 << 46)) // 2        # a quarter of a level goes on to the next
    return height if height < SKIP_LEVELS - 1 else SKIP_LEVELS - 1


cdef inline Store* store_of(Table* t) noexcept nogil:
    return <Store*>t.store


# Where level `level`'s successor of o is kept; o NULL: the head.
cdef inline Object** link_of(Store* s, Object* o, uint32_t level) noexcept nogil:
    if o == NULL:
        return &s.heads[level]
    if level == 0:
        return &o.next
    return &o.above[level - 1]


# The last object before `key` (NULL: none); before[level], if wanted, is that of each level.
cdef Object* seek(Table* t, Term key, Object** before) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* o = NULL
    cdef Object* following
    cdef uint32_t level = s.levels
    while level > 0:
        level -= 1
        following = link_of(s, o, level)[0]
        while following != NULL and term_compare(object_key(t, following), key) < 0:
            o = following
            following = link_of(s, o, level)[0]
        if before != NULL:
            before[level] = o
    return o


cdef bint ordered_create(Table* t) noexcept nogil:
    cdef Store* s = <Store*>calloc(1, sizeof(Store))
    if s == NULL:
        return False
    s.grave.reap = ordered_reap
    s.levels = 1
    t.store = &s.grave
    return True


cdef bint ordered_reap(Grave* g, int64_t* budget) noexcept nogil:
    cdef Store* s = <Store*>g
    cdef Object* o
    while s.heads[0] != NULL:
        if budget[0] <= 0:
            return False
        o = s.heads[0]
        s.heads[0] = o.next
        object_free(o)
        budget[0] -= 1
    free(s)
    return True


cdef inline Object* behind(Store* s, Object* o) noexcept nogil:
    return link_of(s, o, 0)[0]


cdef Object* ordered_find(Table* t, Term key) noexcept nogil:
    cdef Object* o = behind(store_of(t), seek(t, key, NULL))
    if o != NULL and term_compare(object_key(t, o), key) == 0:
        return o
    return NULL


cdef Object* ordered_same_key(Table* t, Object* o) noexcept nogil:
    return NULL


cdef void unlink_object(Table* t, Object* o, Object** before) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef uint32_t level
    for level in range(o.height + 1):
        if link_of(s, before[level], level)[0] == o:
            link_of(s, before[level], level)[0] = link_of(s, o, level)[0]
    while s.levels > 1 and s.heads[s.levels - 1] == NULL:
        s.levels -= 1
    t.size -= 1
    t.words -= o.words
    object_free(o)


cdef void ordered_remove(Table* t, Object* o) noexcept nogil:
    cdef Object* before[SKIP_LEVELS]
    seek(t, object_key(t, o), before)
    unlink_object(t, o, before)


cdef int64_t ordered_insert(Table* t, Object* o) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* before[SKIP_LEVELS]
    cdef Object* other
    cdef uint32_t level
    o.hash = 0
    seek(t, object_key(t, o), before)
    other = behind(s, before[0])
    if other != NULL and term_compare(object_key(t, other), object_key(t, o)) == 0:
        unlink_object(t, other, before)
    while s.levels <= o.height:
        before[s.levels] = NULL
        s.levels += 1
    for level in range(o.height + 1):
        if level >= s.levels:        # unlinking lowered them
            before[level] = NULL
        link_of(s, o, level)[0] = link_of(s, before[level], level)[0]
        link_of(s, before[level], level)[0] = o
    if s.levels <= o.height:
        s.levels = o.height + 1
    t.size += 1
    t.words += o.words
    return 0


cdef Object* ordered_first(Table* t) noexcept nogil:
    return store_of(t).heads[0]


cdef Object* ordered_last(Table* t) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* o = NULL
    cdef uint32_t level = s.levels
    while level > 0:
        level -= 1
        while link_of(s, o, level)[0] != NULL:
            o = link_of(s, o, level)[0]
    return o


cdef Object* ordered_next_key(Table* t, Term key, bint* known) noexcept nogil:
    cdef Object* o = behind(store_of(t), seek(t, key, NULL))
    known[0] = True
    if o != NULL and term_compare(object_key(t, o), key) == 0:
        o = o.next
    return o


cdef Object* ordered_previous_key(Table* t, Term key, bint* known) noexcept nogil:
    known[0] = True
    return seek(t, key, NULL)


cdef Object* ordered_last_below(Table* t, KeyOrder order, void* data, int bound) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* o = NULL
    cdef Object* following
    cdef uint32_t level = s.levels
    while level > 0:
        level -= 1
        following = link_of(s, o, level)[0]
        while following != NULL and order(data, object_key(t, following)) < bound:
            o = following
            following = link_of(s, o, level)[0]
    return o


cdef Object* ordered_scan(Table* t, Cursor* c) noexcept nogil:
    if c.reverse:
        if c.object == NULL:
            c.object = ordered_last(t) if c.slot == 0 else NULL
        else:
            c.object = seek(t, object_key(t, c.object), NULL)
    else:
        if c.object == NULL:
            c.object = store_of(t).heads[0] if c.slot == 0 else NULL
        else:
            c.object = c.object.next
    c.slot = 1                       # begun: NULL now means the end
    return c.object


cdef Object* ordered_slot(Table* t, size_t i, bint* beyond) noexcept nogil:
    cdef Object* o = store_of(t).heads[0]
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

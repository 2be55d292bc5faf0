"""Hash tables with chains: the backends of set, bag and duplicate_bag.

Objects of one key stand side by side in their bucket's chain, newest first. Linear hashing: the table grows
and shrinks by one bucket at a time, but never while it is fixed, so that scans keep their place. A removal from a fixed table
only marks the object; sweep frees it later. Keys are equal if they match exactly (1 is not 1.0).
"""
from libc.math cimport sqrt
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from enigma.term.atom cimport atom_get
from enigma.term.core cimport Term
from enigma.term.pack cimport term_is_atom
from enigma.term.compare cimport term_hash, term_identical
from enigma.ets.table cimport *

cdef enum:
    FIRST_BUCKETS = 256

cdef struct Store:
    Object** buckets
    size_t count             # buckets in use
    size_t mask              # 2^n - 1, the smallest that covers count - 1
    size_t capacity          # buckets allocated


cdef inline Store* store_of(Table* t) noexcept nogil:
    return <Store*>t.store


cdef size_t hash_buckets(Table* t) noexcept nogil:
    return store_of(t).count


cdef bint hash_create(Table* t) noexcept nogil:
    cdef Store* s = <Store*>calloc(1, sizeof(Store))
    if s == NULL:
        return False
    s.count = FIRST_BUCKETS
    s.mask = FIRST_BUCKETS - 1
    s.capacity = FIRST_BUCKETS
    s.buckets = <Object**>calloc(s.capacity, sizeof(Object*))
    if s.buckets == NULL:
        free(s)
        return False
    t.store = s
    return True


cdef void hash_figures(Table* t, HashFigures* f) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* o
    cdef size_t i, n, total = 0
    cdef double squares = 0, chance
    f.buckets = s.count
    f.chain_min = <size_t>-1
    f.chain_max = 0
    for i in range(s.count):
        n = 0
        o = s.buckets[i]
        while o != NULL:
            n += 1
            o = o.next
        total += n
        squares += <double>n * <double>n
        if n < f.chain_min:
            f.chain_min = n
        if n > f.chain_max:
            f.chain_max = n
    f.chain_average = <double>total / <double>s.count
    f.deviation = sqrt((squares - f.chain_average * <double>total) / <double>(s.count - 1))
    chance = 1.0 / <double>s.count
    f.expected_deviation = sqrt(<double>total * chance * (1.0 - chance))


cdef void hash_clear(Table* t) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* o
    cdef Object* following
    cdef size_t i
    for i in range(s.count):
        o = s.buckets[i]
        while o != NULL:
            following = o.next
            if t.fixations != NULL:
                if not o.deleted:
                    o.deleted = True
                    t.removed += 1
            else:
                object_free(o)
            o = following
        if t.fixations == NULL:
            s.buckets[i] = NULL
    if t.fixations == NULL:
        s.count = FIRST_BUCKETS
        s.mask = FIRST_BUCKETS - 1
    t.size = 0
    t.words = 0


cdef void hash_destroy(Table* t) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* o
    cdef Object* following
    cdef size_t i
    if s == NULL:
        return
    for i in range(s.count):
        o = s.buckets[i]
        while o != NULL:
            following = o.next
            object_free(o)
            o = following
    free(s.buckets)
    free(s)
    t.store = NULL


# A bucket that is not split yet holds what belongs to its upper half too.
cdef inline size_t bucket_of(Store* s, uint32_t hash_) noexcept nogil:
    cdef size_t i = hash_ & s.mask
    return i if i < s.count else i & (s.mask >> 1)


# Atoms hash by their name, so that a table's order does not depend on when an atom was made.
cdef inline uint32_t key_hash(Term key) noexcept nogil:
    return (atom_get(key).hash if term_is_atom(key) else term_hash(key)) & 0x7FFFFFFF


# Splits the next bucket in two; both halves keep their order.
cdef void hash_grow(Store* s) noexcept nogil:
    cdef Object** larger
    cdef Object** low
    cdef Object** high
    cdef Object* o
    cdef size_t source
    if s.count == s.capacity:
        larger = <Object**>realloc(s.buckets, 2 * s.capacity * sizeof(Object*))
        if larger == NULL:
            return               # longer chains, but sound
        s.buckets = larger
        s.capacity *= 2
    if s.count > s.mask:
        s.mask = 2 * s.mask + 1
    source = s.count & (s.mask >> 1)
    o = s.buckets[source]
    low = &s.buckets[source]
    high = &s.buckets[s.count]
    while o != NULL:
        if (o.hash & s.mask) == s.count:
            high[0] = o
            high = &o.next
        else:
            low[0] = o
            low = &o.next
        o = o.next
    low[0] = NULL
    high[0] = NULL
    s.count += 1


# Joins the last bucket to the one it was split from.
cdef void hash_shrink(Store* s) noexcept nogil:
    cdef Object** link
    s.count -= 1
    link = &s.buckets[s.count & (s.mask >> 1)]
    while link[0] != NULL:
        link = &link[0].next
    link[0] = s.buckets[s.count]
    if s.count <= s.mask >> 1:
        s.mask >>= 1


cdef inline bint same_object_key(Table* t, Object* o, uint32_t hash_, Term key) noexcept nogil:
    return o.hash == hash_ and term_identical(object_key(t, o), key)


cdef Object* hash_find(Table* t, Term key) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef uint32_t hash_ = key_hash(key)
    cdef Object* o = s.buckets[bucket_of(s, hash_)]
    while o != NULL:
        if not o.deleted and same_object_key(t, o, hash_, key):
            return o
        o = o.next
    return NULL


cdef Object* hash_same_key(Table* t, Object* o) noexcept nogil:
    cdef uint32_t hash_ = o.hash
    cdef Term key = object_key(t, o)
    o = o.next
    while o != NULL and same_object_key(t, o, hash_, key):
        if not o.deleted:
            return o
        o = o.next
    return NULL


cdef void account(Table* t, Object* o, bint added) noexcept nogil:
    if added:
        t.size += 1
        t.words += o.words
    else:
        t.size -= 1
        t.words -= o.words


cdef void hash_remove(Table* t, Object* o) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object** link
    account(t, o, False)
    if t.fixations != NULL:
        o.deleted = True
        t.removed += 1
        return
    link = &s.buckets[bucket_of(s, o.hash)]
    while link[0] != o:
        link = &link[0].next
    link[0] = o.next
    object_free(o)
    if s.count > FIRST_BUCKETS and t.size < s.count // 2:
        hash_shrink(s)


cdef bint hash_insert(Table* t, Object* o) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object** link
    cdef Object** place = NULL
    cdef Object* other
    o.hash = key_hash(object_key(t, o))
    link = &s.buckets[bucket_of(s, o.hash)]
    while link[0] != NULL:
        other = link[0]
        if same_object_key(t, other, o.hash, object_key(t, o)):
            if place == NULL:
                place = link
            if not other.deleted:
                if t.type == TABLE_SET:
                    account(t, other, False)
                    account(t, o, True)
                    o.next = other.next
                    link[0] = o
                    object_free(other)
                    return True
                if t.type == TABLE_BAG and term_identical(other.tuple, o.tuple):
                    object_free(o)
                    return True
        elif place != NULL:
            break
        link = &other.next
    if place == NULL:
        place = &s.buckets[bucket_of(s, o.hash)]
    o.next = place[0]
    place[0] = o
    account(t, o, True)
    if t.fixations == NULL and t.size > s.count:
        hash_grow(s)
    return True


# The first live object in bucket i or a later one.
cdef Object* from_bucket(Table* t, size_t i) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* o
    while i < s.count:
        o = s.buckets[i]
        while o != NULL:
            if not o.deleted:
                return o
            o = o.next
        i += 1
    return NULL


cdef Object* hash_first(Table* t) noexcept nogil:
    return from_bucket(t, 0)


cdef Object* hash_next_key(Table* t, Term key, bint* known) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef uint32_t hash_ = key_hash(key)
    cdef size_t i = bucket_of(s, hash_)
    cdef Object* o = s.buckets[i]
    while o != NULL and not same_object_key(t, o, hash_, key):     # a marked one still holds the place
        o = o.next
    known[0] = o != NULL
    if o == NULL:
        return NULL
    while o != NULL and (o.deleted or same_object_key(t, o, hash_, key)):
        o = o.next
    return o if o != NULL else from_bucket(t, i + 1)


cdef Object* hash_scan(Table* t, Cursor* c) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* o = c.object
    if o != NULL:
        o = o.next
    while True:
        while o != NULL:
            if not o.deleted:
                c.object = o
                return o
            o = o.next
        if c.slot >= s.count:
            c.object = NULL
            return NULL
        o = s.buckets[c.slot]
        c.slot += 1


cdef Object* hash_slot(Table* t, size_t i, bint* beyond) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* o
    beyond[0] = i >= s.count
    if beyond[0]:
        return NULL
    o = s.buckets[i]
    while o != NULL and o.deleted:
        o = o.next
    return o


cdef Object* hash_slot_next(Table* t, Object* o) noexcept nogil:
    o = o.next
    while o != NULL and o.deleted:
        o = o.next
    return o


cdef void hash_sweep(Table* t) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object** link
    cdef Object* o
    cdef size_t i
    for i in range(s.count):
        link = &s.buckets[i]
        while link[0] != NULL:
            o = link[0]
            if o.deleted:
                link[0] = o.next
                object_free(o)
            else:
                link = &o.next
    t.removed = 0
    i = 0
    while t.size > s.count and i < t.size:       # at most once for each object that came meanwhile
        hash_grow(s)
        i += 1
    while s.count > FIRST_BUCKETS and t.size < s.count // 2:
        hash_shrink(s)


cdef Backend backend_hash
backend_hash.name = b"hash"
backend_hash.create = hash_create
backend_hash.destroy = hash_destroy
backend_hash.insert = hash_insert
backend_hash.find = hash_find
backend_hash.same_key = hash_same_key
backend_hash.remove = hash_remove
backend_hash.first = hash_first
backend_hash.last = hash_first
backend_hash.next_key = hash_next_key
backend_hash.previous_key = hash_next_key
backend_hash.scan = hash_scan
backend_hash.slot = hash_slot
backend_hash.slot_next = hash_slot_next
backend_hash.sweep = hash_sweep
backend_hash.clear = hash_clear


cdef const Backend* hash_backend(int type_) noexcept nogil:
    return &backend_hash

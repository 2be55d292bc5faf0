"""Hash tables with chains: the backend of set, and what that of the bags is made of.

Objects of one key stand side by side in their bucket's chain, newest first; in a set all but one are only marked.
Linear hashing: the table grows and shrinks by few buckets at a time, but never while it is fixed, so that scans keep
their place. A removal from a fixed table only marks the object and puts it in a list; sweep frees it later. Keys are
equal if they match exactly (1 is not 1.0).

Read next: bag.pyx.
"""
from libc.math cimport sqrt
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport calloc, free, realloc
from enigma.term.atom cimport atom_get
from enigma.term.core cimport Term
from enigma.term.mixing cimport INTERNAL_SALT, hash_immediate
from enigma.term.pack cimport term_is_atom, term_is_small
from enigma.term.compare cimport term_hash, term_identical
from enigma.ets.table cimport *

cdef extern from "enigma/core.h" nogil:
    void en_prefetch(const void*) noexcept

cdef enum:
    AHEAD = 4                # buckets whose objects a scan has fetched before it comes to them
    FIRST_BUCKETS = 256
    FIT_STEPS = 2048         # of RESIZE_STEPS each
    RESIZE_STEPS = 4         # buckets added or joined at most by one insertion or removal

cdef struct Store:
    Grave grave              # must be first
    Object* removed          # marked, linked by `previous`; the latest first
    size_t reaped            # buckets already freed
    size_t least             # buckets that it always has
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
    s.grave.reap = hash_reap
    s.least = t.locks if t.locks > FIRST_BUCKETS else FIRST_BUCKETS
    s.count = s.least
    s.mask = s.least - 1
    s.capacity = s.least
    s.buckets = <Object**>calloc(s.capacity, sizeof(Object*))
    if s.buckets == NULL:
        free(s)
        return False
    t.store = &s.grave
    return True


cdef bint hash_reap(Grave* g, int64_t* budget) noexcept nogil:
    cdef Store* s = <Store*>g
    cdef Object* o
    while s.removed != NULL:             # of those the unlinked ones are in no bucket
        if budget[0] <= 0:
            return False
        o = s.removed
        s.removed = o.previous
        if o.deleted == OBJECT_UNLINKED:
            object_free(o)
        budget[0] -= 1
    while s.reaped < s.count:
        o = s.buckets[s.reaped]
        if budget[0] <= 0:
            return False
        budget[0] -= 1
        if o == NULL:
            s.reaped += 1
            continue
        s.buckets[s.reaped] = o.next
        object_free(o)
    free(s.buckets)
    free(s)
    return True


cdef bint hash_figures(Table* t, TableFigures* f) noexcept nogil:
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
    # erl says them in single precision
    f.chain_average = <float>(<double>total / <double>s.count)
    f.deviation = <float>sqrt((squares - f.chain_average * <double>total) / <double>s.count)
    chance = 1.0 / <double>s.count
    f.expected_deviation = <float>sqrt(f.chain_average * (1.0 - chance))
    return True


# The object is no longer counted; it holds its place until sweep.
cdef inline void mark(Table* t, Store* s, Object* o) noexcept nogil:
    o.deleted = OBJECT_MARKED
    o.previous = s.removed
    s.removed = o
    t.removed += 1


cdef Object* hash_marked(Table* t, Object* o) noexcept nogil:
    return store_of(t).removed if o == NULL else o.previous


cdef bint hash_mark_all(Table* t, size_t* place, int64_t* budget) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* o
    while place[0] < s.count:
        if budget[0] <= 0:
            return False
        o = s.buckets[place[0]]
        while o != NULL:
            if o.deleted == OBJECT_LIVE:
                account(t, o, False)
                mark(t, s, o)
            budget[0] -= 1
            o = o.next
        place[0] += 1
        budget[0] -= 1
    return True


# A bucket that is not split yet holds what belongs to its upper half too.
cdef inline size_t bucket_of(Store* s, uint32_t hash_) noexcept nogil:
    cdef size_t i = hash_ & s.mask
    return i if i < s.count else i & (s.mask >> 1)


# Atoms hash by their name, so that a table's order does not depend on when an atom was made.
cdef uint32_t key_hash(Term key) noexcept nogil:
    if term_is_small(key):
        return hash_immediate(<uint32_t>INTERNAL_SALT, key) & 0x7FFFFFFF
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
    if s.count <= (s.mask >> 1) + 1:
        s.mask >>= 1


cdef Object** hash_chain(Table* t, uint32_t hash_) noexcept nogil:
    cdef Store* s = store_of(t)
    return &s.buckets[bucket_of(s, hash_)]


cdef Object* hash_find(Table* t, Term key) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef uint32_t hash_ = key_hash(key)
    cdef Object* o = s.buckets[bucket_of(s, hash_)]
    while o != NULL:
        if not o.deleted and same_object_key(t, o, hash_, key):
            return o
        o = o.next
    return NULL


cdef Object* set_same_key(Table* t, Object* o) noexcept nogil:
    return NULL


cdef void account(Table* t, Object* o, bint added) noexcept nogil:
    cdef Stripe* stripe
    if in_stripe(t):
        stripe = &t.stripes[o.hash & (STRIPES - 1)]
        stripe.size += 1 if added else -1
        stripe.words += <int64_t>o.words if added else -<int64_t>o.words
    elif added:
        t.size += 1
        t.words += o.words
    else:
        t.size -= 1
        t.words -= o.words


cdef void hash_fit(Table* t) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef int _step
    if t.fixations != NULL or in_stripe(t):
        return
    for _step in range(RESIZE_STEPS):
        if t.size > s.count:
            hash_grow(s)
        elif s.count > s.least and t.size < s.count // 2:
            hash_shrink(s)
        else:
            return


cdef void hash_fit_all(Table* t) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef size_t before
    cdef int _step
    for _step in range(FIT_STEPS):
        before = s.count
        hash_fit(t)
        if s.count == before:
            return


cdef void hash_remove(Table* t, Object* o) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object** link
    account(t, o, False)
    if t.fixations != NULL:
        mark(t, s, o)
        return
    link = &s.buckets[bucket_of(s, o.hash)]
    while link[0] != o:
        link = &link[0].next
    link[0] = o.next
    object_free(o)
    hash_fit(t)


cdef void hash_join(Table* t, Object** place, Object* o) noexcept nogil:
    o.next = place[0]
    place[0] = o
    account(t, o, True)
    hash_fit(t)


# One that has the key already is replaced.
cdef int64_t set_insert(Table* t, Object* o) noexcept nogil:
    cdef Object** chain
    cdef Object** link
    cdef Object** place = NULL
    cdef Object* other
    cdef Term key = object_key(t, o)
    cdef int64_t met = 0
    o.hash = key_hash(key)
    chain = hash_chain(t, o.hash)
    link = chain
    while link[0] != NULL:
        other = link[0]
        met += 1
        if same_object_key(t, other, o.hash, key):
            if not other.deleted:
                account(t, other, False)
                account(t, o, True)
                o.next = other.next
                link[0] = o
                object_free(other)
                return met
            if place == NULL:
                place = link
        elif place != NULL:
            break
        link = &other.next
    hash_join(t, place if place != NULL else chain, o)
    return met


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
        if c.slot + AHEAD < s.count:
            en_prefetch(s.buckets[c.slot + AHEAD])


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


# Takes the marked objects out of a bucket; they are still in the list.
cdef void unlink_marked(Store* s, size_t i, int64_t* budget) noexcept nogil:
    cdef Object** link = &s.buckets[i]
    cdef Object* o
    while link[0] != NULL:
        o = link[0]
        budget[0] -= 1
        if o.deleted:
            o.deleted = OBJECT_UNLINKED
            link[0] = o.next
        else:
            link = &o.next


cdef void hash_sweep(Table* t, int64_t* budget) noexcept nogil:
    cdef Store* s = store_of(t)
    cdef Object* o
    while s.removed != NULL and budget[0] > 0:
        o = s.removed
        if o.deleted == OBJECT_MARKED:
            unlink_marked(s, bucket_of(s, o.hash), budget)
        s.removed = o.previous
        object_free(o)
        t.removed -= 1
        budget[0] -= 1
    while budget[0] > 0 and t.size > s.count:
        budget[0] -= 1
        hash_grow(s)
    while budget[0] > 0 and s.count > s.least and t.size < s.count // 2:
        budget[0] -= 1
        hash_shrink(s)


cdef void hash_functions(Backend* b) noexcept nogil:
    b.marks = True
    b.create = hash_create
    b.find = hash_find
    b.remove = hash_remove
    b.first = hash_first
    b.last = hash_first
    b.next_key = hash_next_key
    b.previous_key = hash_next_key
    b.scan = hash_scan
    b.slot = hash_slot
    b.slot_next = hash_slot_next
    b.sweep = hash_sweep
    b.marked = hash_marked
    b.mark_all = hash_mark_all
    b.hash = key_hash
    b.fit = hash_fit_all
    b.figures = hash_figures


cdef Backend backend_set
hash_functions(&backend_set)
backend_set.name = b"set"
backend_set.insert = set_insert
backend_set.same_key = set_same_key


cdef const Backend* set_backend() noexcept nogil:
    return &backend_set

"""Hash tables with many objects of a key: the backends of bag and duplicate_bag.

Buckets, scans and removals are those of hash.pyx. A new object goes in front of those of its key, the marked ones among
them; a bag looks through all of them first, whether it has the object already.
"""
from libc.stdint cimport int64_t, uint32_t
from enigma.term.core cimport Term
from enigma.term.compare cimport term_identical
from enigma.ets.hash cimport *
from enigma.ets.table cimport *


cdef Object* bag_same_key(Table* t, Object* o) noexcept nogil:
    cdef uint32_t hash_ = o.hash
    cdef Term key = object_key(t, o)
    o = o.next
    while o != NULL and same_object_key(t, o, hash_, key):
        if not o.deleted:
            return o
        o = o.next
    return NULL


# The first object of the key in its chain, or NULL at the end of that. *met: how many objects stand before it.
cdef inline Object** first_of_key(Table* t, Object** link, uint32_t hash_, Term key, int64_t* met) noexcept nogil:
    while link[0] != NULL and not same_object_key(t, link[0], hash_, key):
        met[0] += 1
        link = &link[0].next
    return link


cdef int64_t duplicate_bag_insert(Table* t, Object* o) noexcept nogil:
    cdef Term key = object_key(t, o)
    cdef Object** chain
    cdef Object** place
    cdef int64_t met = 0
    o.hash = key_hash(key)
    chain = hash_chain(t, o.hash)
    place = first_of_key(t, chain, o.hash, key, &met)
    hash_join(t, place if place[0] != NULL else chain, o)
    return met


cdef int64_t bag_insert(Table* t, Object* o) noexcept nogil:
    cdef Term key = object_key(t, o)
    cdef Object** chain
    cdef Object** place
    cdef Object* other
    cdef int64_t met = 0
    o.hash = key_hash(key)
    chain = hash_chain(t, o.hash)
    place = first_of_key(t, chain, o.hash, key, &met)
    other = place[0]
    while other != NULL and same_object_key(t, other, o.hash, key):
        met += 1
        if not other.deleted and term_identical(object_tuple(other), object_tuple(o)):
            object_free(o)
            return met
        other = other.next
    hash_join(t, place if place[0] != NULL else chain, o)
    return met


cdef Backend backend_bag
hash_functions(&backend_bag)
backend_bag.name = b"bag"
backend_bag.insert = bag_insert
backend_bag.same_key = bag_same_key

cdef Backend backend_duplicate_bag
hash_functions(&backend_duplicate_bag)
backend_duplicate_bag.name = b"duplicate_bag"
backend_duplicate_bag.insert = duplicate_bag_insert
backend_duplicate_bag.same_key = bag_same_key


cdef const Backend* bag_backend() noexcept nogil:
    return &backend_bag


cdef const Backend* duplicate_bag_backend() noexcept nogil:
    return &backend_duplicate_bag

"""The relation table of a process. The contract and its invariant are in relation.pxd."""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from enigma.term.core cimport *
from enigma.memory.heap cimport Fragment, fragment_free

cdef inline uint64_t mix(uint64_t h) noexcept nogil:
    h ^= h >> 33
    h *= <uint64_t>0xff51afd7ed558ccd
    h ^= h >> 29
    return h

cdef inline uint64_t key_of(uint32_t kind, Term other) noexcept nogil:
    return mix(other * 8 + kind)

cdef inline uint64_t key_of_ref(uint32_t kind, const uint32_t* ids) noexcept nogil:
    return mix((<uint64_t>ids[0] | (<uint64_t>ids[1] << 32)) * 8 + kind + (<uint64_t>ids[2] << 40))

cdef Relation* insert(RelationSet** set_, Relation* r) noexcept nogil:
    cdef RelationSet* s = set_[0]
    cdef Relation** grown
    cdef Relation* old
    cdef size_t i, n
    if r == NULL:
        return NULL
    if s == NULL:
        s = <RelationSet*>calloc(1, sizeof(RelationSet))
        if s == NULL:
            free(r)
            return NULL
        s.bucket_count = 8
        s.buckets = <Relation**>calloc(s.bucket_count, sizeof(Relation*))
        if s.buckets == NULL:
            free(s)
            free(r)
            return NULL
        set_[0] = s
    elif s.count >= s.bucket_count:
        n = s.bucket_count * 2
        grown = <Relation**>calloc(n, sizeof(Relation*))
        if grown != NULL:                   # without memory for a wider table the chains grow
            old = s.first
            while old != NULL:
                i = old.key & (n - 1)
                old.chain = grown[i]
                grown[i] = old
                old = old.next
            free(s.buckets)
            s.buckets = grown
            s.bucket_count = n
    i = r.key & (s.bucket_count - 1)
    r.chain = s.buckets[i]
    s.buckets[i] = r
    r.previous = s.last
    r.next = NULL
    if s.last == NULL:
        s.first = r
    else:
        s.last.next = r
    s.last = r
    s.count += 1
    return r

cdef Relation* relation_add(RelationSet** set_, uint32_t kind, Term other) noexcept nogil:
    cdef Relation* r = <Relation*>calloc(1, sizeof(Relation))
    if r != NULL:
        r.kind = kind
        r.other = other
        r.key = key_of(kind, other)
    return insert(set_, r)

cdef Relation* relation_add_ref(RelationSet** set_, uint32_t kind, const uint32_t* ids, Term other) noexcept nogil:
    cdef Relation* r = <Relation*>calloc(1, sizeof(Relation))
    if r != NULL:
        r.kind = kind
        r.other = other
        r.ids[0] = ids[0]
        r.ids[1] = ids[1]
        r.ids[2] = ids[2]
        r.key = key_of_ref(kind, ids)
    return insert(set_, r)

cdef Relation* relation_find(RelationSet* set_, uint32_t kind, Term other) noexcept nogil:
    cdef Relation* r
    cdef uint64_t key
    if set_ == NULL:
        return NULL
    key = key_of(kind, other)
    r = set_.buckets[key & (set_.bucket_count - 1)]
    while r != NULL and not (r.key == key and r.kind == kind and r.other == other):
        r = r.chain
    return r

cdef Relation* relation_find_ref(RelationSet* set_, uint32_t kind, const uint32_t* ids) noexcept nogil:
    cdef Relation* r
    cdef uint64_t key
    if set_ == NULL:
        return NULL
    key = key_of_ref(kind, ids)
    r = set_.buckets[key & (set_.bucket_count - 1)]
    while r != NULL and not (r.key == key and r.kind == kind and r.ids[0] == ids[0] and r.ids[1] == ids[1] and r.ids[2] == ids[2]):
        r = r.chain
    return r

cdef void release(Relation* r) noexcept nogil:
    if r.tag_fragment != NULL:
        fragment_free(r.tag_fragment, True)
    free(r)

cdef void relation_delete(RelationSet** set_, Relation* r) noexcept nogil:
    cdef RelationSet* s = set_[0]
    cdef Relation** at = &s.buckets[r.key & (s.bucket_count - 1)]
    while at[0] != r:
        at = &at[0].chain
    at[0] = r.chain
    if r.previous == NULL:
        s.first = r.next
    else:
        r.previous.next = r.next
    if r.next == NULL:
        s.last = r.previous
    else:
        r.next.previous = r.previous
    s.count -= 1
    release(r)
    # unlink_ids must not start anew while acknowledgements may be on their way, so an empty set stays.

cdef void relations_free(RelationSet** set_) noexcept nogil:
    cdef RelationSet* s = set_[0]
    cdef Relation* r
    cdef Relation* following
    if s == NULL:
        return
    set_[0] = NULL
    r = s.first
    while r != NULL:
        following = r.next
        release(r)
        r = following
    free(s.buckets)
    free(s)

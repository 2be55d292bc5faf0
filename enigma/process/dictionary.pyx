"""The process dictionary. The contract is dictionary.pxd."""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memset
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.compare cimport term_hash, term_identical
from enigma.term.am cimport AM_undefined

cdef inline uint32_t hash_of(Term key) noexcept nogil:
    cdef uint64_t h
    if term_is_immed(key):
        h = key * <uint64_t>0x9E3779B97F4A7C15
        return <uint32_t>(h >> 32)
    return term_hash(key)

# The index entry of `key`, or the empty one where it would go.
cdef uint32_t* entry(Dictionary* d, Term key, uint32_t hash_) noexcept nogil:
    cdef uint32_t i = hash_ & d.index_mask
    cdef uint32_t at
    while True:
        at = d.index[i]
        if at == 0:
            return &d.index[i]
        if d.hashes[at - 1] == hash_ and term_identical(d.pairs[2 * (at - 1)], key):
            return &d.index[i]
        i = (i + 1) & d.index_mask

cdef Term dictionary_find(Dictionary* d, Term key) noexcept nogil:
    cdef uint32_t* e
    if d == NULL or d.count == 0:
        return 0
    e = entry(d, key, hash_of(key))
    return d.pairs[2 * (e[0] - 1) + 1] if e[0] != 0 else 0

cdef void reindex(Dictionary* d) noexcept nogil:
    cdef uint32_t at, i
    memset(d.index, 0, (<size_t>d.index_mask + 1) * sizeof(uint32_t))
    for at in range(d.count):
        i = d.hashes[at] & d.index_mask
        while d.index[i] != 0:
            i = (i + 1) & d.index_mask
        d.index[i] = at + 1

cdef bint grow(Dictionary* d) noexcept nogil:
    cdef uint32_t capacity = d.capacity * 2 if d.capacity != 0 else 8
    cdef Term* pairs
    cdef uint32_t* hashes
    cdef uint32_t* index
    pairs = <Term*>realloc(d.pairs, 2 * <size_t>capacity * sizeof(Term))
    if pairs == NULL:
        return False
    d.pairs = pairs
    hashes = <uint32_t*>realloc(d.hashes, <size_t>capacity * sizeof(uint32_t))
    if hashes == NULL:
        return False
    d.hashes = hashes
    index = <uint32_t*>malloc(2 * <size_t>capacity * sizeof(uint32_t))
    if index == NULL:
        return False
    free(d.index)
    d.index = index
    d.index_mask = 2 * capacity - 1
    d.capacity = capacity
    reindex(d)
    return True

cdef Term dictionary_insert(Dictionary** dd, Term key, Term value) noexcept nogil:
    cdef Dictionary* d = dd[0]
    cdef uint32_t hash_ = hash_of(key)
    cdef uint32_t* e
    cdef Term former
    if d == NULL:
        d = <Dictionary*>calloc(1, sizeof(Dictionary))
        if d == NULL:
            return 0
        dd[0] = d
    if d.capacity != 0:
        e = entry(d, key, hash_)
        if e[0] != 0:
            former = d.pairs[2 * (e[0] - 1) + 1]
            d.pairs[2 * (e[0] - 1) + 1] = value
            return former
    if d.count == d.capacity and not grow(d):
        return 0
    e = entry(d, key, hash_)
    d.pairs[2 * d.count] = key
    d.pairs[2 * d.count + 1] = value
    d.hashes[d.count] = hash_
    d.count += 1
    e[0] = d.count
    return AM_undefined

# Closes the gap that taking out index entry i leaves: later entries of the same run move up.
cdef void unindex(Dictionary* d, uint32_t i) noexcept nogil:
    cdef uint32_t j = i, home
    while True:
        j = (j + 1) & d.index_mask
        if d.index[j] == 0:
            break
        home = d.hashes[d.index[j] - 1] & d.index_mask
        if ((j - home) & d.index_mask) >= ((j - i) & d.index_mask):
            d.index[i] = d.index[j]
            i = j
    d.index[i] = 0

cdef Term dictionary_remove(Dictionary* d, Term key) noexcept nogil:
    cdef uint32_t* e
    cdef uint32_t at, last
    cdef Term former
    if d == NULL or d.count == 0:
        return AM_undefined
    e = entry(d, key, hash_of(key))
    if e[0] == 0:
        return AM_undefined
    at = e[0] - 1
    former = d.pairs[2 * at + 1]
    unindex(d, <uint32_t>(e - d.index))
    last = d.count - 1
    if at != last:                 # the last pair fills the hole
        e = entry(d, d.pairs[2 * last], d.hashes[last])
        e[0] = at + 1
        d.pairs[2 * at] = d.pairs[2 * last]
        d.pairs[2 * at + 1] = d.pairs[2 * last + 1]
        d.hashes[at] = d.hashes[last]
    d.count = last
    return former

cdef void dictionary_free(Dictionary** dd) noexcept nogil:
    cdef Dictionary* d = dd[0]
    if d == NULL:
        return
    dd[0] = NULL
    free(d.pairs)
    free(d.hashes)
    free(d.index)
    free(d)

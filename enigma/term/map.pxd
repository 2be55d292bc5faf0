"""Maps: sorted flat ones up to MAP_FLAT_MAX pairs, a hash trie above; layouts in boxed.pxd.

Iteration order of a trie is OTP's (the internal hash decides, four bits a level). All constructors
allocate from the given heap and never collect; 0 means that memory is exhausted.
"""
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.term.boxed cimport Heap

cdef Term* map_find(Term map, Term key) noexcept nogil          # address of the value, or NULL
cdef Term map_put(Heap* h, Term map, Term key, Term value) noexcept nogil
cdef Term map_remove(Heap* h, Term map, Term key) noexcept nogil    # the same map if the key is absent
# A map of n pairs k0, v0, k1, v1 ... in `pairs`, which may be reordered; later pairs win. n may be 0.
cdef Term map_from_pairs(Heap* h, Term* pairs, size_t n) noexcept nogil
cdef Term map_merge(Heap* h, Term a, Term b) noexcept nogil     # b wins
cdef Term map_empty(Heap* h) noexcept nogil

# Walks the pairs in the map's own order. The map must not move meanwhile.
cdef struct MapIter:
    Term map
    size_t index                 # flat: next pair
    int depth                    # trie: levels in use
    Term* node[20]
    int slot[20]
cdef void map_iter_init(MapIter* it, Term map) noexcept nogil
cdef bint map_iter_next(MapIter* it, Term* key, Term* value) noexcept nogil

cdef enum:
    MAP_LEVELS_MAX = 20          # a trie is never deeper; keys that agree in 80 bits of hash are refused
# As map_put, but only for a key that is there: 0 with *found False if it is not.
cdef Term map_update(Heap* h, Term map, Term key, Term value, bint* found) noexcept nogil
# Makes unused words at p a dead value, so that a heap can be walked.
cdef void heap_fill(Term* p, size_t words) noexcept nogil

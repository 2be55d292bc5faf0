"""Hash tables behind the backend interface: sets; and the chains, for backends that hash their keys too."""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.term.compare cimport term_identical
from enigma.ets.table cimport Backend, Object, Table, object_key

cdef const Backend* set_backend() noexcept nogil
cdef size_t hash_buckets(Table* t) noexcept nogil          # in use

# --- for other backends -----------------------------------------------------------------------------------------
# All functions of a backend but name, insert and same_key. The store is theirs.
cdef void hash_functions(Backend* b) noexcept nogil
cdef uint32_t key_hash(Term key) noexcept nogil
cdef Object** hash_chain(Table* t, uint32_t hash_) noexcept nogil      # the bucket of such a hash
# Puts `o`, whose hash is set, at a place in its chain, counts it and lets the table grow.
cdef void hash_join(Table* t, Object** place, Object* o) noexcept nogil
cdef inline bint same_object_key(Table* t, Object* o, uint32_t hash_, Term key) noexcept nogil:
    return o.hash == hash_ and term_identical(object_key(t, o), key)

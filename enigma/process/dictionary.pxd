"""The process dictionary: a dense array of pairs behind an index table, so its roots are one run of words.

Values and keys live on the process heap; the collector rewrites `pairs` in place, which keeps the
index valid because it holds hashes of contents and positions, not addresses.
"""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term

cdef struct Dictionary:
    Term* pairs            # key, value, key, value ...; 2 * capacity words
    uint32_t* hashes       # of the keys, by position
    uint32_t* index        # position + 1, or 0; index_mask + 1 entries, open addressing
    uint32_t count         # pairs
    uint32_t capacity
    uint32_t index_mask

cdef Term dictionary_find(Dictionary* d, Term key) noexcept nogil               # 0 if absent; d may be NULL
# Makes *d if needed. The former value or `undefined`; 0: no memory.
cdef Term dictionary_insert(Dictionary** d, Term key, Term value) noexcept nogil
cdef Term dictionary_remove(Dictionary* d, Term key) noexcept nogil             # the former value or `undefined`
cdef void dictionary_free(Dictionary** d) noexcept nogil

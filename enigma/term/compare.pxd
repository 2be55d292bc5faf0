"""Order, equality and hashes of terms, as OTP defines them.

None of these allocate on a process heap; deep terms are walked with an explicit stack, so no term
can overflow the C stack. Order: number < atom < reference < fun < port < pid < tuple < map < nil < list < bitstring.
"""
from libc.stdint cimport uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport NodeName

cdef int term_compare(Term a, Term b) noexcept nogil            # <0, 0, >0; 1 and 1.0 are equal
cdef int term_compare_exact(Term a, Term b) noexcept nogil      # order of map keys: integers before floats
cdef bint term_equal(Term a, Term b) noexcept nogil             # ==
cdef bint term_identical_slow(Term a, Term b) noexcept nogil    # =:= of two different words
cdef inline bint term_identical(Term a, Term b) noexcept nogil:
    if a == b:
        return True
    if (a & 3) == 3 or (b & 3) == 3:      # an immediate is identical only to itself
        return False
    return term_identical_slow(a, b)

cdef uint32_t term_phash2(Term t) noexcept nogil                # erlang:phash2/1 before the range; 28 bits are used
cdef uint32_t term_phash(Term t) noexcept nogil                 # erlang:phash/2's hash
cdef uint32_t term_hash(Term t) noexcept nogil                  # OTP's internal hash (salt 0): ETS buckets, big maps
# The same for a trie's next eight levels, as big maps hash a key again: depth 0 is term_hash.
cdef uint32_t term_hash_salted(Term t, uint32_t depth) noexcept nogil
cdef uint32_t term_hash_seeded(Term t, uint32_t seed) noexcept nogil    # seed 0 is term_hash

# What order, hashes and text need to know about things of higher rooms, which fill this at start-up.
# A field that is NULL makes funs of one kind equal only if their entries are the same.
cdef struct TermHooks:
    void (*export_parts)(void* target, Term* module, Term* function, unsigned int* arity) noexcept nogil
    void (*fun_parts)(void* entry, Term* module, uint64_t* index, uint64_t* old_index, uint64_t* old_uniq) noexcept nogil
    bint signed_zeros              # 0.0 and -0.0 are not =:=, as since OTP 27; every VM of this host process agrees
    NodeName* (*local_node)() noexcept nogil                    # NULL: nonode@nohost, creation 0
cdef TermHooks* term_hooks() noexcept nogil

# A stack of words on the heap of the C library, for walks over terms of any depth. A walk that can't get
# memory for it aborts: there is no answer it could give.
cdef struct WordStack:
    uint64_t* items
    size_t n
    size_t capacity
    uint64_t first[60]             # items points here until it must grow
cdef void word_stack_grow(WordStack* s, size_t need) noexcept nogil
cdef void word_stack_free(WordStack* s) noexcept nogil
cdef inline void word_stack_init(WordStack* s) noexcept nogil:
    s.items = &s.first[0]
    s.n = 0
    s.capacity = 60
cdef inline void word_stack_push(WordStack* s, uint64_t w) noexcept nogil:
    if s.n == s.capacity:
        word_stack_grow(s, 1)
    s.items[s.n] = w
    s.n += 1
cdef inline uint64_t word_stack_pop(WordStack* s) noexcept nogil:
    s.n -= 1
    return s.items[s.n]

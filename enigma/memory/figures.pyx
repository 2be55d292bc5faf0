"""What terms would take in OTP's memory.

The layouts of this VM differ from OTP's in places, but the sizes that erts_debug and ets tell are figures that
programs print and compare. None of these functions moves or allocates terms.

Read next: term/boxed.pxd for the layouts that are really here.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from enigma.term.boxed cimport *
from enigma.term.compare cimport WordStack, word_stack_free, word_stack_init, word_stack_pop, word_stack_push
from enigma.term.core cimport *
from enigma.term.map cimport MapIter, map_iter_init, map_iter_next
from enigma.term.pack cimport *
from enigma.memory.heap cimport term_is_literal


# A bitstring's words in OTP's layouts: up to 64 bytes on the heap, else a counted binary; a window before it
# if there are odd bits.
cdef inline size_t words_of_bits(Term t) noexcept nogil:
    cdef uint8_t* base
    cdef word offset, bits
    cdef size_t size, n
    bits_fetch(t, &base, &offset, &bits)
    size = (bits + 7) >> 3
    n = 2 + ((size + 7) >> 3) if size <= 64 else 6
    return n + 5 if (offset | bits) & 7 else n


# Addresses that were seen before.
cdef struct Seen:
    Term* slots                  # linear probing, 2^n of them
    size_t size
    size_t count


# Enters a term. True: it is new (or memory is gone, and it counts as new).
cdef bint seen_add(Seen* s, Term t) noexcept nogil:
    cdef Term* larger
    cdef size_t i, j, size
    if 2 * s.count >= s.size:
        size = 2 * s.size if s.size else 64
        larger = <Term*>calloc(size, sizeof(Term))
        if larger == NULL:
            return True
        for i in range(s.size):
            if s.slots[i] != 0:
                j = (s.slots[i] >> 3) * 0x9E3779B97F4A7C15u & (size - 1)
                while larger[j] != 0:
                    j = (j + 1) & (size - 1)
                larger[j] = s.slots[i]
        free(s.slots)
        s.slots = larger
        s.size = size
    i = (t >> 3) * 0x9E3779B97F4A7C15u & (s.size - 1)
    while s.slots[i] != 0:
        if s.slots[i] == t:
            return False
        i = (i + 1) & (s.size - 1)
    s.slots[i] = t
    s.count += 1
    return True


# The first of two stacked words marks an inner node of a map. seen: what is shared counts once, literals not at all.
cdef size_t count_words(Term t, Seen* seen) noexcept nogil:
    cdef WordStack stack
    cdef Term* q
    cdef size_t total = 0, n, i
    cdef int kind
    cdef bint inner
    word_stack_init(&stack)
    word_stack_push(&stack, 0)
    word_stack_push(&stack, t)
    while stack.n > 0:
        t = word_stack_pop(&stack)
        inner = word_stack_pop(&stack) != 0
        while term_is_list(t) and (seen == NULL or not term_is_literal(t) and seen_add(seen, t)):
            total += 2
            if not term_is_immed(list_head(t)):
                word_stack_push(&stack, 0)
                word_stack_push(&stack, list_head(t))
            t = list_tail(t)
            inner = False
        if not term_is_boxed(t) or (seen != NULL and (term_is_literal(t) or not seen_add(seen, t))):
            continue
        q = boxed_ptr(t)
        kind = header_kind(q[0])
        n = header_size(q[0])
        i = n + 1                # the first word that is a term
        if kind == T_TUPLE or kind == T_RECORD:
            total += 1 + n if n > 0 else 0
            i = 1
        elif kind == T_MAP_FLAT:
            total += 3 + map_size(t)
            i = 1
        elif kind == T_MAP_NODE:
            total += n if inner else n + 1
            i = 2
        elif kind == T_FUN:
            total += 1 + n
            i = FUN_CREATOR
        elif kind == T_EXPORT:
            total += 5
        elif term_is_bitstring(t):
            total += words_of_bits(t)
        elif kind == T_REF and n == REF_MAGIC:
            total += 3
        elif kind == T_EXT_PID and (<External*>q).which == EXT_REF:
            total += 3 + ((<uint32_t*>(q + 3))[0] + 2) // 2       # their count, and the numbers
        else:
            total += 1 + n
        while i <= n:
            if not term_is_immed(q[i]):
                word_stack_push(&stack, 1 if kind == T_MAP_NODE else 0)
                word_stack_push(&stack, q[i])
            i += 1
    word_stack_free(&stack)
    return total


cdef size_t otp_words(Term t, bint shared) noexcept nogil:
    cdef Seen seen
    cdef size_t n
    seen.slots = NULL
    seen.size = 0
    seen.count = 0
    n = count_words(t, &seen if shared else NULL)
    free(seen.slots)
    return n


# --- compressed ---------------------------------------------------------------------------------------
cdef enum:
    ATOM_BYTES = 3               # of an atom's number, if it is below 65,536
    COUNTED_BYTES = 49           # a counted binary goes by its address and what keeps it

cdef inline uint64_t integer_bytes(Term t) noexcept nogil:
    cdef int64_t v
    cdef uint64_t limbs, n
    if term_is_small(t):
        v = small_value(t)
        if 0 <= v <= 255:
            return 2
        if -(<int64_t>1 << 31) <= v < <int64_t>1 << 31:
            return 5
        v = v if v >= 0 else -v
        n = 0
        while v:
            n += 1
            v >>= 8
        return 3 + n
    limbs = header_size(boxed_header(t))
    n = 8 * (limbs - 1)
    limbs = boxed_ptr(t)[limbs]
    while limbs:
        n += 1
        limbs >>= 8
    return (3 if n < 256 else 6) + n


# The length of a proper list of bytes, or -1.
cdef int64_t string_length(Term t) noexcept nogil:
    cdef int64_t n = 0
    while term_is_list(t) and n < 65536:
        if not term_is_small(list_head(t)) or <uint64_t>small_value(list_head(t)) > 255:
            return -1
        n += 1
        t = list_tail(t)
    return n if term_is_nil(t) and n < 65536 else -1


cdef uint64_t otp_compressed_bytes(Term t) noexcept nogil:
    cdef WordStack stack
    cdef MapIter pairs
    cdef Term key, value
    cdef uint64_t total = 0, n, i
    cdef int64_t length
    cdef int kind
    word_stack_init(&stack)
    word_stack_push(&stack, t)
    while stack.n > 0:
        t = word_stack_pop(&stack)
        if term_is_integer(t):
            total += integer_bytes(t)
        elif term_is_atom(t):
            total += ATOM_BYTES
        elif term_is_nil(t):
            total += 1
        elif term_is_immed(t):
            total += 13 + ATOM_BYTES     # process or port
        elif term_is_list(t):
            length = string_length(t)
            if length >= 0:
                total += 3 + <uint64_t>length
                continue
            total += 5
            while term_is_list(t):
                word_stack_push(&stack, list_head(t))
                t = list_tail(t)
            word_stack_push(&stack, t)
        elif term_is_bitstring(t):
            n = bits_size(t)
            total += COUNTED_BYTES if n > 8 * HEAP_BITS_MAX else 5 + (n >> 3) if n & 7 == 0 else 7 + (n >> 3)
        elif term_is_map(t):
            total += 5
            map_iter_init(&pairs, t)
            while map_iter_next(&pairs, &key, &value):
                word_stack_push(&stack, key)
                word_stack_push(&stack, value)
        else:
            kind = boxed_kind(t)
            n = header_size(boxed_header(t))
            if kind == T_TUPLE or kind == T_RECORD:
                total += 2 if n < 256 else 5
                for i in range(1, n + 1):
                    word_stack_push(&stack, boxed_ptr(t)[i])
            elif kind == T_FLOAT:
                total += 9
            elif kind == T_REF:
                total += 15 + ATOM_BYTES
            elif kind == T_EXPORT:
                total += 17
            elif kind == T_FUN:
                total += 45 + 5 * n
            else:
                total += 8 * (n + 1)
    word_stack_free(&stack)
    return total

"""What ets:info(Table, memory) says: the words of OTP's tables, so that programs that print them print the same.

A hash table counts its struct, its bucket segments (256 buckets come with it, then 2,048 at a time) and four words
beside each tuple; an ordered one five words beside each. Locks of the concurrency options add what they take with
two schedulers.

Read next: memory/figures.pxd.
"""
from libc.stdint cimport uint64_t
from enigma.term.boxed cimport *
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.memory.figures cimport otp_compressed_bytes, otp_words
from enigma.ets.hash cimport hash_buckets
from enigma.ets.table cimport *

cdef enum:
    HASH_TABLE = 305
    ORDERED_TABLE = 139
    ORDERED_CONCURRENT = 99
    READ_LOCKS = 32
    WRITE_LOCKS = 1056
    BUCKET_LOCKS = 64
    SPREAD_COUNTERS = 34
    FIRST_BUCKETS = 256
    SEGMENT = 2048
    FIRST_DIRECTORY = 262        # words of the array of segments
    FIRST_SEGMENTS = 256         # for so many
    NEXT_DIRECTORY = 390
    HASH_OBJECT = 4
    ORDERED_OBJECT = 5
    EXACT = 5000                 # objects that are looked at one by one


cdef uint64_t object_words(Table* t, Object* o) noexcept nogil:
    cdef Term* element = boxed_ptr(object_tuple(o))
    cdef uint64_t arity = header_size(element[0]), bytes_ = 0, n, i
    if not t.flags & TABLE_COMPRESSED:
        return otp_words(object_tuple(o), False)
    n = 2 + arity                # the tuple, and where the compressed elements end
    for i in range(1, arity + 1):
        if not term_is_immed(element[i]):
            if i == t.position:
                n += otp_words(element[i], False)
            else:
                bytes_ += otp_compressed_bytes(element[i])
    return n + (bytes_ + 7) // 8


cdef void table_parts(uint64_t* fixed, uint64_t* directory) noexcept nogil:
    fixed[0] = HASH_TABLE - FIRST_BUCKETS
    directory[0] = FIRST_DIRECTORY - FIRST_SEGMENTS


cdef uint64_t table_words(Table* t) noexcept nogil:
    cdef bint ordered = t.type == TABLE_ORDERED
    cdef bint parallel = t.vm.scheduler_count > 1        # with one scheduler OTP's tables have no locks
    cdef bint concurrent = parallel and (t.flags & (TABLE_WRITE_CONCURRENCY | TABLE_WRITE_AUTO)) != 0
    cdef uint64_t total, segments
    cdef Cursor c
    cdef Object* o
    if ordered:
        total = ORDERED_CONCURRENT if concurrent else ORDERED_TABLE
    else:
        total = HASH_TABLE
        if concurrent:
            total += WRITE_LOCKS if t.locks == 0 else 16 * t.locks + 32
        segments = (hash_buckets(t) - FIRST_BUCKETS + SEGMENT - 1) // SEGMENT
        total += segments * SEGMENT
        if segments > 0:
            total += FIRST_DIRECTORY
        if segments > FIRST_SEGMENTS:
            total += (segments + 127) // 384 * NEXT_DIRECTORY
    if concurrent and t.flags & TABLE_DECENTRALIZED:
        total += SPREAD_COUNTERS
    if parallel and t.flags & TABLE_READ_CONCURRENCY:
        total += READ_LOCKS if ordered or not concurrent else READ_LOCKS * BUCKET_LOCKS
    total += t.size * (ORDERED_OBJECT if ordered else HASH_OBJECT)
    if t.size > EXACT:
        return total + t.words
    c.slot = 0
    c.object = NULL
    c.reverse = False
    while True:
        o = t.backend.scan(t, &c)
        if o == NULL:
            return total
        total += object_words(t, o)

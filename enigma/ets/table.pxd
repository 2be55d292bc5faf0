"""Shared tables: objects, tables, the room that finds them, and the interface of a backend.

A table belongs to one process and is protected by its own read-write lock; every backend function runs with
it held (for writing if it changes anything). Objects are copies outside all process heaps; what a BIF returns
is copied out again while the lock is held.

Locks: Room.lock (spin) guards names and the list of tables; it is never held while a table's lock is taken
for long work. Table.owner, heir and protection change under the table's write lock.

Read next: hash.pyx and ordered.pyx, the backends; bif/ets.pyx, the BIFs.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.boxed cimport Heap, Magic, OffHeap
from enigma.term.core cimport Term
from enigma.process.process cimport Process, VM

cdef extern from "pthread.h" nogil:
    ctypedef struct pthread_rwlock_t:
        pass
    int pthread_rwlock_init(pthread_rwlock_t*, void*)
    int pthread_rwlock_destroy(pthread_rwlock_t*)
    int pthread_rwlock_rdlock(pthread_rwlock_t*)
    int pthread_rwlock_wrlock(pthread_rwlock_t*)
    int pthread_rwlock_unlock(pthread_rwlock_t*)

cdef enum:
    TYPE_TABLE = 0x65747362          # 'etsb': magic references that name tables
    # types
    TABLE_SET = 0
    TABLE_ORDERED = 1
    TABLE_BAG = 2
    TABLE_DUPLICATE_BAG = 3
    # protection
    TABLE_PUBLIC = 0
    TABLE_PROTECTED = 1
    TABLE_PRIVATE = 2
    # flags
    TABLE_NAMED = 1
    TABLE_READ_CONCURRENCY = 2
    TABLE_WRITE_CONCURRENCY = 4
    TABLE_WRITE_AUTO = 8
    TABLE_DECENTRALIZED = 16
    TABLE_COMPRESSED = 32
    SKIP_LEVELS = 24

# One stored tuple with all its terms in one allocation.
cdef struct Object:
    Object* next                     # hash chain; level 0 of a skip list
    uint32_t hash                    # of the key
    uint32_t height                  # skip list: levels - 1 in `above`
    bint deleted                     # gone, but kept while the table is fixed
    size_t words                     # of terms
    OffHeap* off_heap
    Term tuple
    Object** above                   # skip list: forward pointers of levels 1.. (behind the terms)
    # Term data[]

cdef struct Fixation:
    Fixation* next
    Term pid
    uint32_t count

cdef struct Table:
    Magic magic                      # must be first; counts: the room's, and references in terms
    VM* vm
    pthread_rwlock_t lock
    Table* next                      # the room's list
    Table* previous
    Term name
    Term owner                       # pid
    Term heir                        # pid, or AM_none
    Object* heir_data                # a 1-tuple holding the data; NULL: none
    uint32_t type
    uint32_t protection
    uint32_t flags
    uint32_t position                # of the key, 1-based
    bint dead                        # deleted: every access is badarg
    const Backend* backend
    void* store                      # the backend's
    uint64_t size                    # live objects
    uint64_t words                   # of all objects
    uint64_t removed                 # objects marked deleted
    Fixation* fixations
    int64_t fixed_at                 # system time, ns
    int64_t fixed_monotonic

# Where a scan stands. `object` is valid only while the lock is held; a scan that lets go remembers slot or key.
cdef struct Cursor:
    size_t slot                      # hash: bucket to look at next
    Object* object                   # the last one given out
    bint reverse                     # ordered only

cdef struct Backend:
    const char* name
    bint (*create)(Table* t) noexcept nogil
    void (*destroy)(Table* t) noexcept nogil                 # frees every object
    # Takes `o`, replacing or joining others of its key as the type says. False: no memory (o is the caller's).
    bint (*insert)(Table* t, Object* o) noexcept nogil
    Object* (*find)(Table* t, Term key) noexcept nogil       # first live object of the key, or NULL
    Object* (*same_key)(Table* t, Object* o) noexcept nogil  # next live object of o's key, or NULL
    void (*remove)(Table* t, Object* o) noexcept nogil
    Object* (*first)(Table* t) noexcept nogil
    Object* (*last)(Table* t) noexcept nogil
    # The first object of the key behind (before) `key`; *known is False if a hash table holds no such key.
    Object* (*next_key)(Table* t, Term key, bint* known) noexcept nogil
    Object* (*previous_key)(Table* t, Term key, bint* known) noexcept nogil
    # The next live object of a scan, or NULL at the end. A hash scan may stop between buckets.
    Object* (*scan)(Table* t, Cursor* c) noexcept nogil
    Object* (*slot)(Table* t, size_t i, bint* beyond) noexcept nogil   # first object of a slot
    Object* (*slot_next)(Table* t, Object* o) noexcept nogil
    void (*sweep)(Table* t) noexcept nogil                   # frees what was marked deleted: no longer fixed
    void (*clear)(Table* t) noexcept nogil                   # removes all objects

cdef inline Term object_key(Table* t, Object* o) noexcept nogil:
    return (<Term*>(o.tuple - 2))[t.position]

cdef Object* object_new(Term tuple_, uint32_t height) noexcept nogil       # NULL: no memory
cdef void object_free(Object* o) noexcept nogil
cdef Term object_copy(Heap* h, Object* o) noexcept nogil

cdef struct Room:
    uint32_t lock
    Table* tables
    size_t count
    Table** names                    # named tables by name, linear probing; 2^n entries
    size_t name_buckets
    size_t name_used
cdef bint ets_init(VM* vm) noexcept nogil
cdef void ets_free(VM* vm) noexcept nogil
cdef Room* ets_room(VM* vm) noexcept nogil

# The table that an atom or reference names, with a count taken; NULL if there is none.
cdef Table* table_get(VM* vm, Term id) noexcept nogil
cdef void table_release(Table* t) noexcept nogil
cdef void table_destroy(Magic* m) noexcept nogil         # the destructor of a table's Magic
# Enters a new table. False: the name is taken.
cdef bint table_enter(VM* vm, Table* t) noexcept nogil
# Takes it out of the room and marks it dead; the caller holds the write lock, and releases.
cdef void table_leave(Table* t) noexcept nogil
cdef bint table_rename(Table* t, Term name) noexcept nogil
cdef void table_fix(Table* t, Term pid) noexcept nogil
cdef void table_unfix(Table* t, Term pid, bint all_) noexcept nogil
cdef void ets_process_gone(VM* vm, Process* p) noexcept nogil
# How programs name the table: its name, or a reference made on h.
cdef Term table_id(Table* t, Heap* h) noexcept nogil
cdef bint transfer_message(Table* t, Term from_, Term to, Object* data) noexcept nogil

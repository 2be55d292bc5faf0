"""Shared tables: objects, tables, the room that finds them, and the interface of a backend.

A table belongs to one process and is protected by its own read-write lock; every backend function runs with
it held (for writing if it changes anything). Objects are copies outside all process heaps; what a BIF returns
is copied out again while the lock is held.

Hash tables with write_concurrency are striped: who is after one key locks the stripe of its hash; objects of a stripe
share no bucket with those of another. Everybody else locks all stripes, in their order. In a stripe nothing is resized,
and sizes are counted by the stripe until somebody has the whole table. Other tables with read_concurrency or
write_concurrency have a wide lock, which readers take without writing to what others read.

Locks: Room.lock (spin) guards names, the list of tables and the indexes by owner and by who has fixed them; nobody
waits for a table's lock while holding it, only tries. Table.owner, heir and protection change under the table's write
lock. A table that is locked and not dead stays without a count: who takes the room's count from it needs the lock for
writing.

No function here or in a backend works for long: what may take long takes a budget, or is left behind as work that
goes on in slices (work.pxd).

Read next: hash.pyx, bag.pyx and ordered.pyx, the backends; work.pyx; bif/ets_access.pyx and its neighbours, the BIFs.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.boxed cimport Heap, Magic, OffHeap
from enigma.term.core cimport Term, en_loadp_acq
from enigma.term.pack cimport make_boxed
from enigma.memory.heap cimport FragmentHeap
from enigma.process.process cimport Process, VM

cdef extern from "enigma/shared_lock.h" nogil:
    bint en_shared_try_read(uint32_t*) noexcept
    void en_shared_read(uint32_t*) noexcept
    bint en_shared_try_write(uint32_t*) noexcept
    void en_shared_write(uint32_t*) noexcept
    void en_shared_end(uint32_t*) noexcept           # either way
    ctypedef struct en_wide:
        pass
    en_wide* en_wide_new(uint32_t count) noexcept
    bint en_wide_try_read(en_wide*, uint32_t) noexcept
    void en_wide_read(en_wide*, uint32_t) noexcept
    void en_wide_read_end(en_wide*, uint32_t) noexcept
    bint en_wide_try_write(en_wide*) noexcept
    void en_wide_write(en_wide*) noexcept
    void en_wide_write_end(en_wide*) noexcept
    bint en_wide_writes(en_wide*) noexcept

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
    TABLE_CONTENDED = 64             # a test's wish, see bif/internal_state; changes under the write lock
    # Object.deleted
    OBJECT_LIVE = 0
    OBJECT_MARKED = 1                # removed from a fixed table: holds its place for scans
    OBJECT_UNLINKED = 2              # to be freed
    OWNER_BUCKETS = 256
    STRIPES = 64                     # by the low bits of the hash; no table has fewer buckets
    # long work, see work.pxd
    TYPE_BURIAL = 0x65747367         # 'etsg'
    TYPE_WORK = 0x65747377           # 'etsw'
    WORK_INSERT = 0
    WORK_INSERT_NEW = 1              # as INSERT, unless a key is there
    WORK_CLEAR = 2

# One stored tuple with all its terms in one allocation.
cdef struct Object:
    Object* next                     # hash: in its chain; ordered: the one behind it
    uint32_t hash                    # of the key
    uint32_t deleted                 # OBJECT_: gone, but kept while the table is fixed
    size_t words                     # of terms
    OffHeap* off_heap
    Object* previous                 # hash: the one marked before it, if it is marked; ordered: the one before it
    # Term data[], the tuple first

# What is no longer anybody's and is freed bit by bit: the first member of every backend's store.
cdef struct Grave:
    Grave* next                      # Room.graves
    void* data                       # what it is part of, if it is not the first member
    bint (*reap)(Grave* g, int64_t* budget) noexcept nogil   # frees about `budget` objects; True: all, and g

# A grave whose freeing is a BIF's, between its slices.
cdef struct Burial:
    Magic magic                      # must be first
    VM* vm
    Grave* grave                     # NULL: done

cdef struct Work:
    Magic magic                      # must be first; counts: the table's, and of the caller's term
    Grave grave                      # when it is given up: what it still holds
    VM* vm
    int kind
    Term caller                      # pid of the process whose call it is, until the call ends
    Object* first                    # to insert, in this order
    Object* last
    Object* looked                   # INSERT_NEW: next whose key is looked for; NULL once all are new
    size_t place                     # CLEAR: where marking goes on
    int64_t count                    # objects; of CLEAR those that there were
    bint refused                     # INSERT_NEW: a key was there
    bint failed                      # no memory
    bint lost                        # the table was gone before the end
    bint begun                       # the table has it, or had it; under the table's write lock, as all that changes then
    uint32_t done                    # atomic

cdef struct Fixation:
    Fixation* next                   # of the table
    Fixation* pid_next               # of the room's index by pid
    Fixation* pid_previous
    Table* table
    Term pid
    uint32_t count                   # atomic; changed by the process only

# A cache line.
cdef struct Stripe:
    uint32_t lock                    # spin; guards the stripe's objects
    int64_t size                     # what Table.size and Table.words lack
    int64_t words
    int64_t[5] rest

cdef struct Table:
    Magic magic                      # must be first; counts: the room's, and references in terms
    VM* vm
    uint32_t lock                    # en_shared_; unused if there is one of the next two
    en_wide* wide                    # or NULL. Its line 0 is for threads that are no schedulers
    Stripe* stripes                  # STRIPES, or NULL
    bint whole                       # somebody has all stripes; written by him
    int64_t stripe_limit             # objects more or less in a stripe that are a reason to resize
    Table* next                      # the room's list
    Table* previous
    Table* owner_next                # the room's index by owner
    Table* owner_previous
    Term name
    Term owner                       # pid
    Term heir                        # pid, or AM_none
    int64_t heir_started             # the heir's start_time: a later process of that pid is not the heir
    Object* heir_data                # a 1-tuple holding the data; NULL: none
    uint32_t type
    uint32_t protection
    uint32_t flags
    uint32_t position                # of the key, 1-based
    uint32_t locks                   # as an option of OTP's tests wants them; 0: no such option
    bint dead                        # deleted: every access is badarg
    const Backend* backend
    Grave* store                     # the backend's
    Work* work                       # begun and not ended: whoever comes next goes on with it first; NULL: none
    uint64_t size                    # live objects
    uint64_t words                   # of all objects
    uint64_t removed                 # objects marked deleted
    Fixation* fixations              # atomic; entered under any lock and Room.lock, removed under the write lock and Room.lock
    int64_t fixed_at                 # system time, ns
    int64_t fixed_monotonic

# Where a scan stands. `object` is valid only while the lock is held; a scan that lets go remembers slot or key.
cdef struct Cursor:
    size_t slot                      # hash: bucket to look at next
    Object* object                   # the last one given out
    bint reverse                     # ordered only

# How full a hash table's chains are.
cdef struct TableFigures:
    size_t buckets
    size_t chain_min                 # objects in a bucket
    size_t chain_max
    double chain_average
    double deviation                 # of the chains' lengths
    double expected_deviation        # if every bucket were as likely

ctypedef int (*KeyOrder)(void* data, Term key) noexcept nogil

cdef struct Backend:
    const char* name
    bint marks                       # removing from a fixed table only marks
    bint (*create)(Table* t) noexcept nogil                  # an empty t.store
    # Takes `o`, replacing or joining others of its key as the type says; returns how many objects it met on its way,
    # or -1: no memory (o is the caller's).
    int64_t (*insert)(Table* t, Object* o) noexcept nogil
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
    # Ordered only, else NULL: the last object whose key has an `order` below `bound`, or NULL. Along the keys it never falls.
    Object* (*last_below)(Table* t, KeyOrder order, void* data, int bound) noexcept nogil
    Object* (*slot)(Table* t, size_t i, bint* beyond) noexcept nogil   # first object of a slot
    Object* (*slot_next)(Table* t, Object* o) noexcept nogil
    Object* (*marked)(Table* t, Object* o) noexcept nogil    # the next one that is only marked; of NULL the first
    # Of a fixed table: marks everything from *place on, within the budget; True: done.
    bint (*mark_all)(Table* t, size_t* place, int64_t* budget) noexcept nogil
    # Of one that is not fixed: frees what was marked, within the budget; what is left is in t.removed.
    void (*sweep)(Table* t, int64_t* budget) noexcept nogil
    uint32_t (*hash)(Term key) noexcept nogil                # of its stripe; NULL: never striped
    void (*fit)(Table* t) noexcept nogil                     # resizes a striped table by what came in its stripes
    bint (*figures)(Table* t, TableFigures* f) noexcept nogil          # False: there are none

cdef inline Term object_tuple(Object* o) noexcept nogil:
    return make_boxed(<Term*>(o + 1))

cdef inline Term object_key(Table* t, Object* o) noexcept nogil:
    return (<Term*>(o + 1))[t.position]

cdef Object* object_new(Term tuple_) noexcept nogil      # NULL: no memory
cdef void object_free(Object* o) noexcept nogil
cdef Term object_copy(Heap* h, Object* o) noexcept nogil

cdef struct Room:
    uint32_t lock                    # spin; guards all of it
    Grave* graves                    # waiting for the blocking pool
    bint reaping                     # a job of the pool is at them
    Table* owned[OWNER_BUCKETS]      # by the owner's pid
    Fixation* fixed[OWNER_BUCKETS]   # by pid
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
# The same without a count, locked; table_unlock gives it back. NULL: there is none, or it is dead. `id` stays among the
# caller's terms meanwhile: a reference is what keeps a table.
cdef Table* table_lock(VM* vm, Term id, bint write) noexcept nogil
# A stripe of a striped table: that of a key, or of the key of an object that is to be stored. NULL, and *stripe too, if
# there is no such table, or it has no stripes.
cdef Table* table_lock_key(VM* vm, Term id, Term key, bint in_object, Stripe** stripe) noexcept nogil
cdef void table_unlock_stripe(Table* t, Stripe* stripe) noexcept nogil
cdef bint table_widen(Table* t) noexcept nogil            # of a new one: makes the locks that its flags want; False: no memory
cdef void table_write(Table* t) noexcept nogil            # locks it for writing
cdef void table_unlock_wide(Table* t) noexcept nogil
cdef inline void table_unlock(Table* t) noexcept nogil:
    if t.wide == NULL and t.stripes == NULL:
        en_shared_end(&t.lock)
    else:
        table_unlock_wide(t)
# Whether the caller, who has something of the table locked, has no more than a stripe.
cdef inline bint in_stripe(Table* t) noexcept nogil:
    return t.stripes != NULL and not t.whole
# Objects and words of a table that may not be locked: about.
cdef int64_t table_size_now(Table* t) noexcept nogil
cdef int64_t table_words_now(Table* t) noexcept nogil
cdef size_t table_name_place(VM* vm, Term name) noexcept nogil     # where a name's search begins in Room.names
cdef void table_destroy(Magic* m) noexcept nogil         # the destructor of a table's Magic
# Enters a new table. False: the name is taken.
cdef bint table_enter(VM* vm, Table* t) noexcept nogil
# Takes it out of the room and marks it dead; the caller holds the write lock, and releases.
cdef void table_leave(Table* t) noexcept nogil
cdef bint table_rename(Table* t, Term name) noexcept nogil
# The pid is the caller's, and the table is locked, for reading or writing. False: no memory.
cdef bint table_fix(Table* t, Term pid) noexcept nogil
cdef inline bint table_fixed(Table* t) noexcept nogil:
    return en_loadp_acq(<void**>&t.fixations) != NULL
# The write lock is held.
cdef void table_owner_set(Table* t, Term pid) noexcept nogil
cdef void table_unfix(Table* t, Term pid, bint all_) noexcept nogil
# Takes all objects out of a table at once and leaves it empty: what to bury, or NULL: no memory, nothing happened.
# A table that is dead, or being made, is left without a store.
cdef Grave* table_empty(Table* t) noexcept nogil
# What a process owns and has fixed goes, or to an heir. With PF_LEAVING a slice at a time; True: all is gone.
cdef bint ets_process_gone(VM* vm, Process* p) noexcept nogil
# The same at once, for who made a process an owner that turns out to have been dying: it may have looked for its
# tables before.
cdef void ets_pid_gone(VM* vm, Term owner) noexcept nogil
# How programs name the table: its name, or a reference made on h.
cdef Term table_id(Table* t, Heap* h) noexcept nogil
# Of a locked table: {'ETS-TRANSFER', Table, From, Data}, to be sent once it is let go. 0: no memory, and nothing in fh.
cdef Term transfer_message(Table* t, Term from_, Object* data, FragmentHeap* fh) noexcept nogil

# What the room of tables needs of ets/work, which knows this room; filled when that is imported, before any VM is made.
cdef struct WorkHooks:
    void (*bury)(VM* vm, Grave* g) noexcept nogil
    void (*free_graves)(VM* vm) noexcept nogil
    void (*drop)(Table* t) noexcept nogil
cdef WorkHooks work_hooks

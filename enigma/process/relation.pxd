"""Links, monitors, aliases and suspensions of one process: a small hash table with an ordered list.

Only the process itself (or whoever creates it, before it is published) touches its relations. One
entry per direction: a monitor is RELATION_MONITOR at the watcher and RELATION_WATCHED at the watched.

A link that unlink/1 has broken stays as LINK_UNLINKING until the other side acknowledges: an exit
signal that was already on its way then finds no active link and is dropped.
"""
from libc.stdint cimport uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.memory.heap cimport Fragment

cdef enum:
    RELATION_LINK = 1          # other: pid or port
    RELATION_MONITOR = 2       # ids; other: what is watched (pid, port; 0: it never existed); name
    RELATION_WATCHED = 3       # ids; other: the watcher
    RELATION_ALIAS = 4         # ids; flags: ALIAS_
    RELATION_SUSPENDING = 5    # other: the suspended process; count
    RELATION_SUSPENDER = 6     # other: who suspended us; count
    RELATION_SPAWN = 7         # ids: an outstanding spawn request (none is ever left outstanding locally)

    LINK_UNLINKING = 1
    MONITOR_BY_NAME = 2        # name is set
    MONITOR_PORT = 4           # the monitored thing is a port
    MONITOR_TIME_OFFSET = 8
    MONITOR_ALIAS = 16         # the reference carries our pid
    # Signal.flags
    SUSPEND_ASYNC = 32         # of SIG_SUSPEND
    SUSPEND_AGAIN = 128        # of SIG_SUSPEND: unless_suspending, and it is on its way; the answer is false
    SUSPENDED_GONE = 64        # of SIG_RESUME, the other way: who was suspended is dead
    # how an alias ends
    ALIAS_NONE = 0
    ALIAS_EXPLICIT = 1         # unalias only
    ALIAS_DEMONITOR = 2        # also when its monitor is gone
    ALIAS_REPLY_DEMONITOR = 3  # also with the first message, which then ends the monitor too
    ALIAS_REPLY = 4            # also with the first message

cdef struct Relation:
    Relation* chain            # hash chain
    Relation* previous         # in order of creation
    Relation* next
    uint64_t key
    uint32_t kind              # RELATION_
    uint32_t flags
    uint32_t ids[3]            # the reference's numbers
    uint32_t count
    Term other                 # immediate
    Term name                  # atom, for monitors by name
    Term tag                   # first element of the down message; in tag_fragment unless immediate or literal
    Fragment* tag_fragment     # owned
    uint64_t unlink_id         # 0: none outstanding

cdef struct RelationSet:
    Relation** buckets
    size_t bucket_count        # power of two
    size_t count
    Relation* first
    Relation* last
    uint64_t unlink_ids        # last one given out

# All take the address of Process.relations, which they make and free. NULL: no memory.
cdef Relation* relation_add(RelationSet** set_, uint32_t kind, Term other) noexcept nogil
cdef Relation* relation_add_ref(RelationSet** set_, uint32_t kind, const uint32_t* ids, Term other) noexcept nogil
cdef Relation* relation_find(RelationSet* set_, uint32_t kind, Term other) noexcept nogil           # or NULL
cdef Relation* relation_find_ref(RelationSet* set_, uint32_t kind, const uint32_t* ids) noexcept nogil
cdef void relation_delete(RelationSet** set_, Relation* r) noexcept nogil
cdef void relations_free(RelationSet** set_) noexcept nogil

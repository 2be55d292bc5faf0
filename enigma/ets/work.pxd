"""Long work on tables, in slices.

What is freed: a store or a list of objects that nobody can reach any more is a Grave. A BIF that empties a table
frees it in slices of its own (a Burial between them); what dies with a process, or has lost the BIF that was at it,
goes to the blocking pool.

What changes a whole table at once: a long list to insert, or the removal of everything from a fixed table, is a Work.
It is entered in Table.work, where one slice after the other is done by whoever comes for the table, with the write
lock held; nobody sees the table before it is done. So the change is atomic and isolated, and no process does more of
it than a slice at a turn.

Read next: bif/ets_access.pyx, which goes on with a table's work.
"""
from libc.stdint cimport int64_t
from enigma.term.core cimport Term
from enigma.process.process cimport VM
from enigma.ets.table cimport Burial, Grave, Object, Table, Work

cdef enum:
    WORK_SLICE = 1000                # objects at a turn

cdef void grave_bury(VM* vm, Grave* g) noexcept nogil            # NULL: nothing to do
cdef void graves_free(VM* vm) noexcept nogil                     # all, at once: the VM ends
cdef Burial* burial_new(VM* vm, Grave* g) noexcept nogil         # NULL: no memory, it is freed otherwise
cdef bint burial_go_on(Burial* b) noexcept nogil                 # a slice; True: done

cdef Work* work_new(VM* vm, int kind, Term caller) noexcept nogil
cdef void work_add(Work* w, Object* o, bint in_front) noexcept nogil
# The write lock is held. Gives the table the work, of which it takes a count; t.work was NULL.
cdef void work_begin(Table* t, Work* w) noexcept nogil
cdef int64_t work_go_on(Table* t) noexcept nogil                 # a slice; returns what it cost in reductions
cdef void work_drop(Table* t) noexcept nogil                     # the table is gone

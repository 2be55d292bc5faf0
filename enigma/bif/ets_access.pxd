"""How the natives of `ets` come to a table, and what several of them need.

enter checks rights, goes on with work that is left on the table (ets/work.pxd), and locks; leave gives it back.

Read next: ets.pyx (tables), ets_data.pyx (objects), ets_scan.pyx (select and match), ets_info.pyx.
"""
from libc.stdint cimport uint32_t
from enigma.term.boxed cimport tuple_arity
from enigma.term.core cimport Term
from enigma.term.pack cimport term_is_tuple
from enigma.process.process cimport Process
from enigma.ets.table cimport TABLE_ORDERED, Stripe, Table, Work, table_unlock_stripe

cdef enum:
    # what a call wants of a table
    READ = 0
    WRITE = 1
    INFO = 2                 # allowed to everybody
    FIX = 3                  # as READ, locked for writing

# Sets badarg for an identifier that names no table: gone (`id`), or nothing that could name one (`type`).
cdef Term no_table(Process* p, Term id) noexcept nogil
# The table, locked as `wanted` says; NULL with badarg set, or TRAP_YIELD: the BIF, which must not have changed anything
# yet, its arguments included, is called again once others had their turn.
cdef Table* enter(Process* p, Term id, int wanted) noexcept nogil
# The same for READ or WRITE of the objects of one key, or of the key of an object that is to be stored: others may be in
# the table as well, at other keys.
cdef Table* enter_key(Process* p, Term id, int wanted, Term key, bint in_object, Stripe** stripe) noexcept nogil
cdef void leave(Table* t) noexcept nogil
cdef inline void leave_key(Table* t, Stripe* stripe) noexcept nogil:     # of enter_key
    if stripe != NULL:
        table_unlock_stripe(t, stripe)
    else:
        leave(t)
cdef Term table_reference(Process* p, Table* t) noexcept nogil
# Every object of a key, as lookup returns them; 0: no memory.
cdef Term objects_of(Process* p, Table* t, Term key) noexcept nogil
cdef bint store(Process* p, Table* t, Term tuple_) noexcept nogil        # False: no memory, with system_limit set
cdef Term reversed_list(Process* p, Term list_) noexcept nogil

# A reference to new work of a kind, for a BIF to keep among its arguments; 0: no memory.
cdef Term work_ref(Process* p, int kind) noexcept nogil
# The same, and begun on the table, which is locked for writing.
cdef Term work_begun(Process* p, Table* t, int kind, Work** w) noexcept nogil
# What the reference keeps, if it is this process's work of that kind and its call has not ended; else NULL.
cdef Work* work_of(Process* p, Term ref, int kind) noexcept nogil
cdef Term work_result(Process* p, Work* w, Term good) noexcept nogil     # the call ends

# Has the table, locked for writing, still to be swept? What a BIF keeps among its arguments while it does that, and
# no program gets hold of; 0: no.
cdef Term sweep_mark(Process* p, Table* t) noexcept nogil
cdef bint sweeps(Term mark) noexcept nogil                   # is it one?
cdef bint sweep_on(Process* p, Term id) noexcept nogil       # a slice; True: there is more

cdef inline bint storable(Table* t, Term o) noexcept nogil:
    return term_is_tuple(o) and tuple_arity(o) >= t.position


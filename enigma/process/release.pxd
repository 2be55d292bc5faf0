"""When literals go: areas of purged code and of replaced persistent terms, once nobody refers to them.

An area that is given up is handed to literals_retire. When enough has come together, a scheduler stops
the world between two turns, looks at every word that could be a reference, and frees the areas no word
points into. Nothing is copied: what is still in use waits for the next round.
"""
from enigma.term.core cimport Term
from enigma.memory.heap cimport LiteralArea
from enigma.process.process cimport Scheduler, VM

# Takes the area over. Nobody can get at it anew; whoever has a reference keeps it. Any thread.
cdef void literals_retire(VM* vm, LiteralArea* area) noexcept nogil
cdef bint literals_release_due(VM* vm) noexcept nogil
# However little has come together: a scheduler looks after this turn.
cdef void literals_release_ask(VM* vm) noexcept nogil
# Run by a scheduler that runs no process just now.
cdef void literals_release(VM* vm, Scheduler* me) noexcept nogil
cdef void literals_release_free(VM* vm) noexcept nogil      # the VM ends: everything goes
# True if t lies in literals that have been retired: it belongs to the processes that still hold it.
cdef bint literal_retired(VM* vm, Term t) noexcept nogil

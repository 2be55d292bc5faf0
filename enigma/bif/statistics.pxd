"""Accounting that erlang:system_flag/2 switches; each returns what it was before, or 0 with an error set."""
from enigma.term.core cimport Term
from enigma.process.process cimport Process

cdef Term wall_time_set(Process* p, Term on) noexcept nogil
cdef Term microstates_set(Process* p, Term how) noexcept nogil      # true, false or reset

"""Flags of a whole VM that erlang:system_info/1 tells of as well."""
from enigma.term.core cimport Term
from enigma.process.process cimport Process, VM

cdef Term max_heap_default(Process* p) noexcept nogil               # the map of max_heap_size
# enabled, blocked or blocked_normal, and who blocks.
cdef Term multi_scheduling(Process* p) noexcept nogil
cdef Term blocker_list(Process* p, bint normal) noexcept nogil
cdef int schedulers_allowed(VM* vm) noexcept nogil                  # online, were nobody blocking
cdef Term sequential_tracer(Process* p) noexcept nogil              # pid, port or false

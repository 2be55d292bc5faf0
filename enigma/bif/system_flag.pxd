"""Flags of a whole VM that erlang:system_info/1 tells of as well."""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.process.process cimport Process, VM
from enigma.process.pool cimport DIRTY_IO

cdef Term max_heap_default(Process* p) noexcept nogil               # the map of max_heap_size
# enabled, blocked or blocked_normal, and who blocks.
cdef Term multi_scheduling(VM* vm) noexcept nogil
cdef Term blocker_list(Process* p, uint32_t kind) noexcept nogil    # BLOCK_ (process/online)
cdef Term all_schedulers_state(Process* p) noexcept nogil
cdef Term sequential_tracer(Process* p) noexcept nogil              # pid, port or false

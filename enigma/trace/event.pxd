"""What happens to processes: messages, births, deaths, links, scheduling, collections.

The functions fill the table of process/watch.pxd; their callers have tested the flags. Some of what happens is also
told to the system's monitor and profiler (erlang:system_monitor/2, system_profile/2).

Read next: sequential.pxd for tokens.
"""
from libc.stdint cimport int64_t, uint32_t
from enigma.term.core cimport Term
from enigma.process.process cimport Process, VM

# {trace, pid, what, data} about a process that may run elsewhere, or a port, if its flags have one of `flag`.
cdef void tell_about(VM* vm, Term pid, uint32_t flag, Term what, Term data) noexcept nogil
# {monitor, pid, what, data} to the system's monitor, unless that is pid itself.
cdef void tell_monitor(VM* vm, Term pid, Term what, Term data) noexcept nogil

"""The processors of the machine, as the kernel tells them under /sys, in the form of system_info(cpu_topology)."""
from enigma.term.core cimport Term
from enigma.process.process cimport Process

# The tree of nodes, processors, cores and threads, or undefined.
cdef Term topology_in_use(Process* p) noexcept nogil
# The same as rows: [{cpu, Node, Processor, -1, Core, Thread, Logical}], or undefined.
cdef Term topology_rows(Process* p) noexcept nogil
# Processors that the host process may use, as they were when somebody looked last: at the start, or here. Any thread.
cdef int processors_seen() noexcept nogil
cdef bint processors_look() noexcept nogil                   # True: they are not as many as before

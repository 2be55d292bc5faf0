"""The last calls of a process, for process_flag(save_calls, N) and process_info(Pid, last_calls).

A process that has the flag keeps a ring of what it called: exported functions, and BIFs not used as operators or in
guards; and that it sent, received or waited in vain. While there is such a process in a VM, all exports lead through
their stubs, as those do whose calls are traced: their Points have the kind POINT_SAVE. The last one to
lose the flag, or to die with it, sets them right again.

Read next: point.pxd.
"""
from libc.stdint cimport int64_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap
from enigma.code.module cimport Export
from enigma.process.process cimport Process

# The ring alone; point.pxd's save_calls sets it up. How many calls it kept before, -1: no memory.
cdef int64_t saved_calls_set(Process* p, int64_t n) noexcept nogil
# As process_info gives them, oldest first; `false` if p keeps none. 0: no memory.
cdef Term saved_calls_list(Process* p, Heap* h) noexcept nogil
cdef void saved_calls_export(Process* p, Export* e) noexcept nogil      # p calls it
# Of process/watch.pxd.
cdef void saved_calls_note(Process* p, int what) noexcept nogil
cdef bint saved_calls_gone(Process* p) noexcept nogil         # True: p was the last that kept calls

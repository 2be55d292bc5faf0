"""A process heap in figures, as Erlang code is told them, and the log event of a heap that grew too large.

Read next: memory/layout.pxd for the fields.
"""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap
from enigma.memory.heap cimport ProcHeap
from enigma.process.process cimport Process, VM

cdef enum:
    MAX_HEAP_COUNTS_BINARIES = 1 << 8   # beside MAX_HEAP_ of layout.pxd: this release knows include_shared_binaries (27)

# #{error_logger, include_shared_binaries, kill, size} of max_heap_size. Allocates; 0: no memory.
cdef Term max_heap_map(Heap* h, size_t words, uint32_t flags) noexcept nogil
# The value of max_heap_size: a size, or a map with `size` and perhaps flags. What it does not name keeps its
# bit in flags[0]. False: not such a value, or a size less than min_heap.
cdef bint max_heap_value(Term value, size_t min_heap, size_t* words, uint32_t* flags) noexcept nogil
# The list of process_info(P, garbage_collection_info), all sizes in words. Allocates.
cdef Term heap_figures(Heap* h, ProcHeap* mem) noexcept nogil
# system_info(system_logger): a pid, perhaps of a process that is dead, `logger` or `undefined`.
cdef Term system_logger(VM* vm) noexcept nogil
# The pid that the emulator's own log events go to; 0: nobody. After the death of who was named it is `logger` again.
cdef Term log_receiver(VM* vm) noexcept nogil
# Tells the logger that the process exceeds max_heap_size; silent while there is no logger.
cdef void log_heap_limit(Process* p) noexcept nogil

"""The collectors. Read next: collector.pyx for the invariant."""
from enigma.memory.layout cimport Collector

cdef const Collector* collector_generational() noexcept nogil
cdef const Collector* collector_never() noexcept nogil
cdef const Collector* collector_named(const char* name) noexcept nogil

"""Fragments, the heaps that overflow into them, and the off-heap list.

Read next: fragments.pyx; copying.pxd for what fills fragments.
"""
from libc.stdint cimport uint64_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap, OffHeap
from enigma.memory.layout cimport Fragment, FragmentHeap, ProcHeap

cdef enum:
    FRAGMENT_HEADER = 5         # words of a Fragment before its data

# ENIGMA_STRESS_GC=N: freed memory is poisoned, heaps are verified, and one in N chances to collect is taken.
cdef bint stress                # N is given
cdef uint64_t stress_seed       # ENIGMA_STRESS_SEED: another spread of the chances
# Is this chance to collect one that is taken? The answers depend on the heap's own history alone.
cdef bint stress_chance(ProcHeap* mem) noexcept nogil

cdef Fragment* fragment_new(size_t words) noexcept nogil
cdef void fragment_free(Fragment* f, bint release_off_heap) noexcept nogil
cdef void fragment_heap_init(FragmentHeap* fh) noexcept nogil
cdef Fragment* fragment_heap_take(FragmentHeap* fh) noexcept nogil
cdef Term* proc_heap_overflow(Heap* h, size_t words) noexcept nogil     # Heap.overflow of process heaps
cdef void proc_heap_adopt(ProcHeap* mem, Fragment* chain) noexcept nogil
cdef void off_heap_release_all(OffHeap* list) noexcept nogil
cdef void off_heap_release(OffHeap* entry) noexcept nogil       # one entry's count
cdef void off_heap_add(Heap* h, OffHeap* entry, uint64_t bytes_) noexcept nogil
# Fills words that no one may read any more with POISON: a boxed pointer to an address that faults.
cdef void poison(Term* p, size_t words) noexcept nogil
cdef inline Term poison_word() noexcept nogil: return <Term>0xEEEEEEEEEEEEEEEE

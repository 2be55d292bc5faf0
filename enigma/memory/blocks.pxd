"""Blocks of words for heaps and fragments: size classes over spans, cached per thread.

A block's size class follows from its size in words, so whoever frees one says how big it was, and
nothing is stored in front of it. `heap_next_size` is the series of process heap sizes; each member
up to BLOCK_SMALL_MAX is a class of its own, so a process heap wastes nothing.

Read next: blocks.pyx for how memory travels between caches, spans and the system.
"""
from libc.stdint cimport uint64_t
from enigma.term.core cimport Term

cdef enum:
    BLOCK_SMALL_MAX = 10958     # words; larger blocks are mapped pages of their own

cdef Term* block_alloc(size_t words, size_t* got) noexcept nogil
cdef void block_free(Term* block, size_t words) noexcept nogil
cdef uint64_t block_bytes_in_use() noexcept nogil
# Gives back to the system what lies unused: this thread's cache, empty spans, kept large blocks.
cdef void block_trim() noexcept nogil
cdef size_t heap_next_size(size_t words) noexcept nogil     # the smallest member of the series >= words

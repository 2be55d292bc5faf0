"""Registered names of a VM: atom to pid or port, one table under one spin lock (VM.registry).

A process's registered_name is written under the same lock. Lock order: the registry's, then a
process's signal_lock.
"""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.process.process cimport VM

cdef struct NameEntry:
    Term name                  # 0: never used, 1: removed
    Term value                 # pid or port
cdef struct Registry:
    uint32_t lock              # spin
    NameEntry* entries         # open addressing, power of two
    size_t capacity
    size_t used                # including removed
    size_t count

cdef Registry* registry_new() noexcept nogil
cdef void registry_free(Registry* r) noexcept nogil
cdef bint registry_put(VM* vm, Term name, Term value) noexcept nogil
# What the name was, or 0. With `only` not 0: only if that is its value.
cdef Term registry_remove(VM* vm, Term name, Term only) noexcept nogil
cdef Term registry_find(VM* vm, Term name) noexcept nogil
cdef size_t registry_list(VM* vm, Term* out, size_t max_) noexcept nogil

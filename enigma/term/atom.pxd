"""The atom table: names of atoms, shared by every VM of the host process.

An atom term holds an index. Names are UTF-8, at most 255 characters, never freed. Look-up by index
takes no lock (the pointer array is published with release stores and grows in pages that never move);
look-up by name takes a lock striped by hash.

The atoms that the core names itself have fixed indices, listed in term/atoms.txt and exposed by the
generated am.pxd as AM_<name>.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from enigma.term.core cimport Term

cdef enum:
    ATOM_MAX_CHARS = 255
    ATOM_MAX_BYTES = 1020

cdef struct Atom:
    uint8_t* name         # UTF-8, not terminated; owned by the table for ever
    uint16_t length       # bytes
    uint16_t chars        # code points
    bint latin1           # every code point is below 256
    uint32_t hash         # OTP's hash of the name, as atoms enter phash/phash2
    uint32_t order        # first four bytes, big-endian: decides most comparisons

# The atom of a UTF-8 name; 0 if it is not valid UTF-8, has over 255 characters, or the table is full.
cdef Term atom_put(const uint8_t* name, size_t length) noexcept nogil
cdef Term atom_put_latin1(const uint8_t* name, size_t length) noexcept nogil
# As atom_put, but 0 if no such atom exists.
cdef Term atom_find(const uint8_t* name, size_t length) noexcept nogil
cdef Term atom_from_cstr(const char* name) noexcept nogil
cdef Atom* atom_get(Term atom) noexcept nogil
cdef uint32_t atom_count() noexcept nogil
cdef uint32_t atom_limit() noexcept nogil                  # of the table itself, whatever a VM's +t says
# Asked, without any lock, before a thread makes an atom that is not there yet, and told after it has (made).
# False refuses: the VM that the thread works for has used up its share. At most one, set by the process room.
cdef void atom_set_admission(bint (*admit)(bint made) noexcept nogil) noexcept nogil
# The calling thread could not make a new atom now: its share or the table is used up.
cdef bint atom_refused() noexcept nogil
# Erlang's order of two atoms: <0, 0, >0 (by code points).
cdef int atom_compare(Term a, Term b) noexcept nogil

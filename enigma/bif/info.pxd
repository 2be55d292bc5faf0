"""Bytes of memory by area, as erlang:memory/0 counts them."""
from libc.stdint cimport uint64_t
from enigma.code.module cimport CodeTables
from enigma.process.process cimport VM

cdef uint64_t code_bytes(CodeTables* code) noexcept nogil
cdef uint64_t ets_bytes(VM* vm) noexcept nogil
cdef uint64_t atom_bytes() noexcept nogil          # about

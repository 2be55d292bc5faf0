"""Bytes of memory by area, as erlang:memory/0 counts them."""
from libc.stdint cimport uint64_t
from enigma.code.module cimport CodeTables
from enigma.term.core cimport Term
from enigma.process.process cimport Process, VM

cdef uint64_t code_bytes(CodeTables* code) noexcept nogil
cdef uint64_t ets_bytes(VM* vm) noexcept nogil
cdef uint64_t atom_bytes() noexcept nogil          # about
# The list of erlang:memory/0, counted at once. Allocates; 0: no memory.
cdef Term memory_now(Process* p) noexcept nogil

# Writes the text of system_info's info, procs or loaded while the world stands still. Set by the floor that makes
# such texts (enigma/runtime/report.pyx) when it is loaded, before any VM starts.
ctypedef void (*ReportWriter)(VM* vm, Term what, int fd) noexcept nogil
cdef ReportWriter report_writer

"""From a checked BeamFile to threaded code: fusing, specialising, emitting, publishing, purging.

The tables it works by are generated from enigma/emulator/instructions/*.tab (see tools/geninstr.py).
Loading has two steps, as Erlang's code server sees them: prepare (no visible effect) and finish (publishes under the
code lock).
"""
from libc.stdint cimport uint8_t
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.code.module cimport FunEntry, CodeTables, ModuleInstance, Module
from enigma.memory.heap cimport ProcHeap, RootRange

# Reads and specialises; NULL with a reason atom (AM_badfile, AM_system_limit ...) and text in error.
cdef ModuleInstance* code_prepare(CodeTables* code, Term name, const uint8_t* data, size_t size,
                                  Term* reason, char* error, size_t error_size) noexcept nogil
cdef void code_discard(CodeTables* code, ModuleInstance* prepared) noexcept nogil
# Makes prepared instances current; the former current ones become old. AM_not_purged if one has an old
# instance already; AM_ok, or AM_on_load if some must run on_load before they are published.
cdef Term code_finish(CodeTables* code, ModuleInstance** prepared, size_t n) noexcept nogil
cdef bint code_finish_on_load(CodeTables* code, Module* m, bint keep) noexcept nogil
cdef bint code_delete(CodeTables* code, Module* m) noexcept nogil        # current becomes old
cdef void code_purge_finish(CodeTables* code, Module* m) noexcept nogil  # frees the old instance; caller made sure that nobody uses it
cdef bint instance_contains(ModuleInstance* i, word* address) noexcept nogil
# --- purging (erts_internal:purge_module/2 and what it needs) -------------------------------------------
# What check_process_code looks for: the instance being purged, else the old one; or NULL.
cdef ModuleInstance* code_old_instance(CodeTables* code, Term module) noexcept nogil
# False: no old code. From now on calls of the code's funs end in code_fun_awaits; `by` is the process that purges.
cdef bint code_purge_prepare(CodeTables* code, Term module, bint on_load, Term by, bint* busy) noexcept nogil
# Does a module hold the code of these funs? One that is being purged still does.
cdef bint code_fun_held(CodeTables* code, FunEntry* entry) noexcept nogil
# A process has called a fun that leads nowhere. If its code is being purged, the process is noted down and must wait:
# the pid of the purging process. 0: no.
cdef Term code_fun_awaits(CodeTables* code, FunEntry* entry, Term pid) noexcept nogil
# After a purge has ended: the pids that were noted down, malloc'd, or NULL.
cdef Term* code_purge_waiting(CodeTables* code, size_t* count) noexcept nogil
cdef bint code_purge_abort(CodeTables* code, Term module) noexcept nogil
# Unlinks the instance being purged; the caller then knows whether anybody still runs it (keep) or not.
cdef ModuleInstance* code_purge_take(CodeTables* code, Term module) noexcept nogil
cdef void code_retire(CodeTables* code, ModuleInstance* instance, bint keep) noexcept nogil

"""Modules, exports, fun entries and the tables that find them; one CodeTables per VM.

An Export is the fixed meeting point of a call and its target: callers keep the Export, the loader
changes what `address` points to. Exports and fun entries are never freed, so instructions and fun
terms may hold plain pointers. A module has up to two instances, current and old; purge removes the old.

Locks: `lock` guards the hash tables and module lists for writing; look-ups of exports, fun entries and
modules also take it (they happen at load time and in apply's slow path; apply has a cache of its own).
`address` fields are published with release stores.

Read next: reader.pxd for the file, loader.pxd for how code gets here.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.counts cimport Counted, Counters
from enigma.term.pack cimport word
from enigma.memory.heap cimport LiteralArea, Fragment

# A BIF: args[0..arity-1] are its arguments. Returns a term, or 0 after setting the process's
# exception fields (bif/errors.pxd) or asking for a trap. It never collects. `process` is a Process*.
ctypedef Term (*BifFunction)(void* process, Term* args) noexcept nogil

cdef enum:
    BIF_GUARD = 1           # usable from bif/gc_bif instructions
    BIF_HEAVY = 2           # may run long: schedule out afterwards if reductions are used up
    BIF_DIRTY = 4           # runs on the blocking pool
    BIF_DIRTY_CPU = 32      # beside BIF_DIRTY: it computes there and waits for nobody outside
    BIF_TRACED = 16         # traced in some VM: calls go by its Export (atomic; set while the world of that VM stands still)
    BIF_NIF = 8             # replaces an exported Erlang function of a preloaded/library module at load time

cdef struct BifEntry:
    const char* module
    const char* name
    uint32_t arity
    uint32_t flags          # BIF_
    BifFunction function
    Term module_atom
    Term name_atom
    uint32_t traces         # in how many VMs; under a lock of trace/point.pyx. BIF_TRACED says that it is not 0

cdef struct Export:
    word* address           # code to run for a call; atomic, release/acquire. Never NULL: see stub
    Term module
    Term function
    uint32_t arity
    uint32_t flags
    BifEntry* bif           # the BIF this is, or NULL
    word stub[6]            # {instruction, Export*}: error_handler call for an undefined one, BIF call for a BIF;
                            # from 2 on {instruction, Export*, the address proper}: while its calls are traced
    Export* next            # hash chain
    word* on_load_address   # address to publish when on_load has succeeded
    size_t number           # in the order of making: module_info(exports) lists the youngest first

cdef struct FunEntry:
    Counted counted         # must be first: how many funs of it there are
    word* address           # the fun's code, or &stub when its module is not loaded; atomic
    Term module
    uint64_t old_uniq
    uint64_t old_index
    uint8_t uniq[16]
    uint32_t index
    uint32_t arity          # without free variables
    uint32_t free
    word stub[4]            # {instruction, FunEntry*}: error_handler:undefined_lambda
    FunEntry* next

cdef struct LineEntry:
    uint32_t code_offset    # words from code_start: applies to return addresses in (this, next]
    uint32_t file           # index in file_names; 0 is the module's own <name>.erl
    uint32_t line           # 0: none

cdef struct FunctionInfo:
    word* info              # the func_info instruction; entry code follows it
    word* start             # first instruction of the body
    word* end
    Term function
    uint32_t arity

cdef struct ExportedFunction:
    Export* export
    word* address

cdef struct ModuleInstance:
    Module* module
    word* code_start        # threaded code, one malloc'd block
    word* code_end
    FunctionInfo* functions # in address order
    uint32_t function_count
    uint32_t export_count
    ExportedFunction* exports
    FunEntry** funs
    uint32_t fun_count
    uint32_t line_count
    LineEntry* lines        # in offset order
    Term* file_names        # literal binaries/lists: see loader.pyx
    uint32_t file_count
    uint8_t md5[16]
    uint8_t* attributes     # external term format of the Attr chunk; size 0 if absent
    size_t attributes_size
    uint8_t* compile_info   # of CInf
    size_t compile_size
    LiteralArea* literals   # or NULL
    Term* literal_terms     # literal_count
    uint32_t literal_count
    word* on_load           # on_load function's address until it has run; or NULL
    void* strings           # the StrT chunk's bytes, shared by instructions
    size_t strings_size
    void* extra             # loader-owned tables (jump tables, hashed keys)
    bint nif_loaded
    ModuleInstance* next_retired    # purged, but its memory had to stay

cdef struct Module:
    Term name
    ModuleInstance* current # NULL: none
    ModuleInstance* old
    ModuleInstance* on_load_pending   # loaded, its on_load function is running
    Module* next            # hash chain
    Module* next_all        # list of every module in order of first loading
    uint32_t flags          # MODULE_
    Export* on_load_export  # hidden: its address is the pending on_load function's

cdef enum:
    MODULE_PRELOADED = 1    # loaded by the runtime before any Erlang code ran: erlang:pre_loaded/0
    MODULE_SEEN = 2         # has been loaded at least once, whatever has become of its code

cdef enum:
    EXPORTS_RECENT = 256    # a power of two

cdef struct CodeTables:
    uint32_t lock           # spin; guards every table below
    uint32_t module_count
    Export** exports        # hash table of export_buckets (a power of two)
    size_t export_buckets
    size_t export_count
    FunEntry** funs
    size_t fun_buckets
    size_t fun_count
    Counters fun_counters
    Module** modules
    size_t module_buckets
    Module* all_modules
    ModuleInstance** ranges # sorted by code_start: address -> instance (stack traces, purge)
    size_t range_count
    size_t range_capacity
    void* vm                # the VM
    void* purge             # purge state, owned by loader.pyx
    ModuleInstance* retired # purged instances that a process was in; looked at again at each purge
    LiteralArea* retired_literals   # areas of purged instances, likewise
    Export* recent[EXPORTS_RECENT]  # of export_find, by hash; each word atomic. Exports live as long as the tables

cdef CodeTables* code_tables_new(void* vm) noexcept nogil
cdef void code_tables_free(CodeTables* code) noexcept nogil
cdef Export* export_get(CodeTables* code, Term module, Term function, uint32_t arity) noexcept nogil   # makes it
cdef Export* export_find(CodeTables* code, Term module, Term function, uint32_t arity) noexcept nogil  # or NULL
cdef bint export_is_loaded(Export* e) noexcept nogil        # has code or is a BIF
cdef FunEntry* fun_entry_get(CodeTables* code, Term module, uint64_t old_uniq, const uint8_t* uniq,
                             uint32_t index, uint32_t arity, uint32_t free) noexcept nogil
cdef Module* module_find(CodeTables* code, Term name) noexcept nogil     # or NULL
cdef Module* module_get(CodeTables* code, Term name) noexcept nogil
# Code address -> instance, function and line. False if the address is in no module.
cdef bint code_locate(CodeTables* code, word* address, ModuleInstance** instance, FunctionInfo** function) noexcept nogil
cdef bint code_line(ModuleInstance* instance, word* address, Term* file_name, uint32_t* line) noexcept nogil

# --- the BIF table: filled once at import by every module of enigma/bif, then read only --------------
cdef void bif_register(const char* module, const char* name, uint32_t arity, BifFunction function, uint32_t flags) noexcept nogil
cdef BifEntry* bif_find(Term module, Term name, uint32_t arity) noexcept nogil
cdef size_t bif_count() noexcept nogil
cdef BifEntry* bif_at(size_t i) noexcept nogil
# Makes the exports of all registered BIFs (not BIF_NIF ones) in a new VM's tables.
cdef void bif_install(CodeTables* code) noexcept nogil

# --- for the loader --------------------------------------------------------------------------------
cdef void code_mark_preloaded(Module* m) noexcept nogil
cdef void code_lock(CodeTables* code) noexcept nogil
cdef void code_unlock(CodeTables* code) noexcept nogil
# Makes the instance's addresses known to code_locate, or unknown again; the caller holds no lock.
cdef bint code_range_add(CodeTables* code, ModuleInstance* instance) noexcept nogil
cdef void code_range_remove(CodeTables* code, ModuleInstance* instance) noexcept nogil
# Frees an instance that no table, process or fun refers to.
cdef void instance_free(ModuleInstance* instance) noexcept nogil
# Every export / fun entry, under the lock: calls `visit` for each.
cdef void code_each_export(CodeTables* code, void (*visit)(void* data, Export* e) noexcept nogil, void* data) noexcept nogil

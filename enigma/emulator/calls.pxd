"""What instructions do out of line: apply, error handlers, slow arithmetic, maps, funs, receives, swaps.

Every function here runs with the process's heap fields current ($save) and may allocate from its heap;
none collects unless its comment says so. A NULL or 0 result means that p.freason and p.fvalue are set.

Read next: exception.pxd; instructions/core.tab for how bodies use these.
"""
from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memcpy
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.counts cimport counter_add
from enigma.term.map cimport map_find
from enigma.memory.heap cimport GC_STRESS, GC_WANTED
from enigma.code.module cimport BifEntry, Export, FunEntry
from enigma.process.process cimport Process, Scheduler

cdef enum:
    ARITH_ADD = 0
    ARITH_SUB = 1
    ARITH_MUL = 2
    ARITH_FDIV = 3
    ARITH_DIV = 4
    ARITH_REM = 5
    ARITH_BAND = 6
    ARITH_BOR = 7
    ARITH_BXOR = 8
    ARITH_BSL = 9
    ARITH_BSR = 10

# How a BIF was called, if not by an instruction with a frame: see instructions/calls.tab, BIFs.
cdef enum:
    BIF_NATIVE = -1
    BIF_NO_FRAME = -2

# --- collection at a boundary -------------------------------------------------------------------------
# Fragments or binaries have piled up, or somebody asked.
cdef inline bint collection_due(Process* p) noexcept nogil:
    return (p.mem.fragment_words > (p.mem.block_words >> 1) or (p.mem.gc_flags & (GC_WANTED | GC_STRESS)) != 0
            or p.mem.heap.off_heap_bytes > p.mem.vheap_limit)
# Collects with x[0..live-1] as roots. False: the process must exit with p.fvalue.
cdef bint collect_due(Process* p, Term* x, uint32_t live) noexcept nogil
# Makes room for `words` in the same way; under stress this comes where there is room as well, as a chance.
cdef bint collect_for(Process* p, size_t words, Term* x, uint32_t live) noexcept nogil

# --- swapping --------------------------------------------------------------------------------------------
# Begin of a turn: handles signals, moves the saved registers to x. -1: run; else the RUN_ code to return.
cdef int swap_in(Scheduler* s, Process* p) noexcept nogil
# Keeps x[0..live-1] in the process. False: no memory.
cdef bint save_registers(Process* p, Term* x, word live) noexcept nogil
# Hands p's current BIF to the blocking pool with x[0..arity-1]; its result goes to p.ip's caller. False: no pool.
cdef bint dirty_submit(Process* p) noexcept nogil

# --- calls: each returns the code to go to and sets *live to its number of registers ------------------------
cdef word* apply_target(Process* p, Term* x, Term module, Term function, word arity, word* live) noexcept nogil
# What only raises, and is called as a function while this VM traces: a tail call of it keeps the caller's frame, with
# which the stack trace begins.
cdef bint keeps_frame(Process* p, Term module, Term function, word arity) noexcept nogil
cdef word* apply_list(Process* p, Term* x, Term module, Term function, Term args, word* live) noexcept nogil
cdef word* apply_fun_list(Process* p, Term* x, Term fun, Term args, word* live) noexcept nogil
cdef word* fun_target(Process* p, Term* x, Term fun, word arity, word* live) noexcept nogil
cdef word* error_handler_export(Process* p, Term* x, Export* e) noexcept nogil
cdef word* error_handler_fun(Process* p, Term* x, FunEntry* entry) noexcept nogil
# Where a call of a BIF that is traced in some VM goes in this one; NULL: to the BIF itself.
cdef word* bif_code(Process* p, BifEntry* bif) noexcept nogil
cdef bint is_fun_of_arity(Term fun, Term arity) noexcept nogil
# Empties p's stack for erlang:hibernate: x[0..2] will be called. Collects. False: the process must exit.
cdef bint hibernate_prepare(Process* p, Term* x) noexcept nogil

# --- values -----------------------------------------------------------------------------------------------
# The instruction at ip is (fail, live, a, b, dst): computes, stores, returns where to go on.
cdef word* arith2(Process* p, Term* x, word* ip, int which, Term a, Term b) noexcept nogil
# pairs: count, then keys and values as operands of kind s. exact: a missing key is an error.
cdef Term map_put_pairs(Process* p, Term map_, word* pairs, Term* x, Term* E, bint exact) noexcept nogil
cdef Term fun_make(Scheduler* s, Process* p, FunEntry* entry, word* environment, Term* x, Term* E) noexcept nogil

# The fun at q, on the heap of p, which s runs; counted and on its off-heap list. The environment is the caller's.
cdef inline Term fun_init(Scheduler* s, Process* p, Term* q, FunEntry* entry) noexcept nogil:
    cdef Fun* fun = <Fun*>q
    fun.header = make_header(T_FUN, SIZEOF_FUN - 1 + entry.free)
    fun.entry = entry
    fun.next = p.mem.heap.off_heap
    fun.arity = entry.arity
    fun.free = entry.free
    fun.creator = p.id
    p.mem.heap.off_heap = <OffHeap*>fun
    counter_add(&entry.counted, s.lane, 1)
    return make_boxed(q)

# The address of a key's value in a map, or NULL. An immediate key of a flat map is compared by word.
cdef inline Term* map_lookup(Term map_, Term key) noexcept nogil:
    cdef Term* q
    cdef Term* keys
    cdef word n, i
    if not term_is_immed(key):
        return map_find(map_, key)
    q = boxed_ptr(map_)
    if header_kind(q[0]) != T_MAP_FLAT:
        return map_find(map_, key)
    n = header_size(q[0]) - 1
    keys = tuple_elements(q[1])
    i = 0
    while i < n:
        if keys[i] == key:
            return q + 2 + i
        i += 1
    return NULL

# --- receives ------------------------------------------------------------------------------------------------
# Takes in signals. 0: the process must exit with p.fvalue; 1: go on; 2: it has been suspended.
cdef int receive_fetch(Process* p) noexcept nogil
cdef void receive_done(Process* p, bint remove) noexcept nogil
# 1: time is up; 0: wait (the timer runs); -1: bad timeout
cdef int receive_wait(Process* p, Term time) noexcept nogil

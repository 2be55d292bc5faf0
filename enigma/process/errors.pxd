"""How a BIF fails or asks for more: each helper sets the process's fields and returns 0."""
from libc.stdint cimport int64_t
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.am cimport AM_badarg, AM_badarith, AM_notsup, AM_system_limit
from enigma.memory.heap cimport term_is_literal
from enigma.code.module cimport Export
from enigma.process.process cimport *

cdef inline Term fail(Process* p, word code) noexcept nogil:      # EXC_BADARG, EXC_BADARITH ...
    p.freason = code
    return 0
cdef inline Term badarg(Process* p) noexcept nogil:
    p.freason = EXC_BADARG
    return 0
cdef inline Term fail_value(Process* p, word code, Term value) noexcept nogil:   # EXC_BADMAP, EXC_BADKEY, EXC_ERROR ...
    p.fvalue = value
    p.freason = code
    return 0
# The reason atoms that the term floor reports.
cdef inline Term fail_reason(Process* p, Term reason) noexcept nogil:
    if reason == AM_badarg:
        p.freason = EXC_BADARG
    elif reason == AM_badarith:
        p.freason = EXC_BADARITH
    elif reason == AM_system_limit:
        p.freason = EXC_SYSTEM_LIMIT
    elif reason == AM_notsup:
        p.freason = EXC_NOTSUP
    else:
        p.fvalue = reason
        p.freason = EXC_ERROR
    return 0
# badarg whose error_info carries a cause that erl_erts_errors knows (e.g. not_owner): #{cause => Cause}.
cdef inline Term badarg_cause(Process* p, Term cause) noexcept nogil:
    p.freason = EXC_BADARG | EXF_EXT_INFO
    p.fvalue = cause
    return 0
# Calls an Erlang function in this BIF's place.
cdef inline Term trap0(Process* p, Export* e) noexcept nogil:
    p.trap_export = e
    p.trap_arity = 0
    p.freason = TRAP_CALL
    return 0
cdef inline Term trap1(Process* p, Export* e, Term a) noexcept nogil:
    p.trap_args[0] = a
    p.trap_export = e
    p.trap_arity = 1
    p.freason = TRAP_CALL
    return 0
cdef inline Term trap2(Process* p, Export* e, Term a, Term b) noexcept nogil:
    p.trap_args[0] = a
    p.trap_args[1] = b
    p.trap_export = e
    p.trap_arity = 2
    p.freason = TRAP_CALL
    return 0
cdef inline Term trap3(Process* p, Export* e, Term a, Term b, Term c) noexcept nogil:
    p.trap_args[0] = a
    p.trap_args[1] = b
    p.trap_args[2] = c
    p.trap_export = e
    p.trap_arity = 3
    p.freason = TRAP_CALL
    return 0
# Out of reductions in the middle of long work: the caller has stored its progress in args[] (any of the
# BIF's own argument slots, which the collector keeps and updates) and is called again with them.
cdef inline Term yield_again(Process* p) noexcept nogil:
    p.freason = TRAP_YIELD
    return 0

# Work of so many reductions that a scheduler must not do it at one go. A BIF that can't stop in the middle asks
# before it has changed anything, and returns away(p): it is called again, with the same arguments, by the blocking
# pool, where long_work says no. Without threads, or under a virtual clock, it is called again at once.
cdef enum:
    LONG_WORK = 2 * REDUCTIONS_PER_TURN
cdef inline bint long_work(Process* p, int64_t reductions) noexcept nogil:
    return reductions > LONG_WORK and not (p.flags & PF_AWAY)
# Whether a term can be of more words (64 bytes of a binary are one) than `limit`, by what its process has: cheaper than
# to look. A term that shares parts may be larger; it is then worked on at one go. Literals lie elsewhere and always can.
cdef inline bint may_exceed(Process* p, Term t, size_t limit) noexcept nogil:
    if not term_is_pointer(t):
        return False
    return (p.mem.block_words + p.mem.old_words + p.mem.fragment_words
            + ((p.mem.heap.off_heap_bytes + p.mem.old_off_heap_bytes) >> 6) > limit or term_is_literal(t))
cdef inline Term away(Process* p) noexcept nogil:
    p.freason = TRAP_AWAY
    return 0

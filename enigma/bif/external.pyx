"""The BIFs of the external term format: term_to_binary, binary_to_term, external_size and their kin.

Invariant: option lists are read to the end before anything is done; an unknown option is badarg.

Read next: term/external.pxd.
"""
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport AM_badopt, AM_compressed, AM_deterministic, AM_minor_version, AM_safe, AM_used
from enigma.term.bits cimport binary_bytes, binary_from_bytes
from enigma.term.external cimport (EXT_DETERMINISTIC, EXT_LONG_PORTS, EXT_MINOR_0, EXT_MINOR_2, EXT_SAFE, ExternalBuffer,
                                   external_decode, external_encode, external_hooks, external_set_context,
                                   external_size)
from enigma.term.number cimport integer_from_u64
from enigma.process.process cimport *
from enigma.process.settings cimport VMSettings
from enigma.bif.errors cimport LONG_WORK, away, long_work, may_exceed, badarg, badarg_cause, fail, fail_reason
from enigma.memory.heap cimport term_exceeds
from enigma.code.module cimport CodeTables, bif_register, export_find

cdef enum:
    BYTES_PER_REDUCTION = 64
    LONG_WORDS = 500000           # more is encoded, and
    LONG_BYTES = 4000000          # more is decoded off the schedulers: some milliseconds
    COMPRESSED = 80
    LEVEL_DEFAULT = 6
    B2T_SAFE = 1
    B2T_USED = 2


# --- options ------------------------------------------------------------------------------------------

cdef bint pair_option(Term t, Term name, int64_t least, int64_t most, int64_t* value) noexcept nogil:
    cdef Term v
    if not term_is_tuple_of(t, 2) or tuple_elements(t)[0] != name:
        return False
    v = tuple_elements(t)[1]
    if not term_is_small(v) or small_value(v) < least or small_value(v) > most:
        return False
    value[0] = small_value(v)
    return True


# What the format is without options: since OTP 26 atoms are written as UTF-8, and ports with 64 bits.
cdef inline int usual_flags(Process* p) noexcept nogil:
    return 0 if (<VMSettings*>p.vm.runtime).release_number < 26 else EXT_MINOR_2 | EXT_LONG_PORTS


# Of term_to_binary (and with sizes_only of external_size); -1 for a bad list.
cdef int encode_options(Process* p, Term t, bint sizes_only) noexcept nogil:
    cdef int flags = usual_flags(p)
    cdef int level = 0
    cdef int64_t v
    cdef Term option
    while term_is_list(t):
        option = list_head(t)
        t = list_tail(t)
        if pair_option(option, AM_minor_version, 0, 1 if sizes_only else 2, &v):
            flags &= ~(EXT_MINOR_0 | EXT_MINOR_2)
            if v == 0:
                flags |= EXT_MINOR_0
            elif v == 2:
                flags |= EXT_MINOR_2
        elif sizes_only:
            return -1
        elif option == AM_compressed:
            level = LEVEL_DEFAULT
        elif option == AM_deterministic:
            flags |= EXT_DETERMINISTIC
        elif pair_option(option, AM_compressed, 0, 9, &v):
            level = <int>v
        else:
            return -1
    return flags | level if term_is_nil(t) else -1


# --- encoding -----------------------------------------------------------------------------------------

# True if a term should be encoded, or measured, off the schedulers. Compressing costs some ten times as much.
cdef inline bint large(Process* p, Term t, int flags) noexcept nogil:
    cdef size_t limit = LONG_WORDS // 8 if flags & 0xF else LONG_WORDS
    return may_exceed(p, t, limit) and long_work(p, LONG_WORK + 1) and term_exceeds(t, limit)


cdef Term to_binary(Process* p, Term t, int flags) noexcept nogil:
    cdef ExternalBuffer out
    cdef Term reason, result
    if flags < 0:
        return badarg(p)
    if large(p, t, flags):
        return away(p)
    out.data = NULL
    out.size = 0
    out.capacity = 0
    if not external_encode(&out, t, flags, True, &reason):
        free(out.data)
        return fail_reason(p, reason)
    charge(p, <int64_t>(1 + out.size / BYTES_PER_REDUCTION))
    result = binary_from_bytes(proc_heap(p), out.data, out.size)
    free(out.data)
    return result if result != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term term_to_binary_1(void* proc, Term* args) noexcept nogil:
    return to_binary(<Process*>proc, args[0], usual_flags(<Process*>proc))


cdef Term term_to_binary_2(void* proc, Term* args) noexcept nogil:
    return to_binary(<Process*>proc, args[0], encode_options(<Process*>proc, args[1], False))


cdef Term to_iovec(Process* p, Term t, int flags) noexcept nogil:
    cdef Term* cell
    cdef Term binary = to_binary(p, t, flags)
    if binary == 0:
        return 0
    cell = proc_alloc(p, 2)
    return cons(cell, binary, nil()) if cell != NULL else fail(p, EXC_SYSTEM_LIMIT)


cdef Term term_to_iovec_1(void* proc, Term* args) noexcept nogil:
    return to_iovec(<Process*>proc, args[0], usual_flags(<Process*>proc))


cdef Term term_to_iovec_2(void* proc, Term* args) noexcept nogil:
    return to_iovec(<Process*>proc, args[0], encode_options(<Process*>proc, args[1], False))


cdef Term size_of(Process* p, Term t, int flags) noexcept nogil:
    cdef uint64_t size
    cdef Term result
    if flags < 0:
        return badarg(p)
    if large(p, t, 0):
        return away(p)
    size = external_size(t, flags)
    if size == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    charge(p, <int64_t>(1 + size / BYTES_PER_REDUCTION))
    result = integer_from_u64(proc_heap(p), size)
    return result if result != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term external_size_1(void* proc, Term* args) noexcept nogil:
    return size_of(<Process*>proc, args[0], usual_flags(<Process*>proc))


cdef Term external_size_2(void* proc, Term* args) noexcept nogil:
    return size_of(<Process*>proc, args[0], encode_options(<Process*>proc, args[1], True))


# --- decoding -----------------------------------------------------------------------------------------

cdef void* hook_export_find(void* ctx, Term module, Term function, unsigned int arity) noexcept nogil:
    return export_find(<CodeTables*>ctx, module, function, arity) if ctx != NULL else NULL


cdef Term to_term(Process* p, Term binary, int options) noexcept nogil:
    cdef const uint8_t* data
    cdef uint8_t* temp
    cdef size_t size, used
    cdef Term reason, t
    cdef Term* pair
    if not binary_bytes(binary, &data, &size, &temp):
        return badarg(p)
    if size > LONG_BYTES // 16 and long_work(p, LONG_WORK + 1) and (size > LONG_BYTES or data[1] == COMPRESSED):
        free(temp)
        return away(p)
    external_set_context(p.vm.code)
    t = external_decode(proc_heap(p), data, size, EXT_SAFE if options & B2T_SAFE else 0, True, &used, &reason)
    free(temp)
    charge(p, <int64_t>(1 + size / BYTES_PER_REDUCTION))
    if t == 0:
        return fail_reason(p, reason)
    if not options & B2T_USED:
        return t
    pair = proc_alloc(p, 3)
    if pair == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    pair[0] = make_header(T_TUPLE, 2)
    pair[1] = t
    pair[2] = make_small(<int64_t>used)
    return make_boxed(pair)


cdef Term binary_to_term_1(void* proc, Term* args) noexcept nogil:
    return to_term(<Process*>proc, args[0], 0)


cdef Term binary_to_term_2(void* proc, Term* args) noexcept nogil:
    cdef int options = 0
    cdef Term t = args[1]
    while term_is_list(t):
        if list_head(t) == AM_safe:
            options |= B2T_SAFE
        elif list_head(t) == AM_used:
            options |= B2T_USED
        else:
            return badarg_cause(<Process*>proc, AM_badopt)
        t = list_tail(t)
    if not term_is_nil(t):
        return badarg_cause(<Process*>proc, AM_badopt)
    return to_term(<Process*>proc, args[0], options)


external_hooks().export_find = hook_export_find

bif_register(b"erlang", b"term_to_binary", 1, term_to_binary_1, 0)
bif_register(b"erlang", b"term_to_binary", 2, term_to_binary_2, 0)
bif_register(b"erlang", b"term_to_iovec", 1, term_to_iovec_1, 0)
bif_register(b"erlang", b"term_to_iovec", 2, term_to_iovec_2, 0)
bif_register(b"erlang", b"external_size", 1, external_size_1, 0)
bif_register(b"erlang", b"external_size", 2, external_size_2, 0)
bif_register(b"erlang", b"binary_to_term", 1, binary_to_term_1, 0)
bif_register(b"erlang", b"binary_to_term", 2, binary_to_term_2, 0)

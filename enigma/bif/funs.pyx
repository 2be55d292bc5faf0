"""Funs as data: fun_info, fun_to_list, make_fun; and hashes of terms (phash, phash2)."""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from enigma.term.am cimport *
from enigma.term.boxed cimport *
from enigma.term.compare cimport term_phash, term_phash2
from enigma.term.core cimport en_loadp_acq
from enigma.term.counts cimport counter_sum
from enigma.term.bits cimport binary_from_bytes
from enigma.term.number cimport integer_from_u64, integer_to_u64
from enigma.term.text cimport *
from enigma.memory.heap cimport term_exceeds, term_flat_size
from enigma.code.module cimport *
from enigma.code.loader cimport code_fun_held
from enigma.bif.errors cimport *


cdef Term two(Process* p, Term a, Term b) noexcept nogil:
    cdef Term* to = proc_alloc(p, 3)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    to[0] = make_header(T_TUPLE, 2)
    to[1] = a
    to[2] = b
    return make_boxed(to)


# The function that holds a fun's code: -M/0-fun-0- and so on; AM_undefined when its module is not loaded.
cdef Term fun_name(Process* p, FunEntry* entry) noexcept nogil:
    cdef ModuleInstance* instance
    cdef FunctionInfo* function
    cdef word* address = <word*>en_loadp_acq(<void**>&entry.address)
    if code_locate(p.vm.code, address, &instance, &function) and function != NULL:
        return function.function
    return nil()                            # its code is gone, or going


cdef Term fun_info_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term what = args[1], value = AM_undefined
    cdef Fun* fun
    cdef FunEntry* entry
    cdef Export* export
    cdef Term* cell
    cdef uint32_t i
    if not term_is_fun(args[0]):
        return badarg(p)
    if boxed_kind(args[0]) == T_EXPORT:
        export = <Export*>export_fun_target(args[0])
        if what == AM_type:
            value = AM_external
        elif what == AM_module:
            value = export.module
        elif what == AM_name:
            value = export.function
        elif what == AM_arity:
            value = make_small(export.arity)
        elif what == AM_env:
            value = nil()
        elif what != AM_pid and what != AM_new_index and what != AM_new_uniq and what != AM_index \
                and what != AM_uniq and what != AM_refc:
            return badarg(p)
        return two(p, what, value)
    fun = <Fun*>boxed_ptr(args[0])
    entry = <FunEntry*>fun.entry
    if what == AM_type:
        value = AM_local
    elif what == AM_module:
        value = entry.module
    elif what == AM_name:
        value = fun_name(p, entry)
    elif what == AM_arity:
        value = make_small(fun.arity)
    elif what == AM_pid:
        value = fun.creator
    elif what == AM_new_index:
        value = make_small(entry.index)
    elif what == AM_new_uniq:
        value = fun_identity(p, entry.uniq)
    elif what == AM_index:
        value = make_small(<int64_t>entry.old_index)
    elif what == AM_uniq:
        value = integer_from_u64(proc_heap(p), entry.old_uniq)
    elif what == AM_refc:
        value = make_small(counter_sum(&entry.counted) + code_fun_held(p.vm.code, entry))
    elif what == AM_env:
        value = nil()
        i = fun.free
        if i > 0:
            cell = proc_alloc(p, 2 * i)
            if cell == NULL:
                return fail(p, EXC_SYSTEM_LIMIT)
            while i > 0:
                i -= 1
                value = cons(cell, fun_env(args[0])[i], value)
                cell += 2
    else:
        return badarg(p)
    if value == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    return two(p, what, value)


# A fun's 16-byte identity as fun_info shows it: a binary.
cdef Term fun_identity(Process* p, const uint8_t* uniq) noexcept nogil:
    return binary_from_bytes(proc_heap(p), uniq, 16)


cdef Term fun_info_mfa_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term* to
    cdef Term module, name
    cdef int64_t arity
    if not term_is_fun(args[0]):
        return badarg(p)
    if boxed_kind(args[0]) == T_EXPORT:
        module = (<Export*>export_fun_target(args[0])).module
        name = (<Export*>export_fun_target(args[0])).function
        arity = (<Export*>export_fun_target(args[0])).arity
    else:
        module = (<FunEntry*>(<Fun*>boxed_ptr(args[0])).entry).module
        name = fun_name(p, <FunEntry*>(<Fun*>boxed_ptr(args[0])).entry)
        arity = (<Fun*>boxed_ptr(args[0])).arity
    to = proc_alloc(p, 4)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    to[0] = make_header(T_TUPLE, 3)
    to[1] = module
    to[2] = name
    to[3] = make_small(arity)
    return make_boxed(to)


cdef Term fun_to_list_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef TextBuffer text
    cdef Term list_ = nil()
    cdef Term* cell
    cdef size_t i
    if not term_is_fun(args[0]):
        return badarg(p)
    text_init(&text)
    if not text_put_term(&text, args[0], 1000):
        text_free(&text)
        return fail(p, EXC_SYSTEM_LIMIT)
    cell = proc_alloc(p, 2 * text.size)
    if cell == NULL:
        text_free(&text)
        return fail(p, EXC_SYSTEM_LIMIT)
    i = text.size
    while i > 0:
        i -= 1
        list_ = cons(cell, make_small(text.data[i]), list_)
        cell += 2
    text_free(&text)
    return list_


cdef Term make_fun_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term* to
    if not term_is_atom(args[0]) or not term_is_atom(args[1]) or not term_is_small(args[2]) \
            or small_value(args[2]) < 0 or small_value(args[2]) > MAX_ARITY:
        return badarg(p)
    to = proc_alloc(p, 2)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    to[0] = make_header(T_EXPORT, 1)
    to[1] = <Term>export_get(p.vm.code, args[0], args[1], <uint32_t>small_value(args[2]))
    return make_boxed(to)


cdef enum:
    LONG_WORDS = 500000             # a term of more is hashed off the schedulers


# Takes care of a large term: False if the BIF must go away first.
cdef inline bint ready_to_hash(Process* p, Term t) noexcept nogil:
    if not may_exceed(p, t, LONG_WORDS) or not term_exceeds(t, LONG_WORDS):
        return True
    if long_work(p, LONG_WORK + 1):
        return False
    charge(p, <int64_t>(term_flat_size(t) >> 6))
    return True


cdef Term phash2_1(void* proc, Term* args) noexcept nogil:
    if not ready_to_hash(<Process*>proc, args[0]):
        return away(<Process*>proc)
    return make_small(term_phash2(args[0]) & ((1 << 27) - 1))


cdef Term hash_range(Process* p, Term range_, uint64_t* out) noexcept nogil:     # 0: badarg set
    if not term_is_integer(range_):
        return badarg(p)
    if not integer_to_u64(range_, out) or out[0] == 0 or out[0] > (<uint64_t>1 << 32):
        return badarg(p)
    return AM_ok


cdef Term phash2_2(void* proc, Term* args) noexcept nogil:
    cdef uint64_t range_
    if hash_range(<Process*>proc, args[1], &range_) == 0:
        return 0
    if not ready_to_hash(<Process*>proc, args[0]):
        return away(<Process*>proc)
    return make_small(<int64_t>(<uint64_t>term_phash2(args[0]) % range_))


cdef Term phash_2(void* proc, Term* args) noexcept nogil:
    cdef uint64_t range_
    if hash_range(<Process*>proc, args[1], &range_) == 0:
        return 0
    if not ready_to_hash(<Process*>proc, args[0]):
        return away(<Process*>proc)
    return make_small(1 + <int64_t>(<uint64_t>term_phash(args[0]) % range_))


bif_register(b"erlang", b"fun_info", 2, fun_info_2, 0)
bif_register(b"erlang", b"fun_info_mfa", 1, fun_info_mfa_1, 0)
bif_register(b"erlang", b"fun_to_list", 1, fun_to_list_1, 0)
bif_register(b"erlang", b"make_fun", 3, make_fun_3, 0)
bif_register(b"erlang", b"phash2", 1, phash2_1, 0)
bif_register(b"erlang", b"phash2", 2, phash2_2, 0)
bif_register(b"erlang", b"phash", 2, phash_2, 0)

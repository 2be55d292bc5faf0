"""Operators as BIFs: arithmetic, comparison, boolean logic and rounding.

The loop runs most of them as instructions of their own; these serve apply, captured functions and the
generic bif instructions. None collects. Read next: term/number.pxd, term/compare.pxd.
"""
from libc.stdint cimport uint64_t
from libc.math cimport ceil as c_ceil, fabs, floor as c_floor, round as c_round, trunc as c_trunc
from enigma.term.am cimport *
from enigma.term.boxed cimport float_value, make_float
from enigma.term.compare cimport term_compare, term_equal, term_hooks, term_identical
from enigma.term.number cimport *
from enigma.code.module cimport bif_register, BIF_GUARD
from enigma.bif.errors cimport *
from enigma.emulator.exception cimport BIF_CONTROL


cdef inline Term boolean(bint b) noexcept nogil:
    return AM_true if b else AM_false


cdef inline bint is_boolean(Term t) noexcept nogil:
    return t == AM_true or t == AM_false


cdef Term add_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_add(proc_heap(p), args[0], args[1], &reason)
    return result if result else fail_reason(p, reason)


cdef Term sub_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_sub(proc_heap(p), args[0], args[1], &reason)
    return result if result else fail_reason(p, reason)


cdef Term mul_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_mul(proc_heap(p), args[0], args[1], &reason)
    return result if result else fail_reason(p, reason)


cdef Term fdiv_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_fdiv(proc_heap(p), args[0], args[1], &reason)
    return result if result else fail_reason(p, reason)


cdef Term div_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_div(proc_heap(p), args[0], args[1], &reason)
    return result if result else fail_reason(p, reason)


cdef Term rem_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_rem(proc_heap(p), args[0], args[1], &reason)
    return result if result else fail_reason(p, reason)


cdef Term band_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_band(proc_heap(p), args[0], args[1], &reason)
    return result if result else fail_reason(p, reason)


cdef Term bor_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_bor(proc_heap(p), args[0], args[1], &reason)
    return result if result else fail_reason(p, reason)


cdef Term bxor_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_bxor(proc_heap(p), args[0], args[1], &reason)
    return result if result else fail_reason(p, reason)


cdef Term bsl_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_bsl(proc_heap(p), args[0], args[1], &reason)
    return result if result else fail_reason(p, reason)


cdef Term bsr_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_bsr(proc_heap(p), args[0], args[1], &reason)
    return result if result else fail_reason(p, reason)


cdef Term neg_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_neg(proc_heap(p), args[0], &reason)
    return result if result else fail_reason(p, reason)


cdef Term bnot_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0
    cdef Term result = number_bnot(proc_heap(p), args[0], &reason)
    return result if result else fail_reason(p, reason)


cdef Term plus_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if term_is_number(args[0]):
        return args[0]
    return fail(p, EXC_BADARITH)


cdef Term eq_2(void* proc, Term* args) noexcept nogil:
    return boolean(term_equal(args[0], args[1]))


cdef Term ne_2(void* proc, Term* args) noexcept nogil:
    return boolean(not term_equal(args[0], args[1]))


cdef Term eq_exact_2(void* proc, Term* args) noexcept nogil:
    return boolean(term_identical(args[0], args[1]))


cdef Term ne_exact_2(void* proc, Term* args) noexcept nogil:
    return boolean(not term_identical(args[0], args[1]))


cdef Term lt_2(void* proc, Term* args) noexcept nogil:
    return boolean(term_compare(args[0], args[1]) < 0)


cdef Term gt_2(void* proc, Term* args) noexcept nogil:
    return boolean(term_compare(args[0], args[1]) > 0)


cdef Term le_2(void* proc, Term* args) noexcept nogil:
    return boolean(term_compare(args[0], args[1]) <= 0)


cdef Term ge_2(void* proc, Term* args) noexcept nogil:
    return boolean(term_compare(args[0], args[1]) >= 0)


cdef Term and_2(void* proc, Term* args) noexcept nogil:
    if not (is_boolean(args[0]) and is_boolean(args[1])):
        return badarg(<Process*>proc)
    return boolean(args[0] == AM_true and args[1] == AM_true)


cdef Term or_2(void* proc, Term* args) noexcept nogil:
    if not (is_boolean(args[0]) and is_boolean(args[1])):
        return badarg(<Process*>proc)
    return boolean(args[0] == AM_true or args[1] == AM_true)


cdef Term xor_2(void* proc, Term* args) noexcept nogil:
    if not (is_boolean(args[0]) and is_boolean(args[1])):
        return badarg(<Process*>proc)
    return boolean(args[0] != args[1])


cdef Term not_1(void* proc, Term* args) noexcept nogil:
    if not is_boolean(args[0]):
        return badarg(<Process*>proc)
    return boolean(args[0] == AM_false)


# Functions of erlang.erl up to OTP 25, BIFs since: the first of equals.
cdef Term min_2(void* proc, Term* args) noexcept nogil:
    return args[0] if term_compare(args[0], args[1]) <= 0 else args[1]


cdef Term max_2(void* proc, Term* args) noexcept nogil:
    return args[0] if term_compare(args[0], args[1]) >= 0 else args[1]


cdef Term abs_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason = 0, result
    cdef Term* cell
    if term_is_float(args[0]):
        if float_value(args[0]) > 0 or (float_value(args[0]) == 0 and not term_hooks().signed_zeros):
            return args[0]                   # before OTP 27 -0.0 too stays what it is
        cell = proc_alloc(p, 2)
        if cell == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        return make_float(cell, fabs(float_value(args[0])))
    if not term_is_integer(args[0]):
        return badarg(p)
    if not integer_is_negative(args[0]):
        return args[0]
    result = number_neg(proc_heap(p), args[0], &reason)
    return result if result else fail_reason(p, reason)


cdef Term float_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef double d
    cdef Term* cell
    if term_is_float(args[0]):
        return args[0]
    if not term_is_integer(args[0]) or not integer_to_double(args[0], &d):
        return badarg(p)
    cell = proc_alloc(p, 2)
    if cell == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    return make_float(cell, d)


cdef inline Term rounded(Process* p, Term t, double d) noexcept nogil:
    cdef Term result = integer_from_double(proc_heap(p), d)
    return result if result else fail(p, EXC_SYSTEM_LIMIT)


cdef Term ceil_1(void* proc, Term* args) noexcept nogil:
    if term_is_integer(args[0]):
        return args[0]
    if not term_is_float(args[0]):
        return badarg(<Process*>proc)
    return rounded(<Process*>proc, args[0], c_ceil(float_value(args[0])))


cdef Term floor_1(void* proc, Term* args) noexcept nogil:
    if term_is_integer(args[0]):
        return args[0]
    if not term_is_float(args[0]):
        return badarg(<Process*>proc)
    return rounded(<Process*>proc, args[0], c_floor(float_value(args[0])))


cdef Term round_1(void* proc, Term* args) noexcept nogil:
    if term_is_integer(args[0]):
        return args[0]
    if not term_is_float(args[0]):
        return badarg(<Process*>proc)
    return rounded(<Process*>proc, args[0], c_round(float_value(args[0])))


cdef Term trunc_1(void* proc, Term* args) noexcept nogil:
    if term_is_integer(args[0]):
        return args[0]
    if not term_is_float(args[0]):
        return badarg(<Process*>proc)
    return rounded(<Process*>proc, args[0], c_trunc(float_value(args[0])))


bif_register(b"erlang", b"+", 2, add_2, BIF_GUARD)
bif_register(b"erlang", b"-", 2, sub_2, BIF_GUARD)
bif_register(b"erlang", b"*", 2, mul_2, BIF_GUARD)
bif_register(b"erlang", b"/", 2, fdiv_2, BIF_GUARD)
bif_register(b"erlang", b"div", 2, div_2, BIF_GUARD)
bif_register(b"erlang", b"rem", 2, rem_2, BIF_GUARD)
bif_register(b"erlang", b"band", 2, band_2, BIF_GUARD)
bif_register(b"erlang", b"bor", 2, bor_2, BIF_GUARD)
bif_register(b"erlang", b"bxor", 2, bxor_2, BIF_GUARD)
bif_register(b"erlang", b"bsl", 2, bsl_2, BIF_GUARD)
bif_register(b"erlang", b"bsr", 2, bsr_2, BIF_GUARD)
bif_register(b"erlang", b"-", 1, neg_1, BIF_GUARD)
bif_register(b"erlang", b"bnot", 1, bnot_1, BIF_GUARD)
bif_register(b"erlang", b"+", 1, plus_1, BIF_GUARD)   # compiled code adds 0 instead: no BIF in the trace
bif_register(b"erlang", b"==", 2, eq_2, BIF_GUARD)
bif_register(b"erlang", b"/=", 2, ne_2, BIF_GUARD)
bif_register(b"erlang", b"=:=", 2, eq_exact_2, BIF_GUARD)
bif_register(b"erlang", b"=/=", 2, ne_exact_2, BIF_GUARD)
bif_register(b"erlang", b"<", 2, lt_2, BIF_GUARD)
bif_register(b"erlang", b">", 2, gt_2, BIF_GUARD)
bif_register(b"erlang", b"=<", 2, le_2, BIF_GUARD)
bif_register(b"erlang", b">=", 2, ge_2, BIF_GUARD)
bif_register(b"erlang", b"and", 2, and_2, BIF_GUARD)
bif_register(b"erlang", b"or", 2, or_2, BIF_GUARD)
bif_register(b"erlang", b"xor", 2, xor_2, BIF_GUARD)
bif_register(b"erlang", b"not", 1, not_1, BIF_GUARD)
bif_register(b"erlang", b"min", 2, min_2, BIF_GUARD)
bif_register(b"erlang", b"max", 2, max_2, BIF_GUARD)
bif_register(b"erlang", b"abs", 1, abs_1, BIF_GUARD)
bif_register(b"erlang", b"float", 1, float_1, BIF_GUARD)
bif_register(b"erlang", b"ceil", 1, ceil_1, BIF_GUARD)
bif_register(b"erlang", b"floor", 1, floor_1, BIF_GUARD)
bif_register(b"erlang", b"round", 1, round_1, BIF_GUARD)
bif_register(b"erlang", b"trunc", 1, trunc_1, BIF_GUARD)

"""The module `math`: libm with Erlang's errors (a result that is no finite number is badarith)."""
from libc cimport math as m
from libc.math cimport isfinite
from enigma.term.boxed cimport float_value, make_float
from enigma.term.number cimport integer_to_double
from enigma.code.module cimport bif_register
from enigma.bif.errors cimport *


cdef inline bint number_of(Term t, double* d) noexcept nogil:
    if term_is_float(t):
        d[0] = float_value(t)
        return True
    return term_is_integer(t) and integer_to_double(t, d)


# An integer beyond the range of floats is badarith, anything else that is no number badarg.
cdef Term refuse(Process* p, Term t) noexcept nogil:
    return fail(p, EXC_BADARITH if term_is_integer(t) else EXC_BADARG)


cdef Term result_of(Process* p, double d) noexcept nogil:
    cdef Term* to
    if not isfinite(d):
        return fail(p, EXC_BADARITH)
    to = proc_alloc(p, 2)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    return make_float(to, d)


cdef Term acos_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.acos(a))


cdef Term acosh_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.acosh(a))


cdef Term asin_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.asin(a))


cdef Term asinh_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.asinh(a))


cdef Term atan_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.atan(a))


cdef Term atanh_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.atanh(a))


cdef Term ceil_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.ceil(a))


cdef Term cos_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.cos(a))


cdef Term cosh_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.cosh(a))


cdef Term erf_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.erf(a))


cdef Term erfc_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.erfc(a))


cdef Term exp_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.exp(a))


cdef Term floor_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.floor(a))


cdef Term log_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.log(a))


cdef Term log10_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.log10(a))


cdef Term log2_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.log2(a))


cdef Term sin_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.sin(a))


cdef Term sinh_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.sinh(a))


cdef Term sqrt_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.sqrt(a))


cdef Term tan_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.tan(a))


cdef Term tanh_1(void* proc, Term* args) noexcept nogil:
    cdef double a
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    return result_of(<Process*>proc, m.tanh(a))


cdef Term atan2_2(void* proc, Term* args) noexcept nogil:
    cdef double a, b
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    if not number_of(args[1], &b):
        return refuse(<Process*>proc, args[1])
    return result_of(<Process*>proc, m.atan2(a, b))


cdef Term fmod_2(void* proc, Term* args) noexcept nogil:
    cdef double a, b
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    if not number_of(args[1], &b):
        return refuse(<Process*>proc, args[1])
    return result_of(<Process*>proc, m.fmod(a, b))


cdef Term pow_2(void* proc, Term* args) noexcept nogil:
    cdef double a, b
    if not number_of(args[0], &a):
        return refuse(<Process*>proc, args[0])
    if not number_of(args[1], &b):
        return refuse(<Process*>proc, args[1])
    return result_of(<Process*>proc, m.pow(a, b))


bif_register(b"math", b"acos", 1, acos_1, 0)
bif_register(b"math", b"acosh", 1, acosh_1, 0)
bif_register(b"math", b"asin", 1, asin_1, 0)
bif_register(b"math", b"asinh", 1, asinh_1, 0)
bif_register(b"math", b"atan", 1, atan_1, 0)
bif_register(b"math", b"atanh", 1, atanh_1, 0)
bif_register(b"math", b"ceil", 1, ceil_1, 0)
bif_register(b"math", b"cos", 1, cos_1, 0)
bif_register(b"math", b"cosh", 1, cosh_1, 0)
bif_register(b"math", b"erf", 1, erf_1, 0)
bif_register(b"math", b"erfc", 1, erfc_1, 0)
bif_register(b"math", b"exp", 1, exp_1, 0)
bif_register(b"math", b"floor", 1, floor_1, 0)
bif_register(b"math", b"log", 1, log_1, 0)
bif_register(b"math", b"log10", 1, log10_1, 0)
bif_register(b"math", b"log2", 1, log2_1, 0)
bif_register(b"math", b"sin", 1, sin_1, 0)
bif_register(b"math", b"sinh", 1, sinh_1, 0)
bif_register(b"math", b"sqrt", 1, sqrt_1, 0)
bif_register(b"math", b"tan", 1, tan_1, 0)
bif_register(b"math", b"tanh", 1, tanh_1, 0)
bif_register(b"math", b"atan2", 2, atan2_2, 0)
bif_register(b"math", b"fmod", 2, fmod_2, 0)
bif_register(b"math", b"pow", 2, pow_2, 0)

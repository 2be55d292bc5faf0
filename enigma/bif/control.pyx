"""BIFs that change the flow of control: apply, error, exit, throw, raise, hibernate, yield.

They return 0 with a request for the loop (TRAP_), or with an exception. The error family is registered
with BIF_CONTROL: the stack trace begins at the caller, not at the BIF.

Read next: emulator/exception.pxd.
"""
from libc.stdint cimport uint64_t
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.code.module cimport bif_register
from enigma.process.process cimport *
from enigma.bif.errors cimport badarg, fail, fail_value
from enigma.emulator.exception cimport *


cdef Term apply_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    p.trap_args[0] = args[0]
    p.trap_args[1] = args[1]
    p.trap_arity = 2
    return fail(p, TRAP_APPLY_FUN)


cdef Term apply_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    p.trap_args[0] = args[0]
    p.trap_args[1] = args[1]
    p.trap_args[2] = args[2]
    p.trap_arity = 3
    return fail(p, TRAP_APPLY)


cdef Term error_1(void* proc, Term* args) noexcept nogil:
    return fail_value(<Process*>proc, EXC_ERROR, args[0])


cdef Term reason_and_args(Process* p, Term reason, Term arguments) noexcept nogil:
    """error with the arguments of the calling function, which enter the first entry of the trace."""
    cdef Term* q = proc_alloc(p, 3)
    if q == NULL:
        return fail_value(p, EXC_ERROR, reason)
    q[0] = make_header(T_TUPLE, 2)
    q[1] = reason
    q[2] = arguments
    return fail_value(p, EXC_ERROR | EXF_ARGLIST, make_boxed(q))


cdef Term error_2(void* proc, Term* args) noexcept nogil:
    return reason_and_args(<Process*>proc, args[0], args[1])


cdef Term error_3(void* proc, Term* args) noexcept nogil:
    # Options that are not [{error_info, Map}] count as none.
    cdef Process* p = <Process*>proc
    cdef Term options = args[2]
    cdef Term info = 0
    cdef Term* q
    while term_is_list(options):
        if not term_is_tuple_of(list_head(options), 2):
            break
        q = tuple_elements(list_head(options))
        if q[0] != AM_error_info or not term_is_map(q[1]):
            break
        info = q[1]
        options = list_tail(options)
    if options != nil() or info == 0:
        return reason_and_args(p, args[0], args[1])
    q = proc_alloc(p, 4)
    if q == NULL:
        return fail_value(p, EXC_ERROR, args[0])
    q[0] = make_header(T_TUPLE, 3)
    q[1] = args[0]
    q[2] = args[1]
    q[3] = info
    return fail_value(p, EXC_ERROR | EXF_ARGLIST | EXF_EXT_INFO, make_boxed(q))


cdef Term exit_1(void* proc, Term* args) noexcept nogil:
    return fail_value(<Process*>proc, EXC_EXIT, args[0])


cdef Term throw_1(void* proc, Term* args) noexcept nogil:
    return fail_value(<Process*>proc, EXC_THROW, args[0])


# One entry of a stack trace in the form that raise/3 takes, completed; 0 if it is none. Allocates.
cdef Term trace_entry(Process* p, Term t) noexcept nogil:
    cdef Term* q
    cdef Term* r
    cdef Term where = nil()
    cdef word n, i
    if not term_is_tuple(t):
        return 0
    q = tuple_elements(t)
    n = tuple_arity(t)
    if n == 2:
        if not term_is_fun(q[0]):
            return 0
    elif n == 3 and term_is_fun(q[0]):
        where = q[2]
    elif n == 3 or n == 4:
        if not term_is_atom(q[0]) or not term_is_atom(q[1]):
            return 0
        if n == 4:
            where = q[3]
    else:
        return 0
    if where != nil() and not term_is_list(where):
        return 0
    if n == 4 or (n == 3 and term_is_fun(q[0])):
        return t
    r = proc_alloc(p, n + 2)
    if r == NULL:
        return 0
    r[0] = make_header(T_TUPLE, n + 1)
    for i in range(n):
        r[1 + i] = q[i]
    r[1 + n] = nil()
    return make_boxed(r)


cdef Term raise_3(void* proc, Term* args) noexcept nogil:
    # Bad arguments are no error here: the value is the atom badarg.
    cdef Process* p = <Process*>proc
    cdef word code
    cdef Term list_ = args[2]
    cdef Term head = nil()
    cdef Term* tail = &head
    cdef Term* q
    cdef Term item
    cdef word left = trace_depth(p.vm)
    if args[0] == AM_error:
        code = raise_again_code(CLASS_ERROR)
    elif args[0] == AM_exit:
        code = raise_again_code(CLASS_EXIT)
    elif args[0] == AM_throw:
        code = raise_again_code(CLASS_THROW)
    else:
        return AM_badarg
    if left == 0:
        left = 1
    while term_is_list(list_):
        item = trace_entry(p, list_head(list_))
        if item == 0:
            return AM_badarg
        if left > 0:
            q = proc_alloc(p, 2)
            if q == NULL:
                return AM_badarg
            tail[0] = cons(q, item, nil())
            tail = q + 1
            left -= 1
        list_ = list_tail(list_)
    if list_ != nil():
        return AM_badarg
    p.ftrace = trace_given(p, code, head)
    return fail_value(p, code, args[1])


cdef Term hibernate_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term rest = args[2]
    cdef int n = 0
    while term_is_list(rest) and n <= X_REGISTERS:
        rest = list_tail(rest)
        n += 1
    if not term_is_atom(args[0]) or not term_is_atom(args[1]) or (rest != nil() and n <= X_REGISTERS):
        return badarg(p)
    if n > X_REGISTERS:
        return fail(p, EXC_SYSTEM_LIMIT)
    p.trap_args[0] = args[0]
    p.trap_args[1] = args[1]
    p.trap_args[2] = args[2]
    p.trap_arity = 3
    return fail(p, TRAP_HIBERNATE)


cdef Term yield_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if p.reductions_left > 0:           # given up, not used
        p.reductions_done -= <uint64_t>p.reductions_left
        p.reductions_left = 0
    return AM_true


bif_register(b"erlang", b"apply", 2, apply_2, BIF_CONTROL)
bif_register(b"erlang", b"apply", 3, apply_3, BIF_CONTROL)
bif_register(b"erlang", b"error", 1, error_1, BIF_CONTROL)
bif_register(b"erlang", b"error", 2, error_2, BIF_CONTROL)
bif_register(b"erlang", b"error", 3, error_3, BIF_CONTROL)
bif_register(b"erlang", b"exit", 1, exit_1, BIF_CONTROL)
bif_register(b"erlang", b"throw", 1, throw_1, BIF_CONTROL)
bif_register(b"erlang", b"raise", 3, raise_3, BIF_CONTROL)
bif_register(b"erlang", b"nif_error", 1, error_1, 0)
bif_register(b"erlang", b"nif_error", 2, error_2, 0)
bif_register(b"erlang", b"hibernate", 3, hibernate_3, 0)
bif_register(b"erlang", b"yield", 0, yield_0, 0)

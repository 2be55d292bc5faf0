"""Numbers to text and back: integer_to_list, list_to_integer, float_to_list, list_to_float and kin.

Text lies in lists of characters here; the binary forms are in binary.pyx. None collects.
"""
from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport free, malloc, realloc
from enigma.term.am cimport *
from enigma.term.boxed cimport *
from enigma.term.number cimport *
from enigma.code.module cimport bif_register
from enigma.bif.errors cimport *

cdef enum:
    LONG_DIGITS = 20000         # more are converted off the schedulers


# A list of the n bytes before `tail`; 0: no memory.
cdef Term list_from_bytes(Process* p, const char* text, size_t n, Term tail) noexcept nogil:
    cdef Term* cell
    if n == 0:
        return tail
    cell = proc_alloc(p, 2 * n)
    if cell == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    while n > 0:
        n -= 1
        tail = cons(cell, make_small(<uint8_t>text[n]), tail)
        cell += 2
    return tail


# The characters of a proper list of bytes in malloc'd memory (n is set); NULL if it is none or too long.
cdef uint8_t* bytes_from_list(Term list_, size_t* n) noexcept nogil:
    cdef size_t used = 0, capacity = 64
    cdef uint8_t* buffer = <uint8_t*>malloc(capacity)
    cdef uint8_t* larger
    while buffer != NULL and term_is_list(list_):
        if not term_is_small(list_head(list_)) or <uint64_t>small_value(list_head(list_)) > 255:
            free(buffer)
            return NULL
        if used == capacity:
            capacity *= 2
            larger = <uint8_t*>realloc(buffer, capacity)
            if larger == NULL:
                free(buffer)
                return NULL
            buffer = larger
        buffer[used] = <uint8_t>small_value(list_head(list_))
        used += 1
        list_ = list_tail(list_)
    if buffer != NULL and not term_is_nil(list_):
        free(buffer)
        return NULL
    n[0] = used
    return buffer


cdef Term integer_to_list_base(Process* p, Term t, int base) noexcept nogil:
    cdef char small_text[80]
    cdef char* text = small_text
    cdef size_t bound, n
    cdef Term result
    if not term_is_integer(t):
        return badarg(p)
    bound = integer_text_size(t, base) + 1
    if bound > LONG_DIGITS and long_work(p, LONG_WORK + 1):
        return away(p)
    if bound > sizeof(small_text):
        text = <char*>malloc(bound)
        if text == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
    n = integer_format(t, base, text)
    result = list_from_bytes(p, text, n, nil())
    if text != small_text:
        free(text)
    charge(p, <int64_t>(n >> 5))
    return result


cdef Term integer_to_list_1(void* proc, Term* args) noexcept nogil:
    return integer_to_list_base(<Process*>proc, args[0], 10)


cdef inline int base_of(Term t) noexcept nogil:      # 0: not a base
    if term_is_small(t) and 2 <= small_value(t) <= 36:
        return <int>small_value(t)
    return 0


cdef Term integer_to_list_2(void* proc, Term* args) noexcept nogil:
    if base_of(args[1]) == 0:
        return badarg(<Process*>proc)
    return integer_to_list_base(<Process*>proc, args[0], base_of(args[1]))


cdef Term list_to_integer_base(Process* p, Term list_, int base) noexcept nogil:
    cdef size_t n = 0
    cdef uint8_t* text
    cdef Term result, reason = AM_badarg
    if not term_is_list(list_):
        return badarg(p)
    text = bytes_from_list(list_, &n)
    if text == NULL:
        return badarg(p)
    if n > LONG_DIGITS and long_work(p, LONG_WORK + 1):
        free(text)
        return away(p)
    result = integer_parse(proc_heap(p), text, n, base, &reason)
    free(text)
    charge(p, <int64_t>(n >> 5))
    return result if result else fail_reason(p, reason)


cdef Term list_to_integer_1(void* proc, Term* args) noexcept nogil:
    return list_to_integer_base(<Process*>proc, args[0], 10)


cdef Term list_to_integer_2(void* proc, Term* args) noexcept nogil:
    if base_of(args[1]) == 0:
        return badarg(<Process*>proc)
    return list_to_integer_base(<Process*>proc, args[0], base_of(args[1]))


cdef Term pair(Process* p, Term a, Term b) noexcept nogil:
    cdef Term* to = proc_alloc(p, 3)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    to[0] = make_header(T_TUPLE, 2)
    to[1] = a
    to[2] = b
    return make_boxed(to)


cdef inline int64_t digit_of(Term t, int base) noexcept nogil:     # -1: no digit
    cdef int64_t c, d = -1
    if not term_is_small(t):
        return -1
    c = small_value(t)
    if 48 <= c <= 57:
        d = c - 48
    elif 65 <= c <= 90:
        d = c - 55
    elif 97 <= c <= 122:
        d = c - 87
    return d if d < base else -1


# What list_to_integer and string:list_to_integer of OTP 26 and later rest on: {Integer, Rest}, or an atom that
# says why not. `big` means that the number is beyond any integer: their Erlang code finds that out again.
cdef Term leading_integer_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term t = args[0], rest, result, reason = 0
    cdef int base = base_of(args[1])
    cdef uint8_t* text
    cdef size_t n = 0, digits = 0, i
    if base == 0:
        return AM_badarg
    if not term_is_list(t):
        return AM_no_integer if term_is_nil(t) else AM_not_a_list
    rest = t
    if list_head(rest) == make_small(43) or list_head(rest) == make_small(45):
        n = 1
        rest = list_tail(rest)
    while term_is_list(rest) and digit_of(list_head(rest), base) >= 0:
        digits += 1
        n += 1
        rest = list_tail(rest)
    if digits == 0:
        return AM_no_integer
    text = <uint8_t*>malloc(n)
    if text == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    rest = t
    for i in range(n):
        text[i] = <uint8_t>small_value(list_head(rest))
        rest = list_tail(rest)
    result = integer_parse(proc_heap(p), text, n, base, &reason)
    free(text)
    charge(p, <int64_t>(n >> 5))
    return pair(p, result, rest) if result else AM_big


# string:list_to_integer/1: {Integer, Rest} or {error, Reason}; takes the longest number at the front.
cdef Term string_list_to_integer_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term t = args[0], rest, result, reason = 0
    cdef uint8_t* text
    cdef size_t n = 0, i = 0, digits = 0
    if term_is_nil(t):
        return pair(p, AM_error, AM_no_integer)
    if not term_is_list(t):
        return pair(p, AM_error, AM_not_a_list)
    rest = t
    while term_is_list(rest) and term_is_small(list_head(rest)):
        if small_value(list_head(rest)) >= 48 and small_value(list_head(rest)) <= 57:
            digits += 1
        elif not (n == 0 and (small_value(list_head(rest)) == 43 or small_value(list_head(rest)) == 45)):
            break
        n += 1
        rest = list_tail(rest)
    if digits == 0:
        return pair(p, AM_error, AM_no_integer)
    text = <uint8_t*>malloc(n)
    if text == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    rest = t
    for i in range(n):
        text[i] = <uint8_t>small_value(list_head(rest))
        rest = list_tail(rest)
    result = integer_parse(proc_heap(p), text, n, 10, &reason)
    free(text)
    charge(p, <int64_t>(n >> 5))
    if result == 0:
        return fail_reason(p, reason)
    return pair(p, result, rest)


cdef inline int64_t char_at(Term list_) noexcept nogil:      # -1 at the end or for what is no character
    if term_is_list(list_) and term_is_small(list_head(list_)):
        return small_value(list_head(list_))
    return -1


# string:list_to_float/1: {Float, Rest} or {error, Reason}; the longest float at the front.
cdef Term string_list_to_float_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term rest = args[0], good
    cdef size_t n = 0, length = 0, digits = 0
    cdef uint8_t* text
    cdef double d
    cdef Term* to
    if term_is_nil(rest):
        return pair(p, AM_error, AM_no_float)
    if not term_is_list(rest):
        return pair(p, AM_error, AM_not_a_list)
    if char_at(rest) == 43 or char_at(rest) == 45:
        rest = list_tail(rest)
        n += 1
    while 48 <= char_at(rest) <= 57:
        rest = list_tail(rest)
        n += 1
        digits += 1
    if digits == 0 or char_at(rest) != 46:
        return pair(p, AM_error, AM_no_float)
    rest = list_tail(rest)
    n += 1
    digits = 0
    while 48 <= char_at(rest) <= 57:
        rest = list_tail(rest)
        n += 1
        digits += 1
    if digits == 0:
        return pair(p, AM_error, AM_no_float)
    length = n
    good = rest
    if char_at(rest) == 101 or char_at(rest) == 69:
        rest = list_tail(rest)
        n += 1
        if char_at(rest) == 43 or char_at(rest) == 45:
            rest = list_tail(rest)
            n += 1
        digits = 0
        while 48 <= char_at(rest) <= 57:
            rest = list_tail(rest)
            n += 1
            digits += 1
        if digits > 0:
            length = n
            good = rest
    text = <uint8_t*>malloc(length)
    if text == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    rest = args[0]
    for n in range(length):
        text[n] = <uint8_t>small_value(list_head(rest))
        rest = list_tail(rest)
    if not float_parse(text, length, &d):
        free(text)
        return pair(p, AM_error, AM_no_float)
    free(text)
    to = proc_alloc(p, 2)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    return pair(p, make_float(to, d), good)


cdef Term list_to_float_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef size_t n = 0
    cdef uint8_t* text
    cdef double d
    cdef bint good
    cdef Term* to
    if not term_is_list(args[0]):
        return badarg(p)
    text = bytes_from_list(args[0], &n)
    if text == NULL:
        return badarg(p)
    good = float_parse(text, n, &d)
    free(text)
    if not good:
        return badarg(p)
    to = proc_alloc(p, 2)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    return make_float(to, d)


cdef Term float_to_list_1(void* proc, Term* args) noexcept nogil:
    cdef char text[FLOAT_TEXT_MAX]
    cdef size_t n
    if not term_is_float(args[0]):
        return badarg(<Process*>proc)
    n = float_format(float_value(args[0]), FLOAT_SCIENTIFIC, 20, False, text)
    return list_from_bytes(<Process*>proc, text, n, nil())


cdef Term float_to_list_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char text[FLOAT_TEXT_MAX]
    cdef size_t n
    cdef int style, digits
    cdef bint compact
    if not term_is_float(args[0]) or not float_options(args[1], &style, &digits, &compact):
        return badarg(p)
    n = float_format(float_value(args[0]), style, digits, compact, text)
    if n == 0:
        return badarg(p)
    return list_from_bytes(p, text, n, nil())


bif_register(b"erlang", b"integer_to_list", 1, integer_to_list_1, 0)
bif_register(b"erlang", b"integer_to_list", 2, integer_to_list_2, 0)
bif_register(b"erlang", b"list_to_integer", 1, list_to_integer_1, 0)
bif_register(b"erlang", b"list_to_integer", 2, list_to_integer_2, 0)
bif_register(b"erts_internal", b"list_to_integer", 2, leading_integer_2, 0)
bif_register(b"string", b"list_to_integer", 1, string_list_to_integer_1, 0)
bif_register(b"string", b"list_to_float", 1, string_list_to_float_1, 0)
bif_register(b"erlang", b"list_to_float", 1, list_to_float_1, 0)
bif_register(b"erlang", b"float_to_list", 1, float_to_list_1, 0)
bif_register(b"erlang", b"float_to_list", 2, float_to_list_2, 0)

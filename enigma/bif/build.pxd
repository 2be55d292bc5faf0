"""Small constructors for BIFs: tuples, lists and strings on a process heap; 0 with system_limit set if memory is gone."""
from libc.stdint cimport int64_t, uint8_t
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.boxed cimport cons
from enigma.process.process cimport EXC_SYSTEM_LIMIT, Process, proc_alloc

cdef inline Term tuple2(Process* p, Term a, Term b) noexcept nogil:
    cdef Term* to = proc_alloc(p, 3)
    if to == NULL:
        p.freason = EXC_SYSTEM_LIMIT
        return 0
    to[0] = make_header(T_TUPLE, 2)
    to[1] = a
    to[2] = b
    return make_boxed(to)

cdef inline Term tuple3(Process* p, Term a, Term b, Term c) noexcept nogil:
    cdef Term* to = proc_alloc(p, 4)
    if to == NULL:
        p.freason = EXC_SYSTEM_LIMIT
        return 0
    to[0] = make_header(T_TUPLE, 3)
    to[1] = a
    to[2] = b
    to[3] = c
    return make_boxed(to)

cdef inline Term tuple4(Process* p, Term a, Term b, Term c, Term d) noexcept nogil:
    cdef Term* to = proc_alloc(p, 5)
    if to == NULL:
        p.freason = EXC_SYSTEM_LIMIT
        return 0
    to[0] = make_header(T_TUPLE, 4)
    to[1] = a
    to[2] = b
    to[3] = c
    to[4] = d
    return make_boxed(to)

cdef inline Term prepend(Process* p, Term head, Term tail) noexcept nogil:
    cdef Term* cell
    if head == 0 or tail == 0:
        return 0
    cell = proc_alloc(p, 2)
    if cell == NULL:
        p.freason = EXC_SYSTEM_LIMIT
        return 0
    return cons(cell, head, tail)

# A list of the characters of a NUL-terminated Latin-1 string.
cdef inline Term characters(Process* p, const char* text) noexcept nogil:
    cdef size_t n = 0
    cdef Term list_ = nil()
    cdef Term* cell
    while text[n]:
        n += 1
    if n == 0:
        return list_
    cell = proc_alloc(p, 2 * n)
    if cell == NULL:
        p.freason = EXC_SYSTEM_LIMIT
        return 0
    while n > 0:
        n -= 1
        list_ = cons(cell, make_small(<uint8_t>text[n]), list_)
        cell += 2
    return list_

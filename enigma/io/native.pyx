"""Errno atoms, file names and I/O data; see native.pxd.

Lists given by users may be deep: they are walked with an explicit stack.
"""
import errno as _errno
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memchr, memcpy
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport AM_error
from enigma.term.atom cimport Atom, atom_from_cstr, atom_get
from enigma.term.bits cimport binary_bytes, bits_copy

cdef enum:
    ERRNO_MAX = 256
cdef Term errno_atoms[ERRNO_MAX]
cdef Term unknown_atom


cdef Term errno_atom(int error) noexcept nogil:
    if error < 0 or error >= ERRNO_MAX or errno_atoms[error] == 0:
        return unknown_atom
    return errno_atoms[error]


cdef Term errno_tuple(Heap* h, int error) noexcept nogil:
    return tuple_of_2(h, AM_error, errno_atom(error))


# --- bytes ----------------------------------------------------------------------------------------
cdef bint bytes_reserve(Bytes* b, size_t more) noexcept nogil:
    cdef size_t capacity = b.capacity
    cdef uint8_t* larger
    if capacity - b.size >= more and b.data != NULL:
        return True
    if capacity < 64:
        capacity = 64
    while capacity - b.size < more:
        if capacity > (<size_t>1 << 62):
            return False
        capacity *= 2
    larger = <uint8_t*>realloc(b.data, capacity)
    if larger == NULL:
        return False
    b.data = larger
    b.capacity = capacity
    return True


cdef bint bytes_put(Bytes* b, const uint8_t* data, size_t size) noexcept nogil:
    if not bytes_reserve(b, size):
        return False
    memcpy(b.data + b.size, data, size)
    b.size += size
    return True


cdef bint bytes_put_byte(Bytes* b, uint8_t byte) noexcept nogil:
    if b.size == b.capacity and not bytes_reserve(b, 1):
        return False
    b.data[b.size] = byte
    b.size += 1
    return True


cdef bint bytes_put_utf8(Bytes* b, uint32_t c) noexcept nogil:
    if not bytes_reserve(b, 4):
        return False
    if c < 0x80:
        return bytes_put_byte(b, <uint8_t>c)
    if c < 0x800:
        b.data[b.size] = <uint8_t>(0xC0 | (c >> 6))
        b.data[b.size + 1] = <uint8_t>(0x80 | (c & 0x3F))
        b.size += 2
    elif c < 0x10000:
        b.data[b.size] = <uint8_t>(0xE0 | (c >> 12))
        b.data[b.size + 1] = <uint8_t>(0x80 | ((c >> 6) & 0x3F))
        b.data[b.size + 2] = <uint8_t>(0x80 | (c & 0x3F))
        b.size += 3
    else:
        b.data[b.size] = <uint8_t>(0xF0 | (c >> 18))
        b.data[b.size + 1] = <uint8_t>(0x80 | ((c >> 12) & 0x3F))
        b.data[b.size + 2] = <uint8_t>(0x80 | ((c >> 6) & 0x3F))
        b.data[b.size + 3] = <uint8_t>(0x80 | (c & 0x3F))
        b.size += 4
    return True


cdef bint bytes_put_binary(Bytes* b, Term t) noexcept nogil:
    cdef uint8_t* base
    cdef word offset, size
    bits_fetch(t, &base, &offset, &size)
    if (size & 7) != 0 or not bytes_reserve(b, (size >> 3) + 1):
        return False
    if offset == 0:
        memcpy(b.data + b.size, base, size >> 3)
    else:
        bits_copy(base, offset, b.data + b.size, 0, size)
    b.size += size >> 3
    return True


# A stack of terms still to be visited.
cdef struct TermStack:
    Term* items                # inline_items or malloc'd
    size_t size
    size_t capacity
    Term inline_items[32]


cdef void stack_init(TermStack* s) noexcept nogil:
    s.items = s.inline_items
    s.size = 0
    s.capacity = 32


cdef void stack_free(TermStack* s) noexcept nogil:
    if s.items != s.inline_items:
        free(s.items)


cdef bint stack_push(TermStack* s, Term t) noexcept nogil:
    cdef Term* larger
    if s.size == s.capacity:
        larger = <Term*>malloc(2 * s.capacity * sizeof(Term))
        if larger == NULL:
            return False
        memcpy(larger, s.items, s.size * sizeof(Term))
        stack_free(s)
        s.items = larger
        s.capacity *= 2
    s.items[s.size] = t
    s.size += 1
    return True


cdef bint bytes_put_iodata(Bytes* b, Term t) noexcept nogil:
    return put_data(b, t, False)


cdef bint bytes_put_output(Bytes* b, Term t) noexcept nogil:
    return put_data(b, t, True)


cdef bint put_data(Bytes* b, Term t, bint lenient) noexcept nogil:
    cdef TermStack stack
    cdef Term head
    cdef bint good = bytes_reserve(b, 1)      # so that empty data still has an address
    stack_init(&stack)
    while good:
        if term_is_list(t):
            head = list_head(t)
            if term_is_small(head):
                good = <uint64_t>small_value(head) < 256 and bytes_put_byte(b, <uint8_t>small_value(head))
            elif term_is_list(head):
                good = stack_push(&stack, list_tail(t))
                t = head
                continue
            elif term_is_bitstring(head):
                good = lenient and bits_size(head) < 8 or bytes_put_binary(b, head)
            else:
                good = term_is_nil(head)
            t = list_tail(t)
            continue
        if term_is_bitstring(t):
            good = lenient and bits_size(t) < 8 or bytes_put_binary(b, t)
        elif not term_is_nil(t):
            good = False
        if not good or stack.size == 0:
            break
        stack.size -= 1
        t = stack.items[stack.size]
    stack_free(&stack)
    return good


cdef int utf8_next(const uint8_t* s, size_t size, uint32_t* c) noexcept nogil:
    cdef uint32_t v
    cdef size_t n, i
    if size == 0:
        return -1
    if s[0] < 0x80:
        c[0] = s[0]
        return 1
    if s[0] >= 0xC2 and s[0] < 0xE0:
        n = 2
        v = s[0] & 0x1F
    elif s[0] >= 0xE0 and s[0] < 0xF0:
        n = 3
        v = s[0] & 0x0F
    elif s[0] >= 0xF0 and s[0] < 0xF5:
        n = 4
        v = s[0] & 0x07
    else:
        return 0
    for i in range(1, n):
        if i == size:
            return -1
        if (s[i] & 0xC0) != 0x80:
            return 0
        v = (v << 6) | (s[i] & 0x3F)
    if (n == 3 and (v < 0x800 or (v >= 0xD800 and v < 0xE000))) or (n == 4 and (v < 0x10000 or v > 0x10FFFF)):
        return 0
    c[0] = v
    return <int>n


cdef bint utf8_valid(const uint8_t* s, size_t size) noexcept nogil:
    cdef uint32_t c
    cdef int n
    while size > 0:
        n = utf8_next(s, size, &c)
        if n <= 0:
            return False
        s += n
        size -= n
    return True


# --- names ----------------------------------------------------------------------------------------
cdef bint put_char(Bytes* b, int64_t c, int encoding) noexcept nogil:
    if c <= 0 or c > 0x10FFFF or (c >= 0xD800 and c < 0xE000):
        return False
    if encoding == NAMES_UTF8:
        return bytes_put_utf8(b, <uint32_t>c)
    return c < 256 and bytes_put_byte(b, <uint8_t>c)


cdef bint put_atom(Bytes* b, Term t, int encoding) noexcept nogil:
    cdef Atom* a = atom_get(t)
    cdef size_t i = 0
    cdef uint32_t c
    while i < a.length:
        i += utf8_next(a.name + i, a.length - i, &c)
        if not put_char(b, c, encoding):
            return False
    return True


cdef bint put_name(Bytes* b, Term t, int encoding, bint allow_atom) noexcept nogil:
    cdef TermStack stack
    cdef Term head
    cdef bint good = True
    if term_is_bitstring(t):
        return bytes_put_binary(b, t)
    if term_is_atom(t):
        return allow_atom and put_atom(b, t, encoding)
    stack_init(&stack)
    while good:
        if term_is_list(t):
            head = list_head(t)
            if term_is_small(head):
                good = put_char(b, small_value(head), encoding)
            elif term_is_list(head):
                good = stack_push(&stack, list_tail(t))
                t = head
                continue
            elif term_is_atom(head):
                good = allow_atom and put_atom(b, head, encoding)
            else:
                good = term_is_nil(head)
            t = list_tail(t)
            continue
        if not term_is_nil(t):
            good = False
            break
        if stack.size == 0:
            break
        stack.size -= 1
        t = stack.items[stack.size]
    stack_free(&stack)
    return good


cdef char* name_to_native(Term name, int encoding, bint allow_empty, bint allow_atom, size_t* size) noexcept nogil:
    cdef Bytes b
    b.data = NULL
    b.size = b.capacity = 0
    if (bytes_reserve(&b, 1) and put_name(&b, name, encoding, allow_atom) and (b.size > 0 or allow_empty)
            and memchr(b.data, 0, b.size) == NULL and bytes_put_byte(&b, 0)):
        size[0] = b.size - 1
        return <char*>b.data
    free(b.data)
    return NULL


cdef Term name_from_native(Heap* h, const uint8_t* name, size_t size, int encoding, bint* memory) noexcept nogil:
    cdef Term* cell
    cdef size_t count = 0, i = 0
    cdef uint32_t c
    cdef int n
    memory[0] = False
    if encoding == NAMES_LATIN1:
        memory[0] = True
        return list_of_bytes(h, name, size, nil())
    while i < size:
        n = utf8_next(name + i, size - i, &c)
        if n <= 0:
            return 0
        i += n
        count += 1
    memory[0] = True
    if count == 0:
        return nil()
    cell = heap_alloc(h, 2 * count)
    if cell == NULL:
        return 0
    i = 0
    while i < size:
        i += utf8_next(name + i, size - i, &c)
        cell[0] = make_small(c)
        cell[1] = make_list(cell + 2) if i < size else nil()
        cell += 2
    return make_list(cell - 2 * count)


cdef Term list_of_bytes(Heap* h, const uint8_t* data, size_t size, Term tail) noexcept nogil:
    cdef Term* cell
    if size == 0:
        return tail
    cell = heap_alloc(h, 2 * size)
    if cell == NULL:
        return 0
    while size > 0:
        size -= 1
        tail = cons(cell, make_small(data[size]), tail)
        cell += 2
    return tail


cdef Term tuple_of_2(Heap* h, Term a, Term b) noexcept nogil:
    cdef Term* p = heap_alloc(h, 3)
    if p == NULL:
        return 0
    p[0] = make_header(T_TUPLE, 2)
    p[1] = a
    p[2] = b
    return make_boxed(p)


cdef Term tuple_of_3(Heap* h, Term a, Term b, Term c) noexcept nogil:
    cdef Term* p = heap_alloc(h, 4)
    if p == NULL:
        return 0
    p[0] = make_header(T_TUPLE, 3)
    p[1] = a
    p[2] = b
    p[3] = c
    return make_boxed(p)


cdef const char* native_path(Term path, uint8_t** temp) noexcept nogil:
    cdef const uint8_t* data
    cdef size_t size, i
    temp[0] = NULL
    if not term_is_bitstring(path) or not binary_bytes(path, &data, &size, temp):
        return NULL
    i = 0
    while i < size and data[i] != 0:
        i += 1
    if i < size:
        while i < size and data[i] == 0:
            i += 1
        if i == size:
            return <const char*>data
    free(temp[0])
    temp[0] = NULL
    return NULL


for _number, _name in _errno.errorcode.items():
    if 0 < _number < ERRNO_MAX:
        errno_atoms[_number] = atom_from_cstr(_name.lower().encode())
errno_atoms[_errno.EAGAIN] = atom_from_cstr(b"eagain")
errno_atoms[_errno.EOPNOTSUPP] = atom_from_cstr(b"enotsup")
errno_atoms[_errno.EDEADLK] = atom_from_cstr(b"edeadlk")
unknown_atom = atom_from_cstr(b"unknown")

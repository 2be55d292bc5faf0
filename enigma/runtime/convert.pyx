"""Terms to Python values and back, and the classes that refer to a VM's own things: Pid, Ref, Port, Fun.

Everything here holds the GIL and runs outside schedulers: terms read from here lie in fragments that the
host owns, so none of them moves. Read next: runtime/terms.py for the value classes, api/vm.py for the face.
"""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from enigma.term.am cimport AM_false, AM_true
from enigma.term.atom cimport Atom as AtomEntry, atom_get, atom_put
from enigma.term.bits cimport binary_from_bytes, bits_copy, bits_make
from enigma.term.boxed cimport (Heap, bits_fetch, float_value, heap_alloc, make_float, term_is_pid,
                                 term_is_port, tuple_arity, tuple_elements)
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.map cimport MapIter, map_from_pairs, map_iter_init, map_iter_next
from enigma.term.number cimport integer_from_bytes, integer_from_i64, integer_to_bytes, integer_bit_length, integer_is_negative
from enigma.term.text cimport TextBuffer, text_free, text_init, text_put_term
from enigma.memory.heap cimport Fragment, fragment_free, term_copy, term_copy_fragment

from enigma.runtime.terms import Atom, Bitstring, ImproperList, ListKey, MapKey, NumberKey

cdef enum:
    MAX_DEPTH = 5000          # levels of nesting; beyond it RecursionError


cdef dict atom_objects = {AM_true: True, AM_false: False}     # atom term -> Atom, or bool


cdef class Term_:
    """A term that only Erlang can take apart: pids, references, ports and funs of one VM."""

    def __cinit__(self):
        self.term = 0
        self.fragment = NULL

    def __dealloc__(self):
        if self.fragment != NULL:
            fragment_free(self.fragment, True)

    def __repr__(self):
        return f"<{type(self).__name__} {term_text(self.term)}>"

    def __str__(self):
        return term_text(self.term)

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return str(self) == str(other)

    def __hash__(self):
        return hash((type(self).__name__, str(self)))


cdef class Pid(Term_):
    """A process's identifier, valid in the VM it comes from."""


cdef class Ref(Term_):
    """A reference."""


cdef class Port(Term_):
    """A port's identifier."""


cdef class Fun(Term_):
    """A fun; can be passed back to Erlang, and called there with erlang:apply."""


cdef str term_text(Term t):
    """The term as Erlang's display shows it."""
    cdef TextBuffer b
    text_init(&b)
    text_put_term(&b, t, 100000)
    try:
        return b.data[:b.size].decode("utf-8", "replace")
    finally:
        text_free(&b)


cdef object opaque(type cls, Term t):
    cdef Term_ o = cls.__new__(cls)
    o.term = term_copy_fragment(t, &o.fragment)
    if o.term == 0:
        raise MemoryError
    return o


cdef object atom_object(Term t):
    cdef AtomEntry* a
    found = atom_objects.get(t)
    if found is None:
        a = atom_get(t)
        found = Atom((<bytes>a.name[:a.length]).decode("utf-8"))
        atom_objects[t] = found
    return found


cdef Term atom_term(str name) except 0:
    cdef bytes text = name.encode("utf-8")
    cdef Term t = atom_put(<const uint8_t*>PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))
    if t == 0:
        raise ValueError(f"no atom can be made of {name[:40]!r}")
    return t


cdef object bits_object(Term t):
    cdef uint8_t* base
    cdef word offset, size
    cdef bytes data
    bits_fetch(t, &base, &offset, &size)
    data = PyBytes_FromStringAndSize(NULL, (size + 7) >> 3)
    if size:
        PyBytes_AS_STRING(data)[(size - 1) >> 3] = 0
        bits_copy(base, offset, <uint8_t*>PyBytes_AS_STRING(data), 0, size)
    return Bitstring(data, size) if size & 7 else data


cdef object integer_object(Term t):
    cdef size_t n
    cdef bytes data
    if term_is_small(t):
        return small_value(t)
    n = integer_bit_length(t) // 8 + 1
    data = PyBytes_FromStringAndSize(NULL, n)
    integer_to_bytes(t, <uint8_t*>PyBytes_AS_STRING(data), n, True)
    return int.from_bytes(data, "little", signed=True)


cdef object key_object(Term t, int depth):
    """A map key: hashable, whatever the term."""
    return freeze(to_python(t, depth))


cdef object freeze(object value):
    if type(value) is list:
        return ListKey([freeze(v) for v in value])
    if type(value) is tuple:
        return tuple([freeze(v) for v in value])
    if type(value) is dict:
        return MapKey(value)
    return value


cdef object to_python(Term t, int depth):
    """The Python value of a term.

    int, float, bytes, list, tuple and dict; True and False for the atoms; Atom, Bitstring, ImproperList,
    Pid, Ref, Port and Fun for the rest.
    """
    cdef Term* p
    cdef word i, n
    cdef MapIter it
    cdef Term key, value
    cdef int kind
    if term_is_small(t):
        return small_value(t)
    if term_is_atom(t):
        return atom_object(t)
    if term_is_nil(t):
        return []
    if depth > MAX_DEPTH:
        raise RecursionError(f"the term is nested deeper than {MAX_DEPTH} levels")
    if term_is_list(t):
        items = []
        while term_is_list(t):
            items.append(to_python(list_head(t), depth + 1))
            t = list_tail(t)
        if term_is_nil(t):
            return items
        return ImproperList(items, to_python(t, depth + 1))
    if term_is_local_pid(t):
        return opaque(Pid, t)
    if term_is_local_port(t):
        return opaque(Port, t)
    kind = boxed_kind(t)
    if kind == T_TUPLE:
        p = tuple_elements(t)
        n = tuple_arity(t)
        items = []
        for i in range(n):
            items.append(to_python(p[i], depth + 1))
        return tuple(items)
    if kind == T_FLOAT:
        return float_value(t)
    if kind == T_BIG_POS or kind == T_BIG_NEG:
        return integer_object(t)
    if kind == T_HEAP_BITS or kind == T_SUB_BITS:
        return bits_object(t)
    if kind == T_MAP_FLAT or kind == T_MAP_NODE:
        result = {}
        map_iter_init(&it, t)
        while map_iter_next(&it, &key, &value):
            k = key_object(key, depth + 1)
            if k in result and isinstance(k, (int, float)):
                k = distinct_key(result, k)
            result[k] = to_python(value, depth + 1)
        return result
    if kind == T_FUN or kind == T_EXPORT:
        return opaque(Fun, t)
    if term_is_pid(t):
        return opaque(Pid, t)
    if term_is_port(t):
        return opaque(Port, t)
    return opaque(Ref, t)


cdef object distinct_key(dict result, object k):
    """k as a key beside an equal one of another type; an int keeps the plain key."""
    if type(k) is int:
        for other in list(result):
            if other == k:
                result[NumberKey(other)] = result.pop(other)
        return k
    return NumberKey(k)


cdef Term no_memory() except 0:
    raise MemoryError("no memory for the term")


cdef Term from_python(Heap* h, object value, int depth) except 0:
    """The term of a Python value, built on h. Raises TypeError naming what has none."""
    cdef Term t, tail
    cdef Term* p
    cdef Term* pairs
    cdef Py_ssize_t i, n
    cdef bytes data
    cdef uint8_t* target
    if value is True:
        return AM_true
    if value is False:
        return AM_false
    if depth > MAX_DEPTH:
        raise RecursionError(f"the value is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, int):
        if -(1 << 59) <= value < (1 << 59):
            return make_small(value)
        n = value.bit_length() // 8 + 1
        data = value.to_bytes(n, "little", signed=True)
        t = integer_from_bytes(h, <const uint8_t*>PyBytes_AS_STRING(data), n, True, True)
        return t if t else no_memory()
    if isinstance(value, Atom):
        return atom_term(value.name)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise TypeError(f"Erlang has no float for {value!r}")
        p = heap_alloc(h, 2)
        return make_float(p, value) if p != NULL else no_memory()
    if isinstance(value, str):
        value = value.encode("utf-8")
    if isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
        t = binary_from_bytes(h, <const uint8_t*>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))
        return t if t else no_memory()
    if isinstance(value, (list, ListKey)):
        return list_term(h, value, nil(), depth)
    if isinstance(value, tuple):
        n = len(value)
        if n >= 1 << 24:
            raise TypeError(f"a tuple of {n} elements is too large for Erlang")
        p = heap_alloc(h, n + 1)
        if p == NULL:
            no_memory()
        p[0] = make_header(T_TUPLE, n)
        for i in range(n):
            p[i + 1] = nil()
        for i in range(n):
            p[i + 1] = from_python(h, value[i], depth + 1)
        return make_boxed(p)
    if isinstance(value, MapKey):
        value = value.value
    if isinstance(value, dict):
        n = len(value)
        pairs = <Term*>malloc((2 * n + 1) * sizeof(Term))
        if pairs == NULL:
            no_memory()
        try:
            i = 0
            for k, v in value.items():
                pairs[i] = from_python(h, k.value if isinstance(k, NumberKey) else k, depth + 1)
                pairs[i + 1] = from_python(h, v, depth + 1)
                i += 2
            t = map_from_pairs(h, pairs, n)
        finally:
            free(pairs)
        return t if t else no_memory()
    if isinstance(value, ImproperList):
        tail = from_python(h, value.tail, depth + 1)
        return list_term(h, list(value.items), tail, depth)
    if isinstance(value, Bitstring):
        data = value.data
        t = bits_make(h, value.bits, &target)
        if t == 0:
            no_memory()
        memcpy(target, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))
        return t
    if isinstance(value, Term_):
        t = term_copy(h, (<Term_>value).term, False)
        return t if t else no_memory()
    raise TypeError(f"{value!r} of type {type(value).__name__} has no Erlang term")


cdef Term list_term(Heap* h, object items, Term tail, int depth) except 0:
    cdef Py_ssize_t n = len(items), i
    cdef Term* cell
    cdef Term result
    if n == 0:
        return tail
    cell = heap_alloc(h, 2 * n)
    if cell == NULL:
        no_memory()
    for i in range(2 * n):
        cell[i] = nil()
    result = make_list(cell)
    for i in range(n):
        cell[2 * i] = from_python(h, items[i], depth + 1)
        cell[2 * i + 1] = make_list(cell + 2 * i + 2) if i + 1 < n else tail
    return result

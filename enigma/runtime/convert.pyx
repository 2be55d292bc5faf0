"""Terms to Python values and back, and the classes that refer to a VM's own things: Pid, Ref, Port, Fun.

Everything here holds the GIL and runs outside schedulers: terms read from here lie in fragments that the
host owns, so none of them moves. Both ways go over a value with a stack of their own, so nesting is limited by memory only.

A Pid, Ref, Port or Fun belongs to the VM it came from, known by its Identity, and is refused by any other. What such an
object holds of its VM is given back when the VM is closed (Identity.release); its text stays.

Read next: runtime/terms.py for the value classes, api/vm.py for the face.
"""
import threading

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy
from enigma.term.am cimport AM_false, AM_true
from enigma.term.atom cimport Atom as AtomEntry, atom_get, atom_put
from enigma.term.bits cimport binary_from_bytes, bits_copy, bits_make
from enigma.term.boxed cimport (Heap, bits_fetch, float_value, heap_alloc, make_float, map_size, term_is_pid,
                                 term_is_port, tuple_arity, tuple_elements)
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.map cimport MapIter, map_from_pairs, map_iter_init, map_iter_next
from enigma.term.number cimport integer_from_bytes, integer_from_i64, integer_to_bytes, integer_bit_length, integer_is_negative
from enigma.term.text cimport TextBuffer, text_free, text_init, text_put_term
from enigma.memory.heap cimport Fragment, fragment_free, term_copy, term_copy_fragment

from enigma.runtime.terms import Atom, Bitstring, ImproperList, ListKey, MapKey, NumberKey, shown

cdef enum:
    INTEGER_MAX_BITS = 64 * ((1 << 19) - 1)      # Erlang's largest integer
    TUPLE_MAX = (1 << 24) - 1
    # what a frame of a conversion is in
    IN_LIST = 0
    IN_TUPLE = 1
    IN_MAP = 2


cdef dict atom_objects = {AM_true: True, AM_false: False}     # atom term -> Atom, or bool


cdef class Identity:
    """Which VM an object belongs to, and the list of those that hold something of it."""

    def __cinit__(self):
        self.first = NULL
        self.lock = threading.Lock()

    cdef enter(self, Term_ o):
        with self.lock:
            o.previous = NULL
            o.next = self.first
            if self.first != NULL:
                (<Term_>self.first).previous = <void*>o
            self.first = <void*>o

    cdef leave(self, Term_ o):
        with self.lock:
            if o.fragment == NULL:
                return
            if o.previous != NULL:
                (<Term_>o.previous).next = o.next
            else:
                self.first = o.next
            if o.next != NULL:
                (<Term_>o.next).previous = o.previous
            fragment_free(o.fragment, True)
            o.fragment = NULL

    cdef release(self):
        """The VM is about to go: its objects keep their text, and nothing else."""
        cdef Term_ o
        with self.lock:
            while self.first != NULL:
                o = <Term_>self.first
                self.first = o.next
                if o.text is None:
                    o.text = term_text(o.term)
                o.term = 0
                fragment_free(o.fragment, True)
                o.fragment = NULL


@cython.no_gc
cdef class Term_:
    """A term that only Erlang can take apart: pids, references, ports and funs of one VM."""

    def __cinit__(self):
        self.term = 0
        self.fragment = NULL

    def __init__(self):
        raise TypeError(f"a {type(self).__name__} comes from a VM only")

    def __dealloc__(self):
        if self.fragment != NULL:
            self.owner.leave(self)

    def __repr__(self):
        return f"<{type(self).__name__} {self}>"

    def __str__(self):
        if self.text is None:
            self.text = term_text(self.term) if self.term != 0 else "?"
        return self.text

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return (<Term_>self).owner is (<Term_>other).owner and str(self) == str(other)

    def __hash__(self):
        return hash((type(self).__name__, str(self)))

    def __reduce_ex__(self, protocol):
        raise TypeError(f"{self!r} has a meaning in its running VM only: it cannot be pickled")

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


@cython.no_gc
cdef class Pid(Term_):
    """A process's identifier, valid in the VM it comes from."""


@cython.no_gc
cdef class Ref(Term_):
    """A reference."""


@cython.no_gc
cdef class Port(Term_):
    """A port's identifier."""


@cython.no_gc
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


cdef object opaque(type cls, Term t, Identity owner):
    cdef Term_ o = cls.__new__(cls)
    o.owner = owner
    o.term = term_copy_fragment(t, &o.fragment)
    if o.term == 0:
        raise MemoryError
    if o.fragment != NULL:
        owner.enter(o)
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


cdef object freeze(object value):
    """A value as a map's key: hashable."""
    kind = type(value)
    if kind is list:
        return ListKey([freeze(v) for v in value])
    if kind is tuple:
        return tuple([freeze(v) for v in value])
    if kind is dict:
        return MapKey(value)
    if kind is ImproperList:
        return ImproperList([freeze(v) for v in value.items], freeze(value.tail))
    return value


cdef object exact(object key):
    """The key with every float and truth value in it marked as such, so that 1, 1.0 and true differ."""
    kind = type(key)
    if kind is float or kind is bool:
        return NumberKey(key)
    if kind is tuple:
        return tuple([exact(v) for v in key])
    if kind is ListKey:
        return ListKey([exact(v) for v in key])
    if kind is ImproperList:
        return ImproperList([exact(v) for v in key.items], exact(key.tail))
    if kind is MapKey:
        return MapKey({exact(k): exact(freeze(v)) for k, v in key.value.items()})
    return key


cdef dict map_object(list items):
    """The dict of alternating keys and values. Keys that Python takes for equal (1, 1.0, true) get apart by `exact`."""
    cdef dict result = {}
    cdef Py_ssize_t i
    for i in range(0, len(items), 2):
        key = freeze(items[i])
        if key in result:
            for other in result:
                if other == key:
                    break
            result[exact(other)] = result.pop(other)
            key = exact(key)
        result[key] = items[i + 1]
    return result


# --- from terms ---------------------------------------------------------------------------------------------
cdef struct OutFrame:
    int kind                  # IN_
    Term rest                 # list: what is left of it
    Term* words               # tuple: the elements; map: keys and values in turn, malloc'd
    word index
    word count


cdef object leaf_object(Term t, Identity owner):
    """The value of a term without parts."""
    cdef int kind
    if term_is_small(t):
        return small_value(t)
    if term_is_atom(t):
        return atom_object(t)
    if term_is_nil(t):
        return []
    if term_is_local_pid(t):
        return opaque(Pid, t, owner)
    if term_is_local_port(t):
        return opaque(Port, t, owner)
    kind = boxed_kind(t)
    if kind == T_TUPLE:
        return ()
    if kind == T_FLOAT:
        return float_value(t)
    if kind == T_BIG_POS or kind == T_BIG_NEG:
        return integer_object(t)
    if kind == T_HEAP_BITS or kind == T_SUB_BITS:
        return bits_object(t)
    if kind == T_FUN or kind == T_EXPORT:
        return opaque(Fun, t, owner)
    if term_is_pid(t):
        return opaque(Pid, t, owner)
    if term_is_port(t):
        return opaque(Port, t, owner)
    return opaque(Ref, t, owner)


# Enters a term that has parts; False: it has none.
cdef bint out_open(Term t, OutFrame* f) except -1:
    cdef MapIter it
    cdef Term key, value
    cdef int kind
    cdef size_t i = 0
    f.index = 0
    f.words = NULL
    if term_is_list(t):
        f.kind = IN_LIST
        f.rest = t
        return True
    if not term_is_boxed(t):
        return False
    kind = boxed_kind(t)
    if kind == T_TUPLE and tuple_arity(t) > 0:
        f.kind = IN_TUPLE
        f.words = tuple_elements(t)
        f.count = tuple_arity(t)
        return True
    if kind != T_MAP_FLAT and kind != T_MAP_NODE:
        return False
    f.kind = IN_MAP
    f.count = 2 * map_size(t)
    f.words = <Term*>malloc((f.count + 1) * sizeof(Term))
    if f.words == NULL:
        raise MemoryError
    map_iter_init(&it, t)
    while map_iter_next(&it, &key, &value):
        f.words[i] = key
        f.words[i + 1] = value
        i += 2
    return True


cdef object to_python(Term t, Identity owner):
    """The Python value of a term.

    int, float, bytes, list, tuple and dict; True and False for the atoms; Atom, Bitstring, ImproperList,
    Pid, Ref, Port and Fun for the rest.
    """
    cdef OutFrame* frames = NULL
    cdef OutFrame* f
    cdef void* larger
    cdef size_t depth = 0, capacity = 0
    cdef list open_ = []              # the parts so far of every frame
    cdef list items
    cdef bint tail
    try:
        while True:
            # down to a value without parts
            while True:
                if depth == capacity:
                    capacity = 2 * capacity + 16
                    larger = realloc(frames, capacity * sizeof(OutFrame))
                    if larger == NULL:
                        raise MemoryError
                    frames = <OutFrame*>larger
                f = &frames[depth]
                if not out_open(t, f):
                    value = leaf_object(t, owner)
                    break
                depth += 1
                open_.append([])
                if f.kind == IN_LIST:
                    t = list_head(f.rest)
                    f.rest = list_tail(f.rest)
                elif f.count > 0:
                    t = f.words[0]
                    f.index = 1
                else:                 # the empty map
                    depth -= 1
                    open_.pop()
                    free(f.words)
                    value = {}
                    break
            # up again, as far as parts are complete
            while depth > 0:
                f = &frames[depth - 1]
                items = open_[depth - 1]
                tail = f.kind == IN_LIST and f.rest == 0
                if not tail:
                    items.append(value)
                if f.kind == IN_LIST:
                    if tail:
                        value = ImproperList(items, value)
                    elif term_is_list(f.rest):
                        t = list_head(f.rest)
                        f.rest = list_tail(f.rest)
                        break
                    elif term_is_nil(f.rest):
                        value = items
                    else:
                        t = f.rest
                        f.rest = 0    # the next value is the tail
                        break
                elif f.index < f.count:
                    t = f.words[f.index]
                    f.index += 1
                    break
                elif f.kind == IN_TUPLE:
                    value = tuple(items)
                else:
                    value = map_object(items)
                    free(f.words)
                depth -= 1
                open_.pop()
            else:
                return value
    finally:
        while depth > 0:
            depth -= 1
            if frames[depth].kind == IN_MAP:
                free(frames[depth].words)
        free(frames)


# --- to terms -----------------------------------------------------------------------------------------------
cdef struct InFrame:
    int kind                  # IN_
    Term* words               # list: the cells; tuple: the elements; map: keys and values in turn, malloc'd
    size_t index              # parts that are there
    size_t count
    size_t cells              # list: its cells; one part more than that is a tail
    Term whole                # list, tuple: the term


cdef object no_term(object value):
    return TypeError(f"{shown(value)} of type {type(value).__name__} has no Erlang term")


cdef Term no_memory() except 0:
    raise MemoryError("no memory for the term")


cdef Term integer_term(Heap* h, object value) except 0:
    cdef Py_ssize_t n
    cdef bytes data
    cdef Term t
    if type(value) is not int:
        value = int.__pos__(value)        # of a subclass: the number alone
    if -(1 << 59) <= value < (1 << 59):
        return make_small(value)
    if value.bit_length() > INTEGER_MAX_BITS:
        raise TypeError(f"an int of {value.bit_length()} bits is too large for Erlang")
    n = value.bit_length() // 8 + 1
    data = value.to_bytes(n, "little", signed=True)
    t = integer_from_bytes(h, <const uint8_t*>PyBytes_AS_STRING(data), n, True, True)
    return t if t else no_memory()


cdef Term binary_term(Heap* h, object value) except 0:
    cdef bytes data
    cdef Term t
    if isinstance(value, str):
        try:
            data = str.encode(value, "utf-8")
        except UnicodeEncodeError as error:
            raise TypeError(f"{shown(value)} has no UTF-8 form: {error.reason}") from None
    else:
        data = bytes(value)
    t = binary_from_bytes(h, <const uint8_t*>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))
    return t if t else no_memory()


cdef Term bitstring_term(Heap* h, object value) except 0:
    cdef bytes data = value.data
    cdef size_t bits = value.bits
    cdef uint8_t* target
    cdef Term t
    if <size_t>PyBytes_GET_SIZE(data) != (bits + 7) >> 3:
        raise no_term(value)
    t = bits_make(h, bits, &target)
    if t == 0:
        no_memory()
    memcpy(target, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))
    return t


cdef Term leaf_term(Heap* h, object value, Identity owner) except 0:
    """The term of a value without parts. Raises TypeError naming what has none."""
    cdef Term t
    cdef Term* p
    if value is True:
        return AM_true
    if value is False:
        return AM_false
    if isinstance(value, int):
        return integer_term(h, value)
    if isinstance(value, Atom):
        return atom_term(value.name)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise TypeError(f"Erlang has no float for {value!r}")
        p = heap_alloc(h, 2)
        return make_float(p, value) if p != NULL else no_memory()
    if isinstance(value, (str, bytes, bytearray, memoryview)):
        return binary_term(h, value)
    if isinstance(value, Bitstring):
        return bitstring_term(h, value)
    if isinstance(value, Term_):
        if (<Term_>value).owner is not owner or (<Term_>value).term == 0:
            raise TypeError(f"{value!r} belongs to another VM")
        t = term_copy(h, (<Term_>value).term, False)
        return t if t else no_memory()
    raise no_term(value)


cdef class Parts:
    """A value with parts, in work: what Python side it is read from."""
    cdef object value         # the container, for the check of cycles
    cdef tuple items          # list: elements, then the tail unless it is []; map: keys and values in turn


# The parts of a value that has some; None: it is a leaf.
cdef Parts parts_of(object value, int* kind, bint* improper):
    cdef Parts parts
    cdef list flat
    improper[0] = False
    if isinstance(value, list):
        kind[0] = IN_LIST
        items = tuple(list.__iter__(value))
    elif isinstance(value, ListKey):
        kind[0] = IN_LIST
        items = tuple(tuple.__iter__(value))
    elif isinstance(value, ImproperList):
        kind[0] = IN_LIST
        improper[0] = True
        items = tuple(value.items) + (value.tail,)
    elif isinstance(value, tuple):
        kind[0] = IN_TUPLE
        items = tuple(tuple.__iter__(value))
    elif isinstance(value, (dict, MapKey)):
        kind[0] = IN_MAP
        flat = []
        for k, v in list(dict.items(value.value if isinstance(value, MapKey) else value)):
            flat.append(k)
            flat.append(v)
        items = tuple(flat)
    else:
        return None
    parts = Parts.__new__(Parts)
    parts.value = value
    parts.items = items
    return parts


# Enters a container: makes room for its parts. False: it has none, and f.whole is its term.
cdef bint in_open(Heap* h, Parts parts, int kind, bint improper, InFrame* f) except -1:
    cdef size_t n = <size_t>len(parts.items), i
    f.kind = kind
    f.index = 0
    f.count = n
    f.words = NULL
    if kind == IN_LIST:
        if n == 0:
            f.whole = nil()
            return False
        f.cells = n - 1 if improper else n
        f.words = heap_alloc(h, 2 * f.cells)
        if f.words == NULL:
            no_memory()
        for i in range(f.cells):
            f.words[2 * i] = nil()
            f.words[2 * i + 1] = make_list(f.words + 2 * i + 2) if i + 1 < f.cells else nil()
        f.whole = make_list(f.words)
    elif kind == IN_TUPLE:
        if n > TUPLE_MAX:
            raise TypeError(f"a tuple of {n} elements is too large for Erlang")
        f.words = heap_alloc(h, n + 1)
        if f.words == NULL:
            no_memory()
        f.words[0] = make_header(T_TUPLE, n)
        for i in range(n):
            f.words[i + 1] = nil()
        f.whole = make_boxed(f.words)
        f.words += 1
        return n > 0
    else:
        f.words = <Term*>malloc((n + 1) * sizeof(Term))
        if f.words == NULL:
            no_memory()
    return True


cdef Term from_python(Heap* h, object value, Identity owner) except 0:
    """The term of a Python value, built on h. Raises TypeError naming what has none, ValueError for what contains itself."""
    cdef InFrame* frames = NULL
    cdef InFrame* f
    cdef void* larger
    cdef size_t depth = 0, capacity = 0
    cdef list open_ = []              # the Parts of every frame
    cdef set inside = set()           # their containers, by id
    cdef Parts parts
    cdef int kind = 0
    cdef bint improper = False
    cdef Term t
    try:
        while True:
            while True:
                if isinstance(value, NumberKey):
                    value = value.value
                parts = parts_of(value, &kind, &improper)
                if parts is None:
                    t = leaf_term(h, value, owner)
                    break
                if depth == capacity:
                    capacity = 2 * capacity + 16
                    larger = realloc(frames, capacity * sizeof(InFrame))
                    if larger == NULL:
                        no_memory()
                    frames = <InFrame*>larger
                f = &frames[depth]
                if id(value) in inside:
                    raise ValueError(f"a value that contains itself has no Erlang term: {shown(value)}")
                if not in_open(h, parts, kind, improper, f):
                    t = f.whole
                    break
                depth += 1
                open_.append(parts)
                inside.add(id(value))
                if f.count == 0:
                    t = 0             # the empty map: complete at once
                    break
                value = parts.items[0]
            while depth > 0:
                f = &frames[depth - 1]
                if f.index < f.count:
                    if f.kind != IN_LIST:
                        f.words[f.index] = t
                    elif f.index < f.cells:
                        f.words[2 * f.index] = t
                    else:
                        f.words[2 * f.cells - 1] = t
                    f.index += 1
                parts = <Parts>open_[depth - 1]
                if f.index < f.count:
                    value = parts.items[f.index]
                    break
                t = f.whole
                if f.kind == IN_MAP:
                    t = map_from_pairs(h, f.words, f.count >> 1)
                    free(f.words)
                    f.kind = IN_TUPLE     # nothing left to free
                    if t == 0:
                        no_memory()
                inside.discard(id(parts.value))
                depth -= 1
                open_.pop()
            else:
                return t
    finally:
        while depth > 0:
            depth -= 1
            if frames[depth].kind == IN_MAP:
                free(frames[depth].words)
        free(frames)

"""The natives of prim_net that need no sockets: the host's name, its interfaces' names and numbers.

The other functions of prim_net and all of prim_socket are left to the Erlang code of those modules, which raises notsup: so
does erl when it is built without sockets, and the kernel application starts on it. The inet drivers do not exist either
(open_port says badarg, inet eprotonosupport).
"""
from libc.errno cimport errno
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport strlen
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.number cimport integer_to_u64
from enigma.term.atom cimport atom_from_cstr
from enigma.term.map cimport map_from_pairs
from enigma.code.module cimport BIF_DIRTY, BIF_NIF, bif_register
from enigma.process.process cimport *
from enigma.io.native cimport *
from enigma.bif.errors cimport *

cdef extern from "unistd.h" nogil:
    int gethostname(char*, size_t)
cdef extern from "net/if.h" nogil:
    struct if_nameindex_t "if_nameindex":
        unsigned int if_index
        char* if_name
    if_nameindex_t* if_nameindex()
    void if_freenameindex(if_nameindex_t*)
    unsigned int if_nametoindex(const char*)
    char* if_indextoname(unsigned int, char*)

cdef Term atom_debug = atom_from_cstr(b"debug")


cdef Term ok_value(Process* p, Term t) noexcept nogil:
    t = tuple_of_2(proc_heap(p), AM_ok, t) if t != 0 else 0
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term posix(Process* p, int error) noexcept nogil:
    cdef Term t = errno_tuple(proc_heap(p), error)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term text(Process* p, const char* s) noexcept nogil:
    return list_of_bytes(proc_heap(p), <const uint8_t*>s, strlen(s), nil())


cdef Term info_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term pair[2]
    cdef Term t
    pair[0] = atom_debug
    pair[1] = AM_false
    t = map_from_pairs(proc_heap(p), pair, 1)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term gethostname_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char name[256]
    if gethostname(name, 255) < 0:
        return posix(p, errno)
    name[255] = 0
    return ok_value(p, text(p, name))


cdef Term if_name2index_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef size_t size
    cdef char* name = NULL
    cdef unsigned int index
    if term_is_list(args[0]):
        name = name_to_native(args[0], NAMES_LATIN1, False, False, &size)
    if name == NULL:
        return badarg(p)
    index = if_nametoindex(name)
    free(name)
    return posix(p, errno) if index == 0 else ok_value(p, make_small(index))


cdef Term if_index2name_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef uint64_t index
    cdef char name[64]
    if not term_is_integer(args[0]) or not integer_to_u64(args[0], &index) or (index >> 32) != 0:
        return badarg(p)
    if if_indextoname(<unsigned int>index, name) == NULL:
        return posix(p, errno)
    return ok_value(p, text(p, name))


cdef Term if_names_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef if_nameindex_t* all_ = if_nameindex()
    cdef Term list_ = nil(), t
    cdef Term* cell
    cdef int n = 0
    if all_ == NULL:
        return posix(p, errno)
    while all_[n].if_index != 0:
        n += 1
    while n > 0 and list_ != 0:
        n -= 1
        t = text(p, all_[n].if_name)
        cell = proc_alloc(p, 2)
        t = tuple_of_2(proc_heap(p), make_small(all_[n].if_index), t) if t != 0 else 0
        list_ = cons(cell, t, list_) if t != 0 and cell != NULL else 0
    if_freenameindex(all_)
    return ok_value(p, list_)


bif_register(b"prim_net", b"nif_info", 0, info_0, BIF_NIF)
bif_register(b"prim_net", b"nif_gethostname", 0, gethostname_0, BIF_NIF)
bif_register(b"prim_net", b"nif_if_name2index", 1, if_name2index_1, BIF_NIF)
bif_register(b"prim_net", b"nif_if_index2name", 1, if_index2name_1, BIF_NIF)
bif_register(b"prim_net", b"nif_if_names", 0, if_names_0, BIF_NIF)

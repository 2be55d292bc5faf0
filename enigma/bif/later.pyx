"""Functions of OTP 28 and 29 that are older ones with more arguments, or steps of older ones.

Each checks what is new about it and leaves the rest to the older one, found in the table of BIFs. Signals with
priority do not exist in this VM, and asking for one says so.

Read next: bif/process.pyx, bif/trace.pyx.
"""
from libc.stdint cimport uint32_t
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.code.module cimport BifEntry, bif_find, bif_register
from enigma.process.process cimport *
from enigma.bif.build cimport tuple2
from enigma.bif.errors cimport *

cdef Term atom_legacy = atom_from_cstr(b"legacy")
cdef Term atom_system_monitor = atom_from_cstr(b"system_monitor")
cdef Term atom_exit_signal = atom_from_cstr(b"exit_signal")


cdef Term older(Process* p, Term name, int arity, Term* args) noexcept nogil:
    cdef BifEntry* b = bif_find(AM_erlang, name, <uint32_t>arity)
    return b.function(p, args) if b != NULL else fail(p, EXC_UNDEF)


# The options are a list, of nothing or of what this VM does not have. False with the process's error set.
cdef bint plain_options(Process* p, Term list_) noexcept nogil:
    cdef bint priority = False
    while term_is_list(list_):
        if list_head(list_) != AM_priority:
            badarg_cause(p, AM_badopt)
            return False
        priority = True
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        badarg_cause(p, AM_badopt)
        return False
    if priority:
        fail(p, EXC_NOTSUP)
        return False
    return True


cdef Term exit_3(void* proc, Term* args) noexcept nogil:
    return older(<Process*>proc, AM_exit, 2, args) if plain_options(<Process*>proc, args[2]) else 0


cdef Term exit_signal_3(void* proc, Term* args) noexcept nogil:
    return older(<Process*>proc, atom_exit_signal, 2, args) if plain_options(<Process*>proc, args[2]) else 0


cdef Term link_2(void* proc, Term* args) noexcept nogil:
    return older(<Process*>proc, AM_link, 1, args) if plain_options(<Process*>proc, args[1]) else 0


cdef Term processes_next_1(void* proc, Term* args) noexcept nogil:
    """{Next, Pids}, or none: all of them in the first step, which costs what processes/0 costs."""
    cdef Process* p = <Process*>proc
    cdef Term list_
    if not term_is_small(args[0]) or small_value(args[0]) < 0:
        return badarg(p)
    if small_value(args[0]) > 0:
        return AM_none
    list_ = older(p, AM_processes, 0, args)
    return tuple2(p, make_small(1), list_) if list_ != 0 else 0


cdef Term system_monitor_1(void* proc, Term* args) noexcept nogil:
    """system_monitor(Session): there is none but the one that every VM has."""
    if args[0] != atom_legacy:
        return badarg(<Process*>proc)
    return older(<Process*>proc, atom_system_monitor, 0, args)


cdef Term system_monitor_3(void* proc, Term* args) noexcept nogil:
    if args[0] != atom_legacy:
        return badarg(<Process*>proc)
    return older(<Process*>proc, atom_system_monitor, 2, args + 1)


bif_register(b"erlang", b"exit", 3, exit_3, 0)
bif_register(b"erlang", b"exit_signal", 3, exit_signal_3, 0)
bif_register(b"erlang", b"link", 2, link_2, 0)
bif_register(b"erts_internal", b"processes_next", 1, processes_next_1, 0)
bif_register(b"erts_internal", b"system_monitor", 1, system_monitor_1, 0)
bif_register(b"erts_internal", b"system_monitor", 3, system_monitor_3, 0)

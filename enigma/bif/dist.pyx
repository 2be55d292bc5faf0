"""Natives of distribution, for a node that is not part of one.

This VM does not speak the distribution protocol: no node is connected, none can be, and there are no
distribution controllers. Each function checks what OTP checks and then says so, with the error that erl has for a
process that is no controller, or notsup where erl would go on.

Read next: OTP's net_kernel.erl and dist_util.erl, the callers.
"""
from libc.stdint cimport uint64_t
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport Atom, atom_from_cstr, atom_get
from enigma.term.boxed cimport *
from enigma.term.number cimport integer_to_u64
from enigma.code.module cimport bif_register
from enigma.process.process cimport *
from enigma.process.lifecycle cimport name_whereis
from enigma.bif.errors cimport *

cdef Term atom_net_kernel = atom_from_cstr(b"net_kernel")


# name@host, both with at least one character
cdef bint is_node_name(Term t) noexcept nogil:
    cdef Atom* a
    cdef uint64_t i, at = 0, signs = 0
    if not term_is_atom(t):
        return False
    a = atom_get(t)
    for i in range(a.length):
        if a.name[i] == c'@':
            signs += 1
            at = i
    return signs == 1 and at > 0 and at + 1 < a.length


cdef Term setnode_2(void* proc, Term* args) noexcept nogil:
    # Only net_kernel may, and it would make us a node that others can't reach.
    cdef Process* p = <Process*>proc
    cdef uint64_t creation
    if not term_is_integer(args[1]) or not integer_to_u64(args[1], &creation) or creation >> 32 or not is_node_name(args[0]):
        return badarg(p)
    if name_whereis(p.vm, atom_net_kernel) == 0:
        return badarg(p)
    return fail(p, EXC_NOTSUP)


cdef Term new_connection_1(void* proc, Term* args) noexcept nogil:
    return fail(<Process*>proc, EXC_NOTSUP if is_node_name(args[0]) else EXC_BADARG)


cdef Term create_dist_channel_3(void* proc, Term* args) noexcept nogil:
    # The atom is the answer for arguments that name no pending connection; there is none.
    return AM_badarg


cdef Term no_such_1(void* proc, Term* args) noexcept nogil:
    return badarg(<Process*>proc)


# The caller is no distribution controller.
cdef Term no_controller(void* proc, Term* args) noexcept nogil:
    return fail(<Process*>proc, EXC_NOTSUP)


bif_register(b"erlang", b"setnode", 2, setnode_2, 0)
bif_register(b"erts_internal", b"new_connection", 1, new_connection_1, 0)
bif_register(b"erts_internal", b"abort_pending_connection", 2, no_such_1, 0)
bif_register(b"erts_internal", b"create_dist_channel", 3, create_dist_channel_3, 0)
bif_register(b"erts_internal", b"get_dflags", 0, no_controller, 0)
bif_register(b"erlang", b"dist_get_stat", 1, no_such_1, 0)
bif_register(b"erlang", b"dist_ctrl_put_data", 2, no_such_1, 0)
bif_register(b"erlang", b"dist_ctrl_get_data", 1, no_controller, 0)
bif_register(b"erlang", b"dist_ctrl_get_data_notification", 1, no_controller, 0)
bif_register(b"erlang", b"dist_ctrl_get_opt", 2, no_controller, 0)
bif_register(b"erlang", b"dist_ctrl_set_opt", 3, no_controller, 0)
bif_register(b"erlang", b"dist_ctrl_input_handler", 2, no_controller, 0)

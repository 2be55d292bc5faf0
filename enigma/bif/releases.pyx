"""BIFs that came or went between the OTP releases.

The table of BIFs (code/module.pxd) belongs to the host process and holds those of all releases. In a VM whose release
does not have one, its export is an ordinary undefined one, so that OTP's own function of that name, if there is
one, is what runs. Releases from OTP's release notes and from the tables of the emulators of 25, 27 and 29.

Read next: code/module.pxd.
"""
from enigma.term.atom cimport atom_from_cstr
from enigma.code.instructions cimport instruction_label_named
from enigma.code.module cimport CodeTables, Export, export_find

# Module, name, arity, the first release that has it, the first that has it no more (0: all later ones have it).
LIMITS = (
    (b"code", b"coverage_support", 0, 27, 0),
    (b"code", b"get_coverage", 2, 27, 0),
    (b"code", b"get_coverage_mode", 0, 27, 0),
    (b"code", b"get_coverage_mode", 1, 27, 0),
    (b"code", b"reset_coverage", 1, 27, 0),
    (b"code", b"set_coverage_mode", 1, 27, 0),
    (b"erlang", b"binary_to_integer", 1, 0, 26),
    (b"erlang", b"binary_to_integer", 2, 0, 26),
    (b"erlang", b"display_nl", 0, 0, 26),
    (b"erlang", b"display_string", 1, 0, 26),
    (b"erlang", b"display_string", 2, 26, 0),
    (b"erlang", b"exit", 3, 28, 0),
    (b"erlang", b"exit_signal", 3, 28, 0),
    (b"erlang", b"is_integer", 3, 29, 0),
    (b"erlang", b"link", 2, 28, 0),
    (b"erlang", b"list_to_integer", 1, 0, 26),
    (b"erlang", b"list_to_integer", 2, 0, 26),
    (b"erlang", b"system_monitor", 0, 0, 28),
    (b"erlang", b"system_monitor", 1, 0, 28),
    (b"erlang", b"system_monitor", 2, 0, 28),
    (b"erts_debug", b"display", 1, 0, 26),
    (b"erts_internal", b"binary_to_integer", 2, 26, 0),
    (b"erts_internal", b"list_to_integer", 2, 26, 0),
    (b"erts_internal", b"processes_next", 1, 28, 0),
    (b"erts_internal", b"system_monitor", 1, 28, 0),
    (b"erts_internal", b"system_monitor", 3, 28, 0),
    (b"erts_internal", b"term_to_string", 2, 26, 0),
    (b"erts_internal", b"trace", 4, 27, 0),
    (b"erts_internal", b"trace_info", 3, 27, 0),
    (b"erts_internal", b"trace_pattern", 4, 27, 0),
    (b"erts_internal", b"trace_session_create", 3, 27, 0),
    (b"erts_internal", b"trace_session_destroy", 1, 27, 0),
    (b"ets", b"first_lookup", 1, 27, 0),
    (b"ets", b"last_lookup", 1, 27, 0),
    (b"ets", b"lookup_element", 4, 26, 0),
    (b"ets", b"next_lookup", 2, 27, 0),
    (b"ets", b"prev_lookup", 2, 27, 0),
    (b"ets", b"update_element", 4, 27, 0),
    (b"string", b"list_to_integer", 1, 0, 26),
)


cdef void bifs_of_release(CodeTables* code, int release) noexcept:
    cdef Export* e
    for module, name, arity, first, gone in LIMITS:
        if release >= first and (gone == 0 or release < gone):
            continue
        e = export_find(code, atom_from_cstr(module), atom_from_cstr(name), arity)
        if e != NULL:
            e.bif = NULL
            e.stub[0] = instruction_label_named(b"call_error_handler_e")

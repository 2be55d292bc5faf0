"""Ports as Erlang sees them: the natives under erlang:open_port/2, port_command/3 and kin.

Most are called through the wrappers of the erlang module, which turn an atom that is no result (badarg, badopt,
badtype, enoent ...) into an exception; so these return atoms and never raise, except port_set_data,
port_get_data, port_to_list and list_to_port.

A request is carried out at once, under the port's mutex, so what the port sends because of it is in the caller's
queue before the call returns.

Read next: io/port.pxd.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, strchr, strdup, strlen
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport Atom, atom_from_cstr, atom_get
from enigma.term.bits cimport binary_from_bytes
from enigma.term.number cimport integer_from_u64, integer_to_u64
from enigma.term.text cimport text_identifier
from enigma.memory.heap cimport Fragment, FragmentHeap, fragment_free, fragment_heap_init, fragment_heap_take, term_copy
from enigma.code.module cimport bif_register
from enigma.process.process cimport *
from enigma.process.settings cimport VMSettings
from enigma.process.lifecycle cimport name_whereis
from enigma.process.runqueue cimport scheduler_current
from enigma.process.usage cimport USE_PORT, usage_enter
from enigma.process.watch cimport TF_PROCS, watch_hooks
from enigma.process.relation cimport RELATION_LINK, RelationSet as Relations, relation_add
from enigma.io.native cimport *
from enigma.io.room cimport *
from enigma.io.port cimport *
from enigma.io.stream cimport stream_fd, stream_file, stream_spawn
from enigma.trace.event cimport tell_monitor
from enigma.trace.room cimport trace_room
from enigma.bif.errors cimport *

cdef extern from "stdio.h" nogil:
    int snprintf(char*, size_t, const char*, ...)

cdef Term atom_badtype = atom_from_cstr(b"badtype")
cdef Term atom_line = atom_from_cstr(b"line")
cdef Term atom_disabled = atom_from_cstr(b"disabled")
cdef Term atom_force = atom_from_cstr(b"force")
cdef Term atom_queue_size = atom_from_cstr(b"queue_size")
cdef Term atom_locking = atom_from_cstr(b"locking")
cdef Term atom_port_level = atom_from_cstr(b"port_level")
cdef enum:
    PORT_NUMBER_MAX = (1 << 28) - 1


# --- opening ----------------------------------------------------------------------------------------------
# A string of an environment: a list of characters without NUL. NULL: it is none.
cdef char* environment_string(Term t, int encoding) noexcept nogil:
    cdef size_t size
    if not term_is_list(t) and not term_is_nil(t):
        return NULL
    return name_to_native(t, encoding, True, False, &size)


cdef void strings_drop(char** strings) noexcept nogil:
    cdef size_t i = 0
    if strings != NULL:
        while strings[i] != NULL:
            free(strings[i])
            i += 1
        free(strings)


cdef bint list_count(Term t, size_t* n) noexcept nogil:
    n[0] = 0
    while term_is_list(t):
        n[0] += 1
        t = list_tail(t)
    return term_is_nil(t)


# {env, [{Name, Value | false}]} as "K=V" and "K".
cdef char** environment_changes(Term t, int encoding) noexcept nogil:
    cdef size_t n, i = 0
    cdef char** out
    cdef char* key
    cdef char* value = NULL
    cdef char* both
    cdef Term* e
    if not list_count(t, &n):
        return NULL
    out = <char**>calloc(n + 1, sizeof(char*))
    while out != NULL and term_is_list(t):
        both = NULL
        if term_is_tuple_of(list_head(t), 2):
            e = tuple_elements(list_head(t))
            key = environment_string(e[0], encoding)
            value = NULL
            if key != NULL and strchr(key, c"=") == NULL:
                if e[1] == AM_false:
                    both = strdup(key)
                else:
                    value = environment_string(e[1], encoding)
                    if value != NULL:
                        both = <char*>malloc(strlen(key) + strlen(value) + 2)
                        if both != NULL:
                            memcpy(both, key, strlen(key))
                            both[strlen(key)] = c"="
                            memcpy(both + strlen(key) + 1, value, strlen(value) + 1)
            free(key)
            free(value)
        if both == NULL:
            strings_drop(out)
            return NULL
        out[i] = both
        i += 1
        t = list_tail(t)
    return out


cdef char** arguments(Term t, int encoding) noexcept nogil:
    cdef size_t n, i = 0, size
    cdef char** out
    if not list_count(t, &n):
        return NULL
    out = <char**>calloc(n + 1, sizeof(char*))
    while out != NULL and term_is_list(t):
        out[i] = name_to_native(list_head(t), encoding, True, True, &size)
        if out[i] == NULL:
            strings_drop(out)
            return NULL
        i += 1
        t = list_tail(t)
    return out


# Limits of busy_limits_port and busy_limits_msgq.
cdef bint busy_limits(Term t, uint64_t* low, uint64_t* high) noexcept nogil:
    if t == atom_disabled:
        low[0] = high[0] = <uint64_t>-1
        return True
    if (not term_is_tuple_of(t, 2) or not integer_to_u64(tuple_elements(t)[0], low)
            or not integer_to_u64(tuple_elements(t)[1], high)):
        return False
    if low[0] < 1 or high[0] < 1 or low[0] == <uint64_t>-1 or high[0] == <uint64_t>-1:
        return False
    if low[0] > high[0]:
        low[0] = high[0]
    return True


cdef bint option_pair(PortOptions* o, Term key, Term value, int encoding, Term* directory) noexcept nogil:
    cdef uint64_t low, high
    cdef size_t size
    cdef char** list_
    if key == AM_packet:
        if value != make_small(1) and value != make_small(2) and value != make_small(4):
            return False
        o.packet = <int>small_value(value)
    elif key == atom_line:
        if not term_is_small(value) or small_value(value) <= 0:
            return False
        o.line = small_value(value)
    elif key == AM_env:
        list_ = environment_changes(value, encoding)
        if list_ == NULL:
            return False
        strings_drop(o.env)
        o.env = list_
    elif key == AM_args:
        list_ = arguments(value, encoding)
        if list_ == NULL:
            return False
        strings_drop(o.args)
        o.args = list_
        o.has_args = True
    elif key == AM_arg0:
        free(o.arg0)
        o.arg0 = name_to_native(value, encoding, True, True, &size)
        o.has_args = True
        return o.arg0 != NULL
    elif key == AM_cd:
        directory[0] = value
    elif key == AM_parallelism:
        if value != AM_true and value != AM_false:
            return False
        o.flags &= ~<uint32_t>PORT_PARALLELISM
        if value == AM_true:
            o.flags |= PORT_PARALLELISM
    elif key == AM_busy_limits_port:
        return busy_limits(value, &o.low, &o.high)
    elif key == AM_busy_limits_msgq:
        return busy_limits(value, &low, &high)      # no signal ever waits in front of a port
    else:
        return False
    return True


cdef bint options_parse(PortOptions* o, Term t, int encoding, Term* directory) noexcept nogil:
    cdef Term item
    while term_is_list(t):
        item = list_head(t)
        if term_is_tuple_of(item, 2):
            if not option_pair(o, tuple_elements(item)[0], tuple_elements(item)[1], encoding, directory):
                return False
        elif item == AM_stream:
            o.packet = 0
        elif item == AM_use_stdio:
            o.use_stdio = True
        elif item == AM_nouse_stdio:
            o.use_stdio = False
        elif item == AM_stderr_to_stdout:
            o.stderr_to_stdout = True
        elif item == atom_line:
            o.line = 512
        elif item == AM_binary:
            o.flags |= PORT_BINARY
        elif item == AM_in:
            o.flags |= PORT_IN
        elif item == AM_out:
            o.flags |= PORT_OUT
        elif item == AM_eof:
            o.flags |= PORT_SOFT_EOF
        elif item == AM_exit_status:
            o.flags |= PORT_EXIT_STATUS
        elif item != AM_hide and item != AM_overlapped_io:     # both are for other systems
            return False
        t = list_tail(t)
    if not term_is_nil(t):
        return False
    if not o.flags & (PORT_IN | PORT_OUT):
        o.flags |= PORT_IN | PORT_OUT
    return not (o.line > 0 and o.packet > 0) and not (o.stderr_to_stdout and not o.use_stdio)


cdef bint is_byte_string(Term t) noexcept nogil:
    if not term_is_list(t):
        return False
    while term_is_list(t):
        if not term_is_small(list_head(t)) or <uint64_t>small_value(list_head(t)) > 255:
            return False
        t = list_tail(t)
    return term_is_nil(t)


cdef inline int descriptor(Term t) noexcept nogil:
    return <int>small_value(t) if 0 <= small_value(t) < 1 << 30 else -1


cdef Term open_named(Process* p, PortOptions* o, Term name, Term directory, int encoding) noexcept nogil:
    cdef PortDriver* driver = NULL
    cdef char* command = NULL
    cdef char text[64]
    cdef Term* e
    cdef Term id
    cdef Port* port
    cdef size_t size
    cdef int error = 0
    cdef bint spawns = False
    if (term_is_atom(name) or is_byte_string(name)) and (<VMSettings*>p.vm.runtime).release_number < 26:
        driver = stream_file()
        command = name_to_native(name, NAMES_LATIN1 if not term_is_atom(name) else encoding, False, True, &size)
    elif term_is_tuple(name) and tuple_arity(name) > 0:
        e = tuple_elements(name)
        if (e[0] == AM_spawn or e[0] == AM_spawn_driver or e[0] == AM_spawn_executable) and tuple_arity(name) == 2:
            command = name_to_native(e[1], encoding, False, True, &size)
            spawns = True
            o.executable = e[0] == AM_spawn_executable
            if command != NULL and not o.executable:
                driver = port_driver_find(command)
            if driver == NULL and e[0] != AM_spawn_driver:
                driver = stream_spawn()
        elif e[0] == AM_fd and tuple_arity(name) == 3 and term_is_small(e[1]) and term_is_small(e[2]):
            o.in_fd = descriptor(e[1])
            o.out_fd = descriptor(e[2])
            snprintf(text, 64, b"%i/%i", o.in_fd, o.out_fd)
            command = strdup(text)
            driver = stream_fd()
    if command == NULL or driver == NULL or (o.has_args and not o.executable) or (o.flags & PORT_EXIT_STATUS and not spawns):
        free(command)
        return AM_badarg
    if directory != 0:
        o.cd = name_to_native(directory, encoding, False, True, &size)
        if o.cd == NULL:
            free(command)
            return AM_badarg
    port = port_open(p.vm, p.id, driver, command, command, o, &error)
    free(command)
    if port == NULL:
        if error == -1 or error == -3:
            return AM_einval if error == -1 else AM_badarg
        return AM_system_limit if error == -2 else errno_atom(error)
    id = port.id
    port_release(port)
    # The port's half of the link is there already. If the port has died since, its exit signal waits in our queue.
    relation_add(<Relations**>&p.relations, RELATION_LINK, id)
    if p.trace_flags & TF_PROCS:
        watch_hooks().event(p, AM_link, id, 0)
    return id


cdef Term open_port_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef PortOptions o
    cdef Term directory = 0
    cdef Term result
    cdef int encoding
    if p.vm.io == NULL:
        return AM_badarg
    encoding = io_room(p.vm).name_encoding
    port_options_init(&o)
    if options_parse(&o, args[1], encoding, &directory):
        result = open_named(p, &o, args[0], directory, encoding)
    else:
        result = AM_badopt
    port_options_free(&o)
    charge(p, 200)
    return result


# --- requests -----------------------------------------------------------------------------------------------
# The open port of an identifier or registered name, locked and with a count; NULL: none.
cdef Port* port_of(Process* p, Term t) noexcept nogil:
    cdef Port* port
    if term_is_atom(t):
        t = name_whereis(p.vm, t)
    port = port_find(p.vm, t) if t != 0 else NULL
    if port == NULL:
        return NULL
    port_lock(port)
    if not port_is_open(port):
        port_unlock(port)
        port_release(port)
        return NULL
    return port


cdef void port_done(Port* port) noexcept nogil:
    port_unlock(port)
    port_release(port)


cdef Term port_command_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term t = args[2]
    cdef bint force = False, nosuspend = False, waits, news
    cdef uint32_t others
    cdef Port* port
    cdef uint64_t before
    cdef Term result
    while term_is_list(t):
        if list_head(t) == atom_force:
            force = True
        elif list_head(t) == AM_nosuspend:
            nosuspend = True
        else:
            return AM_badopt
        t = list_tail(t)
    if not term_is_nil(t):
        return AM_badopt
    port = port_of(p, args[0])
    if port == NULL:
        return AM_badarg
    if force:
        port_done(port)
        return AM_notsup               # no driver here may be overrun
    if port.flags & PORT_BUSY:
        others = port.waiter_count
        waits = not nosuspend and port_wait(port, p.id)
        news = port.waiter_count != others      # it may be here again, woken by something else
        port_done(port)
        if waits and news and p.vm.trace != NULL and trace_room(p.vm).busy_port:
            tell_monitor(p.vm, p.id, AM_busy_port, args[0])
        if not waits:
            return AM_false
        p.freason = TRAP_WAIT
        return 0
    before = port.bytes_out
    port_turn(port, AM_in, AM_command)
    result = AM_true if port_output(port, p.id, args[1]) else AM_badarg
    port_turn(port, AM_out, AM_command)
    charge(p, 20 + ((port.bytes_out - before) >> 8))
    port_done(port)
    return result


cdef Term port_control_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Port* port
    cdef Bytes data
    cdef uint64_t op
    cdef uint8_t out[64]
    cdef int n = -1, before
    cdef bint binary = False
    cdef Term result
    port = port_of(p, args[0])
    if port == NULL:
        return AM_badarg
    data.data = NULL
    data.size = data.capacity = 0
    if term_is_integer(args[1]) and integer_to_u64(args[1], &op) and (op >> 32) == 0 and bytes_put_iodata(&data, args[2]):
        before = usage_enter(scheduler_current(), USE_PORT)
        n = port_control(port, p.id, <uint32_t>op, data.data, data.size, out)
        usage_enter(scheduler_current(), before)
        binary = port.flags & PORT_CONTROL_BINARY
    port_done(port)
    free(data.data)
    charge(p, 20)
    if n < 0:
        return AM_badarg
    result = binary_from_bytes(proc_heap(p), out, n) if binary else list_of_bytes(proc_heap(p), out, n, nil())
    return result if result != 0 else AM_badarg


# No driver here has calls.
cdef Term port_call_3(void* proc, Term* args) noexcept nogil:
    return AM_badarg


cdef Term port_close_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Port* port = port_of(p, args[0])
    if port == NULL:
        return AM_badarg
    port_close(port, p.id)
    port_done(port)
    charge(p, 50)
    return AM_true


cdef Term port_connect_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Port* port = port_of(p, args[0])
    cdef bint good
    if port == NULL:
        return AM_badarg
    good = port_connect(port, p.id, args[1])
    port_unlock(port)
    if good:
        port_link_owner(port, args[1])
    port_release(port)
    charge(p, 20)
    return AM_true if good else AM_badarg


# --- information ----------------------------------------------------------------------------------------------
cdef Term pids(Heap* h, Term* pids_, size_t n) noexcept nogil:
    cdef Term list_ = nil()
    cdef Term* cell
    while n > 0:
        cell = heap_alloc(h, 2)
        if cell == NULL:
            return 0
        n -= 1
        list_ = cons(cell, pids_[n], list_)
    return list_


cdef Term watchers(Heap* h, Port* port) noexcept nogil:
    cdef Signal* s = port.monitors
    cdef Term list_ = nil()
    cdef Term* cell
    while s != NULL:
        cell = heap_alloc(h, 2)
        if cell == NULL:
            return 0
        list_ = cons(cell, s.sender, list_)
        s = s.next
    return list_


# The item's value; 0: no such item; nil() for an absent registered_name.
cdef Term info_value(Process* p, Port* port, Term item) noexcept nogil:
    cdef Heap* h = proc_heap(p)
    cdef Term name
    if item == AM_name:
        return list_of_bytes(h, <uint8_t*>port.name, port.name_size, nil())
    if item == AM_links:
        return pids(h, port.links, port.link_count)
    if item == AM_id:
        return integer_from_u64(h, port_data(port.id) << 3)
    if item == AM_connected:
        return port.owner
    if item == AM_input:
        return integer_from_u64(h, port.bytes_in)
    if item == AM_output:
        return integer_from_u64(h, port.bytes_out)
    if item == AM_os_pid:
        return make_small(port.os_pid) if port.os_pid > 0 else AM_undefined
    if item == AM_registered_name:
        name = port_registered_name(p.vm, port.id)
        return name if name != 0 else nil()
    if item == AM_monitors:
        return nil()
    if item == AM_monitored_by:
        return watchers(h, port)
    if item == AM_memory:
        return integer_from_u64(h, sizeof(Port) + port.out_size + port.buffer.capacity)
    if item == AM_parallelism:
        return AM_true if port.flags & PORT_PARALLELISM else AM_false
    if item == atom_queue_size:
        return integer_from_u64(h, port.out_size)
    if item == atom_locking:
        return atom_port_level
    return 0


cdef Term info_pair(Process* p, Port* port, Term item) noexcept nogil:
    cdef Term value = info_value(p, port, item)
    if value == 0:
        return AM_badarg
    if item == AM_registered_name and term_is_nil(value):
        return value
    value = tuple_of_2(proc_heap(p), item, value)
    return value if value != 0 else AM_badarg


cdef Term port_info_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Port* port
    cdef Term result
    if not term_is_local_port(args[0]) and not term_is_atom(args[0]):
        return atom_badtype
    port = port_of(p, args[0])
    if port == NULL:
        return AM_undefined
    port_turn(port, AM_in, AM_info)
    result = info_pair(p, port, args[1])
    port_turn(port, AM_out, AM_info)
    port_done(port)
    charge(p, 20)
    return result


cdef Term port_info_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term items[8]
    cdef Port* port
    cdef Term result = nil(), pair
    cdef Term* cell
    cdef int i
    if not term_is_local_port(args[0]) and not term_is_atom(args[0]):
        return AM_badarg
    port = port_of(p, args[0])
    if port == NULL:
        return AM_undefined
    port_turn(port, AM_in, AM_info)
    items[0] = AM_registered_name
    items[1] = AM_name
    items[2] = AM_links
    items[3] = AM_id
    items[4] = AM_connected
    items[5] = AM_input
    items[6] = AM_output
    items[7] = AM_os_pid
    for i in range(7, -1, -1):
        pair = info_pair(p, port, items[i])
        if not term_is_nil(pair):
            cell = proc_alloc(p, 2)
            if cell == NULL:
                result = AM_badarg
                break
            result = cons(cell, pair, result)
    port_turn(port, AM_out, AM_info)
    port_done(port)
    charge(p, 50)
    return result


cdef Term ports_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef size_t n, max_
    cdef Term* found
    cdef Term result
    if p.vm.io == NULL:
        return nil()
    max_ = port_list(p.vm, NULL, 0) + 64
    found = <Term*>malloc(max_ * sizeof(Term))
    if found == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    n = port_list(p.vm, found, max_)
    if n > max_:
        n = max_
    result = pids(proc_heap(p), found, n)
    free(found)
    charge(p, n)
    return result if result != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term port_to_list_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char text[400]
    cdef size_t n
    if not term_is_port(args[0]):
        return badarg(p)
    n = text_identifier(args[0], text)
    return list_of_bytes(proc_heap(p), <uint8_t*>text, n, nil())


cdef Term list_to_port_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef const char* start = b"#Port<0."
    cdef Term t = args[0]
    cdef uint64_t number = 0
    cdef int64_t c
    cdef size_t n = 0
    while term_is_list(t) and term_is_small(list_head(t)):
        c = small_value(list_head(t))
        t = list_tail(t)
        if n < 8:
            if c != start[n]:
                return badarg(p)
        elif c >= c"0" and c <= c"9":
            number = number * 10 + (c - c"0")
            if number > PORT_NUMBER_MAX:
                return badarg(p)
        elif c == c">" and n > 8 and term_is_nil(t):
            return make_port(number)
        else:
            return badarg(p)
        n += 1
    return badarg(p)


# --- data kept with a port --------------------------------------------------------------------------------------
cdef Term port_set_data_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Port* port = port_of(p, args[0])
    cdef FragmentHeap whole             # literals as well: nobody looks here when they are to be released
    cdef Fragment* fragment
    cdef Term t
    if port == NULL:
        return badarg(p)
    fragment_heap_init(&whole)
    t = term_copy(&whole.heap, args[1], True)
    fragment = fragment_heap_take(&whole)
    if t != 0:
        if port.data_fragment != NULL:
            fragment_free(port.data_fragment, True)
        port.data = t
        port.data_fragment = fragment
    port_done(port)
    return AM_true if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term port_get_data_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Port* port = port_of(p, args[0])
    cdef Term t
    if port == NULL:
        return badarg(p)
    t = term_copy(proc_heap(p), port.data, False)
    port_done(port)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


bif_register(b"erts_internal", b"open_port", 2, open_port_2, 0)
bif_register(b"erts_internal", b"port_command", 3, port_command_3, 0)
bif_register(b"erts_internal", b"port_control", 3, port_control_3, 0)
bif_register(b"erts_internal", b"port_call", 3, port_call_3, 0)
bif_register(b"erts_internal", b"port_close", 1, port_close_1, 0)
bif_register(b"erts_internal", b"port_connect", 2, port_connect_2, 0)
bif_register(b"erts_internal", b"port_info", 1, port_info_1, 0)
bif_register(b"erts_internal", b"port_info", 2, port_info_2, 0)
bif_register(b"erlang", b"ports", 0, ports_0, 0)
bif_register(b"erlang", b"port_to_list", 1, port_to_list_1, 0)
bif_register(b"erlang", b"list_to_port", 1, list_to_port_1, 0)
bif_register(b"erlang", b"port_set_data", 2, port_set_data_2, 0)
bif_register(b"erlang", b"port_get_data", 1, port_get_data_1, 0)

import enigma.io.ram_file     # these register their drivers
import enigma.io.terminal
import enigma.io.trace_ports

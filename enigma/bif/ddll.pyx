"""erl_ddll for a VM that loads no drivers: linked-in drivers are C code against another VM's interface.

The drivers that this VM has of its own are there as linked-in ones, which are permanent; every other name is not
loaded, and loading it fails as opening the library fails, or would. Arguments are checked as OTP checks them.

Invariant: a monitor is answered at once: `UP ... permanent` for a driver of the VM, `DOWN ... unloaded` for any other.

Read next: io/port.pxd for the drivers.
"""
from libc.errno cimport errno
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdio cimport snprintf
from libc.stdlib cimport free
from libc.string cimport memcmp, memcpy, strcmp, strdup, strerror, strlen, strndup
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport Atom, atom_from_cstr, atom_get
from enigma.term.bits cimport binary_bytes
from enigma.code.module cimport bif_register
from enigma.process.process cimport *
from enigma.process.lifecycle cimport ref_new
from enigma.process.signal cimport send_system
from enigma.io.native cimport NAMES_UTF8, name_to_native
from enigma.io.port cimport PortDriver, port_driver_find
from enigma.bif.build cimport characters, prepend, tuple2
from enigma.bif.errors cimport *
from enigma.bif.iodata cimport iodata_copy, iodata_size

cdef enum:
    NAME_MAX = 512
    PATH_LIMIT = 4096
    FIRST_COMPLAINT = -10        # what open_error says: the number of the loader's first complaint, from there downward
    COMPLAINTS = 32
    HEADER = 64                  # bytes, of an ELF file

cdef extern from "fcntl.h" nogil:
    int O_RDONLY, O_NONBLOCK, O_CLOEXEC
    int c_open "open"(const char* path, int flags)

cdef extern from "unistd.h" nogil:
    long c_read "read"(int fd, void* to, size_t n)
    int c_close "close"(int fd)

cdef Term atom_already_loaded = atom_from_cstr(b"already_loaded")
cdef Term atom_awaiting_load = atom_from_cstr(b"awaiting_load")
cdef Term atom_awaiting_unload = atom_from_cstr(b"awaiting_unload")
cdef Term atom_driver = atom_from_cstr(b"driver")
cdef Term atom_driver_options = atom_from_cstr(b"driver_options")
cdef Term atom_inconsistent = atom_from_cstr(b"inconsistent")
cdef Term atom_kill_ports = atom_from_cstr(b"kill_ports")
cdef Term atom_linked_in_driver = atom_from_cstr(b"linked_in_driver")
cdef Term atom_loaded = atom_from_cstr(b"loaded")
cdef Term atom_monitor = atom_from_cstr(b"monitor")
cdef Term atom_not_loaded_by_this_process = atom_from_cstr(b"not_loaded_by_this_process")
cdef Term atom_not_pending = atom_from_cstr(b"not_pending")
cdef Term atom_open_error = atom_from_cstr(b"open_error")
cdef Term atom_pending = atom_from_cstr(b"pending")
cdef Term atom_pending_driver = atom_from_cstr(b"pending_driver")
cdef Term atom_permanent = atom_from_cstr(b"permanent")
cdef Term atom_port_count = atom_from_cstr(b"port_count")
cdef Term atom_processes = atom_from_cstr(b"processes")
cdef Term atom_reload = atom_from_cstr(b"reload")
cdef Term atom_unloaded = atom_from_cstr(b"unloaded")
cdef Term atom_unloaded_only = atom_from_cstr(b"unloaded_only")
cdef Term atom_up = atom_from_cstr(b"UP")


# A driver's name, an atom or iodata, as a C string. False: it is none.
cdef bint name_of(Term t, char* out) noexcept nogil:
    cdef Atom* a
    cdef size_t size
    if term_is_atom(t):
        a = atom_get(t)
        if a.length >= NAME_MAX:
            return False
        memcpy(out, a.name, a.length)
        out[a.length] = 0
        return True
    if not iodata_size(t, &size) or size >= NAME_MAX or not iodata_copy(t, <uint8_t*>out):
        return False
    out[size] = 0
    return True


cdef bint is_linked_in(const char* name) noexcept nogil:
    cdef PortDriver* driver = port_driver_find(name)
    return driver != NULL and strlen(driver.name) == strlen(name)


# What the loader has had to complain of so far, in this host process; a number names each. Entries stay. The first is there
# from the beginning, as it is in erl, which has looked for libraries when it has started.
cdef const char* complaints[COMPLAINTS]
cdef int complaint_count = 1                # under complaints_lock, as the rest
cdef uint32_t complaints_lock = 0           # spin
complaints[0] = b"cannot open shared object file: No such file or directory"

cdef int number_of(const char* text) noexcept nogil:
    cdef int i = 0
    global complaint_count
    en_spin_lock(&complaints_lock)
    while i < complaint_count and strcmp(complaints[i], text) != 0:
        i += 1
    if i == complaint_count and i < COMPLAINTS:
        complaints[i] = strdup(text)
        if complaints[i] != NULL:
            complaint_count += 1
    if i >= complaint_count:
        i = FIRST_COMPLAINT - UNSPECIFIED
    en_spin_unlock(&complaints_lock)
    return FIRST_COMPLAINT - i


# The other numbers, from 0 downward.
cdef enum:
    UNSPECIFIED = -9
cdef const char* words[10]
words[:] = [b"No error", b"No driver init in dynamic library", b"Driver init failed", b"Bad driver name", b"Driver name to long",
            b"Driver compiled with incorrect version of erl_driver.h", b"DDLL functionality not available on this platform",
            b"Unspecified dynamic library error", b"Symbol not found in dynamic library", b"Unspecified error"]

cdef const char* words_of(int32_t number) noexcept nogil:
    cdef const char* text = b"Unknown dlload error"
    if number > 0:
        return words[-UNSPECIFIED]
    if number > FIRST_COMPLAINT:
        return words[-number]
    en_spin_lock(&complaints_lock)
    if <int64_t>FIRST_COMPLAINT - number < complaint_count:
        text = complaints[FIRST_COMPLAINT - number]
    en_spin_unlock(&complaints_lock)
    return text


# What a loader of libraries would say of the file directory/name.so: the number of it.
cdef int complaint(const char* directory, const char* name) noexcept nogil:
    cdef char full[PATH_LIMIT + NAME_MAX + 8]
    cdef char text[300]
    cdef uint8_t header[HEADER]
    cdef long n
    cdef int fd
    snprintf(full, sizeof(full), b"%s/%s.so", directory, name)
    fd = c_open(full, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    if fd < 0:
        snprintf(text, sizeof(text), b"cannot open shared object file: %s", strerror(errno))
        return number_of(text)
    n = c_read(fd, header, HEADER)
    if n < 0:
        snprintf(text, sizeof(text), b"cannot read file data: %s", strerror(errno))
    elif n < HEADER:
        snprintf(text, sizeof(text), b"file too short")
    elif memcmp(header, b"\x7fELF", 4) != 0:
        snprintf(text, sizeof(text), b"invalid ELF header")
    else:
        snprintf(text, sizeof(text), b"this runtime loads no drivers")
    c_close(fd)
    return number_of(text)


cdef Term failure(Process* p, Term why) noexcept nogil:
    return tuple2(p, AM_error, why)


cdef Term try_load_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char name[NAME_MAX]
    cdef char* path
    cdef size_t size
    cdef Term options = args[2], o
    cdef Term* e
    cdef bint reload = False
    cdef int number = 0
    cdef const uint8_t* data
    cdef uint8_t* temp = NULL
    while term_is_list(options):
        o = list_head(options)
        options = list_tail(options)
        if not term_is_tuple_of(o, 2):
            return badarg(p)
        e = tuple_elements(o)
        if e[0] == atom_driver_options:
            o = e[1]
            while term_is_list(o) and list_head(o) == atom_kill_ports:
                o = list_tail(o)
            if not term_is_nil(o):
                return badarg(p)
        elif e[0] == atom_reload and (e[1] == atom_pending or e[1] == atom_pending_driver):
            reload = True
        elif e[0] != atom_monitor or (e[1] != atom_pending and e[1] != atom_pending_driver):
            return badarg(p)
    if not term_is_nil(options) or term_is_atom(args[0]) or not name_of(args[1], name):
        return badarg(p)
    # A binary ends at its first NUL, as it is; characters may hold none.
    if binary_bytes(args[0], &data, &size, &temp):
        path = strndup(<const char*>data, size)
        free(temp)
    else:
        path = name_to_native(args[0], NAMES_UTF8, True, False, &size)
    if path == NULL:
        return badarg(p)
    if not is_linked_in(name) and not reload:
        number = complaint(path, name)
    free(path)
    if is_linked_in(name):
        return failure(p, atom_linked_in_driver)
    if reload:
        return failure(p, AM_not_loaded)
    return failure(p, tuple2(p, atom_open_error, make_small(number)))


cdef Term try_unload_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char name[NAME_MAX]
    cdef Term options = args[1], o
    cdef bint good
    while term_is_list(options):
        o = list_head(options)
        good = o == atom_kill_ports or (term_is_tuple_of(o, 2) and tuple_elements(o)[0] == atom_monitor and
                                        (tuple_elements(o)[1] == atom_pending or tuple_elements(o)[1] == atom_pending_driver))
        if not good:
            return badarg(p)
        options = list_tail(options)
    if not term_is_nil(options) or not name_of(args[0], name):
        return badarg(p)
    return failure(p, atom_linked_in_driver if is_linked_in(name) else AM_not_loaded)


cdef Term info_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char name[NAME_MAX]
    if not name_of(args[0], name) or not is_linked_in(name):
        return badarg(p)
    if args[1] == atom_linked_in_driver:
        return AM_true
    if args[1] == atom_permanent:
        return AM_false
    if args[1] == atom_processes or args[1] == atom_driver_options or args[1] == atom_port_count or args[1] == atom_awaiting_load \
            or args[1] == atom_awaiting_unload:
        return atom_linked_in_driver
    return badarg(p)


cdef Term format_error_int_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term e = args[0], code, t
    cdef const char* text = NULL
    if term_is_tuple_of(e, 2) and tuple_elements(e)[0] == atom_open_error:
        code = tuple_elements(e)[1]
        if term_is_small(code) and -(<int64_t>1 << 59) <= small_value(code) < <int64_t>1 << 59:
            text = words_of(<int32_t>small_value(code))         # erl looks at the low 32 bits of its small integers
    elif e == atom_inconsistent:
        text = b"Driver name and/or driver options are inconsistent with currently loaded driver"
    elif e == atom_linked_in_driver:
        text = b"Driver is statically linked and cannot be loaded/unloaded"
    elif e == atom_permanent:
        text = b"DDLL driver is permanent an cannot be unloaded/loaded"
    elif e == AM_not_loaded:
        text = b"DDLL driver is not loaded"
    elif e == atom_not_loaded_by_this_process:
        text = b"DDLL driver was not loaded by this process"
    elif e == atom_not_pending:
        text = b"DDLL load not pending for this driver name"
    elif e == atom_already_loaded:
        text = b"DDLL driver is already loaded successfully"
    if text == NULL:
        return badarg(p)
    t = characters(p, text)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term monitor_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char name[NAME_MAX]
    cdef Term* e
    cdef Term* hp
    cdef Term ref
    cdef bint up
    if args[0] != atom_driver or not term_is_tuple_of(args[1], 2):
        return badarg(p)
    e = tuple_elements(args[1])
    if (e[1] != atom_loaded and e[1] != atom_unloaded and e[1] != atom_unloaded_only) or not name_of(e[0], name):
        return badarg(p)
    up = is_linked_in(name)
    ref = ref_new(p.vm, proc_heap(p))
    hp = proc_alloc(p, 6)
    if ref == 0 or hp == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    hp[0] = make_header(T_TUPLE, 5)
    hp[1] = atom_up if up else AM_DOWN
    hp[2] = ref
    hp[3] = atom_driver
    hp[4] = e[0]
    hp[5] = atom_permanent if up else atom_unloaded
    send_system(p.vm, 0, p.id, make_boxed(hp))
    return ref


cdef Term demonitor_1(void* proc, Term* args) noexcept nogil:
    return AM_true if term_is_kind(args[0], T_REF) else badarg(<Process*>proc)


cdef Term loaded_drivers_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef const char* names[2]
    cdef Term list_ = nil()
    cdef int i = 2
    names[0] = b"ram_file_drv"
    names[1] = b"tty_sl"
    while i > 0:
        i -= 1
        if is_linked_in(names[i]):
            list_ = prepend(p, characters(p, names[i]), list_)
    return tuple2(p, AM_ok, list_) if list_ != 0 else 0


bif_register(b"erl_ddll", b"loaded_drivers", 0, loaded_drivers_0, 0)
bif_register(b"erl_ddll", b"try_load", 3, try_load_3, 0)
bif_register(b"erl_ddll", b"try_unload", 2, try_unload_2, 0)
bif_register(b"erl_ddll", b"info", 2, info_2, 0)
bif_register(b"erl_ddll", b"format_error_int", 1, format_error_int_1, 0)
bif_register(b"erl_ddll", b"monitor", 2, monitor_2, 0)
bif_register(b"erl_ddll", b"demonitor", 1, demonitor_1, 0)

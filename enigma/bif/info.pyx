"""What a program may ask about its VM: system_info; sizes of terms for erts_debug; nodes.

Figures come from the rooms that own them. Questions about mechanisms that this VM does not have (allocator
utilities, bindings of schedulers) get the answer of a VM without them, or badarg. None collects.

Read next: system_flag.pyx for what may be set, statistics.pyx for figures that change all the time.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport strlen
from enigma.term.am cimport *
from enigma.term.atom cimport atom_count, atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.bits cimport binary_bytes_in_use, binary_from_bytes
from enigma.term.core cimport *
from enigma.term.map cimport map_find, map_from_pairs
from enigma.term.number cimport integer_from_i64, integer_from_u64
from enigma.memory.heap cimport *
from enigma.memory.figures cimport otp_words
from enigma.code.module cimport (BIF_NIF, BifEntry, CodeTables, Export, FunctionInfo, FunEntry, LineEntry, Module,
                                 ModuleInstance, bif_at, bif_count, bif_find, bif_register, module_find)
from enigma.process.lifecycle cimport *
from enigma.process.release cimport literal_retired
from enigma.process.signal cimport fragments_free, send_message_fragment
from enigma.ets.table cimport Object, Room, Table, ets_room, table_size_now, table_words_now
from enigma.io.room cimport io_room
from enigma.process.figures cimport system_logger
from enigma.process.online cimport *
from enigma.process.runqueue cimport scheduler_current, world_resume, world_stop
from enigma.process.table cimport room_of
from enigma.process.settings cimport VMSettings
from enigma.process.timer cimport CLOCK_START, clock_os_monotonic, clock_os_system
from enigma.bif.build cimport *
from enigma.trace.room cimport trace_room
from enigma.bif.errors cimport *
from enigma.bif.system_flag cimport *
from enigma.bif.topology cimport processors_look, processors_seen, topology_in_use, topology_rows

cdef inline VMSettings* settings_of(Process* p) noexcept nogil:
    return <VMSettings*>p.vm.runtime


cdef inline Term number(Process* p, uint64_t v) noexcept nogil:
    cdef Term t = integer_from_u64(proc_heap(p), v)
    return t if t else fail(p, EXC_SYSTEM_LIMIT)


# --- system_info ----------------------------------------------------------------------------------------
cdef Term heap_sizes(Process* p) noexcept nogil:
    cdef size_t sizes[200]
    cdef size_t n = 0, size = heap_next_size(1)
    cdef Term list_ = nil()
    while n < 200 and size < <size_t>900000000000000:       # OTP's series ends at 2^49.65 words
        sizes[n] = size
        n += 1
        size = heap_next_size(size + 1)
    while n > 0:
        n -= 1
        list_ = prepend(p, make_small(<int64_t>sizes[n]), list_)
    return list_


cdef Term time_source(Process* p, bint monotonic) noexcept nogil:
    cdef Term list_ = nil()
    list_ = prepend(p, tuple2(p, AM_time, integer_from_i64(proc_heap(p),
                    clock_os_monotonic() if monotonic else clock_os_system())), list_)
    list_ = prepend(p, tuple2(p, AM_parallel, AM_yes), list_)
    if monotonic:
        list_ = prepend(p, tuple2(p, AM_extended, AM_no), list_)
    list_ = prepend(p, tuple2(p, AM_resolution, make_small(1000000000)), list_)
    list_ = prepend(p, tuple2(p, AM_clock_id, AM_CLOCK_MONOTONIC if monotonic else AM_CLOCK_REALTIME), list_)
    return prepend(p, tuple2(p, AM_function, AM_clock_gettime), list_)


# --- memory: erlang:memory/0,1 asks for the bytes of every allocator and of some areas ------------------
cdef Term atom_schedulers_state = atom_from_cstr(b"schedulers_state")
cdef Term atom_all_schedulers_state = atom_from_cstr(b"all_schedulers_state")
cdef Term atom_schedulers_total = atom_from_cstr(b"schedulers_total")
cdef Term atom_cpu_quota = atom_from_cstr(b"cpu_quota")
cdef Term atom_ets_always_compress = atom_from_cstr(b"ets_always_compress")
cdef Term atom_constant_pool_support = atom_from_cstr(b"constant_pool_support")
cdef Term atom_defined = atom_from_cstr(b"defined")
cdef Term atom_detected = atom_from_cstr(b"detected")
cdef Term atom_unknown = atom_from_cstr(b"unknown")
cdef Term atom_node_type = atom_from_cstr(b"node_type")
cdef Term atom_connection_id = atom_from_cstr(b"connection_id")
cdef Term atom_allocated_areas = atom_from_cstr(b"allocated_areas")
cdef Term atom_memory_internal = atom_from_cstr(b"memory_internal")
cdef Term atom_blocks = atom_from_cstr(b"blocks")
cdef Term atom_sbcs = atom_from_cstr(b"sbcs")
cdef Term atom_instance = atom_from_cstr(b"instance")
cdef Term atom_mbcs = atom_from_cstr(b"mbcs")
cdef Term atom_eheap_alloc = atom_from_cstr(b"eheap_alloc")
cdef Term atom_ets_alloc = atom_from_cstr(b"ets_alloc")
cdef Term atom_binary_alloc = atom_from_cstr(b"binary_alloc")
cdef Term atom_driver_alloc = atom_from_cstr(b"driver_alloc")
cdef Term atom_atom_space = atom_from_cstr(b"atom_space")
cdef Term atom_atom_table = atom_from_cstr(b"atom_table")
cdef Term atom_loaded_code = atom_from_cstr(b"loaded_code")
cdef Term atom_atom_used = atom_from_cstr(b"atom_used")
cdef Term atom_processes_used = atom_from_cstr(b"processes_used")
cdef Term atom_export_table = atom_from_cstr(b"export_table")

cdef enum:
    ALLOCATORS = 11

cdef Term[ALLOCATORS] g_allocators
g_allocators[0] = atom_eheap_alloc
g_allocators[1] = atom_ets_alloc
g_allocators[2] = atom_binary_alloc
g_allocators[3] = atom_driver_alloc
g_allocators[4] = atom_from_cstr(b"temp_alloc")
g_allocators[5] = atom_from_cstr(b"sl_alloc")
g_allocators[6] = atom_from_cstr(b"std_alloc")
g_allocators[7] = atom_from_cstr(b"ll_alloc")
g_allocators[8] = atom_from_cstr(b"fix_alloc")
g_allocators[9] = atom_from_cstr(b"literal_alloc")
g_allocators[10] = atom_from_cstr(b"test_alloc")
cdef Term atom_internal_cpu_topology = atom_from_cstr(b"internal_cpu_topology")
cdef Term atom_ethread_info = atom_from_cstr(b"ethread_info")
cdef Term atom_beam_jump_table = atom_from_cstr(b"beam_jump_table")
cdef Term atom_literal_test = atom_from_cstr(b"literal_test")
cdef Term atom_range = atom_from_cstr(b"range")
cdef Term atom_hipe_architecture = atom_from_cstr(b"hipe_architecture")
cdef Term atom_port_tasks = atom_from_cstr(b"port_tasks")
cdef Term atom_io_thread = atom_from_cstr(b"io_thread")
cdef Term atom_emu_args = atom_from_cstr(b"emu_args")
cdef Term atom_yield = atom_from_cstr(b"yield")
cdef Term atom_snifs = atom_from_cstr(b"snifs")
cdef Term atom_sys_alloc = atom_from_cstr(b"sys_alloc")
cdef Term atom_changed = atom_from_cstr(b"changed")
cdef Term atom_mseg_alloc = atom_from_cstr(b"mseg_alloc")
cdef Term atom_options = atom_from_cstr(b"options")


cdef uint64_t code_bytes(CodeTables* code) noexcept nogil:
    cdef uint64_t n = 0
    cdef size_t i
    cdef ModuleInstance* m
    en_spin_lock(&code.lock)
    for i in range(code.range_count):
        m = code.ranges[i]
        n += <uint64_t>(m.code_end - m.code_start) * 8 + m.line_count * sizeof(LineEntry) + m.strings_size \
            + m.function_count * sizeof(FunctionInfo) + m.attributes_size + m.compile_size
        if m.literals != NULL:
            n += m.literals.words * 8
    en_spin_unlock(&code.lock)
    return n

cdef uint64_t ets_bytes(VM* vm) noexcept nogil:
    cdef Room* room = ets_room(vm)
    cdef Table* t
    cdef uint64_t n = 0
    en_spin_lock(&room.lock)
    t = room.tables
    while t != NULL:
        n += <uint64_t>table_words_now(t) * 8 + <uint64_t>table_size_now(t) * sizeof(Object) + sizeof(Table)
        t = t.next
    en_spin_unlock(&room.lock)
    return n

# Names and table entries of atoms, about.
cdef uint64_t atom_bytes() noexcept nogil:
    return <uint64_t>atom_count() * 48

# Tables and registers of the VM itself, as far as they are counted easily.
cdef uint64_t own_bytes(VM* vm) noexcept nogil:
    cdef uint64_t scheduler = sizeof(Scheduler) + X_REGISTERS * sizeof(Term) + 1024 * sizeof(double)
    return (sizeof(VM) + <uint64_t>vm.scheduler_count * scheduler + room_of(vm).high * sizeof(void*)
            + vm.code.export_buckets * sizeof(void*) + vm.code.export_count * sizeof(Export)
            + vm.code.fun_buckets * sizeof(void*) + vm.code.fun_count * sizeof(FunEntry))

# {Allocator, 0, [{mbcs, [{blocks, [{Allocator, [{size, Bytes}]}]}]}]}
cdef Term allocator_bytes(Process* p, Term name, uint64_t n) noexcept nogil:
    cdef Term t = tuple2(p, AM_size, number(p, n))
    t = tuple2(p, name, prepend(p, t, nil()))
    t = tuple2(p, atom_blocks, prepend(p, t, nil()))
    t = tuple2(p, atom_mbcs, prepend(p, t, nil()))
    return tuple3(p, name, make_small(0), prepend(p, t, nil()))

# The allocators that have figures, as OTP names what they hold; False: none of them.
cdef bint allocator_figure(VM* vm, Term name, uint64_t* n) noexcept nogil:
    if name == atom_eheap_alloc:
        n[0] = block_bytes_in_use()
    elif name == atom_ets_alloc:
        n[0] = ets_bytes(vm)
    elif name == atom_binary_alloc:
        n[0] = en_load64_rlx(&binary_bytes_in_use)
    elif name == atom_driver_alloc:
        n[0] = code_bytes(vm.code) + atom_bytes() + own_bytes(vm)
    else:
        return False
    return True


# The names that OTP's allocators have: those without figures here are switched off.
cdef bint is_allocator(Term name) noexcept nogil:
    cdef int i
    for i in range(ALLOCATORS):
        if name == g_allocators[i]:
            return True
    return False


# [{instance, 0, [{mbcs, [{blocks, [{Allocator, [{size, Bytes}]}]}]}, {sbcs, []}]}]
cdef Term allocator_instances(Process* p, Term name, uint64_t n) noexcept nogil:
    cdef Term t = tuple2(p, AM_size, number(p, n))
    cdef Term list_ = prepend(p, tuple2(p, atom_sbcs, nil()), nil())
    t = tuple2(p, name, prepend(p, t, nil()))
    t = tuple2(p, atom_blocks, prepend(p, t, nil()))
    list_ = prepend(p, tuple2(p, atom_mbcs, prepend(p, t, nil())), list_)
    return prepend(p, tuple3(p, atom_instance, make_small(0), list_), nil())


# Of one allocator its instances, of a list of them {Allocator, Instances}, or {Allocator, false} of others.
cdef Term allocator_sizes(Process* p, Term what) noexcept nogil:
    cdef Term result = nil(), rest = what
    cdef uint64_t n = 0
    if term_is_atom(what):
        if allocator_figure(p.vm, what, &n):
            return allocator_instances(p, what, n)
        if what == atom_sys_alloc:
            return prepend(p, tuple3(p, atom_instance, make_small(0), nil()), nil())
        return AM_false if is_allocator(what) else badarg(p)
    while term_is_list(rest):
        if not term_is_atom(list_head(rest)):
            return badarg(p)
        if allocator_figure(p.vm, list_head(rest), &n):
            result = prepend(p, tuple2(p, list_head(rest), allocator_instances(p, list_head(rest), n)), result)
        else:
            result = prepend(p, tuple2(p, list_head(rest), AM_false), result)
        rest = list_tail(rest)
    return result if term_is_nil(rest) and not term_is_nil(what) else badarg(p)


# Each scheduler answers {Ref, Scheduler, Allocators}; the first one with all that was asked for, {Allocator, false} for
# those that are switched off.
cdef Term memory_answer(Process* p, Term ref, Term names) noexcept nogil:
    cdef Term list_ = nil(), message, name
    cdef Fragment* fragment
    cdef uint64_t n = 0
    cdef int i
    while term_is_list(names):
        name = list_head(names)
        if allocator_figure(p.vm, name, &n):
            list_ = prepend(p, allocator_bytes(p, name, n), list_)
        elif name == atom_sys_alloc:
            list_ = prepend(p, tuple3(p, name, make_small(0), nil()), list_)
        elif is_allocator(name):
            list_ = prepend(p, tuple2(p, name, AM_false), list_)
        else:
            return badarg(p)
        names = list_tail(names)
    if not term_is_nil(names):
        return badarg(p)
    for i in range(p.vm.scheduler_count):
        message = tuple3(p, ref, make_small(i + 1), list_ if i == 0 else nil())
        message = term_copy_fragment(message, &fragment)
        if message == 0:
            return fail(p, EXC_SYSTEM_LIMIT)
        send_message_fragment(p.vm, p.id, p.id, message, fragment)
    return AM_true

cdef Term allocated_areas(Process* p) noexcept nogil:
    cdef uint64_t names = atom_bytes() * 2 // 3
    cdef Term list_ = prepend(p, tuple2(p, atom_loaded_code, number(p, code_bytes(p.vm.code))), nil())
    list_ = prepend(p, tuple2(p, atom_export_table, number(p, p.vm.code.export_count * sizeof(Export))), list_)
    list_ = prepend(p, tuple2(p, atom_atom_table, number(p, atom_bytes() - names)), list_)
    return prepend(p, tuple3(p, atom_atom_space, number(p, names), number(p, names)), list_)


cdef Term memory_now(Process* p) noexcept nogil:
    cdef uint64_t atoms = atom_bytes(), tables = ets_bytes(p.vm)
    cdef uint64_t code = code_bytes(p.vm.code) + p.vm.code.export_count * sizeof(Export)
    cdef uint64_t binaries = en_load64_rlx(&binary_bytes_in_use), processes = block_bytes_in_use()
    cdef uint64_t system = code_bytes(p.vm.code) + atoms + own_bytes(p.vm) + binaries + tables
    cdef Term list_ = prepend(p, tuple2(p, AM_ets, number(p, tables)), nil())
    list_ = prepend(p, tuple2(p, AM_code, number(p, code)), list_)
    list_ = prepend(p, tuple2(p, AM_binary, number(p, binaries)), list_)
    list_ = prepend(p, tuple2(p, atom_atom_used, number(p, atoms)), list_)
    list_ = prepend(p, tuple2(p, AM_atom, number(p, atoms)), list_)
    list_ = prepend(p, tuple2(p, AM_system, number(p, system)), list_)
    list_ = prepend(p, tuple2(p, atom_processes_used, number(p, processes)), list_)
    list_ = prepend(p, tuple2(p, AM_processes, number(p, processes)), list_)
    return prepend(p, tuple2(p, AM_total, number(p, processes + system)), list_)


# --- texts and tables ---------------------------------------------------------------------------------------
cdef extern from * nogil:
    """
    #include <sys/mman.h>
    #include <unistd.h>
    #ifdef __GLIBC__
    #include <gnu/libc-version.h>
    #define EN_LIBC "glibc"
    #define en_libc_version() gnu_get_libc_version()
    #else
    #define EN_LIBC "undefined"
    #define en_libc_version() ""
    #endif
    """
    int memfd_create(const char* name, unsigned int flags)
    long pread(int fd, void* to, size_t n, long offset)
    long lseek(int fd, long offset, int whence)
    long sysconf(int name)
    int close(int fd)
    enum: MFD_CLOEXEC
    enum: SEEK_END
    enum: _SC_OPEN_MAX
    const char* LIBC "EN_LIBC"
    const char* libc_version "en_libc_version" ()

cdef Term atom_run_queues = atom_from_cstr(b"run_queues")
cdef Term atom_schedulers_active = atom_from_cstr(b"schedulers_active")
cdef Term atom_primary = atom_from_cstr(b"primary")
cdef Term atom_epoll = atom_from_cstr(b"epoll")
cdef Term atom_max_fds = atom_from_cstr(b"max_fds")
cdef Term atom_poll_threads = atom_from_cstr(b"poll_threads")
cdef Term atom_enigma_poll = atom_from_cstr(b"enigma_poll")
cdef Term atom_e = atom_from_cstr(b"e")
cdef Term atom_m = atom_from_cstr(b"m")
cdef Term atom_libc = atom_from_cstr(b"libc")

# The text goes through a file in memory: the writer of reports knows only descriptors, and of any length.
cdef Term report_text(Process* p, Term what) noexcept nogil:
    cdef Scheduler* s = scheduler_current()
    cdef int fd
    cdef long size, done = 0, n = 1
    cdef uint8_t* data
    cdef Term t = 0
    if report_writer == NULL or s == NULL:
        return badarg(p)
    fd = memfd_create(b"report", MFD_CLOEXEC)
    if fd < 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    world_stop(p.vm, s)
    report_writer(p.vm, what, fd)
    world_resume(p.vm, s)
    size = lseek(fd, 0, SEEK_END)
    data = <uint8_t*>malloc(<size_t>size + 1) if size >= 0 else NULL
    while data != NULL and done < size and n > 0:
        n = pread(fd, data + done, <size_t>(size - done), done)
        done += n if n > 0 else 0
    close(fd)
    if data != NULL:
        t = binary_from_bytes(proc_heap(p), data, <size_t>done)
        free(data)
    charge(p, done >> 6)
    return t if t else fail(p, EXC_SYSTEM_LIMIT)

# The one set of descriptors: epoll, asked by the first scheduler when it is idle.
cdef Term check_io(Process* p) noexcept nogil:
    cdef Term list_ = prepend(p, tuple2(p, atom_poll_threads, make_small(0)), nil())
    list_ = prepend(p, tuple2(p, atom_max_fds, make_small(sysconf(_SC_OPEN_MAX))), list_)
    list_ = prepend(p, tuple2(p, AM_kernel_poll, atom_epoll), list_)
    list_ = prepend(p, tuple2(p, atom_primary, atom_epoll), list_)
    list_ = prepend(p, tuple2(p, AM_name, atom_enigma_poll), list_)
    return prepend(p, list_, nil())

cdef Term libc_settings(Process* p) noexcept nogil:
    return prepend(p, tuple2(p, atom_e, AM_true), prepend(p, tuple2(p, atom_m, atom_libc), nil()))


# Of the one allocator that allocates; the others are switched off.
cdef Term allocator_instance(Process* p, Term name) noexcept nogil:
    cdef Term list_
    if name != atom_sys_alloc:
        return AM_false if is_allocator(name) or name == atom_mseg_alloc else badarg(p)
    list_ = prepend(p, tuple2(p, atom_options, libc_settings(p)), nil())
    return prepend(p, tuple3(p, atom_instance, make_small(0), list_), nil())


# {Library, Version, Features, Settings}: all memory is malloc's.
cdef Term allocator_in_use(Process* p) noexcept nogil:
    cdef const char* text = libc_version()
    cdef Term version = nil(), settings, t
    cdef int major = small_number(text)
    while b'0'[0] <= text[0] <= b'9'[0]:
        text += 1
    if text[0] == b'.'[0]:
        version = prepend(p, make_small(major), prepend(p, make_small(small_number(text + 1)), nil()))
    settings = prepend(p, tuple2(p, atom_sys_alloc, libc_settings(p)), nil())
    t = prepend(p, atom_sys_alloc, nil())
    return tuple4(p, atom_from_cstr(LIBC), version, t, settings)


# Questions in the form of a tuple.
cdef Term system_info_words(Process* p, Term what) noexcept nogil:
    cdef Term* t
    if term_is_tuple_of(what, 3) and tuple_elements(what)[0] == atom_memory_internal:
        t = tuple_elements(what)
        return memory_answer(p, t[1], t[2]) if term_is_ref(t[1]) and term_is_list(t[2]) else badarg(p)
    if not term_is_tuple_of(what, 2):
        return badarg(p)
    t = tuple_elements(what)
    if t[0] == AM_wordsize and (t[1] == AM_internal or t[1] == AM_external):
        return make_small(8)
    if t[0] == AM_allocator_sizes:
        return allocator_sizes(p, t[1])
    if t[0] == AM_allocator:
        return allocator_instance(p, t[1])
    if t[0] == AM_cpu_topology or t[0] == atom_internal_cpu_topology:
        if t[1] == atom_defined:
            return AM_undefined
        if t[1] == atom_detected or t[1] == AM_used:
            return topology_in_use(p) if t[0] == AM_cpu_topology else topology_rows(p)
    return badarg(p)


# What atomic operations and locks are made of: the compiler's, which are the processor's own.
cdef Term threads_info(Process* p) noexcept nogil:
    cdef Term list_ = nil(), gcc = characters(p, b"gcc atomic builtins"), no = characters(p, b"no")
    list_ = prepend(p, tuple2(p, characters(p, b"Native rw-spinlocks"), no), list_)
    list_ = prepend(p, tuple2(p, characters(p, b"Native spinlocks"), gcc), list_)
    list_ = prepend(p, tuple3(p, characters(p, b"Double word native atomics"), no, nil()), list_)
    list_ = prepend(p, tuple3(p, characters(p, b"64-bit native atomics"), gcc, nil()), list_)
    return prepend(p, tuple3(p, characters(p, b"32-bit native atomics"), gcc, nil()), list_)


# The words of the command line, one after the other, each ended by a 0.
cdef Term emulator_arguments(Process* p, const char* text) noexcept nogil:
    cdef const char* start
    cdef Term list_ = nil()
    cdef size_t size = 0
    if text == NULL:
        return list_
    while text[size]:
        size += strlen(text + size) + 1
    while size > 0 and list_ != 0:
        start = text + size - 2             # the last character of a word, or the 0 in front of an empty one
        while start >= text and start[0]:
            start -= 1
        list_ = prepend(p, characters(p, start + 1), list_)
        size = <size_t>(start + 1 - text)
    return list_


cdef Term system_info_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef VMSettings* settings = settings_of(p)
    cdef Term what = args[0], list_
    cdef Scheduler* s
    cdef int n
    if term_is_boxed(what):
        return system_info_words(p, what)
    if what == atom_allocated_areas:
        return allocated_areas(p)
    if what == AM_info or what == AM_procs or what == AM_loaded:
        return report_text(p, what)
    if what == AM_check_io:
        return check_io(p)
    if what == AM_allocator:
        return allocator_in_use(p)
    if what == atom_run_queues:
        return make_small(p.vm.scheduler_count)
    if what == atom_schedulers_active:
        return make_small(active_schedulers(p.vm))
    if what == AM_os_type:
        return tuple2(p, AM_unix, AM_linux)
    if what == AM_os_version:
        return os_version(p)
    if what == AM_schedulers:
        return make_small(p.vm.scheduler_count)
    if what == AM_schedulers_online:
        return make_small(p.vm.schedulers_online)
    if what == AM_scheduler_id:
        s = scheduler_current()
        return make_small(s.index if s != NULL else 1)
    if what == AM_otp_release:
        return characters(p, settings.release)
    if what == AM_version:
        return characters(p, settings.version)
    if what == AM_system_version:
        return characters(p, settings.system_version)
    if what == AM_system_architecture:
        return characters(p, settings.architecture)
    if what == AM_machine:
        return characters(p, b"BEAM")
    if what == AM_wordsize:
        return make_small(8)
    if what == AM_endian:
        return AM_little
    if what == AM_process_count:
        return make_small(<int64_t>process_list(p.vm, NULL, 0))    # mailboxes of the host are no processes
    if what == AM_process_limit:
        return make_small(<int64_t>process_limit(p.vm))
    if what == AM_port_count:
        return make_small(io_room(p.vm).port_count if p.vm.io != NULL else 0)
    if what == AM_port_limit:
        return make_small(settings.port_limit)
    if what == AM_ets_count:
        return make_small(<int64_t>ets_room(p.vm).count if ets_room(p.vm) != NULL else 0)
    if what == AM_ets_limit:
        return make_small(settings.ets_limit)
    if what == AM_atom_count:
        return make_small(atom_count())
    if what == AM_atom_limit:
        return make_small(p.vm.atom_limit)
    if what == AM_smp_support or what == AM_threads or what == AM_kernel_poll or what == AM_time_correction \
            or what == AM_eager_check_io:
        return AM_true
    if what == AM_debug_compiled or what == AM_port_parallelism or what == AM_dynamic_trace_probes \
            or what == AM_break_ignored or what == AM_ets_realloc_moves or what == AM_lock_counting \
            or what == AM_lock_checking:
        return AM_false
    if what == AM_logical_processors or what == AM_logical_processors_online:
        return make_small(settings.cpus)
    if what == AM_logical_processors_available:
        return make_small(processors_seen())
    if what == AM_build_type or what == AM_emu_type:
        return AM_opt
    if what == AM_emu_flavor:
        return AM_emu
    if what == AM_compat_rel:
        return make_small(small_number(settings.release))
    if what == AM_creation:
        return make_small(0)
    if what == AM_context_reductions:
        return make_small(REDUCTIONS_PER_TURN)
    if what == AM_thread_pool_size:
        return make_small(1)
    if what == AM_dirty_cpu_schedulers:
        return make_small(p.vm.scheduler_count)
    if what == AM_dirty_cpu_schedulers_online:
        return make_small(p.vm.dirty_cpu_online)
    if what == AM_dirty_io_schedulers:
        return make_small(DIRTY_IO)
    if what == AM_driver_version:
        return characters(p, b"3.3")
    if what == AM_nif_version:
        if settings.release_number < 26:
            return characters(p, b"2.16")
        return characters(p, b"2.17" if settings.release_number < 29 else b"2.18")
    if what == AM_c_compiler_used:
        return tuple2(p, AM_gnuc, tuple3(p, make_small(COMPILER_MAJOR), make_small(COMPILER_MINOR),
                                         make_small(COMPILER_PATCH)))
    if what == AM_multi_scheduling:
        return multi_scheduling(p.vm)
    if what == AM_multi_scheduling_blockers:
        return blocker_list(p, BLOCK_ALL)
    if what == AM_normal_multi_scheduling_blockers:
        return blocker_list(p, BLOCK_NORMAL)
    if what == AM_dist_ctrl or what == AM_taints:
        return nil()
    if what == AM_alloc_util_allocators:
        list_ = prepend(p, atom_driver_alloc, prepend(p, atom_binary_alloc, nil()))
        return prepend(p, atom_eheap_alloc, prepend(p, atom_ets_alloc, list_))
    if what == AM_scheduler_bind_type:
        return AM_unbound
    if what == AM_scheduler_bindings:
        return unbound_tuple(p)
    if what == AM_cpu_topology:
        return topology_in_use(p)
    if what == AM_update_cpu_info:
        return atom_changed if processors_look() else AM_unchanged
    if what == AM_dynamic_trace:
        return AM_none
    if what == AM_modified_timing_level:
        return AM_undefined
    if what == AM_delayed_node_table_gc:
        return make_small(60)
    if what == AM_dist_buf_busy_limit:
        return make_small(1048576)
    if what == AM_heap_type:
        return AM_private
    if what == AM_heap_sizes:
        return heap_sizes(p)
    if what == AM_min_heap_size:
        return tuple2(p, what, make_small(p.vm.default_min_heap))
    if what == AM_min_bin_vheap_size:
        return tuple2(p, what, make_small(<int64_t>p.vm.default_min_vheap))
    if what == AM_fullsweep_after:
        return tuple2(p, what, make_small(p.vm.default_fullsweep))
    if what == AM_max_heap_size:
        return max_heap_default(p)
    if what == AM_message_queue_data:
        return AM_off_heap if settings.off_heap_messages else AM_on_heap
    if what == AM_async_dist and settings.release_number >= 26:
        return AM_false
    if what == AM_garbage_collection:
        list_ = prepend(p, tuple2(p, AM_fullsweep_after, make_small(p.vm.default_fullsweep)), nil())
        list_ = prepend(p, tuple2(p, AM_min_heap_size, make_small(p.vm.default_min_heap)), list_)
        list_ = prepend(p, tuple2(p, AM_min_bin_vheap_size, make_small(<int64_t>p.vm.default_min_vheap)), list_)
        return prepend(p, tuple2(p, AM_max_heap_size, make_small(<int64_t>p.vm.default_max_heap)), list_)
    if what == AM_tolerant_timeofday:
        return AM_enabled
    if what == AM_time_offset:
        return AM_final
    if what == AM_time_warp_mode:
        return AM_no_time_warp
    if what == AM_start_time:
        return integer_from_i64(proc_heap(p), <int64_t>CLOCK_START)
    if what == AM_end_time:
        return integer_from_i64(proc_heap(p), 8646911283000000000)
    if what == AM_os_monotonic_time_source:
        return time_source(p, True)
    if what == AM_os_system_time_source:
        return time_source(p, False)
    if what == AM_system_logger:
        return system_logger(p.vm)
    if what == atom_snifs:
        return native_functions(p)
    if what == AM_sequential_tracer:
        return tuple2(p, what, sequential_tracer(p))
    if what == AM_trace_control_word:
        return make_small(en_load32_acq(&trace_room(p.vm).control_word) if p.vm.trace != NULL else 0)
    if what == AM_outstanding_system_requests_limit:
        return make_small(en_load32_rlx(&settings.requests_limit))
    if what == atom_schedulers_state:
        return tuple3(p, make_small(p.vm.scheduler_count), make_small(p.vm.schedulers_online),
                      make_small(active_schedulers(p.vm)))
    if what == atom_all_schedulers_state:
        return all_schedulers_state(p)
    if what == atom_ethread_info:
        return threads_info(p)
    if what == atom_beam_jump_table:
        return AM_true                   # the loop jumps from one instruction to the next by addresses
    if what == atom_literal_test:
        return atom_range
    if what == atom_hipe_architecture:
        return AM_undefined
    if what == atom_port_tasks:
        return AM_true
    if what == atom_io_thread:
        return AM_false
    if what == atom_emu_args:
        return emulator_arguments(p, settings.emulator_arguments)
    if what == atom_schedulers_total:
        return make_small(p.vm.scheduler_count)
    if what == atom_cpu_quota:
        return atom_unknown
    if what == atom_ets_always_compress:
        return AM_false
    if what == atom_constant_pool_support:
        return AM_true
    if what == AM_dist:
        return binary_text(p, b"=node:'nonode@nohost'\n=no_distribution\n")
    return badarg(p)


cdef extern from *:
    """
    #ifndef __GNUC_PATCHLEVEL__
    #define __GNUC_PATCHLEVEL__ 0
    #endif
    """
    enum: COMPILER_MAJOR "__GNUC__"
    enum: COMPILER_MINOR "__GNUC_MINOR__"
    enum: COMPILER_PATCH "__GNUC_PATCHLEVEL__"

cdef extern from "sys/utsname.h" nogil:
    ctypedef struct utsname_part "struct utsname":
        char release[65]
    int uname(utsname_part* u)


cdef int small_number(const char* text) noexcept nogil:
    cdef int n = 0
    while b'0'[0] <= text[0] <= b'9'[0]:
        n = n * 10 + (text[0] - b'0'[0])
        text += 1
    return n


cdef Term binary_text(Process* p, const char* text) noexcept nogil:
    cdef Term t = binary_from_bytes(proc_heap(p), <const uint8_t*>text, strlen(text))
    return t if t else fail(p, EXC_SYSTEM_LIMIT)


# {Major, Minor, Release} of the kernel.
cdef Term os_version(Process* p) noexcept nogil:
    cdef utsname_part u
    cdef int parts[3]
    cdef int i = 0
    cdef const char* text
    parts[0] = parts[1] = parts[2] = 0
    if uname(&u) == 0:
        text = u.release
        while i < 3:
            parts[i] = small_number(text)
            i += 1
            while b'0'[0] <= text[0] <= b'9'[0]:
                text += 1
            if text[0] != b'.'[0]:
                break
            text += 1
    return tuple3(p, make_small(parts[0]), make_small(parts[1]), make_small(parts[2]))


cdef Term unbound_tuple(Process* p) noexcept nogil:
    cdef int n = p.vm.scheduler_count, i
    cdef Term* to = proc_alloc(p, n + 1)
    if to == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    to[0] = make_header(T_TUPLE, n)
    for i in range(n):
        to[i + 1] = AM_unbound
    return make_boxed(to)


# --- BIFs ---------------------------------------------------------------------------------------------------
# Is b a BIF of the release that runs, or one of a later release, or one that this release writes in Erlang?
cdef bint in_release(Process* p, BifEntry* b) noexcept nogil:
    cdef Module* m
    cdef ModuleInstance* instance
    cdef uint32_t i
    if b.flags & BIF_NIF:
        return False
    if b.module_atom == AM_erlang and (b.name_atom == AM_max or b.name_atom == AM_min):
        return settings_of(p).release_number >= 26
    m = module_find(p.vm.code, b.module_atom)
    instance = m.current if m != NULL else NULL
    if instance == NULL:
        return True
    for i in range(instance.function_count):
        if instance.functions[i].function == b.name_atom and instance.functions[i].arity == b.arity:
            return True
    return False


# Instructions, although erlang exports them.
cdef bint is_instruction(Term module, Term name, uint32_t arity) noexcept nogil:
    return module == AM_erlang and (name == AM_apply and (arity == 2 or arity == 3) or name == atom_yield and arity == 0)


cdef Term is_builtin_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef BifEntry* b
    cdef uint32_t arity
    if not term_is_atom(args[0]) or not term_is_atom(args[1]) or not term_is_small(args[2]):
        return badarg(p)
    if small_value(args[2]) < 0 or small_value(args[2]) > 255:
        return AM_false          # xref asks for arity -1
    arity = <uint32_t>small_value(args[2])
    if is_instruction(args[0], args[1], arity):
        return AM_true
    b = bif_find(args[0], args[1], arity)
    return AM_true if b != NULL and in_release(p, b) else AM_false


# [{Module, Function, Arity}] of all BIFs.
cdef Term native_functions(Process* p) noexcept nogil:
    cdef Term list_ = nil()
    cdef BifEntry* b
    cdef size_t i = bif_count()
    while i > 0 and list_ != 0:
        i -= 1
        b = bif_at(i)
        if in_release(p, b) and not is_instruction(b.module_atom, b.name_atom, b.arity):
            list_ = prepend(p, tuple3(p, b.module_atom, b.name_atom, make_small(b.arity)), list_)
    charge(p, 200)
    return list_ if list_ != 0 else fail(p, EXC_SYSTEM_LIMIT)


# --- erts_debug, display -------------------------------------------------------------------------------------------
cdef Term flat_size_1(void* proc, Term* args) noexcept nogil:
    cdef size_t n = otp_words(args[0], False)
    charge(<Process*>proc, <int64_t>(n >> 5))
    return make_small(<int64_t>n)


cdef Term size_shared_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef size_t n = otp_words(args[0], True)
    cdef FragmentHeap fh
    cdef Term copy
    if n == 0 and literal_retired(p.vm, args[0]):
        # A literal of something that is gone is its holders' own; here it stays where it was.
        fragment_heap_init(&fh)
        copy = term_copy(&fh.heap, args[0], True)
        n = otp_words(copy, True) if copy != 0 else 0
        fragments_free(fragment_heap_take(&fh))
    charge(p, <int64_t>(n >> 5))
    return make_small(<int64_t>n)


cdef Term same_2(void* proc, Term* args) noexcept nogil:
    return AM_true if args[0] == args[1] else AM_false


# The second argument says whether literals are copied as well.
cdef Term copy_shared_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term t
    if args[1] != AM_true and args[1] != AM_false:
        return badarg(p)
    t = term_copy(proc_heap(p), args[0], args[1] == AM_true)
    return t if t else fail(p, EXC_SYSTEM_LIMIT)


cdef Term instructions_0(void* proc, Term* args) noexcept nogil:
    return nil()


cdef Term interpreter_size_0(void* proc, Term* args) noexcept nogil:
    return make_small(0)


# --- what only a distributed or traced system does ----------------------------------------------------------------------
cdef Term no_node_0(void* proc, Term* args) noexcept nogil:
    return nil()


cdef Term nodes_1(void* proc, Term* args) noexcept nogil:
    return node_list(<Process*>proc, args[0])


# The nodes that a kind, or list of kinds, names: only this one exists.
cdef Term node_list(Process* p, Term kinds) noexcept nogil:
    cdef bint this = False
    cdef Term kind, rest = kinds
    if not term_is_list(rest) and not term_is_nil(rest):
        this = kinds == AM_this or kinds == AM_known
        if not this and kinds != AM_visible and kinds != AM_hidden and kinds != AM_connected:
            return badarg(p)
    while term_is_list(rest):
        kind = list_head(rest)
        if kind == AM_this or kind == AM_known:
            this = True
        elif kind != AM_visible and kind != AM_hidden and kind != AM_connected:
            return badarg(p)
        rest = list_tail(rest)
        if not term_is_list(rest) and not term_is_nil(rest):
            return badarg(p)
    return prepend(p, AM_nonode_at_nohost, nil()) if this else nil()


cdef Term nodes_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term list_ = node_list(p, args[0])
    cdef Term info
    cdef Term keys[2]
    cdef Term* wanted[2]
    cdef Term pairs[4]
    cdef size_t n = 0, i
    cdef int64_t options = <int64_t>map_size(args[1]) if term_is_map(args[1]) else 0
    if not term_is_map(args[1]):
        return badarg(p)
    keys[0] = atom_node_type
    keys[1] = atom_connection_id
    for i in range(2):
        wanted[i] = map_find(args[1], keys[i])
        if wanted[i] != NULL:
            options -= 1
            if wanted[i][0] != AM_true and wanted[i][0] != AM_false:
                return badarg(p)
    if options != 0 or list_ == 0:
        return badarg(p)
    if term_is_nil(list_):
        return list_
    for i in range(2):
        if wanted[i] != NULL and wanted[i][0] == AM_true:
            pairs[2 * n] = keys[i]
            pairs[2 * n + 1] = AM_this if i == 0 else AM_undefined
            n += 1
    info = map_from_pairs(proc_heap(p), pairs, n)
    if info == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    return prepend(p, tuple2(p, AM_nonode_at_nohost, info), nil())


cdef Term get_creation_0(void* proc, Term* args) noexcept nogil:
    return AM_undefined          # as of any node that is not distributed


cdef Term dflag_unicode_io_1(void* proc, Term* args) noexcept nogil:
    if not term_is_pid(args[0]):
        return badarg(<Process*>proc)
    return AM_true


cdef Term warning_map_0(void* proc, Term* args) noexcept nogil:
    return AM_warning


cdef Term dt_false_0(void* proc, Term* args) noexcept nogil:
    return AM_undefined


cdef Term dt_put_tag_1(void* proc, Term* args) noexcept nogil:
    return AM_undefined


cdef Term dt_tag_data_1(void* proc, Term* args) noexcept nogil:
    return args[0]


cdef Term dt_spread_tag_1(void* proc, Term* args) noexcept nogil:
    if args[0] != AM_true and args[0] != AM_false:
        return badarg(<Process*>proc)
    return AM_true


cdef Term dt_restore_tag_1(void* proc, Term* args) noexcept nogil:
    return AM_true if args[0] == AM_true else badarg(<Process*>proc)


cdef Term no_aux_work_threads_0(void* proc, Term* args) noexcept nogil:
    return make_small((<Process*>proc).vm.scheduler_count + 1)


bif_register(b"erlang", b"system_info", 1, system_info_1, 0)
bif_register(b"erlang", b"is_builtin", 3, is_builtin_3, 0)
bif_register(b"erts_internal", b"no_aux_work_threads", 0, no_aux_work_threads_0, 0)
bif_register(b"erts_debug", b"flat_size", 1, flat_size_1, 0)
bif_register(b"erts_debug", b"same", 2, same_2, 0)
bif_register(b"erts_debug", b"size_shared", 1, size_shared_1, 0)
bif_register(b"erts_debug", b"copy_shared", 2, copy_shared_2, 0)
bif_register(b"erts_debug", b"instructions", 0, instructions_0, 0)
bif_register(b"erts_debug", b"interpreter_size", 0, interpreter_size_0, 0)
bif_register(b"erlang", b"nodes", 0, no_node_0, 0)
bif_register(b"erlang", b"nodes", 1, nodes_1, 0)
bif_register(b"erlang", b"nodes", 2, nodes_2, 0)
bif_register(b"erts_internal", b"get_creation", 0, get_creation_0, 0)
bif_register(b"net_kernel", b"dflag_unicode_io", 1, dflag_unicode_io_1, 0)
bif_register(b"error_logger", b"warning_map", 0, warning_map_0, 0)
bif_register(b"erlang", b"dt_get_tag", 0, dt_false_0, 0)
bif_register(b"erlang", b"dt_get_tag_data", 0, dt_false_0, 0)
bif_register(b"erlang", b"dt_put_tag", 1, dt_put_tag_1, 0)
bif_register(b"erlang", b"dt_append_vm_tag_data", 1, dt_tag_data_1, 0)
bif_register(b"erlang", b"dt_prepend_vm_tag_data", 1, dt_tag_data_1, 0)
bif_register(b"erlang", b"dt_spread_tag", 1, dt_spread_tag_1, 0)
bif_register(b"erlang", b"dt_restore_tag", 1, dt_restore_tag_1, 0)

"""erts_debug and the parts of erts_internal that look inside the emulator.

What shows structures that this VM does not have (lock counters, allocator carriers, code of a JIT) answers as an
emulator does that was built without them.

Read next: internal_state.pyx, info.pyx (sizes and sharing), enigma/ets/table.pxd.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.bits cimport binary_bytes
from enigma.term.boxed cimport *
from enigma.term.compare cimport WordStack, word_stack_free, word_stack_init, word_stack_pop, word_stack_push
from enigma.term.external cimport external_decode
from enigma.term.number cimport integer_from_u64
from enigma.code.module cimport BIF_DIRTY, BIF_DIRTY_CPU, Export, bif_register, export_get
from enigma.memory.heap cimport term_copy
from enigma.process.pool cimport pool_waits
from enigma.process.process cimport *
from enigma.process.runqueue cimport scheduler_current, world_resume, world_stop
from enigma.process.signal cimport send_to
from enigma.process.threads cimport en_sleep_ns
from enigma.ets.table cimport *
from enigma.trace.point cimport PATTERN_OFF, PATTERN_ON, POINT_DEBUG, Wanted, points_set
from enigma.trace.room cimport TraceRoom, trace_room_get
from enigma.bif.build cimport prepend, tuple2, tuple3
from enigma.bif.errors cimport *

cdef enum:
    COPIES = 1000                    # of erts_debug:dirty_cpu(copy, Term)

cdef Term atom_any = atom_from_cstr(b"_")
cdef Term atom_end = atom_from_cstr(b"$end_of_table")
cdef Term atom_depth = atom_from_cstr(b"depth")
cdef Term atom_leafs = atom_from_cstr(b"leafs")
cdef Term atom_bitmaps = atom_from_cstr(b"bitmaps")
cdef Term atom_arrays = atom_from_cstr(b"arrays")
cdef Term atom_dirty_cpu = atom_from_cstr(b"dirty_cpu")
cdef Term atom_dirty_io = atom_from_cstr(b"dirty_io")
cdef Term atom_normal = atom_from_cstr(b"normal")
cdef Term atom_scheduler = atom_from_cstr(b"scheduler")
cdef Term atom_type = atom_from_cstr(b"type")
cdef Term atom_copy = atom_from_cstr(b"copy")
cdef Term atom_send = atom_from_cstr(b"send")
cdef Term atom_wait = atom_from_cstr(b"wait")
cdef Term atom_reschedule = atom_from_cstr(b"reschedule")
cdef Term atom_ready_wait6_done = atom_from_cstr(b"ready_wait6_done")
cdef Term atom_alive_waitexiting = atom_from_cstr(b"alive_waitexiting")
cdef Term atom_ready = atom_from_cstr(b"ready")
cdef Term atom_done = atom_from_cstr(b"done")
cdef Term atom_alive = atom_from_cstr(b"alive")
cdef Term atom_notsup = atom_from_cstr(b"notsup")
cdef Term atom_undef = atom_from_cstr(b"undef")
cdef Term atom_badarith = atom_from_cstr(b"badarith")
cdef Term atom_noproc = atom_from_cstr(b"noproc")
cdef Term atom_system_limit = atom_from_cstr(b"system_limit")
cdef Term atom_erts_debug = atom_from_cstr(b"erts_debug")
cdef Term atom_dirty = atom_from_cstr(b"dirty")
cdef Term atom_schedulers = atom_from_cstr(b"schedulers")


# --- what is not there ----------------------------------------------------------------------------------------------

cdef Term not_counted_0(void* proc, Term* args) noexcept nogil:       # locks
    return AM_error


cdef Term refuse(void* proc, Term* args) noexcept nogil:
    return badarg(<Process*>proc)


cdef Term no_machine_code_1(void* proc, Term* args) noexcept nogil:
    return AM_false


# How many messages will come: there are no allocators of the kind that is asked about.
cdef Term no_allocators_1(void* proc, Term* args) noexcept nogil:
    return make_small(0) if term_is_tuple(args[0]) else badarg(<Process*>proc)


cdef Term system_check_1(void* proc, Term* args) noexcept nogil:
    # Would wake schedulers that have missed a wake-up; ours can't.
    return AM_ok if args[0] == atom_schedulers else badarg(<Process*>proc)


# breakpoint({M, F, A}, On): calls go to the error handler's breakpoint/3 instead, as OTP's debugger wants them. How many
# functions there are.
cdef Term breakpoint_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Wanted w
    cdef TraceRoom* room
    cdef Term* q
    cdef int64_t matched = -1
    cdef int i, given = 0
    if (args[1] != AM_true and args[1] != AM_false) or not term_is_tuple_of(args[0], 3):
        return badarg(p)
    q = tuple_elements(args[0])
    if not term_is_atom(q[0]) or not term_is_atom(q[1]) or not (term_is_small(q[2]) or q[2] == atom_any):
        return badarg(p)
    while given < 3 and q[given] != atom_any:
        given += 1
    for i in range(given, 3):
        if q[i] != atom_any:
            return badarg(p)
    w.module = q[0] if q[0] != atom_any else 0
    w.function = q[1] if q[1] != atom_any else 0
    w.arity = small_value(q[2]) if q[2] != atom_any else -1
    world_stop(p.vm, scheduler_current())
    room = trace_room_get(p.vm)
    if room != NULL:
        matched = points_set(room, &w, PATTERN_ON if args[1] == AM_true else PATTERN_OFF, POINT_DEBUG, NULL, NULL, 0)
    world_resume(p.vm, scheduler_current())
    return make_small(matched) if matched >= 0 else fail(p, EXC_SYSTEM_LIMIT)


# --- maps -------------------------------------------------------------------------------------------------------------

cdef Term sixteen(Process* p, int64_t* numbers) noexcept nogil:
    cdef Term* to = proc_alloc(p, 17)
    cdef int i
    if to == NULL:
        return 0
    to[0] = make_header(T_TUPLE, 16)
    for i in range(16):
        to[1 + i] = make_small(numbers[i])
    return make_boxed(to)


# The shape of a big map's trie: nodes by how many children they have, leaves by level.
cdef Term map_info_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef WordStack stack
    cdef int64_t nodes[16]
    cdef int64_t leaves[16]
    cdef int64_t all_nodes = 0, all_leaves = 0, depth = 0, level
    cdef Term node, t, list_
    cdef Term* q
    cdef word i, n
    if not term_is_map(args[0]):
        return fail_value(p, EXC_BADMAP, args[0])
    if boxed_kind(args[0]) == T_MAP_FLAT:
        return badarg(p)
    for i in range(16):
        nodes[i] = 0
        leaves[i] = 0
    word_stack_init(&stack)
    word_stack_push(&stack, 0)
    word_stack_push(&stack, args[0])
    while stack.n > 0:
        node = word_stack_pop(&stack)
        level = <int64_t>word_stack_pop(&stack)
        if level > depth:
            depth = level
        if term_is_list(node):
            all_leaves += 1
            leaves[level if level < 15 else 15] += 1
            continue
        q = boxed_ptr(node)
        n = header_size(q[0]) - 1
        all_nodes += 1
        if 1 <= n <= 16:
            nodes[n - 1] += 1
        for i in range(n):
            word_stack_push(&stack, <uint64_t>(level + 1))
            word_stack_push(&stack, q[2 + i])
    word_stack_free(&stack)
    charge(p, (all_nodes + all_leaves) / 8)
    t = sixteen(p, leaves)
    t = tuple3(p, atom_leafs, make_small(all_leaves), t) if t != 0 else 0
    list_ = prepend(p, t, nil())
    t = sixteen(p, nodes) if list_ != 0 else 0
    t = tuple3(p, atom_bitmaps, make_small(all_nodes), t) if t != 0 else 0
    list_ = prepend(p, t, list_)
    list_ = prepend(p, tuple3(p, atom_arrays, make_small(0), nil()), list_)
    list_ = prepend(p, tuple2(p, atom_depth, make_small(depth)), list_)
    return list_ if list_ != 0 else fail(p, EXC_SYSTEM_LIMIT)


# --- shared tables ------------------------------------------------------------------------------------------------------

# The table for reading, locked; NULL with badarg set. Give it back with table_done.
cdef Table* table_reading(Process* p, Term id) noexcept nogil:
    cdef Table* t = table_lock(p.vm, id, False)
    cdef bint named
    if t != NULL:
        if t.protection != TABLE_PRIVATE or t.owner == p.id or p.flags & PF_SUPER_USER:
            return t
        badarg_cause(p, AM_access)
        table_unlock(t)
        return NULL
    named = term_is_atom(id) or (term_is_magic_ref(id) and magic_of(id).type == TYPE_TABLE)
    badarg_cause(p, AM_id if named else AM_type)
    return NULL


cdef void table_done(Table* t) noexcept nogil:
    table_unlock(t)


cdef Term key_or_end(Process* p, Table* table, Object* o) noexcept nogil:
    cdef Term t = atom_end if o == NULL else term_copy(proc_heap(p), object_key(table, o), False)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term ets_raw_first_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* table = table_reading(p, args[0])
    cdef Term t
    if table == NULL:
        return 0
    t = key_or_end(p, table, table.backend.first(table))
    table_done(table)
    return t


cdef Term ets_raw_next_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* table = table_reading(p, args[0])
    cdef bint known = True
    cdef Object* o
    cdef Term t
    if table == NULL:
        return 0
    o = table.backend.next_key(table, args[1], &known)
    t = key_or_end(p, table, o) if known else badarg(p)
    table_done(table)
    return t


# [{Address, Bytes, Count}] of the binaries that the objects of a key share with others.
cdef Term ets_lookup_binary_info_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* table = table_reading(p, args[0])
    cdef Object* o
    cdef OffHeap* entry
    cdef Binary* b
    cdef Term list_ = nil()
    cdef Term address, size, count
    if table == NULL:
        return 0
    o = table.backend.find(table, args[1])
    while o != NULL and list_ != 0:
        entry = o.off_heap
        while entry != NULL and list_ != 0:
            if header_kind(entry.header) == T_BIN_REF:
                b = (<BinRef*>entry).binary
                address = integer_from_u64(proc_heap(p), <uint64_t>b)
                size = integer_from_u64(proc_heap(p), b.size)
                count = integer_from_u64(proc_heap(p), en_load64_rlx(&b.refc))
                if address == 0 or size == 0 or count == 0:
                    list_ = 0
                else:
                    list_ = prepend(p, tuple3(p, address, size, count), list_)
            entry = entry.next
        o = table.backend.same_key(table, o)
    table_done(table)
    return list_ if list_ != 0 else fail(p, EXC_SYSTEM_LIMIT)


# --- the emulator's own tests ---------------------------------------------------------------------------------------------

# dist_ext_to_term(AtomCache, Bytes): without a cache it is the external format.
cdef Term dist_ext_to_term_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef const uint8_t* s
    cdef uint8_t* temp
    cdef size_t n, used, i
    cdef Term t, reason = AM_badarg
    if not term_is_tuple(args[0]) or not binary_bytes(args[1], &s, &n, &temp):
        return badarg(p)
    for i in range(tuple_arity(args[0])):
        if not term_is_atom(tuple_elements(args[0])[i]):
            free(temp)
            return badarg(p)
    if n == 0:
        free(temp)
        return badarg(p)
    if tuple_arity(args[0]) != 0:
        free(temp)
        return fail(p, EXC_NOTSUP)
    t = external_decode(proc_heap(p), s, n, 0, True, &used, &reason)
    free(temp)
    charge(p, <int64_t>(n / 64))
    return t if t != 0 else fail_reason(p, reason)


# {Tag, Self} to a process.
cdef bint tell(Process* p, Term to, Term tag) noexcept nogil:
    cdef Term message = tuple2(p, tag, p.id)
    return message != 0 and send_to(p, to, message) != 0


# What a BIF can do on the blocking pool, for tests of it. `type` is where it runs.
cdef Term dirty_test(Process* p, Term type_, Term what, Term value) noexcept nogil:
    cdef int64_t n, _n
    cdef Term t, next_
    if what == atom_scheduler and value == atom_type:
        return type_
    if what == AM_error:
        if value == atom_notsup:
            return fail(p, EXC_NOTSUP)
        if value == atom_undef:
            return fail(p, EXC_UNDEF)
        if value == atom_badarith:
            return fail(p, EXC_BADARITH)
        if value == atom_noproc:
            return fail(p, EXC_NOPROC)
        if value == atom_system_limit:
            return fail(p, EXC_SYSTEM_LIMIT)
        return badarg(p)
    if what == atom_copy:
        t = nil()
        for _n in range(COPIES):
            next_ = term_copy(proc_heap(p), value, True)
            t = prepend(p, next_, t)
            if t == 0:
                return fail(p, EXC_SYSTEM_LIMIT)
        return t
    if what == atom_send:
        return AM_ok if tell(p, value, AM_ok) else 0
    if what == atom_wait:
        if not term_is_small(value) or small_value(value) < 0:
            return badarg(p)
        en_sleep_ns(small_value(value) * 1000000)
        return AM_ok
    if what == atom_reschedule:
        if not term_is_small(value) or small_value(value) < 0 or small_value(value) & 1:
            return badarg(p)
        n = small_value(value)
        if n == 0:
            return AM_ok
        next_ = type_
        if n % 4 == 0:
            next_ = atom_dirty_io if type_ == atom_dirty_cpu else atom_normal if type_ == atom_dirty_io else atom_dirty_cpu
        if next_ == atom_normal:
            return trap3(p, export_get(p.vm.code, atom_erts_debug, atom_dirty, 3), atom_normal, what, make_small(n - 2))
        return trap2(p, export_get(p.vm.code, atom_erts_debug, next_, 2), what, make_small(n - 2))
    if what == atom_ready_wait6_done:
        if not tell(p, value, atom_ready):
            return 0
        en_sleep_ns(6000000000)
        return AM_ok if tell(p, value, atom_done) else 0
    if what == atom_alive_waitexiting:
        if not tell(p, value, atom_alive):
            return 0
        if p.flags & PF_AWAY:
            pool_waits(p)
        while not process_is_exiting(p) and en_load32_acq(&p.vm.stopping) == 0:
            en_sleep_ns(10000000)
        return AM_ok
    return badarg(p)


cdef Term dirty_cpu_2(void* proc, Term* args) noexcept nogil:
    return dirty_test(<Process*>proc, atom_dirty_cpu, args[0], args[1])


cdef Term dirty_io_2(void* proc, Term* args) noexcept nogil:
    return dirty_test(<Process*>proc, atom_dirty_io, args[0], args[1])


cdef Term dirty_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if args[0] == atom_normal:
        return dirty_test(p, atom_normal, args[1], args[2])
    if args[0] == atom_dirty_cpu or args[0] == atom_dirty_io:
        if not p.flags & PF_AWAY:
            return away(p)
        return dirty_test(p, args[0], args[1], args[2])
    return badarg(p)


bif_register(b"erts_debug", b"breakpoint", 2, breakpoint_2, 0)
bif_register(b"erts_debug", b"dirty", 3, dirty_3, 0)
bif_register(b"erts_debug", b"dirty_cpu", 2, dirty_cpu_2, BIF_DIRTY | BIF_DIRTY_CPU)
bif_register(b"erts_debug", b"dirty_io", 2, dirty_io_2, BIF_DIRTY)
bif_register(b"erts_debug", b"disassemble", 1, no_machine_code_1, 0)
bif_register(b"erts_debug", b"dist_ext_to_term", 2, dist_ext_to_term_2, 0)
bif_register(b"erts_debug", b"lcnt_clear", 0, not_counted_0, 0)
bif_register(b"erts_debug", b"lcnt_collect", 0, not_counted_0, 0)
bif_register(b"erts_debug", b"lcnt_control", 1, refuse, 0)
bif_register(b"erts_debug", b"lcnt_control", 2, refuse, 0)
bif_register(b"erts_debug", b"map_info", 1, map_info_1, 0)
bif_register(b"erts_internal", b"ets_raw_first", 1, ets_raw_first_1, 0)
bif_register(b"erts_internal", b"ets_raw_next", 2, ets_raw_next_2, 0)
bif_register(b"erts_internal", b"ets_lookup_binary_info", 2, ets_lookup_binary_info_2, 0)
bif_register(b"erts_internal", b"gather_alloc_histograms", 1, no_allocators_1, 0)
bif_register(b"erts_internal", b"gather_carrier_info", 1, no_allocators_1, 0)
bif_register(b"erts_internal", b"system_check", 1, system_check_1, 0)
# Coverage is counted by no code here: code:coverage_support() is false, and these refuse, as OTP 27 has it.
bif_register(b"code", b"get_coverage", 2, refuse, 0)
bif_register(b"code", b"get_coverage_mode", 1, refuse, 0)
bif_register(b"code", b"reset_coverage", 1, refuse, 0)
bif_register(b"code", b"set_coverage_mode", 1, refuse, 0)

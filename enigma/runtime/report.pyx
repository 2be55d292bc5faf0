"""The sections that the break menu and crash dumps share; see report.pxd.

Figures that this VM has no counterpart of (allocators, sleep flags) are left out rather than invented; those that
tools need in order to parse a section are always there.
"""
from libc.errno cimport EINTR, errno
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport free, malloc
from libc.string cimport memset, strlen
from enigma.term.am cimport AM_loaded, AM_nonode_at_nohost, AM_procs
from enigma.term.atom cimport atom_count
from enigma.term.bits cimport binary_bytes_in_use
from enigma.term.core cimport *
from enigma.term.boxed cimport *
from enigma.term.external cimport node_local
from enigma.term.pack cimport *
from enigma.term.text cimport *
from enigma.memory.heap cimport *
from enigma.code.instructions cimport SPECIAL_NORMAL_EXIT, special_code
from enigma.code.module cimport *
from enigma.process.process cimport *
from enigma.process.relation cimport *
from enigma.process.relation cimport RelationSet as Relations
from enigma.process.dictionary cimport Dictionary as Dict
from enigma.process.registry cimport Registry
from enigma.process.table cimport room_of
from enigma.process.timer cimport timers_each
from enigma.ets.table cimport *
from enigma.io.port cimport *
from enigma.io.room cimport io_room
from enigma.bif cimport info
from enigma.bif.info cimport atom_bytes, code_bytes, ets_bytes

cdef extern from "unistd.h" nogil:
    long write(int, const void*, size_t)

cdef enum:
    TERM_LIMIT = 2000           # elements of a term that are shown
    VHEAP_WORDS = 46422         # OTP's limit of binaries per heap


# --- writing ----------------------------------------------------------------------------------------------
cdef Writer* writer_new(int fd, bint cr) noexcept nogil:
    cdef Writer* w = <Writer*>malloc(sizeof(Writer))
    if w != NULL:
        w.fd = fd
        w.cr = cr
        w.failed = False
        w.left = <uint64_t>-1
        w.size = 0
    return w


cdef void writer_flush(Writer* w) noexcept nogil:
    cdef size_t done = 0
    cdef size_t size = w.size
    cdef long n
    if size > w.left:
        size = <size_t>w.left
    while done < size and not w.failed:
        n = write(w.fd, w.data + done, size - done)
        if n > 0:
            done += <size_t>n
        elif n < 0 and errno != EINTR:
            w.failed = True
    w.left -= size
    w.size = 0


cdef void writer_free(Writer* w) noexcept nogil:
    writer_flush(w)
    free(w)


cdef void put_bytes(Writer* w, const char* s, size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        if w.size + 2 > WRITER_BYTES:
            writer_flush(w)
        if w.cr and s[i] == c"\n":
            w.data[w.size] = c"\r"
            w.size += 1
        w.data[w.size] = s[i]
        w.size += 1


cdef void put(Writer* w, const char* s) noexcept nogil:
    put_bytes(w, s, strlen(s))


cdef void put_number(Writer* w, int64_t n) noexcept nogil:
    cdef char text[32]
    snprintf(text, sizeof(text), b"%lld", <long long>n)
    put(w, text)


cdef void put_hex(Writer* w, uint64_t n) noexcept nogil:
    cdef char text[32]
    snprintf(text, sizeof(text), b"%llX", <unsigned long long>n)
    put(w, text)


cdef void put_term(Writer* w, Term t) noexcept nogil:
    cdef TextBuffer b
    text_init(&b)
    text_put_term(&b, t, TERM_LIMIT)
    put_bytes(w, <const char*>b.data, b.size)
    text_free(&b)


cdef void put_line(Writer* w, const char* name, int64_t n) noexcept nogil:
    put(w, name)
    put(w, b": ")
    put_number(w, n)
    put(w, b"\n")


cdef void put_double(Writer* w, const char* name, double d) noexcept nogil:
    cdef char text[64]
    snprintf(text, sizeof(text), b": %f\n", d)
    put(w, name)
    put(w, text)


cdef void put_truth(Writer* w, const char* name, bint truth) noexcept nogil:
    put(w, name)
    put(w, b": true\n" if truth else b": false\n")


cdef const char* DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

cdef void put_base64(Writer* w, const unsigned char* data, size_t n) noexcept nogil:
    cdef char out[4]
    cdef uint32_t bits
    cdef size_t i = 0
    while i < n:
        bits = <uint32_t>data[i] << 16
        if i + 1 < n:
            bits |= <uint32_t>data[i + 1] << 8
        if i + 2 < n:
            bits |= data[i + 2]
        out[0] = DIGITS[bits >> 18]
        out[1] = DIGITS[(bits >> 12) & 63]
        out[2] = DIGITS[(bits >> 6) & 63] if i + 1 < n else c"="
        out[3] = DIGITS[bits & 63] if i + 2 < n else c"="
        put_bytes(w, out, 4)
        i += 3


cdef void put_code_address(Writer* w, VM* vm, word* address) noexcept nogil:
    cdef char text[64]
    cdef ModuleInstance* instance
    cdef FunctionInfo* function
    snprintf(text, sizeof(text), b"0x%016llx (", <unsigned long long>address)
    put(w, text)
    if address != NULL and code_locate(vm.code, address, &instance, &function) and function != NULL:
        put_term(w, instance.module.name)
        put(w, b":")
        put_term(w, function.function)
        snprintf(text, sizeof(text), b"/%u + %lld)", function.arity, <long long>((address - function.start) * 8))
        put(w, text)
    elif address == special_code(SPECIAL_NORMAL_EXIT):
        put(w, b"<terminate process normally>)")
    else:
        put(w, b"unknown function)")


# --- general figures ----------------------------------------------------------------------------------------
cdef void put_table(Writer* w, const char* kind, const char* name, size_t size, size_t limit, size_t used) noexcept nogil:
    put(w, kind)
    put(w, name)
    put(w, b"\n")
    put_line(w, b"size", <int64_t>size)
    if limit:
        put_line(w, b"limit", <int64_t>limit)
        put_line(w, b"entries", <int64_t>used)
    else:
        put_line(w, b"used", <int64_t>used)
        put_line(w, b"objs", <int64_t>used)


cdef void report_general(Writer* w, VM* vm) noexcept nogil:
    cdef uint64_t processes = block_bytes_in_use()
    cdef uint64_t atoms = atom_bytes(), binaries = en_load64_rlx(&binary_bytes_in_use)
    cdef uint64_t code = code_bytes(vm.code), tables = ets_bytes(vm)
    cdef uint64_t system = atoms + binaries + code + tables
    cdef Registry* names = <Registry*>vm.registry
    put(w, b"=memory\n")
    put_line(w, b"total", <int64_t>(processes + system))
    put_line(w, b"processes", <int64_t>processes)
    put_line(w, b"processes_used", <int64_t>processes)
    put_line(w, b"system", <int64_t>system)
    put_line(w, b"atom", <int64_t>atoms)
    put_line(w, b"atom_used", <int64_t>atoms)
    put_line(w, b"binary", <int64_t>binaries)
    put_line(w, b"code", <int64_t>code)
    put_line(w, b"ets", <int64_t>tables)
    put_table(w, b"=index_table:", b"atom_tab", atom_count(), vm.atom_limit, atom_count())
    put_table(w, b"=hash_table:", b"module_code", vm.code.module_buckets, 0, vm.code.module_count)
    put_table(w, b"=hash_table:", b"export_list", vm.code.export_buckets, 0, vm.code.export_count)
    put_table(w, b"=hash_table:", b"process_reg", names.capacity, 0, names.count)
    put_table(w, b"=hash_table:", b"fun_table", vm.code.fun_buckets, 0, vm.code.fun_count)
    put(w, b"=allocated_areas\n")
    put_line(w, b"atom_table", <int64_t>atoms)
    put_line(w, b"export_table", <int64_t>(vm.code.export_count * sizeof(Export)))
    put_line(w, b"fun_table", <int64_t>(vm.code.fun_count * sizeof(FunEntry)))
    put_line(w, b"loaded_code", <int64_t>code)
    put_line(w, b"process_table", <int64_t>(room_of(vm).slot_count * sizeof(void*)))


# --- processes ------------------------------------------------------------------------------------------------
cdef Process* process_at(VM* vm, size_t slot) noexcept nogil:
    cdef Process* p = room_of(vm).slots[slot]
    if p != NULL and not p.host and not (en_load32_acq(&p.state) & PS_FREE):
        return p
    return NULL


cdef Process* process_next(VM* vm, size_t* slot) noexcept nogil:
    cdef Process* p
    while slot[0] < room_of(vm).high:
        p = process_at(vm, slot[0])
        slot[0] += 1
        if p != NULL:
            return p
    return NULL


cdef const char* state_name(Process* p) noexcept nogil:
    cdef uint32_t state = en_load32_acq(&p.state)
    if state & PS_EXITING:
        return b"Exiting"
    if state & PS_SUSPENDED:
        return b"Suspended"
    if state & PS_BLOCKED:
        return b"Running"
    if state & PS_QUEUED:
        return b"Scheduled"
    return b"Waiting" if state & PS_WAITING else b"Running"


cdef void put_reference(Writer* w, const uint32_t* ids) noexcept nogil:
    cdef char text[80]
    snprintf(text, sizeof(text), b"#Ref<0.%u.%u.%u>", ids[2], ids[1], ids[0])
    put(w, text)


cdef void put_relations(Writer* w, Process* p) noexcept nogil:
    cdef Relation* r = (<Relations*>p.relations).first if p.relations != NULL else NULL
    cdef bint any_ = False
    while r != NULL:
        if (r.kind == RELATION_LINK and not (r.flags & LINK_UNLINKING)) or r.kind == RELATION_WATCHED \
                or (r.kind == RELATION_MONITOR and not (r.flags & MONITOR_TIME_OFFSET)):
            put(w, b", " if any_ else b"Link list: [")
            any_ = True
            if r.kind == RELATION_LINK:
                put_term(w, r.other)
            else:
                put(w, b"{to," if r.kind == RELATION_MONITOR else b"{from,")
                if r.kind == RELATION_MONITOR and r.flags & MONITOR_BY_NAME:
                    put(w, b"{")
                    put_term(w, r.name)
                    put(w, b",")
                    put_term(w, node_local().name)
                    put(w, b"}")
                elif r.other == 0:
                    put(w, b"undefined")
                else:
                    put_term(w, r.other)
                put(w, b",")
                put_reference(w, r.ids)
                put(w, b"}")
        r = r.next
    if any_:
        put(w, b"]\n")


cdef void put_stack(Writer* w, Process* p) noexcept nogil:
    cdef Term* at = p.mem.heap.end
    cdef char line[64]
    cdef int y = 0
    while at < p.mem.block_end:
        if at[0] == 0:
            pass
        elif term_is_header(at[0]):
            snprintf(line, sizeof(line), b"\n0x%016llx Return addr ", <unsigned long long>at)
            put(w, line)
            put_code_address(w, p.vm, <word*>at[0])
            put(w, b"\n")
            y = 0
        else:
            snprintf(line, sizeof(line), b"y(%d)     ", y)
            put(w, line)
            if term_is_catch(at[0]):
                put(w, b"Catch ")
                put_code_address(w, p.vm, catch_handler(at[0]))
            else:
                put_term(w, at[0])
            put(w, b"\n")
            y += 1
        at += 1


cdef const char* priority_flag(uint32_t priority) noexcept nogil:
    if priority == PRIO_MAX:
        return b"PRIO_MAX"
    if priority == PRIO_HIGH:
        return b"PRIO_HIGH"
    return b"PRIO_LOW" if priority == PRIO_LOW else b"PRIO_NORMAL"


cdef void put_internal_state(Writer* w, Process* p) noexcept nogil:
    cdef uint32_t state = en_load32_acq(&p.state)
    put(w, b"Internal State: ACT_")
    put(w, priority_flag(p.priority))
    put(w, b" | USR_")
    put(w, priority_flag(p.priority))
    put(w, b" | PRQ_")
    put(w, priority_flag(p.priority))
    if p.flags & PF_OFF_HEAP_MESSAGES:
        put(w, b" | OFF_HEAP_MSGQ")
    if state & PS_ACTIVE:
        put(w, b" | ACTIVE")
    if state & PS_QUEUED:
        put(w, b" | IN_RUNQ")
    if state & (PS_RUNNING | PS_BLOCKED):
        put(w, b" | RUNNING")
    if state & PS_SUSPENDED:
        put(w, b" | SUSPENDED")
    if state & PS_EXITING:
        put(w, b" | EXITING")
    put(w, b"\n")


cdef void report_process(Writer* w, Process* p, bint dump) noexcept nogil:
    cdef Dict* d = <Dict*>p.dictionary
    cdef Fragment* f = p.mem.fragments
    cdef size_t n = 0
    cdef uint32_t i
    cdef bint shown = not (p.flags & PF_SENSITIVE) and not (en_load32_acq(&p.state) & PS_BLOCKED)
    put(w, b"=proc:")
    put_term(w, p.id)
    put(w, b"\nState: ")
    put(w, state_name(p))
    put(w, b"\n")
    if p.registered_name != 0:
        put(w, b"Name: ")
        put_term(w, p.registered_name)
        put(w, b"\n")
    put(w, b"Spawned as: ")
    put_term(w, p.initial_mfa[0])
    put(w, b":")
    put_term(w, p.initial_mfa[1])
    put(w, b"/")
    put_number(w, <int64_t>p.initial_mfa[2])
    put(w, b"\n")
    if p.current_bif != NULL and en_load32_acq(&p.state) & (PS_BLOCKED | PS_RUNNING):
        put(w, b"Current call: ")
        put(w, p.current_bif.module)
        put(w, b":")
        put(w, p.current_bif.name)
        put(w, b"/")
        put_number(w, p.current_bif.arity)
        put(w, b"\n")
    put(w, b"Spawned by: ")
    if term_is_local_pid(p.parent):
        put_term(w, p.parent)
    else:
        put(w, b"[]")
    put(w, b"\n")
    put_line(w, b"Message queue length", <int64_t>p.mq_length)
    while f != NULL:
        n += 1
        f = f.next
    put_line(w, b"Number of heap fragments", <int64_t>n)
    put_line(w, b"Heap fragment data", <int64_t>p.mem.fragment_words)
    put_relations(w, p)
    if not dump and shown and d != NULL and d.count != 0:
        put(w, b"Dictionary: [")
        for i in range(d.count):
            put(w, b",{" if i else b"{")
            put_term(w, d.pairs[2 * i])
            put(w, b",")
            put_term(w, d.pairs[2 * i + 1])
            put(w, b"}")
        put(w, b"]\n")
    put_line(w, b"Reductions", <int64_t>p.reductions_done)
    put_line(w, b"Stack+heap", <int64_t>p.mem.block_words)
    put_line(w, b"OldHeap", <int64_t>p.mem.old_words)
    put_line(w, b"Heap unused", p.mem.heap.end - p.mem.heap.top)
    put_line(w, b"OldHeap unused", p.mem.old_end - p.mem.old_top if p.mem.old_start != NULL else 0)
    put_line(w, b"BinVHeap", <int64_t>(p.mem.heap.off_heap_bytes >> 3))
    put_line(w, b"OldBinVHeap", <int64_t>(p.mem.old_off_heap_bytes >> 3))
    put_line(w, b"BinVHeap unused", VHEAP_WORDS - <int64_t>(p.mem.heap.off_heap_bytes >> 3))
    put_line(w, b"OldBinVHeap unused", VHEAP_WORDS - <int64_t>(p.mem.old_off_heap_bytes >> 3))
    put_line(w, b"Memory", <int64_t>(sizeof(Process) + (p.mem.block_words + p.mem.old_words + p.mem.fragment_words) * 8
                                     + p.mq_length * sizeof(Signal)))
    if shown:
        if not dump:
            put(w, b"Stack dump:\n")
        put(w, b"Program counter: ")
        put_code_address(w, p.vm, p.ip)
        put(w, b"\narity = ")
        put_number(w, p.live)
        put(w, b"\n")
        if not dump:
            put_stack(w, p)
    put_internal_state(w, p)


cdef void report_processes(Writer* w, VM* vm, bint dump) noexcept nogil:
    cdef size_t slot = 0
    cdef Process* p = process_next(vm, &slot)
    while p != NULL:
        report_process(w, p, dump)
        p = process_next(vm, &slot)


# --- ports ------------------------------------------------------------------------------------------------------
cdef void put_port(Writer* w, Port* p) noexcept nogil:
    cdef uint32_t i
    cdef Term name = port_registered_name(p.vm, p.id)
    put(w, b"=port:")
    put_term(w, p.id)
    put(w, b"\nState: CONNECTED")
    if p.flags & PORT_BINARY:
        put(w, b"|BINARY_IO")
    if p.flags & PORT_SOFT_EOF:
        put(w, b"|SOFT_EOF")
    if p.flags & PORT_BUSY:
        put(w, b"|PORT_BUSY")
    put(w, b"\n")
    put_line(w, b"Slot", <int64_t>port_data(p.id))
    put(w, b"Connected: ")
    put_term(w, p.owner)
    put(w, b"\n")
    if p.link_count != 0:
        put(w, b"Links: ")
        for i in range(p.link_count):
            put_term(w, p.links[i])
        put(w, b"\n")
    if name != 0:
        put(w, b"Registered as: ")
        put_term(w, name)
        put(w, b"\n")
    if p.os_pid != 0:
        put(w, b"Port controls external process: ")
    elif p.flags & PORT_OWN_FDS:
        put(w, b"Port is a file: ")
    elif p.driver.name[0] == c"t":
        put(w, b"Port controls linked-in driver: ")
    else:
        put(w, b"Port is UNIX fd not opened by emulator: ")
    put_bytes(w, p.name, p.name_size)
    put(w, b"\n")
    put_line(w, b"Input", <int64_t>p.bytes_in)
    put_line(w, b"Output", <int64_t>p.bytes_out)
    put_line(w, b"Queue", <int64_t>p.out_size)


cdef void report_ports(Writer* w, VM* vm) noexcept nogil:
    cdef size_t n, i
    cdef Term* ids
    cdef Port* p
    if vm.io == NULL:
        return
    n = port_list(vm, NULL, 0)
    ids = <Term*>malloc((n + 1) * sizeof(Term))
    if ids == NULL:
        return
    n = port_list(vm, ids, n)
    for i in range(n):
        p = port_find(vm, ids[i])
        if p != NULL:
            put_port(w, p)
            port_release(p)
    free(ids)


# --- tables -------------------------------------------------------------------------------------------------------
cdef void put_objects(Writer* w, Table* t) noexcept nogil:
    cdef size_t slot = 0
    cdef bint beyond = False
    cdef Object* o
    cdef bint any_
    cdef Cursor c
    if t.type == TABLE_ORDERED:
        memset(&c, 0, sizeof(c))
        o = t.backend.scan(t, &c)
        while o != NULL:
            put_term(w, object_tuple(o))
            put(w, b"\n")
            o = t.backend.scan(t, &c)
        return
    while True:
        o = t.backend.slot(t, slot, &beyond)
        if beyond:
            return
        any_ = o != NULL
        if any_:
            put_number(w, <int64_t>slot)
            put(w, b": [")
        while o != NULL:
            put_term(w, object_tuple(o))
            o = t.backend.slot_next(t, o)
            if o != NULL:
                put(w, b",")
        if any_:
            put(w, b"]\n")
        slot += 1


cdef void put_ets(Writer* w, Table* t, bint objects) noexcept nogil:
    cdef TableFigures f
    cdef const char* kind
    put(w, b"=ets:")
    put_term(w, t.owner)
    put(w, b"\n")
    put_line(w, b"Slot", <int64_t><word>t)
    put(w, b"Table: ")
    if t.flags & TABLE_NAMED:
        put_term(w, t.name)
    else:
        put_reference(w, t.magic.ids)
    put(w, b"\nName: ")
    put_term(w, t.name)
    put(w, b"\n")
    if not t.backend.figures(t, &f):
        put(w, b"Ordered set (AVL tree), Elements: ")
        put_number(w, table_size_now(t))
        put(w, b"\n")
        kind = b"ordered_set"
    else:
        put_line(w, b"Buckets", <int64_t>f.buckets)
        put_double(w, b"Chain Length Avg", f.chain_average)
        put_line(w, b"Chain Length Max", <int64_t>f.chain_max)
        put_line(w, b"Chain Length Min", <int64_t>f.chain_min)
        put_double(w, b"Chain Length Std Dev", f.deviation)
        put_double(w, b"Chain Length Expected Std Dev", f.expected_deviation)
        put_truth(w, b"Fixed", t.fixations != NULL)
        kind = b"set"
        if t.type == TABLE_BAG:
            kind = b"bag"
        elif t.type == TABLE_DUPLICATE_BAG:
            kind = b"duplicate_bag"
    if objects:
        put_objects(w, t)
    put_line(w, b"Objects", table_size_now(t))
    put_line(w, b"Words", table_words_now(t) + table_size_now(t) * <int64_t>(sizeof(Object) >> 3) + <int64_t>(sizeof(Table) >> 3))
    put(w, b"Type: ")
    put(w, kind)
    put(w, b"\nProtection: ")
    put(w, b"public" if t.protection == TABLE_PUBLIC else b"private" if t.protection == TABLE_PRIVATE else b"protected")
    put(w, b"\n")
    put_truth(w, b"Compressed", (t.flags & TABLE_COMPRESSED) != 0)
    put_truth(w, b"Write Concurrency", (t.flags & TABLE_WRITE_CONCURRENCY) != 0)
    put_truth(w, b"Read Concurrency", (t.flags & TABLE_READ_CONCURRENCY) != 0)


cdef void report_tables(Writer* w, VM* vm, bint objects) noexcept nogil:
    cdef Room* room = ets_room(vm)
    cdef Table* t = room.tables if room != NULL else NULL
    while t != NULL:
        if not t.dead:
            put_ets(w, t, objects)
        t = t.next


# --- code -----------------------------------------------------------------------------------------------------------
cdef uint64_t instance_bytes(ModuleInstance* m) noexcept nogil:
    cdef uint64_t n
    if m == NULL:
        return 0
    n = <uint64_t>(m.code_end - m.code_start) * 8 + m.line_count * sizeof(LineEntry) + m.strings_size \
        + m.function_count * sizeof(FunctionInfo) + m.attributes_size + m.compile_size
    if m.literals != NULL:
        n += m.literals.words * 8
    return n


cdef void put_info(Writer* w, const char* name, const unsigned char* data, size_t n) noexcept nogil:
    if n == 0:
        return
    put(w, name)
    put_base64(w, data, n)
    put(w, b"\n")


cdef void report_modules(Writer* w, VM* vm, bint dump) noexcept nogil:
    cdef Module* m = vm.code.all_modules
    cdef uint64_t current = 0, old = 0
    while m != NULL:
        current += instance_bytes(m.current)
        old += instance_bytes(m.old)
        m = m.next_all
    if dump:
        put(w, b"=loaded_modules\n")
    put_line(w, b"Current code", <int64_t>current)
    put_line(w, b"Old code", <int64_t>old)
    m = vm.code.all_modules
    while m != NULL:
        if m.current == NULL and m.old == NULL:
            m = m.next_all
            continue
        if not dump:
            put_term(w, m.name)
            put(w, b" ")
            put_number(w, <int64_t>instance_bytes(m.current))
            if m.old != NULL:
                put(w, b" (")
                put_number(w, <int64_t>instance_bytes(m.old))
                put(w, b" old)")
            put(w, b"\n")
            m = m.next_all
            continue
        put(w, b"=mod:")
        put_term(w, m.name)
        put(w, b"\n")
        put_line(w, b"Current size", <int64_t>instance_bytes(m.current))
        if m.current != NULL:
            put_info(w, b"Current attributes: ", m.current.attributes, m.current.attributes_size)
            put_info(w, b"Current compilation info: ", m.current.compile_info, m.current.compile_size)
        if m.old != NULL:
            put_line(w, b"Old size", <int64_t>instance_bytes(m.old))
            put_info(w, b"Old attributes: ", m.old.attributes, m.old.attributes_size)
            put_info(w, b"Old compilation info: ", m.old.compile_info, m.old.compile_size)
        m = m.next_all


# --- distribution, timers -----------------------------------------------------------------------------------------------
cdef void report_distribution(Writer* w, VM* vm) noexcept nogil:
    put(w, b"=node:")
    put_term(w, node_local().name)
    put(w, b"\n")
    if node_local().name == AM_nonode_at_nohost:
        put(w, b"=no_distribution\n")


cdef void put_timer(void* data, Term destination, Term message, int64_t ms) noexcept nogil:
    cdef Writer* w = <Writer*>data
    put(w, b"=timer:")
    put_term(w, destination)
    put(w, b"\nMessage: ")
    put_term(w, message)
    put(w, b"\n")
    put_line(w, b"Time left", ms)


cdef void report_timers(Writer* w, VM* vm) noexcept nogil:
    timers_each(vm, put_timer, w)


# --- for system_info/1 ------------------------------------------------------------------------------------------
cdef void report_write(VM* vm, Term what, int fd) noexcept nogil:
    cdef Writer* w = writer_new(fd, False)
    if w == NULL:
        return
    if what == AM_procs:
        report_processes(w, vm, False)
    elif what == AM_loaded:
        report_modules(w, vm, False)
    else:
        report_general(w, vm)
    writer_free(w)


info.report_writer = report_write

"""Crash dumps: everything about a VM in one text file, for the time after its end.

The sections of report.pyx come first. Then every process's stack, messages and dictionary, and under =proc_heap the heap
values that these reach, one a line: the address, a letter for the kind, the parts. A part is a word: an immediate, or H
and the address of another line. Literals that are reached stand once for all processes under =literals, counted
binaries under =binary, both by address.

Nothing is changed by the walk, so that a VM may still be closed afterwards: values that have been seen are
remembered in a set of addresses, and those still to write in a stack, both malloc'd. If memory for them ends, the
dump lacks what could not be remembered.

Read next: report.pxd. The reader is crashdump_viewer.erl of OTP's observer.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport atoi, calloc, free, malloc, realloc, strtoll
from libc.string cimport strlen
from enigma.term.atom cimport Atom, atom_count, atom_get
from enigma.term.bits cimport bits_copy
from enigma.term.boxed cimport *
from enigma.term.core cimport *
from enigma.term.counts cimport counter_sum
from enigma.term.external cimport EXT_MINOR_2, ExternalBuffer, external_encode
from enigma.term.number cimport FLOAT_SCIENTIFIC, FLOAT_TEXT_MAX, float_format, integer_format, integer_text_size
from enigma.term.pack cimport *
from enigma.term.text cimport text_identifier
from enigma.memory.heap cimport *
from enigma.code.loader cimport code_fun_held
from enigma.code.module cimport *
from enigma.process.process cimport *
from enigma.process.dictionary cimport Dictionary as Dict
from enigma.process.runqueue cimport world_resume, world_stop
from enigma.process.settings cimport VMSettings
from enigma.process.signal cimport SIG_MESSAGE
from enigma.io.room cimport cwd_get, cwd_release, Cwd, environment_get, io_room, vm_environment
from enigma.bif.shared cimport persistent_each
from enigma.runtime.report cimport *

cdef extern from "time.h" nogil:
    ctypedef long time_t
    time_t time(time_t*)
    char* ctime_r(const time_t*, char*)
cdef extern from "fcntl.h" nogil:
    int openat(int, const char*, int, int)
    int O_WRONLY, O_CREAT, O_TRUNC, O_CLOEXEC
cdef extern from "unistd.h" nogil:
    int close(int)
    unsigned int alarm(unsigned int)

cdef enum:
    BINARY_COPY_MAX = 1 << 20     # bytes of an unaligned bitstring that are copied out
    LAST_LINE = 100               # bytes beyond the limit for saying that it is reached

# A set of addresses: open addressing, 0 is free.
cdef struct AddressSet:
    uint64_t* slots
    size_t mask
    size_t count

cdef struct Walk:
    Writer* w
    VM* vm
    AddressSet seen               # on the heap of the process in work
    AddressSet literals
    AddressSet binaries
    Term* pending                 # still to write
    size_t pending_count
    size_t pending_capacity
    Term* pending_literals
    size_t literal_count
    size_t literal_capacity


# --- what has been seen ---------------------------------------------------------------------------------------
cdef inline size_t address_hash(uint64_t a) noexcept nogil:
    return <size_t>((a >> 3) * <uint64_t>0x9E3779B97F4A7C15 >> 17)


cdef bint set_grow(AddressSet* set_) noexcept nogil:
    cdef size_t size = 2 * (set_.mask + 1) if set_.slots != NULL else 1024
    cdef uint64_t* slots = <uint64_t*>calloc(size, sizeof(uint64_t))
    cdef size_t i, k
    if slots == NULL:
        return False
    if set_.slots != NULL:
        for i in range(set_.mask + 1):
            if set_.slots[i] != 0:
                k = address_hash(set_.slots[i]) & (size - 1)
                while slots[k] != 0:
                    k = (k + 1) & (size - 1)
                slots[k] = set_.slots[i]
    free(set_.slots)
    set_.slots = slots
    set_.mask = size - 1
    return True


# True if it is new; False also if there is no memory to remember it.
cdef bint set_add(AddressSet* set_, uint64_t address) noexcept nogil:
    cdef size_t k
    if (set_.slots == NULL or 2 * set_.count >= set_.mask) and not set_grow(set_):
        return False
    k = address_hash(address) & set_.mask
    while set_.slots[k] != 0:
        if set_.slots[k] == address:
            return False
        k = (k + 1) & set_.mask
    set_.slots[k] = address
    set_.count += 1
    return True


cdef void set_free(AddressSet* set_) noexcept nogil:
    free(set_.slots)
    set_.slots = NULL
    set_.count = 0
    set_.mask = 0


cdef bint stack_push(Term** stack, size_t* count, size_t* capacity, Term t) noexcept nogil:
    cdef Term* larger
    if count[0] == capacity[0]:
        larger = <Term*>realloc(stack[0], (2 * capacity[0] + 1024) * sizeof(Term))
        if larger == NULL:
            return False
        stack[0] = larger
        capacity[0] = 2 * capacity[0] + 1024
    stack[0][count[0]] = t
    count[0] += 1
    return True


# A list or boxed value that some line refers to: it gets a line of its own, once.
cdef void remember(Walk* k, Term t) noexcept nogil:
    if term_is_literal(t):
        if set_add(&k.literals, <uint64_t>pointer_target(t)):
            stack_push(&k.pending_literals, &k.literal_count, &k.literal_capacity, t)
    elif set_add(&k.seen, <uint64_t>pointer_target(t)):
        stack_push(&k.pending, &k.pending_count, &k.pending_capacity, t)


# --- words ------------------------------------------------------------------------------------------------------
cdef void put_word(Walk* k, Term t) noexcept nogil:
    cdef Writer* w = k.w
    cdef Atom* a
    cdef char text[400]
    if term_is_small(t):
        put(w, b"I")
        put_number(w, small_value(t))
    elif term_is_atom(t):
        a = atom_get(t)
        put(w, b"A")
        put_hex(w, a.length)
        put(w, b":")
        put_bytes(w, <const char*>a.name, a.length)
    elif term_is_nil(t):
        put(w, b"N")
    elif term_is_local_pid(t):
        put(w, b"P")
        put_bytes(w, text, text_identifier(t, text))
    elif term_is_local_port(t):
        put(w, b"p")
        text_identifier(t, text)
        put(w, text + 5)                     # <0.N> of #Port<0.N>
    elif term_is_pointer(t):
        put(w, b"H")
        put_hex(w, <uint64_t>pointer_target(t))
        remember(k, t)
    elif term_is_catch(t):
        put(w, b"SCatch ")
        put_code_address(w, k.vm, catch_handler(t))
    else:
        put(w, b"SUnknown word")


cdef void put_words(Walk* k, Term* words, size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        if i:
            put(k.w, b",")
        put_word(k, words[i])


cdef void put_external(Walk* k, Term t) noexcept nogil:
    cdef ExternalBuffer b
    cdef Term reason = 0
    b.data = NULL
    b.size = 0
    b.capacity = 0
    if external_encode(&b, t, EXT_MINOR_2, True, &reason):
        put(k.w, b"E")
        put_hex(k.w, b.size)
        put(k.w, b":")
        put_base64(k.w, b.data, b.size)
    else:
        put(k.w, b"t0:")
    free(b.data)


cdef void put_bits(Walk* k, Term* p) noexcept nogil:
    cdef word offset, size, start
    cdef uint8_t* base
    cdef uint8_t* copy = NULL
    cdef Term orig
    cdef Binary* b
    if header_kind(p[0]) == T_HEAP_BITS:
        base = heap_bits_data(p)
        offset = 0
        size = (<HeapBits*>p).size
    else:
        if header_kind(p[0]) == T_MATCH:
            orig = (<MatchContext*>p).orig
            start = (<MatchContext*>p).start
            size = (<MatchContext*>p).end - start
        else:
            orig = (<SubBits*>p).orig
            start = (<SubBits*>p).start
            size = (<SubBits*>p).end - start
        if header_kind(boxed_header(orig)) == T_BIN_REF and (start & 7) == 0:
            b = (<BinRef*>boxed_ptr(orig)).binary
            put(k.w, b"Yc")
            put_hex(k.w, <uint64_t>b)
            put(k.w, b":")
            put_hex(k.w, start >> 3)
            put(k.w, b":")
            put_hex(k.w, (size + 7) >> 3)
            set_add(&k.binaries, <uint64_t>b)
            return
        base = bits_base(orig) + (start >> 3)
        offset = start & 7
    if size > 8 * <word>BINARY_COPY_MAX:
        size = 8 * <word>BINARY_COPY_MAX
    if offset != 0:
        copy = <uint8_t*>calloc((size >> 3) + 1, 1)
        if copy == NULL:
            size = 0
        else:
            bits_copy(base, offset, copy, 0, size)
            base = copy
    put(k.w, b"Yh")
    put_hex(k.w, (size + 7) >> 3)
    put(k.w, b":")
    put_base64(k.w, base, (size + 7) >> 3)
    free(copy)


cdef void put_big(Walk* k, Term t) noexcept nogil:
    cdef size_t n = integer_text_size(t, 16)
    cdef char* text = <char*>malloc(n + 1)
    if text == NULL:
        put(k.w, b"B0")
        return
    n = integer_format(t, 16, text)
    if text[0] == c"-":
        put(k.w, b"B-16#")
        put_bytes(k.w, text + 1, n - 1)
    else:
        put(k.w, b"B16#")
        put_bytes(k.w, text, n)
    free(text)


# A node of a map's trie. Its children are leaves (pairs) or nodes, which must not be taken for maps.
cdef void put_node(Walk* k, Term* p, bint root) noexcept nogil:
    cdef size_t i, n = header_size(p[0]) - 1
    put(k.w, b"M")
    if root:
        put(k.w, b"h")
        put_hex(k.w, map_size(make_boxed(p)))
        put(k.w, b":")
    else:
        put(k.w, b"n")
    put_hex(k.w, n)
    put(k.w, b":")
    for i in range(n):
        if i:
            put(k.w, b",")
        put(k.w, b"H")
        put_hex(k.w, <uint64_t>pointer_target(p[2 + i]))
        # Bit 2 of an address is free: on the stack it marks an inner node.
        if term_is_list(p[2 + i]):
            remember(k, p[2 + i])
        elif set_add(&k.literals if term_is_literal(p[2 + i]) else &k.seen, <uint64_t>pointer_target(p[2 + i])):
            if term_is_literal(p[2 + i]):
                stack_push(&k.pending_literals, &k.literal_count, &k.literal_capacity, p[2 + i] | 4)
            else:
                stack_push(&k.pending, &k.pending_count, &k.pending_capacity, p[2 + i] | 4)


cdef void put_value(Walk* k, Term t) noexcept nogil:
    """One line: a list cell or boxed value. Bit 2 is set on an inner node of a map."""
    cdef bint inner = (t & 4) != 0
    cdef Term* p = <Term*>(t & ~<Term>7)
    cdef Writer* w = k.w
    cdef char text[FLOAT_TEXT_MAX]
    cdef size_t n
    cdef int kind
    put_hex(w, <uint64_t>p)
    put(w, b":")
    if term_is_list(t):
        put(w, b"l")
        put_word(k, p[0])
        put(w, b"|")
        put_word(k, p[1])
        put(w, b"\n")
        return
    t &= ~<Term>4
    kind = header_kind(p[0])
    n = header_size(p[0])
    if kind == T_TUPLE or kind == T_RECORD:
        put(w, b"t")
        put_hex(w, n)
        put(w, b":")
        put_words(k, p + 1, n)
    elif kind == T_FLOAT:
        n = float_format(float_value(t), FLOAT_SCIENTIFIC, 20, False, text)
        put(w, b"F")
        put_hex(w, n)
        put(w, b":")
        put_bytes(w, text, n)
    elif kind == T_BIG_POS or kind == T_BIG_NEG:
        put_big(k, t)
    elif kind == T_HEAP_BITS or kind == T_SUB_BITS or kind == T_MATCH:
        put_bits(k, p)
    elif kind == T_MAP_FLAT:
        put(w, b"Mf")
        put_hex(w, n - 1)
        put(w, b":")
        put_word(k, p[1])
        put(w, b":")
        put_words(k, p + 2, n - 1)
    elif kind == T_MAP_NODE:
        put_node(k, p, not inner)
    elif kind == T_EXT_PID and (<External*>p).which == EXT_PID:
        put(w, b"P")
        n = text_identifier(t, text)
        put_bytes(w, text, n)
    elif kind == T_EXT_PID and (<External*>p).which == EXT_PORT:
        put(w, b"p")
        text_identifier(t, text)
        put(w, text + 5)
    elif kind == T_FUN or kind == T_EXPORT or kind == T_REF or kind == T_EXT_PID:
        put_external(k, t)
    else:
        put(w, b"t0:")
    put(w, b"\n")


cdef void put_pending(Walk* k) noexcept nogil:
    while k.pending_count > 0 and not k.w.failed:
        k.pending_count -= 1
        put_value(k, k.pending[k.pending_count])
    k.pending_count = 0


# --- processes ----------------------------------------------------------------------------------------------------
# Nothing of its memory may be read: it is sensitive, or a blocking job works in it.
cdef inline bint opaque(Process* p) noexcept nogil:
    return (p.flags & PF_SENSITIVE) != 0 or (en_load32_acq(&p.state) & (PS_BLOCKED | PS_EXITING)) != 0


cdef void put_tag(Writer* w, const char* tag, Process* p) noexcept nogil:
    put(w, tag)
    put_term(w, p.id)
    put(w, b"\n")


cdef void put_messages(Walk* k, Signal* s, Process* p, bint* begun) noexcept nogil:
    while s != NULL:
        if s.kind == SIG_MESSAGE:
            if not begun[0]:
                put_tag(k.w, b"=proc_messages:", p)
                begun[0] = True
            put_word(k, s.term)
            put(k.w, b":")
            if s.extra != 0 and term_is_immed(s.extra):
                put_word(k, s.extra)
            else:
                put(k.w, b"N")
            put(k.w, b"\n")
        s = s.next


cdef void put_frames(Walk* k, Process* p) noexcept nogil:
    cdef Term* at = p.mem.heap.end
    cdef char text[64]
    cdef uint32_t i
    cdef int y = 0
    put_tag(k.w, b"=proc_stack:", p)
    for i in range(p.live):
        put(k.w, b"x")
        put_number(k.w, i)
        put(k.w, b":")
        put_word(k, p.args[i])
        put(k.w, b"\n")
    while at < p.mem.block_end:
        if at[0] == 0:
            pass
        elif term_is_header(at[0]):
            snprintf(text, sizeof(text), b"0x%016llx:SReturn addr ", <unsigned long long>at)
            put(k.w, text)
            put_code_address(k.w, p.vm, <word*>at[0])
            put(k.w, b"\n")
            y = 0
        else:
            put(k.w, b"y")
            put_number(k.w, y)
            put(k.w, b":")
            put_word(k, at[0])
            put(k.w, b"\n")
            y += 1
        at += 1


cdef void put_memory(Walk* k, Process* p) noexcept nogil:
    cdef Dict* d = <Dict*>p.dictionary
    cdef Term pair
    cdef uint32_t i
    cdef bint begun = False
    set_free(&k.seen)
    put_frames(k, p)
    put_messages(k, p.mq_first, p, &begun)
    put_messages(k, p.signal_in_first, p, &begun)
    if d != NULL and d.count != 0:
        put_tag(k.w, b"=proc_dictionary:", p)
        for i in range(d.count):             # a pair is no term of its own here: its line is written below
            put(k.w, b"H")
            put_hex(k.w, <uint64_t>(d.pairs + 2 * i))
            put(k.w, b"\n")
    put_tag(k.w, b"=proc_heap:", p)
    if d != NULL:
        for i in range(d.count):
            put_hex(k.w, <uint64_t>(d.pairs + 2 * i))
            put(k.w, b":t2:")
            put_words(k, d.pairs + 2 * i, 2)
            put(k.w, b"\n")
    put_pending(k)


cdef void put_all_memory(Walk* k) noexcept nogil:
    cdef size_t slot = 0
    cdef Process* p = process_next(k.vm, &slot)
    while p != NULL and not k.w.failed:
        if not opaque(p):
            put_memory(k, p)
        p = process_next(k.vm, &slot)


cdef void put_persistent(void* data, Term pair) noexcept nogil:
    cdef Walk* k = <Walk*>data
    put_word(k, tuple_elements(pair)[0])
    put(k.w, b"|")
    put_word(k, tuple_elements(pair)[1])
    put(k.w, b"\n")


cdef void put_shared(Walk* k) noexcept nogil:
    cdef Binary* b
    cdef size_t i
    put(k.w, b"=persistent_terms\n")
    persistent_each(k.vm, put_persistent, k)
    put(k.w, b"=literals\n")
    while k.literal_count > 0 and not k.w.failed:
        k.literal_count -= 1
        put_value(k, k.pending_literals[k.literal_count])
    if k.binaries.slots == NULL:
        return
    for i in range(k.binaries.mask + 1):
        if k.binaries.slots[i] == 0 or k.w.failed:
            continue
        b = <Binary*>k.binaries.slots[i]
        put(k.w, b"=binary:")
        put_hex(k.w, <uint64_t>b)
        put(k.w, b"\n")
        put_hex(k.w, b.size)
        put(k.w, b":")
        put_base64(k.w, b.data, b.size)
        put(k.w, b"\n")


# --- the rest -----------------------------------------------------------------------------------------------------
cdef void put_scheduler(Writer* w, Scheduler* s) noexcept nogil:
    put(w, b"=scheduler:")
    put_number(w, s.index)
    put(w, b"\nScheduler Sleep Info Flags: ")
    put(w, b"SLEEPING\n" if en_load32_acq(&s.sleeping) != 0 else b"\n")
    put(w, b"Scheduler Sleep Info Aux Work: \nCurrent Port: \nRun Queue Max Length: ")
    put_number(w, s.queue_length[PRIO_MAX])
    put(w, b"\nRun Queue High Length: ")
    put_number(w, s.queue_length[PRIO_HIGH])
    put(w, b"\nRun Queue Normal Length: ")
    put_number(w, s.queue_length[PRIO_NORMAL])
    put(w, b"\nRun Queue Low Length: ")
    put_number(w, s.queue_length[PRIO_LOW])
    put(w, b"\nRun Queue Port Length: 0\nRun Queue Flags: \nCurrent Process: ")
    if s.current != NULL:
        put_term(w, s.current.id)
    put(w, b"\n")


cdef void put_funs(Writer* w, CodeTables* code) noexcept nogil:
    cdef FunEntry* f
    cdef size_t i
    cdef char text[32]
    for i in range(code.fun_buckets):
        f = code.funs[i]
        while f != NULL:
            put(w, b"=fun\nModule: ")
            put_term(w, f.module)
            put(w, b"\nUniq: ")
            put_number(w, <int64_t>f.old_uniq)
            put(w, b"\nIndex: ")
            put_number(w, f.index)
            snprintf(text, sizeof(text), b"0x%016llx", <unsigned long long>f.address)
            put(w, b"\nAddress: ")
            put(w, text)
            put(w, b"\nRefc: ")
            put_number(w, counter_sum(&f.counted) + code_fun_held(code, f))
            put(w, b"\n")
            f = f.next


cdef void put_atoms(Writer* w) noexcept nogil:
    cdef uint32_t i = atom_count()
    put(w, b"=atoms\n")
    while i > 0:
        i -= 1
        put_term(w, make_atom(i))
        put(w, b"\n")


cdef void dump_to(Writer* w, VM* vm, const char* slogan, int scheduler) noexcept nogil:
    cdef Walk* k = <Walk*>calloc(1, sizeof(Walk))
    cdef char text[64]
    cdef time_t now = time(NULL)
    cdef size_t n = strlen(slogan)
    cdef int i
    put(w, b"=erl_crash_dump:0.5\n")
    put(w, ctime_r(&now, text))
    put(w, b"Slogan: ")
    put(w, slogan)
    if n == 0 or slogan[n - 1] != c"\n":
        put(w, b"\n")
    put(w, b"System version: ")
    put(w, (<VMSettings*>vm.runtime).system_version)
    put(w, b"Taints: \nAtoms: ")
    put_number(w, atom_count())
    if scheduler > 0:
        put(w, b"\nCalling Thread: scheduler:")
        put_number(w, scheduler)
    else:
        put(w, b"\nCalling Thread: main")
    put(w, b"\n")
    for i in range(vm.scheduler_count):
        put_scheduler(w, vm.schedulers[i])
    report_general(w, vm)
    report_processes(w, vm, True)
    report_ports(w, vm)
    report_tables(w, vm, False)
    report_timers(w, vm)
    report_distribution(w, vm)
    report_modules(w, vm, True)
    put_funs(w, vm.code)
    if k != NULL:
        k.w = w
        k.vm = vm
        put_all_memory(k)
        put_shared(k)
        set_free(&k.seen)
        set_free(&k.literals)
        set_free(&k.binaries)
        free(k.pending)
        free(k.pending_literals)
        free(k)
    put_atoms(w)
    put(w, b"=end\n")


# To standard error, with the line ends that erl gives its last words.
cdef void say(const char* text) noexcept nogil:
    cdef Writer* w = writer_new(2, True)
    if w != NULL:
        put(w, text)
        writer_free(w)


# The dump to its file; what erl tells of it on standard error, if this VM owns the process.
cdef void dump(VM* vm, const char* slogan, int scheduler) noexcept nogil:
    cdef char* value
    cdef char* end = NULL
    cdef char* path
    cdef Cwd* here
    cdef Writer* w
    cdef int64_t limit = -1
    cdef int seconds = -1, fd
    cdef bint complete = True
    cdef bint owner = (<VMSettings*>vm.runtime).owns_process
    value = environment_get(vm_environment(vm), b"ERL_CRASH_DUMP_SECONDS")
    if value != NULL:
        seconds = atoi(value)
        free(value)
    if seconds == 0:
        return
    value = environment_get(vm_environment(vm), b"ERL_CRASH_DUMP_BYTES")
    if value != NULL:
        limit = strtoll(value, &end, 10)
        if end == value or end[0] != 0:
            limit = -1
        free(value)
    if limit == 0:
        return
    path = environment_get(vm_environment(vm), b"ERL_CRASH_DUMP")
    if owner:
        say(b"\nCrash dump is being written to: ")
        if path != NULL:
            say(path)
        else:
            say(b"erl_crash.dump")
        say(b"...")
        if seconds > 0:
            alarm(<unsigned int>seconds)     # as erl: the process ends then, with whatever has been written
    here = cwd_get(io_room(vm))
    if path != NULL:
        fd = openat(here.fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
    else:
        fd = openat(here.fd, b"erl_crash.dump", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
    cwd_release(here)
    free(path)
    if fd < 0:
        return
    w = writer_new(fd, False)
    if w != NULL:
        if limit > 0:
            w.left = <uint64_t>limit
        dump_to(w, vm, slogan, scheduler)
        writer_flush(w)
        if w.left == 0:
            w.left = LAST_LINE
            put(w, b"\n=abort:CRASH DUMP SIZE LIMIT REACHED\n")
            complete = False
        writer_free(w)
    close(fd)
    if owner and complete:
        alarm(0)
        say(b"done\n")


cdef void crash_dump_stopped(VM* vm, const char* slogan) noexcept nogil:
    if (<VMSettings*>vm.runtime).owns_process:
        say(slogan)
    dump(vm, slogan, 0)


cdef void crash_dump(VM* vm, Scheduler* s) noexcept nogil:
    cdef const char* slogan = b""
    if vm.halt_text != NULL:
        slogan = <const char*>vm.halt_text
    if (<VMSettings*>vm.runtime).owns_process:
        say(slogan)
    world_stop(vm, s)
    dump(vm, slogan, s.index if s != NULL else 0)
    world_resume(vm, s)

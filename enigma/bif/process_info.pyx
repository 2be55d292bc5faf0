"""process_info/1,2 and erts_internal:process_display/2.

About itself a process answers at once. About another one it sends SIG_INFO: the other builds the answer
when it is scheduled out, from its own state, and sends {Ref, Answer}, which erts_internal:await_result/1
receives. So two processes that ask each other cannot block each other, and what one process has sent to
another before it asks is part of the answer.

Read next: bif/process.pyx.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdio cimport snprintf, fwrite, stderr
from libc.stdlib cimport free, malloc
from libc.string cimport memset
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.bits cimport binary_from_bytes
from enigma.term.external cimport node_local
from enigma.term.number cimport integer_from_u64
from enigma.term.text cimport *
from enigma.memory.heap cimport *
from enigma.code.instructions cimport SPECIAL_NORMAL_EXIT, special_code
from enigma.code.module cimport BIF_HEAVY, FunctionInfo, ModuleInstance, bif_register, code_locate, export_get
from enigma.process.process cimport *
from enigma.process.relation cimport *
from enigma.process.relation cimport RelationSet as Relations
from enigma.process.dictionary cimport Dictionary as Dict
from enigma.process.dictionary cimport dictionary_find
from enigma.process.settings cimport VMSettings
from enigma.term.atom cimport atom_from_cstr
from enigma.process.signal cimport *
from enigma.process.lifecycle cimport *
from enigma.process.figures cimport heap_figures, max_heap_map
from enigma.trace.saved cimport saved_calls_list
from enigma.bif.errors cimport *
from enigma.emulator.exception cimport process_stack_trace, trace_depth

cdef enum:
    # items, in the order of `item_names`
    I_REGISTERED_NAME = 0
    I_CURRENT_FUNCTION = 1
    I_INITIAL_CALL = 2
    I_STATUS = 3
    I_MESSAGES = 4
    I_MESSAGE_QUEUE_LEN = 5
    I_LINKS = 6
    I_MONITORS = 7
    I_MONITORED_BY = 8
    I_DICTIONARY = 9
    I_TRAP_EXIT = 10
    I_ERROR_HANDLER = 11
    I_HEAP_SIZE = 12
    I_STACK_SIZE = 13
    I_MEMORY = 14
    I_GARBAGE_COLLECTION = 15
    I_GROUP_LEADER = 16
    I_REDUCTIONS = 17
    I_PRIORITY = 18
    I_TRACE = 19
    I_BINARY = 20
    I_SEQUENTIAL_TRACE_TOKEN = 21
    I_CATCHLEVEL = 22
    I_BACKTRACE = 23
    I_LAST_CALLS = 24
    I_TOTAL_HEAP_SIZE = 25
    I_SUSPENDING = 26
    I_MIN_HEAP_SIZE = 27
    I_MIN_BIN_VHEAP_SIZE = 28
    I_MAX_HEAP_SIZE = 29
    I_CURRENT_LOCATION = 30
    I_CURRENT_STACKTRACE = 31
    I_MESSAGE_QUEUE_DATA = 32
    I_GARBAGE_COLLECTION_INFO = 33
    I_MAGIC_REF = 34
    I_FULLSWEEP_AFTER = 35
    I_PARENT = 36
    I_ASYNC_DIST = 37          # this one and those behind it since OTP 26
    I_LABEL = 38
    ITEM_COUNT = 39
    FIRST_LATER = I_ASYNC_DIST
    I_DICTIONARY_KEY = 39      # {dictionary, Key}, since OTP 26; its name is what was asked

cdef Term[ITEM_COUNT] item_names
item_names[:] = [AM_registered_name, AM_current_function, AM_initial_call, AM_status, AM_messages, AM_message_queue_len,
                 AM_links, AM_monitors, AM_monitored_by, AM_dictionary, AM_trap_exit, AM_error_handler, AM_heap_size,
                 AM_stack_size, AM_memory, AM_garbage_collection, AM_group_leader, AM_reductions, AM_priority, AM_trace,
                 AM_binary, AM_sequential_trace_token, AM_catchlevel, AM_backtrace, AM_last_calls, AM_total_heap_size,
                 AM_suspending, AM_min_heap_size, AM_min_bin_vheap_size, AM_max_heap_size, AM_current_location,
                 AM_current_stacktrace, AM_message_queue_data, AM_garbage_collection_info, AM_magic_ref,
                 AM_fullsweep_after, AM_parent, AM_async_dist, AM_label]

# What process_info/1 shows.
cdef uint8_t[16] default_items
default_items[:] = [I_CURRENT_FUNCTION, I_INITIAL_CALL, I_STATUS, I_MESSAGE_QUEUE_LEN, I_LINKS, I_DICTIONARY,
                    I_TRAP_EXIT, I_ERROR_HANDLER, I_PRIORITY, I_GROUP_LEADER, I_TOTAL_HEAP_SIZE, I_HEAP_SIZE,
                    I_STACK_SIZE, I_REDUCTIONS, I_GARBAGE_COLLECTION, I_SUSPENDING]

cdef Term process_label = atom_from_cstr(b"$process_label")     # where proc_lib:set_label/1 puts it

cdef int item_index(Process* p, Term name) noexcept nogil:
    cdef int i
    cdef bint later = (<VMSettings*>p.vm.runtime).release_number >= 26
    for i in range(ITEM_COUNT if later else FIRST_LATER):
        if item_names[i] == name:
            return i
    if later and term_is_tuple(name) and tuple_arity(name) == 2 and tuple_elements(name)[0] == AM_dictionary:
        return I_DICTIONARY_KEY
    return -1

cdef Term process_info_items(Process* p) noexcept nogil:
    cdef Term list_ = nil()
    cdef int i = ITEM_COUNT if (<VMSettings*>p.vm.runtime).release_number >= 26 else FIRST_LATER
    while i > 0:
        i -= 1
        list_ = push(proc_heap(p), item_names[i], list_)
    return list_

# --- terms on any heap; 0 stays 0 ----------------------------------------------------------------------------

cdef Term pair(Heap* h, Term a, Term b) noexcept nogil:
    cdef Term* hp
    if a == 0 or b == 0:
        return 0
    hp = heap_alloc(h, 3)
    if hp == NULL:
        return 0
    hp[0] = make_header(T_TUPLE, 2)
    hp[1] = a
    hp[2] = b
    return make_boxed(hp)

cdef Term triple(Heap* h, Term a, Term b, Term c) noexcept nogil:
    cdef Term* hp
    if a == 0 or b == 0 or c == 0:
        return 0
    hp = heap_alloc(h, 4)
    if hp == NULL:
        return 0
    hp[0] = make_header(T_TUPLE, 3)
    hp[1] = a
    hp[2] = b
    hp[3] = c
    return make_boxed(hp)

cdef Term push(Heap* h, Term head, Term tail) noexcept nogil:
    cdef Term* hp
    if head == 0 or tail == 0:
        return 0
    hp = heap_alloc(h, 2)
    return cons(hp, head, tail) if hp != NULL else 0

# A term of q's, for whoever owns h.
cdef inline Term foreign(Heap* h, Process* q, Term t) noexcept nogil:
    if term_is_immed(t) or h == &q.mem.heap:
        return t
    return term_copy(h, t, False)

# --- items -----------------------------------------------------------------------------------------------------

cdef Term status_of(Process* q, bint own) noexcept nogil:
    cdef uint32_t state = en_load32_acq(&q.state)
    if state & PS_EXITING:
        return AM_exiting
    if own:
        return AM_running
    if state & PS_BLOCKED:              # a suspension takes hold when the job has ended
        return AM_running
    if state & PS_SUSPENDED:
        return AM_suspended
    # It is scheduled out while it answers: PS_WAITING stays from its last run until the next one.
    if state & PS_WAITING and not state & PS_ACTIVE:
        # In a BIF that waits, for a busy port, it counts as suspended.
        return AM_suspended if q.current_bif != NULL and q.ip == q.retry_ip else AM_waiting
    return AM_runnable

cdef Term location(Process* q, Heap* h, bint whole) noexcept nogil:
    """{M, F, A, Location} of the innermost function, or without the location."""
    cdef bint away = en_load32_acq(&q.state) & PS_BLOCKED != 0 and q.current_bif != NULL
    cdef Term trace = process_stack_trace(q, h, 1) if not away else nil()
    cdef Term* e
    cdef Term entry
    cdef Term* hp
    cdef word mfa[3]
    if trace == 0:
        return 0
    if term_is_list(trace) and term_is_tuple_of(list_head(trace), 4):
        entry = list_head(trace)
        if whole:
            return entry
        e = tuple_elements(entry)
        return triple(h, e[0], e[1], e[2])
    if away:                            # in a BIF that runs on the blocking pool
        mfa[0], mfa[1], mfa[2] = q.current_bif.module_atom, q.current_bif.name_atom, q.current_bif.arity
    elif q.flags & PF_HIBERNATED:
        mfa[0], mfa[1], mfa[2] = AM_erlang, AM_hibernate, 3
    else:                               # not yet run: it is about to call its first function
        mfa[0], mfa[1], mfa[2] = q.initial_mfa[0], q.initial_mfa[1], q.initial_mfa[2]
    if not whole:
        return triple(h, mfa[0], mfa[1], make_small(<int64_t>mfa[2]))
    hp = heap_alloc(h, 5)
    if hp == NULL:
        return 0
    hp[0] = make_header(T_TUPLE, 4)
    hp[1] = mfa[0]
    hp[2] = mfa[1]
    hp[3] = make_small(<int64_t>mfa[2])
    hp[4] = nil()
    return make_boxed(hp)

cdef Term messages_of(Process* q, Heap* h) noexcept nogil:
    cdef Signal* s = q.mq_first
    cdef Term first = nil()
    cdef Term* tail = &first
    cdef Term* hp
    cdef Term t
    if q.flags & PF_SENSITIVE:
        return first
    while s != NULL:
        if h != &q.mem.heap or s.fragment == NULL or term_is_immed(s.term):
            t = foreign(h, q, s.term)
        elif q.flags & PF_OFF_HEAP_MESSAGES:
            t = term_copy(h, s.term, False)
        else:
            message_adopt(q, s)
            t = s.term
        hp = heap_alloc(h, 2)
        if t == 0 or hp == NULL:
            return 0
        tail[0] = cons(hp, t, nil())
        tail = hp + 1
        s = s.next
    return first

# {Pid, Times, 0}, or {Pid, 0, Times} as long as the request is on its way.
cdef Term suspending(Process* q, Heap* h, Relation* r) noexcept nogil:
    cdef Process* other = process_lock(q.vm, r.other)
    cdef bint on_its_way = False
    if other != NULL:
        on_its_way = en_load32_acq(&other.state) & PS_SUSPENDED == 0
        process_unlock(other)
    return triple(h, r.other, make_small(0 if on_its_way else r.count), make_small(r.count if on_its_way else 0))

cdef Term relations_of(Process* q, Heap* h, int item) noexcept nogil:
    cdef Relation* r = (<Relations*>q.relations).first if q.relations != NULL else NULL
    cdef Term list_ = nil()
    cdef Term t, what
    while r != NULL and list_ != 0:
        t = 0
        if item == I_LINKS:
            if r.kind == RELATION_LINK and not (r.flags & LINK_UNLINKING):
                list_ = push(h, r.other, list_)
        elif item == I_MONITORED_BY:
            if r.kind == RELATION_WATCHED:
                list_ = push(h, r.other, list_)
        elif item == I_SUSPENDING:
            if r.kind == RELATION_SUSPENDING:
                list_ = push(h, suspending(q, h, r), list_)
        elif r.kind == RELATION_MONITOR:
            what = AM_process
            if r.flags & MONITOR_PORT:
                what = AM_port
            elif r.flags & MONITOR_TIME_OFFSET:
                what = AM_time_offset
            t = r.other
            if r.flags & MONITOR_BY_NAME:
                t = pair(h, r.name, node_local().name)
            list_ = push(h, pair(h, what, t), list_)
        r = r.next
    return list_

cdef Term dictionary_of(Process* q, Heap* h) noexcept nogil:
    cdef Dict* d = <Dict*>q.dictionary
    cdef Term list_ = nil()
    cdef uint32_t i
    if d == NULL or q.flags & PF_SENSITIVE:
        return list_
    for i in range(d.count):
        list_ = push(h, pair(h, foreign(h, q, d.pairs[2 * i]), foreign(h, q, d.pairs[2 * i + 1])), list_)
    return list_

cdef size_t total_heap(Process* q) noexcept nogil:
    cdef size_t n = q.mem.block_words + q.mem.old_words + q.mem.fragment_words
    cdef Signal* s = q.mq_first
    cdef Fragment* f
    if not (q.flags & PF_OFF_HEAP_MESSAGES):
        while s != NULL:
            f = s.fragment
            while f != NULL:
                n += f.used
                f = f.next
            s = s.next
    return n

cdef size_t memory_of(Process* q) noexcept nogil:
    cdef Dict* d = <Dict*>q.dictionary
    cdef size_t n = sizeof(Process) + total_heap(q) * sizeof(Term) + q.mq_length * sizeof(Signal)
    if q.relations != NULL:
        n += (<Relations*>q.relations).count * sizeof(Relation)
    if d != NULL:
        n += d.capacity * 28
    return n

cdef Term counted(Heap* h, Term name, uint64_t n, Term tail) noexcept nogil:
    return push(h, pair(h, name, integer_from_u64(h, n)), tail)

cdef Term collection_of(Process* q, Heap* h) noexcept nogil:
    cdef Term t = counted(h, AM_minor_gcs, q.mem.minor_count, nil())
    t = counted(h, AM_fullsweep_after, q.mem.fullsweep_after, t)
    t = counted(h, AM_min_heap_size, q.mem.min_words, t)
    t = counted(h, AM_min_bin_vheap_size, q.mem.vheap_min >> 3, t)
    return push(h, pair(h, AM_max_heap_size, max_heap_map(h, q.mem.max_words, q.mem.max_flags)), t)

cdef Term off_heap_of(Process* q, Heap* h, bint magic) noexcept nogil:
    """Counted binaries as {Id, Bytes, Count}, or the magic references."""
    cdef OffHeap* o = q.mem.heap.off_heap
    cdef Binary* b
    cdef Term list_ = nil()
    while o != NULL and list_ != 0:
        if header_kind(o.header) == T_BIN_REF:
            if not magic:
                b = <Binary*>o.object
                list_ = push(h, triple(h, integer_from_u64(h, <uint64_t>b), integer_from_u64(h, b.size),
                                       integer_from_u64(h, en_load64_rlx(&b.refc))), list_)
        elif magic and header_kind(o.header) == T_REF:
            list_ = push(h, foreign(h, q, make_boxed(<Term*>o)), list_)
        o = o.next
    return list_

cdef void put_address(TextBuffer* b, Process* q, const char* label, word* address) noexcept nogil:
    cdef char line[64]
    cdef ModuleInstance* instance
    cdef FunctionInfo* function
    snprintf(line, sizeof(line), "0x%016llx (", <unsigned long long>address)
    text_put(b, label)
    text_put(b, line)
    if code_locate(q.vm.code, address, &instance, &function) and function != NULL:
        text_put_term(b, instance.module.name, 1)
        text_put(b, b":")
        text_put_term(b, function.function, 1)
        snprintf(line, sizeof(line), "/%u + %lld)\n", function.arity, <long long>((address - function.start) * 8))
        text_put(b, line)
    elif address == special_code(SPECIAL_NORMAL_EXIT):
        text_put(b, b"<terminate process normally>)\n")
    else:
        text_put(b, b"unknown function)\n")

cdef void put_backtrace(TextBuffer* b, Process* q) noexcept nogil:
    cdef Term* at = q.mem.heap.end
    cdef char line[64]
    cdef int y = 0
    put_address(b, q, b"Program counter: ", q.ip)
    while at < q.mem.block_end:
        if at[0] == 0:
            pass
        elif term_is_header(at[0]):
            snprintf(line, sizeof(line), "\n0x%016llx ", <unsigned long long>at)
            text_put(b, line)
            put_address(b, q, b"Return addr ", <word*>at[0])
            y = 0
        else:
            snprintf(line, sizeof(line), "y(%d)     ", y)
            text_put(b, line)
            if term_is_catch(at[0]):
                text_put(b, b"Catch ")
                put_address(b, q, b"", catch_handler(at[0]))
            else:
                text_put_term(b, at[0], 100)
                text_put(b, b"\n")
            y += 1
        at += 1

cdef Term backtrace_of(Process* q, Heap* h) noexcept nogil:
    cdef TextBuffer b
    cdef Term t
    text_init(&b)
    if not (q.flags & PF_SENSITIVE):
        put_backtrace(&b, q)
    t = binary_from_bytes(h, b.data, b.size)
    text_free(&b)
    return t

cdef Term priority_name(uint32_t priority) noexcept nogil:
    if priority == PRIO_LOW:
        return AM_low
    if priority == PRIO_HIGH:
        return AM_high
    return AM_max if priority == PRIO_MAX else AM_normal

# OTP's bits for trace flags, by the bit of TF_ in process/watch.pxd.
cdef enum:
    TRACE_NAMES = 21
cdef uint32_t[TRACE_NAMES] trace_bits
trace_bits[:] = [1, 2, 4, 1 << 4, 1 << 5, 1 << 6, 1 << 10, 1 << 11, 1 << 7, 1 << 8, 1 << 9, 1 << 13, 1 << 24, 1 << 14,
                 1 << 15, 1 << 16, 1 << 17, 1 << 23, 1 << 22, 1 << 20, 1 << 21]

cdef Term trace_number(uint32_t flags) noexcept nogil:
    cdef uint32_t n = 0
    cdef int i
    for i in range(TRACE_NAMES):
        if flags & (<uint32_t>1 << i):
            n |= trace_bits[i]
    return make_small(n)

# The value of one item about q on h. `own`: q is the caller, and h its heap.
cdef Term item_value(Process* q, Heap* h, int item, bint own) noexcept nogil:
    cdef uint64_t n
    if item == I_REGISTERED_NAME:
        return q.registered_name if q.registered_name != 0 else nil()
    if item == I_CURRENT_FUNCTION:
        return location(q, h, False)
    if item == I_INITIAL_CALL:
        return triple(h, q.initial_mfa[0], q.initial_mfa[1], make_small(<int64_t>q.initial_mfa[2]))
    if item == I_STATUS:
        return status_of(q, own)
    if item == I_MESSAGES:
        return messages_of(q, h)
    if item == I_MESSAGE_QUEUE_LEN:
        return make_small(<int64_t>q.mq_length)
    if item == I_LINKS or item == I_MONITORS or item == I_MONITORED_BY or item == I_SUSPENDING:
        return relations_of(q, h, item)
    if item == I_DICTIONARY:
        return dictionary_of(q, h)
    if item == I_LABEL:
        t = dictionary_find(<Dict*>q.dictionary, process_label)
        return foreign(h, q, t) if t != 0 else AM_undefined
    if item == I_ASYNC_DIST:
        return AM_true if q.flags & PF_ASYNC_DIST else AM_false
    if item == I_TRAP_EXIT:
        return AM_true if q.flags & PF_TRAP_EXIT else AM_false
    if item == I_ERROR_HANDLER:
        return q.error_handler
    if item == I_HEAP_SIZE:
        return make_small(<int64_t>q.mem.block_words)
    if item == I_STACK_SIZE:
        n = <uint64_t>(q.mem.block_end - q.mem.heap.end)
        # OTP's frames have a word for the return address only during a call, which one of a BIF is too.
        if q.mem.heap.end < q.mem.block_end and (q.mem.heap.end[0] != 0) == own:
            n = n + 1 if own else n - 1
        return make_small(<int64_t>n)
    if item == I_MEMORY:
        return make_small(<int64_t>memory_of(q))
    if item == I_GARBAGE_COLLECTION:
        return collection_of(q, h)
    if item == I_GROUP_LEADER:
        return foreign(h, q, q.group_leader)
    if item == I_REDUCTIONS:
        n = q.reductions_done
        if own and q.reductions_left < REDUCTIONS_PER_TURN:
            n += <uint64_t>(REDUCTIONS_PER_TURN - q.reductions_left)
        return integer_from_u64(h, n)
    if item == I_PRIORITY:
        return priority_name(q.priority)
    if item == I_TRACE:
        return trace_number(q.trace_flags)
    if item == I_BINARY or item == I_MAGIC_REF:
        return off_heap_of(q, h, item == I_MAGIC_REF)
    if item == I_SEQUENTIAL_TRACE_TOKEN:
        return foreign(h, q, q.sequential_token)
    if item == I_CATCHLEVEL:
        return make_small(q.catches)
    if item == I_BACKTRACE:
        return backtrace_of(q, h)
    if item == I_LAST_CALLS:
        return saved_calls_list(q, h)
    if item == I_TOTAL_HEAP_SIZE:
        return make_small(<int64_t>total_heap(q))
    if item == I_MIN_HEAP_SIZE:
        return make_small(<int64_t>q.mem.min_words)
    if item == I_MIN_BIN_VHEAP_SIZE:
        return make_small(<int64_t>(q.mem.vheap_min >> 3))
    if item == I_MAX_HEAP_SIZE:
        return max_heap_map(h, q.mem.max_words, q.mem.max_flags)
    if item == I_CURRENT_LOCATION:
        return location(q, h, True)
    if item == I_CURRENT_STACKTRACE:
        return process_stack_trace(q, h, trace_depth(q.vm))
    if item == I_MESSAGE_QUEUE_DATA:
        return AM_off_heap if q.flags & PF_OFF_HEAP_MESSAGES else AM_on_heap
    if item == I_GARBAGE_COLLECTION_INFO:
        return heap_figures(h, &q.mem)
    if item == I_FULLSWEEP_AFTER:
        return make_small(q.mem.fullsweep_after)
    return q.parent if q.parent != 0 else AM_undefined

cdef enum:
    FORM_ONE = 0               # {Item, Value}; [] for a process without a name
    FORM_LIST = 1              # [{Item, Value}]
    FORM_ALL = 2               # process_info/1: a name only if there is one

cdef Term key_value(Process* q, Heap* h, Term name, bint own) noexcept nogil:
    """{{dictionary, Key}, Value}; `name` lies on q's heap or in a signal."""
    cdef Term value = 0
    if not q.flags & PF_SENSITIVE:
        value = dictionary_find(<Dict*>q.dictionary, tuple_elements(name)[1])
    value = foreign(h, q, value) if value != 0 else AM_undefined
    return pair(h, name if own else term_copy(h, name, False), value)

# `asked`: process_info/2's item or items, if there is a key of the dictionary among them.
cdef Term answer(Process* q, Heap* h, uint8_t* items, size_t n, int form, Term asked, bint own) noexcept nogil:
    cdef Term list_ = nil()
    cdef Term value
    cdef Term[ITEM_COUNT] known     # an item that is asked for more than once is worked out once
    cdef Term* last = NULL
    cdef size_t i
    if form == FORM_ONE:
        if items[0] == I_DICTIONARY_KEY:
            return key_value(q, h, asked, own)
        value = item_value(q, h, items[0], own)
        if items[0] == I_REGISTERED_NAME and term_is_nil(value):
            return value
        return pair(h, item_names[items[0]], value)
    memset(known, 0, sizeof(known))
    for i in range(n):
        if items[i] == I_DICTIONARY_KEY:
            value = key_value(q, h, list_head(asked), own)
        else:
            value = known[items[i]]
            if value == 0:
                value = known[items[i]] = item_value(q, h, items[i], own)
            value = pair(h, item_names[items[i]], value)
        value = push(h, value, nil())
        if value == 0:
            return 0
        if last == NULL:
            list_ = value
        else:
            last[1] = value
        last = list_cell(value)
        if term_is_list(asked):
            asked = list_tail(asked)
    if form == FORM_ALL and q.registered_name != 0:
        list_ = push(h, pair(h, AM_registered_name, q.registered_name), list_)
    return list_

# --- asking -------------------------------------------------------------------------------------------------------

cdef struct InfoCall:
    SignalCall call                # first
    int form
    size_t count
    # uint8_t items[count]

cdef void info_run(VM* vm, Process* q, Signal* s) noexcept nogil:
    """{Ref, Answer} to the requester; s.extra is the reference."""
    cdef InfoCall* c = <InfoCall*>s.data
    cdef FragmentHeap fh
    cdef Term t
    if q == NULL:
        signal_reply(vm, 0, s.sender, s.extra, AM_undefined)
        return
    fragment_heap_init(&fh)
    t = answer(q, &fh.heap, <uint8_t*>(c + 1), c.count, c.form, s.term, False)
    t = pair(&fh.heap, term_copy(&fh.heap, s.extra, False), t)
    if t == 0:
        fragments_free(fragment_heap_take(&fh))
        signal_reply(vm, q.id, s.sender, s.extra, AM_undefined)
        return
    if not en_load32_acq(&q.state) & PS_BLOCKED:        # its account is its blocking job's
        charge(q, 20)
    send_message_fragment(vm, q.id, s.sender, t, fragment_heap_take(&fh))

cdef Term wait_for(Process* p, Term ref) noexcept nogil:
    # Whatever is in the queue already cannot be the answer.
    p.mq_save = p.mq_last
    return trap1(p, export_get(p.vm.code, AM_erts_internal, AM_await_result, 1), ref)

cdef Term info(Process* p, Term pid, uint8_t* items, size_t n, int form, Term asked) noexcept nogil:
    cdef Signal* s
    cdef InfoCall* c
    cdef uint8_t* to
    cdef size_t i
    cdef Term ref, t
    if pid == p.id:
        if not signals_fetch(p):
            process_condemn(p, p.fvalue)
            p.freason = TRAP_EXITED
            return 0
        charge(p, <int64_t>n)
        t = answer(p, proc_heap(p), items, n, form, asked, True)
        return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)
    if not term_is_local_pid(pid):
        if term_is_pid(pid) and (<External*>boxed_ptr(pid)).node.name == node_local().name:
            return AM_undefined         # of an earlier life of this node
        return badarg(p)
    ref = ref_new(p.vm, proc_heap(p))
    s = signal_new(SIG_INFO, p.id)
    c = <InfoCall*>malloc(sizeof(InfoCall) + n)
    if ref == 0 or s == NULL or c == NULL or not signal_set_term(s, &s.extra, ref) \
            or not signal_set_term(s, &s.term, asked):
        free(c)
        if s != NULL:
            signal_free(s)
        return fail(p, EXC_SYSTEM_LIMIT)
    c.call.run = info_run
    c.call.reads = True
    c.form = form
    c.count = n
    to = <uint8_t*>(c + 1)
    for i in range(n):
        to[i] = items[i]
    s.data = c
    if not signal_send_urgent(p.vm, pid, s, p.priority):
        return AM_undefined
    return wait_for(p, ref)

cdef Term process_info_1(void* proc, Term* args) noexcept nogil:
    return info(<Process*>proc, args[0], default_items, 16, FORM_ALL, nil())

cdef Term process_info_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef uint8_t some[64]
    cdef uint8_t* items = some
    cdef size_t n = 0
    cdef Term list_ = args[1], t
    cdef int i
    cdef Term asked = nil()
    if term_is_atom(args[1]) or term_is_tuple(args[1]):
        i = item_index(p, args[1])
        if i < 0:
            return badarg(p)
        some[0] = <uint8_t>i
        return info(p, args[0], some, 1, FORM_ONE, args[1])
    while term_is_list(list_):
        n += 1
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return badarg(p)
    if n > 64:
        items = <uint8_t*>malloc(n)
        if items == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
    list_ = args[1]
    n = 0
    while term_is_list(list_):
        i = item_index(p, list_head(list_))
        if i < 0:
            if items != some:
                free(items)
            return badarg(p)
        if i == I_DICTIONARY_KEY:
            asked = args[1]
        items[n] = <uint8_t>i
        n += 1
        list_ = list_tail(list_)
    t = info(p, args[0], items, n, FORM_LIST, asked)
    if items != some:
        free(items)
    return t

# --- process_display ------------------------------------------------------------------------------------------------

cdef void display(Process* q) noexcept nogil:
    cdef TextBuffer b
    text_init(&b)
    put_backtrace(&b, q)
    fwrite(b.data, 1, b.size, stderr)
    text_free(&b)

cdef void display_run(VM* vm, Process* q, Signal* s) noexcept nogil:
    if q != NULL:
        display(q)
    signal_reply(vm, 0, s.sender, s.extra, AM_true if q != NULL else AM_badarg)

cdef Term process_display_2(void* proc, Term* args) noexcept nogil:
    """true, badarg, badopt, or the reference of {Ref, Result} to wait for."""
    cdef Process* p = <Process*>proc
    cdef Signal* s
    cdef SignalCall* c
    cdef Term ref
    if args[1] != AM_backtrace:
        return AM_badopt
    if args[0] == p.id:
        display(p)
        return AM_true
    if not term_is_local_pid(args[0]):
        return AM_badarg
    ref = ref_new(p.vm, proc_heap(p))
    s = signal_new(SIG_CALL, p.id)
    c = <SignalCall*>malloc(sizeof(SignalCall))
    if ref == 0 or s == NULL or c == NULL or not signal_set_term(s, &s.extra, ref):
        free(c)
        if s != NULL:
            signal_free(s)
        return fail(p, EXC_SYSTEM_LIMIT)
    c.run = display_run
    c.reads = True
    s.data = c
    return ref if signal_send(p.vm, args[0], s) else AM_badarg

bif_register(b"erlang", b"process_info", 1, process_info_1, BIF_HEAVY)
bif_register(b"erlang", b"process_info", 2, process_info_2, BIF_HEAVY)
bif_register(b"erts_internal", b"process_display", 2, process_display_2, 0)

"""Sequential trace tokens; see sequential.pxd."""
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.pack cimport *
from enigma.memory.heap cimport term_copy
from enigma.process.process cimport *
from enigma.process.lookup cimport process_list, process_lock, process_unlock, ref_new
from enigma.process.signal cimport ALIAS_TOKEN, SIG_ALIAS_MESSAGE, SIG_EXIT, SIG_MESSAGE, signal_set_term
from enigma.process.watch cimport *
from enigma.trace.room cimport *


cdef extern from * nogil:
    """
    static __thread void *birth_of_thread;
    """
    void* birth_of_thread


cdef Term atom_spawn_init = atom_from_cstr(b"spawn_init")


cdef void seq_birth(Birth* b) noexcept nogil:
    global birth_of_thread
    birth_of_thread = b


cdef uint32_t seq_flag(Term name) noexcept nogil:
    if name == AM_send:
        return SEQ_SEND
    if name == AM_receive:
        return SEQ_RECEIVE
    if name == AM_print:
        return SEQ_PRINT
    if name == AM_timestamp:
        return SEQ_TIMESTAMP
    if name == AM_strict_monotonic_timestamp:
        return SEQ_STRICT
    if name == AM_monotonic_timestamp:
        return SEQ_MONOTONIC
    return 0


cdef inline Term truth(bint yes) noexcept nogil:
    return AM_true if yes else AM_false


# A new token of p's own; False: no memory.
cdef bint token_set(Process* p, Term flags, Term label, Term serial, Term last) noexcept nogil:
    cdef Term* hp = proc_alloc(p, 6)
    if hp == NULL:
        return False
    hp[0] = make_header(T_TUPLE, 5)
    hp[1] = flags
    hp[2] = label
    hp[3] = serial
    hp[4] = p.id
    hp[5] = last
    p.sequential_token = make_boxed(hp)
    p.trace_flags |= TF_SEQUENTIAL
    return True


cdef Term pair(Process* p, Term a, Term b) noexcept nogil:
    cdef Term* hp = proc_alloc(p, 3)
    if hp == NULL or b == 0:
        return 0
    hp[0] = make_header(T_TUPLE, 2)
    hp[1] = a
    hp[2] = b
    return make_boxed(hp)


cdef Term seq_trace_set(Process* p, Term what, Term value, bint pretend) noexcept nogil:
    cdef Term flags = make_small(0), label = make_small(0), serial = make_small(0), old
    cdef Term last = make_small(<int64_t>p.seq_last)
    cdef Term* e
    cdef uint32_t bit
    cdef bint good
    if pretend:
        old = seq_trace_info(p, what)
        return tuple_elements(old)[1] if old != 0 and term_is_tuple(old) else old
    if term_is_tuple(p.sequential_token):
        e = tuple_elements(p.sequential_token)
        flags = e[0]
        label = e[1]
        serial = e[2]
        last = e[4]
    bit = seq_flag(what)
    if bit != 0:
        if value != AM_true and value != AM_false:
            return 0
        old = truth(small_value(flags) & bit)
        if value == AM_true:
            flags = make_small(small_value(flags) | bit)
        else:
            flags = make_small(small_value(flags) & ~<int64_t>bit)
    elif what == AM_label:
        old = label
        label = value
    elif what == AM_serial:
        if not term_is_tuple_of(value, 2):
            return 0
        e = tuple_elements(value)
        if not term_is_small(e[0]) or not term_is_small(e[1]):
            return 0
        old = pair(p, last, serial)
        last = e[0]
        serial = e[1]
    elif what == AM_sequential_trace_token:
        if not term_is_nil(value):
            return 0
        old = p.sequential_token
        p.sequential_token = nil()
        p.trace_flags &= ~<uint32_t>TF_SEQUENTIAL
        return old
    else:
        return 0
    good = token_set(p, flags, label, serial, last)
    if what == AM_serial and good:
        p.seq_clock = <uint64_t>small_value(serial)
        p.seq_last = <uint64_t>small_value(last)
    return old if good else 0


cdef Term seq_trace_info(Process* p, Term what) noexcept nogil:
    cdef Term* e = NULL
    cdef uint32_t bit = seq_flag(what)
    if term_is_tuple(p.sequential_token):
        e = tuple_elements(p.sequential_token)
    if bit != 0:
        return pair(p, what, truth(e != NULL and small_value(e[0]) & bit))
    if what != AM_label and what != AM_serial:
        return 0
    if e == NULL:
        return nil()
    return pair(p, what, e[1] if what == AM_label else pair(p, e[4], e[2]))


cdef void seq_trace_tell(Process* p, Term token, uint32_t type, Term receiver, Term message) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    cdef Term* e
    cdef Term* hp
    cdef Term data
    cdef uint32_t flags, stamps = 0
    if room == NULL or room.seq_tracer == 0 or not term_is_tuple(token) or p.flags & PF_SENSITIVE:
        return
    e = tuple_elements(token)
    flags = <uint32_t>small_value(e[0])
    if not flags & type or room.seq_tracer == p.id or not tracer_lives(p.vm, room.seq_tracer):
        return
    hp = proc_alloc(p, 6 + 3)
    if hp == NULL:
        return
    hp[6] = make_header(T_TUPLE, 2)
    hp[7] = e[4]
    hp[8] = e[2]
    hp[0] = make_header(T_TUPLE, 5)
    hp[1] = AM_send if type == SEQ_SEND else AM_receive if type == SEQ_RECEIVE else AM_print
    hp[2] = make_boxed(hp + 6)
    hp[3] = e[3]
    hp[4] = receiver
    hp[5] = message
    data = make_boxed(hp)
    if flags & SEQ_TIMESTAMP:
        stamps = TF_TIMESTAMP
    elif flags & SEQ_STRICT:
        stamps = TF_STRICT
    elif flags & SEQ_MONOTONIC:
        stamps = TF_MONOTONIC
    trace_tell(p.vm, room.seq_tracer, stamps, e[1], AM_seq_trace, data, 0, AM_true)


# The next message or print of p: its own serial, and the last it has heard of. False: no memory.
cdef bint token_advance(Process* p) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    cdef Term* e = tuple_elements(p.sequential_token)
    if room != NULL and room.seq_tracer != 0 and (room.seq_tracer == p.id or not tracer_lives(p.vm, room.seq_tracer)):
        return True                 # what the tracer itself does is not counted
    p.seq_clock += 1
    return token_set(p, e[0], e[1], make_small(<int64_t>p.seq_clock), make_small(<int64_t>p.seq_last))


cdef void seq_trace_print(Process* p, Term message) noexcept nogil:
    if token_advance(p):
        seq_trace_tell(p, p.sequential_token, SEQ_PRINT, nil(), message)


cdef void forget_tokens(Signal* s) noexcept nogil:
    while s != NULL:
        if s.kind == SIG_MESSAGE or s.kind == SIG_EXIT:
            s.extra = 0
        elif s.kind == SIG_ALIAS_MESSAGE and s.flags & ALIAS_TOKEN:
            s.flags &= ~<uint32_t>ALIAS_TOKEN
            s.term = tuple_elements(s.term)[0]
        s = s.next


cdef void seq_trace_reset(VM* vm) noexcept nogil:
    cdef size_t n = process_list(vm, NULL, 0) + 16, i
    cdef Term* pids = <Term*>malloc(n * sizeof(Term))
    cdef Process* q
    if pids == NULL:
        return
    n = process_list(vm, pids, n)
    for i in range(n):
        q = process_lock(vm, pids[i])
        if q == NULL:
            continue
        q.sequential_token = nil()
        q.trace_flags &= ~<uint32_t>TF_SEQUENTIAL
        q.seq_clock = 0
        q.seq_last = 0
        forget_tokens(q.mq_first)
        forget_tokens(q.signal_in_first)
        process_unlock(q)
    free(pids)


# --- following messages --------------------------------------------------------------------------------------

cdef void seq_with_token(Process* p, Signal* s, Term to) noexcept nogil:
    if not term_is_tuple(p.sequential_token) or not token_advance(p):
        return
    seq_trace_tell(p, p.sequential_token, SEQ_SEND, to, s.term)
    if not signal_set_term(s, &s.extra, p.sequential_token):
        s.extra = 0


cdef void seq_exit_with_token(Process* p, Signal* s, Term to) noexcept nogil:
    cdef Term* hp
    cdef Process* q
    cdef bint told = False
    if not term_is_tuple(p.sequential_token) or not token_advance(p):
        return
    q = process_lock(p.vm, to)
    if q != NULL:
        told = not q.flags & PF_SENSITIVE
        process_unlock(q)
    hp = proc_alloc(p, 4)
    if told and hp != NULL:
        hp[0] = make_header(T_TUPLE, 3)
        hp[1] = AM_EXIT
        hp[2] = p.id
        hp[3] = s.term
        seq_trace_tell(p, p.sequential_token, SEQ_SEND, to, make_boxed(hp))
    if not signal_set_term(s, &s.extra, p.sequential_token):
        s.extra = 0


cdef void seq_token_taken(Process* p, Signal* s) noexcept nogil:
    """s's terms lie on p's heap."""
    cdef uint64_t serial
    if s.extra == AM_undefined:
        return
    if not term_is_tuple(s.extra):
        p.sequential_token = nil()
        p.trace_flags &= ~<uint32_t>TF_SEQUENTIAL
        return
    p.sequential_token = s.extra
    p.trace_flags |= TF_SEQUENTIAL
    serial = <uint64_t>small_value(tuple_elements(s.extra)[2])
    p.seq_last = serial
    if p.seq_clock < serial:
        p.seq_clock = serial
    seq_trace_tell(p, s.extra, SEQ_RECEIVE, p.id, s.term)


cdef void seq_trace_spawned(Process* parent, Process* p, Term args) noexcept nogil:
    cdef Birth* b = <Birth*>birth_of_thread
    cdef Term token, request, ref = 0
    cdef Term* hp
    cdef Term* e
    cdef uint64_t serial
    if not token_advance(parent):
        return
    e = tuple_elements(parent.sequential_token)
    serial = <uint64_t>small_value(e[2])
    if b != NULL:
        ref = b.monitor[0]
    if ref == 0:
        ref = ref_new(parent.vm, proc_heap(parent))
    hp = proc_alloc(parent, 9 + 4 + 6 + 5 + 6)
    if ref == 0 or hp == NULL:
        return
    hp[9] = make_header(T_TUPLE, 3)
    hp[10] = p.initial_mfa[0]
    hp[11] = p.initial_mfa[1]
    hp[12] = make_small(<int64_t>p.initial_mfa[2])
    if b != NULL and b.message:
        # OTP's begin in erts_internal:spawn_init({M, F, Args}), though nothing else shows it.
        hp[24] = make_header(T_TUPLE, 3)
        hp[25] = hp[10]
        hp[26] = hp[11]
        hp[27] = args
        args = cons(hp + 28, make_boxed(hp + 24), nil())
        hp[10] = AM_erts_internal
        hp[11] = atom_spawn_init
        hp[12] = make_small(1)
    hp[0] = make_header(T_TUPLE, 8)
    hp[1] = AM_spawn_request
    hp[2] = ref
    hp[3] = parent.id
    hp[4] = parent.group_leader
    hp[5] = make_boxed(hp + 9)
    hp[6] = b.options if b != NULL else nil()
    hp[7] = b.tag if b != NULL else AM_spawn_reply
    hp[8] = args
    request = make_boxed(hp)
    seq_trace_tell(parent, parent.sequential_token, SEQ_SEND, p.id, request)
    seq_trace_tell(parent, parent.sequential_token, SEQ_RECEIVE, p.id, request)
    hp += 13
    hp[0] = make_header(T_TUPLE, 5)
    hp[1] = e[0]
    hp[2] = e[1]
    hp[3] = make_small(<int64_t>serial + 1)
    hp[4] = p.id
    hp[5] = make_small(<int64_t>serial)
    token = make_boxed(hp)
    hp += 6
    hp[0] = make_header(T_TUPLE, 4)
    hp[1] = b.tag if b != NULL else AM_spawn_reply
    hp[2] = ref
    hp[3] = AM_ok
    hp[4] = p.id
    p.sequential_token = term_copy(proc_heap(p), token, False)
    if p.sequential_token == 0:
        p.sequential_token = nil()
        return
    p.trace_flags |= TF_SEQUENTIAL
    p.seq_clock = serial + 1
    p.seq_last = serial
    if b == NULL or not b.silent:
        seq_trace_tell(p, token, SEQ_SEND, parent.id, make_boxed(hp))
    if b == NULL or not b.message:
        seq_trace_tell(parent, token, SEQ_RECEIVE, parent.id, make_boxed(hp))
    if b != NULL:
        b.ref = ref
        b.token = token

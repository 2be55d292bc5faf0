"""The room of a VM that traces, specifications, and trace messages. The contract is room.pxd."""
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from posix.time cimport CLOCK_PROCESS_CPUTIME_ID, clock_gettime, timespec
from enigma.term.core cimport *
from enigma.term.am cimport *
from enigma.term.boxed cimport *
from enigma.term.external cimport EXT_MINOR_2, ExternalBuffer, external_encode
from enigma.term.number cimport integer_from_i64
from enigma.term.pack cimport *
from enigma.memory.heap cimport (FragmentHeap, fragment_free, fragment_heap_init, fragment_heap_take, term_copy,
                                 term_copy_fragment)
from enigma.match.spec cimport match_compile, match_free
from enigma.process.process cimport *
from enigma.process.lifecycle cimport process_alive
from enigma.process.runqueue cimport scheduler_current
from enigma.process.settings cimport VMSettings
from enigma.process.signal cimport fragments_free, send_message_fragment
from enigma.process.timer cimport clock_monotonic, clock_now, unique_monotonic
from enigma.process.watch cimport *
from enigma.io.port cimport Port, port_find, port_release, port_tell


cdef TraceRoom* trace_room_get(VM* vm) noexcept nogil:
    cdef TraceRoom* room = trace_room(vm)
    if room != NULL:
        return room
    room = <TraceRoom*>calloc(1, sizeof(TraceRoom))
    if room == NULL:
        return NULL
    room.vm = vm
    room.send.on = True
    room.receive.on = True
    room.long_gc = -1
    room.long_schedule = -1
    room.large_heap = -1
    en_fence()
    vm.trace = room                      # by the first who asks, while the world is stopped
    return room


cdef void trace_room_free(VM* vm) noexcept nogil:
    cdef TraceRoom* room = trace_room(vm)
    if room == NULL:
        return
    vm.trace = NULL
    spec_drop(room.send.spec)
    spec_drop(room.receive.spec)
    spec_drop(room.on_load.spec)
    spec_drop(room.on_load.meta_spec)
    free(room)


# --- specifications -----------------------------------------------------------------------------------------

cdef TraceSpec* spec_new(Term source, int dialect, Term* reason) noexcept nogil:
    cdef TraceSpec* s = <TraceSpec*>calloc(1, sizeof(TraceSpec))
    reason[0] = AM_system_limit
    if s == NULL:
        return NULL
    s.users = 1
    s.program = match_compile(source, dialect, reason)
    if s.program == NULL:
        free(s)
        return NULL
    s.source = term_copy_fragment(source, &s.fragment)
    if s.source == 0:
        spec_drop(s)
        return NULL
    return s


cdef TraceSpec* spec_share(TraceSpec* s) noexcept nogil:
    if s != NULL:
        s.users += 1
    return s


cdef void spec_drop(TraceSpec* s) noexcept nogil:
    if s == NULL:
        return
    s.users -= 1
    if s.users != 0:
        return
    match_free(s.program)
    if s.fragment != NULL:
        fragment_free(s.fragment, True)
    free(s)


# --- tracers ----------------------------------------------------------------------------------------------------

cdef bint tracer_lives(VM* vm, Term tracer) noexcept nogil:
    cdef Port* port
    if term_is_local_pid(tracer):
        return process_alive(vm, tracer)
    if not term_is_local_port(tracer):
        return False
    port = port_find(vm, tracer)
    if port == NULL:
        return False
    port_release(port)
    return True


cdef Term tracer_of(Process* p) noexcept nogil:
    cdef Term tracer = p.tracer
    if tracer == 0 or tracer == p.id or p.flags & PF_SENSITIVE:
        return 0
    if not tracer_lives(p.vm, tracer):
        p.tracer = 0
        p.trace_flags &= ~<uint32_t>TF_TRACEE
        return 0
    return tracer


# --- messages ------------------------------------------------------------------------------------------------------

cdef int64_t cpu_time() noexcept nogil:
    cdef timespec t
    if clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0:
        return 0
    return <int64_t>t.tv_sec * 1000000 + <int64_t>t.tv_nsec // 1000


cdef Term trace_stamp(VM* vm, Heap* h, uint32_t flags) noexcept nogil:
    cdef int64_t now
    cdef Term* q
    cdef Term t
    if flags & TF_TIMESTAMP:
        now = cpu_time() if trace_room(vm).cpu_time else clock_now(vm)
        q = heap_alloc(h, 4)
        if q == NULL:
            return 0
        q[0] = make_header(T_TUPLE, 3)
        q[1] = make_small(now // <int64_t>1000000000000)
        q[2] = make_small(now // 1000000 % 1000000)
        q[3] = make_small(now % 1000000)
        return make_boxed(q)
    t = integer_from_i64(h, clock_monotonic(vm))
    if not flags & TF_STRICT:
        return t
    q = heap_alloc(h, 3)
    if q == NULL or t == 0:
        return 0
    q[0] = make_header(T_TUPLE, 2)
    q[1] = t
    q[2] = integer_from_i64(h, unique_monotonic(vm))
    return make_boxed(q)


cdef void tell_port(VM* vm, Term tracer, Term message) noexcept nogil:
    cdef Port* port = port_find(vm, tracer)
    cdef ExternalBuffer out
    cdef Term reason = 0
    # As term_to_binary/1 does it: OTP 25 has another way for atoms.
    cdef int encoding = 0 if (<VMSettings*>vm.runtime).release_number < 26 else EXT_MINOR_2
    if port == NULL:
        return
    memset(&out, 0, sizeof(out))
    if external_encode(&out, message, encoding, True, &reason):
        port_tell(port, out.data, out.size)
    free(out.data)
    port_release(port)


cdef void trace_send(VM* vm, Term tracer, Term tracee, Term message, void* fragment) noexcept nogil:
    if term_is_local_pid(tracer):
        send_message_fragment(vm, 0, tracer, message, fragment)
        return
    tell_port(vm, tracer, message)
    fragments_free(<Fragment*>fragment)


cdef void trace_tell(VM* vm, Term tracer, uint32_t flags, Term tracee, Term tag, Term data, Term extra, Term result) noexcept nogil:
    cdef FragmentHeap fh
    cdef Heap* h = &fh.heap
    cdef Term parts[8]
    cdef size_t n = 0, i
    cdef Term* q
    cdef Scheduler* s
    cdef bint good = True
    fragment_heap_init(&fh)
    parts[0] = AM_trace_ts if flags & TF_STAMPS else AM_trace
    if tag == AM_seq_trace:
        parts[0] = AM_seq_trace
        parts[1] = term_copy(h, tracee, True)
        n = 2
    else:
        parts[1] = tracee
        parts[2] = tag
        n = 3
    parts[n] = term_copy(h, data, True)
    n += 1
    if extra != 0:
        parts[n] = term_copy(h, extra, True)
        n += 1
    if result != AM_true:
        parts[n] = term_copy(h, result, True)
        n += 1
    if flags & TF_SCHEDULER_ID:
        s = scheduler_current()
        parts[n] = make_small(s.index if s != NULL else 0)
        n += 1
    if flags & TF_STAMPS:
        parts[n] = trace_stamp(vm, h, flags)
        n += 1
    q = heap_alloc(h, n + 1)
    for i in range(n):
        good = good and parts[i] != 0
    if q == NULL or not good:
        fragments_free(fragment_heap_take(&fh))
        return
    q[0] = make_header(T_TUPLE, n)
    for i in range(n):
        q[1 + i] = parts[i]
    trace_send(vm, tracer, tracee, make_boxed(q), fragment_heap_take(&fh))

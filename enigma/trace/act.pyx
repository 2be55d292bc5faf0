"""Actions of trace specifications. They run in the midst of a call, with the process's heap fields current.

Another process's flags are changed with the world stopped; that is rare enough.
"""
from libc.stdint cimport int64_t, uint32_t
from libc.stdio cimport fflush, fwrite, stdout
from enigma.term.core cimport *
from enigma.term.am cimport *
from enigma.term.bits cimport binary_from_bytes
from enigma.term.boxed cimport *
from enigma.term.pack cimport *
from enigma.term.text cimport TextBuffer, text_free, text_init, text_put, text_put_term
from enigma.memory.heap cimport term_copy
from enigma.code.module cimport *
from enigma.match.spec cimport *
from enigma.process.process cimport *
from enigma.process.lookup cimport name_whereis, process_lock, process_unlock
from enigma.process.runqueue cimport scheduler_current, world_resume, world_stop
from enigma.process.watch cimport *
from enigma.trace.flags cimport *
from enigma.trace.room cimport *
from enigma.trace.sequential cimport seq_trace_set


# {M, F, Arity} or, with the line, {M, F, Arity, {File, Line} | undefined}; undefined.
cdef Term caller(Process* p, word* address, bint line) noexcept nogil:
    cdef ModuleInstance* instance
    cdef FunctionInfo* function
    cdef Term* q
    cdef Term file = 0
    cdef uint32_t number = 0
    if address == NULL or not code_locate(p.vm.code, address - 1, &instance, &function) or function == NULL:
        return AM_undefined
    q = proc_alloc(p, 8 if line else 4)
    if q == NULL:
        return 0
    q[0] = make_header(T_TUPLE, 4 if line else 3)
    q[1] = instance.module.name
    q[2] = function.function
    q[3] = make_small(function.arity)
    if line:
        q[4] = AM_undefined
        q[5] = make_header(T_TUPLE, 2)
        q[6] = nil()
        q[7] = nil()
        if code_line(instance, address, &file, &number) and number != 0:
            q[4] = make_boxed(q + 5)
            q[6] = term_copy(proc_heap(p), file, True)
            q[7] = make_small(number)
            if q[6] == 0:
                q[6] = nil()
    return make_boxed(q)


# flags of p, or of the process `whom` (0: p itself). 0: no such process, or a tracer that is dead.
cdef Term change(Process* p, Term whom, Term tracer, uint32_t off, uint32_t on, bint check) noexcept nogil:
    cdef Process* q
    cdef Term result = 0
    if check and tracer != 0 and not tracer_lives(p.vm, tracer):
        return 0
    if whom == 0 or whom == p.id:
        return tracee_set(p, tracer, off, on)
    if term_is_atom(whom):
        whom = name_whereis(p.vm, whom)
    if whom == p.id:
        return tracee_set(p, tracer, off, on)
    if not term_is_local_pid(whom):
        return 0
    world_stop(p.vm, scheduler_current())
    q = process_lock(p.vm, whom)
    if q != NULL:
        result = tracee_set(q, tracer, off, on)
        process_unlock(q)
    world_resume(p.vm, scheduler_current())
    return result


cdef Term lists(Process* p, Term* args, uint32_t n) noexcept nogil:
    """{trace, Off, On} or {trace, Pid, Off, On}"""
    cdef uint32_t off = 0, on = 0
    cdef Term tracer = p.tracer
    cdef bint cpu = False
    if not trace_flags_of(args[n - 2], &off, &tracer, &cpu) or not trace_flags_of(args[n - 1], &on, &tracer, &cpu) or cpu:
        return 0
    return change(p, args[0] if n == 3 else 0, tracer, off, on, True)


cdef Term dump(Process* p) noexcept nogil:
    """A binary that describes the process. Allocates."""
    cdef BifEntry* bif = bif_find(AM_erlang, AM_process_info, 2)
    cdef Term args[2]
    cdef Term info
    cdef TextBuffer b
    if bif == NULL:
        return 0
    args[0] = p.id
    args[1] = AM_backtrace
    info = bif.function(p, args)
    if info != 0 and term_is_tuple_of(info, 2):
        return tuple_elements(info)[1]
    text_init(&b)
    text_put(&b, b"=proc:")
    text_put_term(&b, p.id, 100)
    text_put(&b, b"\n")
    info = binary_from_bytes(proc_heap(p), b.data, b.size)
    text_free(&b)
    return info


cdef void display(Term t) noexcept nogil:
    cdef TextBuffer b
    text_init(&b)
    text_put_term(&b, t, 100000)
    text_put(&b, b"\n")
    fwrite(b.data, 1, b.size, stdout)
    fflush(stdout)
    text_free(&b)


cdef Term trace_act(MatchTrace* m, Process* p, int action, Term* args, uint32_t n) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    cdef uint32_t bit, old
    cdef Term t
    if action == ACT_RETURN_TRACE or action == ACT_EXCEPTION_TRACE:
        m.flags |= <uint32_t>(MATCH_RETURN_TRACE if action == ACT_RETURN_TRACE else MATCH_EXCEPTION_TRACE)
        return AM_true
    if action == ACT_DISPLAY:
        display(args[0])
        return AM_true
    if action == ACT_IS_SEQ_TRACE:
        return AM_true if term_is_tuple(p.sequential_token) else AM_false
    if action == ACT_GET_SEQ_TOKEN:
        return p.sequential_token
    if action == ACT_SET_SEQ_TOKEN:
        t = seq_trace_set(p, args[0], args[1], m.pretend)
        return t
    if action == ACT_CALLER or action == ACT_CALLER_LINE:
        return caller(p, m.caller, action == ACT_CALLER_LINE)
    if action == ACT_PROCESS_DUMP:
        return dump(p)
    if action == ACT_GET_TCW:
        return make_small(en_load32_acq(&room.control_word) if room != NULL else 0)
    if action == ACT_SET_TCW:
        if not term_is_small(args[0]) or small_value(args[0]) < 0 or small_value(args[0]) > <int64_t>0xFFFFFFFF:
            return 0
        old = en_load32_acq(&room.control_word) if room != NULL else 0
        if room != NULL and not m.pretend:
            en_store32_rel(&room.control_word, <uint32_t>small_value(args[0]))
        return make_small(old)
    if action == ACT_SILENT:
        if not m.pretend:
            if args[0] == AM_true:
                p.trace_flags |= TF_SILENT
            elif args[0] == AM_false:
                p.trace_flags &= ~<uint32_t>TF_SILENT
        return AM_true
    if action == ACT_ENABLE_TRACE or action == ACT_DISABLE_TRACE:
        bit = trace_flag_bit(args[n - 1])
        if bit == 0:
            return 0
        t = change(p, args[0] if n == 2 else 0, p.tracer, bit if action == ACT_DISABLE_TRACE else 0,
                   bit if action == ACT_ENABLE_TRACE else 0, False)
        return AM_true if t != 0 else 0
    if action == ACT_TRACE:
        return lists(p, args, n)
    return 0

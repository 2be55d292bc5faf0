"""Raising, handlers, stack traces. See exception.pxd for the raw trace.

Invariant: E[0] of a frame is a return address only while a callee runs, else 0 (see instructions/core.tab).
So the words with header tag on a stack, from the top, are the calls in progress, and the last such word
below a handler is the base of the frame that the handler lies in.
"""
from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memcpy, strlen
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.map cimport map_from_pairs
from enigma.term.number cimport integer_from_i64
from enigma.memory.heap cimport Fragment, FragmentHeap, fragment_heap_init, fragment_heap_take, term_copy
from enigma.code.instructions cimport SPECIAL_RETURN_TIME, SPECIAL_RETURN_TRACE, special_code
from enigma.code.module cimport *
from enigma.process.process cimport *
from enigma.process.figures cimport log_receiver
from enigma.process.signal cimport send_message, send_message_fragment
from enigma.process.lifecycle cimport process_exit
from enigma.process.timer cimport clock_os_system
from enigma.emulator.bitsyntax cimport M_END, M_ORIG, M_POSITION, match_window, window_words
from enigma.process.watch cimport TF_FRAMES, watch_hooks

# is_trace_return of each word of a stack: the addresses lie side by side.
cdef word trace_first = <word>special_code(SPECIAL_RETURN_TRACE)
cdef word trace_last = <word>special_code(SPECIAL_RETURN_TIME)

cdef enum:
    KIND_CODE = 0            # the first address is in the failing function
    KIND_BIF = 1             # {M, F, _} of the trace heads it, then the addresses
    KIND_GIVEN = 2           # the trace is a list that somebody gave
    CLAUSE = 4               # flag of KIND_CODE: function_clause, the arguments are the function's

cdef uint32_t trace_depth(VM* vm) noexcept nogil:
    return TRACE_DEPTH if vm.backtrace_depth < 0 else <uint32_t>vm.backtrace_depth


cdef Term reason_atom(word code) noexcept nogil:
    """The atom of a predefined error reason."""
    cdef word index = code >> EXC_SHIFT
    if index == EXC_BADARG >> EXC_SHIFT: return AM_badarg
    if index == EXC_BADARITH >> EXC_SHIFT: return AM_badarith
    if index == EXC_BADMATCH >> EXC_SHIFT: return AM_badmatch
    if index == EXC_FUNCTION_CLAUSE >> EXC_SHIFT: return AM_function_clause
    if index == EXC_CASE_CLAUSE >> EXC_SHIFT: return AM_case_clause
    if index == EXC_IF_CLAUSE >> EXC_SHIFT: return AM_if_clause
    if index == EXC_UNDEF >> EXC_SHIFT: return AM_undef
    if index == EXC_BADFUN >> EXC_SHIFT: return AM_badfun
    if index == EXC_BADARITY >> EXC_SHIFT: return AM_badarity
    if index == EXC_TIMEOUT_VALUE >> EXC_SHIFT: return AM_timeout_value
    if index == EXC_NOPROC >> EXC_SHIFT: return AM_noproc
    if index == EXC_NOTALIVE >> EXC_SHIFT: return AM_notalive
    if index == EXC_SYSTEM_LIMIT >> EXC_SHIFT: return AM_system_limit
    if index == EXC_TRY_CLAUSE >> EXC_SHIFT: return AM_try_clause
    if index == EXC_NOTSUP >> EXC_SHIFT: return AM_notsup
    if index == EXC_BADMAP >> EXC_SHIFT: return AM_badmap
    if index == EXC_BADKEY >> EXC_SHIFT: return AM_badkey
    return AM_badrecord


cdef bint reason_has_value(word code) noexcept nogil:
    cdef word index = code >> EXC_SHIFT
    return (index == EXC_BADMATCH >> EXC_SHIFT or index == EXC_CASE_CLAUSE >> EXC_SHIFT
            or index == EXC_TRY_CLAUSE >> EXC_SHIFT or index == EXC_BADFUN >> EXC_SHIFT
            or index == EXC_BADARITY >> EXC_SHIFT or index == EXC_BADMAP >> EXC_SHIFT
            or index == EXC_BADKEY >> EXC_SHIFT or index == EXC_BADRECORD >> EXC_SHIFT)


cdef Term pair(Heap* h, Term a, Term b) noexcept nogil:
    cdef Term* q = heap_alloc(h, 3)
    if q == NULL:
        return a
    q[0] = make_header(T_TUPLE, 2)
    q[1] = a
    q[2] = b
    return make_boxed(q)


cdef Term argument_list(Heap* h, Term* x, word n) noexcept nogil:
    """[x[0], ..., x[n-1]]. Allocates."""
    cdef Term list_ = nil()
    cdef Term* q
    if n == 0:
        return list_
    q = heap_alloc(h, 2 * n)
    if q == NULL:
        return list_
    while n > 0:
        n -= 1
        list_ = cons(q, x[n], list_)
        q += 2
    return list_


cdef Term clause_arguments(Heap* h, Term* x, word n) noexcept nogil:
    """argument_list of a function without a clause for them. A match context becomes what is left of it. Allocates."""
    cdef word i
    cdef Term* m
    cdef Term* q
    for i in range(n):
        if term_is_kind(x[i], T_MATCH):
            m = boxed_ptr(x[i])
            q = heap_alloc(h, window_words(m[M_END] - m[M_POSITION]))
            if q == NULL:
                return nil()
            x[i] = match_window(q, m[M_ORIG], m[M_POSITION], m[M_END] - m[M_POSITION])
    return argument_list(h, x, n)


cdef Term error_module(Term module) noexcept nogil:
    """The module whose format_error explains failures of BIFs of `module`, or 0."""
    if module == AM_erlang or module == AM_erts_internal or module == AM_atomics or module == AM_counters \
            or module == AM_persistent_term:
        return AM_erl_erts_errors
    if module == AM_os:
        return AM_erl_kernel_errors
    if module == AM_binary or module == AM_ets or module == AM_lists or module == AM_maps or module == AM_math \
            or module == AM_re or module == AM_unicode:
        return AM_erl_stdlib_errors
    return 0


cdef size_t collect_addresses(Process* p, Term* stack, Term* out, size_t max_, Term previous) noexcept nogil:
    """Return addresses from `stack` upward as small integers; equal neighbours count once."""
    cdef Term* end = p.mem.block_end
    cdef size_t n = 0
    cdef Term t
    while stack < end and n < max_:
        t = stack[0]
        stack += 1
        if term_is_header(t) and t != 0 and not (trace_first <= <word>t and <word>t <= trace_last):
            t = make_small(<int64_t>(t >> 3))
            if t != previous:
                out[n] = t
                n += 1
                previous = t
    return n


cdef Term trace_make(Process* p, word* ip, Term* x, word code, Term args, Term info, Term mfa) noexcept nogil:
    """The raw trace of a failure at ip. Allocates."""
    cdef Term* q
    cdef size_t n = 0
    cdef size_t depth = trace_depth(p.vm)
    cdef word kind = KIND_CODE
    if depth == 0:
        depth = 1                       # whatever the depth, where it failed is told
    cdef Term here = make_small(<int64_t>(<word>(ip + 1) >> 3))
    if code & EXF_STUB_BIF:
        kind = KIND_BIF
        depth -= 1
    elif code >> EXC_SHIFT == EXC_FUNCTION_CLAUSE >> EXC_SHIFT:
        kind = KIND_CODE | CLAUSE
    q = heap_alloc(&p.mem.heap, 5 + depth)
    if q == NULL:
        return nil()
    if depth > 0:
        q[5] = here
        n = 1 + collect_addresses(p, p.mem.heap.end, q + 6, depth - 1, here)
    # A header that covers what was not needed would hold garbage: fill it.
    while n < depth:
        q[5 + n] = make_small(0)
        n += 1
    q[0] = make_header(T_TUPLE, 4 + depth)
    q[1] = make_small(<int64_t>((code & CLASS_MASK) | kind << 2))
    q[2] = args
    q[3] = info
    q[4] = mfa
    return make_boxed(q)


cdef Term trace_given(Process* p, word code, Term stack_trace) noexcept nogil:
    cdef Term* q = heap_alloc(&p.mem.heap, 5)
    if q == NULL:
        return nil()
    q[0] = make_header(T_TUPLE, 4)
    q[1] = make_small(<int64_t>((code & CLASS_MASK) | KIND_GIVEN << 2))
    q[2] = AM_none
    q[3] = nil()
    q[4] = stack_trace
    return make_boxed(q)


cdef bint is_raw(Term trace) noexcept nogil:
    return term_is_tuple(trace) and tuple_arity(trace) >= 4 and term_is_small(tuple_elements(trace)[0])


cdef word raise_again_code(word class_) noexcept nogil:
    if class_ == CLASS_EXIT:
        return CLASS_EXIT | EXF_GIVEN
    if class_ == CLASS_THROW:
        return CLASS_THROW | EXF_GIVEN
    return CLASS_ERROR | EXF_GIVEN | EXF_LOG


cdef word trace_class(Term trace) noexcept nogil:
    if is_raw(trace):
        return raise_again_code(<word>small_value(tuple_elements(trace)[0]) & CLASS_MASK)
    return raise_again_code(CLASS_ERROR)


cdef bint raise_raw(Process* p, Term class_, Term value, Term trace) noexcept nogil:
    cdef Term* q
    cdef word size
    if class_ == AM_error:
        p.freason = raise_again_code(CLASS_ERROR)
    elif class_ == AM_exit:
        p.freason = raise_again_code(CLASS_EXIT)
    elif class_ == AM_throw:
        p.freason = raise_again_code(CLASS_THROW)
    else:
        return False
    p.fvalue = value
    if not is_raw(trace):
        p.ftrace = trace_given(p, p.freason, trace)
    elif trace_class(trace) == p.freason:
        p.ftrace = trace
    else:
        # `raise` takes the class from the trace: make one with the class that is raised now.
        size = tuple_arity(trace) + 1
        q = heap_alloc(&p.mem.heap, size)
        if q == NULL:
            p.ftrace = trace
            return True
        memcpy(q, boxed_ptr(trace), size * sizeof(Term))
        q[1] = make_small((small_value(q[1]) & ~<int64_t>CLASS_MASK) | <int64_t>(p.freason & CLASS_MASK))
        p.ftrace = make_boxed(q)
    return True


# --- failing BIFs -----------------------------------------------------------------------------------------

cdef void mfa_failed(Process* p, Term module, Term function, Term args) noexcept nogil:
    p.trap_args[0] = module
    p.trap_args[1] = function
    p.trap_args[2] = args
    p.trap_args[3] = nil()
    p.trap_arity = 3
    p.freason |= EXF_STUB_BIF


cdef void guard_failed1(Process* p, Term name, Term a) noexcept nogil:
    mfa_failed(p, AM_erlang, name, argument_list(&p.mem.heap, &a, 1))


cdef void guard_failed2(Process* p, Term name, Term a, Term b) noexcept nogil:
    cdef Term args[2]
    args[0] = a
    args[1] = b
    mfa_failed(p, AM_erlang, name, argument_list(&p.mem.heap, args, 2))


cdef void bif_failed(Process* p, BifEntry* bif, Term* args) noexcept nogil:
    if bif.flags & BIF_CONTROL or not p.freason & EXF_SAVE_TRACE:
        return
    mfa_failed(p, bif.module_atom, bif.name_atom, argument_list(&p.mem.heap, args, bif.arity))


# --- raising ------------------------------------------------------------------------------------------------

cdef Term info_map(Process* p, Term module, word code, Term cause) noexcept nogil:
    """#{module => Explainer} with the cause, if one is given; [] if nobody explains this module. Allocates."""
    cdef Term pairs[4]
    cdef Term explainer = error_module(module)
    cdef size_t n = 1
    cdef Term map_
    if explainer == 0:
        return nil()
    pairs[0] = AM_module
    pairs[1] = explainer
    if code & EXF_EXT_INFO:
        pairs[2] = AM_cause
        pairs[3] = cause
        n = 2
    map_ = map_from_pairs(&p.mem.heap, pairs, n)
    return map_ if map_ != 0 else nil()


cdef Term class_atom(word code) noexcept nogil:
    if code & CLASS_MASK == CLASS_EXIT:
        return AM_exit
    return AM_throw if code & CLASS_MASK == CLASS_THROW else AM_error


cdef word* exception_raise(Process* p, word* ip, Term* x) noexcept nogil:
    cdef word code = p.freason
    cdef Term value = p.fvalue
    cdef Term args = AM_none
    cdef Term info = nil()
    cdef Term mfa = nil()
    cdef Term* q
    cdef Term* base
    cdef Term* end
    cdef word* info_ip
    # What the code says about the value.
    if code >> EXC_SHIFT != 0:
        if code & EXF_EXT_INFO and not code & EXF_STUB_BIF and value != 0 and term_is_map(value):
            info = value                      # an instruction's own explanation
        if reason_has_value(code) and not code & EXF_EXT_INFO:
            value = pair(&p.mem.heap, reason_atom(code), p.fvalue)
        else:
            value = reason_atom(code)
    elif code & (EXF_ARGLIST | EXF_EXT_INFO) and term_is_tuple(value):
        q = tuple_elements(p.fvalue)
        value = q[0]
        if tuple_arity(p.fvalue) > 1 and (term_is_list(q[1]) or q[1] == nil()):
            args = q[1]
        if code & EXF_EXT_INFO and tuple_arity(p.fvalue) > 2:
            info = q[2]
    if code & EXF_SAVE_TRACE:
        if code & EXF_STUB_BIF:
            mfa = pair(&p.mem.heap, p.trap_args[0], p.trap_args[1])
            args = p.trap_args[2]
            info = info_map(p, p.trap_args[0], code, p.fvalue)
            if code >> EXC_SHIFT == EXC_UNDEF >> EXC_SHIFT:
                info = nil()
        elif code >> EXC_SHIFT == EXC_FUNCTION_CLAUSE >> EXC_SHIFT:
            args = clause_arguments(&p.mem.heap, x, ip[4])
        p.ftrace = trace_make(p, ip, x, code, args, info, mfa)
    p.trap_arity = 0
    p.fvalue = value
    if p.catches > 0:
        q = p.mem.heap.end
        base = q
        end = p.mem.block_end
        while q < end:
            if term_is_catch(q[0]):
                if p.trace_flags & TF_FRAMES:
                    watch_hooks().unwinding(p, q, catch_handler(q[0]), class_atom(code), value)
                base[0] = 0
                p.mem.heap.end = base
                x[0] = 0
                x[1] = class_atom(code)
                x[2] = value
                x[3] = p.ftrace
                p.fvalue = nil()
                p.ftrace = nil()
                p.freason = 0
                return catch_handler(q[0])
            if term_is_header(q[0]):
                base = q
            q += 1
    if p.trace_flags & TF_FRAMES:
        if code & CLASS_MASK == CLASS_THROW:
            watch_hooks().unwinding(p, p.mem.block_end, NULL, AM_error, pair(&p.mem.heap, AM_nocatch, value))
        else:
            watch_hooks().unwinding(p, p.mem.block_end, NULL, class_atom(code), value)
    uncaught(p, code)
    return NULL


cdef void host_answer(Process* p, Term kind, Term value, Term trace) noexcept nogil:
    """{Kind, Value, Trace} to the host mailbox that waits for this process. Allocates."""
    cdef Term* q = heap_alloc(&p.mem.heap, 4)
    if q == NULL:
        return                      # the host still gets the news of the process's end
    q[0] = make_header(T_TUPLE, 3)
    q[1] = kind
    q[2] = value
    q[3] = trace
    send_message(p, p.vm, p.parent, make_boxed(q))


cdef void uncaught(Process* p, word code) noexcept nogil:
    """Ends the process with the exit reason that an uncaught exception gives."""
    cdef Heap* h = &p.mem.heap
    cdef Term value = p.fvalue
    cdef Term args
    cdef Term* q
    if p.flags & PF_HOST_CALL:
        host_answer(p, class_atom(code), value, trace_build(p, p.ftrace))
        process_exit(p, AM_normal)
        return
    if code & CLASS_MASK == CLASS_THROW:
        value = pair(h, AM_nocatch, value)
        code = EXC_ERROR
    if code & CLASS_MASK == CLASS_ERROR:
        value = pair(h, value, trace_build(p, p.ftrace))
        p.ftrace = nil()
        p.fvalue = value
        if code & EXF_LOG:
            args = node_and_value(p, value)
            q = heap_alloc(h, 2)
            if q != NULL:
                args = cons(q, p.id, args)
                if term_is_list(list_tail(list_tail(args))):
                    log_error_term(p, b"Error in process ~p on node ~p with exit value:~n~p~n", args)
                else:
                    log_error_term(p, b"Error in process ~p with exit value:~n~p~n", args)
    p.ftrace = nil()
    p.fvalue = value
    p.freason = code
    process_exit(p, value)


cdef Term node_and_value(Process* p, Term value) noexcept nogil:
    """[Node, Value] on a distributed node, else [Value]. Allocates."""
    cdef Term args = argument_list(&p.mem.heap, &value, 1)
    cdef BifEntry* bif = bif_find(AM_erlang, AM_node, 0)
    cdef Term name = AM_nonode_at_nohost
    cdef Term none[1]
    cdef Term* q
    none[0] = nil()
    if bif != NULL:
        name = bif.function(p, none)
    if name == AM_nonode_at_nohost or not term_is_atom(name):
        return args
    q = heap_alloc(&p.mem.heap, 2)
    if q == NULL:
        return args
    return cons(q, name, args)


cdef Term caught_value(Process* p, Term class_, Term value, Term trace) noexcept nogil:
    if class_ == AM_throw:
        return value
    if class_ == AM_error:
        value = pair(&p.mem.heap, value, trace_build(p, trace))
    return pair(&p.mem.heap, AM_EXIT, value)


# --- building -------------------------------------------------------------------------------------------------

cdef Term location(Heap* h, ModuleInstance* instance, word* address, Term info) noexcept nogil:
    """[{file, F}, {line, L}, {error_info, I}], as far as known. Allocates."""
    cdef Term list_ = nil()
    cdef Term file = nil()
    cdef uint32_t line = 0
    cdef Term* q
    if info != nil():
        q = heap_alloc(h, 2)
        if q == NULL:
            return list_
        list_ = cons(q, pair(h, AM_error_info, info), list_)
    if instance != NULL and code_line(instance, address, &file, &line) and line != 0:
        q = heap_alloc(h, 4)
        if q == NULL:
            return list_
        list_ = cons(q, pair(h, AM_line, make_small(line)), list_)
        file = term_copy(h, file, True)
        list_ = cons(q + 2, pair(h, AM_file, file if file != 0 else nil()), list_)
    return list_


cdef Term entry(Heap* h, Term module, Term function, Term arity_or_args, Term where) noexcept nogil:
    cdef Term* q = heap_alloc(h, 5)
    if q == NULL:
        return nil()
    q[0] = make_header(T_TUPLE, 4)
    q[1] = module
    q[2] = function
    q[3] = arity_or_args
    q[4] = where
    return make_boxed(q)


cdef Term build_list(CodeTables* code, Heap* h, word kind, Term args, Term info, Term mfa, Term* addresses,
                     size_t n) noexcept nogil:
    """The trace as Erlang sees it, first entry first. Allocates."""
    cdef Term head = nil()
    cdef Term* tail = &head
    cdef Term item
    cdef Term* q
    cdef word* address
    cdef ModuleInstance* instance
    cdef FunctionInfo* function
    cdef size_t i
    cdef Term what
    cdef bint first = (kind & 3) == KIND_CODE
    if (kind & 3) == KIND_BIF and term_is_tuple(mfa):
        q = heap_alloc(h, 2)
        if q == NULL:
            return head
        item = entry(h, tuple_elements(mfa)[0], tuple_elements(mfa)[1], args, location(h, NULL, NULL, info))
        head = cons(q, item, nil())
        tail = q + 1
    for i in range(n):
        if not term_is_small(addresses[i]) or small_value(addresses[i]) == 0:
            continue
        address = <word*>(<word>small_value(addresses[i]) << 3)
        if not code_locate(code, address - 1, &instance, &function) or function == NULL:
            continue                    # the stub of an export: its caller is the one that failed
        what = make_small(function.arity)
        if first and args != AM_none:
            what = args
        item = entry(h, instance.module.name, function.function, what,
                     location(h, instance, address, info if first else nil()))
        first = False
        q = heap_alloc(h, 2)
        if q == NULL:
            break
        tail[0] = cons(q, item, nil())
        tail = q + 1
    return head


cdef Term trace_build(Process* p, Term trace) noexcept nogil:
    cdef Term* q
    cdef word kind
    if not is_raw(trace):
        return trace
    q = tuple_elements(trace)
    kind = <word>small_value(q[0]) >> 2
    if (kind & 3) == KIND_GIVEN:
        return q[3]
    return build_list(p.vm.code, &p.mem.heap, kind, q[1], q[2], q[3], q + 4, tuple_arity(trace) - 4)


cdef Term process_stack_trace(Process* p, Heap* h, size_t depth) noexcept nogil:
    cdef Term addresses[TRACE_DEPTH_MAX]
    cdef ModuleInstance* instance
    cdef FunctionInfo* function
    cdef size_t n = 0
    if depth > TRACE_DEPTH_MAX:
        depth = TRACE_DEPTH_MAX
    if depth == 0:
        return nil()
    if p.flags & PF_HIBERNATED:         # what it will call does not run yet
        return nil()
    # A BIF that is called by its export has no place of its own: its caller is where the process is.
    if p.ip != NULL and code_locate(p.vm.code, p.ip, &instance, &function):
        addresses[0] = make_small(<int64_t>(<word>(p.ip + 1) >> 3))
        n = 1
    n += collect_addresses(p, p.mem.heap.end, addresses + n, depth - n, addresses[0] if n else 0)
    return build_list(p.vm.code, h, KIND_CODE, AM_none, nil(), nil(), addresses, n)


# --- the log -----------------------------------------------------------------------------------------------------

cdef void log_error_term(Process* p, const char* format, Term args) noexcept nogil:
    log_error(p.vm, p.id, p.group_leader, format, args)


cdef void log_error_of(VM* vm, Term pid, const char* format, Term args) noexcept nogil:
    log_error(vm, pid, 0, format, args)


cdef void log_error(VM* vm, Term pid, Term leader, const char* format, Term args) noexcept nogil:
    cdef FragmentHeap fh
    cdef Heap* h = &fh.heap
    cdef Term text = nil()
    cdef Term pairs[8]
    cdef Term inner, metadata, gl, message
    cdef Term* q
    cdef size_t n = strlen(format)
    cdef Term to = log_receiver(vm)
    cdef size_t k = 0
    if to == 0:
        return
    fragment_heap_init(&fh)
    args = term_copy(h, args, False)
    while n > 0:
        n -= 1
        q = heap_alloc(h, 2)
        if q == NULL:
            break
        text = cons(q, make_small(<unsigned char>format[n]), text)
    pairs[0] = AM_emulator
    pairs[1] = AM_true
    pairs[2] = AM_tag
    pairs[3] = AM_error
    inner = map_from_pairs(h, pairs, 2)
    gl = term_copy(h, leader, False) if leader != 0 else 0
    pairs[0] = AM_error_logger
    pairs[1] = inner
    pairs[2] = AM_pid
    pairs[3] = pid
    pairs[4] = AM_time
    pairs[5] = integer_from_i64(h, clock_os_system() // 1000)
    k = 3
    if gl != 0 and gl != nil():
        pairs[6] = AM_gl
        pairs[7] = gl
        k = 4
    metadata = map_from_pairs(h, pairs, k)
    q = heap_alloc(h, 6)
    if q == NULL or args == 0 or inner == 0 or metadata == 0:
        return
    q[0] = make_header(T_TUPLE, 5)
    q[1] = AM_log
    q[2] = AM_error
    q[3] = text
    q[4] = args
    q[5] = metadata
    message = make_boxed(q)
    send_message_fragment(vm, pid, to, message, fragment_heap_take(&fh))

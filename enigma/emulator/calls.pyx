"""Instructions' out-of-line halves. See calls.pxd.

Invariant: none of these collects except collect_due, collect_for, swap_in (through signals) and hibernate_prepare; so
terms in locals stay valid across every other call.
"""
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from enigma.term.core cimport Term, en_load32_acq, en_loadp_acq, en_or32, en_spin_lock, en_spin_unlock
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.compare cimport term_compare_exact
from enigma.term.map cimport map_find, map_from_pairs, map_put
from enigma.term.number cimport *
from enigma.memory.heap cimport (GC_DISABLED, GC_FULL, GC_STRESS, GC_TIGHT, GC_WANTED, proc_heap_room,
                                 stress_chance, stress_gc_enabled)
from enigma.code.loader cimport code_fun_awaits
from enigma.code.module cimport *
from enigma.code.operand cimport fetch_s, operand_ref
from enigma.code.instructions cimport *
from enigma.process.process cimport *
from enigma.process.settings cimport VMSettings
from enigma.process.watch cimport SAVED_TIMEOUT, TF_FRAMES, TF_RECEIVE, TF_SAVE_CALLS, TF_SCHEDULING, watch_hooks
from enigma.process.signal cimport SIG_TIMEOUT, mailbox_remove, mailbox_reset, signals_fetch
from enigma.process.lifecycle cimport process_collect, process_exit
from enigma.process.relation cimport RELATION_SUSPENDER, relation_add, relation_find, RelationSet as Relations
from enigma.process.pool cimport blocking_done, blocking_submit
from enigma.process.timer cimport clock_is_virtual, clock_sender, receive_timer_cancel, receive_timer_start
from enigma.process.errors cimport fail_reason
from enigma.emulator.exception cimport *


cdef bint collect_due(Process* p, Term* x, uint32_t live) noexcept nogil:
    cdef bint full = (p.mem.gc_flags & GC_FULL) != 0
    if p.mem.gc_flags & GC_DISABLED:
        return True
    if (p.mem.gc_flags & (GC_STRESS | GC_WANTED | GC_FULL) == GC_STRESS
            and p.mem.fragment_words <= (p.mem.block_words >> 1)
            and p.mem.heap.off_heap_bytes <= p.mem.vheap_limit and not stress_chance(&p.mem)):
        return True             # nothing is due but a chance, and it is not taken
    return process_collect(p, 0, x, live, full)


cdef bint collect_for(Process* p, size_t words, Term* x, uint32_t live) noexcept nogil:
    if stress_gc_enabled() and proc_heap_room(&p.mem) >= words and not stress_chance(&p.mem):
        return True
    return process_collect(p, words, x, live, False)


# --- swapping ---------------------------------------------------------------------------------------------

cdef int swap_in(Scheduler* s, Process* p) noexcept nogil:
    cdef uint32_t i
    if en_load32_acq(&p.state) & PS_SIGNALS:
        if not signals_fetch(p):
            process_exit(p, p.fvalue)
            return RUN_EXIT
        if en_load32_acq(&p.state) & PS_SUSPENDED:
            return RUN_YIELD
    if p.reductions_left <= 0:
        p.reductions_left = REDUCTIONS_PER_TURN
    for i in range(p.live):
        s.x[i] = p.args[i]
    p.live = 0                  # from here on the registers are the roots
    if stress_gc_enabled():
        p.mem.gc_flags |= GC_STRESS
    return -1


cdef bint save_registers(Process* p, Term* x, word live) noexcept nogil:
    cdef Term* args
    cdef word i
    if p.args == NULL:
        p.args = p.inline_args
        p.args_capacity = SAVED_ARGS
    if live > p.args_capacity:
        args = <Term*>malloc(live * sizeof(Term))
        if args == NULL:
            return False
        if p.args != p.inline_args:
            free(p.args)
        p.args = args
        p.args_capacity = <uint32_t>live
    for i in range(live):
        p.args[i] = x[i]
    p.live = <uint32_t>live
    return True


# A dirty BIF: what dirty_submit hands to the pool. Until blocking_done p's heap, registers and exception are the job's;
# others only read them, while it holds no heap_lock (signals_handle_blocked in process/signal.pyx).
cdef void dirty_job(Process* p, void* data) noexcept nogil:
    cdef BifEntry* bif = p.current_bif
    cdef Term result = 0
    cdef uint32_t i
    while not process_is_exiting(p):
        count_reductions(p)
        result = bif.function(p, p.args)
        if result != 0 or p.freason != TRAP_YIELD:
            break
    if process_is_exiting(p):       # killed meanwhile: nobody wants the outcome
        blocking_done(p)
        return
    en_spin_lock(&p.heap_lock)
    if result != 0:
        p.args[0] = result
        p.live = 1
        p.ip = special_code(SPECIAL_RETURN)
        # What made much is often collected at once: here it holds up nobody. A process that a limit may end is
        # left to its scheduler, and one in a dirty BIF too: literals_release looks at its heap.
        if not bif.flags & BIF_DIRTY and p.mem.max_words == 0 and collection_due(p) \
                and not collect_due(p, p.args, 1):
            p.mem.gc_flags |= GC_WANTED         # no memory: the loop tries again, and says so
    elif p.freason == TRAP_CALL and p.trap_arity <= 4:
        for i in range(p.trap_arity):
            p.args[i] = p.trap_args[i]
        p.live = p.trap_arity
        p.trap_arity = 0
        p.ip = <word*>en_loadp_acq(<void**>&p.trap_export.address)
    elif p.freason == TRAP_WAIT:
        p.ip = special_code(SPECIAL_BIF_AGAIN)
    else:
        bif_failed(p, bif, p.args)
        p.live = 0
        p.ip = special_code(SPECIAL_RAISE)
    count_reductions(p)
    p.flags &= ~<uint32_t>PF_AWAY
    en_spin_unlock(&p.heap_lock)
    blocking_done(p)


# Moves what has been used of the turn to the process's account.
cdef void count_reductions(Process* p) noexcept nogil:
    if p.reductions_left < REDUCTIONS_PER_TURN:
        p.reductions_done += <uint64_t>(REDUCTIONS_PER_TURN - p.reductions_left)
    p.reductions_left = REDUCTIONS_PER_TURN


cdef bint dirty_submit(Process* p) noexcept nogil:
    if p.current_bif.flags & BIF_DIRTY == 0 and clock_is_virtual(p.vm):
        return False                # nothing but the schedulers may take time: the run must be the same each time
    count_reductions(p)
    p.flags |= PF_AWAY
    if p.trace_flags & (TF_SCHEDULING | TF_FRAMES):
        watch_hooks().scheduled(p, AM_out)
    if blocking_submit(p.vm, p, dirty_job, NULL):
        return True
    if p.trace_flags & (TF_SCHEDULING | TF_FRAMES):
        watch_hooks().scheduled(p, AM_in)
    p.flags &= ~<uint32_t>PF_AWAY
    return False


# --- calls ------------------------------------------------------------------------------------------------

cdef Term list_of(Process* p, Term* x, word n) noexcept nogil:
    """[x[0], ..., x[n-1]]. Allocates."""
    cdef Term list_ = nil()
    cdef Term* q
    if n == 0:
        return list_
    q = proc_alloc(p, 2 * n)
    if q == NULL:
        return list_
    while n > 0:
        n -= 1
        list_ = cons(q, x[n], list_)
        q += 2
    return list_


cdef Term list3(Process* p, Term a, Term b, Term c) noexcept nogil:
    cdef Term values[3]
    values[0] = a
    values[1] = b
    values[2] = c
    return list_of(p, values, 3)


cdef word* handler_call(Process* p, Term* x, Term function, Term a, Term b, Term args) noexcept nogil:
    """Sets up a call of the process's error handler; NULL if it is not loaded."""
    cdef Term module = p.error_handler if term_is_atom(p.error_handler) else AM_error_handler
    cdef Export* e = export_find(p.vm.code, module, function, 3)
    if e == NULL or not export_is_loaded(e):
        return NULL
    x[0] = a
    x[1] = b
    x[2] = args
    return <word*>en_loadp_acq(<void**>&e.address)


cdef word* undefined_function(Process* p, Term* x, Term module, Term function, word arity) noexcept nogil:
    cdef Term args = list_of(p, x, arity)
    cdef word* target = handler_call(p, x, AM_undefined_function, module, function, args)
    if target == NULL:
        p.freason = EXC_UNDEF
        mfa_failed(p, module, function, args)
    return target


cdef word* error_handler_export(Process* p, Term* x, Export* e) noexcept nogil:
    return undefined_function(p, x, e.module, e.function, e.arity)


cdef Term atom_purger = atom_from_cstr(b"erts_code_purger")
cdef Term atom_pending_lambda = atom_from_cstr(b"pending_purge_lambda")


# At its next call the process stops, until `by` resumes it.
cdef void suspend_self(Process* p, Term by) noexcept nogil:
    if relation_find(<Relations*>p.relations, RELATION_SUSPENDER, by) == NULL:
        if relation_add(<Relations**>&p.relations, RELATION_SUSPENDER, by) == NULL:
            return
        p.suspend = <void*>(<size_t>p.suspend + 1)
    en_or32(&p.state, PS_SUSPENDED)
    p.reductions_left = 0


cdef word* error_handler_fun(Process* p, Term* x, FunEntry* entry) noexcept nogil:
    # A call of a fun leaves the fun itself behind its environment.
    cdef Term fun = x[entry.arity + entry.free]
    cdef Term args
    cdef word* target
    cdef Module* m
    cdef Export* e
    cdef Term by = code_fun_awaits(p.vm.code, entry, p.id)
    if by != 0:
        e = export_find(p.vm.code, atom_purger, atom_pending_lambda, 3)
        if e != NULL and export_is_loaded(e):
            # Goes on there when the purge has ended, and calls the fun again.
            args = list_of(p, x, entry.arity)
            x[0] = entry.module
            x[1] = fun
            x[2] = args
            suspend_self(p, by)
            return <word*>en_loadp_acq(<void**>&e.address)
    m = module_find(p.vm.code, entry.module)
    if m != NULL and m.current != NULL:     # loaded, but in a version that lacks this fun: the handler can't help
        p.fvalue = fun
        p.freason = EXC_BADFUN
        return NULL
    args = list_of(p, x, entry.arity)
    target = handler_call(p, x, AM_undefined_lambda, entry.module, fun, args)
    if target == NULL:
        p.freason = EXC_UNDEF
        mfa_failed(p, entry.module, AM_undefined, args)
    return target


# The arguments of an erlang:apply/3 in x, if they can be a call: their number; -1: they can't.
cdef int applied_arity(Term* x) noexcept nogil:
    cdef Term rest = x[2]
    cdef int n = 0
    if not term_is_atom(x[0]) or not term_is_atom(x[1]):
        return -1
    while term_is_list(rest) and n < X_REGISTERS - 4:
        rest = list_tail(rest)
        n += 1
    return n if term_is_nil(rest) else -1


cdef word* apply_target(Process* p, Term* x, Term module, Term function, word arity, word* live) noexcept nogil:
    cdef Export* e
    cdef Term args
    cdef int n
    # An apply that is applied is taken off, so that what it calls is called from here.
    while module == AM_erlang and function == AM_apply and arity == 3:
        n = applied_arity(x)
        if n < 0:
            break
        args = x[2]
        module = x[0]
        function = x[1]
        arity = <word>spread(x, args)
    if not term_is_atom(module) or not term_is_atom(function):
        p.freason = EXC_BADARG
        mfa_failed(p, AM_erlang, AM_apply, list3(p, module, function, list_of(p, x, arity)))
        return NULL
    e = export_find(p.vm.code, module, function, <uint32_t>arity)
    if e == NULL:
        live[0] = 3
        return undefined_function(p, x, module, function, arity)
    if e.bif != NULL and e.bif.flags & (BIF_CONTROL | BIF_TRACED) == BIF_CONTROL and (function == AM_error or function == AM_exit or function == AM_throw):
        # Raised on the spot, so that the trace begins with the function that applies it.
        e.bif.function(p, x)
        return NULL
    live[0] = arity
    return <word*>en_loadp_acq(<void**>&e.address)


cdef bint keeps_frame(Process* p, Term module, Term function, word arity) noexcept nogil:
    return p.vm.trace != NULL and module == AM_erlang \
        and ((arity == 1 and (function == AM_exit or function == AM_throw)) or (1 <= arity <= 3 and function == AM_error))


# Spreads a list over x. -1: improper or no list; -2: too long.
cdef int spread(Term* x, Term list_) noexcept nogil:
    cdef int n = 0
    while term_is_list(list_):
        if n >= X_REGISTERS - 4:
            return -2
        x[n] = list_head(list_)
        n += 1
        list_ = list_tail(list_)
    return n if list_ == nil() else -1


cdef word* apply_list(Process* p, Term* x, Term module, Term function, Term args, word* live) noexcept nogil:
    cdef int n = -1
    if term_is_atom(module) and term_is_atom(function):
        n = spread(x, args)
    if n < 0:
        p.freason = EXC_SYSTEM_LIMIT if n == -2 else EXC_BADARG
        mfa_failed(p, AM_erlang, AM_apply, list3(p, module, function, args))
        return NULL
    return apply_target(p, x, module, function, <word>n, live)


cdef word* apply_fun_list(Process* p, Term* x, Term fun, Term args, word* live) noexcept nogil:
    cdef int n = spread(x, args)
    cdef Term values[2]
    if n < 0:
        values[0] = fun
        values[1] = args
        p.freason = EXC_SYSTEM_LIMIT if n == -2 else EXC_BADARG
        mfa_failed(p, AM_erlang, AM_apply, list_of(p, values, 2))
        return NULL
    return fun_target(p, x, fun, <word>n, live)


cdef word* fun_target(Process* p, Term* x, Term fun, word arity, word* live) noexcept nogil:
    cdef Fun* f
    cdef Export* e
    cdef Term* q
    cdef Term args
    if term_is_kind(fun, T_FUN):
        f = <Fun*>boxed_ptr(fun)
        if f.arity == arity:
            memcpy(x + arity, fun_env(fun), f.free * sizeof(Term))
            x[arity + f.free] = fun
            live[0] = arity + f.free + 1
            return <word*>en_loadp_acq(<void**>&(<FunEntry*>f.entry).address)
    elif term_is_kind(fun, T_EXPORT):
        e = <Export*>export_fun_target(fun)
        if e.arity == arity:
            live[0] = arity
            return <word*>en_loadp_acq(<void**>&e.address)
    else:
        p.fvalue = fun
        p.freason = EXC_BADFUN
        return NULL
    args = list_of(p, x, arity)
    q = proc_alloc(p, 3)
    if q == NULL:
        p.freason = EXC_SYSTEM_LIMIT
        return NULL
    q[0] = make_header(T_TUPLE, 2)
    q[1] = fun
    q[2] = args
    p.fvalue = make_boxed(q)
    p.freason = EXC_BADARITY
    return NULL


cdef word* bif_code(Process* p, BifEntry* bif) noexcept nogil:
    cdef Export* e
    cdef word* address
    if p.vm.trace == NULL or (bif.name_atom == AM_apply and bif.module_atom == AM_erlang):
        return NULL                 # an apply is no call of its own
    e = export_find(p.vm.code, bif.module_atom, bif.name_atom, bif.arity)
    if e == NULL:
        return NULL
    address = <word*>en_loadp_acq(<void**>&e.address)
    return address if address != e.stub else NULL


cdef bint is_fun_of_arity(Term fun, Term arity) noexcept nogil:
    if not term_is_small(arity) or not term_is_boxed(fun):
        return False
    if boxed_kind(fun) == T_FUN:
        return <int64_t>(<Fun*>boxed_ptr(fun)).arity == small_value(arity)
    if boxed_kind(fun) == T_EXPORT:
        return <int64_t>(<Export*>export_fun_target(fun)).arity == small_value(arity)
    return False


cdef bint hibernate_prepare(Process* p, Term* x) noexcept nogil:
    cdef bint result
    p.mem.heap.end = p.mem.block_end - 1
    p.mem.heap.end[0] = <Term>special_code(SPECIAL_NORMAL_EXIT)
    p.catches = 0
    p.ftrace = nil()
    p.fvalue = nil()
    p.flags |= PF_HIBERNATED
    p.mem.gc_flags |= GC_TIGHT
    result = process_collect(p, 0, x, 3, True)
    p.mem.gc_flags &= ~<uint32_t>GC_TIGHT
    return result


# --- values ---------------------------------------------------------------------------------------------------

cdef Term arith_name(int which) noexcept nogil:
    if which == ARITH_ADD: return AM_plus
    if which == ARITH_SUB: return AM_minus
    if which == ARITH_MUL: return AM_times
    if which == ARITH_FDIV: return AM_divide
    if which == ARITH_DIV: return AM_div
    if which == ARITH_REM: return AM_rem
    if which == ARITH_BAND: return AM_band
    if which == ARITH_BOR: return AM_bor
    if which == ARITH_BXOR: return AM_bxor
    if which == ARITH_BSL: return AM_bsl
    return AM_bsr


cdef bint is_increment(Process* p, int which, word a, word b) noexcept nogil:
    """True if OTP's emulator has an instruction of its own for these operands, whose failure names no BIF: up to 25."""
    if (<VMSettings*>p.vm.runtime).release_number > 25:
        return False
    if which == ARITH_ADD:
        return (a & 3 == 0 and term_is_small(b)) or (b & 3 == 0 and term_is_small(a))
    return which == ARITH_SUB and a & 3 == 0 and term_is_small(b) and small_value(b) >= 0


cdef word* arith2(Process* p, Term* x, word* ip, int which, Term a, Term b) noexcept nogil:
    cdef Heap* h = &p.mem.heap
    cdef Term reason = AM_badarith
    cdef Term result
    if which == ARITH_SUB and b == make_small(0) and is_increment(p, which, ip[3], ip[4]):
        which = ARITH_ADD               # the difference shows: -0.0 - 0 is 0.0
    if which == ARITH_ADD: result = number_add(h, a, b, &reason)
    elif which == ARITH_SUB: result = number_sub(h, a, b, &reason)
    elif which == ARITH_MUL: result = number_mul(h, a, b, &reason)
    elif which == ARITH_FDIV: result = number_fdiv(h, a, b, &reason)
    elif which == ARITH_DIV: result = number_div(h, a, b, &reason)
    elif which == ARITH_REM: result = number_rem(h, a, b, &reason)
    elif which == ARITH_BAND: result = number_band(h, a, b, &reason)
    elif which == ARITH_BOR: result = number_bor(h, a, b, &reason)
    elif which == ARITH_BXOR: result = number_bxor(h, a, b, &reason)
    elif which == ARITH_BSL: result = number_bsl(h, a, b, &reason)
    else: result = number_bsr(h, a, b, &reason)
    if result != 0:
        operand_ref(ip[5], x, p.mem.heap.end)[0] = result
        return ip + 6
    if ip[1] != 0:
        return <word*>ip[1]
    fail_reason(p, reason)
    if not is_increment(p, which, ip[3], ip[4]):
        guard_failed2(p, arith_name(which), a, b)
    return NULL


cdef Term bad_map(Process* p, word code, Term value) noexcept nogil:
    p.fvalue = value
    p.freason = code
    return 0


# Of several keys that are not there, the error names the first in the order of keys in maps.
cdef Term least_missing(Term map_, word* pairs, Term* x, Term* E) noexcept nogil:
    cdef Term least = 0
    cdef Term key
    cdef word i = 1
    while i < pairs[0]:
        key = fetch_s(pairs[i], x, E)
        if map_lookup(map_, key) == NULL and (least == 0 or term_compare_exact(key, least) < 0):
            least = key
        i += 2
    return least


cdef Term map_put_pairs(Process* p, Term map_, word* pairs, Term* x, Term* E, bint exact) noexcept nogil:
    cdef Heap* h = &p.mem.heap
    cdef word n = pairs[0]
    cdef word size, i
    cdef Term* q
    cdef Term* r
    cdef Term* keys
    cdef Term* buffer
    cdef Term local[2 * (MAP_FLAT_MAX + 32)]
    cdef Term key
    cdef bint all_present = True
    if not term_is_map(map_):
        return bad_map(p, EXC_BADMAP, map_)
    i = 1
    while i < n and (exact or all_present):
        if map_lookup(map_, fetch_s(pairs[i], x, E)) == NULL:
            if exact:
                return bad_map(p, EXC_BADKEY, least_missing(map_, pairs, x, E))
            all_present = False
        i += 2
    if boxed_kind(map_) == T_MAP_FLAT:
        size = map_size(map_)
        if all_present:
            # The new map shares the tuple of keys.
            q = heap_alloc(h, size + 2)
            if q == NULL:
                return bad_map(p, EXC_SYSTEM_LIMIT, nil())
            memcpy(q, boxed_ptr(map_), (size + 2) * sizeof(Term))
            i = 1
            while i < n:
                r = map_lookup(map_, fetch_s(pairs[i], x, E))
                q[r - boxed_ptr(map_)] = fetch_s(pairs[i + 1], x, E)
                i += 2
            return make_boxed(q)
        buffer = local
        if size + n / 2 > MAP_FLAT_MAX + 32:
            buffer = <Term*>malloc(2 * (size + n / 2) * sizeof(Term))
            if buffer == NULL:
                return bad_map(p, EXC_SYSTEM_LIMIT, nil())
        q = buffer
        keys = tuple_elements(flat_map_keys(map_))
        for i in range(size):
            q[0] = keys[i]
            q[1] = flat_map_values(map_)[i]
            q += 2
        for i in range(n):
            q[i] = fetch_s(pairs[1 + i], x, E)
        map_ = map_from_pairs(h, buffer, size + n / 2)
        if buffer != local:
            free(buffer)
    else:
        i = 1
        while i < n and map_ != 0:
            key = fetch_s(pairs[i], x, E)
            map_ = map_put(h, map_, key, fetch_s(pairs[i + 1], x, E))
            i += 2
    if map_ == 0:
        return bad_map(p, EXC_SYSTEM_LIMIT, nil())
    return map_


cdef Term fun_make(Scheduler* s, Process* p, FunEntry* entry, word* environment, Term* x, Term* E) noexcept nogil:
    cdef Term* q = proc_alloc(p, SIZEOF_FUN + entry.free)
    cdef word i
    if q == NULL:
        return bad_map(p, EXC_SYSTEM_LIMIT, nil())
    for i in range(entry.free):
        q[SIZEOF_FUN + i] = fetch_s(environment[1 + i], x, E) if i < environment[0] else nil()
    return fun_init(s, p, q, entry)


# --- receives ----------------------------------------------------------------------------------------------------

cdef int receive_fetch(Process* p) noexcept nogil:
    if en_load32_acq(&p.state) & PS_SIGNALS:
        if not signals_fetch(p):
            return 0
        if en_load32_acq(&p.state) & PS_SUSPENDED:
            return 2
    return 1


cdef void receive_done(Process* p, bint remove) noexcept nogil:
    cdef Signal timeout
    if remove:
        mailbox_remove(p)
    elif p.trace_flags & (TF_RECEIVE | TF_SAVE_CALLS):
        if p.trace_flags & TF_RECEIVE:      # a timeout is told as if it were a message
            timeout.kind = SIG_TIMEOUT
            timeout.sender = clock_sender()
            timeout.term = AM_timeout
            watch_hooks().receiving(p, &timeout)
        if p.trace_flags & TF_SAVE_CALLS:
            watch_hooks().note(p, SAVED_TIMEOUT)
    mailbox_reset(p)
    if p.flags & (PF_TIMER_ACTIVE | PF_TIMED_OUT):
        receive_timer_cancel(p)
        p.flags &= ~<uint32_t>(PF_TIMER_ACTIVE | PF_TIMED_OUT)


cdef int receive_wait(Process* p, Term time) noexcept nogil:
    cdef int64_t ms
    if p.flags & PF_TIMED_OUT:
        return 1
    if p.flags & PF_TIMER_ACTIVE:
        return 0                    # a wake-up: the register that held the time may be dead
    if time == AM_infinity:
        p.flags |= PF_TIMER_ACTIVE
        return 0
    ms = small_value(time) if term_is_small(time) else -1
    if ms < 0 or ms > <int64_t>4294967295:
        mailbox_reset(p)            # the next receive begins at the first message again
        p.freason = EXC_TIMEOUT_VALUE
        return -1
    if ms == 0:
        return 1
    if not receive_timer_start(p, ms):
        p.freason = EXC_SYSTEM_LIMIT
        return -1
    p.flags |= PF_TIMER_ACTIVE
    return 0

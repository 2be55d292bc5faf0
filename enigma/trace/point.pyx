"""Setting breakpoints, and what happens at one. See point.pxd for what they are and for the frames they push."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from enigma.term.core cimport *
from enigma.term.am cimport *
from enigma.term.boxed cimport *
from enigma.term.pack cimport *
from enigma.memory.heap cimport proc_heap_room, term_copy
from enigma.code.instructions cimport *
from enigma.code.module cimport *
from enigma.match.spec cimport MATCH_EXCEPTION_TRACE, MatchTrace, match_run_trace
from enigma.process.process cimport *
from enigma.process.lifecycle cimport process_collect
from enigma.process.runqueue cimport scheduler_current, world_resume, world_stop
from enigma.process.timer cimport clock_os_monotonic
from enigma.process.watch cimport *
from enigma.trace.act cimport trace_act
from enigma.trace.room cimport *
from enigma.trace.saved cimport saved_calls_export, saved_calls_set

cdef enum:
    FRAME_RETURN = 6             # words, the return address included
    FRAME_RETURN_TO = 1
    FRAME_TIME = 2

cdef word label_break = instruction_label_named(b"trace_break")
cdef word label_export = instruction_label_named(b"trace_export_e")
cdef uint32_t bif_lock = 0       # spin: guards BifEntry.traces


# --- the table ----------------------------------------------------------------------------------------------

cdef inline size_t bucket_of(TraceRoom* room, word* at) noexcept nogil:
    return ((<size_t>at >> 3) * <size_t>0x9E3779B97F4A7C15 >> 20) & (room.point_buckets - 1)


cdef Point* point_find(TraceRoom* room, word* at) noexcept nogil:
    cdef Point* q
    if room == NULL or room.points == NULL:
        return NULL
    q = room.points[bucket_of(room, at)]
    while q != NULL and q.at != at:
        q = q.chain
    return q


cdef bint grow(TraceRoom* room) noexcept nogil:
    cdef size_t n = room.point_buckets * 2 if room.point_buckets != 0 else 64
    cdef Point** old = room.points
    cdef size_t old_n = room.point_buckets, i
    cdef Point* q
    cdef Point* following
    cdef Point** grown = <Point**>calloc(n, sizeof(Point*))
    if grown == NULL:
        return False
    room.points = grown
    room.point_buckets = n
    for i in range(old_n):
        q = old[i]
        while q != NULL:
            following = q.chain
            q.chain = grown[bucket_of(room, q.at)]
            grown[bucket_of(room, q.at)] = q
            q = following
    free(old)
    return True


cdef Point* point_new(TraceRoom* room, word* at, Term module, Term function, uint32_t arity) noexcept nogil:
    cdef Point* q
    if room.point_count >= room.point_buckets and not grow(room):
        return NULL
    q = <Point*>calloc(1, sizeof(Point))
    if q == NULL:
        return NULL
    q.at = at
    q.module = module
    q.function = function
    q.arity = arity
    q.chain = room.points[bucket_of(room, at)]
    room.points[bucket_of(room, at)] = q
    room.point_count += 1
    return q


cdef void bif_mark(BifEntry* bif, bint on) noexcept nogil:
    en_spin_lock(&bif_lock)
    if on:
        bif.traces += 1
        en_or32(&bif.flags, BIF_TRACED)
    else:
        bif.traces -= 1
        if bif.traces == 0:
            en_and32(&bif.flags, ~<uint32_t>BIF_TRACED)
    en_spin_unlock(&bif_lock)


# Where an export's calls go; if it has a Point of its own, behind that.
cdef void export_lead(TraceRoom* room, Export* e, word* address) noexcept nogil:
    if point_find(room, &e.stub[2]) != NULL:
        e.stub[4] = <word>address
    else:
        en_storep_rel(<void**>&e.address, address)


# Takes the breakpoint out of the code, and the Point out of the table.
cdef void point_remove(TraceRoom* room, Point* q) noexcept nogil:
    cdef Point** at = &room.points[bucket_of(room, q.at)]
    while at[0] != q:
        at = &at[0].chain
    at[0] = q.chain
    room.point_count -= 1
    if q.export != NULL:
        if <word*>en_loadp_acq(<void**>&q.export.address) == q.at:
            en_storep_rel(<void**>&q.export.address, <void*>q.export.stub[4])
        if q.export.bif != NULL:
            bif_mark(q.export.bif, False)
    else:
        q.at[0] = q.original
        if q.bif != NULL:
            export_lead(room, q.bif, q.bif.stub)
            bif_mark(q.bif.bif, False)
    spec_drop(q.spec)
    spec_drop(q.meta_spec)
    free(q.times)
    free(q)


cdef void points_free(TraceRoom* room) noexcept nogil:
    cdef size_t i
    if room == NULL:
        return
    for i in range(room.point_buckets):
        while room.points[i] != NULL:
            point_remove(room, room.points[i])
    free(room.points)
    room.points = NULL
    room.point_buckets = 0


# --- setting ----------------------------------------------------------------------------------------------------

cdef bint is_wanted(Wanted* w, Term module, Term function, uint32_t arity) noexcept nogil:
    return ((w.module == 0 or w.module == module) and (w.function == 0 or w.function == function)
            and (w.arity < 0 or w.arity == <int64_t>arity))


cdef struct Setting:
    TraceRoom* room
    Wanted* wanted
    int action
    uint32_t kinds               # 0: global
    TraceSpec* spec
    TraceSpec* meta_spec
    Term meta_tracer
    int64_t matched
    bint failed


cdef void count_export(void* data, Export* e) noexcept nogil:
    cdef Setting* s = <Setting*>data
    if is_wanted(s.wanted, e.module, e.function, e.arity) and export_is_loaded(e):
        s.matched += 1


cdef int64_t count_exports(VM* vm, Wanted* w) noexcept nogil:
    cdef Setting s
    s.wanted = w
    s.matched = 0
    code_each_export(vm.code, count_export, &s)
    return s.matched


cdef int64_t count_functions(VM* vm, Wanted* w) noexcept nogil:
    cdef Module* m
    cdef uint32_t i
    cdef int64_t n = 0
    code_lock(vm.code)
    m = vm.code.all_modules
    while m != NULL:
        if m.current != NULL and (w.module == 0 or w.module == m.name):
            for i in range(m.current.function_count):
                if is_wanted(w, m.name, m.current.functions[i].function, m.current.functions[i].arity):
                    n += 1
        m = m.next_all
    code_unlock(vm.code)
    return n


# An apply/3 is told as the call that it makes, never as one of its own. So is apply/2 in code; but one that a process
# begins with, or that is itself applied, is a call.
cdef inline bint is_apply(Term module, Term function, uint32_t arity) noexcept nogil:
    return module == AM_erlang and function == AM_apply and arity == 3


# The Point of an export, made if there is none. NULL: no memory.
cdef Point* export_point(TraceRoom* room, Export* e) noexcept nogil:
    cdef Point* q = point_find(room, &e.stub[2])
    if q != NULL:
        return q
    q = point_new(room, &e.stub[2], e.module, e.function, e.arity)
    if q == NULL:
        return NULL
    q.export = e
    e.stub[2] = label_export
    e.stub[3] = <word>e
    e.stub[4] = <word>en_loadp_acq(<void**>&e.address)
    en_storep_rel(<void**>&e.address, &e.stub[2])
    if e.bif != NULL:
        bif_mark(e.bif, True)
    return q


cdef void export_clear(TraceRoom* room, Point* q, uint32_t kinds) noexcept nogil:
    q.kinds &= ~kinds
    if q.kinds == 0:
        point_remove(room, q)
    elif kinds & POINT_GLOBAL:
        spec_drop(q.spec)
        q.spec = NULL


cdef void save_export(void* data, Export* e) noexcept nogil:
    cdef Setting* s = <Setting*>data
    cdef Point* q
    if s.action == PATTERN_OFF:
        q = point_find(s.room, &e.stub[2])
        if q != NULL:
            export_clear(s.room, q, POINT_SAVE)
    elif export_is_loaded(e) and not (e.module == AM_erlang and e.function == AM_apply):
        q = export_point(s.room, e)
        if q == NULL:
            s.failed = True
        else:
            q.kinds |= POINT_SAVE


# All exports lead to Points of POINT_SAVE, or no longer do; the world is stopped. False: no memory.
cdef bint points_save(TraceRoom* room, bint on) noexcept nogil:
    cdef Setting s
    s.room = room
    s.action = PATTERN_ON if on else PATTERN_OFF
    s.failed = False
    code_each_export(room.vm.code, save_export, &s)
    return not s.failed


cdef int64_t save_calls(Process* p, int64_t n) noexcept nogil:
    cdef TraceRoom* room
    cdef bint good = True
    cdef int64_t before
    if (n > 0) != (p.saved_calls != NULL):
        world_stop(p.vm, scheduler_current())
        room = trace_room_get(p.vm)
        if n > 0:
            good = room != NULL and points_save(room, True)
            if good:
                en_add32(&room.savers, 1)
        elif room != NULL:
            en_sub32(&room.savers, 1)
        if room != NULL and en_load32_acq(&room.savers) == 0:
            points_save(room, False)
        world_resume(p.vm, scheduler_current())
    if not good:
        return -1
    before = saved_calls_set(p, n)
    if before < 0 and p.saved_calls == NULL:
        en_sub32(&trace_room(p.vm).savers, 1)
    return before


cdef void points_saved_last(VM* vm) noexcept nogil:
    cdef TraceRoom* room = trace_room(vm)
    world_stop(vm, scheduler_current())
    if en_load32_acq(&room.savers) == 0:        # nobody has begun to keep any meanwhile
        points_save(room, False)
    world_resume(vm, scheduler_current())


cdef void set_export(void* data, Export* e) noexcept nogil:
    cdef Setting* s = <Setting*>data
    cdef Point* q
    if not is_wanted(s.wanted, e.module, e.function, e.arity) or not export_is_loaded(e):
        return
    s.matched += 1
    if is_apply(e.module, e.function, e.arity):
        return
    q = point_find(s.room, &e.stub[2])
    if s.action == PATTERN_OFF and s.kinds != 0:
        return                          # exported calls are none of these kinds
    if s.action != PATTERN_ON or s.kinds != 0:
        if q != NULL:
            export_clear(s.room, q, POINT_GLOBAL)
        return
    q = export_point(s.room, e)
    if q == NULL:
        s.failed = True
        return
    q.kinds |= POINT_GLOBAL
    spec_drop(q.spec)
    q.spec = spec_share(s.spec)


cdef void times_clear(Point* q) noexcept nogil:
    free(q.times)
    q.times = NULL
    q.time_count = 0
    q.time_capacity = 0


cdef void set_function(Setting* s, Term module, FunctionInfo* f) noexcept nogil:
    cdef Point* q = point_find(s.room, f.start)
    cdef Export* e
    cdef BifEntry* bif
    cdef uint32_t kinds = s.kinds
    s.matched += 1
    if is_apply(module, f.function, f.arity):
        return
    if s.action == PATTERN_OFF or kinds == 0:
        if q == NULL:
            return
        if kinds == 0:                  # turning on global calls clears all; turning them off does nothing here
            if s.action != PATTERN_ON:
                return
            kinds = POINT_KINDS
        if kinds & POINT_LOCAL:
            spec_drop(q.spec)
            q.spec = NULL
        if kinds & POINT_META:
            spec_drop(q.meta_spec)
            q.meta_spec = NULL
        if kinds & POINT_COUNT:
            kinds |= POINT_COUNTING
        if kinds & POINT_TIME:
            kinds |= POINT_TIMING
            times_clear(q)
        q.kinds &= ~kinds
        if q.kinds == 0:
            point_remove(s.room, q)
        return
    if q == NULL:
        if kinds == POINT_DEBUG and bif_find(module, f.function, f.arity) != NULL:
            return
        if s.action != PATTERN_ON and not kinds & (POINT_LOCAL | POINT_META):
            return                      # nothing to restart or pause
        q = point_new(s.room, f.start, module, f.function, f.arity)
        if q == NULL:
            s.failed = True
            return
        q.original = f.start[0]
        f.start[0] = label_break
        bif = bif_find(module, f.function, f.arity)
        if bif != NULL and not bif.flags & BIF_NIF:
            e = export_find(s.room.vm.code, module, f.function, f.arity)
            if e != NULL and e.bif == bif:
                q.bif = e
                export_lead(s.room, e, f.start)
                bif_mark(bif, True)
    if kinds & POINT_DEBUG:
        q.kinds |= POINT_DEBUG
    if kinds & POINT_LOCAL:
        spec_drop(q.spec)
        q.spec = spec_share(s.spec)
        q.kinds |= POINT_LOCAL
    if kinds & POINT_META:
        spec_drop(q.meta_spec)
        q.meta_spec = spec_share(s.meta_spec)
        q.meta_tracer = s.meta_tracer
        q.kinds |= POINT_META
    if kinds & POINT_COUNT and (s.action == PATTERN_ON or q.kinds & POINT_COUNT):
        if s.action == PATTERN_PAUSE:
            q.kinds &= ~<uint32_t>POINT_COUNTING
        else:
            q.kinds |= POINT_COUNT | POINT_COUNTING
            en_store64_rel(&q.count, 0)
    if kinds & POINT_TIME and (s.action == PATTERN_ON or q.kinds & POINT_TIME):
        if s.action == PATTERN_PAUSE:
            q.kinds &= ~<uint32_t>POINT_TIMING
        else:
            q.kinds |= POINT_TIME | POINT_TIMING
            times_clear(q)
    if q.kinds == 0:
        point_remove(s.room, q)


cdef int64_t points_set(TraceRoom* room, Wanted* w, int action, uint32_t kinds, TraceSpec* spec, TraceSpec* meta_spec,
                        Term meta_tracer) noexcept nogil:
    cdef Setting s
    cdef CodeTables* code = room.vm.code
    s.room = room
    s.wanted = w
    s.action = action
    s.kinds = kinds
    s.spec = spec
    s.meta_spec = meta_spec
    s.meta_tracer = meta_tracer
    s.matched = 0
    s.failed = False
    # What is to go goes first: both kinds of points of a BIF change its Export.
    if kinds == 0:
        set_functions(&s, code)
        s.matched = 0
        code_each_export(code, set_export, &s)
    elif kinds == POINT_DEBUG:
        set_functions(&s, code)
    else:
        code_each_export(code, set_export, &s)
        s.matched = 0
        set_functions(&s, code)
    return -1 if s.failed else s.matched


cdef void set_functions(Setting* s, CodeTables* code) noexcept nogil:
    cdef Wanted* w = s.wanted
    cdef Module* m = code.all_modules   # nobody loads while the world stands still
    cdef uint32_t i
    while m != NULL:
        if m.current != NULL and (w.module == 0 or w.module == m.name):
            for i in range(m.current.function_count):
                if is_wanted(w, m.name, m.current.functions[i].function, m.current.functions[i].arity):
                    set_function(s, m.name, &m.current.functions[i])
        m = m.next_all


cdef Point* point_of(TraceRoom* room, Term module, Term function, uint32_t arity) noexcept nogil:
    cdef Export* e
    cdef Module* m
    cdef Point* q = NULL
    cdef uint32_t i
    if room == NULL:
        return NULL
    e = export_find(room.vm.code, module, function, arity)
    if e != NULL:
        q = point_find(room, &e.stub[2])
        if q != NULL and q.kinds & POINT_GLOBAL:
            return q
    m = module_find(room.vm.code, module)
    if m == NULL or m.current == NULL:
        return NULL
    for i in range(m.current.function_count):
        if m.current.functions[i].function == function and m.current.functions[i].arity == arity:
            return point_find(room, m.current.functions[i].start)
    return NULL


# --- loading -----------------------------------------------------------------------------------------------------

cdef void code_leaves(VM* vm, Module* m) noexcept nogil:
    """The points of code that is about to be replaced go; the world is stopped."""
    cdef TraceRoom* room = trace_room(vm)
    cdef ModuleInstance* c = m.current
    cdef Point* q
    cdef uint32_t i
    if c == NULL or room == NULL or room.point_count == 0:
        return
    for i in range(c.function_count):
        q = point_find(room, c.functions[i].start)
        if q != NULL:
            point_remove(room, q)
    for i in range(c.export_count):
        q = point_find(room, &c.exports[i].export.stub[2])
        if q != NULL:
            point_remove(room, q)


cdef void code_came(VM* vm, Module* m) noexcept nogil:
    """What trace_pattern(on_load, ...) has asked for is set in new code; the world is stopped."""
    cdef TraceRoom* room = trace_room(vm)
    cdef Wanted w
    cdef Point* q
    cdef uint32_t i
    if room == NULL or m.current == NULL:
        return
    if en_load32_acq(&room.savers) != 0:
        for i in range(m.current.export_count):
            q = export_point(room, m.current.exports[i].export)
            if q != NULL:
                q.kinds |= POINT_SAVE
    if not room.on_load.on:
        return
    w.module = m.name
    w.function = 0
    w.arity = -1
    points_set(room, &w, PATTERN_ON, room.on_load.kinds, room.on_load.spec, room.on_load.meta_spec,
               room.on_load.meta_tracer)


# --- the stack ----------------------------------------------------------------------------------------------------------

cdef inline size_t frame_size(Term t) noexcept nogil:
    """Words of the tracing frame whose return address this is; 0: it is none."""
    cdef word* address = <word*>t
    if address == special_code(SPECIAL_RETURN_TRACE) or address == special_code(SPECIAL_EXCEPTION_TRACE):
        return FRAME_RETURN
    if address == special_code(SPECIAL_RETURN_TO):
        return FRAME_RETURN_TO
    return FRAME_TIME if address == special_code(SPECIAL_RETURN_TIME) else 0


# The address that will be returned to, past tracing's frames; whether one of them is for return_to.
cdef word* caller_of(Process* p, bint* returns_to) noexcept nogil:
    cdef Term* E = p.mem.heap.end
    cdef size_t n
    while E < p.mem.block_end:
        n = frame_size(E[0])
        if n == 0:
            return <word*>E[0]
        if n == FRAME_RETURN_TO:
            returns_to[0] = True
        E += n
    return NULL


cdef bint make_room(Process* p, Term* x, uint32_t live, size_t words) noexcept nogil:
    if proc_heap_room(&p.mem) >= words:
        return True
    return process_collect(p, words, x, live, False)


cdef Term* push(Process* p, size_t words, int which) noexcept nogil:
    p.mem.heap.end -= words
    p.mem.heap.end[0] = <Term>special_code(which)
    p.trace_flags |= TF_FRAMES
    return p.mem.heap.end


# --- a call --------------------------------------------------------------------------------------------------------------

# [x[0], ...]; a match context is shown as what it matches. 0: no memory. Allocates.
cdef Term arguments(Process* p, Term* x, uint32_t n) noexcept nogil:
    cdef Term list_ = nil(), t
    cdef Term* q = NULL
    if n == 0:
        return list_
    q = proc_alloc(p, 2 * n)
    if q == NULL:
        return 0
    while n > 0:
        n -= 1
        t = x[n]
        if term_is_kind(t, T_MATCH):
            t = term_copy(proc_heap(p), t, False)
            if t == 0:
                return 0
        list_ = cons(q, t, list_)
        q += 2
    return list_


cdef Term tuple3(Process* p, Term a, Term b, Term c) noexcept nogil:
    cdef Term* q = proc_alloc(p, 4)
    if q == NULL or c == 0:
        return 0
    q[0] = make_header(T_TUPLE, 3)
    q[1] = a
    q[2] = b
    q[3] = c
    return make_boxed(q)


# Tells of a call as OTP does. tracer `true`: the process's own and its flags, else meta tracing. What is to be
# pushed comes as MATCH_ flags in *wanted, and *return_to. 0: the meta tracer is dead.
cdef Term call_trace(Process* p, Point* q, Term* x, bint local, TraceSpec* spec, Term tracer, uint32_t* wanted,
                     bint* return_to) noexcept nogil:
    cdef MatchTrace m
    cdef Term result = AM_true, args = 0
    cdef uint32_t flags
    cdef bint meta = tracer != AM_true, failed = False, ignored = False
    cdef Term to
    wanted[0] = 0
    return_to[0] = False
    if not meta:
        to = tracer_of(p)
        if to == 0:
            return tracer
        flags = p.trace_flags
    else:
        if p.flags & PF_SENSITIVE or tracer == p.id:
            return tracer
        if not tracer_lives(p.vm, tracer):
            return 0
        to = tracer
        flags = TF_CALL | TF_TIMESTAMP
    if spec != NULL:
        args = arguments(p, x, q.arity)
        if args == 0:
            return tracer
        m.act = trace_act
        m.pretend = False
        m.flags = 0
        m.caller = caller_of(p, &ignored)
        result = match_run_trace(spec.program, p, args, &m, &failed)
        if result == 0:
            return tracer               # no clause matched
        wanted[0] = m.flags
        if not meta:
            flags = p.trace_flags
    if not meta and flags & TF_SILENT:
        wanted[0] = 0
        return tracer
    if result == AM_false:
        return tracer
    if not meta and local and flags & TF_RETURN_TO:
        return_to[0] = True
    if not meta and flags & TF_ARITY:
        args = make_small(q.arity)
    elif args == 0:
        args = arguments(p, x, q.arity)
    args = tuple3(p, q.module, q.function, args)
    if args != 0:
        trace_tell(p.vm, to, flags, p.id, AM_call, args, 0, result)
    return tracer


# One kind of call trace: tells, and pushes what the return needs. False: the process must exit.
cdef bint call_told(Process* p, Point* q, Term* x, bint local, TraceSpec* spec, Term tracer) noexcept nogil:
    cdef uint32_t wanted = 0
    cdef bint return_to = False, returns_to = False
    cdef Term* E
    call_trace(p, q, x, local, spec, tracer, &wanted, &return_to)
    if not wanted and not return_to:
        return True
    if not make_room(p, x, q.arity, FRAME_RETURN + FRAME_RETURN_TO):
        return False
    caller_of(p, &returns_to)
    if return_to and not returns_to:
        push(p, FRAME_RETURN_TO, SPECIAL_RETURN_TO)
    if wanted:
        E = push(p, FRAME_RETURN, SPECIAL_EXCEPTION_TRACE if wanted & MATCH_EXCEPTION_TRACE else SPECIAL_RETURN_TRACE)
        E[1] = q.module
        E[2] = q.function
        E[3] = make_small(q.arity)
        E[4] = tracer
        E[5] = nil()
    return True


cdef bint tell_call(Process* p, Point* q, Term* x) noexcept nogil:
    cdef uint32_t kinds = q.kinds
    cdef Term meta
    if not p.trace_flags & TF_CALL:
        kinds &= ~<uint32_t>(POINT_LOCAL | POINT_GLOBAL | POINT_TIMING)
    if kinds & (POINT_LOCAL | POINT_GLOBAL):
        if not call_told(p, q, x, kinds & POINT_LOCAL, q.spec, AM_true):
            return False
    if kinds & POINT_META:
        meta = <Term>en_load64_acq(&q.meta_tracer)
        if meta != 0:
            if not tracer_lives(p.vm, meta):
                en_store64_rel(&q.meta_tracer, 0)
            elif not call_told(p, q, x, True, q.meta_spec, meta):
                return False
    if kinds & POINT_COUNTING:
        en_add64(&q.count, 1)
    if kinds & POINT_TIMING and tracer_of(p) != 0:
        return time_call(p, q, x)
    return True


cdef word breakpoint(Process* p, word* ip, Term* x) noexcept nogil:
    cdef Point* q = point_find(trace_room(p.vm), ip)
    cdef word original
    if q == NULL:                       # nobody takes a breakpoint away while code runs
        p.fvalue = AM_killed
        return 0
    original = q.original
    if p.retry_ip == ip:
        p.retry_ip = NULL
        return original
    if not tell_call(p, q, x):
        return 0
    return debugged(p, q, x) if q.kinds & POINT_DEBUG else original


# BREAK_ELSEWHERE, with p.trap_export the function that is called instead; 0: no memory.
cdef word debugged(Process* p, Point* q, Term* x) noexcept nogil:
    cdef Term args
    cdef Export* e = export_find(p.vm.code, p.error_handler, AM_breakpoint, 3) if term_is_atom(p.error_handler) else NULL
    if e == NULL or not export_is_loaded(e):
        e = export_get(p.vm.code, AM_error_handler, AM_breakpoint, 3)
    if e == NULL or not make_room(p, x, q.arity, 2 * q.arity):
        return 0
    args = arguments(p, x, q.arity)
    if args == 0:
        return 0
    x[0] = q.module
    x[1] = q.function
    x[2] = args
    p.trap_export = e
    return BREAK_ELSEWHERE


cdef bint exported(Process* p, Export* e, Term* x) noexcept nogil:
    cdef Point* q = point_find(trace_room(p.vm), &e.stub[2])
    if q == NULL:
        return True
    if p.trace_flags & TF_SAVE_CALLS and q.kinds & POINT_SAVE:
        saved_calls_export(p, e)
    return q.kinds == POINT_SAVE or tell_call(p, q, x)


# --- a return -------------------------------------------------------------------------------------------------------------

cdef Term function_at(Process* p, word* address) noexcept nogil:
    """{M, F, Arity} of the code at a return address, or undefined. Allocates."""
    cdef ModuleInstance* instance
    cdef FunctionInfo* function
    cdef Term t
    if address == NULL or not code_locate(p.vm.code, address - 1, &instance, &function) or function == NULL:
        return AM_undefined
    t = tuple3(p, instance.module.name, function.function, make_small(function.arity))
    return t if t != 0 else AM_undefined


cdef void tell_return(Process* p, Term* frame, Term tag, Term value) noexcept nogil:
    cdef Term tracer = frame[4], mfa
    cdef uint32_t flags = TF_TIMESTAMP
    if tracer == AM_true:
        if not p.trace_flags & TF_CALL:
            return
        tracer = tracer_of(p)
        flags = p.trace_flags
    elif p.flags & PF_SENSITIVE or not tracer_lives(p.vm, tracer):
        return
    if tracer == 0:
        return
    mfa = tuple3(p, frame[1], frame[2], frame[3])
    if mfa != 0:
        trace_tell(p.vm, tracer, flags, p.id, tag, mfa, value, AM_true)


cdef void tell_return_to(Process* p, word* address) noexcept nogil:
    cdef Term tracer
    if not p.trace_flags & TF_RETURN_TO:
        return
    tracer = tracer_of(p)
    if tracer != 0:
        trace_tell(p.vm, tracer, p.trace_flags, p.id, AM_return_to, function_at(p, address), 0, AM_true)


cdef void returned(Process* p, Term* x) noexcept nogil:
    """p.ip says which frame it is; its return address has been cleared already."""
    cdef Term* E = p.mem.heap.end
    cdef bint ignored = False
    if p.ip == special_code(SPECIAL_RETURN_TO):
        p.mem.heap.end = E + FRAME_RETURN_TO
        tell_return_to(p, caller_of(p, &ignored))
    elif p.ip == special_code(SPECIAL_RETURN_TIME):
        time_return(p, E[1])
        p.mem.heap.end = E + FRAME_TIME
    else:
        tell_return(p, E, AM_return_from, x[0])
        p.mem.heap.end = E + FRAME_RETURN


cdef void unwinding(Process* p, Term* to, word* handler, Term class_, Term value) noexcept nogil:
    cdef Term* E = p.mem.heap.end
    cdef size_t n
    cdef bint returns_to = False
    cdef word* address = NULL
    cdef Term* pair
    cdef Term what
    pair = proc_alloc(p, 3)
    if pair == NULL:
        return
    pair[0] = make_header(T_TUPLE, 2)
    pair[1] = class_
    pair[2] = value
    what = make_boxed(pair)
    while E < to:
        if not term_is_header(E[0]) or E[0] == 0:
            E += 1
            continue
        n = frame_size(E[0])
        if n == 0:
            address = <word*>E[0] if returns_to else NULL
            returns_to = False
            E += 1
            continue
        if n == FRAME_RETURN_TO:
            returns_to = True
            address = NULL
        elif <word*>E[0] == special_code(SPECIAL_EXCEPTION_TRACE):
            tell_return(p, E, AM_exception_from, what)
        E += n
    if handler != NULL and address != NULL:
        tell_return_to(p, address)


# --- time -----------------------------------------------------------------------------------------------------------------

# Where pid is, or has its place, in a table that is never full.
cdef TimeItem* time_item(TimeItem* times, size_t capacity, Term pid) noexcept nogil:
    cdef size_t i = <size_t>(pid_data(pid) * <uint64_t>0x9E3779B97F4A7C15 >> 20) & (capacity - 1)
    while times[i].pid != 0 and times[i].pid != pid:
        i = (i + 1) & (capacity - 1)
    return &times[i]


# With time_lock held; False: no memory.
cdef bint times_grow(Point* q) noexcept nogil:
    cdef size_t n = 2 * q.time_capacity if q.time_capacity != 0 else 8, i
    cdef TimeItem* grown = <TimeItem*>calloc(n, sizeof(TimeItem))
    if grown == NULL:
        return False
    for i in range(q.time_capacity):
        if q.times[i].pid != 0:
            time_item(grown, n, q.times[i].pid)[0] = q.times[i]
    free(q.times)
    q.times = grown
    q.time_capacity = n
    return True


cdef void time_add(Point* q, Term pid, uint64_t calls, int64_t ns) noexcept nogil:
    cdef TimeItem* item
    en_spin_lock(&q.time_lock)
    if 2 * q.time_count < q.time_capacity or times_grow(q):
        item = time_item(q.times, q.time_capacity, pid)
        if item.pid == 0:
            item.pid = pid
            q.time_count += 1
        item.calls += calls
        item.ns += ns
    en_spin_unlock(&q.time_lock)


# What has passed since p's timed function began (or went on) counts for it.
cdef void time_settle(Process* p, int64_t now) noexcept nogil:
    cdef Point* q
    if p.timed_function == NULL:
        return
    q = point_find(trace_room(p.vm), p.timed_function)
    if q != NULL and q.kinds & POINT_TIME:
        time_add(q, p.id, 0, now - p.timed_since)


cdef bint time_call(Process* p, Point* q, Term* x) noexcept nogil:
    cdef int64_t now = clock_os_monotonic()
    cdef word* before = p.timed_function
    cdef Term* E
    time_settle(p, now)
    time_add(q, p.id, 1, 0)
    p.timed_function = q.at
    p.timed_since = now
    if frame_size(p.mem.heap.end[0]) != 0:
        return True
    if not make_room(p, x, q.arity, FRAME_TIME):
        return False
    E = push(p, FRAME_TIME, SPECIAL_RETURN_TIME)
    E[1] = make_small(<int64_t>(<word>before >> 3)) if before != NULL else nil()
    return True


cdef void time_return(Process* p, Term before) noexcept nogil:
    cdef int64_t now = clock_os_monotonic()
    time_settle(p, now)
    p.timed_function = <word*>(<word>small_value(before) << 3) if term_is_small(before) else NULL
    p.timed_since = now


cdef void point_timed_out(Process* p) noexcept nogil:
    time_settle(p, clock_os_monotonic())


cdef void point_timed_in(Process* p) noexcept nogil:
    p.timed_since = clock_os_monotonic()


cdef void fill_hooks() noexcept nogil:
    cdef WatchHooks* h = watch_hooks()
    h.breakpoint = breakpoint
    h.exported = exported
    h.returned = returned
    h.unwinding = unwinding
    h.code_leaves = code_leaves
    h.code_came = code_came


fill_hooks()

"""Loading, replacing and purging code; what a module says about itself; static NIFs.

Prepared code is a magic reference that owns a ModuleInstance until finish_loading/1 takes it. Purging
works as OTP's erts_code_purger expects it: prepare marks the old code, the purger asks every process,
complete unlinks the code. complete looks once more, with the world stopped, whether anybody is still in
the code: then its memory stays, instead of vanishing under a running process, until a later purge finds that
nobody is in it any more.

Literals of purged code go when no process refers to them any more (process/release.pxd); so there is never
an area that processes must be asked to let go of, and erts_literal_area_collector has nothing to do.

Read next: code/loader.pxd; erts_code_purger and code_server of OTP for the callers.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy
from enigma.term.am cimport *
from enigma.term.atom cimport Atom, atom_from_cstr, atom_get
from enigma.term.bits cimport binary_bytes, binary_from_bytes, bits_sub
from enigma.term.boxed cimport *
from enigma.term.core cimport *
from enigma.term.external cimport external_decode, external_set_context
from enigma.code.loader cimport *
from enigma.code.module cimport *
from enigma.code.reader cimport BeamFile, beam_chunk, beam_free, beam_read
from enigma.emulator.exception cimport log_error_term
from enigma.process.barrier cimport barrier_new, barrier_over
from enigma.process.lifecycle cimport magic_ref_new, process_list, process_lock, process_unlock
from enigma.process.release cimport literals_retire
from enigma.process.scheduler cimport scheduler_current, world_resume, world_stop
from enigma.process.signal cimport SIG_RESUME, signal_new, signal_send
from enigma.process.watch cimport watch_hooks
from enigma.bif.build cimport characters, prepend, tuple2
from enigma.bif.errors cimport *

cdef extern from "unistd.h" nogil:
    int access(const char* path, int mode)

cdef enum:
    PREPARED = 0x434F4445           # type of the magic reference: "CODE"
    BYTES_PER_REDUCTION = 100       # loading: some 20 microseconds for 4 KB

cdef Term atom_native_addresses = atom_from_cstr(b"native_addresses")

cdef struct Prepared:
    Magic magic                     # must be first
    CodeTables* code
    ModuleInstance* instance        # NULL once it has been loaded
    Term name
    bint on_load


# Breakpoints do not outlive the code they stand in; trace_pattern(on_load, ...) sets some in new code.
cdef void traces_leave(VM* vm, Module* m) noexcept nogil:
    if vm.trace != NULL and m.current != NULL:
        world_stop(vm, scheduler_current())
        watch_hooks().code_leaves(vm, m)
        world_resume(vm, scheduler_current())


cdef void traces_come(VM* vm, Module* m) noexcept nogil:
    if vm.trace != NULL:
        world_stop(vm, scheduler_current())
        watch_hooks().code_came(vm, m)
        world_resume(vm, scheduler_current())


cdef void prepared_free(Magic* m) noexcept nogil:
    cdef Prepared* prepared = <Prepared*>m
    if prepared.instance != NULL:
        code_discard(prepared.code, prepared.instance)
    free(prepared)


cdef Prepared* prepared_of(Term t) noexcept nogil:
    if not term_is_magic_ref(t) or magic_of(t).type != PREPARED:
        return NULL
    return <Prepared*>magic_of(t)


# --- barriers -----------------------------------------------------------------------------------------------
# What changes the code for everybody waits at a barrier first: who was spawned before begins in what was current then. Loading
# asks this of the caller's own scheduler; what is deleted goes when all have ended the turns that they are in.
cdef enum:
    AT_BARRIER = 1                  # Process.moved_from
    PASSED = 2

# False: the change has to be put off.
cdef bint others_had_turns(Process* p, bint all_) noexcept nogil:
    if p.moved_from == PASSED or not barrier_new(p, all_):
        return True
    p.moved_from = AT_BARRIER
    p.freason = TRAP_WAIT
    return False


# --- loading ---------------------------------------------------------------------------------------------

cdef void report(Process* p, Term module, const char* error) noexcept nogil:
    """Tells the logger why a module does not load. Allocates."""
    cdef char text[700]
    cdef Atom* a = atom_get(module)
    cdef Term list_
    snprintf(text, sizeof(text), b"Error loading module %.*s:\n  %s\n\n", <int>min(a.length, 300), <char*>a.name, error)
    list_ = prepend(p, characters(p, text), nil())
    if list_ != 0:
        log_error_term(p, b"~s~n", list_)


cdef Term prepare_loading_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef const uint8_t* data
    cdef size_t size
    cdef uint8_t* temp = NULL
    cdef Term reason = 0
    cdef char error[300]
    cdef ModuleInstance* instance
    cdef Prepared* prepared
    cdef Term ref
    if not term_is_atom(args[0]) or not binary_bytes(args[1], &data, &size, &temp):
        return badarg(p)
    charge(p, <int64_t>(size // BYTES_PER_REDUCTION))
    external_set_context(p.vm.code)
    instance = code_prepare(p.vm.code, args[0], data, size, &reason, error, sizeof(error))
    free(temp)
    if instance == NULL:
        report(p, args[0], error)
        return tuple2(p, AM_error, reason)
    prepared = <Prepared*>calloc(1, sizeof(Prepared))
    if prepared == NULL:
        code_discard(p.vm.code, instance)
        return fail(p, EXC_SYSTEM_LIMIT)
    prepared.magic.destructor = prepared_free
    prepared.magic.type = PREPARED
    prepared.code = p.vm.code
    prepared.instance = instance
    prepared.name = args[0]
    prepared.on_load = instance.on_load != NULL
    ref = magic_ref_new(p.vm, proc_heap(p), prepared)
    if ref == 0:
        prepared_free(&prepared.magic)
        return fail(p, EXC_SYSTEM_LIMIT)
    return ref


cdef Term has_prepared_code_on_load_1(void* proc, Term* args) noexcept nogil:
    cdef Prepared* prepared = prepared_of(args[0])
    if prepared == NULL or prepared.instance == NULL:
        return badarg(<Process*>proc)
    return AM_true if prepared.on_load else AM_false


cdef Term finish_loading(Process* p, Term* args) noexcept nogil:
    """ok, {not_purged, Modules}, {on_load, [Module]} or {duplicated, Modules}."""
    cdef Term list_ = args[0]
    cdef Term result, names
    cdef size_t n = 0
    cdef size_t i, k
    cdef bint on_load = False
    cdef ModuleInstance** instances
    cdef Prepared** prepared
    cdef Prepared* one
    while term_is_list(list_):
        one = prepared_of(list_head(list_))
        if one == NULL or one.instance == NULL:
            return badarg(p)
        on_load = on_load or one.on_load
        n += 1
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return badarg(p)
    if n > 1 and on_load:
        return fail(p, EXC_SYSTEM_LIMIT)
    if n == 0:
        return AM_ok
    if not others_had_turns(p, False):
        return 0
    instances = <ModuleInstance**>malloc(n * sizeof(void*))
    prepared = <Prepared**>malloc(n * sizeof(void*))
    if instances == NULL or prepared == NULL:
        free(instances)
        free(prepared)
        return fail(p, EXC_SYSTEM_LIMIT)
    list_ = args[0]
    for i in range(n):
        prepared[i] = prepared_of(list_head(list_))
        instances[i] = prepared[i].instance
        list_ = list_tail(list_)
    charge(p, <int64_t>n * 10)
    names = nil()
    for i in range(n):
        for k in range(i):
            if prepared[k].name == prepared[i].name:
                names = prepend(p, prepared[i].name, names)
                break
    if names != nil():
        result = tuple2(p, AM_duplicated, names) if names != 0 else 0
    else:
        for i in range(n):
            if instances[i].on_load == NULL and instances[i].module.old == NULL:
                traces_leave(p.vm, instances[i].module)
        result = code_finish(p.vm.code, instances, n)
        for i in range(n):
            if instances[i].module.current == instances[i]:
                traces_come(p.vm, instances[i].module)
        if result == AM_not_purged or result == AM_on_load:
            for i in range(n):
                if result == AM_on_load or instances[i].module.on_load_pending != NULL \
                        or (instances[i].module.current != NULL and instances[i].module.old != NULL):
                    names = prepend(p, prepared[i].name, names)
        if result == AM_ok or result == AM_on_load:
            for i in range(n):
                prepared[i].instance = NULL
        if result == AM_system_limit:
            result = fail(p, EXC_SYSTEM_LIMIT)
        elif result != AM_ok:
            result = tuple2(p, result, names) if names != 0 else 0
    free(instances)
    free(prepared)
    return result


cdef Term call_on_load_function_1(void* proc, Term* args) noexcept nogil:
    """Goes on in the pending on_load function, through an export that no table lists."""
    cdef Process* p = <Process*>proc
    cdef Module* m
    cdef Export* e
    if not term_is_atom(args[0]):
        return badarg(p)
    m = module_find(p.vm.code, args[0])
    if m == NULL or m.on_load_pending == NULL or m.on_load_pending.on_load == NULL:
        return badarg(p)
    e = m.on_load_export
    if e == NULL:
        e = <Export*>calloc(1, sizeof(Export))
        if e == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        e.module = m.name
        e.function = AM_on_load
        m.on_load_export = e
    e.address = m.on_load_pending.on_load
    return trap0(p, e)


cdef Term finish_after_on_load(Process* p, Term* args) noexcept nogil:
    cdef Module* m
    if (args[1] != AM_true and args[1] != AM_false) or not term_is_atom(args[0]):
        return badarg(p)
    m = module_find(p.vm.code, args[0])
    if m != NULL and args[1] == AM_true and m.old == NULL:
        traces_leave(p.vm, m)
    if m == NULL or not code_finish_on_load(p.vm.code, m, args[1] == AM_true):
        return badarg(p)
    if args[1] == AM_true:
        traces_come(p.vm, m)
    return AM_true


cdef Term delete_module(Process* p, Term* args) noexcept nogil:
    cdef Module* m
    cdef char text[400]
    cdef Atom* a
    cdef Term list_
    if not term_is_atom(args[0]):
        return badarg(p)
    m = module_find(p.vm.code, args[0])
    if m == NULL or not m.flags & MODULE_SEEN:
        return AM_undefined
    if m.old != NULL:
        a = atom_get(args[0])
        snprintf(text, sizeof(text), b"Module %.*s must be purged before deleting\n", <int>min(a.length, 300), <char*>a.name)
        list_ = prepend(p, characters(p, text), nil())
        if list_ != 0:
            log_error_term(p, b"~s~n", list_)
        return badarg(p)
    if not others_had_turns(p, True):
        return 0
    traces_leave(p.vm, m)
    code_delete(p.vm.code, m)
    return AM_true


# --- purging ----------------------------------------------------------------------------------------------------

# Code that may go, if nobody is in it.
cdef struct Sought:
    ModuleInstance* instance
    bint used


cdef bint process_uses_instance(Process* p, ModuleInstance* instance) noexcept nogil:
    cdef Sought one
    one.instance = instance
    one.used = False
    process_uses(p, &one, 1)
    return one.used


cdef inline void note_address(Sought* sought, size_t n, word* address) noexcept nogil:
    cdef size_t i
    for i in range(n):
        if instance_contains(sought[i].instance, address):
            sought[i].used = True


cdef void process_uses(Process* p, Sought* sought, size_t n) noexcept nogil:
    """Marks those of the instances that the process is in or returns to."""
    cdef Term* at = p.mem.heap.end
    cdef Term w
    note_address(sought, n, p.ip)
    while at < p.mem.block_end:
        w = at[0]
        if w != 0 and term_is_header(w):            # on a stack: a return address
            # The address behind the last call of a function may be the next function's, or the end.
            note_address(sought, n, <word*>w - 1)
        elif term_is_catch(w):
            note_address(sought, n, catch_handler(w))
        at += 1


cdef Term process_check_code(Process* p, Term module) noexcept nogil:
    cdef ModuleInstance* instance = code_old_instance(p.vm.code, module)
    if instance == NULL or not process_uses_instance(p, instance):
        return AM_false
    return AM_true


cdef Term check_process_code_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if not term_is_atom(args[0]):
        return badarg(p)
    charge(p, (p.mem.block_end - p.mem.heap.end) // 100)
    return process_check_code(p, args[0])


# Only OTP's handler of signals for processes that run dirty may ask this; here those answer for themselves.
cdef Term check_dirty_process_code_2(void* proc, Term* args) noexcept nogil:
    return fail(<Process*>proc, EXC_NOTSUP)


cdef bint look_for_users(VM* vm, Sought* sought, size_t n) noexcept nogil:
    """With the world stopped. False: no memory to find out."""
    cdef size_t count = process_list(vm, NULL, 0)
    cdef size_t i, k
    cdef Term* pids
    cdef Process* q
    pids = <Term*>malloc((count + 64) * sizeof(Term))
    if pids == NULL:
        return False
    i = process_list(vm, pids, count + 64)
    count = i if i < count + 64 else count + 64
    for i in range(count):
        q = process_lock(vm, pids[i])
        if q == NULL:
            continue
        process_uses(q, sought, n)
        for k in range(n):
            if instance_contains(sought[k].instance, q.current_function):
                q.current_function = NULL
        process_unlock(q)
    free(pids)
    return True


cdef void retire(VM* vm, ModuleInstance* instance) noexcept nogil:
    """With the world stopped: frees the code just purged, and all purged before it that nobody is in any more.
    Their literals go when no process refers to them."""
    cdef CodeTables* code = vm.code
    cdef ModuleInstance* waiting = code.retired
    cdef ModuleInstance* next_
    cdef Sought* sought
    cdef size_t n = 1
    cdef size_t i
    while waiting != NULL:
        n += 1
        waiting = waiting.next_retired
    sought = <Sought*>malloc(n * sizeof(Sought))
    if sought == NULL:
        code_retire(code, instance, True)
        return
    instance.next_retired = code.retired
    next_ = instance
    for i in range(n):
        sought[i].instance = next_
        sought[i].used = False
        next_ = next_.next_retired
    if look_for_users(vm, sought, n):
        code.retired = NULL
        for i in range(n):
            instance = sought[i].instance
            if not sought[i].used:
                literals_retire(vm, instance.literals)
                instance.literals = NULL
            code_retire(code, instance, sought[i].used)
    else:
        code.retired = instance
    free(sought)


# Who has called a fun of the code meanwhile goes on, and finds the fun gone, replaced or still there.
cdef void resume_callers(Process* p) noexcept nogil:
    cdef size_t count = 0, i
    cdef Term* pids = code_purge_waiting(p.vm.code, &count)
    for i in range(count):
        signal_send(p.vm, pids[i], signal_new(SIG_RESUME, p.id))
    free(pids)


cdef Term purge_module(Process* p, Term* args) noexcept nogil:
    cdef Term op = args[1]
    cdef bint busy = False
    cdef ModuleInstance* instance
    if not term_is_atom(args[0]):
        return badarg(p)
    if op == AM_prepare or op == AM_prepare_on_load:
        if code_purge_prepare(p.vm.code, args[0], op == AM_prepare_on_load, p.id, &busy):
            return AM_true
        return badarg(p) if busy else AM_false
    if op == AM_abort:
        if not code_purge_abort(p.vm.code, args[0]):
            return badarg(p)
        resume_callers(p)
        return AM_false
    if op != AM_complete:
        return badarg(p)
    instance = code_purge_take(p.vm.code, args[0])
    if instance == NULL:
        return AM_false
    world_stop(p.vm, scheduler_current())
    retire(p.vm, instance)
    world_resume(p.vm, scheduler_current())
    resume_callers(p)
    return AM_true


cdef Term release_area_switch_0(void* proc, Term* args) noexcept nogil:
    return AM_false


# There is no area being released, so nobody can be asked to let go of one.
cdef Term send_copy_request_3(void* proc, Term* args) noexcept nogil:
    return badarg(<Process*>proc)


# --- one change at a time --------------------------------------------------------------------------------------

# Set while some process changes what code there is: others try again in their next turn. One for the whole host
# process, held for one call, while which the world may be stopped; taken and given back as a spin lock, never waited for.
cdef uint32_t changing = 0


cdef Term alone(Process* p, Term* args, Term (*change)(Process*, Term*) noexcept nogil) noexcept nogil:
    cdef Term result
    if p.moved_from == AT_BARRIER:
        if not barrier_over(p):
            p.freason = TRAP_WAIT
            return 0
        p.moved_from = PASSED
    if not en_spin_trylock(&changing):
        return yield_again(p)
    result = change(p, args)
    en_spin_unlock(&changing)
    if p.moved_from == PASSED:
        p.moved_from = 0
    return result


cdef Term finish_loading_1(void* proc, Term* args) noexcept nogil:
    return alone(<Process*>proc, args, finish_loading)


cdef Term finish_after_on_load_2(void* proc, Term* args) noexcept nogil:
    return alone(<Process*>proc, args, finish_after_on_load)


cdef Term delete_module_1(void* proc, Term* args) noexcept nogil:
    return alone(<Process*>proc, args, delete_module)


cdef Term purge_module_2(void* proc, Term* args) noexcept nogil:
    return alone(<Process*>proc, args, purge_module)


# --- questions ----------------------------------------------------------------------------------------------------

cdef Term module_loaded_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Module* m
    if not term_is_atom(args[0]):
        return badarg(p)
    m = module_find(p.vm.code, args[0])
    return AM_true if m != NULL and m.current != NULL else AM_false


cdef Term check_old_code_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Module* m
    if not term_is_atom(args[0]):
        return badarg(p)
    m = module_find(p.vm.code, args[0])
    return AM_true if m != NULL and m.old != NULL else AM_false


cdef Term pre_loaded_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Module* m = p.vm.code.all_modules
    cdef Term list_ = nil()
    while m != NULL and list_ != 0:
        if m.flags & MODULE_PRELOADED:
            list_ = prepend(p, m.name, list_)
        m = m.next_all
    return list_


cdef Term loaded_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Module* m = p.vm.code.all_modules
    cdef Term list_ = nil()
    while m != NULL and list_ != 0:
        if m.current != NULL or m.old != NULL:
            list_ = prepend(p, m.name, list_)
        m = m.next_all
    return list_


cdef Term function_exported_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Export* e
    if not term_is_atom(args[0]) or not term_is_atom(args[1]) or not term_is_small(args[2]):
        return badarg(p)
    if small_value(args[2]) < 0 or small_value(args[2]) > MAX_ARITY:
        return AM_false
    e = export_find(p.vm.code, args[0], args[1], <uint32_t>small_value(args[2]))
    return AM_true if e != NULL and export_is_loaded(e) else AM_false


cdef Term decoded(Process* p, uint8_t* data, size_t size) noexcept nogil:
    """A chunk in external format; [] if it is empty or damaged."""
    cdef Term reason = 0
    cdef Term t
    cdef size_t used = 0
    if size == 0:
        return nil()
    external_set_context(p.vm.code)
    t = external_decode(proc_heap(p), data, size, 0, True, &used, &reason)
    return t if t != 0 else nil()


cdef Term name_and_arity(Process* p, Term name, uint32_t arity, Term list_) noexcept nogil:
    return prepend(p, tuple2(p, name, make_small(arity)), list_)


cdef Term module_item(Process* p, ModuleInstance* instance, Term item) noexcept nogil:
    """One item of module_info; badarg if there is no such item."""
    cdef Term list_ = nil()
    cdef uint32_t i
    cdef FunctionInfo* f
    cdef BifEntry* bif
    if item == AM_module:
        return instance.module.name
    if item == AM_md5:
        return binary_from_bytes(proc_heap(p), instance.md5, 16)
    if item == AM_native:
        return AM_false
    if item == atom_native_addresses:
        return list_                        # there is no native code
    if item == AM_exports:
        for i in range(instance.export_count):
            list_ = name_and_arity(p, instance.exports[i].export.function, instance.exports[i].export.arity, list_)
            if list_ == 0:
                return 0
        return list_
    if item == AM_functions or item == AM_nifs:
        i = instance.function_count
        while i > 0:
            i -= 1
            f = &instance.functions[i]
            if item == AM_nifs:
                bif = bif_find(instance.module.name, f.function, f.arity)
                if bif == NULL or not (bif.flags & BIF_NIF) or not instance.nif_loaded:
                    continue
            list_ = name_and_arity(p, f.function, f.arity, list_)
            if list_ == 0:
                return 0
        return list_
    if item == AM_attributes:
        return decoded(p, instance.attributes, instance.attributes_size)
    if item == AM_compile:
        return decoded(p, instance.compile_info, instance.compile_size)
    return badarg(p)


cdef Term get_module_info_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Module* m
    if not term_is_atom(args[0]) or not term_is_atom(args[1]):
        return badarg(p)
    m = module_find(p.vm.code, args[0])
    if m == NULL or m.current == NULL:
        return badarg(p)
    return module_item(p, m.current, args[1])


cdef Term get_module_info_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Module* m
    cdef Term* items = [AM_md5, AM_compile, AM_attributes, AM_exports, AM_module]
    cdef Term list_ = nil()
    cdef Term item
    cdef int i
    if not term_is_atom(args[0]):
        return badarg(p)
    m = module_find(p.vm.code, args[0])
    if m == NULL or m.current == NULL:
        return badarg(p)
    for i in range(5):
        item = module_item(p, m.current, items[i])
        if item == 0:
            return 0
        list_ = prepend(p, tuple2(p, items[i], item), list_)
        if list_ == 0:
            return 0
    return list_


# --- files ----------------------------------------------------------------------------------------------------------

cdef Term beamfile_chunk_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef const uint8_t* data
    cdef const uint8_t* chunk
    cdef size_t size, chunk_size
    cdef uint8_t* temp = NULL
    cdef char name[4]
    cdef Term list_ = args[1]
    cdef Term result = AM_undefined
    cdef int i
    for i in range(4):
        if not term_is_list(list_) or not term_is_small(list_head(list_)) or <uint64_t>small_value(list_head(list_)) > 255:
            return badarg(p)
        name[i] = <char>small_value(list_head(list_))
        list_ = list_tail(list_)
    if not term_is_nil(list_) or not binary_bytes(args[0], &data, &size, &temp):
        return badarg(p)
    if beam_chunk(data, size, name, &chunk, &chunk_size) and chunk_size > 0:
        result = bits_sub(proc_heap(p), args[0], <word>(chunk - data) * 8, <word>chunk_size * 8)
        if result == 0:
            result = fail(p, EXC_SYSTEM_LIMIT)
    free(temp)
    return result


cdef Term beamfile_module_md5_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef const uint8_t* data
    cdef size_t size
    cdef uint8_t* temp = NULL
    cdef BeamFile file
    cdef Term result = AM_undefined
    if not binary_bytes(args[0], &data, &size, &temp):
        return badarg(p)
    charge(p, <int64_t>(size // BYTES_PER_REDUCTION))
    external_set_context(p.vm.code)
    if beam_read(data, size, &file):
        result = binary_from_bytes(proc_heap(p), file.md5, 16)
        beam_free(&file)
    free(temp)
    return result


# --- NIFs -------------------------------------------------------------------------------------------------------------

cdef Term nif_error(Process* p, Term kind, const char* text) noexcept nogil:
    cdef Term reason = characters(p, text)
    if reason == 0:
        return 0
    reason = tuple2(p, kind, reason)
    return tuple2(p, AM_error, reason) if reason != 0 else 0


cdef bint has_static_nifs(Term module) noexcept nogil:
    cdef size_t i
    for i in range(bif_count()):
        if bif_at(i).module_atom == module and bif_at(i).flags & BIF_NIF:
            return True
    return False


cdef size_t path_bytes(Term t, char* out, size_t size) noexcept nogil:
    """A file name (characters or a binary) as UTF-8; its length, 0 if it is none or too long."""
    cdef size_t n = 0
    cdef int64_t c
    cdef const uint8_t* data
    cdef size_t length
    cdef uint8_t* temp = NULL
    if binary_bytes(t, &data, &length, &temp):
        if length >= size:
            length = 0
        memcpy(out, data, length)
        free(temp)
        return length
    while term_is_list(t) and n + 5 < size:
        if not term_is_small(list_head(t)):
            return 0
        c = small_value(list_head(t))
        if c < 1 or c > 0x10FFFF:
            return 0
        if c < 0x80:
            out[n] = <char>c
            n += 1
        elif c < 0x800:
            out[n] = <char>(0xC0 | (c >> 6))
            out[n + 1] = <char>(0x80 | (c & 0x3F))
            n += 2
        elif c < 0x10000:
            out[n] = <char>(0xE0 | (c >> 12))
            out[n + 1] = <char>(0x80 | ((c >> 6) & 0x3F))
            out[n + 2] = <char>(0x80 | (c & 0x3F))
            n += 3
        else:
            out[n] = <char>(0xF0 | (c >> 18))
            out[n + 1] = <char>(0x80 | ((c >> 12) & 0x3F))
            out[n + 2] = <char>(0x80 | ((c >> 6) & 0x3F))
            out[n + 3] = <char>(0x80 | (c & 0x3F))
            n += 4
        t = list_tail(t)
    return n if term_is_nil(t) else 0


cdef Term load_nif_2(void* proc, Term* args) noexcept nogil:
    """The NIFs of the VM's own modules are BIFs already; libraries of other modules cannot be loaded."""
    cdef Process* p = <Process*>proc
    cdef ModuleInstance* instance = NULL
    cdef FunctionInfo* function = NULL
    cdef char path[1100]
    cdef char text[1400]
    cdef size_t n = path_bytes(args[0], path, 1000)
    if n == 0:
        return badarg(p)
    if p.ip == NULL or not code_locate(p.vm.code, p.ip, &instance, &function):
        return nif_error(p, AM_bad_lib, b"load_nif/2 must be explicitly called from the NIF module. "
                         b"It cannot be called through apply/3.")
    if instance == instance.module.old:
        return nif_error(p, AM_old_code, b"Calling load_nif from old module not allowed")
    if instance.nif_loaded:
        return nif_error(p, AM_reload, b"NIF library already loaded (reload disallowed since OTP 20).")
    if has_static_nifs(instance.module.name):
        instance.nif_loaded = True
        return AM_ok
    memcpy(path + n, b".so", 4)
    if access(path, 0) == 0:
        snprintf(text, sizeof(text), b"Failed to load NIF library: '%s: this runtime loads no NIF libraries'", path)
    else:
        snprintf(text, sizeof(text), b"Failed to load NIF library: '%s: cannot open shared object file: "
                 b"No such file or directory'", path)
    return nif_error(p, AM_load_failed, text)


# --- code coverage (OTP 27): not counted by this runtime -----------------------------------------------------------------

cdef Term coverage_support_0(void* proc, Term* args) noexcept nogil:
    return AM_false


cdef Term get_coverage_mode_0(void* proc, Term* args) noexcept nogil:
    return AM_none


cdef void register_all() noexcept nogil:
    bif_register(b"erts_internal", b"prepare_loading", 2, prepare_loading_2, BIF_HEAVY)
    bif_register(b"erlang", b"has_prepared_code_on_load", 1, has_prepared_code_on_load_1, 0)
    bif_register(b"erlang", b"finish_loading", 1, finish_loading_1, BIF_HEAVY)
    bif_register(b"erlang", b"call_on_load_function", 1, call_on_load_function_1, 0)
    bif_register(b"erlang", b"finish_after_on_load", 2, finish_after_on_load_2, 0)
    bif_register(b"erlang", b"delete_module", 1, delete_module_1, 0)
    bif_register(b"erts_internal", b"check_process_code", 1, check_process_code_1, BIF_HEAVY)
    bif_register(b"erts_internal", b"check_dirty_process_code", 2, check_dirty_process_code_2, 0)
    bif_register(b"erts_internal", b"purge_module", 2, purge_module_2, BIF_HEAVY)
    bif_register(b"erts_literal_area_collector", b"release_area_switch", 0, release_area_switch_0, 0)
    bif_register(b"erts_literal_area_collector", b"send_copy_request", 3, send_copy_request_3, 0)
    bif_register(b"erlang", b"module_loaded", 1, module_loaded_1, 0)
    bif_register(b"erlang", b"check_old_code", 1, check_old_code_1, 0)
    bif_register(b"erlang", b"pre_loaded", 0, pre_loaded_0, 0)
    bif_register(b"erlang", b"loaded", 0, loaded_0, 0)
    bif_register(b"erlang", b"function_exported", 3, function_exported_3, 0)
    bif_register(b"erlang", b"get_module_info", 1, get_module_info_1, 0)
    bif_register(b"erlang", b"get_module_info", 2, get_module_info_2, 0)
    bif_register(b"erts_internal", b"beamfile_chunk", 2, beamfile_chunk_2, 0)
    bif_register(b"erts_internal", b"beamfile_module_md5", 1, beamfile_module_md5_1, BIF_HEAVY)
    bif_register(b"erlang", b"load_nif", 2, load_nif_2, 0)
    bif_register(b"code", b"coverage_support", 0, coverage_support_0, 0)
    bif_register(b"code", b"get_coverage_mode", 0, get_coverage_mode_0, 0)


register_all()

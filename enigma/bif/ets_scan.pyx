"""The natives of module `ets` that look through tables: select, match, match_object and their kin.

Scans run in slices: after SLICE objects they store their place in their own argument, fix the table and yield.

Read next: ets_access.pxd, match/spec.pxd.
"""
from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.boxed cimport *
from enigma.term.compare cimport term_equal, term_identical
from enigma.term.core cimport *
from enigma.term.text cimport TextBuffer, text_free, text_init
from enigma.memory.heap cimport term_copy
from enigma.code.module cimport bif_register
from enigma.match.spec cimport *
from enigma.process.settings cimport VMSettings
from enigma.process.lifecycle cimport magic_ref_new
from enigma.ets.table cimport *
from enigma.trace.act cimport trace_act
from enigma.bif.build cimport *
from enigma.bif.errors cimport *
from enigma.bif.ets_access cimport *

cdef enum:
    SLICE = 1000             # objects looked at before a scan yields
    TYPE_PROGRAM = 0x6d736370    # 'mscp': a compiled match specification behind a reference

cdef Term atom_table_type = atom_from_cstr(b"table_type")


# --- scans: select, match, match_object and their kin ---------------------------------------------------------------------
cdef enum:
    MODE_SELECT = 0
    MODE_COUNT = 1
    MODE_DELETE = 2
    MODE_REPLACE = 3

# A compiled specification behind a reference: in continuations and from match_spec_compile.
cdef struct Program:
    Magic magic              # must be first
    MatchProgram* code
    Term sliced              # the pid of a process that will go on with a scan between slices; 0: none


cdef void program_destroy(Magic* m) noexcept nogil:
    match_free((<Program*>m).code)
    free(m)


cdef Term program_reference(Process* p, MatchProgram* code) noexcept nogil:    # takes the code
    cdef Program* program = <Program*>calloc(1, sizeof(Program))
    cdef Term ref
    if program == NULL:
        match_free(code)
        return fail(p, EXC_SYSTEM_LIMIT)
    program.magic.destructor = program_destroy
    program.magic.type = TYPE_PROGRAM
    program.code = code
    ref = magic_ref_new(p.vm, proc_heap(p), program)
    if ref == 0:
        program_destroy(&program.magic)
        return fail(p, EXC_SYSTEM_LIMIT)
    return ref


cdef inline Program* program_of(Term t) noexcept nogil:
    if term_is_magic_ref(t) and magic_of(t).type == TYPE_PROGRAM:
        return <Program*>magic_of(t)
    return NULL


# A scan's state between slices and between calls, as a tuple that programs carry around:
#   hash     {Table, Slot, Chunk, Program, Results, Count}
#   ordered  {Table, LastKey, [], Chunk, Program, Results, Reverse, Count}
# Slot is the first bucket not looked at, LastKey the last key that was. Chunk is 0 for a scan without limit.
cdef struct Scan:
    Table* table
    MatchProgram* code
    Term id, program, results, last
    int64_t chunk, count
    bint reverse, started
    size_t slot


cdef Term scan_tuple(Process* p, Scan* s) noexcept nogil:
    cdef Term* to
    if s.table.type == TABLE_ORDERED:
        to = proc_alloc(p, 9)
        if to == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        to[0] = make_header(T_TUPLE, 8)
        to[1] = s.id
        to[2] = s.last
        to[3] = nil()
        to[4] = make_small(s.chunk)
        to[5] = s.program
        to[6] = s.results
        to[7] = make_small(1 if s.reverse else 0)
        to[8] = make_small(s.count)
    else:
        to = proc_alloc(p, 7)
        if to == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        to[0] = make_header(T_TUPLE, 6)
        to[1] = s.id
        to[2] = make_small(<int64_t>s.slot)
        to[3] = make_small(s.chunk)
        to[4] = s.program
        to[5] = s.results
        to[6] = make_small(s.count)
    return make_boxed(to)


cdef bint scan_from_tuple(Term t, Scan* s) noexcept nogil:
    cdef Term* e
    cdef int64_t n
    if term_is_tuple_of(t, 8):
        e = tuple_elements(t)
        if not (term_is_small(e[3]) and term_is_small(e[6]) and term_is_small(e[7])) or program_of(e[4]) == NULL:
            return False
        s.id = e[0]
        s.last = e[1]
        s.slot = 0
        s.chunk = small_value(e[3])
        s.program = e[4]
        s.results = e[5]
        s.reverse = e[6] != make_small(0)
        s.count = small_value(e[7])
        s.started = True
    elif term_is_tuple_of(t, 6):
        e = tuple_elements(t)
        if not (term_is_small(e[1]) and term_is_small(e[2]) and term_is_small(e[5])) or program_of(e[3]) == NULL \
                or small_value(e[1]) < -1:
            return False
        s.id = e[0]
        s.last = AM_end_of_table
        s.slot = <size_t>small_value(e[1])
        s.started = s.slot > 0
        s.chunk = small_value(e[2])
        s.program = e[3]
        s.results = e[4]
        s.count = small_value(e[5])
        s.reverse = False
    else:
        return False
    s.code = program_of(s.program).code
    t = s.results                # of a chunk, what it left over; it came from a program and may be anything
    n = s.count if s.chunk > 0 else 0
    while n > 0 and term_is_list(t):
        t = list_tail(t)
        n -= 1
    return s.chunk >= 0 and n == 0


# Is it the state that this process left between two slices, and not one that the program got hold of?
cdef bint goes_on(Process* p, Term t) noexcept nogil:
    cdef Program* program = NULL
    if term_is_tuple_of(t, 3):
        return sweeps(tuple_elements(t)[0])
    if term_is_tuple_of(t, 6):
        program = program_of(tuple_elements(t)[3])
    elif term_is_tuple_of(t, 8):
        program = program_of(tuple_elements(t)[4])
    return program != NULL and program.sliced == p.id


# The same, of a scan; the state is taken.
cdef bint scan_resume(Process* p, Term t, Scan* s) noexcept nogil:
    if term_is_tuple_of(t, 3) or not goes_on(p, t) or not scan_from_tuple(t, s):
        return False
    program_of(s.program).sliced = 0
    return True


# What a match means in this mode. False: an exception is set.
cdef bint take_match(Process* p, Scan* s, Object* o, Term value, int mode) noexcept nogil:
    cdef Term copied
    cdef Term* cell
    cdef Object* replacement
    cdef Table* t = s.table
    if mode == MODE_SELECT:
        copied = term_copy(proc_heap(p), value, False)
        cell = proc_alloc(p, 2)
        if copied == 0 or cell == NULL:
            fail(p, EXC_SYSTEM_LIMIT)
            return False
        s.results = cons(cell, copied, s.results)
        s.count += 1
    elif value == AM_true or mode == MODE_REPLACE:
        if mode == MODE_DELETE:
            t.backend.remove(t, o)
        elif mode == MODE_REPLACE:
            if not storable(t, value) or not (
                    term_equal(tuple_elements(value)[t.position - 1], object_key(t, o)) if t.type == TABLE_ORDERED
                    else term_identical(tuple_elements(value)[t.position - 1], object_key(t, o))):
                badarg(p)
                return False
            replacement = object_new(value)
            if replacement == NULL:
                fail(p, EXC_SYSTEM_LIMIT)
                return False
            if t.type == TABLE_BAG or t.type == TABLE_DUPLICATE_BAG:
                t.backend.remove(t, o)
            if t.backend.insert(t, replacement) < 0:
                object_free(replacement)
                fail(p, EXC_SYSTEM_LIMIT)
                return False
        s.count += 1
    return True


cdef size_t NO_SLOT = <size_t>-1     # behind the last bucket; -1 in a continuation
cdef enum:
    SCAN_END = 0             # the table is exhausted
    SCAN_FULL = 1            # `chunk` results are there
    SCAN_SLICE = 2           # a slice is done
    SCAN_ERROR = 3


# What the keys of objects that can match have in common.
cdef enum:
    MOST_KEYS = 16           # of several clauses that are looked up one by one
    REACH_NONE = 0           # nothing matches
    REACH_KEYS = 1           # they are among `keys`
    REACH_PART = 2           # they lie in a part of an ordered table
    REACH_ALL = 3

cdef struct Reach:
    MatchProgram* code
    uint32_t position
    uint32_t count           # of keys
    Term keys[MOST_KEYS]     # in the program


cdef int reach_of(Table* t, MatchProgram* code, Reach* reach) noexcept nogil:
    cdef int kind, all_ = REACH_NONE
    cdef uint32_t i, k
    cdef Term key = 0
    reach.code = code
    reach.position = t.position
    reach.count = 0
    for i in range(match_clauses(code)):
        kind = match_key(code, i, t.position, &key)
        if kind == KEY_NEVER:
            continue
        if kind == KEY_ANY or kind == KEY_LIKE and t.type != TABLE_ORDERED:
            return REACH_ALL
        if all_ == REACH_NONE:
            all_ = REACH_KEYS
        if kind == KEY_LIKE:
            all_ = REACH_PART
        elif all_ == REACH_KEYS:
            k = 0
            while k < reach.count and not term_identical(reach.keys[k], key):
                k += 1
            if k == MOST_KEYS or k == 1 and t.type == TABLE_ORDERED:
                all_ = REACH_PART            # an ordered table gives them in their order
            elif k == reach.count:
                reach.keys[k] = key
                reach.count += 1
    return REACH_ALL if all_ == REACH_PART and t.type != TABLE_ORDERED else all_


# Below, within or above the part of an ordered table from the least to the greatest key that can match.
cdef int reach_order(void* data, Term key) noexcept nogil:
    cdef Reach* reach = <Reach*>data
    cdef Term pattern = 0
    cdef bint below = True, above = True
    cdef int order
    cdef uint32_t i
    for i in range(match_clauses(reach.code)):
        if match_key(reach.code, i, reach.position, &pattern) != KEY_NEVER:
            order = match_key_order(pattern, key)
            below = below and order < 0
            above = above and order > 0
            if not below and not above:
                return 0
    return -1 if below else 1


# Looks up the only keys that can match.
cdef int scan_keys(Process* p, Scan* s, Reach* reach, int mode) noexcept nogil:
    cdef Table* t = s.table
    cdef Object* o
    cdef Object* following
    cdef Term value
    cdef int64_t looked = 0
    cdef bint failed = False
    cdef uint32_t i
    for i in range(reach.count):
        o = t.backend.find(t, reach.keys[i])
        while o != NULL:
            looked += 1
            following = t.backend.same_key(t, o)
            value = match_run(s.code, p, object_tuple(o), &failed)
            if failed:
                fail(p, EXC_SYSTEM_LIMIT)
                return SCAN_ERROR
            if value and not take_match(p, s, o, value, mode):
                return SCAN_ERROR
            o = following
    charge(p, looked >> 1)
    s.slot = NO_SLOT
    return SCAN_END


# Runs one slice over the locked table.
cdef int scan_slice(Process* p, Scan* s, int mode) noexcept nogil:
    cdef Table* t = s.table
    cdef Cursor c
    cdef Reach reach
    cdef Object* o
    cdef Object* following
    cdef Object* end = NULL      # where the part that can match ends
    cdef Term value
    cdef int64_t looked = 0
    cdef int part = REACH_ALL
    cdef bint failed = False, ordered = t.type == TABLE_ORDERED, known
    cdef size_t bucket
    if s.chunk > 0 and s.count >= s.chunk:       # what the last chunk left over is enough
        return SCAN_END if s.slot == NO_SLOT else SCAN_FULL
    if ordered or not s.started:
        part = reach_of(t, s.code, &reach)
    if part == REACH_NONE or part == REACH_KEYS and not s.started:
        return scan_keys(p, s, &reach, mode)
    c.slot = s.slot
    c.object = NULL
    c.reverse = s.reverse
    if not ordered:
        o = t.backend.scan(t, &c)
    elif part != REACH_ALL:
        end = t.backend.last_below(t, reach_order, &reach, 0 if s.reverse else 1)
        if not s.reverse:
            end = t.backend.first(t) if end == NULL else end.next
        o = ordered_start(t, s, &reach)
    else:
        o = ordered_start(t, s, NULL)
    if ordered:
        c.object = o
        c.slot = 1
        if o == end:
            o = NULL
    bucket = c.slot
    while o != NULL:
        if looked >= SLICE or (s.chunk > 0 and s.count >= s.chunk):
            # a hash scan lets go only between buckets
            if ordered or c.slot != bucket:
                charge(p, looked >> 1)
                if not ordered:
                    s.slot = bucket
                s.started = True
                return SCAN_FULL if s.chunk > 0 and s.count >= s.chunk else SCAN_SLICE
        bucket = c.slot
        looked += 1
        value = match_run(s.code, p, object_tuple(o), &failed)
        if failed:
            fail(p, EXC_SYSTEM_LIMIT)
            return SCAN_ERROR
        if ordered:
            # needed only if the scan stops behind this object
            if looked >= SLICE or (s.chunk > 0 and s.count + 1 >= s.chunk):
                s.last = term_copy(proc_heap(p), object_key(t, o), False)
                if s.last == 0:
                    fail(p, EXC_SYSTEM_LIMIT)
                    return SCAN_ERROR
        following = t.backend.scan(t, &c)
        if following == end:
            following = NULL
        if value and not take_match(p, s, o, value, mode):
            return SCAN_ERROR
        o = following
    charge(p, looked >> 1)
    if ordered and s.chunk > 0 and s.count >= s.chunk:
        s.started = True         # whether more follows, the next call finds out
        return SCAN_FULL
    known = ordered              # a chunk that is full before the last bucket says nothing about the end
    if not ordered and s.chunk > 0 and s.count >= s.chunk and looked > 0:
        t.backend.slot(t, bucket, &known)
        if not known:
            s.slot = bucket
            s.started = True
            return SCAN_FULL
    s.slot = NO_SLOT
    return SCAN_END


# The object of an ordered table at which a slice begins; of those within `reach`, if that is not NULL.
cdef Object* ordered_start(Table* t, Scan* s, Reach* reach) noexcept nogil:
    cdef Object* o
    cdef bint known
    if s.started:
        o = t.backend.previous_key(t, s.last, &known) if s.reverse else t.backend.next_key(t, s.last, &known)
        if o != NULL and reach != NULL and reach_order(reach, object_key(t, o)) == (-1 if s.reverse else 1):
            return NULL          # beyond its end, in a state that a program has made
        return o
    if reach == NULL:
        return t.backend.last(t) if s.reverse else t.backend.first(t)
    o = t.backend.last_below(t, reach_order, reach, 1 if s.reverse else 0)
    if s.reverse:
        return o
    return t.backend.first(t) if o == NULL else o.next


# Starts a scan, goes on with it between slices (`sliced`) or with a continuation. `state_slot` is the argument that
# holds the scan between slices; meanwhile the table is fixed.
cdef Term scan_run(Process* p, Term* args, int state_slot, Scan* s, int mode, bint sliced) noexcept nogil:
    cdef bint write = mode == MODE_DELETE or mode == MODE_REPLACE
    cdef Table* t = enter(p, s.id, WRITE if write else READ)
    cdef bint fixed = sliced
    cdef int outcome
    cdef Term state, result, mark
    if t == NULL:
        if p.freason != TRAP_YIELD:
            scan_abandon(p, s, sliced)
        elif sliced:
            program_of(s.program).sliced = p.id
        return 0
    if term_is_tuple(args[state_slot]) and s.started and (t.type == TABLE_ORDERED) != term_is_tuple_of(args[state_slot], 8):
        leave(t)                 # a state of another kind of table: its name was given away
        return badarg(p)
    s.table = t
    if write and not fixed:              # removing must not move buckets under the scan
        fixed = table_fix(t, p.id)
        if not fixed:
            leave(t)
            return fail(p, EXC_SYSTEM_LIMIT)
    outcome = scan_slice(p, s, mode)
    if outcome == SCAN_ERROR:
        leave_scan(p, t, fixed, write)
        return 0
    if outcome == SCAN_SLICE:
        if term_is_atom(s.id):
            s.id = table_reference(p, t)         # the table may get another name meanwhile
        state = scan_tuple(p, s) if s.id != 0 else 0
        if state != 0 and not fixed:     # before it is let go: nobody must move a bucket until the next slice
            fixed = table_fix(t, p.id)
            if not fixed:
                state = fail(p, EXC_SYSTEM_LIMIT)
        if state == 0:
            leave_scan(p, t, fixed, write)
            return 0
        leave(t)
        program_of(s.program).sliced = p.id
        args[state_slot] = state
        return yield_again(p)
    result = 0
    if mode != MODE_SELECT:
        result = make_small(s.count)
    elif s.chunk == 0:
        result = s.results
    elif outcome == SCAN_END and s.count == 0:
        result = AM_end_of_table
    elif outcome == SCAN_END and (t.type == TABLE_ORDERED or s.count <= s.chunk):
        result = tuple2(p, chunk_results(p, s), AM_end_of_table)
    else:
        s.started = True
        if t.type == TABLE_ORDERED and t.flags & TABLE_NAMED:
            s.id = t.name        # of those a continuation keeps the name
        result = chunk_results(p, s)
        state = scan_tuple(p, s)
        result = tuple2(p, result, state) if result and state else 0
    if write:
        table_unfix(t, p.id, False)
        mark = sweep_mark(p, t)
        leave(t)
        state = tuple3(p, mark, s.id, result) if mark != 0 else 0
        if state == 0:
            return result
        args[state_slot] = state
        return yield_again(p)
    leave_scan(p, t, fixed, write)
    return result


# Takes the results of a full chunk. An ordered table's were gathered backwards; of a hash table's, a bucket may
# have brought more than a chunk: the first that came are given out, the rest stays.
cdef Term chunk_results(Process* p, Scan* s) noexcept nogil:
    cdef Term given = s.results, rest = nil()
    cdef int64_t left = s.count - s.chunk
    s.results = nil()
    s.count = 0
    if s.table.type == TABLE_ORDERED:
        return reversed_list(p, given)
    if left > 0:
        s.count = left
        while left > 0:
            rest = prepend(p, list_head(given), rest)
            given = list_tail(given)
            left -= 1
        s.results = reversed_list(p, rest)
        if s.results == 0:
            return 0
    return given


# Between the slices of one call the table stays fixed for this process. This is the end of it.
cdef void leave_scan(Process* p, Table* t, bint fixed, bint write) noexcept nogil:
    if fixed and write:
        table_unfix(t, p.id, False)
    elif fixed:
        en_add64(&t.magic.refc, 1)
        table_unlock(t)
        table_write(t)
        table_unfix(t, p.id, False)
        table_unlock(t)
        table_release(t)
        return
    leave(t)


# The same, of a scan that cannot go on.
cdef void scan_abandon(Process* p, Scan* s, bint fixed) noexcept nogil:
    cdef Table* t = table_lock(p.vm, s.id, True) if fixed else NULL
    if t != NULL:
        table_unfix(t, p.id, False)
        leave(t)


# A new scan of args[0]; `code` is taken over.
cdef Term scan_start(Process* p, Term* args, MatchProgram* code, int64_t chunk, bint reverse, int mode) noexcept nogil:
    cdef Scan s
    cdef Table* t
    s.program = program_reference(p, code)
    if s.program == 0:
        return 0
    t = table_get(p.vm, args[0])
    if t == NULL:
        return no_table(p, args[0])
    s.id = args[0]
    if chunk > 0 and term_is_atom(args[0]) and t.type != TABLE_ORDERED:
        s.id = table_reference(p, t)     # a hash table's continuation outlives a change of name
        if s.id == 0:
            table_release(t)
            return 0
    # results are consed: an ordered table is walked from its end, unless a limit makes chunks of it
    s.reverse = t.type == TABLE_ORDERED and ((chunk == 0) != reverse)
    table_release(t)
    s.code = code
    s.results = nil()
    s.last = AM_end_of_table
    s.chunk = chunk
    s.count = 0
    s.slot = 0
    s.started = False
    return scan_run(p, args, 1, &s, mode, False)


# A specification or limit is bad; what is wrong with the table comes first.
cdef Term refuse_scan(Process* p, Term* args, int mode, Term reason) noexcept nogil:
    cdef Table* t = enter(p, args[0], READ if mode <= MODE_COUNT else WRITE)
    if t == NULL:
        return 0
    leave(t)
    return fail_reason(p, reason)


# Does an expression visibly give what a pattern has matched, of whatever it was? `literal`: it stands for itself. Both
# are of a specification that compiles, which are not nested too deep.
cdef bint gives(Term pattern, Term expression, bint literal) noexcept nogil:
    cdef word i
    while term_is_list(expression):
        if not term_is_list(pattern) or not gives(list_head(pattern), list_head(expression), literal):
            return False
        pattern = list_tail(pattern)
        expression = list_tail(expression)
    if term_is_tuple(expression):
        if not literal:
            if term_is_tuple_of(expression, 2) and tuple_elements(expression)[0] == AM_const:
                return gives(pattern, tuple_elements(expression)[1], True)
            if not term_is_tuple_of(expression, 1):
                return False
            expression = tuple_elements(expression)[0]
        if not term_is_tuple(expression) or not term_is_tuple_of(pattern, tuple_arity(expression)):
            return False
        for i in range(tuple_arity(expression)):
            if not gives(tuple_elements(pattern)[i], tuple_elements(expression)[i], literal):
                return False
        return True
    if match_is_variable(pattern):
        return pattern == expression and not literal
    if pattern == AM_underscore or pattern == AM_dollar_underscore or pattern == AM_dollar_dollar or term_is_map(pattern):
        return False             # a map matches larger ones
    return term_identical(pattern, expression)


# True if every clause of a compilable specification visibly gives an object of the key that it matched: $_, or a
# tuple whose key is what the head says of the key, or {element, Position, $_}.
cdef bint keeps_keys(Term spec, word position) noexcept nogil:
    cdef Term head, body, key
    cdef bint literal
    while term_is_list(spec):
        head = tuple_elements(list_head(spec))[0]
        body = tuple_elements(list_head(spec))[2]
        spec = list_tail(spec)
        if not term_is_nil(list_tail(body)):
            return False
        body = list_head(body)
        if body == AM_dollar_underscore:
            continue
        literal = term_is_tuple_of(body, 2) and tuple_elements(body)[0] == AM_const
        if not literal and not term_is_tuple_of(body, 1) or not term_is_tuple(head):
            return False
        body = tuple_elements(body)[1 if literal else 0]
        if not term_is_tuple(body) or tuple_arity(head) < position or tuple_arity(body) < position:
            return False
        key = tuple_elements(body)[position - 1]
        if not literal and term_is_tuple_of(key, 3) and tuple_elements(key)[0] == AM_element \
                and tuple_elements(key)[1] == make_small(<int64_t>position) \
                and tuple_elements(key)[2] == AM_dollar_underscore:
            continue
        if not gives(tuple_elements(head)[position - 1], key, literal):
            return False
    return True


cdef inline int dialect_of(Process* p) noexcept nogil:
    return MATCH_TABLE | (MATCH_LATER if (<VMSettings*>p.vm.runtime).release_number >= 26 else 0)


cdef Term scan_spec(Process* p, Term* args, int64_t chunk, bint reverse, int mode) noexcept nogil:
    cdef Scan s
    cdef Table* t
    cdef Term reason
    cdef MatchProgram* code
    cdef bint good
    if scan_resume(p, args[1], &s):
        return scan_run(p, args, 1, &s, mode, True)
    if term_is_tuple_of(args[1], 3) and sweeps(tuple_elements(args[1])[0]):     # {Mark, Table, Result}
        return yield_again(p) if sweep_on(p, tuple_elements(args[1])[1]) else tuple_elements(args[1])[2]
    if chunk < 0:
        return refuse_scan(p, args, mode, AM_badarg)
    if term_is_nil(args[1]):             # no clauses: nothing matches
        t = enter(p, args[0], READ if mode <= MODE_COUNT else WRITE)
        if t == NULL:
            return 0
        leave(t)
        return make_small(0) if mode != MODE_SELECT else AM_end_of_table if chunk else nil()
    code = match_compile(args[1], dialect_of(p), &reason)
    if code == NULL:
        return refuse_scan(p, args, mode, reason)
    if mode == MODE_REPLACE:
        t = table_get(p.vm, args[0])
        if t != NULL:
            good = keeps_keys(args[1], t.position)
            table_release(t)
            if not good:
                match_free(code)
                return refuse_scan(p, args, mode, AM_badarg)
    return scan_start(p, args, code, chunk, reverse, mode)


cdef Term scan_pattern(Process* p, Term* args, int64_t chunk, bint bindings) noexcept nogil:
    cdef Scan s
    cdef Term reason
    cdef MatchProgram* code
    if scan_resume(p, args[1], &s):
        return scan_run(p, args, 1, &s, MODE_SELECT, True)
    if chunk < 0:
        return refuse_scan(p, args, MODE_SELECT, AM_badarg)
    code = match_compile_pattern(args[1], dialect_of(p), bindings, &reason)
    if code == NULL:
        return refuse_scan(p, args, MODE_SELECT, reason)
    return scan_start(p, args, code, chunk, False, MODE_SELECT)


cdef inline int64_t limit_of(Term t) noexcept nogil:      # -1: bad
    return small_value(t) if term_is_small(t) and small_value(t) > 0 else -1


cdef Term continue_scan(Process* p, Term* args) noexcept nogil:
    cdef Scan s
    cdef Table* t
    if args[0] == AM_end_of_table:
        return AM_end_of_table
    if scan_resume(p, args[0], &s):
        return scan_run(p, args, 0, &s, MODE_SELECT, True)
    if not term_is_tuple(args[0]) or tuple_arity(args[0]) == 0:
        return badarg(p)
    if not scan_from_tuple(args[0], &s) or s.chunk == 0:
        t = enter(p, tuple_elements(args[0])[0], READ)
        if t == NULL:
            return 0
        leave(t)
        return badarg(p)
    return scan_run(p, args, 0, &s, MODE_SELECT, False)


cdef Term select_1(void* proc, Term* args) noexcept nogil:
    return continue_scan(<Process*>proc, args)


cdef Term select_2(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, 0, False, MODE_SELECT)


cdef Term select_3(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, limit_of(args[2]), False, MODE_SELECT)


cdef Term select_reverse_2(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, 0, True, MODE_SELECT)


cdef Term select_reverse_3(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, limit_of(args[2]), True, MODE_SELECT)


cdef Term select_count_2(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, 0, False, MODE_COUNT)


cdef Term internal_select_delete_2(void* proc, Term* args) noexcept nogil:
    return scan_spec(<Process*>proc, args, 0, False, MODE_DELETE)


cdef Term select_replace_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Table* t
    cdef bint bag
    if not goes_on(p, args[1]):          # that is with the table it has begun with
        t = enter(p, args[0], WRITE)
        if t == NULL:
            return 0
        bag = t.type == TABLE_BAG
        leave(t)
        if bag:
            return badarg_cause(p, atom_table_type)
    return scan_spec(p, args, 0, False, MODE_REPLACE)


cdef Term match_2(void* proc, Term* args) noexcept nogil:
    return scan_pattern(<Process*>proc, args, 0, True)


cdef Term match_3(void* proc, Term* args) noexcept nogil:
    return scan_pattern(<Process*>proc, args, limit_of(args[2]), True)


cdef Term match_object_2(void* proc, Term* args) noexcept nogil:
    return scan_pattern(<Process*>proc, args, 0, False)


cdef Term match_object_3(void* proc, Term* args) noexcept nogil:
    return scan_pattern(<Process*>proc, args, limit_of(args[2]), False)


# --- compiled specifications ------------------------------------------------------------------------------------------------
cdef Term match_spec_compile_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason
    cdef MatchProgram* code = match_compile(args[0], dialect_of(p), &reason)
    if code == NULL:
        return fail_reason(p, reason)
    return program_reference(p, code)


cdef Term is_compiled_ms_1(void* proc, Term* args) noexcept nogil:
    return AM_true if program_of(args[0]) != NULL else AM_false


# match_spec_run_r(List, Compiled, Results): the results in reverse before Results.
cdef Term match_spec_run_r_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Program* program = program_of(args[1])
    cdef Term value, list_ = args[0], results = args[2]
    cdef bint failed = False
    cdef int64_t n = 0
    if program == NULL:
        return badarg(p)
    while term_is_list(list_):
        if n >= SLICE:
            args[0] = list_
            args[2] = results
            charge(p, n)
            return yield_again(p)
        value = match_run(program.code, p, list_head(list_), &failed)
        if value:
            value = term_copy(proc_heap(p), value, False)
            failed = value == 0
        if failed:
            return fail(p, EXC_SYSTEM_LIMIT)
        if value:
            results = prepend(p, value, results)
            if results == 0:
                return 0
        list_ = list_tail(list_)
        n += 1
    charge(p, n)
    return results if term_is_nil(list_) else badarg(p)


# [{error, String}] of messages with a NUL behind each.
cdef Term message_list(Process* p, TextBuffer* messages) noexcept nogil:
    cdef Term list_ = nil()
    cdef size_t i = messages.size, end
    while i > 0 and list_ != 0:
        end = i - 1
        i = end
        while i > 0 and messages.data[i - 1] != 0:
            i -= 1
        list_ = prepend(p, tuple2(p, AM_error, characters(p, <const char*>messages.data + i)), list_)
    return list_


# The arguments that a list stands for: what is at its end, if not [], is none. 0: no memory.
cdef Term arguments_of(Process* p, Term list_) noexcept nogil:
    cdef Term rest = list_, made = nil()
    cdef Term* q
    cdef size_t n = 0
    while term_is_list(rest):
        n += 1
        rest = list_tail(rest)
    charge(p, <int64_t>(n // 100))
    if term_is_nil(rest):
        return list_
    q = proc_alloc(p, 2 * n)
    if q == NULL:
        return 0
    made = make_list(q)
    rest = list_
    while term_is_list(rest):
        q[0] = list_head(rest)
        rest = list_tail(rest)
        q[1] = make_list(q + 2) if term_is_list(rest) else nil()
        q += 2
    return made


# erlang:match_spec_test(Subject, Spec, table | trace): {ok, Result, Flags, Warnings} or {error, Messages}.
cdef Term match_spec_test_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term reason, value
    cdef bint failed = False
    cdef MatchProgram* code
    cdef MatchTrace trace
    cdef Term flags = nil(), subject = args[0]
    cdef TextBuffer messages
    if args[2] != AM_table and args[2] != AM_trace:
        return badarg(p)
    if args[2] == AM_trace and not term_is_list(args[0]) and not term_is_nil(args[0]):
        return badarg(p)
    if args[2] == AM_trace:
        subject = arguments_of(p, subject)
        if subject == 0:
            return fail(p, EXC_SYSTEM_LIMIT)
    text_init(&messages)
    code = match_explain(args[1], (MATCH_CALL if args[2] == AM_trace else MATCH_TABLE) | dialect_of(p), &messages,
                         &reason)
    if code == NULL:
        value = message_list(p, &messages)
        text_free(&messages)
        return tuple2(p, AM_error, value) if value else fail_reason(p, reason)
    text_free(&messages)
    trace.act = trace_act
    trace.pretend = True
    trace.caller = NULL
    trace.flags = 0
    value = match_run_trace(code, p, subject, &trace if args[2] == AM_trace else NULL, &failed)
    if value:
        value = term_copy(proc_heap(p), value, True)
        failed = value == 0
    match_free(code)
    if failed:
        return fail(p, EXC_SYSTEM_LIMIT)
    if value and trace.flags & MATCH_EXCEPTION_TRACE:
        flags = prepend(p, AM_exception_trace, flags)
    if value and trace.flags & MATCH_RETURN_TRACE:
        flags = prepend(p, AM_return_trace, flags)
    return tuple4(p, AM_ok, value if value else AM_false, flags, nil())


bif_register(b"ets", b"internal_select_delete", 2, internal_select_delete_2, 0)
bif_register(b"ets", b"is_compiled_ms", 1, is_compiled_ms_1, 0)
bif_register(b"ets", b"match", 1, select_1, 0)
bif_register(b"ets", b"match", 2, match_2, 0)
bif_register(b"ets", b"match", 3, match_3, 0)
bif_register(b"ets", b"match_object", 1, select_1, 0)
bif_register(b"ets", b"match_object", 2, match_object_2, 0)
bif_register(b"ets", b"match_object", 3, match_object_3, 0)
bif_register(b"ets", b"match_spec_compile", 1, match_spec_compile_1, 0)
bif_register(b"ets", b"match_spec_run_r", 3, match_spec_run_r_3, 0)
bif_register(b"ets", b"select", 1, select_1, 0)
bif_register(b"ets", b"select", 2, select_2, 0)
bif_register(b"ets", b"select", 3, select_3, 0)
bif_register(b"ets", b"select_count", 2, select_count_2, 0)
bif_register(b"ets", b"select_replace", 2, select_replace_2, 0)
bif_register(b"ets", b"select_reverse", 1, select_1, 0)
bif_register(b"ets", b"select_reverse", 2, select_reverse_2, 0)
bif_register(b"ets", b"select_reverse", 3, select_reverse_3, 0)
bif_register(b"erlang", b"match_spec_test", 3, match_spec_test_3, 0)

"""The compiler and the machine of match specifications.

Pattern operations work on a stack of terms still to be matched; expression operations on a stack of values.
Invariant: a clause's operations push exactly one value for each guard (then tested) and each body part.
Nesting deeper than MAX_NESTING is refused: of patterns as badarg, of expressions as system_limit.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memmove
from enigma.term.am cimport *
from enigma.term.atom cimport Atom, atom_from_cstr, atom_get
from enigma.term.boxed cimport *
from enigma.term.compare cimport term_compare, term_identical
from enigma.term.map cimport MapIter, map_find, map_from_pairs, map_iter_init, map_iter_next
from enigma.term.pack cimport *
from enigma.term.text cimport TextBuffer, text_put, text_put_bytes, text_put_term
from enigma.memory.heap cimport Fragment, FragmentHeap, fragment_free, fragment_heap_init, fragment_heap_take, term_copy
from enigma.code.module cimport BIF_GUARD, BifEntry, bif_find
from enigma.process.process cimport *

cdef enum:
    MAX_NESTING = 3000
    # pattern
    M_ANY = 0            # skip the term
    M_BIND = 1           # n: bind slot n
    M_SAME = 2           # n: must be identical to slot n
    M_CONST = 3          # term
    M_TUPLE = 4          # arity; its elements follow in order
    M_CONS = 5           # head, then tail
    M_MAP = 6            # n, then n times: key term; the values' patterns follow in order
    M_DONE = 7           # the head matches
    # expressions
    E_CONST = 8          # term
    E_SLOT = 9           # n
    E_WHOLE = 10         # $_
    E_ALL = 11           # $$
    E_TUPLE = 12         # n values
    E_CONS = 13
    E_MAP = 14           # n pairs
    E_BIF = 15           # BifEntry*, arity
    E_AND = 16           # address: if the top is false go there keeping it; true: drop; else fail
    E_OR = 17
    E_BOOLEAN = 18       # the top must be true or false
    E_GUARD = 19         # pop; anything but true ends the clause
    E_BODY = 20          # expressions from here on are the body's: failing gives 'EXIT'
    E_POP = 21
    E_RETURN = 22        # the top is the result
    E_SELF = 23
    E_LIST_TAIL = 24
    E_ACT = 25           # ACT_, number of arguments: what only tracing knows
    E_MESSAGE = 26       # the top is what the trace message shall carry

cdef struct Clause:
    uint32_t start           # index in code
    Term head                # copied pattern, for match_key

cdef struct MatchProgram:
    word* code
    size_t size
    size_t capacity
    Clause* clauses
    uint32_t clause_count
    uint32_t slot_max        # most slots of any clause
    uint32_t depth           # deepest value or term stack, an upper bound
    Fragment* constants
    FragmentHeap heap        # while compiling
    # --- compiling: the variables of the current clause
    int64_t* names           # the number N of each slot's $N
    uint32_t name_count
    uint32_t name_capacity
    Term reason
    int dialect              # MATCH_, without MATCH_LATER
    bint later
    bint in_guard
    TextBuffer* messages     # while explaining: what is wrong, each message with a NUL behind it


cdef bint emit(MatchProgram* m, word w) noexcept nogil:
    cdef word* larger
    if m.size == m.capacity:
        m.capacity = 2 * m.capacity + 64
        larger = <word*>realloc(m.code, m.capacity * sizeof(word))
        if larger == NULL:
            m.reason = AM_system_limit
            return False
        m.code = larger
    m.code[m.size] = w
    m.size += 1
    return True


cdef bint refuse(MatchProgram* m) noexcept nogil:
    m.reason = AM_badarg
    return False


# Refuses with a reason in words: before, a term (0: none), after. True (go on, to find more) while explaining.
cdef bint complain(MatchProgram* m, const char* before, Term t, const char* after) noexcept nogil:
    m.reason = AM_badarg
    if m.messages == NULL:
        return False
    text_put(m.messages, before)
    if t:
        text_put_term(m.messages, t, 1000000)
    text_put(m.messages, after)
    text_put_bytes(m.messages, <const uint8_t*>b"\0", 1)
    return True


cdef inline size_t complaints(MatchProgram* m) noexcept nogil: return m.messages.size if m.messages != NULL else 0


# What has been complained of since `from_` is told at `to`, before what was said of others. Returns its length.
cdef size_t tell_before(MatchProgram* m, size_t to, size_t from_) noexcept nogil:
    cdef size_t n = complaints(m) - from_
    cdef uint8_t* last
    if n == 0 or to == from_:
        return n
    last = <uint8_t*>malloc(n)
    if last == NULL:
        return n
    memcpy(last, m.messages.data + from_, n)
    memmove(m.messages.data + to + n, m.messages.data + to, from_ - to)
    memcpy(m.messages.data + to, last, n)
    free(last)
    return n


# The number of $N, or -1.
cdef int64_t variable_number(Term t) noexcept nogil:
    cdef Atom* a
    cdef int64_t n = 0
    cdef uint32_t i
    if not term_is_atom(t):
        return -1
    a = atom_get(t)
    if a.length < 2 or a.length > 10 or a.name[0] != 36:
        return -1
    for i in range(1, a.length):
        if a.name[i] < 48 or a.name[i] > 57:
            return -1
        n = n * 10 + (a.name[i] - 48)
    if a.length > 2 and a.name[1] == 48:
        return -1
    return n


cdef bint match_is_variable(Term t) noexcept nogil:
    return variable_number(t) >= 0


# The slot of $n in this clause; -1 if it has none yet.
cdef int64_t slot_of(MatchProgram* m, int64_t n) noexcept nogil:
    cdef uint32_t i
    for i in range(m.name_count):
        if m.names[i] == n:
            return i
    return -1


cdef bint slot_add(MatchProgram* m, int64_t n) noexcept nogil:
    cdef int64_t* larger
    if m.name_count == m.name_capacity:
        m.name_capacity = 2 * m.name_capacity + 16
        larger = <int64_t*>realloc(m.names, m.name_capacity * sizeof(int64_t))
        if larger == NULL:
            m.reason = AM_system_limit
            return False
        m.names = larger
    m.names[m.name_count] = n
    m.name_count += 1
    return True


cdef bint emit_constant(MatchProgram* m, word op, Term t) noexcept nogil:
    cdef Term copy = t
    if not term_is_immed(t):
        copy = term_copy(&m.heap.heap, t, True)
        if copy == 0:
            m.reason = AM_system_limit
            return False
    return emit(m, op) and emit(m, copy)


# True if a pattern holds no variable and no '_' (depth-limited: too deep counts as not ground).
cdef bint is_ground(Term t, int depth) noexcept nogil:
    cdef word i
    cdef MapIter it
    cdef Term key, value
    if term_is_atom(t):
        return t != AM_underscore and variable_number(t) < 0
    if term_is_immed(t):
        return True
    if depth > MAX_NESTING:
        return False
    while term_is_list(t):
        if not is_ground(list_head(t), depth + 1):
            return False
        t = list_tail(t)
    if not term_is_boxed(t):
        return is_ground(t, depth + 1)
    if term_is_tuple(t):
        for i in range(tuple_arity(t)):
            if not is_ground(tuple_elements(t)[i], depth + 1):
                return False
    elif term_is_map(t):
        map_iter_init(&it, t)
        while map_iter_next(&it, &key, &value):
            if not is_ground(key, depth + 1) or not is_ground(value, depth + 1):
                return False
    return True


cdef bint compile_pattern(MatchProgram* m, Term t, int depth) noexcept nogil:
    cdef int64_t n
    cdef word i
    cdef MapIter it
    cdef Term key, value
    if depth > MAX_NESTING:
        return refuse(m)
    m.depth += 1
    if t == AM_underscore:
        return emit(m, M_ANY)
    n = variable_number(t)
    if n >= 0:
        if slot_of(m, n) >= 0:
            return emit(m, M_SAME) and emit(m, <word>slot_of(m, n))
        return slot_add(m, n) and emit(m, M_BIND) and emit(m, m.name_count - 1)
    if term_is_immed(t) or is_ground(t, depth):
        # a ground map still matches bigger maps
        if term_is_map(t):
            return compile_map(m, t, depth)
        if not has_map(t, depth):
            return emit_constant(m, M_CONST, t)
    if term_is_list(t):
        while term_is_list(t):
            if not emit(m, M_CONS) or not compile_pattern(m, list_head(t), depth + 1):
                return False
            m.depth += 1
            t = list_tail(t)
        return compile_pattern(m, t, depth + 1)
    if term_is_tuple(t):
        if not emit(m, M_TUPLE) or not emit(m, tuple_arity(t)):
            return False
        m.depth += <uint32_t>tuple_arity(t)
        for i in range(tuple_arity(t)):
            if not compile_pattern(m, tuple_elements(t)[i], depth + 1):
                return False
        return True
    if term_is_map(t):
        return compile_map(m, t, depth)
    return emit_constant(m, M_CONST, t)


cdef bint has_map(Term t, int depth) noexcept nogil:
    cdef word i
    if depth > MAX_NESTING:
        return True
    while term_is_list(t):
        if has_map(list_head(t), depth + 1):
            return True
        t = list_tail(t)
    if term_is_tuple(t):
        for i in range(tuple_arity(t)):
            if has_map(tuple_elements(t)[i], depth + 1):
                return True
        return False
    return term_is_map(t)


# A map pattern asks for its keys, which must be constants; further keys of the subject do not matter.
cdef bint compile_map(MatchProgram* m, Term t, int depth) noexcept nogil:
    cdef MapIter it
    cdef Term key, value
    if not emit(m, M_MAP) or not emit(m, map_size(t)):
        return False
    m.depth += <uint32_t>map_size(t)
    map_iter_init(&it, t)
    while map_iter_next(&it, &key, &value):
        if not is_ground(key, depth):
            return complain(m, b"Underscore found in map key." if key == AM_underscore
                            else b"Variable found in map key.", 0, b"")
        if not term_is_immed(key):
            key = term_copy(&m.heap.heap, key, True)
            if key == 0:
                m.reason = AM_system_limit
                return False
        if not emit(m, key):
            return False
    map_iter_init(&it, t)
    while map_iter_next(&it, &key, &value):
        if not compile_pattern(m, value, depth + 1):
            return False
    return True


# The functions of expressions besides the special forms: guard BIFs, of the arities that exist, but not all of them.
# OTP 29 calls these from instructions of guards, which is not for programs.
cdef Term[4] not_callable
not_callable[:] = [atom_from_cstr(b"list_to_atom"), atom_from_cstr(b"list_to_existing_atom"),
                   atom_from_cstr(b"binary_to_atom"), atom_from_cstr(b"binary_to_existing_atom")]


cdef bint callable_(Term name, uint32_t arity, bint later) noexcept nogil:
    cdef int i
    for i in range(4):
        if name == not_callable[i]:
            return False
    if name == AM_is_record or name == AM_is_integer:
        return arity == (3 if name == AM_is_record else 1)
    if later:
        return name != AM_apply
    if name == AM_is_function:
        return arity == 1
    return name != AM_apply and name != AM_tuple_size and name != AM_is_boolean and name != AM_is_bitstring \
        and name != AM_floor and name != AM_ceil and name != AM_min and name != AM_max


# --- what only tracing knows -------------------------------------------------------------------------------
cdef struct Special:
    Term name
    const char* text
    int action
    int low, high            # numbers of arguments
    bint in_guard            # may stand in guards
    bint calls_only          # only in specifications of function calls
    bint no_receive          # not in those of received messages

cdef enum:
    SPECIALS = 16
cdef Special g_specials[SPECIALS]


cdef void special(int i, Term name, const char* text, int action, int low, int high, bint in_guard, bint calls_only,
                  bint no_receive) noexcept nogil:
    cdef Special* s = &g_specials[i]
    s.name = name
    s.text = text
    s.action = action
    s.low = low
    s.high = high
    s.in_guard = in_guard
    s.calls_only = calls_only
    s.no_receive = no_receive


special(0, AM_return_trace, b"return_trace", ACT_RETURN_TRACE, 0, 0, False, False, False)
special(1, AM_exception_trace, b"exception_trace", ACT_EXCEPTION_TRACE, 0, 0, False, False, False)
special(2, AM_message, b"message", ACT_MESSAGE, 1, 1, False, False, False)
special(3, AM_display, b"display", ACT_DISPLAY, 1, 1, False, False, False)
special(4, AM_is_seq_trace, b"is_seq_trace", ACT_IS_SEQ_TRACE, 0, 0, True, False, True)
special(5, AM_set_seq_token, b"set_seq_token", ACT_SET_SEQ_TOKEN, 2, 2, False, False, True)
special(6, AM_get_seq_token, b"get_seq_token", ACT_GET_SEQ_TOKEN, 0, 0, False, False, True)
special(7, AM_process_dump, b"process_dump", ACT_PROCESS_DUMP, 0, 0, False, False, True)
special(8, AM_enable_trace, b"enable_trace", ACT_ENABLE_TRACE, 1, 2, False, False, True)
special(9, AM_disable_trace, b"disable_trace", ACT_DISABLE_TRACE, 1, 2, False, False, True)
special(10, AM_trace, b"trace", ACT_TRACE, 2, 3, False, False, True)
special(11, AM_caller, b"caller", ACT_CALLER, 0, 0, False, True, True)
special(12, AM_caller_line, b"caller_line", ACT_CALLER_LINE, 0, 0, False, True, True)
special(13, AM_silent, b"silent", ACT_SILENT, 1, 1, False, False, True)
special(14, AM_get_tcw, NULL, ACT_GET_TCW, 0, 0, True, False, False)
special(15, AM_set_tcw, NULL, ACT_SET_TCW, 1, 1, False, False, False)


cdef bint complain_form(MatchProgram* m, Special* s, const char* what) noexcept nogil:
    cdef char line[128]
    cdef const char* name = s.text
    if s.action == ACT_SET_SEQ_TOKEN:        # OTP names this one differently here
        name = b"set_seq_trace"
    snprintf(line, sizeof(line), b"Special form '%s' %s", name, what)
    return complain(m, line, 0, b"")


# -1: the name is none of these. Else as a bint.
cdef int compile_special(MatchProgram* m, Term whole, uint32_t arity, int depth) noexcept nogil:
    cdef Special* s = NULL
    cdef char line[128]
    cdef uint32_t i
    for i in range(SPECIALS):
        if g_specials[i].name == tuple_elements(whole)[0]:
            s = &g_specials[i]
    if s == NULL:
        return -1
    if s.text == NULL:                       # a function, not a form: of tracing only, one of them of bodies only
        if arity != <uint32_t>s.low:
            return -1
        if m.dialect == MATCH_TABLE or (m.in_guard and not s.in_guard):
            snprintf(line, sizeof(line), b"/%u cannot be called in this context.", arity)
            return complain(m, b"Function ", s.name, line)
    else:
        if m.dialect == MATCH_TABLE:
            return complain_form(m, s, b"used in wrong dialect.")
        if (s.calls_only and m.dialect != MATCH_CALL) or (s.no_receive and m.dialect == MATCH_RECEIVE):
            return complain_form(m, s, b"not allow for this trace event.")
        if m.in_guard and not s.in_guard:
            return complain_form(m, s, b"called in guard context.")
        if arity < <uint32_t>s.low or arity > <uint32_t>s.high:
            snprintf(line, sizeof(line), b"Special form '%s' called with %s", s.text,
                     b"arguments in " if s.high == 0 else b"wrong number of arguments in ")
            return complain(m, line, whole, b".")
    if not compile_arguments(m, tuple_elements(whole) + 1, arity, depth):
        return False
    if s.action == ACT_MESSAGE:
        return emit(m, E_MESSAGE)
    m.depth += 1
    return emit(m, E_ACT) and emit(m, <word>s.action) and emit(m, arity)


# Of arguments and elements the last one is complained of first.
cdef bint compile_arguments(MatchProgram* m, Term* args, word n, int depth) noexcept nogil:
    cdef word i
    cdef size_t start = complaints(m), mark
    for i in range(n):
        mark = complaints(m)
        if not compile_expression(m, args[i], depth + 1):
            return False
        tell_before(m, start, mark)
    return True


# --- expressions --------------------------------------------------------------------------------------------
cdef bint compile_call(MatchProgram* m, Term whole, int depth) noexcept nogil:
    cdef Term name = tuple_elements(whole)[0]
    cdef Term* args = tuple_elements(whole) + 1
    cdef uint32_t arity = <uint32_t>tuple_arity(whole) - 1
    cdef uint32_t i
    cdef BifEntry* bif
    cdef size_t* fix
    cdef size_t start, mark
    cdef char line[32]
    cdef int done
    if name == AM_const:
        if arity != 1:
            return complain(m, b"Special form 'const' called with more than one argument in ", whole, b".")
        return emit_constant(m, E_CONST, args[0])
    if name == AM_self:
        if arity != 0:
            return complain(m, b"Special form 'self' called with arguments in ", whole, b".")
        return emit(m, E_SELF)
    if name == AM_andalso or name == AM_orelse or ((name == AM_and or name == AM_or) and arity != 2):
        if arity == 0:
            return complain(m, b"Special form 'andalso' called without arguments in " if name == AM_andalso
                            else b"Special form 'orelse' called without arguments in " if name == AM_orelse
                            else b"Special form 'and' called without arguments in " if name == AM_and
                            else b"Special form 'or' called without arguments in ", whole, b".")
        if name == AM_and or name == AM_or:      # of any number; each is evaluated, and must be true or false
            bif = bif_find(AM_erlang, name, 2)
            start = complaints(m)
            for i in range(arity):
                mark = complaints(m)
                if not compile_expression(m, args[i], depth + 1):
                    return False
                tell_before(m, start, mark)
                if i > 0 and not (emit(m, E_BIF) and emit(m, <word>bif) and emit(m, 2)):
                    return False
            return emit(m, E_BOOLEAN)
        fix = <size_t*>malloc(arity * sizeof(size_t))
        if fix == NULL:
            m.reason = AM_system_limit
            return False
        for i in range(arity):
            if not compile_expression(m, args[i], depth + 1):
                free(fix)
                return False
            if i + 1 < arity:
                if not emit(m, E_AND if name == AM_andalso else E_OR) or not emit(m, 0):
                    free(fix)
                    return False
                fix[i] = m.size - 1
        for i in range(arity - 1):       # the last may be anything
            m.code[fix[i]] = m.size
        free(fix)
        return True
    done = compile_special(m, whole, arity, depth)
    if done >= 0:
        return done
    bif = bif_find(AM_erlang, name, arity)
    if bif == NULL or not bif.flags & BIF_GUARD or not callable_(name, arity, m.later):
        snprintf(line, sizeof(line), b"/%u does_not_exist.", arity)
        return complain(m, b"Function ", name, line)
    return compile_arguments(m, args, arity, depth) and emit(m, E_BIF) and emit(m, <word>bif) and emit(m, arity)


cdef bint compile_expression(MatchProgram* m, Term t, int depth) noexcept nogil:
    cdef int64_t n
    cdef char line[64]
    cdef MapIter it
    cdef Term key, value, rest
    cdef size_t start, keys, mark
    if depth > MAX_NESTING:
        m.reason = AM_system_limit
        if m.messages != NULL:
            complain(m, b"Excessive nesting; system limit reached near: ", t, b"")
        return False
    m.depth += 1
    if t == AM_dollar_underscore:
        return emit(m, E_WHOLE)
    if t == AM_dollar_dollar:
        return emit(m, E_ALL)
    n = variable_number(t)
    if n >= 0:
        if slot_of(m, n) < 0:
            snprintf(line, sizeof(line), b"Variable $%lld is unbound.", <long long>n)
            return complain(m, line, 0, b"")
        return emit(m, E_SLOT) and emit(m, <word>slot_of(m, n))
    if term_is_list(t):
        # elements, then the tail, then one cons for each element
        n = 0
        rest = t
        while term_is_list(rest):
            if not compile_expression(m, list_head(rest), depth + 1):
                return False
            n += 1
            rest = list_tail(rest)
        if term_is_nil(rest):
            if not emit_constant(m, E_CONST, rest):
                return False
        elif not compile_expression(m, rest, depth + 1):
            return False
        while n > 0:
            if not emit(m, E_CONS):
                return False
            n -= 1
        return True
    if term_is_tuple(t):
        if tuple_arity(t) == 1 and term_is_tuple(tuple_elements(t)[0]):
            t = tuple_elements(t)[0]         # {{...}} is a tuple
            return compile_arguments(m, tuple_elements(t), tuple_arity(t), depth) and emit(m, E_TUPLE) and emit(m, tuple_arity(t))
        if tuple_arity(t) == 0 or tuple_arity(t) > 256 or not term_is_atom(tuple_elements(t)[0]) \
                or variable_number(tuple_elements(t)[0]) >= 0:
            return complain(m, b"", t, b" is neither a function call, nor a tuple (tuples are written {{ ... }}).")
        return compile_call(m, t, depth)
    if term_is_map(t):
        # of the last first: of the values, then of the keys
        start = complaints(m)
        keys = start
        map_iter_init(&it, t)
        while map_iter_next(&it, &key, &value):
            mark = complaints(m)
            if not compile_expression(m, key, depth + 1):
                return False
            tell_before(m, keys, mark)
            mark = complaints(m)
            if not compile_expression(m, value, depth + 1):
                return False
            keys += tell_before(m, start, mark)
        return emit(m, E_MAP) and emit(m, map_size(t))
    return emit_constant(m, E_CONST, t)


cdef bint is_proper(Term list_) noexcept nogil:
    while term_is_list(list_):
        list_ = list_tail(list_)
    return term_is_nil(list_)


# A tuple as a head for arguments is the list of its elements.
cdef bint compile_tuple_head(MatchProgram* m, Term tuple_) noexcept nogil:
    cdef word i
    for i in range(tuple_arity(tuple_)):
        m.depth += 1
        if not emit(m, M_CONS) or not compile_pattern(m, tuple_elements(tuple_)[i], 1):
            return False
    m.depth += 1
    return emit_constant(m, M_CONST, nil())


cdef bint compile_clause(MatchProgram* m, Clause* c, Term head, Term guards, Term body) noexcept nogil:
    cdef bint some, ok
    m.name_count = 0
    c.start = <uint32_t>m.size
    c.head = term_copy(&m.heap.heap, head, True)
    if c.head == 0:
        m.reason = AM_system_limit
        return False
    if m.dialect != MATCH_TABLE and not (term_is_list(head) or term_is_nil(head) or term_is_tuple(head)
                                         or head == AM_underscore or variable_number(head) >= 0):
        return complain(m, b"Match head is invalid in this context.", 0, b"")
    if m.dialect != MATCH_TABLE and term_is_tuple(head):
        ok = compile_tuple_head(m, head)
    else:
        ok = compile_pattern(m, head, 0)
    if not ok or not emit(m, M_DONE):
        return False
    if m.name_count > m.slot_max:
        m.slot_max = m.name_count
    some = term_is_list(guards)
    m.in_guard = True
    while term_is_list(guards):
        if not compile_expression(m, list_head(guards), 0) or not emit(m, E_GUARD):
            return False
        guards = list_tail(guards)
    if not term_is_nil(guards) and not complain(
            m, b"Match expression is not a proper list." if some else b"Match expression is not a list.", 0, b""):
        return False
    if not term_is_list(body) and (m.dialect == MATCH_TABLE or not term_is_nil(body)):
        return complain(m, b"Body clause does not return anything.", 0, b"")
    m.in_guard = False
    if not emit(m, E_BODY):
        return False
    if term_is_nil(body) and not emit_constant(m, E_CONST, AM_true):    # nothing to do
        return False
    while term_is_list(body):
        if not compile_expression(m, list_head(body), 0):
            return False
        body = list_tail(body)
        if term_is_list(body) and not emit(m, E_POP):
            return False
    if not term_is_nil(body):
        return complain(m, b"Match expression is not a proper list.", 0, b"")
    # what $$ lists: the slots by rising variable number
    return emit(m, E_RETURN) and sort_slots(m)


# Behind a clause's code: the number of its slots, then the slots in the order of their variables.
cdef bint sort_slots(MatchProgram* m) noexcept nogil:
    cdef uint32_t i, j, best
    cdef int64_t last = -1
    if not emit(m, m.name_count):
        return False
    for i in range(m.name_count):
        best = m.name_count
        for j in range(m.name_count):
            if m.names[j] > last and (best == m.name_count or m.names[j] < m.names[best]):
                best = j
        last = m.names[best]
        if not emit(m, best):
            return False
    return True


cdef MatchProgram* program_new(uint32_t clauses, int dialect) noexcept nogil:
    cdef MatchProgram* m = <MatchProgram*>calloc(1, sizeof(MatchProgram))
    if m == NULL:
        return NULL
    m.clauses = <Clause*>calloc(clauses, sizeof(Clause))
    if m.clauses == NULL:
        free(m)
        return NULL
    m.dialect = dialect & ~MATCH_LATER
    m.later = dialect & MATCH_LATER != 0
    m.depth = 16
    fragment_heap_init(&m.heap)
    return m


cdef MatchProgram* program_done(MatchProgram* m, bint good, Term* reason) noexcept nogil:
    m.constants = fragment_heap_take(&m.heap)
    free(m.names)
    m.names = NULL
    if not good:
        reason[0] = m.reason
        match_free(m)
        return NULL
    return m


cdef MatchProgram* match_compile(Term spec, int dialect, Term* reason) noexcept nogil:
    return compile_spec(spec, dialect, NULL, reason)


cdef MatchProgram* match_explain(Term spec, int dialect, TextBuffer* messages, Term* reason) noexcept nogil:
    return compile_spec(spec, dialect, messages, reason)


cdef MatchProgram* refuse_spec(TextBuffer* messages, const char* text) noexcept nogil:
    if messages != NULL:
        text_put(messages, text)
        text_put_bytes(messages, <const uint8_t*>b"\0", 1)
    return NULL


cdef MatchProgram* compile_spec(Term spec, int dialect, TextBuffer* messages, Term* reason) noexcept nogil:
    cdef MatchProgram* m
    cdef uint32_t n = 0, i
    cdef Term rest = spec, clause, head
    cdef bint good = True
    reason[0] = AM_badarg
    while term_is_list(rest):
        n += 1
        rest = list_tail(rest)
    if n == 0:
        return refuse_spec(messages, b"Match programs are not in a list.")
    if not term_is_nil(rest):
        return refuse_spec(messages, b"Match programs are not in a proper list.")
    rest = spec
    while term_is_list(rest):
        if not term_is_tuple_of(list_head(rest), 3):
            return refuse_spec(messages, b"Match program part is not a tuple of arity 3.")
        head = tuple_elements(list_head(rest))[0]
        if dialect & ~MATCH_LATER != MATCH_TABLE and term_is_list(head) and not is_proper(head):
            if messages != NULL:
                text_put(messages, b"Match expression part ")
                text_put_term(messages, head, 1000000)
            return refuse_spec(messages, b" is not a proper list.")
        rest = list_tail(rest)
    m = program_new(n, dialect)
    if m == NULL:
        reason[0] = AM_system_limit
        return NULL
    m.messages = messages
    rest = spec
    for i in range(n):
        clause = list_head(rest)
        good = compile_clause(m, &m.clauses[i], tuple_elements(clause)[0], tuple_elements(clause)[1],
                              tuple_elements(clause)[2]) and m.reason == 0
        if not good:
            break
        m.clause_count += 1
        rest = list_tail(rest)
    return program_done(m, good, reason)


cdef MatchProgram* match_compile_pattern(Term pattern, int dialect, bint bindings, Term* reason) noexcept nogil:
    cdef MatchProgram* m = program_new(1, dialect)
    cdef Term cell[2]
    cdef bint good
    if m == NULL:
        reason[0] = AM_system_limit
        return NULL
    cell[0] = AM_dollar_dollar if bindings else AM_dollar_underscore
    cell[1] = nil()
    good = compile_clause(m, &m.clauses[0], pattern, nil(), make_list(cell))
    m.clause_count = 1
    return program_done(m, good, reason)


cdef void match_free(MatchProgram* m) noexcept nogil:
    if m == NULL:
        return
    if m.constants != NULL:
        fragment_free(m.constants, True)
    free(m.code)
    free(m.clauses)
    free(m.names)
    free(m)


cdef uint32_t match_clauses(MatchProgram* m) noexcept nogil:
    return m.clause_count


# Does a key hold a variable, or a map, which matches others too? Not an empty one: in a key without variables OTP 25 takes
# it for itself.
cdef bint has_open(Term t, bint later) noexcept nogil:
    cdef word i
    while term_is_list(t):
        if has_open(list_head(t), later):
            return True
        t = list_tail(t)
    if term_is_tuple(t):
        for i in range(tuple_arity(t)):
            if has_open(tuple_elements(t)[i], later):
                return True
        return False
    return t == AM_underscore or variable_number(t) >= 0 or term_is_map(t) and (later or map_size(t) > 0)


cdef int match_key(MatchProgram* m, uint32_t i, uint32_t position, Term* key) noexcept nogil:
    cdef Term t = m.clauses[i].head
    if t == AM_underscore or variable_number(t) >= 0:
        return KEY_ANY
    if not term_is_tuple(t) or tuple_arity(t) < position:
        return KEY_NEVER
    key[0] = tuple_elements(t)[position - 1]
    if not has_open(key[0], m.later):
        return KEY_IS
    return KEY_LIKE if term_is_tuple(key[0]) or term_is_list(key[0]) else KEY_ANY


# As match_key_order; *open_ is set at the first place where the pattern leaves open what stands there.
cdef int order_by(Term pattern, Term key, bint* open_) noexcept nogil:
    cdef word i
    cdef int order
    while term_is_list(pattern) and term_is_list(key):
        order = order_by(list_head(pattern), list_head(key), open_)
        if order != 0 or open_[0]:
            return order
        pattern = list_tail(pattern)
        key = list_tail(key)
    if term_is_tuple(pattern) and term_is_tuple_of(key, tuple_arity(pattern)):
        for i in range(tuple_arity(pattern)):
            order = order_by(tuple_elements(pattern)[i], tuple_elements(key)[i], open_)
            if order != 0 or open_[0]:
                return order
        return 0
    if pattern == AM_underscore or variable_number(pattern) >= 0 or term_is_map(pattern):
        open_[0] = True
        return 0
    order = term_compare(key, pattern)       # their kinds or sizes decide, or the pattern is a value without parts
    return -1 if order < 0 else order > 0


cdef int match_key_order(Term pattern, Term key) noexcept nogil:
    cdef bint open_ = False
    return order_by(pattern, key, &open_)


# --- running ------------------------------------------------------------------------------------------------
cdef Term match_run(MatchProgram* m, Process* p, Term subject, bint* failed) noexcept nogil:
    return match_run_trace(m, p, subject, NULL, failed)


cdef Term match_run_trace(MatchProgram* m, Process* p, Term subject, MatchTrace* trace, bint* failed) noexcept nogil:
    cdef Term fixed[96]
    cdef Term* memory = fixed
    cdef Term result = 0
    cdef uint32_t i
    failed[0] = False
    # slots, then one stack that serves terms and values in turn
    if m.slot_max + m.depth > 96:
        memory = <Term*>malloc((m.slot_max + m.depth) * sizeof(Term))
        if memory == NULL:
            failed[0] = True
            return 0
    for i in range(m.clause_count):
        result = run_clause(m, p, m.code + m.clauses[i].start, subject, memory, memory + m.slot_max, trace, failed)
        if result != 0 or failed[0]:
            break
    if memory != fixed:
        free(memory)
    return result


# The clause's code behind its E_RETURN.
cdef word* slot_order(word* ip) noexcept nogil:
    while ip[0] != E_RETURN:
        ip += operation_length(ip)
    return ip + 1


cdef word operation_length(word* ip) noexcept nogil:
    cdef word op = ip[0]
    if op == E_BIF or op == E_ACT:
        return 3
    if op == M_MAP:
        return 2 + ip[1]
    if op == M_BIND or op == M_SAME or op == M_CONST or op == M_TUPLE or op == E_CONST or op == E_SLOT \
            or op == E_TUPLE or op == E_MAP or op == E_AND or op == E_OR:
        return 2
    return 1


cdef Term all_bindings(MatchProgram* m, Process* p, word* ip, Term* slots) noexcept nogil:
    cdef word* order = slot_order(ip)
    cdef word n = order[0]
    cdef Term* cell
    cdef Term list_ = nil()
    if n == 0:
        return list_
    cell = proc_alloc(p, 2 * n)
    if cell == NULL:
        return 0
    while n > 0:
        list_ = cons(cell, slots[order[n]], list_)
        cell += 2
        n -= 1
    return list_


cdef Term run_clause(MatchProgram* m, Process* p, word* ip, Term subject, Term* slots, Term* stack,
                     MatchTrace* trace, bint* failed) noexcept nogil:
    cdef Term* top = stack           # first free entry
    cdef Term t, value
    cdef Term* found
    cdef Term* to
    cdef word op, i, n
    cdef bint body = False
    cdef Term message = AM_true
    cdef word saved_reason = p.freason
    cdef Term saved_value = p.fvalue
    if trace != NULL:
        trace.flags = 0
    top[0] = subject
    top += 1
    while True:
        op = ip[0]
        if op == M_DONE:
            break
        top -= 1
        t = top[0]
        if op == M_ANY:
            ip += 1
        elif op == M_BIND:
            slots[ip[1]] = t
            ip += 2
        elif op == M_SAME:
            if not term_identical(slots[ip[1]], t):
                return 0
            ip += 2
        elif op == M_CONST:
            if not term_identical(ip[1], t):
                return 0
            ip += 2
        elif op == M_TUPLE:
            if not term_is_tuple_of(t, ip[1]):
                return 0
            n = ip[1]
            while n > 0:
                n -= 1
                top[0] = tuple_elements(t)[n]
                top += 1
            ip += 2
        elif op == M_CONS:
            if not term_is_list(t):
                return 0
            top[0] = list_tail(t)
            top[1] = list_head(t)
            top += 2
            ip += 1
        else:                        # M_MAP
            if not term_is_map(t):
                return 0
            n = ip[1]
            while n > 0:
                found = map_find(t, ip[1 + n])
                if found == NULL:
                    return 0
                top[0] = found[0]
                top += 1
                n -= 1
            ip += 2 + ip[1]
    ip += 1
    top = stack
    while True:
        op = ip[0]
        if op == E_CONST:
            top[0] = ip[1]
            top += 1
            ip += 2
        elif op == E_SLOT:
            top[0] = slots[ip[1]]
            top += 1
            ip += 2
        elif op == E_WHOLE:
            top[0] = subject
            top += 1
            ip += 1
        elif op == E_ALL:
            top[0] = all_bindings(m, p, ip, slots)
            if top[0] == 0:
                failed[0] = True
                return 0
            top += 1
            ip += 1
        elif op == E_SELF:
            top[0] = p.id
            top += 1
            ip += 1
        elif op == E_TUPLE:
            n = ip[1]
            to = proc_alloc(p, n + 1)
            if to == NULL:
                failed[0] = True
                return 0
            to[0] = make_header(T_TUPLE, n)
            top -= n
            for i in range(n):
                to[i + 1] = top[i]
            top[0] = make_boxed(to)
            top += 1
            ip += 2
        elif op == E_CONS:
            to = proc_alloc(p, 2)
            if to == NULL:
                failed[0] = True
                return 0
            top -= 1
            top[-1] = cons(to, top[-1], top[0])
            ip += 1
        elif op == E_MAP:
            n = ip[1]
            top -= 2 * n
            top[0] = map_from_pairs(proc_heap(p), top, n)
            if top[0] == 0:
                failed[0] = True
                return 0
            top += 1
            ip += 2
        elif op == E_BIF:
            n = ip[2]
            top -= n
            value = (<BifEntry*>ip[1]).function(p, top)
            if value == 0:
                p.freason = saved_reason
                p.fvalue = saved_value
                if not body:
                    return 0
                value = AM_EXIT
            top[0] = value
            top += 1
            ip += 3
        elif op == E_ACT:
            n = ip[2]
            top -= n
            value = trace.act(trace, p, <int>ip[1], top, <uint32_t>n) if trace != NULL else 0
            if value == 0:
                if not body:
                    return 0
                value = AM_EXIT
            top[0] = value
            top += 1
            ip += 3
        elif op == E_MESSAGE:
            message = top[-1]
            top[-1] = AM_true
            ip += 1
        elif op == E_AND or op == E_OR:
            value = top[-1]
            if value == <Term>(AM_false if op == E_AND else AM_true):
                ip = m.code + ip[1]
            elif value == <Term>(AM_true if op == E_AND else AM_false):
                top -= 1
                ip += 2
            elif body:
                top[-1] = AM_EXIT
                ip = m.code + ip[1]
            else:
                return 0
        elif op == E_BOOLEAN:
            if top[-1] != AM_true and top[-1] != AM_false:
                if not body:
                    return 0
                top[-1] = AM_EXIT
            ip += 1
        elif op == E_GUARD:
            top -= 1
            if top[0] != AM_true:
                return 0
            ip += 1
        elif op == E_BODY:
            body = True
            ip += 1
        elif op == E_POP:
            top -= 1
            ip += 1
        else:                        # E_RETURN
            return top[-1] if trace == NULL else message

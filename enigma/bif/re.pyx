"""The natives of the module `re`.

A compiled pattern is {re_pattern, Groups, Unicode, CrLf, Binary}. The binary holds no machine's structures, only
source and options, with a hash: a forged one is refused, or compiled like any pattern, and one that has been on
disk or on another node works. In memory its Binary also owns the compiled Regex (see Tail), which saves the
look-up; a match needs nothing else.

A match runs on the scheduler first, by PCRE2 under a small limit. When that is not enough, a pattern for the linear
engine is matched by it, here if there is little to do. Anything else is begun again on the blocking pool, by
erlang:re_run_away/3, where PCRE2 has the limit that the program or OTP sets: a bad pattern costs its own process's
time. Who sets a limit, or asks to be told of one (report_errors), means PCRE's counting and gets it.

Read next: match/regex.pxd; OTP's re.erl for how options that need Unicode lists or `global` come back here.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcmp, memcpy, strlen
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport Atom, atom_from_cstr, atom_get
from enigma.term.bits cimport *
from enigma.code.module cimport BIF_DIRTY, BIF_DIRTY_CPU, bif_register, export_get
from enigma.process.process cimport *
from enigma.match.options cimport *
from enigma.match.regex cimport *
from enigma.bif.build cimport characters, prepend, tuple2, tuple3, tuple4
from enigma.bif.errors cimport *
from enigma.bif.iodata cimport iodata_copy, iodata_size

cdef enum:
    # what an option list says besides the pattern's and the match's own options
    OPT_COMPILE_ONLY = 1         # has an option for compiling
    OPT_RUN_ONLY = 2             # has an option for matching
    OPT_UNICODE = 4
    OPT_CAPTURE = 8
    OPT_GLOBAL = 16
    OPT_REPORT_ERRORS = 32
    OPT_LIMIT = 64               # sets a limit
    # the first try, on the scheduler
    FIRST_STARTS = 16384         # start positions
    LONG_SUBJECT = 1024          # bytes; there is no trap in a shorter one that a limit on steps would not show
    LINEAR_STARTS = 1 << 20      # for the linear engine's patterns, start positions times the subject's length,
    LINEAR_STEPS = 1 << 22       # and steps for one of them times its length
    LINEAR_COST = 1 << 19        # what that engine may do on the scheduler, in states times bytes
    STEPS_PER_REDUCTION = 16     # of that engine
    BYTES_PER_REDUCTION = 128
    CHECKED_PER_REDUCTION = 16   # bytes, looked through for characters
    CHECK_AT_ONCE = 1 << 15      # bytes
    CODE_HEADER = 16             # "ERX1", options, hash; the source follows

cdef struct Options:
    uint32_t compile             # RX_
    uint32_t run                 # RX_
    uint32_t flags               # OPT_
    int offset
    uint32_t limit
    uint32_t depth_limit
    Term values                  # of capture
    Term type

# What follows the bytes of a compiled pattern's Binary. `subject` is a subject that is known to be valid UTF-8:
# re:run with `global` calls back for every match, and looking through the subject each time would be quadratic.
cdef struct Tail:
    Regex* regex
    Binary* subject              # counted, or NULL
    const uint8_t* start
    size_t size


# --- options --------------------------------------------------------------------------------------------------------

cdef bint small_number(Term t, uint32_t* out) noexcept nogil:
    if not term_is_small(t) or small_value(t) < 0 or small_value(t) > 0x7FFFFFFF:
        return False
    out[0] = <uint32_t>small_value(t)
    return True


cdef bint pair_option(Options* o, Term name, Term value) noexcept nogil:
    cdef uint32_t number, bits
    if name == AM_capture:
        o.values = value
        o.type = AM_index
        o.flags |= OPT_CAPTURE | OPT_RUN_ONLY
    elif name == AM_offset:
        if not small_number(value, &number):
            return False
        o.offset = <int>number
        o.flags |= OPT_RUN_ONLY
    elif name == AM_match_limit:
        if not small_number(value, &o.limit):
            return False
        o.flags |= OPT_RUN_ONLY | OPT_LIMIT
    elif name == AM_match_limit_recursion:
        if not small_number(value, &o.depth_limit):
            return False
        o.flags |= OPT_RUN_ONLY | OPT_LIMIT
    elif name == AM_newline:
        if value == AM_cr:
            bits = RX_NEWLINE_CR
        elif value == AM_lf:
            bits = RX_NEWLINE_LF
        elif value == AM_crlf:
            bits = RX_NEWLINE_CRLF
        elif value == AM_any:
            bits = RX_NEWLINE_ANY
        elif value == AM_anycrlf:
            bits = RX_NEWLINE_ANYCRLF
        else:
            return False
        o.compile |= bits
        o.run |= bits
    else:
        return False
    return True


cdef uint32_t compile_option(Term name) noexcept nogil:      # 0: it is none
    if name == AM_caseless:
        return RX_CASELESS
    if name == AM_unicode:
        return RX_UTF
    if name == AM_dollar_endonly:
        return RX_DOLLAR_ENDONLY
    if name == AM_dotall:
        return RX_DOTALL
    if name == AM_extended:
        return RX_EXTENDED
    if name == AM_firstline:
        return RX_FIRSTLINE
    if name == AM_multiline:
        return RX_MULTILINE
    if name == AM_no_auto_capture:
        return RX_NO_AUTO_CAPTURE
    if name == AM_dupnames:
        return RX_DUPNAMES
    if name == AM_ungreedy:
        return RX_UNGREEDY
    if name == AM_ucp:
        return RX_UCP
    if name == AM_never_utf:
        return RX_NEVER_UTF
    if name == AM_no_start_optimize:
        return RX_NO_START_OPTIMIZE
    return 0


cdef uint32_t run_option(Term name) noexcept nogil:
    if name == AM_notbol:
        return RX_NOTBOL
    if name == AM_noteol:
        return RX_NOTEOL
    if name == AM_notempty:
        return RX_NOTEMPTY
    if name == AM_notempty_atstart:
        return RX_NOTEMPTY_ATSTART
    return 0


cdef bint parse_options(Term list_, Options* o) noexcept nogil:
    cdef Term item
    cdef Term* q
    cdef uint32_t bits
    o.compile = 0
    o.run = 0
    o.flags = 0
    o.offset = 0
    o.limit = RX_DEFAULT_LIMIT
    o.depth_limit = RX_DEFAULT_LIMIT
    o.values = nil()
    o.type = AM_index
    while term_is_list(list_):
        item = list_head(list_)
        list_ = list_tail(list_)
        if term_is_tuple(item):
            q = tuple_elements(item)
            if tuple_arity(item) == 3 and q[0] == AM_capture:
                o.values = q[1]
                o.type = q[2]
                o.flags |= OPT_CAPTURE | OPT_RUN_ONLY
            elif tuple_arity(item) != 2 or not pair_option(o, q[0], q[1]):
                return False
            continue
        bits = compile_option(item)
        if bits != 0:
            o.compile |= bits
            o.flags |= OPT_COMPILE_ONLY
            if bits == RX_UTF:
                o.flags |= OPT_UNICODE
            continue
        bits = run_option(item)
        if bits != 0:
            o.run |= bits
            o.flags |= OPT_RUN_ONLY
        elif item == AM_anchored:
            o.compile |= RX_ANCHORED
            o.run |= RX_ANCHORED
        elif item == AM_bsr_anycrlf:
            o.compile |= RX_BSR_ANYCRLF
            o.run |= RX_BSR_ANYCRLF
        elif item == AM_bsr_unicode:
            o.compile |= RX_BSR_UNICODE
            o.run |= RX_BSR_UNICODE
        elif item == AM_report_errors:
            o.flags |= OPT_REPORT_ERRORS | OPT_RUN_ONLY
        elif item == AM_global:
            o.flags |= OPT_GLOBAL | OPT_RUN_ONLY
        else:
            return False
    return term_is_nil(list_)


cdef Term bad_option(Process* p) noexcept nogil:
    return badarg_cause(p, AM_badopt)


# --- compiled patterns ----------------------------------------------------------------------------------------------

cdef Tail* tail_of(Binary* b) noexcept nogil:
    return <Tail*>(b.data + ((b.size + 7) & ~<uint64_t>7))


cdef void pattern_gone(Binary* b) noexcept nogil:
    cdef Tail* tail = tail_of(b)
    regex_release(tail.regex)
    if tail.subject != NULL:
        binary_release(tail.subject)


# The tuple; takes the caller's count of r. A subject (or 0) that is known to be valid UTF-8 comes along.
cdef Term pattern_term(Process* p, Regex* r, bint unicode_, Term subject) noexcept nogil:
    cdef size_t size = CODE_HEADER + r.size
    cdef Binary* b = binary_new(((size + 7) & ~<size_t>7) + sizeof(Tail))
    cdef Tail* tail
    cdef Term* q
    cdef Term code
    if b == NULL:
        regex_release(r)
        return fail(p, EXC_SYSTEM_LIMIT)
    b.size = size
    memcpy(b.data, b"ERX1", 4)
    memcpy(b.data + 4, &r.options, 4)
    memcpy(b.data + 8, &r.hash, 8)
    memcpy(b.data + CODE_HEADER, r.source, r.size)
    tail = tail_of(b)
    tail.regex = r
    tail.subject = NULL
    tail.start = NULL
    tail.size = 0
    if subject != 0:
        q = boxed_ptr((<SubBits*>boxed_ptr(subject)).orig)
        tail.subject = (<BinRef*>q).binary
        binary_retain(tail.subject)
        tail.start = tail.subject.data + ((<SubBits*>boxed_ptr(subject)).start >> 3)
        tail.size = bits_size(subject) >> 3
    b.destructor = pattern_gone
    code = binary_from_counted(proc_heap(p), b, 0, size << 3)
    q = proc_alloc(p, 6) if code != 0 else NULL
    if q == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    q[0] = make_header(T_TUPLE, 5)
    q[1] = AM_re_pattern
    q[2] = make_small(r.captures)
    q[3] = make_small(1 if unicode_ else 0)
    q[4] = make_small(1 if r.crlf else 0)
    q[5] = code
    return make_boxed(q)


cdef bint is_pattern(Term t) noexcept nogil:
    cdef Term* q
    if not term_is_tuple_of(t, 5):
        return False
    q = tuple_elements(t)
    return (q[0] == AM_re_pattern and term_is_small(q[1]) and term_is_small(q[2]) and term_is_small(q[3])
            and term_is_binary(q[4]))


cdef Tail* pattern_tail(Term code) noexcept nogil:           # NULL: the binary has been elsewhere
    cdef Term* q = boxed_ptr(code)
    cdef Binary* b
    if header_kind(q[0]) != T_SUB_BITS or boxed_kind((<SubBits*>q).orig) != T_BIN_REF:
        return NULL
    b = (<BinRef*>boxed_ptr((<SubBits*>q).orig)).binary
    if b.destructor != pattern_gone or (<SubBits*>q).start != 0 or (<SubBits*>q).end != b.size << 3:
        return NULL
    return tail_of(b)


# The Regex of a compiled pattern's binary, with a count; NULL: it is none of ours, or memory is gone.
cdef Regex* pattern_regex(Term code) noexcept nogil:
    cdef Tail* tail = pattern_tail(code)
    cdef const uint8_t* s
    cdef uint8_t* temp
    cdef size_t n
    cdef uint32_t options
    cdef uint64_t hash_
    cdef Regex* r = NULL
    cdef RegexError error
    if tail != NULL:
        en_add64(&tail.regex.refc, 1)
        return tail.regex
    if not binary_bytes(code, &s, &n, &temp):
        return NULL
    if n >= CODE_HEADER and memcmp(s, b"ERX1", 4) == 0:
        memcpy(&options, s + 4, 4)
        memcpy(&hash_, s + 8, 8)
        if regex_hash(s + CODE_HEADER, n - CODE_HEADER, options) == hash_:
            r = regex_get(s + CODE_HEADER, n - CODE_HEADER, options, &error)
    free(temp)
    return r


# Bytes of iodata in memory of their own, which the caller frees; NULL: it is no iodata, or memory is gone.
cdef uint8_t* flatten(Term t, size_t* size) noexcept nogil:
    cdef uint8_t* out
    if not iodata_size(t, size):
        return NULL
    out = <uint8_t*>malloc(size[0] + 1)
    if out != NULL and not iodata_copy(t, out):
        free(out)
        return NULL
    return out


cdef Term error_term(Process* p, RegexError* error, bint tagged) noexcept nogil:
    cdef Term t = characters(p, error.text)
    t = tuple2(p, t, make_small(<int64_t>error.offset)) if t != 0 else 0
    if tagged:
        t = tuple2(p, AM_compile, t) if t != 0 else 0
    return tuple2(p, AM_error, t) if t != 0 else 0


cdef Term compile_term(Process* p, Term source, Term options) noexcept nogil:
    cdef Options o
    cdef RegexError error
    cdef uint8_t* s
    cdef size_t n
    cdef Regex* r
    cdef Term t
    if not parse_options(options, &o) or o.flags & OPT_RUN_ONLY:
        return bad_option(p)
    if o.flags & OPT_UNICODE and not term_is_bitstring(source):
        return trap2(p, export_get(p.vm.code, AM_re, AM_ucompile, 2), source, options)
    s = flatten(source, &n)
    if s == NULL:
        return badarg(p)
    r = regex_get(s, n, o.compile, &error)
    free(s)
    charge(p, <int64_t>(n / 16))
    if r == NULL:
        return error_term(p, &error, False)
    t = pattern_term(p, r, (o.flags & OPT_UNICODE) != 0, 0)
    return tuple2(p, AM_ok, t) if t != 0 else 0


cdef Term compile_1(void* proc, Term* args) noexcept nogil:
    return compile_term(<Process*>proc, args[0], nil())


cdef Term compile_2(void* proc, Term* args) noexcept nogil:
    return compile_term(<Process*>proc, args[0], args[1])


# --- what a match gives back ----------------------------------------------------------------------------------------

cdef enum:
    CAPTURE_INDEX = 0
    CAPTURE_LIST = 1
    CAPTURE_BINARY = 2
    CAPTURE_NOTHING = 3
    FROM_FIRST = -1              # count: all groups that took part
    FROM_SECOND = -2             # without the whole

# groups[0 .. count-1]: a group's number, -1 for a name that is none, or -n: the first of the n that follow to
# have taken part (names that stand for several groups).
cdef struct Capture:
    int type                     # CAPTURE_
    int64_t count                # or FROM_
    int64_t capacity
    int64_t* groups


cdef bint capture_add(Capture* c, int64_t group) noexcept nogil:
    cdef int64_t* larger
    if c.count == c.capacity:
        larger = <int64_t*>realloc(c.groups, <size_t>(2 * c.capacity + 8) * sizeof(int64_t))
        if larger == NULL:
            return False
        c.groups = larger
        c.capacity = 2 * c.capacity + 8
    c.groups[c.count] = group
    c.count += 1
    return True


cdef inline const uint8_t* name_entry(Regex* r, uint32_t i) noexcept nogil:
    return r.names + <size_t>i * r.name_entry


cdef bint capture_name(Capture* c, Regex* r, const uint8_t* name, size_t size) noexcept nogil:
    cdef uint32_t i, first = r.name_count, n = 0
    cdef const uint8_t* entry
    for i in range(r.name_count):
        entry = name_entry(r, i)
        if strlen(<const char*>entry + 2) == size and memcmp(entry + 2, name, size) == 0:
            if n == 0:
                first = i
            n += 1
            if not r.options & RX_DUPNAMES:
                break
    if n == 0:
        return capture_add(c, -1)
    if n > 1 and not capture_add(c, -<int64_t>n):
        return False
    for i in range(first, first + n):
        entry = name_entry(r, i)
        if not capture_add(c, (<int64_t>entry[0] << 8) | entry[1]):
            return False
    return True


# The i-th name is the first of its kind: equal names of several groups follow each other.
cdef bint name_is_new(Regex* r, uint32_t i) noexcept nogil:
    cdef const char* name = <const char*>name_entry(r, i) + 2
    cdef const char* before
    if i == 0 or not r.options & RX_DUPNAMES:
        return True
    before = <const char*>name_entry(r, i - 1) + 2
    return strlen(name) != strlen(before) or memcmp(name, before, strlen(name)) != 0


cdef size_t cut_at_zero(const uint8_t* s, size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        if s[i] == 0:
            return i
    return n


# One element of a capture list: a number or a name. False: it is none.
cdef bint capture_value(Capture* c, Regex* r, Term value) noexcept nogil:
    cdef uint32_t number
    cdef Atom* atom
    cdef uint8_t* s
    cdef size_t n
    cdef bint good
    if small_number(value, &number):
        return capture_add(c, number)
    if term_is_atom(value):
        atom = atom_get(value)
        return capture_name(c, r, atom.name, cut_at_zero(atom.name, atom.length))
    if not term_is_bitstring(value) and not term_is_list(value):
        return False
    s = flatten(value, &n)
    if s == NULL:
        return False
    good = capture_name(c, r, s, cut_at_zero(s, n))
    free(s)
    return good


cdef bint capture_parse(Capture* c, Regex* r, Options* o) noexcept nogil:
    cdef Term t = o.values
    cdef uint32_t i
    cdef const uint8_t* name
    c.type = CAPTURE_INDEX
    c.count = FROM_FIRST
    c.capacity = 0
    c.groups = NULL
    if not o.flags & OPT_CAPTURE:
        return True
    if o.type == AM_list:
        c.type = CAPTURE_LIST
    elif o.type == AM_binary:
        c.type = CAPTURE_BINARY
    elif o.type != AM_index:
        return False
    if t == AM_all:
        return True
    if t == AM_all_but_first:
        c.count = FROM_SECOND
        return True
    c.count = 0
    if t == AM_none or term_is_nil(t):
        c.type = CAPTURE_NOTHING
        return True
    if t == AM_first:
        return capture_add(c, 0)
    if t == AM_all_names:
        if r.name_count == 0:
            c.type = CAPTURE_NOTHING
        for i in range(r.name_count):
            name = name_entry(r, i) + 2
            if name_is_new(r, i) and not capture_name(c, r, name, strlen(<const char*>name)):
                return False
        return True
    if not term_is_list(t):
        return False
    while term_is_list(t):
        if not capture_value(c, r, list_head(t)):
            return False
        t = list_tail(t)
    return term_is_nil(t)


# What group n of a match of `matched` groups is, as a term. n < 0: no group. `whole` is the subject if parts may
# be windows on it, else 0.
cdef Term group_term(Process* p, Capture* c, size_t* groups, int matched, int64_t n, const uint8_t* subject,
                     Term whole) noexcept nogil:
    cdef size_t start = <size_t>RX_UNSET, end = <size_t>RX_UNSET, size
    cdef Term* cell
    cdef Term list_
    if 0 <= n < matched:
        start = groups[2 * n]
        end = groups[2 * n + 1]
    if c.type == CAPTURE_INDEX:
        if start == <size_t>RX_UNSET:
            return tuple2(p, make_small(-1), make_small(0))
        return tuple2(p, make_small(<int64_t>start), make_small(<int64_t>end - <int64_t>start))
    # \K in a look-ahead can make a match end before it starts
    size = end - start if start != <size_t>RX_UNSET and end > start else 0
    if c.type == CAPTURE_BINARY:
        if whole != 0 and size != 0:
            return bits_sub(proc_heap(p), whole, <word>start << 3, <word>size << 3)
        return binary_from_bytes(proc_heap(p), subject + start if size != 0 else NULL, size)
    list_ = nil()
    cell = proc_alloc(p, 2 * size) if size != 0 else NULL
    if size != 0 and cell == NULL:
        return 0
    charge(p, <int64_t>(size / 32))
    while size > 0:
        size -= 1
        list_ = cons(cell, make_small(subject[start + size]), list_)
        cell += 2
    return list_


cdef Term match_term(Process* p, Capture* c, size_t* groups, int matched, const uint8_t* subject, Term whole) noexcept nogil:
    cdef Term result = nil()
    cdef int64_t i, n, of_name
    cdef int64_t first = 0
    cdef int64_t* chosen
    if c.type == CAPTURE_NOTHING:
        return AM_match
    if c.count < 0:
        first = -1 - c.count
        i = matched
        while i > first:
            i -= 1
            result = prepend(p, group_term(p, c, groups, matched, i, subject, whole), result)
    else:
        # Names of several groups are written in place as the one that counts, then the list is built from its end.
        chosen = <int64_t*>malloc(<size_t>(c.count + 1) * sizeof(int64_t))
        if chosen == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        n = 0
        i = 0
        while i < c.count:
            of_name = c.groups[i]
            if of_name < -1:
                chosen[n] = -1
                while of_name < 0:
                    i += 1
                    of_name += 1
                    if chosen[n] == -1 and c.groups[i] < matched and groups[2 * c.groups[i]] != <size_t>RX_UNSET:
                        chosen[n] = c.groups[i]
            else:
                chosen[n] = of_name
            n += 1
            i += 1
        while n > 0:
            n -= 1
            result = prepend(p, group_term(p, c, groups, matched, chosen[n], subject, whole), result)
        free(chosen)
    if result == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    return tuple2(p, AM_match, result)


cdef Term atom_run = atom_from_cstr(b"run")
cdef Term atom_internal_run = atom_from_cstr(b"internal_run")
cdef Term atom_re_run_away = atom_from_cstr(b"re_run_away")
cdef Term atom_not_utf8 = atom_from_cstr(b"not utf8")

# --- matching -------------------------------------------------------------------------------------------------------

cdef Term on_the_pool(Process* p, Term subject, Term re, Term options) noexcept nogil:
    return trap3(p, export_get(p.vm.code, AM_erlang, atom_re_run_away, 3), subject, re, options)


# A long subject is looked through in slices, by erlang:re_run_trap(Subject, RE, State), before anything is matched.
# State is {{Offset, Proof}, Options, Arity, First}: how far it is known to be UTF-8, and the call it came from. That call is made
# again, with the subject marked, if it is not, or something else is wrong, so that the error is that call's.
cdef Term check_term(Process* p, size_t offset, Term options, Term arity, Term first) noexcept nogil:
    return tuple4(p, tuple2(p, make_small(<int64_t>offset), proof_of(p, offset)), options, arity, first)


# Nobody else can say of a subject that so much of it has been looked through.
cdef Term proof_of(Process* p, size_t offset) noexcept nogil:
    cdef uint64_t n = (<uint64_t>offset + 1) * <uint64_t>0x9E3779B97F4A7C15 ^ p.vm.ref_base * <uint64_t>0xBF58476D1CE4E5B9
    n = (n ^ p.id) * <uint64_t>0x94D049BB133111EB
    return make_small(<int64_t>(n >> 8))


cdef Term check_subject(Process* p, Term* args, uint32_t arity, bint first) noexcept nogil:
    cdef Term state = check_term(p, 0, args[2], make_small(arity), AM_true if first else AM_false)
    if state == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    return trap3(p, export_get(p.vm.code, AM_erlang, AM_re_run_trap, 3), args[0], args[1], state)


cdef Term marked_call(Process* p, Term* args, Term options, uint32_t arity, Term first) noexcept nogil:
    cdef Term marked = tuple2(p, atom_not_utf8, args[0])
    if marked == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    p.trap_args[0] = marked
    p.trap_args[1] = args[1]
    p.trap_args[2] = options
    p.trap_args[3] = first
    p.trap_arity = arity
    p.trap_export = export_get(p.vm.code, AM_re, atom_internal_run if arity == 4 else atom_run, arity)
    p.freason = TRAP_CALL
    return 0


# True: args[0] was such a subject, and is again what it was.
cdef bint unmark(Term* args) noexcept nogil:
    if not term_is_tuple_of(args[0], 2) or tuple_elements(args[0])[0] != atom_not_utf8:
        return False
    args[0] = tuple_elements(args[0])[1]
    return True


# The subject is a whole counted binary or a byte-aligned window on one: parts can be windows, too.
cdef bint is_counted(Term t) noexcept nogil:
    cdef Term* q = boxed_ptr(t)
    return (header_kind(q[0]) == T_SUB_BITS and boxed_kind((<SubBits*>q).orig) == T_BIN_REF
            and ((<SubBits*>q).start & 7) == 0)


# Global matches are collected by OTP's re:grun/3, which comes back for each. `more` are the further elements of its
# last argument. Takes the count of r.
cdef Term collect_all(Process* p, Term subject, Regex* r, bint unicode_, bint checked, Term more) noexcept nogil:
    cdef Term known = 0
    cdef Term re
    cdef const uint8_t* s
    cdef uint8_t* temp
    cdef size_t n
    if more == 0:
        regex_release(r)
        return 0
    if r.utf and term_is_binary(subject) and is_counted(subject) and binary_bytes(subject, &s, &n, &temp):
        if temp == NULL and (checked or utf8_valid(s, n) == n):
            known = subject
        free(temp)
    re = pattern_term(p, r, unicode_, known)
    if re == 0:
        return 0
    return trap3(p, export_get(p.vm.code, AM_re, AM_grun, 3), subject, re, more)


# A pattern that was compiled with one idea of line ends may be run with another.
cdef Regex* with_line_ends(Regex* r, uint32_t options) noexcept nogil:
    cdef uint32_t wanted = r.options
    cdef RegexError error
    cdef Regex* other
    if options & RX_NEWLINE_MASK:
        wanted = (wanted & ~<uint32_t>RX_NEWLINE_MASK) | (options & RX_NEWLINE_MASK)
    if options & RX_BSR_MASK:
        wanted = (wanted & ~<uint32_t>RX_BSR_MASK) | (options & RX_BSR_MASK)
    if wanted == r.options:
        return r
    other = regex_get(r.source, r.size, wanted, &error)
    regex_release(r)
    return other


# Room for a first try with a pattern that the linear engine can take over from: both bounds together keep the work
# linear in the subject, too.
cdef size_t few_starts(size_t n) noexcept nogil:
    cdef size_t starts = LINEAR_STARTS / (n + 1)
    return 16 if starts < 16 else (FIRST_STARTS if starts > FIRST_STARTS else starts)


cdef uint32_t few_steps(size_t n, uint32_t limit) noexcept nogil:
    cdef size_t steps = LINEAR_STEPS / (n + 1)
    if steps < 64:
        steps = 64
    return <uint32_t>steps if steps < limit else limit


# The match itself: r is the caller's. `whole` as in is_counted, else 0.
cdef Term match_subject(Process* p, Regex* r, Options* o, const uint8_t* s, size_t n, Term whole, Term* args,
                        bint first, bint valid, bint final) noexcept nogil:
    cdef Capture capture
    cdef RegexRun* run
    cdef size_t offset = <size_t>o.offset
    cdef uint32_t limit = o.limit
    cdef size_t last = <size_t>RX_UNSET, starts
    cdef int rc
    cdef Term result
    cdef bint cut, own_limit = (o.flags & (OPT_LIMIT | OPT_REPORT_ERRORS)) != 0
    if not capture_parse(&capture, r, o):
        free(capture.groups)
        return badarg(p)
    # \C can end a match within a character: then re:grun goes on there.
    if offset > n or (r.utf and ((not valid and utf8_valid(s, n) != n)
                                 or (first and offset < n and (s[offset] & 0xC0) == 0x80))):
        free(capture.groups)
        return badarg(p)
    run = regex_run_new(r)
    if run == NULL:
        free(capture.groups)
        return fail(p, EXC_SYSTEM_LIMIT)
    if final:
        if own_limit or not regex_is_linear(r):
            rc = regex_match(r, run, s, n, offset, last, o.run, limit, o.depth_limit)
        else:
            rc = regex_match_linear(r, run, s, n, offset, o.run)
        cut = False
    else:
        if limit > regex_first_limit():
            limit = regex_first_limit()
        starts = FIRST_STARTS
        if n - offset > LONG_SUBJECT and not own_limit and regex_is_linear(r):
            starts = few_starts(n - offset)
            limit = few_steps(n - offset, limit)
        if n - offset > starts:
            last = offset + starts
        rc = regex_match(r, run, s, n, offset, last, o.run, limit, o.depth_limit)
        cut = (rc == RX_LIMIT and limit < o.limit) or (rc == RX_NOMATCH and last != <size_t>RX_UNSET)
        if (rc == RX_DEPTH_LIMIT or cut) and not own_limit and regex_is_linear(r):
            cut = regex_linear_cost(r, n - offset) > LINEAR_COST
            if not cut:
                rc = regex_match_linear(r, run, s, n, offset, o.run)
                charge(p, <int64_t>(run.steps // STEPS_PER_REDUCTION))
    if cut:
        charge(p, FIRST_STARTS / BYTES_PER_REDUCTION)
        result = on_the_pool(p, args[0], args[1], args[2])
    elif rc > 0:
        charge(p, 1 + <int64_t>((run.groups[1] - offset) / BYTES_PER_REDUCTION if run.groups[1] > offset else 0))
        result = match_term(p, &capture, run.groups, rc, s, whole)
    elif rc == RX_FAILED:
        result = fail(p, EXC_SYSTEM_LIMIT)
    else:
        charge(p, 1 + <int64_t>((n - offset) / BYTES_PER_REDUCTION))
        result = AM_nomatch
        if o.flags & OPT_REPORT_ERRORS and rc != RX_NOMATCH:
            result = tuple2(p, AM_error, AM_match_limit if rc == RX_LIMIT else AM_match_limit_recursion)
    regex_run_done(r, run, n)
    free(capture.groups)
    return result


# The subject is a binary, byte-aligned, and too long to be looked through at one go.
cdef bint is_long(Term subject) noexcept nogil:
    return (term_is_binary(subject) and bits_size(subject) > 8 * CHECK_AT_ONCE
            and (boxed_kind(subject) == T_HEAP_BITS or (<SubBits*>boxed_ptr(subject)).start & 7 == 0))


# args: subject, pattern, options, of a call with `arity` arguments. `first`: the subject has not been looked at.
# `checked`: it is known to be UTF-8. `final`: no smaller limit.
cdef Term run_term(Process* p, Term* args, uint32_t arity, bint first, bint checked, bint final) noexcept nogil:
    cdef Options o
    cdef RegexError error
    cdef Regex* r
    cdef Tail* tail = NULL
    cdef const uint8_t* s
    cdef uint8_t* temp = NULL
    cdef size_t n
    cdef Term subject = args[0], re = args[1], options = args[2], result, whole = 0
    cdef Term* q
    cdef bint listed, valid = checked
    if not parse_options(options, &o):
        return bad_option(p)
    listed = o.flags & OPT_CAPTURE and o.type == AM_list and not o.flags & OPT_GLOBAL
    if is_pattern(re):
        q = tuple_elements(re)
        if o.flags & OPT_COMPILE_ONLY:
            return badarg(p)
        if small_value(q[2]) != 0 and (not term_is_bitstring(subject) or listed):
            return trap3(p, export_get(p.vm.code, AM_re, AM_urun, 3), subject, re, options)
        r = pattern_regex(q[4])
        if r == NULL:
            return badarg(p)
        if o.flags & OPT_GLOBAL:
            if r.utf and not checked and is_long(subject):
                regex_release(r)
                return check_subject(p, args, arity, first)
            return collect_all(p, subject, r, small_value(q[2]) != 0, checked, tuple2(p, options, AM_false))
        tail = pattern_tail(q[4])
        r = with_line_ends(r, o.run)
        if r == NULL:
            return badarg(p)
    else:
        if not term_is_bitstring(re) and not term_is_list(re) and not term_is_nil(re):
            return badarg(p)
        if o.flags & OPT_UNICODE and (not term_is_bitstring(re) or not term_is_bitstring(subject) or listed):
            return trap3(p, export_get(p.vm.code, AM_re, AM_urun, 3), subject, re, options)
        temp = flatten(re, &n)
        if temp == NULL:
            return badarg(p)
        r = regex_get(temp, n, o.compile, &error)
        free(temp)
        charge(p, <int64_t>(n / 16))
        if r == NULL:
            return error_term(p, &error, True) if o.flags & OPT_REPORT_ERRORS else badarg(p)
        if o.flags & OPT_GLOBAL:
            if r.utf and not checked and is_long(subject):
                regex_release(r)
                return check_subject(p, args, arity, first)
            return collect_all(p, subject, r, (o.flags & OPT_UNICODE) != 0, checked,
                               tuple3(p, options, AM_true if o.flags & OPT_COMPILE_ONLY else AM_false, re))
    if term_is_binary(subject):
        if not binary_bytes(subject, &s, &n, &temp):
            regex_release(r)
            return fail(p, EXC_SYSTEM_LIMIT)
        if is_counted(subject):
            whole = subject
            # A subject that the call before this one has looked through is recognised, not believed.
            if (not first and tail != NULL and tail.subject != NULL and tail.start == s and tail.size == n
                    and (<BinRef*>boxed_ptr((<SubBits*>boxed_ptr(subject)).orig)).binary == tail.subject):
                valid = True
        if r.utf and not valid and not final and n > CHECK_AT_ONCE:
            regex_release(r)
            if temp == NULL:
                return check_subject(p, args, arity, first)
            free(temp)
            return on_the_pool(p, subject, re, options)
    else:
        temp = flatten(subject, &n)
        if temp == NULL:
            regex_release(r)
            return badarg(p)
        s = temp
    result = match_subject(p, r, &o, s, n, whole, args, first, valid, final)
    free(temp)
    regex_release(r)
    return result


cdef Term run_2(void* proc, Term* args) noexcept nogil:
    cdef Term three[3]
    three[0] = args[0]
    three[1] = args[1]
    three[2] = nil()
    if unmark(args):
        return badarg(<Process*>proc)
    return run_term(<Process*>proc, three, 2, True, False, False)


cdef Term run_3(void* proc, Term* args) noexcept nogil:
    if unmark(args):
        return badarg(<Process*>proc)
    return run_term(<Process*>proc, args, 3, True, False, False)


cdef Term internal_run_4(void* proc, Term* args) noexcept nogil:
    if unmark(args) or (args[3] != AM_true and args[3] != AM_false):
        return badarg(<Process*>proc)
    return run_term(<Process*>proc, args, 4, args[3] == AM_true, False, False)


cdef Term re_run_trap_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term* state
    cdef Term options, first, result
    cdef uint32_t arity
    cdef size_t offset, end, n, slice_
    cdef const uint8_t* s
    cdef uint8_t* temp = NULL
    cdef Term three[3]
    if not is_check(p, args):
        return badarg(p)
    state = tuple_elements(args[2])
    offset = <size_t>small_value(tuple_elements(state[0])[0])
    options = state[1]
    arity = <uint32_t>small_value(state[2])
    first = state[3]
    if not binary_bytes(args[0], &s, &n, &temp):
        return fail(p, EXC_SYSTEM_LIMIT)
    slice_ = CHECKED_PER_REDUCTION * <size_t>(p.reductions_left if p.reductions_left > 100 else 100)
    end = n if n - offset <= slice_ else offset + slice_
    while end < n and end > offset and (s[end] & 0xC0) == 0x80:       # not within a character
        end -= 1
    charge(p, <int64_t>((end - offset) / CHECKED_PER_REDUCTION))
    if end == offset or utf8_valid(s + offset, end - offset) != end - offset:
        return marked_call(p, args, options, arity, first)
    if end < n:
        args[2] = check_term(p, end, options, state[2], first)
        return yield_again(p) if args[2] != 0 else fail(p, EXC_SYSTEM_LIMIT)
    three[0] = args[0]
    three[1] = args[1]
    three[2] = options
    result = run_term(p, three, arity, first == AM_true, True, False)
    if result == 0 and p.freason == EXC_BADARG:
        return marked_call(p, args, options, arity, first)
    return result


cdef bint is_check(Process* p, Term* args) noexcept nogil:
    cdef Term* state
    cdef Term* place
    if not term_is_tuple_of(args[2], 4) or not is_long(args[0]):
        return False
    state = tuple_elements(args[2])
    if not term_is_tuple_of(state[0], 2):
        return False
    place = tuple_elements(state[0])
    return (term_is_small(place[0]) and <uint64_t>small_value(place[0]) < bits_size(args[0]) >> 3
            and place[1] == proof_of(p, <size_t>small_value(place[0]))
            and term_is_small(state[2]) and 2 <= small_value(state[2]) <= 4)


cdef Term re_run_away_3(void* proc, Term* args) noexcept nogil:
    return run_term(<Process*>proc, args, 3, False, False, True)


# --- the rest -------------------------------------------------------------------------------------------------------

cdef Term inspect_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Regex* r
    cdef Term names = nil()
    cdef uint32_t i
    cdef const uint8_t* name
    if not is_pattern(args[0]) or args[1] != AM_namelist:
        return badarg(p)
    r = pattern_regex(tuple_elements(args[0])[4])
    if r == NULL:
        return badarg(p)
    i = r.name_count
    while i > 0:
        i -= 1
        if name_is_new(r, i):
            name = name_entry(r, i) + 2
            names = prepend(p, binary_from_bytes(proc_heap(p), name, strlen(<const char*>name)), names)
    regex_release(r)
    return tuple2(p, AM_namelist, names) if names != 0 else fail(p, EXC_SYSTEM_LIMIT)


# The library's own version: patterns that other emulators have compiled are not ours.
cdef Term version_0(void* proc, Term* args) noexcept nogil:
    cdef Term t
    cdef char text[64]
    regex_version(text, 64)
    t = binary_from_bytes(proc_heap(<Process*>proc), <const uint8_t*>text, strlen(text))
    return t if t != 0 else fail(<Process*>proc, EXC_SYSTEM_LIMIT)


bif_register(b"re", b"version", 0, version_0, 0)
bif_register(b"re", b"compile", 1, compile_1, 0)
bif_register(b"re", b"compile", 2, compile_2, 0)
bif_register(b"re", b"run", 2, run_2, 0)
bif_register(b"re", b"run", 3, run_3, 0)
bif_register(b"re", b"internal_run", 4, internal_run_4, 0)
bif_register(b"re", b"inspect", 2, inspect_2, 0)
bif_register(b"erlang", b"re_run_trap", 3, re_run_trap_3, 0)
bif_register(b"erlang", b"re_run_away", 3, re_run_away_3, BIF_DIRTY | BIF_DIRTY_CPU)

"""Characters in and out: module unicode's natives, names of atoms as lists, names of files.

characters_to_binary and characters_to_list share one Converter, which turns characters of any chardata into
UTF-8 in a buffer and remembers how it ended. It walks lists with a stack of its own. What is left at an
error, and at the end of a turn, is rebuilt as chardata of the same shape ("rest"), so that going on after
other processes have run is simply converting the rest with what there is in the buffer.

Read next: unicode.erl of stdlib, which calls these and documents the results' shapes.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memchr, memcpy, memset
from enigma.term.am cimport *
from enigma.term.atom cimport *
from enigma.term.boxed cimport *
from enigma.term.core cimport en_load64_rlx, en_store64_rel
from enigma.term.bits cimport *
from enigma.code.module cimport BIF_GUARD, bif_register, export_get
from enigma.process.lifecycle cimport magic_ref_new
from enigma.process.settings cimport VMSettings
from enigma.bif.errors cimport *
from enigma.io.native cimport NAMES_UTF8, name_to_native

cdef enum:
    STEPS_PER_REDUCTION = 20          # list elements
    BYTES_PER_REDUCTION = 200         # of binaries
    JOB_MAGIC = 0x75636e76            # 'ucnv'
    CONVERT_OK = 0
    CONVERT_ERROR = 1                 # rest is what can't be converted
    CONVERT_INCOMPLETE = 2
    CONVERT_AGAIN = 3                 # out of reductions; rest is what remains
    CONVERT_BADARG = 4
    CONVERT_NO_MEMORY = 5
    TURN_MIN = 100                    # steps in which every conversion gets on
    TURN_MAX = 1 << 30                # more than a turn's reductions pay for

cdef uint64_t turn = TURN_MAX            # atomic


cdef int64_t unicode_turn_set(int64_t steps) noexcept nogil:
    cdef int64_t before = <int64_t>en_load64_rlx(&turn)
    if steps == 0:
        steps = TURN_MAX
    en_store64_rel(&turn, <uint64_t>(steps if steps > TURN_MIN else TURN_MIN))
    return before


cdef struct Converter:
    Magic magic
    uint8_t* out               # UTF-8 so far; owned
    size_t size
    size_t capacity
    size_t chars               # code points in out
    uint8_t leftover[4]        # the first bytes of a character that goes on in the next binary
    unsigned int leftover_size
    bint latin1                # input
    bint failed                # the rest of an error is known: only types are still checked


cdef void converter_destroy(Magic* m) noexcept nogil:
    free((<Converter*>m).out)
    free(m)


cdef bint reserve(Converter* c, size_t more) noexcept nogil:
    cdef uint8_t* larger
    cdef size_t capacity
    if c.capacity - c.size >= more:
        return True
    capacity = 2 * c.capacity + more + 64
    larger = <uint8_t*>realloc(c.out, capacity)
    if larger == NULL:
        return False
    c.out = larger
    c.capacity = capacity
    return True


cdef inline unsigned int utf8_put(uint8_t* out, uint32_t ch) noexcept nogil:
    if ch < 0x80:
        out[0] = <uint8_t>ch
        return 1
    if ch < 0x800:
        out[0] = <uint8_t>(0xC0 | ch >> 6)
        out[1] = <uint8_t>(0x80 | (ch & 0x3F))
        return 2
    if ch < 0x10000:
        out[0] = <uint8_t>(0xE0 | ch >> 12)
        out[1] = <uint8_t>(0x80 | ((ch >> 6) & 0x3F))
        out[2] = <uint8_t>(0x80 | (ch & 0x3F))
        return 3
    out[0] = <uint8_t>(0xF0 | ch >> 18)
    out[1] = <uint8_t>(0x80 | ((ch >> 12) & 0x3F))
    out[2] = <uint8_t>(0x80 | ((ch >> 6) & 0x3F))
    out[3] = <uint8_t>(0x80 | (ch & 0x3F))
    return 4


# Bytes of the character that a lead byte begins; 0: it begins none. Leads that are always wrong (C0, F5 ...)
# have a length here: whether they are an error or incomplete depends on how many bytes follow.
cdef inline unsigned int lead_length(uint8_t b) noexcept nogil:
    if b < 0x80: return 1
    if b & 0xE0 == 0xC0: return 2
    if b & 0xF0 == 0xE0: return 3
    if b & 0xF8 == 0xF0: return 4
    return 0


# Is s, of the n bytes that its lead asks for, a character?
cdef inline bint valid_character(const uint8_t* s, unsigned int n) noexcept nogil:
    if n == 2:
        return s[0] >= 0xC2 and s[1] & 0xC0 == 0x80
    if n == 3:
        return (s[1] & 0xC0 == 0x80 and s[2] & 0xC0 == 0x80 and not (s[0] == 0xE0 and s[1] < 0xA0)
                and not (s[0] == 0xED and s[1] >= 0xA0))
    return (s[1] & 0xC0 == 0x80 and s[2] & 0xC0 == 0x80 and s[3] & 0xC0 == 0x80 and not (s[0] == 0xF0 and s[1] < 0x90)
            and (s[0] < 0xF4 or (s[0] == 0xF4 and s[1] < 0x90)))


cdef inline bint ascii8(const uint8_t* s) noexcept nogil:
    cdef uint64_t v
    memcpy(&v, s, 8)
    return v & <uint64_t>0x8080808080808080 == 0


# Length of the longest run of whole, valid characters at s, and their number.
cdef size_t utf8_run(const uint8_t* s, size_t n, size_t* chars) noexcept nogil:
    cdef size_t i = 0, count = 0
    cdef unsigned int k
    while i < n:
        if s[i] < 0x80:
            if i + 8 <= n and ascii8(s + i):
                i += 8
                count += 8
            else:
                i += 1
                count += 1
            continue
        k = lead_length(s[i])
        if k == 0 or n - i < k or not valid_character(s + i, k):
            break
        i += k
        count += 1
    chars[0] = count
    return i


cdef inline uint32_t utf8_next(const uint8_t* s, size_t* i) noexcept nogil:    # of valid text
    cdef uint32_t b = s[i[0]]
    if b < 0x80:
        i[0] += 1
        return b
    if b < 0xE0:
        b = (b & 0x1F) << 6 | (s[i[0] + 1] & 0x3F)
        i[0] += 2
        return b
    if b < 0xF0:
        b = (b & 0x0F) << 12 | <uint32_t>(s[i[0] + 1] & 0x3F) << 6 | (s[i[0] + 2] & 0x3F)
        i[0] += 3
        return b
    b = (b & 0x07) << 18 | <uint32_t>(s[i[0] + 1] & 0x3F) << 12 | <uint32_t>(s[i[0] + 2] & 0x3F) << 6 | (s[i[0] + 3] & 0x3F)
    i[0] += 4
    return b


# Appends the bytes of a binary from `from_` on. Returns CONVERT_OK, CONVERT_ERROR (*at: the offending
# byte) or CONVERT_NO_MEMORY.
cdef int convert_bytes(Converter* c, const uint8_t* s, size_t n, size_t* at) noexcept nogil:
    cdef size_t i = 0, k, count
    cdef unsigned int need
    if c.latin1:
        if not reserve(c, 2 * n):
            return CONVERT_NO_MEMORY
        while i < n:
            if i + 8 <= n and ascii8(s + i):
                memcpy(c.out + c.size, s + i, 8)
                c.size += 8
                i += 8
            else:
                c.size += utf8_put(c.out + c.size, s[i])
                i += 1
        c.chars += n
        return CONVERT_OK
    if not reserve(c, n + 4):
        return CONVERT_NO_MEMORY
    if c.leftover_size != 0:
        need = lead_length(c.leftover[0])
        if n < need - c.leftover_size:
            memcpy(c.leftover + c.leftover_size, s, n)
            c.leftover_size += <unsigned int>n
            return CONVERT_OK
        i = need - c.leftover_size
        memcpy(c.out + c.size, c.leftover, c.leftover_size)
        memcpy(c.out + c.size + c.leftover_size, s, i)
        if not valid_character(c.out + c.size, need):
            at[0] = 0
            return CONVERT_ERROR
        c.size += need
        c.chars += 1
        c.leftover_size = 0
    k = utf8_run(s + i, n - i, &count)
    memcpy(c.out + c.size, s + i, k)
    c.size += k
    c.chars += count
    i += k
    if i == n:
        return CONVERT_OK
    need = lead_length(s[i])
    if need > n - i:
        memcpy(c.leftover, s + i, n - i)
        c.leftover_size = <unsigned int>(n - i)
        return CONVERT_OK
    at[0] = i
    return CONVERT_ERROR


# [rest | parent's tail] for every list that was being walked, and the leftover bytes in front of it all.
cdef Term rest_of(Process* p, Converter* c, Term rest, Term* stack, size_t depth, bint with_leftover) noexcept nogil:
    cdef Term* cell
    cdef Term bytes_
    while depth > 0:
        depth -= 1
        cell = proc_alloc(p, 2)
        if cell == NULL:
            return 0
        rest = cons(cell, rest, stack[depth])
    if with_leftover and c.leftover_size != 0:
        bytes_ = binary_from_bytes(proc_heap(p), c.leftover, c.leftover_size)
        cell = proc_alloc(p, 4)
        if bytes_ == 0 or cell == NULL:
            return 0
        rest = cons(cell, bytes_, cons(cell + 2, rest, nil()))
    return rest


# Converts `data`. *rest is set for CONVERT_ERROR (if it was not known before), CONVERT_INCOMPLETE and
# CONVERT_AGAIN (what remains goes to *more then).
cdef int convert(Process* p, Converter* c, Term data, Term* rest, Term* more) noexcept nogil:
    cdef Term current = data, head, t
    cdef Term* stack = NULL
    cdef Term* larger
    cdef Term* cell
    cdef size_t depth = 0, capacity = 0, n, at = 0
    cdef const uint8_t* s
    cdef uint8_t* temp
    cdef int64_t budget = <int64_t>(p.reductions_left if p.reductions_left > 8 else 8) * STEPS_PER_REDUCTION
    cdef int64_t given
    cdef int64_t v
    cdef int status = CONVERT_OK, result
    cdef uint32_t limit = 0xFF if c.latin1 else 0x10FFFF
    if budget > <int64_t>en_load64_rlx(&turn):
        budget = <int64_t>en_load64_rlx(&turn)
    given = budget
    while True:
        if term_is_list(current):
            budget -= 1
            if budget <= 0:
                status = CONVERT_AGAIN
                break
            head = list_head(current)
            if term_is_small(head):
                if not c.failed:
                    v = small_value(head)
                    if <uint64_t>v > limit or (0xD800 <= v and v <= 0xDFFF) or c.leftover_size != 0:
                        rest[0] = rest_of(p, c, current, stack, depth, True)
                        if rest[0] == 0:
                            status = CONVERT_NO_MEMORY
                            break
                        c.failed = True
                    else:
                        if not reserve(c, 4):
                            status = CONVERT_NO_MEMORY
                            break
                        c.size += utf8_put(c.out + c.size, <uint32_t>v)
                        c.chars += 1
                current = list_tail(current)
                continue
            if term_is_list(head):
                if depth == capacity:
                    capacity = 2 * capacity + 32
                    larger = <Term*>realloc(stack, capacity * sizeof(Term))
                    if larger == NULL:
                        status = CONVERT_NO_MEMORY
                        break
                    stack = larger
                stack[depth] = list_tail(current)
                depth += 1
                current = head
                continue
            if term_is_nil(head):
                current = list_tail(current)
                continue
            if term_is_big(head):
                if not c.failed:
                    rest[0] = rest_of(p, c, current, stack, depth, True)
                    if rest[0] == 0:
                        status = CONVERT_NO_MEMORY
                        break
                    c.failed = True
                current = list_tail(current)
                continue
            t = head
        elif term_is_nil(current):
            if depth == 0:
                break
            depth -= 1
            current = stack[depth]
            continue
        else:
            t = current
        # a binary, as an element or as a tail
        if not term_is_binary(t):
            status = CONVERT_BADARG
            break
        if not c.failed:
            temp = NULL
            if not binary_bytes(t, &s, &n, &temp):
                status = CONVERT_NO_MEMORY
                break
            result = convert_bytes(c, s, n, &at)
            free(temp)
            budget -= <int64_t>(n / (BYTES_PER_REDUCTION / STEPS_PER_REDUCTION))
            if result == CONVERT_NO_MEMORY:
                status = result
                break
            if result == CONVERT_ERROR:
                t = bits_sub(proc_heap(p), t, at << 3, (n - at) << 3)
                if t != 0 and term_is_list(current):
                    cell = proc_alloc(p, 2)
                    t = cons(cell, t, list_tail(current)) if cell != NULL else 0
                rest[0] = rest_of(p, c, t, stack, depth, True) if t != 0 else 0
                if rest[0] == 0:
                    status = CONVERT_NO_MEMORY
                    break
                c.failed = True
        current = list_tail(current) if term_is_list(current) else nil()
    if status == CONVERT_AGAIN:
        more[0] = rest_of(p, c, current, stack, depth, False)
        if more[0] == 0:
            status = CONVERT_NO_MEMORY
    free(stack)
    charge(p, (given - budget) / STEPS_PER_REDUCTION)
    if status != CONVERT_OK:
        return status
    if c.failed:
        return CONVERT_ERROR
    if c.leftover_size != 0:
        rest[0] = binary_from_bytes(proc_heap(p), c.leftover, c.leftover_size)
        if rest[0] == 0:
            return CONVERT_NO_MEMORY
        for n in range(1, c.leftover_size):
            if c.leftover[n] & 0xC0 != 0x80:
                return CONVERT_ERROR
        return CONVERT_INCOMPLETE
    return CONVERT_OK


# Valid UTF-8 of `chars` characters as a list before `tail`; 0: no memory.
cdef Term list_of_utf8(Process* p, const uint8_t* s, size_t chars) noexcept nogil:
    cdef Term* cell
    cdef size_t i = 0, k
    cdef Term first
    if chars == 0:
        return nil()
    cell = proc_alloc(p, 2 * chars)
    if cell == NULL:
        return 0
    first = make_list(cell)
    for k in range(chars):
        cell[0] = make_small(utf8_next(s, &i))
        cell[1] = make_list(cell + 2)
        cell += 2
    cell[-1] = nil()
    return first


# Between turns args[0] is [ErrorRest | Remaining] and args[1] the converter.
cdef Term characters_to(Process* p, Term* args, bint to_list) noexcept nogil:
    cdef Converter local
    cdef Converter* c = &local
    cdef Converter* kept
    cdef Term rest = nil(), more = nil(), data = args[0], t, ref
    cdef Term* cell
    cdef int status
    cdef bint again = term_is_magic_ref(args[1]) and magic_of(args[1]).type == JOB_MAGIC
    if again:
        c = <Converter*>magic_of(args[1])
        rest = list_head(args[0])
        data = list_tail(args[0])
    else:
        memset(&local, 0, sizeof(Converter))
        if args[1] == AM_latin1:
            local.latin1 = True
        elif args[1] != AM_utf8 and args[1] != AM_unicode:
            return trap2(p, export_get(p.vm.code, AM_unicode,
                                       AM_characters_to_list_int if to_list else AM_characters_to_binary_int, 2), args[0], args[1])
    status = convert(p, c, data, &rest, &more)
    if status == CONVERT_AGAIN:
        cell = proc_alloc(p, 2)
        if cell == NULL:
            status = CONVERT_NO_MEMORY
        else:
            if not again:
                kept = <Converter*>malloc(sizeof(Converter))
                if kept == NULL:
                    free(local.out)
                    return fail(p, EXC_SYSTEM_LIMIT)
                memcpy(kept, &local, sizeof(Converter))
                kept.magic.destructor = converter_destroy
                kept.magic.type = JOB_MAGIC
                ref = magic_ref_new(p.vm, proc_heap(p), kept)
                if ref == 0:
                    converter_destroy(&kept.magic)
                    return fail(p, EXC_SYSTEM_LIMIT)
                args[1] = ref
            args[0] = cons(cell, rest, more)
            return yield_again(p)
    if status == CONVERT_BADARG or status == CONVERT_NO_MEMORY:
        if not again:
            free(local.out)
        return fail(p, EXC_BADARG if status == CONVERT_BADARG else EXC_SYSTEM_LIMIT)
    t = list_of_utf8(p, c.out, c.chars) if to_list else binary_from_bytes(proc_heap(p), c.out, c.size)
    charge(p, <int64_t>(c.chars >> 6 if to_list else c.size >> 12))
    if not again:
        free(local.out)
    if t == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    if status == CONVERT_OK:
        return t
    cell = proc_alloc(p, 4)
    if cell == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    cell[0] = make_header(T_TUPLE, 3)
    cell[1] = AM_error if status == CONVERT_ERROR else AM_incomplete
    cell[2] = t
    cell[3] = rest
    return make_boxed(cell)


cdef Term characters_to_binary_2(void* proc, Term* args) noexcept nogil:
    return characters_to(<Process*>proc, args, False)


cdef Term characters_to_list_2(void* proc, Term* args) noexcept nogil:
    return characters_to(<Process*>proc, args, True)


cdef Term bin_is_7bit_1(void* proc, Term* args) noexcept nogil:
    cdef const uint8_t* s
    cdef uint8_t* temp = NULL
    cdef size_t n, i = 0
    if not term_is_binary(args[0]) or not binary_bytes(args[0], &s, &n, &temp):
        return AM_false
    while i + 8 <= n and ascii8(s + i):
        i += 8
    while i < n and s[i] < 0x80:
        i += 1
    free(temp)
    charge(<Process*>proc, <int64_t>(i >> 10))
    return AM_true if i == n else AM_false


# --- atoms as lists of characters -------------------------------------------------------------------------

cdef Term atom_to_list_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Atom* a
    cdef Term t
    if not term_is_atom(args[0]):
        return badarg(p)
    a = atom_get(args[0])
    t = list_of_utf8(p, a.name, a.chars)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term atom_of_list(Process* p, Term t, bint existing) noexcept nogil:
    cdef uint8_t name[ATOM_MAX_BYTES]
    cdef size_t n = 0, chars = 0
    cdef int64_t v
    while term_is_list(t):
        if chars == ATOM_MAX_CHARS:
            return fail(p, EXC_BADARG if existing else EXC_SYSTEM_LIMIT)
        if not term_is_small(list_head(t)):
            return badarg(p)
        v = small_value(list_head(t))
        if v < 0 or v > 0x10FFFF or (0xD800 <= v and v <= 0xDFFF):
            return badarg(p)
        n += utf8_put(name + n, <uint32_t>v)
        chars += 1
        t = list_tail(t)
    if not term_is_nil(t):
        return badarg(p)
    t = atom_find(name, n) if existing else atom_put(name, n)
    if t == 0:
        return fail(p, EXC_BADARG if existing else EXC_SYSTEM_LIMIT)
    return t


cdef Term list_to_atom_1(void* proc, Term* args) noexcept nogil:
    return atom_of_list(<Process*>proc, args[0], False)


cdef Term list_to_existing_atom_1(void* proc, Term* args) noexcept nogil:
    return atom_of_list(<Process*>proc, args[0], True)


# --- names of files: UTF-8 on every system that we run on -----------------------------------------------------

# A string, deep or not, or a raw name as bytes with a 0 behind them, as the operating system wants it. No name holds a 0.
cdef Term name2native_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef const uint8_t* s
    cdef uint8_t* temp = NULL
    cdef uint8_t* out
    cdef char* text
    cdef size_t n
    cdef Term t = args[0]
    if term_is_bitstring(t):
        n = bits_size(t) >> 3
        if bits_size(t) & 7:
            t = bits_sub(proc_heap(p), t, 0, n << 3)
            if t == 0:
                return fail(p, EXC_SYSTEM_LIMIT)
        if not binary_bytes(t, &s, &n, &temp):
            return fail(p, EXC_SYSTEM_LIMIT)
        if n != 0 and memchr(s, 0, n) != NULL:
            free(temp)
            return badarg(p)
        t = binary_make(proc_heap(p), n + 1, &out)
        if t != 0:
            memcpy(out, s, n)
            out[n] = 0
        free(temp)
        return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)
    if not term_is_list(t) and not term_is_nil(t):
        return badarg(p)
    text = name_to_native(t, NAMES_UTF8, True, False, &n)
    if text == NULL:
        return badarg(p)
    t = binary_make(proc_heap(p), n + 1, &out)
    if t != 0:
        memcpy(out, text, n + 1)
    free(text)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


# Bytes of valid UTF-8 as a string; what is not gives {error, warning}, on which the caller keeps the raw name.
cdef Term native2name_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef const uint8_t* s
    cdef uint8_t* temp = NULL
    cdef size_t n, chars
    cdef Term t
    cdef Term* tuple_
    if not term_is_binary(args[0]) or not binary_bytes(args[0], &s, &n, &temp):
        return badarg(p)
    if utf8_run(s, n, &chars) == n:
        t = list_of_utf8(p, s, chars)
    else:
        t = 0
        tuple_ = proc_alloc(p, 3)
        if tuple_ != NULL:
            tuple_[0] = make_header(T_TUPLE, 2)
            tuple_[1] = AM_error
            tuple_[2] = AM_warning
            t = make_boxed(tuple_)
    free(temp)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


# Would compose letters and marks, which only names on macOS need: without marks there is nothing to do, and
# with them we say that we can't.
cdef Term normalize_utf8_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef const uint8_t* s
    cdef uint8_t* temp = NULL
    cdef size_t n, chars, i = 0
    cdef uint32_t ch
    cdef Term t
    if not term_is_binary(args[0]) or not binary_bytes(args[0], &s, &n, &temp):
        return badarg(p)
    if utf8_run(s, n, &chars) != n:
        free(temp)
        return badarg(p)
    while i < n:
        ch = utf8_next(s, &i)
        if (0x300 <= ch and ch <= 0x36F) or ch == 0x3099 or ch == 0x309A:
            free(temp)
            return fail(p, EXC_NOTSUP)
    t = list_of_utf8(p, s, chars)
    free(temp)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term is_translatable_1(void* proc, Term* args) noexcept nogil:
    cdef const uint8_t* s
    cdef uint8_t* temp = NULL
    cdef size_t n, chars
    cdef bint good
    if not term_is_binary(args[0]) or not binary_bytes(args[0], &s, &n, &temp):
        return badarg(<Process*>proc)
    good = utf8_run(s, n, &chars) == n
    free(temp)
    return AM_true if good else AM_false


cdef Term native_name_encoding_0(void* proc, Term* args) noexcept nogil:
    return AM_utf8


cdef Term printable_range_0(void* proc, Term* args) noexcept nogil:
    cdef VMSettings* settings = <VMSettings*>(<Process*>proc).vm.runtime
    return AM_unicode if settings != NULL and settings.printable_unicode else AM_latin1


bif_register(b"unicode", b"characters_to_binary", 2, characters_to_binary_2, 0)
bif_register(b"unicode", b"characters_to_list", 2, characters_to_list_2, 0)
bif_register(b"unicode", b"bin_is_7bit", 1, bin_is_7bit_1, 0)
bif_register(b"erlang", b"atom_to_list", 1, atom_to_list_1, 0)
bif_register(b"erlang", b"list_to_atom", 1, list_to_atom_1, BIF_GUARD)
bif_register(b"erlang", b"list_to_existing_atom", 1, list_to_existing_atom_1, BIF_GUARD)
bif_register(b"prim_file", b"internal_name2native", 1, name2native_1, 0)
bif_register(b"prim_file", b"internal_native2name", 1, native2name_1, 0)
bif_register(b"prim_file", b"internal_normalize_utf8", 1, normalize_utf8_1, 0)
bif_register(b"prim_file", b"is_translatable", 1, is_translatable_1, 0)
bif_register(b"file", b"native_name_encoding", 0, native_name_encoding_0, 0)
bif_register(b"io", b"printable_range", 0, printable_range_0, 0)

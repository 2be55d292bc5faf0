"""BIFs on binaries: module binary, parts and lists of binaries, and binaries as text of numbers and atoms.

Match, matches and split look at the subject in slices: when the reductions are used up, what was found so
far moves to a SearchJob behind a magic reference in the BIF's second argument and the BIF is run again.
Everything else charges for its length and runs to the end. Nothing here collects.

Read next: match/search.pxd.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset
from enigma.term.am cimport *
from enigma.term.core cimport en_add64, en_mul_overflow
from enigma.term.atom cimport *
from enigma.term.boxed cimport *
from enigma.term.bits cimport *
from enigma.term.number cimport *
from enigma.memory.heap cimport term_exceeds
from enigma.code.module cimport BifEntry, bif_find, bif_register, BIF_GUARD
from enigma.match.search cimport *
from enigma.process.settings cimport VMSettings
from enigma.process.lifecycle cimport magic_ref_new
from enigma.bif.convert cimport float_options
from enigma.bif.errors cimport *

cdef enum:
    BYTES_PER_REDUCTION = 256         # of searching and copying
    LONG_COPY = 1 << 23               # more bytes are copied, and
    LONG_DIGITS = 20000               # more digits converted off the schedulers
    LONG_COMMON = 1 << 16             # words (64 bytes of a binary are one) to compare
    JOB_MAGIC = 0x626a6f62            # 'bjob'
    BORROW_MAX = 32                   # longer single patterns are compiled, which gives them the linear fallback


# --- sizes and parts --------------------------------------------------------------------------------

# Start and length as Erlang gives them (the length may be negative) to a window in `size` bytes.
cdef bint window(Term start, Term length, size_t size, size_t* from_, size_t* count) noexcept nogil:
    cdef int64_t s, n
    if not term_both_small(start, length):
        return False
    s = small_value(start)
    n = small_value(length)
    if n < 0:
        s += n                        # both have 60 bits: no overflow
        n = -n
    if s < 0 or s > <int64_t>size or n > <int64_t>size - s:
        return False
    from_[0] = <size_t>s
    count[0] = <size_t>n
    return True


cdef Term part_of(Process* p, Term binary, Term start, Term length) noexcept nogil:
    cdef size_t from_, count
    cdef Term t
    if not term_is_bitstring(binary) or not window(start, length, bits_size(binary) >> 3, &from_, &count):
        return badarg(p)
    t = bits_sub(proc_heap(p), binary, from_ << 3, count << 3)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term part_3(void* proc, Term* args) noexcept nogil:
    return part_of(<Process*>proc, args[0], args[1], args[2])


cdef Term part_2(void* proc, Term* args) noexcept nogil:
    if not term_is_tuple_of(args[1], 2):
        return badarg(<Process*>proc)
    return part_of(<Process*>proc, args[0], tuple_elements(args[1])[0], tuple_elements(args[1])[1])


cdef Term split_binary_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term* tuple_
    cdef Term a, b
    cdef size_t size, at
    if not term_is_bitstring(args[0]) or not term_is_small(args[1]) or small_value(args[1]) < 0:
        return badarg(p)
    size = bits_size(args[0])
    at = <size_t>small_value(args[1])
    if at > size >> 3:
        return badarg(p)
    a = bits_sub(proc_heap(p), args[0], 0, at << 3)
    b = bits_sub(proc_heap(p), args[0], at << 3, size - (at << 3))
    tuple_ = proc_alloc(p, 3)
    if a == 0 or b == 0 or tuple_ == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    tuple_[0] = make_header(T_TUPLE, 2)
    tuple_[1] = a
    tuple_[2] = b
    return make_boxed(tuple_)


cdef inline Term byte_at(Term binary, size_t index) noexcept nogil:
    cdef uint8_t* base
    cdef word offset, size
    bits_fetch(binary, &base, &offset, &size)
    if offset == 0:
        return make_small(base[index])
    return make_small(<int64_t>bits_get(base, offset + (index << 3), 8))


cdef Term at_2(void* proc, Term* args) noexcept nogil:
    if (not term_is_binary(args[0]) or not term_is_small(args[1]) or small_value(args[1]) < 0
            or <word>small_value(args[1]) >= bits_size(args[0]) >> 3):
        return badarg(<Process*>proc)
    return byte_at(args[0], <size_t>small_value(args[1]))


cdef Term first_1(void* proc, Term* args) noexcept nogil:
    if not term_is_binary(args[0]) or bits_size(args[0]) == 0:
        return badarg(<Process*>proc)
    return byte_at(args[0], 0)


cdef Term last_1(void* proc, Term* args) noexcept nogil:
    if not term_is_binary(args[0]) or bits_size(args[0]) == 0:
        return badarg(<Process*>proc)
    return byte_at(args[0], (bits_size(args[0]) >> 3) - 1)


# Bytes kept alive by the binary, which may be more than it shows.
cdef Term referenced_byte_size_1(void* proc, Term* args) noexcept nogil:
    cdef Term* b
    cdef Term orig = args[0]
    if not term_is_bitstring(args[0]):
        return badarg(<Process*>proc)
    b = boxed_ptr(args[0])
    if header_kind(b[0]) == T_SUB_BITS:
        orig = (<SubBits*>b).orig
        b = boxed_ptr(orig)
    if header_kind(b[0]) == T_BIN_REF:
        return make_small(<int64_t>(<BinRef*>b).binary.size)
    return make_small(<int64_t>(((<HeapBits*>b).size + 7) >> 3))


cdef Term copy_times(Process* p, Term binary, Term count) noexcept nogil:
    cdef const uint8_t* data
    cdef uint8_t* out
    cdef uint8_t* temp = NULL
    cdef size_t size, n, done
    cdef int64_t total
    cdef Term t
    if not term_is_small(count) or small_value(count) < 0 or not term_is_binary(binary):
        return badarg(p)
    if not binary_bytes(binary, &data, &size, &temp):
        return fail(p, EXC_SYSTEM_LIMIT)
    n = <size_t>small_value(count)
    if en_mul_overflow(<int64_t>size, <int64_t>n, &total) or total > (<int64_t>1 << 56):
        free(temp)
        return fail(p, EXC_SYSTEM_LIMIT)
    if total > LONG_COPY and long_work(p, LONG_WORK + 1):
        free(temp)
        return away(p)
    t = binary_make(proc_heap(p), <size_t>total, &out)
    if t == 0:
        free(temp)
        return fail(p, EXC_SYSTEM_LIMIT)
    if total > 0:
        memcpy(out, data, size)
        done = size
        while done < <size_t>total:            # doubles what is there
            n = done if done <= <size_t>total - done else <size_t>total - done
            memcpy(out + done, out, n)
            done += n
    free(temp)
    charge(p, total / (BYTES_PER_REDUCTION * 8))
    return t


cdef Term copy_1(void* proc, Term* args) noexcept nogil:
    return copy_times(<Process*>proc, args[0], make_small(1))


cdef Term copy_2(void* proc, Term* args) noexcept nogil:
    return copy_times(<Process*>proc, args[0], args[1])


# --- lists --------------------------------------------------------------------------------------------

# The bytes [from_, from_ + n) of a bitstring as a list before `tail`.
cdef Term list_of_bytes(Process* p, Term binary, size_t from_, size_t n, Term tail) noexcept nogil:
    cdef uint8_t* base
    cdef word offset, size
    cdef Term* cell
    cdef Term* end
    cdef size_t i
    if n == 0:
        return tail
    if long_work(p, <int64_t>(n >> 5)):
        return away(p)
    cell = proc_alloc(p, 2 * n)
    if cell == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    bits_fetch(binary, &base, &offset, &size)
    base += from_
    end = cell + 2 * n - 2
    if offset == 0:
        for i in range(n):
            cell[2 * i] = make_small(base[i])
            cell[2 * i + 1] = make_list(cell + 2 * i + 2)
    else:
        for i in range(n):
            cell[2 * i] = make_small(<uint8_t>((base[i] << offset) | (base[i + 1] >> (8 - offset))))
            cell[2 * i + 1] = make_list(cell + 2 * i + 2)
    end[1] = tail
    charge(p, <int64_t>(n >> 5))
    return make_list(cell)


cdef Term binary_to_list_1(void* proc, Term* args) noexcept nogil:
    if not term_is_binary(args[0]):
        return badarg(<Process*>proc)
    return list_of_bytes(<Process*>proc, args[0], 0, bits_size(args[0]) >> 3, nil())


# Positions count from 1 and both ends are included.
cdef Term binary_to_list_3(void* proc, Term* args) noexcept nogil:
    cdef int64_t start, stop
    if not term_is_bitstring(args[0]) or not term_both_small(args[1], args[2]) \
            or (not term_is_binary(args[0]) and (<VMSettings*>(<Process*>proc).vm.runtime).release_number > 25):
        return badarg(<Process*>proc)
    start = small_value(args[1])
    stop = small_value(args[2])
    if start < 1 or start > stop or stop > <int64_t>(bits_size(args[0]) >> 3):
        return badarg(<Process*>proc)
    return list_of_bytes(<Process*>proc, args[0], <size_t>(start - 1), <size_t>(stop - start + 1), nil())


cdef Term bitstring_to_list_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef word size
    cdef Term tail = nil()
    cdef Term* cell
    if not term_is_bitstring(args[0]):
        return badarg(p)
    size = bits_size(args[0])
    if size & 7:
        tail = bits_sub(proc_heap(p), args[0], size & ~<word>7, size & 7)
        cell = proc_alloc(p, 2)
        if tail == 0 or cell == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        tail = cons(cell, tail, nil())
    return list_of_bytes(p, args[0], 0, size >> 3, tail)


# binary:list_to_bin/1 is erlang:list_to_binary/1, which lives with the other functions on iodata.
cdef Term list_to_bin_1(void* proc, Term* args) noexcept nogil:
    cdef BifEntry* b = bif_find(AM_erlang, AM_list_to_binary, 1)
    if b == NULL:
        return fail(<Process*>proc, EXC_NOTSUP)
    return b.function(proc, args)


# --- common prefix and suffix ---------------------------------------------------------------------------

cdef Term longest_common(Process* p, Term list_, bint suffix) noexcept nogil:
    cdef const uint8_t* first = NULL
    cdef const uint8_t* other
    cdef uint8_t* first_temp = NULL
    cdef uint8_t* temp = NULL
    cdef size_t first_size = 0, size, common = 0, i, looked = 0
    cdef bint any_ = False
    if long_work(p, LONG_WORK + 1) and term_exceeds(list_, LONG_COMMON):
        return away(p)
    while term_is_list(list_):
        if not term_is_binary(list_head(list_)) or not binary_bytes(list_head(list_), &other, &size, &temp):
            free(first_temp)
            return badarg(p)
        if not any_:
            any_ = True
            first = other
            first_temp = temp
            first_size = size
            common = size
        else:
            if size < common:
                common = size
            i = 0
            if suffix:
                while i < common and first[first_size - 1 - i] == other[size - 1 - i]:
                    i += 1
            else:
                while i < common and first[i] == other[i]:
                    i += 1
            common = i
            looked += i
            free(temp)
        temp = NULL
        list_ = list_tail(list_)
    free(first_temp)
    if not any_ or not term_is_nil(list_):
        return badarg(p)
    charge(p, <int64_t>(looked / BYTES_PER_REDUCTION))
    return make_small(<int64_t>common)


cdef Term longest_common_prefix_1(void* proc, Term* args) noexcept nogil:
    return longest_common(<Process*>proc, args[0], False)


cdef Term longest_common_suffix_1(void* proc, Term* args) noexcept nogil:
    return longest_common(<Process*>proc, args[0], True)


# --- unsigned integers ------------------------------------------------------------------------------------

cdef Term decode(Process* p, Term binary, Term endian) noexcept nogil:
    cdef const uint8_t* data
    cdef uint8_t* temp = NULL
    cdef size_t size
    cdef Term t
    if (endian != AM_big and endian != AM_little) or not term_is_binary(binary):
        return badarg(p)
    if not binary_bytes(binary, &data, &size, &temp):
        return fail(p, EXC_SYSTEM_LIMIT)
    t = integer_from_bytes(proc_heap(p), data, size, endian == AM_little, False) if size != 0 else make_small(0)
    free(temp)
    charge(p, <int64_t>(size / BYTES_PER_REDUCTION))
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term decode_unsigned_1(void* proc, Term* args) noexcept nogil:
    return decode(<Process*>proc, args[0], AM_big)


cdef Term decode_unsigned_2(void* proc, Term* args) noexcept nogil:
    return decode(<Process*>proc, args[0], args[1])


cdef Term encode(Process* p, Term integer, Term endian) noexcept nogil:
    cdef size_t size
    cdef uint8_t* data
    cdef Term t
    if (endian != AM_big and endian != AM_little) or not term_is_integer(integer) or integer_is_negative(integer):
        return badarg(p)
    size = (integer_bit_length(integer) + 7) >> 3
    if size == 0:
        size = 1
    t = binary_make(proc_heap(p), size, &data)
    if t == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    integer_to_bytes(integer, data, size, endian == AM_little)
    charge(p, <int64_t>(size / BYTES_PER_REDUCTION))
    return t


cdef Term encode_unsigned_1(void* proc, Term* args) noexcept nogil:
    return encode(<Process*>proc, args[0], AM_big)


cdef Term encode_unsigned_2(void* proc, Term* args) noexcept nogil:
    return encode(<Process*>proc, args[0], args[1])


# --- numbers as text ----------------------------------------------------------------------------------------

cdef inline int base_of(Term t) noexcept nogil:
    if term_is_small(t) and 2 <= small_value(t) <= 36:
        return <int>small_value(t)
    return 0


cdef Term integer_text(Process* p, Term integer, int base) noexcept nogil:
    cdef char small_text[72]
    cdef char* text = small_text
    cdef size_t bound, n
    cdef Term t
    if base == 0 or not term_is_integer(integer):
        return badarg(p)
    bound = integer_text_size(integer, base) + 1
    if bound > LONG_DIGITS and long_work(p, LONG_WORK + 1):
        return away(p)
    if bound > sizeof(small_text):
        text = <char*>malloc(bound)
        if text == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
    n = integer_format(integer, base, text)
    t = binary_from_bytes(proc_heap(p), <uint8_t*>text, n)
    if text != small_text:
        free(text)
    charge(p, <int64_t>(n >> 5))
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term integer_to_binary_1(void* proc, Term* args) noexcept nogil:
    return integer_text(<Process*>proc, args[0], 10)


cdef Term integer_to_binary_2(void* proc, Term* args) noexcept nogil:
    return integer_text(<Process*>proc, args[0], base_of(args[1]))


cdef Term text_integer(Process* p, Term binary, int base) noexcept nogil:
    cdef const uint8_t* data
    cdef uint8_t* temp = NULL
    cdef size_t size
    cdef Term t, reason = AM_badarg
    if base == 0 or not term_is_binary(binary):
        return badarg(p)
    if not binary_bytes(binary, &data, &size, &temp):
        return fail(p, EXC_SYSTEM_LIMIT)
    if size > LONG_DIGITS and long_work(p, LONG_WORK + 1):
        free(temp)
        return away(p)
    t = integer_parse(proc_heap(p), data, size, base, &reason)
    free(temp)
    charge(p, <int64_t>(size >> 5))
    return t if t != 0 else fail_reason(p, reason)


cdef Term binary_to_integer_1(void* proc, Term* args) noexcept nogil:
    return text_integer(<Process*>proc, args[0], 10)


cdef Term binary_to_integer_2(void* proc, Term* args) noexcept nogil:
    return text_integer(<Process*>proc, args[0], base_of(args[1]))


# As erts_internal:list_to_integer/2: an integer or an atom, never an exception.
cdef Term whole_integer_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef const uint8_t* data
    cdef uint8_t* temp = NULL
    cdef size_t size
    cdef Term t, reason = AM_badarg
    cdef int base = base_of(args[1])
    if base == 0 or not term_is_binary(args[0]):
        return AM_badarg
    if not binary_bytes(args[0], &data, &size, &temp):
        return fail(p, EXC_SYSTEM_LIMIT)
    t = integer_parse(proc_heap(p), data, size, base, &reason)
    free(temp)
    charge(p, <int64_t>(size >> 5))
    if t == 0:
        return AM_badarg if reason == AM_badarg else AM_big
    return t


cdef Term binary_to_float_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef const uint8_t* data
    cdef uint8_t* temp = NULL
    cdef size_t size
    cdef double d
    cdef bint good
    cdef Term* box
    if not term_is_binary(args[0]):
        return badarg(p)
    if not binary_bytes(args[0], &data, &size, &temp):
        return fail(p, EXC_SYSTEM_LIMIT)
    good = float_parse(data, size, &d)
    free(temp)
    if not good:
        return badarg(p)
    box = proc_alloc(p, 2)
    return make_float(box, d) if box != NULL else fail(p, EXC_SYSTEM_LIMIT)


cdef Term float_text(Process* p, Term t, int style, int digits, bint compact) noexcept nogil:
    cdef char text[FLOAT_TEXT_MAX]
    cdef size_t n
    if not term_is_float(t):
        return badarg(p)
    n = float_format(float_value(t), style, digits, compact, text)
    if n == 0:
        return badarg(p)
    t = binary_from_bytes(proc_heap(p), <uint8_t*>text, n)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term float_to_binary_1(void* proc, Term* args) noexcept nogil:
    return float_text(<Process*>proc, args[0], FLOAT_SCIENTIFIC, 20, False)


cdef Term float_to_binary_2(void* proc, Term* args) noexcept nogil:
    cdef int style, digits
    cdef bint compact
    if not float_options(args[1], &style, &digits, &compact):
        return badarg(<Process*>proc)
    return float_text(<Process*>proc, args[0], style, digits, compact)


# --- atoms ----------------------------------------------------------------------------------------------------

cdef Term atom_text(Process* p, Term atom, Term encoding) noexcept nogil:
    cdef Atom* a
    cdef uint8_t* out
    cdef size_t i = 0, n = 0
    cdef Term t
    if not term_is_atom(atom):
        return badarg(p)
    a = atom_get(atom)
    if encoding == AM_utf8 or encoding == AM_unicode or (encoding == AM_latin1 and a.chars == a.length):
        t = binary_from_bytes(proc_heap(p), a.name, a.length)
    elif encoding == AM_latin1 and a.latin1:
        t = binary_make(proc_heap(p), a.chars, &out)
        if t != 0:
            while i < a.length:
                if a.name[i] < 0x80:
                    out[n] = a.name[i]
                    i += 1
                else:
                    out[n] = <uint8_t>((a.name[i] << 6) | (a.name[i + 1] & 0x3F))
                    i += 2
                n += 1
    else:
        return badarg(p)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term atom_to_binary_2(void* proc, Term* args) noexcept nogil:
    return atom_text(<Process*>proc, args[0], args[1])


# True if the first characters are valid UTF-8 and go on beyond the length of any atom: then the name is too
# long, whatever follows. A name that breaks off earlier is merely bad.
cdef bint utf8_too_long(const uint8_t* text, size_t size) noexcept nogil:
    cdef size_t i = 0, chars = 0
    if size > ATOM_MAX_BYTES:
        return True
    while i < size:
        if text[i] < 0x80 or text[i] >= 0xC0:
            chars += 1
        i += 1
    return chars > ATOM_MAX_CHARS


cdef Term text_atom(Process* p, Term binary, Term encoding, bint existing) noexcept nogil:
    cdef const uint8_t* data
    cdef uint8_t* temp = NULL
    cdef uint8_t utf8[2 * ATOM_MAX_CHARS]
    cdef size_t size, n = 0, i
    cdef Term t
    cdef bint too_long = False
    if (encoding != AM_utf8 and encoding != AM_unicode and encoding != AM_latin1) or not term_is_binary(binary):
        return badarg(p)
    if not binary_bytes(binary, &data, &size, &temp):
        return fail(p, EXC_SYSTEM_LIMIT)
    if encoding == AM_latin1:
        if size > ATOM_MAX_CHARS:
            t = 0
            too_long = True
        else:
            for i in range(size):
                if data[i] < 0x80:
                    utf8[n] = data[i]
                    n += 1
                else:
                    utf8[n] = 0xC0 | (data[i] >> 6)
                    utf8[n + 1] = 0x80 | (data[i] & 0x3F)
                    n += 2
            t = atom_find(utf8, n) if existing else atom_put(utf8, n)
    else:
        t = atom_find(data, size) if existing else atom_put(data, size)
        if t == 0:
            too_long = utf8_too_long(data, size)
    free(temp)
    if t != 0:
        return t
    if too_long and not existing:
        return fail(p, EXC_SYSTEM_LIMIT)
    return badarg(p)


cdef Term binary_to_atom_2(void* proc, Term* args) noexcept nogil:
    return text_atom(<Process*>proc, args[0], args[1], False)


cdef Term binary_to_existing_atom_2(void* proc, Term* args) noexcept nogil:
    return text_atom(<Process*>proc, args[0], args[1], True)


# --- searching ----------------------------------------------------------------------------------------------

cdef enum:
    JOB_MATCH = 0           # the first match, or nomatch
    JOB_MATCHES = 1         # all of them
    JOB_SPLIT = 2
    OPT_GLOBAL = 1
    OPT_TRIM = 2
    OPT_TRIM_ALL = 4

# A search under way: on the C stack while it runs, malloc'd behind a magic reference between two turns.
cdef struct SearchJob:
    Magic magic
    Search* search          # compiled pattern, one count held; NULL: `borrowed`
    Search borrowed         # a short single pattern, pointing into `pattern`
    uint8_t pattern[BORROW_MAX]
    uint8_t* temp           # the subject's bytes if it is not byte aligned; owned
    SearchCursor cursor
    size_t end              # where the scope ends
    size_t* found           # pairs start, length; owned
    size_t found_count
    size_t found_capacity
    int what                # JOB_
    int options             # OPT_


cdef void job_clear(SearchJob* j) noexcept nogil:
    if j.search != NULL:
        search_release(j.search)
    free(j.temp)
    free(j.found)


cdef void job_destroy(Magic* m) noexcept nogil:
    job_clear(<SearchJob*>m)
    free(m)


cdef bint job_add(SearchJob* j, size_t start, size_t length) noexcept nogil:
    cdef size_t* larger
    if j.found_count == j.found_capacity:
        j.found_capacity = 2 * j.found_capacity + 16
        larger = <size_t*>realloc(j.found, j.found_capacity * 2 * sizeof(size_t))
        if larger == NULL:
            return False
        j.found = larger
    j.found[2 * j.found_count] = start
    j.found[2 * j.found_count + 1] = length
    j.found_count += 1
    return True


# One or more non-empty binaries as a compiled search. NULL with *bad set if the term is no pattern.
cdef Search* compile_pattern(Term pattern, bint* bad) noexcept nogil:
    cdef const uint8_t** texts
    cdef uint8_t** temps
    cdef size_t* sizes
    cdef size_t n = 0, i = 0, k
    cdef Term rest = pattern
    cdef Search* s = NULL
    bad[0] = True
    if term_is_bitstring(pattern):
        n = 1
    else:
        while term_is_list(rest):
            if not term_is_binary(list_head(rest)) or bits_size(list_head(rest)) == 0:
                return NULL
            n += 1
            rest = list_tail(rest)
        if n == 0 or not term_is_nil(rest):
            return NULL
    texts = <const uint8_t**>malloc(n * sizeof(uint8_t*))
    temps = <uint8_t**>malloc(n * sizeof(uint8_t*))
    sizes = <size_t*>malloc(n * sizeof(size_t))
    if texts != NULL and temps != NULL and sizes != NULL:
        bad[0] = False
        if term_is_bitstring(pattern):
            if binary_bytes(pattern, &texts[0], &sizes[0], &temps[0]):
                i = 1
                bad[0] = sizes[0] == 0
            else:
                bad[0] = True
        else:
            rest = pattern
            while i < n and binary_bytes(list_head(rest), &texts[i], &sizes[i], &temps[i]):
                i += 1
                rest = list_tail(rest)
        if i == n and not bad[0]:
            s = search_compile(texts, sizes, n)
        for k in range(i):
            free(temps[k])
    else:
        bad[0] = False
    free(texts)
    free(temps)
    free(sizes)
    return s


# {bm, Ref} or {ac, Ref} as compile_pattern made it, or NULL.
cdef Search* compiled_pattern(Term t) noexcept nogil:
    cdef Search* s
    cdef Term tag
    if not term_is_tuple_of(t, 2) or not term_is_magic_ref(tuple_elements(t)[1]):
        return NULL
    if magic_of(tuple_elements(t)[1]).type != SEARCH_MAGIC:
        return NULL
    s = <Search*>magic_of(tuple_elements(t)[1])
    tag = AM_bm if s.kind == SEARCH_ONE else AM_ac
    return s if tuple_elements(t)[0] == tag else NULL


cdef bint job_pattern(Process* p, SearchJob* j, Term pattern) noexcept nogil:
    cdef bint bad = False
    cdef const uint8_t* data
    cdef uint8_t* temp = NULL
    cdef size_t size
    j.search = compiled_pattern(pattern)
    if j.search != NULL:
        en_add64(&j.search.magic.refc, 1)
        return True
    if term_is_binary(pattern) and 0 < bits_size(pattern) <= 8 * BORROW_MAX:
        if not binary_bytes(pattern, &data, &size, &temp):
            fail(p, EXC_SYSTEM_LIMIT)
            return False
        memcpy(j.pattern, data, size)
        free(temp)
        search_borrow(&j.borrowed, j.pattern, size)
        return True
    j.search = compile_pattern(pattern, &bad)
    if j.search == NULL:
        fail(p, EXC_BADARG if bad else EXC_SYSTEM_LIMIT)
        return False
    return True


cdef Term matches_result(Process* p, SearchJob* j) noexcept nogil:
    cdef Term* m
    cdef Term result = nil()
    cdef size_t i = j.found_count
    if j.what == JOB_MATCH:
        if i == 0:
            return AM_nomatch
        m = proc_alloc(p, 3)
        if m == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        m[0] = make_header(T_TUPLE, 2)
        m[1] = make_small(<int64_t>j.found[0])
        m[2] = make_small(<int64_t>j.found[1])
        return make_boxed(m)
    if i == 0:
        return result
    m = proc_alloc(p, 5 * i)
    if m == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    while i > 0:
        i -= 1
        m[0] = make_header(T_TUPLE, 2)
        m[1] = make_small(<int64_t>j.found[2 * i])
        m[2] = make_small(<int64_t>j.found[2 * i + 1])
        result = cons(m + 3, make_boxed(m), result)
        m += 5
    charge(p, <int64_t>(j.found_count >> 3))
    return result


# The pieces between the matches, built from the last to the first.
cdef Term split_result(Process* p, SearchJob* j, Term subject) noexcept nogil:
    cdef size_t stop = bits_size(subject) >> 3
    cdef size_t i = j.found_count, start
    cdef Term result = nil(), piece
    cdef Term* cell
    while True:
        start = j.found[2 * i - 2] + j.found[2 * i - 1] if i > 0 else 0
        if start == stop and ((j.options & OPT_TRIM_ALL) or ((j.options & OPT_TRIM) and term_is_nil(result))):
            pass
        else:
            piece = bits_sub(proc_heap(p), subject, start << 3, (stop - start) << 3)
            cell = proc_alloc(p, 2)
            if piece == 0 or cell == NULL:
                return fail(p, EXC_SYSTEM_LIMIT)
            result = cons(cell, piece, result)
        if i == 0:
            break
        i -= 1
        stop = j.found[2 * i]
    charge(p, <int64_t>(j.found_count >> 2))
    return result


# Runs the job until it ends or the turn does. args[1] is where a reference to it waits for the next turn.
cdef Term job_run(Process* p, SearchJob* j, bint on_heap, Term* args) noexcept nogil:
    cdef const uint8_t* text
    cdef uint8_t* temp = NULL
    cdef size_t size, budget, given
    cdef int status = SEARCH_AGAIN
    cdef const Search* search = j.search if j.search != NULL else &j.borrowed
    cdef SearchJob* kept
    cdef Term result = 0
    if j.temp != NULL:
        text = j.temp
    else:
        if not binary_bytes(args[0], &text, &size, &temp):
            if not on_heap:
                job_clear(j)
            return fail(p, EXC_SYSTEM_LIMIT)
        j.temp = temp
    given = <size_t>(p.reductions_left if p.reductions_left > 16 else 16) * BYTES_PER_REDUCTION
    if given > search_turn():
        given = search_turn()
    budget = given
    while True:
        status = search_next(search, text, j.end, &j.cursor, &budget)
        if status != SEARCH_FOUND:
            break
        if not job_add(j, j.cursor.start, j.cursor.end - j.cursor.start):
            if not on_heap:
                job_clear(j)
            return fail(p, EXC_SYSTEM_LIMIT)
        if j.what == JOB_MATCH or (j.what == JOB_SPLIT and not (j.options & OPT_GLOBAL)):
            break
        budget = budget - 32 if budget > 32 else 0       # a match costs more than the bytes looked at
    charge(p, <int64_t>((given - budget) / BYTES_PER_REDUCTION))
    if status == SEARCH_AGAIN:
        if not on_heap:
            kept = <SearchJob*>malloc(sizeof(SearchJob))
            if kept == NULL:
                job_clear(j)
                return fail(p, EXC_SYSTEM_LIMIT)
            memcpy(kept, j, sizeof(SearchJob))
            if kept.search == NULL:
                kept.borrowed.pattern = kept.pattern
            kept.magic.refc = 0
            kept.magic.destructor = job_destroy
            kept.magic.type = JOB_MAGIC
            result = magic_ref_new(p.vm, proc_heap(p), kept)
            if result == 0:
                job_destroy(&kept.magic)
                return fail(p, EXC_SYSTEM_LIMIT)
            args[1] = result
        return yield_again(p)
    if long_work(p, <int64_t>(j.found_count >> 2)):
        if not on_heap:
            job_clear(j)
        return away(p)                  # finds nothing more, or the same again
    if j.what == JOB_SPLIT:
        result = split_result(p, j, args[0])
    else:
        result = matches_result(p, j)
    if not on_heap:
        job_clear(j)
    return result


cdef bint scope_of(Term option, size_t size, size_t* from_, size_t* count) noexcept nogil:
    cdef Term* e
    if not term_is_tuple_of(option, 2) or tuple_elements(option)[0] != AM_scope:
        return False
    if not term_is_tuple_of(tuple_elements(option)[1], 2):
        return False
    e = tuple_elements(tuple_elements(option)[1])
    return term_both_small(e[0], e[1]) and window(e[0], e[1], size, from_, count)


cdef Term search_bif(Process* p, Term* args, int what, Term options) noexcept nogil:
    cdef SearchJob job
    cdef size_t size, from_ = 0, count
    cdef Term option
    cdef bint scope = False
    if term_is_magic_ref(args[1]) and magic_of(args[1]).type == JOB_MAGIC:
        return job_run(p, <SearchJob*>magic_of(args[1]), True, args)
    if not term_is_binary(args[0]):
        return badarg(p)
    memset(&job, 0, sizeof(SearchJob))
    job.what = what
    size = bits_size(args[0]) >> 3
    count = size
    while term_is_list(options):
        option = list_head(options)
        if what == JOB_SPLIT and option == AM_global:
            job.options |= OPT_GLOBAL
        elif what == JOB_SPLIT and option == AM_trim:
            job.options |= OPT_TRIM
        elif what == JOB_SPLIT and option == AM_trim_all:
            job.options |= OPT_TRIM_ALL
        elif scope_of(option, size, &from_, &count):
            scope = True         # the last one counts, but all must lie within the subject
        else:
            return badarg(p)
        options = list_tail(options)
    if not scope and not term_is_nil(options) and not term_is_list(options) and job.options == 0:
        return badarg(p)
    job.end = from_ + count
    if job.end == 0:                 # nothing to look at: the pattern does not even have to be one
        return split_result(p, &job, args[0]) if what == JOB_SPLIT else matches_result(p, &job)
    if not job_pattern(p, &job, args[1]):
        return 0
    search_start(&job.cursor, from_)
    return job_run(p, &job, False, args)


cdef Term match_2(void* proc, Term* args) noexcept nogil:
    return search_bif(<Process*>proc, args, JOB_MATCH, nil())


cdef Term match_3(void* proc, Term* args) noexcept nogil:
    return search_bif(<Process*>proc, args, JOB_MATCH, args[2])


cdef Term matches_2(void* proc, Term* args) noexcept nogil:
    return search_bif(<Process*>proc, args, JOB_MATCHES, nil())


cdef Term matches_3(void* proc, Term* args) noexcept nogil:
    return search_bif(<Process*>proc, args, JOB_MATCHES, args[2])


cdef Term split_2(void* proc, Term* args) noexcept nogil:
    return search_bif(<Process*>proc, args, JOB_SPLIT, nil())


cdef Term split_3(void* proc, Term* args) noexcept nogil:
    return search_bif(<Process*>proc, args, JOB_SPLIT, args[2])


cdef Term compile_pattern_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef bint bad = False
    cdef Search* s
    cdef Term ref
    cdef Term* t
    s = compile_pattern(args[0], &bad)
    if s == NULL:
        return fail(p, EXC_BADARG if bad else EXC_SYSTEM_LIMIT)
    ref = magic_ref_new(p.vm, proc_heap(p), s)
    t = proc_alloc(p, 3)
    if ref != 0 and t != NULL:
        t[0] = make_header(T_TUPLE, 2)
        t[1] = AM_bm if s.kind == SEARCH_ONE else AM_ac
        t[2] = ref
    search_release(s)                # the reference holds its own count
    if ref == 0 or t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    return make_boxed(t)


cdef void register_all() noexcept nogil:
    bif_register(b"erlang", b"binary_part", 2, part_2, BIF_GUARD)
    bif_register(b"erlang", b"binary_part", 3, part_3, BIF_GUARD)
    bif_register(b"erlang", b"split_binary", 2, split_binary_2, 0)
    bif_register(b"erlang", b"binary_to_list", 1, binary_to_list_1, 0)
    bif_register(b"erlang", b"binary_to_list", 3, binary_to_list_3, 0)
    bif_register(b"erlang", b"bitstring_to_list", 1, bitstring_to_list_1, 0)
    bif_register(b"erlang", b"integer_to_binary", 1, integer_to_binary_1, 0)
    bif_register(b"erlang", b"integer_to_binary", 2, integer_to_binary_2, 0)
    bif_register(b"erlang", b"binary_to_integer", 1, binary_to_integer_1, 0)
    bif_register(b"erlang", b"binary_to_integer", 2, binary_to_integer_2, 0)
    bif_register(b"erts_internal", b"binary_to_integer", 2, whole_integer_2, 0)
    bif_register(b"erlang", b"float_to_binary", 1, float_to_binary_1, 0)
    bif_register(b"erlang", b"float_to_binary", 2, float_to_binary_2, 0)
    bif_register(b"erlang", b"binary_to_float", 1, binary_to_float_1, 0)
    bif_register(b"erlang", b"atom_to_binary", 2, atom_to_binary_2, 0)
    bif_register(b"erlang", b"binary_to_atom", 2, binary_to_atom_2, BIF_GUARD)
    bif_register(b"erlang", b"binary_to_existing_atom", 2, binary_to_existing_atom_2, BIF_GUARD)
    bif_register(b"binary", b"at", 2, at_2, 0)
    bif_register(b"binary", b"first", 1, first_1, 0)
    bif_register(b"binary", b"last", 1, last_1, 0)
    bif_register(b"binary", b"part", 2, part_2, 0)
    bif_register(b"binary", b"part", 3, part_3, 0)
    bif_register(b"binary", b"copy", 1, copy_1, 0)
    bif_register(b"binary", b"copy", 2, copy_2, 0)
    bif_register(b"binary", b"list_to_bin", 1, list_to_bin_1, 0)
    bif_register(b"binary", b"referenced_byte_size", 1, referenced_byte_size_1, 0)
    bif_register(b"binary", b"longest_common_prefix", 1, longest_common_prefix_1, 0)
    bif_register(b"binary", b"longest_common_suffix", 1, longest_common_suffix_1, 0)
    bif_register(b"binary", b"decode_unsigned", 1, decode_unsigned_1, 0)
    bif_register(b"binary", b"decode_unsigned", 2, decode_unsigned_2, 0)
    bif_register(b"binary", b"encode_unsigned", 1, encode_unsigned_1, 0)
    bif_register(b"binary", b"encode_unsigned", 2, encode_unsigned_2, 0)
    bif_register(b"binary", b"compile_pattern", 1, compile_pattern_1, 0)
    bif_register(b"binary", b"match", 2, match_2, 0)
    bif_register(b"binary", b"match", 3, match_3, 0)
    bif_register(b"binary", b"matches", 2, matches_2, 0)
    bif_register(b"binary", b"matches", 3, matches_3, 0)
    bif_register(b"binary", b"split", 2, split_2, 0)
    bif_register(b"binary", b"split", 3, split_3, 0)


register_all()

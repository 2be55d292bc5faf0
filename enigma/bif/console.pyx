"""What writes to the process's standard streams at once, past every Erlang process: display and its kin.

display/1 writes to standard output, the other two to standard error; each line feed of theirs gets a carriage
return in front of it. display_string/2, of OTP 26 and later, writes as it is told. Read next: term/text.pxd, which makes the printed form.
"""
from libc.stdint cimport int64_t, uint8_t
from libc.stdio cimport FILE, fflush, fwrite, stderr, stdout
from libc.stdlib cimport free
from enigma.term.am cimport *
from enigma.term.bits cimport binary_bytes
from enigma.term.boxed cimport *
from enigma.term.text cimport *
from enigma.code.module cimport bif_register
from enigma.process.settings cimport VMSettings
from enigma.bif.errors cimport *


cdef bint write_out(FILE* file, const void* data, size_t size) noexcept nogil:
    cdef bint good = fwrite(data, 1, size, file) == size
    return fflush(file) == 0 and good


cdef Term display_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef TextBuffer b
    text_init(&b)
    if not text_put_term(&b, args[0], 100000) or not text_put(&b, b"\r\n"):
        text_free(&b)
        return fail(p, EXC_SYSTEM_LIMIT)
    write_out(stdout, b.data, b.size)
    text_free(&b)
    return AM_true


cdef Term display_nl_0(void* proc, Term* args) noexcept nogil:
    write_out(stderr, b"\r\n", 2)
    return AM_true


# A code point of a string into out (4 bytes at least), in UTF-8; 0: none.
cdef size_t character_bytes(Term t, uint8_t* out) noexcept nogil:
    cdef int64_t c
    if not term_is_small(t):
        return 0
    c = small_value(t)
    if c < 0 or c > 0x10FFFF or 0xD800 <= c <= 0xDFFF:
        return 0
    if c < 0x80:
        out[0] = <uint8_t>c
        return 1
    if c < 0x800:
        out[0] = <uint8_t>(0xC0 | c >> 6)
        out[1] = <uint8_t>(0x80 | (c & 0x3F))
        return 2
    if c < 0x10000:
        out[0] = <uint8_t>(0xE0 | c >> 12)
        out[1] = <uint8_t>(0x80 | (c >> 6 & 0x3F))
        out[2] = <uint8_t>(0x80 | (c & 0x3F))
        return 3
    out[0] = <uint8_t>(0xF0 | c >> 18)
    out[1] = <uint8_t>(0x80 | (c >> 12 & 0x3F))
    out[2] = <uint8_t>(0x80 | (c >> 6 & 0x3F))
    out[3] = <uint8_t>(0x80 | (c & 0x3F))
    return 4


cdef Term show_string(Process* p, FILE* file, Term string, bint returns) noexcept nogil:
    """returns: a carriage return in front of each line feed of a list."""
    cdef TextBuffer b
    cdef uint8_t bytes_[4]
    cdef const uint8_t* data
    cdef uint8_t* temp = NULL
    cdef size_t size
    cdef bint good = True
    if term_is_binary(string) and (<VMSettings*>p.vm.runtime).release_number >= 26:
        if not binary_bytes(string, &data, &size, &temp):
            return fail(p, EXC_SYSTEM_LIMIT)
        good = write_out(file, data, size)
        free(temp)
        return AM_true if good else badarg(p)
    text_init(&b)
    while good and term_is_list(string):
        size = character_bytes(list_head(string), bytes_)
        good = size != 0 and (not returns or bytes_[0] != c"\n" or text_put(&b, b"\r")) and text_put_bytes(&b, bytes_, size)
        string = list_tail(string)
    good = good and term_is_nil(string) and write_out(file, b.data, b.size)
    text_free(&b)
    return AM_true if good else badarg(p)


cdef Term display_string_1(void* proc, Term* args) noexcept nogil:
    return show_string(<Process*>proc, stderr, args[0], True)


# The device stdin would put the text into the terminal's input; hosts refuse that (TIOCSTI), and so do we.
cdef Term display_string_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    if args[0] == AM_stdout:
        return show_string(p, stdout, args[1], False)
    if args[0] == AM_stderr:
        return show_string(p, stderr, args[1], False)
    return badarg(p)


# The printed form as a list of bytes, cut behind about `limit` elements.
cdef Term term_to_string_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef TextBuffer b
    cdef Term t = nil()
    cdef Term* cells
    cdef size_t i, limit = <size_t>1 << 31
    if term_is_small(args[1]) and 1 < small_value(args[1]) < 0x7FFFFFFF:
        limit = <size_t>small_value(args[1])
    elif args[1] != AM_undefined:
        return badarg(p)
    text_init(&b)
    cells = NULL
    if text_put_term(&b, args[0], limit):
        cells = proc_alloc(p, 2 * b.size)
    if cells == NULL:
        text_free(&b)
        return fail(p, EXC_SYSTEM_LIMIT)
    i = b.size
    while i > 0:
        i -= 1
        t = cons(cells + 2 * i, make_small(b.data[i]), t)
    charge(p, <int64_t>(b.size >> 5))
    text_free(&b)
    return t


bif_register(b"erts_debug", b"display", 1, display_1, 0)
bif_register(b"erlang", b"display", 1, display_1, 0)
bif_register(b"erlang", b"display_nl", 0, display_nl_0, 0)
bif_register(b"erlang", b"display_string", 1, display_string_1, 0)
bif_register(b"erlang", b"display_string", 2, display_string_2, 0)
bif_register(b"erts_internal", b"term_to_string", 2, term_to_string_2, 0)

"""The natives of prim_tty: standard input, output and the terminal as OTP 26 and later use them.

A tty is a magic reference. Its input, and a pipe that tells of the window's size and of SIGCONT, are watched in
the VM's poller, once for each wish: tty_select and read_nif leave a message {select, Tty, Ref, ready_input} that the
next readiness sends. So long as such a message waits, it keeps the tty alive. Closing is left to the poller's end:
a tty that nobody has any more must not touch a poller that may be gone.

Terminal capabilities are those of ECMA-48, which every terminal emulator knows, under their termcap names; a terminal
that calls itself dumb has none, and the shell then takes it for a plain one. A VM that does not own the host's
process may read and write, but never change the terminal's modes.

Read next: io/poller.pxd, io/terminal.pxd; the module prim_tty in OTP's kernel.
"""
from libc.errno cimport EAGAIN, EINTR, EINVAL, ENOTTY, errno
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free, getenv
from libc.string cimport memcpy, strcmp, strlen
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.bits cimport binary_bytes, binary_from_bytes
from enigma.term.map cimport map_find
from enigma.memory.heap cimport *
from enigma.code.module cimport BIF_DIRTY, BIF_NIF, bif_register
from enigma.process.pool cimport pool_waits
from enigma.process.process cimport *
from enigma.process.lifecycle cimport magic_ref_new
from enigma.process.signal cimport send_message_fragment
from enigma.io.native cimport *
from enigma.io.poller cimport *
from enigma.io.room cimport io_room
from enigma.io.terminal cimport *
from enigma.bif.errors cimport *

cdef extern from "unistd.h" nogil:
    int c_isatty "isatty"(int)
    int dup(int)
    int pipe(int*)
    int c_close "close"(int)
    long c_read "read"(int, void*, size_t)
    long c_write "write"(int, const void*, size_t)
cdef extern from "fcntl.h" nogil:
    int fcntl(int, int, ...)
    int F_SETFL, F_SETFD, FD_CLOEXEC, O_NONBLOCK
cdef extern from "poll.h" nogil:
    struct pollfd:
        int fd
        short events
        short revents
    int c_poll "poll"(pollfd*, unsigned long, int)
    short POLLOUT
cdef extern from "wchar.h" nogil:
    ctypedef int32_t wide "wchar_t"
    int c_wcwidth "wcwidth"(wide)
    int c_wcswidth "wcswidth"(const wide*, size_t)
cdef extern from "ctype.h" nogil:
    int c_isprint "isprint"(int)
cdef extern from "langinfo.h" nogil:
    char* nl_langinfo(int)
    int CODESET

cdef enum:
    TTY_TYPE = 0x74747900            # "tty"
    READ_SIZE = 1024

cdef Term atom_input = atom_from_cstr(b"input")
cdef Term atom_raw = atom_from_cstr(b"raw")
cdef Term atom_setupterm = atom_from_cstr(b"setupterm")
cdef Term atom_canon = atom_from_cstr(b"canon")
cdef Term atom_echo = atom_from_cstr(b"echo")
cdef Term atom_sig = atom_from_cstr(b"sig")
cdef Term atom_stdin = atom_from_cstr(b"stdin")
cdef Term atom_ebadf = atom_from_cstr(b"ebadf")
cdef Term atom_enotsup = atom_from_cstr(b"enotsup")
cdef Term atom_closed = atom_from_cstr(b"closed")
cdef Term atom_empty = atom_from_cstr(b"empty")
cdef Term atom_winch = atom_from_cstr(b"winch")
cdef Term atom_cont = atom_from_cstr(b"cont")
cdef Term atom_read = atom_from_cstr(b"read")
cdef Term atom_tcsetattr = atom_from_cstr(b"tcsetattr")
cdef Term atom_tgetent = atom_from_cstr(b"tgetent")
cdef Term atom_pipe = atom_from_cstr(b"pipe")
cdef Term atom_not_printable = atom_from_cstr(b"not_printable")
cdef Term atom_select = atom_from_cstr(b"select")
cdef Term atom_ready_input = atom_from_cstr(b"ready_input")
cdef Term atom_utf8 = atom_from_cstr(b"utf8")

# A descriptor, and who wants to hear of it. `lock` guards the last three.
cdef struct Watch:
    PollOwner owner                  # must be first
    VM* vm
    int fd                           # ours
    uint64_t item
    uint32_t lock                    # spin
    Term to                          # pid
    Term message                     # in `fragment`; 0: nobody waits
    Fragment* fragment

cdef struct Tty:
    Magic magic                      # must be first
    Watch* input                     # a count of each; NULL until tty_select
    Watch* notices
    int notice_in                    # the pipe's other end
    int canonical, echo, signals     # what tty_init asked for
    int out                          # the descriptor that is written to
    bint raw                         # tty_init was called: tty_set changes modes
    bint taken                       # the terminal is ours


cdef void watch_free(PollOwner* owner) noexcept nogil:
    cdef Watch* w = <Watch*>owner
    if w.fragment != NULL:
        fragment_free(w.fragment, True)
    c_close(w.fd)
    free(w)


cdef void watch_ready(PollOwner* owner, int events) noexcept nogil:
    cdef Watch* w = <Watch*>owner
    cdef Fragment* fragment
    cdef Term message, to
    poller_change(io_room(w.vm).poller, w.item, 0)
    en_spin_lock(&w.lock)
    fragment = w.fragment
    message = w.message
    to = w.to
    w.fragment = NULL
    w.message = 0
    en_spin_unlock(&w.lock)
    if message != 0:
        send_message_fragment(w.vm, 0, to, message, fragment)


# Takes fd over, also if it fails.
cdef Watch* watch_new(VM* vm, int fd) noexcept nogil:
    cdef Watch* w
    if fd < 0:
        return NULL
    w = <Watch*>calloc(1, sizeof(Watch))
    if w == NULL:
        c_close(fd)
        return NULL
    fcntl(fd, F_SETFD, FD_CLOEXEC)
    w.owner.refc = 1
    w.owner.free = watch_free
    w.vm = vm
    w.fd = fd
    w.item = poller_add(io_room(vm).poller, fd, 0, watch_ready, &w.owner)
    if w.item == 0:
        owner_release(&w.owner)
        return NULL
    return w


# Leaves the wish of process p to hear {select, tty, ref, ready_input} once. False: no memory.
cdef bint watch_once(Watch* w, Process* p, Term tty, Term ref) noexcept nogil:
    cdef FragmentHeap fh
    cdef Fragment* old
    cdef Term* to
    cdef Term a, b
    fragment_heap_init(&fh)
    a = term_copy(&fh.heap, tty, False)
    b = term_copy(&fh.heap, ref, False)
    to = heap_alloc(&fh.heap, 5)
    if a == 0 or b == 0 or to == NULL:
        old = fragment_heap_take(&fh)
        if old != NULL:
            fragment_free(old, True)
        return False
    to[0] = make_header(T_TUPLE, 4)
    to[1] = atom_select
    to[2] = a
    to[3] = b
    to[4] = atom_ready_input
    en_spin_lock(&w.lock)
    old = w.fragment
    w.fragment = fragment_heap_take(&fh)
    w.message = make_boxed(to)
    w.to = p.id
    en_spin_unlock(&w.lock)
    if old != NULL:
        fragment_free(old, True)
    poller_change(io_room(w.vm).poller, w.item, POLL_IN)
    return True


cdef void tty_free(Magic* m) noexcept nogil:
    cdef Tty* t = <Tty*>m
    if t.taken:
        terminal_give_back()
    if t.input != NULL:
        owner_release(&t.input.owner)
    if t.notices != NULL:
        owner_release(&t.notices.owner)
        c_close(t.notice_in)
    free(t)


cdef inline Tty* tty_of(Term t) noexcept nogil:
    return <Tty*>magic_of(t) if term_is_magic_ref(t) and magic_of(t).type == TTY_TYPE else NULL


cdef inline Term pair(Process* p, Term a, Term b) noexcept nogil:
    cdef Term t = tuple_of_2(proc_heap(p), a, b) if a != 0 and b != 0 else 0
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


# {error, {Function, Errno}}
cdef Term failed(Process* p, Term function, int error) noexcept nogil:
    return pair(p, AM_error, tuple_of_2(proc_heap(p), function, errno_atom(error)))


cdef inline int descriptor_of(Term name) noexcept nogil:
    return 0 if name == atom_stdin else (1 if name == AM_stdout else (2 if name == AM_stderr else -1))


cdef Term isatty_1(void* proc, Term* args) noexcept nogil:
    cdef int fd = descriptor_of(args[0])
    if fd < 0:
        return badarg(<Process*>proc)
    if c_isatty(fd):
        return AM_true
    return AM_false if errno == EINVAL or errno == ENOTTY else atom_ebadf


cdef Term tty_create(Process* p, int out) noexcept nogil:
    cdef Tty* t = <Tty*>calloc(1, sizeof(Tty))
    cdef Term ref
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    t.out = out
    t.magic.refc = 1
    t.magic.destructor = tty_free
    t.magic.type = TTY_TYPE
    ref = magic_ref_new(p.vm, proc_heap(p), t)
    if en_sub64(&t.magic.refc, 1) == 1:
        tty_free(&t.magic)
    return pair(p, AM_ok, ref)


cdef Term tty_create_0(void* proc, Term* args) noexcept nogil:
    return tty_create(<Process*>proc, 1)


cdef Term tty_create_1(void* proc, Term* args) noexcept nogil:
    cdef int out = descriptor_of(args[0])
    return tty_create(<Process*>proc, out) if out > 0 else badarg(<Process*>proc)


cdef int mode_of(Term options, Term name) noexcept nogil:
    cdef Term* v = map_find(options, name)
    if v == NULL:
        return 0
    return 1 if v[0] == AM_true else (-1 if v[0] == AM_false else 0)


cdef Term tty_init_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Tty* t = tty_of(args[0])
    if t == NULL or descriptor_of(args[1]) < 0 or not term_is_map(args[2]):
        return badarg(p)
    if not io_room(p.vm).owns_process:
        return pair(p, AM_error, atom_enotsup)
    if not c_isatty(0):
        return failed(p, atom_tcsetattr, ENOTTY)
    t.canonical = mode_of(args[2], atom_canon)
    t.echo = mode_of(args[2], atom_echo)
    t.signals = mode_of(args[2], atom_sig)
    t.raw = True
    return AM_ok


cdef Term tty_set_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Tty* t = tty_of(args[0])
    if t == NULL:
        return badarg(p)
    if not t.raw:
        return AM_ok
    if not t.taken:
        t.taken = terminal_take()
        if not t.taken:
            return pair(p, AM_error, atom_enotsup)
        if t.notices != NULL:
            terminal_notify(t.notice_in)
    if not terminal_modes(t.canonical, t.echo, t.signals):
        return failed(p, atom_tcsetattr, errno)
    return AM_ok


cdef Term tty_init_2(void* proc, Term* args) noexcept nogil:
    """As of OTP 29: input => raw has the terminal's modes changed at once, anything else has them as they were."""
    cdef Process* p = <Process*>proc
    cdef Tty* t = tty_of(args[0])
    cdef Term* v
    if t == NULL or not term_is_map(args[1]):
        return badarg(p)
    v = map_find(args[1], atom_input)
    if v == NULL:
        return badarg(p)
    if v[0] != atom_raw:
        if t.taken:
            terminal_give_back()
            t.taken = False
        return AM_ok
    if not io_room(p.vm).owns_process or not c_isatty(0):
        return pair(p, AM_error, atom_enotsup)
    t.canonical = -1
    t.echo = -1
    t.raw = True
    return tty_set_1(proc, args)


cdef Term tty_select_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Tty* t = tty_of(args[0])
    if t == NULL:
        return badarg(p)
    if t.input == NULL:
        t.input = watch_new(p.vm, dup(0))
    if t.input != NULL and not watch_once(t.input, p, args[0], args[1]):
        return fail(p, EXC_SYSTEM_LIMIT)
    return AM_ok


cdef Term tty_select_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Tty* t = tty_of(args[0])
    cdef int ends[2]
    if t == NULL:
        return badarg(p)
    if t.notices == NULL:
        if pipe(ends) < 0:
            return failed(p, atom_pipe, errno)
        fcntl(ends[0], F_SETFL, O_NONBLOCK)
        fcntl(ends[1], F_SETFL, O_NONBLOCK)
        fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        t.notices = watch_new(p.vm, ends[0])
        if t.notices == NULL:
            c_close(ends[1])
            return fail(p, EXC_SYSTEM_LIMIT)
        t.notice_in = ends[1]
        if t.taken:
            terminal_notify(t.notice_in)
    if t.input == NULL:
        t.input = watch_new(p.vm, dup(0))
    if not watch_once(t.notices, p, args[0], args[1]) or (t.input != NULL and not watch_once(t.input, p, args[0], args[2])):
        return fail(p, EXC_SYSTEM_LIMIT)
    return AM_ok


cdef Term tty_read_signal_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Tty* t = tty_of(args[0])
    cdef uint8_t what
    cdef long n
    if t == NULL or t.notices == NULL:
        return badarg(p)
    n = c_read(t.notices.fd, &what, 1)
    if n < 0 and errno != EAGAIN and errno != EINTR:
        return failed(p, atom_read, errno)
    if not watch_once(t.notices, p, args[0], args[1]):
        return fail(p, EXC_SYSTEM_LIMIT)
    if n <= 0:
        return pair(p, AM_error, atom_empty)
    return pair(p, AM_ok, atom_winch if what == c"w" else atom_cont)


cdef Term read_nif_2(void* proc, Term* args) noexcept nogil:
    return read_some(<Process*>proc, args, READ_SIZE)


cdef Term read_nif_3(void* proc, Term* args) noexcept nogil:
    if not term_is_small(args[2]) or small_value(args[2]) < 1:
        return badarg(<Process*>proc)
    return read_some(<Process*>proc, args, small_value(args[2]))


# Reads what is there, at most `most` bytes, and waits for the next.
cdef Term read_some(Process* p, Term* args, int64_t most) noexcept nogil:
    cdef Tty* t = tty_of(args[0])
    cdef uint8_t data[READ_SIZE]
    cdef long n
    if t == NULL or t.input == NULL:
        return badarg(p)
    n = c_read(t.input.fd, data, <size_t>min(most, <int64_t>READ_SIZE))
    if n == 0:
        return pair(p, AM_error, atom_closed)
    if n < 0:
        if errno != EAGAIN and errno != EINTR:
            return failed(p, atom_read, errno)
        n = 0
    if not watch_once(t.input, p, args[0], args[1]):
        return fail(p, EXC_SYSTEM_LIMIT)
    return pair(p, AM_ok, binary_from_bytes(proc_heap(p), data, <size_t>n))


cdef Term write_nif_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Bytes b
    cdef pollfd waiting
    cdef size_t at = 0
    cdef long n
    cdef int error = 0, out
    if tty_of(args[0]) == NULL:
        return badarg(p)
    b.data = NULL
    b.size = b.capacity = 0
    if not bytes_put_iodata(&b, args[1]):
        free(b.data)
        return badarg(p)
    out = tty_of(args[0]).out
    while at < b.size:
        n = c_write(out, b.data + at, b.size - at)
        if n >= 0:
            at += <size_t>n
        elif errno == EAGAIN:
            waiting.fd = out
            waiting.events = POLLOUT
            pool_waits(p)
            c_poll(&waiting, 1, -1)
        elif errno != EINTR:
            error = errno
            break
    free(b.data)
    return AM_ok if error == 0 else pair(p, AM_error, errno_atom(error))


cdef Term setlocale_1(void* proc, Term* args) noexcept nogil:
    if tty_of(args[0]) == NULL:
        return badarg(<Process*>proc)
    return AM_true if strcmp(nl_langinfo(CODESET), b"UTF-8") == 0 else AM_false


cdef Term tty_encoding_1(void* proc, Term* args) noexcept nogil:
    return atom_utf8


cdef Term tty_window_size_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int columns, rows
    if tty_of(args[0]) == NULL:
        return badarg(p)
    terminal_window(&columns, &rows)
    if columns < 0 and rows < 0:
        return pair(p, AM_error, atom_enotsup)
    return pair(p, AM_ok, tuple_of_2(proc_heap(p), make_small(columns), make_small(rows)))


# --- characters -----------------------------------------------------------------------------------------

cdef Term isprint_1(void* proc, Term* args) noexcept nogil:
    if not term_is_small(args[0]) or not 0 <= small_value(args[0]) < 256:
        return badarg(<Process*>proc)
    return AM_true if c_isprint(<int>small_value(args[0])) else AM_false


cdef Term wcwidth_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int width
    if not term_is_small(args[0]) or not 0 <= small_value(args[0]) < 0x200000:
        return badarg(p)
    width = c_wcwidth(<wide>small_value(args[0]))
    return make_small(width) if width >= 0 else pair(p, AM_error, atom_not_printable)


cdef Term wcswidth_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Bytes b
    cdef int width
    b.data = NULL
    b.size = b.capacity = 0
    if not bytes_put_iodata(&b, args[0]):
        free(b.data)
        return badarg(p)
    width = c_wcswidth(<const wide*>b.data, b.size // sizeof(wide)) if b.size >= sizeof(wide) else 0
    free(b.data)
    return pair(p, AM_ok, make_small(width)) if width >= 0 else pair(p, AM_error, atom_not_printable)


cdef Term sizeof_wchar_0(void* proc, Term* args) noexcept nogil:
    return make_small(sizeof(wide))


# --- capabilities -----------------------------------------------------------------------------------------

cdef struct Capability:
    const char* name
    const char* text

cdef Capability[16] capabilities
capabilities[0].name, capabilities[0].text = b"up", b"\x1b[A"
capabilities[1].name, capabilities[1].text = b"do", b"\n"
capabilities[2].name, capabilities[2].text = b"nd", b"\x1b[C"
capabilities[3].name, capabilities[3].text = b"le", b"\b"
capabilities[4].name, capabilities[4].text = b"IC", b"\x1b[%p1%d@"
capabilities[5].name, capabilities[5].text = b"DC", b"\x1b[%p1%dP"
capabilities[6].name, capabilities[6].text = b"ta", b"\t"
capabilities[7].name, capabilities[7].text = b"cd", b"\x1b[J"
capabilities[8].name, capabilities[8].text = b"u6", b"\x1b[%i%d;%dR"
capabilities[9].name, capabilities[9].text = b"u7", b"\x1b[6n"
capabilities[10].name, capabilities[10].text = b"cl", b"\x1b[H\x1b[2J"
capabilities[11].name, capabilities[11].text = b"UP", b"\x1b[%p1%dA"
capabilities[12].name, capabilities[12].text = b"DO", b"\x1b[%p1%dB"
capabilities[13].name, capabilities[13].text = b"RI", b"\x1b[%p1%dC"
capabilities[14].name, capabilities[14].text = b"LE", b"\x1b[%p1%dD"
capabilities[15].name, capabilities[15].text = b"ce", b"\x1b[K"


# The bytes of an iolist as a string; False: it is none, or longer than `room`.
cdef bint text_of(Term t, char* out, size_t room) noexcept nogil:
    cdef Bytes b
    cdef bint good
    b.data = NULL
    b.size = b.capacity = 0
    good = bytes_put_iodata(&b, t) and b.size < room
    if good:
        memcpy(out, b.data, b.size)
        out[b.size] = 0
    free(b.data)
    return good


cdef Term tgetent_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char name[256]
    if not text_of(args[0], name, sizeof(name)):
        return badarg(p)
    if name[0] == 0 or strcmp(name, b"dumb") == 0:
        return failed(p, atom_tgetent, ENOTTY)
    return AM_ok


# --- the same under the names of OTP 29 --------------------------------------------------------------------------

cdef Term setupterm_0(void* proc, Term* args) noexcept nogil:
    cdef const char* name = getenv(b"TERM")
    if name == NULL or name[0] == 0 or strcmp(name, b"dumb") == 0:
        return failed(<Process*>proc, atom_setupterm, ENOTTY)
    return AM_ok


cdef Term tigetnum_1(void* proc, Term* args) noexcept nogil:
    cdef Term n = tgetnum_1(proc, args)
    return pair(<Process*>proc, AM_ok, n) if n != 0 and n != make_small(-1) else n if n == 0 else AM_false


cdef Term tputs_2(void* proc, Term* args) noexcept nogil:
    """The capability of this name with its parameters filled in."""
    cdef Process* p = <Process*>proc
    cdef Term found = tgetstr_1(proc, args)
    cdef Term list_ = args[1]
    cdef int64_t values[2]
    cdef int n = 0
    values[0] = 0
    values[1] = 0
    while term_is_list(list_) and n < 2:
        if not is_count(list_head(list_)):
            return badarg(p)
        values[n] = small_value(list_head(list_))
        n += 1
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return badarg(p)
    if not term_is_tuple(found):
        return found
    return expand(p, tuple_elements(found)[1], values[0], values[1])


cdef Term tgetnum_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char name[64]
    cdef int columns, rows
    if not text_of(args[0], name, sizeof(name)):
        return badarg(p)
    terminal_window(&columns, &rows)
    if strcmp(name, b"co") == 0:
        return make_small(columns if columns > 0 else 80)
    if strcmp(name, b"li") == 0:
        return make_small(rows if rows > 0 else 24)
    return make_small(-1)


cdef Term tgetflag_1(void* proc, Term* args) noexcept nogil:
    cdef char name[64]
    if not text_of(args[0], name, sizeof(name)):
        return badarg(<Process*>proc)
    # the cursor moves left by a backspace, and waits behind the last column
    return AM_true if strcmp(name, b"bs") == 0 or strcmp(name, b"xn") == 0 or strcmp(name, b"am") == 0 else AM_false


cdef Term tgetstr_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char name[64]
    cdef int i
    if not text_of(args[0], name, sizeof(name)):
        return badarg(p)
    name[2 if strlen(name) > 2 else strlen(name)] = 0           # termcap's names have two letters
    for i in range(16):
        if strcmp(name, capabilities[i].name) == 0:
            return pair(p, AM_ok, binary_from_bytes(proc_heap(p), <const uint8_t*>capabilities[i].text,
                                                    strlen(capabilities[i].text)))
    return AM_false


# A capability with its parameters filled in: %p1%d, %d (one after the other), %i (count from one), %%.
cdef Term expand(Process* p, Term capability, int64_t first, int64_t second) noexcept nogil:
    cdef char text[512]
    cdef char out[1024]
    cdef size_t n = 0, i = 0
    cdef int64_t parameters[2]
    cdef int next_ = 0
    if not text_of(capability, text, sizeof(text)):
        return badarg(p)
    parameters[0] = first
    parameters[1] = second
    while text[i] != 0 and n < 900:
        if text[i] != c"%" or text[i + 1] == 0:
            out[n] = text[i]
            n += 1
            i += 1
            continue
        i += 1
        if text[i] == c"i":
            parameters[0] += 1
            parameters[1] += 1
        elif text[i] == c"p" and (text[i + 1] == c"1" or text[i + 1] == c"2"):
            next_ = text[i + 1] - c"1"
            i += 1
        elif text[i] == c"d":
            n += snprintf(out + n, 24, b"%lld", <long long>parameters[next_ & 1])
            next_ += 1
        else:
            out[n] = text[i]
            n += 1
        i += 1
    return pair(p, AM_ok, binary_from_bytes(proc_heap(p), <const uint8_t*>out, n))


cdef inline bint is_count(Term t) noexcept nogil:
    return term_is_small(t) and -(<int64_t>1 << 31) <= small_value(t) < <int64_t>1 << 31


cdef Term tgoto_1(void* proc, Term* args) noexcept nogil:
    return expand(<Process*>proc, args[0], 0, 0)


cdef Term tgoto_2(void* proc, Term* args) noexcept nogil:
    if not is_count(args[1]):
        return badarg(<Process*>proc)
    return expand(<Process*>proc, args[0], 0, small_value(args[1]))          # as tgoto(3): column, row


cdef Term tgoto_3(void* proc, Term* args) noexcept nogil:
    if not is_count(args[1]) or not is_count(args[2]):
        return badarg(<Process*>proc)
    return expand(<Process*>proc, args[0], small_value(args[2]), small_value(args[1]))


bif_register(b"prim_tty", b"isatty", 1, isatty_1, BIF_NIF)
bif_register(b"prim_tty", b"tty_create", 0, tty_create_0, BIF_NIF)
bif_register(b"prim_tty", b"tty_create", 1, tty_create_1, BIF_NIF)
bif_register(b"prim_tty", b"tty_init", 2, tty_init_2, BIF_NIF)
bif_register(b"prim_tty", b"tty_init", 3, tty_init_3, BIF_NIF)
bif_register(b"prim_tty", b"tty_select", 2, tty_select_2, BIF_NIF)
bif_register(b"prim_tty", b"read_nif", 3, read_nif_3, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_tty", b"setupterm_nif", 0, setupterm_0, BIF_NIF)
bif_register(b"prim_tty", b"tigetnum_nif", 1, tigetnum_1, BIF_NIF)
bif_register(b"prim_tty", b"tigetflag_nif", 1, tgetflag_1, BIF_NIF)
bif_register(b"prim_tty", b"tigetstr_nif", 1, tgetstr_1, BIF_NIF)
bif_register(b"prim_tty", b"tputs_nif", 2, tputs_2, BIF_NIF)
bif_register(b"prim_tty", b"tty_set", 1, tty_set_1, BIF_NIF)
bif_register(b"prim_tty", b"tty_select", 3, tty_select_3, BIF_NIF)
bif_register(b"prim_tty", b"tty_read_signal", 2, tty_read_signal_2, BIF_NIF)
bif_register(b"prim_tty", b"read_nif", 2, read_nif_2, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_tty", b"write_nif", 2, write_nif_2, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_tty", b"setlocale", 1, setlocale_1, BIF_NIF)
bif_register(b"prim_tty", b"tty_encoding", 1, tty_encoding_1, BIF_NIF)
bif_register(b"prim_tty", b"tty_window_size", 1, tty_window_size_1, BIF_NIF)
bif_register(b"prim_tty", b"isprint", 1, isprint_1, BIF_NIF)
bif_register(b"prim_tty", b"wcwidth", 1, wcwidth_1, BIF_NIF)
bif_register(b"prim_tty", b"wcswidth", 1, wcswidth_1, BIF_NIF)
bif_register(b"prim_tty", b"sizeof_wchar", 0, sizeof_wchar_0, BIF_NIF)
bif_register(b"prim_tty", b"tgetent_nif", 1, tgetent_1, BIF_NIF)
bif_register(b"prim_tty", b"tgetnum_nif", 1, tgetnum_1, BIF_NIF)
bif_register(b"prim_tty", b"tgetflag_nif", 1, tgetflag_1, BIF_NIF)
bif_register(b"prim_tty", b"tgetstr_nif", 1, tgetstr_1, BIF_NIF)
bif_register(b"prim_tty", b"tgoto_nif", 1, tgoto_1, BIF_NIF)
bif_register(b"prim_tty", b"tgoto_nif", 2, tgoto_2, BIF_NIF)
bif_register(b"prim_tty", b"tgoto_nif", 3, tgoto_3, BIF_NIF)

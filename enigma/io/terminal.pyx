"""The terminal driver: {spawn, "tty_sl -c -e"}, the line editor's hands in OTP 25.

Output is a sequence of commands, each one port_command: a byte that says what, then its data.

    0 put characters (UTF-8)     1 move the cursor by n     2 insert characters     3 delete n characters
    4 beep                       5 put characters, and answer {Port, ok} when they are on their way

Numbers are 16 bits, signed, big-endian. The driver keeps the line being edited as the terminal shows it, because
moving over a character must know how many columns it takes. Input arrives as bytes, UTF-8.

Invariant: `line[0..length)` are the cells' code points since the last newline; a tag bit marks what takes the
place of several: a control character shown as ^X, a tab, an escape. position is where the cursor stands.

The terminal's modes are the host's: only a VM that owns the process may change them, and there is one terminal, so
one port. Modes are restored when the port ends, and at exit. The window's size is asked for
whenever it matters, so no SIGWINCH is needed; after SIGCONT the modes are set again.

Escape sequences are those of ECMA-48 that every terminal emulator knows; a terminal that calls itself dumb is refused,
and the shell then uses plain input and output.

Read next: port.pxd.
"""
from libc.errno cimport errno
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport atexit, calloc, free, getenv, malloc, realloc
from libc.string cimport memcpy, memmove, strcmp
from enigma.term.core cimport Term, en_cas32, en_load32_acq, en_store32_rel
from enigma.term.am cimport AM_ok
from enigma.io.native cimport Bytes, bytes_put, bytes_put_byte, bytes_put_utf8, utf8_next
from enigma.io.port cimport *
from enigma.io.room cimport environment_get, vm_environment

cdef extern from "termios.h" nogil:
    struct termios:
        unsigned int c_iflag
        unsigned int c_oflag
        unsigned int c_lflag
        uint8_t c_cc[32]
    int tcgetattr(int, termios*)
    int tcsetattr(int, int, const termios*)
    int TCSANOW, VINTR, VMIN, VTIME
    unsigned int ISTRIP, ICANON, ECHO, ISIG, IEXTEN, ICRNL, OPOST, BRKINT, IGNPAR, IXON
cdef extern from "sys/ioctl.h" nogil:
    struct winsize:
        unsigned short ws_row
        unsigned short ws_col
    int ioctl(int, unsigned long, ...)
    unsigned long TIOCGWINSZ
cdef extern from "unistd.h" nogil:
    int isatty(int)
    long write(int, const void*, size_t)
cdef extern from *:
    """
    #define en_set_errno(e) (errno = (e))
    """
    void en_set_errno(int) nogil
cdef extern from "wchar.h" nogil:
    int wcwidth(int)
cdef extern from "langinfo.h" nogil:
    char* nl_langinfo(int)
    int CODESET
cdef extern from "signal.h" nogil:
    struct sigaction_t "sigaction":
        void (*sa_handler)(int) noexcept nogil
    int sigaction(int, const sigaction_t*, sigaction_t*)
    int SIGCONT, SIGWINCH

cdef enum:
    OP_PUT = 0
    OP_MOVE = 1
    OP_INSERT = 2
    OP_DELETE = 3
    OP_BEEP = 4
    OP_PUT_SYNC = 5
    CONTROL_BASE = 0x018b0900
    CONTROL_WINDOW_SIZE = 100
    CONTROL_GET_UNICODE = 101
    CONTROL_SET_UNICODE = 102
    TAG_CONTROL = 0x10000000         # ^X, a tab or an escape; the cells that follow it have the tag alone
    TAG_ESCAPED = 0x01000000         # \ooo or \x{...}
    TAG_MASK = 0xFF000000
    SYNC_LIMIT = 1024                # bytes queued above which the answer to OP_PUT_SYNC waits

cdef struct Terminal:
    uint32_t* line
    uint32_t capacity
    uint32_t length
    uint32_t position
    int columns
    bint unicode
    bint answer_due
    uint8_t partial[4]               # input: an incomplete UTF-8 sequence
    int partial_size
    Bytes out                        # of the command in progress

cdef uint32_t terminal_taken         # atomic: a port has the terminal
cdef termios modes_before
cdef termios modes_raw
cdef uint8_t interrupt_key          # as it was before terminal_keep_interrupt
cdef sigaction_t cont_before
cdef sigaction_t winch_before
cdef bint modes_known = False        # modes_before and cont_before are set
cdef int notice_fd = -1              # gets a byte for each SIGCONT and SIGWINCH


# --- modes ------------------------------------------------------------------------------------------------
cdef void restore_modes() noexcept nogil:
    if en_load32_acq(&terminal_taken) != 0 and modes_known:
        tcsetattr(0, TCSANOW, &modes_before)


cdef bint terminal_lend() noexcept nogil:
    if en_load32_acq(&terminal_taken) == 0 or not modes_known:
        return False
    restore_modes()
    return True


cdef void terminal_take_back() noexcept nogil:
    if en_load32_acq(&terminal_taken) != 0 and modes_known:
        tcsetattr(0, TCSANOW, &modes_raw)


cdef void give_interrupt_back() noexcept nogil:
    cdef termios modes
    if tcgetattr(0, &modes) == 0:
        modes.c_cc[VINTR] = interrupt_key
        tcsetattr(0, TCSANOW, &modes)


cdef void terminal_keep_interrupt() noexcept nogil:
    global interrupt_key
    cdef termios modes
    if not isatty(0) or tcgetattr(0, &modes) < 0:
        return
    interrupt_key = modes.c_cc[VINTR]
    modes.c_cc[VINTR] = 0                # _POSIX_VDISABLE
    tcsetattr(0, TCSANOW, &modes)
    atexit(give_interrupt_back)


cdef void continued(int signal) noexcept nogil:
    cdef int error = errno
    if en_load32_acq(&terminal_taken) != 0:
        tcsetattr(0, TCSANOW, &modes_raw)
        if notice_fd >= 0:
            write(notice_fd, b"c", 1)
    en_set_errno(error)


cdef void resized(int signal) noexcept nogil:
    cdef int error = errno
    if notice_fd >= 0:
        write(notice_fd, b"w", 1)
    en_set_errno(error)


cdef void flag_set(unsigned int* word_, unsigned int bit, int how) noexcept nogil:
    if how > 0:
        word_[0] |= bit
    elif how < 0:
        word_[0] &= ~bit


cdef bint enter_modes(int canonical, int echo, int signals) noexcept nogil:
    global modes_before
    if tcgetattr(0, &modes_raw) < 0:
        return False
    if not modes_known:
        modes_before = modes_raw
    modes_raw.c_iflag &= ~ISTRIP
    # Without line mode nothing is translated: a newline moves straight down, Return arrives as CR.
    flag_set(&modes_raw.c_lflag, ICANON, canonical)
    flag_set(&modes_raw.c_iflag, ICRNL, canonical)
    flag_set(&modes_raw.c_oflag, OPOST, canonical)
    if canonical < 0:
        modes_raw.c_cc[VMIN] = 1
        modes_raw.c_cc[VTIME] = 0
    flag_set(&modes_raw.c_lflag, ECHO, echo)
    flag_set(&modes_raw.c_lflag, ISIG | IEXTEN, signals)
    flag_set(&modes_raw.c_iflag, BRKINT | IGNPAR | ICRNL | IXON, signals)
    if tcsetattr(0, TCSANOW, &modes_raw) < 0:
        return False
    if not modes_known:
        watch(SIGCONT, continued, &cont_before)
        globals_set(True)
    return True


cdef void watch(int signal, void (*handler)(int) noexcept nogil, sigaction_t* before) noexcept nogil:
    cdef sigaction_t action
    sigaction(signal, NULL, before)
    action = before[0]
    action.sa_handler = handler
    sigaction(signal, &action, NULL)


cdef void globals_set(bint known) noexcept nogil:
    global modes_known
    modes_known = known


cdef bint terminal_take() noexcept nogil:
    cdef uint32_t free_ = 0
    return en_cas32(&terminal_taken, &free_, 1)


cdef void terminal_give_back() noexcept nogil:
    terminal_notify(-1)
    restore_modes()
    if modes_known:
        sigaction(SIGCONT, &cont_before, NULL)
    globals_set(False)
    en_store32_rel(&terminal_taken, 0)


cdef bint terminal_modes(int canonical, int echo, int signals) noexcept nogil:
    return enter_modes(canonical, echo, signals)


cdef void terminal_notify(int fd) noexcept nogil:
    global notice_fd
    cdef int old = notice_fd
    notice_fd = fd
    if old < 0 <= fd:
        watch(SIGWINCH, resized, &winch_before)
    elif old >= 0 > fd:
        sigaction(SIGWINCH, &winch_before, NULL)


cdef void terminal_window(int* columns, int* rows) noexcept nogil:
    cdef winsize w
    columns[0] = rows[0] = -1
    if ioctl(0, TIOCGWINSZ, &w) == 0 or ioctl(1, TIOCGWINSZ, &w) == 0:
        if w.ws_col > 0:
            columns[0] = w.ws_col
        if w.ws_row > 0:
            rows[0] = w.ws_row


# --- starting and stopping -----------------------------------------------------------------------------------
cdef int terminal_start(Port* p, const char* command, PortOptions* o) noexcept nogil:
    cdef Terminal* t
    cdef int canonical = 0, echo = 0, signals = 0, how, error
    cdef const char* s = command
    cdef char* kind
    cdef bint dumb
    p.flags &= ~<uint32_t>PORT_EXIT_STATUS
    if not p.room.owns_process or not isatty(0) or not isatty(1):
        return -1
    kind = environment_get(vm_environment(p.vm), b"TERM")
    dumb = kind == NULL or kind[0] == 0 or strcmp(kind, b"dumb") == 0
    free(kind)
    if dumb:
        return -1
    while s[0] != 0:
        if s[0] == c" " and (s[1] == c"+" or s[1] == c"-"):
            how = 1 if s[1] == c"+" else -1
            if s[2] == c"c":
                canonical = how
            elif s[2] == c"e":
                echo = how
            elif s[2] == c"s":
                signals = how
        s += 1
    if not terminal_take():
        return -1
    t = <Terminal*>calloc(1, sizeof(Terminal))
    if t == NULL or not enter_modes(canonical, echo, signals):
        free(t)
        en_store32_rel(&terminal_taken, 0)
        return -1
    t.unicode = strcmp(nl_langinfo(CODESET), b"UTF-8") == 0
    t.columns = 80
    p.state_of_driver = t
    error = port_attach(p, 0, 1, True)
    return error


cdef void terminal_stop(Port* p) noexcept nogil:
    cdef Terminal* t = <Terminal*>p.state_of_driver
    if t == NULL:
        return
    p.state_of_driver = NULL
    terminal_give_back()
    free(t.line)
    free(t.out.data)
    free(t)


# --- the line on the screen ------------------------------------------------------------------------------------
cdef void window(int* columns, int* rows) noexcept nogil:
    cdef winsize w
    columns[0] = 80
    rows[0] = 24
    if ioctl(1, TIOCGWINSZ, &w) == 0 or ioctl(0, TIOCGWINSZ, &w) == 0:
        if w.ws_col > 0:
            columns[0] = w.ws_col
        if w.ws_row > 0:
            rows[0] = w.ws_row


cdef bint line_room(Terminal* t, uint32_t more) noexcept nogil:
    cdef uint32_t capacity = t.capacity
    cdef uint32_t* larger
    cdef uint32_t needed = (t.length if t.length > t.position else t.position) + more
    if needed <= capacity:
        return True
    while capacity < needed:
        capacity = 2 * capacity + 256
    larger = <uint32_t*>realloc(t.line, capacity * sizeof(uint32_t))
    if larger == NULL:
        return False
    t.line = larger
    t.capacity = capacity
    return True


# Cells of an escape sequence (ESC [ digits and semicolons, final byte) that starts at `at`; 0: none does.
cdef uint32_t escape_cells(Terminal* t, uint32_t at, uint32_t end) noexcept nogil:
    cdef uint32_t i
    if t.line[at] != (TAG_CONTROL | 27):
        return 0
    if at + 1 >= end:
        return 1
    if t.line[at + 1] != c"[":
        return 2
    i = at + 2
    while i < end and (t.line[i] == c";" or (t.line[i] >= c"0" and t.line[i] <= c"9")):
        i += 1
    return i + 1 - at if i < end else end - at


# Columns that the first `end` cells of the line take.
cdef int column_of(Terminal* t, uint32_t end) noexcept nogil:
    cdef uint32_t i = 0, cells
    cdef int columns = 0, w
    while i < end:
        cells = escape_cells(t, i, end)
        if cells > 0:
            i += cells
            continue
        w = 1
        if not t.line[i] & TAG_MASK and t.unicode:
            w = wcwidth(<int>t.line[i])
            if w < 0:
                w = 1
        columns += w
        i += 1
    return columns


cdef void say(Terminal* t, const char* text, size_t n) noexcept nogil:
    bytes_put(&t.out, <const uint8_t*>text, n)


cdef void say_times(Terminal* t, const char* text, size_t n, int times) noexcept nogil:
    while times > 0:
        say(t, text, n)
        times -= 1


# Moves from one cell's place to another's. Columns and lines count from the line's start.
cdef int move_cells(Terminal* t, int from_column, int to_column) noexcept nogil:
    cdef int across = to_column % t.columns - from_column % t.columns
    cdef int down = to_column // t.columns - from_column // t.columns
    say_times(t, b"\n", 1, down)
    say_times(t, b"\x1b[A", 3, -down)
    say_times(t, b"\x1b[C", 3, across)
    say_times(t, b"\b", 1, -across)
    return to_column - from_column


cdef uint32_t step(Terminal* t, int n) noexcept nogil:
    cdef uint32_t at = t.position
    while n > 0 and at < t.length:
        at += 1
        while at < t.length and t.line[at] & TAG_MASK and not t.line[at] & ~<uint32_t>TAG_MASK:
            at += 1
        n -= 1
    while n < 0 and at > 0:
        at -= 1
        while at > 0 and t.line[at] & TAG_MASK and not t.line[at] & ~<uint32_t>TAG_MASK:
            at -= 1
        n += 1
    return at


cdef int escaped_cells(uint32_t c) noexcept nogil:
    cdef int n = 0
    if c <= 0o777:
        return 3
    while c != 0:
        n += 1
        c >>= 4
    return n + 3


cdef void say_escaped(Terminal* t, uint32_t c) noexcept nogil:
    cdef const char* digits = b"0123456789ABCDEF"
    cdef int n = escaped_cells(c)
    say(t, b"\\", 1)
    if n == 3:
        while n > 0:
            n -= 1
            say(t, &digits[(c >> (3 * n)) & 7], 1)
        return
    say(t, b"x{", 2)
    n -= 3
    while n > 0:
        n -= 1
        say(t, &digits[(c >> (4 * n)) & 15], 1)
    say(t, b"}", 1)


# Shows cells [from_, to); `newline` follows. At a full line's end the cursor is moved to the next line, since
# terminals wait with that until another character comes.
cdef void show(Terminal* t, uint32_t from_, uint32_t to, bint newline) noexcept nogil:
    cdef uint32_t i = from_, c
    cdef int end
    while i < to:
        c = t.line[i]
        if not c & TAG_MASK:
            if t.unicode:
                bytes_put_utf8(&t.out, c)
            else:
                bytes_put_byte(&t.out, <uint8_t>c)
        elif c & TAG_CONTROL:
            c &= ~<uint32_t>TAG_MASK
            if c == 27:
                say(t, b"\x1b", 1)
            elif c == c"\t" or c == 0:
                say(t, b" ", 1)
            else:
                say(t, b"^", 1)
                bytes_put_byte(&t.out, c"?" if c == 127 else <uint8_t>(c | 0x40))
                i += 1
        else:
            c &= ~<uint32_t>TAG_MASK
            say_escaped(t, c)
            i += escaped_cells(c)
        i += 1
    end = column_of(t, to)
    if not newline and to > from_ and end > 0 and end % t.columns == 0 and to >= t.length:
        say(t, b" \b", 2)


# Puts characters into the line at the cursor, without showing them; newlines show and drop what is before.
# Returns the number of cells put since the last newline.
cdef uint32_t put_cells(Terminal* t, const uint8_t* s, size_t size) noexcept nogil:
    cdef uint32_t start = t.position, c = 0
    cdef int n, i
    while size > 0:
        n = utf8_next(s, size, &c)
        if n <= 0:
            c = s[0]
            n = 1
        s += n
        size -= n
        if not line_room(t, 16):
            break
        if c == 10 or c == 13:
            if t.position > t.length:
                t.length = t.position
            show(t, start, t.position, True)
            say(t, b"\r", 1)
            if c == 10:
                say(t, b"\n", 1)
            t.length -= t.position
            memmove(t.line, t.line + t.position, t.length * sizeof(uint32_t))
            t.position = start = 0
            continue
        if (c >= 32 and c < 127) or (c >= 128 and t.unicode) or c >= 160 and c < 256:
            t.line[t.position] = c
            t.position += 1
        elif c >= 128:
            t.line[t.position] = c | TAG_ESCAPED
            for i in range(escaped_cells(c)):
                t.line[t.position + 1 + i] = TAG_ESCAPED
            t.position += 1 + escaped_cells(c)
        elif c == c"\t":
            t.line[t.position] = TAG_CONTROL | 9
            t.position += 1
            while t.position % 8 != 0:
                t.line[t.position] = TAG_CONTROL
                t.position += 1
        elif c == 27:
            t.line[t.position] = TAG_CONTROL | 27
            t.position += 1
        else:
            t.line[t.position] = TAG_CONTROL | c
            t.line[t.position + 1] = TAG_CONTROL
            t.position += 2
    return t.position - start


cdef void put_chars(Terminal* t, const uint8_t* s, size_t size) noexcept nogil:
    cdef uint32_t n = put_cells(t, s, size)
    if t.position > t.length:
        t.length = t.position
    show(t, t.position - n, t.position, False)


cdef void insert_chars(Terminal* t, const uint8_t* s, size_t size) noexcept nogil:
    cdef uint32_t tail = t.length - t.position, n
    cdef uint32_t* kept = <uint32_t*>malloc((tail + 1) * sizeof(uint32_t))
    if kept == NULL:
        return
    memcpy(kept, t.line + t.position, tail * sizeof(uint32_t))
    t.length = t.position
    n = put_cells(t, s, size)
    if line_room(t, tail):
        memcpy(t.line + t.position, kept, tail * sizeof(uint32_t))
        t.length = t.position + tail
    free(kept)
    show(t, t.position - n, t.length, False)
    move_cells(t, column_of(t, t.length), column_of(t, t.position))


cdef void delete_chars(Terminal* t, int n) noexcept nogil:
    cdef uint32_t at = step(t, n)
    cdef uint32_t first = at if at < t.position else t.position
    cdef uint32_t last = t.position if at < t.position else at
    cdef int blank, end
    if first == last:
        return
    blank = column_of(t, last) - column_of(t, first)
    if t.position != first:
        move_cells(t, column_of(t, t.position), column_of(t, first))
    memmove(t.line + first, t.line + last, (t.length - last) * sizeof(uint32_t))
    t.length -= last - first
    t.position = first
    show(t, first, t.length, True)
    say_times(t, b" ", 1, blank)
    end = column_of(t, t.length) + blank
    if end % t.columns == 0:
        say(t, b" \b", 2)
    move_cells(t, end, column_of(t, first))


# --- output and control ------------------------------------------------------------------------------------------
cdef void terminal_output(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    cdef Terminal* t = <Terminal*>p.state_of_driver
    cdef int rows, n = 0
    cdef uint32_t at
    if t == NULL or size == 0:
        return
    window(&t.columns, &rows)
    t.out.size = 0
    if size >= 3:
        n = <int>(<signed char>data[1]) * 256 + data[2]
    if data[0] == OP_PUT or data[0] == OP_PUT_SYNC:
        put_chars(t, data + 1, size - 1)
    elif data[0] == OP_MOVE:
        at = step(t, n)
        move_cells(t, column_of(t, t.position), column_of(t, at))
        t.position = at
    elif data[0] == OP_INSERT:
        insert_chars(t, data + 1, size - 1)
    elif data[0] == OP_DELETE:
        delete_chars(t, n)
    elif data[0] == OP_BEEP:
        say(t, b"\a", 1)
    n = data[0]                     # port_write may end the port, and with it t
    if t.out.size > 0:
        port_write(p, NULL, 0, t.out.data, t.out.size)
    if n == OP_PUT_SYNC and p.state_of_driver != NULL:
        if p.out_size > SYNC_LIMIT:
            t.answer_due = True
        else:
            port_send_pair(p, AM_ok)


cdef void terminal_drained(Port* p) noexcept nogil:
    cdef Terminal* t = <Terminal*>p.state_of_driver
    if t != NULL and t.answer_due and p.out_size <= SYNC_LIMIT:
        t.answer_due = False
        port_send_pair(p, AM_ok)


cdef int terminal_control(Port* p, uint32_t op, const uint8_t* data, size_t size, uint8_t* out) noexcept nogil:
    cdef Terminal* t = <Terminal*>p.state_of_driver
    cdef int columns, rows
    cdef uint32_t result[2]
    if t == NULL:
        return -1
    if op == <uint32_t>CONTROL_BASE + CONTROL_WINDOW_SIZE:
        window(&columns, &rows)
        result[0] = columns
        result[1] = rows
        memcpy(out, result, 8)
        return 8
    if op == <uint32_t>CONTROL_BASE + CONTROL_GET_UNICODE:
        out[0] = 1 if t.unicode else 0
        return 1
    if op == <uint32_t>CONTROL_BASE + CONTROL_SET_UNICODE:
        if size == 0:
            return 0
        out[0] = 1 if t.unicode else 0
        t.unicode = data[0] != 0
        return 1
    return -1


# --- input --------------------------------------------------------------------------------------------------------
cdef void terminal_input(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    cdef Terminal* t = <Terminal*>p.state_of_driver
    cdef Bytes b
    cdef size_t i = 0
    cdef uint32_t c
    cdef int n
    b.data = NULL
    b.size = b.capacity = 0
    if not bytes_put(&b, t.partial, t.partial_size) or not bytes_put(&b, data, size):
        free(b.data)
        return
    t.partial_size = 0
    while t.unicode and i < b.size:
        n = utf8_next(b.data + i, b.size - i, &c)
        if n < 0 and b.size - i <= 4:
            t.partial_size = <int>(b.size - i)
            memcpy(t.partial, b.data + i, t.partial_size)
            break
        if n <= 0:
            t.unicode = False        # not a UTF-8 terminal after all
            break
        i += n
    port_deliver(p, b.data, i)
    if not t.unicode and i < b.size:
        latin1_input(p, b.data + i, b.size - i)
    free(b.data)


cdef void latin1_input(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    cdef Bytes b
    cdef size_t i
    b.data = NULL
    b.size = b.capacity = 0
    for i in range(size):
        bytes_put_utf8(&b, data[i])
    port_deliver(p, b.data, b.size)
    free(b.data)


cdef PortDriver terminal_driver
terminal_driver.name = b"tty_sl"
terminal_driver.start = terminal_start
terminal_driver.output = terminal_output
terminal_driver.control = terminal_control
terminal_driver.input = terminal_input
terminal_driver.drained = terminal_drained
terminal_driver.stop = terminal_stop
port_driver_register(&terminal_driver)
atexit(restore_modes)

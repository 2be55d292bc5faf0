"""One question, one letter, one answer: erl's BREAK menu, word for word where tools and hands rely on it.

As in erl, each answer leaves the menu and lets the VM go on; only an unknown letter asks again. A line is read in one
piece and its first character counts. End of input means the end of the VM.

Read next: report.pxd for what is shown.
"""
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stddef cimport size_t
from cpython.exc cimport PyErr_CheckSignals
from enigma.term.am cimport AM_kill
from enigma.process.process cimport Process, VM
from enigma.process.settings cimport VMSettings
from enigma.process.signal cimport EXIT_KILL, exit_signal
from enigma.process.table cimport room_of
from enigma.io.terminal cimport terminal_lend, terminal_take_back
from enigma.runtime.report cimport *

cdef extern from "poll.h" nogil:
    struct pollfd:
        int fd
        short events
        short revents
    int poll(pollfd*, unsigned long, int)
    short POLLIN
cdef extern from "unistd.h" nogil:
    int isatty(int)
    long read(int, void*, size_t)

cdef enum:
    LINE = 64
    SLICE_MS = 100            # between two looks at Python's signals

cdef const char* QUESTION = (b"BREAK: (a)bort (A)bort with dump (c)ontinue (p)roc info (i)nfo\n"
                             b"       (l)oaded (v)ersion (k)ill (D)b-tables (d)istribution\n")


cdef int get_key() except -2:
    """The first character of the next line; 0 or -1 at the end of input or an error."""
    cdef pollfd ready
    cdef char line[LINE]
    cdef long n
    cdef int found
    while True:
        ready.fd = 0
        ready.events = POLLIN
        ready.revents = 0
        with nogil:
            found = poll(&ready, 1, SLICE_MS)
        PyErr_CheckSignals()
        if found <= 0:
            continue
        n = read(0, line, LINE)
        if n > 0:
            return <unsigned char>line[0]
        if n == 0 or (errno != EAGAIN and errno != EINTR):
            return <int>n


cdef int kill_menu(VM* vm, Writer* w) except -1:
    """Each process in turn, youngest slot first: kill it, go to the next one, or leave."""
    cdef size_t slot = room_of(vm).high
    cdef Process* p
    cdef int key
    put(w, b"\n\nProcess Information\n\n")
    put(w, b"--------------------------------------------------\n")
    while slot > 0:
        slot -= 1
        p = process_at(vm, slot)
        if p == NULL:
            continue
        report_process(w, p, False)
        put(w, b"(k)ill (n)ext (r)eturn:\n")
        writer_flush(w)
        key = get_key()
        if key <= 0:
            return BREAK_EXIT
        if key == c"k":
            exit_signal(vm, 0, p.id, AM_kill, EXIT_KILL)
        elif key != c"n":
            break
    return BREAK_CONTINUE


cdef int ask(VM* vm, Writer* w) except -1:
    cdef int key
    cdef char invalid[2]
    put(w, b"\n")
    put(w, QUESTION)
    while True:
        writer_flush(w)
        key = get_key()
        if key <= 0 or key == c"a" or key == c"q" or key == c"*":
            return BREAK_EXIT
        if key == c"A":
            return BREAK_ABORT
        if key == c"\n":
            continue
        if key == c"p":
            report_processes(w, vm, False)
            report_ports(w, vm)
        elif key == c"o":
            report_ports(w, vm)
        elif key == c"i":
            report_general(w, vm)
        elif key == c"l":
            report_modules(w, vm, False)
        elif key == c"v":
            put(w, b"Erlang (enigma) emulator version ")
            put(w, (<VMSettings*>vm.runtime).version)
            put(w, b"\n")
        elif key == c"d":
            report_distribution(w, vm)
        elif key == c"D":
            report_tables(w, vm, True)
        elif key == c"k":
            return kill_menu(vm, w)
        elif key != c"c" and key != c"m":
            invalid[0] = <char>key
            put(w, b"Invalid option '")
            put_bytes(w, invalid, 1)
            put(w, b"'. Please enter one of the following:\n")
            put(w, QUESTION)
            continue
        return BREAK_CONTINUE


cdef int break_menu(VM* vm) except -1:
    cdef Writer* w = writer_new(1, isatty(1))
    cdef int how = BREAK_EXIT
    cdef bint lent
    if w == NULL:
        raise MemoryError
    lent = terminal_lend()
    try:
        how = ask(vm, w)
    finally:
        writer_free(w)
        if lent and how == BREAK_CONTINUE:
            terminal_take_back()
    return how

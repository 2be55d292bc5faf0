"""The natives of os (environment, process id, signals).

The environment is the VM's own (io/room.pxd): the host never sees a change, children started by ports do.
Names and values are lists of characters, UTF-8 outside.

Read next: io/signals.pxd.
"""
from libc.signal cimport SIGABRT, SIGALRM, SIGCHLD, SIGHUP, SIGQUIT, SIGSTOP, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2
from libc.stdint cimport uint8_t
from libc.stdlib cimport free
from libc.string cimport memcpy, strchr, strdup, strlen
from enigma.term.core cimport en_spin_lock, en_spin_unlock
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.bits cimport binary_from_bytes
from enigma.code.module cimport bif_register
from enigma.process.process cimport *
from enigma.process.settings cimport VMSettings
from enigma.io.native cimport *
from enigma.io.room cimport *
from enigma.io.signals cimport *
from enigma.bif.errors cimport *

cdef extern from "unistd.h" nogil:
    int getpid()
cdef extern from "stdio.h" nogil:
    int snprintf(char*, size_t, const char*, ...)


# A list of characters without NUL; key: without `=`. NULL: badarg.
cdef char* string_of(Term t, bint key) noexcept nogil:
    cdef size_t size
    cdef char* s
    if not term_is_list(t) and not term_is_nil(t):
        return NULL
    s = name_to_native(t, NAMES_UTF8, True, False, &size)
    if s != NULL and key and strchr(s, c"=") != NULL:
        free(s)
        return NULL
    return s


# Bytes from outside as a string; what is no UTF-8 stays a binary.
cdef Term term_of(Process* p, const char* s, size_t size) noexcept nogil:
    cdef bint memory
    cdef Term t = name_from_native(proc_heap(p), <const uint8_t*>s, size, NAMES_UTF8, &memory)
    if t == 0 and not memory:
        t = binary_from_bytes(proc_heap(p), <const uint8_t*>s, size)
    return t


cdef Term getenv_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char* key = string_of(args[0], True)
    cdef char* value
    cdef Term t
    if key == NULL:
        return badarg(p)
    value = environment_get(vm_environment(p.vm), key)
    free(key)
    if value == NULL:
        return AM_false
    t = term_of(p, value, strlen(value))
    free(value)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term putenv_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char* key = string_of(args[0], True)
    cdef char* value = string_of(args[1], False)
    cdef bint good = False
    if key != NULL and value != NULL:
        good = environment_set(vm_environment(p.vm), key, value)
        if not good:
            fail(p, EXC_SYSTEM_LIMIT)
    else:
        badarg(p)
    free(key)
    free(value)
    return AM_true if good else 0


cdef Term unsetenv_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char* key = string_of(args[0], True)
    if key == NULL:
        return badarg(p)
    environment_unset(vm_environment(p.vm), key)
    free(key)
    return AM_true


cdef Term env_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Environment* all_ = environment_copy(vm_environment(p.vm))
    cdef Term list_ = nil(), key, value
    cdef Term* cell
    cdef char* split
    cdef size_t i
    if all_ == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    i = all_.count
    while i > 0:
        i -= 1
        split = strchr(all_.vars[i], c"=")
        if split == NULL:
            continue
        key = term_of(p, all_.vars[i], split - all_.vars[i])
        value = term_of(p, split + 1, strlen(split + 1))
        cell = proc_alloc(p, 2)
        key = tuple_of_2(proc_heap(p), key, value) if key != 0 and value != 0 else 0
        if key == 0 or cell == NULL:
            list_ = 0
            break
        list_ = cons(cell, key, list_)
    charge(p, all_.count)
    environment_free(all_)
    return list_ if list_ != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term getpid_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char text[24]
    cdef int n = snprintf(text, 24, b"%d", getpid())
    cdef Term t = list_of_bytes(proc_heap(p), <uint8_t*>text, n, nil())
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef extern from "signal.h" nogil:
    int SIGCONT, SIGWINCH

cdef Term atom_sigcont = atom_from_cstr(b"sigcont")       # since OTP 28, as sigwinch
cdef Term atom_sigwinch = atom_from_cstr(b"sigwinch")


# --- signals ------------------------------------------------------------------------------------------------
# The operating system's number; 0: not one that programs may set. (sigint belongs to the break handler.)
cdef int signal_number(Term t, int release) noexcept nogil:
    if t == AM_sighup:
        return SIGHUP
    if t == AM_sigquit:
        return SIGQUIT
    if t == AM_sigabrt:
        return SIGABRT
    if t == AM_sigalrm:
        return SIGALRM
    if t == AM_sigterm:
        return SIGTERM
    if t == AM_sigusr1:
        return SIGUSR1
    if t == AM_sigusr2:
        return SIGUSR2
    if t == AM_sigchld:
        return SIGCHLD
    if t == AM_sigstop:
        return SIGSTOP
    if t == AM_sigtstp:
        return SIGTSTP
    if t == atom_sigcont and release >= 28:
        return SIGCONT
    if t == atom_sigwinch and release >= 28:
        return SIGWINCH
    return 0


cdef Term set_signal_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int number = signal_number(args[0], (<VMSettings*>p.vm.runtime).release_number)
    cdef int how
    if args[1] == AM_default:
        how = SIGNAL_DEFAULT
    elif args[1] == AM_ignore:
        how = SIGNAL_IGNORE
    elif args[1] == AM_handle:
        how = SIGNAL_HANDLE
    else:
        return badarg_cause(p, AM_badopt)
    if number == 0:
        return badarg(p)
    # Signals are the host's: a VM inside somebody else's process can't have them.
    return AM_ok if signals_owned(p.vm) and signal_dispose(p.vm, number, how) else fail(p, EXC_NOTSUP)


bif_register(b"os", b"getenv", 1, getenv_1, 0)
bif_register(b"os", b"putenv", 2, putenv_2, 0)
bif_register(b"os", b"unsetenv", 1, unsetenv_1, 0)
bif_register(b"os", b"env", 0, env_0, 0)
bif_register(b"os", b"getpid", 0, getpid_0, 0)
bif_register(b"os", b"set_signal", 2, set_signal_2, 0)

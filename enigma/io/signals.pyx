"""Signals of the operating system; see signals.pxd. One VM of the process at most owns them."""
from libc.errno cimport errno
from libc.signal cimport SIGQUIT, SIGTERM, SIGUSR1
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from enigma.term.core cimport Term
from enigma.term.atom cimport atom_from_cstr
from enigma.memory.heap cimport Fragment, FragmentHeap, fragment_free, fragment_heap_init, fragment_heap_take
from enigma.process.process cimport VM
from enigma.process.signal cimport send_message_fragment
from enigma.process.lifecycle cimport name_whereis
from enigma.term.pack cimport term_is_local_pid
from enigma.io.native cimport tuple_of_2
from enigma.io.poller cimport *
from enigma.io.room cimport IoRoom, io_room, room_port_hooks

cdef extern from *:
    """
    #ifndef _GNU_SOURCE
    #define _GNU_SOURCE
    #endif
    """
cdef extern from "signal.h" nogil:
    struct sigaction_t "sigaction":
        void (*sa_handler)(int) noexcept nogil
        int sa_flags
    int sigaction(int, const sigaction_t*, sigaction_t*)
    void (*SIG_DFL)(int) noexcept nogil
    void (*SIG_IGN)(int) noexcept nogil
    int SA_RESTART
cdef extern from "unistd.h" nogil:
    int close(int)
    int pipe2(int*, int)
    long read(int, void*, size_t)
    long write(int, const void*, size_t)
cdef extern from "fcntl.h" nogil:
    int O_CLOEXEC, O_NONBLOCK
cdef extern from "enigma/child.h" nogil:
    void en_set_errno(int)

cdef enum:
    SIGNALS_MAX = 65

cdef int pipe_read = -1
cdef int pipe_write = -1
cdef IoRoom* owner_room              # the VM that has the signals; set while none is handled
cdef sigaction_t before[SIGNALS_MAX]
cdef uint8_t changed[SIGNALS_MAX]
cdef Term signal_atoms[SIGNALS_MAX]
cdef Term atom_notify = atom_from_cstr(b"notify")
cdef Term atom_server = atom_from_cstr(b"erl_signal_server")


cdef void caught(int number) noexcept nogil:
    cdef int error = errno
    cdef uint8_t byte = <uint8_t>number
    write(pipe_write, &byte, 1)
    en_set_errno(error)


cdef void pipe_ready(PollOwner* owner, int events) noexcept nogil:
    cdef uint8_t numbers[64]
    cdef long n = read(pipe_read, numbers, 64), i
    cdef VM* vm
    cdef Term to, message
    cdef FragmentHeap fh
    cdef Fragment* chain
    if owner_room == NULL:
        return
    vm = owner_room.vm
    to = name_whereis(vm, atom_server)
    for i in range(n):
        if not term_is_local_pid(to) or numbers[i] >= SIGNALS_MAX or signal_atoms[numbers[i]] == 0:
            continue
        fragment_heap_init(&fh)
        message = tuple_of_2(&fh.heap, atom_notify, signal_atoms[numbers[i]])
        chain = fragment_heap_take(&fh)
        if message != 0:
            send_message_fragment(vm, 0, to, message, chain)
        elif chain != NULL:
            fragment_free(chain, True)


cdef void owner_free(PollOwner* owner) noexcept nogil:
    free(owner)


cdef bint signals_owned(VM* vm) noexcept nogil:
    return vm.io != NULL and io_room(vm).owns_process and (owner_room == NULL or owner_room == io_room(vm))


cdef bint pipe_open(VM* vm) noexcept nogil:
    global pipe_read, pipe_write, owner_room
    cdef int ends[2]
    cdef PollOwner* owner
    if owner_room != NULL:
        return True
    if pipe_read < 0:
        if pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0:
            return False
        pipe_read = ends[0]
        pipe_write = ends[1]
    owner = <PollOwner*>calloc(1, sizeof(PollOwner))
    if owner == NULL:
        return False
    owner.refc = 1
    owner.free = owner_free
    owner_room = io_room(vm)
    owner_room.signal_item = poller_add(owner_room.poller, pipe_read, POLL_IN, pipe_ready, owner)
    owner_release(owner)
    return owner_room.signal_item != 0


cdef bint signal_dispose(VM* vm, int number, int how) noexcept nogil:
    cdef sigaction_t action
    if not signals_owned(vm) or number <= 0 or number >= SIGNALS_MAX or not pipe_open(vm):
        return False
    memset(&action, 0, sizeof(action))
    action.sa_flags = SA_RESTART
    if how == SIGNAL_HANDLE:
        action.sa_handler = caught
    elif how == SIGNAL_IGNORE:
        action.sa_handler = SIG_IGN
    else:
        action.sa_handler = SIG_DFL
    if not changed[number]:
        sigaction(number, NULL, &before[number])
        changed[number] = True
    sigaction(number, &action, NULL)     # sigstop can't be set; erl says nothing of it either
    return True


cdef void signals_init(VM* vm) noexcept nogil:
    signal_dispose(vm, SIGTERM, SIGNAL_HANDLE)
    signal_dispose(vm, SIGUSR1, SIGNAL_HANDLE)
    signal_dispose(vm, SIGQUIT, SIGNAL_HANDLE)


cdef void signals_free(VM* vm) noexcept nogil:
    global owner_room
    cdef int i
    if owner_room == NULL or owner_room != io_room(vm):
        return
    for i in range(SIGNALS_MAX):
        if changed[i]:
            sigaction(i, &before[i], NULL)
            changed[i] = False
    poller_remove(owner_room.poller, owner_room.signal_item)
    owner_room = NULL


import signal as _signal

for _name in ("HUP", "QUIT", "ABRT", "ALRM", "TERM", "USR1", "USR2", "CHLD", "STOP", "TSTP", "CONT", "WINCH"):
    signal_atoms[int(getattr(_signal, "SIG" + _name))] = atom_from_cstr(("sig" + _name.lower()).encode())
room_port_hooks().signals_init = signals_init
room_port_hooks().signals_free = signals_free

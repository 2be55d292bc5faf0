"""The stream driver: descriptors of the host, plain files, and OS processes at the other end of two pipes.

Three ways to open one port: {fd, In, Out}, a file name, and a command or program. Afterwards they are the same:
bytes, packets or lines in, bytes or packets out (port.pyx does the work). An OS process is started
with vfork (include/enigma/child.h), in the VM's own directory and environment, and reaped through its
pidfd (room.pyx); the host's signal handlers and other children are left alone.

Read next: port.pxd.
"""
from libc.errno cimport EINVAL, ENOMEM, errno
from libc.stdint cimport int32_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, strchr, strdup, strlen
from enigma.io.port cimport *
from enigma.io.room cimport *
from enigma.term.core cimport en_spin_lock, en_spin_unlock

cdef extern from "fcntl.h" nogil:
    int fcntl(int, int, ...)
    int open "openat"(int, const char*, int, ...)
    int F_DUPFD_CLOEXEC, O_CLOEXEC, O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC
cdef extern from "unistd.h" nogil:
    int close(int)
    int pipe2(int*, int)
    int faccessat(int, const char*, int, int)
    int X_OK
cdef extern from "sys/ioctl.h" nogil:
    struct winsize:
        unsigned short ws_row
        unsigned short ws_col
    int ioctl(int, unsigned long, ...)
    unsigned long TIOCGWINSZ
cdef extern from "enigma/child.h" nogil:
    struct en_child:
        const char* path
        char** argv
        char** envp
        int cwd_fd
        const char* cd
        int in_fd
        int out_fd
        int err_fd
        int use_stdio
    int32_t en_child_start(en_child*)

cdef enum:
    CONTROL_BASE = 0x018b0900        # terminal operations of port_control count from here
    CONTROL_WINDOW_SIZE = 100
    SPAWN_FD_LOW = 10                # so that the child's dup2 never meets its own sources


# --- {fd, In, Out} --------------------------------------------------------------------------------------
cdef int fd_start(Port* p, const char* command, PortOptions* o) noexcept nogil:
    if (p.flags & PORT_IN and o.in_fd < 0) or (p.flags & PORT_OUT and o.out_fd < 0):
        return -1
    return port_attach(p, o.in_fd if p.flags & PORT_IN else -1, o.out_fd if p.flags & PORT_OUT else -1, True)


cdef bint window_size(int fd, uint32_t* result) noexcept nogil:
    cdef winsize w
    if fd < 0 or ioctl(fd, TIOCGWINSZ, &w) != 0:
        return False
    result[0] = w.ws_col
    result[1] = w.ws_row
    return True


cdef int fd_control(Port* p, uint32_t op, const uint8_t* data, size_t size, uint8_t* out) noexcept nogil:
    cdef uint32_t result[2]
    if op != <uint32_t>CONTROL_BASE + CONTROL_WINDOW_SIZE or not (window_size(p.out_fd, result) or window_size(p.in_fd, result)):
        return -1
    memcpy(out, result, 8)
    return 8


# --- a file name ------------------------------------------------------------------------------------------
cdef int file_start(Port* p, const char* command, PortOptions* o) noexcept nogil:
    cdef Cwd* cwd = cwd_get(p.room)
    cdef int flags = O_RDWR | O_CREAT
    cdef int fd, out = -1
    if not p.flags & PORT_OUT:
        flags = O_RDONLY
    elif not p.flags & PORT_IN:
        flags = O_WRONLY | O_CREAT | O_TRUNC
    fd = open(cwd.fd, command, flags | O_CLOEXEC, 0o666)
    cwd_release(cwd)
    if fd < 0:
        return -1
    if p.flags & PORT_OUT:
        out = fd
        if p.flags & PORT_IN:
            out = fcntl(fd, F_DUPFD_CLOEXEC, 0)
    return port_attach(p, fd if p.flags & PORT_IN else -1, out, False)


# --- an OS process ----------------------------------------------------------------------------------------
# A descriptor above those that the child's standard ones may be; closes the given one.
cdef int move_up(int fd) noexcept nogil:
    cdef int up
    if fd < 0 or fd >= SPAWN_FD_LOW:
        return fd
    up = fcntl(fd, F_DUPFD_CLOEXEC, SPAWN_FD_LOW)
    close(fd)
    return up


# The environment of a child: the VM's with the port's changes. The Environment's array gets a NULL at its end.
cdef Environment* child_environment(Port* p, PortOptions* o) noexcept nogil:
    cdef Environment* e = environment_copy(vm_environment(p.vm))
    cdef size_t i = 0
    cdef char* value
    if e == NULL:
        return NULL
    while o.env != NULL and o.env[i] != NULL:
        value = strchr(o.env[i], c"=")
        if value == NULL:
            environment_unset(e, o.env[i])
        else:
            value[0] = 0
            environment_set(e, o.env[i], value + 1)
            value[0] = c"="
        i += 1
    if not environment_set(e, b"", b""):       # makes room for the NULL, which replaces it
        environment_free(e)
        return NULL
    e.count -= 1
    free(e.vars[e.count])
    e.vars[e.count] = NULL
    return e


cdef int child_start(Port* p, PortOptions* o, const char* path, char** argv, Cwd* cwd, Environment* env) noexcept nogil:
    cdef en_child c
    cdef int to_child[2]
    cdef int from_child[2]
    cdef int32_t pid = -1
    cdef int error = 0
    to_child[0] = to_child[1] = from_child[0] = from_child[1] = -1
    if (p.flags & PORT_OUT and pipe2(to_child, O_CLOEXEC) < 0) or (p.flags & PORT_IN and pipe2(from_child, O_CLOEXEC) < 0):
        error = errno
    else:
        to_child[0] = move_up(to_child[0])
        from_child[1] = move_up(from_child[1])
        c.path = path
        c.argv = argv
        c.envp = env.vars
        c.cwd_fd = cwd.fd
        c.cd = o.cd
        c.in_fd = to_child[0]
        c.out_fd = from_child[1]
        c.err_fd = from_child[1] if o.stderr_to_stdout else -1
        c.use_stdio = o.use_stdio
        pid = en_child_start(&c)
        if pid < 0:
            error = errno
    if to_child[0] >= 0:
        close(to_child[0])
    if from_child[1] >= 0:
        close(from_child[1])
    if error != 0:
        if to_child[1] >= 0:
            close(to_child[1])
        if from_child[0] >= 0:
            close(from_child[0])
        return error
    p.os_pid = pid
    error = port_attach(p, from_child[0], to_child[1], False)
    if not child_watch(p.room, pid, p.id) and error == 0:
        error = ENOMEM
    return error


cdef int spawn_start(Port* p, const char* command, PortOptions* o) noexcept nogil:
    cdef Cwd* cwd = cwd_get(p.room)
    cdef Environment* env = child_environment(p, o)
    cdef size_t n = 0
    cdef char** argv = NULL
    cdef char* line = NULL
    cdef int error = 0
    if o.args != NULL:
        while o.args[n] != NULL:
            n += 1
    argv = <char**>calloc(n + 4, sizeof(char*))
    line = <char*>malloc(strlen(command) + 6)
    if env == NULL or argv == NULL or line == NULL:
        error = ENOMEM
    elif o.executable:
        if faccessat(cwd.fd, command, X_OK, 0) != 0:
            error = errno
        else:
            argv[0] = o.arg0 if o.arg0 != NULL else <char*>command
            if n > 0:
                memcpy(&argv[1], o.args, n * sizeof(char*))
            error = child_start(p, o, command, argv, cwd, env)
    else:
        memcpy(line, <const char*>b"exec ", 5)
        memcpy(line + 5, command, strlen(command) + 1)
        argv[0] = <char*>b"sh"
        argv[1] = <char*>b"-c"
        argv[2] = line
        error = child_start(p, o, b"/bin/sh", argv, cwd, env)
    free(line)
    free(argv)
    environment_free(env)
    cwd_release(cwd)
    return error


# --- output -------------------------------------------------------------------------------------------------
cdef void stream_output(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    cdef uint8_t head[4]
    cdef int i
    if (p.packet == 1 and size > 0xFF) or (p.packet == 2 and size > 0xFFFF) or (p.packet == 4 and (size >> 32) != 0):
        port_fail(p, EINVAL)
        return
    for i in range(p.packet):
        head[i] = <uint8_t>(size >> (8 * (p.packet - 1 - i)))
    port_write(p, head, p.packet, data, size)


cdef int no_control(Port* p, uint32_t op, const uint8_t* data, size_t size, uint8_t* out) noexcept nogil:
    return -1


cdef PortDriver* stream_fd() noexcept nogil:
    return &fd_driver


cdef PortDriver* stream_file() noexcept nogil:
    return &file_driver


cdef PortDriver* stream_spawn() noexcept nogil:
    return &spawn_driver


cdef PortDriver fd_driver
cdef PortDriver file_driver
cdef PortDriver spawn_driver

fd_driver.name = b"fd"
fd_driver.start = fd_start
fd_driver.control = fd_control
fd_driver.output = stream_output
fd_driver.input = port_stream_input
file_driver.name = b"vanilla"
file_driver.start = file_start
file_driver.control = no_control
file_driver.output = stream_output
file_driver.input = port_stream_input
spawn_driver.name = b"spawn"
spawn_driver.start = spawn_start
spawn_driver.control = no_control
spawn_driver.output = stream_output
spawn_driver.input = port_stream_input

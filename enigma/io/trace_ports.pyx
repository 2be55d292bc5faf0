"""The drivers of trace ports: {spawn, "trace_file_drv ..."} and {spawn, "trace_ip_drv ..."}, which dbg talks to.

A packet to such a port is a trace message in external format. Both pass it on behind a head of five bytes, an
operation and a number of 32 bits, big-endian: 0 and the size of the packet, or 1 and how many packets were dropped.

    trace_file_drv n File                           one file
    trace_file_drv w Size Count Time Tail n File    files in turn, each of Size bytes or Time ms; their names end with
                                                    what is from index Tail on, behind a number of 0 to Count
    trace_ip_drv Port Queue Flags                   whoever connects first to this TCP port. Queue packets wait for him
                                                    at most; flag 2: while nobody is connected, too

A file is written through a buffer, by whoever sends the packet that fills it.

Invariant: all of it is guarded by the port's mutex. The port's descriptors are, of a file in turn by time, a timer; of
trace_ip_drv the listening socket (in) and the client's (out). Both sockets are non-blocking.

Read next: port.pxd.
"""
from libc.errno cimport EAGAIN, EINTR, ENAMETOOLONG, ENOMEM, ENOSPC, errno
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdio cimport sscanf
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset, strlen
from posix.fcntl cimport O_CREAT, O_TRUNC, O_WRONLY
from posix.unistd cimport close, read, write
from enigma.io.poller cimport *
from enigma.io.port cimport *
from enigma.io.room cimport Cwd, cwd_get, cwd_release

cdef extern from "fcntl.h" nogil:
    int openat(int directory, const char* path, int flags, int mode)
    enum: O_CLOEXEC

cdef extern from "unistd.h" nogil:
    int unlinkat(int directory, const char* path, int flags)

cdef extern from "stdio.h" nogil:
    int snprintf(char* to, size_t size, const char* format, ...)

cdef extern from "time.h" nogil:
    struct timespec:
        long tv_sec
        long tv_nsec
    struct itimerspec:
        timespec it_interval
        timespec it_value
    enum: CLOCK_MONOTONIC

cdef extern from "sys/timerfd.h" nogil:
    enum: TFD_CLOEXEC, TFD_NONBLOCK
    int timerfd_create(int clock, int flags)
    int timerfd_settime(int fd, int flags, const itimerspec* time, itimerspec* old)

cdef extern from "sys/socket.h" nogil:
    struct sockaddr:
        pass
    ctypedef unsigned int socklen_t
    enum: AF_INET, SOCK_STREAM, SOCK_CLOEXEC, SOCK_NONBLOCK, SOL_SOCKET, SO_REUSEADDR, MSG_NOSIGNAL
    int socket(int domain, int type, int protocol)
    int setsockopt(int fd, int level, int name, const void* value, socklen_t size)
    int bind(int fd, const sockaddr* address, socklen_t size)
    int listen(int fd, int backlog)
    int accept4(int fd, sockaddr* address, socklen_t* size, int flags)
    int getsockname(int fd, sockaddr* address, socklen_t* size)
    ssize_t send(int fd, const void* data, size_t size, int flags)

cdef extern from "netinet/in.h" nogil:
    struct sockaddr_in:
        uint16_t sin_family
        uint16_t sin_port
    uint16_t htons(uint16_t n)
    uint16_t ntohs(uint16_t n)

cdef enum:
    OP_PACKET = 0
    OP_DROPPED = 1
    HEAD = 5
    BUFFER = 65536              # bytes of a file's buffer
    NAME_MOST = 4096            # bytes of a file's name, with number and NUL
    START_BADARG = -3           # of PortDriver.start
    START_EINVAL = -1
    QUEUE_ALWAYS = 2            # flag of trace_ip_drv


cdef void put_head(uint8_t* to, int op, uint64_t n) noexcept nogil:
    cdef int i
    to[0] = <uint8_t>op
    for i in range(4):
        to[1 + i] = <uint8_t>(n >> (24 - 8 * i))


# --- files ------------------------------------------------------------------------------------------------

cdef struct TraceFile:
    int fd                      # -1 once it has failed
    size_t filled               # bytes of `buffer`
    bint in_turn
    char name[NAME_MOST]        # as it was given, without a number
    size_t tail                 # where its end begins
    uint32_t most               # the highest number
    uint32_t size               # bytes of one file, if they don't go by time
    uint32_t time               # ms of one file; 0: they go by size
    uint64_t written            # to this file
    uint32_t current            # its number
    uint32_t oldest             # of the file that is removed next
    uint32_t left               # files that may come before one is removed
    uint8_t buffer[BUFFER]


cdef void numbered(TraceFile* f, uint32_t number, char* out) noexcept nogil:
    if f.in_turn:
        snprintf(out, NAME_MOST, b"%.*s%u%s", <int>f.tail, f.name, number, f.name + f.tail)
    else:
        snprintf(out, NAME_MOST, b"%s", f.name)


cdef inline uint32_t following(TraceFile* f, uint32_t number) noexcept nogil:
    return 0 if number >= f.most else number + 1


# errno, or 0.
cdef int file_open(Port* p, TraceFile* f) noexcept nogil:
    cdef char path[NAME_MOST]
    cdef Cwd* cwd = cwd_get(p.room)
    cdef int error = 0
    numbered(f, f.current, path)
    while True:
        f.fd = openat(cwd.fd, path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0o777)
        if f.fd >= 0 or errno != EINTR:
            break
    if f.fd < 0:
        error = errno
    cwd_release(cwd)
    return error


cdef int write_all(int fd, const uint8_t* data, size_t size) noexcept nogil:
    """errno, or 0. A part only is as bad as nothing."""
    cdef ssize_t n
    while True:
        n = write(fd, data, size)
        if n == <ssize_t>size:
            return 0
        if n >= 0:
            return ENOSPC
        if errno != EINTR:
            return errno


cdef int file_flush(TraceFile* f) noexcept nogil:
    cdef int error = write_all(f.fd, f.buffer, f.filled) if f.filled > 0 else 0
    if error == 0:
        f.filled = 0
    return error


cdef int file_put(TraceFile* f, const uint8_t* data, size_t size) noexcept nogil:
    cdef int error = file_flush(f) if BUFFER - f.filled < size else 0
    if error != 0:
        return error
    if size > BUFFER:
        return write_all(f.fd, data, size)
    memcpy(f.buffer + f.filled, data, size)
    f.filled += size
    return 0


# On to the next file: errno, or 0.
cdef int file_turn(Port* p, TraceFile* f) noexcept nogil:
    cdef char path[NAME_MOST]
    cdef Cwd* cwd
    cdef int error = file_flush(f)
    close(f.fd)
    f.fd = -1
    if error != 0:
        return error
    f.written = 0
    if f.left > 0:
        f.left -= 1
    if f.left == 0:
        numbered(f, f.oldest, path)
        cwd = cwd_get(p.room)
        unlinkat(cwd.fd, path, 0)
        cwd_release(cwd)
        f.oldest = following(f, f.oldest)
    f.current = following(f, f.current)
    return file_open(p, f)


cdef int timer_start(Port* p, uint32_t ms) noexcept nogil:
    cdef itimerspec t
    cdef int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)
    if fd < 0:
        return errno
    t.it_value.tv_sec = t.it_interval.tv_sec = ms // 1000
    t.it_value.tv_nsec = t.it_interval.tv_nsec = <long>(ms % 1000) * 1000000
    timerfd_settime(fd, 0, &t, NULL)
    return port_attach(p, fd, -1, False)


cdef int trace_file_start(Port* p, const char* command, PortOptions* o) noexcept nogil:
    cdef TraceFile* f
    cdef unsigned int size = 0, count = 0, time = 0, tail = 0
    cdef int at = 0, turns, error
    turns = sscanf(command, b"trace_file_drv %n w %u %u %u %u %n", &at, &size, &count, &time, &tail, &at)
    if at <= <int>strlen(b"trace_file_drv") or (turns > 0 and turns != 4):
        return START_BADARG
    while command[at] == c" ":
        at += 1
    if command[at] != c"n" or command[at + 1] != c" ":
        return START_BADARG
    command += at + 2
    if tail >= strlen(command):
        return START_BADARG
    if strlen(command) + 11 > NAME_MOST:
        return ENAMETOOLONG
    f = <TraceFile*>calloc(1, sizeof(TraceFile))
    if f == NULL:
        return ENOMEM
    memcpy(f.name, command, strlen(command) + 1)
    f.in_turn = turns == 4
    f.tail = tail
    f.most = f.left = count
    f.size = size
    f.time = time
    error = file_open(p, f)
    if error == 0 and time > 0:
        error = timer_start(p, time)
    if error != 0:
        if f.fd >= 0:
            close(f.fd)
        free(f)
        return error
    p.state_of_driver = f
    return 0


cdef void trace_file_output(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    cdef TraceFile* f = <TraceFile*>p.state_of_driver
    cdef uint8_t head[HEAD]
    cdef int error
    put_head(head, OP_PACKET, size)
    error = file_put(f, head, HEAD)
    if error == 0:
        error = file_put(f, data, size)
    f.written += HEAD + size
    if error == 0 and f.in_turn and f.time == 0 and f.written >= f.size:
        error = file_turn(p, f)
    if error != 0:
        port_fail(p, error)


cdef void trace_file_time(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    """The timer's count has been read."""
    cdef int error = file_turn(p, <TraceFile*>p.state_of_driver)
    if error != 0:
        port_fail(p, error)


cdef int trace_file_control(Port* p, uint32_t op, const uint8_t* data, size_t size, uint8_t* out) noexcept nogil:
    cdef int error
    if op != c"f":
        return -1
    out[0] = 0
    error = file_flush(<TraceFile*>p.state_of_driver)
    if error != 0:
        port_fail(p, error)
    return 1


cdef void trace_file_stop(Port* p) noexcept nogil:
    cdef TraceFile* f = <TraceFile*>p.state_of_driver
    p.state_of_driver = NULL
    if f == NULL:
        return
    if f.fd >= 0:
        file_flush(f)
        close(f.fd)
    free(f)


# --- TCP --------------------------------------------------------------------------------------------------

cdef struct TracePacket:        # its bytes, head included, follow the struct
    TracePacket* next
    bint dropped                # stands for packets that found no room
    uint64_t count              # how many
    size_t size
    size_t done

cdef struct TraceSocket:
    uint16_t number             # of the TCP port
    uint32_t flags
    bint connected
    TracePacket* first
    TracePacket* last
    uint32_t waiting            # packets in the queue but those that stand for dropped ones
    uint32_t most


cdef void socket_clear(TraceSocket* c) noexcept nogil:
    cdef TracePacket* q
    while c.first != NULL:
        q = c.first
        c.first = q.next
        free(q)
    c.last = NULL
    c.waiting = 0


cdef TracePacket* packet_put(TraceSocket* c, size_t size) noexcept nogil:
    cdef TracePacket* q = <TracePacket*>calloc(1, sizeof(TracePacket) + size)
    if q == NULL:
        return NULL
    q.size = size
    if c.last != NULL:
        c.last.next = q
    else:
        c.first = q
    c.last = q
    return q


# Queues a packet of which `done` bytes are written. One that finds no room is counted at the queue's end.
cdef void socket_queue(TraceSocket* c, const uint8_t* data, size_t size, size_t done) noexcept nogil:
    cdef TracePacket* q = c.last
    if c.waiting >= c.most and done == 0:
        if q == NULL or not q.dropped or q.done != 0:
            q = packet_put(c, HEAD)
            if q == NULL:
                return
            q.dropped = True
        q.count += 1
        put_head(<uint8_t*>(q + 1), OP_DROPPED, q.count)
        return
    q = packet_put(c, HEAD + size)
    if q == NULL:
        return
    put_head(<uint8_t*>(q + 1), OP_PACKET, size)
    memcpy(<uint8_t*>(q + 1) + HEAD, data, size)
    q.done = done
    c.waiting += 1


cdef void client_gone(Port* p, TraceSocket* c) noexcept nogil:
    poller_remove(p.room.poller, p.out_item)
    p.out_item = 0
    close(p.out_fd)
    p.out_fd = -1
    c.connected = False
    if not c.flags & QUEUE_ALWAYS:
        socket_clear(c)
    elif c.first != NULL:
        c.first.done = 0            # the next client gets it from its beginning


# How much of it went; the client is gone if it can't take anything any more (-1).
cdef ssize_t socket_write(Port* p, TraceSocket* c, const uint8_t* data, size_t size) noexcept nogil:
    cdef size_t done = 0
    cdef ssize_t n
    while done < size:
        n = send(p.out_fd, data + done, size - done, MSG_NOSIGNAL)
        if n > 0:
            done += n
        elif n < 0 and errno == EAGAIN:
            break
        elif n == 0 or errno != EINTR:
            client_gone(p, c)
            return -1
    return done


cdef void socket_drain(Port* p, TraceSocket* c) noexcept nogil:
    cdef TracePacket* q
    cdef ssize_t n
    while c.first != NULL:
        q = c.first
        n = socket_write(p, c, <uint8_t*>(q + 1) + q.done, q.size - q.done)
        if n < 0:
            return
        q.done += n
        if q.done < q.size:
            break
        c.first = q.next
        if c.first == NULL:
            c.last = NULL
        if not q.dropped:
            c.waiting -= 1
        free(q)
    poller_change(p.room.poller, p.out_item, POLL_IN if c.first == NULL else POLL_IN | POLL_OUT)


cdef void client_ready(PollOwner* owner, int events) noexcept nogil:
    cdef Port* p = <Port*>owner
    cdef TraceSocket* c
    cdef uint8_t ignored[128]
    cdef ssize_t n
    port_lock(p)
    c = <TraceSocket*>p.state_of_driver
    if port_is_open(p) and c.connected:
        if events & (POLL_IN | POLL_BROKEN):
            n = read(p.out_fd, ignored, 128)
            if n == 0 or (n < 0 and errno != EAGAIN and errno != EINTR):
                client_gone(p, c)
        if c.connected and events & POLL_OUT:
            socket_drain(p, c)
    port_unlock(p)


cdef void listener_ready(PollOwner* owner, int events) noexcept nogil:
    cdef Port* p = <Port*>owner
    cdef TraceSocket* c
    cdef int fd
    port_lock(p)
    if port_is_open(p):
        c = <TraceSocket*>p.state_of_driver
        fd = accept4(p.in_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)
        if fd >= 0 and not c.connected:
            p.out_item = poller_add(p.room.poller, fd, POLL_IN if c.first == NULL else POLL_IN | POLL_OUT,
                                    client_ready, &p.owner_count)
            if p.out_item != 0:
                p.out_fd = fd
                c.connected = True
                fd = -1
        if fd >= 0:
            close(fd)           # only one is served
    port_unlock(p)


cdef int listener(int number) noexcept nogil:
    """A listening socket, or -1."""
    cdef sockaddr_in address
    cdef int yes = 1
    cdef int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
    if fd < 0:
        return -1
    memset(&address, 0, sizeof(address))
    address.sin_family = AF_INET
    address.sin_port = htons(<uint16_t>number)
    if setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 \
            or bind(fd, <sockaddr*>&address, sizeof(address)) != 0 or listen(fd, 1) != 0:
        close(fd)
        return -1
    return fd


cdef int trace_ip_start(Port* p, const char* command, PortOptions* o) noexcept nogil:
    cdef TraceSocket* c
    cdef sockaddr_in address
    cdef socklen_t size = sizeof(address)
    cdef int number = 0, most = 0, flags = 0
    if sscanf(command, b"trace_ip_drv %d %d %d", &number, &most, &flags) != 3:
        return START_EINVAL
    if flags < 0 or flags > 3 or number < 0 or number > 65535 or most < 0:
        return START_EINVAL
    p.in_fd = listener(number)
    if p.in_fd < 0 or getsockname(p.in_fd, <sockaddr*>&address, &size) != 0:
        return START_EINVAL
    c = <TraceSocket*>calloc(1, sizeof(TraceSocket))
    if c == NULL:
        return ENOMEM
    c.number = ntohs(address.sin_port)
    c.flags = <uint32_t>flags
    c.most = <uint32_t>most
    p.state_of_driver = c
    p.flags |= PORT_CONTROL_BINARY
    p.in_item = poller_add(p.room.poller, p.in_fd, POLL_IN, listener_ready, &p.owner_count)
    return 0 if p.in_item != 0 else errno


cdef void trace_ip_output(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    cdef TraceSocket* c = <TraceSocket*>p.state_of_driver
    cdef uint8_t head[HEAD]
    cdef ssize_t n, more = 0
    if not c.connected:
        if c.flags & QUEUE_ALWAYS:
            socket_queue(c, data, size, 0)
        return
    if c.first != NULL:
        socket_drain(p, c)
    if not c.connected:
        return
    if c.first != NULL:
        socket_queue(c, data, size, 0)
        return
    put_head(head, OP_PACKET, size)
    n = socket_write(p, c, head, HEAD)
    if n == HEAD:
        more = socket_write(p, c, data, size)
    if n + more == <ssize_t>(HEAD + size):
        return
    if n < 0 or more < 0:
        if c.flags & QUEUE_ALWAYS:
            socket_queue(c, data, size, 0)
        return
    socket_queue(c, data, size, n + more)
    poller_change(p.room.poller, p.out_item, POLL_IN | POLL_OUT)


cdef int trace_ip_control(Port* p, uint32_t op, const uint8_t* data, size_t size, uint8_t* out) noexcept nogil:
    cdef TraceSocket* c = <TraceSocket*>p.state_of_driver
    if op != c"p":
        return -1
    out[0] = 0
    out[1] = <uint8_t>(c.number >> 8)
    out[2] = <uint8_t>(c.number & 0xFF)
    return 3


cdef void trace_ip_stop(Port* p) noexcept nogil:
    cdef TraceSocket* c = <TraceSocket*>p.state_of_driver
    p.state_of_driver = NULL
    if c != NULL:
        socket_clear(c)
        free(c)


cdef void no_input(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    pass                                   # its sockets are read here


cdef PortDriver trace_file_driver
trace_file_driver.name = b"trace_file_drv"
trace_file_driver.start = trace_file_start
trace_file_driver.output = trace_file_output
trace_file_driver.control = trace_file_control
trace_file_driver.input = trace_file_time
trace_file_driver.drained = NULL
trace_file_driver.stop = trace_file_stop
port_driver_register(&trace_file_driver)

cdef PortDriver trace_ip_driver
trace_ip_driver.name = b"trace_ip_drv"
trace_ip_driver.start = trace_ip_start
trace_ip_driver.output = trace_ip_output
trace_ip_driver.control = trace_ip_control
trace_ip_driver.input = no_input
trace_ip_driver.drained = NULL
trace_ip_driver.stop = trace_ip_stop
port_driver_register(&trace_ip_driver)

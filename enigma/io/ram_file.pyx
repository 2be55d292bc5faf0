"""The driver of files in memory: {spawn, "ram_file_drv"}, what kernel's ram_file talks to.

A request is one port_command: a byte that says what, then its arguments; numbers are 32 bits, signed, big-endian.

    1 open: mode (1 read, 2 write), the content      2 read: size                3 seek: offset, from 0, here or the end
    4 write: bytes                                   9, 19 sync                  14 truncate
    17 read at: offset, size                         18 write at: offset, bytes  30 the whole content
    37 size                                          38 advise                   39 allocate

An answer is a message {Port, {data, [Code | Rest]}}: 0 done, 1 a POSIX name, 2 a size and the data, 3 a number.

Invariant: content[end..capacity) is zero, so that writing behind the end leaves zeros between.

Read next: port.pxd.
"""
from libc.errno cimport EACCES, EBADF, EINVAL, ENOMEM
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy, memset
from enigma.term.atom cimport Atom, atom_get
from enigma.io.native cimport errno_atom
from enigma.io.port cimport *

cdef enum:
    OP_OPEN = 1
    OP_READ = 2
    OP_SEEK = 3
    OP_WRITE = 4
    OP_SYNC = 9
    OP_TRUNCATE = 14
    OP_READ_AT = 17
    OP_WRITE_AT = 18
    OP_DATA_SYNC = 19
    OP_CONTENT = 30
    OP_SIZE = 37
    OP_ADVISE = 38
    OP_ALLOCATE = 39
cdef enum:
    ANSWER_OK = 0
    ANSWER_ERROR = 1
    ANSWER_DATA = 2
    ANSWER_NUMBER = 3
cdef enum:
    MODE_READ = 1
    MODE_WRITE = 2
cdef enum:
    GROWTH = 1024               # the least that the room grows by
    MOST = 0x7FFFFFFF           # bytes of a file: what the protocol's numbers reach

cdef struct RamFile:
    uint32_t mode               # MODE_; 0: not open
    uint8_t* content
    int64_t capacity
    int64_t end
    int64_t position


cdef int64_t number_at(const uint8_t* s) noexcept nogil:
    return <int32_t>((<uint32_t>s[0] << 24) | (<uint32_t>s[1] << 16) | (<uint32_t>s[2] << 8) | s[3])


# --- answers --------------------------------------------------------------------------------------------
cdef void answer(Port* p, int code, int64_t number, const uint8_t* data, size_t size) noexcept nogil:
    cdef uint8_t head[5]
    cdef int i
    head[0] = <uint8_t>code
    for i in range(4):
        head[1 + i] = <uint8_t>(number >> (24 - 8 * i))
    port_deliver_headed(p, head, 1 if code == ANSWER_OK else 5, data, size)


cdef void answer_error(Port* p, int error) noexcept nogil:
    cdef uint8_t head[64]
    cdef Atom* name = atom_get(errno_atom(error))
    head[0] = ANSWER_ERROR
    memcpy(head + 1, name.name, name.length)
    port_deliver_headed(p, head, 1 + name.length, NULL, 0)


cdef void answer_part(Port* p, RamFile* f, int64_t at, int64_t size) noexcept nogil:
    # An empty file has no content to point at, but the answer must carry (empty) data.
    answer(p, ANSWER_DATA, size, f.content + at if size > 0 else <const uint8_t*>b"", <size_t>size)


# --- the file -------------------------------------------------------------------------------------------
cdef int reserve(RamFile* f, int64_t size) noexcept nogil:
    cdef int64_t capacity
    cdef uint8_t* larger
    if size > MOST:
        return EINVAL
    if size <= f.capacity:
        return 0
    capacity = size + (size >> 2) + GROWTH
    larger = <uint8_t*>realloc(f.content, <size_t>capacity)
    if larger == NULL:
        return ENOMEM
    memset(larger + f.capacity, 0, <size_t>(capacity - f.capacity))
    f.content = larger
    f.capacity = capacity
    return 0


cdef int write_at(RamFile* f, int64_t at, const uint8_t* data, int64_t size) noexcept nogil:
    cdef int error
    if not f.mode & MODE_WRITE:
        return EBADF
    if at < 0:
        return EINVAL
    error = reserve(f, at + size)
    if error == 0 and size > 0:
        memcpy(f.content + at, data, <size_t>size)
    if error == 0 and at + size > f.end:
        f.end = at + size
    return error


cdef void open_file(Port* p, RamFile* f, const uint8_t* data, int64_t size) noexcept nogil:
    cdef int error
    f.mode = <uint32_t>number_at(data)
    if f.content != NULL:
        memset(f.content, 0, <size_t>f.capacity)
    f.end = f.position = 0
    error = reserve(f, size - 4)
    if error != 0:
        answer_error(p, error)
        return
    if size > 4:
        memcpy(f.content, data + 4, <size_t>(size - 4))
    f.end = size - 4
    answer(p, ANSWER_NUMBER, 0, NULL, 0)


# Reads from `at`, or from where the file stands if at is NULL.
cdef void read_file(Port* p, RamFile* f, const int64_t* at, int64_t size) noexcept nogil:
    cdef int64_t start = at[0] if at != NULL else f.position
    if not f.mode & MODE_READ:
        answer_error(p, EBADF)
        return
    if start < 0 or size < 0:
        answer_error(p, EINVAL)
        return
    if start >= f.end:
        size = 0
    elif size > f.end - start:
        size = f.end - start
    if at == NULL:
        f.position += size
    answer_part(p, f, start, size)


cdef void seek_file(Port* p, RamFile* f, int64_t offset, int64_t origin) noexcept nogil:
    if f.mode == 0:
        answer_error(p, EBADF)
        return
    if origin == 1:
        offset += f.position
    elif origin == 2:
        offset += f.end
    elif origin != 0:
        offset = -1
    if offset < 0 or offset > MOST:
        answer_error(p, EINVAL)
        return
    f.position = offset
    answer(p, ANSWER_NUMBER, offset, NULL, 0)


cdef void write_file(Port* p, RamFile* f, const int64_t* at, const uint8_t* data, int64_t size) noexcept nogil:
    cdef int error = write_at(f, at[0] if at != NULL else f.position, data, size)
    if error != 0:
        answer_error(p, error)
        return
    if at == NULL:
        f.position += size
    answer(p, ANSWER_NUMBER, size, NULL, 0)


cdef void truncate_file(Port* p, RamFile* f) noexcept nogil:
    cdef int error = 0 if f.mode & MODE_WRITE else EACCES
    if error == 0:
        error = reserve(f, f.position)
    if error != 0:
        answer_error(p, error)
        return
    if f.end > f.position:
        memset(f.content + f.position, 0, <size_t>(f.end - f.position))
    f.end = f.position
    answer(p, ANSWER_OK, 0, NULL, 0)


# --- the driver -----------------------------------------------------------------------------------------
cdef int ram_file_start(Port* p, const char* command, PortOptions* o) noexcept nogil:
    p.state_of_driver = calloc(1, sizeof(RamFile))
    return ENOMEM if p.state_of_driver == NULL else 0


# A request that is too short, or of no known kind, gets no answer, as nobody but ram_file sends any.
cdef void ram_file_output(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    cdef RamFile* f = <RamFile*>p.state_of_driver
    cdef int64_t rest = <int64_t>size - 1, at
    cdef int op
    if f == NULL or rest < 0:
        return
    op = data[0]
    data += 1
    if op == OP_OPEN and rest >= 4:
        open_file(p, f, data, rest)
    elif op == OP_READ and rest >= 4:
        read_file(p, f, NULL, number_at(data))
    elif op == OP_SEEK and rest >= 8:
        seek_file(p, f, number_at(data), number_at(data + 4))
    elif op == OP_WRITE:
        write_file(p, f, NULL, data, rest)
    elif op == OP_READ_AT and rest >= 8:
        at = number_at(data)
        read_file(p, f, &at, number_at(data + 4))
    elif op == OP_WRITE_AT and rest >= 4:
        at = number_at(data)
        write_file(p, f, &at, data + 4, rest - 4)
    elif op == OP_TRUNCATE:
        truncate_file(p, f)
    elif op == OP_CONTENT:
        answer_part(p, f, 0, f.end)
    elif op == OP_SIZE:
        answer(p, ANSWER_NUMBER, f.end, NULL, 0)
    elif op == OP_SYNC or op == OP_DATA_SYNC or op == OP_ADVISE or op == OP_ALLOCATE:
        if f.mode == 0:
            answer_error(p, EBADF)
        else:
            answer(p, ANSWER_OK, 0, NULL, 0)


cdef int ram_file_control(Port* p, uint32_t op, const uint8_t* data, size_t size, uint8_t* out) noexcept nogil:
    return -1


cdef void ram_file_input(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    pass                                   # it has no descriptor that anything could come from


cdef void ram_file_stop(Port* p) noexcept nogil:
    cdef RamFile* f = <RamFile*>p.state_of_driver
    p.state_of_driver = NULL
    if f != NULL:
        free(f.content)
        free(f)


cdef PortDriver ram_file_driver
ram_file_driver.name = b"ram_file_drv"
ram_file_driver.start = ram_file_start
ram_file_driver.output = ram_file_output
ram_file_driver.control = ram_file_control
ram_file_driver.input = ram_file_input
ram_file_driver.drained = NULL
ram_file_driver.stop = ram_file_stop
port_driver_register(&ram_file_driver)

"""The natives of prim_file: files and directories (names are in unicode.pyx).

All but get_handle_nif run on the blocking pool, their process parked, so they may block and use the process's heap.
Paths are binaries that end in NUL, resolved against the VM's own directory. Failures are {error, Posix}.

A file handle is a magic reference. Its state keeps operations of several processes and the owner's death apart:

    IDLE -> BUSY -> IDLE            an operation
    IDLE -> CLOSED                  close, or the owner died
    BUSY -> CLOSE_PENDING -> CLOSED the owner died during an operation, whose end closes the file

Invariant: until it is closed a file is in the room's list of owned files, which holds a count: dropping the reference
does not close a file, the owner's death does.

Read next: io/room.pxd; the module prim_file in OTP's preloaded applications.
"""
from libc.errno cimport *
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, strcmp, strlen
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.bits cimport binary_bytes, binary_from_bytes, binary_from_counted, binary_new, binary_release
from enigma.term.number cimport integer_from_i64, integer_from_u64, integer_to_i64
from enigma.code.module cimport BIF_DIRTY, BIF_NIF, bif_register
from enigma.process.process cimport *
from enigma.process.lifecycle cimport magic_ref_new
from enigma.io.native cimport *
from enigma.io.room cimport *
from enigma.bif.errors cimport *

cdef extern from *:
    """
    #ifndef _GNU_SOURCE
    #define _GNU_SOURCE
    #endif
    """
cdef extern from "sys/stat.h" nogil:
    struct stat_t "stat":
        uint64_t st_dev
        uint64_t st_rdev
        uint64_t st_ino
        uint32_t st_mode
        uint64_t st_nlink
        uint32_t st_uid
        uint32_t st_gid
        int64_t st_size
        int64_t st_atime
        int64_t st_mtime
        int64_t st_ctime
    struct timespec:
        int64_t tv_sec
        int64_t tv_nsec
    int fstat(int, stat_t*)
    int fstatat(int, const char*, stat_t*, int)
    int fchmodat(int, const char*, uint32_t, int)
    int mkdirat(int, const char*, uint32_t)
    int utimensat(int, const char*, const timespec*, int)
    bint S_ISCHR(uint32_t)
    bint S_ISBLK(uint32_t)
    bint S_ISDIR(uint32_t)
    bint S_ISREG(uint32_t)
    bint S_ISLNK(uint32_t)
cdef extern from "fcntl.h" nogil:
    int openat(int, const char*, int, ...)
    int fcntl(int, int, ...)
    int fallocate(int, int, int64_t, int64_t)
    int posix_fallocate(int, int64_t, int64_t)
    int posix_fadvise(int, int64_t, int64_t, int)
    int O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_EXCL, O_SYNC, O_DIRECTORY, O_CLOEXEC
    int F_GETFL, F_DUPFD_CLOEXEC, AT_SYMLINK_NOFOLLOW, AT_REMOVEDIR
    int POSIX_FADV_NORMAL, POSIX_FADV_RANDOM, POSIX_FADV_SEQUENTIAL, POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED, POSIX_FADV_NOREUSE
cdef extern from "unistd.h" nogil:
    int close(int)
    int fsync(int)
    int fdatasync(int)
    int ftruncate(int, int64_t)
    int64_t lseek(int, int64_t, int)
    long read(int, void*, size_t)
    int faccessat(int, const char*, int, int)
    int fchownat(int, const char*, uint32_t, uint32_t, int)
    int linkat(int, const char*, int, const char*, int)
    int symlinkat(const char*, int, const char*)
    int unlinkat(int, const char*, int)
    long readlinkat(int, const char*, char*, size_t)
    uint32_t geteuid()
    uint32_t getegid()
    int SEEK_SET, SEEK_CUR, SEEK_END, R_OK, W_OK
cdef extern from "stdio.h" nogil:
    int renameat(int, const char*, int, const char*)
cdef extern from "sys/uio.h" nogil:
    struct iovec:
        void* iov_base
        size_t iov_len
    long writev(int, const iovec*, int)
    long pwritev(int, const iovec*, int, int64_t)
    long pread(int, void*, size_t, int64_t)
cdef extern from "dirent.h" nogil:
    struct dirent:
        char* d_name
    ctypedef struct DIR:
        pass
    DIR* fdopendir(int)
    dirent* readdir(DIR*)
    int closedir(DIR*)

cdef enum:
    FILE_TYPE = 0x656C6966           # "file"
    FILE_IDLE = 0
    FILE_BUSY = 1
    FILE_CLOSE_PENDING = 2
    FILE_CLOSED = 3
    MODE_READ = 1
    MODE_WRITE = 2
    MODE_APPEND = 4
    MODE_EXCLUSIVE = 8
    MODE_SYNC = 16
    MODE_SKIP_TYPE_CHECK = 32
    MODE_DIRECTORY = 64
    IOVEC_MAX = 64
    READ_BITS = 46                   # a size of more bits is nonsense
    MIN_TIME = -2145916800           # what erl shows for times before 1902

cdef Term atom_random = atom_from_cstr(b"random")
cdef Term atom_sequential = atom_from_cstr(b"sequential")
cdef Term atom_will_need = atom_from_cstr(b"will_need")
cdef Term atom_dont_need = atom_from_cstr(b"dont_need")
cdef Term atom_no_reuse = atom_from_cstr(b"no_reuse")
cdef Term atom_file_info = atom_from_cstr(b"file_info")

cdef struct File:
    Magic magic                      # must be first
    OwnedFile watch                  # in the room's list until closed
    IoRoom* room
    uint32_t state                   # FILE_, atomic
    int fd                           # -1: closed


# --- handles ------------------------------------------------------------------------------------------------
cdef inline File* file_of_watch(OwnedFile* w) noexcept nogil:
    return <File*>(<char*>w - <size_t>&(<File*>NULL).watch)


cdef void file_release(File* f) noexcept nogil:
    if en_sub64(&f.magic.refc, 1) == 1:
        f.magic.destructor(&f.magic)


cdef int file_close(File* f) noexcept nogil:
    cdef int fd = f.fd
    f.fd = -1
    return errno if fd >= 0 and close(fd) < 0 else 0


cdef void file_free(Magic* m) noexcept nogil:
    file_close(<File*>m)
    free(m)


cdef void file_owner_gone(OwnedFile* w) noexcept nogil:
    cdef File* f = file_of_watch(w)
    cdef uint32_t state
    while True:
        state = FILE_IDLE
        if en_cas32(&f.state, &state, FILE_CLOSED):
            file_close(f)
            break
        if state != FILE_BUSY or en_cas32(&f.state, &state, FILE_CLOSE_PENDING):
            break
    file_release(f)


cdef Term ok_value(Process* p, Term value) noexcept nogil:
    value = tuple_of_2(proc_heap(p), AM_ok, value) if value != 0 else 0
    return value if value != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term posix(Process* p, int error) noexcept nogil:
    cdef Term t = errno_tuple(proc_heap(p), error)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term file_new(Process* p, int fd) noexcept nogil:
    cdef File* f = <File*>calloc(1, sizeof(File))
    cdef Term ref
    if f == NULL:
        close(fd)
        return posix(p, ENOMEM)
    f.magic.refc = 1
    f.magic.destructor = file_free
    f.magic.type = FILE_TYPE
    f.room = io_room(p.vm)
    f.fd = fd
    f.watch.owner = p.id
    f.watch.owner_gone = file_owner_gone
    ref = magic_ref_new(p.vm, proc_heap(p), f)
    if ref == 0:
        file_release(f)
        return posix(p, ENOMEM)
    files_add(f.room, &f.watch)
    return ok_value(p, ref)


cdef File* file_of(Term t) noexcept nogil:
    if not term_is_magic_ref(t) or magic_of(t).type != FILE_TYPE:
        return NULL
    return <File*>magic_of(t)


# Runs an operation on an idle file: args[0] is the handle.
ctypedef Term (*FileOperation)(Process* p, File* f, Term* args) noexcept nogil

cdef Term with_file(void* proc, Term* args, FileOperation operation) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef File* f = file_of(args[0])
    cdef uint32_t state = FILE_IDLE
    cdef Term result
    if f == NULL:
        return badarg(p)
    if not en_cas32(&f.state, &state, FILE_BUSY):
        return posix(p, EINVAL)
    result = operation(p, f, args)
    state = FILE_BUSY
    if not en_cas32(&f.state, &state, FILE_IDLE):
        en_store32_rel(&f.state, FILE_CLOSED)
        file_close(f)
    return result


cdef bint get_int(Term t, int64_t* out) noexcept nogil:
    return integer_to_i64(t, out) and out[0] >= -2147483648 and out[0] <= 2147483647 if term_is_integer(t) else False


# A number that fits 64 bits and is not negative. 0: fine, 1: badarg (no number), 2: einval.
cdef int get_offset(Term t, int64_t* out) noexcept nogil:
    if not term_is_number(t):
        return 1
    return 0 if term_is_integer(t) and integer_to_i64(t, out) and out[0] >= 0 else 2


cdef Term offset_error(Process* p, int a, int b) noexcept nogil:
    return badarg(p) if a == 1 or b == 1 else posix(p, EINVAL)


# --- opening and closing ----------------------------------------------------------------------------------------
cdef int open_path(IoRoom* room, const char* path, int modes, int* error) noexcept nogil:
    cdef Cwd* cwd
    cdef stat_t info
    cdef int flags = O_RDONLY, fd
    if modes & MODE_WRITE:
        flags = O_RDWR | O_CREAT if modes & MODE_READ else O_WRONLY | O_CREAT | O_TRUNC
    if modes & MODE_APPEND:
        flags = (flags & ~O_TRUNC) | O_APPEND
    if modes & MODE_EXCLUSIVE:
        flags |= O_EXCL
    if modes & MODE_SYNC:
        flags |= O_SYNC
    if modes & MODE_DIRECTORY:
        flags |= O_DIRECTORY
    cwd = cwd_get(room)
    while True:
        fd = openat(cwd.fd, path, flags | O_CLOEXEC, 0o777 if modes & MODE_DIRECTORY else 0o666)
        error[0] = errno
        if fd >= 0 or error[0] != EINTR:
            break
    cwd_release(cwd)
    if fd >= 0 and not modes & (MODE_SKIP_TYPE_CHECK | MODE_DIRECTORY) and fstat(fd, &info) == 0 and S_ISDIR(info.st_mode):
        close(fd)
        error[0] = EISDIR
        return -1
    return fd


cdef Term open_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term t = args[1]
    cdef Term mode
    cdef int modes = 0, fd, error
    cdef const char* path
    cdef uint8_t* temp
    if not term_is_list(t) and not term_is_nil(t):
        return badarg(p)
    while term_is_list(t):
        mode = list_head(t)
        if mode == AM_read:
            modes |= MODE_READ
        elif mode == AM_write:
            modes |= MODE_WRITE
        elif mode == AM_exclusive:
            modes |= MODE_EXCLUSIVE
        elif mode == AM_append:
            modes |= MODE_APPEND
        elif mode == AM_sync:
            modes |= MODE_SYNC
        elif mode == AM_skip_type_check:
            modes |= MODE_SKIP_TYPE_CHECK
        elif mode == AM_directory:
            modes |= MODE_DIRECTORY
        # the others (raw, binary, delayed_write ...) belong to the modules above
        t = list_tail(t)
    if modes & (MODE_APPEND | MODE_EXCLUSIVE):
        modes |= MODE_WRITE
    elif not modes & (MODE_READ | MODE_WRITE):
        modes |= MODE_READ
    path = native_path(args[0], &temp)
    if path == NULL:
        return posix(p, EINVAL)
    fd = open_path(io_room(p.vm), path, modes, &error)
    free(temp)
    return posix(p, error) if fd < 0 else file_new(p, fd)


cdef Term file_desc_to_ref_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t fd
    if not get_int(args[0], &fd):
        return badarg(p)
    if fcntl(<int>fd, F_GETFL) == -1 and errno == EBADF:
        return posix(p, EBADF)
    if not io_room(p.vm).owns_process:
        # A descriptor of the host: the guest's close must not reach it.
        fd = fcntl(<int>fd, F_DUPFD_CLOEXEC, 3)
        if fd < 0:
            return posix(p, errno)
    return file_new(p, <int>fd)


cdef Term close_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef File* f = file_of(args[0])
    cdef uint32_t state = FILE_IDLE
    cdef int error
    if f == NULL:
        return badarg(p)
    if not en_cas32(&f.state, &state, FILE_CLOSED):
        return posix(p, EINVAL)
    error = file_close(f)
    if files_remove(f.room, &f.watch):
        file_release(f)
    return posix(p, error) if error != 0 else AM_ok


# The helper process's close of an orphan; files of the dead are closed at once here, so there is nothing left to do.
cdef Term delayed_close_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef File* f = file_of(args[0])
    if f == NULL or en_load32_acq(&f.state) != FILE_CLOSED:
        return badarg(p)
    return AM_ok


# --- reading ----------------------------------------------------------------------------------------------------
# Reads until `size` bytes are there or the file ends. offset < 0: at the file's position. -1: errno.
cdef int64_t read_fully(int fd, uint8_t* data, int64_t size, int64_t offset) noexcept nogil:
    cdef int64_t done = 0
    cdef long n
    while done < size or size == 0:      # a file that may not be read says so even if no bytes are wanted
        if offset < 0:
            n = read(fd, data + done, size - done)
        else:
            n = pread(fd, data + done, size - done, offset + done)
        if n > 0:
            done += n
        elif n == 0:
            break
        elif errno != EINTR:
            return -1
    return done


# A binary of the first n bytes of b, whose one count this takes.
cdef Term read_binary(Process* p, Binary* b, int64_t n) noexcept nogil:
    cdef Term t
    if n > HEAP_BITS_MAX and <uint64_t>n > b.capacity // 2:
        b.size = n
        return binary_from_counted(proc_heap(p), b, 0, n * 8)
    t = binary_from_bytes(proc_heap(p), b.data, n)
    binary_release(b)
    return t


cdef Term read_at(Process* p, File* f, int64_t size, int64_t offset) noexcept nogil:
    cdef Binary* b = binary_new(size) if (size >> READ_BITS) == 0 else NULL
    cdef int64_t n
    cdef int error
    if b == NULL:
        return posix(p, ENOMEM)
    n = read_fully(f.fd, b.data, size, offset)
    if n <= 0:
        error = errno
        binary_release(b)
        return AM_eof if n == 0 else posix(p, error)
    return ok_value(p, read_binary(p, b, n))


cdef Term do_read(Process* p, File* f, Term* args) noexcept nogil:
    cdef int64_t size
    cdef int bad = get_offset(args[1], &size)
    return offset_error(p, bad, bad) if bad else read_at(p, f, size, -1)


cdef Term read_2(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_read)


cdef Term do_pread(Process* p, File* f, Term* args) noexcept nogil:
    cdef int64_t offset, size
    cdef int a = get_offset(args[1], &offset), b = get_offset(args[2], &size)
    return offset_error(p, a, b) if a or b else read_at(p, f, size, offset)


cdef Term pread_3(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_pread)


# At offset: <<Size:32, Pointer:32>>; then Size bytes at Pointer.
cdef Term do_ipread(Process* p, File* f, Term* args) noexcept nogil:
    cdef int64_t offset, limit, size, pointer, n
    cdef uint8_t head[8]
    cdef Binary* b
    cdef Heap* h = proc_heap(p)
    cdef Term t = AM_eof
    cdef int error
    if not term_is_number(args[1]) or not term_is_number(args[2]):
        return badarg(p)
    if (not term_is_integer(args[1]) or not term_is_integer(args[2]) or not integer_to_i64(args[1], &offset)
            or not integer_to_i64(args[2], &limit) or offset < 0 or (limit >> 31) > 0):
        return posix(p, EINVAL)
    n = read_fully(f.fd, head, 8, offset)
    if n < 0:
        return posix(p, errno)
    if n < 8:
        return AM_eof
    size = (<int64_t>head[0] << 24) | (head[1] << 16) | (head[2] << 8) | head[3]
    pointer = (<int64_t>head[4] << 24) | (head[5] << 16) | (head[6] << 8) | head[7]
    if size > limit:
        return AM_eof
    b = binary_new(size)
    if b == NULL:
        return posix(p, ENOMEM)
    n = read_fully(f.fd, b.data, size, pointer)
    if n <= 0:
        error = errno
        binary_release(b)
        if n < 0:
            return posix(p, error)
    else:
        t = read_binary(p, b, n)
    return ok_value(p, tuple_of_3(h, make_small(size), make_small(pointer), t) if t != 0 else 0)


cdef Term ipread_3(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_ipread)


cdef Term read_file_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef uint8_t* temp
    cdef const char* path = native_path(args[0], &temp)
    cdef stat_t info
    cdef Binary* b
    cdef Bytes grown
    cdef uint8_t piece[16384]
    cdef int fd, error = 0
    cdef int64_t n
    cdef Term t
    if path == NULL:
        return posix(p, EINVAL)
    fd = open_path(io_room(p.vm), path, MODE_READ, &error)
    free(temp)
    if fd < 0:
        return posix(p, error)
    if fstat(fd, &info) == 0 and info.st_size > 0:
        b = binary_new(info.st_size) if (info.st_size >> READ_BITS) == 0 else NULL
        n = read_fully(fd, b.data, info.st_size, -1) if b != NULL else 0
        error = errno
        close(fd)
        if b == NULL:
            return posix(p, ENOMEM)
        if n < 0:
            binary_release(b)
            return posix(p, error)
        return ok_value(p, read_binary(p, b, n))
    # A size of nothing is what /proc and devices say.
    grown.data = NULL
    grown.size = grown.capacity = 0
    error = 0
    while True:
        n = read_fully(fd, piece, sizeof(piece), -1)
        if n < 0:
            error = errno
        if n <= 0:
            break
        if not bytes_put(&grown, piece, n):
            error = ENOMEM
            break
        if n < <int64_t>sizeof(piece):
            break
    close(fd)
    if error != 0:
        free(grown.data)
        return posix(p, error)
    t = binary_from_bytes(proc_heap(p), grown.data, grown.size)
    free(grown.data)
    return ok_value(p, t)


# --- writing ----------------------------------------------------------------------------------------------------
# Writes up to IOVEC_MAX binaries of a list; *rest is what is left of it. offset < 0: at the file's position.
# Bytes written, -1: errno, -2: not a list of binaries.
cdef int64_t write_vector(int fd, Term t, int64_t offset, Term* rest) noexcept nogil:
    cdef iovec vector[IOVEC_MAX]
    cdef uint8_t* temps[IOVEC_MAX]
    cdef const uint8_t* data
    cdef size_t size
    cdef int count = 0, first = 0, i
    cdef int64_t done = 0
    cdef long n
    while term_is_list(t) and count < IOVEC_MAX:
        if not term_is_bitstring(list_head(t)) or not binary_bytes(list_head(t), &data, &size, &temps[count]):
            done = -2
            break
        vector[count].iov_base = <void*>data
        vector[count].iov_len = size
        count += 1
        t = list_tail(t)
    if not term_is_list(t) and not term_is_nil(t):
        done = -2
    rest[0] = t
    while done >= 0:
        while first < count and vector[first].iov_len == 0:
            first += 1
        if first == count:
            break
        if offset < 0:
            n = writev(fd, &vector[first], count - first)
        else:
            n = pwritev(fd, &vector[first], count - first, offset + done)
        if n < 0:
            if errno != EINTR:
                done = -1
            continue
        done += n
        while n > 0:
            size = vector[first].iov_len if <size_t>n >= vector[first].iov_len else n
            vector[first].iov_base = <char*>vector[first].iov_base + size
            vector[first].iov_len -= size
            n -= size
            if vector[first].iov_len == 0:
                first += 1
    n = errno
    for i in range(count):
        free(temps[i])
    if done == -1:
        en_set_errno(<int>n)
    return done


cdef extern from "enigma/child.h" nogil:
    void en_set_errno(int)


cdef Term do_write(Process* p, File* f, Term* args) noexcept nogil:
    cdef Term rest
    cdef int64_t n = write_vector(f.fd, args[1], -1, &rest)
    if n < 0:
        return badarg(p) if n == -2 else posix(p, errno)
    if term_is_list(rest):
        rest = tuple_of_2(proc_heap(p), AM_continue, rest)
        return rest if rest != 0 else fail(p, EXC_SYSTEM_LIMIT)
    return AM_ok


cdef Term write_2(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_write)


cdef Term do_pwrite(Process* p, File* f, Term* args) noexcept nogil:
    cdef int64_t offset, n
    cdef Term rest, count
    cdef int bad = get_offset(args[1], &offset)
    if bad:
        return offset_error(p, bad, bad)
    n = write_vector(f.fd, args[2], offset, &rest)
    if n < 0:
        return badarg(p) if n == -2 else posix(p, errno)
    if term_is_list(rest):
        count = integer_from_i64(proc_heap(p), n)
        rest = tuple_of_3(proc_heap(p), AM_continue, count, rest) if count != 0 else 0
        return rest if rest != 0 else fail(p, EXC_SYSTEM_LIMIT)
    return AM_ok


cdef Term pwrite_3(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_pwrite)


# --- the rest of what handles do ----------------------------------------------------------------------------------
cdef Term do_seek(Process* p, File* f, Term* args) noexcept nogil:
    cdef int64_t offset
    cdef int whence
    if not term_is_integer(args[2]) or not integer_to_i64(args[2], &offset):
        return badarg(p)
    if args[1] == AM_bof:
        whence = SEEK_SET
    elif args[1] == AM_cur:
        whence = SEEK_CUR
    elif args[1] == AM_eof:
        whence = SEEK_END
    else:
        return badarg(p)
    offset = lseek(f.fd, offset, whence)
    return posix(p, errno) if offset < 0 else ok_value(p, integer_from_i64(proc_heap(p), offset))


cdef Term seek_3(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_seek)


cdef Term do_sync(Process* p, File* f, Term* args) noexcept nogil:
    cdef int64_t data_only
    if not get_int(args[1], &data_only):
        return badarg(p)
    return posix(p, errno) if (fdatasync(f.fd) if data_only != 0 else fsync(f.fd)) < 0 else AM_ok


cdef Term sync_2(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_sync)


cdef Term do_truncate(Process* p, File* f, Term* args) noexcept nogil:
    cdef int64_t at = lseek(f.fd, 0, SEEK_CUR)
    return posix(p, errno) if at < 0 or ftruncate(f.fd, at) < 0 else AM_ok


cdef Term truncate_1(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_truncate)


cdef Term do_allocate(Process* p, File* f, Term* args) noexcept nogil:
    cdef int64_t offset, size
    cdef int a = get_offset(args[1], &offset), b = get_offset(args[2], &size)
    if a or b:
        return offset_error(p, a, b)
    if fallocate(f.fd, 0, offset, size) == 0:
        return AM_ok
    a = posix_fallocate(f.fd, offset, size)
    return posix(p, a) if a != 0 else AM_ok


cdef Term allocate_3(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_allocate)


cdef Term do_advise(Process* p, File* f, Term* args) noexcept nogil:
    cdef int64_t offset, size
    cdef int a = get_offset(args[1], &offset), b = get_offset(args[2], &size)
    if a or b:
        return offset_error(p, a, b)
    if args[3] == AM_normal:
        a = POSIX_FADV_NORMAL
    elif args[3] == atom_random:
        a = POSIX_FADV_RANDOM
    elif args[3] == atom_sequential:
        a = POSIX_FADV_SEQUENTIAL
    elif args[3] == atom_will_need:
        a = POSIX_FADV_WILLNEED
    elif args[3] == atom_dont_need:
        a = POSIX_FADV_DONTNEED
    elif args[3] == atom_no_reuse:
        a = POSIX_FADV_NOREUSE
    else:
        return posix(p, EINVAL)
    posix_fadvise(f.fd, offset, size, a)      # advice that is not taken is no error
    return AM_ok


cdef Term advise_4(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_advise)


cdef Term do_get_handle(Process* p, File* f, Term* args) noexcept nogil:
    cdef int fd = f.fd
    cdef Term t = binary_from_bytes(proc_heap(p), <uint8_t*>&fd, sizeof(fd))
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term get_handle_1(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_get_handle)


# --- file_info ------------------------------------------------------------------------------------------------------
cdef Term info_time(Heap* h, int64_t seconds) noexcept nogil:
    return integer_from_i64(h, seconds if seconds > MIN_TIME else MIN_TIME)


cdef Term info_tuple(Process* p, stat_t* s, bint readable, bint writable) noexcept nogil:
    cdef Heap* h = proc_heap(p)
    cdef Term* t = proc_alloc(p, 15)
    cdef Term kind = AM_other, access = AM_none
    cdef int i
    if t == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    if S_ISCHR(s.st_mode) or S_ISBLK(s.st_mode):
        kind = AM_device
    elif S_ISDIR(s.st_mode):
        kind = AM_directory
    elif S_ISREG(s.st_mode):
        kind = AM_regular
    elif S_ISLNK(s.st_mode):
        kind = AM_symlink
    if readable:
        access = AM_read_write if writable else AM_read
    elif writable:
        access = AM_write
    # Numbers other than size and times are 32 bits wide in #file_info{}, as erl gives them.
    t[0] = make_header(T_TUPLE, 14)
    t[1] = atom_file_info
    t[2] = integer_from_u64(h, s.st_size)
    t[3] = kind
    t[4] = access
    t[5] = info_time(h, s.st_atime)
    t[6] = info_time(h, s.st_mtime)
    t[7] = info_time(h, s.st_ctime)
    t[8] = make_small(s.st_mode)
    t[9] = make_small(<uint32_t>s.st_nlink)
    t[10] = make_small(<uint32_t>s.st_dev)
    t[11] = make_small(<uint32_t>s.st_rdev)
    t[12] = make_small(<uint32_t>s.st_ino)
    t[13] = make_small(s.st_uid)
    t[14] = make_small(s.st_gid)
    for i in range(1, 15):
        if t[i] == 0:
            return fail(p, EXC_SYSTEM_LIMIT)
    return make_boxed(t)


cdef Term read_info_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t follow
    cdef uint8_t* temp
    cdef const char* path
    cdef Cwd* cwd
    cdef stat_t info
    cdef bint readable, writable
    cdef int error = 0
    if not get_int(args[1], &follow):
        return badarg(p)
    path = native_path(args[0], &temp)
    if path == NULL:
        return posix(p, EINVAL)
    cwd = cwd_get(io_room(p.vm))
    if fstatat(cwd.fd, path, &info, 0 if follow != 0 else AT_SYMLINK_NOFOLLOW) < 0:
        error = errno
    readable = faccessat(cwd.fd, path, R_OK, 0) == 0
    writable = faccessat(cwd.fd, path, W_OK, 0) == 0
    cwd_release(cwd)
    free(temp)
    return posix(p, error) if error != 0 else info_tuple(p, &info, readable, writable)


cdef Term do_read_handle_info(Process* p, File* f, Term* args) noexcept nogil:
    cdef stat_t info
    cdef uint32_t bits
    if fstat(f.fd, &info) < 0:
        return posix(p, errno)
    bits = info.st_mode
    if info.st_uid == geteuid():
        bits >>= 6
    elif info.st_gid == getegid():
        bits >>= 3
    return info_tuple(p, &info, (bits & 4) != 0, (bits & 2) != 0)


cdef Term read_handle_info_1(void* proc, Term* args) noexcept nogil:
    return with_file(proc, args, do_read_handle_info)


# --- paths --------------------------------------------------------------------------------------------------------------
# ok or {error, Posix} for an operation on one path, given as -1 and errno or 0.
ctypedef int (*PathOperation)(int cwd, const char* path, int64_t a, int64_t b) noexcept nogil

cdef Term with_path(Process* p, Term name, PathOperation operation, int64_t a, int64_t b) noexcept nogil:
    cdef uint8_t* temp
    cdef const char* path = native_path(name, &temp)
    cdef Cwd* cwd
    cdef int error
    if path == NULL:
        return posix(p, EINVAL)
    cwd = cwd_get(io_room(p.vm))
    error = operation(cwd.fd, path, a, b)
    cwd_release(cwd)
    free(temp)
    return posix(p, error) if error != 0 else AM_ok


cdef int path_permissions(int cwd, const char* path, int64_t mode, int64_t unused) noexcept nogil:
    if fchmodat(cwd, path, <uint32_t>mode & 0o6777, 0) == 0 or fchmodat(cwd, path, <uint32_t>mode & 0o777, 0) == 0:
        return 0
    return errno


cdef Term set_permissions_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t mode
    if not term_is_integer(args[1]) or not integer_to_i64(args[1], &mode) or mode < 0 or (mode >> 32) != 0:
        return badarg(p)
    return with_path(p, args[0], path_permissions, mode, 0)


cdef int path_owner(int cwd, const char* path, int64_t uid, int64_t gid) noexcept nogil:
    return errno if fchownat(cwd, path, <uint32_t>uid, <uint32_t>gid, 0) < 0 else 0


cdef Term set_owner_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t uid, gid
    if not get_int(args[1], &uid) or not get_int(args[2], &gid):
        return badarg(p)
    return with_path(p, args[0], path_owner, uid, gid)


cdef int path_times(int cwd, const char* path, int64_t accessed, int64_t modified) noexcept nogil:
    cdef timespec times[2]
    times[0].tv_sec = accessed
    times[1].tv_sec = modified
    times[0].tv_nsec = times[1].tv_nsec = 0
    return errno if utimensat(cwd, path, times, 0) < 0 else 0


cdef Term set_time_4(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef int64_t times[3]
    cdef int i
    for i in range(3):
        if not term_is_integer(args[i + 1]) or not integer_to_i64(args[i + 1], &times[i]):
            return badarg(p)
    return with_path(p, args[0], path_times, times[0], times[1])


cdef int path_make_dir(int cwd, const char* path, int64_t a, int64_t b) noexcept nogil:
    return errno if mkdirat(cwd, path, 0o777) < 0 else 0


cdef Term make_dir_1(void* proc, Term* args) noexcept nogil:
    return with_path(<Process*>proc, args[0], path_make_dir, 0, 0)


cdef int path_del_file(int cwd, const char* path, int64_t a, int64_t b) noexcept nogil:
    if unlinkat(cwd, path, 0) == 0:
        return 0
    return EPERM if errno == EISDIR else errno


cdef Term del_file_1(void* proc, Term* args) noexcept nogil:
    return with_path(<Process*>proc, args[0], path_del_file, 0, 0)


cdef int path_del_dir(int cwd, const char* path, int64_t a, int64_t b) noexcept nogil:
    cdef stat_t target
    cdef stat_t here
    if unlinkat(cwd, path, AT_REMOVEDIR) == 0:
        return 0
    if errno != ENOTEMPTY and errno != EEXIST:
        return errno
    # Whoever deletes the directory he is in is told that this makes no sense.
    if fstatat(cwd, path, &target, 0) == 0 and fstat(cwd, &here) == 0 and target.st_ino == here.st_ino and target.st_dev == here.st_dev:
        return EINVAL
    return EEXIST


cdef Term del_dir_1(void* proc, Term* args) noexcept nogil:
    return with_path(<Process*>proc, args[0], path_del_dir, 0, 0)


ctypedef int (*TwoPaths)(int cwd, const char* a, const char* b) noexcept nogil

cdef Term with_paths(Process* p, Term* args, TwoPaths operation) noexcept nogil:
    cdef uint8_t* temp_a
    cdef uint8_t* temp_b = NULL
    cdef const char* a = native_path(args[0], &temp_a)
    cdef const char* b
    cdef Cwd* cwd
    cdef int error = EINVAL
    if a == NULL:
        return posix(p, EINVAL)
    b = native_path(args[1], &temp_b)
    if b != NULL:
        cwd = cwd_get(io_room(p.vm))
        error = operation(cwd.fd, a, b)
        cwd_release(cwd)
    free(temp_a)
    free(temp_b)
    return posix(p, error) if error != 0 else AM_ok


cdef int paths_rename(int cwd, const char* a, const char* b) noexcept nogil:
    if renameat(cwd, a, cwd, b) == 0:
        return 0
    if errno == ENOTEMPTY:
        return EEXIST
    return EINVAL if strcmp(a, b"/") == 0 else errno


cdef Term rename_2(void* proc, Term* args) noexcept nogil:
    return with_paths(<Process*>proc, args, paths_rename)


cdef int paths_link(int cwd, const char* a, const char* b) noexcept nogil:
    return errno if linkat(cwd, a, cwd, b, 0) < 0 else 0


cdef Term make_hard_link_2(void* proc, Term* args) noexcept nogil:
    return with_paths(<Process*>proc, args, paths_link)


cdef int paths_symlink(int cwd, const char* a, const char* b) noexcept nogil:
    return errno if symlinkat(a, cwd, b) < 0 else 0


cdef Term make_soft_link_2(void* proc, Term* args) noexcept nogil:
    return with_paths(<Process*>proc, args, paths_symlink)


cdef Term read_link_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef uint8_t* temp
    cdef const char* path = native_path(args[0], &temp)
    cdef Cwd* cwd
    cdef char target[4096]
    cdef long n
    cdef int error
    if path == NULL:
        return posix(p, EINVAL)
    cwd = cwd_get(io_room(p.vm))
    n = readlinkat(cwd.fd, path, target, sizeof(target))      # PATH_MAX bounds a link's target
    error = errno
    cwd_release(cwd)
    free(temp)
    return posix(p, error) if n < 0 else ok_value(p, binary_from_bytes(proc_heap(p), <uint8_t*>target, n))


cdef Term list_dir_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef uint8_t* temp
    cdef const char* path = native_path(args[0], &temp)
    cdef Cwd* cwd
    cdef DIR* dir_ = NULL
    cdef dirent* entry
    cdef char* name
    cdef Term list_ = nil(), item
    cdef Term* cell
    cdef int fd, error
    if path == NULL:
        return posix(p, EINVAL)
    cwd = cwd_get(io_room(p.vm))
    fd = openat(cwd.fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if fd >= 0:
        dir_ = fdopendir(fd)
    error = errno
    cwd_release(cwd)
    free(temp)
    if dir_ == NULL:
        if fd >= 0:
            close(fd)
        return posix(p, error)
    while list_ != 0:
        entry = readdir(dir_)
        if entry == NULL:
            break
        name = entry.d_name
        if name[0] == c"." and (name[1] == 0 or (name[1] == c"." and name[2] == 0)):
            continue
        item = binary_from_bytes(proc_heap(p), <uint8_t*>name, strlen(name))
        cell = proc_alloc(p, 2)
        list_ = cons(cell, item, list_) if item != 0 and cell != NULL else 0
    closedir(dir_)
    return ok_value(p, list_)


cdef Term get_cwd_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef char* path = cwd_path(io_room(p.vm))
    cdef Term t
    if path == NULL:
        return posix(p, errno)
    t = binary_from_bytes(proc_heap(p), <uint8_t*>path, strlen(path))
    free(path)
    return ok_value(p, t)


cdef Term set_cwd_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef uint8_t* temp
    cdef const char* path = native_path(args[0], &temp)
    cdef int error = EINVAL
    if path != NULL:
        error = cwd_set(io_room(p.vm), path)
    free(temp)
    return posix(p, error) if error != 0 else AM_ok


cdef Term get_device_cwd_1(void* proc, Term* args) noexcept nogil:
    cdef int64_t device
    return posix(<Process*>proc, EOPNOTSUPP) if get_int(args[0], &device) else badarg(<Process*>proc)


cdef Term altname_1(void* proc, Term* args) noexcept nogil:
    cdef uint8_t* temp
    cdef bint good = native_path(args[0], &temp) != NULL
    free(temp)
    return posix(<Process*>proc, EOPNOTSUPP if good else EINVAL)


bif_register(b"prim_file", b"open_nif", 2, open_2, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"close_nif", 1, close_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"read_nif", 2, read_2, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"write_nif", 2, write_2, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"pread_nif", 3, pread_3, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"pwrite_nif", 3, pwrite_3, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"seek_nif", 3, seek_3, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"sync_nif", 2, sync_2, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"truncate_nif", 1, truncate_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"allocate_nif", 3, allocate_3, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"advise_nif", 4, advise_4, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"read_handle_info_nif", 1, read_handle_info_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"make_hard_link_nif", 2, make_hard_link_2, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"make_soft_link_nif", 2, make_soft_link_2, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"rename_nif", 2, rename_2, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"read_info_nif", 2, read_info_2, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"set_permissions_nif", 2, set_permissions_2, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"set_owner_nif", 3, set_owner_3, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"set_time_nif", 4, set_time_4, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"read_link_nif", 1, read_link_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"list_dir_nif", 1, list_dir_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"make_dir_nif", 1, make_dir_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"del_file_nif", 1, del_file_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"del_dir_nif", 1, del_dir_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"get_device_cwd_nif", 1, get_device_cwd_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"set_cwd_nif", 1, set_cwd_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"get_cwd_nif", 0, get_cwd_0, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"ipread_s32bu_p32bu_nif", 3, ipread_3, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"read_file_nif", 1, read_file_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"get_handle_nif", 1, get_handle_1, BIF_NIF)
bif_register(b"prim_file", b"delayed_close_nif", 1, delayed_close_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"altname_nif", 1, altname_1, BIF_NIF | BIF_DIRTY)
bif_register(b"prim_file", b"file_desc_to_ref_nif", 1, file_desc_to_ref_1, BIF_NIF | BIF_DIRTY)

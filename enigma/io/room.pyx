"""The I/O room's state: working directory, environment, children, owned files; see room.pxd."""
from libc.errno cimport EINTR, ENOENT, ENOMEM, errno
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, strdup, strlen, strncmp
from enigma.term.core cimport *
from enigma.process.process cimport Process, Scheduler, Signal, VM
from enigma.process.settings cimport VMSettings
from enigma.io.native cimport NAMES_UTF8
from enigma.io.poller cimport *

cdef extern from "unistd.h" nogil:
    char** environ
    int close(int)
    int fchdir(int)
    long readlink(const char*, char*, size_t)
cdef extern from "fcntl.h" nogil:
    int openat(int, const char*, int, ...)
    int open(const char*, int, ...)
    int AT_FDCWD, O_DIRECTORY, O_CLOEXEC, O_RDONLY
cdef extern from * nogil:
    """
    #ifndef _GNU_SOURCE
    #define _GNU_SOURCE
    #endif
    #include <fcntl.h>
    #ifdef O_PATH
    #define EN_O_PATH O_PATH
    #else
    #define EN_O_PATH 0
    #endif
    """
    int EN_O_PATH
cdef extern from "sys/stat.h" nogil:
    struct stat_t "stat":
        uint64_t st_dev
        uint64_t st_ino
    int fstat(int, stat_t*)
    int stat_path "stat"(const char*, stat_t*)
cdef extern from "stdlib.h" nogil:
    char* realpath(const char*, char*)
cdef extern from "stdio.h" nogil:
    int snprintf(char*, size_t, const char*, ...)
cdef extern from "sys/wait.h" nogil:
    int waitpid(int, int*, int)
    int WNOHANG
cdef extern from "enigma/child.h" nogil:
    int en_pidfd_open(int)
    void en_set_errno(int)

cdef PortHooks port_hooks
# Children whose VM has gone; asked again whenever a child is started or a VM ends, so that no zombie stays.
cdef uint32_t orphan_lock
cdef int32_t orphans[256]
cdef uint32_t orphan_count


cdef PortHooks* room_port_hooks() noexcept nogil:
    return &port_hooks


# --- the room ---------------------------------------------------------------------------------------
cdef void hook_port_signal(VM* vm, Term port, Signal* s) noexcept nogil:
    port_hooks.signal(vm, port, s)


cdef bint io_room_init(VM* vm) noexcept nogil:
    cdef IoRoom* room = <IoRoom*>calloc(1, sizeof(IoRoom))
    cdef Environment host
    cdef VMSettings* settings = <VMSettings*>vm.runtime
    cdef size_t n = 0
    if room == NULL:
        return False
    room.vm = vm
    room.name_encoding = NAMES_UTF8
    if settings != NULL:
        room.owns_process = settings.owns_process
        room.port_limit = settings.port_limit
    room.poller = poller_new()
    while environ != NULL and environ[n] != NULL:
        n += 1
    host.lock = 0
    host.vars = environ
    host.count = host.capacity = n
    vm.environment = environment_copy(&host)
    vm.io = room
    if room.poller == NULL or vm.environment == NULL or cwd_set(room, b".") != 0 or (port_hooks.init != NULL and not port_hooks.init(vm)):
        io_room_free(vm)
        return False
    vm.poll_io = io_poll
    vm.wake_io = io_wake
    if port_hooks.signal != NULL:
        vm.port_signal = hook_port_signal
    if room.owns_process and port_hooks.signals_init != NULL:
        port_hooks.signals_init(vm)
    return True


cdef void io_room_free(VM* vm) noexcept nogil:
    cdef IoRoom* room = io_room(vm)
    cdef OwnedFile* f
    cdef Child* c
    if room == NULL:
        return
    vm.poll_io = NULL
    vm.wake_io = NULL
    if port_hooks.signals_free != NULL:
        port_hooks.signals_free(vm)
    if port_hooks.free_all != NULL:
        port_hooks.free_all(vm)
    while room.files != NULL:
        f = room.files
        room.files = f.next
        f.next = f.previous = NULL
        f.owner_gone(f)
    while room.children != NULL:
        c = room.children
        room.children = c.next
        if not child_reap(c, NULL):
            orphan_add(c.pid)
        if c.item != 0:
            poller_remove(room.poller, c.item)
        owner_release(&c.owner)
    orphans_reap()
    if room.poller != NULL:
        poller_free(room.poller)
    if room.cwd != NULL:
        cwd_release(room.cwd)
    environment_free(vm_environment(vm))
    vm.environment = NULL
    vm.io = NULL
    free(room)


cdef void room_own_process(VM* vm) noexcept nogil:
    io_room(vm).owns_process = True
    if port_hooks.signals_init != NULL:
        port_hooks.signals_init(vm)


cdef void io_process_gone(VM* vm, Process* p) noexcept nogil:
    cdef IoRoom* room = io_room(vm)
    cdef OwnedFile* f
    cdef OwnedFile* gone = NULL
    cdef OwnedFile* next_
    if room == NULL or en_load32_acq(&room.file_count) == 0:
        return
    en_spin_lock(&room.lock)
    f = room.files
    while f != NULL:
        next_ = f.next
        if f.owner == p.id:
            files_unlink(room, f)
            f.next = gone
            gone = f
        f = next_
    en_spin_unlock(&room.lock)
    while gone != NULL:
        f = gone
        gone = f.next
        f.next = NULL
        f.owner_gone(f)


cdef void io_poll(VM* vm, Scheduler* s, int64_t timeout_ns) noexcept nogil:
    cdef IoRoom* room = io_room(vm)
    cdef Child* c
    cdef int status
    if room.unwatched != 0 and (timeout_ns < 0 or timeout_ns > 20000000):
        timeout_ns = 20000000
    poller_wait(room.poller, timeout_ns, s)
    if room.unwatched != 0:
        while True:
            en_spin_lock(&room.lock)
            c = room.children
            while c != NULL and not (c.pidfd < 0 and child_reap(c, &status)):
                c = c.next
            if c != NULL:
                child_unlink(room, c)
                room.unwatched -= 1
            en_spin_unlock(&room.lock)
            if c == NULL:
                break
            port_hooks.child_ended(vm, c.port, status)
            owner_release(&c.owner)


cdef void io_wake(VM* vm) noexcept nogil:
    poller_wake(io_room(vm).poller)


# --- working directory --------------------------------------------------------------------------------
cdef Cwd* cwd_get(IoRoom* room) noexcept nogil:
    cdef Cwd* c
    en_spin_lock(&room.lock)
    c = room.cwd
    en_add64(&c.refc, 1)
    en_spin_unlock(&room.lock)
    return c


cdef void cwd_release(Cwd* c) noexcept nogil:
    if en_sub64(&c.refc, 1) == 1:
        close(c.fd)
        free(c.path)
        free(c)


# The path of an open directory, malloc'd; NULL with errno.
cdef char* directory_path(int fd, const char* guess) noexcept nogil:
    cdef char link[64]
    cdef char target[4097]
    cdef stat_t a
    cdef stat_t b
    cdef long n
    if fstat(fd, &a) < 0:
        return NULL
    if guess != NULL and guess[0] == c"/" and stat_path(guess, &b) == 0 and a.st_dev == b.st_dev and a.st_ino == b.st_ino:
        return strdup(guess)
    snprintf(link, 64, b"/proc/self/fd/%d", fd)
    n = readlink(link, target, 4096)
    if n > 0 and target[0] == c"/":
        target[n] = 0
        if stat_path(target, &b) == 0 and a.st_dev == b.st_dev and a.st_ino == b.st_ino:
            return strdup(target)
    en_set_errno(ENOENT)
    return NULL


cdef int cwd_set(IoRoom* room, const char* path) noexcept nogil:
    cdef Cwd* old = room.cwd
    cdef Cwd* c
    cdef Cwd* base = NULL
    cdef int fd
    if old != NULL:
        base = cwd_get(room)
    fd = openat(base.fd if base != NULL else AT_FDCWD, path, O_DIRECTORY | O_CLOEXEC | EN_O_PATH)
    if base != NULL:
        cwd_release(base)
    if fd < 0:
        return errno
    # What chdir would refuse: a directory that may not be searched.
    if openat_probe(fd) != 0:
        close(fd)
        return errno
    c = <Cwd*>calloc(1, sizeof(Cwd))
    if c == NULL:
        close(fd)
        return ENOMEM
    c.refc = 1
    c.fd = fd
    c.path = directory_path(fd, NULL)
    if c.path == NULL:
        c.path = realpath(path, NULL)     # no /proc: right for absolute paths and the first call
    if room.owns_process and fchdir(fd) < 0:
        fd = errno
        cwd_release(c)
        return fd
    en_spin_lock(&room.lock)
    old = room.cwd
    room.cwd = c
    en_spin_unlock(&room.lock)
    if old != NULL:
        cwd_release(old)
    return 0


cdef int openat_probe(int fd) noexcept nogil:
    cdef int probe = openat(fd, b".", O_DIRECTORY | O_CLOEXEC | EN_O_PATH)
    if probe >= 0:
        close(probe)
        return 0
    return -1


cdef char* cwd_path(IoRoom* room) noexcept nogil:
    cdef Cwd* c = cwd_get(room)
    cdef char* path = directory_path(c.fd, c.path)
    cdef int error = errno
    cwd_release(c)
    en_set_errno(error)
    return path


# --- environment --------------------------------------------------------------------------------------
cdef Environment* environment_new() noexcept nogil:
    return <Environment*>calloc(1, sizeof(Environment))


cdef Environment* environment_copy(Environment* from_) noexcept nogil:
    cdef Environment* e = environment_new()
    cdef size_t i
    if e == NULL:
        return NULL
    en_spin_lock(&from_.lock)
    e.vars = <char**>calloc(from_.count + 1, sizeof(char*))
    if e.vars != NULL:
        e.capacity = from_.count + 1
        for i in range(from_.count):
            e.vars[e.count] = strdup(from_.vars[i])
            if e.vars[e.count] != NULL:
                e.count += 1
    en_spin_unlock(&from_.lock)
    if e.vars == NULL:
        free(e)
        return NULL
    return e


cdef void environment_free(Environment* e) noexcept nogil:
    cdef size_t i
    if e == NULL:
        return
    for i in range(e.count):
        free(e.vars[i])
    free(e.vars)
    free(e)


# Index of the variable, or count. Under the lock.
cdef size_t environment_find(Environment* e, const char* key) noexcept nogil:
    cdef size_t n = strlen(key), i = 0
    while i < e.count and not (strncmp(e.vars[i], key, n) == 0 and e.vars[i][n] == c"="):
        i += 1
    return i


cdef char* environment_get(Environment* e, const char* key) noexcept nogil:
    cdef size_t i
    cdef char* value = NULL
    en_spin_lock(&e.lock)
    i = environment_find(e, key)
    if i < e.count:
        value = strdup(e.vars[i] + strlen(key) + 1)
    en_spin_unlock(&e.lock)
    return value


cdef bint environment_set(Environment* e, const char* key, const char* value) noexcept nogil:
    cdef size_t n = strlen(key), m = strlen(value), i
    cdef char* variable = <char*>malloc(n + m + 2)
    cdef char** larger
    if variable == NULL:
        return False
    memcpy(variable, key, n)
    variable[n] = c"="
    memcpy(variable + n + 1, value, m + 1)
    en_spin_lock(&e.lock)
    i = environment_find(e, key)
    if i < e.count:
        free(e.vars[i])
        e.vars[i] = variable
        variable = NULL
    else:
        if e.count == e.capacity:
            larger = <char**>realloc(e.vars, (2 * e.capacity + 8) * sizeof(char*))
            if larger != NULL:
                e.vars = larger
                e.capacity = 2 * e.capacity + 8
        if e.count < e.capacity:
            e.vars[e.count] = variable
            e.count += 1
            variable = NULL
    en_spin_unlock(&e.lock)
    if variable == NULL:
        return True
    free(variable)
    return False


cdef void environment_unset(Environment* e, const char* key) noexcept nogil:
    cdef size_t i
    en_spin_lock(&e.lock)
    i = environment_find(e, key)
    if i < e.count:
        free(e.vars[i])
        e.count -= 1
        e.vars[i] = e.vars[e.count]
    en_spin_unlock(&e.lock)


# --- files ----------------------------------------------------------------------------------------------
cdef void files_unlink(IoRoom* room, OwnedFile* f) noexcept nogil:
    if f.previous != NULL:
        f.previous.next = f.next
    else:
        room.files = f.next
    if f.next != NULL:
        f.next.previous = f.previous
    f.next = f.previous = NULL
    en_sub32(&room.file_count, 1)


cdef void files_add(IoRoom* room, OwnedFile* f) noexcept nogil:
    en_spin_lock(&room.lock)
    f.previous = NULL
    f.next = room.files
    if f.next != NULL:
        f.next.previous = f
    room.files = f
    en_add32(&room.file_count, 1)
    en_spin_unlock(&room.lock)


cdef bint files_remove(IoRoom* room, OwnedFile* f) noexcept nogil:
    cdef bint listed
    en_spin_lock(&room.lock)
    listed = f.previous != NULL or room.files == f
    if listed:
        files_unlink(room, f)
    en_spin_unlock(&room.lock)
    return listed


# --- children -------------------------------------------------------------------------------------------
cdef void child_free(PollOwner* owner) noexcept nogil:
    cdef Child* c = <Child*>owner
    if c.pidfd >= 0:
        close(c.pidfd)
    free(c)


# True if the process has ended; status 0xFF00 (exit 255) if somebody else has reaped it.
cdef bint child_reap(Child* c, int* status) noexcept nogil:
    cdef int got = 0
    cdef int result = waitpid(c.pid, &got, WNOHANG)
    if result == 0 or (result < 0 and errno == EINTR):
        return False
    if status != NULL:
        status[0] = got if result > 0 else 0xFF00
    return True


cdef void child_unlink(IoRoom* room, Child* c) noexcept nogil:
    cdef Child** at = &room.children
    while at[0] != NULL:
        if at[0] == c:
            at[0] = c.next
            return
        at = &at[0].next


cdef void child_ready(PollOwner* owner, int events) noexcept nogil:
    cdef Child* c = <Child*>owner
    cdef IoRoom* room = c.room
    cdef int status = 0
    if not child_reap(c, &status):
        return
    en_spin_lock(&room.lock)
    child_unlink(room, c)
    en_spin_unlock(&room.lock)
    poller_remove(room.poller, c.item)
    port_hooks.child_ended(room.vm, c.port, status)
    owner_release(owner)              # the list's count; the poller still holds one for this call


cdef bint child_watch(IoRoom* room, int32_t pid, Term port) noexcept nogil:
    cdef Child* c = <Child*>calloc(1, sizeof(Child))
    orphans_reap()
    if c == NULL:
        orphan_add(pid)
        return False
    c.owner.refc = 2
    c.owner.free = child_free
    c.room = room
    c.pid = pid
    c.port = port
    c.pidfd = en_pidfd_open(pid)
    en_spin_lock(&room.lock)
    c.next = room.children
    room.children = c
    if c.pidfd < 0:
        room.unwatched += 1
    en_spin_unlock(&room.lock)
    if c.pidfd >= 0:
        c.item = poller_add(room.poller, c.pidfd, 0, child_ready, &c.owner)
        if c.item == 0:
            en_spin_lock(&room.lock)
            close(c.pidfd)
            c.pidfd = -1
            room.unwatched += 1
            en_spin_unlock(&room.lock)
        else:
            poller_change(room.poller, c.item, POLL_IN)      # only now may child_ready look at c.item
    owner_release(&c.owner)
    io_wake(room.vm)
    return True


cdef void orphan_add(int32_t pid) noexcept nogil:
    global orphan_count
    en_spin_lock(&orphan_lock)
    if orphan_count < 256:
        orphans[orphan_count] = pid
        orphan_count += 1
    en_spin_unlock(&orphan_lock)


cdef void orphans_reap() noexcept nogil:
    global orphan_count
    cdef uint32_t i = 0
    en_spin_lock(&orphan_lock)
    while i < orphan_count:
        if waitpid(orphans[i], NULL, WNOHANG) != 0:
            orphan_count -= 1
            orphans[i] = orphans[orphan_count]
        else:
            i += 1
    en_spin_unlock(&orphan_lock)

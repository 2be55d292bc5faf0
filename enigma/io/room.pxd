"""The I/O room of one VM: its poller, working directory, environment, settings, children and open files.

A guest changes only its VM's: the working directory is a descriptor that relative paths are resolved
against, the environment is a copy. Only a VM whose host says that it owns the whole process
(room_own_process: the command line) may change the process itself: directory, signals, terminal modes.

Locks: `lock` (spin) guards cwd, ports, files and children; it is a leaf except that it is never held while a port's
mutex is taken. Environment has its own. A port's mutex is outside a process's signal_lock.

Read next: poller.pxd, port.pxd.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.process.process cimport Process, Scheduler, VM
from enigma.io.poller cimport Poller, PollOwner

cdef struct Cwd:
    uint64_t refc                # atomic
    int fd                       # of the directory; close-on-exec
    char* path                   # absolute, as getcwd gave it

# "KEY=VALUE" strings, in no order.
cdef struct Environment:
    uint32_t lock                # spin
    char** vars                  # malloc'd, each malloc'd
    size_t count
    size_t capacity

cdef struct IoRoom               # below
cdef struct Child:               # an OS process started by a port, until it has been reaped
    PollOwner owner              # must be first
    IoRoom* room
    int32_t pid
    int pidfd                    # -1: not supported, asked by waitpid now and then
    uint64_t item                # in the poller
    Term port                    # whom to tell
    Child* next                  # of the room

# What is told of a process's end (FileWatch lists of prim_file).
cdef struct OwnedFile:
    OwnedFile* next
    OwnedFile* previous
    Term owner                   # pid; the file is closed when it dies
    void (*owner_gone)(OwnedFile* f) noexcept nogil      # takes the list's count

cdef struct IoRoom:
    VM* vm
    Poller* poller
    uint32_t lock                # spin; see above
    uint32_t name_encoding       # NAMES_ (native.pxd); UTF-8, as the name BIFs of unicode.pyx
    bint owns_process
    Cwd* cwd
    Child* children
    uint32_t unwatched           # children without a pidfd
    OwnedFile* files
    uint32_t file_count          # atomic reads
    # --- ports (port.pyx)
    void** ports                 # hash table of Port*, a power of two
    uint32_t port_buckets
    uint32_t port_count
    uint32_t port_limit
    uint64_t port_next           # number of the next port
    uint64_t bytes_in            # of all ports there have been; atomic
    uint64_t bytes_out
    # --- signals of the OS (signals.pyx)
    uint64_t signal_item

cdef inline IoRoom* io_room(VM* vm) noexcept nogil: return <IoRoom*>vm.io

# Settings come from vm.runtime (VMSettings) if it is set.
# Makes vm.io and vm.environment and sets the VM's I/O hooks except process_gone. False: errno says why.
cdef bint io_room_init(VM* vm) noexcept nogil
# Schedulers and blocking threads have ended. Writes pending output if vm.halt_flush, then closes every port and
# file, without sending anything.
cdef void io_room_free(VM* vm) noexcept nogil
# The host gives the process to this VM: real chdir, signals, terminal modes.
cdef void room_own_process(VM* vm) noexcept nogil
# To be called from vm.process_gone: closes what the dead process has left open.
cdef void io_process_gone(VM* vm, Process* p) noexcept nogil
cdef void io_poll(VM* vm, Scheduler* s, int64_t timeout_ns) noexcept nogil
cdef void io_wake(VM* vm) noexcept nogil

# --- working directory ------------------------------------------------------------------------------
cdef Cwd* cwd_get(IoRoom* room) noexcept nogil               # a count for the caller
cdef void cwd_release(Cwd* c) noexcept nogil
cdef int cwd_set(IoRoom* room, const char* path) noexcept nogil      # errno, 0 is success
# The absolute path as it is now, malloc'd; NULL with errno.
cdef char* cwd_path(IoRoom* room) noexcept nogil

# --- environment ------------------------------------------------------------------------------------
cdef inline Environment* vm_environment(VM* vm) noexcept nogil: return <Environment*>vm.environment
cdef Environment* environment_new() noexcept nogil           # empty
cdef Environment* environment_copy(Environment* from_) noexcept nogil
cdef void environment_free(Environment* e) noexcept nogil
cdef char* environment_get(Environment* e, const char* key) noexcept nogil      # malloc'd copy or NULL
cdef bint environment_set(Environment* e, const char* key, const char* value) noexcept nogil
cdef void environment_unset(Environment* e, const char* key) noexcept nogil

# --- files owned by processes -----------------------------------------------------------------------
cdef void files_add(IoRoom* room, OwnedFile* f) noexcept nogil
cdef bint files_remove(IoRoom* room, OwnedFile* f) noexcept nogil    # False: it was not in the list

# --- children -----------------------------------------------------------------------------------------
# Watches a process just started; when it ends, room_child_ended (below) is called with its wait status.
cdef bint child_watch(IoRoom* room, int32_t pid, Term port) noexcept nogil
# Set by port.pyx: it is above this module.
cdef struct PortHooks:
    void (*child_ended)(VM* vm, Term port, int status) noexcept nogil
    void (*signal)(VM* vm, Term port, void* s) noexcept nogil
    void (*free_all)(VM* vm) noexcept nogil
    bint (*init)(VM* vm) noexcept nogil
    void (*signals_init)(VM* vm) noexcept nogil      # called when the VM owns the process
    void (*signals_free)(VM* vm) noexcept nogil
cdef PortHooks* room_port_hooks() noexcept nogil

"""The topology of processors. The contract is topology.pxd.

The rows of the logical processors are sorted by where they are, then each level of the tree is a run of rows. A level
with a single logical processor below it is written {Level, {logical, Id}}; nodes are named only if there are several.
"""
from libc.stdint cimport uint32_t
from libc.stdio cimport snprintf
from libc.stdlib cimport free, malloc
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.process.process cimport *
from enigma.process.settings cimport VMSettings
from enigma.bif.build cimport prepend, tuple2
from enigma.bif.errors cimport *

cdef extern from "enigma/processors.h" nogil:
    int en_processors_available() noexcept

cdef extern from "fcntl.h" nogil:
    int open(const char* path, int flags)
    enum: O_RDONLY
    enum: O_CLOEXEC

cdef extern from "unistd.h" nogil:
    long read(int fd, void* to, size_t n)
    int close(int fd)
    int access(const char* path, int mode)

cdef enum:
    PROCESSORS = 1024
    NODES = 64
    LEVELS = 4

cdef struct Processor:
    int place[LEVELS]           # node, package, core, thread
    int logical

cdef Term atom_cpu = atom_from_cstr(b"cpu")
cdef Term atom_logical = atom_from_cstr(b"logical")
cdef Term[LEVELS] g_levels
g_levels[0] = AM_node
g_levels[1] = atom_from_cstr(b"processor")
g_levels[2] = atom_from_cstr(b"core")
g_levels[3] = AM_thread


# The number in a file; -1: none.
cdef int number_in(const char* path) noexcept nogil:
    cdef char text[32]
    cdef int fd = open(path, O_RDONLY | O_CLOEXEC), n = 0
    cdef long size, i = 0
    if fd < 0:
        return -1
    size = read(fd, text, 31)
    close(fd)
    while i < size and b'0'[0] <= text[i] <= b'9'[0]:
        n = n * 10 + (text[i] - b'0'[0])
        i += 1
    return n if i > 0 else -1


cdef int node_of(int cpu) noexcept nogil:
    cdef char path[96]
    cdef int node
    for node in range(NODES):
        snprintf(path, sizeof(path), b"/sys/devices/system/node/node%d/cpu%d", node, cpu)
        if access(path, 0) == 0:
            return node
    return 0


cdef bint before(Processor* a, Processor* b) noexcept nogil:
    cdef int k
    for k in range(LEVELS - 1):
        if a.place[k] != b.place[k]:
            return a.place[k] < b.place[k]
    return a.logical < b.logical


# Fills at most `max_` processors, sorted; how many, 0 if the kernel does not tell.
cdef int processors_find(Processor* all_, int max_) noexcept nogil:
    cdef char path[96]
    cdef Processor new
    cdef int cpu, n = 0, i
    for cpu in range(max_):
        snprintf(path, sizeof(path), b"/sys/devices/system/cpu/cpu%d/topology/physical_package_id", cpu)
        new.place[1] = number_in(path)
        snprintf(path, sizeof(path), b"/sys/devices/system/cpu/cpu%d/topology/core_id", cpu)
        new.place[2] = number_in(path)
        if new.place[1] < 0 or new.place[2] < 0:
            continue
        new.place[0] = node_of(cpu)
        new.place[3] = 0
        new.logical = cpu
        i = n
        while i > 0 and before(&new, &all_[i - 1]):
            all_[i] = all_[i - 1]
            i -= 1
        all_[i] = new
        n += 1
    for i in range(1, n):               # threads of one core are counted
        if all_[i].place[0] == all_[i - 1].place[0] and all_[i].place[1] == all_[i - 1].place[1] \
                and all_[i].place[2] == all_[i - 1].place[2]:
            all_[i].place[3] = all_[i - 1].place[3] + 1
    return n


# The entries of this level for all_[from_ .. to - 1], of which there is at least one.
cdef Term level_list(Process* p, Processor* all_, int from_, int to, int level) noexcept nogil:
    cdef Term list_ = nil(), below
    cdef int first
    while to > from_ and list_ != 0:
        first = to - 1
        while first > from_ and all_[first - 1].place[level] == all_[to - 1].place[level]:
            first -= 1
        if to - first == 1:
            below = tuple2(p, atom_logical, make_small(all_[first].logical))
        else:
            below = level_list(p, all_, first, to, level + 1)
        list_ = prepend(p, tuple2(p, g_levels[level], below) if below != 0 else 0, list_)
        to = first
    return list_


cdef Term row(Process* p, Processor* cpu) noexcept nogil:
    cdef Term* q = proc_alloc(p, 8)
    if q == NULL:
        return 0
    q[0] = make_header(T_TUPLE, 7)
    q[1] = atom_cpu
    q[2] = make_small(cpu.place[0])
    q[3] = make_small(cpu.place[1])
    q[4] = make_small(-1)
    q[5] = make_small(cpu.place[2])
    q[6] = make_small(cpu.place[3])
    q[7] = make_small(cpu.logical)
    return make_boxed(q)


cdef Term topology(Process* p, bint rows) noexcept nogil:
    cdef int count = (<VMSettings*>p.vm.runtime).cpus, n, i
    cdef Term list_ = nil()
    cdef Processor* all_
    if count > PROCESSORS:
        count = PROCESSORS
    all_ = <Processor*>malloc(<size_t>count * sizeof(Processor))
    if all_ == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    n = processors_find(all_, count)
    charge(p, 20 * count)
    if n == 0:
        list_ = AM_undefined
    elif rows:
        i = n
        while i > 0:
            i -= 1
            list_ = prepend(p, row(p, &all_[i]), list_)
    else:
        list_ = level_list(p, all_, 0, n, 0 if all_[0].place[0] != all_[n - 1].place[0] else 1)
    free(all_)
    return list_ if list_ != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term topology_in_use(Process* p) noexcept nogil:
    return topology(p, False)


cdef Term topology_rows(Process* p) noexcept nogil:
    return topology(p, True)


# --- what may be used ---------------------------------------------------------------------------------------

cdef uint32_t g_available = <uint32_t>en_processors_available()      # atomic


cdef int processors_seen() noexcept nogil:
    return <int>en_load32_acq(&g_available)


cdef bint processors_look() noexcept nogil:
    cdef uint32_t n = <uint32_t>en_processors_available()
    cdef uint32_t before = en_load32_acq(&g_available)
    en_store32_rel(&g_available, n)
    return n != before

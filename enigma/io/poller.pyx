"""epoll with an eventfd for waking; see poller.pxd."""
from libc.errno cimport EPERM, errno
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from posix.unistd cimport close, read, write
from enigma.term.core cimport *
from enigma.process.process cimport Scheduler
from enigma.process.runqueue cimport unpark

cdef extern from "sys/epoll.h" nogil:
    ctypedef union epoll_data_t:
        uint64_t u64
    struct epoll_event:
        uint32_t events
        epoll_data_t data
    int epoll_create1(int)
    int epoll_ctl(int, int, int, epoll_event*)
    int epoll_wait(int, epoll_event*, int, int)
    int EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL
    uint32_t EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP
cdef extern from "sys/eventfd.h" nogil:
    int eventfd(unsigned int, int)
    int EFD_CLOEXEC, EFD_NONBLOCK
cdef extern from "poll.h" nogil:
    struct pollfd:
        int fd
        short events
        short revents
    struct timespec:
        long tv_sec
        long tv_nsec
    int ppoll(pollfd*, unsigned long, const timespec*, const void*)
    short POLLIN

cdef struct Item:
    int fd
    int events                   # POLL_ wanted
    uint32_t generation          # upper half of the id
    bint used
    bint always                  # epoll refuses it: ready whenever it is wanted
    PollCallback callback
    PollOwner* owner             # one count
    uint32_t next_free

cdef struct Poller:
    int epoll
    int event                    # eventfd
    uint32_t lock                # spin: guards the items
    uint32_t waiting             # atomic: somebody is in poller_wait
    uint64_t woken               # atomic: the eventfd has been written to
    Item* items
    uint32_t size
    uint32_t free_list           # index + 1
    uint32_t always_wanted       # items that are always ready and wanted


cdef void owner_retain(PollOwner* owner) noexcept nogil:
    en_add64(&owner.refc, 1)


cdef void owner_release(PollOwner* owner) noexcept nogil:
    if en_sub64(&owner.refc, 1) == 1:
        owner.free(owner)


cdef Poller* poller_new() noexcept nogil:
    cdef Poller* p = <Poller*>calloc(1, sizeof(Poller))
    cdef epoll_event e
    if p == NULL:
        return NULL
    p.epoll = epoll_create1(EPOLL_CLOEXEC)
    p.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)
    e.events = EPOLLIN
    e.data.u64 = 0
    if p.epoll < 0 or p.event < 0 or epoll_ctl(p.epoll, EPOLL_CTL_ADD, p.event, &e) < 0:
        poller_free(p)
        return NULL
    return p


cdef void poller_free(Poller* p) noexcept nogil:
    cdef uint32_t i
    for i in range(p.size):
        if p.items[i].used:
            p.items[i].used = False
            owner_release(p.items[i].owner)
    if p.epoll >= 0:
        close(p.epoll)
    if p.event >= 0:
        close(p.event)
    free(p.items)
    free(p)


cdef uint32_t epoll_events(int events) noexcept nogil:
    return (EPOLLIN if events & POLL_IN else 0) | (EPOLLOUT if events & POLL_OUT else 0)


# The item of an id, under the lock; NULL if it has been removed.
cdef Item* item_of(Poller* p, uint64_t id) noexcept nogil:
    cdef uint32_t index = <uint32_t>id - 1
    if <uint32_t>id == 0 or index >= p.size or not p.items[index].used or p.items[index].generation != <uint32_t>(id >> 32):
        return NULL
    return &p.items[index]


cdef bint items_grow(Poller* p) noexcept nogil:
    cdef uint32_t size = 2 * p.size if p.size > 0 else 16
    cdef uint32_t i
    cdef Item* larger = <Item*>realloc(p.items, size * sizeof(Item))
    if larger == NULL:
        return False
    p.items = larger
    for i in range(p.size, size):
        p.items[i].used = False
        p.items[i].generation = 0
        p.items[i].next_free = p.free_list
        p.free_list = i + 1
    p.size = size
    return True


cdef uint64_t poller_add(Poller* p, int fd, int events, PollCallback callback, PollOwner* owner) noexcept nogil:
    cdef epoll_event e
    cdef Item* item
    cdef uint32_t index
    cdef uint64_t id = 0
    en_spin_lock(&p.lock)
    if p.free_list != 0 or items_grow(p):
        index = p.free_list - 1
        item = &p.items[index]
        item.generation += 1
        id = (<uint64_t>item.generation << 32) | (index + 1)
        e.events = epoll_events(events)
        e.data.u64 = id
        item.always = False
        if epoll_ctl(p.epoll, EPOLL_CTL_ADD, fd, &e) < 0:
            if errno == EPERM:
                item.always = True
            else:
                id = 0
        elif events == 0:
            epoll_ctl(p.epoll, EPOLL_CTL_DEL, fd, &e)
        if id != 0:
            p.free_list = item.next_free
            item.fd = fd
            item.events = events
            item.callback = callback
            item.owner = owner
            item.used = True
            owner_retain(owner)
            if item.always and events != 0:
                p.always_wanted += 1
    en_spin_unlock(&p.lock)
    if id != 0 and events != 0:
        poller_wake(p)             # a plain file must be seen by the thread that waits
    return id


cdef void poller_change(Poller* p, uint64_t id, int events) noexcept nogil:
    cdef epoll_event e
    cdef Item* item
    en_spin_lock(&p.lock)
    item = item_of(p, id)
    if item != NULL and item.events != events:
        if item.always:
            p.always_wanted += <uint32_t>((events != 0) - (item.events != 0))
        else:
            # A descriptor that nobody wants is taken out: hang-ups would be reported for ever.
            e.events = epoll_events(events)
            e.data.u64 = id
            if events == 0:
                epoll_ctl(p.epoll, EPOLL_CTL_DEL, item.fd, &e)
            elif item.events == 0:
                epoll_ctl(p.epoll, EPOLL_CTL_ADD, item.fd, &e)
            else:
                epoll_ctl(p.epoll, EPOLL_CTL_MOD, item.fd, &e)
        item.events = events
    en_spin_unlock(&p.lock)
    if events != 0 and p.always_wanted != 0:
        poller_wake(p)


cdef void poller_remove(Poller* p, uint64_t id) noexcept nogil:
    cdef epoll_event e
    cdef Item* item
    cdef PollOwner* owner = NULL
    en_spin_lock(&p.lock)
    item = item_of(p, id)
    if item != NULL:
        if item.always:
            if item.events != 0:
                p.always_wanted -= 1
        elif item.events != 0:
            epoll_ctl(p.epoll, EPOLL_CTL_DEL, item.fd, &e)
        owner = item.owner
        item.used = False
        item.next_free = p.free_list
        p.free_list = <uint32_t>id
    en_spin_unlock(&p.lock)
    if owner != NULL:
        owner_release(owner)


cdef bint item_run(Poller* p, uint64_t id, int events) noexcept nogil:
    cdef Item* item
    cdef PollCallback callback = NULL
    cdef PollOwner* owner = NULL
    en_spin_lock(&p.lock)
    item = item_of(p, id)
    if item != NULL and item.events != 0:
        callback = item.callback
        owner = item.owner
        events &= item.events | POLL_BROKEN
        owner_retain(owner)
    en_spin_unlock(&p.lock)
    if owner == NULL:
        return False
    callback(owner, events)
    owner_release(owner)
    return True


cdef int poller_wait(Poller* p, int64_t timeout_ns, Scheduler* s) noexcept nogil:
    cdef epoll_event events[64]
    cdef pollfd ready
    cdef timespec limit
    cdef int n, i, got, ran = 0
    cdef uint32_t index
    cdef uint64_t id, count
    if not claim_wait(p):
        return 0
    if p.always_wanted != 0:
        timeout_ns = 0
    if timeout_ns != 0:
        ready.fd = p.epoll
        ready.events = POLLIN
        ready.revents = 0
        limit.tv_sec = timeout_ns // 1000000000 if timeout_ns > 0 else 0
        limit.tv_nsec = timeout_ns % 1000000000 if timeout_ns > 0 else 0
        ppoll(&ready, 1, &limit if timeout_ns > 0 else NULL, NULL)
    if s != NULL and en_load32_acq(&s.parked) != 0:
        unpark(s)
    n = epoll_wait(p.epoll, events, 64, 0)
    for i in range(n):
        id = events[i].data.u64
        if id == 0:
            read(p.event, &count, sizeof(count))
            en_store64_rel(&p.woken, 0)
            continue
        got = 0
        if events[i].events & EPOLLIN:
            got |= POLL_IN
        if events[i].events & EPOLLOUT:
            got |= POLL_OUT
        if events[i].events & (EPOLLERR | EPOLLHUP):
            got |= POLL_IN | POLL_OUT | POLL_BROKEN
        ran += item_run(p, id, got)
    if p.always_wanted != 0:
        for index in range(p.size):
            en_spin_lock(&p.lock)
            id = 0
            if index < p.size and p.items[index].used and p.items[index].always and p.items[index].events != 0:
                id = (<uint64_t>p.items[index].generation << 32) | (index + 1)
            en_spin_unlock(&p.lock)
            if id != 0:
                ran += item_run(p, id, POLL_IN | POLL_OUT)
    en_store32_rel(&p.waiting, 0)
    return ran


cdef bint claim_wait(Poller* p) noexcept nogil:
    cdef uint32_t expected = 0
    return en_cas32(&p.waiting, &expected, 1)


cdef void poller_wake(Poller* p) noexcept nogil:
    cdef uint64_t one = 1
    if en_swap64(&p.woken, 1) == 0:
        write(p.event, &one, sizeof(one))

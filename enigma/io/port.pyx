"""The port table, what a port does on signals, and how bytes get in and out; see port.pxd."""
from libc.errno cimport EAGAIN, EBADF, EINTR, ENOMEM, errno
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset, strcmp, strlen, strncmp
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr, atom_put_latin1
from enigma.term.bits cimport binary_bytes, binary_from_bytes
from enigma.term.compare cimport term_identical
from enigma.memory.heap cimport Fragment, FragmentHeap, fragment_free, fragment_heap_init, fragment_heap_take
from enigma.process.process cimport *
from enigma.process.runqueue cimport scheduler_current
from enigma.process.usage cimport USE_PORT, usage_enter
from enigma.process.signal cimport *
from enigma.process.watch cimport TF_PORTS, TF_RECEIVE, TF_RUNNING_PORTS, TF_SEND, watch_hooks
from enigma.process.settings cimport VMSettings
from enigma.process.lifecycle cimport name_list, name_unregister, name_whereis, process_alive
from enigma.emulator.exception cimport log_error_of
from enigma.io.native cimport *
from enigma.io.poller cimport *
from enigma.io.room cimport *

cdef extern from "pthread.h" nogil:
    int pthread_mutex_init(pthread_mutex_t*, void*)
    int pthread_mutex_destroy(pthread_mutex_t*)
    int pthread_mutex_lock(pthread_mutex_t*)
    int pthread_mutex_trylock(pthread_mutex_t*)
    int pthread_mutex_unlock(pthread_mutex_t*)
cdef extern from "unistd.h" nogil:
    int close(int)
    int isatty(int)
    long read(int, void*, size_t)
    long write(int, const void*, size_t)
cdef extern from "fcntl.h" nogil:
    int fcntl(int, int, ...)
    int F_DUPFD_CLOEXEC, F_GETFL, F_SETFL, O_NONBLOCK
cdef extern from "poll.h" nogil:
    struct pollfd:
        int fd
        short events
        short revents
    int poll(pollfd*, unsigned long, int)
    short POLLIN, POLLOUT
cdef extern from "sys/wait.h" nogil:
    int WIFSIGNALED(int)
    int WTERMSIG(int)
    int WEXITSTATUS(int)

cdef enum:
    READ_SIZE = 65536
    PIPE_CHUNK = 4096            # what a pipe takes without blocking once it is writable
    TTY_CHUNK = 1024
    DRIVERS_MAX = 16
    LOW_DEFAULT = 4096
    HIGH_DEFAULT = 8192

cdef PortDriver* drivers[DRIVERS_MAX]
cdef int driver_count


# --- options and drivers --------------------------------------------------------------------------------
cdef void port_options_init(PortOptions* o) noexcept nogil:
    memset(o, 0, sizeof(PortOptions))
    o.use_stdio = True
    o.low = LOW_DEFAULT
    o.high = HIGH_DEFAULT
    o.in_fd = o.out_fd = -1


cdef void strings_free(char** strings) noexcept nogil:
    cdef size_t i = 0
    if strings != NULL:
        while strings[i] != NULL:
            free(strings[i])
            i += 1
        free(strings)


cdef void port_options_free(PortOptions* o) noexcept nogil:
    free(o.cd)
    free(o.arg0)
    strings_free(o.args)
    strings_free(o.env)


cdef void port_driver_register(PortDriver* d) noexcept nogil:
    global driver_count
    if driver_count < DRIVERS_MAX:
        drivers[driver_count] = d
        driver_count += 1


cdef PortDriver* port_driver_find(const char* command) noexcept nogil:
    cdef int i
    cdef size_t n = 0
    while command[n] != 0 and command[n] != c" ":
        n += 1
    for i in range(driver_count):
        if strlen(drivers[i].name) == n and strncmp(drivers[i].name, command, n) == 0:
            return drivers[i]
    return NULL


# --- the table ------------------------------------------------------------------------------------------
cdef bint ports_init(VM* vm) noexcept nogil:
    cdef IoRoom* room = io_room(vm)
    room.port_buckets = 64
    room.ports = <void**>calloc(room.port_buckets, sizeof(void*))
    room.port_next = 1
    if room.port_limit == 0:
        room.port_limit = 65536
    return room.ports != NULL


# --- tracing ----------------------------------------------------------------------------------------------

cdef void port_told(Port* p, uint32_t flag, Term what, Term data, Term extra) noexcept nogil:
    if p.trace_flags & flag:
        watch_hooks().port_event(p.vm, p.id, &p.tracer, &p.trace_flags, what, data, extra)


cdef void port_turn(Port* p, Term what, Term operation) noexcept nogil:
    if p.vm.trace == NULL:
        return
    if what == AM_in:
        watch_hooks().port_runs(p.vm, p.id, True)
    port_told(p, TF_RUNNING_PORTS, what, operation, 0)
    if what == AM_out:
        watch_hooks().port_runs(p.vm, p.id, False)


# {trace, Port, 'receive', {From, what}} or {From, {what, argument}}; argument 0: none.
cdef void tell_request(Port* p, Term from_, Term what, Term argument) noexcept nogil:
    cdef FragmentHeap fh
    cdef Fragment* chain
    cdef Term t = what
    if from_ == 0 or not p.trace_flags & TF_RECEIVE:
        return
    fragment_heap_init(&fh)
    if argument != 0:
        t = tuple_of_2(&fh.heap, what, argument)
    if t != 0:
        t = tuple_of_2(&fh.heap, from_, t)
    if t != 0:
        port_told(p, TF_RECEIVE, AM_receive, t, 0)
    chain = fragment_heap_take(&fh)
    if chain != NULL:
        fragment_free(chain, True)


# ... of a command with data: {command, Data}, {control, {Op, Data}}.
cdef void tell_data(Port* p, Term from_, Term what, int64_t op, const uint8_t* data, size_t size) noexcept nogil:
    cdef FragmentHeap fh
    cdef Fragment* chain
    cdef Term t
    if from_ == 0 or not p.trace_flags & TF_RECEIVE:
        return
    fragment_heap_init(&fh)
    t = binary_from_bytes(&fh.heap, data, size)
    if t != 0 and op >= 0:
        t = tuple_of_2(&fh.heap, make_small(op), t)
    if t != 0:
        tell_request(p, from_, what, t)
    chain = fragment_heap_take(&fh)
    if chain != NULL:
        fragment_free(chain, True)


cdef void port_free(PollOwner* owner) noexcept nogil:
    cdef Port* p = <Port*>owner
    cdef Signal* s
    queue_drop(p)
    while p.monitors != NULL:
        s = p.monitors
        p.monitors = s.next
        signal_free(s)
    if p.data_fragment != NULL:
        fragment_free(p.data_fragment, True)
    told_free(p.told_first)
    free(p.buffer.data)
    free(p.waiters)
    free(p.links)
    free(p.name)
    pthread_mutex_destroy(p.mutex)
    free(p.mutex)
    free(p)


cdef bint table_insert(Port* p) noexcept nogil:
    cdef IoRoom* room = p.room
    cdef Port** bucket
    cdef Port* q
    cdef Port* next_
    cdef void** larger = NULL
    cdef uint32_t size, i
    cdef bint room_left
    if room.port_count >= room.port_buckets:
        larger = <void**>calloc(2 * room.port_buckets, sizeof(void*))
    en_spin_lock(&room.lock)
    if larger != NULL and room.port_count >= room.port_buckets:
        size = 2 * room.port_buckets
        for i in range(room.port_buckets):
            q = <Port*>room.ports[i]
            while q != NULL:
                next_ = q.next
                q.next = <Port*>larger[port_data(q.id) & (size - 1)]
                larger[port_data(q.id) & (size - 1)] = q
                q = next_
        room.ports, larger = larger, room.ports
        room.port_buckets = size
    room_left = room.port_count < room.port_limit
    if room_left:
        p.id = make_port(room.port_next)
        room.port_next += 1
        bucket = <Port**>&room.ports[port_data(p.id) & (room.port_buckets - 1)]
        p.next = bucket[0]
        bucket[0] = p
        room.port_count += 1
        owner_retain(&p.owner_count)
    en_spin_unlock(&room.lock)
    free(larger)
    return room_left


cdef void table_remove(Port* p) noexcept nogil:
    cdef IoRoom* room = p.room
    cdef Port** at
    en_spin_lock(&room.lock)
    at = <Port**>&room.ports[port_data(p.id) & (room.port_buckets - 1)]
    while at[0] != NULL and at[0] != p:
        at = &at[0].next
    if at[0] == p:
        at[0] = p.next
        room.port_count -= 1
    else:
        p = NULL
    en_spin_unlock(&room.lock)
    if p != NULL:
        owner_release(&p.owner_count)


cdef Port* port_find(VM* vm, Term id) noexcept nogil:
    cdef IoRoom* room = io_room(vm)
    cdef Port* p
    if room == NULL or not term_is_local_port(id):
        return NULL
    en_spin_lock(&room.lock)
    p = <Port*>room.ports[port_data(id) & (room.port_buckets - 1)]
    while p != NULL and p.id != id:
        p = p.next
    if p != NULL and en_load32_acq(&p.state) == PORT_OPEN:
        owner_retain(&p.owner_count)
    else:
        p = NULL
    en_spin_unlock(&room.lock)
    return p


cdef void port_release(Port* p) noexcept nogil:
    owner_release(&p.owner_count)


cdef void told_free(OutChunk* c) noexcept nogil:
    cdef OutChunk* next_
    while c != NULL:
        next_ = c.next
        free(c)
        c = next_


# The driver gets what the port has been told; the mutex is held.
cdef void told_pass(Port* p) noexcept nogil:
    cdef OutChunk* first
    cdef OutChunk* c
    while en_loadp_acq(<void**>&p.told_first) != NULL:
        en_spin_lock(&p.told_lock)
        first = p.told_first
        en_storep_rel(<void**>&p.told_first, NULL)
        p.told_last = NULL
        en_spin_unlock(&p.told_lock)
        c = first
        while c != NULL and p.state == PORT_OPEN:
            driver_output(p, 0, <uint8_t*>(c + 1), c.size)
            c = c.next
        told_free(first)


cdef void port_lock(Port* p) noexcept nogil:
    pthread_mutex_lock(p.mutex)
    told_pass(p)


cdef void port_unlock(Port* p) noexcept nogil:
    while True:
        pthread_mutex_unlock(p.mutex)
        # Either we see what somebody has left, or he has seen the mutex free: port_tell has the fence's other half.
        en_fence()
        if en_loadp_acq(<void**>&p.told_first) == NULL or pthread_mutex_trylock(p.mutex) != 0:
            return
        told_pass(p)


cdef void port_tell(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    cdef OutChunk* c
    if pthread_mutex_trylock(p.mutex) == 0:
        told_pass(p)
        if p.state == PORT_OPEN:
            driver_output(p, 0, data, size)
        port_unlock(p)
        return
    c = <OutChunk*>malloc(sizeof(OutChunk) + size)
    if c == NULL:
        return
    c.next = NULL
    c.size = size
    c.done = 0
    memcpy(<uint8_t*>(c + 1), data, size)
    en_spin_lock(&p.told_lock)
    if p.told_last != NULL:
        p.told_last.next = c
    else:
        en_storep_rel(<void**>&p.told_first, c)
    p.told_last = c
    en_spin_unlock(&p.told_lock)
    en_fence()
    if pthread_mutex_trylock(p.mutex) == 0:
        port_unlock(p)                  # passes it on


cdef bint port_is_open(Port* p) noexcept nogil:
    return p.state == PORT_OPEN


cdef size_t port_list(VM* vm, Term* out, size_t max_) noexcept nogil:
    cdef IoRoom* room = io_room(vm)
    cdef Port* p
    cdef uint32_t i
    cdef size_t n = 0
    en_spin_lock(&room.lock)
    for i in range(room.port_buckets):
        p = <Port*>room.ports[i]
        while p != NULL:
            if en_load32_acq(&p.state) == PORT_OPEN:
                if n < max_:
                    out[n] = p.id
                n += 1
            p = p.next
    en_spin_unlock(&room.lock)
    return n


# All ports, closing ones too, each with a count, in malloc'd memory.
cdef Port** ports_snapshot(IoRoom* room, size_t* count) noexcept nogil:
    cdef Port** all_ = <Port**>malloc((room.port_count + 1) * sizeof(Port*))
    cdef size_t n = 0, size = room.port_count + 1
    cdef Port* p
    cdef uint32_t i
    count[0] = 0
    if all_ == NULL:
        return NULL
    en_spin_lock(&room.lock)
    for i in range(room.port_buckets):
        p = <Port*>room.ports[i]
        while p != NULL and n < size:
            owner_retain(&p.owner_count)
            all_[n] = p
            n += 1
            p = p.next
    en_spin_unlock(&room.lock)
    count[0] = n
    return all_


cdef Term port_registered_name(VM* vm, Term id) noexcept nogil:
    cdef size_t n = name_list(vm, NULL, 0), i
    cdef Term* names = <Term*>malloc((n + 16) * sizeof(Term))
    cdef Term found = 0
    if names == NULL:
        return 0
    i = name_list(vm, names, n + 16)
    n = i if i < n + 16 else n + 16
    for i in range(n):
        if name_whereis(vm, names[i]) == id:
            found = names[i]
            break
    free(names)
    return found


cdef Port* port_open(VM* vm, Term owner, PortDriver* driver, const char* command, const char* name,
                     PortOptions* o, int* error) noexcept nogil:
    cdef IoRoom* room = io_room(vm)
    cdef Port* p = <Port*>calloc(1, sizeof(Port))
    error[0] = ENOMEM
    if p == NULL:
        return NULL
    p.mutex = <pthread_mutex_t*>malloc(sizeof(pthread_mutex_t))
    p.name_size = strlen(name)
    p.name = <char*>malloc(p.name_size + 1)
    if p.mutex == NULL or p.name == NULL:
        free(p.mutex)
        free(p.name)
        free(p)
        return NULL
    memcpy(p.name, name, p.name_size + 1)
    pthread_mutex_init(p.mutex, NULL)
    p.owner_count.refc = 1
    p.owner_count.free = port_free
    p.vm = vm
    p.room = room
    p.driver = driver
    p.owner = owner
    p.flags = o.flags
    p.packet = o.packet
    p.line = o.line
    p.low = o.low
    p.high = o.high
    p.in_fd = p.out_fd = -1
    p.out_last = &p.out_first
    p.data = AM_undefined
    port_lock(p)
    if not table_insert(p):
        error[0] = -2
        port_unlock(p)
        port_release(p)
        return NULL
    if vm.trace != NULL:
        watch_hooks().port_new(vm, p.id, &p.tracer, &p.trace_flags)
        if p.trace_flags & TF_PORTS:
            port_told(p, TF_PORTS, AM_open, owner,
                      atom_put_latin1(<const uint8_t*>name, p.name_size if p.name_size < 255 else 255))
        port_turn(p, AM_in, AM_open)
    error[0] = driver.start(p, command, o)
    port_turn(p, AM_out, AM_open)
    if error[0] != 0:
        port_gone(p)
        port_unlock(p)
        port_release(p)
        return NULL
    port_add_link(p, owner)
    port_told(p, TF_PORTS, AM_getting_linked, owner, 0)
    en_store32_rel(&p.state, PORT_OPEN)
    port_unlock(p)
    return p


# --- relations ------------------------------------------------------------------------------------------
cdef bint port_add_link(Port* p, Term pid) noexcept nogil:
    """False: it is there already."""
    cdef uint32_t i
    cdef Term* larger
    for i in range(p.link_count):
        if p.links[i] == pid:
            return False
    if p.link_count == p.link_capacity:
        larger = <Term*>realloc(p.links, (p.link_capacity + 4) * sizeof(Term))
        if larger == NULL:
            return False
        p.links = larger
        p.link_capacity += 4
    p.links[p.link_count] = pid
    p.link_count += 1
    return True


cdef bint remove_link(Port* p, Term pid) noexcept nogil:
    cdef uint32_t i
    for i in range(p.link_count):
        if p.links[i] == pid:
            p.link_count -= 1
            p.links[i] = p.links[p.link_count]
            return True
    return False


cdef bint port_wait(Port* p, Term pid) noexcept nogil:
    cdef Term* larger
    cdef uint32_t i
    for i in range(p.waiter_count):
        if p.waiters[i] == pid:
            return True
    if p.waiter_count == p.waiter_capacity:
        larger = <Term*>realloc(p.waiters, (2 * p.waiter_capacity + 4) * sizeof(Term))
        if larger == NULL:
            return False
        p.waiters = larger
        p.waiter_capacity = 2 * p.waiter_capacity + 4
    p.waiters[p.waiter_count] = pid
    p.waiter_count += 1
    return True


cdef void wake_waiters(Port* p) noexcept nogil:
    cdef uint32_t i
    cdef Signal* s
    for i in range(p.waiter_count):
        s = signal_new(SIG_WAKE, p.id)
        if s != NULL:
            signal_send(p.vm, p.waiters[i], s)
    p.waiter_count = 0


cdef void send_down(VM* vm, Term port, Signal* monitor, Term reason) noexcept nogil:
    cdef Signal* s = signal_new(SIG_DOWN, port)
    if s == NULL:
        return
    if not signal_set_term(s, &s.extra, monitor.extra) or not signal_set_term(s, &s.term, reason):
        signal_free(s)
        return
    signal_send(vm, monitor.sender, s)


cdef void port_terminate(Port* p, Term reason) noexcept nogil:
    cdef uint32_t i
    cdef Signal* s
    cdef Term name
    if p.state != PORT_OPEN:
        return
    en_store32_rel(&p.state, PORT_CLOSING)
    port_told(p, TF_PORTS, AM_closed, reason, 0)
    if reason == AM_kill:
        reason = AM_killed
    if p.in_item != 0:
        poller_remove(p.room.poller, p.in_item)
        p.in_item = 0
    name = port_registered_name(p.vm, p.id)
    if name != 0:
        name_unregister(p.vm, name)
        port_told(p, TF_PORTS, AM_unregister, name, 0)
    for i in range(p.link_count):
        exit_signal(p.vm, p.id, p.links[i], reason, EXIT_LINKED)
    p.link_count = 0
    while p.monitors != NULL:
        s = p.monitors
        p.monitors = s.next
        send_down(p.vm, p.id, s, reason)
        signal_free(s)
    wake_waiters(p)
    if p.out_first == NULL:
        port_gone(p)


# The end: descriptors are closed and the table forgets the port. The caller holds the mutex and a count.
cdef void port_gone(Port* p) noexcept nogil:
    if p.state == PORT_DEAD:
        return
    if p.state == PORT_CLOSING and p.flags & PORT_REPLY_CLOSED:
        port_told(p, TF_SEND, AM_send, AM_closed, p.owner)
        send_pair_to(p, p.owner, AM_closed)
    en_store32_rel(&p.state, PORT_DEAD)
    if p.in_item != 0:
        poller_remove(p.room.poller, p.in_item)
        p.in_item = 0
    if p.out_item != 0:
        poller_remove(p.room.poller, p.out_item)
        p.out_item = 0
    if p.driver.stop != NULL:
        p.driver.stop(p)
    if p.in_fd >= 0:
        close(p.in_fd)
    if p.out_fd >= 0:
        close(p.out_fd)
    p.in_fd = p.out_fd = -1
    queue_drop(p)
    table_remove(p)


cdef void port_fail(Port* p, int error) noexcept nogil:
    queue_drop(p)
    if p.state == PORT_CLOSING:
        port_gone(p)
    else:
        port_terminate(p, errno_atom(error))


# --- messages to the owner -------------------------------------------------------------------------------
cdef void send_owner(Port* p, FragmentHeap* fh, Term message) noexcept nogil:
    cdef Fragment* chain = fragment_heap_take(fh)
    if message == 0:
        if chain != NULL:
            fragment_free(chain, True)
        return
    if p.trace_flags & TF_SEND:
        port_told(p, TF_SEND, AM_send if process_alive(p.vm, p.owner) else AM_send_to_non_existing_process,
                  message, p.owner)
    send_message_fragment(p.vm, p.id, p.owner, message, chain)


cdef void port_send_pair(Port* p, Term what) noexcept nogil:
    cdef FragmentHeap fh
    fragment_heap_init(&fh)
    send_owner(p, &fh, tuple_of_2(&fh.heap, p.id, what))


cdef void send_exit_status(Port* p, int status) noexcept nogil:
    cdef FragmentHeap fh
    cdef Term t
    fragment_heap_init(&fh)
    t = tuple_of_2(&fh.heap, AM_exit_status, make_small(status))
    send_owner(p, &fh, tuple_of_2(&fh.heap, p.id, t) if t != 0 else 0)


# {Port, {data, Data}}, or {Port, {data, {Mark, Data}}} if mark is not 0.
cdef void deliver(Port* p, Term mark, const uint8_t* data, size_t size) noexcept nogil:
    cdef FragmentHeap fh
    cdef Heap* h = &fh.heap
    cdef Term t
    fragment_heap_init(&fh)
    if p.flags & PORT_BINARY:
        t = binary_from_bytes(h, data, size)
    else:
        t = list_of_bytes(h, data, size, nil())
    if t != 0 and mark != 0:
        t = tuple_of_2(h, mark, t)
    if t != 0:
        t = tuple_of_2(h, AM_data, t)
    if t != 0:
        t = tuple_of_2(h, p.id, t)
    p.bytes_in += size
    en_add64(&p.room.bytes_in, size)
    send_owner(p, &fh, t)


cdef void port_deliver(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    if size > 0:
        deliver(p, 0, data, size)


cdef void port_deliver_headed(Port* p, const uint8_t* head, size_t head_size, const uint8_t* data,
                              size_t size) noexcept nogil:
    cdef FragmentHeap fh
    cdef Heap* h = &fh.heap
    cdef Term t = nil()
    fragment_heap_init(&fh)
    if data != NULL and p.flags & PORT_BINARY:
        t = binary_from_bytes(h, data, size)
    elif data != NULL:
        t = list_of_bytes(h, data, size, nil())
    if t != 0:
        t = list_of_bytes(h, head, head_size, t)
    if t != 0:
        t = tuple_of_2(h, AM_data, t)
    if t != 0:
        t = tuple_of_2(h, p.id, t)
    p.bytes_in += head_size + size
    en_add64(&p.room.bytes_in, head_size + size)
    send_owner(p, &fh, t)


# --- input ------------------------------------------------------------------------------------------------
cdef void line_put(Port* p, uint8_t c) noexcept nogil:
    if p.buffer.size == p.line:
        deliver(p, AM_noeol, p.buffer.data, p.buffer.size)
        p.buffer.size = 0
    bytes_put_byte(&p.buffer, c)


cdef void lines_input(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    cdef size_t i
    for i in range(size):
        if data[i] == c"\n":
            p.carriage_return = False
            deliver(p, AM_eol, p.buffer.data, p.buffer.size)
            p.buffer.size = 0
            continue
        if p.carriage_return:
            line_put(p, c"\r")
        p.carriage_return = data[i] == c"\r"
        if not p.carriage_return:
            line_put(p, data[i])


cdef void packets_input(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    cdef size_t part
    cdef int i
    while size > 0:
        if p.packet_need == 0:
            # Whole packets that lie in the input are delivered from there.
            part = p.packet - p.buffer.size
            if part > size:
                part = size
            if not bytes_put(&p.buffer, data, part):
                port_fail(p, ENOMEM)
                return
            data += part
            size -= part
            if <int>p.buffer.size < p.packet:
                return
            p.packet_need = 0
            for i in range(p.packet):
                p.packet_need = (p.packet_need << 8) | p.buffer.data[i]
            p.packet_need += p.packet
        part = p.packet_need - p.buffer.size
        if p.buffer.size == <size_t>p.packet and part <= size:
            deliver(p, 0, data, part)
        else:
            if part > size:
                if not bytes_put(&p.buffer, data, size):
                    port_fail(p, ENOMEM)
                return
            if not bytes_put(&p.buffer, data, part):
                port_fail(p, ENOMEM)
                return
            deliver(p, 0, p.buffer.data + p.packet, p.buffer.size - p.packet)
        data += part
        size -= part
        p.buffer.size = 0
        p.packet_need = 0
        if p.buffer.capacity > READ_SIZE:
            free(p.buffer.data)
            p.buffer.data = NULL
            p.buffer.capacity = 0


cdef void port_stream_input(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    if p.line > 0:
        lines_input(p, data, size)
    elif p.packet > 0:
        packets_input(p, data, size)
    else:
        port_deliver(p, data, size)
    # A zero-length packet whose header ends the input is complete.
    if p.packet > 0 and p.packet_need == <uint64_t>p.packet and p.buffer.size == <size_t>p.packet:
        deliver(p, 0, NULL, 0)
        p.buffer.size = 0
        p.packet_need = 0


# End of file and, if it was asked for, the child's status are there.
cdef void finish_input(Port* p) noexcept nogil:
    cdef int status = p.child_status
    if p.flags & PORT_EXIT_STATUS:
        send_exit_status(p, 128 + WTERMSIG(status) if WIFSIGNALED(status) else WEXITSTATUS(status))
    if p.line > 0:
        if p.carriage_return:
            line_put(p, c"\r")
            p.carriage_return = False
        if p.buffer.size > 0:
            deliver(p, AM_noeol, p.buffer.data, p.buffer.size)
            p.buffer.size = 0
    if p.flags & PORT_SOFT_EOF:
        port_send_pair(p, AM_eof)
    else:
        port_terminate(p, AM_normal)


cdef void port_input_end(Port* p, int error) noexcept nogil:
    if p.in_item != 0:
        poller_remove(p.room.poller, p.in_item)
        p.in_item = 0
    if error != 0:
        port_fail(p, error)
        return
    p.flags |= PORT_EOF_SEEN
    if p.flags & PORT_EXIT_STATUS and not p.flags & PORT_CHILD_ENDED:
        return
    finish_input(p)


cdef void port_child_ended(VM* vm, Term id, int status) noexcept nogil:
    cdef Port* p = port_find(vm, id)
    if p == NULL:
        return
    port_lock(p)
    if p.state == PORT_OPEN and p.flags & PORT_EXIT_STATUS:
        p.child_status = status
        p.flags |= PORT_CHILD_ENDED
        if p.flags & PORT_EOF_SEEN:
            finish_input(p)
    port_unlock(p)
    port_release(p)


cdef bint fd_ready(int fd, short events) noexcept nogil:
    cdef pollfd f
    f.fd = fd
    f.events = events
    f.revents = 0
    return poll(&f, 1, 0) == 1


cdef void port_readable(PollOwner* owner, int events) noexcept nogil:
    cdef Port* p = <Port*>owner
    cdef uint8_t* buffer
    cdef long n
    cdef int error
    buffer = <uint8_t*>malloc(READ_SIZE)
    port_lock(p)
    # Somebody else may have read from a borrowed descriptor meanwhile: a read could block.
    if buffer != NULL and p.state == PORT_OPEN and p.in_item != 0 and (p.flags & PORT_OWN_FDS or fd_ready(p.in_fd, POLLIN)):
        n = read(p.in_fd, buffer, READ_SIZE)
        error = errno
        port_turn(p, AM_in, make_small(0))
        if n > 0:
            p.driver.input(p, buffer, n)
        elif n == 0:
            port_input_end(p, 0)
        elif error != EINTR and error != EAGAIN:
            port_input_end(p, error)
        port_turn(p, AM_out, make_small(0))
    port_unlock(p)
    free(buffer)


# --- output -----------------------------------------------------------------------------------------------
cdef void queue_drop(Port* p) noexcept nogil:
    cdef OutChunk* c
    while p.out_first != NULL:
        c = p.out_first
        p.out_first = c.next
        free(c)
    p.out_last = &p.out_first
    p.out_size = 0


# Bytes written (at least 1), 0 if it would block, -1 with errno.
cdef long out_write(Port* p, const uint8_t* data, size_t size) noexcept nogil:
    cdef long n
    if not p.flags & PORT_OWN_FDS:
        if not fd_ready(p.out_fd, POLLOUT):
            return 0
        if p.flags & PORT_TTY_OUT:
            size = TTY_CHUNK if size > TTY_CHUNK else size
        elif size > PIPE_CHUNK:
            size = PIPE_CHUNK
    while True:
        n = write(p.out_fd, data, size)
        if n >= 0:
            return n
        if errno == EAGAIN:
            return 0
        if errno != EINTR:
            return -1


cdef bint queue_put(Port* p, const uint8_t* head, size_t head_size, const uint8_t* data, size_t size) noexcept nogil:
    cdef OutChunk* c
    if head_size + size == 0:
        return True
    c = <OutChunk*>malloc(sizeof(OutChunk) + head_size + size)
    if c == NULL:
        return False
    c.next = NULL
    c.size = head_size + size
    c.done = 0
    memcpy(<uint8_t*>(c + 1), head, head_size)
    memcpy(<uint8_t*>(c + 1) + head_size, data, size)
    p.out_last[0] = c
    p.out_last = &c.next
    p.out_size += c.size
    return True


cdef void port_write(Port* p, const uint8_t* head, size_t head_size, const uint8_t* data, size_t size) noexcept nogil:
    cdef long n
    cdef uint8_t first[64]
    if p.out_fd < 0:
        port_fail(p, EBADF)        # not opened for output
        return
    if p.out_first == NULL:
        # A header travels with its packet's first bytes: two writes would make two segments of it.
        while head_size > 0:
            memcpy(first, head, head_size)
            n = size if size < 64 - head_size else 64 - head_size
            memcpy(first + head_size, data, n)
            n = out_write(p, first, head_size + n)
            if n < 0:
                port_fail(p, errno)
                return
            if n == 0:
                break
            if <size_t>n >= head_size:
                data += n - head_size
                size -= n - head_size
                head_size = 0
            else:
                head += n
                head_size -= n
        while head_size == 0 and size > 0:
            n = out_write(p, data, size)
            if n < 0:
                port_fail(p, errno)
                return
            if n == 0:
                break
            data += n
            size -= n
    if not queue_put(p, head, head_size, data, size):
        port_fail(p, ENOMEM)
        return
    if p.out_first == NULL:
        return
    if p.out_size >= p.high:
        p.flags |= PORT_BUSY
    if p.out_item == 0:
        p.out_item = poller_add(p.room.poller, p.out_fd, POLL_OUT, port_writable, &p.owner_count)
        if p.out_item == 0:
            port_fail(p, errno)
    else:
        poller_change(p.room.poller, p.out_item, POLL_OUT)


# Writes what goes without blocking; False: the port has failed.
cdef bint queue_write(Port* p) noexcept nogil:
    cdef OutChunk* c
    cdef long n
    while p.out_first != NULL:
        c = p.out_first
        n = out_write(p, <uint8_t*>(c + 1) + c.done, c.size - c.done)
        if n < 0:
            port_fail(p, errno)
            return False
        if n == 0:
            break
        c.done += n
        p.out_size -= n
        if c.done == c.size:
            p.out_first = c.next
            if c.next == NULL:
                p.out_last = &p.out_first
            free(c)
    return True


cdef void port_writable(PollOwner* owner, int events) noexcept nogil:
    cdef Port* p = <Port*>owner
    port_lock(p)
    if (p.state == PORT_OPEN or p.state == PORT_CLOSING) and queue_write(p):
        if p.flags & PORT_BUSY and p.out_size < p.low:
            p.flags &= ~<uint32_t>PORT_BUSY
            wake_waiters(p)
        if p.driver.drained != NULL:
            p.driver.drained(p)
        if p.out_first == NULL and p.out_item != 0:
            poller_change(p.room.poller, p.out_item, 0)
            if p.state == PORT_CLOSING:
                port_gone(p)
    port_unlock(p)


cdef void ports_flush(VM* vm, int64_t ms) noexcept nogil:
    cdef IoRoom* room = io_room(vm)
    cdef size_t n, i
    cdef Port** all_
    cdef Port* p
    cdef pollfd f
    cdef int step
    if room == NULL:
        return
    all_ = ports_snapshot(room, &n)
    for i in range(n):
        p = all_[i]
        port_lock(p)
        while (p.state == PORT_OPEN or p.state == PORT_CLOSING) and p.out_first != NULL and p.out_fd >= 0:
            if not queue_write(p) or p.out_first == NULL or ms == 0:
                break
            step = 100 if ms < 0 or ms > 100 else <int>ms
            f.fd = p.out_fd
            f.events = POLLOUT
            f.revents = 0
            if poll(&f, 1, step) == 0 and ms > 0:
                ms -= step
        port_unlock(p)
        port_release(p)
    free(all_)


# Writes the queue without any effect on the port.
cdef void flush_rest(Port* p, int64_t ms) noexcept nogil:
    cdef OutChunk* c = p.out_first
    cdef pollfd f
    cdef long n
    while c != NULL and p.out_fd >= 0:
        n = out_write(p, <uint8_t*>(c + 1) + c.done, c.size - c.done)
        if n < 0:
            return
        if n == 0:
            if ms == 0:
                return
            f.fd = p.out_fd
            f.events = POLLOUT
            f.revents = 0
            if poll(&f, 1, 100) == 0 and ms > 0:
                ms = ms - 100 if ms > 100 else 0
        c.done += n
        if c.done == c.size:
            c = c.next


cdef void ports_free(VM* vm) noexcept nogil:
    cdef IoRoom* room = io_room(vm)
    cdef size_t n, i
    cdef Port** all_
    cdef Port* p
    if room.ports == NULL:
        return
    all_ = ports_snapshot(room, &n)
    for i in range(n):
        p = all_[i]
        port_lock(p)
        p.state = PORT_STARTING              # nobody is told: the processes may be gone already
        if vm.halt_flush:
            # erlang:halt waits for its output; a host that only embeds the VM need not wait for ever.
            flush_rest(p, -1 if room.owns_process else 5000)
        port_gone(p)
        port_unlock(p)
        port_release(p)
    free(all_)
    free(room.ports)
    room.ports = NULL


cdef bint set_nonblocking(int fd) noexcept nogil:
    cdef int flags = fcntl(fd, F_GETFL)
    return flags >= 0 and fcntl(fd, F_SETFL, flags | O_NONBLOCK) >= 0


cdef int port_attach(Port* p, int in_fd, int out_fd, bint borrowed) noexcept nogil:
    if borrowed:
        if in_fd >= 0:
            in_fd = fcntl(in_fd, F_DUPFD_CLOEXEC, 10)
            if in_fd < 0 and errno != EBADF:     # what is not open gives no input, and an error only when written to
                return errno
        if out_fd >= 0:
            out_fd = fcntl(out_fd, F_DUPFD_CLOEXEC, 10)
            if out_fd < 0 and errno != EBADF:
                p.in_fd = in_fd
                return errno
    else:
        p.flags |= PORT_OWN_FDS
        if (in_fd >= 0 and not set_nonblocking(in_fd)) or (out_fd >= 0 and not set_nonblocking(out_fd)):
            p.in_fd = in_fd
            p.out_fd = out_fd
            return errno
    p.in_fd = in_fd
    p.out_fd = out_fd
    if out_fd >= 0 and isatty(out_fd):
        p.flags |= PORT_TTY_OUT
    if in_fd >= 0:
        p.in_item = poller_add(p.room.poller, in_fd, POLL_IN, port_readable, &p.owner_count)
        if p.in_item == 0:
            return errno
    return 0


# --- signals to ports ---------------------------------------------------------------------------------------
cdef void driver_output(Port* p, Term from_, const uint8_t* data, size_t size) noexcept nogil:
    cdef Scheduler* s = scheduler_current()
    cdef int before = usage_enter(s, USE_PORT)
    p.bytes_out += size
    en_add64(&p.room.bytes_out, size)
    tell_data(p, from_, AM_command, -1, data, size)
    p.driver.output(p, data, size)
    usage_enter(s, before)


cdef void bad_output(Port* p, Term from_) noexcept nogil:
    cdef FragmentHeap fh
    cdef Fragment* chain
    cdef Term text
    cdef Term* q
    fragment_heap_init(&fh)
    text = list_of_bytes(&fh.heap, <const uint8_t*>b"'\n", 2, nil())
    if text != 0:
        text = list_of_bytes(&fh.heap, <const uint8_t*>p.name, p.name_size, text)
    if text != 0:
        text = list_of_bytes(&fh.heap, <const uint8_t*>b"Bad value on output port '", 26, text)
    q = heap_alloc(&fh.heap, 2)
    if text != 0 and q != NULL:
        log_error_of(p.vm, from_, b"~s~n", cons(q, text, nil()))
    chain = fragment_heap_take(&fh)
    if chain != NULL:
        fragment_free(chain, True)


# Since OTP 27 less than a byte is no output; before it was nothing.
cdef bint less_is_nothing(Port* p) noexcept nogil:
    return (<VMSettings*>p.vm.runtime).release_number < 27


cdef bint port_output(Port* p, Term from_, Term data) noexcept nogil:
    cdef Bytes b
    cdef const uint8_t* bytes_
    cdef uint8_t* temp = NULL
    cdef size_t size
    if term_is_bitstring(data) and bits_size(data) >= 8:
        if not binary_bytes(data, &bytes_, &size, &temp):
            bad_output(p, from_)
            return False
        driver_output(p, from_, bytes_, size)
        free(temp)
        return True
    b.data = NULL
    b.size = b.capacity = 0
    if not (bytes_put_output(&b, data) if less_is_nothing(p) else bytes_put_iodata(&b, data)):
        free(b.data)
        bad_output(p, from_)
        return False
    driver_output(p, from_, b.data, b.size)
    free(b.data)
    return True


cdef int port_control(Port* p, Term from_, uint32_t op, const uint8_t* data, size_t size, uint8_t* out) noexcept nogil:
    cdef FragmentHeap fh
    cdef Fragment* chain
    cdef Term t
    cdef int n
    port_turn(p, AM_in, AM_control)
    tell_data(p, from_, AM_control, op, data, size)
    n = p.driver.control(p, op, data, size, out)
    if n >= 0 and p.trace_flags & TF_SEND:
        fragment_heap_init(&fh)
        t = binary_from_bytes(&fh.heap, out, n)
        if t != 0:
            t = tuple_of_2(&fh.heap, AM_control, t)
        if t != 0:
            t = tuple_of_2(&fh.heap, p.id, t)
        if t != 0:
            port_told(p, TF_SEND, AM_send, t, from_)
        chain = fragment_heap_take(&fh)
        if chain != NULL:
            fragment_free(chain, True)
    port_turn(p, AM_out, AM_control)
    return n


cdef bint port_connect(Port* p, Term from_, Term pid) noexcept nogil:
    cdef Term old = p.owner
    if not term_is_local_pid(pid) or not process_alive(p.vm, pid):
        return False
    port_turn(p, AM_in, AM_connect)
    tell_request(p, from_, AM_connect, pid)
    p.owner = pid
    if port_add_link(p, pid):
        port_told(p, TF_PORTS, AM_getting_linked, pid, 0)
    tell_connected(p, from_)
    port_turn(p, AM_out, AM_connect)
    return True


# {trace, Port, send, {Port, connected}, To}
cdef void tell_connected(Port* p, Term to) noexcept nogil:
    cdef FragmentHeap fh
    cdef Fragment* chain
    cdef Term t
    if not p.trace_flags & TF_SEND:
        return
    fragment_heap_init(&fh)
    t = tuple_of_2(&fh.heap, p.id, AM_connected)
    if t != 0:
        port_told(p, TF_SEND, AM_send, t, to)
    chain = fragment_heap_take(&fh)
    if chain != NULL:
        fragment_free(chain, True)


cdef void port_close(Port* p, Term from_) noexcept nogil:
    port_turn(p, AM_in, AM_close)
    tell_request(p, from_, AM_close, 0)
    port_terminate(p, AM_normal)


cdef void port_link_owner(Port* p, Term pid) noexcept nogil:
    cdef Signal* s = signal_new(SIG_LINK, p.id)
    if s != NULL:
        signal_send(p.vm, pid, s)


# Port ! Message. What is no command from the owner gets the owner, not the sender, a badsig. A new owner given this way
# is neither linked nor asked for.
cdef void port_message(Port* p, Term sender, Term message) noexcept nogil:
    cdef Term* e
    cdef Term old
    cdef bint good = False
    if term_is_tuple_of(message, 2) and tuple_elements(message)[0] == p.owner:
        e = tuple_elements(message)
        if e[1] == AM_close:
            p.flags |= PORT_REPLY_CLOSED
            port_close(p, sender)
            return
        if term_is_tuple_of(e[1], 2):
            e = tuple_elements(e[1])
            if e[0] == AM_command:
                port_turn(p, AM_in, AM_command)
                good = port_output(p, sender, e[1])
                port_turn(p, AM_out, AM_command)
            elif e[0] == AM_connect and term_is_local_pid(e[1]):
                port_turn(p, AM_in, AM_connect)
                tell_request(p, sender, AM_connect, e[1])
                old = p.owner
                p.owner = e[1]
                tell_connected(p, old)
                send_pair_to(p, old, AM_connected)
                port_turn(p, AM_out, AM_connect)
                good = True
    if not good:
        exit_signal(p.vm, p.id, p.owner, atom_badsig, 0)


cdef void send_pair_to(Port* p, Term to, Term what) noexcept nogil:
    cdef FragmentHeap fh
    cdef Term t
    cdef Fragment* chain
    fragment_heap_init(&fh)
    t = tuple_of_2(&fh.heap, p.id, what)
    chain = fragment_heap_take(&fh)
    if t != 0:
        send_message_fragment(p.vm, p.id, to, t, chain)
    elif chain != NULL:
        fragment_free(chain, True)


cdef void port_exit(Port* p, Signal* s) noexcept nogil:
    cdef Term reason = s.term
    if s.flags & EXIT_LINKED:
        if not remove_link(p, s.sender) or (reason == AM_normal and s.sender != p.owner):
            return
    port_turn(p, AM_in, AM_close)
    tell_request(p, s.sender, AM_close, 0)
    port_terminate(p, reason)


cdef void unlink_ack(VM* vm, Term id, Signal* s) noexcept nogil:
    cdef Signal* ack = signal_new(SIG_UNLINK_ACK, id)
    if ack == NULL:
        return
    if not signal_set_term(ack, &ack.extra, s.extra):
        signal_free(ack)
        return
    signal_send(vm, s.sender, ack)


cdef void remove_monitor(Port* p, Term ref) noexcept nogil:
    cdef Signal** at = &p.monitors
    cdef Signal* s
    while at[0] != NULL:
        s = at[0]
        if term_identical(s.extra, ref):
            at[0] = s.next
            signal_free(s)
            return
        at = &s.next


cdef void port_signal(VM* vm, Term id, Signal* s) noexcept nogil:
    cdef Port* p = port_find(vm, id)
    cdef bint open_ = False
    if p != NULL:
        port_lock(p)
        open_ = p.state == PORT_OPEN
    if open_:
        if s.kind == SIG_MESSAGE:
            port_message(p, s.sender, s.term)
        elif s.kind == SIG_EXIT:
            port_exit(p, s)
        elif s.kind == SIG_LINK:
            port_turn(p, AM_in, AM_link)
            if port_add_link(p, s.sender):
                port_told(p, TF_PORTS, AM_getting_linked, s.sender, 0)
            port_turn(p, AM_out, AM_link)
        elif s.kind == SIG_UNLINK:
            port_turn(p, AM_in, AM_unlink)
            if remove_link(p, s.sender):
                port_told(p, TF_PORTS, AM_getting_unlinked, s.sender, 0)
            port_turn(p, AM_out, AM_unlink)
        elif s.kind == SIG_MONITOR:
            port_turn(p, AM_in, AM_monitor)
            s.next = p.monitors
            p.monitors = s
            s = NULL
            port_turn(p, AM_out, AM_monitor)
        elif s.kind == SIG_DEMONITOR:
            port_turn(p, AM_in, AM_demonitor)
            remove_monitor(p, s.extra)
            port_turn(p, AM_out, AM_demonitor)
    if p != NULL:
        port_unlock(p)
    if p != NULL:
        port_release(p)
    if s == NULL:
        return
    if s.kind == SIG_UNLINK:
        unlink_ack(vm, id, s)
    elif not open_ and s.kind == SIG_LINK:
        exit_signal(vm, id, s.sender, AM_noproc, EXIT_LINKED | EXIT_OF_SYSTEM)
    elif not open_ and s.kind == SIG_MONITOR:
        send_down(vm, id, s, AM_noproc)
    signal_free(s)


cdef void hook_signal(VM* vm, Term id, void* s) noexcept nogil:
    port_signal(vm, id, <Signal*>s)


cdef Term atom_badsig = atom_from_cstr(b"badsig")
room_port_hooks().child_ended = port_child_ended
room_port_hooks().signal = hook_signal
room_port_hooks().free_all = ports_free
room_port_hooks().init = ports_init

"""The process table: pids to process structs. The contract is table.pxd; read next: lifecycle.pyx."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.process.process cimport *
from enigma.process.threads cimport *

cdef Room* room_new(VM* vm, size_t limit) noexcept nogil:
    cdef Room* room = <Room*>calloc(1, sizeof(Room))
    if room == NULL:
        return NULL
    room.slot_count = 1024
    while room.slot_count < limit and room.slot_count < (1 << 27):
        room.slot_count <<= 1
    room.slots = <Process**>calloc(room.slot_count, sizeof(Process*))
    if room.slots == NULL:
        free(room)
        return NULL
    room.vm = vm
    room.pool_limit = 64
    en_mutex_init(&room.pool_mutex)
    en_cond_init(&room.pool_cond)
    en_cond_init(&room.turn_cond)
    en_mutex_init(&room.halt_mutex)
    en_cond_init(&room.halt_cond)
    return room

cdef void room_free(Room* room) noexcept nogil:
    cdef Chunk* c = room.chunks
    cdef Chunk* following
    while c != NULL:
        following = c.next
        free(c)
        c = following
    pthread_mutex_destroy(&room.pool_mutex)
    pthread_cond_destroy(&room.pool_cond)
    pthread_cond_destroy(&room.turn_cond)
    pthread_mutex_destroy(&room.halt_mutex)
    pthread_cond_destroy(&room.halt_cond)
    free(room.dirty_ns)
    free(room.dirty_since)
    free(room.slots)
    free(room)

cdef Process* table_struct(Room* room) noexcept nogil:
    cdef Process* p
    cdef Process* fresh
    cdef Chunk* c
    cdef int i
    en_spin_lock(&room.free_lock)
    if room.free_list == NULL:
        c = <Chunk*>calloc(1, sizeof(Chunk) + PROCESS_CHUNK * sizeof(Process))
        if c != NULL:
            c.next = room.chunks
            room.chunks = c
            fresh = <Process*>(c + 1)
            for i in range(PROCESS_CHUNK):
                fresh[i].state = PS_FREE
                fresh[i].next = fresh + i + 1 if i + 1 < PROCESS_CHUNK else NULL
            room.free_list = fresh
    p = room.free_list
    if p != NULL:
        room.free_list = p.next
    en_spin_unlock(&room.free_lock)
    return p

cdef Process* table_add(VM* vm, bint host) noexcept nogil:
    cdef Room* room = room_of(vm)
    cdef Process* p
    cdef uint64_t data = 0
    cdef size_t tried, slot = 0
    cdef size_t before = offsetof_signal_lock()
    if en_add64(&room.count, 1) >= room.slot_count:
        en_sub64(&room.count, 1)
        return NULL
    p = table_struct(room)
    if p == NULL:
        en_sub64(&room.count, 1)
        return NULL
    # Whoever still holds the struct's former pid may be waiting for signal_lock: it must not be overwritten.
    en_spin_lock(&p.signal_lock)
    memset(p, 0, before)
    memset(<char*>p + before + sizeof(uint32_t), 0, sizeof(Process) - before - sizeof(uint32_t))
    p.vm = vm
    en_store32_rel(&p.urgent, PRIO_NONE)
    p.host = host
    en_store32_rel(&p.state, PS_RUNNING)
    p.signal_in_last = &p.signal_in_first
    p.mq_last = &p.mq_first
    p.mq_save = &p.mq_first
    p.args = p.inline_args
    p.args_capacity = SAVED_ARGS
    en_spin_lock(&room.lock)
    for tried in range(room.slot_count):
        if host:
            room.hosts += 1
            data = ((<uint64_t>1 << PID_BITS) - room.hosts) & ((<uint64_t>1 << PID_BITS) - 1)
        else:
            data = room.next_data & ((<uint64_t>1 << PID_BITS) - 1)
            room.next_data += 1
        slot = data & (room.slot_count - 1)
        if room.slots[slot] == NULL:
            break
    p.id = make_pid(data)
    p.slot = <uint32_t>slot
    en_storep_rel(<void**>&room.slots[slot], p)
    if slot >= room.high:
        room.high = slot + 1
    en_spin_unlock(&room.lock)
    en_spin_unlock(&p.signal_lock)
    return p

cdef inline size_t offsetof_signal_lock() noexcept nogil:
    cdef Process* p = NULL
    return <size_t>(<char*>&p.signal_lock - <char*>p)

cdef void table_remove(VM* vm, Process* p) noexcept nogil:
    cdef Room* room = room_of(vm)
    en_spin_lock(&room.lock)
    if room.slots[p.slot] == p:
        en_storep_rel(<void**>&room.slots[p.slot], NULL)
    en_spin_unlock(&room.lock)
    en_sub64(&room.count, 1)

cdef void table_recycle(VM* vm, Process* p) noexcept nogil:
    cdef Room* room = room_of(vm)
    en_spin_lock(&room.free_lock)
    p.next = room.free_list
    room.free_list = p
    en_spin_unlock(&room.free_lock)

cdef Process* table_slot(VM* vm, Term pid) noexcept nogil:
    cdef Room* room = room_of(vm)
    return <Process*>en_loadp_acq(<void**>&room.slots[pid_data(pid) & (room.slot_count - 1)])

cdef size_t table_list(VM* vm, Term* out, size_t max_) noexcept nogil:
    cdef Room* room = room_of(vm)
    cdef size_t i, n = 0
    cdef Process* p
    # A process leaves the table under this lock, so each struct seen here still has its pid.
    en_spin_lock(&room.lock)
    for i in range(room.high):
        p = room.slots[i]
        if p != NULL and (en_load32_acq(&p.state) & (PS_EXITING | PS_FREE)) == 0 and not p.host:
            if n < max_:
                out[n] = p.id
            n += 1
    en_spin_unlock(&room.lock)
    return n

"""Clocks and timers. The contract is timer.pxd.

Each scheduler has a queue: a 4-ary heap by due time, and for the timers that Erlang code can name, hash
chains by reference and by destination. A queue's lock guards its entries. A timer lives in the queue
of the scheduler that started it; look-ups by reference try the queues in turn.

A receive timer belongs to its process: expiry only marks it and wakes the process, whose scheduler then
sets PF_TIMED_OUT. Since it is marked under the queue's lock and the process takes that lock to cancel, it can't be gone;
nor can it be gone or run before it is queued, which is done without the lock: a profiler may be told of it. Read next:
scheduler.pyx.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport Heap
from enigma.term.am cimport AM_timeout
from enigma.term.atom cimport atom_from_cstr
from enigma.memory.heap cimport Fragment, FragmentHeap, fragment_free, fragment_heap_init, fragment_heap_take, fragment_new, fragment_data, term_copy, term_copy_size
from enigma.process.process cimport *
from enigma.process.threads cimport *
from enigma.process.table cimport room_of
from enigma.process.runqueue cimport process_enqueue, process_mark_only, scheduler_current, scheduler_wake
from enigma.process.lookup cimport name_whereis, ref_from_ids, ref_next_ids

# Messages are the signal room's; it hands its function over when it is imported.
cdef DeliverMessage g_deliver = NULL

cdef void timer_set_delivery(DeliverMessage deliver) noexcept nogil:
    global g_deliver
    g_deliver = deliver

cdef Term atom_clock_service = atom_from_cstr(b"clock_service")

cdef Term clock_sender() noexcept nogil:
    return atom_clock_service

cdef enum:
    KIND_RECEIVE = 0
    KIND_BIF = 1
    FIRE_AT_ONCE = 500         # timers delivered before the scheduler looks at other work

cdef struct Entry:
    int64_t due                # monotonic ns
    uint64_t order             # of starting: decides between equal due times
    Queue* queue
    int64_t at                 # index in the heap; -1: not in it
    uint32_t kind
    uint32_t fired             # atomic
    Process* process           # KIND_RECEIVE
    Term destination           # KIND_BIF: local pid or atom
    Term message
    Fragment* fragment         # holds message
    uint32_t ids[3]
    Entry* chain               # by reference
    Entry* previous_to         # by destination
    Entry* next_to

cdef struct Queue:
    uint32_t lock              # spin
    uint64_t next_due          # of the heap's top, as two's complement; atomic
    uint64_t order
    Entry** heap
    size_t count
    size_t capacity
    Entry** by_ref             # bucket_count each, a power of two
    Entry** by_destination
    size_t bucket_count
    uint64_t bif_count         # KIND_BIF entries; read without the lock as a hint

cdef struct Clock:
    int64_t origin             # OS monotonic time of the VM's start
    int64_t offset             # monotonic to system time; never changes
    bint is_virtual
    uint64_t now               # virtual monotonic time; atomic

cdef enum:
    NEVER = 0x7fffffffffffffff

# --- clocks -------------------------------------------------------------------------------------------

cdef int64_t clock_os_system() noexcept nogil:
    return en_clock_real_ns()

cdef int64_t clock_os_monotonic() noexcept nogil:
    return en_clock_monotonic_ns()

cdef int64_t clock_monotonic(VM* vm) noexcept nogil:
    cdef Clock* c = <Clock*>vm.time
    if c == NULL:
        return en_clock_monotonic_ns()
    if c.is_virtual:
        return <int64_t>en_load64_acq(&c.now)
    return en_clock_monotonic_ns() - c.origin + <int64_t>CLOCK_START

cdef int64_t clock_offset(VM* vm) noexcept nogil:
    cdef Clock* c = <Clock*>vm.time
    if c == NULL:
        return en_clock_real_ns() - en_clock_monotonic_ns()
    return c.offset

cdef int64_t clock_system(VM* vm) noexcept nogil:
    return clock_monotonic(vm) + clock_offset(vm)

cdef int64_t clock_now(VM* vm) noexcept nogil:
    cdef uint64_t* last = &room_of(vm).last_now
    cdef uint64_t before = en_load64_acq(last), now
    cdef int64_t ns
    while True:
        ns = clock_system(vm)
        now = <uint64_t>(ns // 1000)
        if now <= before:
            now = before + 1
        if en_cas64(last, &before, now):
            return <int64_t>now

cdef int64_t unique_monotonic(VM* vm) noexcept nogil:
    return <int64_t>en_add64(&room_of(vm).monotonic_unique, 1) + <int64_t>LEAST_SMALL

cdef void clock_make_virtual(VM* vm, int64_t system_ns) noexcept nogil:
    cdef Clock* c = <Clock*>vm.time
    c.now = <uint64_t>(<int64_t>CLOCK_START)
    c.offset = system_ns - <int64_t>CLOCK_START
    c.is_virtual = True

cdef bint clock_is_virtual(VM* vm) noexcept nogil:
    cdef Clock* c = <Clock*>vm.time
    return c != NULL and c.is_virtual

cdef void clock_advance(VM* vm, int64_t ns) noexcept nogil:
    cdef Clock* c = <Clock*>vm.time
    if c.is_virtual and ns > 0:
        en_add64(&c.now, <uint64_t>ns)

# --- the heap -----------------------------------------------------------------------------------------

cdef inline bint earlier(Entry* a, Entry* b) noexcept nogil:
    return a.due < b.due or (a.due == b.due and a.order < b.order)

cdef inline void publish_next(Queue* q) noexcept nogil:
    en_store64_rel(&q.next_due, <uint64_t>q.heap[0].due if q.count != 0 else <uint64_t>NEVER)

cdef void sift_up(Queue* q, int64_t at, Entry* e) noexcept nogil:
    cdef int64_t parent
    while at > 0:
        parent = (at - 1) >> 2
        if not earlier(e, q.heap[parent]):
            break
        q.heap[at] = q.heap[parent]
        q.heap[at].at = at
        at = parent
    q.heap[at] = e
    e.at = at

cdef void sift_down(Queue* q, int64_t at, Entry* e) noexcept nogil:
    cdef int64_t child, best, last, n = <int64_t>q.count
    while True:
        child = 4 * at + 1
        if child >= n:
            break
        best = child
        last = child + 4 if child + 4 < n else n
        child += 1
        while child < last:
            if earlier(q.heap[child], q.heap[best]):
                best = child
            child += 1
        if not earlier(q.heap[best], e):
            break
        q.heap[at] = q.heap[best]
        q.heap[at].at = at
        at = best
    q.heap[at] = e
    e.at = at

cdef bint heap_push(Queue* q, Entry* e) noexcept nogil:
    cdef size_t capacity
    cdef Entry** grown
    if q.count == q.capacity:
        capacity = q.capacity * 2 if q.capacity != 0 else 64
        grown = <Entry**>realloc(q.heap, capacity * sizeof(Entry*))
        if grown == NULL:
            return False
        q.heap = grown
        q.capacity = capacity
    q.order += 1
    e.order = q.order
    q.count += 1
    sift_up(q, <int64_t>q.count - 1, e)
    publish_next(q)
    return True

cdef void heap_remove(Queue* q, Entry* e) noexcept nogil:
    cdef int64_t at = e.at
    cdef Entry* last
    if at < 0:
        return
    e.at = -1
    q.count -= 1
    last = q.heap[q.count]
    if last != e:
        if at > 0 and earlier(last, q.heap[(at - 1) >> 2]):
            sift_up(q, at, last)
        else:
            sift_down(q, at, last)
    publish_next(q)

# --- the hash chains ------------------------------------------------------------------------------------

cdef inline size_t bucket_ref(Queue* q, const uint32_t* ids) noexcept nogil:
    return <size_t>((<uint64_t>ids[0] + (<uint64_t>ids[1] << 18) + ids[2]) * <uint64_t>0x9E3779B97F4A7C15 >> 24) & (q.bucket_count - 1)

cdef inline size_t bucket_to(Queue* q, Term destination) noexcept nogil:
    return <size_t>(destination * <uint64_t>0x9E3779B97F4A7C15 >> 24) & (q.bucket_count - 1)

cdef void chain_in(Queue* q, Entry* e) noexcept nogil:
    cdef size_t b = bucket_ref(q, e.ids)
    e.chain = q.by_ref[b]
    q.by_ref[b] = e
    b = bucket_to(q, e.destination)
    e.previous_to = NULL
    e.next_to = q.by_destination[b]
    if e.next_to != NULL:
        e.next_to.previous_to = e
    q.by_destination[b] = e

cdef void chain_out(Queue* q, Entry* e) noexcept nogil:
    cdef Entry** at = &q.by_ref[bucket_ref(q, e.ids)]
    while at[0] != e:
        at = &at[0].chain
    at[0] = e.chain
    if e.previous_to == NULL:
        q.by_destination[bucket_to(q, e.destination)] = e.next_to
    else:
        e.previous_to.next_to = e.next_to
    if e.next_to != NULL:
        e.next_to.previous_to = e.previous_to
    en_store64_rlx(&q.bif_count, q.bif_count - 1)

cdef void widen(Queue* q) noexcept nogil:
    cdef size_t n = q.bucket_count * 4, i
    cdef Entry** refs
    cdef Entry** destinations
    if q.bif_count < q.bucket_count:
        return
    refs = <Entry**>calloc(n, sizeof(Entry*))
    destinations = <Entry**>calloc(n, sizeof(Entry*))
    if refs == NULL or destinations == NULL:
        free(refs)
        free(destinations)
        return
    free(q.by_ref)
    free(q.by_destination)
    q.by_ref = refs
    q.by_destination = destinations
    q.bucket_count = n
    for i in range(q.count):
        if q.heap[i].kind == KIND_BIF:
            chain_in(q, q.heap[i])

# --- life -------------------------------------------------------------------------------------------------

cdef bint timers_init(VM* vm) noexcept nogil:
    cdef Clock* c = <Clock*>calloc(1, sizeof(Clock))
    cdef Queue* q
    cdef int i
    if c == NULL:
        return False
    c.origin = en_clock_monotonic_ns()
    c.offset = en_clock_real_ns() - <int64_t>CLOCK_START
    vm.time = c
    for i in range(vm.scheduler_count):
        q = <Queue*>calloc(1, sizeof(Queue))
        if q == NULL:
            return False
        vm.schedulers[i].timers = q
        q.next_due = <uint64_t>NEVER
        q.bucket_count = 64
        q.by_ref = <Entry**>calloc(q.bucket_count, sizeof(Entry*))
        q.by_destination = <Entry**>calloc(q.bucket_count, sizeof(Entry*))
        if q.by_ref == NULL or q.by_destination == NULL:
            return False
    return True

cdef void entry_free(Entry* e) noexcept nogil:
    if e.fragment != NULL:
        fragment_free(e.fragment, True)
    free(e)

cdef void timers_free(VM* vm) noexcept nogil:
    cdef Queue* q
    cdef size_t k
    cdef int i
    for i in range(vm.scheduler_count):
        if vm.schedulers == NULL or vm.schedulers[i] == NULL:
            continue
        q = <Queue*>vm.schedulers[i].timers
        if q == NULL:
            continue
        for k in range(q.count):
            entry_free(q.heap[k])
        free(q.heap)
        free(q.by_ref)
        free(q.by_destination)
        free(q)
        vm.schedulers[i].timers = NULL
    free(vm.time)
    vm.time = NULL

cdef Scheduler* home_scheduler(VM* vm) noexcept nogil:
    cdef Scheduler* s = scheduler_current()
    return s if s != NULL and s.vm == vm else vm.schedulers[0]

cdef int64_t due_after(VM* vm, int64_t ms) noexcept nogil:
    cdef int64_t ns, due
    if en_mul_overflow(ms, 1000000, &ns) or en_add_overflow(clock_monotonic(vm), ns, &due):
        return <int64_t>NEVER - 1
    return due

cdef bint receive_timer_start(Process* p, int64_t ms) noexcept nogil:
    cdef Scheduler* s
    cdef Queue* q
    cdef Entry* e
    cdef bint ok
    if p.receive_timer != NULL:           # the same receive waits on after a message that did not match
        return True
    s = home_scheduler(p.vm)
    q = <Queue*>s.timers
    e = <Entry*>calloc(1, sizeof(Entry))
    if e == NULL:
        return False
    e.kind = KIND_RECEIVE
    e.process = p
    e.queue = q
    e.at = -1
    e.due = due_after(p.vm, ms)
    en_spin_lock(&q.lock)
    ok = heap_push(q, e)
    en_spin_unlock(&q.lock)
    if not ok:
        free(e)
        return False
    p.receive_timer = <Timer*>e
    p.flags = (p.flags | PF_TIMER_ACTIVE) & ~<uint32_t>PF_TIMED_OUT
    return True

cdef void receive_timer_cancel(Process* p) noexcept nogil:
    cdef Entry* e = <Entry*>p.receive_timer
    cdef Queue* q
    if e != NULL:
        q = e.queue
        en_spin_lock(&q.lock)
        heap_remove(q, e)
        en_spin_unlock(&q.lock)
        free(e)
        p.receive_timer = NULL
    p.flags &= ~<uint32_t>(PF_TIMER_ACTIVE | PF_TIMED_OUT)

cdef bint receive_timer_fired(Process* p) noexcept nogil:
    return p.receive_timer != NULL and en_load32_acq(&(<Entry*>p.receive_timer).fired) != 0

cdef bint bif_timer_start(VM* vm, Process* p, int64_t due, Term destination, Term message, bint with_ref, uint32_t* ids) noexcept nogil:
    cdef Scheduler* s = home_scheduler(vm)
    cdef Queue* q = <Queue*>s.timers
    cdef Entry* e = <Entry*>calloc(1, sizeof(Entry))
    cdef FragmentHeap fh
    cdef Term* hp
    cdef Term ref, copy
    cdef bint ok
    if e == NULL:
        return False
    ref_next_ids(vm, ids)
    e.ids[0] = ids[0]
    e.ids[1] = ids[1]
    e.ids[2] = ids[2]
    fragment_heap_init(&fh)
    copy = term_copy(&fh.heap, message, True)      # literals too: the release of literals does not look here
    ok = copy != 0
    if ok and with_ref:
        ref = ref_from_ids(&fh.heap, ids)
        hp = heap_alloc(&fh.heap, 4)
        ok = ref != 0 and hp != NULL
        if ok:
            hp[0] = make_header(T_TUPLE, 3)
            hp[1] = AM_timeout
            hp[2] = ref
            hp[3] = copy
            copy = make_boxed(hp)
    e.fragment = fragment_heap_take(&fh)
    if not ok:
        entry_free(e)
        return False
    e.kind = KIND_BIF
    e.queue = q
    e.at = -1
    e.due = due
    e.destination = destination
    e.message = copy
    en_spin_lock(&q.lock)
    ok = heap_push(q, e)
    if ok:
        chain_in(q, e)
        en_store64_rlx(&q.bif_count, q.bif_count + 1)
        widen(q)
    en_spin_unlock(&q.lock)
    if not ok:
        entry_free(e)
        return False
    if s != scheduler_current():
        scheduler_wake(s)
    return True

cdef inline int64_t left(VM* vm, int64_t due) noexcept nogil:
    cdef int64_t ns = due - clock_monotonic(vm)
    return (ns + 999999) // 1000000 if ns > 0 else 0

# Finds a timer by its reference; its queue is locked when the answer is not NULL.
cdef Entry* find(VM* vm, const uint32_t* ids) noexcept nogil:
    cdef Scheduler* first = home_scheduler(vm)
    cdef Queue* q
    cdef Entry* e
    cdef int i
    for i in range(vm.scheduler_count):
        q = <Queue*>vm.schedulers[(first.index - 1 + i) % vm.scheduler_count].timers
        if en_load64_rlx(&q.bif_count) == 0:
            continue
        en_spin_lock(&q.lock)
        e = q.by_ref[bucket_ref(q, ids)]
        while e != NULL and not (e.ids[0] == ids[0] and e.ids[1] == ids[1] and e.ids[2] == ids[2]):
            e = e.chain
        if e != NULL:
            return e
        en_spin_unlock(&q.lock)
    return NULL

cdef int64_t bif_timer_cancel(VM* vm, const uint32_t* ids) noexcept nogil:
    cdef Entry* e = find(vm, ids)
    cdef Queue* q
    cdef int64_t ms
    if e == NULL:
        return -1
    q = e.queue
    chain_out(q, e)
    heap_remove(q, e)
    en_spin_unlock(&q.lock)
    ms = left(vm, e.due)
    entry_free(e)
    return ms

cdef int64_t bif_timer_read(VM* vm, const uint32_t* ids) noexcept nogil:
    cdef Entry* e = find(vm, ids)
    cdef int64_t ms
    if e == NULL:
        return -1
    ms = left(vm, e.due)
    en_spin_unlock(&e.queue.lock)
    return ms

cdef void deliver(VM* vm, Entry* e) noexcept nogil:
    cdef Term to = e.destination
    if term_is_atom(to):
        to = name_whereis(vm, to)
    if to != 0 and term_is_local_pid(to):
        g_deliver(vm, atom_clock_service, to, e.message, e.fragment)
        e.fragment = NULL
    entry_free(e)

cdef int64_t timers_run(Scheduler* s) noexcept nogil:
    cdef Queue* q = <Queue*>s.timers
    cdef int64_t due = <int64_t>en_load64_acq(&q.next_due)
    cdef int64_t now
    cdef Entry* e
    cdef Entry* first = NULL
    cdef Entry** last = &first
    cdef Process* woken = NULL
    cdef Process** last_woken = &woken
    cdef Process* p
    cdef int n = 0
    if due == <int64_t>NEVER:
        return -1
    now = clock_monotonic(s.vm)
    if due > now:
        return due - now
    en_spin_lock(&q.lock)
    while q.count != 0 and q.heap[0].due <= now and n < FIRE_AT_ONCE:
        e = q.heap[0]
        heap_remove(q, e)
        n += 1
        if e.kind == KIND_RECEIVE:
            en_store32_rel(&e.fired, 1)
            if process_mark_only(e.process, PS_ACTIVE):
                e.process.next = NULL
                last_woken[0] = e.process
                last_woken = &e.process.next
        else:
            chain_out(q, e)
            e.chain = NULL
            last[0] = e
            last = &e.chain
    en_spin_unlock(&q.lock)
    while woken != NULL:
        p = woken
        woken = p.next
        process_enqueue(p)
    while first != NULL:
        e = first
        first = e.chain
        deliver(s.vm, e)
    due = <int64_t>en_load64_acq(&q.next_due)
    if due == <int64_t>NEVER:
        return -1
    return due - now if due > now else 0

cdef void timers_process_gone(Process* p) noexcept nogil:
    cdef VM* vm = p.vm
    cdef Queue* q
    cdef Entry* e
    cdef Entry* following
    cdef Entry* gone = NULL
    cdef int i
    for i in range(vm.scheduler_count):
        q = <Queue*>vm.schedulers[i].timers
        if en_load64_rlx(&q.bif_count) == 0:
            continue
        en_spin_lock(&q.lock)
        e = q.by_destination[bucket_to(q, p.id)]
        while e != NULL:
            following = e.next_to
            if e.destination == p.id:
                chain_out(q, e)
                heap_remove(q, e)
                e.chain = gone
                gone = e
            e = following
        en_spin_unlock(&q.lock)
    while gone != NULL:
        e = gone
        gone = e.chain
        entry_free(e)

cdef size_t timers_count(VM* vm) noexcept nogil:
    cdef size_t n = 0
    cdef int i
    for i in range(vm.scheduler_count):
        n += en_load64_rlx(&(<Queue*>vm.schedulers[i].timers).bif_count)
    return n

cdef void timers_each(VM* vm, void (*visit)(void* data, Term destination, Term message, int64_t ms) noexcept nogil, void* data) noexcept nogil:
    cdef Queue* q
    cdef Entry* e
    cdef size_t k
    cdef int i
    cdef int64_t left, now = clock_monotonic(vm)
    for i in range(vm.scheduler_count):
        q = <Queue*>vm.schedulers[i].timers
        en_spin_lock(&q.lock)
        for k in range(q.count):
            e = q.heap[k]
            if e.kind == KIND_BIF:
                left = (e.due - now + 999999) // 1000000
                visit(data, e.destination, e.message, left if left > 0 else 0)
        en_spin_unlock(&q.lock)

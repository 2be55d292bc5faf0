"""Finding processes and names, and making references; see lookup.pxd."""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.am cimport *
from enigma.term.boxed cimport *
from enigma.term.number cimport integer_from_bytes
from enigma.memory.heap cimport off_heap_add
from enigma.process.process cimport *
from enigma.process.table cimport *
from enigma.process.registry cimport registry_find, registry_list, registry_put, registry_remove
from enigma.process.runqueue cimport scheduler_current

cdef Process* process_lock(VM* vm, Term pid) noexcept nogil:
    cdef Process* p = table_slot(vm, pid)
    if p == NULL:
        return NULL
    en_spin_lock(&p.signal_lock)
    if p.id == pid and (en_load32_acq(&p.state) & PS_FREE) == 0:
        return p
    en_spin_unlock(&p.signal_lock)
    return NULL

cdef void process_unlock(Process* p) noexcept nogil:
    en_spin_unlock(&p.signal_lock)

cdef bint process_alive(VM* vm, Term pid) noexcept nogil:
    cdef Process* p = process_lock(vm, pid)
    cdef bint alive
    if p == NULL:
        return False
    alive = (en_load32_acq(&p.state) & PS_EXITING) == 0
    en_spin_unlock(&p.signal_lock)
    return alive

cdef size_t process_count(VM* vm) noexcept nogil:
    return en_load64_rlx(&room_of(vm).count)

cdef size_t process_limit(VM* vm) noexcept nogil:
    return room_of(vm).slot_count

cdef size_t process_list(VM* vm, Term* out, size_t max_) noexcept nogil:
    return table_list(vm, out, max_)

cdef bint name_register(VM* vm, Term name, Term pid_or_port) noexcept nogil:
    return registry_put(vm, name, pid_or_port)

cdef Term name_unregister(VM* vm, Term name) noexcept nogil:
    return registry_remove(vm, name, 0)

cdef Term name_whereis(VM* vm, Term name) noexcept nogil:
    return registry_find(vm, name)

cdef size_t name_list(VM* vm, Term* out, size_t max_) noexcept nogil:
    return registry_list(vm, out, max_)

cdef void ref_next_ids(VM* vm, uint32_t* ids) noexcept nogil:
    """Numbers come from vm.unique in runs, one run at a time per scheduler."""
    cdef Scheduler* s = scheduler_current()
    cdef uint64_t n
    if s != NULL and s.vm == vm:
        if s.unique & 1023 == 0:
            s.unique = en_add64(&vm.unique, 1024)
        n = s.unique
        s.unique += 1
    else:
        n = en_add64(&vm.unique, 1024)
    ids[0] = <uint32_t>(n & 0x3ffff)
    ids[1] = <uint32_t>(n >> 18)
    ids[2] = <uint32_t>(n >> 50) + <uint32_t>vm.ref_base

# --- what is unique -----------------------------------------------------------------------------------------

cdef Term unique_integer(VM* vm, Heap* h, bint positive) noexcept nogil:
    cdef Scheduler* s = scheduler_current()
    if s == NULL or s.vm != vm:
        return unique_integer_of(vm, h, 0, en_add64(&vm.unique_integers, 1) + 1, positive)
    s.unique_integers += 1
    return unique_integer_of(vm, h, <uint64_t>s.index, s.unique_integers, positive)

cdef Term unique_integer_of(VM* vm, Heap* h, uint64_t thread, uint64_t counter, bint positive) noexcept nogil:
    cdef int bits = room_of(vm).unique_bits
    cdef uint64_t parts[2]
    cdef uint64_t before
    if counter >> (58 - bits) == 0 and thread >> bits == 0:
        return make_small(<int64_t>(counter << bits | thread) + (1 if positive else <int64_t>LEAST_SMALL))
    parts[0] = counter << bits | thread
    parts[1] = counter >> (64 - bits)
    if positive:
        parts[0] += 1
        if parts[0] == 0:
            parts[1] += 1
    else:
        before = parts[0]
        parts[0] += <uint64_t><int64_t>LEAST_SMALL
        parts[1] -= parts[0] > before           # what is added is negative
    return integer_from_bytes(h, <uint8_t*>parts, sizeof(parts), True, True)

cdef Term ref_from_ids(Heap* h, const uint32_t* ids) noexcept nogil:
    cdef Term* hp = heap_alloc(h, 3)
    if hp == NULL:
        return 0
    hp[0] = make_header(T_REF, REF_ORDINARY)
    hp[1] = <word>ids[0] | (<word>ids[1] << 32)
    hp[2] = ids[2]
    return make_boxed(hp)

cdef Term ref_new(VM* vm, Heap* h) noexcept nogil:
    cdef uint32_t ids[3]
    ref_next_ids(vm, ids)
    return ref_from_ids(h, ids)

cdef Term magic_ref_new(VM* vm, Heap* h, void* magic) noexcept nogil:
    """The object's numbers are made with its first reference."""
    cdef Magic* m = <Magic*>magic
    cdef Term* hp = heap_alloc(h, 6)
    if hp == NULL:
        return 0
    if m.ids[0] == 0 and m.ids[1] == 0 and m.ids[2] == 0:
        ref_next_ids(vm, m.ids)
    en_add64(&m.refc, 1)
    hp[0] = make_header(T_REF, REF_MAGIC)
    hp[1] = <word>m
    hp[3] = <word>m.ids[0] | (<word>m.ids[1] << 32)
    hp[4] = m.ids[2]
    hp[5] = 0
    off_heap_add(h, <OffHeap*>hp, 0)
    return make_boxed(hp)


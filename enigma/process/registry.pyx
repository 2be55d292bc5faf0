"""Registered names. The contract is registry.pxd."""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.process.process cimport *
from enigma.process.table cimport table_slot

cdef enum:
    NEVER_USED = 0
    REMOVED = 1

cdef Registry* registry_new() noexcept nogil:
    cdef Registry* r = <Registry*>calloc(1, sizeof(Registry))
    if r == NULL:
        return NULL
    r.capacity = 64
    r.entries = <NameEntry*>calloc(r.capacity, sizeof(NameEntry))
    if r.entries == NULL:
        free(r)
        return NULL
    return r

cdef void registry_free(Registry* r) noexcept nogil:
    if r != NULL:
        free(r.entries)
        free(r)

cdef inline size_t home(Registry* r, Term name) noexcept nogil:
    return <size_t>((name >> 6) * <uint64_t>0x9E3779B97F4A7C15 >> 20) & (r.capacity - 1)

cdef NameEntry* find(Registry* r, Term name) noexcept nogil:
    cdef size_t i = home(r, name)
    while r.entries[i].name != NEVER_USED:
        if r.entries[i].name == name:
            return &r.entries[i]
        i = (i + 1) & (r.capacity - 1)
    return NULL

cdef void place(Registry* r, Term name, Term value) noexcept nogil:
    cdef size_t i = home(r, name)
    while r.entries[i].name != NEVER_USED:
        i = (i + 1) & (r.capacity - 1)
    r.entries[i].name = name
    r.entries[i].value = value
    r.used += 1
    r.count += 1

cdef bint make_room(Registry* r) noexcept nogil:
    cdef NameEntry* old = r.entries
    cdef size_t n = r.capacity, i
    cdef size_t capacity = n
    while (r.count + 1) * 2 > capacity:
        capacity *= 2
    r.entries = <NameEntry*>calloc(capacity, sizeof(NameEntry))
    if r.entries == NULL:
        r.entries = old
        return False
    r.capacity = capacity
    r.used = 0
    r.count = 0
    for i in range(n):
        if old[i].name > REMOVED:
            place(r, old[i].name, old[i].value)
    free(old)
    return True

cdef bint claim(VM* vm, Term name, Term value) noexcept nogil:
    """Writes a process's registered_name; False if it has one or is going away."""
    cdef Process* p = table_slot(vm, value)
    cdef bint ok
    if p == NULL:
        return False
    en_spin_lock(&p.signal_lock)
    ok = p.id == value and (en_load32_acq(&p.state) & (PS_EXITING | PS_FREE)) == 0 and p.registered_name == 0
    if ok:
        p.registered_name = name
    en_spin_unlock(&p.signal_lock)
    return ok

cdef bint registry_put(VM* vm, Term name, Term value) noexcept nogil:
    cdef Registry* r = <Registry*>vm.registry
    cdef bint ok = False
    cdef size_t i
    en_spin_lock(&r.lock)
    if find(r, name) == NULL and (r.used * 2 < r.capacity or make_room(r)):
        if term_is_local_pid(value):
            ok = claim(vm, name, value)
        else:
            ok = True
            for i in range(r.capacity):
                if r.entries[i].name > REMOVED and r.entries[i].value == value:
                    ok = False
                    break
        if ok:
            place(r, name, value)
    en_spin_unlock(&r.lock)
    return ok

cdef Term registry_remove(VM* vm, Term name, Term only) noexcept nogil:
    cdef Registry* r = <Registry*>vm.registry
    cdef NameEntry* e
    cdef Process* p
    cdef Term value = 0
    en_spin_lock(&r.lock)
    e = find(r, name)
    if e != NULL and (only == 0 or e.value == only):
        value = e.value
        e.name = REMOVED
        e.value = 0
        r.count -= 1
        if term_is_local_pid(value):
            p = table_slot(vm, value)
            if p != NULL:
                en_spin_lock(&p.signal_lock)
                if p.id == value:
                    p.registered_name = 0
                en_spin_unlock(&p.signal_lock)
    en_spin_unlock(&r.lock)
    return value

cdef Term registry_find(VM* vm, Term name) noexcept nogil:
    cdef Registry* r = <Registry*>vm.registry
    cdef NameEntry* e
    cdef Term value = 0
    en_spin_lock(&r.lock)
    e = find(r, name)
    if e != NULL:
        value = e.value
    en_spin_unlock(&r.lock)
    return value

cdef size_t registry_list(VM* vm, Term* out, size_t max_) noexcept nogil:
    cdef Registry* r = <Registry*>vm.registry
    cdef size_t i, n = 0
    en_spin_lock(&r.lock)
    for i in range(r.capacity):
        if r.entries[i].name > REMOVED:
            if n < max_:
                out[n] = r.entries[i].name
            n += 1
    en_spin_unlock(&r.lock)
    return n

"""The ring of saved calls; see saved.pxd."""
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc
from enigma.term.core cimport *
from enigma.term.am cimport *
from enigma.term.boxed cimport *
from enigma.term.pack cimport *
from enigma.code.module cimport Export, export_find
from enigma.process.process cimport *
from enigma.process.watch cimport *
from enigma.trace.room cimport TraceRoom, trace_room

cdef struct SavedCalls:
    uint32_t capacity
    uint32_t count
    uint32_t at                 # the next to be written
    void* calls[1]              # Export* or SAVED_; `capacity` of them


cdef int64_t saved_calls_set(Process* p, int64_t n) noexcept nogil:
    cdef SavedCalls* old = <SavedCalls*>p.saved_calls
    cdef SavedCalls* c = NULL
    cdef int64_t before = old.capacity if old != NULL else 0
    if n > 0:
        c = <SavedCalls*>malloc(sizeof(SavedCalls) + <size_t>n * sizeof(void*))
        if c == NULL:
            return -1
        c.capacity = <uint32_t>n
        c.count = c.at = 0
    p.saved_calls = c
    if c != NULL:
        p.trace_flags |= TF_SAVE_CALLS
    else:
        p.trace_flags &= ~<uint32_t>TF_SAVE_CALLS
    free(old)
    return before


cdef void put(Process* p, void* call) noexcept nogil:
    cdef SavedCalls* c = <SavedCalls*>p.saved_calls
    if c == NULL or p.flags & PF_SENSITIVE:
        return
    c.calls[c.at] = call
    c.at += 1
    if c.at == c.capacity:
        c.at = 0
    if c.count < c.capacity:
        c.count += 1


cdef void saved_calls_export(Process* p, Export* e) noexcept nogil:
    put(p, <void*>e)


cdef inline Export* last_export(Process* p) noexcept nogil:
    cdef SavedCalls* c = <SavedCalls*>p.saved_calls
    cdef void* call
    if c == NULL or c.count == 0:
        return NULL
    call = c.calls[(c.at if c.at > 0 else c.capacity) - 1]
    return <Export*>call if <size_t>call > SAVED_TIMEOUT else NULL


cdef void saved_calls_note(Process* p, int what) noexcept nogil:
    cdef Export* e
    if what == SAVED_SEND:
        # `!` counts as a call of erlang:send/2; whoever calls a BIF that sends has that in the ring already.
        e = last_export(p)
        if e == NULL or e.module != AM_erlang or e.function != AM_send:
            e = export_find(p.vm.code, AM_erlang, AM_send, 2)
            if e != NULL:
                put(p, <void*>e)
    put(p, <void*><size_t>what)


cdef Term saved_calls_list(Process* p, Heap* h) noexcept nogil:
    cdef SavedCalls* c = <SavedCalls*>p.saved_calls
    cdef Term list_ = nil(), t
    cdef Term* q
    cdef Export* e
    cdef size_t call
    cdef uint32_t i, at
    if c == NULL:
        return AM_false
    at = c.at
    for i in range(c.count):
        at = (at if at > 0 else c.capacity) - 1
        call = <size_t>c.calls[at]
        if call <= SAVED_TIMEOUT:
            t = AM_send if call == SAVED_SEND else AM_receive if call == SAVED_RECEIVE else AM_timeout
        else:
            e = <Export*>call
            q = heap_alloc(h, 4)
            if q == NULL:
                return 0
            q[0] = make_header(T_TUPLE, 3)
            q[1] = e.module
            q[2] = e.function
            q[3] = make_small(e.arity)
            t = make_boxed(q)
        q = heap_alloc(h, 2)
        if q == NULL:
            return 0
        list_ = cons(q, t, list_)
    return list_


cdef bint saved_calls_gone(Process* p) noexcept nogil:
    cdef TraceRoom* room = trace_room(p.vm)
    if p.saved_calls == NULL:
        return False
    free(p.saved_calls)
    p.saved_calls = NULL
    return room != NULL and en_sub32(&room.savers, 1) == 1

"""The natives of prim_buffer: a byte queue behind a magic reference, for buffered and line-wise reading.

Users are supposed to take turns (try_lock, unlock); a spin lock keeps the queue whole if they don't.

Read next: io/queue.pxd; the module prim_buffer in OTP's preloaded applications.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memchr
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.bits cimport binary_from_bytes, binary_from_counted, binary_make
from enigma.term.number cimport integer_from_u64, integer_to_i64, integer_to_u64
from enigma.code.module cimport BIF_NIF, bif_register
from enigma.process.process cimport *
from enigma.process.lifecycle cimport magic_ref_new
from enigma.io.native cimport tuple_of_2
from enigma.io.queue cimport *
from enigma.bif.errors cimport *

cdef enum:
    BUFFER_TYPE = 0x62756666         # "buff"

cdef Term atom_acquired = atom_from_cstr(b"acquired")
cdef Term atom_busy = atom_from_cstr(b"busy")
cdef Term atom_not_found = atom_from_cstr(b"not_found")
cdef Term atom_lock_order_violation = atom_from_cstr(b"lock_order_violation")
cdef Term atom_out_of_memory = atom_from_cstr(b"out_of_memory")

cdef struct Buffer:
    Magic magic                      # must be first
    uint32_t lock                    # spin: guards queue
    uint32_t taken                   # atomic: try_lock
    IoQueue queue


cdef void buffer_free(Magic* m) noexcept nogil:
    queue_clear(&(<Buffer*>m).queue)
    free(m)


cdef Buffer* buffer_of(Term t) noexcept nogil:
    if not term_is_magic_ref(t) or magic_of(t).type != BUFFER_TYPE:
        return NULL
    return <Buffer*>magic_of(t)


cdef Term out_of_memory(Process* p) noexcept nogil:
    return fail_value(p, EXC_ERROR, atom_out_of_memory)


cdef Term new_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Buffer* b = <Buffer*>calloc(1, sizeof(Buffer))
    cdef Term t
    if b == NULL:
        return out_of_memory(p)
    b.magic.refc = 1
    b.magic.destructor = buffer_free
    b.magic.type = BUFFER_TYPE
    t = magic_ref_new(p.vm, proc_heap(p), b)
    if en_sub64(&b.magic.refc, 1) == 1:
        buffer_free(&b.magic)
    return t if t != 0 else out_of_memory(p)


cdef Term size_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Buffer* b = buffer_of(args[0])
    cdef size_t size
    if b == NULL:
        return badarg(p)
    en_spin_lock(&b.lock)
    size = b.queue.size
    en_spin_unlock(&b.lock)
    return integer_from_u64(proc_heap(p), size)


cdef Term write_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Buffer* b = buffer_of(args[0])
    cdef Term rest = args[1]
    cdef bint memory, good
    if b == NULL:
        return badarg(p)
    while True:
        en_spin_lock(&b.lock)
        good = queue_put_list(&b.queue, rest, 64, &rest, &memory)
        en_spin_unlock(&b.lock)
        if not good:
            return out_of_memory(p) if memory else badarg(p)
        charge(p, 10)
        if term_is_nil(rest):
            return AM_ok
        if p.reductions_left <= 0:
            args[1] = rest
            return yield_again(p)


cdef Term copying_read_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Buffer* b = buffer_of(args[0])
    cdef uint64_t size
    cdef uint8_t* data
    cdef Term t = 0
    cdef bint enough
    if b == NULL or not term_is_integer(args[1]) or not integer_to_u64(args[1], &size):
        return badarg(p)
    en_spin_lock(&b.lock)
    enough = b.queue.size >= size
    if enough:
        t = binary_make(proc_heap(p), size, &data)
        if t != 0:
            queue_copy(&b.queue, data, size)
            queue_skip(&b.queue, size)
    en_spin_unlock(&b.lock)
    if not enough:
        return badarg(p)
    charge(p, size >> 8)
    return t if t != 0 else out_of_memory(p)


cdef Term peek_head_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Buffer* b = buffer_of(args[0])
    cdef IoChunk* c
    cdef Term t = 0
    cdef bint empty
    if b == NULL:
        return badarg(p)
    en_spin_lock(&b.lock)
    c = b.queue.first
    empty = c == NULL
    if not empty:
        if c.end - c.start <= HEAP_BITS_MAX:
            t = binary_from_bytes(proc_heap(p), c.binary.data + c.start, c.end - c.start)
        else:
            binary_retain(c.binary)
            t = binary_from_counted(proc_heap(p), c.binary, c.start * 8, c.end * 8)
    en_spin_unlock(&b.lock)
    if empty:
        return badarg(p)
    return t if t != 0 else out_of_memory(p)


cdef Term skip_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Buffer* b = buffer_of(args[0])
    cdef uint64_t size
    cdef bint enough
    if b == NULL or not term_is_integer(args[1]) or not integer_to_u64(args[1], &size):
        return badarg(p)
    en_spin_lock(&b.lock)
    enough = b.queue.size >= size
    if enough:
        queue_skip(&b.queue, size)
    en_spin_unlock(&b.lock)
    return AM_ok if enough else badarg(p)


cdef Term find_byte_index_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Buffer* b = buffer_of(args[0])
    cdef int64_t needle
    cdef IoChunk* c
    cdef uint8_t* start
    cdef uint8_t* found = NULL
    cdef size_t before = 0
    cdef Term t
    if b == NULL or not term_is_integer(args[1]) or not integer_to_i64(args[1], &needle) or needle < 0 or needle > 255:
        return badarg(p)
    en_spin_lock(&b.lock)
    c = b.queue.first
    while c != NULL:
        start = c.binary.data + c.start
        found = <uint8_t*>memchr(start, <int>needle, c.end - c.start)
        if found != NULL:
            before += found - start
            break
        before += c.end - c.start
        c = c.next
    en_spin_unlock(&b.lock)
    charge(p, before >> 12)
    if found == NULL:
        return atom_not_found
    t = integer_from_u64(proc_heap(p), before)
    t = tuple_of_2(proc_heap(p), AM_ok, t) if t != 0 else 0
    return t if t != 0 else out_of_memory(p)


cdef Term try_lock_1(void* proc, Term* args) noexcept nogil:
    cdef Buffer* b = buffer_of(args[0])
    cdef uint32_t free_ = 0
    if b == NULL:
        return badarg(<Process*>proc)
    return atom_acquired if en_cas32(&b.taken, &free_, 1) else atom_busy


cdef Term unlock_1(void* proc, Term* args) noexcept nogil:
    cdef Buffer* b = buffer_of(args[0])
    cdef uint32_t taken = 1
    if b == NULL:
        return badarg(<Process*>proc)
    if not en_cas32(&b.taken, &taken, 0):
        return fail_value(<Process*>proc, EXC_ERROR, atom_lock_order_violation)
    return AM_ok


bif_register(b"prim_buffer", b"new", 0, new_0, BIF_NIF)
bif_register(b"prim_buffer", b"size", 1, size_1, BIF_NIF)
bif_register(b"prim_buffer", b"write", 2, write_2, BIF_NIF)
bif_register(b"prim_buffer", b"copying_read", 2, copying_read_2, BIF_NIF)
bif_register(b"prim_buffer", b"peek_head", 1, peek_head_1, BIF_NIF)
bif_register(b"prim_buffer", b"skip", 2, skip_2, BIF_NIF)
bif_register(b"prim_buffer", b"find_byte_index", 2, find_byte_index_2, BIF_NIF)
bif_register(b"prim_buffer", b"try_lock", 1, try_lock_1, BIF_NIF)
bif_register(b"prim_buffer", b"unlock", 1, unlock_1, BIF_NIF)

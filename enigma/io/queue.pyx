"""A queue of shared binaries; see queue.pxd."""
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.bits cimport binary_bytes, binary_new, binary_release

cdef enum:
    SHARE_MIN = 512              # smaller binaries are copied
    GATHER_SIZE = 2048


cdef void drop_first(IoQueue* q) noexcept nogil:
    cdef IoChunk* c = q.first
    q.first = c.next
    if q.first == NULL:
        q.last = NULL
    q.size -= c.end - c.start
    binary_release(c.binary)
    free(c)


cdef void queue_clear(IoQueue* q) noexcept nogil:
    while q.first != NULL:
        drop_first(q)


# Takes the count of b; on failure too.
cdef bint add_chunk(IoQueue* q, Binary* b, size_t start, size_t end, bint gathers) noexcept nogil:
    cdef IoChunk* c = <IoChunk*>malloc(sizeof(IoChunk)) if b != NULL else NULL
    if c == NULL:
        if b != NULL:
            binary_release(b)
        return False
    c.next = NULL
    c.binary = b
    c.start = start
    c.end = end
    c.gathers = gathers
    if q.last != NULL:
        q.last.next = c
    else:
        q.first = c
    q.last = c
    q.size += end - start
    return True


cdef bint queue_put_bytes(IoQueue* q, const uint8_t* data, size_t size) noexcept nogil:
    cdef size_t part
    while size > 0:
        if q.last == NULL or not q.last.gathers or q.last.end == q.last.binary.capacity:
            part = size if size > GATHER_SIZE else GATHER_SIZE
            if not add_chunk(q, binary_new(part), 0, 0, True):
                return False
        part = q.last.binary.capacity - q.last.end
        if part > size:
            part = size
        memcpy(q.last.binary.data + q.last.end, data, part)
        q.last.end += part
        q.size += part
        data += part
        size -= part
    return True


cdef bint queue_put_binary(IoQueue* q, Term t) noexcept nogil:
    cdef const uint8_t* data
    cdef size_t size
    cdef uint8_t* temp = NULL
    cdef SubBits* s
    cdef Binary* b
    cdef bint good
    if not binary_bytes(t, &data, &size, &temp):
        return False
    if size >= SHARE_MIN and temp == NULL and boxed_kind(t) == T_SUB_BITS:
        s = <SubBits*>boxed_ptr(t)
        if boxed_kind(s.orig) == T_BIN_REF:
            b = (<BinRef*>boxed_ptr(s.orig)).binary
            binary_retain(b)
            return add_chunk(q, b, s.start >> 3, (s.start >> 3) + size, False)
    good = queue_put_bytes(q, data, size)
    free(temp)
    return good


cdef void queue_skip(IoQueue* q, size_t size) noexcept nogil:
    cdef IoChunk* c
    while size > 0 and q.first != NULL:
        c = q.first
        if size >= c.end - c.start:
            size -= c.end - c.start
            drop_first(q)
        else:
            c.start += size
            q.size -= size
            return


cdef void queue_copy(IoQueue* q, uint8_t* out, size_t size) noexcept nogil:
    cdef IoChunk* c = q.first
    cdef size_t part
    while size > 0 and c != NULL:
        part = c.end - c.start
        if part > size:
            part = size
        memcpy(out, c.binary.data + c.start, part)
        out += part
        size -= part
        c = c.next


cdef bint queue_put_list(IoQueue* q, Term list_, int limit, Term* rest, bint* memory) noexcept nogil:
    cdef Term t = list_
    cdef int n = 0, i
    memory[0] = False
    while term_is_list(t) and n < limit:
        if not term_is_binary(list_head(t)):
            return False
        n += 1
        t = list_tail(t)
    if not term_is_list(t) and not term_is_nil(t):
        return False
    rest[0] = t
    t = list_
    for i in range(n):
        if not queue_put_binary(q, list_head(t)):
            memory[0] = True
            return False
        t = list_tail(t)
    return True

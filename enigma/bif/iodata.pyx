"""Iodata: the walker, and the BIFs that turn lists into binaries.

Invariant: the walker keeps only tails of lists on its stack, never terms it made, so a walk costs no heap.
A nil tail is not pushed: a list nested a million deep in heads needs no stack.

Read next: iodata.pxd for what iodata is, term/bits.pxd for the copying.
"""
from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.bits cimport binary_from_bytes, binary_make, bits_copy, bits_make, bits_sub
from enigma.term.number cimport integer_from_u64
from enigma.process.process cimport *
from enigma.bif.errors cimport LONG_WORK, away, long_work, badarg, fail
from enigma.code.module cimport bif_register

cdef enum:
    INLINE_DEPTH = 32
    PIECE = 256                # bytes gathered from a list at a time
    IOVEC_LARGE = 8192
    IOVEC_SMALL = 256          # binaries below this are joined with their neighbours
    BYTES_PER_REDUCTION = 64
    LONG_TREE = 100000            # iodata of more cells and binaries is read, and
    LONG_BYTES = 1 << 22          # more bytes are copied off the schedulers


# --- walking ------------------------------------------------------------------------------------------

cdef void iowalk_init(IoWalk* w, Term t) noexcept nogil:
    w.rest = t
    w.stack = w.inline_stack
    w.depth = 0
    w.capacity = INLINE_DEPTH
    w.failed = False
    w.piece = 0
    w.bits = 0


cdef void iowalk_free(IoWalk* w) noexcept nogil:
    if w.stack != w.inline_stack:
        free(w.stack)
        w.stack = w.inline_stack


cdef bint iowalk_push(IoWalk* w, Term t) noexcept nogil:
    cdef Term* bigger
    if w.depth == w.capacity:
        if w.stack == w.inline_stack:
            bigger = <Term*>malloc(2 * w.capacity * sizeof(Term))
            if bigger != NULL:
                memcpy(bigger, w.stack, w.depth * sizeof(Term))
        else:
            bigger = <Term*>realloc(w.stack, 2 * w.capacity * sizeof(Term))
        if bigger == NULL:
            w.failed = True
            return False
        w.stack = bigger
        w.capacity *= 2
    w.stack[w.depth] = t
    w.depth += 1
    return True


cdef inline bint term_is_byte(Term t) noexcept nogil:
    return term_is_small(t) and <word>small_value(t) < 256


cdef bint iowalk_next_bits(IoWalk* w, const uint8_t** data, word* offset, word* bits) noexcept nogil:
    cdef Term t = w.rest
    cdef Term head
    cdef uint8_t* base
    cdef size_t n
    w.piece = 0
    while True:
        if term_is_list(t):
            head = list_head(t)
            if term_is_byte(head):
                n = 0
                while True:
                    w.buffer[n] = <uint8_t>small_value(head)
                    n += 1
                    t = list_tail(t)
                    if n == PIECE or not term_is_list(t):
                        break
                    head = list_head(t)
                    if not term_is_byte(head):
                        break
                w.rest = t
                data[0] = w.buffer
                offset[0] = 0
                bits[0] = n * 8
                return True
            t = list_tail(t)
            if term_is_nil(head):
                continue
            if term_is_list(head):
                if not term_is_nil(t) and not iowalk_push(w, t):
                    return False
                t = head
                continue
        elif term_is_nil(t):
            if w.depth == 0:
                w.rest = t
                return False
            w.depth -= 1
            t = w.stack[w.depth]
            continue
        else:                   # a binary for a tail, or all there is
            head = t
            t = nil()
        if not term_is_bitstring(head):
            w.failed = True
            return False
        w.rest = t
        w.piece = head
        bits_fetch(head, &base, offset, bits)
        data[0] = base
        return True


cdef bint iowalk_next(IoWalk* w, const uint8_t** data, size_t* size) noexcept nogil:
    cdef word n
    if w.bits == 0:
        if not iowalk_next_bits(w, &w.base, &w.offset, &w.bits):
            return False
        if w.bits & 7:
            w.failed = True
            return False
        if (w.offset & 7) == 0:
            data[0] = w.base + (w.offset >> 3)
            size[0] = w.bits >> 3
            w.bits = 0
            return True
    n = w.bits if w.bits < PIECE * 8 else PIECE * 8
    bits_copy(w.base, w.offset, w.buffer, 0, n)
    w.offset += n
    w.bits -= n
    data[0] = w.buffer
    size[0] = n >> 3
    return True


# All bits of a tree; `bytes_only` fails on bitstrings that are no binaries. *more becomes True if there is more to look at
# than `limit`: then *out means nothing.
cdef bint tree_size(Term t, bint bytes_only, size_t limit, word* out, bint* more) noexcept nogil:
    cdef IoWalk w
    cdef Term* cell
    cdef Term head
    cdef word bits
    cdef word total = 0
    cdef size_t looked = 0
    more[0] = False
    iowalk_init(&w, t)
    while not w.failed:
        if term_is_list(t):
            if looked >= limit:
                more[0] = True
                break
            looked += 1
            cell = list_cell(t)
            head = cell[0]
            t = cell[1]
            if term_is_byte(head):
                total += 8
                continue
            if term_is_list(head):
                if not term_is_nil(t) and not iowalk_push(&w, t):
                    break
                t = head
                continue
            if term_is_nil(head):
                continue
        elif term_is_nil(t):
            if w.depth == 0:
                break
            w.depth -= 1
            t = w.stack[w.depth]
            continue
        else:                   # a binary for a tail, or all there is
            head = t
            t = nil()
        if not term_is_bitstring(head):
            w.failed = True
            break
        looked += 1
        bits = bits_size(head)
        if (bytes_only and bits & 7) or total + bits < total:
            w.failed = True
        total += bits
    iowalk_free(&w)
    out[0] = total
    return not w.failed


cdef bint iodata_size(Term t, size_t* out) noexcept nogil:
    cdef word bits
    cdef bint more
    if not tree_size(t, True, <size_t>-1, &bits, &more):
        return False
    out[0] = bits >> 3
    return True


cdef bint iodata_copy(Term t, uint8_t* out) noexcept nogil:
    cdef IoWalk w
    cdef Term* cell
    cdef Term head
    cdef uint8_t* base
    cdef word offset, bits
    iowalk_init(&w, t)
    while True:
        if term_is_list(t):
            cell = list_cell(t)
            head = cell[0]
            t = cell[1]
            if term_is_byte(head):
                out[0] = <uint8_t>small_value(head)
                out += 1
                continue
            if term_is_list(head):
                if not term_is_nil(t) and not iowalk_push(&w, t):
                    break
                t = head
                continue
            if term_is_nil(head):
                continue
        elif term_is_nil(t):
            if w.depth == 0:
                break
            w.depth -= 1
            t = w.stack[w.depth]
            continue
        else:
            head = t
            t = nil()
        if not term_is_binary(head):
            w.failed = True
            break
        bits_fetch(head, &base, &offset, &bits)
        if offset & 7:
            bits_copy(base, offset, out, 0, bits)
        else:
            memcpy(out, base + (offset >> 3), bits >> 3)
        out += bits >> 3
    iowalk_free(&w)
    return not w.failed


# --- BIFs ---------------------------------------------------------------------------------------------

# What has more in it than this is work for the blocking pool; where the process may go there, else there is no limit.
cdef inline size_t limit_here(Process* p) noexcept nogil:
    return LONG_TREE if long_work(p, LONG_WORK + 1) else <size_t>-1


# The bits of an argument. False: the BIF is to return *refusal.
cdef inline bint size_of(Process* p, Term t, bint bytes_only, word* bits, Term* refusal) noexcept nogil:
    cdef bint more
    if not tree_size(t, bytes_only, limit_here(p), bits, &more):
        refusal[0] = badarg(p)
        return False
    if more:
        refusal[0] = away(p)
        return False
    charge(p, <int64_t>(1 + (bits[0] >> 3) / BYTES_PER_REDUCTION))
    return True


cdef Term iolist_size_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef word bits
    cdef Term t
    if not size_of(p, args[0], True, &bits, &t):
        return t
    t = integer_from_u64(proc_heap(p), bits >> 3)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term tree_to_binary(Process* p, Term t) noexcept nogil:
    cdef word bits
    cdef uint8_t* data
    cdef Term result
    if not size_of(p, t, True, &bits, &result):
        return result
    if bits >> 3 > LONG_BYTES and long_work(p, LONG_WORK + 1):
        return away(p)
    result = binary_make(proc_heap(p), bits >> 3, &data)
    if result == 0 or not iodata_copy(t, data):
        return fail(p, EXC_SYSTEM_LIMIT)
    return result


cdef Term iolist_to_binary_1(void* proc, Term* args) noexcept nogil:
    if term_is_bitstring(args[0]):
        return args[0] if term_is_binary(args[0]) else badarg(<Process*>proc)
    return tree_to_binary(<Process*>proc, args[0])


cdef Term list_to_binary_1(void* proc, Term* args) noexcept nogil:
    if not term_is_list(args[0]) and not term_is_nil(args[0]):
        return badarg(<Process*>proc)
    return tree_to_binary(<Process*>proc, args[0])


cdef Term list_to_bitstring_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef IoWalk w
    cdef const uint8_t* from_
    cdef uint8_t* data
    cdef word offset, bits, total
    cdef word at = 0
    cdef Term result
    if not term_is_list(args[0]) and not term_is_nil(args[0]):
        return badarg(p)
    if not size_of(p, args[0], False, &total, &result):
        return result
    result = bits_make(proc_heap(p), total, &data)
    if result == 0:
        return fail(p, EXC_SYSTEM_LIMIT)
    iowalk_init(&w, args[0])
    while iowalk_next_bits(&w, &from_, &offset, &bits):
        bits_copy(from_, offset, data, at, bits)
        at += bits
    iowalk_free(&w)
    if w.failed:
        return fail(p, EXC_SYSTEM_LIMIT)
    return result


# A list under construction, front to back.
cdef struct Output:
    Process* process
    Term first
    Term* last               # where the next cell's term goes
    uint8_t* bytes_          # small pieces waiting to become one binary
    size_t size
    size_t capacity
    size_t room              # grows as they come; what is as large as IOVEC_LARGE does not grow for a binary


cdef bint output_binary(Output* o, Term binary) noexcept nogil:
    cdef Term* cell
    if binary == 0:
        return False
    cell = proc_alloc(o.process, 2)
    if cell == NULL:
        return False
    o.last[0] = cons(cell, binary, nil())
    o.last = cell + 1
    return True


cdef bint output_flush(Output* o) noexcept nogil:
    cdef size_t n = o.size
    if n == 0:
        return True
    o.size = 0
    o.room = 0
    return output_binary(o, binary_from_bytes(proc_heap(o.process), o.bytes_, n))


cdef bint output_bytes(Output* o, const uint8_t* base, word offset, size_t n, bint binary) noexcept nogil:
    cdef uint8_t* bigger
    cdef size_t capacity
    if binary and o.size + n > o.room and o.room >= IOVEC_LARGE and not output_flush(o):
        return False
    if o.size + n > o.room:
        o.room = o.size + n if o.size + n > 2 * o.room else 2 * o.room
        if o.room < IOVEC_SMALL:
            o.room = IOVEC_SMALL
    if o.size + n > o.capacity:
        capacity = 2 * (o.size + n)
        bigger = <uint8_t*>realloc(o.bytes_, capacity)
        if bigger == NULL:
            return False
        o.bytes_ = bigger
        o.capacity = capacity
    bits_copy(base, offset, o.bytes_ + o.size, 0, n << 3)
    o.size += n
    return True


cdef Term iolist_to_iovec_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef IoWalk w
    cdef Output o
    cdef const uint8_t* base
    cdef word offset, bits
    cdef size_t size, head
    cdef Term refusal
    cdef bint ok = True
    o.process = p
    o.first = nil()
    o.last = &o.first
    o.bytes_ = NULL
    o.size = 0
    o.capacity = 0
    o.room = 0
    if term_is_binary(args[0]):
        if bits_size(args[0]) != 0 and not output_binary(&o, args[0]):
            return fail(p, EXC_SYSTEM_LIMIT)
        return o.first
    if not size_of(p, args[0], True, &bits, &refusal):
        return refusal
    iowalk_init(&w, args[0])
    while ok and iowalk_next_bits(&w, &base, &offset, &bits):
        size = bits >> 3
        if bits & 7:
            w.failed = True
        if w.failed or size == 0:
            continue
        if w.piece == 0:
            ok = output_bytes(&o, base, offset, size, False)
        elif size >= IOVEC_SMALL and (o.size == 0 or o.size >= IOVEC_SMALL):
            ok = output_flush(&o) and output_binary(&o, w.piece)
        elif size < IOVEC_SMALL or o.size + size < 2 * IOVEC_SMALL:
            ok = output_bytes(&o, base, offset, size, True)
        else:                    # as much of it as makes what waits large enough, and the rest by itself
            head = IOVEC_SMALL - o.size
            ok = output_bytes(&o, base, offset, head, True) and output_flush(&o) \
                and output_binary(&o, bits_sub(proc_heap(p), w.piece, head << 3, (size - head) << 3))
    iowalk_free(&w)
    ok = ok and not w.failed and output_flush(&o)
    free(o.bytes_)
    return o.first if ok else fail(p, EXC_SYSTEM_LIMIT)


bif_register(b"erlang", b"iolist_size", 1, iolist_size_1, 0)
bif_register(b"erlang", b"iolist_to_binary", 1, iolist_to_binary_1, 0)
bif_register(b"erlang", b"list_to_binary", 1, list_to_binary_1, 0)
bif_register(b"erlang", b"list_to_bitstring", 1, list_to_bitstring_1, 0)
bif_register(b"erlang", b"iolist_to_iovec", 1, iolist_to_iovec_1, 0)

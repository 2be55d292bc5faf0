# distutils: libraries = z crypto
"""CRC-32, Adler-32 and MD5 over iodata; the sums come from zlib, the digest from libcrypto.

An MD5 context is a binary of 88 bytes: four state words, the length in bits as two words, and the
64-byte block under way. It says nothing that libcrypto would have to trust: the fill of the block
follows from the length.

Read next: iodata.pxd for the walker.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.bits cimport binary_from_bytes, bits_copy
from enigma.process.process cimport *
from enigma.bif.errors cimport LONG_WORK, away, badarg, fail, long_work
from enigma.bif.iodata cimport IoWalk, iowalk_free, iowalk_init, iowalk_next
from enigma.memory.heap cimport term_exceeds
from enigma.code.module cimport bif_register

cdef extern from "zlib.h" nogil:
    ctypedef unsigned long uLong
    uLong crc32_z(uLong crc, const uint8_t* data, size_t size)
    uLong adler32_z(uLong adler, const uint8_t* data, size_t size)
    uLong crc32_combine(uLong a, uLong b, long size_b)
    uLong adler32_combine(uLong a, uLong b, long size_b)

# The one-shot functions of libcrypto cannot save their state in a term; these can.
cdef extern from * nogil:
    """
    #define OPENSSL_SUPPRESS_DEPRECATED 1
    #include <openssl/md5.h>
    """
    ctypedef struct MD5_CTX:
        unsigned int A, B, C, D, Nl, Nh
        unsigned int data[16]
        unsigned int num
    int MD5_Init(MD5_CTX* c)
    int MD5_Update(MD5_CTX* c, const void* data, size_t size)
    int MD5_Final(unsigned char* out, MD5_CTX* c)

cdef enum:
    BYTES_PER_REDUCTION = 256
    LONG_WORDS = 50000            # iodata of more (64 bytes of a binary are a word) is read off the schedulers
    MD5_CONTEXT = 88

ctypedef uLong (*Sum)(uLong sum_, const uint8_t* data, size_t size) noexcept nogil


cdef inline bint get_u32(Term t, uint32_t* out) noexcept nogil:
    if not term_is_small(t) or <word>small_value(t) > 0xFFFFFFFFu:
        return False
    out[0] = <uint32_t>small_value(t)
    return True


# Some milliseconds, as md5 goes.
cdef inline bint large(Process* p, Term t) noexcept nogil:
    return (term_is_list(t) or term_is_boxed(t)) and long_work(p, LONG_WORK + 1) and term_exceeds(t, LONG_WORDS)


cdef Term sum_iodata(Process* p, Sum f, uint32_t start, Term t) noexcept nogil:
    cdef IoWalk w
    cdef const uint8_t* data
    cdef size_t size
    cdef size_t total = 0
    cdef uLong s = start
    if large(p, t):
        return away(p)
    iowalk_init(&w, t)
    while iowalk_next(&w, &data, &size):
        s = f(s, data, size)
        total += size
    iowalk_free(&w)
    if w.failed:
        return badarg(p)
    charge(p, <int64_t>(1 + total / BYTES_PER_REDUCTION))
    return make_small(<int64_t>(s & 0xFFFFFFFFu))


cdef uLong crc_of(uLong s, const uint8_t* data, size_t size) noexcept nogil:
    return crc32_z(s, data, size) if size else s      # zlib takes a NULL address for a request to start


cdef uLong adler_of(uLong s, const uint8_t* data, size_t size) noexcept nogil:
    return adler32_z(s, data if size else <const uint8_t*>b"", size)     # reduces `s` even for no bytes


cdef Term crc32_1(void* proc, Term* args) noexcept nogil:
    return sum_iodata(<Process*>proc, crc_of, 0, args[0])


cdef Term crc32_2(void* proc, Term* args) noexcept nogil:
    cdef uint32_t start
    if not get_u32(args[0], &start):
        return badarg(<Process*>proc)
    return sum_iodata(<Process*>proc, crc_of, start, args[1])


cdef Term adler32_1(void* proc, Term* args) noexcept nogil:
    return sum_iodata(<Process*>proc, adler_of, 1, args[0])


cdef Term adler32_2(void* proc, Term* args) noexcept nogil:
    cdef uint32_t start
    if not get_u32(args[0], &start):
        return badarg(<Process*>proc)
    return sum_iodata(<Process*>proc, adler_of, start, args[1])


cdef Term crc32_combine_3(void* proc, Term* args) noexcept nogil:
    cdef uint32_t a, b, size
    if not get_u32(args[0], &a) or not get_u32(args[1], &b) or not get_u32(args[2], &size):
        return badarg(<Process*>proc)
    return make_small(<int64_t>(crc32_combine(a, b, size) & 0xFFFFFFFFu))


cdef Term adler32_combine_3(void* proc, Term* args) noexcept nogil:
    cdef uint32_t a, b, size
    if not get_u32(args[0], &a) or not get_u32(args[1], &b) or not get_u32(args[2], &size):
        return badarg(<Process*>proc)
    if size == 0:
        return args[0]
    return make_small(<int64_t>(adler32_combine(a, b, size) & 0xFFFFFFFFu))


# --- MD5 ------------------------------------------------------------------------------------------------

cdef bint md5_add(Process* p, MD5_CTX* c, Term t) noexcept nogil:
    cdef IoWalk w
    cdef const uint8_t* data
    cdef size_t size
    cdef size_t total = 0
    iowalk_init(&w, t)
    while iowalk_next(&w, &data, &size):
        MD5_Update(c, data, size)
        total += size
    iowalk_free(&w)
    charge(p, <int64_t>(1 + total / BYTES_PER_REDUCTION))
    return not w.failed


cdef Term md5_context(Process* p, MD5_CTX* c) noexcept nogil:
    cdef uint8_t out[MD5_CONTEXT]
    cdef uint32_t words[6]
    cdef Term t
    words[0] = c.A
    words[1] = c.B
    words[2] = c.C
    words[3] = c.D
    words[4] = c.Nl
    words[5] = c.Nh
    memcpy(out, words, 24)
    memcpy(out + 24, c.data, 64)
    t = binary_from_bytes(proc_heap(p), out, MD5_CONTEXT)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef bint md5_read(Term t, MD5_CTX* c) noexcept nogil:
    cdef uint8_t bytes_[MD5_CONTEXT]
    cdef uint8_t* base
    cdef word offset, bits
    cdef uint32_t words[6]
    if not term_is_bitstring(t) or bits_size(t) != MD5_CONTEXT * 8:
        return False
    bits_fetch(t, &base, &offset, &bits)
    bits_copy(base, offset, bytes_, 0, bits)
    memcpy(words, bytes_, 24)
    c.A = words[0]
    c.B = words[1]
    c.C = words[2]
    c.D = words[3]
    c.Nl = words[4]
    c.Nh = words[5]
    memcpy(c.data, bytes_ + 24, 64)
    c.num = (c.Nl >> 3) & 63
    return True


cdef Term md5_digest(Process* p, MD5_CTX* c) noexcept nogil:
    cdef uint8_t out[16]
    cdef Term t
    MD5_Final(out, c)
    t = binary_from_bytes(proc_heap(p), out, 16)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term md5_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef MD5_CTX c
    if large(p, args[0]):
        return away(p)
    MD5_Init(&c)
    if not md5_add(p, &c, args[0]):
        return badarg(p)
    return md5_digest(p, &c)


cdef Term md5_init_0(void* proc, Term* args) noexcept nogil:
    cdef MD5_CTX c
    MD5_Init(&c)
    return md5_context(<Process*>proc, &c)


cdef Term md5_update_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef MD5_CTX c
    if large(p, args[1]):
        return away(p)
    if not md5_read(args[0], &c) or not md5_add(p, &c, args[1]):
        return badarg(p)
    return md5_context(p, &c)


cdef Term md5_final_1(void* proc, Term* args) noexcept nogil:
    cdef MD5_CTX c
    if not md5_read(args[0], &c):
        return badarg(<Process*>proc)
    return md5_digest(<Process*>proc, &c)


bif_register(b"erlang", b"crc32", 1, crc32_1, 0)
bif_register(b"erlang", b"crc32", 2, crc32_2, 0)
bif_register(b"erlang", b"crc32_combine", 3, crc32_combine_3, 0)
bif_register(b"erlang", b"adler32", 1, adler32_1, 0)
bif_register(b"erlang", b"adler32", 2, adler32_2, 0)
bif_register(b"erlang", b"adler32_combine", 3, adler32_combine_3, 0)
bif_register(b"erlang", b"md5", 1, md5_1, 0)
bif_register(b"erlang", b"md5_init", 0, md5_init_0, 0)
bif_register(b"erlang", b"md5_update", 2, md5_update_2, 0)
bif_register(b"erlang", b"md5_final", 1, md5_final_1, 0)

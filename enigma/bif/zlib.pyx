# distutils: libraries = z
"""The natives of zlib: streams behind magic references, fed from a queue of binaries.

A call takes a chunk of queued input and makes at most a chunk of output, so that the module above can loop with
reductions in between. Only the controlling process may use a stream, so its state needs no lock.

Invariant: `state` says which of deflateEnd and inflateEnd the z_stream still needs. A queue that has been given to the
codec is dequeued by exactly what the codec consumed.

Read next: io/queue.pxd; the module zlib in OTP's preloaded applications.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.bits cimport binary_from_bytes, binary_from_counted, binary_new, binary_release
from enigma.term.number cimport integer_from_u64, integer_to_i64
from enigma.memory.heap cimport Fragment, FragmentHeap, fragment_free, fragment_heap_init, fragment_heap_take, term_copy
from enigma.code.module cimport BIF_NIF, bif_register
from enigma.process.process cimport *
from enigma.process.lifecycle cimport magic_ref_new
from enigma.io.native cimport Bytes, bytes_put_iodata, tuple_of_2, tuple_of_3
from enigma.io.queue cimport *
from enigma.bif.errors cimport *

cdef extern from "zlib.h" nogil:
    ctypedef struct z_stream:
        const uint8_t* next_in
        unsigned int avail_in
        uint8_t* next_out
        unsigned int avail_out
        unsigned long adler
        int data_type
    int deflateInit2(z_stream*, int, int, int, int, int)
    int deflate(z_stream*, int)
    int deflateEnd(z_stream*)
    int deflateReset(z_stream*)
    int deflateParams(z_stream*, int, int)
    int deflateSetDictionary(z_stream*, const uint8_t*, unsigned int)
    int inflateInit2(z_stream*, int)
    int inflate(z_stream*, int)
    int inflateEnd(z_stream*)
    int inflateReset(z_stream*)
    int inflateSetDictionary(z_stream*, const uint8_t*, unsigned int)
    int inflateGetDictionary(z_stream*, uint8_t*, unsigned int*)
    unsigned long crc32(unsigned long, const uint8_t*, unsigned int)
    unsigned long adler32(unsigned long, const uint8_t*, unsigned int)
    int Z_NO_FLUSH, Z_OK, Z_STREAM_END, Z_NEED_DICT, Z_ERRNO, Z_STREAM_ERROR, Z_DATA_ERROR, Z_MEM_ERROR, Z_BUF_ERROR
    int Z_VERSION_ERROR, Z_BINARY

cdef enum:
    STREAM_TYPE = 0x7A6C6962         # "zlib"
    STATE_NONE = 0
    STATE_DEFLATE = 1
    STATE_INFLATE = 2
    STATE_CLOSED = 3
    STATE_ANY = -1                   # for stream_of
    END_ERROR = 0                    # what more input after the end of a stream means
    END_RESET = 1
    END_CUT = 2
    DICTIONARY_MAX = 32768
    CHUNK_MAX = 1 << 30

cdef Term atom_not_on_controlling_process = atom_from_cstr(b"not_on_controlling_process")
cdef Term atom_not_initialized = atom_from_cstr(b"not_initialized")
cdef Term atom_already_initialized = atom_from_cstr(b"already_initialized")
cdef Term atom_finished = atom_from_cstr(b"finished")
cdef Term atom_need_dictionary = atom_from_cstr(b"need_dictionary")
cdef Term atom_empty = atom_from_cstr(b"empty")
cdef Term atom_stream_end = atom_from_cstr(b"stream_end")
cdef Term atom_stream_error = atom_from_cstr(b"stream_error")
cdef Term atom_data_error = atom_from_cstr(b"data_error")
cdef Term atom_mem_error = atom_from_cstr(b"mem_error")
cdef Term atom_buf_error = atom_from_cstr(b"buf_error")
cdef Term atom_version_error = atom_from_cstr(b"version_error")
cdef Term atom_unknown_error = atom_from_cstr(b"unknown_error")

ctypedef int (*Codec)(z_stream*, int) noexcept nogil

cdef struct Stream:
    Magic magic                      # must be first
    z_stream z
    int state                        # STATE_
    int end_behaviour                # END_
    bint raw
    bint end_seen
    bint count_input                 # which of the checksums zlib:crc32/1 gives is kept
    bint count_output
    unsigned long input_crc
    unsigned long output_crc
    int buffer_size                  # of zlib:inflateChunk
    Term controller                  # pid; atomic
    IoQueue input
    Term stash                       # 0: none
    Fragment* stash_fragment


# --- streams ------------------------------------------------------------------------------------------------
cdef void stash_drop(Stream* s) noexcept nogil:
    if s.stash_fragment != NULL:
        fragment_free(s.stash_fragment, True)
    s.stash_fragment = NULL
    s.stash = 0


cdef void input_reset(Stream* s) noexcept nogil:
    queue_clear(&s.input)
    stash_drop(s)


cdef void stream_close(Stream* s) noexcept nogil:
    if s.state == STATE_DEFLATE:
        deflateEnd(&s.z)
    elif s.state == STATE_INFLATE:
        inflateEnd(&s.z)
    if s.state != STATE_CLOSED:
        input_reset(s)
    s.state = STATE_CLOSED


cdef void stream_free(Magic* m) noexcept nogil:
    stream_close(<Stream*>m)
    free(m)


cdef Term raise_atom(Process* p, Term reason) noexcept nogil:
    return fail_value(p, EXC_ERROR, reason)


# The stream of args[0] if this process may use it and its state is the wanted one (STATE_ANY: whatever it is).
# NULL: the exception has been set.
cdef Stream* stream_of(Process* p, Term t, int state) noexcept nogil:
    cdef Stream* s
    if not term_is_magic_ref(t) or magic_of(t).type != STREAM_TYPE:
        badarg(p)
        return NULL
    s = <Stream*>magic_of(t)
    if en_load64_acq(&s.controller) != p.id:
        raise_atom(p, atom_not_on_controlling_process)
        return NULL
    if state != STATE_ANY and s.state != state:
        raise_atom(p, atom_already_initialized if state == STATE_NONE else atom_not_initialized)
        return NULL
    return s


# zlib's verdict as the value or exception that the module above expects.
cdef Term verdict(Process* p, int code) noexcept nogil:
    if code == Z_OK:
        return AM_ok
    if code == Z_STREAM_END:
        return atom_stream_end
    if code == Z_STREAM_ERROR:
        return raise_atom(p, atom_stream_error)
    if code == Z_DATA_ERROR:
        return raise_atom(p, atom_data_error)
    if code == Z_MEM_ERROR:
        return atom_mem_error
    if code == Z_BUF_ERROR:
        return atom_buf_error
    if code == Z_VERSION_ERROR:
        return atom_version_error
    return atom_unknown_error


cdef bint get_int(Term t, int* out) noexcept nogil:
    cdef int64_t v
    if not term_is_integer(t) or not integer_to_i64(t, &v) or v < -2147483648 or v > 2147483647:
        return False
    out[0] = <int>v
    return True


cdef Term open_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = <Stream*>calloc(1, sizeof(Stream))
    cdef Term t
    if s == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    s.magic.refc = 1
    s.magic.destructor = stream_free
    s.magic.type = STREAM_TYPE
    s.z.data_type = Z_BINARY
    s.end_behaviour = END_CUT
    s.controller = p.id
    s.buffer_size = 4000
    t = magic_ref_new(p.vm, proc_heap(p), s)
    if en_sub64(&s.magic.refc, 1) == 1:
        stream_free(&s.magic)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term close_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_ANY)
    if s == NULL:
        return 0
    if s.state == STATE_CLOSED:
        return raise_atom(p, atom_not_initialized)
    stream_close(s)
    return AM_ok


cdef Term set_controller_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s
    if not term_is_local_pid(args[1]):
        return badarg(p)
    s = stream_of(p, args[0], STATE_ANY)
    if s == NULL:
        return 0
    en_store64_rel(&s.controller, args[1])
    return AM_ok


# --- the codec --------------------------------------------------------------------------------------------------
# Feeds at most in_limit queued bytes; flushes once the queue is empty and there is room for more output.
cdef int codec_run(Process* p, Stream* s, Codec codec, size_t in_limit, int flush, size_t* consumed) noexcept nogil:
    cdef IoChunk* c = s.input.first
    cdef size_t size, used
    cdef int code = Z_OK
    consumed[0] = 0
    while code == Z_OK and c != NULL and consumed[0] < in_limit:
        size = c.end - c.start
        if size > in_limit:
            size = in_limit
        s.z.next_in = c.binary.data + c.start
        s.z.avail_in = <unsigned int>size
        code = codec(&s.z, Z_NO_FLUSH)
        used = size - s.z.avail_in
        consumed[0] += used
        if s.count_input:
            s.input_crc = crc32(s.input_crc, c.binary.data + c.start, <unsigned int>used)
        charge(p, 1 + (used >> 5))
        if used < c.end - c.start:
            break                    # the rest of this chunk comes first
        c = c.next
    queue_skip(&s.input, consumed[0])
    if code == Z_OK and s.input.size == 0 and s.z.avail_out > 0:
        s.z.next_in = NULL
        s.z.avail_in = 0
        code = codec(&s.z, flush)
    return code


cdef Term codec_call(Process* p, Stream* s, Term* args, Codec codec) noexcept nogil:
    cdef int in_limit, out_limit, flush, code
    cdef size_t consumed, produced
    cdef Heap* h = proc_heap(p)
    cdef Binary* out
    cdef Term list_ = nil(), t
    cdef Term* cell
    if (not get_int(args[1], &in_limit) or not get_int(args[2], &out_limit) or not get_int(args[3], &flush)
            or in_limit <= 0 or out_limit <= 0 or out_limit > CHUNK_MAX):
        return badarg(p)
    out = binary_new(out_limit)
    if out == NULL:
        return atom_mem_error
    s.z.next_out = out.data
    s.z.avail_out = out_limit
    code = codec_run(p, s, codec, in_limit, flush, &consumed)
    produced = out_limit - s.z.avail_out
    if code < 0 and code != Z_BUF_ERROR:
        binary_release(out)
        return verdict(p, code)
    if code == Z_STREAM_END:
        s.end_seen = True
    if s.count_output:
        s.output_crc = crc32(s.output_crc, out.data, <unsigned int>produced)
    charge(p, produced >> 6)
    if consumed == 0 and produced == 0 and s.input.size != 0 and code != Z_NEED_DICT:
        binary_release(out)
        return raise_atom(p, atom_data_error)      # no progress: the input is damaged
    if produced == 0:
        binary_release(out)
    else:
        if produced > HEAP_BITS_MAX and produced > <size_t>out_limit // 2:
            out.size = produced
            t = binary_from_counted(h, out, 0, produced * 8)
        else:
            t = binary_from_bytes(h, out.data, produced)
            binary_release(out)
        cell = proc_alloc(p, 2)
        if t == 0 or cell == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        list_ = cons(cell, t, nil())
    if s.input.size == 0 and produced < <size_t>out_limit:
        t = tuple_of_2(h, atom_finished, list_)
    elif code != Z_NEED_DICT:
        t = tuple_of_2(h, AM_continue, list_)
    else:
        t = tuple_of_3(h, atom_need_dictionary, make_small(<int32_t>s.z.adler), list_)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term enqueue_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_ANY)
    cdef Term rest
    cdef bint memory
    if s == NULL:
        return 0
    if s.state != STATE_DEFLATE and s.state != STATE_INFLATE:
        return raise_atom(p, atom_not_initialized)
    if not queue_put_list(&s.input, args[1], 256, &rest, &memory):
        return badarg(p)
    charge(p, 20)
    if term_is_nil(rest):
        return AM_ok
    rest = tuple_of_2(proc_heap(p), AM_continue, rest)
    return rest if rest != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef void checksums_reset(Stream* s) noexcept nogil:
    s.input_crc = crc32(0, NULL, 0)
    s.output_crc = crc32(0, NULL, 0)


# --- deflate ------------------------------------------------------------------------------------------------------
cdef Term deflate_init_6(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s
    cdef int v[5]
    cdef int i, code
    for i in range(5):
        if not get_int(args[i + 1], &v[i]):
            return badarg(p)
    s = stream_of(p, args[0], STATE_NONE)
    if s == NULL:
        return 0
    code = deflateInit2(&s.z, v[0], v[1], v[2], v[3], v[4])
    if code == Z_OK:
        s.state = STATE_DEFLATE
        s.end_seen = False
        s.raw = v[2] < 0
        s.count_input = s.raw
        s.count_output = False
        checksums_reset(s)
    return verdict(p, code)


cdef Term deflate_set_dictionary_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Bytes b
    cdef Stream* s
    cdef int code
    cdef unsigned long sum_
    cdef Term result = 0
    b.data = NULL
    b.size = b.capacity = 0
    if not bytes_put_iodata(&b, args[1]):
        result = badarg(p)
    else:
        s = stream_of(p, args[0], STATE_DEFLATE)
        if s != NULL:
            code = deflateSetDictionary(&s.z, b.data, <unsigned int>b.size)
            if code == Z_OK:
                # zlib keeps no sum of the dictionary for raw streams
                sum_ = adler32(0, b.data, <unsigned int>b.size) if s.raw else s.z.adler
                result = make_small(<int32_t>sum_)
            else:
                result = verdict(p, code)
    free(b.data)
    return result


cdef Term deflate_reset_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_DEFLATE)
    cdef int code
    if s == NULL:
        return 0
    code = deflateReset(&s.z)
    s.input_crc = crc32(0, NULL, 0)
    s.end_seen = False
    input_reset(s)
    return verdict(p, code)


cdef Term deflate_end_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_DEFLATE)
    cdef int code
    if s == NULL:
        return 0
    code = deflateEnd(&s.z)
    if code == Z_OK and s.input.size > 0:
        code = Z_DATA_ERROR
    input_reset(s)
    s.state = STATE_NONE
    return verdict(p, code)


# The module has flushed before, so that nothing is pending; a byte of output shows if it has not.
cdef Term deflate_params_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s
    cdef int level, strategy, code
    cdef uint8_t spare
    if not get_int(args[1], &level) or not get_int(args[2], &strategy):
        return badarg(p)
    s = stream_of(p, args[0], STATE_DEFLATE)
    if s == NULL:
        return 0
    s.z.next_out = &spare
    s.z.avail_out = 1
    s.z.next_in = NULL
    s.z.avail_in = 0
    code = deflateParams(&s.z, level, strategy)
    return verdict(p, Z_STREAM_ERROR if s.z.avail_out == 0 else code)


cdef Term deflate_4(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_DEFLATE)
    return codec_call(p, s, args, deflate) if s != NULL else 0


# --- inflate ------------------------------------------------------------------------------------------------------
cdef Term inflate_init_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s
    cdef int window, behaviour, code
    if not get_int(args[1], &window) or not get_int(args[2], &behaviour):
        return badarg(p)
    s = stream_of(p, args[0], STATE_NONE)
    if s == NULL:
        return 0
    s.z.next_in = NULL
    s.z.avail_in = 0
    code = inflateInit2(&s.z, window)
    if code == Z_OK:
        s.state = STATE_INFLATE
        s.end_behaviour = behaviour
        s.end_seen = False
        s.raw = window < 0
        s.count_input = False
        s.count_output = s.raw
        checksums_reset(s)
    return verdict(p, code)


cdef Term inflate_set_dictionary_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Bytes b
    cdef Stream* s
    cdef Term result = 0
    b.data = NULL
    b.size = b.capacity = 0
    if not bytes_put_iodata(&b, args[1]):
        result = badarg(p)
    else:
        s = stream_of(p, args[0], STATE_INFLATE)
        if s != NULL:
            result = verdict(p, inflateSetDictionary(&s.z, b.data, <unsigned int>b.size))
    free(b.data)
    return result


cdef Term inflate_get_dictionary_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_INFLATE)
    cdef Binary* b
    cdef unsigned int size = 0
    cdef int code
    cdef Term t
    if s == NULL:
        return 0
    b = binary_new(DICTIONARY_MAX)
    if b == NULL:
        return fail(p, EXC_SYSTEM_LIMIT)
    code = inflateGetDictionary(&s.z, b.data, &size)
    if code < 0:
        binary_release(b)
        return verdict(p, code)
    t = binary_from_bytes(proc_heap(p), b.data, size)
    binary_release(b)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term inflate_reset_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_INFLATE)
    cdef int code
    if s == NULL:
        return 0
    code = inflateReset(&s.z)
    s.output_crc = crc32(0, NULL, 0)
    s.end_seen = False
    input_reset(s)
    return verdict(p, code)


cdef Term inflate_end_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_INFLATE)
    cdef int code
    if s == NULL:
        return 0
    code = inflateEnd(&s.z)
    if code == Z_OK and (not s.end_seen or s.input.size > 0):
        code = Z_DATA_ERROR
    input_reset(s)
    s.state = STATE_NONE
    return verdict(p, code)


cdef Term inflate_4(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_INFLATE)
    cdef int code
    if s == NULL:
        return 0
    if s.end_seen and s.input.size > 0:
        if s.end_behaviour == END_ERROR:
            return raise_atom(p, atom_data_error)
        if s.end_behaviour == END_RESET:
            code = inflateReset(&s.z)
            if code != Z_OK:
                return verdict(p, code)
            s.end_seen = False
        elif s.end_behaviour == END_CUT:
            input_reset(s)
    return codec_call(p, s, args, inflate)


# --- the rest -----------------------------------------------------------------------------------------------------
cdef Term crc32_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_ANY)
    if s == NULL:
        return 0
    if s.state == STATE_DEFLATE:
        return integer_from_u64(proc_heap(p), s.input_crc)
    if s.state == STATE_INFLATE:
        return integer_from_u64(proc_heap(p), s.output_crc)
    return raise_atom(p, atom_not_initialized)


cdef Term get_stash_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_ANY)
    cdef Term t
    if s == NULL:
        return 0
    if s.stash == 0:
        return atom_empty
    t = term_copy(proc_heap(p), s.stash, False)
    t = tuple_of_2(proc_heap(p), AM_ok, t) if t != 0 else 0
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term clear_stash_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Stream* s = stream_of(p, args[0], STATE_ANY)
    if s == NULL:
        return 0
    if s.stash == 0:
        return raise_atom(p, AM_error)
    stash_drop(s)
    return AM_ok


cdef Term set_stash_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef FragmentHeap whole
    cdef Stream* s = stream_of(p, args[0], STATE_ANY)
    if s == NULL:
        return 0
    if s.stash != 0:
        return raise_atom(p, AM_error)
    fragment_heap_init(&whole)
    s.stash = term_copy(&whole.heap, args[1], True)     # literals as well: they may be released
    s.stash_fragment = fragment_heap_take(&whole)
    return AM_ok if s.stash != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef Term get_buf_size_1(void* proc, Term* args) noexcept nogil:
    cdef Stream* s = stream_of(<Process*>proc, args[0], STATE_ANY)
    return make_small(s.buffer_size) if s != NULL else 0


cdef Term set_buf_size_2(void* proc, Term* args) noexcept nogil:
    cdef Stream* s = stream_of(<Process*>proc, args[0], STATE_ANY)
    if s == NULL:
        return 0
    return AM_ok if get_int(args[1], &s.buffer_size) else badarg(<Process*>proc)


bif_register(b"zlib", b"open_nif", 0, open_0, BIF_NIF)
bif_register(b"zlib", b"close_nif", 1, close_1, BIF_NIF)
bif_register(b"zlib", b"set_controller_nif", 2, set_controller_2, BIF_NIF)
bif_register(b"zlib", b"deflateInit_nif", 6, deflate_init_6, BIF_NIF)
bif_register(b"zlib", b"deflateSetDictionary_nif", 2, deflate_set_dictionary_2, BIF_NIF)
bif_register(b"zlib", b"deflateReset_nif", 1, deflate_reset_1, BIF_NIF)
bif_register(b"zlib", b"deflateEnd_nif", 1, deflate_end_1, BIF_NIF)
bif_register(b"zlib", b"deflateParams_nif", 3, deflate_params_3, BIF_NIF)
bif_register(b"zlib", b"deflate_nif", 4, deflate_4, BIF_NIF)
bif_register(b"zlib", b"inflateInit_nif", 3, inflate_init_3, BIF_NIF)
bif_register(b"zlib", b"inflateSetDictionary_nif", 2, inflate_set_dictionary_2, BIF_NIF)
bif_register(b"zlib", b"inflateGetDictionary_nif", 1, inflate_get_dictionary_1, BIF_NIF)
bif_register(b"zlib", b"inflateReset_nif", 1, inflate_reset_1, BIF_NIF)
bif_register(b"zlib", b"inflateEnd_nif", 1, inflate_end_1, BIF_NIF)
bif_register(b"zlib", b"inflate_nif", 4, inflate_4, BIF_NIF)
bif_register(b"zlib", b"crc32_nif", 1, crc32_1, BIF_NIF)
bif_register(b"zlib", b"getStash_nif", 1, get_stash_1, BIF_NIF)
bif_register(b"zlib", b"clearStash_nif", 1, clear_stash_1, BIF_NIF)
bif_register(b"zlib", b"setStash_nif", 2, set_stash_2, BIF_NIF)
bif_register(b"zlib", b"getBufSize_nif", 1, get_buf_size_1, BIF_NIF)
bif_register(b"zlib", b"setBufSize_nif", 2, set_buf_size_2, BIF_NIF)
bif_register(b"zlib", b"enqueue_nif", 2, enqueue_2, BIF_NIF)

# distutils: libraries = z crypto
"""BEAM file reader; see reader.pxd for what it promises.

The order of work: unpack, find the chunks, read the tables, then the code. Terms (literals, big integers,
file names) are first decoded onto a scratch heap and at the end copied into one literal area of the
right size. Everything else lives in blocks that hang off BeamFile.memory.

Invariant: no read happens before `left` has been compared, and no allocation is larger than a small
multiple of bytes that are really there.

Read next: loader.pyx.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport Heap, heap_alloc, cons
from enigma.term.atom cimport Atom, atom_get, atom_put, atom_put_latin1
from enigma.term.external cimport external_decode
from enigma.term.number cimport integer_from_bytes
from enigma.memory.heap cimport *
from enigma.code.tables cimport EN_OPCODE_COUNT, en_opcodes

cdef extern from "zlib.h" nogil:
    ctypedef struct z_stream:
        uint8_t* next_in
        unsigned int avail_in
        uint8_t* next_out
        unsigned int avail_out
        unsigned long total_out
    int Z_OK, Z_STREAM_END, Z_NO_FLUSH
    int inflateInit2(z_stream* z, int bits)
    int inflate(z_stream* z, int flush)
    int inflateEnd(z_stream* z)
    int uncompress(uint8_t* dest, unsigned long* dest_size, const uint8_t* source, unsigned long size)

cdef extern from "openssl/evp.h" nogil:
    ctypedef struct EVP_MD_CTX:
        pass
    ctypedef struct EVP_MD:
        pass
    EVP_MD_CTX* EVP_MD_CTX_new()
    void EVP_MD_CTX_free(EVP_MD_CTX* c)
    const EVP_MD* EVP_md5()
    int EVP_DigestInit_ex(EVP_MD_CTX* c, const EVP_MD* m, void* engine)
    int EVP_DigestUpdate(EVP_MD_CTX* c, const void* data, size_t n)
    int EVP_DigestFinal_ex(EVP_MD_CTX* c, uint8_t* out, unsigned int* n)

cdef enum:
    MOST_UNSIGNED = 576460752303423487   # of an operand
    MAX_REGISTER = 1024
    MAX_FLOAT_REGISTER = 1024          # as Scheduler.f has
    DEFLATE_RATIO = 1032               # no deflate stream expands more
    UNPACKED_MAX = 1 << 28             # bytes of a gzipped file, unpacked
    TYPE_ANY = 0xFFFF
    OP_LABEL = 1
    OP_INT_CODE_END = 3

# Chunks that matter here.
cdef enum:
    C_ATU8 = 0
    C_ATOM = 1
    C_CODE = 2
    C_STRT = 3
    C_IMPT = 4
    C_EXPT = 5
    C_FUNT = 6
    C_LITT = 7
    C_LINE = 8
    C_ATTR = 9
    C_CINF = 10
    C_TYPE = 11
    C_META = 12
    C_COUNT = 13
cdef const char** chunk_names = [b"AtU8", b"Atom", b"Code", b"StrT", b"ImpT", b"ExpT", b"FunT", b"LitT", b"Line",
                                 b"Attr", b"CInf", b"Type", b"Meta"]

cdef struct Chunk:
    const uint8_t* data                # NULL: not there
    size_t size

cdef struct Input:
    const uint8_t* at
    const uint8_t* end

cdef struct Block:                     # what BeamFile.memory lists
    Block* next
    void* pointer

cdef struct Work:                      # scratch state of one beam_read
    FragmentHeap heap                  # terms before they move to the literal area
    GenericOp* ops
    size_t op_count
    size_t op_capacity
    Operand* operands
    size_t operand_count
    size_t operand_capacity
    size_t* bigs                       # operand numbers of big integers
    size_t big_count
    size_t big_capacity
    uint16_t* types
    size_t type_count
    bint types_known
    uint8_t* literals                  # unpacked LitT


cdef const char* opcode_name(unsigned int opcode) noexcept nogil:
    if opcode >= <unsigned int>EN_OPCODE_COUNT or not en_opcodes[opcode].known:
        return b"unknown"
    return en_opcodes[opcode].name


cdef int opcode_arity(unsigned int opcode) noexcept nogil:
    if opcode >= <unsigned int>EN_OPCODE_COUNT or not en_opcodes[opcode].known or en_opcodes[opcode].refused:
        return -1
    return en_opcodes[opcode].arity


# --- memory and errors --------------------------------------------------------------------------------

cdef bint bad(BeamFile* f, const char* text) noexcept nogil:
    """Sets the error unless there is one; always False."""
    if f.error[0] == 0:
        snprintf(f.error, sizeof(f.error), b"%s", text)
    return False


cdef bint adopt(BeamFile* f, void* pointer) noexcept nogil:
    """Hangs a block off the file. On failure the block is freed."""
    cdef Block* b = <Block*>malloc(sizeof(Block))
    if b == NULL:
        free(pointer)
        return bad(f, b"out of memory")
    b.pointer = pointer
    b.next = <Block*>f.memory
    f.memory = b
    return True


cdef void* beam_alloc(BeamFile* f, size_t count, size_t size) noexcept nogil:
    cdef void* p = calloc(count + 1, size)
    if p == NULL:
        bad(f, b"out of memory")
        return NULL
    return p if adopt(f, p) else NULL


cdef void beam_free(BeamFile* f) noexcept nogil:
    cdef Block* b = <Block*>f.memory
    cdef Block* following
    while b != NULL:
        following = b.next
        free(b.pointer)
        free(b)
        b = following
    f.memory = NULL
    if f.literal_area != NULL:
        literal_area_free(f.literal_area)
        f.literal_area = NULL


# --- bytes ---------------------------------------------------------------------------------------------

cdef inline size_t left(Input* r) noexcept nogil:
    return <size_t>(r.end - r.at)


cdef inline uint32_t be32(const uint8_t* p) noexcept nogil:
    return (<uint32_t>p[0] << 24) | (<uint32_t>p[1] << 16) | (<uint32_t>p[2] << 8) | p[3]


cdef inline bint read32(Input* r, uint32_t* out) noexcept nogil:
    if left(r) < 4:
        return False
    out[0] = be32(r.at)
    r.at += 4
    return True


cdef struct Tagged:
    int tag                            # 0 u, 1 i, 2 a, 3 x, 4 y, 5 f, 6 h, 7 z (value: the extension's number)
    bint big                           # value does not fit: bytes
    int64_t value
    const uint8_t* bytes
    size_t size


cdef bint read_tagged(Input* r, Tagged* t) noexcept nogil:
    """One compact term. Numbers of up to eight bytes are in `value`, signed; longer ones are `big`."""
    cdef uint8_t b
    cdef size_t n, i
    cdef uint64_t v
    cdef Tagged length
    if left(r) < 1:
        return False
    b = r.at[0]
    r.at += 1
    t.tag = b & 7
    t.big = False
    if t.tag == 7:
        t.value = b >> 4
        return (b & 8) == 0
    if not b & 8:
        t.value = b >> 4
        return True
    if not b & 16:
        if left(r) < 1:
            return False
        t.value = (<int64_t>(b & 0xE0) << 3) | r.at[0]
        r.at += 1
        return True
    n = (b >> 5) + 2
    if n == 9:                         # the length itself is a number; it may not need a length again
        if left(r) < 1 or (r.at[0] & 0xF8) == 0xF8:
            return False
        if not read_tagged(r, &length) or length.tag != 0 or length.big or length.value < 0 \
                or <uint64_t>length.value > left(r):
            return False
        n = <size_t>length.value + 9
    if left(r) < n:
        return False
    t.bytes = r.at
    t.size = n
    r.at += n
    if n > 8:
        t.big = True
        t.value = 0
        return True
    v = <uint64_t>-1 if t.bytes[0] & 0x80 else 0
    for i in range(n):
        v = (v << 8) | t.bytes[i]
    t.value = <int64_t>v
    return True


cdef bint read_count(Input* r, uint32_t* out, size_t item) noexcept nogil:
    """A 32-bit count of items of at least `item` bytes each, which must fit into what is left."""
    return read32(r, out) and out[0] <= left(r) // item


# --- the container ---------------------------------------------------------------------------------------

cdef bint iff_open(const uint8_t* data, size_t size, Input* r) noexcept nogil:
    cdef uint32_t n
    if size < 12 or memcmp(data, b"FOR1", 4) != 0 or memcmp(data + 8, b"BEAM", 4) != 0:
        return False
    n = be32(data + 4)
    if n < 4 or n > size - 8:
        return False
    r.at = data + 12
    r.end = data + 8 + n
    return True


cdef bint iff_next(Input* r, const uint8_t** name, Chunk* chunk) noexcept nogil:
    """The next chunk; False at the end or where the file is damaged (then r.at is not r.end)."""
    cdef uint32_t n
    cdef size_t padded
    if left(r) < 8:
        return False
    n = be32(r.at + 4)
    if n > left(r) - 8:
        return False
    name[0] = r.at
    chunk.data = r.at + 8
    chunk.size = n
    padded = (<size_t>n + 3) & ~<size_t>3
    if padded > left(r) - 8:
        padded = left(r) - 8           # the last chunk's padding may be missing
    r.at += 8 + padded
    return True


cdef bint beam_chunk(const uint8_t* data, size_t size, const char* name, const uint8_t** chunk, size_t* chunk_size) noexcept nogil:
    cdef Input r
    cdef const uint8_t* found
    cdef Chunk c
    if data == NULL or not iff_open(data, size, &r):
        return False
    while iff_next(&r, &found, &c):
        if memcmp(found, name, 4) == 0:
            chunk[0] = c.data
            chunk_size[0] = c.size
            return True
    return False


cdef bint unpack(BeamFile* f, const uint8_t** data, size_t* size) noexcept nogil:
    """Replaces a gzipped file by its contents."""
    cdef z_stream z
    cdef uint8_t* out = NULL
    cdef uint8_t* bigger
    cdef size_t capacity = size[0] * 4 + 1024
    cdef size_t used = 0
    cdef int code = 0
    if size[0] < 2 or data[0][0] != 0x1F or data[0][1] != 0x8B:
        return True
    if size[0] > 0x7FFFFFFF:
        return bad(f, b"file too large")
    memset(&z, 0, sizeof(z))
    if inflateInit2(&z, 15 + 16) != Z_OK:
        return bad(f, b"out of memory")
    z.next_in = <uint8_t*>data[0]
    z.avail_in = <unsigned int>size[0]
    while True:
        bigger = <uint8_t*>realloc(out, capacity)
        if bigger == NULL:
            break
        out = bigger
        z.next_out = out + used
        z.avail_out = <unsigned int>(capacity - used)
        code = inflate(&z, Z_NO_FLUSH)
        used = <size_t>(z.next_out - out)
        if code != Z_OK or z.avail_in == 0 and z.avail_out > 0 or capacity > UNPACKED_MAX:
            break
        if z.avail_out == 0:
            capacity *= 2
    inflateEnd(&z)
    if code != Z_STREAM_END:
        free(out)
        return bad(f, b"damaged gzip data")
    if not adopt(f, out):
        return False
    data[0] = out
    size[0] = used
    return True


# --- tables -------------------------------------------------------------------------------------------------

cdef bint read_atoms(BeamFile* f, Chunk* chunks) noexcept nogil:
    cdef Input r
    cdef Chunk* c = &chunks[C_ATU8]
    cdef bint utf8 = True
    cdef bint long_lengths = False
    cdef uint32_t raw, i
    cdef int32_t count
    cdef Tagged t
    cdef size_t n
    if c.data == NULL:
        c = &chunks[C_ATOM]
        utf8 = False
        if c.data == NULL:
            return bad(f, b"the atom table is missing")
    r.at = c.data
    r.end = c.data + c.size
    if not read32(&r, &raw):
        return bad(f, b"damaged atom table")
    count = <int32_t>raw
    if count < 0 and utf8:             # a negative count: lengths are compact numbers
        long_lengths = True
        count = -count
    if count < 1 or <size_t>count > left(&r):
        return bad(f, b"damaged atom table")
    f.atoms = <Term*>beam_alloc(f, count + 1, sizeof(Term))
    if f.atoms == NULL:
        return False
    for i in range(1, <uint32_t>count + 1):
        if long_lengths:
            if not read_tagged(&r, &t) or t.tag != 0 or t.big or t.value < 0:
                return bad(f, b"damaged atom table")
            n = <size_t>t.value
        else:
            if left(&r) < 1:
                return bad(f, b"damaged atom table")
            n = r.at[0]
            r.at += 1
        if n > left(&r):
            return bad(f, b"damaged atom table")
        f.atoms[i] = atom_put(r.at, n) if utf8 else atom_put_latin1(r.at, n)
        if f.atoms[i] == 0:
            return bad(f, b"an atom of the atom table cannot be made")
        r.at += n
    f.atom_count = <uint32_t>count
    f.name = f.atoms[1]
    return True


cdef inline bint read_atom(BeamFile* f, Input* r, Term* out) noexcept nogil:
    cdef uint32_t i
    if not read32(r, &i) or i < 1 or i > f.atom_count:
        return False
    out[0] = f.atoms[i]
    return True


cdef bint read_imports(BeamFile* f, Chunk* c) noexcept nogil:
    cdef Input r
    cdef uint32_t i, n
    cdef ImportEntry* e
    if c.data == NULL:
        return bad(f, b"the import table is missing")
    r.at = c.data
    r.end = c.data + c.size
    if not read_count(&r, &n, 12):
        return bad(f, b"damaged import table")
    f.imports = <ImportEntry*>beam_alloc(f, n, sizeof(ImportEntry))
    if f.imports == NULL:
        return False
    for i in range(n):
        e = &f.imports[i]
        if not read_atom(f, &r, &e.module) or not read_atom(f, &r, &e.function) or not read32(&r, &e.arity) or e.arity > 255:
            return bad(f, b"damaged import table")
    f.import_count = n
    return True


cdef bint read_exports(BeamFile* f, Chunk* c) noexcept nogil:
    cdef Input r
    cdef uint32_t i, n
    cdef ExportEntry* e
    if c.data == NULL:
        return bad(f, b"the export table is missing")
    r.at = c.data
    r.end = c.data + c.size
    if not read_count(&r, &n, 12):
        return bad(f, b"damaged export table")
    f.exports = <ExportEntry*>beam_alloc(f, n, sizeof(ExportEntry))
    if f.exports == NULL:
        return False
    for i in range(n):
        e = &f.exports[i]
        if not read_atom(f, &r, &e.function) or not read32(&r, &e.arity) or e.arity > 255 \
                or not read32(&r, &e.label) or e.label < 1 or e.label >= f.label_count:
            return bad(f, b"damaged export table")
    f.export_count = n
    return True


cdef bint read_lambdas(BeamFile* f, Chunk* c) noexcept nogil:
    cdef Input r
    cdef uint32_t i, n, uniq
    cdef LambdaEntry* e
    if c.data == NULL or c.size == 0:
        return True
    r.at = c.data
    r.end = c.data + c.size
    if not read_count(&r, &n, 24) or left(&r) != <size_t>n * 24:
        return bad(f, b"damaged lambda table")
    f.lambdas = <LambdaEntry*>beam_alloc(f, n, sizeof(LambdaEntry))
    if f.lambdas == NULL:
        return False
    for i in range(n):
        e = &f.lambdas[i]
        if not read_atom(f, &r, &e.function) or not read32(&r, &e.arity) or e.arity > 255 \
                or not read32(&r, &e.label) or e.label < 1 or e.label >= f.label_count \
                or not read32(&r, &e.index) or not read32(&r, &e.free) or e.free > e.arity or not read32(&r, &uniq):
            return bad(f, b"damaged lambda table")
        e.old_uniq = uniq
    f.lambda_count = n
    return True


cdef bint read_literals(BeamFile* f, Chunk* c, Work* w) noexcept nogil:
    cdef Input r
    cdef uint32_t i, n, size
    cdef unsigned long got
    cdef size_t used
    cdef Term reason
    if c.data == NULL or c.size == 0:
        return True
    r.at = c.data
    r.end = c.data + c.size
    if not read32(&r, &size):
        return bad(f, b"damaged literal table")
    if size != 0:                      # 0: stored as it is
        if size > (left(&r) + 64) * DEFLATE_RATIO:
            return bad(f, b"damaged literal table")
        w.literals = <uint8_t*>malloc(size)
        if w.literals == NULL:
            return bad(f, b"out of memory")
        got = size
        if uncompress(w.literals, &got, r.at, left(&r)) != Z_OK or got != size:
            return bad(f, b"damaged literal table")
        r.at = w.literals
        r.end = w.literals + size
    if not read_count(&r, &n, 4):
        return bad(f, b"damaged literal table")
    f.literals = <Term*>beam_alloc(f, n, sizeof(Term))
    if f.literals == NULL:
        return False
    for i in range(n):
        if not read32(&r, &size) or size > left(&r):
            return bad(f, b"damaged literal table")
        f.literals[i] = external_decode(&w.heap.heap, r.at, size, 0, True, &used, &reason)
        if f.literals[i] == 0:
            return bad(f, b"damaged literal")
        r.at += size
    f.literal_count = n
    return True


cdef Term name_list(Heap* h, const uint8_t* text, size_t n) noexcept nogil:
    """A list of the code points of UTF-8 text; of its bytes if it is not UTF-8. 0: no memory."""
    cdef Term out = nil()
    cdef Term* cell
    cdef size_t i = n
    cdef size_t k
    cdef uint32_t c
    cdef int extra
    # Backwards: collect continuation bytes until a leading one.
    while i > 0:
        k = i - 1
        extra = 0
        while k > 0 and extra < 3 and (text[k] & 0xC0) == 0x80:
            k -= 1
            extra += 1
        if extra == 0:
            c = text[k]
        elif extra == 1 and (text[k] & 0xE0) == 0xC0:
            c = (<uint32_t>(text[k] & 0x1F) << 6) | (text[k + 1] & 0x3F)
        elif extra == 2 and (text[k] & 0xF0) == 0xE0:
            c = (<uint32_t>(text[k] & 0x0F) << 12) | (<uint32_t>(text[k + 1] & 0x3F) << 6) | (text[k + 2] & 0x3F)
        elif extra == 3 and (text[k] & 0xF8) == 0xF0:
            c = (<uint32_t>(text[k] & 0x07) << 18) | (<uint32_t>(text[k + 1] & 0x3F) << 12) \
                | (<uint32_t>(text[k + 2] & 0x3F) << 6) | (text[k + 3] & 0x3F)
        else:
            k = i - 1
            c = text[k]
        cell = heap_alloc(h, 2)
        if cell == NULL:
            return 0
        out = cons(cell, make_small(c), out)
        i = k
    return out


cdef bint read_lines(BeamFile* f, Chunk* c, Work* w) noexcept nogil:
    cdef Input r
    cdef uint32_t version, flags, instructions, items, names, i
    cdef uint32_t file = 0
    cdef size_t n
    cdef Tagged t
    cdef Atom* a
    cdef uint8_t own[1024 + 8]
    version = 1
    items = 0
    names = 0
    if c.data != NULL:
        r.at = c.data
        r.end = c.data + c.size
        if not read32(&r, &version):
            return bad(f, b"damaged line table")
        if version == 0 and (not read32(&r, &flags) or not read32(&r, &instructions) or not read32(&r, &items)
                             or not read32(&r, &names) or items > left(&r) or names > left(&r)):
            return bad(f, b"damaged line table")
    f.lines = <LineRef*>beam_alloc(f, items + 1, sizeof(LineRef))
    f.file_names = <Term*>beam_alloc(f, names + 1, sizeof(Term))
    if f.lines == NULL or f.file_names == NULL:
        return False
    i = 1
    while i <= items:
        if not read_tagged(&r, &t) or t.big or t.value < 0:
            return bad(f, b"damaged line table")
        if t.tag == 2:
            if t.value > names:
                return bad(f, b"damaged line table")
            file = <uint32_t>t.value
        elif t.tag == 1:
            f.lines[i].file = file
            f.lines[i].line = <uint32_t>t.value if t.value < (<int64_t>1 << 32) else 0
            i += 1
        else:
            return bad(f, b"damaged line table")
    f.line_count = items + 1
    a = atom_get(f.name)               # file 0 is the module's own
    n = a.length if a.length <= 1024 else 1024
    memcpy(own, a.name, n)
    memcpy(own + n, b".erl", 4)
    f.file_names[0] = name_list(&w.heap.heap, own, n + 4)
    if f.file_names[0] == 0:
        return bad(f, b"out of memory")
    for i in range(1, names + 1):
        if left(&r) < 2:
            return bad(f, b"damaged line table")
        n = (<size_t>r.at[0] << 8) | r.at[1]
        r.at += 2
        if n > left(&r):
            return bad(f, b"damaged line table")
        f.file_names[i] = name_list(&w.heap.heap, r.at, n)
        if f.file_names[i] == 0:
            return bad(f, b"out of memory")
        r.at += n
    f.file_count = names + 1
    return True


cdef bint read_types(BeamFile* f, Chunk* c, Work* w) noexcept nogil:
    """Types of typed registers, in the bits of version 3. Of versions later than that only the indices are
    skipped, since types are advice. Versions before 3 had a bit for match contexts among the types."""
    cdef Input r
    cdef uint32_t version, n, i
    cdef uint16_t bits
    cdef size_t more
    if c.data == NULL:
        return True
    r.at = c.data
    r.end = c.data + c.size
    if not read32(&r, &version):
        return bad(f, b"damaged type table")
    if version < 1 or version > 3:
        return True
    if not read_count(&r, &n, 2):
        return bad(f, b"damaged type table")
    w.types = <uint16_t*>calloc(n + 1, sizeof(uint16_t))
    if w.types == NULL:
        return bad(f, b"out of memory")
    for i in range(n):
        if left(&r) < 2:
            return bad(f, b"damaged type table")
        bits = <uint16_t>((r.at[0] << 8) | r.at[1])
        r.at += 2
        more = 16
        if version < 3:
            bits = (bits & 3) | (bits & 0xFFFC) >> 1
        if version > 1:                # the bits above the types announce a lower bound, an upper bound and a unit
            more = (8 if bits & 0x1000 else 0) + (8 if bits & 0x2000 else 0) + (1 if bits & 0x4000 else 0)
        if more > left(&r):
            return bad(f, b"damaged type table")
        r.at += more
        w.types[i] = bits & 0x0FFF
    w.type_count = n
    w.types_known = True
    return True


# --- code ------------------------------------------------------------------------------------------------------

cdef Operand* new_operand(BeamFile* f, Work* w) noexcept nogil:
    cdef size_t capacity
    cdef void* bigger
    cdef Operand* o
    if w.operand_count == w.operand_capacity:
        capacity = w.operand_capacity * 2 + 1024
        bigger = realloc(w.operands, capacity * sizeof(Operand))
        if bigger == NULL:
            bad(f, b"out of memory")
            return NULL
        w.operands = <Operand*>bigger
        w.operand_capacity = capacity
    o = &w.operands[w.operand_count]
    w.operand_count += 1
    memset(o, 0, sizeof(Operand))
    o.type_bits = TYPE_ANY
    return o


cdef bint note_big(BeamFile* f, Work* w, size_t operand) noexcept nogil:
    cdef void* bigger
    if w.big_count == w.big_capacity:
        w.big_capacity = w.big_capacity * 2 + 64
        bigger = realloc(w.bigs, w.big_capacity * sizeof(size_t))
        if bigger == NULL:
            return bad(f, b"out of memory")
        w.bigs = <size_t*>bigger
    w.bigs[w.big_count] = operand
    w.big_count += 1
    return True


cdef bint read_register(BeamFile* f, Tagged* t, Operand* o) noexcept nogil:
    if t.big or t.value < 0 or t.value >= MAX_REGISTER:
        return bad(f, b"register out of range")
    o.kind = O_X if t.tag == 3 else O_Y
    o.value = <word>t.value
    return True


cdef bint read_alloc(BeamFile* f, Input* r, Operand* o) noexcept nogil:
    cdef Tagged n, what, amount
    cdef int64_t i
    cdef uint64_t words = 0
    cdef uint64_t floats = 0
    cdef uint64_t funs = 0
    if not read_tagged(r, &n) or n.tag != 0 or n.big or n.value < 0 or <uint64_t>n.value > left(r):
        return bad(f, b"damaged allocation list")
    for i in range(n.value):
        if not read_tagged(r, &what) or what.tag != 0 or what.big or not read_tagged(r, &amount) or amount.tag != 0 \
                or amount.big or amount.value < 0 or amount.value > 0xFFFFFFF:
            return bad(f, b"damaged allocation list")
        if what.value == 0:
            words += <uint64_t>amount.value
        elif what.value == 1:
            floats += <uint64_t>amount.value
        elif what.value == 2:
            funs += <uint64_t>amount.value
        else:
            return bad(f, b"unknown kind in an allocation list")
        if words > 0xFFFFFFF or floats > 0xFFFFFFF or funs > 0xFFFFFFF:
            return bad(f, b"allocation too large")
    o.kind = O_ALLOC
    o.value = words
    o.extra = floats | (funs << 32)
    return True


cdef bint read_operand(BeamFile* f, Input* r, Work* w, bint in_list) noexcept nogil:
    """Appends one operand; a list with all its items."""
    cdef Tagged t, u
    cdef Operand* o
    cdef size_t index, i, n
    cdef Term big
    if not read_tagged(r, &t):
        return bad(f, b"damaged operand")
    o = new_operand(f, w)
    if o == NULL:
        return False
    index = w.operand_count - 1
    if t.tag == 0 or t.tag == 6:
        # Numbers of bits beyond any binary are legal where a test fails for them: they read as the largest.
        if (t.big and (t.bytes[0] & 0x80) != 0) or (not t.big and t.value < 0):
            return bad(f, b"number out of range")
        o.kind = O_UNSIGNED if t.tag == 0 else O_CHAR
        o.value = <word>t.value if not t.big and t.value < MOST_UNSIGNED else MOST_UNSIGNED
    elif t.tag == 1:
        o.kind = O_INTEGER
        if not t.big and fits_small(t.value):
            o.value = make_small(t.value)
        else:
            big = integer_from_bytes(&w.heap.heap, t.bytes, t.size, False, True)
            if big == 0:
                return bad(f, b"integer too large")
            o.value = big
            if not term_is_small(big) and not note_big(f, w, index):
                return False
    elif t.tag == 2:
        if t.big or t.value < 0 or t.value > f.atom_count:
            return bad(f, b"atom out of range")
        if t.value == 0:
            o.kind = O_NIL
            o.value = nil()
        else:
            o.kind = O_ATOM
            o.value = f.atoms[t.value]
    elif t.tag == 3 or t.tag == 4:
        return read_register(f, &t, o)
    elif t.tag == 5:
        if t.big or t.value < 0 or t.value >= f.label_count:
            return bad(f, b"label out of range")
        o.kind = O_LABEL
        o.value = <word>t.value
    elif t.value == 1:                 # list
        if in_list:
            return bad(f, b"list inside a list")
        if not read_tagged(r, &u) or u.tag != 0 or u.big or u.value < 0 or <uint64_t>u.value > left(r):
            return bad(f, b"damaged list")
        n = <size_t>u.value
        o.kind = O_LIST
        o.value = n
        o.count = <uint32_t>n
        for i in range(n):
            if not read_operand(f, r, w, True):
                return False
    elif t.value == 2:                 # floating point register
        if not read_tagged(r, &u) or u.tag != 0 or u.big or u.value < 0 or u.value >= MAX_FLOAT_REGISTER:
            return bad(f, b"floating point register out of range")
        o.kind = O_FLOAT_REG
        o.value = <word>u.value
    elif t.value == 3:
        return read_alloc(f, r, o)
    elif t.value == 4:
        if not read_tagged(r, &u) or u.tag != 0 or u.big or u.value < 0 or u.value >= f.literal_count:
            return bad(f, b"literal out of range")
        o.kind = O_LITERAL
        o.value = <word>u.value        # its number, until the literals have their place
    elif t.value == 5:                 # register with a type
        if not read_tagged(r, &t) or (t.tag != 3 and t.tag != 4):
            return bad(f, b"damaged typed register")
        if not read_register(f, &t, o):
            return False
        if not read_tagged(r, &u) or u.tag != 0 or u.big or u.value < 0:
            return bad(f, b"damaged typed register")
        if w.types_known:
            if <uint64_t>u.value >= w.type_count:
                return bad(f, b"type out of range")
            o.type_known = True
            o.type_bits = w.types[u.value]
    else:
        return bad(f, b"unknown operand")
    return True


cdef bint read_code(BeamFile* f, Input* r, Work* w) noexcept nogil:
    cdef unsigned int opcode
    cdef int arity, i
    cdef size_t first, capacity
    cdef void* bigger
    cdef GenericOp* op
    cdef Atom* name = atom_get(f.name)
    while True:
        if left(r) < 1:
            return bad(f, b"the code has no end")
        opcode = r.at[0]
        r.at += 1
        arity = opcode_arity(opcode)
        if arity < 0:
            snprintf(f.error, sizeof(f.error), b"module %.*s: operation %u (%s) is %s", <int>min(name.length, 100),
                     <const char*>name.name, opcode, opcode_name(opcode),
                     b"obsolete: recompile the module" if opcode < <unsigned int>EN_OPCODE_COUNT and en_opcodes[opcode].known
                     else b"not known: it was compiled for a later release")
            return False
        if w.op_count == w.op_capacity:
            capacity = w.op_capacity * 2 + 512
            bigger = realloc(w.ops, capacity * sizeof(GenericOp))
            if bigger == NULL:
                return bad(f, b"out of memory")
            w.ops = <GenericOp*>bigger
            w.op_capacity = capacity
        first = w.operand_count
        for i in range(arity):
            if not read_operand(f, r, w, False):
                return False
            # A list is always the last operand; the loader relies on it.
            if i < arity - 1 and w.operand_count - first != <size_t>(i + 1):
                return bad(f, b"list before the last operand")
        op = &w.ops[w.op_count]
        w.op_count += 1
        op.opcode = opcode
        op.operand_count = <uint32_t>(w.operand_count - first)
        op.operands = <Operand*>first      # a number until the array stands still
        op.next = NULL
        if opcode == OP_LABEL and (op.operand_count != 1 or w.operands[first].kind != O_UNSIGNED
                                   or w.operands[first].value < 1 or w.operands[first].value >= f.label_count):
            return bad(f, b"label out of range")
        if opcode == OP_INT_CODE_END:
            return True


# --- everything together --------------------------------------------------------------------------------------

cdef bint checksum(BeamFile* f, Chunk* chunks) noexcept nogil:
    """MD5 over the essential chunks, with the old unique numbers of lambdas as zeros (beam_lib:md5/1)."""
    cdef int* order = [C_ATOM, C_ATU8, C_CODE, C_STRT, C_IMPT, C_EXPT, C_FUNT, C_LITT, C_META]
    cdef EVP_MD_CTX* c = EVP_MD_CTX_new()
    cdef unsigned int n = 0
    cdef int i, k
    cdef size_t at
    cdef uint8_t zero[4]
    cdef bint ok
    memset(zero, 0, 4)
    if c == NULL:
        return bad(f, b"out of memory")
    ok = EVP_DigestInit_ex(c, EVP_md5(), NULL) == 1
    for i in range(9):
        k = order[i]
        if not ok or chunks[k].data == NULL:
            continue
        if k != C_FUNT:
            ok = EVP_DigestUpdate(c, chunks[k].data, chunks[k].size) == 1
        elif chunks[k].size >= 4:
            ok = EVP_DigestUpdate(c, chunks[k].data, 4) == 1
            at = 4
            while ok and chunks[k].size - at >= 24:
                ok = EVP_DigestUpdate(c, chunks[k].data + at, 20) == 1 and EVP_DigestUpdate(c, zero, 4) == 1
                at += 24
    ok = ok and EVP_DigestFinal_ex(c, f.md5, &n) == 1
    EVP_MD_CTX_free(c)
    return ok or bad(f, b"MD5 is not available")


cdef bint settle_terms(BeamFile* f, Work* w) noexcept nogil:
    """Moves literals, big integers and file names into the module's literal area."""
    cdef size_t words = 0
    cdef size_t i
    cdef Operand* o
    for i in range(f.literal_count):
        words += term_copy_size(f.literals[i])
    for i in range(f.file_count):
        words += term_copy_size(f.file_names[i])
    for i in range(w.big_count):
        words += term_copy_size(w.operands[w.bigs[i]].value)
    if words > 0:
        f.literal_area = literal_area_new(words)
        if f.literal_area == NULL:
            return bad(f, b"no room for literals")
    for i in range(f.literal_count):
        if not settle(f, &f.literals[i]):
            return False
    for i in range(f.file_count):
        if not settle(f, &f.file_names[i]):
            return False
    for i in range(w.big_count):
        if not settle(f, &w.operands[w.bigs[i]].value):
            return False
    for i in range(w.operand_count):
        o = &w.operands[i]
        if o.kind == O_LITERAL:
            o.value = f.literals[o.value]
    return True


cdef bint settle(BeamFile* f, Term* t) noexcept nogil:
    if term_is_immed(t[0]):
        return True
    t[0] = term_copy(&f.literal_area.heap, t[0], True)
    return t[0] != 0 or bad(f, b"no room for literals")


# Is the chunk one term in external format, or not there?
cdef bint readable_term(Chunk* c) noexcept nogil:
    cdef FragmentHeap h
    cdef Fragment* chain
    cdef size_t used = 0
    cdef Term reason = 0, t
    if c.data == NULL or c.size == 0:
        return True
    fragment_heap_init(&h)
    t = external_decode(&h.heap, c.data, c.size, 0, True, &used, &reason)
    chain = fragment_heap_take(&h)
    if chain != NULL:
        fragment_free(chain, True)
    return t != 0


cdef bint read_all(BeamFile* f, Work* w, const uint8_t* data, size_t size) noexcept nogil:
    cdef Input r, code
    cdef Chunk chunks[C_COUNT]
    cdef Chunk c
    cdef const uint8_t* name
    cdef int i
    cdef uint32_t head, version
    cdef size_t k
    memset(chunks, 0, sizeof(chunks))
    if data == NULL or not unpack(f, &data, &size):
        return bad(f, b"no data")
    if not iff_open(data, size, &r):
        return bad(f, b"not a BEAM file")
    while iff_next(&r, &name, &c):
        for i in range(C_COUNT):
            if chunks[i].data == NULL and memcmp(name, chunk_names[i], 4) == 0:
                chunks[i] = c
    if r.at != r.end and left(&r) >= 8:
        return bad(f, b"a chunk is cut short")
    if not read_atoms(f, chunks):
        return False
    if chunks[C_CODE].data == NULL or chunks[C_CODE].size < 20:
        return bad(f, b"the code chunk is missing")
    code.at = chunks[C_CODE].data
    code.end = code.at + chunks[C_CODE].size
    head = be32(code.at)
    version = be32(code.at + 4)
    f.max_opcode = be32(code.at + 8)
    f.label_count = be32(code.at + 12)
    f.function_count = be32(code.at + 16)
    if head < 16 or head > chunks[C_CODE].size - 4:
        return bad(f, b"damaged code chunk")
    if version != 0:
        return bad(f, b"unknown version of the code chunk")
    code.at += 4 + head
    if f.label_count > left(&code) + 1 or f.function_count > left(&code):
        return bad(f, b"damaged code chunk")
    if not read_imports(f, &chunks[C_IMPT]) or not read_exports(f, &chunks[C_EXPT]) or not read_lambdas(f, &chunks[C_FUNT]) \
            or not read_literals(f, &chunks[C_LITT], w) or not read_lines(f, &chunks[C_LINE], w) \
            or not read_types(f, &chunks[C_TYPE], w) or not read_code(f, &code, w):
        return False
    if not readable_term(&chunks[C_ATTR]):
        return bad(f, b"damaged attributes")
    if not readable_term(&chunks[C_CINF]):
        return bad(f, b"damaged compiler options")
    # Parts that are used as bytes are copied: the file's own may go away.
    for k in range(3):
        c = chunks[C_STRT] if k == 0 else (chunks[C_ATTR] if k == 1 else chunks[C_CINF])
        name = <const uint8_t*>beam_alloc(f, c.size, 1)
        if name == NULL:
            return False
        if c.size > 0:
            memcpy(<uint8_t*>name, c.data, c.size)
        if k == 0:
            f.strings = <uint8_t*>name
            f.strings_size = c.size
        elif k == 1:
            f.attributes = <uint8_t*>name
            f.attributes_size = c.size
        else:
            f.compile_info = <uint8_t*>name
            f.compile_size = c.size
    if not settle_terms(f, w) or not checksum(f, chunks):
        return False
    for k in range(w.op_count):
        w.ops[k].operands = w.operands + <size_t>w.ops[k].operands
        w.ops[k].next = &w.ops[k + 1] if k + 1 < w.op_count else NULL
    f.ops = w.ops
    f.op_count = w.op_count
    w.ops = NULL
    name = <const uint8_t*>w.operands
    w.operands = NULL
    if not adopt(f, f.ops):
        free(<void*>name)
        return False
    return name == NULL or adopt(f, <void*>name)


cdef bint beam_read(const uint8_t* data, size_t size, BeamFile* f) noexcept nogil:
    cdef Work w
    cdef bint ok
    memset(f, 0, sizeof(BeamFile))
    memset(&w, 0, sizeof(w))
    fragment_heap_init(&w.heap)
    ok = read_all(f, &w, data, size)
    fragment_free(fragment_heap_take(&w.heap), True)
    free(w.ops)
    free(w.operands)
    free(w.bigs)
    free(w.types)
    free(w.literals)
    if not ok:
        bad(f, b"damaged file")
        beam_free(f)
    return ok

"""The atom table: two growing structures and one lock.

Atoms lie in pages that never move, so an index is looked up without any lock. Names are found in an
open-addressed array of words, hash << 32 | index + 1. A slot goes from 0 to its final value once and is
published with a release store after its atom is complete, so readers probe without the lock; a reader
that misses (because the array has just been replaced by a larger one, or the atom is new) looks again
under it. Replaced arrays stay allocated: together they are smaller than the current one.

Invariant: nothing that was published is ever changed or freed. Read next: atom.pxd, atoms.txt.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, malloc
from libc.string cimport memcmp, memcpy, strlen
from enigma.term.am cimport KNOWN_ATOMS
from enigma.term.core cimport *
from enigma.term.pack cimport atom_index, make_atom

cdef extern from "enigma/atoms_generated.h" nogil:
    const char* const en_known_atoms[]

cdef enum:
    PAGE_BITS = 12
    PAGE_SIZE = 1 << PAGE_BITS
    PAGE_COUNT = 1 << 14
    LIMIT_MAX = PAGE_COUNT * PAGE_SIZE
    NAME_CHUNK = 1 << 16

cdef struct NameTable:
    size_t mask               # slots - 1; slots is a power of two
    uint64_t* slots           # 0, or hash << 32 | index + 1

cdef Atom* pages[PAGE_COUNT]  # published with release stores
cdef NameTable* table         # published with release stores
cdef uint32_t lock            # spin: guards all that follows, and insertion into `table`
cdef uint32_t count           # atoms so far; read atomically
cdef bint (*admission)(bint made) noexcept nogil
cdef uint8_t* chunk           # unused rest of the current chunk of name bytes
cdef size_t chunk_left


cdef inline uint64_t load_bytes(const uint8_t* s, size_t n) noexcept nogil:
    cdef uint64_t w = 0
    memcpy(&w, s, n)
    return w


cdef uint32_t name_hash(const uint8_t* s, size_t n) noexcept nogil:
    cdef uint64_t h = <uint64_t>n * <uint64_t>0x9E3779B97F4A7C15
    while n >= 8:
        h = (h ^ load_bytes(s, 8)) * <uint64_t>0xD6E8FEB86659FD93
        h ^= h >> 32
        s += 8
        n -= 8
    if n > 0:
        h = (h ^ load_bytes(s, n)) * <uint64_t>0xD6E8FEB86659FD93
        h ^= h >> 32
    h *= <uint64_t>0xD6E8FEB86659FD93
    return <uint32_t>(h >> 32)


# The hash by which atoms enter phash and phash2: the ELF hash over the name's characters, where those
# of Latin-1 count as one byte and any other as its UTF-8 bytes.
cdef uint32_t portable_hash(const uint8_t* s, size_t n) noexcept nogil:
    cdef uint32_t h = 0
    cdef uint32_t high, c
    cdef size_t i = 0
    while i < n:
        c = s[i]
        i += 1
        if (c == 0xC2 or c == 0xC3) and i < n:
            c = (c & 3) << 6 | (s[i] & 0x3F)
            i += 1
        h = (h << 4) + c
        high = h & <uint32_t>0xF0000000
        if high != 0:
            h ^= high >> 24
            h ^= high
    return h


# Counts the characters of a UTF-8 name; -1 if it is malformed (surrogates and overlong forms included).
cdef int scan_utf8(const uint8_t* s, size_t n, bint* latin1) noexcept nogil:
    cdef size_t i = 0
    cdef int chars = 0
    cdef int more
    cdef uint32_t c, low
    latin1[0] = True
    while i < n:
        c = s[i]
        i += 1
        chars += 1
        if c < 0x80:
            continue
        if c >= 0xC2 and c <= 0xDF:
            more = 1
            low = 0x80
            c &= 0x1F
        elif c >= 0xE0 and c <= 0xEF:
            more = 2
            low = 0x800
            c &= 0x0F
        elif c >= 0xF0 and c <= 0xF4:
            more = 3
            low = 0x10000
            c &= 0x07
        else:
            return -1
        if n - i < <size_t>more:
            return -1
        while more > 0:
            if (s[i] & 0xC0) != 0x80:
                return -1
            c = c << 6 | (s[i] & 0x3F)
            i += 1
            more -= 1
        if c < low or c > 0x10FFFF or (c >= 0xD800 and c <= 0xDFFF):
            return -1
        if c > 0xFF:
            latin1[0] = False
    return chars


# Index + 1 of the atom with this name, or 0.
cdef uint32_t probe(NameTable* t, uint32_t hash_, const uint8_t* name, size_t length) noexcept nogil:
    cdef size_t i = hash_ & t.mask
    cdef uint64_t slot
    cdef uint32_t index
    cdef Atom* a
    while True:
        slot = en_load64_acq(&t.slots[i])
        if slot == 0:
            return 0
        if <uint32_t>(slot >> 32) == hash_:
            index = <uint32_t>slot - 1
            a = &pages[index >> PAGE_BITS][index & (PAGE_SIZE - 1)]
            if a.length == length and memcmp(a.name, name, length) == 0:
                return index + 1
        i = (i + 1) & t.mask


cdef void place(NameTable* t, uint64_t slot) noexcept nogil:
    cdef size_t i = <size_t>(slot >> 32) & t.mask
    while t.slots[i] != 0:
        i = (i + 1) & t.mask
    en_store64_rel(&t.slots[i], slot)


cdef NameTable* new_table(size_t size) noexcept nogil:
    cdef NameTable* t = <NameTable*>malloc(sizeof(NameTable))
    if t == NULL:
        return NULL
    t.mask = size - 1
    t.slots = <uint64_t*>calloc(size, sizeof(uint64_t))
    return t if t.slots != NULL else NULL


# Under the lock: doubles the array of names.
cdef bint grow() noexcept nogil:
    cdef NameTable* old = table
    cdef NameTable* t = new_table((old.mask + 1) * 2)
    cdef size_t i
    if t == NULL:
        return False
    for i in range(old.mask + 1):
        if old.slots[i] != 0:
            place(t, old.slots[i])
    en_storep_rel(<void**>&table, t)
    return True


cdef uint8_t* keep_name(const uint8_t* name, size_t length) noexcept nogil:
    global chunk, chunk_left
    cdef uint8_t* p
    if chunk_left < length or chunk == NULL:
        chunk = <uint8_t*>malloc(NAME_CHUNK)
        chunk_left = NAME_CHUNK if chunk != NULL else 0
        if chunk == NULL:
            return NULL
    p = chunk
    memcpy(p, name, length)
    chunk += length
    chunk_left -= length
    return p


# Under the lock: index + 1 of a new atom, or 0.
cdef uint32_t insert(uint32_t hash_, const uint8_t* name, size_t length, int chars, bint latin1) noexcept nogil:
    global count
    cdef uint32_t index = count
    cdef Atom* a
    if index >= LIMIT_MAX:
        return 0
    if <size_t>index * 2 >= table.mask and not grow():
        return 0
    if pages[index >> PAGE_BITS] == NULL:
        a = <Atom*>calloc(PAGE_SIZE, sizeof(Atom))
        if a == NULL:
            return 0
        en_storep_rel(<void**>&pages[index >> PAGE_BITS], a)
    a = &pages[index >> PAGE_BITS][index & (PAGE_SIZE - 1)]
    a.name = keep_name(name, length)
    if a.name == NULL:
        return 0
    a.length = <uint16_t>length
    a.chars = <uint16_t>chars
    a.latin1 = latin1
    a.hash = portable_hash(name, length)
    a.order = en_bswap32(<uint32_t>load_bytes(name, length if length < 4 else 4))
    en_store32_rel(&count, index + 1)
    place(table, <uint64_t>hash_ << 32 | (index + 1))
    return index + 1


cdef Term atom_put(const uint8_t* name, size_t length) noexcept nogil:
    cdef uint32_t hash_, found
    cdef int chars
    cdef bint latin1, made = False
    if length > ATOM_MAX_BYTES:
        return 0
    hash_ = name_hash(name, length)
    found = probe(<NameTable*>en_loadp_acq(<void**>&table), hash_, name, length)
    if found != 0:
        return make_atom(found - 1)
    chars = scan_utf8(name, length, &latin1)
    if chars < 0 or chars > ATOM_MAX_CHARS:
        return 0
    en_spin_lock(&lock)
    found = probe(table, hash_, name, length)
    en_spin_unlock(&lock)
    if found != 0:
        return make_atom(found - 1)
    if admission != NULL and not admission(False):
        return 0
    en_spin_lock(&lock)
    found = probe(table, hash_, name, length)
    if found == 0:
        found = insert(hash_, name, length, chars, latin1)
        made = found != 0
    en_spin_unlock(&lock)
    if made and admission != NULL:
        admission(True)
    return make_atom(found - 1) if found != 0 else 0


cdef Term atom_put_latin1(const uint8_t* name, size_t length) noexcept nogil:
    cdef uint8_t utf8[2 * ATOM_MAX_CHARS]
    cdef size_t i, n = 0
    if length > ATOM_MAX_CHARS:
        return 0
    for i in range(length):
        if name[i] < 0x80:
            utf8[n] = name[i]
            n += 1
        else:
            utf8[n] = 0xC0 | (name[i] >> 6)
            utf8[n + 1] = 0x80 | (name[i] & 0x3F)
            n += 2
    return atom_put(utf8, n)


cdef Term atom_find(const uint8_t* name, size_t length) noexcept nogil:
    cdef uint32_t hash_, found
    if length > ATOM_MAX_BYTES:
        return 0
    hash_ = name_hash(name, length)
    found = probe(<NameTable*>en_loadp_acq(<void**>&table), hash_, name, length)
    if found == 0:
        en_spin_lock(&lock)
        found = probe(table, hash_, name, length)
        en_spin_unlock(&lock)
    return make_atom(found - 1) if found != 0 else 0


cdef Term atom_from_cstr(const char* name) noexcept nogil:
    return atom_put(<const uint8_t*>name, strlen(name))


cdef Atom* atom_get(Term atom) noexcept nogil:
    cdef size_t i = atom_index(atom)
    return &pages[i >> PAGE_BITS][i & (PAGE_SIZE - 1)]


cdef uint32_t atom_count() noexcept nogil:
    return en_load32_acq(&count)


cdef uint32_t atom_limit() noexcept nogil:
    return LIMIT_MAX


cdef void atom_set_admission(bint (*admit)(bint made) noexcept nogil) noexcept nogil:
    global admission
    admission = admit


cdef bint atom_refused() noexcept nogil:
    return atom_count() >= LIMIT_MAX or (admission != NULL and not admission(False))


cdef int atom_compare(Term a, Term b) noexcept nogil:
    cdef Atom* x
    cdef Atom* y
    cdef int r
    if a == b:
        return 0
    x = atom_get(a)
    y = atom_get(b)
    if x.order != y.order:
        return -1 if x.order < y.order else 1
    r = memcmp(x.name, y.name, x.length if x.length < y.length else y.length)   # UTF-8 keeps code point order
    return r if r != 0 else <int>x.length - <int>y.length


cdef bint install() noexcept nogil:
    global table
    cdef int i
    table = new_table(1 << 15)
    if table == NULL:
        return False
    for i in range(KNOWN_ATOMS):
        if atom_from_cstr(en_known_atoms[i]) != make_atom(i):
            return False
    return True


if table == NULL and not install():
    raise MemoryError("the atom table could not be built")

"""What Erlang terms look like to the operating system: errno atoms, file names, bytes of I/O data.

Nothing here touches a VM; every function that makes terms allocates from the given heap and never
collects. Read next: room.pxd.
"""
from libc.stdint cimport uint8_t, uint32_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap

cdef enum:
    NAMES_LATIN1 = 0
    NAMES_UTF8 = 1

# The POSIX name of an errno value as an atom (enoent ...), `unknown` for one without a name.
cdef Term errno_atom(int error) noexcept nogil
# {error, enoent} on the heap; 0: no memory.
cdef Term errno_tuple(Heap* h, int error) noexcept nogil

# A growing array of bytes.
cdef struct Bytes:
    uint8_t* data              # malloc'd; the caller frees
    size_t size
    size_t capacity
cdef bint bytes_put(Bytes* b, const uint8_t* data, size_t size) noexcept nogil     # False: no memory
cdef bint bytes_put_byte(Bytes* b, uint8_t byte) noexcept nogil
cdef bint bytes_put_utf8(Bytes* b, uint32_t c) noexcept nogil
# Appends the bytes of an iodata term; False if it is none, or memory is exhausted.
cdef bint bytes_put_iodata(Bytes* b, Term t) noexcept nogil
# The same, where less than a byte is nothing.
cdef bint bytes_put_output(Bytes* b, Term t) noexcept nogil
# One code point from UTF-8: bytes used, 0 if it is not valid, -1 if the input ends in the middle.
cdef int utf8_next(const uint8_t* s, size_t size, uint32_t* c) noexcept nogil
cdef bint utf8_valid(const uint8_t* s, size_t size) noexcept nogil

# A file name (deep list of characters, a binary taken as it is, or with allow_atom an atom anywhere a
# string may stand) as NUL-terminated bytes without another NUL; malloc'd. NULL: not such a name.
cdef char* name_to_native(Term name, int encoding, bint allow_empty, bint allow_atom, size_t* size) noexcept nogil
# The characters of a native name; 0: not valid in this encoding (*memory False) or no memory.
cdef Term name_from_native(Heap* h, const uint8_t* name, size_t size, int encoding, bint* memory) noexcept nogil
cdef Term list_of_bytes(Heap* h, const uint8_t* data, size_t size, Term tail) noexcept nogil   # 0: no memory
cdef Term tuple_of_2(Heap* h, Term a, Term b) noexcept nogil
cdef Term tuple_of_3(Heap* h, Term a, Term b, Term c) noexcept nogil
# The bytes of a binary that ends in NUL, with no other NUL before the closing ones: a path for the system.
# The caller frees *temp if it is not NULL. NULL: einval.
cdef const char* native_path(Term path, uint8_t** temp) noexcept nogil

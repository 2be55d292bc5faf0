"""The external term format, both ways, byte for byte as OTP writes it.

Decoding checks every length against the input before it allocates: no input can make it read outside
the buffer or allocate more than a small multiple of the input's length (compressed terms: of their
declared size, which must match). Nothing here collects.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap

cdef enum:
    EXT_COMPRESSED_SHIFT = 0       # low 4 bits: zlib level 0..9
    EXT_MINOR_0 = 1 << 4           # floats as text
    EXT_MINOR_2 = 1 << 5           # atoms as UTF-8
    EXT_DETERMINISTIC = 1 << 6
    EXT_LOCAL = 1 << 7
    EXT_LONG_PORTS = 1 << 8        # 64 bits for every port
cdef struct ExternalBuffer:
    uint8_t* data                  # malloc'd; the caller frees
    size_t size
    size_t capacity
# Appends the term, with the leading 131 if `versioned`. False: memory exhausted, or no external form (*reason).
cdef bint external_encode(ExternalBuffer* out, Term t, int flags, bint versioned, Term* reason) noexcept nogil
cdef uint64_t external_size(Term t, int flags) noexcept nogil   # as erlang:external_size
cdef enum:
    EXT_SAFE = 1                   # no new atoms, no new external fun references
# Decodes one term that starts at data[0] (with 131 if versioned). 0: AM_badarg or AM_system_limit in *reason.
cdef Term external_decode(Heap* h, const uint8_t* data, size_t size, int flags, bint versioned, size_t* used, Term* reason) noexcept nogil
# External funs and local funs need the code room, which is above: it fills these at start-up.
cdef struct ExternalHooks:
    void* (*export_get)(void* ctx, Term module, Term function, unsigned int arity) noexcept nogil
    void* (*fun_entry_get)(void* ctx, Term module, uint64_t old_uniq, const uint8_t* uniq, uint64_t index, unsigned int arity, unsigned int free) noexcept nogil
    # Writes name parts of an export / fun entry.
    void (*export_parts)(void* target, Term* module, Term* function, unsigned int* arity) noexcept nogil
    void (*fun_parts)(void* entry, Term* module, uint64_t* old_uniq, const uint8_t** uniq, uint64_t* index) noexcept nogil
    # May be NULL. As export_get, but NULL if there is no such export (EXT_SAFE).
    void* (*export_find)(void* ctx, Term module, Term function, unsigned int arity) noexcept nogil
    # May be NULL. A term for a local reference known by its three numbers (magic, alias), 0: an ordinary one.
    Term (*ref_find)(void* ctx, Heap* h, const uint32_t* ids) noexcept nogil
cdef ExternalHooks* external_hooks() noexcept nogil
cdef void external_set_context(void* ctx) noexcept nogil        # per thread: which VM's code tables serve the hooks
cdef void* external_context() noexcept nogil                    # NULL: the thread works for no VM
# The name of this node for encoding local pids, and node names seen.
from enigma.term.boxed cimport NodeName
cdef NodeName* node_intern(Term name, unsigned int creation) noexcept nogil
cdef NodeName* node_local() noexcept nogil                     # nonode@nohost, creation 0, unless distributed
cdef void node_set_local(NodeName* node) noexcept nogil        # distribution starts or stops
# A local pid's number and serial, as they are written and printed, low bits first.
cdef enum:
    PID_NUMBER_BITS = 15
    PID_SERIAL_BITS = 13

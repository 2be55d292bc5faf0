"""The printed form of terms, as erlang:display/1 and the emulator's own messages show them."""
from libc.stdint cimport uint8_t
from enigma.term.core cimport Term

cdef struct TextBuffer:
    uint8_t* data                  # malloc'd; the caller frees with text_free
    size_t size
    size_t capacity
cdef void text_init(TextBuffer* b) noexcept nogil
cdef void text_free(TextBuffer* b) noexcept nogil
cdef bint text_put(TextBuffer* b, const char* s) noexcept nogil
cdef bint text_put_bytes(TextBuffer* b, const uint8_t* s, size_t n) noexcept nogil
cdef bint text_put_term(TextBuffer* b, Term t, size_t limit) noexcept nogil    # ~limit elements, then ...
# '<0.1.2>', '#Port<0.3>', '#Ref<0.1.2.3>', #Fun<m.1.2> into out (at least 400 bytes); returns the length.
cdef size_t text_identifier(Term t, char* out) noexcept nogil
cdef void term_print_stderr(Term t) noexcept nogil              # for debugging

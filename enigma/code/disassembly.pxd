"""Instructions of loaded code as text, for `enigma dis`."""
from enigma.term.pack cimport word
from enigma.term.text cimport TextBuffer

# Adds the instruction at ip; returns its length in words. Addresses are told as words behind `base`.
cdef size_t instruction_text(const word* base, const word* ip, TextBuffer* out) noexcept nogil

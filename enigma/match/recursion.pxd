"""Left recursion in regular expressions, which PCRE refuses and PCRE2 lets be.

A group that calls itself, or the whole pattern, before anything can have been matched would go on for ever. What PCRE
knows of a pattern when it comes to such a call is what stands before it; under a condition it refuses nothing.

Read next: regex.pyx, which asks.
"""
from libc.stdint cimport int64_t, uint8_t

# Where the first such call's closing character is; -1: there is none.
cdef int64_t left_recursion(const uint8_t* source, size_t size, bint utf, bint extended, bint captures) noexcept nogil

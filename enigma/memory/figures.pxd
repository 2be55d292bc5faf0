"""What terms would take in OTP's memory: figures that programs print and compare."""
from libc.stdint cimport uint64_t
from enigma.term.core cimport Term

# The words of a term in OTP's layouts; ours differ in external funs, maps and bits. shared: what is shared counts once,
# literals not at all.
cdef size_t otp_words(Term t, bint shared) noexcept nogil
# The bytes of a term as OTP's compressed tables hold it: the external format with atoms by number.
cdef uint64_t otp_compressed_bytes(Term t) noexcept nogil

"""Which BIFs the OTP release of a VM has; see releases.pyx."""
from enigma.code.module cimport CodeTables

# Those that the release does not have become undefined functions. Before any code is loaded.
cdef void bifs_of_release(CodeTables* code, int release) noexcept

"""What the loader checks of a file's operations beyond their operands' ranges.

Sizes, register counts and lists are what the instructions take for granted. What registers hold is the
verifier's business, which code_check calls at the end.
"""
from enigma.code.reader cimport BeamFile

# NULL, or what is wrong; *opcode is then the operation's.
cdef const char* code_check(BeamFile* f, unsigned int* opcode) noexcept nogil

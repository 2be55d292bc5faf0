"""What the loader checks of a file's operations beyond their operands' ranges.

Sizes, register counts and lists are what the instructions take for granted, and Y registers lie inside the
frame of their place. Types of values are the compiler's business: code that takes the head of an atom is not
found here.
"""
from enigma.code.reader cimport BeamFile

# NULL, or what is wrong; *opcode is then the operation's.
cdef const char* code_check(BeamFile* f, unsigned int* opcode) noexcept nogil

"""What the registers, the frame and the heap hold at every operation of a file, worked out before it is loaded.

A forward walk over each function's operations, from its entry, with what is known merged at labels. What no
compiler produces is refused: registers that hold nothing, a match context or a handler taken for a value, more
heap than was asked for, frames that do not fit their place, jumps into other functions, circles that count no
reductions. What is merely not proved, since the compiler knows more about types than can be found here, becomes
an operation that looks for itself (get_list_checked and its like in instructions/*.tab).

Read next: verifier.pyx.
"""
from enigma.code.reader cimport BeamFile

# NULL, or what is wrong; *opcode is then the operation's. Replaces operations of f that are not proved by their
# checked forms. code_check has passed the file.
cdef const char* code_verify(BeamFile* f, unsigned int* opcode) noexcept nogil

"""The break menu: what Ctrl-C at a terminal leads to, as in erl."""
from enigma.process.process cimport VM

cdef enum:
    BREAK_CONTINUE = 0
    BREAK_EXIT = 1            # with exit code 0
    BREAK_ABORT = 2           # after a crash dump

# Talks over descriptors 0 and 1 and says how to go on. The caller has stopped the world. Python's signal handlers run
# meanwhile: a second Ctrl-C is a KeyboardInterrupt.
cdef int break_menu(VM* vm) except -1

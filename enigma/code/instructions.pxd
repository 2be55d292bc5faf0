"""The instruction set as the loader sees it: labels, forms, and small pieces of code that the VM itself needs.

The tables are generated (tools/geninstr.py) into include/enigma/instructions_generated.h. The dispatch loop
fills the label addresses once, when it is imported.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from enigma.term.pack cimport word

cdef enum:
    SPECIAL_NORMAL_EXIT = 0      # return address at the bottom of a stack: exit(normal)
    SPECIAL_APPLY = 1            # start of a process: x0 module, x1 function, x2 argument list
    SPECIAL_RETURN = 2           # return x0 to the caller (after a dirty BIF)
    SPECIAL_RAISE = 3            # raise p.freason/p.fvalue (a dirty BIF failed, a signal killed us)
    SPECIAL_BIF_AGAIN = 4        # run p.current_bif with X registers as arguments again
    SPECIAL_WAIT_RETURN = 5      # hibernate: call x0:x1(x2) once a message is there
    # return addresses that tracing pushes; what lies behind each is told in trace/point.pyx
    SPECIAL_RETURN_TRACE = 6
    SPECIAL_EXCEPTION_TRACE = 7
    SPECIAL_RETURN_TO = 8
    SPECIAL_RETURN_TIME = 9
    SPECIAL_COUNT = 10

# The address of a special piece of code; valid once the dispatch loop has been imported.
cdef word* special_code(int which) noexcept nogil
# Called by the dispatch loop's module: labels[i] is what instruction i's first word must hold.
cdef void instructions_set_labels(const word* labels, size_t count) noexcept nogil
cdef word instruction_label(unsigned int instruction) noexcept nogil
# The instruction whose label this word is, or -1.
cdef int instruction_of_label(word label) noexcept nogil
cdef const char* instruction_name(unsigned int instruction) noexcept nogil
# The instruction of this name (NAME_kinds), or -1 if the definitions have none.
cdef int instruction_named(const char* name) noexcept nogil
cdef word instruction_label_named(const char* name) noexcept nogil      # 0: none
# The generic operation of this name, or -1.
cdef int operation_named(const char* name) noexcept nogil

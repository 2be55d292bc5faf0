"""A running VM: the struct, its scheduler threads and its host mailbox; see machine.pyx."""
from enigma.process.process cimport Process, VM

cdef class Machine:
    cdef VM* vm
    cdef Process* host              # mailbox of the embedding program
    cdef readonly object otp        # OTPRoot
    cdef readonly object settings   # Settings
    cdef list threads
    cdef bint started
    cdef bint closed

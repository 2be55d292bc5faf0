"""A running VM: the struct, its scheduler threads and its host mailbox; see machine.pyx."""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.process.process cimport Process, VM
from enigma.process.settings cimport VMSettings

cdef class Machine:
    cdef VM* vm
    cdef Process* host              # mailbox of the embedding program
    cdef readonly object otp        # OTPRoot
    cdef readonly object settings   # Settings
    cdef list threads
    cdef bint started
    cdef readonly bint closed
    cdef object lock                # Python lock: one host thread at a time in `host`
    cdef describe(self, VMSettings* texts, bint owns_process)
    cdef preload(self, path)
    cdef start_threads(self)
    cdef free_rooms(self)
    cdef check_open(self)
    cdef Term start_call(self, Process* parent, module, function, list arguments, uint32_t flags, Term* ref) except 0
    cdef Term next_message(self, Process* mailbox, timeout) except 0

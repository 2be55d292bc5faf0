"""A running VM: the struct, its scheduler threads and its host mailbox; see machine.pyx."""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.process.process cimport Process, VM
from enigma.process.settings cimport VMSettings
from enigma.runtime.convert cimport Identity

cdef class Machine:
    cdef VM* vm
    cdef Process* host              # mailbox of the embedding program
    cdef readonly object otp        # OTPRoot
    cdef readonly object settings   # Settings
    cdef list threads
    cdef bint started
    cdef readonly bint closed
    cdef object lock                # Python lock: one host thread at a time in `host`
    cdef object gate                # Python condition: guards `users` and `closing`
    cdef dict users                 # calls of the host in progress: thread -> how many
    cdef bint closing               # no new ones; the last to leave frees the VM if nobody waits for it
    cdef bint orphan                # closed from within a call: its end frees the VM
    cdef Identity identity          # whose Pids, Refs, Ports and Funs may come in
    cdef object process             # the host's process id: a forked child has no schedulers
    cdef describe(self, VMSettings* texts, bint owns_process)
    cdef keep_arguments(self, words)
    cdef preload(self, path)
    cdef start_threads(self)
    cdef free_rooms(self)
    cdef end(self)
    cdef enter(self)
    cdef leave_call(self)
    cdef Term start_call(self, Process* parent, module, function, list arguments, uint32_t flags, Term* ref) except 0
    cdef Term next_message(self, Process* mailbox, timeout) except 0

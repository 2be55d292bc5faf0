"""Signals of the operating system, as messages to erl_signal_server: only for a VM that owns the process.

A handler writes the signal's number into a pipe; the poller turns it into {notify, sigterm}. What was
set before comes back when the VM ends.
"""
from enigma.process.process cimport VM

cdef enum:
    SIGNAL_DEFAULT = 0
    SIGNAL_IGNORE = 1
    SIGNAL_HANDLE = 2

# Whether the VM may set signals at all.
cdef bint signals_owned(VM* vm) noexcept nogil
# number is the operating system's. False: the pipe could not be made.
cdef bint signal_dispose(VM* vm, int number, int how) noexcept nogil

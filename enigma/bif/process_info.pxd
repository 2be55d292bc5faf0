"""What process_info/2 can be asked."""
from enigma.term.core cimport Term
from enigma.process.process cimport Process

# A list of all items, in OTP's order, on p's heap; 0: no memory.
cdef Term process_info_items(Process* p) noexcept nogil

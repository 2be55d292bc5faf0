"""The terminal's modes, for whoever talks to its user while the guest stands still."""

# The modes that the terminal had before the guest; False: nobody has changed them.
cdef bint terminal_lend() noexcept nogil
cdef void terminal_take_back() noexcept nogil          # the guest's modes again
# From now on the interrupt key sends no signal: the guest reads it as a character (+Bc).
cdef void terminal_keep_interrupt() noexcept nogil

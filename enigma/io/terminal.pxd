"""The modes of the host's terminal: one for the whole process, given to whoever takes it first.

Modes are -1 (off), 0 (as they are) or 1 (on). What is left of a terminal that was not given back is set right when
the host process ends. Read next: terminal.pyx.
"""
cdef bint terminal_take() noexcept nogil                 # False: somebody else has it
cdef void terminal_give_back() noexcept nogil            # with the modes it had
cdef bint terminal_modes(int canonical, int echo, int signals) noexcept nogil    # the taker only; False: errno
# Writes a byte to fd for each SIGWINCH (w) and SIGCONT (c); -1: to nobody. The taker only.
cdef void terminal_notify(int fd) noexcept nogil
# The width and height of the window; -1 where the host does not know.
cdef void terminal_window(int* columns, int* rows) noexcept nogil
# The modes that the terminal had before the guest; False: nobody has changed them.
cdef bint terminal_lend() noexcept nogil
cdef void terminal_take_back() noexcept nogil          # the guest's modes again
# From now on the interrupt key sends no signal: the guest reads it as a character (+Bc).
cdef void terminal_keep_interrupt() noexcept nogil

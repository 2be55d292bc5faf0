"""The stream drivers: open_port/2 names them by what it opens; no command finds them. See stream.pyx."""
from enigma.io.port cimport PortDriver

cdef PortDriver* stream_fd() noexcept nogil          # {fd, In, Out}
cdef PortDriver* stream_file() noexcept nogil        # a file name
cdef PortDriver* stream_spawn() noexcept nogil       # {spawn, _} and {spawn_executable, _}

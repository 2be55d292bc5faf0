"""Crash dumps in OTP's format 0.5, as its crashdump_viewer reads them."""
from enigma.process.process cimport Scheduler, VM

# VM.crash_dump: writes the slogan vm.halt_text to standard error (of a VM that owns the process) and the dump to where
# the VM's ERL_CRASH_DUMP says, unless its ERL_CRASH_DUMP_SECONDS or _BYTES is 0. The world is stopped meanwhile.
cdef void crash_dump(VM* vm, Scheduler* s) noexcept nogil
# The same for a caller that has stopped the world already.
cdef void crash_dump_stopped(VM* vm, const char* slogan) noexcept nogil

"""What a VM was started with, as strings and numbers that any floor may read; VM.runtime points to one.

Written once before the schedulers start, but for what says that it is atomic.
"""
from libc.stdint cimport int64_t, uint32_t

cdef struct VMSettings:
    char release[32]            # otp_release: "25"
    int release_number          # the same as a number: what differs between releases asks it
    char version[64]            # erts version
    char architecture[128]      # as gcc names the machine
    char system_version[256]    # the banner
    bint printable_unicode      # +pc unicode
    bint file_names_unicode     # +fnu
    uint32_t port_limit
    uint32_t ets_limit
    bint owns_process           # the command line: signals, terminal and halt reach the host process
    int cpus                    # logical processors
    int break_mode              # letter of +B: b (menu), i (ignored), c (to the shell), d (the signal's default)
    char* emulator_arguments    # the words of the command line, each ended by a 0, and one more 0; malloc'd or NULL
    uint32_t requests_limit     # outstanding_system_requests_limit; atomic
    bint off_heap_messages      # +hmqd off_heap

"""What the break menu and a crash dump say of a VM: general figures, processes, ports, tables, modules.

The form is that of OTP's crash dumps, which tools parse: sections that begin with a line "=tag" or "=tag:id", then
"Name: value" lines. The world stands still while anything here runs, and nothing here allocates terms.

Read next: crashdump.pyx, breakmenu.pyx.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.process.process cimport Process, VM

cdef enum:
    WRITER_BYTES = 1 << 16

# Buffered output to a descriptor.
cdef struct Writer:
    int fd
    bint cr                   # a terminal: CR before every LF
    bint failed               # an error of write; nothing more is written
    uint64_t left             # bytes that may still be written (ERL_CRASH_DUMP_BYTES)
    size_t size               # bytes in data
    char data[WRITER_BYTES]

cdef Writer* writer_new(int fd, bint cr) noexcept nogil
cdef void writer_free(Writer* w) noexcept nogil          # flushes; does not close
cdef void writer_flush(Writer* w) noexcept nogil
cdef void put_bytes(Writer* w, const char* s, size_t n) noexcept nogil
cdef void put(Writer* w, const char* s) noexcept nogil
cdef void put_number(Writer* w, int64_t n) noexcept nogil
cdef void put_hex(Writer* w, uint64_t n) noexcept nogil
cdef void put_term(Writer* w, Term t) noexcept nogil     # as erlang:display/1 shows it, cut when it is long
cdef void put_base64(Writer* w, const unsigned char* data, size_t n) noexcept nogil
# 0x000... (module:function/arity + offset)
cdef void put_code_address(Writer* w, VM* vm, word* address) noexcept nogil

cdef void report_general(Writer* w, VM* vm) noexcept nogil       # =memory, =hash_table ...
# =proc: in a dump without the stack, which has a section of its own
cdef void report_process(Writer* w, Process* p, bint dump) noexcept nogil
cdef void report_processes(Writer* w, VM* vm, bint dump) noexcept nogil
cdef void report_ports(Writer* w, VM* vm) noexcept nogil
cdef void report_tables(Writer* w, VM* vm, bint objects) noexcept nogil
cdef void report_modules(Writer* w, VM* vm, bint dump) noexcept nogil
cdef void report_distribution(Writer* w, VM* vm) noexcept nogil
cdef void report_timers(Writer* w, VM* vm) noexcept nogil
# The process in a slot, if there is one that programs see; or NULL.
cdef Process* process_at(VM* vm, size_t slot) noexcept nogil
# All of them by slot; NULL at the end. *slot starts at 0.
cdef Process* process_next(VM* vm, size_t* slot) noexcept nogil

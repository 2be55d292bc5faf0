"""Raising and catching: from a failure code to a handler, a stack trace, or the end of the process.

A failing instruction or BIF leaves p.freason (EXC_ codes of process.pxd) and p.fvalue. exception_raise turns
them into class, value and a raw trace, finds the innermost handler on the stack and goes there, or ends
the process.

The raw trace is a tuple on the process heap, so that it may lie in registers and be collected:

    {class and kind, arguments of the first entry, error_info, M-F-A or given trace, address, address ...}

Addresses are code addresses divided by 8, as small integers. They are looked up only when a program asks
for the trace (trace_build), and only compared with the ranges of loaded code, never followed.

Read next: exception.pyx; calls.pxd.
"""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.term.boxed cimport Heap
from enigma.code.module cimport BifEntry
from enigma.process.process cimport Process, VM

cdef enum:
    # further requests of BIFs to the loop, beside TRAP_ of process.pxd
    TRAP_APPLY = 1 << 16        # call trap_args[0]:trap_args[1] with the list trap_args[2]
    TRAP_APPLY_FUN = (1 << 16) + 1   # call the fun trap_args[0] with the list trap_args[1]
    EXF_GIVEN = 1 << 7          # freason: raise again; p.ftrace has the trace already
    BIF_CONTROL = 1 << 8        # BifEntry.flags: a failure is the caller's, not the BIF's (erlang:error ...)
    TRACE_DEPTH = 8             # entries of a stack trace unless system_flag(backtrace_depth) says otherwise
    TRACE_DEPTH_MAX = 1024

# Goes to the innermost handler: sets x[0..3] and the stack pointer, returns its code. NULL: there is none, and
# the process has exited. `ip` is the failing instruction. May allocate; the heap's fields are current.
cdef word* exception_raise(Process* p, word* ip, Term* x) noexcept nogil

# The failing code is a BIF: its name and arguments head the trace. p.freason is set. May allocate.
cdef void guard_failed1(Process* p, Term name, Term a) noexcept nogil
cdef void guard_failed2(Process* p, Term name, Term a, Term b) noexcept nogil
cdef void mfa_failed(Process* p, Term module, Term function, Term args) noexcept nogil
cdef void bif_failed(Process* p, BifEntry* bif, Term* args) noexcept nogil

# What `catch` makes of an exception. May allocate.
cdef Term caught_value(Process* p, Term class_, Term value, Term trace) noexcept nogil
# The code to raise a class again with: no new trace is made.
cdef word raise_again_code(word class_) noexcept nogil
# The same, for the class that a raw trace remembers.
cdef word trace_class(Term trace) noexcept nogil
# raw_raise: False if the class is none.
cdef bint raise_raw(Process* p, Term class_, Term value, Term trace) noexcept nogil
# A raw trace that stands for a given list (erlang:raise/3).
cdef Term trace_given(Process* p, word code, Term stack_trace) noexcept nogil
# The list [{M, F, Arity | Args, Location}] of a raw trace; a list is itself.
cdef Term trace_build(Process* p, Term trace) noexcept nogil
# Where p is now, on `h`: for process_info(current_stacktrace) and (current_location is its head).
# p must not run meanwhile, or be the caller.
cdef Term process_stack_trace(Process* p, Heap* h, size_t depth) noexcept nogil
# Sends {log, error, Format, Args, Metadata} to the system logger.
cdef void log_error_term(Process* p, const char* format, Term args) noexcept nogil
# The same of pid's doing, without a group leader.
cdef void log_error_of(VM* vm, Term pid, const char* format, Term args) noexcept nogil

cdef uint32_t trace_depth(VM* vm) noexcept nogil

# The outcome of a process that the host has called (PF_HOST_CALL), to the host's mailbox. Allocates.
cdef void host_answer(Process* p, Term kind, Term value, Term trace) noexcept nogil

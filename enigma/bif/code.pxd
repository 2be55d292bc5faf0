"""Code loading as other rooms need it: does a process run code that is about to go?"""
from enigma.term.core cimport Term
from enigma.process.process cimport Process
from enigma.code.module cimport ModuleInstance

# The process's instruction pointer, a return address or a handler lies in the instance. Caller: whoever
# runs p, or anybody while the world is stopped.
cdef bint process_uses_instance(Process* p, ModuleInstance* instance) noexcept nogil
# What erts_internal:check_process_code/1 and the system task of that name answer: AM_true or AM_false.
cdef Term process_check_code(Process* p, Term module) noexcept nogil

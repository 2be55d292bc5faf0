"""The share of atoms of a VM; see atoms.pxd.

The admission runs on whatever thread makes an atom. Threads that work for a VM are known by the context that they
set for the external format: schedulers and blocking threads. The host's own threads have no share to exceed.
"""
from libc.stdint cimport uint32_t
from libc.stdio cimport snprintf
from libc.stdlib cimport malloc
from enigma.term.atom cimport atom_count, atom_set_admission
from enigma.term.core cimport en_add32, en_load32_acq
from enigma.term.external cimport external_context
from enigma.code.module cimport CodeTables
from enigma.process.process cimport Scheduler, VM
from enigma.process.runqueue cimport scheduler_current, vm_halt_slogan

cdef enum:
    SLOGAN_SIZE = 80

cdef uint32_t base = 0            # atoms before the first VM; 0: no VM yet


cdef bint admit(bint made) noexcept nogil:
    cdef CodeTables* code = <CodeTables*>external_context()
    cdef VM* vm
    cdef Scheduler* s
    cdef char* slogan
    if code == NULL or code.vm == NULL:
        return True
    vm = <VM*>code.vm
    if made:
        en_add32(&vm.atoms_made, 1)
        return True
    if vm.atom_limit == 0 or vm.atom_base + en_load32_acq(&vm.atoms_made) < vm.atom_limit:
        return True
    slogan = <char*>malloc(SLOGAN_SIZE)
    if slogan != NULL:
        snprintf(slogan, SLOGAN_SIZE, b"no more index entries in atom_tab (max=%u)\n", vm.atom_limit)
    vm_halt_slogan(vm, slogan)
    s = scheduler_current()
    if s != NULL and s.current != NULL:
        s.current.reductions_left = 0      # it has run its last turn
    return False


cdef void vm_atoms_init(VM* vm, uint32_t limit) noexcept nogil:
    global base
    if base == 0:
        base = atom_count()
    vm.atom_base = base
    vm.atom_limit = limit


atom_set_admission(admit)

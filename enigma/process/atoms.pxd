"""How many atoms a VM may make: +t.

The atom table is the host process's; every VM has a share of its own, so that one VM that makes atoms without
end stops itself, and neither the host nor its neighbours. The share counts what lay in the table before the first VM, as
if each VM had made it. A VM whose share is used up halts with OTP's slogan.
"""
from libc.stdint cimport uint32_t
from enigma.process.process cimport VM

# Once the VM's preloaded modules are there; `limit` as +t gives it.
cdef void vm_atoms_init(VM* vm, uint32_t limit) noexcept nogil

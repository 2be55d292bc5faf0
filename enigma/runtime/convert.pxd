"""Terms to Python values and back; see convert.pyx."""
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap
from enigma.memory.heap cimport Fragment

# One VM, as its objects know it.
cdef class Identity:
    cdef void* first            # Term_ with a fragment; a list through their next, under lock
    cdef object lock
    cdef enter(self, Term_ o)
    cdef leave(self, Term_ o)   # frees what o holds
    cdef release(self)

cdef class Term_:
    cdef Term term              # immediate, or in `fragment`; 0: its VM is gone
    cdef Fragment* fragment
    cdef Identity owner
    cdef str text               # as str() gives it; None: not asked for yet
    cdef void* next
    cdef void* previous

cdef class Pid(Term_):
    pass
cdef class Ref(Term_):
    pass
cdef class Port(Term_):
    pass
cdef class Fun(Term_):
    pass

cdef object to_python(Term t, Identity owner)
cdef Term from_python(Heap* h, object value, Identity owner) except 0
cdef Term atom_term(str name) except 0
cdef str term_text(Term t)

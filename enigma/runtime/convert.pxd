"""Terms to Python values and back; see convert.pyx."""
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap
from enigma.memory.heap cimport Fragment

cdef class Term_:
    cdef Term term              # immediate, or in `fragment`
    cdef Fragment* fragment

cdef class Pid(Term_):
    pass
cdef class Ref(Term_):
    pass
cdef class Port(Term_):
    pass
cdef class Fun(Term_):
    pass

cdef object to_python(Term t, int depth)
cdef Term from_python(Heap* h, object value, int depth) except 0
cdef Term atom_term(str name) except 0
cdef str term_text(Term t)

"""What the bodies of trace specifications do: {enable_trace, ...}, {caller}, {silent, ...} and the rest."""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.match.spec cimport MatchTrace
from enigma.process.process cimport Process

# MatchTrace.act
cdef Term trace_act(MatchTrace* m, Process* p, int action, Term* args, uint32_t n) noexcept nogil

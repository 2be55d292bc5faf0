"""Match specifications, compiled once and run on many terms.

A specification is a list of clauses {Head, Guards, Body}. It becomes one flat program: the head's pattern in
preorder, then guards and body as a stack machine in postorder, clause by clause. The program owns a copy of
every constant, so it outlives the specification. Running allocates on the process heap and never collects.

Read next: spec.pyx for the operations.
"""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.term.text cimport TextBuffer
from enigma.process.process cimport Process

cdef struct MatchProgram

# Compiles; NULL with AM_badarg or AM_system_limit in *reason. `arguments`: heads are argument lists (tracing).
cdef MatchProgram* match_compile(Term spec, bint arguments, Term* reason) noexcept nogil
# The same; what is wrong is written to *messages, each message with a NUL behind it.
cdef MatchProgram* match_explain(Term spec, bint arguments, TextBuffer* messages, Term* reason) noexcept nogil
# A program of one clause {Pattern, [], ['$_']} or, with bindings, {Pattern, [], ['$$']}: match_object, match.
cdef MatchProgram* match_compile_pattern(Term pattern, bint bindings, Term* reason) noexcept nogil
cdef void match_free(MatchProgram* m) noexcept nogil

# Runs the clauses on `subject` until one matches. 0: none did; else the last body value, which may point
# into the subject and the program (copy it, or use it while both live). *failed: memory is exhausted.
cdef Term match_run(MatchProgram* m, Process* p, Term subject, bint* failed) noexcept nogil

# The constant that the subject's element at `position` (1-based) must be for any clause to match; 0 if the
# clauses differ or leave it open. MATCH_NEVER if no clause can match anything.
cdef Term match_constant(MatchProgram* m, uint32_t position) noexcept nogil

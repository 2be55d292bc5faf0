"""Match specifications, compiled once and run on many terms.

A specification is a list of clauses {Head, Guards, Body}. It becomes one flat program: the head's pattern in
preorder, then guards and body as a stack machine in postorder, clause by clause. The program owns a copy of
every constant, so it outlives the specification. Running allocates on the process heap and never collects.

Read next: spec.pyx for the operations.
"""
from libc.stdint cimport uint32_t
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.term.text cimport TextBuffer
from enigma.process.process cimport Process

cdef struct MatchProgram

cdef enum:
    # what a specification is for
    MATCH_TABLE = 0
    MATCH_CALL = 1           # heads are lists: a function's arguments;
    MATCH_SEND = 2           # [Receiver, Message];
    MATCH_RECEIVE = 3        # [Node, Sender, Message]
    MATCH_LATER = 16         # beside one of these: with the functions that OTP 26 added
    # what only the bodies of tracing can ask for
    ACT_RETURN_TRACE = 0
    ACT_EXCEPTION_TRACE = 1
    ACT_MESSAGE = 2
    ACT_DISPLAY = 3
    ACT_IS_SEQ_TRACE = 4
    ACT_SET_SEQ_TOKEN = 5
    ACT_GET_SEQ_TOKEN = 6
    ACT_PROCESS_DUMP = 7
    ACT_ENABLE_TRACE = 8
    ACT_DISABLE_TRACE = 9
    ACT_TRACE = 10
    ACT_CALLER = 11
    ACT_CALLER_LINE = 12
    ACT_SILENT = 13
    ACT_GET_TCW = 14
    ACT_SET_TCW = 15
    # what a head says of a key
    KEY_NEVER = 0            # no such tuple matches
    KEY_IS = 1               # it is *key
    KEY_LIKE = 2             # it matches the pattern *key, a tuple or a list
    KEY_ANY = 3
    # MatchTrace.flags
    MATCH_RETURN_TRACE = 1
    MATCH_EXCEPTION_TRACE = 2

# Who does what a trace specification asks for.
cdef struct MatchTrace:
    uint32_t flags           # MATCH_: of the clause that matched
    bint pretend             # match_spec_test: nothing is changed
    word* caller             # return address of the function looked at, for {caller}; NULL: none
    # 0: it failed. Arguments as in the specification; n of them.
    Term (*act)(MatchTrace* trace, Process* p, int action, Term* args, uint32_t n) noexcept nogil

# Compiles; NULL with AM_badarg or AM_system_limit in *reason.
cdef MatchProgram* match_compile(Term spec, int dialect, Term* reason) noexcept nogil
# The same; what is wrong is written to *messages, each message with a NUL behind it.
cdef MatchProgram* match_explain(Term spec, int dialect, TextBuffer* messages, Term* reason) noexcept nogil
# A program of one clause {Pattern, [], ['$_']} or, with bindings, {Pattern, [], ['$$']}: match_object, match.
cdef MatchProgram* match_compile_pattern(Term pattern, int dialect, bint bindings, Term* reason) noexcept nogil
cdef void match_free(MatchProgram* m) noexcept nogil
cdef bint match_is_variable(Term t) noexcept nogil       # $N

# Runs the clauses on `subject` until one matches. 0: none did; else the last body value, which may point
# into the subject and the program (copy it, or use it while both live). *failed: memory is exhausted.
cdef Term match_run(MatchProgram* m, Process* p, Term subject, bint* failed) noexcept nogil

# The same with a trace's specification: the value is what {message, Value} says, else true.
cdef Term match_run_trace(MatchProgram* m, Process* p, Term subject, MatchTrace* trace, bint* failed) noexcept nogil

# What clause i, of match_clauses, says of the element at `position` (1-based) of the tuples that it matches: KEY_.
cdef uint32_t match_clauses(MatchProgram* m) noexcept nogil
cdef int match_key(MatchProgram* m, uint32_t i, uint32_t position, Term* key) noexcept nogil
# Where a key stands beside all those that are like `pattern`, which lie side by side: below (-1), among (0) or above (1).
cdef int match_key_order(Term pattern, Term key) noexcept nogil

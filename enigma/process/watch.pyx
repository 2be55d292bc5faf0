"""The table of watch.pxd. Filled once, when enigma.trace is imported; read only while `VM.trace` is set."""
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.code.instructions cimport SPECIAL_EXCEPTION_TRACE, SPECIAL_RETURN_TIME, SPECIAL_RETURN_TO, SPECIAL_RETURN_TRACE, special_code

cdef WatchHooks g_hooks

cdef WatchHooks* watch_hooks() noexcept nogil:
    return &g_hooks

cdef bint is_trace_return(Term t) noexcept nogil:
    cdef word* address = <word*>t
    return (address == special_code(SPECIAL_RETURN_TRACE) or address == special_code(SPECIAL_EXCEPTION_TRACE)
            or address == special_code(SPECIAL_RETURN_TO) or address == special_code(SPECIAL_RETURN_TIME))

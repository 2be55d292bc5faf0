"""Regular expressions: OTP's `re` syntax and options on PCRE2.

OTP 25 carries an older generation of the library (PCRE 8). Patterns are written for that one, so this room
translates what the two read differently, and speaks the old one's error messages.

A Regex is a compiled pattern with its source; it never changes, is counted, and any thread may match with it.
Recently compiled ones are kept in a cache for the whole host process. Nothing here knows about terms.

PCRE2 backtracks, which can take time exponential in the subject's length. A pattern that needs no backtracking has a
second engine, which gives the same answers in linear time (linear.pxd).

Read next: bif/re.pyx, which decides who matches.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from enigma.match.options cimport *

cdef enum:                       # what regex_match answers instead of a count
    RX_NOMATCH = -1
    RX_LIMIT = -2                # match limit
    RX_DEPTH_LIMIT = -3          # depth or memory limit
    RX_FAILED = -4               # no memory, or the library failed

cdef enum:
    RX_DEFAULT_LIMIT = 10000000  # steps a start position may cost, and how deep backtracking may go
    RX_ERROR_TEXT = 160

cdef struct Regex:
    uint64_t refc                # atomic
    uint64_t hash                # of options and source
    uint64_t stamp               # when the cache last gave it out; under the cache's lock
    uint32_t options             # RX_, as asked for
    uint32_t captures            # groups, without the whole
    uint32_t name_count
    uint32_t name_entry          # bytes of an entry of `names`: group number (two bytes, big-endian), name, 0
    const uint8_t* names         # sorted by name; in `code`
    bint utf                     # pattern and subjects are UTF-8
    bint crlf                    # CR LF can end a line
    void* code                   # pcre2_code
    void* spare                  # RegexRun kept for the next match, or NULL; atomic
    void* program                # Program, or NULL: not looked for yet, or NO_PROGRAM; atomic, set once
    void* spare_linear           # LinearRun kept for the next match, or NULL; atomic
    uint8_t* source              # behind this struct
    size_t size

cdef struct RegexRun:            # room for one match
    void* data                   # pcre2_match_data
    void* context                # pcre2_match_context
    size_t* groups               # start, end of group n at [2n], [2n + 1]; RX_UNSET if it took no part
    uint64_t steps               # that the last match in linear time has taken; some ten nanoseconds each

cdef struct RegexError:
    size_t offset                # bytes into the source
    char text[RX_ERROR_TEXT]

cdef uint64_t regex_hash(const uint8_t* source, size_t size, uint32_t options) noexcept nogil
# The compiled pattern, with a count for the caller; NULL and *error otherwise.
cdef Regex* regex_get(const uint8_t* source, size_t size, uint32_t options, RegexError* error) noexcept nogil
cdef void regex_release(Regex* r) noexcept nogil
cdef RegexRun* regex_run_new(Regex* r) noexcept nogil        # NULL: no memory
cdef void regex_run_done(Regex* r, RegexRun* run, size_t subject_size) noexcept nogil
# Matches from `offset` on; a match may begin before last_start + 1 only. The caller has checked that the subject
# of a `utf` pattern is valid. Returns RX_ or the number of groups
# up to the last that took part, the whole included.
cdef int regex_match(Regex* r, RegexRun* run, const uint8_t* subject, size_t size, size_t offset, size_t last_start,
                     uint32_t options, uint32_t limit, uint32_t depth_limit) noexcept nogil
# Can the pattern be matched in linear time? The first call for a pattern makes what that needs.
cdef bint regex_is_linear(Regex* r) noexcept nogil
# The same as regex_match, in linear time and without limits, for a pattern that allows it.
cdef int regex_match_linear(Regex* r, RegexRun* run, const uint8_t* subject, size_t size, size_t offset,
                            uint32_t options) noexcept nogil
# About how many steps that may take.
cdef uint64_t regex_linear_cost(Regex* r, size_t size) noexcept nogil
# Where the first byte that is not valid UTF-8 lies; `size` if there is none.
cdef size_t utf8_valid(const uint8_t* s, size_t size) noexcept nogil
cdef void regex_version(char* out, size_t size) noexcept nogil      # of the library: number and date
# Steps that a first try may take before it is given to the blocking pool (see bif/re.pyx); 0 sets the default.
# Returns the former. For tests.
cdef uint32_t regex_first_limit_set(uint32_t limit) noexcept nogil
cdef uint32_t regex_first_limit() noexcept nogil

"""Searching bytes for one or many byte strings: what binary:match, matches and split work with.

One pattern is found by vector compares of its first and last byte, falling back to a linear automaton
(Knuth-Morris-Pratt) when the text turns out to be hostile. Many patterns become one Aho-Corasick
automaton. The match reported is the one that starts first, and of those the longest.

A Search is immutable once made, so any number of threads may use it; what changes is in a SearchCursor.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from enigma.term.boxed cimport Magic

cdef enum:
    SEARCH_ONE = 1
    SEARCH_MANY = 2
    SEARCH_MAGIC = 0x62736368    # 'bsch': Magic.type of a compiled pattern

cdef struct Search:
    Magic magic                  # count: one for each owner
    uint32_t kind                # SEARCH_
    size_t count                 # patterns
    size_t shortest              # bytes
    size_t longest
    # one pattern
    const uint8_t* pattern       # `longest` bytes; owned if pattern_owned
    bint pattern_owned
    uint32_t* failure            # KMP table for the fallback; owned, NULL for short patterns
    # many patterns
    uint16_t byte_class[256]     # bytes that no pattern tells apart share a class
    uint32_t class_count
    uint32_t state_count
    uint32_t* next               # dense: next[state * class_count + class]; NULL: too large, use the links
    uint32_t* depth              # length of the longest pattern prefix a state stands for
    uint32_t* out                # length of the longest pattern ending here; 0: none
    uint32_t* fail               # longest proper suffix that is a state
    uint32_t* child              # first child; 0: none
    uint32_t* sibling            # next child of the same parent; 0: none
    uint8_t* label               # byte on the edge to this state
    uint32_t root[256]           # children of the root
    uint8_t skip[256]            # 1: the byte can't begin a pattern

cdef struct SearchCursor:
    size_t position              # next byte to look at
    uint32_t state               # automaton
    bint slow                    # one pattern: the fast search has given up on this text
    bint found                   # many: [start, end) is the best so far
    size_t start, end            # the match

cdef enum:
    SEARCH_NONE = 0              # no (further) match
    SEARCH_FOUND = 1             # cursor.start, cursor.end; position is cursor.end
    SEARCH_AGAIN = 2             # budget used up: call again

# Makes *s, which the caller allocated, a search for one pattern (size > 0) that stays the caller's memory.
cdef void search_borrow(Search* s, const uint8_t* pattern, size_t size) noexcept nogil
cdef void search_clear(Search* s) noexcept nogil                # frees what *s owns, not *s
# A counted Search (count 1) that owns copies of n non-empty patterns. NULL: no memory, or too large.
cdef Search* search_compile(const uint8_t** patterns, const size_t* sizes, size_t n) noexcept nogil
cdef void search_release(Search* s) noexcept nogil
cdef void search_start(SearchCursor* c, size_t position) noexcept nogil
# Looks for the next match in text[c.position, end); takes what it looks at from *budget (bytes).
cdef int search_next(const Search* s, const uint8_t* text, size_t end, SearchCursor* c, size_t* budget) noexcept nogil
# Bytes that a process may look at in one turn, however many reductions it has left; 0 sets the default, which is no
# such bound. Returns the former. For tests.
cdef size_t search_turn_set(size_t bytes_) noexcept nogil
cdef size_t search_turn() noexcept nogil

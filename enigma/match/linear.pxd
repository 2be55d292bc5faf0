"""Runs a Program over a subject in time that grows with the subject's length times the program's, never faster.

Two machines work together. One follows all threads at once as a state of a deterministic automaton, which is made
while it is needed and thrown away when it gets large; it finds out whether there is a match, where it ends, and a
place before which it can't begin. The other carries the groups of every thread along, and only goes over the part
that the first has found. Both keep threads in the order in which backtracking would try them, and drop what comes
behind one that has matched: so the match and its groups are those that PCRE2 would find.

A LinearRun belongs to one match at a time; automaton and memory are kept for the next. Read next: program.pxd.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from enigma.match.pcre2 cimport pcre2_match_data
from enigma.match.program cimport Program

cdef enum:
    KNOWN_CHARACTERS = 512       # characters beyond the bytes' classes that a run remembers

cdef struct Threads:             # of one position, first to be tried first
    uint32_t* states
    uint32_t count
    size_t* slots                # of thread n at n * program.slots; NULL unless groups are followed

cdef struct AutomatonState:
    uint32_t at, count           # its threads, in LinearRun.kernels: states that follow a character, not closed yet
    uint32_t flags               # what is known of the position before the next character
    uint32_t next                # in its chain of the table; 0 ends it

cdef struct LinearRun:
    Program* program
    pcre2_match_data* data       # to ask PCRE2 of single characters
    uint32_t options             # RX_ of the match
    # classes of characters
    uint64_t* members            # of each class, as in the program, whose classes come first
    uint32_t class_count, class_room
    uint32_t known[KNOWN_CHARACTERS]             # character + 1
    uint16_t known_class[KNOWN_CHARACTERS]
    # threads
    uint32_t* mark               # of each state: the stamp of the list that it is in
    uint32_t stamp
    uint64_t* stack
    Threads now, then
    size_t* current              # groups of the thread that is being followed
    # the automaton
    uint32_t stride              # symbols of a state
    uint32_t* follow             # [state * stride + symbol]: where it leads, with bits; 0: not known yet
    AutomatonState* states       # 0 is none
    uint32_t state_count, state_room
    uint32_t* kernels
    uint32_t kernel_count, kernel_room
    uint32_t table[1024]         # chains of states by hash
    # The state of a search that has found nothing yet, if it is known what leads out of it; else 0.
    uint32_t idle
    uint8_t leaves[256]          # the byte does, or may
    int only                     # the one byte that does; -1: there are others
    uint64_t steps               # of threads, in the last match: what it has cost beside a look at every byte

cdef LinearRun* linear_new(Program* p) noexcept nogil            # NULL: no memory
cdef void linear_free(LinearRun* run) noexcept nogil
cdef size_t linear_memory(LinearRun* run) noexcept nogil         # bytes, about
# Looks for a match from `offset` on. Returns 1 (groups: two of each), 0: none, -1: no memory.
cdef int linear_match(LinearRun* run, const uint8_t* subject, size_t size, size_t offset, uint32_t options,
                      size_t* groups) noexcept nogil

"""Regular expressions as programs of a machine that looks at every character once.

A pattern becomes a Program if nothing in it needs a memory of what was matched: no back-reference, look-around,
atomic or possessive part, condition, recursion, callout or verb, no \K \R \X \C, and lines that end with one
character. What a single character has to be (a class, a property, a letter in either case) is asked of PCRE2 itself,
one character at a time, so the two agree by construction.

A thread is at an instruction and knows of each open loop whose body can be empty if its turn has taken anything yet:
such a turn ends the loop. Whatever takes a character makes all of these turns full, so the full ones are the outer
ones always, and their number is all there is to know: a state is (instruction, full turns), numbered
base[instruction] + turns. What can follow a state depends on nothing else; that makes the first thread that comes to
a state at some position the only one that matters.

A Program never changes. Read next: linear.pxd, which runs it.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from enigma.match.pcre2 cimport pcre2_code, pcre2_match_data

cdef enum:                       # instructions; unless said otherwise the next one follows
    P_MATCH
    P_SET                        # takes a character of set x
    P_SPLIT                      # x, and if that fails y
    P_JUMP                       # x
    P_SAVE                       # slot x becomes the position
    P_ASSERT                     # x: ASSERT_
    P_ENTER                      # a turn of a loop whose body can be empty begins
    P_CHECK                      # it ends: if it was empty y, otherwise x or y; `lazy`: y first

cdef enum:
    ASSERT_START                 # \A
    ASSERT_LINE_START            # ^
    ASSERT_ANY_LINE_START        # ^ of multiline
    ASSERT_END                   # \z
    ASSERT_LAST_LINE_END         # \Z
    ASSERT_LINE_END              # $
    ASSERT_ONLY_END              # $ of dollar_endonly
    ASSERT_ANY_LINE_END          # $ of multiline
    ASSERT_WORD                  # \b
    ASSERT_NOT_WORD              # \B
    ASSERT_OFFSET                # \G

cdef enum:                       # what the assertions of a program ask of a position
    USES_START = 1               # is it the start of the subject
    USES_NEWLINE = 2             # is a line end before it
    USES_WORD = 4                # is a word character before it
    USES_OFFSET = 8              # is it where the match began to look
    USES_FINAL = 16              # is a line end behind it the last character

cdef enum:
    SET_CODE                     # the character `code`
    SET_ALL
    SET_NOT_NEWLINE
    SET_PATTERN                  # what `pattern` matches

cdef struct Instruction:
    uint8_t op                   # P_
    bint lazy
    uint16_t depth               # loops that may have empty turns and are open here
    uint32_t x, y

cdef struct CharacterSet:
    int kind                     # SET_
    uint32_t code
    pcre2_code* pattern          # owned
    size_t from_, size           # of its text in the source
    bint caseless

cdef struct Program:
    Instruction* code
    uint32_t count
    uint32_t* base               # of each instruction: its first state
    uint32_t* where              # of each state: its instruction
    uint32_t states
    uint32_t slots               # two for each group, the whole included
    CharacterSet* sets
    uint32_t set_count
    uint32_t words               # 64-bit words of a class's set membership
    # Classes of characters that no set tells apart: those of the bytes, or of ASCII if utf.
    uint16_t byte_class[256]
    uint64_t* members            # of each class: the sets it belongs to
    uint32_t class_count
    uint32_t uses                # USES_
    uint32_t newline             # the character that ends a line
    int word_set                 # set of word characters; -1: nobody asks
    bint utf
    bint anchored

# The program of a pattern that PCRE2 has compiled as `whole` from text[0, size); NULL: it is not of that kind (or no
# memory). options: RX_.
cdef Program* program_make(pcre2_code* whole, const uint8_t* text, size_t size, uint32_t options,
                           const uint8_t* tables) noexcept nogil
cdef void program_free(Program* p) noexcept nogil
# Is the character in the set?
cdef bint set_has(Program* p, CharacterSet* s, uint32_t character, pcre2_match_data* data) noexcept nogil

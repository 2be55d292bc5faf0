# distutils: libraries = pcre2-8
# distutils: define_macros = PCRE2_CODE_UNIT_WIDTH=8
"""From the text of a regular expression to a Program; see program.pxd.

The text is one that PCRE2 has accepted, so nothing is reported here: what the reader does not know to be in the
language of programs makes it give up, and PCRE2 goes on alone.

Reading gives a tree, since a part with a count is written as often as it says. Loops are written as PCRE2 runs them:
x{2,} is x and x+; x{1,3} is x(x(x)?)?; a turn that has taken nothing ends its loop.

Read next: linear.pyx.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset
from enigma.match.pcre2 cimport *
from enigma.match.options cimport *

cdef enum:
    INSTRUCTIONS_MAX = 10000     # of a program; a longer one is no program
    STATES_MAX = 20000
    SLOTS_MAX = 1 << 20          # of all states together
    SETS_MAX = 1024
    COUNT_MAX = 65535            # as PCRE2's

cdef enum:                       # nodes
    N_EMPTY
    N_SET                        # a: set
    N_ASSERT                     # a: ASSERT_
    N_SEQUENCE                   # a: first of the children
    N_CHOICE                     # a: first of the children
    N_GROUP                      # a: child; b: number, 0 if it takes none
    N_REPEAT                     # a: child; b: what the first `least` are, a if 0; least, most (-1: no end), lazy

cdef struct Node:
    int kind
    int a, b
    int least, most
    bint lazy
    bint nullable                # can match nothing
    int next                     # of the same parent; -1: none

cdef struct Reader:
    const uint8_t* text
    size_t size
    size_t i
    Node* nodes
    int node_count
    int node_room
    CharacterSet* sets
    uint32_t set_count
    uint32_t set_room
    uint32_t options             # RX_ of the whole
    uint32_t flags               # of PCRE2, for the patterns of sets
    pcre2_compile_context* context
    uint32_t groups
    uint32_t uses
    int word_set
    bint quoting                 # within \Q...\E
    bint bad                     # not of this language, or no memory


# --- characters and sets ----------------------------------------------------------------------------------------------

cdef inline int peek(Reader* r, size_t i) noexcept nogil:        # -1 behind the end
    return r.text[i] if i < r.size else -1


cdef bint one_of(int c, const char* set_) noexcept nogil:
    while set_[0]:
        if set_[0] == c:
            return True
        set_ += 1
    return False


cdef inline bint is_digit(int c) noexcept nogil:
    return c'0' <= c <= c'9'


cdef inline bint is_letter(int c) noexcept nogil:
    return c'a' <= c <= c'z' or c'A' <= c <= c'Z'


cdef uint32_t newline_of(uint32_t options) noexcept nogil:       # 0: none of one character
    options &= RX_NEWLINE_MASK
    if options == 0 or options == RX_NEWLINE_LF:
        return 10
    return 13 if options == RX_NEWLINE_CR else 0


# Bytes of the character at i.
cdef size_t character_size(Reader* r, size_t i) noexcept nogil:
    cdef uint8_t c = r.text[i]
    cdef size_t n = 1
    if r.options & RX_UTF and c >= 0xC0:
        n = 2 if c < 0xE0 else (3 if c < 0xF0 else 4)
    return n if i + n <= r.size else 1


cdef uint32_t character_code(Reader* r, size_t i, size_t n) noexcept nogil:
    cdef const uint8_t* s = r.text + i
    if n == 2:
        return (<uint32_t>(s[0] & 0x1F) << 6) | (s[1] & 0x3F)
    if n == 3:
        return (<uint32_t>(s[0] & 0x0F) << 12) | (<uint32_t>(s[1] & 0x3F) << 6) | (s[2] & 0x3F)
    if n == 4:
        return ((<uint32_t>(s[0] & 0x07) << 18) | (<uint32_t>(s[1] & 0x3F) << 12) | (<uint32_t>(s[2] & 0x3F) << 6)
                | (s[3] & 0x3F))
    return s[0]


cdef bint set_has(Program* p, CharacterSet* s, uint32_t character, pcre2_match_data* data) noexcept nogil:
    cdef uint8_t text[4]
    cdef size_t n = 1
    if s.kind == SET_CODE:
        return s.code == character
    if s.kind == SET_ALL:
        return True
    if s.kind == SET_NOT_NEWLINE:
        return character != p.newline
    if not p.utf or character < 0x80:
        text[0] = <uint8_t>character
    elif character < 0x800:
        text[0] = <uint8_t>(0xC0 | (character >> 6))
        text[1] = <uint8_t>(0x80 | (character & 0x3F))
        n = 2
    elif character < 0x10000:
        text[0] = <uint8_t>(0xE0 | (character >> 12))
        text[1] = <uint8_t>(0x80 | ((character >> 6) & 0x3F))
        text[2] = <uint8_t>(0x80 | (character & 0x3F))
        n = 3
    else:
        text[0] = <uint8_t>(0xF0 | (character >> 18))
        text[1] = <uint8_t>(0x80 | ((character >> 12) & 0x3F))
        text[2] = <uint8_t>(0x80 | ((character >> 6) & 0x3F))
        text[3] = <uint8_t>(0x80 | (character & 0x3F))
        n = 4
    return pcre2_match(s.pattern, text, n, 0, PCRE2_NO_UTF_CHECK if p.utf else 0, data, NULL) > 0


cdef CharacterSet* new_set(Reader* r) noexcept nogil:
    cdef CharacterSet* larger
    if r.set_count == r.set_room:
        larger = NULL
        if r.set_count < SETS_MAX:
            larger = <CharacterSet*>realloc(r.sets, (2 * r.set_room + 8) * sizeof(CharacterSet))
        if larger == NULL:
            r.bad = True
            return NULL
        r.sets = larger
        r.set_room = 2 * r.set_room + 8
    larger = r.sets + r.set_count
    memset(larger, 0, sizeof(CharacterSet))
    r.set_count += 1
    return larger


cdef int simple_set(Reader* r, int kind, uint32_t code) noexcept nogil:
    cdef CharacterSet* s
    cdef uint32_t i
    for i in range(r.set_count):
        if r.sets[i].kind == kind and r.sets[i].code == code:
            return <int>i
    s = new_set(r)
    if s == NULL:
        return 0
    s.kind = kind
    s.code = code
    return <int>(r.set_count - 1)


# The set of what text[0, size) matches: a class, an escape or a letter.
cdef int pattern_set(Reader* r, const uint8_t* text, size_t size, bint caseless) noexcept nogil:
    cdef CharacterSet* s
    cdef uint32_t i
    cdef int status
    cdef size_t offset
    cdef pcre2_code* code
    for i in range(r.set_count):
        s = r.sets + i
        if (s.kind == SET_PATTERN and s.size == size and s.caseless == caseless and s.size != 0
                and memcmp(r.text + s.from_, text, size) == 0):
            return <int>i
    code = pcre2_compile(text, size, r.flags | (PCRE2_CASELESS if caseless else 0), &status, &offset, r.context)
    if code == NULL:
        r.bad = True
        return 0
    s = new_set(r)
    if s == NULL:
        pcre2_code_free(code)
        return 0
    s.kind = SET_PATTERN
    s.pattern = code
    s.caseless = caseless
    if r.text <= text < r.text + r.size:
        s.from_ = <size_t>(text - r.text)
        s.size = size
    return <int>(r.set_count - 1)


# --- reading ----------------------------------------------------------------------------------------------------------

cdef int new_node(Reader* r, int kind, int a, bint nullable) noexcept nogil:
    cdef Node* larger
    if r.node_count == r.node_room:
        larger = <Node*>realloc(r.nodes, <size_t>(2 * r.node_room + 32) * sizeof(Node))
        if larger == NULL:
            r.bad = True
            return 0
        r.nodes = larger
        r.node_room = 2 * r.node_room + 32
    larger = r.nodes + r.node_count
    memset(larger, 0, sizeof(Node))
    larger.kind = kind
    larger.a = a
    larger.nullable = nullable
    larger.next = -1
    r.node_count += 1
    return r.node_count - 1


cdef int assertion(Reader* r, int kind) noexcept nogil:
    if kind == ASSERT_START or kind == ASSERT_LINE_START:
        r.uses |= USES_START
    elif kind == ASSERT_ANY_LINE_START:
        r.uses |= USES_START | USES_NEWLINE
    elif kind == ASSERT_LAST_LINE_END or kind == ASSERT_LINE_END:
        r.uses |= USES_FINAL
    elif kind == ASSERT_OFFSET:
        r.uses |= USES_OFFSET
    elif kind == ASSERT_WORD or kind == ASSERT_NOT_WORD:
        r.uses |= USES_WORD
        if r.word_set < 0:
            r.word_set = pattern_set(r, <const uint8_t*>b"[\\w]", 4, False)
    return new_node(r, N_ASSERT, kind, True)


# A character that stands for itself, of n bytes at i.
cdef int literal(Reader* r, size_t i, size_t n, bint caseless) noexcept nogil:
    if caseless and (is_letter(r.text[i]) or r.text[i] >= 0x80):
        return new_node(r, N_SET, pattern_set(r, r.text + i, n, True), False)
    return new_node(r, N_SET, simple_set(r, SET_CODE, character_code(r, i, n)), False)


cdef size_t closing_brace(Reader* r, size_t i) noexcept nogil:   # behind it
    while i < r.size and r.text[i] != c'}':
        i += 1
    if i >= r.size:
        r.bad = True
        return i
    return i + 1


# Behind the class that begins at i.
cdef size_t class_end(Reader* r, size_t i) noexcept nogil:
    cdef size_t k
    cdef int mark
    if r.size - i >= 7 and (memcmp(r.text + i, b"[[:<:]]", 7) == 0 or memcmp(r.text + i, b"[[:>:]]", 7) == 0):
        r.bad = True
        return i
    i += 1
    if peek(r, i) == c'^':
        i += 1
    if peek(r, i) == c']':
        i += 1
    while i < r.size and r.text[i] != c']':
        if r.text[i] == c'\\':
            if peek(r, i + 1) == c'Q' or peek(r, i + 1) == c'E':
                r.bad = True
                return i
            i += 2
        elif r.text[i] == c'[' and one_of(peek(r, i + 1), b":.="):
            mark = peek(r, i + 1)
            k = i + 2
            while k + 1 < r.size and not one_of(r.text[k], b"]\\["):
                if r.text[k] == mark and r.text[k + 1] == c']':
                    break
                k += 1
            i = k + 2 if k + 1 < r.size and r.text[k] == mark else i + 1
        else:
            i += 1
    if i >= r.size:
        r.bad = True
        return i
    return i + 1


cdef int escape(Reader* r, uint32_t options) noexcept nogil:
    cdef size_t start = r.i, k
    cdef int c = peek(r, start + 1)
    cdef bint caseless = (options & RX_CASELESS) != 0
    r.i = start + 2
    if c == c'A':
        return assertion(r, ASSERT_START)
    if c == c'z':
        return assertion(r, ASSERT_END)
    if c == c'Z':
        return assertion(r, ASSERT_LAST_LINE_END)
    if c == c'b':
        return assertion(r, ASSERT_WORD)
    if c == c'B':
        return assertion(r, ASSERT_NOT_WORD)
    if c == c'G':
        return assertion(r, ASSERT_OFFSET)
    if c == c'N' and peek(r, start + 2) != c'{':
        return new_node(r, N_SET, simple_set(r, SET_NOT_NEWLINE, 0), False)
    if not is_letter(c) and not is_digit(c):
        if c < 0:
            r.bad = True
            return 0
        r.i = start + 1
        k = character_size(r, r.i)
        r.i += k
        return literal(r, start + 1, k, caseless)
    if one_of(c, b"dDwWsShHvV") or one_of(c, b"aefnrt"):
        pass
    elif c == c'p' or c == c'P':
        r.i = closing_brace(r, r.i) if peek(r, r.i) == c'{' else r.i + 1
    elif c == c'c':
        r.i += 1
    elif c == c'0':
        while r.i < start + 4 and c'0' <= peek(r, r.i) <= c'7':
            r.i += 1
    elif c == c'o' and peek(r, r.i) == c'{':
        r.i = closing_brace(r, r.i)
    elif c == c'x' and peek(r, r.i) == c'{':
        r.i = closing_brace(r, r.i)
    elif c == c'x':
        while r.i < start + 4 and (is_digit(peek(r, r.i)) or c'a' <= peek(r, r.i) <= c'f'
                                   or c'A' <= peek(r, r.i) <= c'F'):
            r.i += 1
    else:
        r.bad = True
    if r.bad or r.i > r.size:
        r.bad = True
        return 0
    return new_node(r, N_SET, pattern_set(r, r.text + start, r.i - start, caseless), False)


# Passes what is between items. False: it is something this reader does not know.
cdef void pass_space(Reader* r, uint32_t options) noexcept nogil:
    cdef int c
    cdef uint32_t newline = newline_of(options)
    while r.i < r.size and not r.quoting:
        c = r.text[r.i]
        if c == c'(' and peek(r, r.i + 1) == c'?' and peek(r, r.i + 2) == c'#':
            while r.i < r.size and r.text[r.i] != c')':
                r.i += 1
            r.i += 1
        elif options & RX_EXTENDED and (9 <= c <= 13 or c == 32):
            r.i += 1
        elif options & RX_EXTENDED and c == c'#':
            while r.i < r.size and r.text[r.i] != newline:
                r.i += 1
            r.i += 1
        elif options & RX_EXTENDED and options & RX_UTF and c >= 0x80:
            r.bad = True                       # may be space of Unicode's
            return
        elif c == c'\\' and peek(r, r.i + 1) == c'E':
            r.i += 2
        else:
            return


# A number at *i, which moves behind it; -1: there is none.
cdef int number_at(Reader* r, size_t* i) noexcept nogil:
    cdef int n = 0
    if not is_digit(peek(r, i[0])):
        return -1
    while is_digit(peek(r, i[0])) and n <= COUNT_MAX:
        n = n * 10 + peek(r, i[0]) - c'0'
        i[0] += 1
    return n


# The count {n}, {n,} or {n,m} that begins at r.i, which moves behind it. False: it is no count.
cdef bint count_at(Reader* r, int* least, int* most) noexcept nogil:
    cdef size_t i = r.i + 1
    least[0] = number_at(r, &i)
    most[0] = least[0]
    if least[0] >= 0 and peek(r, i) == c',':
        i += 1
        most[0] = number_at(r, &i)
    if least[0] < 0 or peek(r, i) != c'}':
        # what only newer generations take for a count
        while i < r.size and (is_digit(r.text[i]) or one_of(r.text[i], b", ")):
            i += 1
        if peek(r, i) == c'}' and i > r.i + 1:
            r.bad = True
        return False
    if least[0] > COUNT_MAX or most[0] > COUNT_MAX:
        r.bad = True
    r.i = i + 1
    return True


# \W among UTF-8 is no letter of Latin-1 (see regex.pyx), but where it has to come several times the library only
# looks at those of ASCII.
cdef bint is_other_than_word(Reader* r, int node) noexcept nogil:
    cdef CharacterSet* s
    if not r.options & RX_UTF or r.options & RX_UCP or r.nodes[node].kind != N_SET:
        return False
    s = r.sets + r.nodes[node].a
    return s.kind == SET_PATTERN and s.size == 2 and memcmp(r.text + s.from_, b"\\W", 2) == 0


# `node` with the count that follows it, if one does.
cdef int repeated(Reader* r, int node, uint32_t options) noexcept nogil:
    cdef int c, least, most
    cdef bint lazy
    cdef int result, first = 0
    pass_space(r, options)
    if r.bad or r.quoting:
        return node
    c = peek(r, r.i)
    if c == c'*' or c == c'+' or c == c'?':
        least = 1 if c == c'+' else 0
        most = 1 if c == c'?' else -1
        r.i += 1
    elif c != c'{' or not count_at(r, &least, &most):
        return node
    if r.nodes[node].kind != N_SET and r.nodes[node].kind != N_GROUP:
        r.bad = True
        return node
    lazy = (options & RX_UNGREEDY) != 0
    if peek(r, r.i) == c'?':
        lazy = not lazy
        r.i += 1
    elif peek(r, r.i) == c'+':
        r.bad = True
        return node
    pass_space(r, options)
    c = peek(r, r.i)
    if not r.quoting and (c == c'*' or c == c'+' or c == c'?' or (c == c'{' and is_digit(peek(r, r.i + 1)))):
        r.bad = True                           # a count of a count
        return node
    if least >= 1 and most != 1 and (least > 1 or most < 0) and is_other_than_word(r, node):
        first = new_node(r, N_SET, pattern_set(r, <const uint8_t*>b"[^a-zA-Z0-9_]", 13, False), False)
    result = new_node(r, N_REPEAT, node, least == 0 or r.nodes[node].nullable)
    if not r.bad:
        r.nodes[result].b = first
        r.nodes[result].least = least
        r.nodes[result].most = most
        r.nodes[result].lazy = lazy
    return result


# A group or a setting that begins with the parenthesis at r.i; -1: a setting, which *options has got.
cdef int group(Reader* r, uint32_t* options) noexcept nogil:
    cdef uint32_t inner = options[0], bit
    cdef int number = 0, child, c
    cdef bint on = True
    cdef size_t k
    r.i += 1
    if peek(r, r.i) == c'*':
        r.bad = True
        return 0
    if peek(r, r.i) != c'?':
        if not options[0] & RX_NO_AUTO_CAPTURE:
            r.groups += 1
            number = <int>r.groups
    else:
        r.i += 1
        c = peek(r, r.i)
        if c == c'P' and peek(r, r.i + 1) == c'<':
            r.i += 1
            c = c'<'
        if c == c'<' or c == c'\'':
            if one_of(peek(r, r.i + 1), b"=!*"):
                r.bad = True
                return 0
            k = r.i + 1
            while k < r.size and r.text[k] != (c'>' if c == c'<' else c'\''):
                k += 1
            r.i = k + 1
            r.groups += 1
            number = <int>r.groups
        else:
            while one_of(peek(r, r.i), b"imsxJU-"):
                c = r.text[r.i]
                bit = 0
                if c == c'-':
                    if not on:
                        r.bad = True
                    on = False
                elif c == c'i':
                    bit = RX_CASELESS
                elif c == c'm':
                    bit = RX_MULTILINE
                elif c == c's':
                    bit = RX_DOTALL
                elif c == c'U':
                    bit = RX_UNGREEDY
                elif c == c'x':
                    bit = RX_EXTENDED
                    if peek(r, r.i + 1) == c'x':
                        r.bad = True
                inner = inner | bit if on else inner & ~bit
                r.i += 1
            if peek(r, r.i) == c')':
                r.i += 1
                options[0] = inner
                return -1
            if peek(r, r.i) != c':':
                r.bad = True
                return 0
            r.i += 1
    child = choice(r, inner)
    if peek(r, r.i) != c')':
        r.bad = True
    if r.bad:
        return 0
    r.i += 1
    child = new_node(r, N_GROUP, child, r.nodes[child].nullable)
    if not r.bad:
        r.nodes[child].b = number
    return child


# One item, or -1 for something that leaves none.
cdef int item(Reader* r, uint32_t* options) noexcept nogil:
    cdef size_t at = r.i, n
    cdef int c = r.text[at]
    cdef uint32_t o = options[0]
    if r.quoting:
        if c == c'\\' and peek(r, at + 1) == c'E':
            r.quoting = False
            r.i += 2
            return -1
    elif c == c'\\':
        if peek(r, at + 1) == c'Q':
            r.quoting = True
            r.i += 2
            return -1
        return escape(r, o)
    elif c == c'(':
        return group(r, options)
    elif c == c'^':
        r.i += 1
        return assertion(r, ASSERT_ANY_LINE_START if o & RX_MULTILINE else ASSERT_LINE_START)
    elif c == c'$':
        r.i += 1
        if o & RX_MULTILINE:
            return assertion(r, ASSERT_ANY_LINE_END)
        return assertion(r, ASSERT_ONLY_END if o & RX_DOLLAR_ENDONLY else ASSERT_LINE_END)
    elif c == c'.':
        r.i += 1
        return new_node(r, N_SET, simple_set(r, SET_ALL if o & RX_DOTALL else SET_NOT_NEWLINE, 0), False)
    elif c == c'[':
        n = class_end(r, at)
        if r.bad:
            return 0
        r.i = n
        return new_node(r, N_SET, pattern_set(r, r.text + at, n - at, (o & RX_CASELESS) != 0), False)
    elif c == c'*' or c == c'+' or c == c'?':
        r.bad = True
        return 0
    elif c == c'{':
        n = r.i
        if count_at(r, &c, &c) or r.bad:
            r.bad = True
            return 0
        r.i = n
    n = character_size(r, at)
    r.i = at + n
    c = literal(r, at, n, (o & RX_CASELESS) != 0)
    if r.quoting and peek(r, r.i) == c'\\' and peek(r, r.i + 1) == c'E':
        r.quoting = False                      # a count behind \E is the last character's
        r.i += 2
    return c


cdef int sequence(Reader* r, uint32_t* options) noexcept nogil:
    cdef int first = -1, last = -1, node
    cdef bint nullable = True
    while not r.bad:
        pass_space(r, options[0])
        if r.i >= r.size or (not r.quoting and (r.text[r.i] == c'|' or r.text[r.i] == c')')):
            break
        node = item(r, options)
        if r.bad:
            break
        if node < 0:
            if not r.quoting:
                pass_space(r, options[0])
                if one_of(peek(r, r.i), b"*+?"):
                    r.bad = True
            continue
        node = repeated(r, node, options[0])
        if r.bad:
            break
        nullable = nullable and r.nodes[node].nullable
        if last < 0:
            first = node
        else:
            r.nodes[last].next = node
        last = node
    if r.bad:
        return 0
    if first < 0:
        return new_node(r, N_EMPTY, 0, True)
    return new_node(r, N_SEQUENCE, first, nullable)


cdef int choice(Reader* r, uint32_t options) noexcept nogil:
    cdef int first = sequence(r, &options), last = first, node
    cdef bint nullable
    if r.bad or peek(r, r.i) != c'|':
        return first
    nullable = r.nodes[first].nullable
    while peek(r, r.i) == c'|':
        r.i += 1
        node = sequence(r, &options)           # a setting holds for the branches behind it, too
        if r.bad:
            return 0
        nullable = nullable or r.nodes[node].nullable
        r.nodes[last].next = node
        last = node
    return new_node(r, N_CHOICE, first, nullable)


# --- writing ----------------------------------------------------------------------------------------------------------

cdef struct Writer:
    Instruction* code
    uint32_t count
    Node* nodes
    bint full


cdef uint32_t put(Writer* w, int op, uint32_t x, uint32_t y, uint32_t depth) noexcept nogil:
    cdef Instruction* one
    if w.count >= INSTRUCTIONS_MAX:
        w.full = True
        return 0
    one = w.code + w.count
    one.op = <uint8_t>op
    one.lazy = False
    one.depth = <uint16_t>depth
    one.x = x
    one.y = y
    w.count += 1
    return w.count - 1


# A choice between what comes next and what `leave` will be set to.
cdef uint32_t put_split(Writer* w, bint lazy, uint32_t depth) noexcept nogil:
    cdef uint32_t at = put(w, P_SPLIT, 0, 0, depth)
    w.code[at].lazy = lazy
    w.code[at].x = at + 1
    return at


cdef void leave_to(Writer* w, uint32_t split, uint32_t where) noexcept nogil:
    if w.code[split].lazy:
        w.code[split].y = w.code[split].x
        w.code[split].x = where
    else:
        w.code[split].y = where


cdef void write_node(Writer* w, int n, uint32_t depth) noexcept nogil:
    cdef Node* node = w.nodes + n
    cdef uint32_t at, out
    cdef int k
    if w.full or node.kind == N_EMPTY:
        return
    if node.kind == N_SET:
        put(w, P_SET, <uint32_t>node.a, 0, depth)
    elif node.kind == N_ASSERT:
        put(w, P_ASSERT, <uint32_t>node.a, 0, depth)
    elif node.kind == N_SEQUENCE:
        k = node.a
        while k >= 0:
            write_node(w, k, depth)
            k = w.nodes[k].next
    elif node.kind == N_GROUP:
        if node.b != 0:
            put(w, P_SAVE, <uint32_t>(2 * node.b), 0, depth)
        write_node(w, node.a, depth)
        if node.b != 0:
            put(w, P_SAVE, <uint32_t>(2 * node.b + 1), 0, depth)
    elif node.kind == N_CHOICE:
        k = node.a
        out = 0                                # the jumps out of the branches so far, linked by their x
        while w.nodes[k].next >= 0:
            at = put_split(w, False, depth)
            write_node(w, k, depth)
            out = put(w, P_JUMP, out, 0, depth)
            if w.full:
                return
            leave_to(w, at, w.count)
            k = w.nodes[k].next
        write_node(w, k, depth)
        while out != 0 and not w.full:
            at = w.code[out].x
            w.code[out].x = w.count
            out = at
    else:
        write_repeat(w, node, depth)


cdef void write_loop(Writer* w, Node* node, uint32_t depth) noexcept nogil:     # x+
    cdef uint32_t start = w.count, at
    if w.nodes[node.a].nullable:
        if depth >= 1000:
            w.full = True
            return
        put(w, P_ENTER, 0, 0, depth)
        write_node(w, node.a, depth + 1)
        at = put(w, P_CHECK, start, w.count + 1, depth + 1)
        w.code[at].lazy = node.lazy
    else:
        write_node(w, node.a, depth)
        at = put(w, P_SPLIT, start, w.count + 1, depth)
        if node.lazy:
            w.code[at].x = at + 1
            w.code[at].y = start


cdef void write_repeat(Writer* w, Node* node, uint32_t depth) noexcept nogil:
    cdef int i
    cdef uint32_t at, out = 0
    cdef bint star
    if node.most == 0:
        return
    for i in range(node.least - (1 if node.most < 0 and node.b == 0 else 0)):
        write_node(w, node.b if node.b != 0 else node.a, depth)
        if w.full:
            return
    if node.most < 0:
        star = node.least == 0 or node.b != 0
        if star:
            out = put_split(w, node.lazy, depth)
        write_loop(w, node, depth)
        if star and not w.full:
            leave_to(w, out, w.count)
        return
    # (x(x)?)?: all leave for the same place; until that is known, their y links them (0 ends: x never is)
    for i in range(node.most - node.least):
        at = put_split(w, node.lazy, depth)
        if w.full:
            return
        w.code[at].y = out
        out = at + 1
        write_node(w, node.a, depth)
        if w.full:
            return
    while out != 0:
        at = out - 1
        out = w.code[at].y
        leave_to(w, at, w.count)


# --- the program ------------------------------------------------------------------------------------------------------

cdef void program_free(Program* p) noexcept nogil:
    cdef uint32_t i
    if p == NULL:
        return
    for i in range(p.set_count):
        pcre2_code_free(p.sets[i].pattern)
    free(p.sets)
    free(p.code)
    free(p.base)
    free(p.where)
    free(p.members)
    free(p)


cdef bint number_states(Program* p) noexcept nogil:
    cdef uint32_t i, j
    p.base = <uint32_t*>malloc(p.count * sizeof(uint32_t))
    if p.base == NULL:
        return False
    p.states = 0
    for i in range(p.count):
        p.base[i] = p.states
        p.states += p.code[i].depth + 1
        if p.states > STATES_MAX:
            return False
    if <uint64_t>p.states * p.slots > SLOTS_MAX:
        return False
    p.where = <uint32_t*>malloc(p.states * sizeof(uint32_t))
    if p.where == NULL:
        return False
    for i in range(p.count):
        for j in range(p.code[i].depth + 1):
            p.where[p.base[i] + j] = i
    return True


cdef bint number_classes(Program* p) noexcept nogil:
    cdef uint32_t limit = 128 if p.utf else 256, c, k
    cdef uint64_t* one
    cdef pcre2_match_data* data = pcre2_match_data_create(1, NULL)
    p.words = (p.set_count + 63) >> 6
    p.members = <uint64_t*>calloc(<size_t>limit * p.words, 8)
    if data == NULL or p.members == NULL:
        pcre2_match_data_free(data)
        return False
    for c in range(limit):
        one = p.members + <size_t>p.class_count * p.words
        memset(one, 0, 8 * p.words)
        for k in range(p.set_count):
            if set_has(p, p.sets + k, c, data):
                one[k >> 6] |= <uint64_t>1 << (k & 63)
        k = 0
        while memcmp(p.members + <size_t>k * p.words, one, 8 * p.words) != 0:
            k += 1
        p.byte_class[c] = <uint16_t>k
        if k == p.class_count:
            p.class_count += 1
    pcre2_match_data_free(data)
    return True


cdef bint build(Program* p, Reader* r, uint32_t captures) noexcept nogil:
    cdef Writer w
    cdef int top
    simple_set(r, SET_CODE, p.newline)         # set 0: line ends always have a class of their own
    top = choice(r, r.options)
    if r.bad or r.i != r.size or r.groups != captures:
        return False
    w.code = <Instruction*>malloc(INSTRUCTIONS_MAX * sizeof(Instruction))
    w.count = 0
    w.nodes = r.nodes
    w.full = w.code == NULL
    if not w.full:
        write_node(&w, top, 0)
        put(&w, P_MATCH, 0, 0, 0)
    if w.full:
        free(w.code)
        return False
    p.code = <Instruction*>realloc(w.code, w.count * sizeof(Instruction))
    if p.code == NULL:
        p.code = w.code
    p.count = w.count
    p.slots = 2 * (captures + 1)
    p.sets = r.sets
    p.set_count = r.set_count
    r.sets = NULL
    r.set_count = 0
    p.uses = r.uses
    p.word_set = r.word_set
    return number_states(p) and number_classes(p)


cdef Program* program_make(pcre2_code* whole, const uint8_t* text, size_t size, uint32_t options,
                           const uint8_t* tables) noexcept nogil:
    cdef Reader r
    cdef Program* p
    cdef uint32_t references = 0, raw = 0, captures = 0, i
    cdef bint good = False
    pcre2_pattern_info(whole, PCRE2_INFO_BACKREFMAX, &references)
    pcre2_pattern_info(whole, PCRE2_INFO_HASBACKSLASHC, &raw)
    pcre2_pattern_info(whole, PCRE2_INFO_CAPTURECOUNT, &captures)
    if references != 0 or raw != 0 or options & RX_FIRSTLINE or newline_of(options) == 0:
        return NULL
    p = <Program*>calloc(1, sizeof(Program))
    memset(&r, 0, sizeof(Reader))
    r.context = pcre2_compile_context_create(NULL)
    if p == NULL or r.context == NULL:
        free(p)
        pcre2_compile_context_free(r.context)
        return NULL
    pcre2_set_character_tables(r.context, tables)
    pcre2_set_newline(r.context, PCRE2_NEWLINE_CR if newline_of(options) == 13 else PCRE2_NEWLINE_LF)
    r.text = text
    r.size = size
    r.options = options
    r.flags = PCRE2_ANCHORED | PCRE2_NO_START_OPTIMIZE
    if options & RX_UTF:
        r.flags |= PCRE2_UTF
    if options & RX_UCP:
        r.flags |= PCRE2_UCP
    r.word_set = -1
    p.utf = (options & RX_UTF) != 0
    p.newline = newline_of(options)
    p.anchored = (options & RX_ANCHORED) != 0
    good = build(p, &r, captures)
    pcre2_compile_context_free(r.context)
    free(r.nodes)
    for i in range(r.set_count):
        pcre2_code_free(r.sets[i].pattern)
    free(r.sets)
    if not good:
        program_free(p)
        return NULL
    return p

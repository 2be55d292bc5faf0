"""Left recursion in regular expressions; see recursion.pxd.

One pass over the pattern. For each open group it is known whether the branch that it is in can be empty so far; what may
be left out by a quantifier behind it is taken back. A call of an open group is left recursion if that is so for the
branches of all groups from the innermost up to the called one.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, strlen

cdef enum:
    WHOLE = 0                   # number of the whole pattern
    NONE = -1                   # of a group that captures nothing

cdef struct Group:
    int64_t number
    size_t name                 # where its name begins, and how long that is; 0: none
    size_t name_size
    int64_t outer               # index of the group around it, or -1
    bint open
    bint quiet                  # an assertion: the branch around it is as if it were not there
    bint condition              # with one branch there is a second, empty one
    int64_t numbers_from        # (?|: each branch counts from here again; -1: it does not
    int64_t numbers_most
    uint32_t branches
    bint some_empty             # a branch that has ended can be empty
    bint empty                  # the present one can, so far
    bint before                 # it could before the last item
    bint always                 # whatever follows: it calls what is not known yet

cdef struct Scan:
    const uint8_t* s
    size_t size
    size_t i
    Group* groups               # malloc'd, in the order of their beginnings; the first is the whole pattern
    size_t count, capacity
    int64_t top                 # index of the innermost open group
    int64_t numbers             # capturing groups so far
    bint failed
    bint utf

cdef inline int char_at(Scan* t, size_t i) noexcept nogil:       # -1 behind the end
    return t.s[i] if i < t.size else -1

cdef bint is_one_of(int c, const char* set_) noexcept nogil:
    while set_[0]:
        if set_[0] == c:
            return True
        set_ += 1
    return False

cdef inline bint is_digit(int c) noexcept nogil: return c'0' <= c <= c'9'

cdef bint starts_with(Scan* t, size_t i, const char* text) noexcept nogil:
    return i <= t.size and t.size - i >= strlen(text) and memcmp(t.s + i, text, strlen(text)) == 0

# Behind the terminator `text`, or the end.
cdef size_t behind(Scan* t, size_t i, const char* text) noexcept nogil:
    while i < t.size:
        if starts_with(t, i, text):
            return i + strlen(text)
        i += 1
    return t.size

# --- groups ---------------------------------------------------------------------------------------------------

cdef Group* open_group(Scan* t, int64_t number) noexcept nogil:
    cdef Group* larger
    cdef Group* g
    if t.count == t.capacity:
        larger = <Group*>realloc(t.groups, (2 * t.capacity + 16) * sizeof(Group))
        if larger == NULL:
            t.failed = True
            return NULL
        t.groups = larger
        t.capacity = 2 * t.capacity + 16
    g = &t.groups[t.count]
    g.number = number
    g.name = 0
    g.name_size = 0
    g.outer = t.top
    g.open = True
    g.quiet = False
    g.condition = False
    g.numbers_from = -1
    g.numbers_most = 0
    g.branches = 1
    g.some_empty = False
    g.empty = True
    g.before = True
    g.always = False
    t.top = <int64_t>t.count
    t.count += 1
    return g

cdef inline Group* innermost(Scan* t) noexcept nogil: return &t.groups[t.top]

# Something that has to be there: a character, a group that cannot be empty.
cdef void item(Scan* t, bint empty) noexcept nogil:
    cdef Group* g = innermost(t)
    g.before = g.empty
    g.empty = g.empty and empty or g.always

cdef void branch_ends(Scan* t, Group* g) noexcept nogil:
    g.some_empty = g.some_empty or g.empty
    g.empty = True
    g.before = True
    g.always = False
    if g.numbers_from >= 0:
        if t.numbers > g.numbers_most:
            g.numbers_most = t.numbers
        t.numbers = g.numbers_from

cdef void close_group(Scan* t) noexcept nogil:
    cdef Group* g = innermost(t)
    if g.outer < 0:                     # an error, which is not told here
        t.failed = True
        return
    branch_ends(t, g)
    if g.numbers_from >= 0:
        t.numbers = g.numbers_most
    g.open = False
    t.top = g.outer
    item(t, g.quiet or g.some_empty or (g.condition and g.branches == 1))

# --- calls ------------------------------------------------------------------------------------------------------

# What the reference from `i` on (R, a number, a signed one, a name) is to: the group's index; -1: none yet.
cdef int64_t called(Scan* t, size_t i, size_t end) noexcept nogil:
    cdef int64_t n = 0, k
    cdef int sign = char_at(t, i)
    cdef size_t at = i + 1 if is_one_of(sign, b"+-") else i
    if at == i and not is_digit(sign):
        if sign == c'R' and i + 1 == end:
            return 0
        for k in range(<int64_t>t.count):
            if t.groups[k].name != 0 and t.groups[k].name_size == end - i and memcmp(t.s + t.groups[k].name, t.s + i, end - i) == 0:
                return k
        return -1
    while at < end and is_digit(t.s[at]) and n < 100000:
        n = 10 * n + t.s[at] - c'0'
        at += 1
    if sign == c'-':
        n = t.numbers - n + 1
    elif sign == c'+':
        n = t.numbers + n
    for k in range(<int64_t>t.count):
        if t.groups[k].number == n:
            return k
    return -1

# Within what stands under a condition nothing is refused.
cdef bint in_condition(Scan* t) noexcept nogil:
    cdef int64_t k = t.top
    while k >= 0:
        if t.groups[k].condition:
            return True
        k = t.groups[k].outer
    return False

# The call whose reference stands from `i` to `end`. True: it is left recursion.
cdef bint call(Scan* t, size_t i, size_t end) noexcept nogil:
    cdef int64_t to = called(t, i, end)
    cdef int64_t k = t.top
    cdef Group* g
    if to >= 0 and not t.groups[to].open:
        item(t, t.groups[to].some_empty)
        return False
    if to >= 0:
        while t.groups[k].empty and k != to:
            k = t.groups[k].outer
        if t.groups[k].empty and not in_condition(t):
            return True
    g = innermost(t)
    g.before = g.empty
    g.always = g.empty
    return False

# --- what is no group -----------------------------------------------------------------------------------------------

# Behind the class that begins at i.
cdef size_t class_end(Scan* t, size_t i) noexcept nogil:
    cdef size_t k
    i += 1
    if char_at(t, i) == c'^':
        i += 1
    if char_at(t, i) == c']':
        i += 1
    while i < t.size and t.s[i] != c']':
        if starts_with(t, i, b"\\Q"):
            i = behind(t, i + 2, b"\\E")
        elif t.s[i] == c'\\':
            i += 2
        elif t.s[i] == c'[' and is_one_of(char_at(t, i + 1), b":.="):
            k = i + 2
            while k < t.size and not is_one_of(t.s[k], b"]\\["):
                k += 1
            i = k + 1 if char_at(t, k) == c']' and t.s[k - 1] == t.s[i + 1] else i + 1
        else:
            i += 1
    return i + 1

# The quantifier at i, if there is one: its length without what makes it lazy or possessive, and the least count.
cdef size_t quantifier(Scan* t, size_t i, bint* optional) noexcept nogil:
    cdef size_t k = i + 1
    cdef int c = char_at(t, i)
    optional[0] = c == c'*' or c == c'?'
    if c == c'*' or c == c'?' or c == c'+':
        return 1
    if c != c'{' or not is_digit(char_at(t, k)):
        return 0
    optional[0] = True
    while is_digit(char_at(t, k)):
        if t.s[k] != c'0':
            optional[0] = False
        k += 1
    if char_at(t, k) == c',':
        k += 1
        while is_digit(char_at(t, k)):
            k += 1
    return k + 1 - i if char_at(t, k) == c'}' else 0

# An escape at t.i; True: it is a call that is left recursion.
cdef bint escape(Scan* t) noexcept nogil:
    cdef size_t i = t.i, k
    cdef int d = char_at(t, i + 1)
    cdef int64_t n = 0
    t.i = i + 2
    if d == c'Q':
        k = behind(t, i + 2, b"\\E")
        t.i = k
        if k >= i + 4 and starts_with(t, k - 2, b"\\E"):
            k -= 2
        if k > i + 2:
            item(t, False)
            while t.utf and k > i + 3 and t.s[k - 1] & 0xC0 == 0x80:
                k -= 1
            if k > i + 3:
                item(t, False)
    elif d == c'E':
        pass
    elif is_one_of(d, b"bBAZzGK"):
        item(t, True)
    elif d == c'g' and is_one_of(char_at(t, i + 2), b"<'"):
        k = behind(t, i + 3, b">" if t.s[i + 2] == c'<' else b"'")
        t.i = k
        if call(t, i + 3, k - 1):
            t.i = k - 1
            return True
    elif d == c'g' or d == c'k':
        if char_at(t, i + 2) == c'{' or d == c'k':
            t.i = behind(t, i + 3, b"}" if char_at(t, i + 2) == c'{' else b">" if char_at(t, i + 2) == c'<' else b"'")
        else:
            while is_digit(char_at(t, t.i)) or char_at(t, t.i) == c'-':
                t.i += 1
        item(t, True)
    elif c'1' <= d <= c'9':
        t.i = i + 1
        while is_digit(char_at(t, t.i)):
            n = 10 * n + t.s[t.i] - c'0' if n < 100000 else n
            t.i += 1
        if n >= 8 and n > t.numbers:              # a character by its octal number, or a digit
            t.i = i + 2
            while t.i < i + 4 and is_digit(char_at(t, t.i)):
                t.i += 1
            item(t, False)
        else:
            item(t, True)
    else:
        if d == c'0':
            while t.i < i + 4 and is_digit(char_at(t, t.i)):
                t.i += 1
        elif is_one_of(d, b"xopPN") and char_at(t, t.i) == c'{':
            t.i = behind(t, t.i, b"}")
        elif d == c'x':
            while t.i < i + 4 and (is_digit(char_at(t, t.i)) or c'a' <= char_at(t, t.i) | 0x20 <= c'f'):
                t.i += 1
        elif is_one_of(d, b"cpP"):
            t.i += 1
        item(t, False)
    return False

# What begins with "(?" at t.i; True: it is a call that is left recursion.
cdef bint special(Scan* t, bint* extended) noexcept nogil:
    cdef size_t i = t.i, k = t.i + 2
    cdef int d = char_at(t, k), e = char_at(t, k + 1)
    cdef Group* g = NULL
    cdef bint on = True, changed = extended[0]
    if d == c'#':
        t.i = behind(t, i, b")")
        return False
    if d == c'C':
        t.i = behind(t, i, b")")
        item(t, True)
        return False
    if d == c'R' or is_digit(d) or d == c'+' or (d == c'-' and is_digit(e)) or d == c'&' or starts_with(t, k, b"P>"):
        k += 1 if d == c'&' else 2 if d == c'P' else 0
        t.i = behind(t, k, b")")
        if call(t, k, t.i - 1):
            t.i -= 1
            return True
        return False
    if starts_with(t, k, b"P="):
        t.i = behind(t, i, b")")
        item(t, True)
        return False
    if d == c'<' and (e == c'=' or e == c'!') or d == c'=' or d == c'!':
        g = open_group(t, NONE)
        t.i = k + (2 if d == c'<' else 1)
        if g != NULL:
            g.quiet = True
        return False
    if d == c'<' or d == c'\'' or starts_with(t, k, b"P<"):
        k += 2 if d == c'P' else 1
        t.numbers += 1
        g = open_group(t, t.numbers)
        t.i = behind(t, k, b"'" if d == c'\'' else b">")
        if g != NULL:
            g.name = k
            g.name_size = t.i - 1 - k
        return False
    if d == c'(':                       # a condition: a reference, or an assertion
        g = open_group(t, NONE)
        if g != NULL:
            g.condition = True
        t.i = k if e == c'?' else behind(t, k, b")")
        return False
    if d == c'|':
        g = open_group(t, NONE)
        t.i = k + 1
        if g != NULL:
            g.numbers_from = t.numbers
        return False
    if d == c'>' or d == c':':
        open_group(t, NONE)
        t.i = k + 1
        return False
    while is_one_of(char_at(t, k), b"imsxJUX-"):
        if t.s[k] == c'-':
            on = False
        elif t.s[k] == c'x':
            changed = on
        k += 1
    t.i = k + 1
    extended[0] = changed
    if char_at(t, k) == c':':
        open_group(t, NONE)
    elif char_at(t, k) != c')':
        t.failed = True                 # an error, which is not told here
    return False

# ------------------------------------------------------------------------------------------------------------------

cdef bint may_call(const uint8_t* s, size_t size) noexcept nogil:
    cdef size_t i
    for i in range(size):
        if s[i] == c'(' and i + 2 < size and s[i + 1] == c'?' and (is_one_of(s[i + 2], b"R&P+-") or is_digit(s[i + 2])):
            return True
        if s[i] == c'\\' and i + 2 < size and s[i + 1] == c'g':
            return True
    return False

cdef bint scan(Scan* t, bint extended, bint captures) noexcept nogil:
    cdef int c
    cdef size_t n
    cdef bint optional = False
    while starts_with(t, t.i, b"(*"):                   # settings of the whole pattern, and verbs
        t.utf = t.utf or starts_with(t, t.i, b"(*UTF")
        t.i = behind(t, t.i, b")")
    while t.i < t.size and not t.failed:
        c = t.s[t.i]
        n = quantifier(t, t.i, &optional)
        if n != 0:
            t.i += n
            if optional and not innermost(t).always:
                innermost(t).empty = innermost(t).before
            if is_one_of(char_at(t, t.i), b"?+"):
                t.i += 1
        elif c == c'\\':
            if escape(t):
                return True
        elif c == c'[':
            t.i = class_end(t, t.i)
            item(t, False)
        elif c == c'(' and char_at(t, t.i + 1) == c'*':
            t.i = behind(t, t.i, b")")
        elif c == c'(' and char_at(t, t.i + 1) == c'?':
            if special(t, &extended):
                return True
        elif c == c'(':
            if captures:
                t.numbers += 1
            open_group(t, t.numbers if captures else <int64_t>NONE)
            t.i += 1
        elif c == c')':
            close_group(t)
            t.i += 1
        elif c == c'|':
            branch_ends(t, innermost(t))
            innermost(t).branches += 1
            t.i += 1
        elif extended and (c == c' ' or 9 <= c <= 13):
            t.i += 1
        elif extended and c == c'#':
            while t.i < t.size and t.s[t.i] != 10 and t.s[t.i] != 13:
                t.i += 1
        else:
            if not t.utf or c & 0xC0 != 0x80:           # the rest of a character has been counted
                item(t, c == c'^' or c == c'$')
            t.i += 1
    return False

cdef int64_t left_recursion(const uint8_t* source, size_t size, bint utf, bint extended, bint captures) noexcept nogil:
    cdef Scan t
    cdef bint found
    if not may_call(source, size):
        return -1
    t.s = source
    t.size = size
    t.i = 0
    t.groups = NULL
    t.count = 0
    t.capacity = 0
    t.top = -1
    t.numbers = 0
    t.failed = False
    t.utf = utf
    open_group(&t, WHOLE)
    found = not t.failed and scan(&t, extended, captures)
    free(t.groups)
    return <int64_t>t.i if found else -1

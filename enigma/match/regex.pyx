# distutils: libraries = pcre2-8
# distutils: define_macros = PCRE2_CODE_UNIT_WIDTH=8
"""Regular expressions on PCRE2, with the ways of the generation of PCRE that OTP carries.

Patterns are bytes, cut at their first 0 as that library does. Before PCRE2 sees one, `translate` rewrites what
the two generations read differently; a map takes error offsets back.

Letters beyond ASCII are those of Latin-1 (no locale is asked), except for what a pattern takes from Unicode.

Invariant: a Regex is immutable but for `refc`, `spare` and `stamp`. Read next: bif/re.pyx.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcmp, memcpy, memset, strlen
from enigma.term.core cimport *

from enigma.match.options cimport *
from enigma.match.pcre2 cimport *
from enigma.match.recursion cimport left_recursion
from enigma.match.program cimport Program, program_free, program_make
from enigma.match.linear cimport LinearRun, linear_free, linear_match, linear_memory, linear_new

cdef enum:
    HEAP_LIMIT_KIB = 1 << 20     # memory for backtracking
    KEEP_RUN = 4096              # bytes of a subject after which a run's memory is not kept
    KEEP_LINEAR = 1 << 19        # bytes of a linear run that may be kept
    NO_PROGRAM = 1               # as a pointer: the pattern is none for the linear engine
    FIRST_LIMIT = 10000          # steps for a start position
    NEST_MAX = 798               # parentheses in each other, as OTP; the compiler recurses for each
    CACHE_SETS = 64
    CACHE_WAYS = 4
    CACHE_SOURCE_MAX = 8192      # bytes: longer patterns are not kept


# --- UTF-8 ------------------------------------------------------------------------------------------------

cdef size_t utf8_valid(const uint8_t* s, size_t size) noexcept nogil:
    cdef size_t i = 0
    cdef uint64_t eight
    cdef uint8_t c, second
    while i < size:
        if i + 8 <= size:
            memcpy(&eight, s + i, 8)
            if eight & 0x8080808080808080ULL == 0:
                i += 8
                continue
        c = s[i]
        if c < 0x80:
            i += 1
        elif c < 0xC2 or c > 0xF4 or i + 1 >= size:
            return i
        elif c < 0xE0:
            if s[i + 1] & 0xC0 != 0x80:
                return i
            i += 2
        else:
            second = s[i + 1]
            if second & 0xC0 != 0x80 or i + 2 >= size or s[i + 2] & 0xC0 != 0x80:
                return i
            if (c == 0xE0 and second < 0xA0) or (c == 0xED and second > 0x9F):    # too long; surrogates
                return i
            if c < 0xF0:
                i += 3
                continue
            if i + 3 >= size or s[i + 3] & 0xC0 != 0x80:
                return i
            if (c == 0xF0 and second < 0x90) or (c == 0xF4 and second > 0x8F):
                return i
            i += 4
    return size


# --- character tables ---------------------------------------------------------------------------------------
# As PCRE2 wants them: lower case, other case, class bit maps, types of characters. The ASCII half is what the
# library itself makes; the upper half is Latin-1's, whatever the host's locale says.
cdef enum:
    TABLE_OTHER_CASE = 256
    TABLE_CLASSES = 512
    CLASS_UPPER = 96
    CLASS_LOWER = 128
    CLASS_WORD = 160
    CLASS_GRAPH = 192
    CLASS_PRINT = 224
    CLASS_PUNCT = 256
    CLASS_CNTRL = 288
    TABLE_TYPES = 832
    TABLE_SIZE = 1088

cdef uint8_t latin1[TABLE_SIZE]


cdef void class_add(unsigned int which, unsigned int c) noexcept nogil:
    latin1[TABLE_CLASSES + which + (c >> 3)] |= <uint8_t>(1 << (c & 7))


cdef void make_tables() noexcept nogil:
    cdef const uint8_t* ascii_ = pcre2_maketables(NULL)
    cdef unsigned int c, which, other
    cdef bint upper, lower
    if ascii_ == NULL:
        return
    memset(latin1, 0, TABLE_SIZE)
    memcpy(latin1, ascii_, 128)
    memcpy(latin1 + TABLE_OTHER_CASE, ascii_ + TABLE_OTHER_CASE, 128)
    for which in range(0, 320, 32):
        memcpy(latin1 + TABLE_CLASSES + which, ascii_ + TABLE_CLASSES + which, 16)
    memcpy(latin1 + TABLE_TYPES, ascii_ + TABLE_TYPES, 128)
    free(<void*>ascii_)
    for c in range(128, 256):
        upper = 0xC0 <= c and c <= 0xDE and c != 0xD7
        lower = (0xDF <= c and c != 0xF7) or c == 0xAA or c == 0xB5 or c == 0xBA
        other = c
        if upper:
            other = c + 32
        elif 0xE0 <= c and c <= 0xFE and c != 0xF7:
            other = c - 32
        latin1[c] = <uint8_t>(other if upper else c)
        latin1[TABLE_OTHER_CASE + c] = <uint8_t>other
        if upper:
            class_add(CLASS_UPPER, c)
            latin1[TABLE_TYPES + c] = latin1[TABLE_TYPES + 90]        # as Z
        if lower:
            class_add(CLASS_LOWER, c)
            latin1[TABLE_TYPES + c] = latin1[TABLE_TYPES + 122]       # as z
        if upper or lower:
            class_add(CLASS_WORD, c)
        elif c >= 0xA0:
            class_add(CLASS_PUNCT, c)
        if c < 0xA0:
            class_add(CLASS_CNTRL, c)
        else:
            class_add(CLASS_GRAPH, c)
            class_add(CLASS_PRINT, c)


# --- what the two generations read differently ------------------------------------------------------------------

cdef struct Translation:
    const uint8_t* source
    size_t size
    uint8_t* out
    uint32_t* at            # at[i]: where out[i] comes from
    size_t n


cdef void emit(Translation* t, uint8_t c, size_t at) noexcept nogil:
    t.out[t.n] = c
    t.at[t.n] = <uint32_t>at
    t.n += 1


# The character as \xhh.
cdef void emit_code(Translation* t, uint8_t c, size_t at) noexcept nogil:
    cdef const char* digits = b"0123456789ABCDEF"
    emit(t, c'\\', at)
    emit(t, c'x', at)
    emit(t, digits[c >> 4], at)
    emit(t, digits[c & 15], at)


cdef size_t copy_to(Translation* t, size_t i, size_t end) noexcept nogil:
    if end > t.size:
        end = t.size
    while i < end:
        emit(t, t.source[i], i)
        i += 1
    return end


cdef inline int char_at(Translation* t, size_t i) noexcept nogil:      # -1 behind the end
    return t.source[i] if i < t.size else -1


cdef bint is_one_of(int c, const char* set_) noexcept nogil:
    while set_[0]:
        if set_[0] == c:
            return True
        set_ += 1
    return False


cdef bint starts_with(Translation* t, size_t i, const char* text) noexcept nogil:
    return t.size - i >= strlen(text) and memcmp(t.source + i, text, strlen(text)) == 0


# Behind the terminator `text`, or the end.
cdef size_t behind(Translation* t, size_t i, const char* text) noexcept nogil:
    while i < t.size:
        if starts_with(t, i, text):
            return i + strlen(text)
        i += 1
    return t.size


# Length of a call of a group that begins at i with "(?": (?R) (?1) (?+1) (?-1) (?&name) (?P>name); 0: it is none.
cdef size_t call_length(Translation* t, size_t i) noexcept nogil:
    cdef size_t k = i + 2
    cdef size_t digits
    if char_at(t, k) == c'R':
        k += 1
    elif char_at(t, k) == c'&' or starts_with(t, k, b"P>"):
        k += 1 if char_at(t, k) == c'&' else 2
        while k < t.size and t.source[k] != c')':
            k += 1
    else:
        if is_one_of(char_at(t, k), b"+-"):
            k += 1
        digits = k
        while c'0' <= char_at(t, k) <= c'9':
            k += 1
        if k == digits:
            return 0
    return k + 1 - i if char_at(t, k) == c')' else 0


# A call of a group is atomic in the older generation: what it has matched is never tried in another way.
cdef size_t atomic_call(Translation* t, size_t i, size_t length) noexcept nogil:
    emit(t, c'(', i)
    emit(t, c'?', i)
    emit(t, c'>', i)
    i = copy_to(t, i, i + length)
    emit(t, c')', i)
    return i


# Behind [:name:] [.x.] [=x=] that begins at i; i if there is none.
cdef size_t posix_item(Translation* t, size_t i) noexcept nogil:
    cdef int mark = char_at(t, i + 1)
    cdef size_t k = i + 2
    if not is_one_of(mark, b":.="):
        return i
    while k + 1 < t.size and not is_one_of(t.source[k], b"]\\["):
        if t.source[k] == mark and t.source[k + 1] == c']':
            return k + 2
        k += 1
    return i


cdef void emit_text(Translation* t, const char* text, size_t at) noexcept nogil:
    while text[0]:
        emit(t, <uint8_t>text[0], at)
        text += 1


cdef void emit_number(Translation* t, int n, size_t at) noexcept nogil:
    if n >= 10:
        emit_number(t, n / 10, at)
    emit(t, <uint8_t>(c'0' + n % 10), at)


# A number at *k, which moves behind it; -1: there is none.
cdef int number_at(Translation* t, size_t* k) noexcept nogil:
    cdef int n = -1
    while c'0' <= char_at(t, k[0]) <= c'9' and n < 100000:
        n = (0 if n < 0 else n * 10) + t.source[k[0]] - c'0'
        k[0] += 1
    return n


# The \w at i, as a class, with its count. Where word characters have to come several times, or once and then any
# number of times, only those of ASCII count for the times they have to, unless they are Unicode's.
cdef size_t word_characters(Translation* t, size_t i, uint32_t options) noexcept nogil:
    cdef size_t k = i + 2
    cdef int least = 1, most = 1
    if char_at(t, k) == c'+':
        most = -1
        k += 1
    elif char_at(t, k) == c'{':
        k += 1
        least = number_at(t, &k)
        most = least
        if char_at(t, k) == c',':
            k += 1
            most = number_at(t, &k)
        if char_at(t, k) != c'}':
            least = -1
        k += 1
    if options & RX_UCP or least < 1 or (least == 1 and most >= 0) or (0 <= most < least):
        emit_text(t, b"[\\w]", i)
        return i + 2
    emit_text(t, b"(?:[0-9A-Za-z_]", i)
    if least > 1:
        emit(t, c'{', i)
        emit_number(t, least, i)
        emit(t, c'}', i)
    if most < 0:
        emit_text(t, b"[\\w]*", i)
    elif most != least:
        emit_text(t, b"[\\w]{0,", i)
        emit_number(t, most - least, i)
        emit(t, c'}', i)
    if is_one_of(char_at(t, k), b"?+"):
        if most != least:
            emit(t, t.source[k], k)
        k += 1
    emit(t, c')', i)
    return k


# Rewrites; `out` has room for eight times the source and a little.
cdef void translate(Translation* t, uint32_t options) noexcept nogil:
    cdef size_t i = 0, k
    cdef int c, d
    cdef bint in_class = False
    cdef bint extended = (options & RX_EXTENDED) != 0
    cdef bint is_set
    cdef bint utf = (options & RX_UTF) != 0
    cdef bint caseless = options & RX_CASELESS and options & RX_UCP
    cdef uint32_t groups = 0, number        # capturing groups so far
    while starts_with(t, i, b"(*"):            # settings of the whole pattern
        if starts_with(t, i, b"(*UTF8)"):
            copy_to(t, i, i + 5)
            emit(t, c')', i + 6)
            i += 7
            utf = True
            continue
        if starts_with(t, i, b"(*UTF)"):
            utf = True
        k = i + 2
        while k < t.size and (c'A' <= t.source[k] <= c'Z' or is_one_of(t.source[k], b"_=0123456789")):
            k += 1
        if char_at(t, k) != c')':
            break
        i = copy_to(t, i, k + 1)
    while i < t.size:
        c = t.source[i]
        d = char_at(t, i + 1)
        if c == c'\\':
            if d == c'Q':
                i = copy_to(t, i, behind(t, i + 2, b"\\E"))
            elif d == c'c':
                c = char_at(t, i + 2)
                if 0 <= c < 32 or c == 127:        # only printable ones for PCRE2
                    emit_code(t, <uint8_t>(c ^ 0x40), i + 2)
                    i += 3
                else:
                    i = copy_to(t, i, i + 3)
            # an unknown letter stands for itself; in a class so do those that mean something only outside
            elif is_one_of(d, b"ijmqyFIJMOTY") or (in_class and is_one_of(d, b"ABCGKRXZzk")):
                # (not as the letter alone, which might go on with a number before it)
                emit_code(t, <uint8_t>d, i + 1)
                i += 2
            elif in_class and is_one_of(d, b"dDwWsSvVhHpP"):
                k = i + 2
                if (d == c'p' or d == c'P') and char_at(t, k) == c'{':
                    k = behind(t, k, b"}")
                elif d == c'p' or d == c'P':
                    k += 1
                i = copy_to(t, i, k)
                if char_at(t, i) == c'-' and i + 1 < t.size and char_at(t, i + 1) != c']':
                    emit(t, c'\\', i)
            elif not in_class and d == c'w' and utf:
                # PCRE2 10.42 forgets Latin-1's letters when it collects the bytes a match may begin with
                i = word_characters(t, i, options)
            elif not in_class and (d == c'8' or d == c'9'):
                # a digit, unless there are that many groups before it
                number = 0
                k = i + 1
                while c'0' <= char_at(t, k) <= c'9' and number < 100000:
                    number = number * 10 + t.source[k] - c'0'
                    k += 1
                if number > groups:
                    emit_code(t, <uint8_t>d, i + 1)
                    i += 2
                else:
                    i = copy_to(t, i, k)
            elif not in_class and d == c'g' and is_one_of(char_at(t, i + 2), b"<'"):
                k = behind(t, i + 3, b">" if t.source[i + 2] == c'<' else b"'")
                i = atomic_call(t, i, k - i)
            else:
                i = copy_to(t, i, i + 2)
        elif in_class:
            if c == c']':
                in_class = False
            k = posix_item(t, i) if c == c'[' else i
            if k != i:
                if caseless and (starts_with(t, i, b"[:upper:]") or starts_with(t, i, b"[:lower:]")):
                    emit_text(t, b"[:alpha:]", i)        # with properties PCRE2 would tell cases apart
                    i = k
                elif caseless and (starts_with(t, i, b"[:^upper:]") or starts_with(t, i, b"[:^lower:]")):
                    emit_text(t, b"[:^alpha:]", i)
                    i = k
                else:
                    i = copy_to(t, i, k)
                if char_at(t, i) == c'-' and i + 1 < t.size and char_at(t, i + 1) != c']':
                    emit(t, c'\\', i)
            else:
                emit(t, <uint8_t>c, i)
                i += 1
        elif c == c'[':
            if posix_item(t, i) != i:          # an error, which is the library's to tell
                i = copy_to(t, i, posix_item(t, i))
                continue
            in_class = True
            k = i + 1
            if char_at(t, k) == c'^':
                k += 1
            if char_at(t, k) == c']':
                k += 1
            i = copy_to(t, i, k)
        elif c == c'(' and d == c'*':
            i = copy_to(t, i, behind(t, i, b")"))
        elif c == c'(' and d == c'?':
            if char_at(t, i + 2) == c'#':
                i = copy_to(t, i, behind(t, i, b")"))
                continue
            k = call_length(t, i)
            if k != 0:
                i = atomic_call(t, i, k)
                continue
            k = i + 2
            is_set = True
            while is_one_of(char_at(t, k), b"imsxJUX-"):
                if t.source[k] == c'-':
                    is_set = False
                elif t.source[k] == c'x' and is_set:
                    extended = True
                k += 1
            d = char_at(t, i + 2)
            if (((d == c'<' and not is_one_of(char_at(t, i + 3), b"=!")) or d == c'\'' or starts_with(t, i + 2, b"P<"))
                    and groups < 100000):
                groups += 1
            i = copy_to(t, i, i + 2)
        elif c == c'#' and extended:
            while i < t.size and t.source[i] != 10 and t.source[i] != 13:
                i = copy_to(t, i, i + 1)
        else:
            if c == c'(' and not options & RX_NO_AUTO_CAPTURE and groups < 100000:
                groups += 1
            emit(t, <uint8_t>c, i)
            i += 1


# Of the group that begins at i: where its closing parenthesis is; the end if there is none.
cdef size_t group_end(const uint8_t* s, size_t size, size_t i) noexcept nogil:
    cdef size_t depth = 0
    cdef bint in_class = False
    while i < size:
        if s[i] == c'\\':
            i += 1
        elif in_class:
            in_class = s[i] != c']'
        elif s[i] == c'[':
            in_class = True
        elif s[i] == c'(':
            depth += 1
        elif s[i] == c')':
            depth -= 1
            if depth == 0:
                return i
        i += 1
    return size


cdef inline bint ends_with(const uint8_t* s, size_t size, const char* text) noexcept nogil:
    return size >= strlen(text) and memcmp(s + size - strlen(text), text, strlen(text)) == 0


# What is wrong with the \g that the offset is at or a little behind, as the older generation reads it: a reference that
# counts backward is looked at at once, one by number when all has been read. NULL: no such thing.
cdef const char* reference_error(const uint8_t* s, size_t size, size_t* offset) noexcept nogil:
    cdef size_t o = offset[0], k = o, p
    cdef bint braced = False, backward = False, number = False
    while not ends_with(s, k, b"\\g"):
        if k == 0 or o - k > 5:
            if k != o or o >= size or not ends_with(s, o + 1, b"\\g"):
                return NULL
            k += 1
            break
        k -= 1
    if k < size and s[k] == c'{':
        p = k + 1
        while p < size and (s[p] == c'-' or c'0' <= s[p] <= c'9'):
            p += 1
        if p < size and s[p] != c'}':          # a name
            offset[0] = k + 1
            if c'0' <= s[k + 1] <= c'9':
                return b"group name must start with a non-digit"
            if s[k + 1] == c'_' or c'a' <= s[k + 1] | 0x20 <= c'z':
                return NULL
            return b"subpattern name expected"
        braced = True
        k += 1
    if k < size and s[k] == c'-':
        backward = True
        k += 1
    while k < size and c'0' <= s[k] <= c'9':
        number = number or s[k] != c'0'
        k += 1
    if o > k + 1 or (not braced and k < size and (s[k] == c'<' or s[k] == c'\'')):
        return NULL
    if braced and k >= size:
        offset[0] = size
        return b"\\g is not followed by a braced, angle-bracketed, or quoted name/number or by a plain number"
    if number and not backward:
        return NULL
    offset[0] = k if braced else k - 1
    if number:
        return b"reference to non-existent subpattern"
    return b"a numbered reference must not be zero"



# The older generation calls some mistakes by other names, or finds them at another place; *offset becomes it.
cdef const char* old_error(int code, const uint8_t* s, size_t size, size_t* offset) noexcept nogil:
    cdef size_t o = offset[0]
    cdef size_t k
    cdef const char* text = NULL
    if code == 115 or code == 144 or code == 157 or code == 162:
        text = reference_error(s, size, offset)
    if text != NULL:
        return text
    if code == 150 or code == 169 or code == 171 or code == 137 or code == 193 or code == 143 or code == 151:
        offset[0] = o - 1 if o > 0 else 0
    elif code == 147:
        offset[0] = o - 1 if o > 0 else 0
    elif code == 174:                   # told before anything is looked at
        offset[0] = 0
    elif code == 178 and ends_with(s, o, b"\\o{"):
        offset[0] = o - 2
    elif code == 155:
        offset[0] = o - 1 if ends_with(s, o, b"\\o") else o
    elif code == 157:
        offset[0] = o - 1 if o > 0 else 0
        if ends_with(s, size, b"\\g") and o == size:
            return error_text(126)
    elif code == 160 and ends_with(s, o, b"(*") and not (o < size and (s[o] == c':' or c'A' <= s[o] <= c'Z')):
        offset[0] = o - 1
        return error_text(109)
    elif code == 128 and o < size and s[o] == c'(':
        offset[0] = o + 1
    elif code == 129:
        offset[0] = o + 1 if o < size else size
    elif code == 125 or code == 127 or code == 154:
        while o > 0 and s[o] != c'(':
            o -= 1
        if code != 125 and o >= 2 and s[o] == c'(' and s[o - 1] == c'?':
            o -= 2
        offset[0] = group_end(s, size, o)
    elif code == 115:
        if ends_with(s, o, b"(?(0"):
            offset[0] = o + 1 if o < size else size
            return b"invalid condition (?(0)"
        if ends_with(s, o, b"\\g0") or ends_with(s, o, b"\\g{0}"):
            offset[0] = o - 1
            return error_text(126)
        if o < size and (c'0' <= s[o] <= c'9' or s[o] == c'-') and (ends_with(s, o, b"\\") or ends_with(s, o, b"\\g")
                                                                    or ends_with(s, o, b"\\g{")):
            # numbers of groups are looked at when all has been read, unless another mistake comes first
            offset[0] = size
            return error_text(code)
        k = o
        if (ends_with(s, o, b"(?(") or ends_with(s, o, b"(?(<") or ends_with(s, o, b"(?('")
                or (ends_with(s, o, b"(?") and o < size and s[o] == c'(')):
            while k < size and s[k] != c')':
                k += 1
            k += 1
        else:
            while k < size and (c'0' <= s[k] <= c'9' or c'a' <= s[k] <= c'z' or c'A' <= s[k] <= c'Z' or s[k] == c'_'):
                k += 1
        offset[0] = k if k < size else size
    elif code == 162:
        if ends_with(s, o, b"(?<"):
            return b"unrecognized character after (?<"
        if ends_with(s, o, b"\\g{"):
            return b"\\g is not followed by a braced, angle-bracketed, or quoted name/number or by a plain number"
    elif code == 114 and o == size:
        if ends_with(s, o, b"(?P"):
            return b"unrecognized character after (?P"
        if ends_with(s, o, b"(?("):
            return error_text(128)
        k = o
        while k > 0 and c'0' <= s[k - 1] <= c'9':
            k -= 1
        if ends_with(s, k, b"(?C"):
            return error_text(139)
        k = o
        while k > 0 and is_one_of(s[k - 1], b"imsxJUX-"):
            k -= 1
        if ends_with(s, k, b"(?"):
            return b"unrecognized character after (? or (?-"
    return error_text(code)


# The message that the older generation has for an error of PCRE2; NULL: PCRE2's own will do.
cdef const char* error_text(int code) noexcept nogil:
    if code < 0:
        return b"invalid UTF-8 string"
    if code == 107:
        return b"invalid escape sequence in character class"
    if code == 109:
        return b"nothing to repeat"
    if code == 114:
        return b"missing )"
    if code == 118:
        return b"missing ) after comment"
    if code == 119 or code == 184:
        return b"regular expression is too complicated"
    if code == 121:
        return b"failed to get memory"
    if code == 122:
        return b"unmatched parentheses"
    if code == 124:
        return b"malformed number or name after (?("
    if code == 126:
        return b"a numbered reference must not be zero"
    if code == 127:
        return b"conditional group contains more than two branches"
    if code == 128 or code == 198:
        return b"assertion expected after (?( or (?(?C)"
    if code == 129:
        return b"digit expected after (?+"
    if code == 133:
        return b"parentheses are too deeply nested (stack check)"
    if code == 134:
        return b"character value in \\x{} or \\o{} is too large"
    if code == 136:
        return b"\\C not allowed in lookbehind assertion"
    if code == 137 or code == 193:
        return b"PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u"
    if code == 138:
        return b"number after (?C is > 255"
    if code == 139:
        return b"closing ) for (?C expected"
    if code == 142:
        return b"syntax error in subpattern name (missing terminator)"
    if code == 143:
        return b"two named subpatterns have the same name"
    if code == 144:
        return b"group name must start with a non-digit"
    if code == 147:
        return b"unknown property name after \\P or \\p"
    if code == 148:
        return b"subpattern name is too long (maximum 32 characters)"
    if code == 154:
        return b"DEFINE group contains more than one branch"
    if code == 158:
        return b"(?R or (?[+-]digits must be followed by )"
    if code == 159:
        return b"an argument is not allowed for (*ACCEPT), (*FAIL), or (*COMMIT)"
    if code == 161:
        return b"number is too big"
    if code == 168:
        return b"\\c must be followed by an ASCII character"
    if code == 174:
        return b"setting UTF is disabled by the application"
    if code == 178:
        return b"digits missing in \\x{} or \\o{}"
    if code == 194:
        return b"unrecognized character after (? or (?-"
    return NULL


cdef void set_error(RegexError* error, const char* text, size_t offset) noexcept nogil:
    cdef size_t n = strlen(text)
    if n >= RX_ERROR_TEXT:
        n = RX_ERROR_TEXT - 1
    memcpy(error.text, text, n)
    error.text[n] = 0
    error.offset = offset


# --- compiling ----------------------------------------------------------------------------------------------------

cdef uint32_t compile_flags(uint32_t o) noexcept nogil:
    cdef uint32_t f = PCRE2_USE_OFFSET_LIMIT
    if o & RX_ANCHORED:
        f |= PCRE2_ANCHORED
    if o & RX_CASELESS:
        f |= PCRE2_CASELESS
    if o & RX_DOLLAR_ENDONLY:
        f |= PCRE2_DOLLAR_ENDONLY
    if o & RX_DOTALL:
        f |= PCRE2_DOTALL
    if o & RX_EXTENDED:
        f |= PCRE2_EXTENDED
    if o & RX_FIRSTLINE:
        f |= PCRE2_FIRSTLINE
    if o & RX_MULTILINE:
        f |= PCRE2_MULTILINE
    if o & RX_NO_AUTO_CAPTURE:
        f |= PCRE2_NO_AUTO_CAPTURE
    if o & RX_DUPNAMES:
        f |= PCRE2_DUPNAMES
    if o & RX_UNGREEDY:
        f |= PCRE2_UNGREEDY
    if o & RX_UCP:
        f |= PCRE2_UCP
    if o & RX_NEVER_UTF:
        f |= PCRE2_NEVER_UTF
    if o & RX_NO_START_OPTIMIZE:
        f |= PCRE2_NO_START_OPTIMIZE
    if o & RX_UTF:
        f |= PCRE2_UTF
    return f


cdef uint32_t newline_flag(uint32_t o) noexcept nogil:       # 0: no such newline
    o &= RX_NEWLINE_MASK
    if o == 0 or o == RX_NEWLINE_LF:
        return PCRE2_NEWLINE_LF
    if o == RX_NEWLINE_CR:
        return PCRE2_NEWLINE_CR
    if o == RX_NEWLINE_CRLF:
        return PCRE2_NEWLINE_CRLF
    if o == RX_NEWLINE_ANY:
        return PCRE2_NEWLINE_ANY
    if o == RX_NEWLINE_ANYCRLF:
        return PCRE2_NEWLINE_ANYCRLF
    return 0


cdef pcre2_code* compile_source(const uint8_t* source, size_t size, uint32_t options, RegexError* error) noexcept nogil:
    cdef pcre2_compile_context* context
    cdef pcre2_code* code
    cdef Translation t
    cdef int status = 0
    cdef size_t offset = 0
    cdef const char* text
    cdef int64_t recursion
    cdef uint8_t own[RX_ERROR_TEXT]
    cdef const void* zero = memchr(source, 0, size) if size != 0 else NULL
    if zero != NULL:
        size = <size_t>(<const uint8_t*>zero - source)
    if newline_flag(options) == 0 or (options & RX_BSR_MASK) == RX_BSR_MASK:
        set_error(error, b"inconsistent NEWLINE options", 0)
        return NULL
    if options & RX_UTF and options & RX_NEVER_UTF:
        set_error(error, error_text(174), 0)
        return NULL
    if options & RX_UTF:
        offset = utf8_valid(source, size)
        if offset != size:
            set_error(error, error_text(-1), offset)
            return NULL
    if size > (<size_t>1 << 28):
        set_error(error, b"regular expression is too large", 0)
        return NULL
    t.source = source
    t.size = size
    t.n = 0
    t.out = <uint8_t*>malloc(8 * size + 32)
    t.at = <uint32_t*>malloc((8 * size + 32) * sizeof(uint32_t))
    context = pcre2_compile_context_create(NULL)
    if t.out == NULL or t.at == NULL or context == NULL:
        free(t.out)
        free(t.at)
        pcre2_compile_context_free(context)
        set_error(error, error_text(121), 0)
        return NULL
    translate(&t, options)
    t.at[t.n] = <uint32_t>size
    pcre2_set_newline(context, newline_flag(options))
    pcre2_set_bsr(context, PCRE2_BSR_ANYCRLF if options & RX_BSR_ANYCRLF else PCRE2_BSR_UNICODE)
    pcre2_set_character_tables(context, latin1)
    pcre2_set_parens_nest_limit(context, NEST_MAX)
    pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALLOW_LOOKAROUND_BSK)
    code = pcre2_compile(t.out, t.n, compile_flags(options), &status, &offset, context)
    if code == NULL:
        offset = t.at[offset] if offset <= t.n else size
        text = old_error(status, source, size, &offset)
        if text == NULL:
            pcre2_get_error_message(status, own, RX_ERROR_TEXT)
            text = <const char*>own
        set_error(error, text, offset)
    recursion = left_recursion(source, size, options & RX_UTF != 0, options & RX_EXTENDED != 0, options & RX_NO_AUTO_CAPTURE == 0)
    # PCRE finds it in its second pass, as it finds calls of groups that are not there and assertions of no length.
    if recursion >= 0 and (code != NULL or (status == 115 or status == 125 or status == 136) and offset > <size_t>recursion):
        pcre2_code_free(code)
        code = NULL
        set_error(error, b"recursive call could loop indefinitely", <size_t>recursion)
    free(t.out)
    free(t.at)
    pcre2_compile_context_free(context)
    return code


cdef Regex* regex_new(const uint8_t* source, size_t size, uint32_t options, RegexError* error) noexcept nogil:
    cdef pcre2_code* code = compile_source(source, size, options, error)
    cdef Regex* r
    cdef uint32_t all_options = 0, newline = 0
    if code == NULL:
        return NULL
    r = <Regex*>malloc(sizeof(Regex) + size + 1)
    if r == NULL:
        pcre2_code_free(code)
        set_error(error, error_text(121), 0)
        return NULL
    memset(r, 0, sizeof(Regex))
    r.refc = 1
    r.options = options
    r.hash = regex_hash(source, size, options)
    r.code = code
    r.source = <uint8_t*>(r + 1)
    r.size = size
    if size != 0:
        memcpy(r.source, source, size)
    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &r.captures)
    pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &r.name_count)
    pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &r.name_entry)
    pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &r.names)
    pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &all_options)
    pcre2_pattern_info(code, PCRE2_INFO_NEWLINE, &newline)
    r.utf = (all_options & PCRE2_UTF) != 0
    r.crlf = newline == PCRE2_NEWLINE_CRLF or newline == PCRE2_NEWLINE_ANY or newline == PCRE2_NEWLINE_ANYCRLF
    return r


cdef void regex_release(Regex* r) noexcept nogil:
    if r != NULL and en_sub64(&r.refc, 1) == 1:
        run_free(<RegexRun*>r.spare)
        linear_free(<LinearRun*>r.spare_linear)
        if r.program != <void*>NO_PROGRAM:
            program_free(<Program*>r.program)
        pcre2_code_free(<pcre2_code*>r.code)
        free(r)


# --- the cache: a pattern's hash names a set of a few places ----------------------------------------------------------
cdef Regex* cache[CACHE_SETS * CACHE_WAYS]
cdef uint64_t cache_clock = 0
cdef uint32_t cache_lock = 0


cdef uint64_t regex_hash(const uint8_t* source, size_t size, uint32_t options) noexcept nogil:
    cdef uint64_t h = 0x9E3779B97F4A7C15ULL ^ options
    cdef size_t i
    for i in range(size):
        h = (h ^ source[i]) * 0x100000001B3ULL
        h ^= h >> 29
    h = (h ^ size) * 0xBF58476D1CE4E5B9ULL
    return h ^ (h >> 32)


cdef Regex* cache_find(const uint8_t* source, size_t size, uint32_t options, uint64_t hash_) noexcept nogil:
    cdef Regex** set_ = &cache[(hash_ % CACHE_SETS) * CACHE_WAYS]
    cdef Regex* r = NULL
    cdef int i
    global cache_clock
    en_spin_lock(&cache_lock)
    for i in range(CACHE_WAYS):
        r = set_[i]
        if (r != NULL and r.hash == hash_ and r.options == options and r.size == size
                and memcmp(r.source, source, size) == 0):
            cache_clock += 1
            r.stamp = cache_clock
            en_add64(&r.refc, 1)
            break
        r = NULL
    en_spin_unlock(&cache_lock)
    return r


cdef void cache_keep(Regex* r) noexcept nogil:
    cdef Regex** set_ = &cache[(r.hash % CACHE_SETS) * CACHE_WAYS]
    cdef Regex* old
    cdef int i, at = 0
    global cache_clock
    en_add64(&r.refc, 1)
    en_spin_lock(&cache_lock)
    for i in range(CACHE_WAYS):
        if set_[i] == NULL:
            at = i
            break
        if set_[i].stamp < set_[at].stamp:
            at = i
    cache_clock += 1
    r.stamp = cache_clock
    old = set_[at]
    set_[at] = r
    en_spin_unlock(&cache_lock)
    regex_release(old)


cdef Regex* regex_get(const uint8_t* source, size_t size, uint32_t options, RegexError* error) noexcept nogil:
    cdef Regex* r
    if size > CACHE_SOURCE_MAX:
        return regex_new(source, size, options, error)
    r = cache_find(source, size, options, regex_hash(source, size, options))
    if r == NULL:
        r = regex_new(source, size, options, error)
        if r != NULL:
            cache_keep(r)
    return r


# --- matching ---------------------------------------------------------------------------------------------------------

cdef void run_free(RegexRun* run) noexcept nogil:
    if run != NULL:
        pcre2_match_data_free(<pcre2_match_data*>run.data)
        pcre2_match_context_free(<pcre2_match_context*>run.context)
        free(run)


cdef RegexRun* regex_run_new(Regex* r) noexcept nogil:
    cdef RegexRun* run = <RegexRun*>en_swapp(&r.spare, NULL)
    if run != NULL:
        return run
    run = <RegexRun*>malloc(sizeof(RegexRun))
    if run == NULL:
        return NULL
    run.data = pcre2_match_data_create_from_pattern(<pcre2_code*>r.code, NULL)
    run.context = pcre2_match_context_create(NULL)
    if run.data == NULL or run.context == NULL:
        run_free(run)
        return NULL
    run.groups = pcre2_get_ovector_pointer(<pcre2_match_data*>run.data)
    return run


# The memory of a long match is given back at once.
cdef void regex_run_done(Regex* r, RegexRun* run, size_t subject_size) noexcept nogil:
    cdef void* empty = NULL
    if subject_size > KEEP_RUN or not en_casp(&r.spare, &empty, run):
        run_free(run)


cdef int regex_match(Regex* r, RegexRun* run, const uint8_t* subject, size_t size, size_t offset, size_t last_start,
                     uint32_t options, uint32_t limit, uint32_t depth_limit) noexcept nogil:
    cdef uint32_t flags = PCRE2_NO_UTF_CHECK if r.utf else 0
    cdef pcre2_match_context* context = <pcre2_match_context*>run.context
    cdef int rc
    if options & RX_ANCHORED:
        flags |= PCRE2_ANCHORED
    if options & RX_NOTBOL:
        flags |= PCRE2_NOTBOL
    if options & RX_NOTEOL:
        flags |= PCRE2_NOTEOL
    if options & RX_NOTEMPTY:
        flags |= PCRE2_NOTEMPTY
    if options & RX_NOTEMPTY_ATSTART:
        flags |= PCRE2_NOTEMPTY_ATSTART
    pcre2_set_match_limit(context, limit)
    pcre2_set_depth_limit(context, depth_limit)
    pcre2_set_heap_limit(context, HEAP_LIMIT_KIB)
    pcre2_set_offset_limit(context, last_start if last_start < size else <size_t>RX_UNSET)
    rc = pcre2_match(<pcre2_code*>r.code, subject, size, offset, flags, <pcre2_match_data*>run.data, context)
    if rc > 0:
        return rc
    if rc == PCRE2_ERROR_NOMATCH or rc == PCRE2_ERROR_RECURSELOOP:
        return RX_NOMATCH
    if rc == PCRE2_ERROR_MATCHLIMIT:
        return RX_LIMIT
    if rc == PCRE2_ERROR_DEPTHLIMIT or rc == PCRE2_ERROR_HEAPLIMIT:
        return RX_DEPTH_LIMIT
    return RX_FAILED


# --- in linear time ---------------------------------------------------------------------------------------------------

cdef Program* make_program(Regex* r) noexcept nogil:
    cdef Translation t
    cdef size_t size = r.size
    cdef const void* zero = memchr(r.source, 0, size) if size != 0 else NULL
    cdef Program* p = NULL
    if zero != NULL:
        size = <size_t>(<const uint8_t*>zero - r.source)
    t.source = r.source
    t.size = size
    t.n = 0
    t.out = <uint8_t*>malloc(8 * size + 32)
    t.at = <uint32_t*>malloc((8 * size + 32) * sizeof(uint32_t))
    if t.out != NULL and t.at != NULL:
        translate(&t, r.options)
        p = program_make(<pcre2_code*>r.code, t.out, t.n, r.options, latin1)
    free(t.out)
    free(t.at)
    return p


cdef bint regex_is_linear(Regex* r) noexcept nogil:
    cdef void* known = en_loadp_acq(&r.program)
    cdef void* none_ = NULL
    cdef Program* p
    if known == NULL:
        p = make_program(r)
        known = p if p != NULL else <void*>NO_PROGRAM
        if not en_casp(&r.program, &none_, known):       # another thread was faster
            program_free(p)
            known = none_
    return known != <void*>NO_PROGRAM


cdef uint64_t regex_linear_cost(Regex* r, size_t size) noexcept nogil:
    return (<uint64_t>size + 1) * (<Program*>r.program).states


cdef int regex_match_linear(Regex* r, RegexRun* run, const uint8_t* subject, size_t size, size_t offset,
                            uint32_t options) noexcept nogil:
    cdef Program* p = <Program*>r.program
    cdef LinearRun* linear = <LinearRun*>en_swapp(&r.spare_linear, NULL)
    cdef void* empty = NULL
    cdef int status, groups
    if linear == NULL:
        linear = linear_new(p)
        if linear == NULL:
            return RX_FAILED
    status = linear_match(linear, subject, size, offset, options, run.groups)
    run.steps = linear.steps
    if status < 0 or linear_memory(linear) > KEEP_LINEAR or not en_casp(&r.spare_linear, &empty, linear):
        linear_free(linear)
    if status <= 0:
        return RX_NOMATCH if status == 0 else RX_FAILED
    groups = <int>(p.slots >> 1)
    while run.groups[2 * groups - 1] == <size_t>RX_UNSET:
        groups -= 1
    return groups


cdef void regex_version(char* out, size_t size) noexcept nogil:
    out[0] = 0
    if pcre2_config(PCRE2_CONFIG_VERSION, NULL) < <int>size:
        pcre2_config(PCRE2_CONFIG_VERSION, out)


cdef uint32_t first_limit = FIRST_LIMIT


cdef uint32_t regex_first_limit() noexcept nogil:
    return en_load32_rlx(&first_limit)


cdef uint32_t regex_first_limit_set(uint32_t limit) noexcept nogil:
    cdef uint32_t before = en_load32_rlx(&first_limit)
    en_store32_rel(&first_limit, limit if limit != 0 else FIRST_LIMIT)
    return before


make_tables()

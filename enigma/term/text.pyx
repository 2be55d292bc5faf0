"""Terms as text, in the form of the emulator's own messages: flat lists of printable Latin-1 characters
as strings, floats with six decimals, tries as the nodes they are.

A limit counts terms, characters of strings and atoms, and bytes of binaries; when it is used up, the text
ends in "... " wherever it is. Strings come out as Latin-1 bytes, atoms as UTF-8.

Invariant: a buffer that ran out of memory stays as it was, and every function from then on says False.
Read next: text.pxd, compare.pxd for the hooks that name funs.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdio cimport fflush, fwrite, snprintf, stderr
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, strlen
from enigma.term.atom cimport Atom, atom_get
from enigma.term.bits cimport bits_get
from enigma.term.boxed cimport *
from enigma.term.compare cimport *
from enigma.term.core cimport *
from enigma.term.number cimport FLOAT_SCIENTIFIC, FLOAT_TEXT_MAX, float_format, integer_format, integer_text_size
from enigma.term.pack cimport *

cdef enum:
    IDENTIFIER_MAX = 400

cdef enum:                   # what comes next; stacked above its operands
    NEXT_COMMA = 0
    NEXT_BAR = 1
    NEXT_CLOSE_LIST = 2
    NEXT_CLOSE_TUPLE = 3
    NEXT_ASSOC = 4
    NEXT_TERM = 5            # term
    NEXT_CONS = 6            # list: its head, then the rest
    NEXT_ARRAY = 7           # count (at least 1), address of terms
    NEXT_NODE = 8            # inner trie node


cdef void text_init(TextBuffer* b) noexcept nogil:
    b.data = NULL
    b.size = 0
    b.capacity = 0


cdef void text_free(TextBuffer* b) noexcept nogil:
    free(b.data)
    text_init(b)


cdef bint text_put_bytes(TextBuffer* b, const uint8_t* s, size_t n) noexcept nogil:
    cdef size_t capacity
    cdef uint8_t* data
    if b.capacity - b.size < n:
        capacity = b.capacity * 2 + n + 64
        data = <uint8_t*>realloc(b.data, capacity)
        if data == NULL:
            return False
        b.data = data
        b.capacity = capacity
    if n > 0:
        memcpy(b.data + b.size, s, n)
        b.size += n
    return True


cdef bint text_put(TextBuffer* b, const char* s) noexcept nogil:
    return text_put_bytes(b, <const uint8_t*>s, strlen(s))


cdef inline bint put_char(TextBuffer* b, int c) noexcept nogil:
    cdef uint8_t byte_ = <uint8_t>c
    return text_put_bytes(b, &byte_, 1)


cdef inline bint put_number(TextBuffer* b, const char* format_, uint64_t v) noexcept nogil:
    cdef char text[32]
    cdef int n = snprintf(text, sizeof(text), format_, <unsigned long long>v)
    return text_put_bytes(b, <const uint8_t*>text, <size_t>n)


# --- atoms ------------------------------------------------------------------------------------------

cdef inline bint is_lower(uint32_t c) noexcept nogil:
    return (c >= c'a' and c <= c'z') or (c >= 223 and c <= 255 and c != 247)


cdef inline bint is_name_char(uint32_t c) noexcept nogil:
    return (is_lower(c) or (c >= c'A' and c <= c'Z') or (c >= 192 and c <= 222 and c != 215)
            or (c >= c'0' and c <= c'9') or c == c'_')


# The character at s[i], of which the width is put into *width; the name is valid UTF-8.
cdef inline uint32_t utf8_at(const uint8_t* s, size_t i, size_t* width) noexcept nogil:
    cdef uint32_t c = s[i]
    if c < 0x80:
        width[0] = 1
        return c
    if c < 0xE0:
        width[0] = 2
        return (c & 0x1F) << 6 | (s[i + 1] & 0x3F)
    if c < 0xF0:
        width[0] = 3
        return (c & 0x0F) << 12 | <uint32_t>(s[i + 1] & 0x3F) << 6 | (s[i + 2] & 0x3F)
    width[0] = 4
    return 0x10000               # which one matters to nobody here


cdef bint put_atom(TextBuffer* b, Term t, int64_t* left) noexcept nogil:
    cdef Atom* a = atom_get(t)
    cdef size_t i = 0
    cdef size_t width
    cdef uint32_t c
    cdef bint ok = True
    cdef bint quote = a.length == 0 or not is_lower(utf8_at(a.name, 0, &width))
    left[0] -= a.length
    while not quote and i < a.length:
        quote = not is_name_char(utf8_at(a.name, i, &width))
        i += width
    if not quote:
        return text_put_bytes(b, a.name, a.length)
    ok = put_char(b, c"'")
    i = 0
    while ok and i < a.length:
        c = utf8_at(a.name, i, &width)
        if c == c"'":
            ok = text_put(b, "\\'")
        elif c == c'\\':
            ok = text_put(b, "\\\\")
        elif c == 10:
            ok = text_put(b, "\\n")
        elif c == 12:
            ok = text_put(b, "\\f")
        elif c == 9:
            ok = text_put(b, "\\t")
        elif c == 13:
            ok = text_put(b, "\\r")
        elif c == 8:
            ok = text_put(b, "\\b")
        elif c == 11:
            ok = text_put(b, "\\v")
        elif c < 32 or (c >= 128 and c < 160):
            ok = put_number(b, "\\%03llo", c)
        else:
            ok = text_put_bytes(b, a.name + i, width)
        i += width
    return ok and put_char(b, c"'")


# --- identifiers --------------------------------------------------------------------------------------

cdef inline uint64_t channel(Term t) noexcept nogil:    # 0 is this node
    if term_is_kind(t, T_EXT_PID):
        return atom_index((<External*>boxed_ptr(t)).node.name)
    return 0


cdef bint put_identifier(TextBuffer* b, Term t, int64_t* left) noexcept nogil:
    cdef Term* p
    cdef uint32_t* ids
    cdef size_t n
    cdef uint64_t number, serial
    cdef Term m = 0, f = 0
    cdef unsigned int arity = 0
    cdef uint64_t index = 0, old_index = 0, uniq = 0
    cdef char text[64]
    cdef bint ok
    if term_is_local_pid(t):
        number = pid_data(t) & 0x7FFF
        serial = pid_data(t) >> 15
        return put_pid(b, 0, number, serial)
    if term_is_local_port(t):
        return text_put(b, "#Port<0.") and put_number(b, "%llu>", port_data(t))
    p = boxed_ptr(t)
    if term_is_kind(t, T_FUN):
        if term_hooks().fun_parts != NULL:
            term_hooks().fun_parts((<Fun*>p).entry, &m, &index, &old_index, &uniq)
        ok = text_put(b, "#Fun<") and text_put_bytes(b, atom_get(m).name, atom_get(m).length)
        n = <size_t>snprintf(text, sizeof(text), ".%d.%d>", <int>old_index, <int>uniq)
        return ok and text_put_bytes(b, <const uint8_t*>text, n)
    if term_is_kind(t, T_EXPORT):
        if term_hooks().export_parts != NULL:
            term_hooks().export_parts(<void*>p[1], &m, &f, &arity)
        return (text_put(b, "fun ") and put_atom(b, m, left) and put_char(b, c':') and put_atom(b, f, left)
                and put_number(b, "/%llu", arity))
    if term_is_pid(t):
        return put_pid(b, channel(t), <uint32_t>p[3], p[3] >> 32)
    if term_is_port(t):
        return text_put(b, "#Port<") and put_number(b, "%llu.", channel(t)) and put_number(b, "%llu>", p[3])
    if term_is_kind(t, T_REF):
        ids = ref_ids(t)
        n = 3
    else:
        ids = <uint32_t*>(p + 4)
        n = <size_t>p[3]
    ok = text_put(b, "#Ref<") and put_number(b, "%llu", channel(t))
    while ok and n > 0:
        n -= 1
        ok = put_number(b, ".%llu", ids[n])
    return ok and put_char(b, c'>')


cdef bint put_pid(TextBuffer* b, uint64_t node, uint64_t number, uint64_t serial) noexcept nogil:
    return put_number(b, "<%llu.", node) and put_number(b, "%llu.", number) and put_number(b, "%llu>", serial)


cdef size_t text_identifier(Term t, char* out) noexcept nogil:
    cdef TextBuffer b
    cdef int64_t left = 1 << 20
    cdef size_t n = 0
    if not (term_is_pid(t) or term_is_port(t) or term_is_ref(t) or term_is_fun(t)):
        return 0
    text_init(&b)
    if put_identifier(&b, t, &left) and b.size <= IDENTIFIER_MAX:
        n = b.size
        memcpy(out, b.data, n)
    text_free(&b)
    return n


# --- terms ------------------------------------------------------------------------------------------

cdef bint is_printable_string(Term t) noexcept nogil:
    cdef int64_t c
    while term_is_list(t):
        if not term_is_small(list_head(t)):
            return False
        c = small_value(list_head(t))
        if c < 0 or c > 255 or c == 127 or (c >= 128 and c < 160):
            return False
        if c < 32 and c != 9 and c != 10 and c != 13:
            return False
        t = list_tail(t)
    return term_is_nil(t)


cdef bint put_string(TextBuffer* b, Term t, int64_t* left, bint* stop) noexcept nogil:
    cdef int64_t c
    cdef bint ok = put_char(b, c'"')
    while ok and term_is_list(t):
        left[0] -= 1
        if left[0] < 0:
            stop[0] = True
            return True
        c = small_value(list_head(t))
        if c == 10:
            ok = text_put(b, "\\n")
        else:
            if c == c'"':
                ok = put_char(b, c'\\')
            ok = ok and put_char(b, <int>c)
        t = list_tail(t)
    return ok and put_char(b, c'"')


cdef bint put_bits(TextBuffer* b, Term t, int64_t* left, bint* stop) noexcept nogil:
    cdef uint8_t* base
    cdef word offset, size, i
    cdef uint64_t c
    cdef bint ok, text, first = True
    bits_fetch(t, &base, &offset, &size)
    text = (size & 7) == 0 and size > 0
    i = 0
    while text and i < size:
        c = bits_get(base, offset + i, 8)
        text = c >= 32 and c < 127
        i += 8
    ok = text_put(b, "<<")
    if text:
        ok = ok and put_char(b, c'"')
    i = 0
    while ok and i + 8 <= size:
        c = bits_get(base, offset + i, 8)
        i += 8
        if text:
            if c == c'"':
                ok = put_char(b, c'\\')
            ok = ok and put_char(b, <int>c)
        else:
            ok = put_number(b, "%llu" if first else ",%llu", c)
        first = False
        left[0] -= 1
        if left[0] < 0:
            stop[0] = True
            return ok
    if ok and i < size:
        ok = put_number(b, "%llu" if first else ",%llu", bits_get(base, offset + i, <unsigned int>(size - i)))
        ok = ok and put_number(b, ":%llu", size - i)
    if text:
        ok = ok and put_char(b, c'"')
    return ok and text_put(b, ">>")


cdef bint put_integer(TextBuffer* b, Term t) noexcept nogil:
    cdef char small_text[96]
    cdef char* text = &small_text[0]
    cdef size_t n = integer_text_size(t, 10)
    cdef bint ok
    if n > sizeof(small_text):
        text = <char*>malloc(n)
        if text == NULL:
            return False
    n = integer_format(t, 10, text)
    ok = n > 0 and text_put_bytes(b, <const uint8_t*>text, n)
    if text != &small_text[0]:
        free(text)
    return ok


# Stacks the children of a trie node and puts what opens it.
cdef bint open_node(TextBuffer* b, WordStack* s, Term t) noexcept nogil:
    cdef Term* p = boxed_ptr(t)
    cdef size_t n = header_size(p[0]) - 1
    word_stack_push(s, NEXT_CLOSE_TUPLE)
    while n > 0:
        n -= 1
        word_stack_push(s, p[2 + n])
        word_stack_push(s, NEXT_TERM if term_is_list(p[2 + n]) else NEXT_NODE)
        if n > 0:
            word_stack_push(s, NEXT_COMMA)
    return put_number(b, "<%llx>{", <uint64_t>small_value(p[1]) & 0xFFFF)


cdef void stack_flat_map(WordStack* s, Term t) noexcept nogil:
    cdef Term* keys = tuple_elements(flat_map_keys(t))
    cdef Term* values = flat_map_values(t)
    cdef size_t n = map_size(t)
    word_stack_push(s, NEXT_CLOSE_TUPLE)
    while n > 0:
        n -= 1
        word_stack_push(s, values[n])
        word_stack_push(s, NEXT_TERM)
        word_stack_push(s, NEXT_ASSOC)
        word_stack_push(s, keys[n])
        word_stack_push(s, NEXT_TERM)
        if n > 0:
            word_stack_push(s, NEXT_COMMA)


# Puts one term, stacking its parts; *stop is set where nothing more, not even a bracket, is to be put.
cdef bint put_one(TextBuffer* b, WordStack* s, Term t, int64_t* left, bint* stop) noexcept nogil:
    cdef char text[FLOAT_TEXT_MAX]
    cdef size_t n
    cdef int kind
    if t == THE_NON_VALUE:
        stop[0] = True
        return text_put(b, "<TNV>")
    if term_is_header(t):
        stop[0] = True
        return text_put(b, "<cp/header:") and put_number(b, "0x%016llx>", t)
    if term_is_small(t):
        n = <size_t>snprintf(text, sizeof(text), "%lld", <long long>small_value(t))
        return text_put_bytes(b, <const uint8_t*>text, n)
    if term_is_nil(t):
        return text_put(b, "[]")
    if term_is_atom(t):
        stop[0] = left[0] <= atom_get(t).length
        return put_atom(b, t, left)
    if term_is_local_pid(t) or term_is_local_port(t):
        return put_identifier(b, t, left)
    if term_is_list(t):
        if is_printable_string(t):
            return put_string(b, t, left, stop)
        word_stack_push(s, NEXT_CLOSE_LIST)
        word_stack_push(s, t)
        word_stack_push(s, NEXT_CONS)
        return put_char(b, c'[')
    if not term_is_boxed(t):
        return put_number(b, "<unknown:0x%016llx>", t)       # a catch
    kind = boxed_kind(t)
    if kind == T_TUPLE:
        word_stack_push(s, NEXT_CLOSE_TUPLE)
        if tuple_arity(t) > 0:
            word_stack_push(s, <uint64_t>tuple_elements(t))
            word_stack_push(s, tuple_arity(t))
            word_stack_push(s, NEXT_ARRAY)
        return put_char(b, c'{')
    elif kind == T_BIG_POS or kind == T_BIG_NEG:
        return put_integer(b, t)
    elif kind == T_FLOAT:
        n = float_format(float_value(t), FLOAT_SCIENTIFIC, 6, False, text)
        return text_put_bytes(b, <const uint8_t*>text, n)
    elif kind == T_HEAP_BITS or kind == T_SUB_BITS:
        return put_bits(b, t, left, stop)
    elif kind == T_MAP_FLAT:
        stack_flat_map(s, t)
        return text_put(b, "#{")
    elif kind == T_MAP_NODE:
        return put_char(b, c'#') and open_node(b, s, t)
    elif kind == T_FUN or kind == T_EXPORT or kind == T_REF or kind == T_EXT_PID:
        return put_identifier(b, t, left)
    elif kind == T_MATCH:
        return text_put(b, "#MatchState")
    return put_number(b, "<unknown:0x%016llx>", t)


cdef bint text_put_term(TextBuffer* b, Term t, size_t limit) noexcept nogil:
    cdef WordStack s
    cdef int64_t left = <int64_t>limit if limit < <size_t>1 << 62 else <int64_t>1 << 62
    cdef uint64_t next_
    cdef Term* p
    cdef Term tail
    cdef size_t count
    cdef bint ok = True
    cdef bint stop = False
    word_stack_init(&s)
    word_stack_push(&s, t)
    word_stack_push(&s, NEXT_TERM)
    while ok and s.n > 0:
        next_ = word_stack_pop(&s)
        if next_ == NEXT_COMMA:
            ok = put_char(b, c',')
            continue
        elif next_ == NEXT_BAR:
            ok = put_char(b, c'|')
            continue
        elif next_ == NEXT_CLOSE_LIST:
            ok = put_char(b, c']')
            continue
        elif next_ == NEXT_CLOSE_TUPLE:
            ok = put_char(b, c'}')
            continue
        elif next_ == NEXT_ASSOC:
            ok = text_put(b, "=>")
            continue
        elif next_ == NEXT_NODE:
            left -= 1
            if left < 0:
                break
            ok = open_node(b, &s, word_stack_pop(&s))
            continue
        elif next_ == NEXT_CONS:
            p = list_cell(word_stack_pop(&s))
            t = p[0]
            tail = p[1]
            if not term_is_nil(tail):
                word_stack_push(&s, tail)
                word_stack_push(&s, NEXT_CONS if term_is_list(tail) else NEXT_TERM)
                word_stack_push(&s, NEXT_COMMA if term_is_list(tail) else NEXT_BAR)
        elif next_ == NEXT_ARRAY:
            count = <size_t>word_stack_pop(&s)
            p = <Term*>word_stack_pop(&s)
            t = p[0]
            if count > 1:
                word_stack_push(&s, <uint64_t>(p + 1))
                word_stack_push(&s, count - 1)
                word_stack_push(&s, NEXT_ARRAY)
                word_stack_push(&s, NEXT_COMMA)
        else:
            t = word_stack_pop(&s)
        left -= 1
        if left < 0:
            break
        ok = put_one(b, &s, t, &left, &stop)
        if stop:
            break
    word_stack_free(&s)
    if ok and left <= 0:
        ok = text_put(b, "... ")
    return ok


cdef void term_print_stderr(Term t) noexcept nogil:
    cdef TextBuffer b
    text_init(&b)
    text_put_term(&b, t, 100000)
    put_char(&b, 10)
    fwrite(b.data, 1, b.size, stderr)
    fflush(stderr)
    text_free(&b)

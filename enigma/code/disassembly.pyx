"""The text of an instruction; see disassembly.pxd.

Operands are written by their kind. The items of a list have none: most are sources, and the operations whose lists
hold anything else are told apart here.

Read next: joining.pxd, emulator/bitsyntax.pxd for what their lists hold.
"""
from libc.stdint cimport uint32_t
from libc.stdio cimport snprintf
from enigma.term.am cimport *
from enigma.term.pack cimport *
from enigma.term.text cimport TextBuffer, text_put, text_put_term
from enigma.code.instructions cimport instruction_of_label, operation_named
from enigma.code.joining cimport FIELD_COMPARE, FIELD_FLAGS, FIELD_NUMBER, FIELD_SKIP, FIELD_UTF8, command_length
from enigma.code.module cimport BifEntry, Export, FunEntry
from enigma.code.opcodes_generated cimport *
from enigma.code.tables cimport en_instruction_info, en_instructions

cdef enum:
    TERM_ITEMS = 200            # of a literal, about, before it is cut

cdef int g_select_linear = operation_named(b"select_linear")
cdef int g_select_search = operation_named(b"select_search")
cdef int g_select_jump = operation_named(b"select_jump")
cdef int g_select_arity_linear = operation_named(b"select_arity_linear")
cdef int g_select_arity_search = operation_named(b"select_arity_search")
cdef int g_bs_decide = operation_named(b"bs_decide")
cdef int g_bs_fields = operation_named(b"bs_fields")
cdef int g_bs_append_fields = operation_named(b"bs_append_fields")
cdef int g_bs_make_fields = operation_named(b"bs_make_fields")
cdef int g_get_map_values = operation_named(b"get_map_values")


cdef void put_number(TextBuffer* out, const char* prefix, word n) noexcept nogil:
    cdef char text[48]
    snprintf(text, sizeof(text), b" %s%llu", prefix, <unsigned long long>n)
    text_put(out, text)


cdef void put_term(TextBuffer* out, Term t) noexcept nogil:
    text_put(out, b" ")
    text_put_term(out, t, TERM_ITEMS)


cdef void put_source(TextBuffer* out, word w) noexcept nogil:
    if w & 3:
        put_term(out, w)
    elif w & 4:
        put_number(out, b"y", (w >> 3) - 1)
    else:
        put_number(out, b"x", w >> 3)


cdef void put_address(TextBuffer* out, const word* base, word w) noexcept nogil:
    if w == 0:
        text_put(out, b" -")
    else:
        put_number(out, b"@", <word>(<const word*>w - base))


cdef void put_function(TextBuffer* out, Term module, Term function, uint32_t arity) noexcept nogil:
    cdef char text[24]
    put_term(out, module)
    text_put(out, b":")
    text_put_term(out, function, TERM_ITEMS)
    snprintf(text, sizeof(text), b"/%u", arity)
    text_put(out, text)


# --- items of lists -----------------------------------------------------------------------------------------

cdef void put_field(TextBuffer* out, word what, word value) noexcept nogil:
    put_number(out, b"", what & 63)
    if (what >> FIELD_FLAGS) & 2:
        text_put(out, b"/little")
    if (what >> FIELD_FLAGS) & 4:
        text_put(out, b"/signed")
    if (what >> FIELD_FLAGS) & 16:
        text_put(out, b"/native")
    if what & FIELD_UTF8:
        text_put(out, b"/utf8")
    if what & FIELD_SKIP:
        text_put(out, b" -")
    elif what & FIELD_COMPARE:
        put_number(out, b"=", value)
    elif what & FIELD_NUMBER:
        put_number(out, b"", value)
    else:
        put_source(out, value)


# Is item i of a bs_match a number? `command` is the first item of its command.
cdef bint is_match_number(word command, size_t i, word item) noexcept nogil:
    if i == 0:
        return False
    if command == AM_integer or command == AM_binary:
        return i != 5 and (i != 2 or item & 3 == 0)
    if command == AM_get_tail:
        return i != 3
    return command != AM_eq_exact or i != 1


# Is item i of a segment of a bs_create_bin a number? The bytes of a string are told by their address.
cdef bint is_segment_number(const word* segment, size_t i) noexcept nogil:
    if i == 3:
        return segment[3] & 3 == 0
    return i == 1 or i == 2 or (i == 4 and segment[0] == AM_string)


cdef void put_list(TextBuffer* out, int op, const word* items, word n) noexcept nogil:
    cdef word i = 0, start = 0
    text_put(out, b" [")
    if op == g_bs_decide:               # deciding.pxd; leaves are places in the code
        put_number(out, b"nodes:", items[1])
        put_number(out, b"leaves:", n - 2 - items[1])
        i = n
    while i < n:
        if op == g_bs_fields or op == g_bs_append_fields or op == g_bs_make_fields:
            put_field(out, items[i], items[i + 1])
            i += 1
        elif op == G_bs_match:
            if i - start == command_length(items[start]):
                start = i
            if is_match_number(items[start], i - start, items[i]):
                put_number(out, b"", items[i])
            else:
                put_source(out, items[i])
        elif (op == G_bs_create_bin and is_segment_number(items + i - i % 6, i % 6)) \
                or (op == G_update_record and i % 2 == 0) or (op == g_get_map_values and i % 3 == 2):
            put_number(out, b"", items[i])
        else:
            put_source(out, items[i])
        i += 1
    text_put(out, b" ]")


# What stands behind the operands of a selection; returns its length.
cdef size_t put_selection(TextBuffer* out, int op, const word* base, const word* at) noexcept nogil:
    cdef word i
    text_put(out, b" [")
    if op == g_select_jump:
        for i in range(at[1]):
            put_number(out, b"", at[0] + i)
            text_put(out, b":")
            put_address(out, base, at[2 + i])
        text_put(out, b" ]")
        return 2 + at[1]
    for i in range(at[0]):
        if op == g_select_arity_linear or op == g_select_arity_search:
            put_number(out, b"", header_size(at[1 + i]))
        else:
            put_term(out, at[1 + i])
        text_put(out, b":")
        put_address(out, base, at[1 + at[0] + i])
    text_put(out, b" ]")
    return 1 + 2 * at[0]


cdef size_t instruction_text(const word* base, const word* ip, TextBuffer* out) noexcept nogil:
    cdef int number = instruction_of_label(ip[0])
    cdef const en_instruction_info* info
    cdef const char* kind
    cdef size_t length = 1
    cdef word w
    if number <= 0:
        put_number(out, b"?? ", ip[0])
        return 1
    info = &en_instructions[number]
    text_put(out, info.name)
    kind = info.kinds
    while kind[0] != 0:
        w = ip[length]
        if kind[0] == c'x' or kind[0] == c'y' or kind[0] == c's' or kind[0] == c'd':
            put_source(out, w if kind[0] != c'y' else w | 4)
        elif kind[0] == c'c' or kind[0] == c'i' or kind[0] == c'a' or kind[0] == c'n':
            put_term(out, w)
        elif kind[0] == c'e':
            put_function(out, (<Export*>w).module, (<Export*>w).function, (<Export*>w).arity)
        elif kind[0] == c'b':
            put_function(out, (<BifEntry*>w).module_atom, (<BifEntry*>w).name_atom, (<BifEntry*>w).arity)
        elif kind[0] == c'F':
            put_term(out, (<FunEntry*>w).module)
            put_number(out, b"fun ", (<FunEntry*>w).index)
        elif kind[0] == c'f':
            put_address(out, base, w)
        elif kind[0] == c'l':
            put_number(out, b"fr", w)
        elif kind[0] == c'v':
            put_list(out, info.op, ip + length + 1, w)
            length += w
        else:
            put_number(out, b"", w)
        length += 1
        kind += 1
    if info.op == g_select_linear or info.op == g_select_search or info.op == g_select_arity_linear \
            or info.op == g_select_arity_search or info.op == g_select_jump:
        length += put_selection(out, info.op, base, ip + length)
    return length

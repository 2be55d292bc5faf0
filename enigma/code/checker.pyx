"""Checks of generic operations; see checker.pxd.

One pass in the order of the file, of what can be seen in an operation alone. What depends on the way to it is
the verifier's, which comes last.

Read next: verifier.pyx.
"""
from libc.stdint cimport int64_t, uint32_t
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.am cimport *
from enigma.code.reader cimport *
from enigma.code.verifier cimport code_verify
from enigma.code.opcodes_generated cimport *

cdef enum:
    MOST_LIVE = 1023            # X registers; one more is scratch
    MOST_SLOTS = 1023           # Y registers
    MOST_ARITY = 255
    MOST_WORDS = 1 << 26        # that one operation asks for
    BIT_LIMIT = 0x7FFFFFFF      # bits of one field of a known size

cdef struct Bound:
    uint32_t opcode
    uint32_t index              # operand
    uint32_t most

cdef enum:
    BOUND_MAX = 96
cdef Bound bounds[BOUND_MAX]
cdef int bound_count = 0
cdef uint32_t bound_first[256]  # 1 + index in bounds, by opcode


cdef void bound(uint32_t opcode, uint32_t index, uint32_t most) noexcept:
    global bound_count
    bounds[bound_count].opcode = opcode
    bounds[bound_count].index = index
    bounds[bound_count].most = most
    if opcode < 256 and bound_first[opcode] == 0:
        bound_first[opcode] = bound_count + 1
    bound_count += 1


cdef void set_up() noexcept:
    for opcode in (G_allocate, G_allocate_zero):
        bound(opcode, 0, MOST_SLOTS)
        bound(opcode, 1, MOST_LIVE)
    for opcode in (G_allocate_heap, G_allocate_heap_zero):
        bound(opcode, 0, MOST_SLOTS)
        bound(opcode, 1, MOST_WORDS)
        bound(opcode, 2, MOST_LIVE)
    bound(G_test_heap, 0, MOST_WORDS)
    bound(G_test_heap, 1, MOST_LIVE)
    bound(G_deallocate, 0, MOST_SLOTS)
    bound(G_trim, 0, MOST_SLOTS)
    bound(G_trim, 1, MOST_SLOTS)
    for opcode in (G_call, G_call_only, G_call_fun, G_apply):
        bound(opcode, 0, MOST_ARITY)
    bound(G_call_fun2, 1, MOST_ARITY)
    bound(G_call_last, 0, MOST_ARITY)
    bound(G_call_last, 2, MOST_SLOTS)
    bound(G_call_ext_last, 2, MOST_SLOTS)
    bound(G_apply_last, 0, MOST_ARITY)
    bound(G_apply_last, 1, MOST_SLOTS)
    for opcode in (G_gc_bif1, G_gc_bif2, G_gc_bif3, G_bs_start_match4):
        bound(opcode, 1, MOST_LIVE)
    for opcode in (G_bs_start_match2, G_bs_start_match3, G_bs_get_integer2, G_bs_get_float2, G_bs_get_binary2,
                   G_bs_get_utf8, G_bs_get_utf16, G_bs_get_utf32, G_bs_get_tail, G_bs_get_position):
        bound(opcode, 2, MOST_LIVE)
    for opcode in (G_bs_init2, G_bs_init_bits, G_bs_append):
        bound(opcode, 2, MOST_WORDS)
        bound(opcode, 3, MOST_LIVE)
    bound(G_bs_create_bin, 1, MOST_WORDS)
    bound(G_bs_create_bin, 2, MOST_LIVE)
    bound(G_put_map_assoc, 3, MOST_LIVE)
    bound(G_put_map_exact, 3, MOST_LIVE)
    bound(G_put_tuple, 0, MOST_WORDS)


cdef inline bint is_register(Operand* o) noexcept nogil:
    return o.kind == O_X or o.kind == O_Y


cdef inline bint is_source(Operand* o) noexcept nogil:
    return o.kind == O_X or o.kind == O_Y or o.kind == O_INTEGER or o.kind == O_ATOM or o.kind == O_NIL \
        or o.kind == O_LITERAL


cdef inline bint is_number(Operand* o, word most) noexcept nogil:
    return o.kind == O_UNSIGNED and o.value <= most


# The number of an integer operand, in either of its forms; -1 if it is none.
cdef inline int64_t number_of(Operand* o) noexcept nogil:
    if o.kind == O_UNSIGNED:
        return <int64_t>o.value
    if o.kind == O_INTEGER and term_is_small(o.value):
        return small_value(o.value)
    return -1


cdef bint check_match(Operand* o, uint32_t n) noexcept nogil:
    """The commands of bs_match: each whole, with registers where values go."""
    cdef uint32_t i = 0
    while i < n:
        if o[i].kind != O_ATOM:
            return False
        if o[i].value == AM_integer or o[i].value == AM_binary:
            if n - i < 6 or not is_number(&o[i + 1], MOST_LIVE) or not is_source(&o[i + 2]) or number_of(&o[i + 3]) < 0 \
                    or number_of(&o[i + 3]) > BIT_LIMIT or not is_number(&o[i + 4], 256) or not is_register(&o[i + 5]):
                return False
            i += 6
        elif o[i].value == AM_get_tail:
            if n - i < 4 or not is_number(&o[i + 1], MOST_LIVE) or not is_register(&o[i + 3]):
                return False
            i += 4
        elif o[i].value == AM_eq_exact:
            if n - i < 4 or not is_number(&o[i + 2], 64):
                return False
            i += 4
        elif o[i].value == AM_ensure_at_least:
            if n - i < 3 or not is_number(&o[i + 1], BIT_LIMIT) or not is_number(&o[i + 2], 256):
                return False
            i += 3
        elif o[i].value == AM_ensure_exactly or o[i].value == AM_skip:
            if n - i < 2 or not is_number(&o[i + 1], BIT_LIMIT):
                return False
            i += 2
        else:
            return False
    return True


cdef const char* check_list(GenericOp* g, Operand* o, uint32_t n) noexcept nogil:
    """o: the items of the list operand."""
    cdef uint32_t i
    cdef uint32_t opcode = g.opcode
    if opcode == G_select_val or opcode == G_select_tuple_arity:
        return NULL                     # the loader looks at these itself
    if opcode == G_bs_match:
        if check_match(o, n):
            return NULL
        return b"damaged commands"
    if opcode == G_bs_create_bin:
        if n % 6 != 0:
            return b"damaged list of segments"
        for i in range(0, n, 6):
            if o[i].kind != O_ATOM or not is_number(&o[i + 2], 256):
                return b"damaged segment"
            if o[i].value != AM_string and (not is_source(&o[i + 3]) or not is_source(&o[i + 4]) or not is_source(&o[i + 5])):
                return b"damaged segment"
        return NULL
    if opcode == G_update_record:
        if n % 2 != 0:
            return b"damaged list of updates"
        for i in range(0, n, 2):
            if o[i].kind != O_UNSIGNED or o[i].value < 1 or o[i].value > g.operands[1].value or not is_source(&o[i + 1]):
                return b"damaged update"
        return NULL
    if opcode == G_get_map_elements:
        if n % 2 != 0:
            return b"damaged list of elements"
        for i in range(0, n, 2):
            if not is_source(&o[i]) or not is_register(&o[i + 1]):
                return b"damaged element"
        return NULL
    if opcode == G_init_yregs:
        for i in range(n):
            if o[i].kind != O_Y:
                return b"not a Y register"
        return NULL
    if opcode == G_put_map_assoc or opcode == G_put_map_exact:
        if n % 2 != 0:
            return b"a key without a value"
    for i in range(n):
        if not is_source(&o[i]):
            return b"damaged list"
    return NULL


cdef bint asks_for_words(uint32_t opcode, uint32_t index) noexcept nogil:
    """This operand is a number of words of heap."""
    if index == 0:
        return opcode == G_test_heap
    if index == 1:
        return opcode == G_allocate_heap or opcode == G_allocate_heap_zero or opcode == G_bs_create_bin
    return index == 2 and (opcode == G_bs_init2 or opcode == G_bs_init_bits or opcode == G_bs_append)


cdef const char* code_check(BeamFile* f, unsigned int* opcode) noexcept nogil:
    cdef GenericOp* g = f.ops
    cdef Operand* o
    cdef Bound* b
    cdef const char* wrong = NULL
    cdef uint32_t i, count
    opcode[0] = 0
    while g != NULL:
        opcode[0] = g.opcode
        count = g.operand_count
        if g.opcode < 256 and bound_first[g.opcode] != 0:
            b = &bounds[bound_first[g.opcode] - 1]
            while b < &bounds[bound_count] and b.opcode == g.opcode:
                if b.index >= count:
                    return b"an operand is missing"
                if g.operands[b.index].kind == O_ALLOC:
                    if g.operands[b.index].value + 2 * <word><uint32_t>g.operands[b.index].extra \
                            + 8 * (g.operands[b.index].extra >> 32) > b.most:
                        return b"allocation too large"
                elif g.operands[b.index].kind != O_UNSIGNED or g.operands[b.index].value > b.most:
                    return b"number out of range"
                b += 1
        if count != 0:
            o = &g.operands[0]
            for i in range(count):
                if o[i].kind == O_ALLOC and not asks_for_words(g.opcode, i):
                    return b"a list of words where none belongs"
                if o[i].kind == O_LIST:
                    wrong = check_list(g, o + i + 1, o[i].count)
                    if wrong != NULL:
                        return wrong
                    break               # a list is the last operand
        g = g.next
    return code_verify(f, opcode)


set_up()

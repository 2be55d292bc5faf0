"""Whether a register matters; see liveness.pxd."""
from libc.stdint cimport uint32_t
from enigma.term.pack cimport word
from enigma.code.opcodes_generated cimport *
from enigma.code.operations cimport Op
from enigma.code.reader cimport *

cdef enum:
    SEEN_MAX = 120              # operations that are looked at


cdef int live_operand(uint32_t op) noexcept nogil:
    """The index of the number of live registers among an operation's operands, or -1."""
    if op == G_bs_get_integer2 or op == G_bs_get_binary2 or op == G_bs_get_float2 or op == G_allocate_heap \
            or op == G_bs_get_utf8 or op == G_bs_start_match3 or op == G_bs_get_tail or op == G_bs_create_bin:
        return 2
    return 1 if op == G_allocate or op == G_test_heap else -1


cdef bint is_call(uint32_t op) noexcept nogil:
    return op == G_call or op == G_call_only or op == G_call_last or op == G_call_ext or op == G_call_ext_only \
        or op == G_call_ext_last


cdef bint is_end(uint32_t op) noexcept nogil:
    return op == G_return or op == G_badmatch or op == G_case_end or op == G_if_end or op == G_func_info \
        or op == G_call_only or op == G_call_last or op == G_call_ext_only or op == G_call_ext_last or op == G_jump \
        or op == G_select_val or op == G_select_tuple_arity or op == G_int_code_end or op == G_apply_last


cdef int destination(uint32_t op) noexcept nogil:
    """The index of the one operand that is only written, or -1."""
    if op == G_move or op == G_bs_get_position or op == G_bs_get_tail or op == G_put_tuple2:
        return 0 if op == G_put_tuple2 else 1
    if op == G_bs_get_binary2 or op == G_bs_get_integer2:
        return 6
    return 2 if op == G_put_list else -1


cdef bint is_plain(uint32_t op) noexcept nogil:
    """Does it use no registers but its operands, and nothing that a collection would look at?"""
    return op == G_move or op == G_put_tuple2 or op == G_put_list or op == G_bs_get_position or op == G_bs_set_position \
        or op == G_bs_match_string or op == G_bs_skip_bits2 or op == G_bs_test_tail2 or op == G_bs_test_unit \
        or op == G_is_lt or op == G_is_ge or op == G_is_eq or op == G_is_ne or op == G_is_eq_exact or op == G_is_ne_exact \
        or op == G_is_integer or op == G_is_atom or op == G_is_nil or op == G_is_nonempty_list or op == G_is_list \
        or op == G_is_binary or op == G_is_tuple or op == G_get_tuple_element or op == G_get_list or op == G_get_hd \
        or op == G_get_tl or op == G_select_val or op == G_jump or op == G_badmatch or op == G_case_end or op == G_if_end


cdef bint look_ahead(Op* op, word x, Op** labels, uint32_t count, uint32_t* seen) noexcept nogil:
    cdef uint32_t i
    cdef int live, dst
    cdef bint written
    while op != NULL:
        seen[0] += 1
        if seen[0] > SEEN_MAX:
            return False
        if op.op == G_label:
            op = op.next
            continue
        if op.op == G_return:
            return x != 0
        if op.op == G_func_info:        # the arguments, in the error
            return op.count == 4 and x >= op.operands[3].value
        live = live_operand(op.op)
        dst = destination(op.op)
        written = False
        for i in range(op.count):
            if op.operands[i].kind == O_X and op.operands[i].value == x:
                if <int>i != dst:
                    return False
                written = True
        if is_call(op.op):
            return op.operands[0].kind == O_UNSIGNED and x >= op.operands[0].value
        if live >= 0:
            if <uint32_t>live >= op.count or op.operands[live].kind != O_UNSIGNED or x < op.operands[live].value:
                return False
            written = True          # what is not live is gone afterwards
        elif not is_plain(op.op):
            return False
        for i in range(op.count):
            if op.operands[i].kind == O_LABEL and op.operands[i].value != 0:
                if op.operands[i].value >= count or not look_ahead(labels[op.operands[i].value], x, labels, count, seen):
                    return False
        if written or is_end(op.op):
            return True
        op = op.next
    return False


cdef bint register_is_dead(Op* op, word x, Op** labels, uint32_t count) noexcept nogil:
    cdef uint32_t seen = 0
    return look_ahead(op, x, labels, count, &seen)

"""Declarations of include/enigma/specialiser_generated.h, which tools/geninstr.py writes."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from enigma.code.opcodes_generated cimport INSTRUCTION_COUNT    # so that a change of the tables rebuilds their users

cdef extern from "enigma/specialiser_generated.h" nogil:
    enum:
        EN_OPCODE_COUNT
        EN_OP_COUNT
        EN_FORM_COUNT
        EN_INSTRUCTION_COUNT
        EN_FUSE_COUNT
        EN_BIF_RULE_COUNT
        EN_RULE_ARG_COUNT
        ENR_VARIABLE
        ENR_ANY
        ENR_NUMBER
        ENR_NIL
        ENR_ATOM
        ENR_X
        ENR_Y
        ENR_IMPORT
        ENB_FAIL
        ENB_LIVE
        ENB_BIF
        ENB_A
        ENB_B
        ENB_C
        ENB_DST
        ENB_COUNT
    ctypedef struct en_opcode_info:
        const char* name
        uint8_t arity, known, refused
    ctypedef struct en_op_info:          # a generic operation; below 256 the index is the opcode
        const char* name
        uint16_t form_first, form_count
        uint8_t operands, custom, defined
    ctypedef struct en_form_info:
        const char* kinds
        uint16_t instruction
        uint8_t count
    ctypedef struct en_instruction_info:
        const char* name
        const char* kinds
        uint16_t op
    ctypedef struct en_rule_arg:
        int how                          # ENR_
        int64_t value
        const char* text
        const char* text2
        const char* kinds
    ctypedef struct en_rule_call:
        uint16_t op, count
        uint32_t first_arg
    ctypedef struct en_fuse_rule:
        uint32_t first_call
        uint8_t pattern, result, variables, guards
        uint32_t first_guard
    ctypedef struct en_rule_guard:
        uint8_t left, equal
        en_rule_arg right
    ctypedef struct en_bif_rule:
        const char* module
        const char* name
        uint8_t arity
        en_rule_call result
    ctypedef struct en_fuse_range:
        uint16_t first, count
    const en_opcode_info en_opcodes[]
    const en_op_info en_ops[]
    const en_form_info en_forms[]
    const en_instruction_info en_instructions[]
    const en_rule_arg en_rule_args[]
    const en_rule_call en_rule_calls[]
    const en_rule_guard en_rule_guards[]
    const en_fuse_rule en_fuses[]
    const en_fuse_range en_fuse_index[]
    const en_bif_rule en_bif_rules[]

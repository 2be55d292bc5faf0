"""What a value is: one 64-bit word, and the tags in it. The only file that masks tag bits.

Low two bits, the primary tag:

    00  header: the first word of a boxed value (never a value by itself); also a return address on
        a stack, since code words are eight-byte aligned; 0 is THE_NON_VALUE
    01  list pointer: two words, head and tail
    10  boxed pointer: to a header
    11  immediate: next two bits 00 local pid, 01 local port, 11 small integer (60 bits signed),
        10 other: next two bits 00 atom, 01 catch, 11 nil

Header: bits 2..5 say what the boxed value is (the T_ enumeration), bits 6.. say how many words
follow the header; so size and kind are readable without knowing more. The layouts are in boxed.pxd.

Small integers and immediates have the same bits as in OTP, because hash values of both, and with
them the iteration order of big maps, are visible to programs.

Invariant: a word on a process heap is a term, or lies inside a boxed value whose header covers it.
Read next: boxed.pxd.
"""
from libc.stdint cimport int64_t, uint64_t
from enigma.term.core cimport Term

ctypedef uint64_t word

cdef enum:
    THE_NON_VALUE = 0
    # primary tags
    P_HEADER = 0
    P_LIST = 1
    P_BOXED = 2
    P_IMMED = 3
    # immediates, low four bits
    I_PID = 0x3
    I_PORT = 0x7
    I_SMALL = 0xF
    # immediates, low six bits
    I_ATOM = 0x0B
    I_CATCH = 0x1B
    I_NIL = 0x3B

# Header kinds (bits 2..5 of a header word).
cdef enum:
    T_TUPLE = 0          # tuple; size is the arity
    T_BIG_POS = 1        # non-negative bignum; limbs follow, least significant first, top limb not 0
    T_BIG_NEG = 2        # negative bignum; magnitude limbs
    T_FLOAT = 3          # one IEEE double
    T_FUN = 4            # local fun: see boxed.pxd
    T_EXPORT = 5         # fun M:F/A: pointer to its Export
    T_REF = 6            # local reference; size tells ordinary, alias (has a pid) or magic
    T_HEAP_BITS = 7      # bitstring whose bytes follow: size in bits, bytes
    T_SUB_BITS = 8       # bitstring that is a window on a T_HEAP_BITS or T_BIN_REF
    T_BIN_REF = 9        # counted pointer to a Binary; never seen by Erlang, only behind T_SUB_BITS
    T_MATCH = 10         # match context: a window with a moving position
    T_MAP_FLAT = 11      # map of up to 32 keys: keys tuple, values
    T_MAP_NODE = 12      # map above: hash trie node (root nodes carry the size)
    T_EXT_PID = 13       # pid, port or reference of another node; second word says which
    T_RECORD = 14        # native record of OTP 29: reserved
    T_RESERVED = 15

cdef inline bint term_is_immed(Term t) noexcept nogil: return (t & 3) == 3
cdef inline bint term_is_list(Term t) noexcept nogil: return (t & 3) == 1      # a cons cell, not nil
cdef inline bint term_is_boxed(Term t) noexcept nogil: return (t & 3) == 2
cdef inline bint term_is_pointer(Term t) noexcept nogil: return ((t + 1) & 2) != 0  # list or boxed
cdef inline bint term_is_header(Term t) noexcept nogil: return (t & 3) == 0

# --- immediates ---------------------------------------------------------------------------------
cdef inline bint term_is_small(Term t) noexcept nogil: return (t & 0xF) == 0xF
cdef inline bint term_both_small(Term a, Term b) noexcept nogil: return (a & b & 0xF) == 0xF
cdef inline Term make_small(int64_t v) noexcept nogil: return (<Term>v << 4) | 0xF
cdef inline int64_t small_value(Term t) noexcept nogil: return <int64_t>t >> 4
cdef enum:
    LEAST_SMALL = -576460752303423488
cdef inline bint fits_small(int64_t v) noexcept nogil: return <uint64_t>(v + (<int64_t>1 << 59)) < (<uint64_t>1 << 60)

cdef inline Term nil() noexcept nogil: return <Term>-5
cdef inline bint term_is_nil(Term t) noexcept nogil: return t == <Term>-5

cdef inline bint term_is_atom(Term t) noexcept nogil: return (t & 0x3F) == 0x0B
cdef inline Term make_atom(word index) noexcept nogil: return (index << 6) | 0x0B
cdef inline word atom_index(Term t) noexcept nogil: return t >> 6

cdef inline bint term_is_local_pid(Term t) noexcept nogil: return (t & 0xF) == 0x3
cdef inline Term make_pid(word data) noexcept nogil: return (data << 4) | 0x3
cdef inline word pid_data(Term t) noexcept nogil: return t >> 4
cdef inline bint term_is_local_port(Term t) noexcept nogil: return (t & 0xF) == 0x7
cdef inline Term make_port(word data) noexcept nogil: return (data << 4) | 0x7
cdef inline word port_data(Term t) noexcept nogil: return t >> 4

# A catch is a handler's code address kept in a Y register.
cdef inline bint term_is_catch(Term t) noexcept nogil: return (t & 0x3F) == 0x1B
cdef inline Term make_catch(word* handler) noexcept nogil: return (<word>handler << 6) | 0x1B
cdef inline word* catch_handler(Term t) noexcept nogil: return <word*>(t >> 6)

# --- pointers -----------------------------------------------------------------------------------
cdef inline Term make_list(Term* cell) noexcept nogil: return <Term>cell | 1
cdef inline Term* list_cell(Term t) noexcept nogil: return <Term*>(t - 1)
cdef inline Term list_head(Term t) noexcept nogil: return (<Term*>(t - 1))[0]
cdef inline Term list_tail(Term t) noexcept nogil: return (<Term*>(t - 1))[1]
cdef inline Term make_boxed(Term* p) noexcept nogil: return <Term>p | 2
cdef inline Term* boxed_ptr(Term t) noexcept nogil: return <Term*>(t - 2)
cdef inline Term* pointer_target(Term t) noexcept nogil: return <Term*>(t & ~<Term>3)

# --- headers ------------------------------------------------------------------------------------
cdef inline Term make_header(int kind, word size) noexcept nogil: return (size << 6) | (<word>kind << 2)
cdef inline int header_kind(Term h) noexcept nogil: return <int>((h >> 2) & 0xF)
cdef inline word header_size(Term h) noexcept nogil: return h >> 6     # words after the header
cdef inline Term boxed_header(Term t) noexcept nogil: return (<Term*>(t - 2))[0]
cdef inline int boxed_kind(Term t) noexcept nogil: return <int>(((<Term*>(t - 2))[0] >> 2) & 0xF)
cdef inline bint term_is_kind(Term t, int kind) noexcept nogil: return (t & 3) == 2 and boxed_kind(t) == kind

# --- type tests that look at the header ------------------------------------------------------------
cdef inline bint term_is_tuple(Term t) noexcept nogil: return term_is_kind(t, T_TUPLE)
cdef inline bint term_is_tuple_of(Term t, word arity) noexcept nogil:
    return (t & 3) == 2 and boxed_header(t) == make_header(T_TUPLE, arity)
cdef inline bint term_is_float(Term t) noexcept nogil: return term_is_kind(t, T_FLOAT)
cdef inline bint term_is_big(Term t) noexcept nogil:
    return (t & 3) == 2 and <unsigned int>(boxed_kind(t) - T_BIG_POS) <= 1
cdef inline bint term_is_integer(Term t) noexcept nogil: return term_is_small(t) or term_is_big(t)
cdef inline bint term_is_number(Term t) noexcept nogil:
    return term_is_small(t) or ((t & 3) == 2 and <unsigned int>(boxed_kind(t) - T_BIG_POS) <= 2)
cdef inline bint term_is_fun(Term t) noexcept nogil:
    return (t & 3) == 2 and <unsigned int>(boxed_kind(t) - T_FUN) <= 1
cdef inline bint term_is_bitstring(Term t) noexcept nogil:
    return (t & 3) == 2 and <unsigned int>(boxed_kind(t) - T_HEAP_BITS) <= 1
cdef inline bint term_is_map(Term t) noexcept nogil:
    return (t & 3) == 2 and <unsigned int>(boxed_kind(t) - T_MAP_FLAT) <= 1

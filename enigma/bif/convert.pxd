"""What the list and the binary forms of number conversions share."""
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.am cimport AM_compact, AM_decimals, AM_scientific, AM_short
from enigma.term.boxed cimport tuple_elements
from enigma.term.number cimport FLOAT_DECIMALS, FLOAT_SCIENTIFIC, FLOAT_SHORT

# Options of float_to_list/2 and float_to_binary/2; the last one wins, and only its number must be in range (of
# 32 bits, as erl reads it; a negative number of digits behind the exponent's point means C's default of 6). False: badarg.
cdef inline bint float_options(Term options, int* style, int* digits, bint* compact) noexcept nogil:
    cdef Term o
    style[0] = FLOAT_SCIENTIFIC
    digits[0] = 20
    compact[0] = False
    while term_is_list(options):
        o = list_head(options)
        if o == AM_compact:
            compact[0] = True
        elif o == AM_short:
            style[0] = FLOAT_SHORT
        elif term_is_tuple_of(o, 2) and term_is_small(tuple_elements(o)[1]):
            if tuple_elements(o)[0] == AM_decimals:
                style[0] = FLOAT_DECIMALS
            elif tuple_elements(o)[0] == AM_scientific:
                style[0] = FLOAT_SCIENTIFIC
            else:
                return False
            digits[0] = <int>small_value(tuple_elements(o)[1])
        else:
            return False
        options = list_tail(options)
    if style[0] == FLOAT_SCIENTIFIC:
        if digits[0] < 0:
            digits[0] = 6
        return term_is_nil(options) and digits[0] <= 249
    return term_is_nil(options) and (style[0] == FLOAT_SHORT or 0 <= digits[0] <= 253)

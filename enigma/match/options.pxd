"""What a regular expression and a match can be asked to do. Read next: regex.pxd."""

cdef enum:                       # options of a pattern; those marked R may also be given to a match
    RX_ANCHORED = 1              # R
    RX_CASELESS = 1 << 1
    RX_DOLLAR_ENDONLY = 1 << 2
    RX_DOTALL = 1 << 3
    RX_EXTENDED = 1 << 4
    RX_FIRSTLINE = 1 << 5
    RX_MULTILINE = 1 << 6
    RX_NO_AUTO_CAPTURE = 1 << 7
    RX_DUPNAMES = 1 << 8
    RX_UNGREEDY = 1 << 9
    RX_UCP = 1 << 10
    RX_NEVER_UTF = 1 << 11
    RX_NO_START_OPTIMIZE = 1 << 12
    RX_UTF = 1 << 13
    # R: newline, three bits; options that are or-ed together mean what the library makes of their sum
    RX_NEWLINE_CR = 1 << 16
    RX_NEWLINE_LF = 2 << 16
    RX_NEWLINE_CRLF = 3 << 16
    RX_NEWLINE_ANY = 4 << 16
    RX_NEWLINE_ANYCRLF = 5 << 16
    RX_NEWLINE_MASK = 7 << 16
    RX_BSR_ANYCRLF = 1 << 19     # R
    RX_BSR_UNICODE = 1 << 20     # R
    RX_BSR_MASK = 3 << 19
    # of a match only
    RX_NOTBOL = 1 << 24
    RX_NOTEOL = 1 << 25
    RX_NOTEMPTY = 1 << 26
    RX_NOTEMPTY_ATSTART = 1 << 27

cdef enum:
    RX_UNSET = -1                # as size_t: where a group begins that took no part

"""What this room uses of PCRE2's interface, for eight-bit code units. Who cimports it links with pcre2-8."""
from libc.stdint cimport uint8_t, uint32_t

cdef extern from "pcre2.h" nogil:
    ctypedef struct pcre2_code:
        pass
    ctypedef struct pcre2_match_data:
        pass
    ctypedef struct pcre2_match_context:
        pass
    ctypedef struct pcre2_compile_context:
        pass
    const uint32_t PCRE2_ANCHORED, PCRE2_CASELESS, PCRE2_DOLLAR_ENDONLY, PCRE2_DOTALL, PCRE2_EXTENDED
    const uint32_t PCRE2_FIRSTLINE, PCRE2_MULTILINE, PCRE2_NO_AUTO_CAPTURE, PCRE2_DUPNAMES, PCRE2_UNGREEDY
    const uint32_t PCRE2_UCP, PCRE2_NEVER_UTF, PCRE2_NO_START_OPTIMIZE, PCRE2_UTF, PCRE2_NO_UTF_CHECK
    const uint32_t PCRE2_USE_OFFSET_LIMIT, PCRE2_EXTRA_ALLOW_LOOKAROUND_BSK
    const uint32_t PCRE2_NOTBOL, PCRE2_NOTEOL, PCRE2_NOTEMPTY, PCRE2_NOTEMPTY_ATSTART
    const uint32_t PCRE2_NEWLINE_CR, PCRE2_NEWLINE_LF, PCRE2_NEWLINE_CRLF, PCRE2_NEWLINE_ANY, PCRE2_NEWLINE_ANYCRLF
    const uint32_t PCRE2_BSR_UNICODE, PCRE2_BSR_ANYCRLF
    const uint32_t PCRE2_INFO_BACKREFMAX, PCRE2_INFO_HASBACKSLASHC
    const uint32_t PCRE2_INFO_ALLOPTIONS, PCRE2_INFO_CAPTURECOUNT, PCRE2_INFO_NAMECOUNT
    const uint32_t PCRE2_INFO_NAMEENTRYSIZE, PCRE2_INFO_NAMETABLE, PCRE2_INFO_NEWLINE
    const int PCRE2_ERROR_NOMATCH, PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT
    const int PCRE2_ERROR_RECURSELOOP
    pcre2_code* pcre2_compile(const uint8_t*, size_t, uint32_t, int*, size_t*, pcre2_compile_context*)
    void pcre2_code_free(pcre2_code*)
    int pcre2_pattern_info(const pcre2_code*, uint32_t, void*)
    int pcre2_match(const pcre2_code*, const uint8_t*, size_t, size_t, uint32_t, pcre2_match_data*, pcre2_match_context*)
    pcre2_match_data* pcre2_match_data_create(uint32_t, void*)
    pcre2_match_data* pcre2_match_data_create_from_pattern(const pcre2_code*, void*)
    void pcre2_match_data_free(pcre2_match_data*)
    size_t* pcre2_get_ovector_pointer(pcre2_match_data*)
    pcre2_match_context* pcre2_match_context_create(void*)
    void pcre2_match_context_free(pcre2_match_context*)
    int pcre2_set_match_limit(pcre2_match_context*, uint32_t)
    int pcre2_set_depth_limit(pcre2_match_context*, uint32_t)
    int pcre2_set_heap_limit(pcre2_match_context*, uint32_t)
    int pcre2_set_offset_limit(pcre2_match_context*, size_t)
    pcre2_compile_context* pcre2_compile_context_create(void*)
    void pcre2_compile_context_free(pcre2_compile_context*)
    int pcre2_set_newline(pcre2_compile_context*, uint32_t)
    int pcre2_set_bsr(pcre2_compile_context*, uint32_t)
    int pcre2_set_character_tables(pcre2_compile_context*, const uint8_t*)
    int pcre2_set_parens_nest_limit(pcre2_compile_context*, uint32_t)
    int pcre2_set_compile_extra_options(pcre2_compile_context*, uint32_t)
    int pcre2_get_error_message(int, uint8_t*, size_t)
    const uint8_t* pcre2_maketables(void*)
    const uint32_t PCRE2_CONFIG_VERSION
    int pcre2_config(uint32_t, void*)

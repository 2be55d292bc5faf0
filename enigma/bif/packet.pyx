"""erlang:decode_packet/3: where a packet ends, and what it says if it is HTTP or TLS.

Two steps, as OTP documents them: the packet's length from its first bytes (packet_length), then its contents
(http_term, tls_term; for the other types the bytes without their header). Lengths are checked to fit in 31 bits.

Read next: enigma/io/port.pyx, which splits the packets of ports.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcmp, memcpy, strlen
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.term.bits cimport *
from enigma.term.boxed cimport *
from enigma.term.number cimport integer_from_i64, integer_to_u64
from enigma.code.module cimport bif_register
from enigma.process.process cimport *
from enigma.bif.build cimport tuple2, tuple3, tuple4
from enigma.bif.errors cimport *

cdef enum:
    PACKET_RAW = 0
    PACKET_1 = 1
    PACKET_2 = 2
    PACKET_4 = 4
    PACKET_ASN1 = 5
    PACKET_RECORD = 6            # sunrm
    PACKET_CDR = 7
    PACKET_FCGI = 8
    PACKET_TPKT = 9
    PACKET_LINE = 10
    PACKET_HTTP = 11             # a start line
    PACKET_HTTP_HEADER = 12
    PACKET_TLS = 13
    PACKET_UNKNOWN = -1
    INVALID = -1                 # answers of packet_length
    MORE = 0
    LENGTH_MAX = 0x7FFFFFFF
    HEADER_NAME_MAX = 50         # longer names of headers stay as they are written
    HEADER_COUNT = 52
    METHOD_COUNT = 7

# The headers that have a number: it is visible to programs.
cdef const char* header_names[HEADER_COUNT]
header_names[:] = [
    b"Cache-Control", b"Connection", b"Date", b"Pragma", b"Transfer-Encoding", b"Upgrade", b"Via", b"Accept",
    b"Accept-Charset", b"Accept-Encoding", b"Accept-Language", b"Authorization", b"From", b"Host",
    b"If-Modified-Since", b"If-Match", b"If-None-Match", b"If-Range", b"If-Unmodified-Since", b"Max-Forwards",
    b"Proxy-Authorization", b"Range", b"Referer", b"User-Agent", b"Age", b"Location", b"Proxy-Authenticate",
    b"Public", b"Retry-After", b"Server", b"Vary", b"Warning", b"Www-Authenticate", b"Allow", b"Content-Base",
    b"Content-Encoding", b"Content-Language", b"Content-Length", b"Content-Location", b"Content-Md5",
    b"Content-Range", b"Content-Type", b"Etag", b"Expires", b"Last-Modified", b"Accept-Ranges", b"Set-Cookie",
    b"Set-Cookie2", b"X-Forwarded-For", b"Cookie", b"Keep-Alive", b"Proxy-Connection"]
cdef const char* method_names[METHOD_COUNT]
method_names[:] = [b"OPTIONS", b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"TRACE"]
cdef Term header_atoms[HEADER_COUNT]
cdef Term method_atoms[METHOD_COUNT]
cdef Term atom_star, atom_abs_path, atom_absolute_uri, atom_https, atom_scheme, atom_http_response, atom_http_request
cdef Term atom_http_header, atom_http_eoh, atom_http_error, atom_ssl_tls, atom_packet_size, atom_line_length
cdef Term atom_line_delimiter, atom_asn1, atom_sunrm, atom_cdr, atom_fcgi, atom_tpkt, atom_http, atom_httph
cdef Term atom_http_bin, atom_httph_bin, atom_invalid, atom_raw, atom_line, atom_more


# --- how long is it ---------------------------------------------------------------------------------------------

cdef inline int64_t number16(const uint8_t* s) noexcept nogil: return (<int64_t>s[0] << 8) | s[1]
cdef inline int64_t number32(const uint8_t* s) noexcept nogil: return (number16(s) << 16) | number16(s + 2)


# A header of `head` bytes before `body` ones.
cdef int64_t with_header(int64_t head, int64_t body, uint64_t max_size) noexcept nogil:
    if body < 0 or (max_size != 0 and <uint64_t>body > max_size) or head + body > LENGTH_MAX:
        return INVALID
    return head + body


cdef int64_t asn1_length(const uint8_t* s, int64_t n, uint64_t max_size) noexcept nogil:
    cdef int64_t i = 1, count, length = 0
    if n < 2:
        return MORE
    if s[0] & 0x1F == 0x1F:          # a tag of several bytes
        while i < n and s[i] & 0x80:
            i += 1
        if n - i < 2:
            return MORE
        i += 1
    count = s[i] & 0x7F
    i += 1
    if not s[i - 1] & 0x80:
        return with_header(i, count, max_size)
    if n - i < count:
        return MORE
    if count > 4:
        return INVALID
    while count > 0:
        length = (length << 8) | s[i]
        i += 1
        count -= 1
    return with_header(i, length, max_size)


cdef int64_t line_length(const uint8_t* s, int64_t n, uint64_t max_size, uint64_t cut, uint8_t delimiter) noexcept nogil:
    cdef const uint8_t* end = <const uint8_t*>memchr(s, delimiter, n) if n != 0 else NULL
    cdef int64_t length
    if end == NULL:
        if max_size != 0 and <uint64_t>n > max_size:
            return INVALID
        return <int64_t>cut if cut != 0 and <uint64_t>n >= cut else MORE
    length = end - s + 1
    if max_size != 0 and <uint64_t>length > max_size:
        return INVALID
    return <int64_t>cut if cut != 0 and <uint64_t>length > cut else length


cdef inline bint is_blank(uint8_t c) noexcept nogil: return c == c' ' or c == 9


# A line; a header goes on in lines that begin with blanks, so the byte behind it must be there.
cdef int64_t http_length(const uint8_t* s, int64_t n, uint64_t max_size, bint header) noexcept nogil:
    cdef int64_t from_ = 0, length
    cdef const uint8_t* end
    if (n == 1 and s[0] == 10) or (n == 2 and s[0] == 13 and s[1] == 10):
        return n
    while True:
        end = <const uint8_t*>memchr(s + from_, 10, n - from_) if n > from_ else NULL
        if end == NULL:
            return INVALID if max_size != 0 and <uint64_t>n >= max_size else MORE
        length = end - s + 1
        if header and length < n and is_blank(s[length]) and length > 2:
            from_ = length
            continue
        if max_size != 0 and <uint64_t>length > max_size:
            return INVALID
        return MORE if header and length >= n else length


cdef int64_t packet_length(int type_, const uint8_t* s, int64_t n, uint64_t max_size, uint64_t cut,
                           uint8_t delimiter) noexcept nogil:
    cdef uint64_t little
    if type_ == PACKET_RAW:
        return n
    if type_ == PACKET_1:
        return MORE if n < 1 else with_header(1, s[0], max_size)
    if type_ == PACKET_2:
        return MORE if n < 2 else with_header(2, number16(s), max_size)
    if type_ == PACKET_4:
        return MORE if n < 4 else with_header(4, number32(s), max_size)
    if type_ == PACKET_RECORD:
        return MORE if n < 4 else with_header(4, number32(s) & 0x7FFFFFFF, max_size)
    if type_ == PACKET_ASN1:
        return asn1_length(s, n, max_size)
    if type_ == PACKET_LINE:
        return line_length(s, n, max_size, cut, delimiter)
    if type_ == PACKET_HTTP or type_ == PACKET_HTTP_HEADER:
        # once the length of lines was what bounded headers
        return http_length(s, n, max_size if max_size != 0 else cut, type_ == PACKET_HTTP_HEADER)
    if type_ == PACKET_CDR:
        if n < 12:
            return MORE
        if memcmp(s, b"GIOP", 4) != 0:
            return INVALID
        little = s[8] | <uint64_t>s[9] << 8 | <uint64_t>s[10] << 16 | <uint64_t>s[11] << 24
        return with_header(12, <int64_t>little if s[6] & 1 else number32(s + 8), max_size)
    if type_ == PACKET_FCGI:
        if n < 8:
            return MORE
        return with_header(8, number16(s + 4) + s[6], max_size) if s[0] == 1 else INVALID
    if type_ == PACKET_TPKT:
        if n < 4:
            return MORE
        return with_header(4, number16(s + 2) - 4, max_size) if s[0] == 3 else INVALID
    if n < 5:                        # TLS, or a version 2 hello
        return MORE
    if s[0] & 0x80 and s[2] == 1:
        return with_header(5, (number16(s) & 0x7FFF) - 3, max_size)
    return with_header(5, number16(s + 3), max_size)


# --- HTTP -------------------------------------------------------------------------------------------------------

cdef struct Packet:
    Process* p
    Term whole                   # the binary given
    const uint8_t* start         # its bytes
    bint as_binary
    const uint8_t* at            # what is left of the line
    int64_t left


# A part of the packet: a binary or a list of bytes. 0: no memory, as for all that build terms here.
cdef Term part(Packet* k, const uint8_t* s, int64_t n) noexcept nogil:
    cdef Term list_ = nil()
    cdef Term* cell
    if k.as_binary:
        return binary_from_bytes(proc_heap(k.p), s, <size_t>n)
    cell = proc_alloc(k.p, 2 * <size_t>n) if n != 0 else NULL
    if n != 0 and cell == NULL:
        return 0
    while n > 0:
        n -= 1
        list_ = cons(cell, make_small(s[n]), list_)
        cell += 2
    return list_


cdef Term with_tag2(Process* p, Term tag, Term a) noexcept nogil:
    return tuple2(p, tag, a) if a != 0 else 0


cdef Term tuple5(Process* p, Term a, Term b, Term c, Term d, Term e) noexcept nogil:
    cdef Term* to
    if b == 0 or c == 0 or d == 0 or e == 0:
        return 0
    to = proc_alloc(p, 6)
    if to == NULL:
        return 0
    to[0] = make_header(T_TUPLE, 5)
    to[1] = a
    to[2] = b
    to[3] = c
    to[4] = d
    to[5] = e
    return make_boxed(to)


cdef inline bint is_digit(uint8_t c) noexcept nogil: return c'0' <= c <= c'9'


# Bytes that end a name.
cdef bint is_special(uint8_t c) noexcept nogil:
    cdef const char* set_ = b"()<>@,;:\\\"/[]?={} \t"
    if c <= 32 or c >= 128:
        return True
    while set_[0]:
        if <uint8_t>set_[0] == c:
            return True
        set_ += 1
    return False


cdef bint skip_blanks(Packet* k) noexcept nogil:
    cdef bint any_ = False
    while k.left > 0 and is_blank(k.at[0]):
        k.at += 1
        k.left -= 1
        any_ = True
    return any_


# Digits as a number; False: there are none. Too large ones wrap, as in erl.
cdef bint take_number(Packet* k, int64_t* out) noexcept nogil:
    cdef int32_t v = 0
    cdef bint any_ = False
    while k.left > 0 and is_digit(k.at[0]):
        v = 10 * v + (k.at[0] - c'0')
        k.at += 1
        k.left -= 1
        any_ = True
    out[0] = v
    return any_


# "HTTP/" has been seen: Major.Minor.
cdef bint take_version(Packet* k, int64_t* major, int64_t* minor) noexcept nogil:
    k.at += 5
    k.left -= 5
    if not take_number(k, major) or k.left == 0 or k.at[0] != c'.':
        return False
    k.at += 1
    k.left -= 1
    return take_number(k, minor)


cdef bint begins_with(const uint8_t* s, int64_t n, const char* text) noexcept nogil:   # letters in any case
    cdef int64_t i, size = <int64_t>strlen(text)
    if n < size:
        return False
    for i in range(size):
        if (s[i] | 0x20 if c'A' <= s[i] <= c'Z' else s[i]) != <uint8_t>text[i]:
            return False
    return True


# host[:port][/path] as {absoluteURI, Scheme, Host, Port, Path}
cdef Term absolute_uri(Packet* k, Term scheme, const uint8_t* s, int64_t n) noexcept nogil:
    cdef const uint8_t* path = <const uint8_t*>memchr(s, c'/', n) if n != 0 else NULL
    cdef const uint8_t* colon
    cdef int64_t host = n, port = 0
    cdef Packet digits
    cdef Term rest
    rest = part(k, path, n - (path - s)) if path != NULL else part(k, <const uint8_t*>b"/", 1)
    if path != NULL:
        n = path - s
        host = n
    colon = <const uint8_t*>memchr(s, c':', n) if n != 0 else NULL
    if colon != NULL:
        host = colon - s
        digits.at = colon + 1
        digits.left = n - host - 1
        if not take_number(&digits, &port) or digits.left != 0:
            port = 0
    return tuple5(k.p, atom_absolute_uri, scheme, part(k, s, host), make_small(port) if port != 0 else AM_undefined, rest)


cdef Term uri_term(Packet* k, const uint8_t* s, int64_t n) noexcept nogil:
    cdef const uint8_t* colon
    cdef Term a, b
    if n == 1 and s[0] == c'*':
        return atom_star
    if n <= 1 or s[0] == c'/':
        return with_tag2(k.p, atom_abs_path, part(k, s, n))
    if begins_with(s, n, b"http://"):
        return absolute_uri(k, atom_http, s + 7, n - 7)
    if begins_with(s, n, b"https://"):
        return absolute_uri(k, atom_https, s + 8, n - 8)
    colon = <const uint8_t*>memchr(s, c':', n)
    if colon == NULL:
        return part(k, s, n)
    a = part(k, s, colon - s)
    b = part(k, colon + 1, n - (colon - s) - 1)
    return tuple3(k.p, atom_scheme, a, b) if a != 0 and b != 0 else 0


# {http_response, Version, Status, Phrase}; *good False: it is none.
cdef Term response_term(Packet* k, bint* good) noexcept nogil:
    cdef int64_t major, minor, status
    cdef bint blank
    cdef Term version, phrase
    good[0] = False
    if not take_version(k, &major, &minor) or not skip_blanks(k):
        return 0
    take_number(k, &status)
    blank = skip_blanks(k)
    if not blank and k.left > 0:
        return 0
    good[0] = True
    version = tuple2(k.p, make_small(major), make_small(minor))
    phrase = part(k, k.at, k.left) if version != 0 else 0
    return tuple4(k.p, atom_http_response, version, make_small(status), phrase) if phrase != 0 else 0


# {http_request, Method, Uri, Version}; without a version it is 0.9.
cdef Term request_term(Packet* k, bint* good) noexcept nogil:
    cdef const uint8_t* name = k.at
    cdef const uint8_t* uri
    cdef int64_t size, uri_size, major = 0, minor = 9
    cdef Term method = 0, t, version
    cdef int i
    good[0] = False
    while k.left > 0 and not is_special(k.at[0]):
        k.at += 1
        k.left -= 1
    size = k.at - name
    if size == 0 or not skip_blanks(k):
        return 0
    uri = k.at
    while k.left > 0 and not is_blank(k.at[0]):
        k.at += 1
        k.left -= 1
    uri_size = k.at - uri
    if uri_size == 0:
        return 0
    skip_blanks(k)
    if k.left > 0:
        if k.left < 8 or memcmp(k.at, b"HTTP/", 5) != 0 or not take_version(k, &major, &minor):
            return 0
    good[0] = True
    for i in range(METHOD_COUNT):
        if <int64_t>strlen(method_names[i]) == size and memcmp(method_names[i], name, size) == 0:
            method = method_atoms[i]
    if method == 0:
        method = part(k, name, size)
    t = uri_term(k, uri, uri_size) if method != 0 else 0
    version = tuple2(k.p, make_small(major), make_small(minor)) if t != 0 else 0
    return tuple4(k.p, atom_http_request, method, t, version) if version != 0 else 0


# {http_header, Number, Name, NameAsWritten, Value}, or http_eoh for an empty line.
cdef Term header_term(Packet* k, bint* good) noexcept nogil:
    cdef const uint8_t* name = k.at
    cdef int64_t size = 0, number = 0
    cdef uint8_t proper[HEADER_NAME_MAX]     # with capitals after hyphens only
    cdef uint8_t c
    cdef bint upper = True
    cdef Term t = 0
    cdef int i
    good[0] = False
    if k.left == 0:
        good[0] = True
        return atom_http_eoh
    while not is_special(k.at[0]):
        if size < HEADER_NAME_MAX:
            c = k.at[0]
            if upper and c'a' <= c <= c'z':
                c -= 32
            elif not upper and c'A' <= c <= c'Z':
                c += 32
            upper = c == c'-' if not upper else False
            proper[size] = c
        size += 1
        k.at += 1
        k.left -= 1
        if k.left == 0:
            return 0
    if k.at[0] != c':':
        return 0
    good[0] = True
    if size <= HEADER_NAME_MAX:
        for i in range(HEADER_COUNT):
            if <int64_t>strlen(header_names[i]) == size and memcmp(header_names[i], proper, size) == 0:
                number = i + 1
                t = header_atoms[i]
    if t == 0:
        t = part(k, <const uint8_t*>&proper[0] if size <= HEADER_NAME_MAX else name, size)
    k.at += 1
    k.left -= 1
    skip_blanks(k)
    return tuple5(k.p, atom_http_header, make_small(number), t, part(k, name, size), part(k, k.at, k.left))


cdef Term http_term(Packet* k, int64_t size, bint header) noexcept nogil:
    cdef bint good
    cdef Term t
    k.at = k.start
    k.left = size
    if size >= 2 and k.start[size - 2] == 13:
        k.left -= 2
    elif size >= 1 and k.start[size - 1] == 10:
        k.left -= 1
    if header:
        t = header_term(k, &good)
    elif k.left >= 5 and memcmp(k.start, b"HTTP/", 5) == 0:
        t = response_term(k, &good)
    else:
        t = request_term(k, &good)
    return t if good else with_tag2(k.p, atom_http_error, part(k, k.start, size))


# {ssl_tls, [], ContentType, {Major, Minor}, Bytes}; a version 2 hello gets the header of a version 3 one.
cdef Term tls_term(Packet* k, int64_t size) noexcept nogil:
    cdef const uint8_t* s = k.start
    cdef uint8_t* out
    cdef Term bytes_, version
    cdef bint old = s[0] & 0x80 != 0 and s[2] == 1
    if old:
        bytes_ = binary_make(proc_heap(k.p), <size_t>(size - 3 + 4), &out)
        if bytes_ == 0:
            return 0
        out[0] = 1
        out[1] = <uint8_t>((size - 3) >> 16)
        out[2] = <uint8_t>((size - 3) >> 8)
        out[3] = <uint8_t>(size - 3)
        memcpy(out + 4, s + 3, <size_t>(size - 3))
        version = tuple2(k.p, make_small(s[3]), make_small(s[4]))
    else:
        bytes_ = binary_from_bytes(proc_heap(k.p), s + 5, <size_t>(size - 5))
        version = tuple2(k.p, make_small(s[1]), make_small(s[2])) if bytes_ != 0 else 0
    return tuple5(k.p, atom_ssl_tls, nil(), make_small(22 if old else s[0]), version, bytes_)


# --- the BIF ----------------------------------------------------------------------------------------------------

cdef int packet_type(Term t, bint* as_binary) noexcept nogil:
    as_binary[0] = t == atom_http_bin or t == atom_httph_bin
    if t == make_small(0) or t == atom_raw:
        return PACKET_RAW
    if t == make_small(1):
        return PACKET_1
    if t == make_small(2):
        return PACKET_2
    if t == make_small(4):
        return PACKET_4
    if t == atom_line:
        return PACKET_LINE
    if t == atom_http or t == atom_http_bin:
        return PACKET_HTTP
    if t == atom_httph or t == atom_httph_bin:
        return PACKET_HTTP_HEADER
    if t == atom_asn1:
        return PACKET_ASN1
    if t == atom_sunrm:
        return PACKET_RECORD
    if t == atom_cdr:
        return PACKET_CDR
    if t == atom_fcgi:
        return PACKET_FCGI
    if t == atom_tpkt:
        return PACKET_TPKT
    if t == atom_ssl_tls:
        return PACKET_TLS
    return PACKET_UNKNOWN


cdef bint packet_options(Term list_, int type_, uint64_t* max_size, uint64_t* cut, uint8_t* delimiter) noexcept nogil:
    cdef Term* q
    cdef uint64_t v
    while term_is_list(list_):
        if not term_is_tuple_of(list_head(list_), 2):
            return False
        q = tuple_elements(list_head(list_))
        if not term_is_integer(q[1]) or not integer_to_u64(q[1], &v) or v >> 32:
            return False
        if q[0] == atom_packet_size:
            max_size[0] = v
        elif q[0] == atom_line_length:
            cut[0] = v
        elif q[0] == atom_line_delimiter and type_ == PACKET_LINE and v <= 255:
            delimiter[0] = <uint8_t>v
        else:
            return False
        list_ = list_tail(list_)
    return term_is_nil(list_)


cdef Term contents(Packet* k, int type_, int64_t size) noexcept nogil:
    cdef int64_t head = 0, tail = 0
    if type_ == PACKET_HTTP or type_ == PACKET_HTTP_HEADER:
        return http_term(k, size, type_ == PACKET_HTTP_HEADER)
    if type_ == PACKET_TLS:
        return tls_term(k, size)
    if type_ == PACKET_1 or type_ == PACKET_2 or type_ == PACKET_4:
        head = type_
    elif type_ == PACKET_FCGI:
        tail = k.start[6]            # padding
    return bits_sub(proc_heap(k.p), k.whole, <word>head << 3, <word>(size - head - tail) << 3)


cdef Term decode_packet_3(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Packet k
    cdef int type_
    cdef uint64_t max_size = 0, cut = 0
    cdef uint8_t delimiter = 10
    cdef uint8_t* base
    cdef uint8_t* temp = NULL
    cdef word offset, bits
    cdef int64_t n, size
    cdef Term t, rest
    type_ = packet_type(args[0], &k.as_binary)
    if type_ == PACKET_UNKNOWN:
        return badarg_cause(p, AM_badopt)
    if not term_is_bitstring(args[1]) or not packet_options(args[2], type_, &max_size, &cut, &delimiter):
        return badarg(p)
    bits_fetch(args[1], &base, &offset, &bits)
    n = <int64_t>(bits >> 3)
    if offset & 7:
        temp = <uint8_t*>malloc(<size_t>n + 1)
        if temp == NULL:
            return fail(p, EXC_SYSTEM_LIMIT)
        bits_copy(base, offset, temp, 0, <word>n << 3)
        base = temp
        charge(p, n >> 10)
    k.p = p
    k.whole = args[1]
    k.start = base
    size = packet_length(type_, base, n, max_size, cut, delimiter)
    if size < 0:
        t = tuple2(p, AM_error, atom_invalid)
    elif size == 0 or size > n:
        t = AM_undefined if size == 0 else integer_from_i64(proc_heap(p), size)
        t = tuple2(p, atom_more, t) if t != 0 else 0
    else:
        charge(p, size >> 10)
        t = contents(&k, type_, size)
        rest = bits_sub(proc_heap(p), args[1], <word>size << 3, bits - (<word>size << 3)) if t != 0 else 0
        t = tuple3(p, AM_ok, t, rest) if rest != 0 else 0
    free(temp)
    return t if t != 0 else fail(p, EXC_SYSTEM_LIMIT)


cdef void make_atoms() noexcept nogil:
    global atom_star, atom_abs_path, atom_absolute_uri, atom_https, atom_scheme, atom_http_response, atom_http_request
    global atom_http_header, atom_http_eoh, atom_http_error, atom_ssl_tls, atom_packet_size, atom_line_length
    global atom_line_delimiter, atom_asn1, atom_sunrm, atom_cdr, atom_fcgi, atom_tpkt, atom_http, atom_httph
    global atom_http_bin, atom_httph_bin, atom_invalid, atom_raw, atom_line, atom_more
    cdef int i
    for i in range(HEADER_COUNT):
        header_atoms[i] = atom_from_cstr(header_names[i])
    for i in range(METHOD_COUNT):
        method_atoms[i] = atom_from_cstr(method_names[i])
    atom_star = atom_from_cstr(b"*")
    atom_abs_path = atom_from_cstr(b"abs_path")
    atom_absolute_uri = atom_from_cstr(b"absoluteURI")
    atom_https = atom_from_cstr(b"https")
    atom_scheme = atom_from_cstr(b"scheme")
    atom_http_response = atom_from_cstr(b"http_response")
    atom_http_request = atom_from_cstr(b"http_request")
    atom_http_header = atom_from_cstr(b"http_header")
    atom_http_eoh = atom_from_cstr(b"http_eoh")
    atom_http_error = atom_from_cstr(b"http_error")
    atom_ssl_tls = atom_from_cstr(b"ssl_tls")
    atom_packet_size = atom_from_cstr(b"packet_size")
    atom_line_length = atom_from_cstr(b"line_length")
    atom_line_delimiter = atom_from_cstr(b"line_delimiter")
    atom_asn1 = atom_from_cstr(b"asn1")
    atom_sunrm = atom_from_cstr(b"sunrm")
    atom_cdr = atom_from_cstr(b"cdr")
    atom_fcgi = atom_from_cstr(b"fcgi")
    atom_tpkt = atom_from_cstr(b"tpkt")
    atom_http = atom_from_cstr(b"http")
    atom_httph = atom_from_cstr(b"httph")
    atom_http_bin = atom_from_cstr(b"http_bin")
    atom_httph_bin = atom_from_cstr(b"httph_bin")
    atom_invalid = atom_from_cstr(b"invalid")
    atom_raw = atom_from_cstr(b"raw")
    atom_line = atom_from_cstr(b"line")
    atom_more = atom_from_cstr(b"more")


make_atoms()
bif_register(b"erlang", b"decode_packet", 3, decode_packet_3, 0)

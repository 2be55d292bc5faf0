// Floats to text and back, exactly and whatever the host's locale says: <charconv> behind C names.
#include <charconv>
#include <cstddef>
#include <system_error>

static size_t length_of(std::to_chars_result r, const char *out) {
    return r.ec == std::errc() ? static_cast<size_t>(r.ptr - out) : 0;
}

extern "C" {

// Each writes at most `room` bytes without a terminator and returns the length; 0: does not fit.
size_t en_double_scientific(double d, int digits, char *out, size_t room) {
    return length_of(std::to_chars(out, out + room, d, std::chars_format::scientific, digits), out);
}

size_t en_double_fixed(double d, int digits, char *out, size_t room) {
    return length_of(std::to_chars(out, out + room, d, std::chars_format::fixed, digits), out);
}

// The fewest digits that read back as d, as D[.DDD]e(+|-)DD.
size_t en_double_shortest(double d, char *out, size_t room) {
    return length_of(std::to_chars(out, out + room, d, std::chars_format::scientific), out);
}

// 0: read all of it; 1: out of the floats' range; 2: not a float.
int en_double_parse(const char *text, size_t n, double *out) {
    auto r = std::from_chars(text, text + n, *out, std::chars_format::general);
    if (r.ec == std::errc::result_out_of_range)
        return 1;
    return r.ec == std::errc() && r.ptr == text + n ? 0 : 2;
}

}

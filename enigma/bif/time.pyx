"""Time BIFs: clocks in any unit, calendar conversions, unique integers and references.

All clock reads go through process/timer.pxd, so that a VM on a virtual clock sees only that. Calendar
arithmetic is the proleptic Gregorian one; local time is the host's time zone.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.number cimport *
from enigma.code.module cimport BIF_GUARD, bif_register
from enigma.process.process cimport *
from enigma.process.table cimport room_of
from enigma.process.lifecycle cimport ref_new
from enigma.process.lookup cimport unique_integer
from enigma.process.timer cimport *
from enigma.bif.errors cimport *
from enigma.bif.build cimport *

cdef extern from "time.h" nogil:
    ctypedef int64_t time_t
    cdef struct tm:
        int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst
    tm* localtime_r(const time_t* t, tm* result)
    time_t mktime(tm* t)

cdef enum:
    SECOND = 1000000000        # ns
    DAY = 86400                # s
    FIRST_LOCAL_YEAR = 1902    # before, OTP refuses local time
    FIRST_POSIX_YEAR = 1600

# --- units ----------------------------------------------------------------------------------------------------

cdef inline int64_t floor_div(int64_t a, int64_t b) noexcept nogil:
    cdef int64_t q = a / b
    return q - 1 if q * b > a else q

cdef int64_t unit_parts(Term unit) noexcept nogil:
    """Parts of a second; 0 if `unit` is no name of one."""
    if unit == AM_native or unit == AM_nanosecond or unit == AM_nano_seconds or unit == AM_perf_counter:
        return SECOND
    if unit == AM_second or unit == AM_seconds:
        return 1
    if unit == AM_millisecond or unit == AM_milli_seconds:
        return 1000
    if unit == AM_microsecond or unit == AM_micro_seconds:
        return 1000000
    return 0

cdef Term in_unit(Process* p, int64_t ns, Term unit) noexcept nogil:
    """ns in parts of a second, rounded down; badarg if the unit is none."""
    cdef Heap* h = proc_heap(p)
    cdef int64_t parts = unit_parts(unit), whole, rest
    cdef Term t, reason = AM_badarg
    if parts == 0:
        if not term_is_integer(unit) or integer_is_negative(unit) or unit == make_small(0):
            return badarg(p)
        if term_is_small(unit) and small_value(unit) <= SECOND:
            parts = small_value(unit)
    if parts == SECOND:
        return integer_from_i64(h, ns)
    if parts != 0:
        whole = floor_div(ns, SECOND)
        rest = ns - whole * SECOND
        return integer_from_i64(h, whole * parts + rest * parts / SECOND)
    # Finer than nanoseconds: whole seconds times parts, plus the rest.
    whole = floor_div(ns, SECOND)
    rest = ns - whole * SECOND
    t = number_mul(h, unit, integer_from_i64(h, rest), &reason)
    if t != 0:
        t = number_div(h, t, make_small(SECOND), &reason)
    if t != 0:
        unit = number_mul(h, unit, make_small(whole), &reason)
        t = number_add(h, t, unit, &reason) if unit != 0 else 0
    return t if t != 0 else fail_reason(p, reason)

cdef Term monotonic_time_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return integer_from_i64(proc_heap(p), clock_monotonic(p.vm))

cdef Term monotonic_time_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return in_unit(p, clock_monotonic(p.vm), args[0])

cdef Term system_time_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return integer_from_i64(proc_heap(p), clock_system(p.vm))

cdef Term system_time_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return in_unit(p, clock_system(p.vm), args[0])

cdef Term time_offset_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return integer_from_i64(proc_heap(p), clock_offset(p.vm))

cdef Term time_offset_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return in_unit(p, clock_offset(p.vm), args[0])

# The operating system's clocks; a virtual clock stands for these, too.
cdef int64_t os_clock(VM* vm) noexcept nogil:
    return clock_system(vm) if clock_is_virtual(vm) else clock_os_system()

cdef Term os_system_time_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return integer_from_i64(proc_heap(p), os_clock(p.vm))

cdef Term os_system_time_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return in_unit(p, os_clock(p.vm), args[0])

cdef Term os_perf_counter_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return integer_from_i64(proc_heap(p), clock_monotonic(p.vm) if clock_is_virtual(p.vm) else clock_os_monotonic())

cdef Term second_parts_0(void* proc, Term* args) noexcept nogil:
    return make_small(SECOND)

cdef Term stamp(Process* p, int64_t microseconds) noexcept nogil:
    cdef int64_t seconds = floor_div(microseconds, 1000000)
    return tuple3(p, make_small(floor_div(seconds, 1000000)), make_small(seconds - floor_div(seconds, 1000000) * 1000000),
                  make_small(microseconds - seconds * 1000000))

cdef Term timestamp_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return stamp(p, floor_div(clock_system(p.vm), 1000))

cdef Term os_timestamp_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return stamp(p, floor_div(os_clock(p.vm), 1000))

cdef Term now_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    return stamp(p, clock_now(p.vm))

# --- calendar --------------------------------------------------------------------------------------------------

cdef struct Civil:
    int64_t year
    int64_t month, day, hour, minute, second

# Days since 1970-01-01 of a civil date; the year begins in March, so that leap days come last.
cdef int64_t days_of(int64_t year, int64_t month, int64_t day) noexcept nogil:
    cdef int64_t y = year - 1 if month <= 2 else year
    cdef int64_t era = floor_div(y, 400)
    cdef int64_t in_era = y - era * 400
    cdef int64_t in_year = (153 * (month - 3 if month > 2 else month + 9) + 2) / 5 + day - 1
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468

cdef void civil_of(int64_t seconds, Civil* c) noexcept nogil:
    cdef int64_t days = floor_div(seconds, DAY)
    cdef int64_t of_day = seconds - days * DAY
    cdef int64_t z = days + 719468
    cdef int64_t era = floor_div(z, 146097)
    cdef int64_t in_era = z - era * 146097
    cdef int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365
    cdef int64_t in_year = in_era - (365 * year + year / 4 - year / 100)
    cdef int64_t m = (5 * in_year + 2) / 153
    c.day = in_year - (153 * m + 2) / 5 + 1
    c.month = m + 3 if m < 10 else m - 9
    c.year = year + era * 400 + (1 if c.month <= 2 else 0)
    c.hour = of_day / 3600
    c.minute = of_day / 60 % 60
    c.second = of_day % 60

cdef inline int64_t seconds_of(Civil* c) noexcept nogil:
    return days_of(c.year, c.month, c.day) * DAY + c.hour * 3600 + c.minute * 60 + c.second

cdef int64_t days_in(int64_t year, int64_t month) noexcept nogil:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31

cdef bint civil_from_term(Term t, int64_t first_year, Civil* c) noexcept nogil:
    cdef Term* e
    cdef Term* d
    cdef Term* h
    cdef int i
    if not term_is_tuple_of(t, 2):
        return False
    e = tuple_elements(t)
    if not term_is_tuple_of(e[0], 3) or not term_is_tuple_of(e[1], 3):
        return False
    d = tuple_elements(e[0])
    h = tuple_elements(e[1])
    for i in range(3):
        if not term_is_small(d[i]) or not term_is_small(h[i]):
            return False
    c.year = small_value(d[0])
    c.month = small_value(d[1])
    c.day = small_value(d[2])
    c.hour = small_value(h[0])
    c.minute = small_value(h[1])
    c.second = small_value(h[2])
    if c.year < first_year or c.year > 2147483646 or c.month < 1 or c.month > 12:
        return False
    if c.day < 1 or c.day > days_in(c.year, c.month):
        return False
    return 0 <= c.hour < 24 and 0 <= c.minute < 60 and 0 <= c.second < 60

cdef Term civil_date(Process* p, Civil* c) noexcept nogil:
    return tuple3(p, make_small(c.year), make_small(c.month), make_small(c.day))

cdef Term civil_time(Process* p, Civil* c) noexcept nogil:
    return tuple3(p, make_small(c.hour), make_small(c.minute), make_small(c.second))

cdef Term civil_term(Process* p, Civil* c) noexcept nogil:
    cdef Term d = civil_date(p, c)
    cdef Term t = civil_time(p, c)
    return tuple2(p, d, t) if d != 0 and t != 0 else 0

cdef bint local_civil(int64_t seconds, Civil* c) noexcept nogil:
    cdef tm l
    cdef time_t t = seconds
    if localtime_r(&t, &l) == NULL:
        return False
    c.year = <int64_t>l.tm_year + 1900
    c.month = l.tm_mon + 1
    c.day = l.tm_mday
    c.hour = l.tm_hour
    c.minute = l.tm_min
    c.second = l.tm_sec
    return True

cdef int64_t now_seconds(VM* vm) noexcept nogil:
    return floor_div(os_clock(vm), SECOND)

cdef Term date_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Civil c
    return civil_date(p, &c) if local_civil(now_seconds(p.vm), &c) else badarg(p)

cdef Term time_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Civil c
    return civil_time(p, &c) if local_civil(now_seconds(p.vm), &c) else badarg(p)

cdef Term localtime_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Civil c
    return civil_term(p, &c) if local_civil(now_seconds(p.vm), &c) else badarg(p)

cdef Term universaltime_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Civil c
    civil_of(now_seconds(p.vm), &c)
    return civil_term(p, &c)

cdef Term universaltime_to_localtime_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Civil c
    if not civil_from_term(args[0], FIRST_LOCAL_YEAR, &c) or not local_civil(seconds_of(&c), &c):
        return badarg(p)
    return civil_term(p, &c)

cdef Term localtime_to_universaltime_2(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Civil c
    cdef tm l
    if not civil_from_term(args[0], FIRST_LOCAL_YEAR, &c):
        return badarg(p)
    l.tm_year = <int>(c.year - 1900)
    l.tm_mon = <int>c.month - 1
    l.tm_mday = <int>c.day
    l.tm_hour = <int>c.hour
    l.tm_min = <int>c.minute
    l.tm_sec = <int>c.second
    if args[1] == AM_undefined:
        l.tm_isdst = -1
    elif args[1] == AM_true:
        l.tm_isdst = 1
    elif args[1] == AM_false:
        l.tm_isdst = 0
    else:
        return badarg(p)
    civil_of(mktime(&l), &c)
    return civil_term(p, &c)

cdef Term universaltime_to_posixtime_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Civil c
    if not civil_from_term(args[0], FIRST_POSIX_YEAR, &c):
        return badarg(p)
    return make_small(seconds_of(&c))

cdef Term posixtime_to_universaltime_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Civil c
    cdef int64_t seconds = 0
    if not term_is_integer(args[0]) or not integer_to_i64(args[0], &seconds):
        return badarg(p)
    civil_of(seconds, &c)
    return civil_term(p, &c)

# --- unique things ----------------------------------------------------------------------------------------------

cdef Term unique_number(Process* p, bint positive, bint monotonic) noexcept nogil:
    if not monotonic:
        return unique_integer(p.vm, proc_heap(p), positive)
    if positive:
        return integer_from_u64(proc_heap(p), en_add64(&room_of(p.vm).monotonic_unique, 1) + 1)
    return integer_from_i64(proc_heap(p), unique_monotonic(p.vm))

cdef Term unique_integer_0(void* proc, Term* args) noexcept nogil:
    return unique_number(<Process*>proc, False, False)

cdef Term unique_integer_1(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term list_ = args[0]
    cdef bint positive = False, monotonic = False
    while term_is_list(list_):
        if list_head(list_) == AM_positive:
            positive = True
        elif list_head(list_) == AM_monotonic:
            monotonic = True
        else:
            return badarg(p)
        list_ = list_tail(list_)
    if not term_is_nil(list_):
        return badarg(p)
    return unique_number(p, positive, monotonic)

cdef Term make_ref_0(void* proc, Term* args) noexcept nogil:
    cdef Process* p = <Process*>proc
    cdef Term ref = ref_new(p.vm, proc_heap(p))
    return ref if ref != 0 else fail(p, EXC_SYSTEM_LIMIT)

bif_register(b"erlang", b"monotonic_time", 0, monotonic_time_0, 0)
bif_register(b"erlang", b"monotonic_time", 1, monotonic_time_1, 0)
bif_register(b"erlang", b"system_time", 0, system_time_0, 0)
bif_register(b"erlang", b"system_time", 1, system_time_1, 0)
bif_register(b"erlang", b"time_offset", 0, time_offset_0, 0)
bif_register(b"erlang", b"time_offset", 1, time_offset_1, 0)
bif_register(b"os", b"system_time", 0, os_system_time_0, 0)
bif_register(b"os", b"system_time", 1, os_system_time_1, 0)
bif_register(b"os", b"perf_counter", 0, os_perf_counter_0, 0)
bif_register(b"erts_internal", b"time_unit", 0, second_parts_0, 0)
bif_register(b"erts_internal", b"perf_counter_unit", 0, second_parts_0, 0)
bif_register(b"erlang", b"timestamp", 0, timestamp_0, 0)
bif_register(b"os", b"timestamp", 0, os_timestamp_0, 0)
bif_register(b"erlang", b"now", 0, now_0, 0)
bif_register(b"erlang", b"date", 0, date_0, 0)
bif_register(b"erlang", b"time", 0, time_0, 0)
bif_register(b"erlang", b"localtime", 0, localtime_0, 0)
bif_register(b"erlang", b"universaltime", 0, universaltime_0, 0)
bif_register(b"erlang", b"universaltime_to_localtime", 1, universaltime_to_localtime_1, 0)
bif_register(b"erlang", b"localtime_to_universaltime", 2, localtime_to_universaltime_2, 0)
bif_register(b"erlang", b"universaltime_to_posixtime", 1, universaltime_to_posixtime_1, 0)
bif_register(b"erlang", b"posixtime_to_universaltime", 1, posixtime_to_universaltime_1, 0)
bif_register(b"erlang", b"unique_integer", 0, unique_integer_0, 0)
bif_register(b"erlang", b"unique_integer", 1, unique_integer_1, 0)
bif_register(b"erlang", b"make_ref", 0, make_ref_0, 0)

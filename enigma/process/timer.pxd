"""Time and timers: the VM's clocks and a hashed timing wheel per scheduler."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.process.process cimport Process, Scheduler, VM, Timer

# Clocks, in nanoseconds; the only places that read them. A VM may run on a virtual clock.
cdef int64_t clock_monotonic(VM* vm) noexcept nogil          # Erlang monotonic time
cdef int64_t clock_offset(VM* vm) noexcept nogil             # add to monotonic for system time
cdef int64_t clock_system(VM* vm) noexcept nogil
cdef int64_t clock_now(VM* vm) noexcept nogil                # erlang:now(), in microseconds: never the same twice
cdef int64_t unique_monotonic(VM* vm) noexcept nogil         # erlang:unique_integer([monotonic])
cdef int64_t clock_os_system() noexcept nogil
cdef int64_t clock_os_monotonic() noexcept nogil

cdef bint timers_init(VM* vm) noexcept nogil
cdef void timers_free(VM* vm) noexcept nogil
# The receive timeout of p, `ms` from now; expiry wakes p with PF_TIMED_OUT.
cdef bint receive_timer_start(Process* p, int64_t ms) noexcept nogil
cdef void receive_timer_cancel(Process* p) noexcept nogil
# erlang:start_timer/send_after. destination: local pid or atom; the message is copied. `due` is monotonic ns.
# with_ref: {timeout, Ref, Msg} instead of Msg. The reference's ids go to `ids`.
cdef bint bif_timer_start(VM* vm, Process* p, int64_t due, Term destination, Term message, bint with_ref, uint32_t* ids) noexcept nogil
# Milliseconds left, or -1 if there is no such timer (any more).
cdef int64_t bif_timer_cancel(VM* vm, const uint32_t* ids) noexcept nogil
cdef int64_t bif_timer_read(VM* vm, const uint32_t* ids) noexcept nogil
# Runs what is due on this scheduler; returns the ns until its next timer, or -1.
cdef int64_t timers_run(Scheduler* s) noexcept nogil
cdef void timers_process_gone(Process* p) noexcept nogil

# --- further parts of the room ------------------------------------------------------------------------
cdef enum:
    CLOCK_START = -576460752000000000      # Erlang monotonic time when a VM starts, as OTP has it
# A clock that stands still until somebody moves it: for runs that must not depend on the host's time.
cdef void clock_make_virtual(VM* vm, int64_t system_ns) noexcept nogil
cdef bint clock_is_virtual(VM* vm) noexcept nogil
cdef void clock_advance(VM* vm, int64_t ns) noexcept nogil
# True once p's receive timer has expired (any scheduler may have run it).
cdef bint receive_timer_fired(Process* p) noexcept nogil
cdef size_t timers_count(VM* vm) noexcept nogil              # BIF timers that run
# Every BIF timer; the queue's lock is held meanwhile, so `visit` must not touch timers. For a stopped world.
cdef void timers_each(VM* vm, void (*visit)(void* data, Term destination, Term message, int64_t ms) noexcept nogil, void* data) noexcept nogil
# How a timer's message reaches its process: send_message_fragment, which takes the fragment over.
ctypedef bint (*DeliverMessage)(VM* vm, Term sender, Term to, Term message, void* fragment) noexcept nogil
cdef void timer_set_delivery(DeliverMessage deliver) noexcept nogil
cdef Term clock_sender() noexcept nogil            # `clock_service`: whom messages of timers come from

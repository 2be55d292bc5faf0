"""Ports: the doors between processes and the world outside, and the drivers behind them.

A port is driven by a PortDriver: `stream` (stream.pyx) serves {fd,..}, {spawn,..}, {spawn_executable,..} and
plain file names, `tty_sl` (terminal.pyx) the terminal. Drivers share the output queue and the ways in which
data reaches the port's owner.

A port owns two descriptors at most. Those it was given ({fd,0,1}) belong to the host: their flags are not
changed, so reads and writes follow a poll and stay below what would block, and they are not closed. Those
it has made are non-blocking and closed with it.

Invariant: everything in Port except refc, id and the fields marked so is guarded by `mutex`. Whoever finds a
port by port_find holds a count. Order of locks: port mutex, then a process's signal_lock or the room's lock;
callbacks of the poller come without locks. Nobody waits for a mutex while he holds another port's: what a port is
told as a tracer is left with it if its mutex is taken, and whoever has that takes care of it (port_tell). A signal to a process is never sent in a way that could answer
this port synchronously while its mutex is held (the mutex is not recursive): links to a new owner are
requested after unlocking.

A port dies in two steps: port_terminate breaks links and monitors and takes it out of sight; it goes when its
output queue is empty (PORT_CLOSING meanwhile).
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.memory.heap cimport Fragment
from enigma.process.process cimport Process, Signal, VM, pthread_mutex_t
from enigma.io.poller cimport PollOwner
from enigma.io.native cimport Bytes
from enigma.io.room cimport IoRoom

cdef enum:                       # Port.state
    PORT_STARTING = 0            # not yet in the table
    PORT_OPEN = 1
    PORT_CLOSING = 2             # out of sight, its output is still being written
    PORT_DEAD = 3
cdef enum:                       # Port.flags
    PORT_BINARY = 1              # data to the owner as binaries
    PORT_SOFT_EOF = 2            # {Port, eof} instead of exiting
    PORT_EXIT_STATUS = 4
    PORT_IN = 8
    PORT_OUT = 16
    PORT_OWN_FDS = 32            # the descriptors are the port's: non-blocking, closed with it
    PORT_EOF_SEEN = 64
    PORT_CHILD_ENDED = 128       # child_status is known
    PORT_BUSY = 256
    PORT_PARALLELISM = 512
    PORT_REPLY_CLOSED = 1024     # {Port, closed} to the owner when gone
    PORT_TTY_OUT = 2048          # out_fd is a terminal
    PORT_CONTROL_BINARY = 4096   # port_control answers with a binary

cdef struct OutChunk:            # bytes waiting to be written; they follow the struct
    OutChunk* next
    size_t size
    size_t done

# As open_port/2 got them; strings are malloc'd and freed by port_options_free.
cdef struct PortOptions:
    uint32_t flags               # PORT_ as above
    int packet                   # 0, 1, 2, 4
    size_t line                  # 0: no line mode
    bint use_stdio
    bint stderr_to_stdout
    char* cd                     # or NULL
    char** args                  # NULL-terminated, without argv[0]; or NULL
    char* arg0                   # or NULL
    bint has_args
    char** env                   # changes: "K=V" sets, "K" unsets; NULL-terminated, or NULL
    uint64_t low                 # busy limits, bytes
    uint64_t high
    int in_fd                    # {fd, In, Out}
    int out_fd
    bint executable              # spawn_executable

cdef struct Port
cdef struct PortDriver:
    const char* name
    # Opens; 0, or an errno, -1: einval without a better reason, -3: badarg. May set name. The mutex is held.
    int (*start)(Port* p, const char* command, PortOptions* o) noexcept nogil
    # Bytes sent to the port; the mutex is held. May terminate the port.
    void (*output)(Port* p, const uint8_t* data, size_t size) noexcept nogil
    # port_control: result bytes (at most 64) into out; -1: badarg
    int (*control)(Port* p, uint32_t op, const uint8_t* data, size_t size, uint8_t* out) noexcept nogil
    # Bytes that have come in, as read; the mutex is held.
    void (*input)(Port* p, const uint8_t* data, size_t size) noexcept nogil
    void (*drained)(Port* p) noexcept nogil       # the output queue has shrunk; or NULL
    void (*stop)(Port* p) noexcept nogil          # last call, before the descriptors are closed; or NULL

cdef struct Port:
    PollOwner owner_count        # must be first; refc atomic
    Term id                      # fixed
    VM* vm                       # fixed
    IoRoom* room                 # fixed
    PortDriver* driver           # fixed
    Port* next                   # hash chain; under the room's lock
    pthread_mutex_t* mutex
    uint32_t state               # PORT_; atomic reads
    uint32_t flags
    Term owner                   # pid
    char* name                   # malloc'd
    size_t name_size
    # --- descriptors
    int in_fd                    # -1: none; our own duplicate if it is the host's
    int out_fd
    uint64_t in_item             # in the poller; 0: none
    uint64_t out_item
    int out_events               # wanted of out_item
    # --- output
    OutChunk* out_first
    OutChunk** out_last
    uint64_t out_size            # bytes queued
    uint64_t low
    uint64_t high
    Term* waiters                # processes suspended in port_command; malloc'd
    uint32_t waiter_count
    uint32_t waiter_capacity
    # --- input
    int packet
    size_t line
    Bytes buffer                 # incomplete packet or line
    uint64_t packet_need         # bytes of the packet in progress, header included; 0: header incomplete
    bint carriage_return         # a CR at the end of the line so far is not yet in buffer
    # --- child
    int32_t os_pid               # 0: none
    int child_status             # as waitpid gave it
    # --- relations
    Term* links                  # pids; malloc'd
    uint32_t link_count
    uint32_t link_capacity
    Signal* monitors             # SIG_MONITOR signals kept: sender watches with reference `extra`
    # --- counters and data
    uint64_t bytes_in
    uint64_t bytes_out
    uint32_t trace_flags         # TF_ of process/watch.pxd; set while the world is stopped, cleared with a dead tracer
    Term tracer                  # 0: nobody
    Term data                    # erlang:port_set_data
    Fragment* data_fragment
    uint32_t told_lock           # spin, innermost: guards the next two
    OutChunk* told_first         # what it is told as a tracer, not yet with the driver; atomic reads
    OutChunk* told_last
    void* state_of_driver        # the driver's own

cdef void port_options_init(PortOptions* o) noexcept nogil
cdef void port_options_free(PortOptions* o) noexcept nogil
cdef void port_driver_register(PortDriver* d) noexcept nogil           # at import
# A driver by the first word of a command; NULL.
cdef PortDriver* port_driver_find(const char* command) noexcept nogil

# Opens a port owned by `owner`; links are the caller's. NULL: *error is an errno, -1 (einval), -2 (system limit), -3 (badarg).
cdef Port* port_open(VM* vm, Term owner, PortDriver* driver, const char* command, const char* name,
                     PortOptions* o, int* error) noexcept nogil
cdef Port* port_find(VM* vm, Term id) noexcept nogil        # an open one, with a count; or NULL
cdef void port_release(Port* p) noexcept nogil
# Both pass on to the driver what the port has been told meanwhile: look at the port's state behind port_lock.
cdef void port_lock(Port* p) noexcept nogil
cdef void port_unlock(Port* p) noexcept nogil       # the caller has a count
# A trace message for p, in external format: from whatever thread, which may hold ports' mutexes, p's too.
cdef void port_tell(Port* p, const uint8_t* data, size_t size) noexcept nogil
cdef bint port_is_open(Port* p) noexcept nogil
cdef size_t port_list(VM* vm, Term* out, size_t max_) noexcept nogil  # how many there are
cdef Term port_registered_name(VM* vm, Term id) noexcept nogil        # or 0
# Writes what ports still have to write, for at most so many milliseconds (-1: however long): erlang:halt with flush.
cdef void ports_flush(VM* vm, int64_t ms) noexcept nogil
# Signals (link, monitor, exit, message) to a port; takes s. This is vm.port_signal.
cdef void port_signal(VM* vm, Term id, Signal* s) noexcept nogil

# --- for those who hold the mutex ----------------------------------------------------------------------
# Data for the port, as port_command does it, from a process (0: the VM). False: no iodata.
cdef bint port_output(Port* p, Term from_, Term data) noexcept nogil
# port_control: the size of the answer; -1: badarg.
cdef int port_control(Port* p, Term from_, uint32_t op, const uint8_t* data, size_t size, uint8_t* out) noexcept nogil
# The new owner, which must live; the caller then calls port_link_owner without the mutex.
cdef bint port_connect(Port* p, Term from_, Term pid) noexcept nogil
cdef void port_close(Port* p, Term from_) noexcept nogil
# If the port's trace flags have `flag`: {trace, Port, what, data [, extra]} to its tracer.
cdef void port_told(Port* p, uint32_t flag, Term what, Term data, Term extra) noexcept nogil
# A scheduled-in or out event: {trace, Port, in | out, Operation}.
cdef void port_turn(Port* p, Term what, Term operation) noexcept nogil
cdef void port_link_owner(Port* p, Term pid) noexcept nogil
cdef bint port_add_link(Port* p, Term pid) noexcept nogil      # False: it is there already
cdef bint port_wait(Port* p, Term pid) noexcept nogil       # pid gets a SIG_WAKE when the port is no longer busy
cdef void port_terminate(Port* p, Term reason) noexcept nogil
cdef void port_fail(Port* p, int error) noexcept nogil      # terminates with the POSIX reason

# --- for drivers; the mutex is held --------------------------------------------------------------------
# Takes over descriptors (-1: none). borrowed: they are the host's, duplicates are watched. Returns errno or 0.
cdef int port_attach(Port* p, int in_fd, int out_fd, bint borrowed) noexcept nogil
cdef void port_write(Port* p, const uint8_t* head, size_t head_size, const uint8_t* data, size_t size) noexcept nogil
cdef void port_deliver(Port* p, const uint8_t* data, size_t size) noexcept nogil      # {Port, {data, Data}}
# {Port, {data, Head ++ Data}}: the head as a list of bytes in front of a binary or list; data NULL: the head alone.
cdef void port_deliver_headed(Port* p, const uint8_t* head, size_t head_size, const uint8_t* data,
                              size_t size) noexcept nogil
cdef void port_send_pair(Port* p, Term what) noexcept nogil                           # {Port, Atom} to the owner
cdef void port_stream_input(Port* p, const uint8_t* data, size_t size) noexcept nogil # splits packets or lines
cdef void port_input_end(Port* p, int error) noexcept nogil                           # 0: end of file

"""Finding processes and names, and making references: what signals and timers need of the table and the registry."""
from libc.stdint cimport uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.boxed cimport Heap
from enigma.process.process cimport Process, VM

# The process with its signal_lock held, so that it can't vanish. NULL if there is none.
cdef Process* process_lock(VM* vm, Term pid) noexcept nogil
cdef void process_unlock(Process* p) noexcept nogil
cdef bint process_alive(VM* vm, Term pid) noexcept nogil
cdef size_t process_count(VM* vm) noexcept nogil
cdef size_t process_limit(VM* vm) noexcept nogil
# Pids of all living processes into out[0..max-1]; returns how many there are.
cdef size_t process_list(VM* vm, Term* out, size_t max_) noexcept nogil

# Registered names. Values are pids or ports.
cdef bint name_register(VM* vm, Term name, Term pid_or_port) noexcept nogil     # False: name or process taken, or dead
cdef Term name_unregister(VM* vm, Term name) noexcept nogil                     # what it was, or 0
cdef Term name_whereis(VM* vm, Term name) noexcept nogil                        # or 0
cdef size_t name_list(VM* vm, Term* out, size_t max_) noexcept nogil

# erlang:unique_integer/0,1 without `monotonic`. Each scheduler has a counter of its own and so has everybody else
# together (thread 0): the integer is the counter's value above the thread's number, from the least small or from 0 on.
cdef Term unique_integer(VM* vm, Heap* h, bint positive) noexcept nogil
cdef Term unique_integer_of(VM* vm, Heap* h, uint64_t thread, uint64_t counter, bint positive) noexcept nogil
# A new reference on h; ids are unique in this VM.
cdef Term ref_new(VM* vm, Heap* h) noexcept nogil
cdef void ref_next_ids(VM* vm, uint32_t* ids) noexcept nogil
cdef Term ref_from_ids(Heap* h, const uint32_t* ids) noexcept nogil
cdef Term magic_ref_new(VM* vm, Heap* h, void* magic) noexcept nogil            # Magic*; adds a count

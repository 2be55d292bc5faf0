"""The protocol between processes: every interaction is a signal in the receiver's queue.

Ordering: signals from A to B arrive in the order sent, because each is appended to B's incoming list
under B's signal_lock by the scheduler that runs A. B takes the whole list at once (signals_fetch),
handles what is no message in order and moves messages to its message queue.

A sender copies terms into a fragment that travels with the signal. Signals to a process that is gone
are dropped, and answered where the protocol wants an answer (link, monitor: noproc).
Functions taking `Process* from` run on the scheduler that runs it; NULL is the system or the host.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.memory.heap cimport Fragment
from enigma.process.process cimport Process, Signal, VM, Export

cdef enum:
    SIG_MESSAGE = 0          # term: the message; extra: sequential trace token, 0: none, undefined: the receiver keeps its
    SIG_EXIT = 1             # term: reason; flags: EXIT_; extra: token, or 0
    SIG_LINK = 2
    SIG_UNLINK = 3           # extra: id for the acknowledgement
    SIG_UNLINK_ACK = 4
    SIG_MONITOR = 5          # extra: reference; term: name or pid it was made with
    SIG_DEMONITOR = 6        # extra: reference
    SIG_DOWN = 7             # extra: reference; term: reason
    SIG_GROUP_LEADER = 8     # term: pid
    SIG_ALIAS_MESSAGE = 9    # extra: alias reference; dropped if no longer active. term: the message, or {Message, Token}
    SIG_INFO = 10            # process_info request; data: request
    SIG_SUSPEND = 11
    SIG_RESUME = 12          # or, with SUSPENDED_GONE: the end of who was suspended
    SIG_CALL = 13            # data: function run in the receiver's context (system tasks, GC, purge check)
    SIG_IS_ALIVE = 14
    SIG_TIMEOUT = 15         # receive timer expired; data: Timer
    SIG_WAKE = 16            # ends a TRAP_WAIT
    SIG_SPAWN_REPLY = 17
cdef enum:
    EXIT_LINKED = 1          # from a broken link: ignored unless still linked
    EXIT_KILL = 2            # exit(Pid, kill)
    EXIT_NORMAL_KILLS = 4    # sent by the process to itself
    EXIT_OF_SYSTEM = 8       # who it is said to be from never lived, or not any more: it neither brings nor takes a token

# Copies and delivers. `to` is a local pid. True if the process existed.
cdef bint send_message(Process* sender, VM* vm, Term to, Term message) noexcept nogil
# Delivers a message that lies in `fragment` (NULL if immediate), which it takes over. No process has sent it: it brings no
# sequential token and takes none. sender: whom traces of 'receive' name: a pid, a port, a node, clock_sender() or 0, the
# system.
cdef bint send_message_fragment(VM* vm, Term sender, Term to, Term message, void* fragment) noexcept nogil
cdef bint send_system(VM* vm, Term sender, Term to, Term message) noexcept nogil       # the same, of a copy
# Erlang's Dest ! Message: pid, registered name, port, alias reference, {Name, Node}. 0: badarg set on `sender`.
cdef Term send_to(Process* sender, Term destination, Term message) noexcept nogil
cdef Signal* signal_new(uint32_t kind, Term sender) noexcept nogil
cdef void signal_free(Signal* s) noexcept nogil                     # with its fragment and data
# Appends to the receiver's queue and wakes it; takes `s`. False (and frees s) if there is no such process.
cdef bint signal_send(VM* vm, Term to, Signal* s) noexcept nogil
# The same; the receiver takes its signals at this priority, if its own is lower.
cdef bint signal_send_urgent(VM* vm, Term to, Signal* s, uint32_t priority) noexcept nogil
# Copies `t` into the signal's fragment; False: no memory.
cdef bint signal_set_term(Signal* s, Term* field, Term t) noexcept nogil

# Moves incoming signals to the message queue, handling those that are none. Run by the process's own
# scheduler, at an instruction boundary. Returns False if the process must exit (freason/fvalue set).
cdef bint signals_fetch(Process* p) noexcept nogil
# The message under mq_save (its terms now belong to the process heap), or NULL: queue exhausted.
cdef Signal* mailbox_peek(Process* p) noexcept nogil
cdef inline void mailbox_next(Process* p) noexcept nogil:   # loop_rec_end
    if p.mq_save[0] != NULL:
        p.mq_save = &p.mq_save[0].next
# Before that, for a process with PF_OFF_HEAP_MESSAGES: the message leaves the heap again.
cdef void mailbox_return(Process* p) noexcept nogil
cdef void mailbox_remove(Process* p) noexcept nogil        # remove_message: unlinks and frees the current
cdef void mailbox_reset(Process* p) noexcept nogil         # after a match or timeout: save = first
# Receive markers (OTP's recv_marker_ instructions); ref may be any term.
cdef Term marker_reserve(Process* p) noexcept nogil        # a small integer naming the slot, or nil
cdef void marker_bind(Process* p, Term marker, Term ref) noexcept nogil
cdef void marker_clear(Process* p, Term marker_or_ref) noexcept nogil
cdef void marker_use(Process* p, Term ref) noexcept nogil

cdef bint exit_signal(VM* vm, Term sender, Term to, Term reason, uint32_t flags) noexcept nogil
# The same from a process, whose sequential trace token goes with it.
cdef bint exit_signal_from(Process* p, Term to, Term reason, uint32_t flags) noexcept nogil

# --- further parts of the room ------------------------------------------------------------------------
cdef enum:
    SIG_RECEIVE_MARK = 18    # own marker on its way through the incoming queue; extra: the slot
    ALIAS_TOKEN = 1 << 18       # Signal.flags of an alias message: a token is with it
    MESSAGE_ADOPTED = 1 << 17   # Signal.flags: its terms lie on the process heap; Process.mq_adopted counts them
    TASK_SYSTEM = 1 << 18       # Signal.flags of SIG_CALL: a system task, of the priority in the two bits above
    TASK_COLLECTS = 1 << 19     # waits while the process may not be collected
    TASK_PRIORITY = 20          # shift
cdef struct SignalCall:
    # data of SIG_CALL, SIG_INFO: run by the receiver while it is scheduled out (p.args holds its live X
    # registers); p is NULL if it is gone. May send; must not free `s`. Other fields may follow.
    void (*run)(VM* vm, Process* p, Signal* s) noexcept nogil
    bint reads                  # it only reads p, and allocates nothing there: may run while a blocking job works for p

# What a message carries becomes part of p's heap, and the message a root.
cdef void message_adopt(Process* p, Signal* s) noexcept nogil

# As signals_fetch, for a process that is not running code: what has been put off is done at once, and of the system tasks
# those of priority `at` or above; others wait in system_tasks. *active becomes True if there is something new for its
# Erlang code.
cdef bint signals_handle(Process* p, uint32_t at, bint* active) noexcept nogil
# The same while a blocking job works for p, which owns its heap, registers and exception: what changes relations, the
# message queue or flags is done at once, what only reads the heap as long as the job does not move it, the rest is put
# off until the job has ended. False: p must die of *reason, which lies in *fragment; the job still works.
cdef bint signals_handle_blocked(Process* p, Term* reason, Fragment** fragment) noexcept nogil
cdef void tasks_resume(Process* p) noexcept nogil            # p may be collected again: what waited for it is to be done
cdef void suspended_gone(VM* vm, Term gone, Term suspender) noexcept nogil    # tells it that `gone` is dead
# What the receiver of `s` would have answered if it had lived; takes s.
cdef void signal_unanswered(VM* vm, Term to, Signal* s) noexcept nogil
# {Ref, Result} to a process; result is immediate.
cdef void signal_reply(VM* vm, Term from_, Term to, Term ref, Term result) noexcept nogil
cdef void signals_answer(Process* p) noexcept nogil          # answers and frees what is on its way; p is dead
cdef void messages_free(Process* p) noexcept nogil           # the message queue; p is dead, and no blocking job works
cdef void fragments_free(Fragment* f) noexcept nogil         # a chain, with the counts it holds

# Links, monitors, aliases from the side of the process that asks.
cdef bint link_to(Process* p, Term other) noexcept nogil                   # False: no such process
cdef void unlink_from(Process* p, Term other) noexcept nogil
# A monitor's reference on p's heap; 0: no memory. target 0 with a name: noproc.
cdef Term monitor_start(Process* p, Term target, Term name, uint32_t flags, uint32_t alias, Term tag) noexcept nogil
cdef bint monitor_stop(Process* p, Term ref) noexcept nogil                # False: there was none
cdef Term alias_start(Process* p, uint32_t alias) noexcept nogil
cdef bint alias_stop(Process* p, const uint32_t* ids) noexcept nogil

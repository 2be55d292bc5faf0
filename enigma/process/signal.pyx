"""Signals, mailboxes, links and monitors. The protocol and its invariant are in signal.pxd.

What arrives at a process is taken in order by `take`; each kind has one function here, named after what
it does to the receiver. A message is moved to the message queue; EXIT and DOWN may become messages; the
rest changes the receiver's relations or is answered. Requests that look at the whole process (SIG_INFO,
SIG_CALL) are put off while it runs code and done when it is next scheduled out.

A process for which a blocking job works is queued for its signals all the same; the scheduler that takes it from the
queue holds PS_RUNNING, the job PS_BLOCKED, and each keeps to its part of the struct (signals_handle_blocked):
the job has the heap, saved registers, exception, flags, dictionary and counts; the scheduler the incoming and the
message queue, relations, system_tasks and, if it is immediate, the group leader. Where both look, heap_lock decides.

Read next: relation.pxd for the link protocol's states, lifecycle.pyx for what a death sends.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memset
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.compare cimport term_identical
from enigma.term.external cimport node_local
from enigma.memory.heap cimport (GC_DISABLED, GC_WANTED, Fragment, FragmentHeap, block_alloc, block_free, fragment_data,
                                 fragment_free, fragment_heap_init, fragment_heap_take, fragment_new, proc_heap_adopt,
                                 term_copy, term_copy_fragment, term_is_literal)
from enigma.process.process cimport *
from enigma.process.relation cimport *
from enigma.process.relation cimport RelationSet as Relations
from enigma.process.runqueue cimport (process_enqueue, process_hasten, process_mark_only, process_urge,
                                      scheduler_current)
from enigma.process.lookup cimport name_whereis, process_lock, process_unlock, ref_next_ids
from enigma.process.timer cimport receive_timer_cancel, timer_set_delivery
from enigma.process.watch cimport *

cdef extern from "enigma/core.h" nogil:
    void en_prefetch(const void*) noexcept

cdef enum:
    CONTINUE = 0
    NEWS = 1                   # something for the Erlang code
    DIE = 2                    # freason and fvalue are set
    SUSPEND_COUNTED = 1 << 16  # Signal.flags: only the answer is still to be sent
    # Process.marker_count, one bit a slot
    MARK_USED = 0              # shift of: the slot is taken
    MARK_PENDING = 4           # its SIG_RECEIVE_MARK has not been taken yet; position holds that signal
    MARK_WANTED = 8            # a receive wants to start there

# Signals come from the caches of the memory room: mostly one thread makes them and another frees them.
cdef enum:
    SIGNAL_WORDS = 8           # a size class of blocks that has room for a Signal

# --- signals ----------------------------------------------------------------------------------------------

cdef Signal* signal_new(uint32_t kind, Term sender) noexcept nogil:
    cdef size_t got
    cdef Signal* s = <Signal*>block_alloc(SIGNAL_WORDS, &got)
    if s != NULL:
        memset(s, 0, sizeof(Signal))
        s.kind = kind
        s.sender = sender
    return s

cdef void fragments_free(Fragment* f) noexcept nogil:
    if f != NULL:
        fragment_free(f, True)

cdef void signal_free(Signal* s) noexcept nogil:
    if s.fragment != NULL:
        fragment_free(s.fragment, True)
    if s.data != NULL:
        free(s.data)
    block_free(<Term*>s, SIGNAL_WORDS)

cdef bint signal_set_term(Signal* s, Term* field, Term t) noexcept nogil:
    cdef Fragment* f = NULL
    cdef Term copy
    if term_is_immed(t):
        field[0] = t
        return True
    copy = term_copy_fragment(t, &f)
    if copy == 0:
        return False
    if f != NULL:
        f.next = s.fragment
        s.fragment = f
    field[0] = copy
    return True

# Words in a fragment of the signal's own, for terms built around what it carries.
cdef Term* signal_words(Signal* s, size_t words) noexcept nogil:
    cdef Fragment* f = fragment_new(words)
    if f == NULL:
        return NULL
    f.used = words
    f.next = s.fragment
    s.fragment = f
    return fragment_data(f)

cdef bint signal_set_ref(Signal* s, const uint32_t* ids) noexcept nogil:
    cdef Term* hp = signal_words(s, 3)
    if hp == NULL:
        return False
    s.extra = write_ref(hp, ids, 0)
    return True

# A reference in 3 words, or 4 with a pid (an alias).
cdef Term write_ref(Term* hp, const uint32_t* ids, Term pid) noexcept nogil:
    hp[0] = make_header(T_REF, REF_ALIAS if pid != 0 else REF_ORDINARY)
    hp[1] = <word>ids[0] | (<word>ids[1] << 32)
    hp[2] = ids[2]
    if pid != 0:
        hp[3] = pid
    return make_boxed(hp)

cdef bint append(Process* q, Signal* s) noexcept nogil:
    """With signal_lock held; True if the caller must queue the process."""
    s.next = NULL
    q.signal_in_last[0] = s
    q.signal_in_last = &s.next
    q.signal_in_count += 1
    return process_mark_only(q, PS_SIGNALS)

cdef void unshare(Signal* s) noexcept nogil:
    """Copies what the signal carries, literals included: the host may keep it longer than they live."""
    cdef FragmentHeap fh
    cdef Term term, extra
    cdef Fragment* copy
    if term_is_immed(s.term) and term_is_immed(s.extra):
        return
    fragment_heap_init(&fh)
    term = term_copy(&fh.heap, s.term, True) if s.term != 0 else 0
    extra = term_copy(&fh.heap, s.extra, True) if s.extra != 0 else 0
    copy = fragment_heap_take(&fh)
    if (term == 0 and s.term != 0) or (extra == 0 and s.extra != 0):     # no memory: it stays as it is
        fragments_free(copy)
        return
    fragments_free(s.fragment)
    s.fragment = copy
    s.term = term
    s.extra = extra

cdef bint deliver(VM* vm, Term to, Signal* s, uint32_t priority) noexcept nogil:
    """Appends to a local process's queue; False, with `s` still the caller's, if there is none."""
    cdef Process* q = process_lock(vm, to)
    cdef bint queue, urgent
    if q == NULL:
        return False
    if q.host and (s.kind == SIG_INFO or s.kind == SIG_CALL or s.kind == SIG_IS_ALIVE or s.kind == SIG_SUSPEND):
        process_unlock(q)        # a host's mailbox takes messages, but nobody there answers
        return False
    if q.host:
        unshare(s)
    urgent = priority != PRIO_NONE and process_urge(q, priority)
    queue = append(q, s)
    process_unlock(q)
    if queue:
        process_enqueue(q)
    elif urgent:
        process_hasten(q)
    return True

cdef bint signal_send(VM* vm, Term to, Signal* s) noexcept nogil:
    return signal_send_urgent(vm, to, s, PRIO_NONE)

cdef bint signal_send_urgent(VM* vm, Term to, Signal* s, uint32_t priority) noexcept nogil:
    if s == NULL:
        return False
    if term_is_local_pid(to) and deliver(vm, to, s, priority):
        return True
    if term_is_local_port(to) and vm.port_signal != NULL:
        vm.port_signal(vm, to, s)
        return True
    signal_free(s)
    return False

cdef bint send_message_fragment(VM* vm, Term sender, Term to, Term message, void* fragment) noexcept nogil:
    cdef Signal* s = signal_new(SIG_MESSAGE, sender)
    if s == NULL:
        fragments_free(<Fragment*>fragment)
        return False
    s.term = message
    s.extra = AM_undefined
    s.fragment = <Fragment*>fragment
    return signal_send(vm, to, s)

cdef bint send_message(Process* sender, VM* vm, Term to, Term message) noexcept nogil:
    cdef Fragment* f = NULL
    cdef Signal* s
    cdef Term copy = message
    if not term_is_immed(message):
        copy = term_copy_fragment(message, &f)
        if copy == 0:
            return False
        if f != NULL and sender != NULL:
            charge(sender, <int64_t>(f.used >> 5))
    s = signal_new(SIG_MESSAGE, sender.id if sender != NULL else 0)
    if s == NULL:
        fragments_free(f)
        return False
    s.term = copy
    s.fragment = f
    if sender == NULL:
        s.extra = AM_undefined
    elif sender.trace_flags & TF_SEQUENTIAL:
        watch_hooks().with_token(sender, s, to)
    return signal_send(vm, to, s)

cdef bint send_system(VM* vm, Term sender, Term to, Term message) noexcept nogil:
    cdef Fragment* f = NULL
    cdef Term copy = term_copy_fragment(message, &f) if not term_is_immed(message) else message
    return copy != 0 and send_message_fragment(vm, sender, to, copy, f)

cdef void signal_reply(VM* vm, Term from_, Term to, Term ref, Term result) noexcept nogil:
    cdef Signal* s = signal_new(SIG_MESSAGE, from_)
    cdef Term copy = 0
    cdef Term* hp
    if s == NULL:
        return
    if not signal_set_term(s, &copy, ref):
        signal_free(s)
        return
    hp = signal_words(s, 3)
    if hp == NULL:
        signal_free(s)
        return
    hp[0] = make_header(T_TUPLE, 2)
    hp[1] = copy
    hp[2] = result
    s.term = make_boxed(hp)
    s.extra = AM_undefined
    signal_send(vm, to, s)

cdef bint alias_set(Process* sender, Signal* s, Term alias) noexcept nogil:
    """The reference that an alias message goes by, and the sender's token."""
    cdef Term* hp
    if sender.trace_flags & TF_SEQUENTIAL:
        watch_hooks().with_token(sender, s, alias)
        hp = signal_words(s, 3)
        if hp == NULL:
            return False
        hp[0] = make_header(T_TUPLE, 2)
        hp[1] = s.term
        hp[2] = s.extra if s.extra != 0 else AM_undefined
        s.term = make_boxed(hp)
        s.flags |= ALIAS_TOKEN
    return signal_set_term(s, &s.extra, alias)

cdef Term send_to(Process* sender, Term destination, Term message) noexcept nogil:
    cdef VM* vm = sender.vm
    cdef Term to = destination
    cdef Term* elements
    cdef Signal* s
    cdef Term* p
    if sender.trace_flags & (TF_SEND | TF_SAVE_CALLS):
        watch_hooks().sending(sender, to, message)
    if term_is_local_pid(to):
        send_message(sender, vm, to, message)
        return message
    if term_is_atom(to):
        to = name_whereis(vm, to)
        if to == 0:
            sender.freason = EXC_BADARG
            return 0
        send_message(sender, vm, to, message)
        return message
    if term_is_local_port(to):
        send_message(sender, vm, to, message)
        return message
    if term_is_tuple_of(to, 2):
        elements = tuple_elements(to)
        if term_is_atom(elements[0]) and term_is_atom(elements[1]):
            if elements[1] == node_local().name:
                to = name_whereis(vm, elements[0])
                if to != 0:
                    send_message(sender, vm, to, message)
            return message          # nobody there, or a node that can't be reached: lost silently
    elif term_is_kind(to, T_REF):
        p = boxed_ptr(to)
        if header_size(p[0]) == REF_ALIAS:
            s = signal_new(SIG_ALIAS_MESSAGE, sender.id)
            if s != NULL:
                if signal_set_term(s, &s.term, message) and alias_set(sender, s, to):
                    signal_send(vm, p[3], s)
                else:
                    signal_free(s)
        return message
    elif term_is_kind(to, T_EXT_PID):
        return message
    sender.freason = EXC_BADARG
    return 0

cdef bint exit_signal(VM* vm, Term sender, Term to, Term reason, uint32_t flags) noexcept nogil:
    cdef Signal* s = signal_new(SIG_EXIT, sender)
    if s == NULL:
        return False
    s.flags = flags
    if not signal_set_term(s, &s.term, reason):
        s.term = AM_killed          # no memory for the reason: the signal itself must not be lost
    return signal_send(vm, to, s)

cdef bint exit_signal_from(Process* p, Term to, Term reason, uint32_t flags) noexcept nogil:
    cdef Signal* s
    # The token of a process that dies while a blocking job works lies on the job's heap: it does not go along.
    if not p.trace_flags & TF_SEQUENTIAL or en_load32_acq(&p.state) & PS_BLOCKED:
        return exit_signal(p.vm, p.id, to, reason, flags)
    s = signal_new(SIG_EXIT, p.id)
    if s == NULL:
        return False
    s.flags = flags
    if not signal_set_term(s, &s.term, reason):
        s.term = AM_killed
    watch_hooks().exit_with_token(p, s, to)
    return signal_send(p.vm, to, s)

cdef void suspended_gone(VM* vm, Term gone, Term suspender) noexcept nogil:
    cdef Signal* s = signal_new(SIG_RESUME, gone)
    if s != NULL:
        s.flags = SUSPENDED_GONE
        signal_send(vm, suspender, s)

cdef void signal_unanswered(VM* vm, Term to, Signal* s) noexcept nogil:
    cdef uint32_t kind = s.kind
    cdef Signal* answer
    if kind == SIG_LINK:
        exit_signal(vm, to, s.sender, AM_noproc, EXIT_LINKED | EXIT_OF_SYSTEM)
    elif kind == SIG_UNLINK:
        answer = signal_new(SIG_UNLINK_ACK, to)
        if answer != NULL:
            answer.extra = s.extra
            signal_send(vm, s.sender, answer)
    elif kind == SIG_MONITOR:
        send_down(vm, to, s.sender, ref_ids(s.extra), AM_noproc)
    elif kind == SIG_INFO or kind == SIG_CALL:
        if s.data != NULL:
            (<SignalCall*>s.data).run(vm, NULL, s)
    elif kind == SIG_IS_ALIVE:
        signal_reply(vm, to, s.sender, s.extra, AM_false)
    elif kind == SIG_GROUP_LEADER or kind == SIG_SUSPEND:
        if kind == SIG_SUSPEND:
            suspended_gone(vm, to, s.sender)
        if s.extra != 0:
            signal_reply(vm, to, s.sender, s.extra, AM_badarg)
    signal_free(s)

cdef void send_down(VM* vm, Term from_, Term to, const uint32_t* ids, Term reason) noexcept nogil:
    cdef Signal* s = signal_new(SIG_DOWN, from_)
    if s == NULL:
        return
    if not signal_set_term(s, &s.term, reason):
        s.term = AM_killed
    if signal_set_ref(s, ids):
        signal_send(vm, to, s)
    else:
        signal_free(s)

# --- taking signals -----------------------------------------------------------------------------------------

cdef inline int queue_message(Process* p, Signal* s) noexcept nogil:
    s.kind = SIG_MESSAGE
    s.flags = 0
    s.next = NULL
    if p.trace_flags & TF_RECEIVE:
        watch_hooks().receiving(p, s)
    p.mq_arrived += 1
    s.sender = p.mq_arrived
    p.mq_last[0] = s
    p.mq_last = &s.next
    p.mq_length += 1
    return NEWS

# Takes s, unless the process must die: then s still owns what *reason is.
cdef int take_exit_of(Process* p, Signal* s, Term* reason) noexcept nogil:
    cdef Relation* r
    cdef Term* hp
    cdef Term sender = s.sender
    cdef bint unlinks = False
    if s.flags & EXIT_LINKED:
        r = relation_find(<Relations*>p.relations, RELATION_LINK, s.sender)
        if r == NULL or r.flags & LINK_UNLINKING:
            signal_free(s)
            return CONTINUE
        relation_delete(<Relations**>&p.relations, r)
        unlinks = True
    if s.flags & EXIT_KILL and s.term == AM_kill:
        reason[0] = AM_killed
        return DIE
    if p.flags & PF_TRAP_EXIT:
        hp = signal_words(s, 4)
        if hp == NULL:
            signal_free(s)
            return CONTINUE
        hp[0] = make_header(T_TUPLE, 3)
        hp[1] = AM_EXIT
        hp[2] = s.sender
        hp[3] = s.term
        s.term = make_boxed(hp)
        if s.flags & EXIT_OF_SYSTEM:
            s.sender = 0
            s.extra = AM_undefined
        queue_message(p, s)
        if unlinks and p.trace_flags & TF_PROCS:
            watch_hooks().event(p, AM_getting_unlinked, sender, 0)
        return NEWS
    if s.term == AM_normal and not (s.flags & EXIT_NORMAL_KILLS):
        signal_free(s)
        if unlinks and p.trace_flags & TF_PROCS:
            watch_hooks().event(p, AM_getting_unlinked, sender, 0)
        return CONTINUE
    reason[0] = s.term
    return DIE

cdef int take_exit(Process* p, Signal* s) noexcept nogil:
    cdef Term reason = 0
    cdef int what = take_exit_of(p, s, &reason)
    if what == DIE:
        p.fvalue = reason
        p.freason = EXC_EXIT & ~<word>EXF_SAVE_TRACE
        if s.fragment != NULL:
            proc_heap_adopt(&p.mem, s.fragment)
            s.fragment = NULL
        signal_free(s)
    return what

cdef void take_link(Process* p, Signal* s) noexcept nogil:
    # An entry that is being unlinked stays so: our unlink overtakes this link at the other side.
    if relation_find(<Relations*>p.relations, RELATION_LINK, s.sender) == NULL:
        relation_add(<Relations**>&p.relations, RELATION_LINK, s.sender)
        if p.trace_flags & TF_PROCS:
            watch_hooks().event(p, AM_getting_linked, s.sender, 0)
    signal_free(s)

cdef void take_unlink(Process* p, Signal* s) noexcept nogil:
    cdef Relation* r = relation_find(<Relations*>p.relations, RELATION_LINK, s.sender)
    if r != NULL and not (r.flags & LINK_UNLINKING):
        if p.trace_flags & TF_PROCS:
            watch_hooks().event(p, AM_getting_unlinked, s.sender, 0)
        relation_delete(<Relations**>&p.relations, r)
    signal_unanswered(p.vm, p.id, s)        # the acknowledgement is the same from the living and the dead

cdef void take_unlink_ack(Process* p, Signal* s) noexcept nogil:
    cdef Relation* r = relation_find(<Relations*>p.relations, RELATION_LINK, s.sender)
    if r != NULL and r.flags & LINK_UNLINKING and make_small(<int64_t>r.unlink_id) == s.extra:
        relation_delete(<Relations**>&p.relations, r)
    signal_free(s)

cdef void take_monitor(Process* p, Signal* s) noexcept nogil:
    cdef Relation* r = relation_add_ref(<Relations**>&p.relations, RELATION_WATCHED, ref_ids(s.extra), s.sender)
    if r != NULL and term_is_atom(s.term):
        r.name = s.term
    signal_free(s)

cdef void take_demonitor(Process* p, Signal* s) noexcept nogil:
    cdef Relation* r = relation_find_ref(<Relations*>p.relations, RELATION_WATCHED, ref_ids(s.extra))
    if r != NULL:
        relation_delete(<Relations**>&p.relations, r)
    signal_free(s)

cdef void end_alias(Process* p, const uint32_t* ids) noexcept nogil:
    """The alias that goes with a monitor ends with it, unless it wants an explicit unalias."""
    cdef Relation* a = relation_find_ref(<Relations*>p.relations, RELATION_ALIAS, ids)
    if a != NULL and (a.flags == ALIAS_DEMONITOR or a.flags == ALIAS_REPLY_DEMONITOR):
        relation_delete(<Relations**>&p.relations, a)

cdef int take_down(Process* p, Signal* s) noexcept nogil:
    cdef Relation* r = relation_find_ref(<Relations*>p.relations, RELATION_MONITOR, ref_ids(s.extra))
    cdef Term* hp
    cdef Term ref, object_
    cdef Fragment* f
    if r == NULL:
        signal_free(s)
        return CONTINUE
    hp = signal_words(s, 6 + 4 + 3)
    if hp == NULL:
        signal_free(s)
        return CONTINUE
    ref = write_ref(hp + 6, r.ids, p.id if r.flags & MONITOR_ALIAS else 0)
    if r.flags & MONITOR_ALIAS == 0:
        hp[9] = make_header(T_TUPLE, 0)     # the word that only an alias uses
    object_ = r.other
    hp[10] = make_header(T_TUPLE, 2)
    hp[11] = r.name if r.name != 0 else AM_undefined
    hp[12] = node_local().name
    if r.flags & MONITOR_BY_NAME:
        object_ = make_boxed(hp + 10)
    hp[0] = make_header(T_TUPLE, 5)
    hp[1] = r.tag if r.tag != 0 else AM_DOWN
    hp[2] = ref
    hp[3] = AM_port if r.flags & MONITOR_PORT else AM_process
    hp[4] = object_
    hp[5] = s.term
    s.term = make_boxed(hp)
    s.extra = AM_undefined                  # was the reference; of a message it is the token
    if r.tag_fragment != NULL:              # the tag moves into the message
        f = s.fragment
        while f.next != NULL:
            f = f.next
        f.next = r.tag_fragment
        r.tag_fragment = NULL
    end_alias(p, r.ids)
    relation_delete(<Relations**>&p.relations, r)
    return queue_message(p, s)

cdef int take_alias_message(Process* p, Signal* s) noexcept nogil:
    cdef Relation* a = relation_find_ref(<Relations*>p.relations, RELATION_ALIAS, ref_ids(s.extra))
    cdef Relation* r
    if a == NULL:
        signal_free(s)
        return CONTINUE
    if a.flags == ALIAS_REPLY_DEMONITOR:
        r = relation_find_ref(<Relations*>p.relations, RELATION_MONITOR, a.ids)
        if r != NULL:
            drop_monitor(p, r)
        else:
            relation_delete(<Relations**>&p.relations, a)
    elif a.flags == ALIAS_REPLY:
        relation_delete(<Relations**>&p.relations, a)
    s.extra = 0
    if s.flags & ALIAS_TOKEN:
        s.extra = tuple_elements(s.term)[1]
        s.term = tuple_elements(s.term)[0]
    return queue_message(p, s)

cdef void take_group_leader(Process* p, Signal* s) noexcept nogil:
    cdef Term result = AM_true
    if p.flags & PF_SYSTEM_PROCESS:
        result = AM_badarg
    else:
        if not term_is_immed(s.term):
            proc_heap_adopt(&p.mem, s.fragment)
            p.group_leader = s.term
            if s.extra != 0:
                signal_reply(p.vm, p.id, s.sender, s.extra, result)
            s.fragment = NULL
            signal_free(s)
            return
        p.group_leader = s.term
    if s.extra != 0:
        signal_reply(p.vm, p.id, s.sender, s.extra, result)
    signal_free(s)

# The suspension counts at once (a resumption may follow on its heels); that it has happened is only said
# when the process really stands still.
cdef void take_suspend(Process* p, Signal* s, bint running) noexcept nogil:
    if not (s.flags & SUSPEND_COUNTED) and relation_find(<Relations*>p.relations, RELATION_SUSPENDER, s.sender) == NULL:
        if relation_add(<Relations**>&p.relations, RELATION_SUSPENDER, s.sender) != NULL:
            p.suspend = <void*>(<size_t>p.suspend + 1)
            en_or32(&p.state, PS_SUSPENDED)
    if running and s.extra != 0:
        s.flags |= SUSPEND_COUNTED
        put_task(p, s)
        return
    if s.extra != 0:
        signal_reply(p.vm, p.id, s.sender, s.extra, AM_suspended if s.flags & SUSPEND_ASYNC
                     else AM_false if s.flags & SUSPEND_AGAIN else AM_true)
    signal_free(s)

cdef void take_resume(Process* p, Signal* s) noexcept nogil:
    cdef Relation* r
    if s.flags & SUSPENDED_GONE:
        r = relation_find(<Relations*>p.relations, RELATION_SUSPENDING, s.sender)
        if r != NULL:
            relation_delete(<Relations**>&p.relations, r)
        signal_free(s)
        return
    r = relation_find(<Relations*>p.relations, RELATION_SUSPENDER, s.sender)
    if r != NULL:
        relation_delete(<Relations**>&p.relations, r)
        p.suspend = <void*>(<size_t>p.suspend - 1)
        if p.suspend == NULL:
            en_and32(&p.state, ~<uint32_t>PS_SUSPENDED)
    signal_free(s)

cdef void take_mark(Process* p, Signal* s) noexcept nogil:
    cdef int64_t slot = small_value(s.extra)
    cdef ReceiveMarker* m = &p.markers[slot]
    cdef uint32_t bit = <uint32_t>1 << slot
    if p.marker_count & (bit << MARK_PENDING) and m.position == <Signal**>s:
        m.position = p.mq_last
        if p.marker_count & (bit << MARK_WANTED):
            p.mq_save = p.mq_last
        p.marker_count &= ~((bit << MARK_PENDING) | (bit << MARK_WANTED))
    signal_free(s)

cdef void put_task(Process* p, Signal* s) noexcept nogil:
    s.next = NULL
    if p.system_tasks == NULL:
        p.system_tasks = s
    else:
        (<Signal*>p.system_tasks_last).next = s
    p.system_tasks_last = s

# One signal. `running`: the receiver is in the middle of its code.
cdef int take_one(Process* p, Signal* s, bint running) noexcept nogil:
    cdef uint32_t kind = s.kind
    if kind == SIG_MESSAGE:
        return queue_message(p, s)
    if kind == SIG_ALIAS_MESSAGE:
        return take_alias_message(p, s)
    if kind == SIG_EXIT:
        return take_exit(p, s)
    if kind == SIG_DOWN:
        return take_down(p, s)
    if kind == SIG_LINK:
        take_link(p, s)
    elif kind == SIG_UNLINK:
        take_unlink(p, s)
    elif kind == SIG_UNLINK_ACK:
        take_unlink_ack(p, s)
    elif kind == SIG_MONITOR:
        take_monitor(p, s)
    elif kind == SIG_DEMONITOR:
        take_demonitor(p, s)
    elif kind == SIG_GROUP_LEADER:
        take_group_leader(p, s)
    elif kind == SIG_IS_ALIVE:
        signal_reply(p.vm, p.id, s.sender, s.extra, AM_true)
        signal_free(s)
    elif kind == SIG_RESUME:
        take_resume(p, s)
    elif kind == SIG_RECEIVE_MARK:
        take_mark(p, s)
    elif kind == SIG_SUSPEND:
        take_suspend(p, s, running)
    elif kind == SIG_INFO or kind == SIG_CALL:
        if running or p.system_tasks != NULL or s.flags & TASK_SYSTEM:
            put_task(p, s)
        else:
            (<SignalCall*>s.data).run(p.vm, p, s)
            signal_free(s)
            if en_load32_acq(&p.state) & PS_EXITING:    # a task may condemn the process
                return DIE
    elif kind == SIG_WAKE or kind == SIG_TIMEOUT:
        signal_free(s)
        return NEWS
    else:
        signal_free(s)
    return CONTINUE

# All that has come, off the queue; its length and end are for giving back what is not taken.
cdef Signal* fetch_all(Process* p, Signal*** last, uint64_t* count) noexcept nogil:
    cdef Signal* first
    en_spin_lock(&p.signal_lock)
    first = p.signal_in_first
    last[0] = p.signal_in_last
    count[0] = p.signal_in_count
    p.signal_in_first = NULL
    p.signal_in_last = &p.signal_in_first
    p.signal_in_count = 0
    en_and32(&p.state, ~<uint32_t>PS_SIGNALS)
    en_spin_unlock(&p.signal_lock)
    return first

cdef void give_back(Process* p, Signal* first, Signal** last, uint64_t count) noexcept nogil:
    if first == NULL:
        return
    en_spin_lock(&p.signal_lock)
    last[0] = p.signal_in_first
    if p.signal_in_first == NULL:
        p.signal_in_last = last
    p.signal_in_first = first
    p.signal_in_count += count
    en_spin_unlock(&p.signal_lock)

cdef bint take(Process* p, bint running, uint32_t at, bint* active) noexcept nogil:
    cdef Signal* first
    cdef Signal* s
    cdef Signal** last = NULL
    cdef uint64_t n = 0, count = 0
    cdef int what
    if not running and p.system_tasks != NULL and not tasks_run(p, at):
        return False
    if en_load32_acq(&p.state) & PS_SIGNALS == 0:
        return True
    first = fetch_all(p, &last, &count)
    while first != NULL:
        s = first
        first = s.next
        en_prefetch(first)                              # another thread's cache has them
        en_prefetch(s.fragment)
        n += 1
        what = take_one(p, s, running)
        if what == NEWS:
            active[0] = True
        elif what == DIE:
            give_back(p, first, last, count - n)        # waits for process_exit, which answers it
            return False
    charge(p, <int64_t>(n >> 3))
    if not running and p.system_tasks != NULL:
        return tasks_run(p, at)
    return True

# --- while a blocking job works -----------------------------------------------------------------------------

# A signal whose effect needs the heap, or would move or change what the job uses.
cdef bint needs_heap(Process* p, Signal* s) noexcept nogil:
    cdef uint32_t kind = s.kind
    if kind == SIG_GROUP_LEADER:            # a root that the job's collection may be about to move
        return not term_is_immed(s.term) or not term_is_immed(p.group_leader)
    if kind == SIG_INFO or kind == SIG_CALL:
        return not (<SignalCall*>s.data).reads
    return False

# With heap_lock: the job has not begun to move the heap, or has ended.
cdef bint look(Process* p, Signal* s) noexcept nogil:
    if not en_spin_trylock(&p.heap_lock):
        return False
    (<SignalCall*>s.data).run(p.vm, p, s)
    en_spin_unlock(&p.heap_lock)
    signal_free(s)
    return True

# What is to be told of a message is worked out on the heap: what comes from the first message on waits for the job's end.
cdef inline bint must_be_told(Process* p, Signal* s) noexcept nogil:
    cdef uint32_t kind = s.kind
    if not p.trace_flags & TF_RECEIVE:
        return False
    if kind == SIG_EXIT:
        return p.flags & PF_TRAP_EXIT and not (s.flags & EXIT_KILL and s.term == AM_kill)
    return kind == SIG_MESSAGE or kind == SIG_ALIAS_MESSAGE or kind == SIG_DOWN

# They are in the incoming queue, where blocking_done looks for them; until then p need not be queued for them.
cdef void put_off(Process* p) noexcept nogil:
    cdef uint32_t state
    en_or32(&p.state, PS_SIGNALS)
    state = en_load32_acq(&p.state)
    while state & PS_BLOCKED and not en_cas32(&p.state, &state, state & ~<uint32_t>PS_SIGNALS):
        pass

cdef bint signals_handle_blocked(Process* p, Term* reason, Fragment** fragment) noexcept nogil:
    cdef Signal* first
    cdef Signal* s
    cdef Signal** last = NULL
    cdef uint64_t n = 0, count = 0
    first = fetch_all(p, &last, &count)
    while first != NULL:
        s = first
        if must_be_told(p, s):
            give_back(p, s, last, count - n)
            put_off(p)
            return True
        first = s.next
        n += 1
        if s.kind == SIG_EXIT:
            if take_exit_of(p, s, reason) == DIE:
                fragment[0] = s.fragment
                s.fragment = NULL
                signal_free(s)
                give_back(p, first, last, count - n)
                return False
        elif needs_heap(p, s):
            put_task(p, s)
        elif s.kind == SIG_INFO or s.kind == SIG_CALL:
            if not look(p, s):
                put_task(p, s)
        else:
            take_one(p, s, True)
    return True

cdef bint signals_fetch(Process* p) noexcept nogil:
    cdef bint active = False
    if en_load32_acq(&p.state) & PS_SIGNALS == 0:
        return True
    return take(p, True, PRIO_LOW, &active)

cdef bint signals_handle(Process* p, uint32_t at, bint* active) noexcept nogil:
    return take(p, False, at, active)

# --- what has been put off ----------------------------------------------------------------------------------

cdef enum:
    LOW_TASKS = 8              # tasks of normal priority for one of low

cdef struct TaskList:
    Signal* first
    Signal* last

cdef inline void list_put(TaskList* l, Signal* s) noexcept nogil:
    s.next = NULL
    if l.first == NULL:
        l.first = s
    else:
        l.last.next = s
    l.last = s

cdef Signal* list_take(TaskList* l) noexcept nogil:
    cdef Signal* s = l.first
    if s != NULL:
        l.first = s.next
    return s

# False: the process must exit.
cdef bint task_run(Process* p, Signal* s) noexcept nogil:
    if s.kind == SIG_SUSPEND:
        take_suspend(p, s, False)
        return True
    if s.kind == SIG_GROUP_LEADER:      # put off while a blocking job had the heap
        take_group_leader(p, s)
        return True
    if s.flags & TASK_COLLECTS and p.mem.gc_flags & GC_DISABLED:
        s.next = <Signal*>p.delayed_tasks
        p.delayed_tasks = s
        return True
    (<SignalCall*>s.data).run(p.vm, p, s)
    signal_free(s)
    return en_load32_acq(&p.state) & PS_EXITING == 0

# The next system task: max, high, then normal ones with a low one after every LOW_TASKS of them.
cdef Signal* next_task(TaskList* lists, uint32_t at, uint32_t* normal) noexcept nogil:
    cdef uint32_t k = PRIO_MAX
    while k <= at and k < PRIO_LOW and lists[k].first == NULL:
        k += 1
    if k > at:
        return NULL
    if k == PRIO_NORMAL and at == PRIO_LOW and lists[PRIO_LOW].first != NULL and normal[0] >= LOW_TASKS:
        k = PRIO_LOW
    normal[0] = normal[0] + 1 if k == PRIO_NORMAL else 0
    return list_take(&lists[k])

cdef bint tasks_run(Process* p, uint32_t at) noexcept nogil:
    cdef TaskList lists[4]
    cdef Signal* s = <Signal*>p.system_tasks
    cdef Signal* following
    cdef uint32_t k, normal = 0
    cdef bint alive = True
    p.system_tasks = NULL
    for k in range(4):
        lists[k].first = NULL
    while s != NULL:
        following = s.next
        if s.flags & TASK_SYSTEM and s.kind == SIG_CALL:
            list_put(&lists[s.flags >> TASK_PRIORITY & 3], s)
        elif alive:
            alive = task_run(p, s)
        else:
            put_task(p, s)
        s = following
    while alive:
        s = next_task(lists, at, &normal)
        if s == NULL:
            break
        alive = task_run(p, s)
    for k in range(4):
        if lists[k].first != NULL and alive:
            process_urge(p, k)
        while lists[k].first != NULL:
            put_task(p, list_take(&lists[k]))
    return alive

cdef void tasks_resume(Process* p) noexcept nogil:
    cdef Signal* s = <Signal*>p.delayed_tasks
    cdef Signal* before = NULL
    cdef Signal* following
    p.delayed_tasks = NULL
    while s != NULL:                # the last one put off comes first
        following = s.next
        s.next = before
        before = s
        s = following
    while before != NULL:
        following = before.next
        put_task(p, before)
        before = following

cdef void messages_free(Process* p) noexcept nogil:
    cdef Signal* s = p.mq_first
    cdef Signal* following
    while s != NULL:
        following = s.next
        signal_free(s)
        s = following
    p.mq_first = NULL
    p.mq_last = &p.mq_first
    p.mq_save = &p.mq_first
    p.mq_length = 0
    p.mq_adopted = 0

cdef void signals_answer(Process* p) noexcept nogil:
    cdef VM* vm = p.vm
    cdef Term id_ = p.id
    cdef Signal* s
    cdef Signal* following
    tasks_resume(p)
    s = <Signal*>p.system_tasks
    p.system_tasks = NULL
    while s != NULL:
        following = s.next
        signal_unanswered(vm, id_, s)
        s = following
    s = p.signal_in_first
    p.signal_in_first = NULL
    p.signal_in_last = &p.signal_in_first
    p.signal_in_count = 0
    while s != NULL:
        following = s.next
        signal_unanswered(vm, id_, s)
        s = following

# --- the mailbox --------------------------------------------------------------------------------------------

cdef Signal* mailbox_peek(Process* p) noexcept nogil:
    cdef Signal* s = p.mq_save[0]
    if s != NULL and s.fragment != NULL:
        if EN_UNLIKELY(p.flags & PF_OFF_HEAP_MESSAGES):
            glance_at(p, s)
        message_adopt(p, s)
    return s

cdef void glance_at(Process* p, Signal* s) noexcept nogil:
    """Notes what the heap is before it gets this message."""
    cdef Scheduler* scheduler = scheduler_current()
    cdef Glance* g
    if scheduler == NULL:
        return
    g = &scheduler.glance
    g.process = p
    g.message = s
    g.chain = s.fragment
    g.last = s.fragment
    while g.last.next != NULL:
        g.last = g.last.next
    g.used = s.fragment.used
    g.oldest = p.mq_oldest
    g.off_heap = p.mem.heap.off_heap
    g.off_heap_bytes = p.mem.heap.off_heap_bytes
    g.gc_flags = p.mem.gc_flags
    g.reductions_left = p.reductions_left
    g.reductions_done = p.reductions_done
    g.collections = p.mem.collections
    g.top = p.mem.heap.top
    g.fvalue = p.fvalue
    g.ftrace = p.ftrace

cdef bint frame_refers(Process* p, Signal* s) noexcept nogil:
    """A Y register of the running function may hold a part of the message."""
    cdef Term* y = p.mem.heap.end
    cdef Fragment* f
    if y == p.mem.block_end or y[0] != 0:           # no frame of its own
        return False
    y += 1
    while y < p.mem.block_end and not term_is_header(y[0]):
        if term_is_pointer(y[0]):
            f = s.fragment
            while f != NULL:
                if <size_t>(pointer_target(y[0]) - fragment_data(f)) < f.words:
                    return True
                f = f.next
        y += 1
    return False

cdef void mailbox_return(Process* p) noexcept nogil:
    """The terms of the message looked at leave the heap again, if nothing can have kept a part of them.

    A receive as compilers make it neither calls nor builds anything until it has decided. What else it might do
    shows in reductions, heap or frame, and then the message stays with the heap.
    """
    cdef Scheduler* scheduler = scheduler_current()
    cdef Glance* g
    cdef Signal* s = p.mq_save[0]
    cdef Fragment* f
    cdef OffHeap* entry
    if scheduler == NULL or s == NULL:
        return
    g = &scheduler.glance
    if (g.process != p or g.message != s or s.fragment != NULL or p.mem.fragments != g.chain
            or g.chain.used != g.used or p.mem.collections != g.collections or p.mem.heap.top != g.top
            or p.reductions_left != g.reductions_left or p.reductions_done != g.reductions_done
            or p.fvalue != g.fvalue or p.ftrace != g.ftrace):
        return
    g.process = NULL
    p.mem.fragments = g.last.next
    g.last.next = NULL
    s.fragment = g.chain
    if frame_refers(p, s):
        g.last.next = p.mem.fragments
        p.mem.fragments = g.chain
        s.fragment = NULL
        return
    f = g.chain
    while f != NULL:
        p.mem.fragment_words -= f.used
        f = f.next
    if p.mem.heap.off_heap != g.off_heap:
        g.chain.off_heap = p.mem.heap.off_heap
        g.chain.off_heap_bytes = p.mem.heap.off_heap_bytes - g.off_heap_bytes
        entry = g.chain.off_heap
        while entry.next != g.off_heap:
            entry = entry.next
        entry.next = NULL
        p.mem.heap.off_heap = g.off_heap
        p.mem.heap.off_heap_bytes = g.off_heap_bytes
    if not g.gc_flags & GC_WANTED:
        p.mem.gc_flags &= ~<uint32_t>GC_WANTED
    s.flags &= ~<uint32_t>MESSAGE_ADOPTED
    p.mq_adopted -= 1
    p.mq_oldest = g.oldest

cdef void message_adopt(Process* p, Signal* s) noexcept nogil:
    en_prefetch(s.next)                     # most likely looked at next
    proc_heap_adopt(&p.mem, s.fragment)
    s.fragment = NULL
    s.flags |= MESSAGE_ADOPTED
    if p.mq_adopted == 0 or s.sender < p.mq_oldest.sender:
        p.mq_oldest = s
    p.mq_adopted += 1

cdef void mailbox_remove(Process* p) noexcept nogil:
    cdef Signal** at = p.mq_save
    cdef Signal* s = at[0]
    cdef int i
    if s == NULL:
        return
    at[0] = s.next
    if p.mq_last == &s.next:
        p.mq_last = at
    if p.marker_count & 15:
        for i in range(RECEIVE_MARKERS):
            if p.markers[i].position == &s.next:
                p.markers[i].position = at
    p.mq_length -= 1
    if s.flags & MESSAGE_ADOPTED:
        p.mq_adopted -= 1
    if p.mq_oldest == s:                    # or one before the first of those: an atom was next to one that has gone
        p.mq_oldest = s.next
    if p.trace_flags & TF_SAVE_CALLS:
        watch_hooks().note(p, SAVED_RECEIVE)
    if p.trace_flags & TF_SEQUENTIAL or (s.extra != 0 and s.extra != AM_undefined):
        watch_hooks().token_taken(p, s)
    signal_free(s)
    mailbox_reset(p)

cdef void mailbox_reset(Process* p) noexcept nogil:
    p.mq_save = &p.mq_first
    p.marker_count &= 0xff                  # no receive is waiting for a mark any more
    if p.receive_timer != NULL or p.flags & (PF_TIMER_ACTIVE | PF_TIMED_OUT):
        receive_timer_cancel(p)

# A marker is reserved, bound and cleared by its number, and used by the reference that has been bound to it.
cdef int marker_find(Process* p, Term name) noexcept nogil:
    cdef int i
    for i in range(RECEIVE_MARKERS):
        if p.marker_count & (<uint32_t>1 << i) and (p.markers[i].id == name if term_is_small(name)
                                                     else term_identical(p.markers[i].ref, name)):
            return i
    return -1

cdef void marker_forget(Process* p, int slot) noexcept nogil:
    p.marker_count &= ~(<uint32_t>((1 << MARK_USED) | (1 << MARK_PENDING) | (1 << MARK_WANTED)) << slot)
    p.markers[slot].ref = nil()
    p.markers[slot].position = NULL

cdef Term marker_reserve(Process* p) noexcept nogil:
    cdef Signal* s
    cdef int slot
    cdef uint32_t bit
    for slot in range(RECEIVE_MARKERS):
        if p.marker_count & (<uint32_t>1 << slot) == 0:
            break
    else:
        slot = p.marker_reserved & (RECEIVE_MARKERS - 1)
    marker_forget(p, slot)
    bit = <uint32_t>1 << slot
    if en_load32_acq(&p.state) & PS_SIGNALS == 0:
        p.markers[slot].position = p.mq_last
    else:
        # What is still on its way was sent before the reference existed: a mark travels behind it.
        s = signal_new(SIG_RECEIVE_MARK, p.id)
        if s == NULL:
            return nil()
        s.extra = make_small(slot)
        p.markers[slot].position = <Signal**>s
        p.marker_count |= bit << MARK_PENDING
        if not signal_send(p.vm, p.id, s):
            marker_forget(p, slot)
            return nil()
    p.marker_reserved += 1
    p.markers[slot].id = make_small(p.marker_reserved)
    p.marker_count |= bit
    return make_small(p.marker_reserved)

cdef void marker_bind(Process* p, Term marker, Term ref) noexcept nogil:
    cdef int slot
    if term_is_small(marker):
        slot = marker_find(p, marker)
        if slot >= 0:
            p.markers[slot].ref = ref

cdef void marker_clear(Process* p, Term marker_or_ref) noexcept nogil:
    cdef int slot
    if p.marker_count & 15:
        slot = marker_find(p, marker_or_ref)
        if slot >= 0:
            marker_forget(p, slot)

cdef void marker_use(Process* p, Term ref) noexcept nogil:
    cdef int slot
    cdef uint32_t bit
    if p.marker_count & 15 == 0:
        return
    slot = marker_find(p, ref)
    if slot < 0:
        return
    bit = <uint32_t>1 << slot
    if p.marker_count & (bit << MARK_PENDING):
        p.marker_count |= bit << MARK_WANTED
        p.mq_save = p.mq_last
    else:
        p.mq_save = p.markers[slot].position

# --- links and monitors, from the side that asks -----------------------------------------------------------------

cdef bint link_to(Process* p, Term other) noexcept nogil:
    cdef Relation* r
    if other == p.id:
        return True
    r = relation_find(<Relations*>p.relations, RELATION_LINK, other)
    if r != NULL:
        if not (r.flags & LINK_UNLINKING):
            return True
        r.flags &= ~<uint32_t>LINK_UNLINKING
        r.unlink_id = 0
    else:
        r = relation_add(<Relations**>&p.relations, RELATION_LINK, other)
        if r == NULL:
            return False
    if signal_send(p.vm, other, signal_new(SIG_LINK, p.id)):
        return True
    r = relation_find(<Relations*>p.relations, RELATION_LINK, other)
    if r != NULL:
        relation_delete(<Relations**>&p.relations, r)
    return False

cdef void unlink_from(Process* p, Term other) noexcept nogil:
    cdef Relation* r = relation_find(<Relations*>p.relations, RELATION_LINK, other)
    cdef Relations* set_ = <Relations*>p.relations
    cdef Signal* s
    if r == NULL or r.flags & LINK_UNLINKING:
        return
    s = signal_new(SIG_UNLINK, p.id)
    if s == NULL:
        relation_delete(<Relations**>&p.relations, r)
        return
    set_.unlink_ids += 1
    r.unlink_id = set_.unlink_ids
    r.flags |= LINK_UNLINKING
    s.extra = make_small(<int64_t>r.unlink_id)
    if not signal_send(p.vm, other, s):
        r = relation_find(<Relations*>p.relations, RELATION_LINK, other)
        if r != NULL:
            relation_delete(<Relations**>&p.relations, r)

cdef Term ref_on_heap(Process* p, const uint32_t* ids, bint alias) noexcept nogil:
    cdef Term* hp = proc_alloc(p, 4 if alias else 3)
    if hp == NULL:
        return 0
    return write_ref(hp, ids, p.id if alias else 0)

cdef Term monitor_start(Process* p, Term target, Term name, uint32_t flags, uint32_t alias, Term tag) noexcept nogil:
    cdef uint32_t ids[3]
    cdef Relation* r
    cdef Relation* a
    cdef Signal* s
    cdef Term ref
    ref_next_ids(p.vm, ids)
    ref = ref_on_heap(p, ids, alias != ALIAS_NONE)
    if ref == 0:
        return 0
    if target == p.id:                      # nobody can receive the news of its own death
        if alias != ALIAS_NONE:
            a = relation_add_ref(<Relations**>&p.relations, RELATION_ALIAS, ids, 0)
            if a == NULL:
                return 0
            a.flags = alias
        return ref
    r = relation_add_ref(<Relations**>&p.relations, RELATION_MONITOR, ids, target)
    if r == NULL:
        return 0
    r.flags = flags
    r.name = name
    if name != 0:
        r.flags |= MONITOR_BY_NAME
    if tag != 0:
        r.tag = tag
        if not term_is_immed(tag):
            r.tag = term_copy_fragment(tag, &r.tag_fragment)
            if r.tag == 0:
                relation_delete(<Relations**>&p.relations, r)
                return 0
    if alias != ALIAS_NONE:
        r.flags |= MONITOR_ALIAS
        a = relation_add_ref(<Relations**>&p.relations, RELATION_ALIAS, ids, 0)
        if a == NULL:
            relation_delete(<Relations**>&p.relations, r)
            return 0
        a.flags = alias
    if flags & MONITOR_TIME_OFFSET:         # it never changes: there is nobody to tell
        return ref
    s = NULL
    if target != 0:
        s = signal_new(SIG_MONITOR, p.id)
        if s != NULL:
            s.term = name if name != 0 else target
            if not signal_set_ref(s, ids):
                signal_free(s)
                s = NULL
    if s == NULL or not signal_send(p.vm, target, s):
        send_down(p.vm, target, p.id, ids, AM_noproc)
    return ref

cdef void drop_monitor(Process* p, Relation* r) noexcept nogil:
    """Ends a monitor of p's, at both sides, and the alias that lives as long as it."""
    cdef Term target = r.other
    cdef Signal* s = NULL
    if target != 0 and not (r.flags & MONITOR_TIME_OFFSET):
        s = signal_new(SIG_DEMONITOR, p.id)
        if s != NULL and not signal_set_ref(s, r.ids):
            signal_free(s)
            s = NULL
    end_alias(p, r.ids)
    relation_delete(<Relations**>&p.relations, r)
    if s != NULL:
        signal_send(p.vm, target, s)

cdef bint monitor_stop(Process* p, Term ref) noexcept nogil:
    cdef Relation* r = relation_find_ref(<Relations*>p.relations, RELATION_MONITOR, ref_ids(ref))
    if r == NULL:
        return False
    drop_monitor(p, r)
    return True

cdef Term alias_start(Process* p, uint32_t alias) noexcept nogil:
    cdef uint32_t ids[3]
    cdef Relation* a
    cdef Term ref
    ref_next_ids(p.vm, ids)
    ref = ref_on_heap(p, ids, True)
    if ref == 0:
        return 0
    a = relation_add_ref(<Relations**>&p.relations, RELATION_ALIAS, ids, 0)
    if a == NULL:
        return 0
    a.flags = alias
    return ref

cdef bint alias_stop(Process* p, const uint32_t* ids) noexcept nogil:
    cdef Relation* a = relation_find_ref(<Relations*>p.relations, RELATION_ALIAS, ids)
    if a == NULL:
        return False
    relation_delete(<Relations**>&p.relations, a)
    return True

timer_set_delivery(send_message_fragment)

if sizeof(Signal) > SIGNAL_WORDS * sizeof(Term):
    raise SystemError("a signal has no room in its block")

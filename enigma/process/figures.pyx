"""Figures of process heaps; see figures.pxd."""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport strlen
from enigma.term.core cimport Term, en_cas64, en_load64_acq
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.map cimport map_find, map_from_pairs
from enigma.term.number cimport integer_from_u64
from enigma.memory.heap cimport *
from enigma.process.process cimport *
from enigma.process.lookup cimport name_whereis, process_alive
from enigma.process.signal cimport fragments_free, send_message_fragment
from enigma.process.timer cimport clock_system


cdef Term max_heap_map(Heap* h, size_t words, uint32_t flags) noexcept nogil:
    cdef Term pairs[8]
    cdef size_t n = 3
    pairs[0] = AM_error_logger
    pairs[1] = AM_true if flags & MAX_HEAP_LOG else AM_false
    pairs[2] = AM_kill
    pairs[3] = AM_true if flags & MAX_HEAP_KILL else AM_false
    pairs[4] = AM_size
    pairs[5] = make_small(<int64_t>words)
    if flags & MAX_HEAP_COUNTS_BINARIES:
        pairs[6] = AM_include_shared_binaries
        pairs[7] = AM_true if flags & MAX_HEAP_INCLUDE_BINARIES else AM_false
        n = 4
    return map_from_pairs(h, pairs, n)


cdef bint max_heap_value(Term value, size_t min_heap, size_t* words, uint32_t* flags) noexcept nogil:
    cdef Term* at
    cdef Term size = value
    cdef uint32_t f = flags[0]
    cdef uint64_t n
    if term_is_map(value):
        at = map_find(value, AM_size)
        if at == NULL:
            return False
        size = at[0]
        at = map_find(value, AM_kill)
        if at != NULL:
            if at[0] == AM_true:
                f |= MAX_HEAP_KILL
            elif at[0] == AM_false:
                f &= ~<uint32_t>MAX_HEAP_KILL
            else:
                return False
        at = map_find(value, AM_error_logger)
        if at != NULL:
            if at[0] == AM_true:
                f |= MAX_HEAP_LOG
            elif at[0] == AM_false:
                f &= ~<uint32_t>MAX_HEAP_LOG
            else:
                return False
        at = map_find(value, AM_include_shared_binaries) if f & MAX_HEAP_COUNTS_BINARIES else NULL
        if at != NULL:
            if at[0] == AM_true:
                f |= MAX_HEAP_INCLUDE_BINARIES
            elif at[0] == AM_false:
                f &= ~<uint32_t>MAX_HEAP_INCLUDE_BINARIES
            else:
                return False
    if not term_is_small(size) or small_value(size) < 0:
        return False
    n = <uint64_t>small_value(size)
    if n != 0 and n < min_heap:
        return False
    words[0] = n
    flags[0] = f
    return True


cdef Term figure(Heap* h, Term name, uint64_t n, Term tail) noexcept nogil:
    """[{name, n} | tail]; `tail` itself if there is no memory."""
    cdef Term value = integer_from_u64(h, n)
    cdef Term* hp = heap_alloc(h, 5)
    if hp == NULL or value == 0:
        return tail
    hp[0] = make_header(T_TUPLE, 2)
    hp[1] = name
    hp[2] = value
    return cons(hp + 3, make_boxed(hp), tail)


cdef Term heap_figures(Heap* h, ProcHeap* mem) noexcept nogil:
    cdef Term t = figure(h, AM_bin_old_vheap_block_size, mem.vheap_limit >> 3, nil())
    cdef uint64_t old = <uint64_t>(mem.old_top - mem.old_start) if mem.old_start != NULL else 0
    cdef uint64_t recent = <uint64_t>(mem.high_water - mem.start) if mem.high_water > mem.start else 0
    t = figure(h, AM_bin_old_vheap_size, mem.old_off_heap_bytes >> 3, t)
    t = figure(h, AM_bin_vheap_block_size, mem.vheap_limit >> 3, t)
    t = figure(h, AM_bin_vheap_size, mem.heap.off_heap_bytes >> 3, t)
    t = figure(h, AM_heap_size, <uint64_t>(mem.heap.top - mem.start), t)
    t = figure(h, AM_old_heap_size, old, t)
    t = figure(h, AM_stack_size, <uint64_t>(mem.block_end - mem.heap.end), t)
    t = figure(h, AM_recent_size, recent, t)
    t = figure(h, AM_mbuf_size, mem.fragment_words, t)
    t = figure(h, AM_heap_block_size, mem.block_words, t)
    return figure(h, AM_old_heap_block_size, mem.old_words, t)


# --- the log event ------------------------------------------------------------------------------------------

cdef Term text_list(Heap* h, const char* text) noexcept nogil:
    cdef int64_t i = <int64_t>strlen(text) - 1
    cdef Term t = nil()
    cdef Term* hp
    while i >= 0:
        hp = heap_alloc(h, 2)
        if hp == NULL:
            return nil()
        t = cons(hp, make_small(<unsigned char>text[i]), t)
        i -= 1
    return t


cdef Term prepend(Heap* h, Term item, Term tail) noexcept nogil:
    cdef Term* hp = heap_alloc(h, 2)
    return cons(hp, item, tail) if hp != NULL else tail


cdef Term system_logger(VM* vm) noexcept nogil:
    cdef Term to = <Term>en_load64_acq(&vm.system_logger)
    return to if to != 0 else AM_logger


cdef Term log_receiver(VM* vm) noexcept nogil:
    cdef Term to = system_logger(vm), dead = to
    if to == AM_undefined:
        return 0
    if term_is_local_pid(to) and not process_alive(vm, to):
        en_cas64(<uint64_t*>&vm.system_logger, <uint64_t*>&dead, AM_logger)      # or somebody has named another
        to = AM_logger
    if term_is_atom(to):
        to = name_whereis(vm, to)
    return to if term_is_local_pid(to) else 0


cdef void log_heap_limit(Process* p) noexcept nogil:
    """Sends {log, error, Format, Args, Metadata}."""
    cdef FragmentHeap fh
    cdef VM* vm = p.vm
    cdef Term to = log_receiver(vm)
    cdef Term pairs[8]
    cdef Term inner[4]
    cdef Term args, format_
    cdef Term meta = 0
    cdef Term* hp
    cdef Heap* h = &fh.heap
    if to == 0:
        return
    fragment_heap_init(&fh)
    format_ = text_list(h, b"     Process:            ~p ~n     Context:            maximum heap size reached~n     Max Heap Size:      ~p~n     Total Heap Size:    ~p~n     Kill:               ~p~n     Error Logger:       ~p~n     Message Queue Len:  ~p~n     GC Info:            ~p~n")
    args = prepend(h, heap_figures(h, &p.mem), nil())
    args = prepend(h, make_small(<int64_t>(p.mq_length + p.signal_in_count)), args)
    args = prepend(h, AM_true, args)
    args = prepend(h, AM_true if p.mem.max_flags & MAX_HEAP_KILL else AM_false, args)
    args = prepend(h, make_small(<int64_t>p.mem.limit_total), args)
    args = prepend(h, make_small(<int64_t>p.mem.max_words), args)
    args = prepend(h, p.id, args)
    inner[0] = AM_tag
    inner[1] = AM_error
    inner[2] = AM_emulator
    inner[3] = AM_true
    pairs[0] = AM_pid
    pairs[1] = p.id
    pairs[2] = AM_gl
    pairs[3] = p.group_leader if term_is_immed(p.group_leader) else p.id
    pairs[4] = AM_time
    pairs[5] = make_small(clock_system(vm) // 1000)
    pairs[6] = AM_error_logger
    pairs[7] = map_from_pairs(h, inner, 2)
    if pairs[7] != 0:
        meta = map_from_pairs(h, pairs, 4)
    hp = heap_alloc(h, 6)
    if meta == 0 or hp == NULL:
        fragments_free(fragment_heap_take(&fh))
        return
    hp[0] = make_header(T_TUPLE, 5)
    hp[1] = AM_log
    hp[2] = AM_error
    hp[3] = format_
    hp[4] = args
    hp[5] = meta
    send_message_fragment(vm, 0, to, make_boxed(hp), fragment_heap_take(&fh))

# distutils: libraries = pcre2-8
# distutils: define_macros = PCRE2_CODE_UNIT_WIDTH=8
"""Matching in linear time; see linear.pxd.

What is between two characters is looked at when the character behind it is known: a state of the automaton holds
threads as they were left by the last character, and what is known of that one. The end of the subject and a line end
that is its last character are symbols of their own.

Invariant: the order of threads is the order of trying. Read next: regex.pyx, which decides when this runs.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memchr, memcmp, memcpy, memset
from enigma.match.pcre2 cimport *
from enigma.match.program cimport *
from enigma.match.options cimport RX_ANCHORED, RX_NOTBOL, RX_NOTEMPTY, RX_NOTEMPTY_ATSTART, RX_NOTEOL, RX_UNSET

cdef enum:                       # flags of an automaton's state, and what an assertion may ask
    F_START = 1                  # nothing is before it
    F_NEWLINE = 2                # a line end is before it
    F_WORD = 4                   # a word character is before it
    F_OFFSET = 8                 # the match began to look here
    F_SEARCH = 16                # a match may begin here
    # of the character behind
    F_AT_END = 32
    F_BEFORE_FINAL = 64          # it is a line end and the last
    F_BEFORE_NEWLINE = 128
    F_BEFORE_WORD = 256

cdef enum:                       # symbols; classes follow
    SYMBOL_END = 0
    SYMBOL_FINAL = 1
    SYMBOLS = 2

cdef enum:                       # of an entry of `follow`
    TO_MATCHED = 1               # a match ends before the character
    TO_CLEAR = 2                 # no thread is alive: whatever matches begins later
    TO_SHIFT = 2

cdef enum:
    DEAD = 1                     # the state from which nothing follows
    FOLLOW_MAX = 1 << 17         # entries
    KERNELS_MAX = 1 << 17
    RESTORE = 1 << 30            # on the stack: a slot gets its former value


# --- making and freeing -----------------------------------------------------------------------------------------------

cdef void linear_free(LinearRun* run) noexcept nogil:
    if run == NULL:
        return
    pcre2_match_data_free(run.data)
    free(run.members)
    free(run.mark)
    free(run.stack)
    free(run.now.states)
    free(run.now.slots)
    free(run.then.states)
    free(run.then.slots)
    free(run.current)
    free(run.follow)
    free(run.states)
    free(run.kernels)
    free(run)


cdef LinearRun* linear_new(Program* p) noexcept nogil:
    cdef LinearRun* run = <LinearRun*>calloc(1, sizeof(LinearRun))
    if run == NULL:
        return NULL
    run.program = p
    run.class_room = p.class_count + (16 if p.utf else 0)
    run.class_count = p.class_count
    run.data = pcre2_match_data_create(1, NULL)
    run.members = <uint64_t*>malloc(<size_t>run.class_room * p.words * 8)
    run.mark = <uint32_t*>calloc(p.states, sizeof(uint32_t))
    run.stack = <uint64_t*>malloc((4 * <size_t>p.states + 8) * 8)
    run.now.states = <uint32_t*>malloc(p.states * sizeof(uint32_t))
    run.then.states = <uint32_t*>malloc(p.states * sizeof(uint32_t))
    run.current = <size_t*>malloc(p.slots * sizeof(size_t))
    if (run.data == NULL or run.members == NULL or run.mark == NULL or run.stack == NULL or run.now.states == NULL
            or run.then.states == NULL or run.current == NULL):
        linear_free(run)
        return NULL
    memcpy(run.members, p.members, <size_t>p.class_count * p.words * 8)
    run.options = <uint32_t>-1
    return run


cdef size_t linear_memory(LinearRun* run) noexcept nogil:
    cdef Program* p = run.program
    cdef size_t n = sizeof(LinearRun) + <size_t>run.class_room * p.words * 8 + 44 * <size_t>p.states
    n += 4 * (<size_t>run.state_room * (run.stride + 4) + run.kernel_room)
    if run.now.slots != NULL:
        n += 16 * <size_t>p.states * p.slots
    return n


# --- characters -------------------------------------------------------------------------------------------------------

# Invalid bytes, which no caller passes on purpose, are characters of their own.
cdef inline size_t character_at(const uint8_t* s, size_t left, uint32_t* character) noexcept nogil:
    cdef uint32_t c = s[0]
    if c >= 0xF0 and left >= 4:
        character[0] = ((c & 7) << 18) | (<uint32_t>(s[1] & 0x3F) << 12) | (<uint32_t>(s[2] & 0x3F) << 6) | (s[3] & 0x3F)
        return 4
    if 0xE0 <= c < 0xF0 and left >= 3:
        character[0] = ((c & 15) << 12) | (<uint32_t>(s[1] & 0x3F) << 6) | (s[2] & 0x3F)
        return 3
    if 0xC0 <= c < 0xE0 and left >= 2:
        character[0] = ((c & 31) << 6) | (s[1] & 0x3F)
        return 2
    character[0] = c
    return 1


cdef inline bint has_member(LinearRun* run, uint32_t class_, uint32_t set_) noexcept nogil:
    return (run.members[<size_t>class_ * run.program.words + (set_ >> 6)] >> (set_ & 63)) & 1


# The class of a character beyond those that the program has in its table; -1: no memory.
cdef int rare_class(LinearRun* run, uint32_t c) noexcept nogil:
    cdef Program* p = run.program
    cdef uint32_t at = (c ^ (c >> 9)) & (KNOWN_CHARACTERS - 1), k
    cdef uint64_t* one
    if run.known[at] == c + 1:
        return run.known_class[at]
    if run.class_count == run.class_room:
        one = NULL
        if run.class_room < 30000:
            one = <uint64_t*>realloc(run.members, 2 * <size_t>run.class_room * p.words * 8)
        if one == NULL:
            return -1
        run.members = one
        run.class_room *= 2
    one = run.members + <size_t>run.class_count * p.words
    memset(one, 0, 8 * p.words)
    for k in range(p.set_count):
        if set_has(p, p.sets + k, c, run.data):
            one[k >> 6] |= <uint64_t>1 << (k & 63)
    k = 0
    while memcmp(run.members + <size_t>k * p.words, one, 8 * p.words) != 0:
        k += 1
    if k == run.class_count:
        run.class_count += 1
    run.known[at] = c + 1
    run.known_class[at] = <uint16_t>k
    return <int>k


# Class and length of the character at s; -1: no memory.
cdef inline int class_at(LinearRun* run, const uint8_t* s, size_t left, size_t* length) noexcept nogil:
    cdef uint32_t c = s[0]
    length[0] = 1
    if not run.program.utf:
        return run.program.byte_class[c]
    if c < 0x80:
        return run.program.byte_class[c]
    length[0] = character_at(s, left, &c)
    return rare_class(run, c)


# Flags of a position that come from the character before it.
cdef uint32_t flags_behind(LinearRun* run, uint32_t class_) noexcept nogil:
    cdef Program* p = run.program
    cdef uint32_t flags = 0
    if p.uses & USES_NEWLINE and has_member(run, class_, 0):
        flags |= F_NEWLINE
    if p.uses & USES_WORD and has_member(run, class_, <uint32_t>p.word_set):
        flags |= F_WORD
    return flags


cdef uint32_t flags_before(LinearRun* run, int class_, bint last) noexcept nogil:      # class_ -1: the end
    cdef uint32_t flags = 0
    if class_ < 0:
        return F_AT_END
    if has_member(run, <uint32_t>class_, 0):
        flags |= F_BEFORE_NEWLINE
        if last:
            flags |= F_BEFORE_FINAL
    if run.program.uses & USES_WORD and has_member(run, <uint32_t>class_, <uint32_t>run.program.word_set):
        flags |= F_BEFORE_WORD
    return flags


# Of the position where the match begins to look. -1: no memory.
cdef int64_t first_flags(LinearRun* run, const uint8_t* s, size_t size, size_t offset) noexcept nogil:
    cdef Program* p = run.program
    cdef uint32_t flags = F_SEARCH
    cdef size_t at = offset, length
    cdef int class_
    if offset == 0 and p.uses & USES_START:
        flags |= F_START
    if p.uses & USES_OFFSET or run.options & RX_NOTEMPTY_ATSTART:
        flags |= F_OFFSET
    if offset != 0 and p.uses & (USES_NEWLINE | USES_WORD):
        at -= 1
        while p.utf and at > 0 and s[at] & 0xC0 == 0x80:
            at -= 1
        class_ = class_at(run, s + at, size - at, &length)
        if class_ < 0:
            return -1
        flags |= flags_behind(run, <uint32_t>class_)
    return flags


# --- between two characters -------------------------------------------------------------------------------------------

cdef bint holds(LinearRun* run, uint32_t what, uint32_t flags) noexcept nogil:
    cdef uint32_t options = run.options
    cdef bint edge
    if what == ASSERT_START:
        return (flags & F_START) != 0
    if what == ASSERT_LINE_START:
        return flags & F_START and not options & RX_NOTBOL
    if what == ASSERT_ANY_LINE_START:
        if flags & F_START:
            return not options & RX_NOTBOL
        return flags & F_NEWLINE and not flags & F_AT_END
    if what == ASSERT_END:
        return (flags & F_AT_END) != 0
    if what == ASSERT_LAST_LINE_END:
        return (flags & (F_AT_END | F_BEFORE_FINAL)) != 0
    if what == ASSERT_LINE_END:
        return flags & (F_AT_END | F_BEFORE_FINAL) and not options & RX_NOTEOL
    if what == ASSERT_ONLY_END:
        return flags & F_AT_END and not options & RX_NOTEOL
    if what == ASSERT_ANY_LINE_END:
        if flags & F_AT_END:
            return not options & RX_NOTEOL
        return (flags & F_BEFORE_NEWLINE) != 0
    if what == ASSERT_OFFSET:
        return (flags & F_OFFSET) != 0
    edge = ((flags & F_WORD) != 0) != ((flags & F_BEFORE_WORD) != 0)
    return edge == (what == ASSERT_WORD)


cdef void new_list(LinearRun* run) noexcept nogil:
    run.stamp += 1
    if run.stamp == 0:
        memset(run.mark, 0, run.program.states * sizeof(uint32_t))
        run.stamp = 1


# Adds to `out` what state `first` leads to without taking a character: states that take one, and the end of the
# program unless `empty`. run.current are the groups, followed if out.slots. The stack holds two words for a saved
# slot, one for a state; each state is gone through once and leaves three at most.
cdef void close_over(LinearRun* run, Threads* out, uint32_t first, uint32_t flags, size_t position,
                     bint empty) noexcept nogil:
    cdef Program* p = run.program
    cdef uint64_t* top = run.stack
    cdef uint32_t state, turns
    cdef Instruction* at
    cdef uint32_t pc
    top[0] = first
    top += 1
    while top != run.stack:
        top -= 1
        if top[0] & RESTORE:
            run.current[top[0] & ~<uint64_t>RESTORE] = <size_t>(top - 1)[0]
            top -= 1
            continue
        state = <uint32_t>top[0]
        while run.mark[state] != run.stamp:
            run.mark[state] = run.stamp
            pc = p.where[state]
            turns = state - p.base[pc]
            at = p.code + pc
            if at.op == P_SPLIT:
                top[0] = p.base[at.y] + turns
                top += 1
                state = p.base[at.x] + turns
            elif at.op == P_JUMP:
                state = p.base[at.x] + turns
            elif at.op == P_SAVE:
                if out.slots != NULL:
                    top[0] = run.current[at.x]
                    top[1] = RESTORE | at.x
                    top += 2
                    run.current[at.x] = position
                state = p.base[pc + 1] + turns
            elif at.op == P_ASSERT:
                if not holds(run, at.x, flags):
                    break
                state = p.base[pc + 1] + turns
            elif at.op == P_ENTER:
                state = p.base[pc + 1] + turns
            elif at.op == P_CHECK:
                if turns < at.depth:
                    state = p.base[at.y] + turns
                elif at.lazy:
                    top[0] = p.base[at.x] + turns - 1
                    top += 1
                    state = p.base[at.y] + turns - 1
                else:
                    top[0] = p.base[at.y] + turns - 1
                    top += 1
                    state = p.base[at.x] + turns - 1
            else:
                if at.op != P_MATCH or not empty:
                    out.states[out.count] = state
                    if out.slots != NULL:
                        memcpy(out.slots + <size_t>out.count * p.slots, run.current, p.slots * sizeof(size_t))
                    out.count += 1
                break


# A match that begins where it ends may not count.
cdef inline bint no_empty(LinearRun* run, uint32_t flags) noexcept nogil:
    return run.options & RX_NOTEMPTY or (run.options & RX_NOTEMPTY_ATSTART and flags & F_OFFSET)


# The state behind the character that instruction pc takes: all turns are full.
cdef inline uint32_t behind(Program* p, uint32_t pc) noexcept nogil:
    return p.base[pc + 1] + p.code[pc + 1].depth


# --- the automaton ----------------------------------------------------------------------------------------------------

cdef void forget(LinearRun* run) noexcept nogil:
    run.state_count = 2
    run.kernel_count = 0
    run.idle = 0
    memset(run.table, 0, sizeof(run.table))
    if run.follow != NULL:
        memset(run.follow, 0, <size_t>run.state_room * run.stride * sizeof(uint32_t))


# A symbol for every class, and room for some states; all former ones are gone. False: no memory.
cdef bint make_room(LinearRun* run) noexcept nogil:
    if run.follow == NULL or run.stride < run.class_room + SYMBOLS:
        free(run.follow)
        run.stride = run.class_room + SYMBOLS
        if run.state_room == 0:
            run.state_room = 32
        while run.state_room > 32 and <size_t>run.state_room * run.stride > FOLLOW_MAX:
            run.state_room >>= 1
        run.follow = <uint32_t*>malloc(<size_t>run.state_room * run.stride * sizeof(uint32_t))
        free(run.states)
        run.states = <AutomatonState*>calloc(run.state_room, sizeof(AutomatonState))
        if run.follow == NULL or run.states == NULL:
            return False
    forget(run)
    return True


# Twice the states. False: there are enough, or no memory.
cdef bint grow(LinearRun* run) noexcept nogil:
    cdef size_t room = 2 * <size_t>run.state_room
    cdef uint32_t* follow_
    cdef AutomatonState* states
    if room * run.stride > FOLLOW_MAX:
        return False
    follow_ = <uint32_t*>realloc(run.follow, room * run.stride * sizeof(uint32_t))
    if follow_ == NULL:
        return False
    run.follow = follow_
    states = <AutomatonState*>realloc(run.states, room * sizeof(AutomatonState))
    if states == NULL:
        return False
    run.states = states
    memset(follow_ + <size_t>run.state_room * run.stride, 0, <size_t>run.state_room * run.stride * sizeof(uint32_t))
    run.state_room = <uint32_t>room
    return True


# The automaton's state of these threads; 0: no room is left, all has to be forgotten first.
cdef uint32_t automaton_state(LinearRun* run, const uint32_t* kernel, uint32_t count, uint32_t flags) noexcept nogil:
    cdef uint64_t h = flags * 0x9E3779B97F4A7C15ULL + count
    cdef uint32_t i, k, room
    cdef uint32_t* larger
    if count == 0 and not flags & F_SEARCH:
        return DEAD
    for i in range(count):
        h = (h ^ kernel[i]) * 0xBF58476D1CE4E5B9ULL
        h ^= h >> 29
    k = <uint32_t>(h >> 20) & 1023
    i = run.table[k]
    while i != 0:
        if (run.states[i].count == count and run.states[i].flags == flags
                and (count == 0 or memcmp(run.kernels + run.states[i].at, kernel, count * sizeof(uint32_t)) == 0)):
            return i
        i = run.states[i].next
    if run.state_count == run.state_room and not grow(run):
        return 0
    if run.kernel_count + count > run.kernel_room:
        room = 2 * run.kernel_room + count + 64
        larger = NULL
        if room <= KERNELS_MAX or run.kernel_count == 0:
            larger = <uint32_t*>realloc(run.kernels, room * sizeof(uint32_t))
        if larger == NULL:
            return 0
        run.kernels = larger
        run.kernel_room = room
    i = run.state_count
    run.state_count += 1
    run.states[i].at = run.kernel_count
    run.states[i].count = count
    run.states[i].flags = flags
    run.states[i].next = run.table[k]
    run.table[k] = i
    if count != 0:
        memcpy(run.kernels + run.kernel_count, kernel, count * sizeof(uint32_t))
    run.kernel_count += count
    return i


# Where a symbol leads from a state, which is noted unless all is forgotten on the way. 0: no memory.
cdef uint32_t find_follow(LinearRun* run, uint32_t from_, uint32_t symbol, bint anchored) noexcept nogil:
    cdef Program* p = run.program
    cdef AutomatonState state = run.states[from_]
    cdef Threads closed
    cdef uint32_t flags = state.flags & (F_START | F_NEWLINE | F_WORD | F_OFFSET)
    cdef uint32_t after, i, n = 0, pc, to, bits = 0
    cdef int class_ = -1
    cdef bint search = (state.flags & F_SEARCH) != 0, last = symbol == SYMBOL_FINAL
    if symbol == SYMBOL_FINAL:
        class_ = p.byte_class[p.newline]
    elif symbol != SYMBOL_END:
        class_ = <int>(symbol - SYMBOLS)
    flags |= flags_before(run, class_, last)
    closed.states = run.now.states
    closed.count = 0
    closed.slots = NULL
    new_list(run)
    for i in range(state.count):
        close_over(run, &closed, run.kernels[state.at + i], flags, 0, False)
    if search:
        close_over(run, &closed, 0, flags, 0, no_empty(run, flags))
    new_list(run)
    run.steps += 8 + 2 * <uint64_t>closed.count
    for i in range(closed.count):
        pc = p.where[closed.states[i]]
        if p.code[pc].op == P_MATCH:
            bits |= TO_MATCHED
            search = False
            break
        if class_ >= 0 and has_member(run, <uint32_t>class_, p.code[pc].x):
            to = behind(p, pc)
            if run.mark[to] != run.stamp:
                run.mark[to] = run.stamp
                run.then.states[n] = to
                n += 1
    if anchored or class_ < 0:
        search = False
    after = F_SEARCH if search else 0
    if class_ >= 0:
        after |= flags_behind(run, <uint32_t>class_)
    if n == 0:
        bits |= TO_CLEAR
        if not search:
            after = 0
    to = automaton_state(run, run.then.states, n, after)
    if to == 0:
        forget(run)
        to = automaton_state(run, run.then.states, n, after)
        return (to << TO_SHIFT) | bits if to != 0 else 0
    to = (to << TO_SHIFT) | bits
    run.follow[<size_t>from_ * run.stride + symbol] = to
    return to


# Notes which bytes lead out of the state of a search that has found nothing yet.
cdef void note_idle(LinearRun* run, uint32_t state) noexcept nogil:
    cdef Program* p = run.program
    cdef Threads closed
    cdef uint32_t i, k, pc, flags
    cdef bint leaves
    cdef int n = 0
    closed.states = run.now.states
    closed.slots = NULL
    memset(run.leaves, 1, sizeof(run.leaves))
    for k in range(p.class_count):
        flags = flags_before(run, <int>k, False)
        closed.count = 0
        new_list(run)
        close_over(run, &closed, 0, flags, 0, no_empty(run, 0))
        leaves = flags_behind(run, k) != 0
        for i in range(closed.count):
            pc = p.where[closed.states[i]]
            leaves = leaves or p.code[pc].op == P_MATCH or has_member(run, k, p.code[pc].x)
        for i in range(128 if p.utf else 256):
            if p.byte_class[i] == k:
                run.leaves[i] = leaves
    run.only = -1
    for i in range(256):
        if run.leaves[i]:
            n += 1
            run.only = <int>i
    if n != 1:
        run.only = -1
    run.idle = state


# Where the match ends and before which place it can't begin. Returns 1, 0: there is none, -1: no memory.
cdef int find_end(LinearRun* run, const uint8_t* s, size_t size, size_t offset, bint anchored, size_t* begin,
                  size_t* end) noexcept nogil:
    cdef Program* p = run.program
    cdef int64_t flags = first_flags(run, s, size, offset)
    cdef size_t position = offset, clear = offset, length, plain
    cdef uint32_t state, to, symbol, kept
    cdef uint32_t* follow_ = run.follow
    cdef uint32_t stride = run.stride
    cdef int class_
    cdef uint32_t idle = run.idle
    cdef const void* found_byte
    cdef bint found = False, finals = (p.uses & USES_FINAL) != 0
    if flags < 0:
        return -1
    state = automaton_state(run, run.then.states, 0, <uint32_t>flags)
    if state == 0:
        forget(run)
        state = automaton_state(run, run.then.states, 0, <uint32_t>flags)
        if state == 0:
            return -1
    plain = size - 1 if size != 0 else 0       # before it no position is a final one
    while True:
        # the usual way: bytes whose classes are in the program, transitions that are known
        while position < plain:
            if state == idle:
                if run.only >= 0:
                    found_byte = memchr(s + position, run.only, plain - position)
                    position = plain if found_byte == NULL else <size_t>(<const uint8_t*>found_byte - s)
                else:
                    while position < plain and not run.leaves[s[position]]:
                        position += 1
                clear = position
                if position >= plain:
                    break
            if p.utf and s[position] >= 0x80:
                break
            to = follow_[<size_t>state * stride + SYMBOLS + p.byte_class[s[position]]]
            if to == 0 or to & TO_MATCHED:
                break
            state = to >> TO_SHIFT
            if state == DEAD:
                break
            position += 1
            if to & TO_CLEAR:
                clear = position
        if state == DEAD:
            break
        length = 0
        if position >= size:
            symbol = SYMBOL_END
        else:
            class_ = class_at(run, s + position, size - position, &length)
            if class_ < 0:
                return -1
            symbol = <uint32_t>class_ + SYMBOLS
            if finals and position + 1 == size and has_member(run, <uint32_t>class_, 0):
                symbol = SYMBOL_FINAL
            if symbol >= stride:               # more classes than there was room for: begin another automaton
                kept = run.states[state].count
                if kept != 0:
                    memcpy(run.then.states, run.kernels + run.states[state].at, kept * sizeof(uint32_t))
                to = run.states[state].flags
                if not make_room(run):
                    return -1
                follow_ = run.follow
                stride = run.stride
                state = automaton_state(run, run.then.states, kept, to)
                if state == 0:
                    return -1
        to = follow_[<size_t>state * stride + symbol]
        if to == 0:
            to = find_follow(run, state, symbol, anchored)
            follow_ = run.follow
            if to == 0:
                return -1
        if to & TO_MATCHED:
            found = True
            end[0] = position
        state = to >> TO_SHIFT
        if state == DEAD or symbol == SYMBOL_END:
            break
        position += length
        if to & TO_CLEAR:
            clear = position
            if run.idle == 0 and run.states[state].flags == F_SEARCH:
                note_idle(run, state)
        idle = run.idle
    begin[0] = clear
    return 1 if found else 0


# --- groups -----------------------------------------------------------------------------------------------------------

# The groups of the match that ends at `end` and begins at `position` or later. 0: there is none after all.
cdef int find_groups(LinearRun* run, const uint8_t* s, size_t size, size_t offset, size_t position, size_t end,
                     bint anchored, size_t* groups) noexcept nogil:
    cdef Program* p = run.program
    cdef uint32_t slots = p.slots, i, k, pc, flags, known
    cdef int class_
    cdef size_t length = 0
    cdef bint found = False
    cdef int64_t first
    if run.now.slots == NULL:
        run.now.slots = <size_t*>malloc(<size_t>p.states * slots * sizeof(size_t))
        run.then.slots = <size_t*>malloc(<size_t>p.states * slots * sizeof(size_t))
        if run.now.slots == NULL or run.then.slots == NULL:
            return -1
    if position == offset:
        first = first_flags(run, s, size, offset)
    else:
        first = first_flags(run, s, size, position)
        if first >= 0:
            first &= ~<int64_t>(F_OFFSET | F_START)
    class_ = -1
    if position < size:
        class_ = class_at(run, s + position, size - position, &length)
    if first < 0 or (position < size and class_ < 0):
        return -1
    known = <uint32_t>first
    run.then.count = 0
    while True:
        # the threads of run.then have taken what is before `position`; close over them, then begin one here
        flags = known | flags_before(run, class_, position + 1 == size)
        new_list(run)
        run.now.count = 0
        for i in range(run.then.count):
            memcpy(run.current, run.then.slots + <size_t>i * slots, slots * sizeof(size_t))
            close_over(run, &run.now, run.then.states[i], flags, position, False)
        if not found and (position == offset or not anchored):
            for k in range(slots):
                run.current[k] = <size_t>RX_UNSET
            run.current[0] = position
            close_over(run, &run.now, 0, flags, position, no_empty(run, flags))
        run.then.count = 0
        new_list(run)
        run.steps += 4 + (2 + <uint64_t>slots // 4) * run.now.count
        for i in range(run.now.count):
            pc = p.where[run.now.states[i]]
            if p.code[pc].op == P_MATCH:
                memcpy(groups, run.now.slots + <size_t>i * slots, slots * sizeof(size_t))
                groups[1] = position
                found = True
                break
            if class_ >= 0 and has_member(run, <uint32_t>class_, p.code[pc].x):
                k = behind(p, pc)
                if run.mark[k] != run.stamp:
                    run.mark[k] = run.stamp
                    run.then.states[run.then.count] = k
                    memcpy(run.then.slots + <size_t>run.then.count * slots, run.now.slots + <size_t>i * slots,
                           slots * sizeof(size_t))
                    run.then.count += 1
        if position >= end:
            return 1 if found else 0
        known = flags_behind(run, <uint32_t>class_)
        position += length
        class_ = -1
        if position < size:
            class_ = class_at(run, s + position, size - position, &length)
            if class_ < 0:
                return -1


cdef int linear_match(LinearRun* run, const uint8_t* subject, size_t size, size_t offset, uint32_t options,
                      size_t* groups) noexcept nogil:
    cdef uint32_t wanted = options & (RX_NOTBOL | RX_NOTEOL | RX_NOTEMPTY | RX_NOTEMPTY_ATSTART | RX_ANCHORED)
    cdef bint anchored = run.program.anchored or options & RX_ANCHORED
    cdef size_t begin = 0, end = 0
    cdef int status
    run.steps = 0
    if wanted != run.options or run.follow == NULL:          # an automaton knows of one set of options
        run.options = wanted
        if not make_room(run):
            return -1
    status = find_end(run, subject, size, offset, anchored, &begin, &end)
    if status <= 0:
        return status
    if run.program.slots == 2 and anchored:
        groups[0] = offset
        groups[1] = end
        return 1
    return find_groups(run, subject, size, offset, begin, end, anchored, groups)

"""Searching bytes for one or many byte strings; see search.pxd.

Invariant: a search stops when its budget ends, so that no subject can keep a scheduler busy. One pattern:
linear in the text whatever it is. Many: to be sure of the longest match the automaton may read ahead by
as much as the longest pattern, so the bound is the text times that.

Read next: bif/binary.pyx, which turns matches into terms.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memchr, memcmp, memcpy, memset
from enigma.term.core cimport en_add64, en_load64_rlx, en_store64_rel, en_sub64
from enigma.term.boxed cimport Magic

cdef extern from "enigma/search.h" nogil:
    size_t en_find(const uint8_t* text, size_t n, const uint8_t* pattern, size_t m, size_t patience, size_t* resume) noexcept

cdef enum:
    SHORT_PATTERN = 32                  # up to this length comparing at every position is linear enough
    DENSE_ENTRIES = 1 << 22             # largest dense transition table: 16 MB
    PATIENCE = 4096                     # bytes compared in vain before the fallback is considered
    CHUNK = 1 << 16
    TURN_MAX = 1 << 30                  # more than a turn's reductions pay for


# --- one pattern ------------------------------------------------------------------------------------

cdef void search_borrow(Search* s, const uint8_t* pattern, size_t size) noexcept nogil:
    memset(s, 0, sizeof(Search) - sizeof(s.byte_class) - sizeof(s.root) - sizeof(s.skip))
    s.kind = SEARCH_ONE
    s.count = 1
    s.shortest = size
    s.longest = size
    s.pattern = pattern
    s.pattern_owned = False
    s.failure = NULL
    s.next = NULL
    s.depth = NULL
    s.out = NULL
    s.fail = NULL
    s.child = NULL
    s.sibling = NULL
    s.label = NULL


# The KMP table: failure[i] is the length of the longest proper border of pattern[0..i].
cdef uint32_t* failure_table(const uint8_t* pattern, size_t m) noexcept nogil:
    cdef uint32_t* table
    cdef size_t i
    cdef uint32_t k = 0
    if m >= (<size_t>1 << 32):
        return NULL
    table = <uint32_t*>malloc(m * sizeof(uint32_t))
    if table == NULL:
        return NULL
    table[0] = 0
    for i in range(1, m):
        while k > 0 and pattern[i] != pattern[k]:
            k = table[k - 1]
        if pattern[i] == pattern[k]:
            k += 1
        table[i] = k
    return table


cdef int find_one(const Search* s, const uint8_t* text, size_t end, SearchCursor* c, size_t* budget) noexcept nogil:
    cdef size_t m = s.longest
    cdef size_t chunk, found, resume, i
    cdef const uint8_t* at
    cdef uint32_t k
    while not c.slow:
        if c.position + m > end:
            c.position = end
            return SEARCH_NONE
        if budget[0] == 0:
            return SEARCH_AGAIN
        chunk = end - c.position                # bytes to look at, the last m - 1 of them for overlap only
        if chunk > CHUNK + m - 1:
            chunk = CHUNK + m - 1
        if m == 1:
            at = <const uint8_t*>memchr(text + c.position, s.pattern[0], chunk)
            found = chunk if at == NULL else <size_t>(at - (text + c.position))
            resume = chunk
        else:
            found = en_find(text + c.position, chunk, s.pattern, m, PATIENCE, &resume)
        i = found if found < chunk else (resume if resume < chunk else chunk - m + 1)
        budget[0] = budget[0] - i - 1 if budget[0] > i + 1 else 0
        if found < chunk:
            c.start = c.position + found
            c.end = c.start + m
            c.position = c.end
            return SEARCH_FOUND
        c.position += i
        if resume < chunk and s.failure != NULL:
            c.slow = True
            c.state = 0
    # the linear way; c.state bytes before c.position agree with the pattern
    k = c.state
    i = c.position
    chunk = end if end - i <= budget[0] else i + budget[0]
    while i < chunk:
        while k > 0 and text[i] != s.pattern[k]:
            k = s.failure[k - 1]
        if text[i] == s.pattern[k]:
            k += 1
        i += 1
        if k == m:
            budget[0] -= i - c.position
            c.position = i
            c.start = i - m
            c.end = i
            c.state = 0
            return SEARCH_FOUND
    budget[0] -= i - c.position
    c.position = i
    c.state = k
    return SEARCH_NONE if i == end else SEARCH_AGAIN


# --- many patterns ----------------------------------------------------------------------------------

cdef uint32_t trie_child(const Search* s, uint32_t state, uint8_t byte) noexcept nogil:
    cdef uint32_t k
    if state == 0:
        return s.root[byte]
    k = s.child[state]
    while k != 0 and s.label[k] != byte:
        k = s.sibling[k]
    return k


cdef uint32_t step_by_links(const Search* s, uint32_t state, uint8_t byte) noexcept nogil:
    cdef uint32_t k
    while True:
        k = trie_child(s, state, byte)
        if k != 0 or state == 0:
            return k
        state = s.fail[state]


cdef bint build_automaton(Search* s, const uint8_t** patterns, const size_t* sizes, size_t n) noexcept nogil:
    cdef size_t total = 1, i, j
    cdef uint32_t state, k, f, used = 1, cls
    cdef uint32_t* queue
    cdef size_t head = 0, tail = 0
    cdef uint8_t b
    cdef bint seen[256]
    for i in range(n):
        total += sizes[i]
    if total >= (<size_t>1 << 31):
        return False
    s.depth = <uint32_t*>calloc(total, sizeof(uint32_t))
    s.out = <uint32_t*>calloc(total, sizeof(uint32_t))
    s.fail = <uint32_t*>calloc(total, sizeof(uint32_t))
    s.child = <uint32_t*>calloc(total, sizeof(uint32_t))
    s.sibling = <uint32_t*>calloc(total, sizeof(uint32_t))
    s.label = <uint8_t*>calloc(total, 1)
    queue = <uint32_t*>malloc(total * sizeof(uint32_t))
    if s.depth == NULL or s.out == NULL or s.fail == NULL or s.child == NULL or s.sibling == NULL or s.label == NULL or queue == NULL:
        free(queue)
        return False
    memset(s.root, 0, sizeof(s.root))
    memset(seen, 0, sizeof(seen))
    for i in range(n):
        state = 0
        for j in range(sizes[i]):
            b = patterns[i][j]
            seen[b] = True
            k = trie_child(s, state, b)
            if k == 0:
                k = used
                used += 1
                s.label[k] = b
                s.depth[k] = s.depth[state] + 1
                s.sibling[k] = s.child[state]
                s.child[state] = k
                if state == 0:
                    s.root[b] = k
            state = k
        s.out[state] = <uint32_t>sizes[i]
    s.state_count = used
    # Breadth first: a state's failure link is shallower, so it is complete when it is needed. A state
    # without a pattern of its own takes over what ends at its failure link.
    k = s.child[0]
    while k != 0:
        queue[tail] = k
        tail += 1
        k = s.sibling[k]
    while head < tail:
        state = queue[head]
        head += 1
        if s.out[state] == 0:
            s.out[state] = s.out[s.fail[state]]
        k = s.child[state]
        while k != 0:
            s.fail[k] = step_by_links(s, s.fail[state], s.label[k])
            queue[tail] = k
            tail += 1
            k = s.sibling[k]
    # Bytes in no pattern share class 0.
    cls = 1
    for i in range(256):
        s.skip[i] = s.root[i] == 0
        s.byte_class[i] = 0
        if seen[i]:
            s.byte_class[i] = <uint16_t>cls
            cls += 1
    s.class_count = cls
    if <uint64_t>used * cls <= DENSE_ENTRIES:
        s.next = <uint32_t*>calloc(<size_t>used * cls, sizeof(uint32_t))
        if s.next != NULL:
            for i in range(256):
                s.next[s.byte_class[i]] = s.root[i]
            for j in range(tail):
                state = queue[j]
                f = s.fail[state]
                memcpy(s.next + <size_t>state * cls, s.next + <size_t>f * cls, cls * sizeof(uint32_t))
                k = s.child[state]
                while k != 0:
                    s.next[<size_t>state * cls + s.byte_class[s.label[k]]] = k
                    k = s.sibling[k]
    free(queue)
    return True


cdef int find_many(const Search* s, const uint8_t* text, size_t end, SearchCursor* c, size_t* budget) noexcept nogil:
    cdef size_t i = c.position
    cdef size_t stop = end if end - i <= budget[0] else i + budget[0]
    cdef size_t from_ = i, start
    cdef uint32_t state = c.state
    cdef uint32_t* next_ = s.next
    cdef uint32_t classes = s.class_count
    while i < stop:
        if state == 0 and not c.found:
            while i < stop and s.skip[text[i]]:
                i += 1
            if i == stop:
                break
        if next_ != NULL:
            state = next_[<size_t>state * classes + s.byte_class[text[i]]]
        else:
            state = step_by_links(s, state, text[i])
        i += 1
        # All that the automaton still holds begins behind the best match: nothing can beat it.
        if c.found and i - s.depth[state] > c.start:
            budget[0] -= i - from_
            c.position = c.end
            c.state = 0
            c.found = False
            return SEARCH_FOUND
        if s.out[state] != 0:
            start = i - s.out[state]
            if not c.found or start <= c.start:
                c.found = True
                c.start = start
                c.end = i
    budget[0] -= i - from_
    c.position = i
    c.state = state
    if i < end:
        return SEARCH_AGAIN
    if c.found:
        c.position = c.end
        c.state = 0
        c.found = False
        return SEARCH_FOUND
    return SEARCH_NONE


# --- both -------------------------------------------------------------------------------------------

cdef void search_clear(Search* s) noexcept nogil:
    if s.pattern_owned:
        free(<void*>s.pattern)
    free(s.failure)
    free(s.next)
    free(s.depth)
    free(s.out)
    free(s.fail)
    free(s.child)
    free(s.sibling)
    free(s.label)


cdef void destroy(Magic* m) noexcept nogil:
    search_clear(<Search*>m)
    free(m)


cdef void search_release(Search* s) noexcept nogil:
    if en_sub64(&s.magic.refc, 1) == 1:
        destroy(&s.magic)


cdef Search* search_compile(const uint8_t** patterns, const size_t* sizes, size_t n) noexcept nogil:
    cdef Search* s = <Search*>calloc(1, sizeof(Search))
    cdef uint8_t* copy
    cdef size_t i
    cdef bint good = True
    if s == NULL:
        return NULL
    if n == 1:
        copy = <uint8_t*>malloc(sizes[0])
        if copy == NULL:
            free(s)
            return NULL
        memcpy(copy, patterns[0], sizes[0])
        search_borrow(s, copy, sizes[0])
        s.pattern_owned = True
        if sizes[0] > SHORT_PATTERN:
            s.failure = failure_table(copy, sizes[0])
            good = s.failure != NULL or sizes[0] >= (<size_t>1 << 32)
    else:
        s.kind = SEARCH_MANY
        s.count = n
        s.shortest = <size_t>-1
        for i in range(n):
            if sizes[i] < s.shortest:
                s.shortest = sizes[i]
            if sizes[i] > s.longest:
                s.longest = sizes[i]
        good = build_automaton(s, patterns, sizes, n)
    s.magic.refc = 1
    s.magic.destructor = destroy
    s.magic.type = SEARCH_MAGIC
    if not good:
        destroy(&s.magic)
        return NULL
    return s


cdef void search_start(SearchCursor* c, size_t position) noexcept nogil:
    memset(c, 0, sizeof(SearchCursor))
    c.position = position


cdef int search_next(const Search* s, const uint8_t* text, size_t end, SearchCursor* c, size_t* budget) noexcept nogil:
    if s.kind == SEARCH_MANY:
        return find_many(s, text, end, c, budget)
    return find_one(s, text, end, c, budget)


cdef uint64_t turn = TURN_MAX           # atomic


cdef size_t search_turn() noexcept nogil:
    return en_load64_rlx(&turn)


cdef size_t search_turn_set(size_t bytes_) noexcept nogil:
    cdef size_t before = en_load64_rlx(&turn)
    en_store64_rel(&turn, bytes_ if bytes_ != 0 else TURN_MAX)
    return before

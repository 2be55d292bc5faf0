"""Maps: finding, putting, removing, merging, building in bulk, iterating.

Invariants: a flat map's keys are in term order (integers before floats) and distinct. A trie has more
than MAP_FLAT_MAX pairs; a node below its root has at least two pairs below it, so a lone pair is
always a leaf of the deepest node that its key shares with another key. With that, the shape of a trie
depends only on its keys, never on the history of the map.

The slot of a key at level n is four bits of its hash, lowest first; every eight levels the 32 bits are
used up and the key is hashed again with the next salt. Put and remove copy the path only.

Read next: compare.pxd for order and hashes, bif/maps.pyx for the Erlang side.
"""
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memmove, memset
from enigma.term.core cimport Term, en_popcount64
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.compare cimport term_compare_exact, term_hash, term_hash_salted, term_identical
from enigma.term.mixing cimport INTERNAL_SALT, hash_immediate


# --- nodes -------------------------------------------------------------------------------------------

cdef inline unsigned int node_bitmap(Term* node) noexcept nogil: return <unsigned int>(small_value(node[1]) & 0xFFFF)
cdef inline word node_count(Term* node) noexcept nogil: return <word>(small_value(node[1]) >> 16)
cdef inline word node_children(Term* node) noexcept nogil: return header_size(node[0]) - 1
cdef inline Term node_info(word count, unsigned int bitmap) noexcept nogil: return make_small(<int64_t>((count << 16) | bitmap))
cdef inline word child_count(Term child) noexcept nogil: return 1 if term_is_list(child) else node_count(boxed_ptr(child))

# Where the child of a slot stands (or would stand) among a node's children.
cdef inline int child_index(unsigned int bitmap, unsigned int bit) noexcept nogil:
    return en_popcount64(bitmap & (bit - 1))


cdef inline uint32_t hash_at(Term key, int level) noexcept nogil:
    if level < 8:
        return (hash_immediate(<uint32_t>INTERNAL_SALT, key) if term_is_immed(key) else term_hash(key)) >> (4 * level)
    return term_hash_salted(key, <uint32_t>(level >> 3)) >> (4 * (level & 7))


# The hash as seen one level further down; `level` is the new one.
cdef inline uint32_t hash_down(uint32_t hx, Term key, int level) noexcept nogil:
    if level & 7:
        return hx >> 4
    return term_hash_salted(key, <uint32_t>(level >> 3))


cdef void heap_fill(Term* p, size_t words) noexcept nogil:
    if words == 1:
        p[0] = make_header(T_TUPLE, 0)
    elif words > 1:
        p[0] = make_header(T_HEAP_BITS, words - 1)
        p[1] = 0


# --- flat maps ---------------------------------------------------------------------------------------

# Allocates keys tuple and map for n pairs in one run; values and keys are left to the caller.
cdef inline Term flat_new(Heap* h, word n, Term** keys, Term** values) noexcept nogil:
    cdef Term* p = heap_alloc(h, 3 + 2 * n)
    if p == NULL:
        return 0
    p[0] = make_header(T_TUPLE, n)
    keys[0] = p + 1
    p[n + 1] = make_header(T_MAP_FLAT, n + 1)
    p[n + 2] = make_boxed(p)
    values[0] = p + n + 3
    return make_boxed(p + n + 1)


# A flat map that shares the keys of `map`; values are left to the caller.
cdef inline Term flat_like(Heap* h, Term map, word n, Term** values) noexcept nogil:
    cdef Term* p = heap_alloc(h, 2 + n)
    if p == NULL:
        return 0
    p[0] = make_header(T_MAP_FLAT, n + 1)
    p[1] = flat_map_keys(map)
    values[0] = p + 2
    return make_boxed(p)


cdef inline Py_ssize_t flat_index(Term map, Term key) noexcept nogil:
    cdef Term* keys = tuple_elements(flat_map_keys(map))
    cdef word n = map_size(map)
    cdef word i
    if term_is_immed(key):
        for i in range(n):
            if keys[i] == key:
                return <Py_ssize_t>i
    else:
        for i in range(n):
            if term_identical(keys[i], key):
                return <Py_ssize_t>i
    return -1


# Where an absent key belongs: the first index whose key is greater. `step` is the distance of keys.
cdef inline word lower_bound(Term* keys, word n, int step, Term key, bint* equal) noexcept nogil:
    cdef word lo = 0
    cdef word hi = n
    cdef word mid
    cdef int c
    equal[0] = False
    if n != 0:                  # often the pairs come in order
        c = term_compare_exact(key, keys[(n - 1) * step])
        if c > 0:
            return n
        if c == 0:
            equal[0] = True
            return n - 1
        hi = n - 1
    while lo < hi:
        mid = (lo + hi) >> 1
        c = term_compare_exact(key, keys[mid * step])
        if c == 0:
            equal[0] = True
            return mid
        if c < 0:
            hi = mid
        else:
            lo = mid + 1
    return lo


cdef Term map_empty(Heap* h) noexcept nogil:
    cdef Term* keys
    cdef Term* values
    return flat_new(h, 0, &keys, &values)


cdef Term flat_put(Heap* h, Term map, Term key, Term value, bint only_update, bint* found) noexcept nogil:
    cdef word n = map_size(map)
    cdef Term* keys = tuple_elements(flat_map_keys(map))
    cdef Term* values = flat_map_values(map)
    cdef Term* new_keys
    cdef Term* new_values
    cdef Term pairs[2 * MAP_FLAT_MAX + 2]
    cdef Py_ssize_t i = flat_index(map, key)
    cdef word at, k
    cdef Term result
    cdef bint equal
    found[0] = i >= 0
    if i >= 0:
        if values[i] == value:
            return map
        result = flat_like(h, map, n, &new_values)
        if result != 0:
            memcpy(new_values, values, n * sizeof(Term))
            new_values[i] = value
        return result
    if only_update:
        return 0
    if n >= MAP_FLAT_MAX:
        for k in range(n):
            pairs[2 * k] = keys[k]
            pairs[2 * k + 1] = values[k]
        pairs[2 * n] = key
        pairs[2 * n + 1] = value
        return map_from_pairs(h, pairs, n + 1)
    at = lower_bound(keys, n, 1, key, &equal)
    result = flat_new(h, n + 1, &new_keys, &new_values)
    if result == 0:
        return 0
    memcpy(new_keys, keys, at * sizeof(Term))
    memcpy(new_values, values, at * sizeof(Term))
    new_keys[at] = key
    new_values[at] = value
    memcpy(new_keys + at + 1, keys + at, (n - at) * sizeof(Term))
    memcpy(new_values + at + 1, values + at, (n - at) * sizeof(Term))
    return result


cdef Term flat_remove(Heap* h, Term map, Term key) noexcept nogil:
    cdef word n = map_size(map)
    cdef Term* keys = tuple_elements(flat_map_keys(map))
    cdef Term* values = flat_map_values(map)
    cdef Term* new_keys
    cdef Term* new_values
    cdef Py_ssize_t i = flat_index(map, key)
    cdef Term result
    if i < 0:
        return map
    result = flat_new(h, n - 1, &new_keys, &new_values)
    if result == 0:
        return 0
    memcpy(new_keys, keys, i * sizeof(Term))
    memcpy(new_values, values, i * sizeof(Term))
    memcpy(new_keys + i, keys + i + 1, (n - 1 - i) * sizeof(Term))
    memcpy(new_values + i, values + i + 1, (n - 1 - i) * sizeof(Term))
    return result


# Sorts pairs in place, later ones replacing earlier ones of the same key; n <= MAP_FLAT_MAX.
cdef Term flat_from_pairs(Heap* h, Term* pairs, word n) noexcept nogil:
    cdef word m = 0
    cdef word i, at
    cdef Term key, value, result
    cdef Term* keys
    cdef Term* values
    cdef bint equal
    for i in range(n):
        key = pairs[2 * i]
        value = pairs[2 * i + 1]
        at = lower_bound(pairs, m, 2, key, &equal)
        if not equal:
            memmove(pairs + 2 * at + 2, pairs + 2 * at, 2 * (m - at) * sizeof(Term))
            pairs[2 * at] = key
            m += 1
        pairs[2 * at + 1] = value
    result = flat_new(h, m, &keys, &values)
    if result == 0:
        return 0
    for i in range(m):
        keys[i] = pairs[2 * i]
        values[i] = pairs[2 * i + 1]
    return result


# --- tries: finding and putting ------------------------------------------------------------------------

# The leaf of a key below `node`, which stands at `level`; NULL if it is absent.
cdef Term* trie_leaf(Term* node, Term key, int level) noexcept nogil:
    cdef uint32_t hx = hash_at(key, level)
    cdef unsigned int bitmap, bit
    cdef Term child
    while True:
        bitmap = node_bitmap(node)
        bit = 1 << (hx & 15)
        if not bitmap & bit:
            return NULL
        child = node[2 + child_index(bitmap, bit)]
        if term_is_list(child):
            node = list_cell(child)
            return node if term_identical(node[0], key) else NULL
        node = boxed_ptr(child)
        level += 1
        hx = hash_down(hx, key, level)


# Copies the path nodes[0..depth-1] to *hp with the child at index[] replaced by `child`.
cdef inline Term copy_path(Term** hp, Term** nodes, int* index, int depth, Term child, int64_t change) noexcept nogil:
    cdef Term* p = hp[0]
    cdef Term* node
    cdef word k
    while depth > 0:
        depth -= 1
        node = nodes[depth]
        k = node_children(node)
        memcpy(p, node, (2 + k) * sizeof(Term))
        p[1] = node_info(node_count(node) + <word>change, node_bitmap(node))
        p[2 + index[depth]] = child
        child = make_boxed(p)
        p += 2 + k
    hp[0] = p
    return child


# Nodes for two leaves that share all slots above `level`: *chain single-child nodes, then one with both.
# False if their hashes agree too far down.
cdef inline bint split_measure(Term key_a, uint32_t ha, Term key_b, uint32_t hb, int level, int* chain) noexcept nogil:
    cdef int n = 0
    while ((ha ^ hb) & 15) == 0:
        level += 1
        n += 1
        if level >= MAP_LEVELS_MAX:
            return False
        ha = hash_down(ha, key_a, level)
        hb = hash_down(hb, key_b, level)
    chain[0] = n
    return True


# Fills chain * 3 + 4 words at *hp.
cdef inline Term split_build(Term** hp, Term leaf_a, Term leaf_b, int level, int chain) noexcept nogil:
    cdef Term key_a = list_head(leaf_a)
    cdef Term key_b = list_head(leaf_b)
    cdef uint32_t ha = hash_at(key_a, level + chain)
    cdef uint32_t hb = hash_at(key_b, level + chain)
    cdef Term* p = hp[0]
    cdef Term child
    cdef int i
    p[0] = make_header(T_MAP_NODE, 3)
    p[1] = node_info(2, (1 << (ha & 15)) | (1 << (hb & 15)))
    if (ha & 15) < (hb & 15):
        p[2] = leaf_a
        p[3] = leaf_b
    else:
        p[2] = leaf_b
        p[3] = leaf_a
    child = make_boxed(p)
    p += 4
    for i in range(chain - 1, -1, -1):
        p[0] = make_header(T_MAP_NODE, 2)
        p[1] = node_info(2, 1 << (hash_at(key_a, level + i) & 15))
        p[2] = child
        child = make_boxed(p)
        p += 3
    hp[0] = p
    return child


# Puts a pair below `root`, which stands at `level`. `leaf` is the pair's cell if there is one already.
cdef Term trie_put(Heap* h, Term root, Term key, Term value, Term leaf, int level, bint only_update,
                   bint* found) noexcept nogil:
    cdef Term* nodes[MAP_LEVELS_MAX + 1]
    cdef int index[MAP_LEVELS_MAX + 1]
    cdef Term* node = boxed_ptr(root)
    cdef Term* hp
    cdef Term* p
    cdef Term child = 0
    cdef Term old = 0
    cdef uint32_t hx = hash_at(key, level)
    cdef unsigned int bitmap, bit
    cdef int depth = 0
    cdef int chain = 0
    cdef int at = level
    cdef int i
    cdef word k
    cdef size_t words = 0 if leaf else 2
    cdef uint32_t ho
    found[0] = False
    while True:
        if at >= MAP_LEVELS_MAX:
            return 0
        bitmap = node_bitmap(node)
        bit = 1 << (hx & 15)
        nodes[depth] = node
        index[depth] = child_index(bitmap, bit)
        depth += 1
        words += 2 + node_children(node)
        if not bitmap & bit:
            words += 1
            break
        child = node[2 + index[depth - 1]]
        if term_is_list(child):
            old = child
            break
        node = boxed_ptr(child)
        at += 1
        hx = hash_down(hx, key, at)
    if old != 0:
        if term_identical(list_head(old), key):
            found[0] = True
            if list_tail(old) == value:
                return root
        else:
            if only_update:
                return 0
            if at + 1 >= MAP_LEVELS_MAX:
                return 0
            hx = hash_down(hx, key, at + 1)
            ho = hash_at(list_head(old), at + 1)
            if not split_measure(key, hx, list_head(old), ho, at + 1, &chain):
                return 0
            words += 3 * chain + 4
    elif only_update:
        return 0
    hp = heap_alloc(h, words)
    if hp == NULL:
        return 0
    if leaf == 0:
        leaf = cons(hp, key, value)
        hp += 2
    if found[0]:
        return copy_path(&hp, nodes, index, depth, leaf, 0)
    if old != 0:
        child = split_build(&hp, leaf, old, at + 1, chain)
        return copy_path(&hp, nodes, index, depth, child, 1)
    # A new slot in the last node.
    depth -= 1
    node = nodes[depth]
    k = node_children(node)
    i = index[depth]
    p = hp
    p[0] = make_header(T_MAP_NODE, k + 2)
    p[1] = node_info(node_count(node) + 1, node_bitmap(node) | bit)
    memcpy(p + 2, node + 2, i * sizeof(Term))
    p[2 + i] = leaf
    memcpy(p + 3 + i, node + 2 + i, (k - i) * sizeof(Term))
    hp = p + 3 + k
    return copy_path(&hp, nodes, index, depth, make_boxed(p), 1)


# --- tries: removing -----------------------------------------------------------------------------------

cdef Term trie_remove(Heap* h, Term map, Term key) noexcept nogil:
    cdef Term* nodes[MAP_LEVELS_MAX + 1]
    cdef int index[MAP_LEVELS_MAX + 1]
    cdef unsigned int bits[MAP_LEVELS_MAX + 1]
    cdef Term pairs[2 * MAP_FLAT_MAX + 2]
    cdef MapIter it
    cdef Term* node = boxed_ptr(map)
    cdef Term* hp
    cdef Term* p
    cdef Term child, k, v
    cdef uint32_t hx = term_hash(key)
    cdef unsigned int bitmap, bit
    cdef int depth = 0
    cdef int i, lone
    cdef word n, size
    cdef size_t words = 0
    while True:
        bitmap = node_bitmap(node)
        bit = 1 << (hx & 15)
        if depth >= MAP_LEVELS_MAX or not bitmap & bit:
            return map
        nodes[depth] = node
        bits[depth] = bit
        index[depth] = child_index(bitmap, bit)
        child = node[2 + index[depth]]
        depth += 1
        if term_is_list(child):
            if not term_identical(list_head(child), key):
                return map
            break
        node = boxed_ptr(child)
        hx = hash_down(hx, key, depth)
    size = node_count(nodes[0])
    if size - 1 <= MAP_FLAT_MAX:
        n = 0
        map_iter_init(&it, map)
        while map_iter_next(&it, &k, &v):
            if n <= MAP_FLAT_MAX and not (k == list_head(child) and v == list_tail(child)):
                pairs[2 * n] = k
                pairs[2 * n + 1] = v
                n += 1
        return flat_from_pairs(h, pairs, n)
    # The topmost node below the root with just one other pair gives way to that pair's leaf.
    lone = 1
    while lone < depth and node_count(nodes[lone]) != 2:
        lone += 1
    for i in range(lone if lone < depth else depth):
        words += 2 + node_children(nodes[i])
    if lone < depth:
        hp = heap_alloc(h, words)
        if hp == NULL:
            return 0
        # In a chain of single children the other leaf stands in the last node.
        node = nodes[depth - 1]
        child = node[2] if index[depth - 1] == 1 else node[3]
        return copy_path(&hp, nodes, index, lone, child, -1)
    # The last node loses a slot; it keeps others, or it is the root.
    hp = heap_alloc(h, words - 1)
    if hp == NULL:
        return 0
    depth -= 1
    node = nodes[depth]
    n = node_children(node)
    i = index[depth]
    p = hp
    p[0] = make_header(T_MAP_NODE, n)
    p[1] = node_info(node_count(node) - 1, node_bitmap(node) & ~bits[depth])
    memcpy(p + 2, node + 2, i * sizeof(Term))
    memcpy(p + 2 + i, node + 3 + i, (n - 1 - i) * sizeof(Term))
    hp = p + 1 + n
    return copy_path(&hp, nodes, index, depth, make_boxed(p), -1)


# --- bulk building ---------------------------------------------------------------------------------------

# One key on its way into a trie: `path` has the slots of the current eight levels, top level first.
cdef struct Entry:
    uint32_t path
    uint32_t pair            # index into pairs

cdef struct Builder:
    Heap* heap
    Term* top                # measured room for nodes and leaves
    Term* end
    Term* pairs
    Entry* entries
    Term* leaves             # room for all leaves, in the order of the pairs; NULL: each is allocated
    bint failed


cdef inline uint32_t hash_to_path(uint32_t h) noexcept nogil:   # reverses the order of the nibbles
    h = ((h & 0x0F0F0F0F) << 4) | ((h >> 4) & 0x0F0F0F0F)
    h = ((h & 0x00FF00FF) << 8) | ((h >> 8) & 0x00FF00FF)
    return (h << 16) | (h >> 16)


cdef inline Term* builder_alloc(Builder* b, size_t words) noexcept nogil:
    cdef Term* p = b.top
    if <size_t>(b.end - p) >= words:
        b.top = p + words
        return p
    p = heap_alloc(b.heap, words)
    if p == NULL:
        b.failed = True
    return p


# Stable radix sort by path.
cdef void sort_entries(Entry* a, Entry* temp, size_t n) noexcept nogil:
    cdef size_t counts[256]
    cdef size_t i, sum_, c
    cdef int shift
    cdef Entry* swap
    for shift in range(0, 32, 8):
        memset(counts, 0, sizeof(counts))
        for i in range(n):
            counts[(a[i].path >> shift) & 0xFF] += 1
        sum_ = 0
        for i in range(256):
            c = counts[i]
            counts[i] = sum_
            sum_ += c
        for i in range(n):
            c = (a[i].path >> shift) & 0xFF
            temp[counts[c]] = a[i]
            counts[c] += 1
        swap = a
        a = temp
        temp = swap


# Of entries with the same path (so probably the same key) keeps one a key, the latest.
cdef size_t drop_duplicates(Builder* b, size_t n) noexcept nogil:
    cdef Entry* e = b.entries
    cdef size_t out = 0
    cdef size_t run = 0      # first kept entry with the current path
    cdef size_t i, j
    cdef Term key
    for i in range(n):
        if out == 0 or e[i].path != e[out - 1].path:
            run = out
            e[out] = e[i]
            out += 1
            continue
        key = b.pairs[2 * <size_t>e[i].pair]
        j = run
        while j < out and not term_identical(b.pairs[2 * <size_t>e[j].pair], key):
            j += 1
        e[j] = e[i]
        if j == out:
            out += 1
    return out


# The subtree of entries lo..hi-1, which share all slots above `level`. Depth is bounded by MAP_LEVELS_MAX.
cdef Term build(Builder* b, size_t lo, size_t hi, int level) noexcept nogil:
    cdef Entry* e = b.entries
    cdef Entry entry
    cdef Term* p
    cdef Term* pair
    cdef Term child
    cdef size_t i, j
    cdef unsigned int bitmap = 0
    cdef unsigned int slot
    cdef int shift = 28 - 4 * (level & 7)
    cdef int k = 0
    if hi - lo == 1:
        if b.leaves != NULL:
            p = b.leaves + 2 * <size_t>e[lo].pair
        else:
            p = builder_alloc(b, 2)
            if p == NULL:
                return 0
        pair = b.pairs + 2 * <size_t>e[lo].pair
        return cons(p, pair[0], pair[1])
    if level >= MAP_LEVELS_MAX:
        b.failed = True
        return 0
    if (level & 7) == 0 and level > 0:      # keys whose hashes collide: few
        for i in range(lo, hi):
            entry = e[i]
            entry.path = hash_to_path(term_hash_salted(b.pairs[2 * <size_t>entry.pair], <uint32_t>(level >> 3)))
            j = i
            while j > lo and e[j - 1].path > entry.path:
                e[j] = e[j - 1]
                j -= 1
            e[j] = entry
    for i in range(lo, hi):
        bitmap |= 1 << ((e[i].path >> shift) & 15)
    p = builder_alloc(b, 2 + en_popcount64(bitmap))
    if p == NULL:
        return 0
    p[0] = make_header(T_MAP_NODE, 1 + en_popcount64(bitmap))
    p[1] = node_info(hi - lo, bitmap)
    i = lo
    while i < hi:
        slot = (e[i].path >> shift) & 15
        j = i + 1
        while j < hi and ((e[j].path >> shift) & 15) == slot:
            j += 1
        child = build(b, i, j, level + 1)
        if child == 0:
            return 0
        p[2 + k] = child
        k += 1
        i = j
    return make_boxed(p)


# Words of the trie of n sorted entries: a node for every run of two or more entries with a common
# prefix. Exact unless hashes collide; build allocates what is missing.
cdef size_t measure(Entry* e, size_t n) noexcept nogil:
    cdef size_t nodes = 0
    cdef size_t i
    cdef int depth
    cdef int last = -1
    cdef uint32_t x
    for i in range(1, n):
        x = e[i - 1].path ^ e[i].path
        depth = 7
        while depth > 0 and (x >> (32 - 4 * depth)) != 0:
            depth -= 1
        if depth > last:
            nodes += <size_t>(depth - last)
        last = depth
    return 2 * nodes + (nodes - 1) + n + 2 * n


cdef Term map_from_pairs(Heap* h, Term* pairs, size_t n) noexcept nogil:
    cdef Builder b
    cdef Entry* temp
    cdef size_t i, words, count
    cdef Term result = 0
    cdef Term few[2 * MAP_FLAT_MAX]
    if n <= MAP_FLAT_MAX:
        return flat_from_pairs(h, pairs, n)
    if n >= (<size_t>1 << 31):
        return 0
    b.heap = h
    b.pairs = pairs
    b.leaves = NULL
    b.failed = False
    b.entries = <Entry*>malloc(2 * n * sizeof(Entry))
    if b.entries == NULL:
        return 0
    temp = b.entries + n
    for i in range(n):
        b.entries[i].path = hash_to_path(hash_at(pairs[2 * i], 0))
        b.entries[i].pair = <uint32_t>i
    sort_entries(b.entries, temp, n)
    count = drop_duplicates(&b, n)
    if count <= MAP_FLAT_MAX:
        for i in range(count):
            few[2 * i] = pairs[2 * <size_t>b.entries[i].pair]
            few[2 * i + 1] = pairs[2 * <size_t>b.entries[i].pair + 1]
        free(b.entries)
        return flat_from_pairs(h, few, count)
    words = measure(b.entries, count)
    b.top = heap_alloc(h, words)
    if b.top != NULL:
        b.end = b.top + words
        if count == n:          # leaves in the order of the pairs, in which they often are looked up
            b.leaves = b.top
            b.top += 2 * n
        result = build(&b, 0, count, 0)
        heap_fill(b.top, <size_t>(b.end - b.top))
        if b.failed and b.leaves != NULL:
            heap_fill(b.leaves, 2 * n)
    free(b.entries)
    return 0 if b.failed else result


# --- the interface ---------------------------------------------------------------------------------------

cdef Term* map_find(Term map, Term key) noexcept nogil:
    cdef Py_ssize_t i
    cdef Term* leaf
    if boxed_kind(map) == T_MAP_FLAT:
        i = flat_index(map, key)
        return flat_map_values(map) + i if i >= 0 else NULL
    leaf = trie_leaf(boxed_ptr(map), key, 0)
    return leaf + 1 if leaf != NULL else NULL


cdef Term map_put(Heap* h, Term map, Term key, Term value) noexcept nogil:
    cdef bint found
    if boxed_kind(map) == T_MAP_FLAT:
        return flat_put(h, map, key, value, False, &found)
    return trie_put(h, map, key, value, 0, 0, False, &found)


cdef Term map_update(Heap* h, Term map, Term key, Term value, bint* found) noexcept nogil:
    if boxed_kind(map) == T_MAP_FLAT:
        return flat_put(h, map, key, value, True, found)
    return trie_put(h, map, key, value, 0, 0, True, found)


cdef Term map_remove(Heap* h, Term map, Term key) noexcept nogil:
    if boxed_kind(map) == T_MAP_FLAT:
        return flat_remove(h, map, key)
    return trie_remove(h, map, key)


# --- merging ---------------------------------------------------------------------------------------------

# Merges two subtrees (leaf or node each) that stand at `level`; shares what only one side has.
cdef Term trie_merge(Heap* h, Term a, Term b, int level) noexcept nogil:
    cdef Term* pa
    cdef Term* pb
    cdef Term* p
    cdef Term children[16]
    cdef Term child
    cdef unsigned int ma, mb, bit
    cdef int chain, k, ia, ib
    cdef word count
    cdef bint found, same_a, same_b
    if a == b:
        return b
    if term_is_list(b):
        if not term_is_list(a):
            return trie_put(h, a, list_head(b), list_tail(b), b, level, False, &found)
        if term_identical(list_head(a), list_head(b)):
            return b
        if level >= MAP_LEVELS_MAX:
            return 0
        if not split_measure(list_head(a), hash_at(list_head(a), level),
                             list_head(b), hash_at(list_head(b), level), level, &chain):
            return 0
        p = heap_alloc(h, 3 * chain + 4)
        return split_build(&p, a, b, level, chain) if p != NULL else 0
    if term_is_list(a):
        if trie_leaf(boxed_ptr(b), list_head(a), level) != NULL:
            return b
        return trie_put(h, b, list_head(a), list_tail(a), a, level, False, &found)
    pa = boxed_ptr(a)
    pb = boxed_ptr(b)
    ma = node_bitmap(pa)
    mb = node_bitmap(pb)
    same_a = ma & mb == mb
    same_b = ma & mb == ma
    k = ia = ib = 0
    count = 0
    bit = 1
    while bit <= 0x8000:
        if ma & mb & bit:
            child = trie_merge(h, pa[2 + ia], pb[2 + ib], level + 1)
            if child == 0:
                return 0
            same_a = same_a and child == pa[2 + ia]
            same_b = same_b and child == pb[2 + ib]
            ia += 1
            ib += 1
        elif ma & bit:
            child = pa[2 + ia]
            ia += 1
        elif mb & bit:
            child = pb[2 + ib]
            ib += 1
        else:
            bit <<= 1
            continue
        children[k] = child
        count += child_count(child)
        k += 1
        bit <<= 1
    if same_b:
        return b
    if same_a:
        return a
    p = heap_alloc(h, 2 + k)
    if p == NULL:
        return 0
    p[0] = make_header(T_MAP_NODE, 1 + k)
    p[1] = node_info(count, ma | mb)
    memcpy(p + 2, children, k * sizeof(Term))
    return make_boxed(p)


cdef Term flat_merge(Heap* h, Term a, Term b) noexcept nogil:
    cdef word na = map_size(a)
    cdef word nb = map_size(b)
    cdef Term* ka = tuple_elements(flat_map_keys(a))
    cdef Term* kb = tuple_elements(flat_map_keys(b))
    cdef Term* va = flat_map_values(a)
    cdef Term* vb = flat_map_values(b)
    cdef Term pairs[4 * MAP_FLAT_MAX]
    cdef word i = 0
    cdef word j = 0
    cdef word n = 0
    cdef Term* keys
    cdef Term* values
    cdef Term result
    cdef int c
    if flat_map_keys(a) == flat_map_keys(b):
        return b
    while i < na or j < nb:
        if i == na:
            c = 1
        elif j == nb:
            c = -1
        else:
            c = 0 if ka[i] == kb[j] else term_compare_exact(ka[i], kb[j])
        if c < 0:
            pairs[2 * n] = ka[i]
            pairs[2 * n + 1] = va[i]
            i += 1
        else:
            pairs[2 * n] = kb[j]
            pairs[2 * n + 1] = vb[j]
            j += 1
            if c == 0:
                i += 1
        n += 1
    if n > MAP_FLAT_MAX:
        return map_from_pairs(h, pairs, n)
    if n == nb:                 # no key of its own in a
        return b
    if n == na:                 # none in b: keep the keys of a
        result = flat_like(h, a, n, &values)
    else:
        result = flat_new(h, n, &keys, &values)
        if result != 0:
            for i in range(n):
                keys[i] = pairs[2 * i]
    if result != 0:
        for i in range(n):
            values[i] = pairs[2 * i + 1]
    return result


cdef Term map_merge(Heap* h, Term a, Term b) noexcept nogil:
    cdef MapIter it
    cdef Term key, value
    if a == b or map_size(a) == 0:
        return b
    if map_size(b) == 0:
        return a
    if boxed_kind(a) == T_MAP_FLAT:
        if boxed_kind(b) == T_MAP_FLAT:
            return flat_merge(h, a, b)
        map_iter_init(&it, a)
        while b != 0 and map_iter_next(&it, &key, &value):
            if trie_leaf(boxed_ptr(b), key, 0) == NULL:
                b = map_put(h, b, key, value)
        return b
    if boxed_kind(b) == T_MAP_FLAT:
        map_iter_init(&it, b)
        while a != 0 and map_iter_next(&it, &key, &value):
            a = map_put(h, a, key, value)
        return a
    return trie_merge(h, a, b, 0)


# --- iterating -------------------------------------------------------------------------------------------

cdef void map_iter_init(MapIter* it, Term map) noexcept nogil:
    it.map = map
    it.index = 0
    it.depth = 0
    if boxed_kind(map) != T_MAP_FLAT:
        it.depth = 1
        it.node[0] = boxed_ptr(map)
        it.slot[0] = 0


cdef bint map_iter_next(MapIter* it, Term* key, Term* value) noexcept nogil:
    cdef Term* node
    cdef Term child
    cdef int d
    if boxed_kind(it.map) == T_MAP_FLAT:
        if it.index >= map_size(it.map):
            return False
        key[0] = tuple_elements(flat_map_keys(it.map))[it.index]
        value[0] = flat_map_values(it.map)[it.index]
        it.index += 1
        return True
    while it.depth > 0:
        d = it.depth - 1
        node = it.node[d]
        if <word>it.slot[d] >= node_children(node):
            it.depth = d
            continue
        child = node[2 + it.slot[d]]
        it.slot[d] += 1
        if term_is_list(child):
            key[0] = list_head(child)
            value[0] = list_tail(child)
            return True
        it.node[d + 1] = boxed_ptr(child)
        it.slot[d + 1] = 0
        it.depth = d + 2
    return False

"""Blocks: from the system to spans, to a central list per size class, to a cache per thread.

A span is SPAN_BYTES of aligned memory cut into blocks of one class; its header, found by masking a
block's address, counts the blocks that are out. A thread allocates from and frees into its own cache
without a lock; refills and flushes move a batch under the lock of the class. Where one thread allocates and
another frees, as with messages, whole batches go from one to the other; what is too much for that goes back to
its spans. A span whose blocks have
all come back goes to the pool, where any class may take it; a pool beyond POOL_SPANS gives the pages
back to the system and keeps the addresses. A thread that ends flushes its cache.

Larger blocks are mapped pages. A few freed ones are kept, since a growing process frees and asks for
nearly the same size at each collection; the rest is unmapped at once.

Invariant: a free small block belongs to exactly one of: a thread's cache, a batch of its class, its span's free
list, or the part of its span that has not been cut yet.

Read next: fragments.pyx and heap.pyx, the users of blocks.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from enigma.term.core cimport (
    Term, en_add64, en_load64_rlx, en_spin_lock, en_spin_unlock, en_store64_rlx,
)

cdef extern from "pthread.h" nogil:
    ctypedef unsigned int pthread_key_t
    int pthread_key_create(pthread_key_t* key, void (*destructor)(void*) noexcept nogil)
    int pthread_setspecific(pthread_key_t key, const void* value)

cdef extern from "enigma/memory.h" nogil:
    int EN_BLOCKS_ARE_MALLOC
    void* en_thread_cache_get() noexcept
    void en_thread_cache_set(void*) noexcept
    void* en_pages_map(size_t) noexcept
    void en_pages_unmap(void*, size_t) noexcept
    void en_pages_discard(void*, size_t) noexcept
    void en_pages_huge(void*, size_t) noexcept

cdef extern from "enigma/core.h" nogil:
    void en_prefetch(const void*) noexcept

cdef enum:
    CLASSES = 41
    SPAN_BYTES = 1 << 18
    SPAN_HEADER = 64            # bytes before a span's first block
    CHUNK_SPANS = 16            # spans asked from the system at once
    BATCHES_MOST = 16           # of a class that wait for the next thread
    POOL_SPANS = 128            # empty spans that keep their memory
    LARGE_KEPT = 32             # freed large blocks kept for reuse, by number,
    LARGE_KEPT_BYTES = 1 << 25  # by their sum,
    LARGE_KEPT_EACH = 1 << 23   # and by the size of one
    HUGE_BYTES = 1 << 22        # blocks from this size ask for huge pages
    PAGE = 4096
    SERIES_MAX = 160

# Words of each class. Heap sizes are among them exactly: 12 38 51 90 142 233 376 610 987 ...
cdef uint32_t[CLASSES] class_words
cdef uint32_t[CLASSES] class_batch      # blocks moved between a cache and the central list at once
cdef uint8_t[1025] class_small          # words -> class, for up to 1024 words
cdef size_t[SERIES_MAX] series
cdef size_t series_count

cdef struct FreeBlock:
    FreeBlock* next
    FreeBlock* next_batch   # of the first of a batch

cdef struct Span:
    Span* next              # central list of its class, or the pool
    Span* prev
    FreeBlock* free         # blocks that came back
    uint32_t size_class
    uint32_t out            # blocks in caches, in batches or in use
    uint32_t cut            # blocks cut so far
    uint32_t capacity       # blocks that fit
    uint32_t listed         # is in the central list

cdef struct Central:
    uint32_t lock
    uint32_t length
    Span* spans             # those with a free block
    FreeBlock* batches      # lists of class_batch blocks each
    uint32_t batch_count

cdef struct ThreadCache:
    ThreadCache* next       # under caches_lock
    ThreadCache* prev
    uint64_t in_use         # bytes allocated less bytes freed by this thread; may wrap, the sum does not
    uint64_t count[CLASSES]
    FreeBlock* free[CLASSES]

cdef struct Kept:
    void* pages
    size_t bytes

cdef Central[CLASSES] central
cdef uint32_t pool_lock = 0
cdef Span* pool_warm = NULL         # with memory
cdef Span* pool_cold = NULL         # pages discarded, addresses kept
cdef uint32_t pool_warm_count = 0
cdef uint32_t caches_lock = 0
cdef ThreadCache* caches = NULL
cdef uint64_t departed_in_use = 0   # in_use of ended threads, and of large blocks; atomic
cdef uint32_t large_lock = 0
cdef Kept[LARGE_KEPT] large_kept    # oldest first
cdef uint32_t large_count = 0
cdef size_t large_bytes = 0
cdef pthread_key_t cache_key


cdef inline int class_of(size_t words) noexcept nogil:
    cdef int k
    if words <= 1024:
        return class_small[words]
    k = class_small[1024]
    while class_words[k] < words:
        k += 1
    return k


# --- spans ------------------------------------------------------------------------------------------

cdef Span* span_map_chunk() noexcept nogil:
    """Maps aligned memory for CHUNK_SPANS spans; returns one, the others go to the cold pool."""
    cdef size_t bytes_ = <size_t>SPAN_BYTES * CHUNK_SPANS
    cdef char* raw = <char*>en_pages_map(bytes_ + SPAN_BYTES)
    cdef char* p
    if raw == NULL:
        return NULL
    p = <char*>((<size_t>raw + SPAN_BYTES - 1) & ~<size_t>(SPAN_BYTES - 1))
    if p > raw:
        en_pages_unmap(raw, p - raw)
    if p < raw + SPAN_BYTES:
        en_pages_unmap(p + bytes_, raw + SPAN_BYTES - p)
    en_spin_lock(&pool_lock)
    push_cold(p, CHUNK_SPANS)
    en_spin_unlock(&pool_lock)
    return <Span*>p


cdef void push_cold(char* first, int count) noexcept nogil:
    """All but the first of `count` neighbouring spans to the cold pool, lowest on top; pool_lock is held."""
    global pool_cold
    cdef int i
    cdef Span* s
    for i in range(count - 1, 0, -1):
        s = <Span*>(first + <size_t>i * SPAN_BYTES)
        s.next = pool_cold
        pool_cold = s


cdef Span* span_take(int k) noexcept nogil:
    """An empty span set up for class k, from the pool or the system."""
    global pool_warm, pool_cold, pool_warm_count
    cdef Span* s
    en_spin_lock(&pool_lock)
    s = pool_warm
    if s != NULL:
        pool_warm = s.next
        pool_warm_count -= 1
    else:
        s = pool_cold
        if s != NULL:
            pool_cold = s.next
    en_spin_unlock(&pool_lock)
    if s == NULL:
        s = span_map_chunk()
        if s == NULL:
            return NULL
    s.free = NULL
    s.size_class = <uint32_t>k
    s.out = 0
    s.cut = 0
    s.capacity = <uint32_t>((SPAN_BYTES - SPAN_HEADER) // (class_words[k] * 8))
    s.listed = 0
    return s


cdef void span_give(Span* s, bint cold) noexcept nogil:
    """An empty span back to the pool."""
    global pool_warm, pool_cold, pool_warm_count
    en_spin_lock(&pool_lock)
    if not cold and pool_warm_count < POOL_SPANS:
        s.next = pool_warm
        pool_warm = s
        pool_warm_count += 1
        en_spin_unlock(&pool_lock)
        return
    en_spin_unlock(&pool_lock)
    en_pages_discard(s, SPAN_BYTES)
    en_spin_lock(&pool_lock)
    s.next = pool_cold
    pool_cold = s
    en_spin_unlock(&pool_lock)


cdef inline void span_list(Central* c, Span* s) noexcept nogil:
    s.prev = NULL
    s.next = c.spans
    if c.spans != NULL:
        c.spans.prev = s
    c.spans = s
    s.listed = 1
    c.length += 1


cdef inline void span_unlist(Central* c, Span* s) noexcept nogil:
    if s.prev != NULL:
        s.prev.next = s.next
    else:
        c.spans = s.next
    if s.next != NULL:
        s.next.prev = s.prev
    s.listed = 0
    c.length -= 1


# --- between a cache and the spans ---------------------------------------------------------------------

cdef bint cache_refill(ThreadCache* cache, int k) noexcept nogil:
    """Moves a batch of blocks of class k into an empty cache list. False: no memory."""
    cdef Central* c = &central[k]
    cdef size_t bytes_ = <size_t>class_words[k] * 8
    cdef uint32_t want = class_batch[k]
    cdef uint32_t moved = 0
    cdef FreeBlock* b
    cdef Span* s
    en_spin_lock(&c.lock)
    b = c.batches
    if b != NULL:
        c.batches = b.next_batch
        c.batch_count -= 1
        en_spin_unlock(&c.lock)
        cache.free[k] = b
        cache.count[k] += want
        return True
    while moved < want:
        s = c.spans
        if s == NULL:
            if moved:
                break
            en_spin_unlock(&c.lock)
            s = span_take(k)
            if s == NULL:
                return False
            en_spin_lock(&c.lock)
            span_list(c, s)
            continue
        while moved < want:
            b = s.free
            if b != NULL:
                s.free = b.next
            elif s.cut < s.capacity:
                b = <FreeBlock*>(<char*>s + SPAN_HEADER + s.cut * bytes_)
                s.cut += 1
            else:
                break
            s.out += 1
            b.next = cache.free[k]
            cache.free[k] = b
            moved += 1
        if s.free == NULL and s.cut == s.capacity:
            span_unlist(c, s)
    en_spin_unlock(&c.lock)
    cache.count[k] += moved
    return True


cdef void spans_take_back(Central* c, FreeBlock** list_, uint64_t n) noexcept nogil:
    """Gives the first n blocks of a list back to their spans."""
    cdef Span* empty = NULL
    cdef Span* s
    cdef FreeBlock* b
    en_spin_lock(&c.lock)
    while n > 0:
        n -= 1
        b = list_[0]
        list_[0] = b.next
        s = <Span*>(<size_t>b & ~<size_t>(SPAN_BYTES - 1))
        b.next = s.free
        s.free = b
        s.out -= 1
        if not s.listed:
            span_list(c, s)
        if s.out == 0 and c.length > 1:
            span_unlist(c, s)
            s.next = empty
            empty = s
    en_spin_unlock(&c.lock)
    while empty != NULL:
        s = empty
        empty = s.next
        span_give(s, False)


cdef bint batch_give(ThreadCache* cache, int k) noexcept nogil:
    """Leaves a batch of class k, which the cache has, to whoever needs one next. False: enough of them wait."""
    cdef Central* c = &central[k]
    cdef FreeBlock* first = cache.free[k]
    cdef FreeBlock* last = first
    cdef uint32_t i
    for i in range(1, class_batch[k]):
        last = last.next
    en_spin_lock(&c.lock)
    if c.batch_count >= BATCHES_MOST:
        en_spin_unlock(&c.lock)
        return False
    cache.free[k] = last.next
    last.next = NULL
    first.next_batch = c.batches
    c.batches = first
    c.batch_count += 1
    en_spin_unlock(&c.lock)
    cache.count[k] -= class_batch[k]
    return True


cdef void cache_flush(ThreadCache* cache, int k, uint64_t keep) noexcept nogil:
    """Gives blocks of class k away until `keep` are left in the cache."""
    while cache.count[k] >= keep + class_batch[k] and batch_give(cache, k):
        pass
    if cache.count[k] > keep:
        spans_take_back(&central[k], &cache.free[k], cache.count[k] - keep)
        cache.count[k] = keep


cdef ThreadCache* cache_new() noexcept nogil:
    """The calling thread's cache, made at its first use. NULL: no memory."""
    global caches
    cdef ThreadCache* cache = <ThreadCache*>calloc(1, sizeof(ThreadCache))
    if cache == NULL:
        return NULL
    en_spin_lock(&caches_lock)
    cache.next = caches
    if caches != NULL:
        caches.prev = cache
    caches = cache
    en_spin_unlock(&caches_lock)
    en_thread_cache_set(cache)
    pthread_setspecific(cache_key, cache)
    return cache


cdef void cache_end(void* argument) noexcept nogil:
    """Runs when a thread ends: what it kept becomes everybody's."""
    global caches
    cdef ThreadCache* cache = <ThreadCache*>argument
    cdef int k
    for k in range(CLASSES):
        if cache.count[k]:
            spans_take_back(&central[k], &cache.free[k], cache.count[k])
    en_spin_lock(&caches_lock)
    if cache.prev != NULL:
        cache.prev.next = cache.next
    else:
        caches = cache.next
    if cache.next != NULL:
        cache.next.prev = cache.prev
    en_add64(&departed_in_use, cache.in_use)
    en_spin_unlock(&caches_lock)
    en_thread_cache_set(NULL)
    free(cache)


# --- large blocks -----------------------------------------------------------------------------------------

cdef inline size_t large_round(size_t words) noexcept nogil:
    """Bytes mapped for a large block: whole pages, and few different sizes so that kept ones fit again."""
    cdef size_t bytes_ = (words * 8 + PAGE - 1) & ~<size_t>(PAGE - 1)
    cdef size_t step = PAGE
    while bytes_ > step * 16:
        step *= 2
    return (bytes_ + step - 1) & ~(step - 1)


cdef Term* large_alloc(size_t words) noexcept nogil:
    global large_count, large_bytes
    cdef size_t bytes_
    cdef void* p = NULL
    cdef uint32_t i
    if words > <size_t>1 << 56:
        return NULL
    bytes_ = large_round(words)
    if bytes_ <= LARGE_KEPT_EACH:
        en_spin_lock(&large_lock)
        i = large_count
        while i > 0:                    # the newest is the likeliest to be in the CPU's caches
            i -= 1
            if large_kept[i].bytes == bytes_:
                p = large_kept[i].pages
                large_bytes -= bytes_
                large_count -= 1
                while i < large_count:
                    large_kept[i] = large_kept[i + 1]
                    i += 1
                break
        en_spin_unlock(&large_lock)
    if p == NULL:
        p = en_pages_map(bytes_)
        if p == NULL:
            return NULL
        if bytes_ >= HUGE_BYTES:
            en_pages_huge(p, bytes_)
    en_add64(&departed_in_use, bytes_)
    return <Term*>p


cdef void large_free(Term* block, size_t words) noexcept nogil:
    global large_count, large_bytes
    cdef size_t bytes_ = large_round(words)
    cdef Kept victim
    cdef uint32_t i
    en_add64(&departed_in_use, <uint64_t>0 - bytes_)
    if bytes_ > LARGE_KEPT_EACH:
        en_pages_unmap(block, bytes_)
        return
    while True:
        victim.pages = NULL
        en_spin_lock(&large_lock)
        if large_count < LARGE_KEPT and large_bytes + bytes_ <= LARGE_KEPT_BYTES:
            large_kept[large_count].pages = block
            large_kept[large_count].bytes = bytes_
            large_count += 1
            large_bytes += bytes_
        else:
            victim = large_kept[0]
            large_count -= 1
            large_bytes -= victim.bytes
            for i in range(large_count):
                large_kept[i] = large_kept[i + 1]
        en_spin_unlock(&large_lock)
        if victim.pages == NULL:
            return
        en_pages_unmap(victim.pages, victim.bytes)


# --- the interface --------------------------------------------------------------------------------------------

cdef Term* block_alloc(size_t words, size_t* got) noexcept nogil:
    """Allocates at least `words` words, uninitialised; never collects."""
    cdef ThreadCache* cache
    cdef FreeBlock* b
    cdef int k
    if EN_BLOCKS_ARE_MALLOC:
        got[0] = words
        if words > <size_t>1 << 40:
            return NULL
        en_add64(&departed_in_use, words * 8)
        return <Term*>malloc(words * 8)
    if words > BLOCK_SMALL_MAX:
        got[0] = words
        return large_alloc(words)
    k = class_of(words)
    cache = <ThreadCache*>en_thread_cache_get()
    if cache == NULL:
        cache = cache_new()
        if cache == NULL:
            return NULL
    b = cache.free[k]
    if b == NULL:
        if not cache_refill(cache, k):
            return NULL
        b = cache.free[k]
    cache.free[k] = b.next
    en_prefetch(b.next)
    cache.count[k] -= 1
    words = class_words[k]
    en_store64_rlx(&cache.in_use, cache.in_use + words * 8)
    got[0] = words
    return <Term*>b


cdef void block_free(Term* block, size_t words) noexcept nogil:
    """Frees a block of any thread; `words` as block_alloc's `got` said."""
    cdef ThreadCache* cache
    cdef FreeBlock* b = <FreeBlock*>block
    cdef Span* s
    cdef int k
    if block == NULL:
        return
    if EN_BLOCKS_ARE_MALLOC:
        en_add64(&departed_in_use, <uint64_t>0 - words * 8)
        free(block)
        return
    if words > BLOCK_SMALL_MAX:
        large_free(block, words)
        return
    k = class_of(words)
    cache = <ThreadCache*>en_thread_cache_get()
    if cache == NULL:
        cache = cache_new()
        if cache == NULL:               # no memory for a cache: straight to the span
            s = <Span*>(<size_t>b & ~<size_t>(SPAN_BYTES - 1))
            en_spin_lock(&central[k].lock)
            b.next = s.free
            s.free = b
            s.out -= 1
            if not s.listed:
                span_list(&central[k], s)
            en_spin_unlock(&central[k].lock)
            en_add64(&departed_in_use, <uint64_t>0 - words * 8)
            return
    b.next = cache.free[k]
    cache.free[k] = b
    cache.count[k] += 1
    en_store64_rlx(&cache.in_use, cache.in_use - words * 8)
    if cache.count[k] > 4 * <uint64_t>class_batch[k]:
        cache_flush(cache, k, 2 * <uint64_t>class_batch[k])


cdef uint64_t block_bytes_in_use() noexcept nogil:
    """Bytes handed out and not freed, over all threads."""
    cdef uint64_t sum_
    cdef ThreadCache* cache
    en_spin_lock(&caches_lock)
    sum_ = en_load64_rlx(&departed_in_use)
    cache = caches
    while cache != NULL:
        sum_ += en_load64_rlx(&cache.in_use)
        cache = cache.next
    en_spin_unlock(&caches_lock)
    return sum_


cdef void block_trim() noexcept nogil:
    """Gives unused memory back to the system; other threads' caches stay with them."""
    global pool_warm, pool_warm_count, large_count, large_bytes
    cdef ThreadCache* cache = <ThreadCache*>en_thread_cache_get()
    cdef Kept victim
    cdef FreeBlock* batch
    cdef Span* s
    cdef int k
    for k in range(CLASSES):
        if cache != NULL and cache.count[k]:
            spans_take_back(&central[k], &cache.free[k], cache.count[k])
            cache.count[k] = 0
        while True:
            en_spin_lock(&central[k].lock)
            batch = central[k].batches
            if batch != NULL:
                central[k].batches = batch.next_batch
                central[k].batch_count -= 1
            en_spin_unlock(&central[k].lock)
            if batch == NULL:
                break
            spans_take_back(&central[k], &batch, class_batch[k])
    while True:
        en_spin_lock(&pool_lock)
        s = pool_warm
        if s != NULL:
            pool_warm = s.next
            pool_warm_count -= 1
        en_spin_unlock(&pool_lock)
        if s == NULL:
            break
        span_give(s, True)
    while True:
        victim.pages = NULL
        en_spin_lock(&large_lock)
        if large_count:
            large_count -= 1
            victim = large_kept[large_count]
            large_bytes -= victim.bytes
        en_spin_unlock(&large_lock)
        if victim.pages == NULL:
            break
        en_pages_unmap(victim.pages, victim.bytes)


cdef size_t heap_next_size(size_t words) noexcept nogil:
    """Each size is the sum of the two before and one; from a million words on, a fifth more."""
    cdef size_t low = 0
    cdef size_t high = series_count - 1
    cdef size_t middle
    if words <= 233:
        high = 5
    if words > series[high]:
        return words
    while low < high:
        middle = (low + high) // 2
        if series[middle] < words:
            low = middle + 1
        else:
            high = middle
    return series[low]


cdef void set_up() noexcept:
    global series_count
    cdef size_t n, w
    cdef int k
    cdef size_t batch
    words = [4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 38, 44, 51, 64, 76, 90, 112, 128, 142, 160, 192,
             233, 288, 320, 376, 448, 512, 610, 736, 864, 987, 1280, 1598, 2048, 2586, 3328, 4185, 5376,
             6772, 10958]
    for k in range(CLASSES):
        class_words[k] = words[k]
        batch = 16384 // (class_words[k] * 8)
        class_batch[k] = <uint32_t>(1 if batch < 1 else 32 if batch > 32 else batch)
    k = 0
    for w in range(1025):
        if w > class_words[k]:
            k += 1
        class_small[w] = <uint8_t>k
    series[0] = 12
    series[1] = 38
    n = 2
    while n < SERIES_MAX and series[n - 1] < <size_t>1 << 55:
        w = series[n - 1]
        series[n] = w + series[n - 2] + 1 if w < 833026 else w + w // 5
        n += 1
    series_count = n
    if pthread_key_create(&cache_key, cache_end) != 0:
        raise MemoryError("no thread key for the block caches")


set_up()

"""Modules, exports, fun entries, BIFs: the tables behind every call; see module.pxd for the rules.

Chained hash tables that only grow; entries never move, so pointers to them stay good for the life of
the VM. Read next: loader.pyx, which fills them.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcmp, memcpy, memmove
from enigma.term.core cimport *
from enigma.term.counts cimport counter_new, counters_free
from enigma.term.pack cimport word
from enigma.term.atom cimport atom_from_cstr
from enigma.term.compare cimport term_hooks
from enigma.term.external cimport ExternalHooks, external_hooks
from enigma.memory.heap cimport literal_area_free
from enigma.code.instructions cimport instruction_label_named

# --- BIFs ---------------------------------------------------------------------------------------------
# Pages of entries, so that a BifEntry never moves; filled while modules are imported (under the import
# lock), only read once a VM runs.
cdef enum:
    BIF_PAGE = 256
    BIF_PAGES = 64
    BIF_BUCKETS = 4096
cdef BifEntry* g_bif_pages[BIF_PAGES]
cdef uint32_t g_bif_index[BIF_BUCKETS]          # 1 + entry number, open addressing
cdef uint32_t* g_bif_table = g_bif_index
cdef size_t g_bif_buckets = BIF_BUCKETS
cdef size_t g_bif_count = 0


cdef inline size_t mix(uint64_t a, uint64_t b, uint64_t c) noexcept nogil:
    cdef uint64_t h = (a >> 6) * 0x9E3779B97F4A7C15UL
    h = (h ^ (h >> 29) ^ (b >> 6)) * 0xBF58476D1CE4E5B9UL
    h = (h ^ (h >> 32) ^ c) * 0x94D049BB133111EBUL
    return <size_t>(h ^ (h >> 31))


cdef BifEntry* bif_at(size_t i) noexcept nogil:
    if i >= g_bif_count:
        return NULL
    return &g_bif_pages[i // BIF_PAGE][i % BIF_PAGE]


cdef size_t bif_count() noexcept nogil:
    return g_bif_count


cdef BifEntry* bif_find(Term module, Term name, uint32_t arity) noexcept nogil:
    cdef size_t i = mix(module, name, arity) & (g_bif_buckets - 1)
    cdef BifEntry* b
    while g_bif_table[i]:
        b = bif_at(g_bif_table[i] - 1)
        if b.module_atom == module and b.name_atom == name and b.arity == arity:
            return b
        i = (i + 1) & (g_bif_buckets - 1)
    return NULL


cdef void bif_index_put(uint32_t* table, size_t buckets, size_t n) noexcept nogil:
    cdef BifEntry* b = bif_at(n)
    cdef size_t i = mix(b.module_atom, b.name_atom, b.arity) & (buckets - 1)
    while table[i]:
        i = (i + 1) & (buckets - 1)
    table[i] = <uint32_t>(n + 1)


cdef void bif_register(const char* module, const char* name, uint32_t arity, BifFunction function, uint32_t flags) noexcept nogil:
    global g_bif_count, g_bif_table, g_bif_buckets
    cdef Term m = atom_from_cstr(module)
    cdef Term f = atom_from_cstr(name)
    cdef BifEntry* b
    cdef size_t page, i
    cdef uint32_t* bigger
    if m == 0 or f == 0:
        return
    b = bif_find(m, f, arity)
    if b == NULL:
        page = g_bif_count // BIF_PAGE
        if page >= BIF_PAGES:
            return
        if g_bif_pages[page] == NULL:
            g_bif_pages[page] = <BifEntry*>calloc(BIF_PAGE, sizeof(BifEntry))
            if g_bif_pages[page] == NULL:
                return
        if (g_bif_count + 1) * 2 > g_bif_buckets:
            bigger = <uint32_t*>calloc(g_bif_buckets * 2, sizeof(uint32_t))
            if bigger == NULL:
                return
            for i in range(g_bif_count):
                bif_index_put(bigger, g_bif_buckets * 2, i)
            if g_bif_table != g_bif_index:
                free(g_bif_table)
            g_bif_table = bigger
            g_bif_buckets *= 2
        b = &g_bif_pages[page][g_bif_count % BIF_PAGE]
        b.module = module
        b.name = name
        b.arity = arity
        b.module_atom = m
        b.name_atom = f
        g_bif_count += 1
        bif_index_put(g_bif_table, g_bif_buckets, g_bif_count - 1)
    b.function = function           # registering again replaces: the latest module wins
    b.flags = flags


# --- the tables of a VM -------------------------------------------------------------------------------

cdef void code_lock(CodeTables* code) noexcept nogil:
    en_spin_lock(&code.lock)


cdef void code_unlock(CodeTables* code) noexcept nogil:
    en_spin_unlock(&code.lock)


cdef CodeTables* code_tables_new(void* vm) noexcept nogil:
    cdef CodeTables* code = <CodeTables*>calloc(1, sizeof(CodeTables))
    if code == NULL:
        return NULL
    code.vm = vm
    code.export_buckets = 4096
    code.fun_buckets = 1024
    code.module_buckets = 512
    code.exports = <Export**>calloc(code.export_buckets, sizeof(void*))
    code.funs = <FunEntry**>calloc(code.fun_buckets, sizeof(void*))
    code.modules = <Module**>calloc(code.module_buckets, sizeof(void*))
    if code.exports == NULL or code.funs == NULL or code.modules == NULL:
        code_tables_free(code)
        return NULL
    return code


cdef void code_tables_free(CodeTables* code) noexcept nogil:
    """Frees the VM's code: nothing runs any more and no process heap is left."""
    cdef size_t i
    cdef Export* e
    cdef Export* next_e
    cdef FunEntry* f
    cdef FunEntry* next_f
    cdef Module* m
    cdef Module* next_m
    cdef ModuleInstance* instance
    cdef LiteralArea* area
    if code == NULL:
        return
    m = code.all_modules
    while m != NULL:
        next_m = m.next_all
        instance_free(m.current)
        instance_free(m.old)
        instance_free(m.on_load_pending)
        free(m.on_load_export)
        free(m)
        m = next_m
    while code.retired != NULL:
        instance = code.retired
        code.retired = instance.next_retired
        instance_free(instance)
    while code.retired_literals != NULL:
        area = code.retired_literals
        code.retired_literals = area.next
        literal_area_free(area)
    if code.exports != NULL:
        for i in range(code.export_buckets):
            e = code.exports[i]
            while e != NULL:
                next_e = e.next
                free(e)
                e = next_e
    if code.funs != NULL:
        for i in range(code.fun_buckets):
            f = code.funs[i]
            while f != NULL:
                next_f = f.next
                free(f)
                f = next_f
    counters_free(&code.fun_counters)
    free(code.exports)
    free(code.funs)
    free(code.modules)
    free(code.ranges)
    free(code.purge)
    free(code)


cdef Export* export_lookup(CodeTables* code, Term module, Term function, uint32_t arity) noexcept nogil:
    cdef Export* e = code.exports[mix(module, function, arity) & (code.export_buckets - 1)]
    while e != NULL:
        if e.module == module and e.function == function and e.arity == arity:
            return e
        e = e.next
    return NULL


cdef void exports_grow(CodeTables* code) noexcept nogil:
    cdef size_t n = code.export_buckets * 2
    cdef size_t i, k
    cdef Export* e
    cdef Export* following
    cdef Export** table = <Export**>calloc(n, sizeof(void*))
    if table == NULL:
        return                          # the chains just get longer
    for i in range(code.export_buckets):
        e = code.exports[i]
        while e != NULL:
            following = e.next
            k = mix(e.module, e.function, e.arity) & (n - 1)
            e.next = table[k]
            table[k] = e
            e = following
    free(code.exports)
    code.exports = table
    code.export_buckets = n


cdef Export* export_find(CodeTables* code, Term module, Term function, uint32_t arity) noexcept nogil:
    cdef Export** recent = &code.recent[mix(module, function, arity) & (EXPORTS_RECENT - 1)]
    cdef Export* e = <Export*>en_loadp_acq(<void**>recent)
    if e != NULL and e.module == module and e.function == function and e.arity == arity:
        return e
    en_spin_lock(&code.lock)
    e = export_lookup(code, module, function, arity)
    en_spin_unlock(&code.lock)
    if e != NULL:
        en_storep_rel(<void**>recent, e)
    return e


cdef Export* export_get(CodeTables* code, Term module, Term function, uint32_t arity) noexcept nogil:
    """The export of M:F/A, made if need be; NULL only without memory."""
    cdef Export* e
    cdef BifEntry* bif
    cdef size_t k
    en_spin_lock(&code.lock)
    e = export_lookup(code, module, function, arity)
    if e != NULL:
        en_spin_unlock(&code.lock)
        return e
    e = <Export*>calloc(1, sizeof(Export))
    if e != NULL:
        e.module = module
        e.function = function
        e.arity = arity
        e.number = code.export_count
        bif = bif_find(module, function, arity)
        if bif != NULL and not (bif.flags & BIF_NIF):
            e.bif = bif
            e.stub[0] = instruction_label_named(b"call_bif_export_e")
        else:
            e.stub[0] = instruction_label_named(b"call_error_handler_e")
        e.stub[1] = <word>e
        e.address = e.stub
        if code.export_count >= code.export_buckets:
            exports_grow(code)
        k = mix(module, function, arity) & (code.export_buckets - 1)
        e.next = code.exports[k]
        code.exports[k] = e
        code.export_count += 1
    en_spin_unlock(&code.lock)
    return e


cdef bint export_is_loaded(Export* e) noexcept nogil:
    return e.bif != NULL or <word*>en_loadp_acq(<void**>&e.address) != e.stub


cdef void code_each_export(CodeTables* code, void (*visit)(void* data, Export* e) noexcept nogil, void* data) noexcept nogil:
    cdef size_t i
    cdef Export* e
    en_spin_lock(&code.lock)
    for i in range(code.export_buckets):
        e = code.exports[i]
        while e != NULL:
            visit(data, e)
            e = e.next
    en_spin_unlock(&code.lock)


cdef void funs_grow(CodeTables* code) noexcept nogil:
    cdef size_t n = code.fun_buckets * 2
    cdef size_t i, k
    cdef FunEntry* f
    cdef FunEntry* following
    cdef FunEntry** table = <FunEntry**>calloc(n, sizeof(void*))
    if table == NULL:
        return
    for i in range(code.fun_buckets):
        f = code.funs[i]
        while f != NULL:
            following = f.next
            k = mix(f.module, f.old_uniq << 6, f.old_index) & (n - 1)
            f.next = table[k]
            table[k] = f
            f = following
    free(code.funs)
    code.funs = table
    code.fun_buckets = n


cdef FunEntry* fun_entry_get(CodeTables* code, Term module, uint64_t old_uniq, const uint8_t* uniq,
                             uint32_t index, uint32_t arity, uint32_t free_) noexcept nogil:
    """The entry of a fun, made if need be. `arity` is what a caller sees; NULL only without memory."""
    cdef FunEntry* f
    cdef size_t k
    en_spin_lock(&code.lock)
    f = code.funs[mix(module, old_uniq << 6, index) & (code.fun_buckets - 1)]
    while f != NULL:
        if f.module == module and f.old_uniq == old_uniq and f.index == index and memcmp(f.uniq, uniq, 16) == 0 \
                and f.arity == arity and f.free == free_:
            break
        f = f.next
    if f == NULL:
        f = <FunEntry*>calloc(1, sizeof(FunEntry))
        if f != NULL:
            f.counted.count = counter_new(&code.fun_counters)
            if f.counted.count == NULL:
                free(f)
                f = NULL
        if f != NULL:
            f.module = module
            f.old_uniq = old_uniq
            f.old_index = index
            f.index = index
            memcpy(f.uniq, uniq, 16)
            f.arity = arity
            f.free = free_
            f.stub[0] = instruction_label_named(b"fun_error_handler_F")
            f.stub[1] = <word>f
            f.address = f.stub
            if code.fun_count >= code.fun_buckets:
                funs_grow(code)
            k = mix(module, old_uniq << 6, index) & (code.fun_buckets - 1)
            f.next = code.funs[k]
            code.funs[k] = f
            code.fun_count += 1
    en_spin_unlock(&code.lock)
    return f


cdef Module* module_lookup(CodeTables* code, Term name) noexcept nogil:
    cdef Module* m = code.modules[mix(name, 0, 0) & (code.module_buckets - 1)]
    while m != NULL:
        if m.name == name:
            return m
        m = m.next
    return NULL


cdef Module* module_find(CodeTables* code, Term name) noexcept nogil:
    cdef Module* m
    en_spin_lock(&code.lock)
    m = module_lookup(code, name)
    en_spin_unlock(&code.lock)
    return m


cdef Module* module_get(CodeTables* code, Term name) noexcept nogil:
    cdef Module* m
    cdef Module** last
    cdef size_t k
    en_spin_lock(&code.lock)
    m = module_lookup(code, name)
    if m == NULL:
        m = <Module*>calloc(1, sizeof(Module))
        if m != NULL:
            m.name = name
            k = mix(name, 0, 0) & (code.module_buckets - 1)
            m.next = code.modules[k]
            code.modules[k] = m
            last = &code.all_modules
            while last[0] != NULL:
                last = &last[0].next_all
            last[0] = m
            code.module_count += 1
    en_spin_unlock(&code.lock)
    return m


cdef void code_mark_preloaded(Module* m) noexcept nogil:
    m.flags |= MODULE_PRELOADED


cdef void bif_install(CodeTables* code) noexcept nogil:
    cdef size_t i
    cdef BifEntry* b
    for i in range(g_bif_count):
        b = bif_at(i)
        if not (b.flags & BIF_NIF):
            export_get(code, b.module_atom, b.name_atom, b.arity)


# --- addresses ------------------------------------------------------------------------------------------

# Index of the first range that starts behind `address`; under the lock.
cdef size_t range_after(CodeTables* code, word* address) noexcept nogil:
    cdef size_t low = 0
    cdef size_t high = code.range_count
    cdef size_t middle
    while low < high:
        middle = (low + high) >> 1
        if code.ranges[middle].code_start <= address:
            low = middle + 1
        else:
            high = middle
    return low


cdef bint code_range_add(CodeTables* code, ModuleInstance* instance) noexcept nogil:
    cdef size_t k
    cdef void* bigger
    cdef bint ok = True
    en_spin_lock(&code.lock)
    if code.range_count == code.range_capacity:
        bigger = realloc(code.ranges, (code.range_capacity + 256) * sizeof(void*))
        if bigger == NULL:
            ok = False
        else:
            code.ranges = <ModuleInstance**>bigger
            code.range_capacity += 256
    if ok:
        k = range_after(code, instance.code_start)
        memmove(&code.ranges[k + 1], &code.ranges[k], (code.range_count - k) * sizeof(void*))
        code.ranges[k] = instance
        code.range_count += 1
    en_spin_unlock(&code.lock)
    return ok


cdef void code_range_remove(CodeTables* code, ModuleInstance* instance) noexcept nogil:
    cdef size_t i
    en_spin_lock(&code.lock)
    for i in range(code.range_count):
        if code.ranges[i] == instance:
            memmove(&code.ranges[i], &code.ranges[i + 1], (code.range_count - i - 1) * sizeof(void*))
            code.range_count -= 1
            break
    en_spin_unlock(&code.lock)


cdef bint code_locate(CodeTables* code, word* address, ModuleInstance** instance, FunctionInfo** function) noexcept nogil:
    """Which function an address (an instruction's, or a return address in or at the end of a function) is in.
    `function` may come out NULL for the words before the first function."""
    cdef size_t k, low, high, middle
    cdef ModuleInstance* found = NULL
    instance[0] = NULL
    function[0] = NULL
    en_spin_lock(&code.lock)
    k = range_after(code, address)
    if k > 0 and address < code.ranges[k - 1].code_end:
        found = code.ranges[k - 1]
    en_spin_unlock(&code.lock)
    if found == NULL:
        return False
    instance[0] = found
    low = 0
    high = found.function_count
    while low < high:
        middle = (low + high) >> 1
        if found.functions[middle].info <= address:
            low = middle + 1
        else:
            high = middle
    if low > 0:
        function[0] = &found.functions[low - 1]
    return True


cdef bint code_line(ModuleInstance* instance, word* address, Term* file_name, uint32_t* line) noexcept nogil:
    """Source line of a return address. For an instruction's own address pass that address + 1."""
    cdef uint32_t offset
    cdef uint32_t low = 0
    cdef uint32_t high = instance.line_count
    cdef uint32_t middle
    if address < instance.code_start or address > instance.code_end:
        return False
    offset = <uint32_t>(address - instance.code_start)
    while low < high:
        middle = (low + high) >> 1
        if instance.lines[middle].code_offset < offset:
            low = middle + 1
        else:
            high = middle
    if low == 0 or instance.lines[low - 1].line == 0:
        return False
    line[0] = instance.lines[low - 1].line
    if instance.lines[low - 1].file >= instance.file_count:
        return False
    file_name[0] = instance.file_names[instance.lines[low - 1].file]
    return True


cdef void instance_free(ModuleInstance* instance) noexcept nogil:
    if instance == NULL:
        return
    free(instance.code_start)
    free(instance.functions)
    free(instance.exports)
    free(instance.funs)
    free(instance.lines)
    free(instance.file_names)
    free(instance.attributes)
    free(instance.compile_info)
    free(instance.literal_terms)
    free(instance.strings)
    free(instance.extra)
    if instance.literals != NULL:
        literal_area_free(instance.literals)
    free(instance)


# --- what the term floor needs to know about funs ---------------------------------------------------------

cdef void* hook_export_get(void* ctx, Term module, Term function, unsigned int arity) noexcept nogil:
    if ctx == NULL:
        return NULL
    return export_get(<CodeTables*>ctx, module, function, arity)


cdef void* hook_fun_entry_get(void* ctx, Term module, uint64_t old_uniq, const uint8_t* uniq, uint64_t index,
                              unsigned int arity, unsigned int free_) noexcept nogil:
    if ctx == NULL:
        return NULL
    return fun_entry_get(<CodeTables*>ctx, module, old_uniq, uniq, <uint32_t>index, arity, free_)


cdef void hook_export_parts(void* target, Term* module, Term* function, unsigned int* arity) noexcept nogil:
    cdef Export* e = <Export*>target
    module[0] = e.module
    function[0] = e.function
    arity[0] = e.arity


cdef void hook_fun_parts(void* entry, Term* module, uint64_t* old_uniq, const uint8_t** uniq, uint64_t* index) noexcept nogil:
    cdef FunEntry* f = <FunEntry*>entry
    module[0] = f.module
    old_uniq[0] = f.old_uniq
    uniq[0] = f.uniq
    index[0] = f.index


cdef void hook_term_fun_parts(void* entry, Term* module, uint64_t* index, uint64_t* old_index,
                              uint64_t* old_uniq) noexcept nogil:
    cdef FunEntry* f = <FunEntry*>entry
    module[0] = f.module
    index[0] = f.index
    old_index[0] = f.old_index
    old_uniq[0] = f.old_uniq


cdef void install_hooks() noexcept nogil:
    cdef ExternalHooks* hooks = external_hooks()
    term_hooks().export_parts = hook_export_parts
    term_hooks().fun_parts = hook_term_fun_parts
    hooks.export_get = hook_export_get
    hooks.fun_entry_get = hook_fun_entry_get
    hooks.export_parts = hook_export_parts
    hooks.fun_parts = hook_fun_parts


install_hooks()

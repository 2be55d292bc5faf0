"""Labels and names of instructions, and the few pieces of code that belong to the VM itself.

Invariant: until the dispatch loop has called instructions_set_labels every label is 0; after that labels
never change. Read next: tools/geninstr.py, docs/architecture.md (Instructions).
"""
from libc.stdlib cimport calloc, qsort
from libc.string cimport strcmp
from enigma.term.pack cimport word
from enigma.code.tables cimport *

cdef struct LabelEntry:
    word label
    int instruction

cdef word* g_labels = NULL             # by instruction; lives as long as the process
cdef LabelEntry* g_sorted = NULL       # by label
cdef size_t g_count = 0
cdef word g_special[SPECIAL_COUNT][2]  # one instruction each, and a spare word


cdef int by_label(const void* a, const void* b) noexcept nogil:
    cdef word x = (<const LabelEntry*>a).label
    cdef word y = (<const LabelEntry*>b).label
    return -1 if x < y else (1 if x > y else 0)


cdef word* special_code(int which) noexcept nogil:
    return g_special[which]


cdef void instructions_set_labels(const word* labels, size_t count) noexcept nogil:
    global g_labels, g_sorted, g_count
    cdef size_t i
    if count > <size_t>EN_INSTRUCTION_COUNT:
        count = <size_t>EN_INSTRUCTION_COUNT
    if g_labels == NULL:
        g_labels = <word*>calloc(EN_INSTRUCTION_COUNT, sizeof(word))
        g_sorted = <LabelEntry*>calloc(EN_INSTRUCTION_COUNT, sizeof(LabelEntry))
    if g_labels == NULL or g_sorted == NULL:
        return
    for i in range(count):
        g_labels[i] = labels[i]
        g_sorted[i].label = labels[i]
        g_sorted[i].instruction = <int>i
    g_count = count
    qsort(g_sorted, count, sizeof(LabelEntry), by_label)
    g_special[SPECIAL_NORMAL_EXIT][0] = instruction_label_named(b"normal_exit")
    g_special[SPECIAL_APPLY][0] = instruction_label_named(b"spawn_apply")
    g_special[SPECIAL_RETURN][0] = instruction_label_named(b"return_value")
    g_special[SPECIAL_RAISE][0] = instruction_label_named(b"raise_pending")
    g_special[SPECIAL_BIF_AGAIN][0] = instruction_label_named(b"bif_again")
    g_special[SPECIAL_WAIT_RETURN][0] = instruction_label_named(b"wait_hibernate")
    g_special[SPECIAL_RETURN_TRACE][0] = instruction_label_named(b"trace_returned")
    g_special[SPECIAL_EXCEPTION_TRACE][0] = g_special[SPECIAL_RETURN_TRACE][0]
    g_special[SPECIAL_RETURN_TO][0] = g_special[SPECIAL_RETURN_TRACE][0]
    g_special[SPECIAL_RETURN_TIME][0] = g_special[SPECIAL_RETURN_TRACE][0]


cdef word instruction_label(unsigned int instruction) noexcept nogil:
    if instruction >= g_count:
        return 0
    return g_labels[instruction]


cdef int instruction_of_label(word label) noexcept nogil:
    cdef size_t low = 0
    cdef size_t high = g_count
    cdef size_t middle
    while low < high:
        middle = (low + high) >> 1
        if g_sorted[middle].label < label:
            low = middle + 1
        else:
            high = middle
    if low < g_count and g_sorted[low].label == label:
        return g_sorted[low].instruction
    return -1


cdef const char* instruction_name(unsigned int instruction) noexcept nogil:
    if instruction >= <unsigned int>EN_INSTRUCTION_COUNT:
        return b"?"
    return en_instructions[instruction].name


cdef int instruction_named(const char* name) noexcept nogil:
    cdef int i
    for i in range(1, EN_INSTRUCTION_COUNT):
        if strcmp(en_instructions[i].name, name) == 0:
            return i
    return -1


cdef word instruction_label_named(const char* name) noexcept nogil:
    cdef int i = instruction_named(name)
    return instruction_label(<unsigned int>i) if i >= 0 else 0


cdef int operation_named(const char* name) noexcept nogil:
    cdef int i
    for i in range(EN_OP_COUNT):
        if en_ops[i].defined and strcmp(en_ops[i].name, name) == 0:
            return i
    return -1

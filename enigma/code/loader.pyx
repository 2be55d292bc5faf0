"""From a checked BeamFile to threaded code; see loader.pxd.

prepare: every operation of the file becomes an Op in a linked list, while those that need more than a
form are transformed (BIF calls, binary construction, selections); decisions are put in front of clauses (deciding.pxd); runs are joined; rules fuse neighbours; then each
operation's first form that fits is emitted into one array of words, and last the labels are put in.
finish publishes: exports and fun entries get the new addresses, the former instance becomes the old one.

Invariant: an instance that has been published is never written again, except for `on_load`, `nif_loaded`, and the
hints of map patterns, which are loaded and stored relaxed: any value of a hint is right, a good one is fast. Whatever may be wrong in a file is found before anything is published.

Read next: module.pxd for what is published, tools/geninstr.py for the tables.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memcpy, memset
from enigma.term.core cimport *
from enigma.term.pack cimport *
from enigma.term.boxed cimport SIZEOF_FUN
from enigma.term.am cimport *
from enigma.term.atom cimport Atom, atom_from_cstr, atom_get
from enigma.term.external cimport external_set_context
from enigma.code.tables cimport *
from enigma.code.module cimport *
from enigma.code.reader cimport *
from enigma.code.checker cimport code_check
from enigma.code.profile cimport profile_enabled
from enigma.code.instructions cimport *
from enigma.code.operand cimport *
from enigma.code.operations cimport Op, OpMaker, set_operand
from enigma.code.deciding cimport decide_operations
from enigma.code.joining cimport join_operations
from enigma.code.opcodes_generated cimport *

cdef enum:
    O_POINTER = 32          # operand kinds of the loader's own: value is the word to emit
    O_BIF = 33              # value: BifEntry*
    O_EXPORT = 34           # value: Export*
    LINEAR_MAX = 6          # selections of up to this many values are tried one by one
    FUSE_MAX = 100          # rules applied at one place; only a circle of rules needs more
    ARENA_PIECE = 1 << 16
    X_SCRATCH = 1024        # the first spill register of a scheduler, which no code of a file can name

cdef struct Piece:          # of the arena that an attempt to load works in
    Piece* next

cdef struct Fixup:
    uint32_t at             # index in code
    uint32_t label

cdef struct Loader:
    CodeTables* code
    BeamFile* f
    ModuleInstance* out
    Piece* arena
    char* arena_at
    char* arena_end
    word* words
    size_t count, capacity
    Fixup* fixups
    size_t fixup_count, fixup_capacity
    LineEntry* lines
    size_t line_count, line_capacity
    FunctionInfo* functions     # addresses hold word indices until the end
    size_t function_count, function_capacity
    uint32_t* labels            # 1 + word index; 0: not seen
    Export** exports            # by import number
    BifEntry** bifs             # by import number: the BIF that it is, or NULL
    uint8_t* special            # by import number: some fuse rule asks for this import
    FunEntry** funs             # by lambda number
    Op* first
    Op** last
    uint32_t on_load            # 1 + word index of the on_load function's entry
    char* error
    size_t error_size
    bint no_memory
    bint counted                # `count` stands in front of every instruction
    bint joined                 # the last instruction needs the next one right behind it

# Operations that only rewrites make; by name, since their numbers depend on the definitions.
cdef int g_call_bif = operation_named(b"call_bif")
cdef int g_call_bif_last = operation_named(b"call_bif_last")
cdef int g_call_bif_only = operation_named(b"call_bif_only")
cdef int g_deallocate_return = operation_named(b"deallocate_return")
cdef int g_function_entry = operation_named(b"function_entry")
cdef int g_call_native = operation_named(b"call_native")
cdef int g_count = instruction_named(b"count_u")
cdef int g_plus_return = operation_named(b"plus_return")
cdef int g_plus_call_only = operation_named(b"plus_call_only")
cdef int g_minus_call_only = operation_named(b"minus_call_only")
cdef int g_bs_append_fields = operation_named(b"bs_append_fields")
cdef int g_bs_make_fields = operation_named(b"bs_make_fields")
cdef int g_select_linear = operation_named(b"select_linear")
cdef int g_select_search = operation_named(b"select_search")
cdef int g_select_jump = operation_named(b"select_jump")
cdef int g_select_arity_linear = operation_named(b"select_arity_linear")
cdef int g_select_arity_search = operation_named(b"select_arity_search")

# Atoms that rules name, by argument; filled at import.
cdef Term* g_arg_atom = <Term*>calloc(EN_RULE_ARG_COUNT + 1, sizeof(Term))
cdef Term* g_arg_function = <Term*>calloc(EN_RULE_ARG_COUNT + 1, sizeof(Term))
cdef Term* g_rule_module = <Term*>calloc(EN_BIF_RULE_COUNT + 1, sizeof(Term))
cdef Term* g_rule_function = <Term*>calloc(EN_BIF_RULE_COUNT + 1, sizeof(Term))


cdef void resolve_rule_atoms() noexcept nogil:
    cdef int i
    for i in range(EN_RULE_ARG_COUNT):
        if en_rule_args[i].how == ENR_ATOM:
            g_arg_atom[i] = atom_from_cstr(en_rule_args[i].text)
        elif en_rule_args[i].how == ENR_IMPORT:
            g_arg_atom[i] = atom_from_cstr(en_rule_args[i].text)
            g_arg_function[i] = atom_from_cstr(en_rule_args[i].text2)
    for i in range(EN_BIF_RULE_COUNT):
        g_rule_module[i] = atom_from_cstr(en_bif_rules[i].module)
        g_rule_function[i] = atom_from_cstr(en_bif_rules[i].name)


# --- errors and memory ----------------------------------------------------------------------------------

cdef bint bad(Loader* l, const char* text) noexcept nogil:
    """Notes the first error; always False."""
    if l.error[0] == 0:
        snprintf(l.error, l.error_size, b"%s", text)
    return False


cdef bint bad_op(Loader* l, Op* op, const char* text) noexcept nogil:
    cdef const char* name = en_ops[op.op].name if en_ops[op.op].defined else opcode_name(op.op)
    if l.error[0] == 0:
        snprintf(l.error, l.error_size, b"%s: %s", name, text)
    return False


cdef bint out_of_memory(Loader* l) noexcept nogil:
    l.no_memory = True
    return bad(l, b"out of memory")


cdef void* take(Loader* l, size_t size) noexcept nogil:
    """Zeroed memory that lives as long as this attempt to load."""
    cdef Piece* p
    cdef size_t piece
    cdef char* out
    size = (size + 7) & ~<size_t>7
    if l.arena_at == NULL or <size_t>(l.arena_end - l.arena_at) < size:
        piece = size + sizeof(Piece) if size > ARENA_PIECE // 4 else ARENA_PIECE
        p = <Piece*>calloc(1, piece)
        if p == NULL:
            out_of_memory(l)
            return NULL
        p.next = l.arena
        l.arena = p
        if piece != ARENA_PIECE:
            return <char*>p + sizeof(Piece)
        l.arena_at = <char*>p + sizeof(Piece)
        l.arena_end = <char*>p + piece
    out = l.arena_at
    l.arena_at += size
    return out


cdef bint grow(Loader* l, void** array, size_t* capacity, size_t count, size_t item) noexcept nogil:
    """Makes room for one more item."""
    cdef size_t n
    cdef void* bigger
    if count < capacity[0]:
        return True
    n = capacity[0] * 2 + 256
    bigger = realloc(array[0], n * item)
    if bigger == NULL:
        return out_of_memory(l)
    array[0] = bigger
    capacity[0] = n
    return True


cdef bint emit(Loader* l, word w) noexcept nogil:
    if l.count >= l.capacity:
        if l.count >= 0x7FFFFFFF or not grow(l, <void**>&l.words, &l.capacity, l.count, sizeof(word)):
            return out_of_memory(l)
    l.words[l.count] = w
    l.count += 1
    return True


cdef bint emit_label(Loader* l, word label) noexcept nogil:
    """A word for a label's address; 0 stands for no label."""
    if label != 0:
        if not grow(l, <void**>&l.fixups, &l.fixup_capacity, l.fixup_count, sizeof(Fixup)):
            return False
        l.fixups[l.fixup_count].at = <uint32_t>l.count
        l.fixups[l.fixup_count].label = <uint32_t>label
        l.fixup_count += 1
    return emit(l, 0)


cdef Op* new_op(Loader* l, uint32_t number, uint32_t operands) noexcept nogil:
    cdef Op* op = <Op*>take(l, sizeof(Op))
    if op == NULL:
        return NULL
    op.op = number
    op.count = operands
    op.operands = <Operand*>take(l, (operands + 1) * sizeof(Operand))
    return op if op.operands != NULL else NULL


cdef void append(Loader* l, Op* op) noexcept nogil:
    op.next = NULL
    l.last[0] = op
    l.last = &op.next


# Operands not counting a list's items; a list is always last.
cdef inline uint32_t logical_count(Op* op) noexcept nogil:
    cdef uint32_t i
    for i in range(op.count):
        if op.operands[i].kind == O_LIST:
            return i + 1
    return op.count


# --- forms -----------------------------------------------------------------------------------------------

cdef inline bint is_constant(Operand* o) noexcept nogil:
    return o.kind == O_INTEGER or o.kind == O_ATOM or o.kind == O_NIL or o.kind == O_LITERAL


cdef bint kind_fits(Loader* l, char kind, Operand* o) noexcept nogil:
    if kind == c'x':
        return o.kind == O_X
    if kind == c'y':
        return o.kind == O_Y
    if kind == c's':
        return o.kind == O_X or o.kind == O_Y or is_constant(o)
    if kind == c'd':
        return o.kind == O_X or o.kind == O_Y
    if kind == c'c':
        return is_constant(o)
    if kind == c'i':
        return (o.kind == O_INTEGER or o.kind == O_LITERAL) and term_is_small(o.value)
    if kind == c'a':
        return (o.kind == O_ATOM or o.kind == O_LITERAL) and term_is_atom(o.value)
    if kind == c'n':
        return (o.kind == O_NIL or o.kind == O_LITERAL) and term_is_nil(o.value)
    if kind == c'f':
        return o.kind == O_LABEL
    if kind == c'u':
        return o.kind == O_UNSIGNED or o.kind == O_ALLOC
    if kind == c'l':
        return o.kind == O_FLOAT_REG
    if kind == c'e':
        return o.kind == O_EXPORT or (o.kind == O_UNSIGNED and o.value < l.f.import_count)
    if kind == c'b':
        return o.kind == O_BIF or (o.kind == O_UNSIGNED and o.value < l.f.import_count and l.bifs[o.value] != NULL)
    if kind == c'F':
        return o.kind == O_UNSIGNED and o.value < l.f.lambda_count
    if kind == c'p':
        return o.kind == O_POINTER or (o.kind == O_UNSIGNED and o.value <= l.f.strings_size)
    if kind == c'v':
        return o.kind == O_LIST
    return False


cdef const en_form_info* find_form(Loader* l, uint32_t number, Operand* operands, uint32_t count) noexcept nogil:
    """The first form that fits, or NULL. `count` does not count a list's items."""
    cdef const en_op_info* info
    cdef const en_form_info* form
    cdef uint32_t i, k
    if number >= <uint32_t>EN_OP_COUNT:
        return NULL
    info = &en_ops[number]
    if not info.defined:
        return NULL
    for i in range(info.form_count):
        form = &en_forms[info.form_first + i]
        if form.count != count:
            continue
        k = 0
        while k < count and kind_fits(l, form.kinds[k], &operands[k]):
            k += 1
        if k == count:
            return form
    return NULL


cdef word alloc_words(Operand* o) noexcept nogil:
    if o.kind == O_ALLOC:
        return o.value + 2 * <word><uint32_t>o.extra + <word>SIZEOF_FUN * (o.extra >> 32)
    return o.value


cdef bint emit_source(Loader* l, Operand* o) noexcept nogil:
    """A word of kind s; in lists also labels and numbers."""
    if o.kind == O_X:
        return emit(l, operand_x(o.value))
    if o.kind == O_Y:
        return emit(l, operand_sy(o.value))
    if o.kind == O_LABEL:
        return emit_label(l, o.value)
    return emit(l, alloc_words(o))


cdef bint emit_operand(Loader* l, char kind, Operand* o) noexcept nogil:
    cdef uint32_t i
    if kind == c'x':
        return emit(l, operand_x(o.value))
    if kind == c'y':
        return emit(l, operand_y(o.value))
    if kind == c's' or kind == c'd':
        return emit_source(l, o)
    if kind == c'f':
        return emit_label(l, o.value)
    if kind == c'u':
        return emit(l, alloc_words(o))
    if kind == c'e':
        return emit(l, o.value if o.kind == O_EXPORT else <word>l.exports[o.value])
    if kind == c'b':
        return emit(l, o.value if o.kind == O_BIF else <word>l.bifs[o.value])
    if kind == c'F':
        return emit(l, <word>l.funs[o.value])
    if kind == c'p':
        return emit(l, o.value if o.kind == O_POINTER else <word>(<uint8_t*>l.out.strings + o.value))
    if kind == c'v':
        if not emit(l, o.count):
            return False
        for i in range(o.count):
            if not emit_source(l, o + 1 + i):
                return False
        return True
    return emit(l, o.value)


cdef bint emit_count(Loader* l, uint32_t op, uint32_t instruction) noexcept nogil:
    """The instruction that counts the next one, unless the one before reads the next one's operands (arith.tab)."""
    cdef bint joined = l.joined
    l.joined = op == <uint32_t>g_plus_return or op == <uint32_t>g_plus_call_only or op == <uint32_t>g_minus_call_only \
        or op == <uint32_t>g_bs_append_fields or op == <uint32_t>g_bs_make_fields
    return joined or op == G_func_info or (emit(l, instruction_label(<unsigned int>g_count)) and emit(l, instruction))


cdef bint emit_form(Loader* l, const en_form_info* form, Operand* operands) noexcept nogil:
    cdef uint32_t i
    if l.counted and not emit_count(l, en_instructions[form.instruction].op, form.instruction):
        return False
    if not emit(l, instruction_label(form.instruction)):
        return False
    for i in range(form.count):
        if not emit_operand(l, form.kinds[i], &operands[i]):
            return False
    return True


# --- fusing -------------------------------------------------------------------------------------------------

cdef bint operands_equal(Operand* a, Operand* b) noexcept nogil:
    cdef uint32_t i
    if a.kind != b.kind or a.value != b.value or a.extra != b.extra:
        return False
    if a.kind == O_LIST:
        for i in range(1, a.count + 1):
            if not operands_equal(a + i, b + i):
                return False
    return True


cdef bint constant_matches(Loader* l, int index, Operand* o) noexcept nogil:
    """Is the operand the constant that rule argument `index` stands for?"""
    cdef const en_rule_arg* a = &en_rule_args[index]
    cdef ImportEntry* e
    if a.how == ENR_NUMBER:
        if o.kind == O_UNSIGNED:
            return <int64_t>o.value == a.value
        return o.kind == O_INTEGER and o.value == make_small(a.value)
    if a.how == ENR_NIL:
        return o.kind == O_NIL or (o.kind == O_LITERAL and term_is_nil(o.value))
    if a.how == ENR_ATOM:
        return (o.kind == O_ATOM or o.kind == O_LITERAL) and o.value == g_arg_atom[index]
    if a.how == ENR_X:
        return o.kind == O_X and <int64_t>o.value == a.value
    if a.how == ENR_Y:
        return o.kind == O_Y and <int64_t>o.value == a.value
    if a.how == ENR_IMPORT:
        if o.kind != O_UNSIGNED or o.value >= l.f.import_count:
            return False
        e = &l.f.imports[o.value]
        return e.module == g_arg_atom[index] and e.function == g_arg_function[index] and e.arity == <uint32_t>a.value
    return False


cdef bint argument_matches(Loader* l, int index, Operand* o, Operand** variables) noexcept nogil:
    cdef const en_rule_arg* a = &en_rule_args[index]
    cdef const char* kind = a.kinds
    if kind[0] != 0:
        while kind[0] != 0 and not kind_fits(l, kind[0], o):
            kind += 1
        if kind[0] == 0:
            return False
    if a.how == ENR_ANY:
        return True
    if a.how == ENR_VARIABLE:
        if variables[a.value] == NULL:
            variables[a.value] = o
            return True
        return operands_equal(variables[a.value], o)
    return constant_matches(l, index, o)


cdef Op* build_call(Loader* l, const en_rule_call* call, Operand** variables) noexcept nogil:
    """The operation of a rule's result; NULL without memory."""
    cdef uint32_t i, n, count = 0
    cdef const en_rule_arg* a
    cdef Operand* v
    cdef Op* op
    cdef Export* e
    for i in range(call.count):
        a = &en_rule_args[call.first_arg + i]
        count += 1
        if a.how == ENR_VARIABLE and variables[a.value].kind == O_LIST:
            count += variables[a.value].count
    op = new_op(l, call.op, count)
    if op == NULL:
        return NULL
    n = 0
    for i in range(call.count):
        a = &en_rule_args[call.first_arg + i]
        if a.how == ENR_VARIABLE:
            v = variables[a.value]
            count = v.count + 1 if v.kind == O_LIST else 1
            memcpy(&op.operands[n], v, count * sizeof(Operand))
            n += count
            continue
        if a.how == ENR_NUMBER:
            if a.kinds[0] == c'i':
                set_operand(&op.operands[n], O_INTEGER, make_small(a.value))
            else:
                set_operand(&op.operands[n], O_UNSIGNED, <word>a.value)
        elif a.how == ENR_NIL:
            set_operand(&op.operands[n], O_NIL, nil())
        elif a.how == ENR_ATOM:
            set_operand(&op.operands[n], O_ATOM, g_arg_atom[call.first_arg + i])
        elif a.how == ENR_X:
            set_operand(&op.operands[n], O_X, <word>a.value)
        elif a.how == ENR_Y:
            set_operand(&op.operands[n], O_Y, <word>a.value)
        else:
            e = export_get(l.code, g_arg_atom[call.first_arg + i], g_arg_function[call.first_arg + i], <uint32_t>a.value)
            if e == NULL:
                out_of_memory(l)
                return NULL
            set_operand(&op.operands[n], O_EXPORT, <word>e)
        n += 1
    return op


cdef bint can_emit(Loader* l, Op* op) noexcept nogil:
    if op.op == G_select_val or op.op == G_select_tuple_arity or op.op == G_label or op.op == G_line:
        return True
    if op.op == G_call_ext or op.op == G_call_ext_last or op.op == G_call_ext_only:
        return True
    return find_form(l, op.op, op.operands, logical_count(op)) != NULL


cdef bint apply_rule(Loader* l, const en_fuse_rule* rule, Op** link) noexcept nogil:
    """Replaces what `link` points to if the rule fits."""
    cdef Operand* variables[32]
    cdef Op* op = link[0]
    cdef Op* after
    cdef Op* made
    cdef Op* first = NULL
    cdef Op** tail = &first
    cdef const en_rule_call* call
    cdef const en_rule_guard* g
    cdef uint32_t i, k
    cdef uint32_t line = 0
    cdef bint has_line = False
    cdef bint equal
    # The cheap test first: do the operations follow each other at all?
    for i in range(rule.pattern):
        if op == NULL or op.op != en_rule_calls[rule.first_call + i].op:
            return False
        op = op.next
    after = op
    memset(variables, 0, sizeof(variables))
    op = link[0]
    for i in range(rule.pattern):
        call = &en_rule_calls[rule.first_call + i]
        if logical_count(op) != call.count:
            return False
        for k in range(call.count):
            if not argument_matches(l, call.first_arg + k, &op.operands[k], variables):
                return False
        if op.has_line:
            has_line = True
            line = op.line
        op = op.next
    for i in range(rule.guards):
        g = &en_rule_guards[rule.first_guard + i]
        if g.right.how == ENR_VARIABLE:
            equal = operands_equal(variables[g.left], variables[g.right.value])
        elif g.right.how == ENR_NUMBER:
            equal = variables[g.left].kind == O_UNSIGNED and <int64_t>variables[g.left].value == g.right.value or \
                variables[g.left].kind == O_INTEGER and variables[g.left].value == make_small(g.right.value)
        elif g.right.how == ENR_X or g.right.how == ENR_Y:
            equal = variables[g.left].kind == (O_X if g.right.how == ENR_X else O_Y) \
                and <int64_t>variables[g.left].value == g.right.value
        elif g.right.how == ENR_NIL:
            equal = variables[g.left].kind == O_NIL
        elif g.right.how == ENR_ATOM:
            equal = variables[g.left].kind == O_ATOM and variables[g.left].value == atom_from_cstr(g.right.text)
        else:
            return False
        if equal != <bint>g.equal:
            return False
    for i in range(rule.result):
        made = build_call(l, &en_rule_calls[rule.first_call + rule.pattern + i], variables)
        if made == NULL or not can_emit(l, made):
            return False
        tail[0] = made
        tail = &made.next
    tail[0] = after
    if first != NULL and has_line:
        first.has_line = True
        first.line = line
    link[0] = first
    return True


cdef bint is_call_ext(uint32_t op) noexcept nogil:
    return op == G_call_ext or op == G_call_ext_last or op == G_call_ext_only


cdef bint bif_call(Loader* l, Op* op) noexcept nogil:
    """Turns the call of an import that is a BIF into one of the call_bif operations. False: it is none."""
    cdef word import_ = op.operands[1].value
    cdef Operand* o
    cdef int number
    if op.operands[1].kind != O_UNSIGNED or import_ >= l.f.import_count or l.bifs[import_] == NULL \
            or (l.bifs[import_].flags & BIF_NIF):
        return False
    number = g_call_bif if op.op == G_call_ext else (g_call_bif_last if op.op == G_call_ext_last else g_call_bif_only)
    if number < 0:
        return False
    o = <Operand*>take(l, (op.count + 1) * sizeof(Operand))
    if o == NULL:
        return False
    o[0] = op.operands[0]                   # arity, BIF, export, then what else the call has
    set_operand(&o[1], O_BIF, <word>l.bifs[import_])
    set_operand(&o[2], O_EXPORT, <word>l.exports[import_])
    memcpy(o + 3, op.operands + 2, (op.count - 2) * sizeof(Operand))
    if find_form(l, <uint32_t>number, o, op.count + 1) == NULL:
        return False
    op.operands = o
    op.count += 1
    op.op = <uint32_t>number
    return True


cdef bint fuse_all(Loader* l) noexcept nogil:
    cdef Op** link = &l.first
    cdef Op* op
    cdef uint32_t i, first, count
    cdef int applied = 0
    cdef bint changed
    while link[0] != NULL:
        op = link[0]
        changed = False
        first = en_fuse_index[op.op].first
        count = en_fuse_index[op.op].count
        for i in range(first, first + count):
            if apply_rule(l, &en_fuses[i], link):
                changed = True
                break
        if l.no_memory:
            return False
        if not changed and is_call_ext(op.op):
            changed = bif_call(l, op)
        if changed:
            applied += 1
            if applied > FUSE_MAX:
                return bad(l, b"fuse rules go round in a circle")
            continue
        applied = 0
        link = &op.next
    return True


# --- transforming ----------------------------------------------------------------------------------------------

cdef bint guard_bif(Loader* l, Op* op) noexcept nogil:
    """bif0..bif3, gc_bif1..3: the operation that a bif rule names, else the operation as it is."""
    cdef Operand* variables[7]
    cdef Operand zero
    cdef Operand zero_label
    cdef uint32_t at = 0
    cdef uint32_t arity, i
    cdef word import_
    cdef BifEntry* bif
    cdef Op* made
    cdef bint has_live = op.op == G_gc_bif1 or op.op == G_gc_bif2 or op.op == G_gc_bif3
    memset(variables, 0, sizeof(variables))
    set_operand(&zero, O_UNSIGNED, 0)
    set_operand(&zero_label, O_LABEL, 0)
    variables[ENB_FAIL] = &zero_label
    variables[ENB_LIVE] = &zero
    if op.op != G_bif0:
        variables[ENB_FAIL] = &op.operands[at]
        at += 1
    if has_live:
        variables[ENB_LIVE] = &op.operands[at]
        at += 1
    variables[ENB_BIF] = &op.operands[at]
    import_ = op.operands[at].value
    if op.operands[at].kind != O_UNSIGNED or import_ >= l.f.import_count:
        return bad_op(l, op, b"import out of range")
    at += 1
    arity = op.count - at - 1
    if l.f.imports[import_].arity != arity:
        return bad_op(l, op, b"the import has another arity")
    for i in range(arity):
        variables[ENB_A + i] = &op.operands[at]
        at += 1
    variables[ENB_DST] = &op.operands[at]
    bif = l.bifs[import_]
    if bif == NULL or bif.flags & BIF_NIF:
        if l.error[0] == 0:
            snprintf(l.error, l.error_size, b"%s of %.*s:%.*s/%u, which is no BIF", opcode_name(op.op),
                     <int>min(atom_get(l.f.imports[import_].module).length, 60),
                     <const char*>atom_get(l.f.imports[import_].module).name,
                     <int>min(atom_get(l.f.imports[import_].function).length, 60),
                     <const char*>atom_get(l.f.imports[import_].function).name, arity)
        return False
    for i in range(EN_BIF_RULE_COUNT):
        if g_rule_module[i] == bif.module_atom and g_rule_function[i] == bif.name_atom and en_bif_rules[i].arity == arity:
            if not rule_bound(&en_bif_rules[i].result, variables):
                continue
            made = build_call(l, &en_bif_rules[i].result, variables)
            if made == NULL:
                return False
            if can_emit(l, made):
                op.op = made.op
                op.operands = made.operands
                op.count = made.count
                return True
    return True


cdef bint rule_bound(const en_rule_call* call, Operand** variables) noexcept nogil:
    cdef uint32_t i
    for i in range(call.count):
        if en_rule_args[call.first_arg + i].how == ENR_VARIABLE and variables[en_rule_args[call.first_arg + i].value] == NULL:
            return False
    return True


cdef bint create_bin(Loader* l, Op* op) noexcept nogil:
    """bs_create_bin(fail, alloc, live, unit, dst, [type, seg, unit, flags, value, size]...): the value of a
    string segment becomes the address of its bytes."""
    cdef uint32_t i
    cdef Operand* o
    if op.count < 6 or op.operands[5].kind != O_LIST or op.operands[5].count % 6 != 0:
        return bad_op(l, op, b"damaged list of segments")
    for i in range(0, op.operands[5].count, 6):
        o = &op.operands[6 + i]
        if o[0].kind != O_ATOM:
            return bad_op(l, op, b"a segment's type is no atom")
        if o[0].value != AM_string:
            continue
        if o[4].kind != O_UNSIGNED or o[5].kind != O_INTEGER or not term_is_small(o[5].value) or small_value(o[5].value) < 0 \
                or o[4].value > l.f.strings_size or <word>small_value(o[5].value) > l.f.strings_size - o[4].value:
            return bad_op(l, op, b"string out of range")
        set_operand(&o[4], O_POINTER, <word>(<uint8_t*>l.out.strings + o[4].value))
    return True


cdef bint check_string(Loader* l, Op* op) noexcept nogil:
    """bs_put_string(bytes, offset), bs_match_string(fail, context, bits, offset)."""
    cdef Operand* size = &op.operands[0] if op.op == G_bs_put_string else &op.operands[2]
    cdef Operand* offset = &op.operands[1] if op.op == G_bs_put_string else &op.operands[3]
    cdef word n
    if size.kind != O_UNSIGNED or offset.kind != O_UNSIGNED:
        return bad_op(l, op, b"damaged operands")
    n = size.value if op.op == G_bs_put_string else (size.value + 7) >> 3
    if offset.value > l.f.strings_size or n > l.f.strings_size - offset.value:
        return bad_op(l, op, b"string out of range")
    return True


cdef bint check_selection(Loader* l, Op* op) noexcept nogil:
    cdef uint32_t i
    cdef Operand* o
    if op.count < 3 or op.operands[1].kind != O_LABEL or op.operands[2].kind != O_LIST or op.operands[2].count % 2 != 0 \
            or not kind_fits(l, c's', &op.operands[0]):
        return bad_op(l, op, b"damaged operands")
    for i in range(0, op.operands[2].count, 2):
        o = &op.operands[3 + i]
        if o[1].kind != O_LABEL or o[1].value == 0:
            return bad_op(l, op, b"a target is no label")
        if op.op == G_select_val:
            if not is_constant(o):
                return bad_op(l, op, b"a value is no constant")
        elif o[0].kind != O_UNSIGNED or o[0].value >= (<word>1 << 26):
            return bad_op(l, op, b"an arity is no number")
    return True


cdef bint simple_selection(Loader* l, Op* op, uint32_t line, bint has_line) noexcept nogil:
    """select_val: values that are no immediates are compared first, one by one; of a selection among one
    value, a test remains. Appends what becomes of op."""
    cdef uint32_t i, n
    cdef Operand* o
    cdef Op* made
    cdef Op* rest = new_op(l, op.op, op.count)
    if rest == NULL:
        return False
    memcpy(rest.operands, op.operands, 3 * sizeof(Operand))
    n = 0
    for i in range(0, op.operands[2].count, 2):
        o = &op.operands[3 + i]
        if term_is_immed(o[0].value):
            rest.operands[3 + n] = o[0]
            rest.operands[4 + n] = o[1]
            n += 2
            continue
        made = new_op(l, G_is_ne_exact, 3)      # jumps if the terms are equal
        if made == NULL:
            return False
        made.operands[0] = o[1]
        made.operands[1] = op.operands[0]
        made.operands[2] = o[0]
        append(l, made)
    rest.operands[2].value = n
    rest.operands[2].count = n
    rest.count = 3 + n
    if n > 2:
        append(l, rest)
        return True
    if n == 2:
        made = new_op(l, G_is_eq_exact, 3)
        if made == NULL:
            return False
        made.operands[0] = op.operands[1]
        made.operands[1] = op.operands[0]
        made.operands[2] = rest.operands[3]
        append(l, made)
    made = new_op(l, G_jump, 1)
    if made == NULL:
        return False
    made.operands[0] = rest.operands[4] if n == 2 else op.operands[1]
    append(l, made)
    return True


cdef bint transform(Loader* l) noexcept nogil:
    """The file's operations as a list of Ops."""
    cdef GenericOp* g = l.f.ops
    cdef Op* op
    cdef uint32_t line = 0
    cdef bint has_line = False
    cdef uint32_t count
    l.last = &l.first
    while g != NULL:
        if g.opcode == G_line:
            if g.operand_count != 1 or g.operands[0].kind != O_UNSIGNED:
                return bad(l, b"line: damaged operand")
            # Without a line table every reference is to an unknown place.
            line = <uint32_t>g.operands[0].value if g.operands[0].value < l.f.line_count else 0
            if g.operands[0].value >= l.f.line_count and l.f.line_count > 1:
                return bad(l, b"line: out of range")
            has_line = True
            g = g.next
            continue
        if g.opcode == G_executable_line or g.opcode == G_debug_line or g.opcode == G_nif_start:
            g = g.next
            continue
        op = <Op*>take(l, sizeof(Op))
        if op == NULL:
            return False
        op.op = g.opcode
        op.count = g.operand_count
        op.operands = g.operands
        count = logical_count(op)
        if op.op == G_label:
            append(l, op)
            g = g.next
            continue
        op.line = line
        op.has_line = has_line
        has_line = False
        if g.opcode == G_func_info:
            if g.operand_count != 3 or g.operands[0].kind != O_ATOM or g.operands[1].kind != O_ATOM \
                    or g.operands[2].kind != O_UNSIGNED or g.operands[2].value > 255:
                return bad(l, b"func_info: damaged operands")
            op.operands = <Operand*>take(l, 4 * sizeof(Operand))
            if op.operands == NULL:
                return False
            if not op.has_line:
                op.line = 0
            op.has_line = True
            set_operand(&op.operands[0], O_UNSIGNED, l.f.lines[op.line].line if op.line < l.f.line_count else 0)
            memcpy(&op.operands[1], g.operands, 3 * sizeof(Operand))
            op.count = 4
        elif g.opcode == G_bif0 or g.opcode == G_bif1 or g.opcode == G_bif2 or g.opcode == G_bif3 \
                or g.opcode == G_gc_bif1 or g.opcode == G_gc_bif2 or g.opcode == G_gc_bif3:
            if not guard_bif(l, op):
                return False
        elif is_call_ext(g.opcode):
            if op.operands[0].kind != O_UNSIGNED or op.operands[1].kind != O_UNSIGNED \
                    or op.operands[1].value >= l.f.import_count \
                    or op.operands[0].value != l.f.imports[op.operands[1].value].arity:
                return bad_op(l, op, b"damaged operands")
            if not l.special[op.operands[1].value]:     # a rule may want to see this import first
                bif_call(l, op)
        elif g.opcode == G_bs_create_bin:
            if not create_bin(l, op):
                return False
        elif g.opcode == G_bs_put_string or g.opcode == G_bs_match_string:
            if not check_string(l, op):
                return False
        elif g.opcode == G_select_val or g.opcode == G_select_tuple_arity:
            if not check_selection(l, op):
                return False
            if g.opcode == G_select_val:
                if not simple_selection(l, op, line, has_line):
                    return False
                g = g.next
                continue
        elif g.opcode == G_make_fun2 or g.opcode == G_make_fun3:
            if op.operands[0].kind != O_UNSIGNED or op.operands[0].value >= l.f.lambda_count:
                return bad_op(l, op, b"lambda out of range")
            if g.opcode == G_make_fun3 and (count != 3 or op.operands[2].kind != O_LIST
                                            or op.operands[2].count != l.f.lambdas[op.operands[0].value].free):
                return bad_op(l, op, b"another number of free variables than the lambda has")
        if l.no_memory:
            return False
        append(l, op)
        g = g.next
    return True


# --- emitting ---------------------------------------------------------------------------------------------------

cdef struct Choice:
    word value
    uint32_t label


cdef int by_value(const void* a, const void* b) noexcept nogil:
    cdef word x = (<const Choice*>a).value
    cdef word y = (<const Choice*>b).value
    return -1 if x < y else (1 if x > y else 0)


cdef int by_small(const void* a, const void* b) noexcept nogil:
    cdef int64_t x = small_value((<const Choice*>a).value)
    cdef int64_t y = small_value((<const Choice*>b).value)
    return -1 if x < y else (1 if x > y else 0)


cdef bint emit_selection(Loader* l, Op* op) noexcept nogil:
    """select_val over immediates, select_tuple_arity: the best of the three forms of table."""
    cdef uint32_t n = op.operands[2].count // 2
    cdef uint32_t i, k
    cdef Choice* choices = <Choice*>take(l, (n + 1) * sizeof(Choice))
    cdef Operand head[2]
    cdef bint all_small = op.op == G_select_val
    cdef bint arity = op.op == G_select_tuple_arity
    cdef int64_t low, high, v
    cdef const en_form_info* form = NULL
    if choices == NULL:
        return False
    for i in range(n):
        choices[i].label = <uint32_t>op.operands[3 + 2 * i + 1].value
        if arity:
            choices[i].value = make_header(T_TUPLE, op.operands[3 + 2 * i].value)
        else:
            choices[i].value = op.operands[3 + 2 * i].value
            if not term_is_small(choices[i].value):
                all_small = False
    head[0] = op.operands[0]
    head[1] = op.operands[1]
    if all_small and n >= 4 and g_select_jump >= 0:
        qsort(choices, n, sizeof(Choice), by_small)
        low = small_value(choices[0].value)
        high = small_value(choices[n - 1].value)
        if high - low < 3 * <int64_t>n:
            form = find_form(l, <uint32_t>g_select_jump, head, 2)
            if form != NULL:
                if not emit_form(l, form, head) or not emit(l, <word>low) or not emit(l, <word>(high - low + 1)):
                    return False
                k = 0
                v = low
                while v <= high:
                    if small_value(choices[k].value) == v:
                        if not emit_label(l, choices[k].label):
                            return False
                        while k < n and small_value(choices[k].value) == v:
                            k += 1
                    elif not emit_label(l, op.operands[1].value):
                        return False
                    v += 1
                return True
    if n > LINEAR_MAX:
        form = find_form(l, <uint32_t>(g_select_arity_search if arity else g_select_search), head, 2)
        if form != NULL:
            qsort(choices, n, sizeof(Choice), by_value)
    if form == NULL:
        form = find_form(l, <uint32_t>(g_select_arity_linear if arity else g_select_linear), head, 2)
    if form == NULL:
        return bad_op(l, op, b"no instruction for these operands")
    if not emit_form(l, form, head) or not emit(l, n):
        return False
    for i in range(n):
        if not emit(l, choices[i].value):
            return False
    for i in range(n):
        if not emit_label(l, choices[i].label):
            return False
    return True


cdef bint note_line(Loader* l, uint32_t line) noexcept nogil:
    cdef LineRef* r = &l.f.lines[line]
    cdef LineEntry* e
    if l.line_count > 0:
        e = &l.lines[l.line_count - 1]
        if e.file == r.file and e.line == r.line:
            return True
        if e.code_offset == l.count:
            e.file = r.file
            e.line = r.line
            return True
    if not grow(l, <void**>&l.lines, &l.line_capacity, l.line_count, sizeof(LineEntry)):
        return False
    e = &l.lines[l.line_count]
    e.code_offset = <uint32_t>l.count
    e.file = r.file
    e.line = r.line
    l.line_count += 1
    return True


cdef bint begin_function(Loader* l, Op* op) noexcept nogil:
    cdef FunctionInfo* f
    if op.operands[1].value != l.f.name:
        return bad_op(l, op, b"a function of another module")
    if not grow(l, <void**>&l.functions, &l.function_capacity, l.function_count, sizeof(FunctionInfo)):
        return False
    f = &l.functions[l.function_count]
    l.function_count += 1
    f.info = <word*>l.count
    f.start = NULL
    f.end = NULL
    f.function = op.operands[2].value
    f.arity = <uint32_t>op.operands[3].value
    return True


cdef bint emit_with_scratch(Loader* l, Op* op, bint* done) noexcept nogil:
    """An operation with a constant where only registers have forms: the constant goes by the scratch register."""
    cdef uint32_t count = logical_count(op)
    cdef Operand* o = <Operand*>take(l, (op.count + 1) * sizeof(Operand))
    cdef Operand load[2]
    cdef const en_form_info* form
    cdef const en_form_info* move
    cdef uint32_t i
    done[0] = False
    if o == NULL:
        return False
    for i in range(count):
        if not is_constant(&op.operands[i]):
            continue
        memcpy(o, op.operands, op.count * sizeof(Operand))
        set_operand(&o[i], O_X, X_SCRATCH)
        form = find_form(l, op.op, o, count)
        load[0] = op.operands[i]
        load[1] = o[i]
        move = find_form(l, G_move, load, 2)
        if form != NULL and move != NULL:
            done[0] = True
            return emit_form(l, move, load) and emit_form(l, form, o)
    return True


cdef bint emit_return(Loader* l, Op* op) noexcept nogil:
    """Behind the call of a BIF in tail position: where what it traps to returns to (calls.tab, BIFs)."""
    cdef Operand slots
    cdef const en_form_info* form
    if op.op == <uint32_t>g_call_bif_last:
        slots = op.operands[3]
    else:
        set_operand(&slots, O_UNSIGNED, 0)
    form = find_form(l, <uint32_t>g_deallocate_return, &slots, 1)
    return form != NULL and emit_form(l, form, &slots)


cdef bint emit_all(Loader* l) noexcept nogil:
    cdef Op* op = l.first
    cdef const en_form_info* form
    cdef FunctionInfo* f = NULL
    cdef BifEntry* bif
    cdef Operand o
    cdef word label
    cdef bint at_entry = False          # behind func_info: the next label is the function's entry
    cdef bint done
    while op != NULL:
        if op.has_line and not note_line(l, op.line if op.line < l.f.line_count else 0):
            return False
        if op.op == G_label:
            label = op.operands[0].value
            if l.labels[label] != 0:
                return bad_op(l, op, b"a label is there twice")
            if f != NULL and not at_entry and f.start == <word*>l.count:
                # A loop to the very first instruction is no call: what traces calls must not stand there.
                form = find_form(l, <uint32_t>g_function_entry, NULL, 0)
                if form != NULL and not emit_form(l, form, NULL):
                    return False
            l.labels[label] = <uint32_t>l.count + 1
            if at_entry:
                at_entry = False
                f.start = <word*>l.count
                bif = bif_here(l.code, l.f.name, f.function, f.arity)
                if bif != NULL and g_call_native >= 0:
                    set_operand(&o, O_BIF, <word>bif)
                    form = find_form(l, <uint32_t>g_call_native, &o, 1)
                    if form != NULL and not emit_form(l, form, &o):
                        return False
            op = op.next
            continue
        if at_entry:
            return bad_op(l, op, b"a function without an entry label")
        if op.op == G_func_info:
            if not begin_function(l, op):
                return False
            f = &l.functions[l.function_count - 1]
            at_entry = True
        elif f == NULL and op.op != G_int_code_end:
            return bad_op(l, op, b"code before the first function")
        elif op.op == G_on_load:
            l.on_load = <uint32_t><word>f.start + 1
            op = op.next
            continue
        if op.op == G_select_val or op.op == G_select_tuple_arity:
            if not emit_selection(l, op):
                return False
            op = op.next
            continue
        form = find_form(l, op.op, op.operands, logical_count(op))
        if form == NULL:
            if op.op == G_int_code_end and not en_ops[op.op].defined:
                return True
            if not emit_with_scratch(l, op, &done):
                return False
            if done:
                op = op.next
                continue
            return bad_op(l, op, b"not defined" if op.op >= <uint32_t>EN_OP_COUNT or not en_ops[op.op].defined
                          else b"no instruction for these operands")
        if not emit_form(l, form, op.operands):
            return False
        if (op.op == <uint32_t>g_call_bif_last or op.op == <uint32_t>g_call_bif_only) and not emit_return(l, op):
            return False
        op = op.next
    return not at_entry or bad(l, b"a function without an entry label")


# --- the instance ------------------------------------------------------------------------------------------------

cdef bint resolve_imports(Loader* l) noexcept nogil:
    cdef uint32_t i
    cdef int k
    cdef BeamFile* f = l.f
    cdef ImportEntry* e
    cdef LambdaEntry* lambda_
    l.exports = <Export**>take(l, (f.import_count + 1) * sizeof(void*))
    l.bifs = <BifEntry**>take(l, (f.import_count + 1) * sizeof(void*))
    l.special = <uint8_t*>take(l, f.import_count + 1)
    l.funs = <FunEntry**>take(l, (f.lambda_count + 1) * sizeof(void*))
    l.labels = <uint32_t*>take(l, (<size_t>f.label_count + 1) * sizeof(uint32_t))
    if l.exports == NULL or l.bifs == NULL or l.special == NULL or l.funs == NULL or l.labels == NULL:
        return False
    for i in range(f.export_count):     # before its imports: their order is seen in module_info(exports)
        if export_get(l.code, f.name, f.exports[i].function, f.exports[i].arity) == NULL:
            return out_of_memory(l)
    for i in range(f.import_count):
        e = &f.imports[i]
        l.exports[i] = export_get(l.code, e.module, e.function, e.arity)
        if l.exports[i] == NULL:
            return out_of_memory(l)
        l.bifs[i] = bif_here(l.code, e.module, e.function, e.arity)
        for k in range(EN_RULE_ARG_COUNT):
            if en_rule_args[k].how == ENR_IMPORT and g_arg_atom[k] == e.module and g_arg_function[k] == e.function \
                    and <uint32_t>en_rule_args[k].value == e.arity:
                l.special[i] = 1
                break
    for i in range(f.lambda_count):
        lambda_ = &f.lambdas[i]
        l.funs[i] = fun_entry_get(l.code, f.name, lambda_.old_uniq, f.md5, lambda_.index,
                                  lambda_.arity - lambda_.free, lambda_.free)
        if l.funs[i] == NULL:
            return out_of_memory(l)
    return True


# The function whose entry a label is; NULL if it is none.
cdef FunctionInfo* entry_function(Loader* l, uint32_t label) noexcept nogil:
    cdef size_t at, low, high, middle
    if label >= l.f.label_count or l.labels[label] == 0:
        return NULL
    at = l.labels[label] - 1
    low = 0
    high = l.function_count
    while low < high:
        middle = (low + high) >> 1
        if <size_t>l.functions[middle].start <= at:
            low = middle + 1
        else:
            high = middle
    if low == 0 or <size_t>l.functions[low - 1].start != at:
        return NULL
    return &l.functions[low - 1]


cdef void* keep(Loader* l, const void* data, size_t count, size_t size) noexcept nogil:
    """A copy of its own for the instance; never NULL unless memory is exhausted."""
    cdef void* p = malloc(count * size + 8)
    if p == NULL:
        out_of_memory(l)
    elif count > 0:
        memcpy(p, data, count * size)
    return p


cdef bint complete(Loader* l) noexcept nogil:
    """Turns indices into addresses and fills the instance."""
    cdef ModuleInstance* out = l.out
    cdef BeamFile* f = l.f
    cdef FunctionInfo* function
    cdef ExportEntry* e
    cdef Export* export
    cdef size_t i, k
    cdef uint32_t label
    cdef word* base
    cdef void* smaller
    if l.function_count != f.function_count:
        return bad(l, b"another number of functions than the code chunk says")
    for i in range(f.export_count):
        e = &f.exports[i]
        function = entry_function(l, e.label)
        if function == NULL or function.arity != e.arity or function.function != e.function:
            return bad(l, b"an export is no function of the module")
    for i in range(f.lambda_count):
        function = entry_function(l, f.lambdas[i].label)
        if function == NULL or function.arity != f.lambdas[i].arity:
            return bad(l, b"a lambda is no function of the module")
    for i in range(l.fixup_count):
        if l.labels[l.fixups[i].label] == 0:
            return bad(l, b"a label that is not there")
    if not emit(l, 0):                  # so that the last return address lies inside, too
        return False
    smaller = realloc(l.words, l.count * sizeof(word))
    if smaller != NULL:
        l.words = <word*>smaller
    base = l.words
    out.code_start = base
    out.code_end = base + l.count
    l.words = NULL
    for i in range(l.fixup_count):
        base[l.fixups[i].at] = <word>(base + (l.labels[l.fixups[i].label] - 1))
    out.exports = <ExportedFunction*>calloc(f.export_count + 1, sizeof(ExportedFunction))
    out.funs = <FunEntry**>keep(l, l.funs, f.lambda_count, sizeof(void*))
    out.functions = <FunctionInfo*>keep(l, l.functions, l.function_count, sizeof(FunctionInfo))
    out.lines = <LineEntry*>keep(l, l.lines, l.line_count, sizeof(LineEntry))
    out.file_names = <Term*>keep(l, f.file_names, f.file_count, sizeof(Term))
    out.literal_terms = <Term*>keep(l, f.literals, f.literal_count, sizeof(Term))
    out.attributes = <uint8_t*>keep(l, f.attributes, f.attributes_size, 1)
    out.compile_info = <uint8_t*>keep(l, f.compile_info, f.compile_size, 1)
    out.extra = keep(l, f.lambdas, f.lambda_count, sizeof(LambdaEntry))
    if out.exports == NULL or l.no_memory:
        return out_of_memory(l)
    for i in range(f.export_count):
        export = export_get(l.code, f.name, f.exports[i].function, f.exports[i].arity)
        if export == NULL:
            return out_of_memory(l)
        k = i                           # the oldest first; they mostly are
        while k > 0 and out.exports[k - 1].export.number > export.number:
            out.exports[k] = out.exports[k - 1]
            k -= 1
        out.exports[k].export = export
        out.exports[k].address = base + (l.labels[f.exports[i].label] - 1)
    out.export_count = f.export_count
    out.fun_count = f.lambda_count
    for i in range(f.lambda_count):     # `extra` keeps the entry addresses of the lambdas
        label = f.lambdas[i].label
        (<LambdaEntry*>out.extra)[i].old_uniq = <uint64_t>(base + (l.labels[label] - 1))
    for i in range(l.function_count):
        function = &out.functions[i]
        function.info = base + <size_t>function.info
        function.start = base + <size_t>function.start
        if i > 0:
            out.functions[i - 1].end = function.info
    if l.function_count > 0:
        out.functions[l.function_count - 1].end = out.code_end
    out.function_count = <uint32_t>l.function_count
    out.line_count = <uint32_t>l.line_count
    out.file_count = f.file_count
    out.literal_count = f.literal_count
    out.attributes_size = f.attributes_size
    out.compile_size = f.compile_size
    memcpy(out.md5, f.md5, 16)
    if l.on_load != 0:
        out.on_load = base + (l.on_load - 1)
    out.literals = f.literal_area
    f.literal_area = NULL
    return True


cdef bint check_code(Loader* l) noexcept nogil:
    cdef unsigned int opcode = 0
    cdef const char* wrong = code_check(l.f, &opcode)
    if wrong != NULL and l.error[0] == 0:
        snprintf(l.error, l.error_size, b"%s: %s", opcode_name(opcode), wrong)
    return wrong == NULL


cdef bint decide_all(Loader* l) noexcept nogil:
    cdef uint32_t n = l.f.label_count
    if not decide_operations(l.first, &n, l.f.strings, l, <OpMaker>new_op):
        return False
    if n > l.f.label_count:
        l.labels = <uint32_t*>take(l, (<size_t>n + 1) * sizeof(uint32_t))
    return l.labels != NULL


cdef void loader_free(Loader* l) noexcept nogil:
    cdef Piece* p = l.arena
    cdef Piece* following
    while p != NULL:
        following = p.next
        free(p)
        p = following
    free(l.words)
    free(l.fixups)
    free(l.lines)
    free(l.functions)


cdef ModuleInstance* code_prepare(CodeTables* code, Term name, const uint8_t* data, size_t size,
                                  Term* reason, char* error, size_t error_size) noexcept nogil:
    """May take long; allocates no terms but literals."""
    cdef BeamFile f
    cdef Loader l
    cdef ModuleInstance* out = NULL
    cdef Module* m
    cdef Atom* a
    cdef char unseen[200]
    cdef bint ok = False
    if error == NULL or error_size == 0:
        error = unseen
        error_size = sizeof(unseen)
    error[0] = 0
    reason[0] = AM_badfile
    memset(&l, 0, sizeof(l))
    l.counted = profile_enabled()
    l.code = code
    external_set_context(code)       # external funs among the literals
    l.f = &f
    l.error = error
    l.error_size = error_size
    if not beam_read(data, size, &f):
        snprintf(error, error_size, b"%s", <char*>f.error)
        return NULL
    if name != 0 and f.name != name:
        a = atom_get(f.name)
        snprintf(error, error_size, b"module name in object code is %.*s", <int>min(a.length, 100), <char*>a.name)
        beam_free(&f)
        return NULL
    out = <ModuleInstance*>calloc(1, sizeof(ModuleInstance))
    m = module_get(code, f.name)
    if out == NULL or m == NULL:
        out_of_memory(&l)
    else:
        l.out = out
        out.module = m
        out.strings = keep(&l, f.strings, f.strings_size, 1)
        out.strings_size = f.strings_size
        ok = not l.no_memory and check_code(&l) and resolve_imports(&l) and transform(&l) and decide_all(&l) \
            and join_operations(&l.first, &l, <OpMaker>new_op) and fuse_all(&l) and emit_all(&l) and complete(&l)
    loader_free(&l)
    beam_free(&f)
    if not ok:
        if l.no_memory:
            reason[0] = AM_system_limit
        bad(&l, b"damaged file")
        instance_free(out)
        return NULL
    return out


cdef void code_discard(CodeTables* code, ModuleInstance* prepared) noexcept nogil:
    instance_free(prepared)


# --- publishing ----------------------------------------------------------------------------------------------------

cdef BifEntry* bif_here(CodeTables* code, Term module, Term function, uint32_t arity) noexcept nogil:
    """The BIF of this name in this VM: those that its release does not have are none (bif/releases.pyx)."""
    cdef BifEntry* bif = bif_find(module, function, arity)
    cdef Export* e
    if bif == NULL or bif.flags & BIF_NIF:
        return bif
    e = export_find(code, module, function, arity)
    return bif if e == NULL else e.bif


cdef bint instance_contains(ModuleInstance* i, word* address) noexcept nogil:
    return i != NULL and i.code_start <= address and address < i.code_end


cdef void publish_exports(ModuleInstance* instance) noexcept nogil:
    cdef uint32_t i
    cdef Export* e
    for i in range(instance.export_count):
        e = instance.exports[i].export
        if e.bif == NULL:
            en_storep_rel(<void**>&e.address, instance.exports[i].address)
        e.on_load_address = NULL


cdef void withdraw_exports(ModuleInstance* instance) noexcept nogil:
    """Exports that still lead into this instance go back to the error handler."""
    cdef uint32_t i
    cdef Export* e
    if instance == NULL:
        return
    for i in range(instance.export_count):
        e = instance.exports[i].export
        if e.bif == NULL and instance_contains(instance, <word*>en_loadp_acq(<void**>&e.address)):
            en_storep_rel(<void**>&e.address, e.stub)


cdef void publish_funs(ModuleInstance* instance) noexcept nogil:
    cdef uint32_t i
    for i in range(instance.fun_count):
        en_storep_rel(<void**>&instance.funs[i].address, <void*>(<LambdaEntry*>instance.extra)[i].old_uniq)


cdef void withdraw_funs(ModuleInstance* instance) noexcept nogil:
    cdef uint32_t i
    cdef FunEntry* f
    for i in range(instance.fun_count):
        f = instance.funs[i]
        if instance_contains(instance, <word*>en_loadp_acq(<void**>&f.address)):
            en_storep_rel(<void**>&f.address, f.stub)


cdef Term code_finish(CodeTables* code, ModuleInstance** prepared, size_t n) noexcept nogil:
    cdef size_t i
    cdef Module* m
    cdef ModuleInstance* former
    cdef Term result = AM_ok
    for i in range(n):
        m = prepared[i].module
        if (m.current != NULL and m.old != NULL) or m.on_load_pending != NULL:
            return AM_not_purged
    for i in range(n):
        if not code_range_add(code, prepared[i]):
            while i > 0:
                i -= 1
                code_range_remove(code, prepared[i])
            return AM_system_limit
    for i in range(n):
        m = prepared[i].module
        m.flags |= MODULE_SEEN
        publish_funs(prepared[i])
        if prepared[i].on_load != NULL:
            m.on_load_pending = prepared[i]
            result = AM_on_load
            continue
        en_spin_lock(&code.lock)
        former = m.current
        if former != NULL:
            m.old = former
        m.current = prepared[i]
        en_spin_unlock(&code.lock)
        publish_exports(prepared[i])
        withdraw_exports(former)
    return result


cdef bint code_finish_on_load(CodeTables* code, Module* m, bint keep) noexcept nogil:
    """The on_load function has run. keep: its module becomes current; else it waits to be purged."""
    cdef ModuleInstance* instance = m.on_load_pending
    cdef ModuleInstance* former
    if instance == NULL or instance.on_load == NULL:
        return False
    if keep:
        if m.current != NULL and m.old != NULL:
            return False
        en_spin_lock(&code.lock)
        former = m.current
        if former != NULL:
            m.old = former
        m.current = instance
        m.on_load_pending = NULL
        instance.on_load = NULL
        en_spin_unlock(&code.lock)
        publish_exports(instance)
        withdraw_exports(former)
    return True


cdef bint code_delete(CodeTables* code, Module* m) noexcept nogil:
    """False if there is old code, which must be purged first, or none to delete."""
    cdef ModuleInstance* former
    if m.old != NULL or m.current == NULL:
        return m.old == NULL
    en_spin_lock(&code.lock)
    former = m.current
    m.old = former
    m.current = NULL
    en_spin_unlock(&code.lock)
    withdraw_exports(former)
    return True


# --- purging ----------------------------------------------------------------------------------------------------------

cdef struct Purge:
    Module* module
    ModuleInstance* target
    bint on_load            # target is the on_load code, not the old code
    Term by                 # the process that purges
    Term* waiting           # pids of those that have called a fun of the target; malloc'd; under the lock of the tables
    size_t waiting_count, waiting_room

cdef Purge* purge_state(CodeTables* code) noexcept nogil:
    if code.purge == NULL:
        code.purge = calloc(1, sizeof(Purge))
    return <Purge*>code.purge


cdef ModuleInstance* code_old_instance(CodeTables* code, Term module) noexcept nogil:
    cdef Module* m = module_find(code, module)
    cdef Purge* p = <Purge*>code.purge
    if m == NULL:
        return NULL
    if p != NULL and p.module == m and p.target != NULL:
        return p.target
    return m.old


cdef bint code_purge_prepare(CodeTables* code, Term module, bint on_load, Term by, bint* busy) noexcept nogil:
    cdef Module* m = module_find(code, module)
    cdef Purge* p = purge_state(code)
    busy[0] = False
    if p == NULL:
        return False
    if p.module != NULL:
        busy[0] = True
        return False
    if m == NULL or (m.on_load_pending if on_load else m.old) == NULL:
        return False
    en_spin_lock(&code.lock)
    p.module = m
    p.target = m.on_load_pending if on_load else m.old
    p.on_load = on_load
    p.by = by
    en_spin_unlock(&code.lock)
    withdraw_funs(p.target)         # who calls one now waits for the end of the purge
    return True


cdef bint purging_fun(Purge* p, FunEntry* entry) noexcept nogil:
    """Is the entry one of the code that is being purged? The tables are locked."""
    cdef uint32_t i
    if p.module != NULL and p.module.name == entry.module:
        for i in range(p.target.fun_count):
            if p.target.funs[i] == entry:
                return True
    return False


cdef bint code_fun_held(CodeTables* code, FunEntry* entry) noexcept nogil:
    cdef Purge* p = <Purge*>code.purge
    cdef bint held = <word*>en_loadp_acq(<void**>&entry.address) != entry.stub
    if not held and p != NULL:
        en_spin_lock(&code.lock)
        held = purging_fun(p, entry)
        en_spin_unlock(&code.lock)
    return held


cdef Term code_fun_awaits(CodeTables* code, FunEntry* entry, Term pid) noexcept nogil:
    cdef Purge* p = <Purge*>code.purge
    cdef Term* grown
    cdef Term by = 0
    if p == NULL:
        return 0
    en_spin_lock(&code.lock)
    if purging_fun(p, entry):
        by = p.by
    if by != 0 and p.waiting_count == p.waiting_room:
        grown = <Term*>realloc(p.waiting, (p.waiting_room * 2 + 16) * sizeof(Term))
        if grown == NULL:
            by = 0
        else:
            p.waiting = grown
            p.waiting_room = p.waiting_room * 2 + 16
    if by != 0:
        p.waiting[p.waiting_count] = pid
        p.waiting_count += 1
    en_spin_unlock(&code.lock)
    return by


cdef Term* code_purge_waiting(CodeTables* code, size_t* count) noexcept nogil:
    cdef Purge* p = <Purge*>code.purge
    cdef Term* list_
    if p == NULL:
        count[0] = 0
        return NULL
    en_spin_lock(&code.lock)
    list_ = p.waiting
    count[0] = p.waiting_count
    p.waiting = NULL
    p.waiting_count = p.waiting_room = 0
    en_spin_unlock(&code.lock)
    return list_


# The funs of code that stays after all lead into it again.
cdef void restore_funs(ModuleInstance* instance) noexcept nogil:
    cdef uint32_t i
    cdef FunEntry* f
    for i in range(instance.fun_count):
        f = instance.funs[i]
        if <word*>en_loadp_acq(<void**>&f.address) == f.stub:
            en_storep_rel(<void**>&f.address, <void*>(<LambdaEntry*>instance.extra)[i].old_uniq)


cdef bint code_purge_abort(CodeTables* code, Term module) noexcept nogil:
    cdef Purge* p = <Purge*>code.purge
    if p == NULL or p.module == NULL or p.module.name != module:
        return False
    restore_funs(p.target)
    en_spin_lock(&code.lock)
    p.module = NULL
    p.target = NULL
    en_spin_unlock(&code.lock)
    return True


cdef ModuleInstance* code_purge_take(CodeTables* code, Term module) noexcept nogil:
    cdef Purge* p = <Purge*>code.purge
    cdef ModuleInstance* instance
    if p == NULL or p.module == NULL or p.module.name != module:
        return NULL
    instance = p.target
    en_spin_lock(&code.lock)
    if p.on_load:
        p.module.on_load_pending = NULL
    else:
        p.module.old = NULL
    p.module = NULL
    p.target = NULL
    en_spin_unlock(&code.lock)
    withdraw_funs(instance)
    return instance


cdef void code_retire(CodeTables* code, ModuleInstance* instance, bint keep) noexcept nogil:
    """keep: somebody may still be in the code, so it goes on the list of those that wait. The literals of what is
    freed here stay until the VM ends, unless the caller has taken them: processes may hold them."""
    if keep:
        en_spin_lock(&code.lock)
        instance.next_retired = code.retired
        code.retired = instance
        en_spin_unlock(&code.lock)
        return
    code_range_remove(code, instance)
    if instance.literals != NULL:
        en_spin_lock(&code.lock)
        instance.literals.next = code.retired_literals
        code.retired_literals = instance.literals
        en_spin_unlock(&code.lock)
        instance.literals = NULL
    instance_free(instance)


cdef void code_purge_finish(CodeTables* code, Module* m) noexcept nogil:
    cdef ModuleInstance* instance
    en_spin_lock(&code.lock)
    instance = m.old
    m.old = NULL
    en_spin_unlock(&code.lock)
    if instance != NULL:
        withdraw_funs(instance)
        code_retire(code, instance, False)


resolve_rule_atoms()

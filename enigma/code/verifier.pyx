"""The walk over a file's operations; see verifier.pxd.

A State says what is known in front of one operation: the frame's size, the kind of each X and Y register, and
the words that the last test_heap left. Each label keeps the State that all ways to it share; a block, from one
label to the next, is walked again whenever its label's State grows weaker. A function that is neither exported
nor a fun starts with what its callers hand over, so a match context may come as an argument; all others start
with plain terms.

What an exception finds: the frame as it is then, so every change of a Y register while a handler is active is
merged into the label of the innermost one, which is that of the lowest Y register (exception.pyx looks for it in
this order).

Invariant: States only ever grow weaker, so the walk ends; an operation proved once and not again later gets its
checked form at that later time, and keeps it.

Read next: loader.pyx; instructions/*.tab for what each operation relies on.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy
from enigma.term.core cimport Term
from enigma.term.pack cimport *
from enigma.term.boxed cimport *
from enigma.term.am cimport *
from enigma.term.atom cimport atom_from_cstr
from enigma.code.joining cimport command_length
from enigma.code.module cimport BIF_GUARD, BIF_NIF, BifEntry, bif_find
from enigma.code.reader cimport *
from enigma.code.opcodes_generated cimport *

cdef enum:
    REGISTERS = 1024
    UNKNOWN = -2                # frame: it depends on the way here
    NONE = -1                   # there is none
    PIECE = 1 << 16             # bytes of the arena's pieces
    WEAKER_MAX = 4              # times that an entry is taken as its callers make it; then arguments are any term
    LOOK_AHEAD = 40             # operations
    GUARDS = 32                 # made at once
    WALKS_MAX = 64              # operations walked, as a multiple of those there are
    # kinds of a register; a word is kind | parameter << 8
    K_UNSET = 0
    K_ANY = 1                   # some term
    K_CONS = 2
    K_TUPLE = 3                 # parameter: it has at least this many elements
    K_MAP = 4
    K_FLOAT = 5
    K_FRESH = 6                 # a tuple that setelement/3 has just made: the only one that may be written to
    K_PLAIN = 6                 # all up to here are terms
    K_CONTEXT = 7               # match context
    K_MAYBE_CONTEXT = 8         # a term or a match context
    K_NO_VALUE = 9              # x0 in a handler
    K_MAYBE_NO_VALUE = 10       # x0 behind a catch
    K_HANDLER = 11              # parameter: the handler's label
    # what is known of an import
    I_SEEN = 1
    I_GUARD = 2                 # a BIF for bif and gc_bif operations
    I_NO_ROOM = 4               # ... that takes no heap
    I_NEVER_RETURNS = 8
    I_SETELEMENT = 16
    I_SIZE = 64                 # byte_size and bit_size take match contexts too
    I_FLOAT = 32                # its value is a float

cdef struct State:
    int32_t frame
    uint32_t slots              # Y registers that are there whatever the frame
    uint32_t nx                 # X registers that may hold something
    uint32_t room               # words of heap
    uint32_t handlers           # Y registers of kind K_HANDLER
    bint building               # bs_put_ operations may follow
    bint fresh                  # some register may be K_FRESH
    uint32_t x[REGISTERS]
    uint32_t y[REGISTERS]

cdef struct Saved:              # a State at a label; kinds of X registers, then of Y registers
    int32_t frame
    uint32_t slots
    uint32_t nx
    uint32_t room
    uint32_t handlers
    uint32_t held               # X registers there is place for
    bint building
    uint32_t kinds[1]

cdef struct Function:
    uint32_t first, last        # its labels, as numbers in file order
    uint32_t end                # operation behind it
    uint32_t entry              # label; 0: none
    uint32_t arity
    uint32_t weaker             # times that its entry grew weaker
    bint backward               # some operation jumps back
    bint queued

cdef struct Piece:
    Piece* next

cdef struct Guard:              # an operation put in
    GenericOp op
    Operand operands[2]

cdef struct Verifier:
    BeamFile* f
    State s
    State h                     # a handler's
    Piece* arena
    char* at
    char* end
    Saved** saved               # by label
    uint32_t* order             # by label: its number in file order + 1; 0: not in the code
    uint32_t* places            # by number in file order: the operation
    uint32_t* names             # ... the label
    uint8_t* dirty              # ...
    uint32_t* owner             # ... the function
    uint32_t count              # labels
    Function* functions
    uint32_t function_count
    uint32_t* queue             # functions to walk: a ring of function_count + 1
    uint32_t head, tail
    uint32_t function           # being walked
    uint32_t low                # no dirty label of it has a lower number
    uint32_t here               # operation
    uint8_t* imports            # I_
    bint wrote_y
    Guard* guards               # of the file's memory, not used yet
    uint32_t guards_left
    const char* wrong
    uint64_t walked

# What the operations without a case of their own do with their operands: f label or none, j label, s source,
# S source that must outlive a collection, c match context, d destination, L live registers, b: into the binary
# that is being built, v list of sources, V the same that must outlive a collection, . nothing to look at.
cdef const char* roles[256]
# Atoms of BIFs that take no heap when they are called by a bif operation.
cdef Term no_room_bifs[64]
cdef int no_room_count = 0
cdef enum:
    NOWHERE = 0x7FFFFFFF         # no label, no function

cdef Term nif_error = atom_from_cstr(b"nif_error")


cdef void set_up() noexcept:
    global no_room_count
    for name in (b"self", b"node", b"get", b"hd", b"tl", b"element", b"tuple_size", b"map_size", b"map_get", b"is_map_key",
                 b"size", b"byte_size", b"bit_size", b"length", b"not", b"and", b"or", b"xor", b"max", b"min", b"==", b"/=",
                 b"=:=", b"=/=", b"<", b">", b"=<", b">=", b"is_function", b"is_record", b"is_boolean", b"is_atom", b"is_list",
                 b"is_binary", b"is_bitstring", b"is_float", b"is_integer", b"is_map", b"is_number", b"is_pid", b"is_port",
                 b"is_reference", b"is_tuple"):
        no_room_bifs[no_room_count] = atom_from_cstr(name)
        no_room_count += 1
    for opcode in (G_is_lt, G_is_ge, G_is_eq, G_is_ne, G_is_eq_exact, G_is_ne_exact, G_is_function2):
        roles[opcode] = b"jss"
    for opcode in (G_is_integer, G_is_float, G_is_number, G_is_atom, G_is_pid, G_is_reference, G_is_port, G_is_nil,
                   G_is_binary, G_is_list, G_is_nonempty_list, G_is_tuple, G_is_boolean, G_is_function, G_is_bitstr, G_is_map):
        roles[opcode] = b"js"
    roles[G_is_any_native_record] = b"js"
    roles[G_is_native_record] = b"jsss"
    roles[G_test_arity] = b"js."
    roles[G_is_tagged_tuple] = b"js.s"
    roles[G_has_map_fields] = b"jsv"
    for opcode in (G_badmatch, G_case_end, G_try_case_end, G_badrecord, G_recv_marker_clear, G_recv_marker_use):
        roles[opcode] = b"s"
    roles[G_if_end] = b""
    roles[G_raise] = b"ss"
    roles[G_recv_marker_bind] = b"ss"
    roles[G_recv_marker_reserve] = b"d"
    roles[G_remove_message] = b""
    roles[G_timeout] = b""
    roles[G_line] = b"."
    roles[G_executable_line] = b".."
    roles[G_debug_line] = b"...."
    roles[G_on_load] = b""
    roles[G_nif_start] = b""
    roles[G_recv_mark] = b"."
    roles[G_recv_set] = b"."
    roles[G_fclearerror] = b""
    roles[G_fcheckerror] = b"f"
    roles[G_fconv] = b"s."
    for opcode in (G_fadd, G_fsub, G_fmul, G_fdiv):
        roles[opcode] = b"f..."
    roles[G_fnegate] = b"f.."
    roles[G_put_map_assoc] = b"fSdLV"
    roles[G_put_map_exact] = b"fSdLV"
    roles[G_bs_get_integer2] = b"jcLs..d"
    roles[G_bs_get_float2] = b"jcLs..d"
    roles[G_bs_get_binary2] = b"jcLs..d"
    roles[G_bs_skip_bits2] = b"jcs.."
    roles[G_bs_test_tail2] = b"jc."
    roles[G_bs_test_unit] = b"jc."
    roles[G_bs_match_string] = b"jc.."
    for opcode in (G_bs_get_utf8, G_bs_get_utf16, G_bs_get_utf32):
        roles[opcode] = b"jcL.d"
    for opcode in (G_bs_skip_utf8, G_bs_skip_utf16, G_bs_skip_utf32):
        roles[opcode] = b"jcL."
    roles[G_bs_get_tail] = b"cdL"
    roles[G_bs_get_position] = b"cdL"
    roles[G_bs_set_position] = b"cs"
    roles[G_bs_add] = b"fss.d"
    roles[G_bs_utf8_size] = b"fsd"
    roles[G_bs_utf16_size] = b"fsd"
    for opcode in (G_bs_put_integer, G_bs_put_float, G_bs_put_binary):
        roles[opcode] = b"bfs..s"
    for opcode in (G_bs_put_utf8, G_bs_put_utf16, G_bs_put_utf32):
        roles[opcode] = b"bf.s"
    roles[G_bs_put_string] = b"b.."


cdef bint bad(Verifier* v, const char* text) noexcept nogil:
    """Notes the first thing that is wrong; always False."""
    if v.wrong == NULL:
        v.wrong = text
    return False


cdef void* take(Verifier* v, size_t size) noexcept nogil:
    cdef Piece* p
    cdef size_t piece
    cdef void* out
    size = (size + 7) & ~<size_t>7
    if v.at == NULL or <size_t>(v.end - v.at) < size:
        piece = PIECE if size < PIECE // 2 else size + sizeof(Piece)
        p = <Piece*>malloc(piece)
        if p == NULL:
            bad(v, b"out of memory")
            return NULL
        p.next = v.arena
        v.arena = p
        v.at = <char*>p + sizeof(Piece)
        v.end = <char*>p + piece
    out = v.at
    v.at += size
    return out


# --- kinds and States -----------------------------------------------------------------------------------

cdef inline uint32_t kind_of(uint32_t k) noexcept nogil:
    return k & 0xFF


cdef inline bint is_plain(uint32_t k) noexcept nogil:
    return 0 < (k & 0xFF) <= K_PLAIN


cdef inline uint32_t tuple_kind(word arity) noexcept nogil:
    return K_TUPLE | (<uint32_t>arity << 8 if arity < (1 << 23) else <uint32_t>(1 << 23) << 8)


cdef uint32_t join(uint32_t a, uint32_t b) noexcept nogil:
    """What is known of a register that has kind a or b."""
    cdef uint32_t i = a & 0xFF, k = b & 0xFF
    if a == b:
        return a
    if is_plain(a) and is_plain(b):
        if i == K_TUPLE and k == K_TUPLE:
            return a if a < b else b
        return K_ANY
    if (is_plain(a) or i == K_CONTEXT or i == K_MAYBE_CONTEXT) and (is_plain(b) or k == K_CONTEXT or k == K_MAYBE_CONTEXT):
        return K_MAYBE_CONTEXT
    if (is_plain(a) or i == K_NO_VALUE or i == K_MAYBE_NO_VALUE) and (is_plain(b) or k == K_NO_VALUE or k == K_MAYBE_NO_VALUE):
        return K_MAYBE_NO_VALUE
    return K_UNSET


cdef inline uint32_t settled(uint32_t k) noexcept nogil:
    return K_ANY if k == K_FRESH else k


cdef void forget_fresh(State* s) noexcept nogil:
    cdef uint32_t i
    s.fresh = False
    for i in range(s.nx):
        s.x[i] = settled(s.x[i])
    for i in range(s.slots):
        s.y[i] = settled(s.y[i])


cdef void mark(Verifier* v, uint32_t number) noexcept nogil:
    """The block at this label must be walked (again)."""
    cdef uint32_t owner = v.owner[number]
    v.dirty[number] = 1
    if owner == v.function:
        if number < v.low:
            v.low = number
    if not v.functions[owner].queued:
        v.functions[owner].queued = True
        v.queue[v.tail] = owner
        v.tail = v.tail + 1 if v.tail < v.function_count else 0


cdef bint merge(Verifier* v, uint32_t label, State* s) noexcept nogil:
    """One way to this label is with State s."""
    cdef uint32_t number = v.order[label] - 1
    cdef Saved* at = v.saved[label]
    cdef uint32_t i, n, k
    cdef uint32_t* kinds
    cdef bint changed = False
    if at == NULL:
        n = s.nx + s.slots
        at = <Saved*>take(v, sizeof(Saved) + n * sizeof(uint32_t))
        if at == NULL:
            return False
        at.frame = s.frame
        at.slots = s.slots
        at.nx = s.nx
        at.held = s.nx
        at.room = s.room
        at.handlers = s.handlers
        at.building = s.building
        memcpy(at.kinds, s.x, s.nx * sizeof(uint32_t))
        memcpy(at.kinds + s.nx, s.y, s.slots * sizeof(uint32_t))
        if s.fresh:
            for i in range(n):
                at.kinds[i] = settled(at.kinds[i])
        v.saved[label] = at
        mark(v, number)
        return True
    if at.frame != s.frame and at.frame != UNKNOWN:
        at.frame = UNKNOWN
        changed = True
    if s.slots < at.slots:
        at.slots = s.slots
        changed = True
    kinds = at.kinds + at.held
    for i in range(at.slots):
        if kinds[i] != s.y[i]:
            k = join(kinds[i], settled(s.y[i]))
            if k == K_UNSET and at.frame != UNKNOWN:
                return bad(v, b"an exception handler that is there or not")
            if k != kinds[i]:
                kinds[i] = k
                changed = True
    if s.nx < at.nx:
        at.nx = s.nx
        changed = True
    for i in range(at.nx):
        if at.kinds[i] != s.x[i]:
            k = join(at.kinds[i], settled(s.x[i]))
            if k != at.kinds[i]:
                at.kinds[i] = k
                changed = True
    if s.room < at.room:
        at.room = s.room
        changed = True
    if at.building and not s.building:
        at.building = False
        changed = True
    if changed:
        mark(v, number)
    return True


cdef void restore(Verifier* v, Saved* at) noexcept nogil:
    cdef State* s = &v.s
    s.frame = at.frame
    s.slots = at.slots
    s.nx = at.nx
    s.room = at.room
    s.handlers = at.handlers
    s.building = at.building
    s.fresh = False
    memcpy(s.x, at.kinds, at.nx * sizeof(uint32_t))
    memcpy(s.y, at.kinds + at.held, at.slots * sizeof(uint32_t))


cdef bint flow(Verifier* v, State* s, Operand* o, bint wanted, bint circle) noexcept nogil:
    """The operation may go on at this label. wanted: it must be one; circle: going back is fine."""
    cdef uint32_t number
    if o.kind != O_LABEL:
        return bad(v, b"not a label")
    if o.value == 0:
        return bad(v, b"a label is missing") if wanted else True
    number = v.order[o.value]
    if number == 0:
        return bad(v, b"a label that is nowhere")
    if v.owner[number - 1] != v.function:
        return bad(v, b"a label of another function")
    if not circle and v.places[number - 1] <= v.here:
        v.functions[v.function].backward = True
    return merge(v, <uint32_t>o.value, s)


cdef bint reach_handler(Verifier* v) noexcept nogil:
    """An exception may come now: merges into the innermost handler."""
    cdef State* s = &v.s
    cdef uint32_t i
    cdef Operand o
    if s.handlers == 0 or s.frame <= 0:
        return True
    for i in range(<uint32_t>s.frame):
        if kind_of(s.y[i]) == K_HANDLER:
            memcpy(v.h.y, s.y, <size_t>s.frame * sizeof(uint32_t))
            v.h.frame = s.frame
            v.h.slots = s.slots
            v.h.handlers = s.handlers
            v.h.room = 0
            v.h.building = False
            v.h.fresh = s.fresh
            v.h.nx = 4
            v.h.x[0] = K_NO_VALUE
            v.h.x[1] = K_ANY
            v.h.x[2] = K_ANY
            v.h.x[3] = K_ANY
            o.kind = O_LABEL
            o.value = s.y[i] >> 8
            return flow(v, &v.h, &o, True, False)
    return True


# --- operands ---------------------------------------------------------------------------------------------

cdef uint32_t kind_at(Verifier* v, Operand* o) noexcept nogil:
    """The kind of a source; K_UNSET if there is nothing."""
    if o.kind == O_X:
        return v.s.x[o.value] if o.value < v.s.nx else K_UNSET
    if o.kind == O_Y:
        return v.s.y[o.value] if o.value < v.s.slots else K_UNSET
    if o.kind == O_LITERAL or o.kind == O_INTEGER or o.kind == O_ATOM or o.kind == O_NIL:
        if term_is_list(o.value):
            return K_CONS
        if term_is_tuple(o.value):
            return tuple_kind(tuple_arity(o.value))
        if term_is_float(o.value):
            return K_FLOAT
        if term_is_map(o.value):
            return K_MAP
        return K_ANY
    return K_UNSET


cdef bint source(Verifier* v, Operand* o) noexcept nogil:
    cdef uint32_t k = kind_at(v, o)
    if is_plain(k):
        if k == K_FRESH:
            forget_fresh(&v.s)
        return True
    if o.kind == O_Y and o.value >= v.s.slots:
        return bad(v, b"a Y register outside of the frame")
    if k == K_UNSET:
        return bad(v, b"a register that holds nothing" if o.kind == O_X else b"not a source")
    if k == K_CONTEXT or k == K_MAYBE_CONTEXT:
        return bad(v, b"a match context taken for a term")
    return bad(v, b"a register that holds no term")


cdef bint context(Verifier* v, Operand* o) noexcept nogil:
    if (o.kind != O_X and o.kind != O_Y) or kind_at(v, o) != K_CONTEXT:
        return bad(v, b"not a match context")
    return True


cdef bint store(Verifier* v, Operand* o, uint32_t k) noexcept nogil:
    cdef State* s = &v.s
    cdef uint32_t i
    if o.kind == O_X:
        i = <uint32_t>o.value
        while s.nx < i:
            s.x[s.nx] = K_UNSET
            s.nx += 1
        if i == s.nx:
            s.nx += 1
        s.x[i] = k
        return True
    if o.kind != O_Y:
        return bad(v, b"not a register")
    if s.frame <= 0 or o.value >= <word>s.frame:
        return bad(v, b"a Y register outside of the frame")
    if kind_of(s.y[o.value]) == K_HANDLER:
        return bad(v, b"an exception handler is overwritten")
    s.y[o.value] = k
    v.wrote_y = True
    return True


cdef bint live(Verifier* v, word n) noexcept nogil:
    """x[0..n-1] are what a collection keeps."""
    cdef State* s = &v.s
    cdef uint32_t i
    if s.fresh:
        forget_fresh(s)
    if n > s.nx:
        return bad(v, b"a live register holds nothing")
    for i in range(<uint32_t>n):
        if s.x[i] == K_UNSET or kind_of(s.x[i]) > K_MAYBE_CONTEXT:
            return bad(v, b"a live register holds nothing")
    s.nx = <uint32_t>n
    s.room = 0
    s.building = False
    return True


cdef bint arguments(Verifier* v, word n, bint contexts) noexcept nogil:
    """x[0..n-1] are arguments; match contexts only within the module."""
    cdef State* s = &v.s
    cdef uint32_t i, k
    if n > s.nx:
        return bad(v, b"an argument is missing")
    for i in range(<uint32_t>n):
        k = s.x[i]
        if not is_plain(k) and not (contexts and (k == K_CONTEXT or k == K_MAYBE_CONTEXT)):
            return bad(v, b"an argument is no term")
    return True


cdef bint take_room(Verifier* v, word words) noexcept nogil:
    if words > v.s.room:
        return bad(v, b"more heap than was asked for")
    v.s.room -= <uint32_t>words
    return True


cdef word words_of(Operand* o) noexcept nogil:
    if o.kind == O_ALLOC:
        return o.value + 2 * <word><uint32_t>o.extra + <word>SIZEOF_FUN * (o.extra >> 32)
    return o.value


cdef bint list_of_sources(Verifier* v, Operand* o) noexcept nogil:
    cdef uint32_t i
    if o.kind != O_LIST:
        return bad(v, b"not a list")
    for i in range(1, o.count + 1):
        if not source(v, o + i):
            return False
    return True


cdef uint8_t import_of(Verifier* v, Operand* o) noexcept nogil:
    """I_ of an import operand; 0: there is no such import."""
    cdef ImportEntry* e
    cdef BifEntry* bif
    cdef uint8_t known
    cdef int i
    if o.kind != O_UNSIGNED or o.value >= v.f.import_count:
        return 0
    known = v.imports[o.value]
    if known != 0:
        return known
    known = I_SEEN
    e = &v.f.imports[o.value]
    bif = bif_find(e.module, e.function, e.arity)
    if bif != NULL and bif.flags & BIF_GUARD and not bif.flags & BIF_NIF:
        known |= I_GUARD
        for i in range(no_room_count):
            if no_room_bifs[i] == e.function:
                known |= I_NO_ROOM
    if e.module == AM_erlang and bif != NULL:
        if e.function == AM_error and 1 <= e.arity <= 3 or (e.function == AM_exit or e.function == AM_throw) and e.arity == 1 \
                or e.function == nif_error:
            known |= I_NEVER_RETURNS
        elif e.function == AM_setelement and e.arity == 3:
            known |= I_SETELEMENT
        elif e.function == AM_float and e.arity == 1 or e.function == AM_divide and e.arity == 2:
            known |= I_FLOAT
        elif (e.function == AM_byte_size or e.function == AM_bit_size) and e.arity == 1:
            known |= I_SIZE
    elif e.module == AM_math and bif != NULL:
        known |= I_FLOAT
    v.imports[o.value] = known
    return known


# --- calls ----------------------------------------------------------------------------------------------------

cdef bint has_frame(Verifier* v) noexcept nogil:
    return v.s.frame >= 0 or bad(v, b"a call without a frame")


cdef bint drops(Verifier* v, word slots) noexcept nogil:
    """The frame of this size goes away."""
    if v.s.frame < 0 or <word>v.s.frame != slots:
        return bad(v, b"another frame than the one that is there")
    if v.s.handlers != 0:
        return bad(v, b"an exception handler is left behind")
    return True


cdef bint frameless(Verifier* v) noexcept nogil:
    return v.s.frame == NONE or bad(v, b"the frame is still there")


cdef void returned(Verifier* v, uint32_t k) noexcept nogil:
    if v.s.fresh:
        forget_fresh(&v.s)
    v.s.nx = 1
    v.s.x[0] = k
    v.s.room = 0
    v.s.building = False
    v.s.fresh = k == K_FRESH


cdef bint enter(Verifier* v, Operand* arity, Operand* label) noexcept nogil:
    """A call of a function of this module."""
    cdef uint32_t number, i
    cdef Function* g
    cdef Saved* at
    if label.kind != O_LABEL or label.value == 0 or v.order[label.value] == 0:
        return bad(v, b"not a function of this module")
    number = v.order[label.value] - 1
    if v.owner[number] >= v.function_count:
        return bad(v, b"not a function of this module")
    g = &v.functions[v.owner[number]]
    if g.entry != label.value:
        return bad(v, b"a call into the middle of a function")
    if g.arity != arity.value:
        return bad(v, b"another number of arguments than the function has")
    if not arguments(v, arity.value, True):
        return False
    v.h.frame = NONE
    v.h.slots = 0
    v.h.nx = g.arity
    v.h.room = 0
    v.h.handlers = 0
    v.h.building = False
    v.h.fresh = False
    at = v.saved[label.value]
    for i in range(g.arity):
        v.h.x[i] = settled(v.s.x[i])
        if g.weaker > WEAKER_MAX and at.kinds[i] != v.h.x[i] and is_plain(v.h.x[i]):
            v.h.x[i] = K_ANY
    if not v.dirty[number]:
        g.weaker += 1
    if not merge(v, g.entry, &v.h):
        return False
    if not v.dirty[number] and g.weaker > 0:
        g.weaker -= 1
    return True


# --- one operation ------------------------------------------------------------------------------------------------

cdef bint simple(Verifier* v, GenericOp* g, const char* role) noexcept nogil:
    cdef Operand* o = g.operands
    cdef State* s = &v.s
    cdef uint32_t i
    cdef uint32_t n = 0
    cdef uint32_t k = K_ANY
    cdef bint collects = False
    if role[0] == c'b':
        if not s.building:
            return bad(v, b"no binary is being built")
        role += 1
    while role[n] != 0:
        if n >= g.operand_count:
            return bad(v, b"an operand is missing")
        if role[n] == c's':
            if not source(v, o + n):
                return False
        elif role[n] == c'c':
            if not context(v, o + n):
                return False
        elif role[n] == c'v':
            if not list_of_sources(v, o + n):
                return False
        elif role[n] == c'L':
            collects = True
        n += 1
    if collects:
        for i in range(n):
            if role[i] == c'L' and not live(v, o[i].value):
                return False
        for i in range(n):
            if role[i] == c'S' and not source(v, o + i) or role[i] == c'V' and not list_of_sources(v, o + i):
                return False
    for i in range(n):
        if role[i] == c'f' or role[i] == c'j':
            if not flow(v, s, o + i, role[i] == c'j', False):
                return False
    if g.opcode == G_put_map_assoc or g.opcode == G_put_map_exact:
        k = K_MAP
    elif g.opcode == G_bs_get_float2:
        k = K_FLOAT
    for i in range(n):
        if role[i] == c'd' and not store(v, o + i, k):
            return False
    return True


cdef void learn(Verifier* v, Operand* o, uint32_t k) noexcept nogil:
    """A test has shown the kind of a register."""
    if o.kind == O_X and is_plain(v.s.x[o.value]):
        v.s.x[o.value] = k
    elif o.kind == O_Y and is_plain(v.s.y[o.value]):
        v.s.y[o.value] = k


cdef void unproved(Verifier* v, GenericOp* g, uint32_t checked, bint proved) noexcept nogil:
    if not proved:
        g.opcode = checked


cdef inline bint same_register(Operand* a, Operand* b) noexcept nogil:
    return a.kind == b.kind and a.value == b.value


cdef word width_ahead(Verifier* v, Operand* src) noexcept nogil:
    """Elements that this and the next operations rely on a tuple to have; 0 if there is just one of them."""
    cdef uint32_t i = v.here
    cdef uint32_t end = v.here + LOOK_AHEAD
    cdef uint32_t n = 0
    cdef word width = 0
    cdef uint32_t op
    cdef Operand* o
    if end > v.functions[v.function].end:
        end = v.functions[v.function].end
    while i < end:
        op = v.f.ops[i].opcode
        o = v.f.ops[i].operands
        i += 1
        if op == G_get_tuple_element or op == G_get_tuple_element_checked:
            if same_register(o, src) and o[1].kind == O_UNSIGNED:
                n += 1
                if o[1].value >= width:
                    width = o[1].value + 1
            if same_register(o + 2, src):
                break
        elif op == G_move or op == G_get_hd or op == G_get_tl or op == G_fmove or op == G_get_hd_checked or op == G_get_tl_checked \
                or op == G_fmove_checked:
            if same_register(o + 1, src):
                break
        elif op == G_get_list or op == G_get_list_checked:
            if same_register(o + 1, src) or same_register(o + 2, src):
                break
        elif op != G_fadd and op != G_fsub and op != G_fmul and op != G_fdiv and op != G_line and op != G_fconv:
            break
    return width if n > 1 and width < (1 << 23) else 0


cdef bint guard(Verifier* v, GenericOp* g, word width) noexcept nogil:
    """Puts tuple_of_at_least in front of g, if it is not there yet."""
    cdef GenericOp* before = &v.f.ops[v.here - 1]
    cdef Guard* made
    if before.next == g:
        if v.guards_left == 0:
            v.guards = <Guard*>beam_alloc(v.f, GUARDS, sizeof(Guard))
            if v.guards == NULL:
                return bad(v, b"out of memory")
            v.guards_left = GUARDS
        made = v.guards
        v.guards += 1
        v.guards_left -= 1
        made.op.opcode = G_tuple_of_at_least
        made.op.operand_count = 2
        made.op.operands = made.operands
        made.op.next = g
        memcpy(&made.operands[0], &g.operands[0], sizeof(Operand))
        made.operands[1].kind = O_UNSIGNED
        before.next = &made.op
    before.next.operands[1].value = width
    learn(v, &g.operands[0], tuple_kind(width))
    return True


cdef bint bif(Verifier* v, GenericOp* g, uint32_t at, bint collects) noexcept nogil:
    """bif0..3 and gc_bif1..3; at: where the import stands."""
    cdef Operand* o = g.operands
    cdef uint32_t n = g.operand_count - 1
    cdef uint32_t i
    cdef uint8_t known = import_of(v, o + at)
    if known & I_GUARD == 0:
        return bad(v, b"not a BIF of guards")
    if collects and not live(v, o[1].value):
        return False
    for i in range(at + 1, n):
        if known & I_SIZE and collects and kind_at(v, o + i) == K_CONTEXT:
            continue
        if not source(v, o + i):
            return False
    if not known & I_NO_ROOM:
        v.s.room = 0
    if at > 0 and not flow(v, &v.s, o, False, False):
        return False
    return store(v, o + n, K_FLOAT if known & I_FLOAT else K_ANY)


cdef bint start_match(Verifier* v, Operand* fail, Operand* src, Operand* n, Operand* dst) noexcept nogil:
    """fail: NULL if it cannot."""
    cdef State* s = &v.s
    cdef uint32_t k = kind_at(v, src)
    if not is_plain(k) and k != K_CONTEXT and k != K_MAYBE_CONTEXT:
        return bad(v, b"nothing to match")
    if fail != NULL:
        # There it is no context.
        if src.kind == O_X:
            s.x[src.value] = K_ANY
        elif src.kind == O_Y:
            s.y[src.value] = K_ANY
        if not flow(v, s, fail, True, False):
            return False
        if src.kind == O_X:
            s.x[src.value] = k
        elif src.kind == O_Y:
            s.y[src.value] = k
    return live(v, n.value) and store(v, dst, K_CONTEXT)


cdef Operand* command_destination(Operand* o) noexcept nogil:
    if o.value == AM_integer or o.value == AM_binary:
        return o + 5
    return o + 3 if o.value == AM_get_tail else NULL


cdef word number_of(Operand* o) noexcept nogil:
    return <word>small_value(o.value) if o.kind == O_INTEGER else o.value


cdef bint match_commands(Verifier* v, GenericOp* g) noexcept nogil:
    """bs_match. Up to the first command with a destination it may fail and has changed nothing; a command that
    may fail behind that finds destinations written and registers collected."""
    cdef Operand* first = g.operands + 3
    cdef Operand* end = g.operands + g.operand_count
    cdef Operand* o = first
    cdef Operand* dst
    cdef word ensured = 0               # bits known to be there
    cdef word bits
    cdef word kept = 0
    cdef bint changes = False
    cdef bint fails
    cdef Operand* late = NULL           # the last command that may fail with something changed
    if not context(v, &g.operands[1]):
        return False
    while o < end:
        bits = 0
        fails = False
        if o.value == AM_integer or o.value == AM_binary:
            if o[2].kind == O_X or o[2].kind == O_Y:
                return bad(v, b"flags in a register")
            bits = number_of(o + 3) * o[4].value
        elif o.value == AM_eq_exact:
            bits = number_of(o + 2)
            fails = True
        elif o.value == AM_skip:
            bits = number_of(o + 1)
        elif o.value != AM_get_tail:
            ensured = number_of(o + 1)
            fails = True
        if command_destination(o) != NULL and not changes:
            changes = True
            kept = o[1].value
        if changes and (fails or bits > ensured):
            late = o
        ensured = ensured - bits if bits < ensured else 0
        o += command_length(o.value)
    if late == NULL and not flow(v, &v.s, g.operands, True, False):
        return False
    if changes and not live(v, kept):
        return False
    if late != NULL:
        memcpy(&v.h, &v.s, sizeof(State))
        o = first
        while o < late:
            dst = command_destination(o)
            if dst != NULL and not fails_store(v, dst):
                return False
            o += command_length(o.value)
        if not flow(v, &v.s, g.operands, True, False):
            return False
        memcpy(&v.s, &v.h, sizeof(State))
    o = first
    while o < end:
        dst = command_destination(o)
        if dst != NULL and not store(v, dst, K_ANY):
            return False
        o += command_length(o.value)
    return True


cdef bint fails_store(Verifier* v, Operand* o) noexcept nogil:
    """A destination that may have been written before the operation fails."""
    if o.kind == O_X:
        if o.value < v.s.nx:
            v.s.x[o.value] = join(v.s.x[o.value], K_ANY)
        return True
    return store(v, o, K_ANY)


cdef bint map_elements(Verifier* v, GenericOp* g) noexcept nogil:
    cdef Operand* o = g.operands
    cdef uint32_t i
    if not source(v, o + 1):
        return False
    for i in range(0, o[2].count, 2):
        if not source(v, o + 3 + i):
            return False
    memcpy(&v.h, &v.s, sizeof(State))
    for i in range(0, o[2].count, 2):
        if not fails_store(v, o + 4 + i):
            return False
    if not flow(v, &v.s, o, True, False):
        return False
    memcpy(&v.s, &v.h, sizeof(State))
    for i in range(0, o[2].count, 2):
        if not source(v, o + 3 + i) or not store(v, o + 4 + i, K_ANY):
            return False
    return True


cdef bint selection(Verifier* v, GenericOp* g) noexcept nogil:
    cdef Operand* o = g.operands
    cdef uint32_t i
    cdef uint32_t k = kind_at(v, o)
    if not source(v, o) or not flow(v, &v.s, o + 1, True, False):
        return False
    if g.operand_count < 3 or o[2].kind != O_LIST or o[2].count & 1:
        return bad(v, b"damaged operands")
    for i in range(0, o[2].count, 2):
        if g.opcode == G_select_tuple_arity:
            learn(v, o, tuple_kind(o[3 + i].value))
        if not flow(v, &v.s, o + 4 + i, True, False):
            return False
        learn(v, o, k)
    return True


cdef bint takes_down(Verifier* v, uint32_t op, Operand* o) noexcept nogil:
    """The handler at o[1] first of all takes itself away, so it does not meet its own exceptions."""
    cdef uint32_t number = v.order[o[1].value]
    cdef GenericOp* g
    if number == 0:
        return False
    g = &v.f.ops[v.places[number - 1] + 1]
    return g.opcode == (G_catch_end if op == G_catch else G_try_case) and same_register(g.operands, o)


cdef bint step(Verifier* v, GenericOp* g, bint* ends) noexcept nogil:
    """Takes v.s over one operation. *ends: nothing goes on behind it."""
    cdef State* s = &v.s
    cdef Operand* o = g.operands
    cdef uint32_t op = g.opcode
    cdef uint32_t k, i
    cdef word width
    cdef uint8_t known
    cdef const char* role
    ends[0] = False
    if op == G_move:
        k = kind_at(v, o)
        if k != K_CONTEXT and k != K_MAYBE_CONTEXT and k != K_FRESH and not source(v, o):
            return False
        return store(v, o + 1, k)
    elif op == G_swap:
        k = kind_at(v, o)
        i = kind_at(v, o + 1)
        if (k != K_CONTEXT and k != K_MAYBE_CONTEXT and not source(v, o)) \
                or (i != K_CONTEXT and i != K_MAYBE_CONTEXT and not source(v, o + 1)):
            return False
        return store(v, o, i) and store(v, o + 1, k)
    elif op == G_get_tuple_element or op == G_get_tuple_element_checked:
        if not source(v, o):
            return False
        if o[1].kind != O_UNSIGNED or o[1].value >= (1 << 23):
            return bad(v, b"not a position")
        k = kind_at(v, o)
        if kind_of(k) != K_TUPLE or (k >> 8) <= o[1].value:
            width = width_ahead(v, o) if o[0].kind == O_X or o[0].kind == O_Y else 0
            if width != 0:
                if not guard(v, g, width):
                    return False
            else:
                g.opcode = G_get_tuple_element_checked
                learn(v, o, tuple_kind(o[1].value + 1))
        return store(v, o + 2, K_ANY)
    elif op == G_get_list or op == G_get_list_checked:
        if not source(v, o):
            return False
        unproved(v, g, G_get_list_checked, kind_at(v, o) == K_CONS)
        learn(v, o, K_CONS)
        return store(v, o + 1, K_ANY) and store(v, o + 2, K_ANY)
    elif op == G_get_hd or op == G_get_hd_checked:
        if not source(v, o):
            return False
        unproved(v, g, G_get_hd_checked, kind_at(v, o) == K_CONS)
        learn(v, o, K_CONS)
        return store(v, o + 1, K_ANY)
    elif op == G_get_tl or op == G_get_tl_checked:
        if not source(v, o):
            return False
        unproved(v, g, G_get_tl_checked, kind_at(v, o) == K_CONS)
        learn(v, o, K_CONS)
        return store(v, o + 1, K_ANY)
    elif op == G_call:
        if not has_frame(v) or not enter(v, o, o + 1):
            return False
        returned(v, K_ANY)
        return True
    elif op == G_call_only:
        ends[0] = True
        return frameless(v) and enter(v, o, o + 1)
    elif op == G_call_last:
        ends[0] = True
        return drops(v, o[2].value) and enter(v, o, o + 1)
    elif op == G_call_ext or op == G_call_ext_last or op == G_call_ext_only:
        known = import_of(v, o + 1)
        if known == 0 or o[0].value != v.f.imports[o[1].value].arity:
            return bad(v, b"damaged operands")
        if not arguments(v, o[0].value, False):
            return False
        if known & I_NEVER_RETURNS:         # the compiler shares such calls between places with different frames
            ends[0] = True
            return True
        if op == G_call_ext:
            if not has_frame(v):
                return False
            returned(v, K_FRESH if known & I_SETELEMENT else (K_FLOAT if known & I_FLOAT else K_ANY))
            return True
        ends[0] = True
        return frameless(v) if op == G_call_ext_only else drops(v, o[2].value)
    elif op == G_test_heap:
        if not live(v, o[1].value):
            return False
        s.room = <uint32_t>words_of(o)
        return True
    elif op == G_put_list:
        if not source(v, o) or not source(v, o + 1) or not take_room(v, 2):
            return False
        return store(v, o + 2, K_CONS)
    elif op == G_put_tuple2:
        if not list_of_sources(v, o + 1) or not take_room(v, o[1].count + 1):
            return False
        return store(v, o, tuple_kind(o[1].count))
    elif op == G_is_nonempty_list or op == G_is_tuple or op == G_test_arity or op == G_is_tagged_tuple or op == G_is_map \
            or op == G_is_float:
        if not simple(v, g, roles[op]):
            return False
        if op == G_is_nonempty_list:
            learn(v, o + 1, K_CONS)
        elif op == G_is_tuple:
            if kind_of(kind_at(v, o + 1)) != K_TUPLE:
                learn(v, o + 1, tuple_kind(0))
        elif op == G_is_map:
            learn(v, o + 1, K_MAP)
        elif op == G_is_float:
            learn(v, o + 1, K_FLOAT)
        else:
            learn(v, o + 1, tuple_kind(o[2].value))
        return True
    elif op == G_return:
        ends[0] = True
        return frameless(v) and arguments(v, 1, False)
    elif op == G_deallocate:
        if not drops(v, o[0].value):
            return False
        s.frame = NONE
        s.slots = 0
        return True
    elif op == G_allocate or op == G_allocate_zero or op == G_allocate_heap or op == G_allocate_heap_zero:
        if s.frame != NONE:
            return bad(v, b"a frame on top of a frame")
        if op == G_allocate or op == G_allocate_zero:
            if not live(v, o[1].value):
                return False
        else:
            if not live(v, o[2].value):
                return False
            s.room = <uint32_t>words_of(o + 1)
        s.frame = <int32_t>o[0].value
        s.slots = <uint32_t>o[0].value
        s.handlers = 0
        for i in range(<uint32_t>s.frame):
            s.y[i] = K_ANY
        return True
    elif op == G_trim:
        if s.frame < 0 or o[0].value + o[1].value != <word>s.frame:
            return bad(v, b"another frame than the one that is there")
        if s.handlers != 0:
            return bad(v, b"an exception handler is left behind")
        s.frame = <int32_t>o[1].value
        s.slots = <uint32_t>o[1].value
        for i in range(<uint32_t>s.frame):
            s.y[i] = s.y[i + o[0].value]
        return True
    elif op == G_init:
        return store(v, o, K_ANY)
    elif op == G_init_yregs:
        for i in range(1, o[0].count + 1):
            if not store(v, o + i, K_ANY):
                return False
        return True
    elif op == G_jump:
        ends[0] = True
        return flow(v, s, o, True, False)
    elif op == G_select_val or op == G_select_tuple_arity:
        ends[0] = True
        return selection(v, g)
    elif op == G_bif0:
        return bif(v, g, 0, False)
    elif op == G_bif1 or op == G_bif2 or op == G_bif3:
        return bif(v, g, 1, False)
    elif op == G_gc_bif1 or op == G_gc_bif2 or op == G_gc_bif3:
        return bif(v, g, 2, True)
    elif op == G_func_info:
        # x0.. are the arguments that no clause takes; match contexts among them become bitstrings there.
        ends[0] = True
        return arguments(v, o[2].value, True)
    elif op == G_bs_start_match3:
        return start_match(v, o, o + 1, o + 2, o + 3)
    elif op == G_bs_start_match4:
        return start_match(v, NULL if o[0].kind == O_ATOM else o, o + 2, o + 1, o + 3)
    elif op == G_bs_match:
        return match_commands(v, g)
    elif op == G_get_map_elements:
        return map_elements(v, g)
    elif op == G_make_fun3:
        if not list_of_sources(v, o + 2):
            return False
        k = SIZEOF_FUN + o[2].count
        s.room = s.room - k if s.room > k else 0
        return store(v, o + 1, K_ANY)
    elif op == G_make_fun2:
        if o[0].kind != O_UNSIGNED or o[0].value >= v.f.lambda_count:
            return bad(v, b"no such fun")
        if not arguments(v, v.f.lambdas[o[0].value].free, False):
            return False
        returned(v, K_ANY)
        return True
    elif op == G_call_fun:
        if not has_frame(v) or not arguments(v, o[0].value + 1, False):
            return False
        returned(v, K_ANY)
        return True
    elif op == G_call_fun2:
        if not has_frame(v) or not arguments(v, o[1].value, False) or not source(v, o + 2):
            return False
        returned(v, K_ANY)
        return True
    elif op == G_apply:
        if not has_frame(v) or not arguments(v, o[0].value + 2, False):
            return False
        returned(v, K_ANY)
        return True
    elif op == G_apply_last:
        ends[0] = True
        return drops(v, o[1].value) and arguments(v, o[0].value + 2, False)
    elif op == G_send:
        if not has_frame(v) or not arguments(v, 2, False):
            return False
        returned(v, K_ANY)
        return True
    elif op == G_loop_rec:
        if not live(v, 0):
            return False
        return flow(v, s, o, True, False) and store(v, o + 1, K_ANY)
    elif op == G_loop_rec_end or op == G_wait:
        ends[0] = True
        return live(v, 0) and flow(v, s, o, True, True)
    elif op == G_wait_timeout:
        if not source(v, o + 1) or not live(v, 0):
            return False
        # Woken up, it does not look at the time again, whose register has gone.
        if o[0].kind == O_LABEL and v.order[o[0].value] != 0 and v.places[v.order[o[0].value] - 1] == v.here - 1:
            return True
        return flow(v, s, o, True, True)
    elif op == G_catch or op == G_try:
        if o[1].kind != O_LABEL or o[1].value == 0 or o[1].value >= (1 << 24):
            return bad(v, b"not a handler")
        if not takes_down(v, op, o):
            return bad(v, b"a handler that does not begin with its end")
        if o[0].kind != O_Y or not store(v, o, K_HANDLER | <uint32_t>o[1].value << 8):
            return bad(v, b"not a Y register")
        s.handlers += 1
        return True
    elif op == G_catch_end or op == G_try_end or op == G_try_case:
        if o[0].kind != O_Y or kind_of(kind_at(v, o)) != K_HANDLER:
            return bad(v, b"no exception handler there")
        s.y[o[0].value] = K_ANY
        s.handlers -= 1
        v.wrote_y = True
        if op == G_try_end:
            return True
        # With no value in x0, x1 to x3 are what the exception has put there; else nobody looks at them.
        if s.nx < 1 or s.x[0] == K_UNSET or s.x[0] == K_CONTEXT or s.x[0] == K_MAYBE_CONTEXT:
            return bad(v, b"neither a value nor an exception")
        i = 1
        while i < 4 and i < s.nx:
            if s.x[i] == K_CONTEXT or s.x[i] == K_MAYBE_CONTEXT:
                return bad(v, b"neither a value nor an exception")
            i += 1
        returned(v, K_ANY)
        if op == G_catch_end:
            return True
        s.nx = 3
        s.x[1] = K_ANY
        s.x[2] = K_ANY
        return True
    elif op == G_build_stacktrace:
        if not arguments(v, 1, False):
            return False
        returned(v, K_ANY)
        return True
    elif op == G_raw_raise:
        if not arguments(v, 3, False):
            return False
        returned(v, K_ANY)
        return True
    elif op == G_set_tuple_element:
        if kind_at(v, o + 1) != K_FRESH:
            return bad(v, b"a tuple that is not new")
        if kind_at(v, o) == K_FRESH or not source(v, o):
            return bad(v, b"a tuple that would contain itself")
        return o[2].kind == O_UNSIGNED or bad(v, b"not a position")
    elif op == G_update_record:
        if not source(v, o + 2) or o[1].kind != O_UNSIGNED or not take_room(v, o[1].value + 1):
            return bad(v, b"damaged operands")
        for i in range(2, o[4].count + 1, 2):
            if not source(v, o + 4 + i):
                return False
        return store(v, o + 3, tuple_kind(o[1].value))
    elif op == G_fmove or op == G_fmove_checked:
        if o[1].kind == O_FLOAT_REG:
            if not source(v, o):
                return False
            unproved(v, g, G_fmove_checked, kind_at(v, o) == K_FLOAT)
            learn(v, o, K_FLOAT)
            return True
        if o[0].kind != O_FLOAT_REG:
            return bad(v, b"damaged operands")
        return take_room(v, 2) and store(v, o + 1, K_FLOAT)
    elif op == G_bs_create_bin:
        if not live(v, o[2].value):
            return False
        i = 6
        while i + 5 < g.operand_count:
            if o[i].value != AM_string and (not source(v, o + i + 4) or not source(v, o + i + 5)):
                return False
            if o[i + 3].kind == O_X or o[i + 3].kind == O_Y:
                return bad(v, b"flags in a register")
            i += 6
        if not flow(v, s, o, False, False):
            return False
        s.room = <uint32_t>words_of(o + 1)
        return store(v, o + 4, K_ANY)
    elif op == G_bs_init2 or op == G_bs_init_bits:
        if o[1].kind != O_UNSIGNED and not source(v, o + 1):
            return False
        if not live(v, o[3].value) or not flow(v, s, o, False, False):
            return False
        s.room = <uint32_t>words_of(o + 2)
        s.building = True
        return store(v, o + 5, K_ANY)
    elif op == G_bs_append:
        if not source(v, o + 1) or not source(v, o + 5) or not live(v, o[3].value) or not flow(v, s, o, False, False):
            return False
        s.room = <uint32_t>words_of(o + 2)
        s.building = True
        return store(v, o + 7, K_ANY)
    elif op == G_bs_private_append:
        if not source(v, o + 1) or not source(v, o + 3) or not flow(v, s, o, False, False):
            return False
        s.room = 0
        s.building = True
        return store(v, o + 5, K_ANY)
    elif op == G_bs_init_writable:
        if not arguments(v, 1, False):
            return False
        returned(v, K_ANY)
        return True
    elif op == G_badmatch or op == G_case_end or op == G_if_end or op == G_try_case_end or op == G_badrecord or op == G_raise:
        ends[0] = True
        return simple(v, g, roles[op])
    elif op == G_int_code_end:
        return bad(v, b"the last function has no end")
    role = roles[op] if op < 256 else NULL
    if role == NULL:
        return bad(v, b"not known to the verifier")
    return simple(v, g, role)


cdef bint walk(Verifier* v, uint32_t number) noexcept nogil:
    """One block: from a label to the next, or to where nothing goes on."""
    cdef Function* fun = &v.functions[v.function]
    cdef GenericOp* g
    cdef bint ends = False
    cdef Operand o
    v.dirty[number] = 0
    restore(v, v.saved[v.names[number]])
    v.here = v.places[number] + 1
    while v.here < fun.end:
        g = &v.f.ops[v.here]
        v.walked += 1
        if g.opcode == G_label:
            o.kind = O_LABEL
            o.value = g.operands[0].value
            return flow(v, &v.s, &o, True, True)
        v.wrote_y = False
        if not step(v, g, &ends):
            return False
        if v.wrote_y and v.s.handlers != 0 and not reach_handler(v):
            return False
        if ends:
            return True
        v.here += 1
    v.here = fun.end - 1
    return bad(v, b"a function has no end")


# --- circles ----------------------------------------------------------------------------------------------------------

cdef struct Visit:
    uint32_t number             # label
    uint32_t op                 # operation to look at next
    uint32_t operand            # its next operand


cdef bint leads_on(uint32_t op) noexcept nogil:
    """Labels of this operation are places where it may go on within the function, at no cost."""
    return not (op == G_wait or op == G_wait_timeout or op == G_loop_rec_end or op == G_call or op == G_call_last
                or op == G_call_only or op == G_recv_mark or op == G_recv_set)


cdef bint never_on(uint32_t op) noexcept nogil:
    return op == G_jump or op == G_select_val or op == G_select_tuple_arity or op == G_return or op == G_call_only \
        or op == G_call_last or op == G_call_ext_only or op == G_call_ext_last or op == G_apply_last or op == G_func_info \
        or op == G_badmatch or op == G_case_end or op == G_if_end or op == G_try_case_end or op == G_badrecord or op == G_raise \
        or op == G_wait or op == G_loop_rec_end or op == G_int_code_end


cdef bint no_circles(Verifier* v, Function* fun) noexcept nogil:
    """Compiled functions go round only in receives; anything else might never give the scheduler back."""
    cdef uint32_t n = fun.last - fun.first
    cdef uint8_t* colour = <uint8_t*>calloc(n + 1, 1)       # 1: on the way, 2: done
    cdef Visit* stack = <Visit*>malloc((n + 1) * sizeof(Visit))
    cdef uint32_t depth, i, target
    cdef Visit* at
    cdef GenericOp* g
    cdef bint good = colour != NULL and stack != NULL
    if not good:
        bad(v, b"out of memory")
    for i in range(n):
        if not good or colour[i] != 0 or v.saved[v.names[fun.first + i]] == NULL:
            continue
        depth = 1
        colour[i] = 1
        stack[0].number = i
        stack[0].op = v.places[fun.first + i] + 1
        stack[0].operand = 0
        while depth > 0 and good:
            at = &stack[depth - 1]
            target = n
            if at.op < fun.end:
                g = &v.f.ops[at.op]
                if g.opcode == G_label:
                    target = v.order[g.operands[0].value] - 1 - fun.first
                    at.op = fun.end
                elif at.operand < g.operand_count and leads_on(g.opcode):
                    if g.operands[at.operand].kind == O_LABEL and g.operands[at.operand].value != 0:
                        target = v.order[g.operands[at.operand].value] - 1 - fun.first
                    at.operand += 1
                else:
                    at.op = fun.end if never_on(g.opcode) else at.op + 1
                    at.operand = 0
            else:
                colour[at.number] = 2
                depth -= 1
            if target < n:
                if colour[target] == 1:
                    v.here = v.places[fun.first + target]
                    good = bad(v, b"a circle that costs nothing")
                elif colour[target] == 0:
                    colour[target] = 1
                    stack[depth].number = target
                    stack[depth].op = v.places[fun.first + target] + 1
                    stack[depth].operand = 0
                    depth += 1
    free(colour)
    free(stack)
    return good


# --- the file ---------------------------------------------------------------------------------------------------------

cdef bint find_functions(Verifier* v) noexcept nogil:
    """Labels in their order, and which function each belongs to: a function begins with the label in front of its
    func_info, its entry is the label behind."""
    cdef BeamFile* f = v.f
    cdef GenericOp* g
    cdef uint32_t i, label, number
    cdef uint32_t before = NOWHERE       # number of the label in front, if only line operations followed it
    cdef Function* fun = NULL
    cdef bint entry = False
    for i in range(f.op_count):
        g = &f.ops[i]
        if g.opcode == G_label:
            label = <uint32_t>g.operands[0].value
            v.here = i
            if v.order[label] != 0:
                return bad(v, b"a label is there twice")
            number = v.count
            v.count += 1
            v.order[label] = number + 1
            v.places[number] = i
            v.names[number] = label
            v.owner[number] = v.function_count - 1
            before = number
            if entry:
                fun.entry = label
                entry = False
        elif g.opcode == G_func_info:
            v.here = i
            if before == NOWHERE or g.operand_count != 3 or g.operands[2].kind != O_UNSIGNED or g.operands[2].value > 255:
                return bad(v, b"damaged operands")
            if fun != NULL:
                fun.end = v.places[before]
                fun.last = before
            fun = &v.functions[v.function_count]
            fun.first = before
            fun.arity = <uint32_t>g.operands[2].value
            v.owner[before] = v.function_count
            v.function_count += 1
            entry = True
        elif g.opcode != G_line:
            before = NOWHERE
    if fun != NULL:
        fun.end = <uint32_t>f.op_count
        fun.last = v.count
    return True


cdef bint root(Verifier* v, uint32_t label, word arity) noexcept nogil:
    """Whoever calls this function may hand over any terms."""
    cdef Function* fun
    cdef uint32_t i
    if v.order[label] == 0 or v.owner[v.order[label] - 1] >= v.function_count:
        return bad(v, b"a function that is not there")
    fun = &v.functions[v.owner[v.order[label] - 1]]
    if fun.entry != label or fun.arity != arity:
        return bad(v, b"an export or a fun that is no function")
    v.h.frame = NONE
    v.h.slots = 0
    v.h.nx = fun.arity
    v.h.room = 0
    v.h.handlers = 0
    v.h.building = False
    v.h.fresh = False
    for i in range(fun.arity):
        v.h.x[i] = K_ANY
    return merge(v, label, &v.h)


cdef bint verify_all(Verifier* v) noexcept nogil:
    cdef BeamFile* f = v.f
    cdef Function* fun
    cdef uint32_t i
    cdef uint64_t most = 100000 + WALKS_MAX * <uint64_t>f.op_count
    v.function = NOWHERE
    if not find_functions(v):
        return False
    for i in range(f.export_count):
        if not root(v, f.exports[i].label, f.exports[i].arity):
            return False
    for i in range(f.lambda_count):
        if not root(v, f.lambdas[i].label, f.lambdas[i].arity):
            return False
    for i in range(v.count):
        if f.ops[v.places[i] + 1].opcode == G_on_load and v.owner[i] < v.function_count \
                and v.functions[v.owner[i]].entry == v.names[i] and not root(v, v.names[i], v.functions[v.owner[i]].arity):
            return False
    while v.head != v.tail:
        v.function = v.queue[v.head]
        v.head = v.head + 1 if v.head < v.function_count else 0
        fun = &v.functions[v.function]
        v.low = fun.first
        while v.low < fun.last:
            i = v.low
            v.low += 1
            if v.dirty[i]:
                if not walk(v, i):
                    return False
                if v.walked > most:
                    return bad(v, b"too tangled")
        fun.queued = False
    for i in range(v.function_count):
        if v.functions[i].backward and not no_circles(v, &v.functions[i]):
            return False
    return True


cdef const char* code_verify(BeamFile* f, unsigned int* opcode) noexcept nogil:
    cdef Verifier* v = <Verifier*>calloc(1, sizeof(Verifier))
    cdef const char* wrong = b"out of memory"
    cdef Piece* p
    cdef Piece* following
    cdef size_t n = <size_t>f.label_count + 2
    opcode[0] = 0
    if v == NULL:
        return wrong
    v.f = f
    v.saved = <Saved**>calloc(n, sizeof(void*))
    v.order = <uint32_t*>calloc(n, sizeof(uint32_t))
    v.places = <uint32_t*>malloc(n * sizeof(uint32_t))
    v.names = <uint32_t*>malloc(n * sizeof(uint32_t))
    v.owner = <uint32_t*>malloc(n * sizeof(uint32_t))
    v.dirty = <uint8_t*>calloc(n, 1)
    v.functions = <Function*>calloc(n, sizeof(Function))
    v.queue = <uint32_t*>malloc(n * sizeof(uint32_t))
    v.imports = <uint8_t*>calloc(f.import_count + 1, 1)
    if v.saved != NULL and v.order != NULL and v.places != NULL and v.names != NULL and v.owner != NULL and v.dirty != NULL \
            and v.functions != NULL and v.queue != NULL and v.imports != NULL:
        verify_all(v)
        wrong = v.wrong
        if wrong != NULL and v.here < f.op_count:
            opcode[0] = f.ops[v.here].opcode
    p = v.arena
    while p != NULL:
        following = p.next
        free(p)
        p = following
    free(v.saved)
    free(v.order)
    free(v.places)
    free(v.names)
    free(v.owner)
    free(v.dirty)
    free(v.functions)
    free(v.queue)
    free(v.imports)
    free(v)
    return wrong


set_up()

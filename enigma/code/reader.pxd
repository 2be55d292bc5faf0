"""BEAM file reader: bytes to a checked, generic form. Trusts nothing in the file.

Everything is bounds-checked before it is used or allocated; the result's operands refer only to
atoms, literals, labels, registers and functions that exist. Damage gives `error` and no result.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from enigma.term.core cimport Term
from enigma.term.pack cimport word
from enigma.memory.heap cimport LiteralArea

cdef enum:                   # operand kinds
    O_UNSIGNED = 0           # value: number
    O_INTEGER = 1            # value: Term (small, or bignum in the literal area)
    O_ATOM = 2               # value: Term; nil is O_NIL
    O_X = 3                  # value: register number
    O_Y = 4
    O_LABEL = 5              # value: label number; 0 means no label (fail with an exception)
    O_NIL = 6
    O_LITERAL = 7            # value: Term
    O_FLOAT_REG = 8
    O_LIST = 9               # value: number of operands that follow in the same array (already flattened)
    O_ALLOC = 10             # value: words; extra: floats | funs << 32
    O_CHAR = 11
    O_TYPED = 12             # not stored: O_X/O_Y get `type` instead

cdef struct Operand:
    uint8_t kind
    uint8_t type_known       # type below is from the Type chunk
    unsigned short type_bits      # BEAM_TYPE_ bits (reader.pyx); 0xFFFF: any
    uint32_t count           # O_LIST: operands in it
    word value
    uint64_t extra

cdef struct GenericOp:
    uint32_t opcode
    uint32_t operand_count   # flattened
    Operand* operands        # into the file's operand array
    GenericOp* next          # the loader relinks ops when it fuses them

cdef struct ImportEntry:
    Term module, function
    uint32_t arity
cdef struct ExportEntry:
    Term function
    uint32_t arity, label
cdef struct LambdaEntry:
    Term function
    uint32_t arity, label, index, free
    uint64_t old_uniq
cdef struct LineRef:
    uint32_t file, line

cdef struct BeamFile:
    Term name
    uint8_t md5[16]          # as beam_lib:md5 and module_info(md5) give it
    uint32_t label_count
    uint32_t function_count
    uint32_t max_opcode
    Term* atoms              # atoms[1..atom_count]
    uint32_t atom_count
    ImportEntry* imports
    uint32_t import_count
    ExportEntry* exports
    uint32_t export_count
    LambdaEntry* lambdas
    uint32_t lambda_count
    Term* literals
    uint32_t literal_count
    LiteralArea* literal_area    # ownership passes to the instance
    LineRef* lines           # lines[1..]; index 0 is "no line"
    uint32_t line_count
    Term* file_names         # lists of characters in the literal area
    uint32_t file_count
    uint8_t* strings
    size_t strings_size
    uint8_t* attributes
    size_t attributes_size
    uint8_t* compile_info
    size_t compile_size
    GenericOp* ops           # array, linked in order
    size_t op_count
    char error[200]          # readable reason when beam_read fails
    void* memory             # every allocation above that is not handed over

# Reads a whole .beam file (gzipped files included). NULL-safe: returns False with f.error set.
cdef bint beam_read(const uint8_t* data, size_t size, BeamFile* f) noexcept nogil
# Zeroed memory that lives as long as the BeamFile; NULL without memory.
cdef void* beam_alloc(BeamFile* f, size_t count, size_t size) noexcept nogil
cdef void beam_free(BeamFile* f) noexcept nogil
# A chunk of a .beam file; False if absent or damaged. Name is four characters.
cdef bint beam_chunk(const uint8_t* data, size_t size, const char* name, const uint8_t** chunk, size_t* chunk_size) noexcept nogil
cdef const char* opcode_name(unsigned int opcode) noexcept nogil
cdef int opcode_arity(unsigned int opcode) noexcept nogil    # -1: unknown or obsolete

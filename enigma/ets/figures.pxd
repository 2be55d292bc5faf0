"""What ets:info says of a table's memory."""
from libc.stdint cimport uint64_t
from enigma.ets.table cimport Table

# In words, as OTP's table of the same contents would take them; the table is locked. Exact for tables of up to some
# thousand objects; beyond, the layouts of this VM stand for OTP's.
cdef uint64_t table_words(Table* t) noexcept nogil
# Of that: what an empty hash table has besides its buckets, and the array of its segments once it is needed
# besides the segments' addresses.
cdef void table_parts(uint64_t* fixed, uint64_t* directory) noexcept nogil

"""What ets:info says of a table's memory."""
from libc.stdint cimport uint64_t
from enigma.ets.table cimport Table

# In words, as OTP's table of the same contents would take them; the table is locked. Exact for tables of up to some
# thousand objects; beyond, the layouts of this VM stand for OTP's.
cdef uint64_t table_words(Table* t) noexcept nogil

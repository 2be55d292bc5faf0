"""Declarations of include/enigma/core.h: branch hints, overflow checks, atomics, locks.

The suffix of an atomic names its ordering: rlx relaxed, acq acquire, rel release; the rest are
acquire-release. Read next: pack.pxd.
"""
from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t

cdef extern from "enigma/core.h" nogil:
    ctypedef uint64_t Term
    bint EN_LIKELY(bint) noexcept
    bint EN_UNLIKELY(bint) noexcept
    bint en_add_overflow(int64_t, int64_t, int64_t*) noexcept
    bint en_sub_overflow(int64_t, int64_t, int64_t*) noexcept
    bint en_mul_overflow(int64_t, int64_t, int64_t*) noexcept
    int en_clz64(uint64_t) noexcept
    int en_ctz64(uint64_t) noexcept
    int en_popcount64(uint64_t) noexcept
    uint64_t en_bswap64(uint64_t) noexcept
    uint32_t en_bswap32(uint32_t) noexcept
    uint16_t en_bswap16(uint16_t) noexcept
    uint64_t en_load64_acq(const uint64_t*) noexcept
    uint64_t en_load64_rlx(const uint64_t*) noexcept
    void en_store64_rel(uint64_t*, uint64_t) noexcept
    void en_store64_rlx(uint64_t*, uint64_t) noexcept
    uint64_t en_add64(uint64_t*, uint64_t) noexcept
    uint64_t en_sub64(uint64_t*, uint64_t) noexcept
    uint64_t en_swap64(uint64_t*, uint64_t) noexcept
    bint en_cas64(uint64_t*, uint64_t*, uint64_t) noexcept
    uint32_t en_load32_acq(const uint32_t*) noexcept
    uint32_t en_load32_rlx(const uint32_t*) noexcept
    void en_store32_rel(uint32_t*, uint32_t) noexcept
    uint32_t en_add32(uint32_t*, uint32_t) noexcept
    uint32_t en_sub32(uint32_t*, uint32_t) noexcept
    uint32_t en_or32(uint32_t*, uint32_t) noexcept
    uint32_t en_and32(uint32_t*, uint32_t) noexcept
    bint en_cas32(uint32_t*, uint32_t*, uint32_t) noexcept
    void* en_loadp_acq(void**) noexcept
    void en_storep_rel(void**, void*) noexcept
    void* en_swapp(void**, void*) noexcept
    bint en_casp(void**, void**, void*) noexcept
    void en_fence() noexcept
    void en_spin_lock(uint32_t*) noexcept
    bint en_spin_trylock(uint32_t*) noexcept
    void en_spin_unlock(uint32_t*) noexcept

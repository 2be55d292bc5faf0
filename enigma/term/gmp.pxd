"""The part of GMP's mpn layer that bignums use: natural numbers as limbs, least significant first."""

cdef extern from "gmp.h" nogil:
    ctypedef unsigned long mp_limb_t
    ctypedef long mp_size_t
    ctypedef unsigned long mp_bitcnt_t
    mp_limb_t mpn_add(mp_limb_t* r, const mp_limb_t* a, mp_size_t an, const mp_limb_t* b, mp_size_t bn) noexcept   # an >= bn
    mp_limb_t mpn_add_1(mp_limb_t* r, const mp_limb_t* a, mp_size_t n, mp_limb_t b) noexcept
    mp_limb_t mpn_sub(mp_limb_t* r, const mp_limb_t* a, mp_size_t an, const mp_limb_t* b, mp_size_t bn) noexcept   # a >= b
    mp_limb_t mpn_sub_1(mp_limb_t* r, const mp_limb_t* a, mp_size_t n, mp_limb_t b) noexcept
    mp_limb_t mpn_neg(mp_limb_t* r, const mp_limb_t* a, mp_size_t n) noexcept
    mp_limb_t mpn_mul(mp_limb_t* r, const mp_limb_t* a, mp_size_t an, const mp_limb_t* b, mp_size_t bn) noexcept   # an >= bn >= 1
    mp_limb_t mpn_mul_1(mp_limb_t* r, const mp_limb_t* a, mp_size_t n, mp_limb_t b) noexcept
    void mpn_sqr(mp_limb_t* r, const mp_limb_t* a, mp_size_t n) noexcept
    void mpn_tdiv_qr(mp_limb_t* q, mp_limb_t* r, mp_size_t zero, const mp_limb_t* n, mp_size_t nn, const mp_limb_t* d, mp_size_t dn) noexcept
    mp_limb_t mpn_divrem_1(mp_limb_t* q, mp_size_t zero, const mp_limb_t* a, mp_size_t n, mp_limb_t d) noexcept
    mp_limb_t mpn_mod_1(const mp_limb_t* a, mp_size_t n, mp_limb_t d) noexcept
    mp_limb_t mpn_lshift(mp_limb_t* r, const mp_limb_t* a, mp_size_t n, unsigned int count) noexcept   # 1..63
    mp_limb_t mpn_rshift(mp_limb_t* r, const mp_limb_t* a, mp_size_t n, unsigned int count) noexcept
    int mpn_cmp(const mp_limb_t* a, const mp_limb_t* b, mp_size_t n) noexcept
    size_t mpn_sizeinbase(const mp_limb_t* a, mp_size_t n, int base) noexcept
    size_t mpn_get_str(unsigned char* text, int base, mp_limb_t* a, mp_size_t n) noexcept   # clobbers a, which has a spare limb
    mp_size_t mpn_set_str(mp_limb_t* r, const unsigned char* digits, size_t n, int base) noexcept

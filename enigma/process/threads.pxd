"""Declarations of include/enigma/threads.h and of the few pthread functions the process room uses."""
from libc.stdint cimport int64_t
from enigma.process.process cimport pthread_mutex_t, pthread_cond_t

cdef extern from "enigma/threads.h" nogil:
    int64_t en_clock_monotonic_ns() noexcept
    int64_t en_clock_real_ns() noexcept
    void en_sleep_ns(int64_t ns) noexcept
    int en_mutex_init(pthread_mutex_t* m) noexcept
    int en_cond_init(pthread_cond_t* c) noexcept
    void en_cond_wait_ns(pthread_cond_t* c, pthread_mutex_t* m, int64_t ns) noexcept     # ns < 0: for ever
    int pthread_mutex_lock(pthread_mutex_t* m) noexcept
    int pthread_mutex_unlock(pthread_mutex_t* m) noexcept
    int pthread_mutex_destroy(pthread_mutex_t* m) noexcept
    int pthread_cond_signal(pthread_cond_t* c) noexcept
    int pthread_cond_broadcast(pthread_cond_t* c) noexcept
    int pthread_cond_destroy(pthread_cond_t* c) noexcept
    int sched_yield() noexcept
    ctypedef struct pthread_t:
        pass
    int pthread_create(pthread_t* thread, void* attributes, void* (*start)(void*) noexcept nogil, void* argument) noexcept
    int pthread_detach(pthread_t thread) noexcept

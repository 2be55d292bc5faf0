/* current.h: which scheduler the calling thread is. Thread-local storage is static, so exactly
 * one extension module (enigma.process.runqueue) includes this file. */
#ifndef ENIGMA_CURRENT_H
#define ENIGMA_CURRENT_H
static __thread void *en_current_scheduler;
static inline void *en_current_get(void) { return en_current_scheduler; }
static inline void en_current_set(void *s) { en_current_scheduler = s; }
#endif

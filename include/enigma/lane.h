/* lane.h: which lane of the counters the calling thread counts in. Thread-local storage is static, so
 * exactly one extension module (enigma.term.counts) includes this file. */
#ifndef ENIGMA_LANE_H
#define ENIGMA_LANE_H
#include <stdint.h>
static __thread uint32_t en_lane;
static inline uint32_t en_lane_get(void) { return en_lane; }
static inline void en_lane_set(uint32_t lane) { en_lane = lane; }
#endif

/* processors.h: how many processors the process may run on just now: its first thread, as what sets
 * the processors of a process from outside sets them for that one.
 *
 * Read next: enigma/bif/topology.pxd. */
#ifndef ENIGMA_PROCESSORS_H
#define ENIGMA_PROCESSORS_H

#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

static inline int en_processors_available(void) {
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(getpid(), sizeof(set), &set) == 0)
        return CPU_COUNT(&set);
#endif
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}
#endif

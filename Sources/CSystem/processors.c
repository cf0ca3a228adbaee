#define _GNU_SOURCE
#include "csystem.h"

#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

int dk_allowed_processors(void) {
#if defined(__linux__)
    // Fails with EINVAL on machines with more processors than cpu_set_t can hold (1024); then all online ones count.
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

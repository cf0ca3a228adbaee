#define _GNU_SOURCE
#include "csystem.h"

#include <unistd.h>
#if defined(__linux__)
#include <errno.h>
#include <sched.h>
#endif

#if defined(__linux__)
/// Processors of the affinity mask; 0 if the system does not tell.
static int affinity(void) {
    // The kernel refuses a set with room for fewer processors than it may have.
    for (int room = CPU_SETSIZE; room <= 1 << 20; room *= 2) {
        cpu_set_t *allowed = CPU_ALLOC(room);
        if (allowed == NULL) return 0;
        const size_t bytes = CPU_ALLOC_SIZE(room);
        const int status = sched_getaffinity(0, bytes, allowed), code = errno;
        const int count = status == 0 ? CPU_COUNT_S(bytes, allowed) : 0;
        CPU_FREE(allowed);
        if (status == 0 || code != EINVAL) return count;
    }
    return 0;
}
#endif

int dk_allowed_processors(void) {
#if defined(__linux__)
    const int allowed = affinity();
    if (allowed > 0) return allowed;
#endif
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

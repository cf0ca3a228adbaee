// Preloaded into a program, makes the n-th write, fsync or rename on a file fail as a full or broken disk
// does: DK_FAULT=write:3. Standard streams are spared.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int calls;

static int is_due(const char *name) {
    const char *fault = getenv("DK_FAULT");
    size_t length = strlen(name);
    if (!fault || strncmp(fault, name, length) != 0 || fault[length] != ':') return 0;
    return atomic_fetch_add(&calls, 1) + 1 == atoi(fault + length + 1);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (descriptor > 2 && is_due("write")) {
        // Half of it goes through first, as on a disk that fills.
        if (count > 1) (void)!real(descriptor, bytes, count / 2);
        errno = ENOSPC;
        return -1;
    }
    return real(descriptor, bytes, count);
}

int fsync(int descriptor) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    if (is_due("fsync")) {
        errno = EIO;
        return -1;
    }
    return real(descriptor);
}

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    if (is_due("rename")) {
        errno = EIO;
        return -1;
    }
    return real(from, to);
}

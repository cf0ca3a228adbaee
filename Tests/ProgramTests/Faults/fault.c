// Preloaded into a program, makes the n-th call of one kind fail as a full or broken disk does:
// DK_FAULT=write:3:28 is the third write with errno 28. Kinds: write, fsync, ftruncate, open (of new files), mkdir,
// rename, exchange, unlink. Standard streams are spared. DK_FAULT_MARK is a file that is made when it strikes.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int calls;

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int is_due(const char *kind) {
    const char *fault = getenv("DK_FAULT");
    size_t length = strlen(kind);
    if (!fault || strncmp(fault, kind, length) != 0 || fault[length] != ':') return 0;
    char *rest;
    long call = strtol(fault + length + 1, &rest, 10);
    if (atomic_fetch_add(&calls, 1) + 1 != call) return 0;
    const char *mark = getenv("DK_FAULT_MARK");
    if (mark) close((int)syscall(SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT, 0600));
    errno = *rest == ':' ? atoi(rest + 1) : EIO;
    return 1;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    REAL(write);
    if (descriptor > 2 && is_due("write")) {
        int code = errno;
        // Half of it goes through first, as on a disk that fills.
        if (count > 1) (void)!real(descriptor, bytes, count / 2);
        errno = code;
        return -1;
    }
    return real(descriptor, bytes, count);
}

int fsync(int descriptor) {
    REAL(fsync);
    return is_due("fsync") ? -1 : real(descriptor);
}

int ftruncate(int descriptor, off_t size) {
    REAL(ftruncate);
    return is_due("ftruncate") ? -1 : real(descriptor, size);
}

int open(const char *path, int flags, ...) {
    REAL(open);
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return flags & O_CREAT && is_due("open") ? -1 : real(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    REAL(open64);
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return flags & O_CREAT && is_due("open") ? -1 : real(path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...) {
    REAL(openat);
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return flags & O_CREAT && is_due("open") ? -1 : real(directory, path, flags, mode);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    return is_due("mkdir") ? -1 : real(path, mode);
}

int mkdirat(int directory, const char *path, mode_t mode) {
    REAL(mkdirat);
    return is_due("mkdir") ? -1 : real(directory, path, mode);
}

int rename(const char *from, const char *to) {
    REAL(rename);
    return is_due("rename") ? -1 : real(from, to);
}

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
    REAL(renameat);
    return is_due("rename") ? -1 : real(from_directory, from, to_directory, to);
}

int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    REAL(renameat2);
    const char *kind = flags & RENAME_EXCHANGE ? "exchange" : "rename";
    return is_due(kind) ? -1 : real(from_directory, from, to_directory, to, flags);
}

int unlink(const char *path) {
    REAL(unlink);
    return is_due("unlink") ? -1 : real(path);
}

int unlinkat(int directory, const char *path, int flags) {
    REAL(unlinkat);
    return is_due("unlink") ? -1 : real(directory, path, flags);
}

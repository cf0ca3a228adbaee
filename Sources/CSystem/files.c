#define _GNU_SOURCE
#include "csystem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

ssize_t dk_write_quietly(int descriptor, const void *bytes, size_t count) {
    sigset_t pipe_signal, waiting, mask;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&waiting);
    // A SIGPIPE that is already pending belongs to another write and must stay pending.
    int is_ours = !sigismember(&waiting, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &mask);
    ssize_t written = write(descriptor, bytes, count);
    int code = errno;
    if (written < 0 && code == EPIPE && is_ours) {
        // SIGPIPE is delivered to the writing thread, so if it was raised, it is pending here and can be consumed.
        sigpending(&waiting);
        int number;
        if (sigismember(&waiting, SIGPIPE)) sigwait(&pipe_signal, &number);
    }
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    errno = code;
    return written;
}

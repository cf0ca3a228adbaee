#if defined(__linux__)

// Deprecated since 3.0 in favour of EVP, which would allocate a context and look up the algorithm for each digest, and
// read a configuration file when a program starts. These functions stay part of every libcrypto 3.
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>
#include <string.h>

#include "cdigest.h"

_Static_assert(sizeof(dk_sha256) >= sizeof(SHA256_CTX), "the state has room for libcrypto's");
_Static_assert(_Alignof(dk_sha256) >= _Alignof(SHA256_CTX), "the state is aligned as libcrypto's");

dk_sha256 dk_sha256_make(void) {
    dk_sha256 state;
    memset(&state, 0, sizeof state);
    SHA256_Init((SHA256_CTX *)&state);
    return state;
}

void dk_sha256_add(dk_sha256 *state, const void *bytes, size_t count) {
    SHA256_Update((SHA256_CTX *)state, bytes, count);
}

void dk_sha256_digest(const dk_sha256 *state, uint8_t digest[32]) {
    // SHA256_Final pads, and thereby changes, what it is given.
    dk_sha256 copy = *state;
    SHA256_Final(digest, (SHA256_CTX *)&copy);
}

#endif

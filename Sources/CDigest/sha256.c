#if defined(__linux__)

// The SHA256 functions are deprecated since OpenSSL 3.0 in favour of EVP, but remain in every libcrypto 3. EVP would
// allocate a context and look up the algorithm for each digest, and read a configuration file at program start.
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
    // On a copy, because SHA256_Final pads the state and thereby changes it.
    dk_sha256 copy = *state;
    SHA256_Final(digest, (SHA256_CTX *)&copy);
}

#endif

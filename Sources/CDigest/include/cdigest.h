#ifndef DK_CDIGEST_H
#define DK_CDIGEST_H

#include <stddef.h>
#include <stdint.h>

/// SHA-256 by the system's libcrypto. The state is plain bytes without pointers, so a copy continues independently.
///
/// Linux only; CryptoKit is used on Apple's platforms.

/// State of a digest. Large and aligned enough for libcrypto's SHA256_CTX, which sha256.c checks at compile time.
typedef struct {
    uint64_t words[14];
} dk_sha256;

/// The initial state.
dk_sha256 dk_sha256_make(void);

/// Adds `count` bytes; `bytes` may be NULL if `count` is 0.
void dk_sha256_add(dk_sha256 *state, const void *bytes, size_t count);

/// Writes the 32-byte digest of everything added so far; the state does not change.
void dk_sha256_digest(const dk_sha256 *state, uint8_t digest[32]);

#endif

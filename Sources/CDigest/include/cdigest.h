#ifndef DK_CDIGEST_H
#define DK_CDIGEST_H

#include <stddef.h>
#include <stdint.h>

/// SHA-256 by the system's libcrypto, as a value: the state is plain bytes, so a copy of it goes on by itself.
///
/// Only Linux has it; on Apple's platforms CryptoKit does the same.

/// The state after the bytes that were added.
typedef struct {
    uint64_t words[14];
} dk_sha256;

/// A state to which nothing was added.
dk_sha256 dk_sha256_make(void);

/// Adds `count` bytes. bytes may be NULL if count is 0.
void dk_sha256_add(dk_sha256 *state, const void *bytes, size_t count);

/// Writes the 32 bytes of the digest of all that was added, and leaves the state as it was.
void dk_sha256_digest(const dk_sha256 *state, uint8_t digest[32]);

#endif

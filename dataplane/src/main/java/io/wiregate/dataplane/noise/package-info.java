/// The handshake `Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s`: keys, key derivation, messages 1 to 3 and
/// cookies. It does no I/O and reads no clock: time, random bytes and buffers are arguments.
@NullMarked
package io.wiregate.dataplane.noise;

import org.jspecify.annotations.NullMarked;

package io.wiregate.control.secret;

/// A secret as it is stored: which key sealed it, and nonce, ciphertext and tag in one.
@SuppressWarnings("ArrayRecordComponent") // goes straight into and out of a row; never compared
public record Sealed(String keyId, byte[] bytes) {}

package io.wiregate.dataplane.noise;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.testing.JdkAead;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.crypto.AeadKey;
import java.security.SecureRandom;
import java.util.HexFormat;

/// One end of the handshakes that tests make: an identity, and what its thread computes with.
final class Party implements AutoCloseable {
  static final BouncyCastleX25519 X25519 = new BouncyCastleX25519();
  static final SecureRandom RANDOM = new SecureRandom();

  /// Far enough from zero that no test meets a clock's origin by accident.
  static final long NOW = 1_000_000_000_000L;

  final StaticIdentity identity;
  final HandshakeCrypto crypto;

  Party() {
    this(PrivateKey.generate(RANDOM, X25519), RANDOM);
  }

  Party(PrivateKey key, SecureRandom random) {
    identity = new StaticIdentity(key);
    crypto = new HandshakeCrypto(new JdkAead(), X25519, random);
  }

  PublicKey publicKey() {
    return identity.publicKey();
  }

  Handshake handshakeWith(Party other) {
    return handshakeWith(other.publicKey(), PresharedKey.none());
  }

  Handshake handshakeWith(PublicKey other, PresharedKey presharedKey) {
    return new Handshake(new RemoteStatic(identity, other, presharedKey, X25519));
  }

  byte[] initiate(Handshake handshake, int localIndex, Tai64n timestamp) {
    byte[] message = new byte[InitiationMessage.SIZE];
    if (!handshake.createInitiation(localIndex, timestamp, NOW, message, crypto)) {
      throw new AssertionError("no initiation");
    }
    return message;
  }

  byte[] respond(Handshake handshake, int localIndex) {
    byte[] message = new byte[ResponseMessage.SIZE];
    if (!handshake.createResponse(localIndex, NOW, message, crypto)) {
      throw new AssertionError("no response");
    }
    return message;
  }

  Outcome receiveInitiation(Handshake handshake, byte[] message, long nowNanos) {
    try (ReceivedInitiation received = ReceivedInitiation.open(message, identity, crypto)) {
      return received == null
          ? Outcome.HANDSHAKE_NOT_AUTHENTIC
          : handshake.consumeInitiation(received, nowNanos, crypto);
    }
  }

  static Tai64n second(long seconds) {
    return Tai64n.whitened(seconds, 0);
  }

  static String hex(AeadKey key) {
    byte[] bytes = new byte[AeadKey.SIZE];
    key.copyTo(bytes, 0);
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public void close() {
    crypto.close();
    identity.close();
  }
}

package io.wiregate.benchmarks;

import io.wiregate.dataplane.Engines;
import io.wiregate.dataplane.noise.Handshake;
import io.wiregate.dataplane.noise.HandshakeCrypto;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.noise.RemoteStatic;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.dataplane.noise.Tai64n;
import io.wiregate.dataplane.wire.InitiationMessage;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import org.bouncycastle.crypto.digests.Blake2sDigest;

/// What strangers send to a gateway whose public key they know.
final class StrangersMessages {
  private static final int KEY_SIZE = 32;

  private final SecureRandom random = new SecureRandom();
  private final Engines engines = Engines.select(null);
  private final HandshakeCrypto crypto =
      new HandshakeCrypto(engines.aead().newAead(), engines.x25519(), random);
  private final PublicKey gateway;
  private final byte[] mac1Key = new byte[KEY_SIZE];
  private int sender;

  StrangersMessages(PublicKey gateway) {
    this.gateway = gateway;
    Blake2sDigest hash = new Blake2sDigest(8 * KEY_SIZE);
    byte[] label = "mac1----".getBytes(StandardCharsets.US_ASCII);
    hash.update(label, 0, label.length);
    hash.update(gateway.toBytes(), 0, KEY_SIZE);
    hash.doFinal(mac1Key, 0);
  }

  /// An initiation by type and length, else random.
  byte[] junk() {
    byte[] message = new byte[InitiationMessage.SIZE];
    random.nextBytes(message);
    InitiationMessage.putHeader(message, sender++);
    Arrays.fill(message, InitiationMessage.MAC2, InitiationMessage.SIZE, (byte) 0);
    return message;
  }

  /// Junk with the `mac1` of the gateway.
  byte[] junkWithMac1() {
    byte[] message = junk();
    Blake2sDigest mac = new Blake2sDigest(mac1Key, 16, null, null);
    mac.update(message, 0, InitiationMessage.MAC1);
    mac.doFinal(message, InitiationMessage.MAC1);
    return message;
  }

  /// The same with a `mac2` that is no cookie's.
  byte[] junkWithMac1AndWrongMac2() {
    byte[] message = junkWithMac1();
    message[InitiationMessage.SIZE - 1] = 1;
    return message;
  }

  /// Who begins handshakes with the gateway.
  Handshake initiator(StaticIdentity identity) {
    return new Handshake(
        new RemoteStatic(identity, gateway, PresharedKey.none(), engines.x25519()));
  }

  StaticIdentity newIdentity() {
    return new StaticIdentity(PrivateKey.generate(random, engines.x25519()));
  }

  /// A real initiation of this moment.
  byte[] initiation(Handshake initiator, int index) {
    Instant now = Instant.now();
    byte[] message = new byte[InitiationMessage.SIZE];
    Tai64n stamp = Tai64n.whitened(now.getEpochSecond(), now.getNano());
    if (!initiator.createInitiation(index, stamp, System.nanoTime(), message, crypto)) {
      throw new IllegalStateException("no initiation");
    }
    return message;
  }

  HandshakeCrypto crypto() {
    return crypto;
  }
}

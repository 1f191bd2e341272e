package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.noise.CookieChecker;
import io.wiregate.dataplane.noise.Handshake;
import io.wiregate.dataplane.noise.HandshakeCrypto;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.ReceivedInitiation;
import io.wiregate.dataplane.noise.RemoteStatic;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.dataplane.noise.Tai64n;
import io.wiregate.dataplane.noise.TransportKeys;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.crypto.X25519;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/// The handshakes of a [Rehearsal]: whole ones, between two sides that are both here and have keys
/// for the purpose. Owner: the rehearsal's thread, which closes it.
final class RehearsalHandshakes implements AutoCloseable {
  private static final int SPACING_NANOS = 1_000_000_000;

  private final HandshakeCrypto crypto;
  private final StaticIdentity initiator;
  private final StaticIdentity responder;
  private final CookieChecker macs;
  private final Handshake initiating;
  private final Handshake responding;
  private final byte[] initiation = new byte[InitiationMessage.SIZE];
  private final byte[] response = new byte[ResponseMessage.SIZE];
  private int rounds;

  /// @param crypto borrowed
  RehearsalHandshakes(HandshakeCrypto crypto, X25519 x25519, SecureRandom random) {
    this.crypto = crypto;
    initiator = new StaticIdentity(PrivateKey.generate(random, x25519));
    responder = new StaticIdentity(PrivateKey.generate(random, x25519));
    macs = new CookieChecker(responder, random, 0);
    initiating = handshake(initiator, responder, x25519);
    responding = handshake(responder, initiator, x25519);
  }

  private static Handshake handshake(StaticIdentity local, StaticIdentity remote, X25519 x25519) {
    return new Handshake(new RemoteStatic(local, remote.publicKey(), PresharedKey.none(), x25519));
  }

  /// One handshake, from the first message to both sides' keys.
  ///
  /// @return whether both sides have come to an end with it
  boolean run() {
    int round = ++rounds; // so much for time: each is later than the one before
    long now = (long) round * SPACING_NANOS;
    return initiating.createInitiation(round, Tai64n.whitened(round, 0), now, initiation, crypto)
        && macs.hasValidMac1(initiation)
        && respond(round, now)
        && initiating.consumeResponse(response, crypto) == Outcome.HANDSHAKE_COMPLETED
        && forget(initiating.deriveSession());
  }

  private boolean respond(int round, long now) {
    try (ReceivedInitiation received = ReceivedInitiation.open(initiation, responder, crypto)) {
      return received != null
          && received.staticKey().equals(initiator.publicKey())
          && responding.consumeInitiation(received, now, crypto) == Outcome.HANDSHAKE_ANSWERED
          && responding.createResponse(round, now, response, crypto)
          && forget(responding.deriveSession());
    }
  }

  private static boolean forget(@Nullable TransportKeys keys) {
    if (keys == null) {
      return false;
    }
    keys.close();
    return true;
  }

  @Override
  public void close() {
    initiating.destroy();
    responding.destroy();
    initiator.close();
    responder.close();
  }
}

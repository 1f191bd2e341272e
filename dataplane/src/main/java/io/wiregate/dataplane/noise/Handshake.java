package io.wiregate.dataplane.noise;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.crypto.AeadKey;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The handshake with one peer, in either role: `Noise_IKpsk2` (paper, 5.4).
///
/// ```
///   <- s
///   ...
///   -> e, es, s, ss, {t}
///   <- e, ee, se, psk, {}
/// ```
///
/// There is one at a time, as in the kernel: beginning one, or accepting the peer's, drops the one
/// under way. Where both sides begin at the same moment, both drop theirs, answer, and have a
/// session each; the first packet decides.
///
/// Messages of strangers never cause an exception, and a message that is refused has changed
/// nothing.
///
/// Thread-safe: every method holds this object's monitor, over Diffie-Hellman too, so it is for
/// handshake threads, not for the packet path. A caller that needs several steps in one go may hold
/// the monitor meanwhile.
public final class Handshake {
  /// Between two initiations that are accepted from a peer: 50 in a second.
  private static final long INITIATION_SPACING_NANOS = 20_000_000;

  private static final HandshakeState.None NONE = new HandshakeState.None();
  private static final byte[] NOTHING = new byte[0];

  // Guarded by this.
  private RemoteStatic remote;
  private HandshakeState state = NONE;
  private final CookieMemory cookies = new CookieMemory();

  // Guarded by this. They outlast every single handshake, or an old initiation could be replayed;
  // not the process, as in the kernel (docs/threat-model.md says what that allows).
  private Tai64n latestTimestamp = Tai64n.ZERO;
  private long lastInitiationNanos;
  private boolean hasConsumedInitiation;

  /// @param remote taken over
  public Handshake(RemoteStatic remote) {
    this.remote = remote;
  }

  /// The peer's configuration. Borrowed; [#setRemote] wipes it.
  public synchronized RemoteStatic remote() {
    return remote;
  }

  /// Overwrites the preshared key, which is another one by now. Every message is refused until
  /// [#setRemote].
  public synchronized void forgetPresharedKey() {
    remote.forgetPresharedKey();
  }

  /// Replaces the peer's configuration. A new preshared key counts from the next message on; with a
  /// new private key of ours, the handshake under way is dropped.
  ///
  /// @param newRemote taken over; of the same peer
  public synchronized void setRemote(RemoteStatic newRemote) {
    if (!newRemote.publicKey().equals(remote.publicKey())) {
      throw new IllegalArgumentException("a peer's public key never changes");
    }
    if (newRemote.identity() != remote.identity()) {
      become(NONE);
    }
    if (newRemote != remote) {
      remote.wipe();
      remote = newRemote;
    }
  }

  /// Sends the first message.
  ///
  /// @param localIndex chosen by the caller, unique among its interface's handshakes and sessions
  /// @param timestamp later than that of every initiation before: from a [Tai64nClock]
  /// @param nowNanos the boot clock
  /// @param message gets all 148 bytes, MACs included
  /// @return false where the peer's public key allows no handshake: nothing may be sent
  public synchronized boolean createInitiation(
      int localIndex, Tai64n timestamp, long nowNanos, byte[] message, HandshakeCrypto crypto) {
    requireSize(message, InitiationMessage.SIZE);
    if (!remote.isUsable()) {
      return false;
    }
    SymmetricState symmetric = SymmetricState.towards(remote.publicKeyBytes());
    InitiationMessage.putHeader(message, localIndex);

    // e
    PrivateKey ephemeral = crypto.generateKey();
    put(ephemeral.publicKey(), message, InitiationMessage.EPHEMERAL);
    symmetric.mixEphemeral(message, InitiationMessage.EPHEMERAL);

    // es
    if (!symmetric.mixDh(ephemeral, remote.publicKeyBytes(), crypto)) {
      symmetric.wipe();
      ephemeral.close();
      return false;
    }

    // s
    symmetric.encryptAndHash(
        remote.identity().publicKeyBytes(), message, InitiationMessage.ENCRYPTED_STATIC, crypto);

    // ss
    symmetric.mixKey(remote.staticStatic());

    // {t}
    symmetric.encryptAndHash(
        timestamp.toBytes(), message, InitiationMessage.ENCRYPTED_TIMESTAMP, crypto);

    cookies.addMacs(message, remote.macKeys(), nowNanos);
    become(new HandshakeState.CreatedInitiation(symmetric, ephemeral, localIndex));
    return true;
  }

  /// Receives the first message, from the peer that [ReceivedInitiation#staticKey] names.
  ///
  /// @param received borrowed until return
  /// @param nowNanos the boot clock
  /// @return [Outcome#HANDSHAKE_ANSWERED] if a response has to follow; else
  ///   [Outcome#HANDSHAKE_NOT_AUTHENTIC], [Outcome#HANDSHAKE_REPLAYED] or
  ///   [Outcome#HANDSHAKE_FLOODED]
  public synchronized Outcome consumeInitiation(
      ReceivedInitiation received, long nowNanos, HandshakeCrypto crypto) {
    if (!remote.isUsable() || !received.staticKey().equals(remote.publicKey())) {
      return Outcome.HANDSHAKE_NOT_AUTHENTIC;
    }
    SymmetricState symmetric = received.symmetric();

    // ss
    symmetric.mixKey(remote.staticStatic());

    // {t}
    byte[] timestampBytes = new byte[Tai64n.SIZE];
    if (!symmetric.decryptAndHash(received.encryptedTimestamp(), 0, timestampBytes, crypto)) {
      symmetric.wipe();
      return Outcome.HANDSHAKE_NOT_AUTHENTIC;
    }

    Tai64n timestamp = Tai64n.of(timestampBytes, 0);
    if (!timestamp.isAfter(latestTimestamp)) {
      symmetric.wipe();
      return Outcome.HANDSHAKE_REPLAYED;
    }
    if (hasConsumedInitiation && nowNanos - lastInitiationNanos < INITIATION_SPACING_NANOS) {
      symmetric.wipe();
      return Outcome.HANDSHAKE_FLOODED;
    }

    latestTimestamp = timestamp;
    lastInitiationNanos = nowNanos;
    hasConsumedInitiation = true;
    become(
        new HandshakeState.ConsumedInitiation(symmetric, received.ephemeral(), received.sender()));
    return Outcome.HANDSHAKE_ANSWERED;
  }

  /// Sends the second message, after [#consumeInitiation].
  ///
  /// @param localIndex chosen by the caller, unique among its interface's handshakes and sessions
  /// @param nowNanos the boot clock
  /// @param message gets all 92 bytes, MACs included
  /// @return false where no initiation waits for an answer (any more): nothing may be sent
  public synchronized boolean createResponse(
      int localIndex, long nowNanos, byte[] message, HandshakeCrypto crypto) {
    requireSize(message, ResponseMessage.SIZE);
    if (!(state instanceof HandshakeState.ConsumedInitiation consumed)) {
      return false;
    }
    SymmetricState symmetric = consumed.symmetric().copy();
    ResponseMessage.putHeader(message, localIndex, consumed.remoteIndex());

    // e
    PrivateKey ephemeral = crypto.generateKey();
    put(ephemeral.publicKey(), message, ResponseMessage.EPHEMERAL);
    symmetric.mixEphemeral(message, ResponseMessage.EPHEMERAL);

    // ee, se
    boolean agreed =
        symmetric.mixDh(ephemeral, consumed.remoteEphemeral().toBytes(), crypto)
            && symmetric.mixDh(ephemeral, remote.publicKeyBytes(), crypto);
    ephemeral.close();
    if (!agreed) {
      symmetric.wipe();
      become(NONE);
      return false;
    }

    // psk
    symmetric.mixKeyAndHash(remote.presharedKey());

    // {}
    symmetric.encryptAndHash(NOTHING, message, ResponseMessage.ENCRYPTED_NOTHING, crypto);

    cookies.addMacs(message, remote.macKeys(), nowNanos);
    become(new HandshakeState.CreatedResponse(symmetric, localIndex, consumed.remoteIndex()));
    return true;
  }

  /// Receives the second message, whose `mac1` has been checked.
  ///
  /// @param message borrowed until return
  /// @return [Outcome#HANDSHAKE_COMPLETED] if the session can begin; else
  ///   [Outcome#HANDSHAKE_MALFORMED], [Outcome#HANDSHAKE_UNEXPECTED] or
  ///   [Outcome#HANDSHAKE_NOT_AUTHENTIC]
  public synchronized Outcome consumeResponse(byte[] message, HandshakeCrypto crypto) {
    if (!ResponseMessage.is(message)) {
      return Outcome.HANDSHAKE_MALFORMED;
    }
    if (!remote.isUsable()) {
      return Outcome.HANDSHAKE_NOT_AUTHENTIC;
    }
    if (!(state instanceof HandshakeState.CreatedInitiation created)
        || ResponseMessage.receiver(message) != created.localIndex()) {
      return Outcome.HANDSHAKE_UNEXPECTED;
    }
    SymmetricState symmetric = created.symmetric().copy();
    byte[] remoteEphemeral =
        Arrays.copyOfRange(message, ResponseMessage.EPHEMERAL, ResponseMessage.ENCRYPTED_NOTHING);

    // e
    symmetric.mixEphemeral(remoteEphemeral, 0);

    // ee, se
    boolean genuine =
        symmetric.mixDh(created.ephemeral(), remoteEphemeral, crypto)
            && symmetric.mixDh(remote.identity().privateKey(), remoteEphemeral, crypto);

    // psk
    if (genuine) {
      symmetric.mixKeyAndHash(remote.presharedKey());
    }

    // {}
    genuine =
        genuine
            && symmetric.decryptAndHash(
                message, ResponseMessage.ENCRYPTED_NOTHING, NOTHING, crypto);

    if (!genuine) {
      symmetric.wipe();
      return Outcome.HANDSHAKE_NOT_AUTHENTIC;
    }
    become(
        new HandshakeState.ConsumedResponse(
            symmetric, created.localIndex(), ResponseMessage.sender(message)));
    return Outcome.HANDSHAKE_COMPLETED;
  }

  /// Receives the answer of a peer under load to our last message.
  ///
  /// @param message a cookie reply for the index of a handshake or session with this peer
  /// @param nowNanos the boot clock
  /// @return [Outcome#COOKIE_ACCEPTED]; else [Outcome#HANDSHAKE_MALFORMED],
  ///   [Outcome#HANDSHAKE_UNEXPECTED] or [Outcome#HANDSHAKE_NOT_AUTHENTIC]
  public synchronized Outcome consumeCookieReply(byte[] message, long nowNanos) {
    return cookies.consume(message, remote.macKeys(), nowNanos);
  }

  /// The keys of the session that the handshake has agreed on, after [#createResponse] or
  /// [#consumeResponse]; they can be taken once.
  public synchronized @Nullable TransportKeys deriveSession() {
    TransportKeys keys =
        switch (state) {
          case HandshakeState.ConsumedResponse done ->
              split(done.symmetric(), true, done.localIndex(), done.remoteIndex());
          case HandshakeState.CreatedResponse done ->
              split(done.symmetric(), false, done.localIndex(), done.remoteIndex());
          case HandshakeState.None _,
              HandshakeState.CreatedInitiation _,
              HandshakeState.ConsumedInitiation _ ->
              null;
        };
    if (keys != null) {
      become(NONE);
    }
    return keys;
  }

  private static TransportKeys split(
      SymmetricState symmetric, boolean initiator, int localIndex, int remoteIndex) {
    byte[] initiatorKey = new byte[AeadKey.SIZE];
    byte[] responderKey = new byte[AeadKey.SIZE];
    symmetric.split(initiatorKey, responderKey);
    TransportKeys keys =
        new TransportKeys(
            AeadKey.of(initiator ? initiatorKey : responderKey, 0),
            AeadKey.of(initiator ? responderKey : initiatorKey, 0),
            initiator,
            localIndex,
            remoteIndex);
    Arrays.fill(initiatorKey, (byte) 0);
    Arrays.fill(responderKey, (byte) 0);
    return keys;
  }

  /// Drops the handshake under way: its time is over, or the interface goes down.
  public synchronized void clear() {
    become(NONE);
  }

  /// Wipes everything, when the peer is removed. Afterwards no handshake succeeds.
  public synchronized void destroy() {
    become(NONE);
    cookies.forget();
    remote.wipe();
  }

  /// Whether we sent an initiation under this index and still wait for the response.
  public synchronized boolean awaitsResponse(int localIndex) {
    return state instanceof HandshakeState.CreatedInitiation created
        && created.localIndex() == localIndex;
  }

  /// For tests.
  synchronized HandshakeState state() {
    return state;
  }

  private void become(HandshakeState next) {
    state.wipe();
    state = next;
  }

  private static void put(PublicKey key, byte[] message, int offset) {
    System.arraycopy(key.toBytes(), 0, message, offset, PublicKey.SIZE);
  }

  private static void requireSize(byte[] message, int size) {
    if (message.length != size) {
      throw new IllegalArgumentException("the message has " + size + " bytes");
    }
  }
}

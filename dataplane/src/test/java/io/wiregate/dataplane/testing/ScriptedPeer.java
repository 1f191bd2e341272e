package io.wiregate.dataplane.testing;

import io.wiregate.dataplane.noise.CookieChecker;
import io.wiregate.dataplane.noise.Handshake;
import io.wiregate.dataplane.noise.HandshakeCrypto;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.noise.ReceivedInitiation;
import io.wiregate.dataplane.noise.RemoteStatic;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.dataplane.noise.Tai64n;
import io.wiregate.dataplane.noise.Tai64nClock;
import io.wiregate.dataplane.noise.TransportKeys;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.dataplane.wire.TransportMessage;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The other end of a tunnel, driven by a test message by message over a plain socket of a [Lab].
public final class ScriptedPeer implements AutoCloseable {
  private static final AtomicInteger INDICES = new AtomicInteger(0x5000_0000);
  private static final Tai64nClock STAMPS = Tai64nClock.ofWallClock();
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private final StaticIdentity identity = new StaticIdentity(Lab.newKey());
  private final RememberingRandom random = new RememberingRandom();
  private final HandshakeCrypto crypto = new HandshakeCrypto(new JdkAead(), Lab.x25519(), random);
  private final JdkAead aead = new JdkAead();
  private final NativeBuffer buffer = NativeBuffer.allocate(1 << 17);
  private final PublicKey device;
  private final Handshake handshake;
  private final InetAddress target;
  private final DatagramSocket socket;
  private @Nullable TransportKeys keys;

  private final PresharedKey presharedKey;

  public ScriptedPeer(Lab lab) {
    this(lab, "127.0.0.1", "127.0.0.1", PresharedKey.none());
  }

  public ScriptedPeer(Lab lab, PresharedKey presharedKey) {
    this(lab, "127.0.0.1", "127.0.0.1", presharedKey);
  }

  /// @param from the address that it sends from
  /// @param to the address that it knows the device by
  public ScriptedPeer(Lab lab, String from, String to) {
    this(lab, from, to, PresharedKey.none());
  }

  private ScriptedPeer(Lab lab, String from, String to, PresharedKey presharedKey) {
    this.presharedKey = presharedKey;
    target = InetAddress.ofLiteral(to);
    device = Objects.requireNonNull(lab.device().publicKey());
    handshake = new Handshake(new RemoteStatic(identity, device, presharedKey, Lab.x25519()));
    socket = lab.socket(from);
  }

  /// Remembers what it gave last, which is the last handshake's ephemeral private key.
  private static final class RememberingRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private byte[] last = {};

    @Override
    public void nextBytes(byte[] bytes) {
      super.nextBytes(bytes);
      last = bytes.clone();
    }
  }

  /// All that this end knows of the last handshake, as Wireshark's `wg.keylog_file` has it.
  public String keyLog() {
    Base64.Encoder base64 = Base64.getEncoder();
    return """
    LOCAL_STATIC_PRIVATE_KEY = %s
    REMOTE_STATIC_PUBLIC_KEY = %s
    LOCAL_EPHEMERAL_PRIVATE_KEY = %s
    PRESHARED_KEY = %s
    """
        .formatted(
            identity.privateKey().toBase64(),
            device.toBase64(),
            base64.encodeToString(random.last),
            presharedKey.toBase64());
  }

  public PublicKey publicKey() {
    return identity.publicKey();
  }

  /// The address that it sends from.
  public String address() {
    return socket.getLocalAddress().getHostAddress();
  }

  /// The address that it sends to.
  public InetAddress target() {
    return target;
  }

  /// The port that it sends from.
  public int port() {
    return socket.getLocalPort();
  }

  public byte[] initiation() {
    Instant now = Instant.now();
    return initiation(STAMPS.stamp(now.getEpochSecond(), now.getNano()));
  }

  public byte[] initiation(Tai64n timestamp) {
    byte[] message = new byte[InitiationMessage.SIZE];
    if (!handshake.createInitiation(
        INDICES.incrementAndGet(), timestamp, System.nanoTime(), message, crypto)) {
      throw new AssertionError("no initiation");
    }
    return message;
  }

  /// Takes a response to the last initiation; its keys are used from now on.
  public void complete(byte[] response) {
    Outcome outcome = handshake.consumeResponse(response, crypto);
    if (outcome != Outcome.HANDSHAKE_COMPLETED) {
      throw new AssertionError("the response is " + outcome);
    }
    keys = handshake.deriveSession();
  }

  /// A response to an initiation of the device; its keys are used from now on.
  public byte[] response(byte[] initiation) {
    try (ReceivedInitiation received =
        Objects.requireNonNull(ReceivedInitiation.open(initiation, identity, crypto))) {
      Outcome outcome = handshake.consumeInitiation(received, System.nanoTime(), crypto);
      byte[] message = new byte[ResponseMessage.SIZE];
      if (outcome != Outcome.HANDSHAKE_ANSWERED
          || !handshake.createResponse(
              INDICES.incrementAndGet(), System.nanoTime(), message, crypto)) {
        throw new AssertionError("the initiation is " + outcome);
      }
      keys = handshake.deriveSession();
      return message;
    }
  }

  /// Shakes hands as the initiator.
  public void connect() {
    send(initiation());
    complete(receive());
  }

  /// Takes a cookie of the device's; the next message carries it.
  public Outcome takeCookie(byte[] reply) {
    return handshake.consumeCookieReply(reply, System.nanoTime());
  }

  /// A cookie for a message of the device's, as if we were under load.
  public byte[] cookieReply(byte[] answered) {
    byte[] reply = new byte[CookieReplyMessage.SIZE];
    new CookieChecker(identity, new SecureRandom(), System.nanoTime())
        .createReply(answered, IpAddress.parse("127.0.0.1"), Lab.PORT, System.nanoTime(), reply);
    return reply;
  }

  private TransportKeys keys() {
    return Objects.requireNonNull(keys);
  }

  /// The index of the device's that messages are sent to.
  public int remoteIndex() {
    return keys().remoteIndex();
  }

  /// A message with a packet, which is padded.
  public byte[] seal(long counter, byte[] packet) {
    return sealTo(remoteIndex(), counter, Arrays.copyOf(packet, (packet.length + 15) & -16));
  }

  public byte[] sealTo(int index, long counter, byte[] padded) {
    buffer.copyFrom(0, padded, 0, padded.length);
    aead.seal(
        keys().sending(),
        counter,
        buffer,
        0,
        0,
        buffer,
        0,
        padded.length,
        buffer,
        65536 + TransportMessage.HEADER_SIZE);
    TransportMessage.putHeader(buffer, 65536, index, counter);
    return buffer.toArray(65536, padded.length + TransportMessage.OVERHEAD);
  }

  /// What a transport message of the device carries.
  public byte[] open(byte[] message) {
    buffer.copyFrom(0, message, 0, message.length);
    int length = message.length - TransportMessage.HEADER_SIZE;
    boolean genuine =
        TransportMessage.is(buffer, 0, message.length)
            && TransportMessage.receiver(buffer, 0) == keys().localIndex()
            && aead.open(
                keys().receiving(),
                TransportMessage.counter(buffer, 0),
                buffer,
                0,
                0,
                buffer,
                TransportMessage.HEADER_SIZE,
                length,
                buffer,
                65536);
    if (!genuine) {
      throw new AssertionError("not a message for us");
    }
    return buffer.toArray(65536, length - TransportMessage.TAG_SIZE);
  }

  public void send(byte[] message) {
    sendFrom(socket, target, message);
  }

  /// Sends from another place.
  public static void sendFrom(DatagramSocket from, byte[] message) {
    sendFrom(from, LOOPBACK, message);
  }

  public static void sendFrom(DatagramSocket from, InetAddress to, byte[] message) {
    try {
      from.send(new DatagramPacket(message, message.length, to, Lab.PORT));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public byte[] receive() {
    byte[] message = receiveOrNull(2000);
    if (message == null) {
      throw new AssertionError("nothing came");
    }
    return message;
  }

  /// The next message, null where none comes in that time.
  public byte @Nullable [] receiveOrNull(int millis) {
    DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
    try {
      socket.setSoTimeout(millis);
      socket.receive(packet);
      return Arrays.copyOf(packet.getData(), packet.getLength());
    } catch (SocketTimeoutException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Makes the first MAC of a changed initiation or response right again, as anybody could who
  /// knows the device's public key.
  public void remac(byte[] message) {
    Mac1.put(device, message);
  }

  @Override
  public void close() {
    socket.close();
    crypto.close();
    identity.close();
    buffer.close();
    TransportKeys last = keys;
    if (last != null) {
      last.close();
    }
  }
}

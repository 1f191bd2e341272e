package io.wiregate.dataplane.noise;

import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.HandshakeMacs;
import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.os.net.IpAddress;
import java.security.SecureRandom;
import java.util.Arrays;
import org.bouncycastle.crypto.digests.Blake2sDigest;

/// The receiver's side of cookies (paper, 5.3 and 5.4.7): tells whether a handshake message is
/// meant for us (`mac1`), and under load whether its sender can receive at the address that it
/// sends from (`mac2`), so that nobody exhausts us from forged addresses.
///
/// A cookie is a MAC of the address *and the port* under a secret that changes every two minutes;
/// nothing is remembered per sender.
///
/// Thread-safe. Owner: the interface; a new private key means a new object.
public final class CookieChecker {
  private static final long SECRET_LIFETIME_NANOS = 120_000_000_000L;
  private static final int SECRET_SIZE = 32;

  private final MacKeys keys;
  private final SecureRandom random;

  // Never changed, but copied: a flood of what is not for us ends here.
  private final Blake2sDigest initiationMac1;
  private final Blake2sDigest responseMac1;

  // Guarded by this.
  private final byte[] secret = new byte[SECRET_SIZE];
  private long secretNanos;

  /// @param nowNanos the boot clock
  public CookieChecker(StaticIdentity identity, SecureRandom random, long nowNanos) {
    this.keys = identity.macKeys();
    this.random = random;
    initiationMac1 = keys.beginMac1((byte) MessageType.INITIATION);
    responseMac1 = keys.beginMac1((byte) MessageType.RESPONSE);
    random.nextBytes(secret);
    secretNanos = nowNanos;
  }

  /// Whether an initiation or a response was made for our public key. Everything that was not is
  /// dropped without an answer.
  ///
  /// @param message of the exact length of its type
  public boolean hasValidMac1(byte[] message) {
    return hasValidMac1(message, message.length);
  }

  /// As [#hasValidMac1(byte[])], of the message in the first `length` bytes.
  public boolean hasValidMac1(byte[] message, int length) {
    byte type = message[0];
    if (type != MessageType.INITIATION && type != MessageType.RESPONSE) {
      return false;
    }
    Blake2sDigest mac1 =
        new Blake2sDigest(type == MessageType.INITIATION ? initiationMac1 : responseMac1);
    int offset = HandshakeMacs.mac1(length);
    byte[] expected = new byte[HandshakeMacs.MAC_SIZE];
    mac1.update(message, 1, offset - 1);
    mac1.doFinal(expected, 0);
    return equal(expected, message, offset);
  }

  /// Whether an initiation or a response carries the cookie of its source.
  ///
  /// @param message of the exact length of its type
  /// @param port of the source
  /// @param nowNanos the boot clock
  public boolean hasValidMac2(byte[] message, IpAddress source, int port, long nowNanos) {
    if (!HandshakeMacs.hasMac2(message)) {
      return false;
    }
    int offset = HandshakeMacs.mac2(message);
    byte[] cookie = cookie(source, port, nowNanos);
    byte[] expected = new byte[HandshakeMacs.MAC_SIZE];
    Blake2s.mac(expected, 0, cookie, message, 0, offset);
    Arrays.fill(cookie, (byte) 0);
    return equal(expected, message, offset);
  }

  /// Answers an initiation or a response, whose `mac1` is valid, with the cookie of its source.
  ///
  /// @param message of the exact length of its type
  /// @param port of the source
  /// @param nowNanos the boot clock
  /// @param reply gets all 64 bytes
  public void createReply(byte[] message, IpAddress source, int port, long nowNanos, byte[] reply) {
    if (reply.length != CookieReplyMessage.SIZE) {
      throw new IllegalArgumentException("a cookie reply has 64 bytes");
    }
    byte[] nonce = new byte[CookieReplyMessage.NONCE_SIZE];
    random.nextBytes(nonce);
    int mac1 = HandshakeMacs.mac1(message);
    byte[] answered = Arrays.copyOfRange(message, mac1, mac1 + HandshakeMacs.MAC_SIZE);
    byte[] cookie = cookie(source, port, nowNanos);

    CookieReplyMessage.putHeader(reply, HandshakeMacs.sender(message));
    System.arraycopy(nonce, 0, reply, CookieReplyMessage.NONCE, nonce.length);
    XChaCha20Poly1305.seal(
        keys.cookieKey(), nonce, 0, answered, cookie, reply, CookieReplyMessage.ENCRYPTED_COOKIE);
    Arrays.fill(cookie, (byte) 0);
  }

  private byte[] cookie(IpAddress source, int port, long nowNanos) {
    byte[] address = source.toBytes();
    byte[] input = Arrays.copyOf(address, address.length + 2);
    input[address.length] = (byte) (port >>> 8);
    input[address.length + 1] = (byte) port;
    byte[] cookie = new byte[HandshakeMacs.MAC_SIZE];
    synchronized (this) {
      if (nowNanos - secretNanos > SECRET_LIFETIME_NANOS) {
        random.nextBytes(secret);
        secretNanos = nowNanos;
      }
      Blake2s.mac(cookie, 0, secret, input, 0, input.length);
    }
    return cookie;
  }

  private static boolean equal(byte[] expected, byte[] message, int offset) {
    return org.bouncycastle.util.Arrays.constantTimeAreEqual(
        expected.length, expected, 0, message, offset);
  }
}

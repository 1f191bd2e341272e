package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.dataplane.testing.ScriptedPeer;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.HandshakeMacs;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.UdpEndpoint;
import java.net.DatagramSocket;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of handshake messages of a source that sends more than can be worked on. The
/// handshake thread is held while they gather, so that it is no matter of who is faster; one worker
/// keeps them in order.
@RequiresRoot
@RequiresTool("ip")
class UnderLoadTest {
  /// More than a quarter of a lane, and less than half of it.
  private static final int MANY = 50;

  private static @Nullable Lab lab;

  @BeforeAll
  static void open() throws OsException {
    lab = Lab.up(1, "10.7.0.1/16");
    lab.exec("ip", "address", "add", "::2/128", "dev", "lo");
  }

  @AfterAll
  static void closeLab() {
    lab().close();
  }

  private static Lab lab() {
    return Objects.requireNonNull(lab);
  }

  private static Device device() {
    return lab().device();
  }

  private static void put(PublicKey key, @Nullable UdpEndpoint endpoint) {
    device().putPeer(new PeerConfiguration(key, null, endpoint, 0, List.of()));
  }

  private static Peer state(ScriptedPeer peer) {
    return Objects.requireNonNull(device().peers().byKey(peer.publicKey()));
  }

  /// Has so much come from a peer's place that what it sends next meets the load.
  ///
  /// @return messages of others, that are handled too
  private static int underLoad(ScriptedPeer peer, Runnable sends) {
    try (ScriptedPeer other = new ScriptedPeer(lab(), "127.0.0.9", "127.0.0.1")) {
      put(other.publicKey(), null);
      Object handshake =
          state(other)
              .handshake(Objects.requireNonNull(device().peers().identity()).keys(), Lab.x25519());
      CountDownLatch held = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      Thread holder =
          Thread.ofPlatform()
              .start(() -> {
                synchronized (handshake) {
                  held.countDown();
                  await(release);
                }
              });
      int[] others = {0};
      try {
        await(held);
        Lab.await(() -> {
          other.send(other.initiation());
          others[0]++;
          byte[] cookie = other.receiveOrNull(100); // its lane may be the one of the load before
          if (cookie != null) {
            other.takeCookie(cookie);
          }
          return isHandshakeThreadBlocked();
        });
        byte[] junk = new byte[InitiationMessage.SIZE];
        junk[0] = 1;
        peer.remac(junk);
        sendFromPlaceOf(peer, junk);
        sends.run();
      } finally {
        release.countDown();
        join(holder);
      }
      device().removePeer(other.publicKey());
      return others[0] + MANY;
    }
  }

  /// Fills the lane of a peer. A stranger is sent one cookie in a while, which is to be the peer's:
  /// so what fills its lane comes from another port.
  private static void sendFromPlaceOf(ScriptedPeer peer, byte[] junk) {
    PeerStatus status = device().peerStatus(peer.publicKey());
    boolean isKnown = status != null && status.endpoint() != null;
    try (DatagramSocket neighbour = lab().socket(peer.address())) {
      for (int i = 0; i < MANY; i++) {
        if (isKnown) {
          peer.send(junk);
        } else {
          ScriptedPeer.sendFrom(neighbour, peer.target(), junk);
        }
      }
    }
  }

  private static boolean isHandshakeThreadBlocked() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread ->
            thread.getName().startsWith("handshake-") && thread.getState() == Thread.State.BLOCKED);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static void drain(ScriptedPeer peer) {
    while (peer.receiveOrNull(50) != null) {
      // what answered the others
    }
  }

  /// A peer under load has shown that it receives, and has a cookie.
  private static void obtainCookie(ScriptedPeer peer) {
    // Again where the lanes were drawn anew in between.
    Lab.await(() -> {
      byte[] message = peer.initiation();
      long before = handled();
      int others = underLoad(peer, () -> peer.send(message));
      Lab.await(() -> handled() == before + others + 1);
      byte @Nullable [] reply;
      boolean taken = false;
      while ((reply = peer.receiveOrNull(50)) != null) {
        if (isCookieFor(message, reply)) {
          taken = peer.takeCookie(reply) == Outcome.COOKIE_ACCEPTED;
        }
      }
      return taken;
    });
  }

  /// Messages that the handshake thread is done with.
  private static long handled() {
    return Arrays.stream(Outcome.values())
        .filter(outcome -> outcome.name().startsWith("HANDSHAKE_"))
        .mapToLong(device()::count)
        .sum();
  }

  private static boolean isCookieFor(byte[] message, byte[] reply) {
    return reply.length == CookieReplyMessage.SIZE
        && CookieReplyMessage.receiver(reply) == HandshakeMacs.sender(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  @Proves("cookie.reply")
  void initiation_withoutCookie_isAskedForOneAndAnsweredWithIt(String address) {
    try (ScriptedPeer peer = new ScriptedPeer(lab(), address, address)) {
      put(peer.publicKey(), null);
      obtainCookie(peer);
      assertThat(Objects.requireNonNull(device().peerStatus(peer.publicKey())).endpoint()).isNull();

      byte[] message = peer.initiation();
      underLoad(peer, () -> peer.send(message));
      peer.complete(responseOf(peer));
      device().removePeer(peer.publicKey());
    }
  }

  private static byte[] responseOf(ScriptedPeer peer) {
    while (true) {
      byte[] message = peer.receive();
      if (message[0] == 2) {
        return message;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  @Proves("cookie.address-and-port")
  void cookie_ofAnotherAddressOrPort_isNotTaken(String address) {
    String elsewhere = address.equals("::1") ? "::2" : "127.0.0.2";
    try (ScriptedPeer peer = new ScriptedPeer(lab(), address, address);
        ScriptedPeer otherPort = new ScriptedPeer(lab(), address, address);
        ScriptedPeer otherAddress = new ScriptedPeer(lab(), elsewhere, address)) {
      put(peer.publicKey(), null);
      obtainCookie(peer);
      byte[] message = peer.initiation();
      assertThat(Arrays.copyOfRange(message, InitiationMessage.MAC2, InitiationMessage.SIZE))
          .isNotEqualTo(new byte[16]);
      for (ScriptedPeer other : List.of(otherPort, otherAddress)) {
        Lab.await(() -> { // again where the lanes were drawn anew in between
          underLoad(other, () -> other.send(message));
          byte @Nullable [] reply;
          boolean refused = false;
          while ((reply = other.receiveOrNull(200)) != null) {
            assertThat(reply).hasSize(CookieReplyMessage.SIZE);
            refused |= isCookieFor(message, reply);
          }
          return refused;
        });
      }
      underLoad(peer, () -> peer.send(message));
      peer.complete(responseOf(peer));
      device().removePeer(peer.publicKey());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void stranger_withManyMessages_isAskedForACookieOnceAndNowAndThen(String address) {
    try (ScriptedPeer peer = new ScriptedPeer(lab(), address, address)) {
      byte[] message = peer.initiation();
      long demanded = device().count(Outcome.HANDSHAKE_COOKIE_DEMANDED);
      underLoad(
          peer,
          () -> {
            for (int i = 0; i < 120; i++) {
              peer.send(message);
            }
          });
      Lab.await(() -> device().count(Outcome.HANDSHAKE_COOKIE_DEMANDED) >= demanded + 120);
      int replies = 0;
      byte @Nullable [] reply;
      while ((reply = peer.receiveOrNull(200)) != null) {
        assertThat(isCookieFor(message, reply)).isTrue();
        replies++;
      }
      // One, and four to be expected.
      assertThat(replies).isBetween(1, 26);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  @Proves("load.rate-limit")
  void HANDSHAKE_RATE_LIMITED_manyWithACookie_areRefusedAfterFive(String address) {
    try (ScriptedPeer peer = new ScriptedPeer(lab(), address, address)) {
      put(peer.publicKey(), null);
      obtainCookie(peer);
      byte[] message = peer.initiation();
      // Again on a machine so slow that a token comes back between two messages.
      Lab.await(() -> {
        long limited = device().count(Outcome.HANDSHAKE_RATE_LIMITED);
        underLoad(
            peer,
            () -> {
              for (int i = 0; i < 20; i++) {
                peer.send(message);
              }
            });
        drain(peer);
        return device().count(Outcome.HANDSHAKE_RATE_LIMITED) > limited;
      });
      device().removePeer(peer.publicKey());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  @Proves("cookie.reply")
  void response_withoutCookie_isAskedForOneAndTakenWithIt(String address) {
    try (ScriptedPeer peer = new ScriptedPeer(lab(), address, address)) {
      Lab.await(() -> { // again where the lanes were drawn anew in between
        device().removePeer(peer.publicKey());
        put(peer.publicKey(), UdpEndpoint.of(IpAddress.parse(address), peer.port()));
        state(peer).request(Peer.SEND_STAGED_OR_KEEPALIVE);
        byte[] response = peer.response(initiationOf(peer));
        long completed = device().count(Outcome.HANDSHAKE_COMPLETED);
        underLoad(peer, () -> peer.send(response));
        byte @Nullable [] reply;
        while ((reply = peer.receiveOrNull(500)) != null) {
          if (isCookieFor(response, reply)) {
            assertThat(device().count(Outcome.HANDSHAKE_COMPLETED)).isEqualTo(completed);
            return peer.takeCookie(reply) == Outcome.COOKIE_ACCEPTED;
          }
        }
        return false;
      });
      // The device repeats its initiation after 5 s; the response to that carries the cookie.
      byte[] response = peer.response(initiationOf(peer));
      long completed = device().count(Outcome.HANDSHAKE_COMPLETED);
      underLoad(peer, () -> peer.send(response));
      Lab.await(() -> device().count(Outcome.HANDSHAKE_COMPLETED) == completed + 1);
      device().removePeer(peer.publicKey());
    }
  }

  private static byte[] initiationOf(ScriptedPeer peer) {
    for (int others = 0; others < 1000; others++) {
      byte[] message = peer.receiveOrNull(10_000);
      if (message == null) {
        break;
      }
      if (message[0] == 1) {
        return message;
      }
    }
    throw new AssertionError("no initiation");
  }
}

package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.testing.InnerPackets;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.dataplane.testing.PeerState;
import io.wiregate.dataplane.testing.ScriptedPeer;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.UdpEndpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Messages that were cut off, made longer, repeated, put in another order or changed in one bit,
/// sent from elsewhere: each is counted under its reason, and everything that is known of the peer
/// is as it was.
///
/// The device has sent and received no data, so no timer of its own changes anything meanwhile.
@RequiresRoot
@RequiresTool("ip")
@Proves({"message.damaged", "message.silence"})
final class DamagedMessagesTest {
  private final Lab lab;
  private final ScriptedPeer peer;
  private final DatagramSocket stranger;

  DamagedMessagesTest() throws OsException {
    lab = Lab.up(2, "10.7.0.1/16");
    peer = new ScriptedPeer(lab);
    stranger = lab.socket("127.0.0.1");
    lab.device()
        .putPeer(
            new PeerConfiguration(
                peer.publicKey(), null, null, 0, List.of(IpPrefix.parse("10.7.1.0/24"))));
  }

  @AfterEach
  void close() {
    stranger.close();
    peer.close();
    lab.close();
  }

  private Peer state() {
    return Objects.requireNonNull(lab.device().peers().byKey(peer.publicKey()));
  }

  private void expect(Outcome outcome, byte[] message) {
    long before = lab.device().count(outcome);
    ScriptedPeer.sendFrom(stranger, message);
    Lab.await(() -> lab.device().count(outcome) == before + 1);
  }

  /// Runs something, after which the peer must be as before in every field.
  private void changesNothing(Runnable action) {
    // What the worker was asked for before is not over with the message that it came of.
    Lab.await(() -> "0".equals(PeerState.of(state()).get("peer.requests")));
    Map<String, String> before = PeerState.of(state());
    action.run();
    assertThat(PeerState.of(state())).isEqualTo(before);
    assertThat(isAnswered()).as("a stranger is answered").isFalse();
  }

  private boolean isAnswered() {
    try {
      stranger.setSoTimeout(50);
      stranger.receive(new DatagramPacket(new byte[1], 1));
      return true;
    } catch (SocketTimeoutException silence) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Every length but its own.
  private void cutOffAndLonger(byte[] message, IntFunction<Outcome> ofLength) {
    for (int length = 0; length < message.length; length++) {
      expect(ofLength.apply(length), Arrays.copyOf(message, length));
    }
    for (int more : new int[] {1, 3, 16, 1400, 60_000}) {
      expect(ofLength.apply(message.length + more), Arrays.copyOf(message, message.length + more));
    }
  }

  /// A handshake message of another length than its own; shorter than its type it is none.
  private static Outcome ofNoLength(int length) {
    return length < 4 ? Outcome.IN_MALFORMED : Outcome.HANDSHAKE_MALFORMED;
  }

  /// Of no type, or of another handshake message's type, whose length it has not.
  private static Outcome ofOtherType(byte[] message) {
    int type = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).getInt();
    return type >= 1 && type <= 3 ? Outcome.HANDSHAKE_MALFORMED : Outcome.IN_MALFORMED;
  }

  /// One bit of each byte, and of the first eight bytes all.
  private void flipped(byte[] message, int from, int to, boolean remac, IntFunction<Outcome> at) {
    for (int bit = from * 8; bit < to * 8; bit += bit < 64 ? 1 : 7) {
      byte[] changed = message.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      if (remac) {
        peer.remac(changed);
      }
      expect(bit < 32 ? ofOtherType(changed) : at.apply(bit / 8), changed);
    }
  }

  /// A session that both sides use, by an empty message.
  private void connect() {
    peer.connect();
    long before = lab.device().count(Outcome.IN_KEEPALIVE);
    peer.send(peer.seal(100, new byte[0]));
    Lab.await(() -> lab.device().count(Outcome.IN_KEEPALIVE) == before + 1);
    Lab.await(() -> state().currentSession() != null);
  }

  @Test
  void transportMessage_damaged_changesNothing() {
    connect();
    byte[] data =
        peer.seal(101, InnerPackets.udp("10.7.1.1", 5000, "10.7.0.1", 4000, new byte[20]));
    byte[] used = peer.seal(100, new byte[0]);
    changesNothing(() -> {
      cutOffAndLonger(
          data, length -> length < 32 ? Outcome.IN_MALFORMED : Outcome.IN_NOT_AUTHENTIC);
      flipped(
          data,
          0,
          data.length,
          false,
          at -> at < 8 ? Outcome.IN_NO_SESSION : Outcome.IN_NOT_AUTHENTIC);
      expect(Outcome.IN_REPLAYED, used);
      expect(Outcome.IN_REPLAYED, peer.seal(-8193, new byte[0]));
    });
    // None of it was held against the genuine one.
    long before = lab.device().count(Outcome.IN_FORWARDED);
    peer.send(data);
    Lab.await(() -> lab.device().count(Outcome.IN_FORWARDED) == before + 1);
  }

  @Test
  void initiation_damaged_changesNothing() {
    byte[] old = peer.initiation();
    connect();
    byte[] fresh = peer.initiation();
    changesNothing(() -> {
      cutOffAndLonger(fresh, DamagedMessagesTest::ofNoLength);
      flipped(fresh, 0, InitiationMessage.MAC2, false, _ -> Outcome.HANDSHAKE_BAD_MAC1);
      flipped(
          fresh,
          InitiationMessage.EPHEMERAL,
          InitiationMessage.MAC1,
          true,
          _ -> Outcome.HANDSHAKE_NOT_AUTHENTIC);
      expect(Outcome.HANDSHAKE_REPLAYED, old); // overtaken by a later one
    });
  }

  @Test
  void initiation_repeated_changesNothing() {
    byte[] initiation = peer.initiation();
    peer.send(initiation);
    peer.complete(peer.receive());
    changesNothing(() -> {
      expect(Outcome.HANDSHAKE_REPLAYED, initiation);
      expect(Outcome.HANDSHAKE_REPLAYED, initiation);
    });
  }

  @Test
  void responseAndCookie_damaged_changeNothing() {
    state().where().set(UdpEndpoint.of(IpAddress.parse("127.0.0.1"), peer.port()));
    state().request(Peer.SEND_STAGED_OR_KEEPALIVE);
    byte[] initiation = peer.receive();
    byte[] response = peer.response(initiation);
    byte[] cookie = peer.cookieReply(initiation);
    // A repetition after five seconds would be another handshake: none is due.
    state().timers().onHandshakeComplete();
    changesNothing(() -> {
      cutOffAndLonger(response, DamagedMessagesTest::ofNoLength);
      flipped(response, 0, ResponseMessage.MAC2, false, _ -> Outcome.HANDSHAKE_BAD_MAC1);
      flipped(
          response,
          ResponseMessage.RECEIVER,
          ResponseMessage.EPHEMERAL,
          true,
          _ -> Outcome.HANDSHAKE_UNEXPECTED);
      flipped(
          response,
          ResponseMessage.EPHEMERAL,
          ResponseMessage.MAC1,
          true,
          _ -> Outcome.HANDSHAKE_NOT_AUTHENTIC);
      cutOffAndLonger(cookie, DamagedMessagesTest::ofNoLength);
      flipped(
          cookie,
          0,
          CookieReplyMessage.SIZE,
          false,
          at ->
              at < CookieReplyMessage.NONCE
                  ? Outcome.HANDSHAKE_UNEXPECTED
                  : Outcome.HANDSHAKE_NOT_AUTHENTIC);
    });

    peer.send(response);
    Lab.await(() -> state().currentSession() != null);
    changesNothing(() -> expect(Outcome.HANDSHAKE_UNEXPECTED, response)); // once only
  }
}

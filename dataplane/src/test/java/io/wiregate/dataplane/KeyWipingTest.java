package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.Session;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.dataplane.testing.ScriptedPeer;
import io.wiregate.os.OsException;
import io.wiregate.os.crypto.AeadKey;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The memory that a session's keys were in holds zeros once the session has ended, however it
/// ended: looked at where it lies, outside the heap.
@RequiresRoot
@RequiresTool("ip")
final class KeyWipingTest {
  private static final PresharedKey PSK = PresharedKey.generate(new SecureRandom());

  private final Lab lab;
  private final ScriptedPeer peer;

  KeyWipingTest() throws OsException {
    lab = Lab.up(2, "10.7.0.1/16");
    peer = new ScriptedPeer(lab);
  }

  @BeforeEach
  void addPeer() {
    lab.device().putPeer(new PeerConfiguration(peer.publicKey(), null, null, 0, List.of()));
  }

  @AfterEach
  void close() {
    peer.close();
    lab.close();
  }

  private Peer state() {
    return Objects.requireNonNull(lab.device().peers().byKey(peer.publicKey()));
  }

  /// A session that both sides use.
  private Keys connect() {
    Session before = state().currentSession();
    byte[] response;
    do { // two within 20 ms are one too many
      peer.send(peer.initiation());
      response = peer.receiveOrNull(200);
    } while (response == null);
    peer.complete(response);
    peer.send(peer.seal(0, new byte[0]));
    Lab.await(() -> state().currentSession() != before);
    return Keys.of(Objects.requireNonNull(state().currentSession()));
  }

  /// Where the keys of a session are.
  private record Keys(long sending, long receiving) {
    static Keys of(Session session) {
      Keys keys = new Keys(session.sendingKey().address(), session.receivingKey().address());
      assertThat(keys.areZero()).isFalse();
      return keys;
    }

    boolean areZero() {
      return isZero(sending) && isZero(receiving);
    }

    @SuppressWarnings("restricted")
    private static boolean isZero(long address) {
      MemorySegment key = MemorySegment.ofAddress(address).reinterpret(AeadKey.SIZE);
      long any = 0;
      for (int i = 0; i < AeadKey.SIZE; i += Long.BYTES) {
        any |= key.get(ValueLayout.JAVA_LONG, i);
      }
      return any == 0;
    }
  }

  @Test
  @Proves("session.wiped")
  void keys_peerRemoved_areZero() {
    Keys keys = connect();
    lab.device().removePeer(peer.publicKey());
    Lab.await(keys::areZero);
  }

  @Test
  @Proves("session.wiped")
  void keys_interfaceDown_areZero() {
    Keys keys = connect();
    lab.setDown();
    Lab.await(keys::areZero);
  }

  @Test
  @Proves("session.wiped")
  void keys_deviceClosed_areZero() {
    Keys keys = connect();
    lab.device().close();
    Lab.await(keys::areZero);
  }

  @Test
  @Proves("session.wiped")
  void keys_dataPlaneClosed_areZeroAtOnce() {
    Keys keys = connect();
    lab.plane().close();
    assertThat(keys.areZero()).isTrue();
  }

  @Test
  @Proves({"session.wiped", "session.slots"})
  void keys_supersededTwice_areZeroAndTheOthersStay() {
    Keys first = connect();
    Keys second = connect();
    assertThat(first.areZero()).isFalse(); // the previous session still receives
    Keys third = connect();
    Lab.await(first::areZero);
    assertThat(second.areZero()).isFalse();
    assertThat(third.areZero()).isFalse();
  }

  @Test
  @Proves("session.wiped")
  void keys_timeToZeroThem_areZero() {
    Keys keys = connect();
    state().clearSessions(); // what the worker does when PeerTimers.ZERO_KEYS is due
    Lab.await(keys::areZero);
  }

  @Test
  void presharedKey_peerRemoved_isOverwrittenAndTheGiversIsNot() {
    lab.device().putPeer(new PeerConfiguration(peer.publicKey(), PSK, null, 0, List.of()));
    PresharedKey held = state().presharedKey();
    assertThat(held.toBytes()).isEqualTo(PSK.toBytes());

    lab.device().removePeer(peer.publicKey());

    assertThat(held.isNone()).isTrue();
    assertThat(PSK.isNone()).isFalse();
  }

  @Test
  void presharedKey_replaced_isOverwrittenAndTheSameOneStays() {
    Peer state = state();
    state.setPresharedKey(PSK);
    PresharedKey held = state.presharedKey();
    state.setPresharedKey(PSK);
    assertThat(state.presharedKey()).isSameAs(held);

    state.setPresharedKey(PresharedKey.none());

    assertThat(held.isNone()).isTrue();
    assertThat(state.presharedKey().isNone()).isTrue();
  }
}

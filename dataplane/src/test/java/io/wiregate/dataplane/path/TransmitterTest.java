package io.wiregate.dataplane.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.outcome.OutcomeCounters;
import io.wiregate.dataplane.session.Peer;
import io.wiregate.dataplane.session.PeerEvents;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.dataplane.testing.NoPeerEvents;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.link.NetworkNamespaces;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the kernel refuses, and what is made of it.
class TransmitterTest {
  private static final long NOW = 5_000_000_000L;
  private static final UdpOffloads SEGMENTS = new UdpOffloads(true, false, false);

  private static final PeerEvents NOTHING = new NoPeerEvents();

  private final Transmitter transmitter = new Transmitter();
  private final OutcomeCounters counters = new OutcomeCounters();
  private final NativeBuffer payload = NativeBuffer.allocate(65536);
  private final ReceiveBatch received = new ReceiveBatch(64, 2048);

  @AfterEach
  void close() {
    transmitter.close();
    payload.close();
    received.close();
  }

  private static Peer peer(UdpEndpoint endpoint) {
    Peer peer = new Peer(new PublicKey(1, 2, 3, 4), new PeerTable(0), 0, NOTHING, new AtomicLong());
    peer.where().set(endpoint);
    return peer;
  }

  private static UdpEndpoint to(UdpSocket socket, @Nullable String local) throws OsException {
    IpAddress loopback = socket.isV6() ? IpAddress.v6(0, 1) : IpAddress.parse("127.0.0.1");
    return new UdpEndpoint(
        loopback, socket.localPort(), 0, local == null ? null : IpAddress.parse(local), 0);
  }

  private void add(Peer to, int length, int segmentSize) {
    UdpEndpoint endpoint = Objects.requireNonNull(to.endpoint());
    transmitter.add(to, endpoint, payload, 0, length, segmentSize, 0, true);
  }

  private int receivedBy(UdpSocket socket) {
    int sum = 0;
    int count;
    while ((count = socket.receive(received)) > 0) {
      sum += count;
    }
    return sum;
  }

  private static UdpSocket bound(boolean v6) throws OsException {
    UdpSocket socket = UdpSocket.open(v6, SEGMENTS, 1 << 20);
    socket.bind(0);
    return socket;
  }

  @Test
  void flush_messages_arriveAndAreCountedByDatagrams() throws OsException {
    try (UdpSocket socket = bound(false)) {
      Peer peer = peer(to(socket, null));
      add(peer, 100, 100);
      add(peer, 2500, 1000);
      transmitter.flush(socket, counters, NOW);

      assertThat(receivedBy(socket)).isEqualTo(4);
      assertThat(counters.get(Outcome.OUT_FORWARDED)).isEqualTo(4);
      assertThat(counters.get(Outcome.OUT_UDP_REFUSED)).isZero();
      transmitter.flush(socket, counters, NOW); // nothing twice
      assertThat(receivedBy(socket)).isZero();
    }
  }

  @Test
  void flush_withoutSocket_refusesAll() throws OsException {
    try (UdpSocket socket = bound(false)) {
      Peer peer = peer(to(socket, null));
      add(peer, 100, 100);
      add(peer, 2500, 1000);
      transmitter.flush(null, counters, NOW);

      assertThat(counters.get(Outcome.OUT_UDP_REFUSED)).isEqualTo(4);
    }
  }

  /// IPv4 and IPv6 say `EINVAL`.
  @ParameterizedTest
  @CsvSource({"false, 192.0.2.77", "true, 2001:db8::77"})
  @Proves("source.vanished-v4")
  void flush_sourceAddressGone_isSentFromAnother(boolean v6, String gone) throws OsException {
    try (UdpSocket socket = bound(v6)) {
      Peer unlucky = peer(to(socket, gone));
      Peer lucky = peer(to(socket, null));
      add(lucky, 100, 100);
      add(unlucky, 100, 100);
      add(unlucky, 3000, 1000);
      add(lucky, 100, 100);
      transmitter.flush(socket, counters, NOW);

      assertThat(receivedBy(socket)).isEqualTo(6);
      assertThat(counters.get(Outcome.OUT_FORWARDED)).isEqualTo(6);
      assertThat(counters.get(Outcome.OUT_UDP_REFUSED)).isZero();
      assertThat(Objects.requireNonNull(unlucky.endpoint()).localAddress()).isNull();
      // The way took no blame for it.
      assertThat(unlucky.where().takesSegments(NOW)).isTrue();
    }
  }

  @Test
  void flush_sourceAddressThatIsThere_isUsed() throws OsException {
    try (UdpSocket socket = bound(false)) {
      Peer peer = peer(to(socket, "127.0.0.9"));
      add(peer, 100, 100);
      transmitter.flush(socket, counters, NOW);

      assertThat(socket.receive(received)).isEqualTo(1);
      assertThat(received.endpoint(0).address()).isEqualTo(IpAddress.parse("127.0.0.9"));
      assertThat(Objects.requireNonNull(peer.endpoint()).localAddress()).isNotNull();
    }
  }

  @Test
  @Proves("fault.09-partial-send")
  void flush_noRouteFromAnySource_isRefusedAndHoldsUpNobody() throws OsException {
    try (UdpSocket socket = bound(false)) {
      // Port 0 is refused with EINVAL whatever the source.
      Peer hopeless = peer(UdpEndpoint.parse("127.0.0.1:0"));
      Peer lucky = peer(to(socket, null));
      add(hopeless, 100, 100);
      add(hopeless, 3000, 1000);
      add(lucky, 100, 100);
      transmitter.flush(socket, counters, NOW);

      assertThat(receivedBy(socket)).isEqualTo(1);
      assertThat(counters.get(Outcome.OUT_FORWARDED)).isEqualTo(1);
      assertThat(counters.get(Outcome.OUT_UDP_REFUSED)).isEqualTo(4);
    }
  }

  /// More segments than the kernel takes in one message: `EINVAL`.
  @ParameterizedTest
  @CsvSource({"''", "127.0.0.1"})
  @Proves("fault.01-gso-refused")
  void flush_segmentsRefused_areSentOneByOneFromTheSameSource(String local) throws OsException {
    try (UdpSocket socket = bound(false)) {
      Peer peer = peer(to(socket, local.isEmpty() ? null : local));
      int segments = 200;
      add(peer, segments * 32, 32);
      transmitter.flush(socket, counters, NOW);

      assertThat(receivedBy(socket)).isEqualTo(segments);
      assertThat(counters.get(Outcome.OUT_FORWARDED)).isEqualTo(segments);
      assertThat(peer.where().takesSegments(NOW)).isFalse();
      assertThat(Objects.requireNonNull(peer.endpoint()).localAddress() == null)
          .isEqualTo(local.isEmpty());
      assertThat(transmitter.takesSegments(socket)).isTrue(); // others' ways do
    }
  }

  @Test
  @RequiresRoot
  @RequiresTool("ip")
  @Proves({"fault.01-gso-refused", "fault.07-oversized-gso", "data.fragmentation"})
  void flush_segmentsLargerThanTheMtu_areSentOneByOneInFragments() throws OsException {
    try (NetworkNamespace namespace = NetworkNamespace.create();
        FileDescriptor file = NetworkNamespaces.open(namespace.path());
        UdpSocket socket = NetworkNamespaces.call(file, () -> bound(false))) {
      namespace.exec("ip", "link", "set", "lo", "mtu", "1300");
      Peer peer = peer(to(socket, null));
      add(peer, 4200, 1400);
      transmitter.flush(socket, counters, NOW);

      assertThat(receivedBy(socket)).isEqualTo(3);
      assertThat(counters.get(Outcome.OUT_FORWARDED)).isEqualTo(3);
      assertThat(peer.where().takesSegments(NOW)).isFalse();
    }
  }

  @Test
  @RequiresRoot
  @RequiresTool("ip")
  void flush_networkUnreachable_isRefused() throws OsException {
    try (NetworkNamespace namespace = NetworkNamespace.create();
        FileDescriptor file = NetworkNamespaces.open(namespace.path());
        UdpSocket socket = NetworkNamespaces.call(file, () -> bound(false))) {
      Peer peer =
          peer(
              new UdpEndpoint(IpAddress.parse("192.0.2.1"), 5, 0, IpAddress.parse("127.0.0.1"), 1));
      add(peer, 100, 100);
      transmitter.flush(socket, counters, NOW);

      assertThat(counters.get(Outcome.OUT_UDP_REFUSED)).isEqualTo(1);
      // From another source it might have gone.
      assertThat(Objects.requireNonNull(peer.endpoint()).localAddress()).isNull();
    }
  }

  @Test
  void add_capacity_isFullAt64() throws OsException {
    try (UdpSocket socket = bound(false)) {
      Peer peer = peer(to(socket, null));
      for (int i = 0; i < 64; i++) {
        assertThat(transmitter.isFull()).isFalse();
        add(peer, 32, 32);
      }
      assertThat(transmitter.isFull()).isTrue();
      transmitter.flush(socket, counters, NOW);
      assertThat(transmitter.isFull()).isFalse();
      assertThat(receivedBy(socket)).isEqualTo(64);
    }
  }
}

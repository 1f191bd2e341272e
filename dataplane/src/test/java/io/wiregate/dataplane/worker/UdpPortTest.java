package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.wiregate.dataplane.session.IndexTable;
import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.os.Errno;
import io.wiregate.os.OsException;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.ReceiveBatch;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UdpPortTest {
  private static final int WORKERS = 4;
  private static final UdpOffloads STEERED = new UdpOffloads(false, false, true);

  private static UdpPort open(int number) throws OsException {
    return UdpPort.open(number, WORKERS, STEERED, 0);
  }

  private static int errorOf(int number) {
    OsException thrown = catchThrowableOfType(OsException.class, () -> open(number).close());
    return thrown == null ? 0 : thrown.errno();
  }

  private static UdpSocket socket(UdpPort port, boolean v6, int worker) {
    return Objects.requireNonNull(port.socket(v6, worker));
  }

  private static UdpSocket handshakeSocket(UdpPort port, boolean v6) {
    return Objects.requireNonNull(port.handshakeSocket(v6));
  }

  @Test
  @Proves("fault.18-port-race")
  void open_anyPort_isTheSameInBothFamiliesForAllWorkers() throws OsException {
    try (UdpPort port = open(0)) {
      assertThat(port.number()).isNotZero();
      for (int worker = 0; worker < WORKERS; worker++) {
        assertThat(socket(port, false, worker).localPort()).isEqualTo(port.number());
        assertThat(socket(port, true, worker).localPort()).isEqualTo(port.number());
      }
    }
  }

  @Test
  void open_numberOfAnother_isEADDRINUSE() throws OsException {
    int number;
    try (UdpPort port = open(0)) {
      number = port.number();
      OsException thrown = catchThrowableOfType(OsException.class, () -> open(number).close());
      assertThat(thrown.errno()).isEqualTo(Errno.EADDRINUSE);
      assertThat(thrown).hasMessageContaining(String.valueOf(number));
    }
    assertThat(errorOf(number)).isZero();
  }

  @ParameterizedTest
  @CsvSource({"INET, 127.0.0.1", "INET6, ::1"})
  @Proves("fault.18-port-race")
  void open_oneFamilyTaken_isEADDRINUSEAndKeepsNoSocket(
      StandardProtocolFamily family, String address) throws IOException {
    int number;
    try (DatagramChannel taken = DatagramChannel.open(family)) {
      taken.bind(new InetSocketAddress(address, 0));
      number = ((InetSocketAddress) taken.getLocalAddress()).getPort();
      assertThat(errorOf(number)).isEqualTo(Errno.EADDRINUSE);
    }
    assertThat(errorOf(number)).isZero();
  }

  /// A group that a stranger began with the option is not joined: the first socket has none.
  @Test
  void open_portThatAStrangerShares_isEADDRINUSE() throws IOException {
    try (DatagramChannel stranger = DatagramChannel.open(StandardProtocolFamily.INET)) {
      stranger.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      stranger.bind(new InetSocketAddress("0.0.0.0", 0));
      int number = ((InetSocketAddress) stranger.getLocalAddress()).getPort();

      assertThat(errorOf(number)).isEqualTo(Errno.EADDRINUSE);
    }
  }

  @Test
  void bind_byAStrangerWithoutTheOption_isRefused() throws Exception {
    try (UdpPort port = open(0);
        UdpSocket stranger = UdpSocket.open(false, UdpOffloads.NONE, 65536)) {
      OsException thrown =
          catchThrowableOfType(OsException.class, () -> stranger.bind(port.number()));
      assertThat(thrown.errno()).isEqualTo(Errno.EADDRINUSE);
    }
  }

  @Test
  @RequiresRoot
  void bind_byAnotherUserWithTheOption_isRefused() throws Exception {
    try (UdpPort port = open(0)) {
      FutureTask<Integer> task =
          new FutureTask<>(() -> {
            becomeNobody();
            try (UdpSocket stranger = UdpSocket.open(false, UdpOffloads.NONE, 65536)) {
              stranger.allowPortSharing();
              OsException thrown =
                  catchThrowableOfType(OsException.class, () -> stranger.bind(port.number()));
              return thrown == null ? 0 : thrown.errno();
            }
          });
      Thread.ofPlatform().start(task).join(); // the user belongs to the thread
      assertThat(task.get()).isEqualTo(Errno.EADDRINUSE);
    }
  }

  /// Makes this thread's files another user's: setfsuid(2).
  @SuppressWarnings("restricted")
  private static void becomeNobody() {
    Linker linker = Linker.nativeLinker();
    try {
      int before =
          (int)
              linker
                  .downcallHandle(
                      linker.defaultLookup().findOrThrow("setfsuid"),
                      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))
                  .invokeExact(65534);
      assertThat(before).isZero();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  @Test
  void open_oneWorker_isSteeredToo() throws Exception {
    try (UdpPort port = UdpPort.open(0, 1, STEERED, 0)) {
      assertThat(port.isSteered()).isTrue();
      assertThat(handshakeSocket(port, false).localPort()).isEqualTo(port.number());
      assertThat(handshakeSocket(port, true).localPort()).isEqualTo(port.number());
    }
  }

  /// The kernel asks any socket of the group whether datagrams may be put together.
  @Test
  void open_withReceiveOffload_handshakeSocketHasItToo() throws OsException {
    try (UdpPort port = UdpPort.open(0, 1, UdpOffloads.ALL, 0)) {
      for (boolean v6 : new boolean[] {false, true}) {
        assertThat(handshakeSocket(port, v6).receivesSegments())
            .isEqualTo(socket(port, v6, 0).receivesSegments())
            .isTrue();
      }
    }
  }

  @Test
  void open_oneWorkerUnsteered_sharesThePortWithNobody() throws Exception {
    try (UdpPort port = UdpPort.open(0, 1, UdpOffloads.NONE, 0);
        UdpSocket stranger = UdpSocket.open(false, UdpOffloads.NONE, 65536)) {
      stranger.allowPortSharing();
      OsException thrown =
          catchThrowableOfType(OsException.class, () -> stranger.bind(port.number()));
      assertThat(thrown.errno()).isEqualTo(Errno.EADDRINUSE);
      assertThat(port.isSteered()).isFalse();
    }
  }

  @Test
  void open_mostWorkers_haveAHandshakeSocketBeside() throws Exception {
    InetAddress address = InetAddress.ofLiteral("127.0.0.1");
    try (UdpPort port = UdpPort.open(0, IndexTable.MAX_WORKERS, STEERED, 0);
        DatagramSocket from = new DatagramSocket(0, address);
        ReceiveBatch batch = new ReceiveBatch(64, 2048)) {
      byte[] initiation = new byte[148];
      initiation[0] = MessageType.INITIATION;
      from.send(new DatagramPacket(initiation, initiation.length, address, port.number()));
      assertThat(handshakeSocket(port, false).receive(batch)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1", "::1"})
  void steering_transportMessages_reachTheWorkerThatTheirIndexNames(String literal)
      throws IOException {
    InetAddress address = InetAddress.ofLiteral(literal);
    boolean v6 = address.getAddress().length == 16;
    try (UdpPort port = open(0);
        ReceiveBatch batch = new ReceiveBatch(64, 2048)) {
      assertThat(port.isSteered()).isTrue();
      for (int sender = 0; sender < 4; sender++) {
        try (DatagramSocket from = new DatagramSocket(0, address)) {
          for (int worker = 0; worker < WORKERS; worker++) {
            byte[] message = new byte[32];
            message[0] = MessageType.TRANSPORT;
            message[4] = (byte) (0xa0 | worker);
            message[5] = 77;
            from.send(new DatagramPacket(message, message.length, address, port.number()));
            for (int other = 0; other < WORKERS; other++) {
              int count = socket(port, v6, other).receive(batch);
              assertThat(count).isEqualTo(other == worker ? 1 : -Errno.EAGAIN);
            }
          }
        }
      }
    }
  }

  /// So that no flood of them wakes a worker, or takes room from packets.
  @ParameterizedTest
  @CsvSource({"127.0.0.1", "::1"})
  void steering_whatIsNoTransportMessage_reachesTheHandshakeSocket(String literal)
      throws IOException {
    InetAddress address = InetAddress.ofLiteral(literal);
    boolean v6 = address.getAddress().length == 16;
    byte[][] datagrams = {
      new byte[148], new byte[92], new byte[64], new byte[31], new byte[148], {1}, {77, 4}, {4}, {}
    };
    for (int type = 1; type <= 4; type++) {
      datagrams[type - 1][0] = (byte) type;
    }
    try (UdpPort port = open(0);
        ReceiveBatch batch = new ReceiveBatch(64, 2048)) {
      for (byte[] datagram : datagrams) {
        for (int sender = 0; sender < 4; sender++) {
          try (DatagramSocket from = new DatagramSocket(0, address)) {
            from.send(new DatagramPacket(datagram, datagram.length, address, port.number()));
          }
        }
        assertThat(handshakeSocket(port, v6).receive(batch)).isEqualTo(4);
        for (int worker = 0; worker < WORKERS; worker++) {
          assertThat(socket(port, v6, worker).receive(batch)).isEqualTo(-Errno.EAGAIN);
        }
      }
    }
  }

  @Test
  void steering_transportMessageForAWorkerThatThereIsNot_arrivesSomewhere() throws IOException {
    InetAddress address = InetAddress.ofLiteral("127.0.0.1");
    try (UdpPort port = open(0);
        DatagramSocket from = new DatagramSocket(0, address);
        ReceiveBatch batch = new ReceiveBatch(64, 2048)) {
      for (int index = WORKERS; index < IndexTable.MAX_WORKERS; index++) {
        byte[] datagram = new byte[32];
        datagram[0] = MessageType.TRANSPORT;
        datagram[4] = (byte) index;
        from.send(new DatagramPacket(datagram, datagram.length, address, port.number()));
        int count = Math.max(0, handshakeSocket(port, false).receive(batch));
        for (int worker = 0; worker < WORKERS; worker++) {
          count += Math.max(0, socket(port, false, worker).receive(batch));
        }
        assertThat(count).isEqualTo(1);
      }
    }
  }
}

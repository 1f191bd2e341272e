package io.wiregate.os.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.wiregate.os.Errno;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.poll.Epoll;
import io.wiregate.os.testing.conformance.Proves;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// On the loopback interface, whose segmentation the kernel does in software: what GRO gathers
/// there is what GSO sent.
final class UdpSocketTest {
  private static final int BUFFER_SIZE = 1 << 20;
  private static final int ECN_CE_WITH_DSCP = 0xb8 | 3;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Proves("fault.12-control-messages")
  void datagrams_ofSeveralSizes_arriveWithWhereFromAndWhereTo(boolean v6) throws OsException {
    try (UdpSocket receiver = bound(v6, UdpOffloads.NONE);
        UdpSocket sender = bound(v6, UdpOffloads.NONE);
        SendBatch out = new SendBatch(4);
        ReceiveBatch in = new ReceiveBatch(8);
        NativeBuffer payload = payload(2000)) {
      UdpEndpoint to = loopback(v6, receiver.localPort());
      out.add(to, payload, 0, 1, 1, 0);
      out.add(to, payload, 1, 1400, 1400, ECN_CE_WITH_DSCP);
      out.add(to, payload, 0, 0, 0, 0);
      assertThat(sender.send(out, 0)).isEqualTo(3);

      assertThat(receive(receiver, in)).isEqualTo(3);
      assertThat(in.length(0)).isEqualTo(1);
      assertThat(in.length(1)).isEqualTo(1400);
      assertThat(in.length(2)).isZero();
      assertThat(in.segmentSize(1)).isEqualTo(1400);
      assertThat(in.segmentSize(2)).isEqualTo(1);
      assertThat(in.data().toArray(in.offset(1), 1400)).isEqualTo(payload.toArray(1, 1400));
      assertThat(in.trafficClass(0)).isZero();
      assertThat(in.trafficClass(1)).isEqualTo(ECN_CE_WITH_DSCP);
      assertThat(in.isTruncated(1)).isFalse();

      UdpEndpoint from = in.endpoint(1);
      assertThat(from.address()).isEqualTo(to.address());
      assertThat(from.port()).isEqualTo(sender.localPort());
      assertThat(from.localAddress()).isEqualTo(to.address());
      assertThat(from.localInterface()).isEqualTo(1);
      assertThat(in.isFrom(0, from)).isTrue();
      assertThat(in.isFrom(0, to)).isFalse();

      // The answer goes from where the question went to.
      out.clear();
      out.add(from, payload, 0, 10, 10, 0);
      assertThat(receiver.send(out, 0)).isEqualTo(1);
      assertThat(receive(sender, in)).isEqualTo(1);
      assertThat(in.endpoint(0).port()).isEqualTo(receiver.localPort());
    }
  }

  @Test
  void send_fromAnotherLocalAddress_arrivesFromThere() throws OsException {
    try (UdpSocket receiver = bound(false, UdpOffloads.NONE);
        UdpSocket sender = bound(false, UdpOffloads.NONE);
        SendBatch out = new SendBatch(4);
        ReceiveBatch in = new ReceiveBatch(4);
        NativeBuffer payload = payload(100)) {
      IpAddress other = IpAddress.parse("127.0.0.9");
      UdpEndpoint to =
          new UdpEndpoint(IpAddress.parse("127.0.0.2"), receiver.localPort(), 0, other, 0);
      out.add(to, payload, 0, 10, 10, 0);
      assertThat(sender.send(out, 0)).isEqualTo(1);

      assertThat(receive(receiver, in)).isEqualTo(1);
      assertThat(in.endpoint(0).address()).isEqualTo(other);
      assertThat(in.endpoint(0).localAddress()).isEqualTo(IpAddress.parse("127.0.0.2"));
    }
  }

  @Test
  void send_fromAnAddressThatIsNotOurs_failsUntilItIsForgotten() throws OsException {
    try (UdpSocket receiver = bound(false, UdpOffloads.NONE);
        UdpSocket sender = bound(false, UdpOffloads.NONE);
        SendBatch out = new SendBatch(1);
        ReceiveBatch in = new ReceiveBatch(1);
        NativeBuffer payload = payload(100)) {
      IpAddress stranger = IpAddress.parse("203.0.113.7");
      UdpEndpoint to =
          new UdpEndpoint(IpAddress.parse("127.0.0.1"), receiver.localPort(), 0, stranger, 0);
      out.add(to, payload, 0, 10, 10, 3);
      assertThat(sender.send(out, 0)).isIn(-Errno.EINVAL, -Errno.ENETUNREACH);

      out.forgetSource(0);
      assertThat(sender.send(out, 0)).isEqualTo(1);
      assertThat(receive(receiver, in)).isEqualTo(1);
      assertThat(in.trafficClass(0)).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Proves({"offload.coalesce-send", "offload.split-receive"})
  void segments_sentAsOne_arriveAsOneWithTheirSize(boolean v6) throws OsException {
    try (UdpSocket receiver = bound(v6, UdpOffloads.ALL);
        UdpSocket sender = bound(v6, UdpOffloads.ALL);
        SendBatch out = new SendBatch(1);
        ReceiveBatch in = new ReceiveBatch(64);
        NativeBuffer payload = payload(65536)) {
      assumeTrue(sender.sendsSegments() && receiver.receivesSegments());
      int size = 1000;
      int length = 31 * size + 17;
      out.add(loopback(v6, receiver.localPort()), payload, 0, length, size, 2);
      assertThat(out.segmentCount(0)).isEqualTo(32);
      assertThat(sender.send(out, 0)).isEqualTo(1);

      byte[] received = new byte[length];
      int at = 0;
      int messages = 0;
      while (at < length) {
        int count = receive(receiver, in);
        for (int i = 0; i < count; i++) {
          assertThat(in.segmentSize(i)).isIn(size, 17);
          assertThat(in.trafficClass(i)).isEqualTo(2);
          in.data().copyTo(in.offset(i), received, at, in.length(i));
          at += in.length(i);
          messages++;
        }
      }
      assertThat(received).isEqualTo(payload.toArray(0, length));
      assertThat(messages).isLessThan(32);
    }
  }

  @Test
  void segments_toASocketWithoutTheOffload_arriveOneByOne() throws OsException {
    try (UdpSocket receiver = bound(false, UdpOffloads.NONE);
        UdpSocket sender = bound(false, UdpOffloads.ALL);
        SendBatch out = new SendBatch(1);
        ReceiveBatch in = new ReceiveBatch(64);
        NativeBuffer payload = payload(65536)) {
      assumeTrue(sender.sendsSegments());
      out.add(loopback(false, receiver.localPort()), payload, 0, 2500, 1000, 0);
      assertThat(sender.send(out, 0)).isEqualTo(1);

      List<Integer> lengths = new ArrayList<>();
      while (lengths.size() < 3) {
        int count = receive(receiver, in);
        for (int i = 0; i < count; i++) {
          lengths.add(in.length(i));
        }
      }
      assertThat(lengths).containsExactly(1000, 1000, 500);
    }
  }

  @Test
  @Proves("offload.split-receive")
  void segments_cutAgain_areTheSameDatagrams() throws OsException {
    try (UdpSocket receiver = bound(false, UdpOffloads.NONE);
        UdpSocket sender = bound(false, UdpOffloads.ALL);
        SendBatch large = new SendBatch(1);
        SendBatch small = new SendBatch(2);
        ReceiveBatch in = new ReceiveBatch(8);
        NativeBuffer payload = payload(4000)) {
      large.add(loopback(false, receiver.localPort()), payload, 100, 2500, 1000, 0);

      assertThat(small.addUnsegmented(large, 0, 0, true)).isEqualTo(2);
      assertThat(sender.send(small, 0)).isEqualTo(2);
      small.clear();
      assertThat(small.addUnsegmented(large, 0, 2, false)).isEqualTo(1);
      assertThat(sender.send(small, 0)).isEqualTo(1);

      byte[] expected = payload.toArray(100, 2500);
      int at = 0;
      while (at < 2500) {
        int count = receive(receiver, in);
        for (int i = 0; i < count; i++) {
          assertThat(in.data().toArray(in.offset(i), in.length(i)))
              .isEqualTo(Arrays.copyOfRange(expected, at, at + in.length(i)));
          at += in.length(i);
        }
      }
    }
  }

  @Test
  @Proves("fault.07-oversized-gso")
  void segments_moreThanTheKernelTakes_areRefused() throws OsException {
    try (UdpSocket sender = bound(false, UdpOffloads.ALL);
        SendBatch out = new SendBatch(1);
        NativeBuffer payload = payload(65536)) {
      assumeTrue(sender.sendsSegments());
      out.add(loopback(false, 9), payload, 0, 65536, 1400, 0);
      assertThat(sender.send(out, 0)).isEqualTo(-Errno.EMSGSIZE);

      out.clear();
      out.add(loopback(false, 9), payload, 0, 129 * 8, 8, 0); // 128 is the most of any kernel
      assertThat(sender.send(out, 0)).isEqualTo(-Errno.EINVAL);
    }
  }

  /// Only IPv6 has datagrams that are larger than loopback's MTU of 65,536.
  @Test
  void setFragments_forbidden_refusesWhatTheInterfaceDoesNotTakeWhole() throws OsException {
    int largest = 65536 - 40 - 8;
    try (UdpSocket from = UdpSocket.open(true, UdpOffloads.ALL, 1 << 20);
        UdpSocket to = UdpSocket.open(true, UdpOffloads.ALL, 1 << 20);
        SendBatch batch = new SendBatch(2);
        NativeBuffer payload = NativeBuffer.allocate(65536)) {
      to.bind(0);
      UdpEndpoint there = UdpEndpoint.of(IpAddress.parse("::1"), to.localPort());
      batch.add(there, payload, 0, largest, largest, 0);
      batch.add(there, payload, 0, largest + 1, largest + 1, 0);

      assertThat(from.setFragments(false)).isZero();
      assertThat(from.send(batch, 0, 1)).isEqualTo(1);
      assertThat(from.send(batch, 1)).isEqualTo(-Errno.EMSGSIZE);
      assertThat(from.setFragments(true)).isZero();
      assertThat(from.send(batch, 1)).isEqualTo(1);
    }
  }

  @Test
  void receive_fewSlots_leavesTheRestForNextTime() throws OsException {
    try (UdpSocket receiver = bound(false, UdpOffloads.NONE);
        UdpSocket sender = bound(false, UdpOffloads.NONE);
        SendBatch out = new SendBatch(5);
        ReceiveBatch in = new ReceiveBatch(8);
        NativeBuffer payload = payload(100)) {
      for (int i = 0; i < 5; i++) {
        out.add(loopback(false, receiver.localPort()), payload, i, 10, 10, 0);
      }
      assertThat(sender.send(out, 0)).isEqualTo(5);

      assertThat(receiver.receive(in, 2)).isEqualTo(2);
      assertThat(in.data().getByte(in.offset(1))).isEqualTo((byte) 1);
      assertThat(receiver.receive(in, 100)).as("no more than there are slots").isEqualTo(3);
      assertThat(in.data().getByte(in.offset(0))).isEqualTo((byte) 2);
      assertThat(receiver.receive(in)).isEqualTo(-Errno.EAGAIN);
    }
  }

  @Test
  void receive_nothingThere_isTransient() throws OsException {
    try (UdpSocket socket = bound(true, UdpOffloads.ALL);
        ReceiveBatch in = new ReceiveBatch(1)) {
      int result = socket.receive(in);

      assertThat(result).isEqualTo(-Errno.EAGAIN);
      assertThat(UdpSocket.isTransient(result)).isTrue();
      assertThat(UdpSocket.isTransient(-Errno.ENETUNREACH)).isFalse();
    }
  }

  @Test
  @Proves("fault.08-gro-truncated")
  void receive_longerThanASlot_isTruncatedAndSaysSo() throws OsException {
    try (UdpSocket receiver = bound(false, UdpOffloads.NONE);
        UdpSocket sender = bound(false, UdpOffloads.NONE);
        SendBatch out = new SendBatch(1);
        ReceiveBatch in = new ReceiveBatch(2, 2048);
        NativeBuffer payload = payload(3000)) {
      out.add(loopback(false, receiver.localPort()), payload, 0, 3000, 3000, 0);
      assertThat(sender.send(out, 0)).isEqualTo(1);
      out.clear();
      out.add(loopback(false, receiver.localPort()), payload, 0, 2048, 2048, 0);
      assertThat(sender.send(out, 0)).isEqualTo(1);

      assertThat(receive(receiver, in)).isEqualTo(2);
      assertThat(in.isTruncated(0)).isTrue();
      assertThat(in.length(0)).isEqualTo(2048);
      assertThat(in.isTruncated(1)).isFalse();
      assertThat(in.data().toArray(in.offset(1), 2048)).isEqualTo(payload.toArray(0, 2048));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bind_portTaken_isEADDRINUSE(boolean v6) throws OsException {
    try (UdpSocket first = bound(v6, UdpOffloads.NONE);
        UdpSocket second = UdpSocket.open(v6, UdpOffloads.NONE, BUFFER_SIZE)) {
      int port = first.localPort();
      assertThat(catchThrowableOfType(OsException.class, () -> second.bind(port)).errno())
          .isEqualTo(Errno.EADDRINUSE);
      second.allowPortSharing();
      assertThat(catchThrowableOfType(OsException.class, () -> second.bind(port)).errno())
          .as("a stranger's option alone does not let it in")
          .isEqualTo(Errno.EADDRINUSE);
    }
  }

  @Test
  @Proves("fault.18-port-race")
  void bind_bothFamiliesOnOnePort_works() throws OsException {
    try (UdpSocket v4 = bound(false, UdpOffloads.NONE);
        UdpSocket v6 = UdpSocket.open(true, UdpOffloads.NONE, BUFFER_SIZE)) {
      v6.bind(v4.localPort());

      assertThat(v6.localPort()).isEqualTo(v4.localPort());
      assertThat(v6.isV6()).isTrue();
      assertThat(v4.isV6()).isFalse();
    }
  }

  @Test
  void steer_byAByteOfThePayload_picksTheSocketInTheOrderOfBinding() throws OsException {
    int sockets = 3;
    List<UdpSocket> group = new ArrayList<>();
    try (UdpSocket sender = bound(false, UdpOffloads.NONE);
        SendBatch out = new SendBatch(1);
        ReceiveBatch in = new ReceiveBatch(8);
        NativeBuffer payload = NativeBuffer.allocate(16)) {
      UdpSocket first = bound(false, UdpOffloads.NONE);
      group.add(first);
      first.allowPortSharing();
      while (group.size() < sockets) {
        UdpSocket next = UdpSocket.open(false, UdpOffloads.NONE, BUFFER_SIZE);
        group.add(next);
        next.allowPortSharing();
        next.bind(first.localPort());
      }
      // Type 4 (data): by the low bits of the fifth byte; anything else: the first socket.
      first.steer(
          BpfProgram.builder()
              .loadByte(0)
              .jumpIfEqual(4, 0, 3)
              .loadByte(4)
              .and(3)
              .returnAccumulator()
              .returnConstant(0)
              .build());

      for (int type = 1; type <= 4; type++) {
        for (int worker = 0; worker < sockets; worker++) {
          payload.putByte(0, type);
          payload.putByte(4, 0x40 | worker);
          out.clear();
          out.add(loopback(false, first.localPort()), payload, 0, 16, 16, 0);
          assertThat(sender.send(out, 0)).isEqualTo(1);

          UdpSocket expected = group.get(type == 4 ? worker : 0);
          assertThat(receive(expected, in)).isEqualTo(1);
          assertThat(in.data().getByte(in.offset(0) + 4)).isEqualTo((byte) (0x40 | worker));
        }
      }
    } finally {
      group.forEach(UdpSocket::close);
    }
  }

  @Test
  void send_toAClosedPort_isReportedToNoMessage() throws OsException {
    try (UdpSocket sender = bound(false, UdpOffloads.NONE);
        SendBatch out = new SendBatch(1);
        NativeBuffer payload = payload(16)) {
      int closed;
      try (UdpSocket gone = bound(false, UdpOffloads.NONE)) {
        closed = gone.localPort();
      }
      out.add(loopback(false, closed), payload, 0, 16, 16, 0);
      // Not connected, so the kernel does not hand ICMP errors to later calls.
      assertThat(sender.send(out, 0)).isEqualTo(1);
      assertThat(sender.send(out, 0)).isEqualTo(1);
    }
  }

  @Test
  @Proves("fault.09-partial-send")
  void batch_ofSeveralDestinations_isResumedFromTheFirstUnsent() throws OsException {
    try (UdpSocket receiver = bound(false, UdpOffloads.NONE);
        UdpSocket sender = bound(false, UdpOffloads.NONE);
        SendBatch out = new SendBatch(3);
        ReceiveBatch in = new ReceiveBatch(4);
        NativeBuffer payload = payload(65536)) {
      UdpEndpoint to = loopback(false, receiver.localPort());
      out.add(to, payload, 0, 10, 10, 0);
      out.add(to, payload, 0, 65536, 65536, 0); // too long for any datagram
      out.add(to, payload, 20, 10, 10, 0);
      assertThat(out.isFull()).isTrue();

      assertThat(sender.send(out, 0)).isEqualTo(1);
      assertThat(sender.send(out, 1)).isEqualTo(-Errno.EMSGSIZE);
      assertThat(sender.send(out, 2)).isEqualTo(1);
      assertThat(receive(receiver, in)).isEqualTo(2);
      assertThat(in.data().getByte(in.offset(1))).isEqualTo((byte) 20);
    }
  }

  private static UdpSocket bound(boolean v6, UdpOffloads offloads) throws OsException {
    UdpSocket socket = UdpSocket.open(v6, offloads, BUFFER_SIZE);
    socket.bind(0);
    return socket;
  }

  private static UdpEndpoint loopback(boolean v6, int port) {
    return UdpEndpoint.of(IpAddress.parse(v6 ? "::1" : "127.0.0.1"), port);
  }

  /// Waits for the first datagram, then takes what is there.
  private static int receive(UdpSocket socket, ReceiveBatch batch) throws OsException {
    try (Epoll epoll = new Epoll(1)) {
      epoll.add(socket.fd(), 0);
      assertThat(epoll.await(5000)).as("datagrams that arrived within five seconds").isEqualTo(1);
    }
    return socket.receive(batch);
  }

  private static NativeBuffer payload(int size) {
    NativeBuffer buffer = NativeBuffer.allocate(size);
    for (int i = 0; i < size; i++) {
      buffer.putByte(i, i + i / 256);
    }
    return buffer;
  }
}

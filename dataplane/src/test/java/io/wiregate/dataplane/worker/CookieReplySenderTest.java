package io.wiregate.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.os.BootClock;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Replies that are gathered: each arrives once, in order, where it belongs.
class CookieReplySenderTest {
  private static final int MORE_THAN_IS_GATHERED = 100;

  private final UdpPort port = UdpPort.open(0, 1, UdpOffloads.NONE, 0);
  private final DatagramSocket v4 = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"));
  private final DatagramSocket v6 = new DatagramSocket(0, InetAddress.ofLiteral("::1"));
  private final BootClock clock = new BootClock();
  private final CookieReplySender replies = new CookieReplySender();
  private final byte[] reply = new byte[CookieReplyMessage.SIZE];

  CookieReplySenderTest() throws OsException, IOException {
    v4.setSoTimeout(200);
    v6.setSoTimeout(200);
  }

  @AfterEach
  void close() {
    replies.close();
    clock.close();
    port.close();
    v4.close();
    v6.close();
  }

  private static UdpEndpoint endpoint(DatagramSocket socket) {
    return UdpEndpoint.of(
        IpAddress.parse(socket.getLocalAddress().getHostAddress()), socket.getLocalPort());
  }

  private void add(UdpEndpoint to, int number) {
    reply[0] = (byte) number; // the same array for all, as the thread does it
    replies.add(port, to, reply, clock.nanos());
  }

  /// The first byte of what arrives next, -1 for nothing.
  private static int next(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[256], 256);
    try {
      socket.receive(packet);
    } catch (SocketTimeoutException nothing) {
      return -1;
    }
    assertThat(packet.getLength()).isEqualTo(CookieReplyMessage.SIZE);
    return packet.getData()[0];
  }

  @Test
  void add_few_areSentWithSendAllAndNotBefore() throws IOException {
    add(endpoint(v4), 1);
    add(endpoint(v4), 2);
    assertThat(next(v4)).isEqualTo(-1);
    replies.sendAll();
    assertThat(next(v4)).isEqualTo(1);
    assertThat(next(v4)).isEqualTo(2);
    replies.sendAll();
    assertThat(next(v4)).isEqualTo(-1);
  }

  /// However busy the thread is with other messages.
  @Test
  void sendDue_oneThatHasWaited_isSent() throws IOException {
    replies.add(
        port, endpoint(v4), reply, clock.nanos() + 60_000_000_000L); // not yet, for a minute
    replies.sendDue(clock.nanos());
    assertThat(next(v4)).isEqualTo(-1);
    replies.sendAll();
    assertThat(next(v4)).isZero();

    reply[0] = 1;
    replies.add(port, endpoint(v4), reply, clock.nanos() - 1_000_000);
    replies.sendDue(clock.nanos());
    assertThat(next(v4)).isEqualTo(1);
  }

  @Test
  void add_moreThanIsGathered_losesNone() throws IOException {
    for (int i = 0; i < MORE_THAN_IS_GATHERED; i++) {
      add(endpoint(v4), i);
    }
    replies.sendAll();
    for (int i = 0; i < MORE_THAN_IS_GATHERED; i++) {
      assertThat(next(v4)).isEqualTo(i);
    }
  }

  @Test
  void add_bothFamiliesInTurn_eachGetsItsOwn() throws IOException {
    for (int i = 0; i < 10; i++) {
      add(endpoint(i % 2 == 0 ? v4 : v6), i);
    }
    replies.sendAll();
    for (int i = 0; i < 10; i++) {
      assertThat(next(i % 2 == 0 ? v4 : v6)).isEqualTo(i);
    }
  }

  /// As from an address that was forged: the kernel refuses to send there.
  @Test
  void sendAll_someCannotBeSent_sendsTheOthers() throws IOException {
    UdpEndpoint refused = UdpEndpoint.of(IpAddress.parse("255.255.255.255"), 9);
    IntStream.range(0, 9).forEach(i -> add(i % 3 == 1 ? refused : endpoint(v4), i));
    add(refused, 9);
    replies.sendAll();
    for (int i = 0; i < 9; i++) {
      if (i % 3 != 1) {
        assertThat(next(v4)).isEqualTo(i);
      }
    }
    assertThat(next(v4)).isEqualTo(-1);
  }

  @Test
  void add_interfaceThatIsDown_isDroppedAndTheOthersAreSent() throws IOException {
    add(endpoint(v4), 1);
    replies.add(null, endpoint(v4), reply, clock.nanos());
    add(endpoint(v4), 3);
    replies.sendAll();
    assertThat(next(v4)).isEqualTo(1);
    assertThat(next(v4)).isEqualTo(3);
  }
}

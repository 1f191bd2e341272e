package io.wiregate.os.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.Capabilities;
import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Against the kernel's connection tracking and rules that translate.
@RequiresRoot
@RequiresTool({"ip", "nft"})
final class ConnectionTrackingTest {
  private static final int AF_INET = 2;
  private static final int SOCK_RAW = 3;
  private static final int EXPERIMENTAL = 253; // RFC 3692

  private NetworkNamespace namespace;
  private FileDescriptor file;
  private ConnectionTracking tracking;

  @BeforeEach
  void open() throws OsException {
    namespace = NetworkNamespace.create();
    file = NetworkNamespaces.open(namespace.path());
    tracking = ConnectionTracking.openIn(file);
    namespace.exec("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1");
    for (String address : new String[] {"10.1.0.1/24", "10.8.0.2/24"}) {
      namespace.exec("ip", "address", "add", address, "dev", "eth0");
    }
    for (String address : new String[] {"fd01::1/64", "fd08::2/64"}) {
      namespace.exec("ip", "address", "add", address, "dev", "eth0", "nodad");
    }
    namespace.exec("ip", "link", "set", "eth1", "up");
    namespace.exec("ip", "link", "set", "eth0", "up");
    // So that packets leave without anybody to answer.
    for (String nobody : new String[] {"10.8.0.77", "fd08::77"}) {
      namespace.exec("ip", "neigh", "add", nobody, "lladdr", "2:0:0:0:0:1", "dev", "eth0");
    }
    namespace.exec(
        "nft",
        "table inet t { chain post { type nat hook postrouting priority srcnat;"
            + " ip saddr 10.1.0.1 meta l4proto {tcp, udp} snat to 10.8.0.2:7000-7000;"
            + " ip saddr 10.1.0.1 snat to 10.8.0.2;"
            + " ip6 saddr fd01::1 meta l4proto {tcp, udp} snat to [fd08::2]:7000-7000;"
            + " ip6 saddr fd01::1 snat to fd08::2; };"
            + " chain out { type nat hook output priority -100;"
            + " ip daddr 10.1.0.99 dnat to 10.8.0.77; }; }");
  }

  @AfterEach
  void close() {
    tracking.close();
    file.close();
    namespace.close();
  }

  private static IpAddress sender(boolean isV6) {
    return IpAddress.parse(isV6 ? "fd01::1" : "10.1.0.1");
  }

  private static IpAddress translated(boolean isV6) {
    return IpAddress.parse(isV6 ? "fd08::2" : "10.8.0.2");
  }

  private static IpAddress nobody(boolean isV6) {
    return IpAddress.parse(isV6 ? "fd08::77" : "10.8.0.77");
  }

  private static ConnectionTuple tuple(
      IpAddress source, IpAddress destination, int protocol, int from, int to) {
    return new ConnectionTuple(source, destination, protocol, from, to);
  }

  /// Does something in the namespace that makes the kernel send a packet.
  private interface Sending {
    void send() throws IOException;
  }

  private void there(Sending sending) throws OsException {
    NetworkNamespaces.<@Nullable Void>call(
        file,
        () -> {
          try {
            sending.send();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
          return null;
        });
  }

  private void sendUdp(IpAddress from, int port, IpAddress to) throws OsException {
    there(() -> {
      try (DatagramChannel channel = DatagramChannel.open()) {
        channel.bind(new InetSocketAddress(from.toInetAddress(), port));
        channel.send(ByteBuffer.allocate(1), new InetSocketAddress(to.toInetAddress(), 53));
      }
    });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void beforeTranslation_udp_isWhatItsSenderSent(boolean isV6) throws OsException {
    sendUdp(sender(isV6), 4000, nobody(isV6));

    assertThat(
            tracking.beforeTranslation(
                tuple(translated(isV6), nobody(isV6), ConnectionTuple.UDP, 7000, 53)))
        .isEqualTo(tuple(sender(isV6), nobody(isV6), ConnectionTuple.UDP, 4000, 53));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void beforeTranslation_tcp_isWhatItsSenderSent(boolean isV6) throws OsException {
    there(() -> {
      try (SocketChannel channel = SocketChannel.open()) {
        channel.configureBlocking(false);
        channel.bind(new InetSocketAddress(sender(isV6).toInetAddress(), 4000));
        channel.connect(new InetSocketAddress(nobody(isV6).toInetAddress(), 80));
      }
    });

    assertThat(
            tracking.beforeTranslation(
                tuple(translated(isV6), nobody(isV6), ConnectionTuple.TCP, 7000, 80)))
        .isEqualTo(tuple(sender(isV6), nobody(isV6), ConnectionTuple.TCP, 4000, 80));
  }

  /// By `ping`, whose identifier it says itself.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @RequiresTool("ping")
  void beforeTranslation_echoRequest_isWhatItsSenderSent(boolean isV6) throws OsException {
    namespace.exec(
        "bash",
        "-c",
        "ping -e 4711 -c 1 -W 0.1 -I "
            + sender(isV6)
            + " "
            + nobody(isV6)
            + " | grep -q '100% packet loss'");

    int protocol = isV6 ? ConnectionTuple.ICMP_V6 : ConnectionTuple.ICMP;
    int request = (isV6 ? 128 : 8) << 8;
    assertThat(
            tracking.beforeTranslation(
                tuple(translated(isV6), nobody(isV6), protocol, 4711, request)))
        .isEqualTo(tuple(sender(isV6), nobody(isV6), protocol, 4711, request));
  }

  @Test
  void beforeTranslation_protocolWithoutPorts_isFoundByItsAddresses() throws OsException {
    there(() -> {
      int fd = OsException.check(Libc.socket(AF_INET, SOCK_RAW, EXPERIMENTAL), "socket");
      try (FileDescriptor _ = new FileDescriptor(fd);
          NativeBuffer buffer = NativeBuffer.allocate(64)) {
        buffer.putShort(0, AF_INET);
        buffer.putIntBigEndian(4, (int) sender(false).low());
        OsException.check(Libc.bind(fd, buffer.address(0, 16), 16), "bind");
        buffer.putIntBigEndian(4, (int) nobody(false).low());
        OsException.check(
            Libc.sendto(fd, buffer.address(16, 48), 48, 0, buffer.address(0, 16), 16), "sendto");
      }
    });

    assertThat(
            tracking.beforeTranslation(tuple(translated(false), nobody(false), EXPERIMENTAL, 0, 0)))
        .isEqualTo(tuple(sender(false), nobody(false), EXPERIMENTAL, 0, 0));
  }

  @Test
  void beforeTranslation_nothingTranslated_isThePacketItself() throws OsException {
    sendUdp(translated(false), 4000, nobody(false));

    ConnectionTuple packet = tuple(translated(false), nobody(false), ConnectionTuple.UDP, 4000, 53);
    assertThat(tracking.beforeTranslation(packet)).isEqualTo(packet);
  }

  /// What answers goes the other way: there the translated address was the destination.
  @Test
  void beforeTranslation_ofTheOtherDirection_isItsOwn() throws OsException {
    sendUdp(translated(false), 4000, IpAddress.parse("10.1.0.99"));

    ConnectionTuple answer = tuple(IpAddress.parse("10.1.0.99"), translated(false), 17, 53, 4000);
    assertThat(tracking.beforeTranslation(answer))
        .isEqualTo(tuple(nobody(false), translated(false), 17, 53, 4000));
  }

  @Test
  void beforeTranslation_unknownConnection_isNull() throws OsException {
    assertThat(tracking.beforeTranslation(tuple(sender(true), nobody(true), 17, 1, 2))).isNull();
    assertThat(tracking.beforeTranslation(tuple(sender(false), nobody(false), 47, 0, 0))).isNull();
    int redirect = 5 << 8;
    assertThat(tracking.beforeTranslation(tuple(sender(false), nobody(false), 1, 0, redirect)))
        .isNull();
  }

  @Test
  void beforeTranslation_withoutCapNetAdmin_isEPERM() throws Exception {
    ConnectionTuple packet = tuple(sender(false), nobody(false), 17, 1, 2);
    Capabilities.without(
        Capabilities.CAP_NET_ADMIN,
        () ->
            assertThat(
                    catchThrowableOfType(
                            OsException.class, () -> tracking.beforeTranslation(packet))
                        .errno())
                .isEqualTo(Errno.EPERM));
  }

  @Test
  void isLoaded_afterAnAnswer_isTrue() throws OsException {
    assertThat(tracking.beforeTranslation(tuple(sender(false), nobody(false), 17, 1, 2))).isNull();
    assertThat(ConnectionTracking.isLoaded()).isTrue();
  }
}

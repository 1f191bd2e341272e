package io.wiregate.os.icmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.link.NetworkNamespaces;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.Capabilities;
import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Against the kernel's own ICMP, which answers echo requests that are right.
@RequiresRoot
@RequiresTool({"ip", "nft", "ss"})
final class IcmpSocketTest {
  private static final int ECHO_V4 = 8;
  private static final int ECHO_V6 = 128;
  private static final int IDENTIFIER = 0x1234;
  private static final int LENGTH = 1008;

  private final NativeBuffer message = NativeBuffer.allocate(LENGTH);
  private NetworkNamespace namespace;
  private IcmpSocket v4;
  private IcmpSocket v6;

  @BeforeEach
  void open() throws OsException {
    namespace = NetworkNamespace.create();
    namespace.exec("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1");
    namespace.exec("ip", "address", "add", "10.1.2.3/24", "dev", "eth0");
    namespace.exec("ip", "address", "add", "fe80::77/64", "dev", "eth0", "nodad");
    namespace.exec("ip", "link", "set", "eth1", "up");
    namespace.exec("ip", "link", "set", "eth0", "up");
    namespace.exec(
        "nft",
        "table inet t { chain in { type filter hook input priority 0;"
            + " ip saddr 10.1.2.3 ip daddr 10.1.2.3 ip dscp cs6 icmp type echo-request counter;"
            + " ip6 saddr ::1 ip6 dscp af11 icmpv6 type echo-request counter;"
            + " ip6 saddr fe80::77 ip6 dscp cs0 icmpv6 type echo-request counter; }; }");
    try (FileDescriptor file = NetworkNamespaces.open(namespace.path())) {
      v4 = NetworkNamespaces.call(file, () -> IcmpSocket.open(false));
      v6 = NetworkNamespaces.call(file, () -> IcmpSocket.open(true));
    }
  }

  @AfterEach
  void close() {
    v4.close();
    v6.close();
    message.close();
    namespace.close();
  }

  private void echo(int type) {
    message.wipe(0, LENGTH);
    message.putByte(0, type);
    message.putShortBigEndian(4, IDENTIFIER);
    if (type == ECHO_V4) {
      message.putShortBigEndian(2, ~((ECHO_V4 << 8) + IDENTIFIER)); // the rest is zero
    }
  }

  private int link() {
    return Integer.parseInt(namespace.exec("cat", "/sys/class/net/eth0/ifindex").strip());
  }

  private long counted(String name) {
    return (namespace.exec("cat", "/proc/net/snmp6") + icmpCounters())
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "\t"))
        .mapToLong(line -> Long.parseLong(line.substring(name.length()).strip()))
        .sum();
  }

  /// The two lines of names and numbers, as lines of a name and a number.
  private String icmpCounters() {
    String[] lines =
        namespace
            .exec("cat", "/proc/net/snmp")
            .lines()
            .filter(line -> line.startsWith("Icmp: "))
            .toArray(String[]::new);
    String[] names = lines[0].split(" ", -1);
    String[] numbers = lines[1].split(" ", -1);
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < names.length; i++) {
      text.append("Icmp").append(names[i]).append(' ').append(numbers[i]).append('\n');
    }
    return text.toString();
  }

  @Test
  void send_message_arrivesFromTheAddressOfTheRoute() throws OsException {
    echo(ECHO_V4);
    v4.send(message, 0, LENGTH, IpAddress.parse("10.1.2.3"), 0, 0xc0);
    echo(ECHO_V6);
    v6.send(message, 0, LENGTH, IpAddress.parse("::1"), 0, 10 << 2);
    v6.send(message, 0, LENGTH, IpAddress.parse("fe80::77"), link(), 0);

    assertThat(namespace.exec("nft", "list", "ruleset").split("counter packets 1 bytes", -1))
        .hasSize(4);
    assertThat(counted("IcmpInEchos")).isEqualTo(1);
    assertThat(counted("IcmpInCsumErrors")).isZero();
    assertThat(counted("Icmp6InEchos")).isEqualTo(2);
    assertThat(counted("Icmp6InCsumErrors")).isZero();
  }

  /// Replies to what was sent, and all other ICMP of the machine, would fill its memory.
  @Test
  void socket_whateverArrives_receivesNothing() throws OsException {
    echo(ECHO_V4);
    v4.send(message, 0, LENGTH, IpAddress.parse("127.0.0.1"), 0, 0);
    echo(ECHO_V6);
    v6.send(message, 0, LENGTH, IpAddress.parse("::1"), 0, 0);

    assertThat(counted("IcmpInEchoReps")).isEqualTo(1);
    assertThat(counted("Icmp6InEchoReplies")).isEqualTo(1);
    assertThat(namespace.exec("ss", "-Hnaw").lines())
        .hasSize(2)
        .allMatch(line -> line.matches("\\S+ +0 .*"), "nothing in Recv-Q");
  }

  @Test
  void send_whereItMayNot_isTheKernelsError() {
    echo(ECHO_V4);
    assertThat(errorOf(v4, "10.1.2.255")).isEqualTo(Errno.EACCES);
    assertThat(errorOf(v4, "192.0.2.1")).isEqualTo(Errno.ENETUNREACH);
    assertThat(errorOf(v4, "::1")).isEqualTo(Errno.EAFNOSUPPORT);
    assertThat(errorOf(v6, "2001:db8::1")).isEqualTo(Errno.ENETUNREACH);
    assertThat(errorOf(v6, "127.0.0.1")).isEqualTo(Errno.EAFNOSUPPORT);
  }

  private int errorOf(IcmpSocket socket, String to) {
    return errorOf(() -> socket.send(message, 0, LENGTH, IpAddress.parse(to), 0, 0));
  }

  private static int errorOf(ThrowingCallable call) {
    return catchThrowableOfType(OsException.class, call).errno();
  }

  @Test
  void open_withoutCapNetRaw_isEPERM() throws Exception {
    Capabilities.without(
        Capabilities.CAP_NET_RAW,
        () -> {
          assertThat(errorOf(() -> IcmpSocket.open(false))).isEqualTo(Errno.EPERM);
          assertThat(errorOf(() -> IcmpSocket.open(true))).isEqualTo(Errno.EPERM);
        });
  }
}

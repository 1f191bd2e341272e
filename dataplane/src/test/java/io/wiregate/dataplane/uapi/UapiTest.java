package io.wiregate.dataplane.uapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.dataplane.Device;
import io.wiregate.dataplane.PeerStatus;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The configuration protocol as bytes over its socket. The wire format is wireguard-go's.
@RequiresRoot
@RequiresTool("ip")
class UapiTest {
  private static final String OK = "errno=0\n\n";
  private static final String EINVAL = "errno=-22\n\n";
  private static final String KEY_1 = "01".repeat(32);
  private static final String KEY_2 = "02".repeat(32);

  private static @Nullable Lab lab;

  @TempDir Path directory = Path.of("/nonexistent");
  private @Nullable UapiServer server;

  @BeforeAll
  static void openLab() throws OsException {
    lab = new Lab(1);
  }

  @AfterAll
  static void closeLab() {
    Objects.requireNonNull(lab).close();
  }

  private static Device device() {
    return Objects.requireNonNull(lab).device();
  }

  @BeforeEach
  void open() throws IOException {
    server = UapiServer.open(device(), directory, false);
  }

  @AfterEach
  void close() throws IOException {
    server().close();
    device().removeAllPeers();
    device().setPrivateKey(null);
    device().setListenPort(0);
    device().setFirewallMark(0);
  }

  private UapiServer server() {
    return Objects.requireNonNull(server);
  }

  private Path file() {
    return directory.resolve(Lab.NAME + ".sock");
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(file()));
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /// Reads up to the blank line, or to the end.
  private static String read(SocketChannel channel) throws IOException {
    StringBuilder text = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (!text.toString().endsWith("\n\n") && channel.read(one.clear()) > 0) {
      text.append((char) one.get(0));
    }
    return text.toString();
  }

  private String ask(String request) throws IOException {
    try (SocketChannel channel = connect()) {
      write(channel, request);
      return read(channel);
    }
  }

  private String set(String... lines) throws IOException {
    return ask("set=1\n" + String.join("\n", lines) + "\n\n");
  }

  private static PublicKey key(String hex) {
    return PublicKey.of(HexFormat.of().parseHex(hex));
  }

  private static PeerStatus peer(String hex) {
    return Objects.requireNonNull(device().peerStatus(key(hex)));
  }

  private static List<IpPrefix> prefixes(String... texts) {
    return List.of(texts).stream().map(IpPrefix::parse).toList();
  }

  // --- get

  @Test
  @Proves("uapi.get")
  void get_nothingConfigured_isOnlyTheErrorNumber() throws IOException {
    assertThat(ask("get=1\n\n")).isEqualTo(OK);
  }

  @Test
  @Proves("uapi.get")
  void get_everythingConfigured_isInTheOrderOfWireguardGo() throws IOException {
    PrivateKey key = Lab.newKey();
    String hex = HexFormat.of().formatHex(key.toBytes());
    assertThat(
            set(
                "private_key=" + hex,
                "listen_port=51821",
                "fwmark=4294967295",
                "replace_peers=true",
                "public_key=" + KEY_1,
                "preshared_key=" + KEY_2,
                "endpoint=[2001:db8::1]:5",
                "persistent_keepalive_interval=65535",
                "replace_allowed_ips=true",
                "allowed_ip=10.0.0.1/32",
                "allowed_ip=fd00::/64",
                "public_key=" + KEY_2,
                "endpoint=192.0.2.1:65535"))
        .isEqualTo(OK);

    assertThat(ask("get=1\n\n"))
        .isEqualTo(
            String.join(
                "\n",
                "private_key=" + hex,
                "listen_port=51821",
                "fwmark=4294967295",
                "public_key=" + KEY_1,
                "preshared_key=" + KEY_2,
                "protocol_version=1",
                "endpoint=[2001:db8::1]:5",
                "last_handshake_time_sec=0",
                "last_handshake_time_nsec=0",
                "tx_bytes=0",
                "rx_bytes=0",
                "persistent_keepalive_interval=65535",
                "allowed_ip=10.0.0.1/32",
                "allowed_ip=fd00::/64",
                "public_key=" + KEY_2,
                "preshared_key=" + "00".repeat(32),
                "protocol_version=1",
                "endpoint=192.0.2.1:65535",
                "last_handshake_time_sec=0",
                "last_handshake_time_nsec=0",
                "tx_bytes=0",
                "rx_bytes=0",
                "persistent_keepalive_interval=0",
                "errno=0",
                "",
                ""));
  }

  // --- set: the interface

  @Test
  @Proves({"handshake.clamped", "uapi.set"})
  void set_privateKey_isClampedAndClearedByZeros() throws IOException {
    set("private_key=" + "ff".repeat(32));
    assertThat(ask("get=1\n\n")).isEqualTo("private_key=f8" + "ff".repeat(30) + "7f\n" + OK);

    assertThat(set("private_key=" + "00".repeat(32))).isEqualTo(OK);
    assertThat(device().privateKeyBytes()).isNull();
    assertThat(ask("get=1\n\n")).isEqualTo(OK);
  }

  @Test
  @Proves("uapi.set")
  void set_listenPortAndMark_areClearedByZero() throws IOException {
    assertThat(set("listen_port=1234", "fwmark=7")).isEqualTo(OK);
    assertThat(device().listenPort()).isEqualTo(1234);
    assertThat(device().firewallMark()).isEqualTo(7);

    assertThat(set("listen_port=0", "fwmark=0")).isEqualTo(OK);
    assertThat(device().listenPort()).isZero();
    assertThat(device().firewallMark()).isZero();
  }

  @Test
  @Proves("uapi.errors")
  void set_listenPortThatIsTaken_isEADDRINUSEAndKeepsTheOldOne() throws IOException {
    Lab network = Objects.requireNonNull(lab);
    network.setUp();
    int before = device().listenPort();
    assertThat(before).isNotZero();
    try (DatagramChannel taken = DatagramChannel.open(StandardProtocolFamily.INET)) {
      taken.bind(new InetSocketAddress("0.0.0.0", 0));
      int number = ((InetSocketAddress) taken.getLocalAddress()).getPort();
      assertThat(set("fwmark=9", "listen_port=" + number, "fwmark=10")).isEqualTo("errno=-98\n\n");
    } finally {
      network.setDown();
    }
    assertThat(device().listenPort()).isEqualTo(before);
    assertThat(device().firewallMark()).isEqualTo(9); // what stands before stays done
  }

  // --- set: peers

  @Test
  @Proves("uapi.set")
  void set_allowedIps_areAddedRemovedAndReplaced() throws IOException {
    set("public_key=" + KEY_1, "allowed_ip=10.0.0.7/24", "allowed_ip=10.1.0.0/24");
    assertThat(peer(KEY_1).allowedIps()).isEqualTo(prefixes("10.0.0.0/24", "10.1.0.0/24"));

    set("public_key=" + KEY_1, "allowed_ip=-10.0.0.0/24", "allowed_ip=-10.9.0.0/24");
    assertThat(peer(KEY_1).allowedIps()).isEqualTo(prefixes("10.1.0.0/24"));

    set("public_key=" + KEY_2, "allowed_ip=10.1.0.0/24", "allowed_ip=::/0");
    assertThat(peer(KEY_1).allowedIps()).isEmpty();
    set("public_key=" + KEY_1, "allowed_ip=-::/0"); // not its own
    assertThat(peer(KEY_2).allowedIps()).isEqualTo(prefixes("10.1.0.0/24", "::/0"));

    set("public_key=" + KEY_2, "replace_allowed_ips=true", "allowed_ip=0.0.0.0/0");
    assertThat(peer(KEY_2).allowedIps()).isEqualTo(prefixes("0.0.0.0/0"));
  }

  @Test
  @Proves("uapi.update-only")
  void set_updateOnly_makesNoPeerAndChangesOneThatIsThere() throws IOException {
    assertThat(
            set(
                "public_key=" + KEY_1,
                "update_only=true",
                "endpoint=192.0.2.1:1",
                "allowed_ip=10.0.0.0/24"))
        .isEqualTo(OK);
    assertThat(device().peerCount()).isZero();

    set("public_key=" + KEY_1, "allowed_ip=10.0.0.0/24");
    set("public_key=" + KEY_1, "update_only=true", "persistent_keepalive_interval=5");
    assertThat(peer(KEY_1).persistentKeepaliveSeconds()).isEqualTo(5);
  }

  @Test
  @Proves("uapi.update-only")
  void set_remove_takesThePeerOutAndIgnoresItsOtherLines() throws IOException {
    set("public_key=" + KEY_1, "public_key=" + KEY_2, "allowed_ip=10.0.0.0/24");
    assertThat(device().peerCount()).isEqualTo(2);

    assertThat(
            set(
                "public_key=" + KEY_2,
                "remove=true",
                "allowed_ip=10.0.0.0/24",
                "public_key=" + "03".repeat(32),
                "remove=true"))
        .isEqualTo(OK);
    assertThat(device().peerCount()).isEqualTo(1);
    assertThat(device().hasPeer(key(KEY_1))).isTrue();
  }

  @Test
  @Proves("uapi.set")
  void set_replacePeers_leavesOnlyTheNewOnes() throws IOException {
    set("public_key=" + KEY_1);
    set("replace_peers=true", "public_key=" + KEY_2);

    assertThat(device().hasPeer(key(KEY_1))).isFalse();
    assertThat(device().hasPeer(key(KEY_2))).isTrue();
  }

  @Test
  @Proves("handshake.own-key")
  void set_ourOwnKeyAsPeer_isIgnoredAndLeavesWhenItBecomesOurs() throws IOException {
    PrivateKey key = Lab.newKey();
    String ours = HexFormat.of().formatHex(key.publicKey().toBytes());
    String secret = HexFormat.of().formatHex(key.toBytes());
    set("public_key=" + ours, "allowed_ip=10.0.0.0/24");
    assertThat(device().peerCount()).isEqualTo(1);

    set("private_key=" + secret);
    assertThat(device().peerCount()).isZero();
    assertThat(set("public_key=" + ours, "allowed_ip=10.0.0.0/24", "remove=true")).isEqualTo(OK);
    assertThat(device().peerCount()).isZero();

    set("private_key=" + "00".repeat(32));
    set("public_key=" + ours);
    assertThat(device().peerCount()).isEqualTo(1);
  }

  @Test
  @Proves("uapi.set")
  void set_presharedKey_isClearedByZeros() throws IOException {
    set("public_key=" + KEY_1, "preshared_key=" + KEY_2);
    assertThat(device().presharedKeyBytes(key(KEY_1))).isNotEqualTo(new byte[32]);

    set("public_key=" + KEY_1, "preshared_key=" + "00".repeat(32));
    assertThat(device().presharedKeyBytes(key(KEY_1))).isEqualTo(new byte[32]);
  }

  // --- errors

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unknown=1",
        "=",
        "private_key=",
        "private_key=00",
        "private_key=zz00000000000000000000000000000000000000000000000000000000000000",
        "listen_port=65536",
        "listen_port=-1",
        "listen_port=",
        "listen_port=+1",
        "listen_port= 1",
        "listen_port=99999999999999999999",
        "fwmark=4294967296",
        "fwmark=0x7",
        "replace_peers=false",
        "replace_peers=",
        "endpoint=192.0.2.1:1",
        "allowed_ip=10.0.0.0/8",
        "update_only=true",
        "public_key=0",
        "get=1",
      })
  @Proves("uapi.errors")
  void set_lineThatIsNoneOfAnInterface_isEINVAL(String line) throws IOException {
    assertThat(set(line)).isEqualTo(EINVAL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unknown=1",
        "private_key=0000000000000000000000000000000000000000000000000000000000000000",
        "listen_port=1",
        "replace_peers=true",
        "update_only=1",
        "remove=yes",
        "replace_allowed_ips=",
        "preshared_key=1",
        "endpoint=example.com:51820",
        "endpoint=192.0.2.1",
        "endpoint=192.0.2.1:65536",
        "endpoint=2001:db8::1:5",
        "endpoint=[192.0.2.1]:5",
        "endpoint=",
        "persistent_keepalive_interval=65536",
        "persistent_keepalive_interval=off",
        "allowed_ip=10.0.0.0",
        "allowed_ip=10.0.0.0/33",
        "allowed_ip=10.0.0.0/-1",
        "allowed_ip=--10.0.0.0/8",
        "allowed_ip=::/129",
        "allowed_ip=/8",
        "allowed_ip=",
        "protocol_version=2",
        "public_key=zz",
      })
  @Proves("uapi.errors")
  void set_lineThatIsNoneOfAPeer_isEINVALForOurOwnKeyToo(String line) throws IOException {
    assertThat(set("public_key=" + KEY_1, line)).isEqualTo(EINVAL);

    PrivateKey key = Lab.newKey();
    String ours = HexFormat.of().formatHex(key.publicKey().toBytes());
    device().setPrivateKey(key);
    assertThat(set("public_key=" + ours, line)).isEqualTo(EINVAL);
  }

  @Test
  @Proves("uapi.errors")
  void set_lineWithoutEquals_isEPROTO() throws IOException {
    assertThat(set("listen_port")).isEqualTo("errno=-71\n\n");
    assertThat(set("public_key=" + KEY_1, "remove")).isEqualTo("errno=-71\n\n");
  }

  @Test
  @Proves("uapi.errors")
  void set_lineRefused_keepsWhatStandsBeforeAndIgnoresTheRest() throws IOException {
    assertThat(
            set(
                "listen_port=1111",
                "public_key=" + KEY_1,
                "allowed_ip=10.0.0.0/24",
                "allowed_ip=nonsense",
                "allowed_ip=10.1.0.0/24",
                "public_key=" + KEY_2))
        .isEqualTo(EINVAL);

    assertThat(device().listenPort()).isEqualTo(1111);
    assertThat(peer(KEY_1).allowedIps()).isEqualTo(prefixes("10.0.0.0/24"));
    assertThat(device().hasPeer(key(KEY_2))).isFalse();
  }

  @Test
  @Proves("uapi.errors")
  void set_endOfTheConnectionInTheMiddle_isEIO() throws IOException {
    try (SocketChannel channel = connect()) {
      write(channel, "set=1\nlisten_port=1\n");
      channel.shutdownOutput();
      assertThat(read(channel)).isEqualTo("errno=-5\n\n");
    }
    assertThat(device().listenPort()).isEqualTo(1);
  }

  // --- the connection

  @Test
  void connection_severalOperations_areAnsweredInTurn() throws IOException {
    try (SocketChannel channel = connect()) {
      write(channel, "set=1\nlisten_port=1\n\nset=1\nbad\nlisten_port=2\n\nget=1\n\n");
      assertThat(read(channel)).isEqualTo(OK);
      assertThat(read(channel)).isEqualTo("errno=-71\n\n");
      assertThat(read(channel)).isEqualTo("listen_port=1\n" + OK);
      write(channel, "set=1\n\nget=1\n\n");
      assertThat(read(channel)).isEqualTo(OK);
      assertThat(read(channel)).isEqualTo("listen_port=1\n" + OK);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "get=2\n\n", "set=\n\n", "hello\n", "GET=1\n\n", " get=1\n\n"})
  void connection_otherOperation_isClosed(String text) throws IOException {
    assertThat(ask(text)).isEmpty();
  }

  @Test
  void connection_lineTooLong_isClosed() throws IOException {
    // The server may close while we still write.
    try (SocketChannel channel = connect()) {
      write(channel, "set=1\n" + "x".repeat(600));
      assertThat(read(channel)).isEmpty();
    }
    assertThat(ask("get=1\n\n")).isEqualTo(OK);
  }

  @Test
  void connection_severalAtOnce_doNotWaitForEachOther() throws IOException {
    try (SocketChannel silent = connect()) {
      write(silent, "set=1\nlisten_port=1\n");
      assertThat(ask("get=1\n\n")).endsWith(OK);
    }
  }

  @Test
  void set_readOnly_isEPERMAndGetIsAnswered() throws IOException {
    server().close();
    server = UapiServer.open(device(), directory, true);

    try (SocketChannel channel = connect()) {
      write(channel, "set=1\nlisten_port=7\npublic_key=" + KEY_1 + "\nbad\n\nget=1\n\n");
      assertThat(read(channel)).isEqualTo("errno=-1\n\n");
      assertThat(read(channel)).isEqualTo(OK);
    }
    assertThat(device().listenPort()).isZero();
    assertThat(device().peerCount()).isZero();
  }

  // --- the socket's file

  @Test
  void open_file_isForItsOwnerAlone() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file());
    }
  }

  @Test
  void open_socketThatAnswers_isRefused() throws IOException {
    assertThatThrownBy(() -> UapiServer.open(device(), directory, false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("served by another program")
        .hasMessageContaining(Lab.NAME);

    assertThat(server().isReachable()).isTrue();
    assertThat(ask("get=1\n\n")).isEqualTo(OK);
  }

  @Test
  void open_staleSocket_isReplaced() throws IOException {
    server().close();
    ServerSocketChannel stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    stale.bind(UnixDomainSocketAddress.of(file()));
    stale.close(); // its file stays
    assertThat(Files.exists(file())).isTrue();

    server = UapiServer.open(device(), directory, false);
    assertThat(ask("get=1\n\n")).isEqualTo(OK);
  }

  @Test
  void isReachable_fileRemovedOrReplaced_isFalse() throws IOException {
    assertThat(server().isReachable()).isTrue();
    Files.delete(file());
    assertThat(server().isReachable()).isFalse();

    Files.createFile(file());
    assertThat(server().isReachable()).isFalse();
    server().close();
    assertThat(Files.exists(file())).isTrue(); // somebody else's
  }

  @Test
  void close_server_removesItsFile() throws IOException {
    server().close();

    assertThat(Files.exists(file())).isFalse();
    assertThat(server().isReachable()).isFalse();
  }
}

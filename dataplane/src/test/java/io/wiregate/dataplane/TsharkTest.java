package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.testing.InnerPackets;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.dataplane.testing.ScriptedPeer;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.UdpEndpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An independent reader of the protocol: what passes between the device and a peer whose keys are
/// known is captured from the wire, and `tshark` decrypts it.
@RequiresRoot
@RequiresTool({"ip", "ping", "dumpcap", "tshark"})
@Proves("proof.tshark")
class TsharkTest {
  private static final String OURS = "10.7.0.1";
  private static final String THEIRS = "10.7.1.1";

  /// Seconds that WireGuard's TAI64N is ahead of Unix time; tshark shows it as it stands.
  private static final int TAI_AHEAD = 10;

  @TempDir private Path directory;

  private final PresharedKey presharedKey = PresharedKey.generate(new SecureRandom());
  private final Instant begun = Instant.now();
  private Lab lab;
  private ScriptedPeer peer;
  private Process capture;

  @BeforeEach
  void open() throws OsException {
    lab = Lab.up(1, OURS + "/16");
    peer = new ScriptedPeer(lab, presharedKey);
    lab.device()
        .putPeer(
            new PeerConfiguration(
                peer.publicKey(),
                presharedKey,
                UdpEndpoint.of(IpAddress.parse("127.0.0.1"), peer.port()),
                0,
                List.of(IpPrefix.parse(THEIRS + "/32"))));
    Path log = directory.resolve("dumpcap");
    capture =
        lab.start(
            log,
            "dumpcap",
            "-q",
            "-i",
            "lo",
            "-f",
            "udp port " + Lab.PORT,
            "-w",
            directory.resolve("capture").toString());
    Lab.await(() -> read(log).contains("File: "));
  }

  @AfterEach
  void close() {
    peer.close();
    lab.close();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// What `tshark` makes of one message.
  ///
  /// @param staticKey who began, as it stands encrypted in an initiation
  /// @param timestamp of an initiation, in words that differ between releases
  /// @param addresses of sources, the outer one and after a comma the inner one
  private record Dissected(
      String type,
      String staticKey,
      String timestamp,
      String handshakeIsRight,
      String addresses,
      String icmpType) {
    static Dissected of(String line) {
      String[] fields = line.split("\\|", -1);
      return new Dissected(fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]);
    }
  }

  /// Ends the capture once so many messages are in it, and has them dissected.
  private List<Dissected> dissect(int count) throws Exception {
    Path keys = Files.writeString(directory.resolve("keys"), peer.keyLog());
    Lab.await(() -> dissectNow(keys).size() >= count);
    capture.destroy();
    capture.waitFor();
    List<Dissected> messages = dissectNow(keys);
    assertThat(messages).hasSize(count);
    return messages;
  }

  private List<Dissected> dissectNow(Path keys) {
    String output =
        lab.exec(
            "tshark",
            "-r",
            directory.resolve("capture").toString(),
            "-o",
            "wg.keylog_file:" + keys,
            "-d",
            "udp.port==" + Lab.PORT + ",wg",
            "-Y",
            "wg",
            "-t",
            "e",
            "-T",
            "fields",
            "-E",
            "separator=|",
            "-e",
            "frame.number",
            "-e",
            "wg.type",
            "-e",
            "wg.static",
            "-e",
            "wg.timestamp.value",
            "-e",
            "wg.handshake_ok",
            "-e",
            "ip.src",
            "-e",
            "icmp.type");
    return output.lines().filter(line -> line.matches("\\d+\\|.*")).map(Dissected::of).toList();
  }

  private void isInitiationOf(String publicKey, Dissected message) {
    assertThat(message.type).isEqualTo("1");
    assertThat(message.staticKey).isEqualTo(publicKey);
    List<String> seconds =
        LongStream.rangeClosed(begun.getEpochSecond(), Instant.now().getEpochSecond())
            .mapToObj(second -> Instant.ofEpochSecond(second + TAI_AHEAD).toString())
            .map(text -> text.substring(11, 19))
            .toList();
    assertThat(seconds)
        .as(message.timestamp)
        .anyMatch(second -> message.timestamp.contains(second + "."));
  }

  private static void isResponse(Dissected message) {
    assertThat(message.type).isEqualTo("2");
    assertThat(message.handshakeIsRight).isIn("1", "True");
  }

  private static void isPing(Dissected message, String innerSource, int icmpType) {
    assertThat(message.type).isEqualTo("4");
    assertThat(message.addresses).isEqualTo("127.0.0.1," + innerSource);
    assertThat(message.icmpType).isEqualTo(String.valueOf(icmpType));
  }

  @Test
  void messages_asResponder_areReadByTshark() throws Exception {
    peer.connect();
    byte[] payload = "of a scripted peer".getBytes(StandardCharsets.US_ASCII);
    peer.send(peer.seal(0, InnerPackets.echoRequest(THEIRS, OURS, 7, 1, payload)));
    assertThat(peer.open(peer.receive())).contains(payload);

    List<Dissected> messages = dissect(4);
    isInitiationOf(peer.publicKey().toBase64(), messages.get(0));
    isResponse(messages.get(1));
    isPing(messages.get(2), THEIRS, 8);
    isPing(messages.get(3), OURS, 0);
  }

  @Test
  void messages_asInitiator_areReadByTshark() throws Exception {
    Process ping =
        lab.start(directory.resolve("ping"), "ping", "-n", "-c", "1", "-W", "10", THEIRS);
    peer.send(peer.response(peer.receive()));
    peer.send(peer.seal(0, InnerPackets.echoReply(peer.open(peer.receive()))));
    assertThat(ping.waitFor()).isZero();

    List<Dissected> messages = dissect(4);
    isInitiationOf(Objects.requireNonNull(lab.device().publicKey()).toBase64(), messages.get(0));
    isResponse(messages.get(1));
    isPing(messages.get(2), OURS, 8);
    isPing(messages.get(3), THEIRS, 0);
  }
}

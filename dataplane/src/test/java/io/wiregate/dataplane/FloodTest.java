package io.wiregate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.testing.Flood;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.dataplane.testing.ScriptedPeer;
import io.wiregate.dataplane.wire.CookieReplyMessage;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.ResponseMessage;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.UdpEndpoint;
import io.wiregate.os.udp.UdpOffloads;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Handshake messages from 10,000 addresses, while clients of every sort go on with their work.
/// Nothing here is about speed: the flood leaves the threads the time to read it.
@RequiresRoot
@RequiresTool({"ip", "ping"})
class FloodTest {
  private static final int SOURCES = 10_000;
  private static final int TRANSFER = 2 << 20;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final IpPrefix INSIDE = IpPrefix.parse("10.7.0.0/16");

  private final Set<Thread> before = Thread.getAllStackTraces().keySet();
  private @Nullable Lab opened;

  /// What strangers send.
  enum Kind {
    WRONG_MAC1,
    /// Which carries no mac1.
    JUNK_COOKIE_REPLY,
    RIGHT_MAC1_AND_JUNK,
    RIGHT_MAC1_WRONG_MAC2,
    RIGHT_MAC1_AND_JUNK_RESPONSE,
    UNKNOWN_KEY,
    REPLAY,
    WRONG_LENGTH
  }

  @BeforeEach
  void open() throws OsException {
    opened = Lab.up(2, "10.7.0.1/16");
  }

  @AfterEach
  void close() {
    server().close();
  }

  private Lab server() {
    return Objects.requireNonNull(opened);
  }

  /// A flood on a thread of its own, until it is closed.
  private final class Flooding implements AutoCloseable {
    private final Flood flood = new Flood(server(), SOURCES);
    private final Thread thread;
    private volatile boolean stopping;

    Flooding(Supplier<byte[]> messages) throws OsException {
      thread =
          Thread.ofPlatform()
              .name("flood")
              .start(() -> {
                while (!stopping) {
                  for (int i = 0; i < 64; i++) {
                    flood.add(messages.get());
                  }
                  LockSupport.parkNanos(1_000_000);
                }
                flood.flush();
              });
    }

    long stop() {
      stopping = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return flood.sent();
    }

    @Override
    public void close() {
      stop();
      flood.close();
    }
  }

  private static Supplier<byte[]> messages(Kind kind, ScriptedPeer maker, byte[] recorded) {
    Random random = new Random(7);
    byte[] junk = new byte[InitiationMessage.SIZE];
    byte[] response = new byte[ResponseMessage.SIZE];
    byte[] reply = new byte[CookieReplyMessage.SIZE];
    byte[] unknown = maker.initiation();
    return switch (kind) {
      case WRONG_MAC1 ->
          () -> {
            random.nextBytes(junk);
            header(junk, 1);
            return junk;
          };
      case JUNK_COOKIE_REPLY ->
          () -> {
            random.nextBytes(reply);
            header(reply, 3);
            return reply;
          };
      case RIGHT_MAC1_AND_JUNK ->
          () -> {
            random.nextBytes(junk);
            header(junk, 1);
            maker.remac(junk);
            return junk;
          };
      case RIGHT_MAC1_WRONG_MAC2 ->
          () -> {
            random.nextBytes(junk);
            header(junk, 1);
            maker.remac(junk);
            junk[InitiationMessage.SIZE - 1] = 1;
            return junk;
          };
      case RIGHT_MAC1_AND_JUNK_RESPONSE ->
          () -> {
            random.nextBytes(response);
            header(response, 2);
            maker.remac(response);
            return response;
          };
      case UNKNOWN_KEY -> () -> unknown;
      case REPLAY -> () -> recorded;
      case WRONG_LENGTH -> () -> Arrays.copyOf(unknown, 147);
    };
  }

  private static void header(byte[] message, int type) {
    message[0] = (byte) type;
    Arrays.fill(message, 1, 4, (byte) 0);
  }

  private static final Set<Outcome> HANDSHAKES =
      Arrays.stream(Outcome.values())
          .filter(outcome -> outcome.name().startsWith("HANDSHAKE_"))
          .collect(Collectors.toSet());

  private Map<Outcome, Long> counts() {
    Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
    HANDSHAKES.forEach(outcome -> counts.put(outcome, server().device().count(outcome)));
    return counts;
  }

  private long handled() {
    return counts().values().stream().mapToLong(Long::longValue).sum();
  }

  /// Datagrams that the kernel dropped since a socket was full.
  private long droppedByTheKernel() {
    List<String> lines =
        server()
            .exec("cat", "/proc/net/snmp")
            .lines()
            .filter(line -> line.startsWith("Udp:"))
            .toList();
    List<String> names = List.of(lines.get(0).split(" ", -1));
    return Long.parseLong(lines.get(1).split(" ", -1)[names.indexOf("RcvbufErrors")]);
  }

  /// Another machine with a client that is a peer of the server's.
  private Lab client(int number) throws OsException {
    Lab client = new Lab(1);
    client.device().setPrivateKey(Lab.newKey());
    client.exec("ip", "address", "add", "10.7.0." + number + "/16", "dev", Lab.NAME);
    NetworkNamespace.connect(
        server().namespace(),
        "veth" + number,
        "192.168." + number + ".1/24",
        client.namespace(),
        "eth0",
        "192.168." + number + ".2/24");
    client.setUp();
    server()
        .device()
        .putPeer(
            new PeerConfiguration(
                Objects.requireNonNull(client.device().publicKey()),
                null,
                null,
                0,
                List.of(IpPrefix.parse("10.7.0." + number + "/32"))));
    client
        .device()
        .putPeer(
            new PeerConfiguration(
                Objects.requireNonNull(server().device().publicKey()),
                null,
                UdpEndpoint.of(IpAddress.parse("192.168." + number + ".1"), Lab.PORT),
                0,
                List.of(INSIDE)));
    return client;
  }

  /// Any answer in a minute: a handshake that was asked for a cookie is repeated after 5 s.
  private static void awaitPing(Lab client) {
    client.exec(
        "sh", "-c", "for i in $(seq 20); do ping -n -q -c 1 -W 2 10.7.0.1 && exit; done; exit 1");
  }

  private void transfer(Lab client) throws OsException {
    try (ServerSocket listener =
        server()
            .call(() -> {
              try {
                return new ServerSocket(0, 5, InetAddress.ofLiteral("10.7.0.1"));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })) {
      CompletableFuture<Long> received =
          CompletableFuture.supplyAsync(() -> {
            try (Socket socket = listener.accept();
                InputStream in = socket.getInputStream()) {
              return in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      client.call(() -> {
        try (Socket socket = new Socket("10.7.0.1", listener.getLocalPort())) {
          socket.getOutputStream().write(new byte[TRANSFER]);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        return true;
      });
      assertThat(received.join()).isEqualTo(TRANSFER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Shakes hands, with a cookie where one is asked for.
  private static void connect(ScriptedPeer peer) {
    Lab.await(() -> {
      peer.send(peer.initiation());
      byte[] answer = peer.receiveOrNull(300);
      while (answer != null && answer.length != ResponseMessage.SIZE) {
        if (answer.length == CookieReplyMessage.SIZE) {
          peer.takeCookie(answer);
        }
        answer = peer.receiveOrNull(50);
      }
      if (answer == null) {
        return false;
      }
      peer.complete(answer);
      return true;
    });
  }

  private void keepalivePasses(ScriptedPeer peer) {
    // One of several, since a datagram may be lost where the kernel's buffers are full.
    long[] counter = {0};
    long passed = server().device().count(Outcome.IN_KEEPALIVE);
    Lab.await(() -> {
      peer.send(peer.seal(counter[0]++, new byte[0]));
      return server().device().count(Outcome.IN_KEEPALIVE) > passed;
    });
  }

  @ParameterizedTest
  @EnumSource
  @Proves({"load.known-peers", "message.damaged"})
  void flood_ofAnyKind_stopsNobody(Kind kind) throws OsException {
    assertThat(server().device().isSteered()).isTrue();
    flood(kind);
  }

  /// Workers read it then, and refuse what they can.
  @ParameterizedTest
  @EnumSource(names = {"WRONG_MAC1", "JUNK_COOKIE_REPLY", "UNKNOWN_KEY"})
  void flood_withoutSteering_stopsNobody(Kind kind) throws OsException {
    server().close();
    opened = Lab.up(2, "10.7.0.1/16", new UdpOffloads(true, true, false));
    assertThat(server().device().isSteered()).isFalse();
    flood(kind);
  }

  private void flood(Kind kind) throws OsException {
    try (Lab known = client(11);
        Lab late = client(12);
        ScriptedPeer renewing = new ScriptedPeer(server(), "127.0.0.3", "127.0.0.1");
        ScriptedPeer stranger = new ScriptedPeer(server())) {
      server()
          .device()
          .putPeer(new PeerConfiguration(renewing.publicKey(), null, null, 0, List.of()));
      awaitPing(known);
      byte[] recorded = renewing.initiation();
      renewing.send(recorded);
      renewing.complete(renewing.receive());
      keepalivePasses(renewing);
      Map<Outcome, Long> countsBefore = counts();
      long handledBefore = handled();
      long droppedBefore = droppedByTheKernel();

      long sent;
      try (Flooding flooding = new Flooding(messages(kind, stranger, recorded))) {
        Lab.await(() -> handled() > handledBefore + SOURCES);
        for (int i = 0; i < 3; i++) {
          connect(renewing);
          keepalivePasses(renewing);
        }
        awaitPing(known);
        transfer(known);
        awaitPing(late);
        sent = flooding.stop();
      }
      // Nothing but this is counted among handshakes: what the kernel dropped, and what others
      // sent, at most some hundred messages.
      Lab.await(() -> handled() - handledBefore + droppedByTheKernel() - droppedBefore >= sent);
      long others = handled() - handledBefore - sent;
      assertThat(others).isLessThan(500);
      Set<Outcome> grown =
          HANDSHAKES.stream()
              .filter(outcome ->
                  server().device().count(outcome) - countsBefore.getOrDefault(outcome, 0L)
                      > SOURCES / 100)
              .collect(Collectors.toSet());
      assertThat(grown).isSubsetOf(expected(kind)).contains(first(kind));
      awaitPing(known);
    }
  }

  /// What becomes of messages of a kind, under load and otherwise.
  private static Set<Outcome> expected(Kind kind) {
    return switch (kind) {
      case WRONG_LENGTH, WRONG_MAC1, JUNK_COOKIE_REPLY, RIGHT_MAC1_AND_JUNK_RESPONSE ->
          Set.of(without(kind)); // never takes a place, never begins load
      case RIGHT_MAC1_AND_JUNK, RIGHT_MAC1_WRONG_MAC2, UNKNOWN_KEY, REPLAY ->
          Set.of(without(kind), Outcome.HANDSHAKE_COOKIE_DEMANDED, Outcome.HANDSHAKE_QUEUE_FULL);
    };
  }

  private static Outcome without(Kind kind) {
    return switch (kind) {
      case RIGHT_MAC1_AND_JUNK, RIGHT_MAC1_WRONG_MAC2 -> Outcome.HANDSHAKE_NOT_AUTHENTIC;
      case JUNK_COOKIE_REPLY, RIGHT_MAC1_AND_JUNK_RESPONSE -> Outcome.HANDSHAKE_UNEXPECTED;
      case UNKNOWN_KEY -> Outcome.HANDSHAKE_UNKNOWN_PEER;
      case REPLAY -> Outcome.HANDSHAKE_REPLAYED;
      case WRONG_LENGTH -> Outcome.HANDSHAKE_MALFORMED;
      case WRONG_MAC1 -> Outcome.HANDSHAKE_BAD_MAC1;
    };
  }

  /// What becomes of most of them.
  private static Outcome first(Kind kind) {
    return switch (kind) {
      case WRONG_LENGTH, WRONG_MAC1, JUNK_COOKIE_REPLY, RIGHT_MAC1_AND_JUNK_RESPONSE ->
          without(kind);
      case RIGHT_MAC1_AND_JUNK, RIGHT_MAC1_WRONG_MAC2, UNKNOWN_KEY, REPLAY ->
          Outcome.HANDSHAKE_COOKIE_DEMANDED;
    };
  }

  /// Nothing is allocated for strangers by workers (where messages are steered); by the handshake
  /// thread, a copy of Bouncy Castle's hash that has begun with the key, and what it allocates: 592
  /// bytes.
  @Test
  @Proves({"load.no-allocation", "fault.15-memory"})
  void flood_withoutOurPublicKey_allocatesNothingButTheHash() throws OsException {
    try (ScriptedPeer stranger = new ScriptedPeer(server())) {
      Supplier<byte[]> messages = messages(Kind.WRONG_MAC1, stranger, new byte[0]);
      long[] fewest = {Long.MAX_VALUE, Long.MAX_VALUE};
      try (Flood flood = new Flood(server(), SOURCES)) {
        // Until the compiler has had its turn.
        for (int round = 0; round < 20; round++) {
          long handled = handled();
          long workers = allocated("worker-");
          long handshakes = allocated("handshake-");
          for (int i = 0; i < 10_000; i++) {
            flood.add(messages.get());
            if (i % 512 == 0) {
              LockSupport.parkNanos(1_000_000);
            }
          }
          flood.flush();
          long sent = flood.sent();
          Lab.await(() -> handled() + droppedByTheKernel() >= sent);
          long count = handled() - handled;
          fewest[0] = Math.min(fewest[0], (allocated("worker-") - workers) / count);
          fewest[1] = Math.min(fewest[1], (allocated("handshake-") - handshakes) / count);
        }
      }
      assertThat(fewest[0]).isZero();
      assertThat(fewest[1]).isLessThanOrEqualTo(640);
    }
  }

  /// Bytes that threads of this test's data plane have allocated.
  private long allocated(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(name) && !before.contains(thread))
        .mapToLong(thread -> THREADS.getThreadAllocatedBytes(thread.threadId()))
        .sum();
  }
}

package io.wiregate.benchmarks;

import io.wiregate.dataplane.Engines;
import io.wiregate.dataplane.noise.CookieChecker;
import io.wiregate.dataplane.noise.Handshake;
import io.wiregate.dataplane.noise.HandshakeCrypto;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.ReceivedInitiation;
import io.wiregate.dataplane.noise.RemoteStatic;
import io.wiregate.dataplane.noise.StaticIdentity;
import io.wiregate.dataplane.noise.Tai64n;
import io.wiregate.dataplane.noise.TransportKeys;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.dataplane.wire.MessageType;
import io.wiregate.dataplane.wire.ResponseMessage;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Handshakes, with the fastest engines that the machine has. The shared secret of the two static
/// keys is computed once, as in the product.
///
/// [#notForUs] is what a stranger's message costs that has a wrong `mac1`; with `-prof gc` it shows
/// that Bouncy Castle's hash allocates, and nothing else.
///
/// The initiator's side is [#initiation] and [#response]; [#responder] is the whole of the other
/// one's, which is what bounds the handshakes that a gateway answers in a second.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class HandshakeBenchmark {
  /// Both ends.
  @State(Scope.Thread)
  public static class Ends {
    private static final long SECOND = 1_000_000_000L;

    private final Engines engines = Engines.select(null);
    private final SecureRandom random = new SecureRandom();
    private final StaticIdentity initiatorIdentity = identity();
    private final StaticIdentity responderIdentity = identity();
    private final HandshakeCrypto initiatorCrypto = crypto();
    private final HandshakeCrypto responderCrypto = crypto();
    private final Handshake initiator = handshake(initiatorIdentity, responderIdentity);
    private final Handshake responder = handshake(responderIdentity, initiatorIdentity);
    private final CookieChecker cookies = new CookieChecker(responderIdentity, random, 0);
    private final byte[] initiation = new byte[InitiationMessage.SIZE];
    private final byte[] response = new byte[ResponseMessage.SIZE];
    private long seconds = 1000;

    private StaticIdentity identity() {
      return new StaticIdentity(PrivateKey.generate(random, engines.x25519()));
    }

    private HandshakeCrypto crypto() {
      return new HandshakeCrypto(engines.aead().newAead(), engines.x25519(), random);
    }

    private Handshake handshake(StaticIdentity from, StaticIdentity to) {
      return new Handshake(
          new RemoteStatic(from, to.publicKey(), PresharedKey.none(), engines.x25519()));
    }

    byte[] initiate() {
      Tai64n now = Tai64n.whitened(++seconds, 0);
      if (!initiator.createInitiation(1, now, seconds * SECOND, initiation, initiatorCrypto)) {
        throw new IllegalStateException("no initiation");
      }
      return initiation;
    }

    byte[] respond() {
      try (ReceivedInitiation received =
          ReceivedInitiation.open(initiation, responderIdentity, responderCrypto)) {
        if (received == null
            || responder.consumeInitiation(received, seconds * SECOND, responderCrypto)
                != Outcome.HANDSHAKE_ANSWERED
            || !responder.createResponse(2, seconds * SECOND, response, responderCrypto)) {
          throw new IllegalStateException("no response");
        }
      }
      derive(responder);
      return response;
    }

    byte[] complete() {
      if (initiator.consumeResponse(response, initiatorCrypto) != Outcome.HANDSHAKE_COMPLETED) {
        throw new IllegalStateException("not completed");
      }
      derive(initiator);
      return response;
    }

    private static void derive(Handshake handshake) {
      TransportKeys keys = handshake.deriveSession();
      if (keys == null) {
        throw new IllegalStateException("no keys");
      }
      keys.close();
    }

    @TearDown
    public void close() {
      initiatorCrypto.close();
      responderCrypto.close();
      initiatorIdentity.close();
      responderIdentity.close();
    }
  }

  /// With an initiation that waits for its answer. Each invocation is timed by itself, which the
  /// clock's tens of nanoseconds allow. It keeps the ends, since JMH would give the benchmark
  /// others than it gives this.
  @State(Scope.Thread)
  public static class Initiated {
    private Ends ends;

    @Setup(Level.Invocation)
    public void initiate(Ends ends) {
      this.ends = ends;
      ends.initiate();
    }
  }

  /// With a response that waits to be taken.
  @State(Scope.Thread)
  public static class Answered {
    private Ends ends;

    @Setup(Level.Invocation)
    public void answer(Ends ends) {
      this.ends = ends;
      ends.initiate();
      ends.respond();
    }
  }

  @Benchmark
  public boolean notForUs(Ends ends) {
    ends.initiation[0] = MessageType.INITIATION;
    ends.initiation[InitiationMessage.EPHEMERAL]++;
    return ends.cookies.hasValidMac1(ends.initiation);
  }

  @Benchmark
  public byte[] initiation(Ends ends) {
    return ends.initiate();
  }

  @Benchmark
  public byte[] responder(Initiated initiated) {
    return initiated.ends.respond();
  }

  @Benchmark
  public byte[] response(Answered answered) {
    return answered.ends.complete();
  }
}

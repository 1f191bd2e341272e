package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How long engines take, for choosing one at the start. Any thread; cold.
///
/// The best of many short rounds: a busy machine makes most of them longer and none of them
/// shorter, and each is far shorter than what the scheduler gives a thread at a time. The engines
/// have their rounds in turn: what they share is compiled on the way, and would else be the gain of
/// the last.
public final class EngineSpeed {
  /// Bytes of the packets that are sealed: a full one at the usual MTU.
  public static final int PACKET_SIZE = 1420;

  /// What choosing a cipher waits for, in the start of a program: that the calls of all are
  /// compiled, which a busy machine does when it gets to it.
  static final Patience QUICK_SEAL = new Patience(70_000_000, 400_000_000);

  /// Rounds to choose a key agreement by. Each is so long that the call does not count.
  public static final int QUICK_AGREE = 24;

  /// Less of the time before is chance.
  private static final double FASTER = 0.95;

  private static final int PACKETS = 4;
  private static final int STRIDE = 1536;

  /// How long to go on measuring.
  ///
  /// @param settledNanos until none has become faster by a twentieth for so long
  /// @param mostNanos in any case
  public record Patience(long settledNanos, long mostNanos) {}

  private EngineSpeed() {}

  /// The times that sealing a packet of [#PACKET_SIZE] takes.
  ///
  /// @return nanoseconds, in the order of the engines
  public static double[] sealNanos(List<AeadEngine> engines, Patience patience) {
    double[] best = longest(engines.size());
    double[] settled = best.clone();
    List<Aead> ciphers = new ArrayList<>();
    try (AeadKey key = AeadKey.of(new byte[AeadKey.SIZE], 0);
        NativeBuffer memory = NativeBuffer.allocate(PACKETS * STRIDE)) {
      engines.forEach(engine -> ciphers.add(engine.newAead()));
      AeadBatch batch = new AeadBatch(PACKETS, memory);
      long begun = System.nanoTime();
      long settledSince = begun;
      for (long now = begun;
          now - settledSince < patience.settledNanos() && now - begun < patience.mostNanos();
          now = System.nanoTime()) {
        for (int i = 0; i < best.length; i++) {
          best[i] = Math.min(best[i], sealOnce(ciphers.get(i), key, batch) / (double) PACKETS);
          if (best[i] < settled[i] * FASTER) {
            settled[i] = best[i];
            settledSince = now;
          }
        }
      }
    } finally {
      ciphers.forEach(Aead::close);
    }
    return best;
  }

  private static long sealOnce(Aead aead, AeadKey key, AeadBatch batch) {
    batch.begin(batch.input(), batch.output());
    for (int i = 0; i < PACKETS; i++) {
      batch.add(i * STRIDE, PACKET_SIZE, i * STRIDE, i);
    }
    long begun = System.nanoTime();
    aead.seal(key, batch);
    return System.nanoTime() - begun;
  }

  /// The times that one agreement takes.
  ///
  /// @return nanoseconds, in the order of the engines
  public static double[] agreeNanos(List<X25519> engines, int rounds) {
    double[] best = longest(engines.size());
    byte[] privateKey = new byte[X25519.KEY_SIZE];
    byte[] publicKey = new byte[X25519.KEY_SIZE];
    byte[] shared = new byte[X25519.KEY_SIZE];
    publicKey[0] = 9; // the base point
    for (int round = 0; round < rounds; round++) {
      privateKey[0] = (byte) round;
      for (int i = 0; i < best.length; i++) {
        long begun = System.nanoTime();
        if (engines.get(i).agree(privateKey, publicKey, shared)) {
          best[i] = Math.min(best[i], (double) (System.nanoTime() - begun));
        }
      }
    }
    return best;
  }

  private static double[] longest(int count) {
    double[] times = new double[count];
    Arrays.fill(times, Double.MAX_VALUE);
    return times;
  }
}

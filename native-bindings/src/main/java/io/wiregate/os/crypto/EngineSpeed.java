package io.wiregate.os.crypto;

import io.wiregate.os.NativeBuffer;

/// How long an engine takes, for choosing one at the start. Any thread; cold.
///
/// The best of many short rounds: a busy machine makes most of them longer and none of them
/// shorter, and each is far shorter than what the scheduler gives a thread at a time.
public final class EngineSpeed {
  /// Bytes of the packets that are sealed: a full one at the usual MTU.
  public static final int PACKET_SIZE = 1420;

  /// Rounds to choose a cipher by, in the start of a program: some milliseconds. Enough for the
  /// calls to be compiled, of which one library needs four where another needs one.
  public static final int QUICK_SEAL = 600;

  /// Rounds to choose a key agreement by. Each is so long that the call does not count.
  public static final int QUICK_AGREE = 24;

  private static final int PACKETS = 4;
  private static final int STRIDE = 1536;

  private EngineSpeed() {}

  /// The time that sealing a packet of [#PACKET_SIZE] takes.
  ///
  /// @param rounds of four packets
  /// @return nanoseconds
  public static double sealNanos(AeadEngine engine, int rounds) {
    long best = Long.MAX_VALUE;
    try (Aead aead = engine.newAead();
        AeadKey key = AeadKey.of(new byte[AeadKey.SIZE], 0);
        NativeBuffer memory = NativeBuffer.allocate(PACKETS * STRIDE)) {
      AeadBatch batch = new AeadBatch(PACKETS, memory);
      for (int round = 0; round < rounds; round++) {
        batch.begin(memory, memory);
        for (int i = 0; i < PACKETS; i++) {
          batch.add(i * STRIDE, PACKET_SIZE, i * STRIDE, i);
        }
        long begun = System.nanoTime();
        aead.seal(key, batch);
        best = Math.min(best, System.nanoTime() - begun);
      }
    }
    return (double) best / PACKETS;
  }

  /// The time that one agreement takes.
  ///
  /// @return nanoseconds
  public static double agreeNanos(X25519 x25519, int rounds) {
    byte[] privateKey = new byte[X25519.KEY_SIZE];
    byte[] publicKey = new byte[X25519.KEY_SIZE];
    byte[] shared = new byte[X25519.KEY_SIZE];
    publicKey[0] = 9; // the base point
    long best = Long.MAX_VALUE;
    for (int round = 0; round < rounds; round++) {
      privateKey[0] = (byte) round;
      long begun = System.nanoTime();
      boolean agreed = x25519.agree(privateKey, publicKey, shared);
      if (agreed) {
        best = Math.min(best, System.nanoTime() - begun);
      }
    }
    return best;
  }
}

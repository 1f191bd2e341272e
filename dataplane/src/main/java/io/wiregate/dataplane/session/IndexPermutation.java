package io.wiregate.dataplane.session;

import java.util.Arrays;
import org.bouncycastle.crypto.digests.Blake2sDigest;

/// Gives session indices that look random, yet say where a session is: a keyed permutation of 28
/// bits, of which 8 name a node and 20 a slot there.
///
/// Indices are seen on the wire. Counted up they would tell how many sessions there are and which
/// belong together; drawn at random they would need a table shared by all nodes. Nodes that share a
/// key decode each other's indices.
///
/// A Feistel network of four rounds over two halves of 14 bits (Luby and Rackoff 1988: four rounds
/// of random functions stand against an observer who may choose what to permute and what to
/// invert). A round function is a table drawn from keyed BLAKE2s, so that inverting, which the walk
/// of a packet does, is four loads. The key protects no packet.
///
/// Immutable. 128 KiB, so one for each key, not for each session.
public final class IndexPermutation {
  /// Bytes of the key.
  public static final int KEY_SIZE = 32;

  /// Bits of an index.
  public static final int BITS = 28;

  /// Nodes that can be named.
  public static final int NODES = 1 << 8;

  /// Sessions that each can have.
  public static final int SLOTS = 1 << 20;

  private static final int ROUNDS = 4;
  private static final int HALF_BITS = BITS / 2;
  private static final int HALF_SIZE = 1 << HALF_BITS;
  private static final int HALF_MASK = HALF_SIZE - 1;
  private static final int DIGEST_SIZE = 32;

  private final short[] first;
  private final short[] second;
  private final short[] third;
  private final short[] fourth;

  /// @param key [#KEY_SIZE] random bytes; not kept, the caller wipes them
  public IndexPermutation(byte[] key) {
    if (key.length != KEY_SIZE) {
      throw new IllegalArgumentException(
          "the key of an index permutation has 32 bytes, not " + key.length);
    }
    short[][] tables = new short[ROUNDS][];
    for (int round = 0; round < ROUNDS; round++) {
      tables[round] = randomTable(key, round);
    }
    first = tables[0];
    second = tables[1];
    third = tables[2];
    fourth = tables[3];
  }

  private static short[] randomTable(byte[] key, int round) {
    short[] table = new short[HALF_SIZE];
    byte[] input = new byte[4];
    byte[] output = new byte[DIGEST_SIZE];
    Blake2sDigest digest = new Blake2sDigest(key);
    int perDigest = DIGEST_SIZE / 2;
    for (int i = 0; i < HALF_SIZE; i += perDigest) {
      int block = i / perDigest;
      input[0] = (byte) round;
      input[1] = (byte) block;
      input[2] = (byte) (block >>> 8);
      digest.update(input, 0, input.length);
      digest.doFinal(output, 0); // and starts anew with the same key
      for (int j = 0; j < perDigest; j++) {
        int value = (output[2 * j] & 0xff) << 8 | (output[2 * j + 1] & 0xff);
        table[i + j] = (short) (value & HALF_MASK);
      }
    }
    Arrays.fill(output, (byte) 0);
    return table;
  }

  /// The index of a slot of a node: 28 bits.
  ///
  /// @param node 0 to 255
  /// @param slot 0 to 2^20 - 1
  public int indexOf(int node, int slot) {
    return permute((node & NODES - 1) << 20 | (slot & SLOTS - 1));
  }

  /// The node that an index names. Any index names one: whether it exists is for the caller to see.
  public int node(int index) {
    return invert(index) >>> 20;
  }

  /// The slot that an index names.
  public int slot(int index) {
    return invert(index) & SLOTS - 1;
  }

  /// Permutes the lower 28 bits; the upper ones are not looked at.
  public int permute(int value) {
    int left = value >>> HALF_BITS & HALF_MASK;
    int right = value & HALF_MASK;
    left ^= first[right];
    right ^= second[left];
    left ^= third[right];
    right ^= fourth[left];
    return left << HALF_BITS | right;
  }

  /// The inverse of [#permute].
  public int invert(int value) {
    int left = value >>> HALF_BITS & HALF_MASK;
    int right = value & HALF_MASK;
    right ^= fourth[left];
    left ^= third[right];
    right ^= second[left];
    left ^= first[right];
    return left << HALF_BITS | right;
  }
}

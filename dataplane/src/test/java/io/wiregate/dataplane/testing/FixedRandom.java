package io.wiregate.dataplane.testing;

import java.security.SecureRandom;
import java.util.ArrayDeque;

/// Random bytes that a test has chosen: one array per request.
public final class FixedRandom extends SecureRandom {
  private static final long serialVersionUID = 1L;

  private final transient ArrayDeque<byte[]> answers = new ArrayDeque<>();

  /// What the requests get, in turn.
  public FixedRandom(byte[]... answers) {
    for (byte[] answer : answers) {
      this.answers.add(answer);
    }
  }

  @Override
  public void nextBytes(byte[] bytes) {
    byte[] answer = answers.remove();
    if (answer.length != bytes.length) {
      throw new AssertionError("asked for " + bytes.length + " bytes, not " + answer.length);
    }
    System.arraycopy(answer, 0, bytes, 0, bytes.length);
  }
}

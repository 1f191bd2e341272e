package io.wiregate.control.state;

import io.wiregate.dataplane.noise.StampJournal;
import io.wiregate.dataplane.noise.Tai64n;
import io.wiregate.dataplane.noise.Tai64nClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.function.Consumer;

/// The file that says up to where this node may have stamped its initiations: one line, TAI64N's
/// external form, `@` and 24 hexadecimal digits (<https://cr.yp.to/libtai/tai64.html>). It is
/// written ahead, whole or not at all. Without it the node goes on with the wall clock, which does
/// as long as that was not set back.
///
/// Owner: the data plane's clock.
public final class StampFile implements StampJournal {
  private static final int DIGITS = 2 * Tai64n.SIZE;

  private final Path file;
  private final Consumer<String> say;
  private boolean failed;

  private StampFile(Path file, Consumer<String> say) {
    this.file = file;
    this.say = say;
  }

  /// A clock that goes on from where the file says.
  ///
  /// @param say hears, a line at a time, what is wrong with the file
  public static Tai64nClock clock(Path file, Consumer<String> say) {
    return new Tai64nClock(read(file, say), new StampFile(file, say));
  }

  private static Tai64n read(Path file, Consumer<String> say) {
    String text;
    try {
      text = Files.readString(file).strip();
    } catch (NoSuchFileException none) {
      return Tai64n.ZERO;
    } catch (IOException unreadable) {
      say.accept(unusable(file, "it cannot be read"));
      return Tai64n.ZERO;
    }
    try {
      if (text.length() == 1 + DIGITS && text.startsWith("@")) {
        byte[] bytes = HexFormat.of().parseHex(text.substring(1));
        if (isLabel(bytes)) {
          return Tai64n.of(bytes, 0);
        }
      }
    } catch (IllegalArgumentException noDigits) {
      // as below
    }
    say.accept(unusable(file, "it holds no time stamp"));
    return Tai64n.ZERO;
  }

  /// Labels from 2^63 on are reserved, and a second has 10^9 nanoseconds (TAI64N).
  private static boolean isLabel(byte[] bytes) {
    ByteBuffer label = ByteBuffer.wrap(bytes);
    return label.getLong() >= 0 && Integer.compareUnsigned(label.getInt(), 1_000_000_000) < 0;
  }

  private static String unusable(Path file, String why) {
    return "The file "
        + file
        + " says up to when handshakes were stamped, but "
        + why
        + ": going on with the wall clock; if that was set back, peers will not answer us until it has"
        + " caught up.";
  }

  /// Says once that it fails, until it does not.
  @Override
  public boolean reserve(Tai64n until) {
    try {
      StateDirectory.writePublic(file, "@" + HexFormat.of().formatHex(until.toBytes()) + "\n");
      failed = false;
      return true;
    } catch (StateException unwritable) {
      if (!failed) {
        say.accept(
            unwritable.getMessage()
                + " Until it can be, a restart after the wall clock was set back keeps peers from"
                + " answering us.");
      }
      failed = true;
      return false;
    }
  }
}

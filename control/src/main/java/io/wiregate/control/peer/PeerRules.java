package io.wiregate.control.peer;

import java.text.Normalizer;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/// What names, notes and labels may be. Each method returns the value in its stored form, or throws
/// [IllegalArgumentException], whose message completes the sentence 'name …'.
public final class PeerRules {
  private static final int LONGEST_NAME = 63;
  private static final int LONGEST_NOTES = 4096;
  private static final int MOST_LABELS = 32;

  // No control characters, quotes or backslashes: names stand in configurations, tables and logs.
  private static final Pattern NAME =
      Pattern.compile("[\\p{L}\\p{N}]([\\p{L}\\p{M}\\p{N} ._@'+()-]*[\\p{L}\\p{M}\\p{N}.)])?");
  private static final Pattern LABEL_KEY = Pattern.compile("[a-z0-9]([a-z0-9._/-]{0,61}[a-z0-9])?");
  private static final Pattern LABEL_VALUE = Pattern.compile("[^\\p{Cntrl}]{0,255}");
  private static final Pattern NOTES = Pattern.compile("[^\\p{Cntrl}]|[\\n\\t]");

  private PeerRules() {}

  public static String name(String text) {
    String name = Normalizer.normalize(text, Normalizer.Form.NFC);
    if (name.codePointCount(0, name.length()) > LONGEST_NAME || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "must have 1 to 63 letters, digits, spaces and . _ @ ' + ( ) -, and begin with a letter or"
              + " digit");
    }
    if (isUuid(name)) {
      throw new IllegalArgumentException("must not look like a peer's id");
    }
    return name;
  }

  public static boolean isUuid(String text) {
    try {
      return UUID.fromString(text).toString().equalsIgnoreCase(text);
    } catch (IllegalArgumentException none) {
      return false;
    }
  }

  public static String notes(String text) {
    if (text.length() > LONGEST_NOTES
        || text.codePoints().anyMatch(c -> !NOTES.matcher(Character.toString(c)).matches())) {
      throw new IllegalArgumentException(
          "must have at most 4096 characters, and no control characters but line ends and tabs");
    }
    return text;
  }

  public static Map<String, String> labels(Map<String, String> labels) {
    boolean fit =
        labels.size() <= MOST_LABELS
            && labels.keySet().stream().allMatch(key -> LABEL_KEY.matcher(key).matches())
            && labels.values().stream().allMatch(value -> LABEL_VALUE.matcher(value).matches());
    if (!fit) {
      throw new IllegalArgumentException(
          "must be at most 32 pairs of a key (1 to 63 of a-z, 0-9, . _ / -) and a text of at most"
              + " 255 characters");
    }
    return Map.copyOf(labels);
  }
}

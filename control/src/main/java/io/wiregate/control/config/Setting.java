package io.wiregate.control.config;

import java.util.Locale;
import java.util.function.Function;

/// One thing that an operator can set.
///
/// @param key where it stands in the configuration file, e.g. `api.listen`
/// @param accepted what a value may be, completing the sentence 'accepts …'
/// @param defaultText the value where none is given, as it would be written; empty for none
/// @param isSecret whether its value must never be shown
/// @param parse reads a value; throws [IllegalArgumentException] for one that is not accepted
record Setting<T>(
    String key,
    String defaultText,
    String accepted,
    String description,
    boolean isSecret,
    Function<String, T> parse) {

  static <T> Setting<T> of(
      String key,
      String defaultText,
      String accepted,
      String description,
      Function<String, T> parse) {
    return new Setting<>(key, defaultText, accepted, description, false, parse);
  }

  static <T> Setting<T> secret(
      String key, String accepted, String description, Function<String, T> parse) {
    return new Setting<>(key, "", accepted, description, true, parse);
  }

  /// The environment variable that sets it, e.g. `WIREGATE_API_LISTEN`.
  String variable() {
    return "WIREGATE_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /// Reads a value.
  ///
  /// @param source where it stands, e.g. `wiregate.yaml, line 3`
  /// @throws ConfigurationException if it is not accepted
  T read(String text, String source) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException refused) {
      String shown = isSecret ? "has a value that cannot be used" : "is '" + text + "'";
      throw new ConfigurationException(
          source + ": " + key + " " + shown + ", but accepts " + accepted + ".");
    }
  }
}

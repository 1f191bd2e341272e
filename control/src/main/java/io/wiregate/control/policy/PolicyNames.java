package io.wiregate.control.policy;

import java.util.regex.Pattern;

/// What names may look like. Rules are named after zones, and the kernel takes the names as they
/// are.
final class PolicyNames {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  // Fewer characters than the kernel takes: '*' would be a wildcard to nftables, and a slash a
  // directory under /proc/sys.
  private static final Pattern INTERFACE = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9_.-]{0,14}");

  private PolicyNames() {}

  static void check(String what, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          what
              + " cannot be '"
              + name
              + "'; use a lower-case letter, then up to 30 letters, digits and hyphens");
    }
  }

  static void checkInterface(String name) {
    if (!INTERFACE.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "an interface cannot be called '"
              + name
              + "'; use 1 to 15 letters, digits, hyphens, underscores and dots");
    }
  }
}

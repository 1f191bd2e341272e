package io.wiregate.os.net;

/// A network: an address whose bits after the first `length` are zero, e.g. `10.90.0.0/16`.
///
/// @param address the network's first address
/// @param length significant bits, 0 to 32 or 0 to 128
public record IpPrefix(IpAddress address, int length) {
  /// @throws IllegalArgumentException if the length does not fit the family
  public IpPrefix {
    if (length < 0 || length > address.bits()) {
      throw new IllegalArgumentException(
          "prefix length " + length + " is not within 0 to " + address.bits());
    }
    address = masked(address, length);
  }

  /// Reads `ADDRESS/LENGTH`; bits after the length are cleared; an address alone is a single host.
  ///
  /// @throws IllegalArgumentException if it is none; the message shows the text
  public static IpPrefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      IpAddress address = IpAddress.parse(text);
      return new IpPrefix(address, address.bits());
    }
    IpAddress address = IpAddress.parse(text.substring(0, slash));
    String length = text.substring(slash + 1);
    if (!isNumber(length) || Integer.parseInt(length) > address.bits()) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is not a network: after the slash stands a number from 0 to "
              + address.bits());
    }
    return new IpPrefix(address, Integer.parseInt(length));
  }

  /// Of one to three digits; also for a million prefixes, so not by a regular expression.
  private static boolean isNumber(String text) {
    boolean digits = !text.isEmpty() && text.length() <= 3;
    for (int i = 0; i < text.length(); i++) {
      digits &= text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    return digits;
  }

  private static IpAddress masked(IpAddress address, int length) {
    if (!address.isV6()) {
      long mask = length == 0 ? 0 : -1L << (32 - length) & 0xffff_ffffL;
      return new IpAddress(false, 0, address.low() & mask);
    }
    long high = length == 0 ? 0 : length >= 64 ? -1L : -1L << (64 - length);
    long low = length <= 64 ? 0 : -1L << (128 - length);
    return new IpAddress(true, address.high() & high, address.low() & low);
  }

  public boolean isV6() {
    return address.isV6();
  }

  public boolean contains(IpAddress other) {
    return other.isV6() == isV6() && masked(other, length).equals(address);
  }

  /// Whether every address of `other` is one of ours.
  public boolean contains(IpPrefix other) {
    return other.length >= length && contains(other.address);
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}

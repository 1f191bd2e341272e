package io.wiregate.benchmarks.receive;

/// What is sent.
///
/// @param size bytes of each datagram
/// @param flows source ports
/// @param segments datagrams of each message; more than one means `UDP_SEGMENT`
record Traffic(int size, int flows, int segments) {
  /// Reads `SIZExFLOWS` or `SIZExFLOWSxSEGMENTS`.
  static Traffic parse(String text) {
    String[] parts = text.split("x", -1);
    return new Traffic(
        Integer.parseInt(parts[0]),
        Integer.parseInt(parts[1]),
        parts.length < 3 ? 1 : Integer.parseInt(parts[2]));
  }

  @Override
  public String toString() {
    return size + "x" + flows + (segments == 1 ? "" : "x" + segments);
  }
}

package io.wiregate.os.link;

/// A network interface as it was when the kernel was asked.
///
/// @param index its number, which it keeps for life in one namespace
/// @param isUp whether an administrator has set it up; see `state` for whether it works
/// @param mtu bytes of the largest packet
/// @param state RFC 2863's operational state
/// @param kind e.g. `tun`, `veth`, `wireguard`; empty for hardware and loopback
/// @param gsoMaxSize bytes of the largest packet that is handed to it to be segmented
/// @param gsoMaxSegments segments of such a packet
public record Link(
    int index,
    String name,
    boolean isUp,
    int mtu,
    State state,
    String kind,
    int gsoMaxSize,
    int gsoMaxSegments) {
  /// `IF_OPER_` constants of linux/if.h, in their order.
  public enum State {
    /// Most virtual interfaces do not say; TUN interfaces are UNKNOWN while they work.
    UNKNOWN,
    NOT_PRESENT,
    DOWN,
    LOWER_LAYER_DOWN,
    TESTING,
    DORMANT,
    UP;

    private static final State[] VALUES = values();

    static State of(int number) {
      return number >= 0 && number < VALUES.length ? VALUES[number] : UNKNOWN;
    }
  }
}

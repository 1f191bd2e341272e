package io.wiregate.os.link;

import io.wiregate.os.net.IpAddress;

/// An address of an interface.
///
/// @param link the interface's index
/// @param prefixLength bits of the network that is reached directly
public record LinkAddress(int link, IpAddress address, int prefixLength) {
  public LinkAddress {
    if (prefixLength < 0 || prefixLength > address.bits()) {
      throw new IllegalArgumentException(
          "prefix length " + prefixLength + " is not within 0 to " + address.bits());
    }
  }

  @Override
  public String toString() {
    return address + "/" + prefixLength;
  }
}

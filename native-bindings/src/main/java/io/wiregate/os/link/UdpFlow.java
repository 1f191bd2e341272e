package io.wiregate.os.link;

import io.wiregate.os.net.IpAddress;
import org.jspecify.annotations.Nullable;

/// What routing looks at of a UDP datagram that is to be sent.
///
/// @param destination where it goes
/// @param source the address that it shall come from, null where routing chooses it
/// @param scope the interface of a link-local destination, else 0
/// @param mark of its socket, 0 for none
public record UdpFlow(
    IpAddress destination,
    int destinationPort,
    @Nullable IpAddress source,
    int sourcePort,
    int scope,
    int mark) {}

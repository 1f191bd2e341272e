package io.wiregate.control.gateway;

import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;

/// What a zone's interface is made of.
///
/// @param gateway4 the interface's own address in `network4`
/// @param gateway6 the interface's own address in `network6`
/// @param privateKey belongs to the caller, who wipes it once the zone is closed
public record ZoneSpec(
    short id,
    String name,
    String interfaceName,
    int port,
    IpPrefix network4,
    IpAddress gateway4,
    IpPrefix network6,
    IpAddress gateway6,
    int mtu,
    PrivateKey privateKey) {}

package io.wiregate.dataplane;

import io.wiregate.dataplane.noise.Tai64nClock;
import io.wiregate.os.crypto.AeadEngine;
import io.wiregate.os.crypto.X25519;
import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.udp.UdpOffloads;

/// How a data plane works.
///
/// @param workers threads that carry packets, 1 to 16
/// @param handshakeThreads threads that do handshakes, at least 1
/// @param tunOffloads used where the kernel has them
/// @param udpOffloads used where the kernel has them
/// @param stamps for the initiations of all interfaces; settled when the data plane has ended
public record DataPlaneOptions(
    int workers,
    int handshakeThreads,
    AeadEngine aead,
    X25519 x25519,
    TunOffloads tunOffloads,
    UdpOffloads udpOffloads,
    Tai64nClock stamps) {}

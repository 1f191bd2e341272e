package io.wiregate.control.config;

/// Which kernel offloads may be used; each is probed even then.
public record OffloadSettings(
    boolean tunTcp, boolean tunUdp, boolean udpSegmentation, boolean udpReceive) {}

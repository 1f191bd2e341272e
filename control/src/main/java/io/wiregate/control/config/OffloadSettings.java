package io.wiregate.control.config;

import io.wiregate.os.tun.TunOffloads;
import io.wiregate.os.udp.UdpOffloads;

/// Which kernel offloads may be used; each is probed even then.
public record OffloadSettings(
    boolean tunTcp,
    boolean tunUdp,
    boolean udpSegmentation,
    boolean udpReceive,
    boolean udpSteering) {

  public TunOffloads tun() {
    return new TunOffloads(tunTcp, tunUdp);
  }

  public UdpOffloads udp() {
    return new UdpOffloads(udpSegmentation, udpReceive, udpSteering);
  }
}

package io.wiregate.control.gateway;

import io.wiregate.control.zone.Zone;
import java.util.List;

/// The data plane, as the control plane sees it. Any thread; calls do not come at once.
public interface ZoneDevices extends AutoCloseable {
  /// Puts the zones' policy into force, before any of them is opened.
  ///
  /// @throws GatewayException or FirewallException if it cannot; the message says what to do
  void protect(List<Zone> zones);

  /// Brings up a zone's interface and its UDP port.
  ///
  /// @throws GatewayException if it cannot; the message says what to do
  ZoneDevice open(ZoneSpec spec);

  /// All zones are open: time for what makes the first packets quick.
  void rehearse();

  /// For people to read: which cipher, how many workers, which offloads.
  String description();

  /// Takes down every zone.
  @Override
  void close();
}

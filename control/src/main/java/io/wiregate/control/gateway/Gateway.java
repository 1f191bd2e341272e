package io.wiregate.control.gateway;

import io.wiregate.control.zone.Zone;
import io.wiregate.dataplane.noise.PrivateKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The zones that are up, with their interfaces. Owner: the appliance. Any thread.
public final class Gateway implements AutoCloseable {
  /// A zone and its interface.
  public record Open(Zone zone, ZoneDevice device) {}

  private final ZoneDevices devices;
  private final Map<Short, Open> zones = new TreeMap<>();
  private final List<PrivateKey> keys = new ArrayList<>();

  private Gateway(ZoneDevices devices) {
    this.devices = devices;
  }

  /// Brings up every zone, or none.
  ///
  /// @param devices closed with the gateway
  public static Gateway open(
      ZoneDevices devices, List<Zone> zones, Map<Short, PrivateKey> privateKeys) {
    Gateway gateway = new Gateway(devices);
    gateway.keys.addAll(privateKeys.values());
    try {
      devices.protect(zones);
      for (Zone zone : zones) {
        PrivateKey key = privateKeys.get(zone.id());
        if (key == null) {
          throw new IllegalArgumentException("zone " + zone.name() + " has no key");
        }
        gateway.zones.put(zone.id(), new Open(zone, devices.open(spec(zone, key))));
      }
    } catch (RuntimeException failed) {
      gateway.close();
      throw failed;
    }
    return gateway;
  }

  private static ZoneSpec spec(Zone zone, PrivateKey key) {
    return new ZoneSpec(
        zone.id(),
        zone.name(),
        zone.interfaceName(),
        zone.port(),
        zone.network4(),
        zone.gateway4(),
        zone.network6(),
        zone.gateway6(),
        zone.mtu(),
        key);
  }

  public Collection<Open> zones() {
    return zones.values();
  }

  /// The zones whose interface is down or gone: somebody else did that.
  public List<String> zonesAway() {
    return zones.values().stream()
        .filter(open -> !open.device().isServing())
        .map(open -> open.zone().name())
        .toList();
  }

  public Optional<Open> zone(short id) {
    return Optional.ofNullable(zones.get(id));
  }

  public Optional<Open> zone(String name) {
    return zones.values().stream().filter(open -> open.zone().name().equals(name)).findFirst();
  }

  @Override
  public void close() {
    try {
      devices.close();
    } finally {
      keys.forEach(PrivateKey::close);
    }
  }
}

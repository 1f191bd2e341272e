package io.wiregate.control.config;

import io.wiregate.os.net.IpPrefix;
import java.util.List;

/// What no zone can decide alone.
final class ZoneChecks {
  private final List<ZoneSettings> zones;

  ZoneChecks(List<ZoneSettings> zones) {
    this.zones = zones;
  }

  void check() {
    if (zones.isEmpty()) {
      throw new ConfigurationException("Every zone is disabled: enable one.");
    }
    for (int i = 0; i < zones.size(); i++) {
      for (int j = i + 1; j < zones.size(); j++) {
        compare(zones.get(i), zones.get(j));
      }
    }
  }

  private static void compare(ZoneSettings one, ZoneSettings other) {
    if (one.port() == other.port()) {
      throw both(one, other, "port", Integer.toString(one.port()), "give each zone its own port");
    }
    if (one.interfaceName().equals(other.interfaceName())) {
      throw both(one, other, "interface", one.interfaceName(), "give each zone its own interface");
    }
    if (overlap(one.network4(), other.network4())) {
      throw both(
          one, other, "network4", one.network4().toString(), "choose networks that do not overlap");
    }
    IpPrefix network6 = one.network6();
    IpPrefix otherNetwork6 = other.network6();
    if (network6 != null && otherNetwork6 != null && overlap(network6, otherNetwork6)) {
      throw both(
          one, other, "network6", network6.toString(), "choose networks that do not overlap");
    }
  }

  private static boolean overlap(IpPrefix one, IpPrefix other) {
    return one.contains(other) || other.contains(one);
  }

  private static ConfigurationException both(
      ZoneSettings one, ZoneSettings other, String key, String value, String remedy) {
    return new ConfigurationException(
        "zones."
            + one.name()
            + "."
            + key
            + " and zones."
            + other.name()
            + "."
            + key
            + " share "
            + value
            + ": "
            + remedy
            + ".");
  }
}

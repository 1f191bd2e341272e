package io.wiregate.control.config;

/// The five zones as they are where nothing is set.
enum ZoneDefaults {
  MAIN(0, "main", 44333, "10.90.0.0/16", false, true, false, "", "none", ""),
  ADMINS(1, "admins", 4430, "10.91.0.0/16", true, true, true, "all", "all", "0.0.0.0/0,::/0"),
  MEMBERS(2, "members", 4431, "10.92.0.0/16", true, true, false, "", "none", "0.0.0.0/0,::/0"),
  LAN(3, "lan", 4432, "10.93.0.0/16", false, true, false, "", "none", ""),
  GUESTS(4, "guests", 4433, "10.94.0.0/16", true, false, false, "", "none", "0.0.0.0/0,::/0");

  /// Stands in tables and frames: never changed.
  final short id;

  final String zone;
  final int port;
  final String network4;
  final boolean internet;
  final boolean peerToPeer;
  final boolean adminApi;
  final String reachesZones;
  final String privateNetworks;
  final String allowedIps;

  ZoneDefaults(
      int id,
      String zone,
      int port,
      String network4,
      boolean internet,
      boolean peerToPeer,
      boolean adminApi,
      String reachesZones,
      String privateNetworks,
      String allowedIps) {
    this.id = (short) id;
    this.zone = zone;
    this.port = port;
    this.network4 = network4;
    this.internet = internet;
    this.peerToPeer = peerToPeer;
    this.adminApi = adminApi;
    this.reachesZones = reachesZones;
    this.privateNetworks = privateNetworks;
    this.allowedIps = allowedIps;
  }
}

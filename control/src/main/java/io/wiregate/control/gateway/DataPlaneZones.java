package io.wiregate.control.gateway;

import io.wiregate.control.config.Configuration;
import io.wiregate.control.config.OffloadSettings;
import io.wiregate.control.policy.Finding;
import io.wiregate.control.policy.FirewallTable;
import io.wiregate.control.policy.ForeignFirewalls;
import io.wiregate.control.policy.GatewayPolicy;
import io.wiregate.control.policy.KernelForwarding;
import io.wiregate.control.policy.Nft;
import io.wiregate.control.state.StampFile;
import io.wiregate.control.system.PortHolder;
import io.wiregate.control.zone.Zone;
import io.wiregate.dataplane.DataPlane;
import io.wiregate.dataplane.DataPlaneOptions;
import io.wiregate.dataplane.Device;
import io.wiregate.dataplane.Engines;
import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.os.Errno;
import io.wiregate.os.OsException;
import io.wiregate.os.link.LinkAddress;
import io.wiregate.os.link.Netlink;
import io.wiregate.os.tun.TunOffloads;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The zones on this node's data plane: rules first, then forwarding, then an interface each with
/// its addresses, and back in the reverse order. Owner: the gateway. Any thread; calls do not come
/// at once.
public final class DataPlaneZones implements ZoneDevices {
  /// Workers beyond these have not been measured to help.
  private static final int MAX_WORKERS = 16;

  private final Consumer<String> say;
  private final Configuration configuration;
  private final Engines engines;
  private final DataPlane plane;
  private final List<OpenZone> open = new ArrayList<>();
  private @Nullable FirewallTable firewall;
  private @Nullable FirewallWatch watch;
  private @Nullable KernelForwarding forwarding;

  /// Starts the data plane's threads.
  ///
  /// @param say hears what was found and changed, a line at a time
  public DataPlaneZones(Configuration configuration, Consumer<String> say) {
    this.configuration = configuration;
    this.say = say;
    this.engines = Engines.select(configuration.cipher().engine());
    OffloadSettings offloads = configuration.offloads();
    int workers =
        configuration.workers() > 0
            ? configuration.workers()
            : Runtime.getRuntime().availableProcessors();
    try {
      plane =
          DataPlane.start(
              new DataPlaneOptions(
                  Math.min(workers, MAX_WORKERS),
                  1,
                  engines.aead(),
                  engines.x25519(),
                  offloads.tun(),
                  offloads.udp(),
                  StampFile.clock(configuration.stateDirectory().resolve("tai64n"), say)));
    } catch (OsException e) {
      throw new GatewayException("The data plane cannot start: " + e.getMessage() + ".", e);
    }
    OsException failure = plane.unreachableFailure();
    if (failure != null) {
      say.accept(
          "those behind the gateway are not told by ICMP that a peer is away ("
              + failure.getMessage()
              + "): grant CAP_NET_RAW.");
    }
  }

  @Override
  public void protect(List<Zone> zones) {
    GatewayPolicy policy = ZonePolicies.of(zones, configuration);
    Nft nft = Nft.onPath();
    FirewallTable installed = FirewallTable.install(nft, policy);
    firewall = installed;
    ForeignFirewalls.find(nft, Path.of("/proc"), policy).forEach(this::tell);
    watch = FirewallWatch.start(installed, policy, say);
    Path journal = configuration.stateDirectory().resolve("kernel-settings");
    forwarding = KernelForwarding.enable(KernelForwarding.PROC_SYS, journal, policy, this::tell);
  }

  private void tell(Finding finding) {
    say.accept(finding.text());
  }

  @Override
  public ZoneDevice open(ZoneSpec spec) {
    OpenZone zone;
    try {
      zone = new OpenZone(spec, plane.createDevice(spec.interfaceName(), spec.mtu()));
    } catch (OsException e) {
      throw new GatewayException(cannotCreate(spec, e), e);
    }
    open.add(zone);
    configure(spec, zone.device());
    zone.serve(say);
    if (forwarding != null) {
      forwarding.zoneInterfaceUp(spec.interfaceName());
    }
    return zone;
  }

  private void configure(ZoneSpec spec, Device device) {
    byte[] key = spec.privateKey().toBytes();
    device.setPrivateKey(PrivateKey.of(key, engines.x25519()));
    Arrays.fill(key, (byte) 0);
    try {
      device.setListenPort(spec.port());
      device.setUp();
    } catch (OsException e) {
      throw new GatewayException(cannotListen(spec, e), e);
    }
    try (Netlink netlink = Netlink.open()) {
      int index = netlink.link(device.name()).index();
      netlink.addAddress(new LinkAddress(index, spec.gateway4(), spec.network4().length()), true);
      netlink.addAddress(new LinkAddress(index, spec.gateway6(), spec.network6().length()), true);
    } catch (OsException e) {
      throw new GatewayException(
          "Zone "
              + spec.name()
              + " cannot have the addresses "
              + spec.gateway4()
              + " and "
              + spec.gateway6()
              + ": "
              + e.getMessage()
              + ".",
          e);
    }
  }

  private static String cannotCreate(ZoneSpec spec, OsException e) {
    String name = spec.interfaceName();
    return switch (e.errno()) {
      case Errno.EPERM, Errno.EACCES ->
          "Creating the interface "
              + name
              + " needs CAP_NET_ADMIN: run the gateway as root, or grant it that.";
      case Errno.ENOENT, Errno.ENODEV ->
          "/dev/net/tun is missing: load the kernel's module with 'modprobe tun', or give the"
              + " container that device.";
      case Errno.EBUSY ->
          "An interface named "
              + name
              + " exists already: end the program that has it, delete it with 'ip link del "
              + name
              + "', or set interface-prefix.";
      default -> "The interface " + name + " cannot be created: " + e.getMessage() + ".";
    };
  }

  private static String cannotListen(ZoneSpec spec, OsException e) {
    if (e.errno() == Errno.EADDRINUSE) {
      return "UDP port "
          + spec.port()
          + " of zone "
          + spec.name()
          + " is in use"
          + PortHolder.ofUdp(spec.port()).map(holder -> " by " + holder).orElse("")
          + ": end that program, or set zones."
          + spec.name()
          + ".port.";
    }
    return "Zone " + spec.name() + " cannot listen: " + e.getMessage() + ".";
  }

  @Override
  public void rehearse() {
    plane.rehearse();
  }

  @Override
  public String description() {
    String advice = engines.aeadReport().advice();
    return "data plane: "
        + plane.options().workers()
        + " workers, "
        + engines.aead().name()
        + " for packets"
        + engines.aeadReport().times()
        + (advice == null ? "" : " ('" + advice + "' brings a faster one)")
        + ", "
        + engines.x25519().name()
        + " for handshakes"
        + engines.x25519Report().times()
        + open.stream().findFirst().map(zone -> ", " + offloads(zone.device())).orElse("");
  }

  private static String offloads(Device device) {
    TunOffloads tun = device.tunOffloads();
    return String.format(
        Locale.ROOT, "TUN segmentation %s", tun.udp() ? "TCP and UDP" : tun.tcp() ? "TCP" : "off");
  }

  @Override
  public void close() {
    // Each part by itself: what fails must not keep the rules, which go last, from going.
    open.forEach(zone -> close(zone.toString(), zone::close));
    close("the data plane", plane::close);
    if (forwarding != null) {
      close("forwarding", forwarding::close);
    }
    if (watch != null) {
      close("the firewall's watch", watch::close);
    }
    if (firewall != null) {
      close("the firewall", firewall::close);
    }
  }

  private void close(String what, Runnable part) {
    try {
      part.run();
    } catch (RuntimeException failed) {
      say.accept(what + " did not close: " + failed.getMessage());
    }
  }
}

package io.wiregate.os.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.Capabilities;
import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@RequiresRoot
@RequiresTool("ip")
final class NetlinkTest {
  private static final int ESRCH = 3;

  private NetworkNamespace namespace;
  private Netlink netlink;
  private int eth0;

  @BeforeEach
  void open() throws OsException {
    namespace = NetworkNamespace.create();
    try (FileDescriptor file = NetworkNamespaces.open(namespace.path())) {
      netlink = Netlink.openIn(file);
    }
    namespace.exec("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1");
    namespace.exec("ip", "link", "set", "eth1", "up");
    eth0 = netlink.link("eth0").index();
  }

  @AfterEach
  void close() {
    netlink.close();
    namespace.close();
  }

  @Test
  void link_byNameAndIndex_isTheSame() throws OsException {
    Link link = netlink.link("eth0");

    assertThat(link.kind()).isEqualTo("veth");
    assertThat(link.isUp()).isFalse();
    assertThat(link.state()).isEqualTo(Link.State.DOWN);
    assertThat(link.mtu()).isEqualTo(1500);
    assertThat(netlink.link(link.index())).isEqualTo(link);
    assertThat(netlink.links()).extracting(Link::name).contains("lo", "eth0");
  }

  @Test
  void link_thatIsNotThere_isENODEV() {
    assertThat(errorOf(() -> netlink.link("nothere"))).isEqualTo(Errno.ENODEV);
    assertThat(errorOf(() -> netlink.link(9999))).isEqualTo(Errno.ENODEV);
    assertThat(errorOf(() -> netlink.link("a-name-of-more-than-fifteen-bytes")))
        .isEqualTo(Errno.ENODEV);
    assertThat(errorOf(() -> netlink.setUp(9999))).isEqualTo(Errno.ENODEV);
    assertThat(errorOf(() -> netlink.deleteLink(9999))).isEqualTo(Errno.ENODEV);
  }

  @Test
  void settings_ofALink_takeEffect() throws OsException {
    netlink.setUp(eth0);
    netlink.setMtu(eth0, 1420);
    netlink.setGsoMaximum(eth0, 60192, 42);

    Link link = netlink.link(eth0);
    assertThat(link.isUp()).isTrue();
    assertThat(link.mtu()).isEqualTo(1420);
    assertThat(link.gsoMaxSize()).isEqualTo(60192);
    assertThat(link.gsoMaxSegments()).isEqualTo(42);
    assertThat(namespace.exec("ip", "-d", "link", "show", "eth0"))
        .contains("mtu 1420")
        .contains("gso_max_size 60192")
        .contains("gso_max_segs 42");
    netlink.setDown(eth0);
    assertThat(netlink.link(eth0).isUp()).isFalse();
  }

  @Test
  void setMtu_outOfRange_isRefusedWithTheKernelsWords() {
    assertThatThrownBy(() -> netlink.setMtu(eth0, 1_000_000_000))
        .isInstanceOf(OsException.class)
        .hasMessageContaining("mtu greater than device maximum");
  }

  @Test
  void deleteLink_ofSoftware_removesIt() throws OsException {
    netlink.deleteLink(eth0);

    assertThat(errorOf(() -> netlink.link("eth0"))).isEqualTo(Errno.ENODEV);
    assertThat(errorOf(() -> netlink.deleteLink(1))).isEqualTo(Errno.EOPNOTSUPP);
  }

  @Test
  void addresses_ofBothFamilies_comeAndGo() throws OsException {
    LinkAddress v4 = new LinkAddress(eth0, IpAddress.parse("10.1.2.3"), 24);
    LinkAddress v6 = new LinkAddress(eth0, IpAddress.parse("fd00::3"), 64);
    netlink.setUp(eth0);
    netlink.addAddress(v4, true);
    netlink.addAddress(v6, true);

    assertThat(netlink.addresses(eth0)).contains(v4, v6);
    assertThat(namespace.exec("ip", "address", "show", "eth0"))
        .contains("10.1.2.3/24")
        .containsPattern("fd00::3/64 scope global nodad");
    assertThat(errorOf(() -> netlink.addAddress(v4, false))).isEqualTo(Errno.EEXIST);
    assertThat(errorOf(() -> netlink.addAddress(v6, true))).isEqualTo(Errno.EEXIST);

    netlink.removeAddress(v4);
    netlink.removeAddress(v6);
    assertThat(netlink.addresses(eth0)).doesNotContain(v4, v6);
    assertThat(errorOf(() -> netlink.removeAddress(v4))).isEqualTo(Errno.EADDRNOTAVAIL);
    assertThat(errorOf(() -> netlink.removeAddress(v6))).isEqualTo(Errno.EADDRNOTAVAIL);
  }

  @Test
  void addAddress_withoutInterface_isENODEV() {
    LinkAddress address = new LinkAddress(9999, IpAddress.parse("10.1.2.3"), 24);

    assertThat(errorOf(() -> netlink.addAddress(address, false))).isEqualTo(Errno.ENODEV);
  }

  @Test
  void routes_ofAllShapes_comeAndGo() throws OsException {
    netlink.setUp(eth0);
    netlink.addAddress(new LinkAddress(eth0, IpAddress.parse("10.1.2.3"), 24), false);
    netlink.addAddress(new LinkAddress(eth0, IpAddress.parse("fd00::3"), 64), true);
    Route direct = Route.through(eth0, IpPrefix.parse("10.9.0.0/16"));
    Route elsewhere =
        new Route(
            IpPrefix.parse("0.0.0.0/0"),
            eth0,
            51820,
            77,
            IpAddress.parse("10.1.2.1"),
            IpAddress.parse("10.1.2.3"));
    Route v6 =
        new Route(
            IpPrefix.parse("2001:db8::/32"),
            eth0,
            Route.MAIN_TABLE,
            5,
            IpAddress.parse("fd00::1"),
            IpAddress.parse("fd00::3"));
    netlink.addRoute(direct);
    netlink.addRoute(elsewhere);
    netlink.addRoute(v6);

    assertThat(netlink.routes(false, Route.MAIN_TABLE)).contains(direct);
    assertThat(netlink.routes(false, 51820)).containsExactly(elsewhere);
    assertThat(netlink.routes(true, Route.MAIN_TABLE)).contains(v6);
    assertThat(errorOf(() -> netlink.addRoute(direct))).isEqualTo(Errno.EEXIST);
    netlink.replaceRoute(direct);

    netlink.removeRoute(direct);
    netlink.removeRoute(elsewhere);
    netlink.removeRoute(v6);
    assertThat(errorOf(() -> netlink.removeRoute(direct))).isEqualTo(ESRCH);
    assertThat(netlink.routes(false, 51820)).isEmpty();
    assertThat(netlink.routes(true, Route.MAIN_TABLE)).doesNotContain(v6);
  }

  @Test
  void addRoute_gatewayOutOfReach_isENETUNREACHWithTheKernelsWords() throws OsException {
    netlink.setUp(eth0);
    Route route =
        new Route(IpPrefix.parse("10.9.0.0/16"), eth0, 254, 0, IpAddress.parse("192.0.2.1"), null);

    OsException failure = catchThrowableOfType(OsException.class, () -> netlink.addRoute(route));
    assertThat(failure.errno()).isEqualTo(Errno.ENETUNREACH);
    assertThat(failure).hasMessageContaining("Nexthop has invalid gateway");
  }

  @Test
  void isBroadcast_onlyOfTheNetworksLastAddress_isTrue() throws OsException {
    netlink.setUp(eth0);
    netlink.addAddress(new LinkAddress(eth0, IpAddress.parse("10.1.2.3"), 24), false);
    netlink.addAddress(new LinkAddress(eth0, IpAddress.parse("fd00::3"), 64), true);

    assertThat(netlink.isBroadcast(IpAddress.parse("10.1.2.255"))).isTrue();
    for (String other : new String[] {"10.1.2.254", "10.1.2.3", "fd00::ffff"}) {
      assertThat(netlink.isBroadcast(IpAddress.parse(other))).as(other).isFalse();
    }
    assertThat(errorOf(() -> netlink.isBroadcast(IpAddress.parse("192.0.2.1"))))
        .isEqualTo(Errno.ENETUNREACH);
  }

  @Test
  void rules_asWgQuickMakesThem_comeAndGo() throws OsException {
    for (boolean v6 : new boolean[] {false, true}) {
      RoutingRule marked = new RoutingRule(v6, 300, 51820, -1, true, 51820, -1);
      RoutingRule suppressed = new RoutingRule(v6, 200, 0, 0, false, Route.MAIN_TABLE, 0);
      netlink.addRule(marked);
      netlink.addRule(suppressed);

      assertThat(netlink.rules(v6)).containsSubsequence(suppressed, marked);
      assertThat(namespace.exec("ip", v6 ? "-6" : "-4", "rule", "show"))
          .contains("not from all fwmark 0xca6c lookup 51820")
          .contains("lookup main suppress_prefixlength 0");
      assertThat(errorOf(() -> netlink.addRule(marked))).isEqualTo(Errno.EEXIST);

      netlink.removeRule(marked);
      netlink.removeRule(suppressed);
      assertThat(netlink.rules(v6)).doesNotContain(marked, suppressed);
      assertThat(errorOf(() -> netlink.removeRule(marked))).isEqualTo(Errno.ENOENT);
    }
  }

  @Test
  void dump_ofManyRoutes_isComplete() throws OsException {
    netlink.setUp(eth0);
    int count = 2000; // several reads
    for (int i = 0; i < count; i++) {
      netlink.addRoute(
          new Route(new IpPrefix(IpAddress.v4(0x0a000000 | i << 8), 24), eth0, 100, 0, null, null));
    }

    assertThat(netlink.routes(false, 100)).hasSize(count).doesNotHaveDuplicates();
  }

  @Test
  void change_withoutCapNetAdmin_isEPERM() throws Exception {
    LinkAddress address = new LinkAddress(eth0, IpAddress.parse("10.1.2.3"), 24);
    Capabilities.without(
        Capabilities.CAP_NET_ADMIN,
        () -> {
          assertThat(errorOf(() -> netlink.setUp(eth0))).isEqualTo(Errno.EPERM);
          assertThat(errorOf(() -> netlink.addAddress(address, false))).isEqualTo(Errno.EPERM);
          assertThat(netlink.link(eth0).isUp()).isFalse();
        });
  }

  @Test
  void networkNamespaces_fileThatIsNone_isEINVAL() throws OsException {
    assertThat(errorOf(() -> NetworkNamespaces.open(Path.of("/nowhere")))).isEqualTo(Errno.ENOENT);
    try (FileDescriptor none = NetworkNamespaces.open(Path.of("/dev/null"))) {
      assertThat(errorOf(() -> Netlink.openIn(none))).isEqualTo(Errno.EINVAL);
    }
  }

  @Test
  void networkNamespaces_identity_isOneForEach() throws IOException {
    long here = NetworkNamespaces.currentIdentity();
    try (FileDescriptor file = NetworkNamespaces.open(namespace.path());
        FileDescriptor again = NetworkNamespaces.open(namespace.path())) {
      long there = NetworkNamespaces.identity(file);
      assertThat(there).isNotEqualTo(here).isEqualTo(NetworkNamespaces.identity(again));
      long seenThere =
          NetworkNamespaces.call(
              file,
              () -> {
                try {
                  return NetworkNamespaces.currentIdentity();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      assertThat(seenThere).isEqualTo(there);
    }
  }

  private static int errorOf(ThrowingCallable call) {
    return catchThrowableOfType(OsException.class, call).errno();
  }

  private int towards(String destination, String source, int mark) throws OsException {
    IpAddress from = source.isEmpty() ? null : IpAddress.parse(source);
    return netlink.linkTowards(
        new UdpFlow(IpAddress.parse(destination), 2000, from, 1000, 0, mark));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 24, 192.0.2.9, 203.0.113.1, 198.51.100.1",
    "2001:db8::1, 64, 2001:db8::9, 2001:db8:1::1, 2001:db8:2::1"
  })
  void linkTowards_destination_isAsRoutesSourcesAndRulesSay(
      String ours, int length, String neighbour, String far, String foreign) throws OsException {
    int eth1 = netlink.link("eth1").index();
    netlink.setUp(eth0);
    netlink.addAddress(new LinkAddress(eth0, IpAddress.parse(ours), length), true);
    assertThat(towards(neighbour, "", 0)).isEqualTo(eth0);
    assertThat(towards(neighbour, ours, 0)).isEqualTo(eth0);
    assertThat(catchThrowableOfType(OsException.class, () -> towards(far, "", 0)).errno())
        .isEqualTo(Errno.ENETUNREACH);
    IpAddress target = IpAddress.parse(far);
    netlink.addRoute(Route.through(eth0, new IpPrefix(target, target.bits())));
    assertThat(towards(far, ours, 0)).isEqualTo(eth0);
    netlink.addRoute(new Route(new IpPrefix(target, target.bits()), eth1, 1000, 0, null, null));
    netlink.addRule(new RoutingRule(target.isV6(), 100, 7, -1, false, 1000, -1));
    assertThat(towards(far, ours, 7)).isEqualTo(eth1);
    assertThat(towards(far, ours, 0)).isEqualTo(eth0);
    if (!target.isV6()) { // IPv6 lets routing choose without asking whose the source is
      assertThat(catchThrowableOfType(OsException.class, () -> towards(far, foreign, 0)).errno())
          .isIn(Errno.EINVAL, Errno.ENETUNREACH);
    }
  }
}

package io.wiregate.os.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.FileDescriptor;
import io.wiregate.os.OsException;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.poll.Epoll;
import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresRoot
@RequiresTool("ip")
final class LinkMonitorTest {
  private NetworkNamespace namespace;
  private FileDescriptor file;

  @BeforeEach
  void open() throws OsException {
    namespace = NetworkNamespace.create();
    file = NetworkNamespaces.open(namespace.path());
  }

  @AfterEach
  void close() {
    file.close();
    namespace.close();
  }

  @Test
  void poll_nothingHappened_isEmpty() throws OsException {
    try (LinkMonitor monitor = LinkMonitor.openIn(file)) {
      var _ = monitor.poll(); // what setting the namespace up has left
      LinkMonitor.Changes changes = monitor.poll();

      assertThat(changes.events()).isEmpty();
      assertThat(changes.routingChanged()).isFalse();
      assertThat(changes.resynchronise()).isFalse();
    }
  }

  @Test
  void poll_lifeOfALink_isToldInOrder() throws OsException {
    try (LinkMonitor monitor = LinkMonitor.openIn(file);
        Epoll epoll = new Epoll(1)) {
      epoll.add(monitor.fd(), 1);
      namespace.exec("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1");
      namespace.exec("ip", "link", "set", "eth0", "mtu", "1400", "up");
      namespace.exec("ip", "link", "delete", "eth0");

      assertThat(epoll.await(5000)).isEqualTo(1);
      List<LinkMonitor.Event> events = new ArrayList<>();
      while (events.isEmpty() || !events.getLast().isDeleted()) {
        for (LinkMonitor.Event event : monitor.poll().events()) {
          if (event.link().name().equals("eth0")) {
            events.add(event);
          }
        }
      }
      assertThat(events.getFirst().link().isUp()).isFalse();
      assertThat(events).anyMatch(event -> event.link().isUp() && event.link().mtu() == 1400);
    }
  }

  @Test
  void poll_addressAndRoute_tellThatRoutingChanged() throws OsException {
    try (LinkMonitor monitor = LinkMonitor.openIn(file);
        Netlink netlink = Netlink.openIn(file)) {
      var _ = monitor.poll();
      netlink.addAddress(new LinkAddress(1, IpAddress.parse("10.0.0.1"), 32), false);
      assertThat(monitor.poll().routingChanged()).isTrue();
      assertThat(monitor.poll().routingChanged()).isFalse();

      netlink.addRoute(Route.through(1, IpPrefix.parse("10.2.0.0/16")));
      assertThat(monitor.poll().routingChanged()).isTrue();

      netlink.addRule(new RoutingRule(false, 99, 1, 1, false, 99, -1));
      assertThat(monitor.poll().routingChanged()).isTrue();
    }
  }

  @Test
  void poll_moreThanTheSocketHolds_asksToResynchroniseOnce() throws OsException {
    try (LinkMonitor monitor = NetworkNamespaces.call(file, () -> LinkMonitor.open(4096));
        Netlink netlink = Netlink.openIn(file)) {
      for (int i = 0; i < 200; i++) {
        netlink.addAddress(new LinkAddress(1, IpAddress.v4(0x0a000001 + i), 32), false);
      }

      assertThat(monitor.poll().resynchronise()).isTrue();
      netlink.removeAddress(new LinkAddress(1, IpAddress.v4(0x0a000001), 32));
      LinkMonitor.Changes after = monitor.poll();
      assertThat(after.resynchronise()).isFalse();
      assertThat(after.routingChanged()).isTrue();
    }
  }

  @Test
  void poll_linkLeavesABridge_isNotADeletion() throws OsException {
    namespace.exec("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1");
    namespace.exec("ip", "link", "add", "br0", "type", "bridge");
    namespace.exec("ip", "link", "set", "eth0", "master", "br0");
    try (LinkMonitor monitor = LinkMonitor.openIn(file)) {
      namespace.exec("ip", "link", "set", "eth0", "nomaster");

      assertThat(monitor.poll().events()).isNotEmpty().noneMatch(LinkMonitor.Event::isDeleted);
    }
  }
}

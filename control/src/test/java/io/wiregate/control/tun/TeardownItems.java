package io.wiregate.control.tun;

import static io.wiregate.control.tun.LoopbackTunnel.SECOND_6;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.conformance.Proves;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Items 34 and 35: namespaces deleted under a tunnel, with its interfaces in each other's. What
/// the kernel says of its own objects then, only its own implementation can show; of a program
/// beside it can be shown that it ends by itself and leaves nothing.
@Execution(ExecutionMode.CONCURRENT)
abstract class TeardownItems extends NetnsItems {
  TeardownItems(Implementation first, Implementation second) {
    super(first, second);
  }

  @Test
  @Proves({"netns.34", "interface.gone"})
  void namespaces_deletedUnderATunnel_endTheProgram() {
    try (LoopbackTunnel tunnel = LoopbackTunnel.open(first, second)) {
      tunnel.overIpv6();
      tunnel.first().ping(SECOND_6);
      for (Host host : new Host[] {tunnel.first(), tunnel.second()}) {
        host.namespace().close();
        endsAndLeavesNothing(host);
      }
    }
  }

  /// Each program's namespace lives by the program and holds the other's interface.
  @Test
  @Proves({"netns.35", "interface.namespaces", "interface.gone"})
  void interfaces_inEachOthersNamespace_goWithIt() {
    try (NetworkNamespace one = NetworkNamespace.create();
        NetworkNamespace other = NetworkNamespace.create();
        Host a = Host.in(one, first);
        Host b = Host.in(other, second)) {
      a.awaitServed();
      b.awaitServed();
      move(a, other);
      move(b, one);
      a.setKey(a.keys());
      a.set("listen-port", "1000");
      other.exec("ip", "link", "set", a.tun(), "up");
      a.awaitListening(); // where it was made
      one.delete();
      other.delete();
      assertThat(a.program().isAlive()).isTrue();
      assertThat(b.program().isAlive()).isTrue();

      a.end();
      assertThat(a.socket()).doesNotExist();
      endsAndLeavesNothing(b);
    }
  }

  private static void move(Host host, NetworkNamespace where) {
    host.exec("ip", "link", "set", host.tun(), "netns", where.name());
  }

  private static void endsAndLeavesNothing(Host host) {
    assertThat(host.awaitEnd()).as(host.log()).isZero();
    assertThat(host.socket()).doesNotExist();
  }
}

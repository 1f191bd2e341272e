package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGATE;

import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import org.junit.jupiter.api.Nested;

/// The list of the kernel's `netns.sh` ([NetnsItems]) with `wiregate tun` on both ends. Beside
/// wireguard-go are [TunnelTest], [RoamingTest] and [KeysTest].
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "iperf3", "bash", "nc", "nft", "conntrack", "ss"})
final class WireGateNetnsTest {
  @Nested
  final class Transfers extends TransferItems {
    Transfers() {
      super(WIREGATE, WIREGATE);
    }
  }

  @Nested
  final class Roaming extends RoamingItems {
    Roaming() {
      super(WIREGATE, WIREGATE);
    }
  }

  @Nested
  final class Nesting extends NestingItems {
    Nesting() {
      super(WIREGATE, WIREGATE);
    }
  }

  @Nested
  final class Nat extends NatItems {
    Nat() {
      super(WIREGATE, WIREGATE);
    }
  }

  @Nested
  final class Sources extends SourceItems {
    Sources() {
      super(WIREGATE, WIREGATE);
    }
  }

  @Nested
  final class Key extends KeyItems {
    Key() {
      super(WIREGATE, WIREGATE);
    }
  }

  @Nested
  final class Configuration extends ConfigurationItems {
    Configuration() {
      super(WIREGATE);
    }
  }

  @Nested
  final class Teardown extends TeardownItems {
    Teardown() {
      super(WIREGATE, WIREGATE);
    }
  }
}

package io.wiregate.control.tun;

import static io.wiregate.control.tun.Implementation.WIREGUARD_GO;

import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Subject;
import org.junit.jupiter.api.Nested;

/// The list of the kernel's `netns.sh` ([NetnsItems]) with wireguard-go on both ends: how it does
/// is recorded, and fails nothing.
@Subject("wireguard-go")
@RequiresRoot
@RequiresTool({"ip", "wg", "ping", "iperf3", "bash", "nc", "nft", "conntrack", "ss"})
final class WireguardGoNetnsTest {
  @Nested
  final class Transfers extends TransferItems {
    Transfers() {
      super(WIREGUARD_GO, WIREGUARD_GO);
    }
  }

  @Nested
  final class Roaming extends RoamingItems {
    Roaming() {
      super(WIREGUARD_GO, WIREGUARD_GO);
    }
  }

  @Nested
  final class Nesting extends NestingItems {
    Nesting() {
      super(WIREGUARD_GO, WIREGUARD_GO);
    }
  }

  @Nested
  final class Nat extends NatItems {
    Nat() {
      super(WIREGUARD_GO, WIREGUARD_GO);
    }
  }

  @Nested
  final class Sources extends SourceItems {
    Sources() {
      super(WIREGUARD_GO, WIREGUARD_GO);
    }
  }

  @Nested
  final class Key extends KeyItems {
    Key() {
      super(WIREGUARD_GO, WIREGUARD_GO);
    }
  }

  @Nested
  final class Configuration extends ConfigurationItems {
    Configuration() {
      super(WIREGUARD_GO);
    }
  }

  @Nested
  final class Teardown extends TeardownItems {
    Teardown() {
      super(WIREGUARD_GO, WIREGUARD_GO);
    }
  }
}

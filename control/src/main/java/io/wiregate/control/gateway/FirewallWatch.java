package io.wiregate.control.gateway;

import io.wiregate.control.policy.FirewallException;
import io.wiregate.control.policy.FirewallTable;
import io.wiregate.control.policy.GatewayPolicy;
import java.time.Duration;
import java.util.function.Consumer;

/// Looks now and then whether the firewall's table still stands, and puts it back: `nft flush
/// ruleset`, or another firewall's reload, takes it away and opens the zones. Owner: the gateway;
/// one thread of its own.
final class FirewallWatch implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final FirewallTable table;
  private final GatewayPolicy policy;
  private final Consumer<String> say;
  private final Thread thread;

  private FirewallWatch(FirewallTable table, GatewayPolicy policy, Consumer<String> say) {
    this.table = table;
    this.policy = policy;
    this.say = say;
    thread = Thread.ofVirtual().name("firewall-watch").unstarted(this::run);
  }

  static FirewallWatch start(FirewallTable table, GatewayPolicy policy, Consumer<String> say) {
    FirewallWatch watch = new FirewallWatch(table, policy, say);
    watch.thread.start();
    return watch;
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(INTERVAL);
        look();
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /// Puts the table back if it is gone.
  void look() {
    try {
      if (!table.stands()) {
        table.replace(policy);
        say.accept(
            "the firewall table was gone and is back: see who flushes nftables on this node");
      }
    } catch (FirewallException failed) {
      say.accept("the firewall table cannot be looked after: " + failed.getMessage());
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

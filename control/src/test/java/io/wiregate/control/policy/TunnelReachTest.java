package io.wiregate.control.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.control.policy.AgentProcess.Result;
import io.wiregate.control.policy.ReachCells.Cell;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// The table of who reaches what, by stock WireGuard clients through the real appliance.
@RequiresRoot
@RequiresTool({"ip", "nft", "wg", "wireguard-go", "ping"})
final class TunnelReachTest {
  @Test
  void everyCell_throughTunnels_isAsTheTableSays() throws IOException {
    try (GatewayLab lab = GatewayLab.build(new Tunnels())) {
      Map<Cell, CompletableFuture<Result>> attempts = new LinkedHashMap<>();
      for (Cell cell : ReachCells.all()) {
        attempts.put(
            cell,
            lab.agent(cell.from())
                .attempt(cell.source(), cell.destination(), cell.protocol(), cell.port()));
      }
      List<String> wrong =
          attempts.entrySet().stream()
              .filter(entry -> !isExpected(entry.getKey(), entry.getValue().join()))
              .map(entry -> entry.getKey() + " but " + entry.getValue().join())
              .toList();
      assertThat(wrong).isEmpty();
      assertThat(attempts).hasSizeGreaterThan(400);
    }
  }

  /// A refusal must be told, not found out by waiting.
  private static boolean isExpected(Cell cell, Result result) {
    return cell.allowed() ? result.allowed() : result.denied();
  }
}

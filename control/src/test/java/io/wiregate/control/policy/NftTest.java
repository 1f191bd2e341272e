package io.wiregate.control.policy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class NftTest {
  private static void apply(String... command) {
    Nft.command(command).apply(NftablesCompiler.compile(ReachCells.policy()));
  }

  @Test
  void missingProgram_saysHowToInstallIt() {
    assertThatThrownBy(() -> apply("wiregate-no-such-nft"))
        .isInstanceOf(FirewallException.class)
        .hasMessage(
            "the program nft cannot be started, and without it the zones have no firewall: run apt"
                + " install nftables");
  }

  @Test
  void refusal_carriesTheProgramsMessage() {
    assertThatThrownBy(() ->
            apply(
                "sh", "-c", "echo 'internal:0:0-0: Error: No such file or directory' >&2; exit 1"))
        .hasMessage("nftables refused the zone policy: No such file or directory");
  }

  @Test
  void refusalForWantOfRights_saysWhich() {
    assertThatThrownBy(() ->
            apply(
                "sh",
                "-c",
                "echo 'Error: Could not process rule: Operation not permitted' >&2; exit 1"))
        .hasMessageEndingWith("run as root or with CAP_NET_ADMIN");
  }

  @Test
  void listingThatIsNotJson_isOneSentence() {
    assertThatThrownBy(() -> Nft.command("echo").list("tables")).hasMessageContaining("not JSON");
  }
}

package io.wiregate.os.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;

@RequiresRoot
@RequiresTool({"ip", "sleep"})
final class NetworkNamespaceTest {
  @Test
  void connect_twoNamespaces_reachEachOther() {
    try (NetworkNamespace left = NetworkNamespace.create();
        NetworkNamespace right = NetworkNamespace.create()) {
      NetworkNamespace.connect(left, "eth0", "10.9.0.1/24", right, "eth0", "10.9.0.2/24");

      assertThat(left.exec("ip", "-o", "-4", "address", "show", "eth0")).contains("10.9.0.1/24");
      assertThat(right.exec("ip", "-o", "route", "get", "10.9.0.1")).contains("dev eth0");
    }
  }

  @Test
  void exec_failingProgram_throwsItsOutput() {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      assertThatThrownBy(() -> namespace.exec("ip", "link", "show", "nothere"))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("nothere")
          .hasMessageContaining("does not exist");
    }
  }

  @Test
  void close_withProgramRunning_endsItAndRemovesTheNamespace() {
    NetworkNamespace namespace = NetworkNamespace.create();
    Process process = namespace.start("sleep", "1000");
    assertThat(process.isAlive()).isTrue();
    namespace.close();

    assertThat(process.isAlive()).isFalse();
    assertThat(Files.exists(namespace.path())).isFalse();
  }
}

package io.wiregate.control.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.control.TestMain;
import io.wiregate.control.database.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `wiregate up` as a process, with its embedded database and everything but the data plane.
final class UpProcessTest {
  private final Path state = TestDatabase.newDirectory();
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : processes) {
      process.destroy();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
    TestDatabase.delete(state);
  }

  private Process command(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                TestMain.class.getName()));
    command.addAll(List.of(arguments));
    command.add("--state=" + state);
    Process process =
        new ProcessBuilder(command).redirectError(state.resolve("err").toFile()).start();
    processes.add(process);
    return process;
  }

  @BeforeEach
  void copyCluster() {
    TestDatabase.copyCluster(state.resolve("postgres"));
  }

  private Process up() throws IOException {
    Process process = command("up", "--listen", "127.0.0.1:0");
    String line = firstLine(process);
    assertThat(line).as(Files.readString(state.resolve("err"))).startsWith("ready");
    assertThat(line).contains(Files.readString(state.resolve("api.url")).strip());
    return process;
  }

  private static String firstLine(Process process) throws IOException {
    BufferedReader reader = process.inputReader();
    return Objects.requireNonNullElse(reader.readLine(), "");
  }

  @Test
  void up_killedAndStartedAgain_keepsItsPeers() throws Exception {
    Process first = up();
    assertThat(command("peer", "add", "alice", "--zone", "members").waitFor()).isZero();
    first.destroyForcibly().waitFor();
    Process second = up();
    assertThat(Files.readString(state.resolve("err"))).contains("took over the embedded");
    Process list = command("peer", "list");
    String out =
        new String(list.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(out).contains("alice");
    second.destroy();
    assertThat(second.waitFor()).isZero();
    assertThat(state.resolve("postgres/data/postmaster.pid")).doesNotExist();
    assertThat(state.resolve("api.url")).doesNotExist();
  }

  @Test
  void up_besideARunningOne_isRefusedAndNamesIt() throws Exception {
    Process first = up();
    Process second = command("up", "--listen", "127.0.0.1:0");
    assertThat(second.waitFor()).isEqualTo(1);
    assertThat(Files.readString(state.resolve("err")))
        .hasLineCount(1)
        .contains("process " + first.pid());
    assertThat(first.isAlive()).isTrue();
  }
}

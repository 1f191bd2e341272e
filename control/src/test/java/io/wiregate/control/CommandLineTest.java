package io.wiregate.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// The exit status and the sentence are what scripts and people see of a command.
final class CommandLineTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    return line.execute(arguments);
  }

  @Test
  void version_isOneLineOnStandardOutput() {
    assertThat(run("version")).isZero();
    assertThat(out.toString()).startsWith("wiregate ").contains("Java 2").hasLineCount(1);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void noCommand_isWrongUsageWithTheCommands() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).contains("tun").contains("version");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void unknownCommand_isWrongUsage() {
    assertThat(run("tnu", "wg0")).isEqualTo(2);
    assertThat(err.toString()).startsWith("wiregate: ").contains("tnu");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "sixteen-bytes-xx", "a/b", "a b", "a:b", ".", "..", "äääääääää"})
  void tun_ofWhatCannotNameAnInterface_isWrongUsage(String name) {
    assertThat(run("tun", name)).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("wiregate tun: '" + name + "' cannot name")
        .hasLineCount(1);
  }

  @Test
  void tun_withoutName_isWrongUsage() {
    assertThat(run("tun")).isEqualTo(2);
    assertThat(err.toString()).startsWith("wiregate tun: ").contains("NAME").hasLineCount(1);
  }
}

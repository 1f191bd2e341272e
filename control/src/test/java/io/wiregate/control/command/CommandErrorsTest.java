package io.wiregate.control.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

final class CommandErrorsTest {
  @Command(name = "try")
  private static final class Throwing implements Callable<Integer> {
    private final Exception failure;

    Throwing(Exception failure) {
      this.failure = failure;
    }

    @Override
    public Integer call() throws Exception {
      throw failure;
    }
  }

  private final StringWriter err = new StringWriter();

  private int run(Exception failure) {
    return CommandErrors.install(new CommandLine(new Throwing(failure)))
        .setErr(new PrintWriter(err, true))
        .execute();
  }

  @Test
  void commandFailure_isItsSentenceAndStatusOne() {
    assertThat(run(new CommandFailure("The disk is full: free some."))).isEqualTo(1);
    assertThat(err).hasToString("try: The disk is full: free some.\n");
  }

  @Test
  void anyOtherException_isOneLineWithoutATrace() {
    assertThat(run(new IllegalStateException("x"))).isEqualTo(1);
    assertThat(err.toString())
        .hasLineCount(1)
        .contains("fault of WireGate's own")
        .contains("IllegalStateException: x");
  }

  @Test
  void traces_areForDebuggingLevels() {
    assertThat(CommandErrors.traces("debug")).isTrue();
    assertThat(CommandErrors.traces("verbose")).isTrue();
    assertThat(CommandErrors.traces("error")).isFalse();
    assertThat(CommandErrors.traces(null)).isFalse();
  }
}

package io.wiregate.control.command;

import io.wiregate.control.api.ApiException;
import io.wiregate.control.config.ConfigurationException;
import io.wiregate.control.database.DatabaseAwayException;
import io.wiregate.control.database.DatabaseException;
import io.wiregate.control.gateway.GatewayException;
import io.wiregate.control.policy.FirewallException;
import io.wiregate.control.state.StateException;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;

/// How every command fails: one sentence on standard error, status 1 (failed) or 2 (wrong usage). A
/// stack trace only where `LOG_LEVEL` asks for it.
public final class CommandErrors {
  /// Those whose message is one sentence for the operator; any other is a fault of ours.
  private static final List<Class<? extends Exception>> TOLD =
      List.of(
          CommandFailure.class,
          ConfigurationException.class,
          StateException.class,
          DatabaseException.class,
          DatabaseAwayException.class,
          GatewayException.class,
          ApiException.class,
          FirewallException.class);

  private CommandErrors() {}

  /// Sets both handlers on a command line and all of its subcommands.
  public static CommandLine install(CommandLine commandLine) {
    return commandLine
        .setExecutionExceptionHandler((failure, command, _) -> failed(failure, command))
        .setParameterExceptionHandler((wrong, _) -> wrongUsage(wrong))
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static int failed(Exception failure, CommandLine command) {
    boolean trace = traces(System.getenv("LOG_LEVEL"));
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    if (TOLD.contains(failure.getClass())) {
      String sentence = String.valueOf(failure.getMessage());
      err.println(name + ": " + sentence + (sentence.endsWith(".") ? "" : "."));
    } else {
      err.println(
          name
              + ": this is a fault of WireGate's own ("
              + failure
              + ")"
              + (trace ? "." : "; LOG_LEVEL=debug shows where."));
    }
    if (trace) {
      failure.printStackTrace(err);
    }
    err.flush();
    return ExitCode.SOFTWARE;
  }

  private static int wrongUsage(ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    err.println(name + ": " + wrong.getMessage() + "; see '" + name + " --help'.");
    if (!command.getSubcommands().isEmpty()) {
      command.usage(err);
    }
    err.flush();
    return ExitCode.USAGE;
  }

  static boolean traces(@Nullable String logLevel) {
    return "debug".equals(logLevel) || "verbose".equals(logLevel);
  }
}

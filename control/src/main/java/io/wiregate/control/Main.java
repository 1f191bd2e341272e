package io.wiregate.control;

import io.wiregate.control.command.CommandErrors;
import io.wiregate.control.command.PeerCommand;
import io.wiregate.control.command.TunCommand;
import io.wiregate.control.command.UpCommand;
import io.wiregate.control.command.VersionCommand;
import io.wiregate.control.command.ZoneCommand;
import io.wiregate.control.demo.DemoCommand;
import io.wiregate.control.gateway.DataPlaneZones;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ScopeType;

/// The command line. Each subcommand is a class of `io.wiregate.control.command`; the exit status
/// is 0 done, 1 failed, 2 wrong usage.
@Command(
    name = "wiregate",
    description = "A WireGuard VPN gateway.",
    synopsisSubcommandLabel = "COMMAND",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.class,
    subcommands = {
      PeerCommand.class,
      ZoneCommand.class,
      DemoCommand.class,
      TunCommand.class,
      VersionCommand.class,
      HelpCommand.class
    })
public final class Main {
  private Main() {}

  /// Runs one command and ends the process with its exit status.
  public static void main(String... args) {
    System.exit(commandLine().execute(args));
  }

  /// The command line as it is parsed: for [#main], for tests and for the shell completion.
  public static CommandLine commandLine() {
    return commandLine(new UpCommand(DataPlaneZones::new));
  }

  static CommandLine commandLine(UpCommand up) {
    return CommandErrors.install(new CommandLine(new Main()).addSubcommand(up));
  }
}

package io.wiregate.control;

import io.wiregate.control.command.CommandErrors;
import io.wiregate.control.command.DoctorCommand;
import io.wiregate.control.command.PeerCommand;
import io.wiregate.control.command.TunCommand;
import io.wiregate.control.command.UpCommand;
import io.wiregate.control.command.VersionCommand;
import io.wiregate.control.command.ZoneCommand;
import io.wiregate.control.demo.DemoCommand;
import io.wiregate.control.gateway.DataPlaneZones;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
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
    versionProvider = VersionCommand.class)
public final class Main {
  private Main() {}

  /// Runs one command and ends the process with its exit status.
  public static void main(String... args) {
    FatalFault.watch();
    // Describing a command to picocli takes longer than many a command: where one is named, the
    // others are left out.
    Map<String, Supplier<Object>> commands = commands(() -> new UpCommand(DataPlaneZones::new));
    Supplier<Object> named = args.length == 0 ? null : commands.get(args[0]);
    Map<String, Supplier<Object>> needed = named == null ? commands : Map.of(args[0], named);
    System.exit(commandLine(needed).execute(args));
  }

  /// The whole command line, for tests and for the shell completion.
  public static CommandLine commandLine() {
    return commandLine(new UpCommand(DataPlaneZones::new));
  }

  static CommandLine commandLine(UpCommand up) {
    return commandLine(commands(() -> up));
  }

  private static CommandLine commandLine(Map<String, Supplier<Object>> commands) {
    CommandLine commandLine = new CommandLine(new Main());
    commands.forEach((name, command) -> commandLine.addSubcommand(name, command.get()));
    return CommandErrors.install(commandLine);
  }

  /// In the order in which the help shows them.
  private static Map<String, Supplier<Object>> commands(Supplier<Object> up) {
    Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
    commands.put("up", up);
    commands.put("peer", PeerCommand::new);
    commands.put("zone", ZoneCommand::new);
    commands.put("doctor", DoctorCommand::new);
    commands.put("demo", DemoCommand::new);
    commands.put("tun", TunCommand::new);
    commands.put("version", VersionCommand::new);
    commands.put("help", HelpCommand::new);
    return commands;
  }
}

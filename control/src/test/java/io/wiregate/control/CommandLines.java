package io.wiregate.control;

import io.wiregate.control.command.UpCommand;
import io.wiregate.control.gateway.MemoryZoneDevices;
import picocli.CommandLine;

/// The command line, for tests of other packages.
public final class CommandLines {
  private CommandLines() {}

  public static CommandLine main() {
    return Main.commandLine(new UpCommand((_, _) -> new MemoryZoneDevices()));
  }
}

package io.wiregate.control;

import io.wiregate.control.command.UpCommand;
import io.wiregate.control.gateway.MemoryZoneDevices;

/// `wiregate` with a data plane in memory, as a process of its own.
public final class TestMain {
  private TestMain() {}

  public static void main(String[] arguments) {
    UpCommand up = new UpCommand(configuration -> new MemoryZoneDevices());
    System.exit(Main.commandLine(up).execute(arguments));
  }
}

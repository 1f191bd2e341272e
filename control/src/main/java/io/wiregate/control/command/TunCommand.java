package io.wiregate.control.command;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `wiregate tun [-f] NAME`: the behaviour of wireguard-go's command.
///
/// This process always stays: going to the background is the launcher's part, because a JVM cannot
/// fork. Without `-f` the launcher starts this command detached and waits for [Readiness].
@Command(
    name = "tun",
    description = {
      "Serve one WireGuard interface, as wireguard-go does: wg, wg-quick and scripts made for it work unchanged.",
      "LOG_LEVEL (verbose, debug, error, silent) and WG_PROCESS_FOREGROUND=1 are honoured.",
      "Where a kernel or a network card gets an offload wrong, WIREGATE_OFFLOADS_TUN_TCP, _TUN_UDP, _UDP_SEGMENTATION,"
          + " _UDP_RECEIVE or _UDP_STEERING set to 'false' goes without it."
    })
public final class TunCommand implements Callable<Integer> {
  /// `IFNAMSIZ` of the kernel's `if.h`, less the terminating zero.
  private static final int MAXIMUM_NAME_BYTES = 15;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-f", "--foreground"},
      description =
          "Stay in the foreground. Without it the command returns once the configuration socket is served.")
  @SuppressWarnings("UnusedVariable") // accepted here, acted upon by the launcher
  private boolean foreground;

  @Parameters(index = "0", paramLabel = "NAME", description = "The interface's name, such as wg0.")
  private String name;

  @Override
  public Integer call() throws Exception {
    if (!isInterfaceName(name)) {
      throw new ParameterException(
          spec.commandLine(),
          "'" + name + "' cannot name an interface: at most 15 bytes, without spaces, '/' and ':'");
    }
    try (Readiness readiness = Readiness.fromEnvironment();
        TunService served = TunService.start(name)) {
      readiness.announce();
      served.awaitEnd();
    }
    return 0;
  }

  /// The kernel's rule, `dev_valid_name` in `net/core/dev.c`.
  static boolean isInterfaceName(String name) {
    return !name.isEmpty()
        && name.getBytes(StandardCharsets.UTF_8).length <= MAXIMUM_NAME_BYTES
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == ':' || c == 0 || Character.isWhitespace(c));
  }
}

package io.wiregate.control.command;

import io.wiregate.control.doctor.Check;
import io.wiregate.control.doctor.Doctor;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/// `wiregate doctor`: whether a gateway would start here, and what would make it better.
@Command(
    name = "doctor",
    description = {
      "Looks at what a gateway needs of this machine, without starting one.",
      "Status 1 where one cannot start."
    },
    mixinStandardHelpOptions = true)
public final class DoctorCommand implements Callable<Integer> {
  @Mixin private final ConfigurationOptions configuration = new ConfigurationOptions();

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() {
    List<Check> checks = Doctor.examine(configuration.read());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(checks));
    } else {
      print(checks, out);
    }
    out.flush();
    return Doctor.verdict(checks) == Check.Verdict.FAILURE ? ExitCode.SOFTWARE : ExitCode.OK;
  }

  private static void print(List<Check> checks, PrintWriter out) {
    Table table = new Table("", "WHAT", "FOUND");
    for (Check check : checks) {
      String advice = check.advice();
      table.add(
          check.verdict().name().toLowerCase(Locale.ROOT),
          check.subject(),
          check.found() + (advice == null ? "" : ": " + advice));
    }
    table.print(out);
  }
}

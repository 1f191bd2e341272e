package io.wiregate.control.command;

import io.wiregate.control.Appliance;
import io.wiregate.control.FatalFault;
import io.wiregate.control.LogConfiguration;
import io.wiregate.control.config.Configuration;
import io.wiregate.control.config.Settings;
import io.wiregate.control.gateway.ZoneDevices;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `wiregate up`: runs the gateway in the foreground.
@Command(
    name = "up",
    description = {
      "Runs the gateway in the foreground: five zones, the API, and a PostgreSQL of its own.",
      "Prints a line that begins with 'ready' once every zone listens and the API answers."
    },
    mixinStandardHelpOptions = true)
public final class UpCommand implements Callable<Integer> {
  private static final String SETTINGS = "settings";

  /// Less than what service managers wait before they kill.
  private static final long SHUTDOWN_SECONDS = 30;

  private final BiFunction<Configuration, Consumer<String>, ZoneDevices> devices;
  private final AtomicReference<End> end = new AtomicReference<>(End.NOT_YET);

  /// How the command ends.
  private enum End {
    NOT_YET,
    FAILED,
    BY_SIGNAL
  }

  @Mixin private final ConfigurationOptions options = new ConfigurationOptions();

  /// @param devices makes the data plane
  public UpCommand(BiFunction<Configuration, Consumer<String>, ZoneDevices> devices) {
    this.devices = devices;
  }

  @Spec
  void setSpec(CommandSpec spec) {
    spec.usageMessage().sectionMap().put(SETTINGS, help());
    var keys = new java.util.ArrayList<>(spec.usageMessage().sectionKeys());
    keys.add(SETTINGS);
    spec.usageMessage().sectionKeys(keys);
  }

  private static IHelpSectionRenderer help() {
    return help ->
        "\nSettings, as keys of the configuration file (YAML) and as environment variables, which"
            + " stand over it:\n\n"
            + String.join("\n", Settings.help())
            + "\n";
  }

  @Override
  public Integer call() throws InterruptedException {
    long begunNanos = System.nanoTime();
    Configuration configuration = options.read();
    System.setProperty(LogConfiguration.LEVEL_PROPERTY, configuration.logLevel().name());
    var _ = LoggerFactory.getILoggerFactory(); // before there are several threads
    CountDownLatch forever = new CountDownLatch(1);
    try {
      Appliance appliance =
          Appliance.start(configuration, devices, UpCommand::say, this::closeAtExit);
      System.out.println(
          "ready: the API answers at "
              + appliance.url()
              + " (after "
              + (System.nanoTime() - begunNanos) / 1_000_000
              + " ms)");
      System.out.flush();
    } catch (RuntimeException failed) {
      if (end.compareAndSet(End.NOT_YET, End.FAILED)) {
        throw failed;
      }
    }
    forever.await();
    return 0;
  }

  /// A signal ends the virtual machine, which runs this first. What has ended in order did what it
  /// was asked for: status 0, not the signal's.
  private void closeAtExit(Appliance appliance) {
    Runnable close =
        () -> {
          if (end.compareAndSet(End.NOT_YET, End.BY_SIGNAL)) {
            FatalFault.haltAfter(SHUTDOWN_SECONDS);
            appliance.close();
            // A start that was under way sees that, and takes back what it has done since.
            appliance.awaitStart();
            appliance.close();
            Runtime.getRuntime().halt(FatalFault.exitStatus());
          }
        };
    Runtime.getRuntime().addShutdownHook(new Thread(close, "shutdown"));
  }

  private static void say(String line) {
    System.err.println("wiregate: " + line);
  }
}

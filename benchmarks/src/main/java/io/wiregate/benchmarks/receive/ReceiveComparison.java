package io.wiregate.benchmarks.receive;

import io.wiregate.os.OsException;
import io.wiregate.os.internal.NativeLibrary;
import io.wiregate.os.net.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;

/// Sends datagrams to one receiver after the other and says what they cost it; see
/// `benchmarks/receive`.
///
/// ```
///   ReceiveComparison ROUNDS SECONDS RECEIVERS TRAFFICS REMOTE_IPV4 LOCAL_IPV4 [forward] COMMAND ...
/// ```
///
/// COMMAND starts a [ReceivingProgram] in the other namespace, on the other processor; with
/// `forward` it also writes each datagram to a TUN interface.
final class ReceiveComparison implements AutoCloseable {
  private static final int PORT = 5555;
  private static final int WARM_UP_SECONDS = 4;

  /// Messages, datagrams and bytes of a backlog at most: fewer than fill the receiver's socket,
  /// also where the kernel cuts messages into datagrams.
  private static final int BACKLOG = 2048;

  private static final int BACKLOG_DATAGRAMS = 4096;
  private static final int BACKLOG_BYTES = 4_000_000;

  private static final int SIGKILL = 9;
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;

  private static final MethodHandle kill$mh =
      NativeLibrary.c().function("kill", NativeLibrary.intFunction(int.class, int.class));

  private final Process receiver;
  private final BufferedReader answers;
  private final PrintWriter questions;
  private final DatagramSource source;

  private ReceiveComparison(List<String> command, DatagramSource source) throws IOException {
    this.source = source;
    receiver = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    answers = receiver.inputReader(StandardCharsets.US_ASCII);
    questions = new PrintWriter(receiver.outputWriter(StandardCharsets.US_ASCII), true);
  }

  /// What one receiver made of one kind of traffic.
  ///
  /// @param sent datagrams
  /// @param nanos from the first to the last of them
  private record Outcome(Reading reading, long sent, long nanos) {
    double nanosEach() {
      return reading.processorNanos() / (double) reading.taken();
    }
  }

  public static void main(String[] arguments) throws IOException {
    int rounds = Integer.parseInt(arguments[0]);
    double seconds = Double.parseDouble(arguments[1]);
    String[] receivers = arguments[2].split(",", -1);
    List<Traffic> traffics =
        Arrays.stream(arguments[3].split(",", -1)).map(Traffic::parse).toList();
    boolean forwards = arguments[6].equals("forward");
    List<String> options = forwards ? List.of(arguments[6]) : List.of();
    List<String> command = List.of(arguments).subList(forwards ? 7 : 6, arguments.length);
    Map<String, List<Outcome>> backlogs = new LinkedHashMap<>();
    Map<String, List<Outcome>> floods = new LinkedHashMap<>();
    IpAddress remote = IpAddress.parse(arguments[4]);
    try (DatagramSource source = new DatagramSource(remote, PORT)) {
      for (int round = 0; round < rounds; round++) {
        for (String name : receivers) {
          List<String> whole = new ArrayList<>(command);
          whole.addAll(List.of(name, arguments[4], Integer.toString(PORT), arguments[5]));
          whole.addAll(options);
          try (ReceiveComparison comparison = new ReceiveComparison(whole, source)) {
            comparison.warmUp(traffics);
            for (Traffic traffic : traffics) {
              String row = traffic + name;
              source.prepare(traffic);
              backlogs
                  .computeIfAbsent(row, r -> new ArrayList<>())
                  .add(comparison.backlog(traffic, seconds));
              floods.computeIfAbsent(row, r -> new ArrayList<>()).add(comparison.flood(seconds));
            }
          }
        }
      }
    }
    print(receivers, traffics, backlogs, floods);
  }

  private void warmUp(List<Traffic> traffics) throws IOException {
    for (int i = 0; read().processorNanos() < 0; i++) {
      if (i > 1000) {
        throw new IOException("the receiver does not start");
      }
      pause(10_000_000);
    }
    pause(100_000_000); // until it is bound
    for (Traffic traffic : traffics) {
      source.prepare(traffic);
      backlog(traffic, WARM_UP_SECONDS / 2.0 / traffics.size());
      flood(WARM_UP_SECONDS / 2.0 / traffics.size());
    }
  }

  /// Datagrams wait before any is taken: the receiver is stopped while they are sent, and has
  /// nothing else to do afterwards. Once it is compiled it has taken all before the next are sent,
  /// so that nothing should be dropped.
  private Outcome backlog(Traffic traffic, double seconds) throws IOException {
    int datagrams = Math.min(BACKLOG_DATAGRAMS, BACKLOG_BYTES / traffic.size());
    int backlog = Math.min(BACKLOG, datagrams / traffic.segments()) * traffic.segments();
    Reading before = read();
    long sent = 0;
    long start = System.nanoTime();
    while (System.nanoTime() - start < seconds * 1e9) {
      signal(SIGSTOP);
      pause(200_000);
      int sentNow = 0;
      while (sentNow < backlog) {
        source.send();
        sentNow += source.step();
      }
      signal(SIGCONT);
      sent += sentNow;
      pause(12_000_000);
    }
    return outcome(before, sent, System.nanoTime() - start);
  }

  /// Datagrams are sent as fast as the sender can; what does not fit the socket is dropped.
  private Outcome flood(double seconds) throws IOException {
    Reading before = read();
    long sent = 0;
    long start = System.nanoTime();
    long now = start;
    while (now - start < seconds * 1e9) {
      for (int i = 0; i < 64; i++) {
        source.send();
        sent += source.step();
      }
      now = System.nanoTime();
    }
    return outcome(before, sent, now - start);
  }

  private Outcome outcome(Reading before, long sent, long nanos) throws IOException {
    Reading reading = settled().minus(before);
    if (reading.wrong() != 0 || reading.taken() > sent || reading.taken() == 0) {
      throw new IOException(sent + " were sent, but right and wrong were: " + reading);
    }
    return new Outcome(reading, sent, nanos);
  }

  /// What it has done once it has taken all that waits.
  private Reading settled() throws IOException {
    Reading last = read();
    while (true) {
      pause(50_000_000);
      Reading next = read();
      if (next.taken() == last.taken()) {
        return next;
      }
      last = next;
    }
  }

  private Reading read() throws IOException {
    questions.println();
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the receiver has ended");
    }
    return Reading.parse(line);
  }

  private void signal(int number) {
    try {
      int result = (int) kill$mh.invokeExact((int) receiver.pid(), number);
      if (result != 0) {
        throw new IllegalStateException("the receiver has ended");
      }
    } catch (IllegalStateException e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  private static void pause(long nanos) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /// Ends the receiver: it closes what it opened.
  @Override
  public void close() throws IOException {
    if (receiver.isAlive()) {
      signal(SIGCONT);
    }
    questions.close();
    try {
      source.end();
      if (!receiver.waitFor(Duration.ofSeconds(10))) {
        signal(SIGKILL);
        throw new IOException("the receiver did not end");
      }
    } catch (InterruptedException e) {
      signal(SIGKILL);
      Thread.currentThread().interrupt();
    }
    if (receiver.exitValue() != 0) {
      throw new OsException("the receiver", receiver.exitValue());
    }
  }

  private static void print(
      String[] receivers,
      List<Traffic> traffics,
      Map<String, List<Outcome>> backlogs,
      Map<String, List<Outcome>> floods) {
    System.out.printf(
        "%-14s %-16s %8s %8s %8s %8s %8s   %8s %8s %8s%n",
        "size x flows", "receiver", "backlog:", "", "", "", "", "flood:", "", "");
    System.out.printf(
        "%-14s %-16s %8s %8s %8s %8s %8s   %8s %8s %8s%n",
        "(x segments)",
        "",
        "ns each",
        "ratio",
        "a turn",
        "B each",
        "% lost",
        "ns each",
        "a turn",
        "1000/s");
    for (Traffic traffic : traffics) {
      double first = 0;
      for (String name : receivers) {
        List<Outcome> backlog = backlogs.getOrDefault(traffic + name, List.of());
        List<Outcome> flood = floods.getOrDefault(traffic + name, List.of());
        double each = median(backlog, Outcome::nanosEach);
        first = first == 0 ? each : first;
        System.out.printf(
            Locale.ROOT,
            "%-14s %-16s %8.0f %8.2f %8.1f %8.2f %8.2f   %8.0f %8.1f %8.0f%n",
            traffic,
            name,
            each,
            each / first,
            median(backlog, o -> (double) o.reading.taken() / o.reading.turns()),
            median(backlog, o -> (double) o.reading.allocatedBytes() / o.reading.taken()),
            median(backlog, o -> 100 * (1 - (double) o.reading.taken() / o.sent())),
            median(flood, Outcome::nanosEach),
            median(flood, o -> (double) o.reading.taken() / o.reading.turns()),
            median(flood, o -> o.reading.taken() * 1e6 / o.nanos));
      }
    }
  }

  private static double median(List<Outcome> outcomes, ToDoubleFunction<Outcome> value) {
    double[] values = outcomes.stream().mapToDouble(value).sorted().toArray();
    return values[(values.length - 1) / 2];
  }
}

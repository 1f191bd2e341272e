package io.wiregate.control.policy;

import io.wiregate.os.net.IpPrefix;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The kernel's switches that make a host a router, `/proc/sys/net`: set only where they are not as
/// needed, told, and put back at the end. Where `/proc/sys` cannot be written (most containers),
/// what is wrong is told instead.
///
/// `net.ipv4.ip_forward` and `net.ipv6.conf.all.forwarding` are switched on. A host that forwards
/// IPv6 ignores router advertisements, and would lose its own default route, unless `accept_ra` is
/// 2 (kernel documentation, ip-sysctl): interfaces that accepted them so far keep doing so.
///
/// One thread at a time. Install [FirewallTable] first, or the node routes everybody's packets.
public final class KernelForwarding implements AutoCloseable {
  public static final Path PROC_SYS = Path.of("/proc/sys");

  private static final List<String> NOT_INTERFACES = List.of("all", "default");

  /// A value that was changed.
  private record Change(Path file, String before, String ours) {}

  private final Path sys;
  private final @Nullable Path journal;
  private final Consumer<Finding> say;
  private final List<Change> changes = new ArrayList<>();
  private final List<Path> forwardedBefore = new ArrayList<>();
  private boolean v4;
  private boolean v6;

  private KernelForwarding(Path sys, @Nullable Path journal, Consumer<Finding> say) {
    this.sys = sys;
    this.journal = journal;
    this.say = say;
  }

  /// Switches on what the policy's zones need.
  ///
  /// @param sys [#PROC_SYS], or another tree that looks like it
  /// @param say hears what was changed and what could not be
  public static KernelForwarding enable(Path sys, GatewayPolicy policy, Consumer<Finding> say) {
    return enable(sys, null, policy, say);
  }

  /// Switches on what the policy's zones need, and remembers it beyond a kill.
  ///
  /// @param journal a file that outlives a killed run: what that one changed is put back at the end
  ///   of the next
  public static KernelForwarding enable(
      Path sys, @Nullable Path journal, GatewayPolicy policy, Consumer<Finding> say) {
    KernelForwarding forwarding = new KernelForwarding(sys, journal, say);
    forwarding.adopt();
    List<IpPrefix> networks =
        policy.zones().stream().flatMap(zone -> zone.networks().stream()).toList();
    if (networks.stream().anyMatch(network -> !network.isV6())) {
      forwarding.enableV4();
    }
    if (networks.stream().anyMatch(IpPrefix::isV6)) {
      forwarding.enableV6();
    }
    return forwarding;
  }

  private void enableV4() {
    v4 = true;
    if (changes.isEmpty()) {
      rememberForwarded("net/ipv4/conf");
    }
    switchOn("IPv4", sys.resolve("net/ipv4/ip_forward"));
  }

  private void enableV6() {
    Path all = sys.resolve("net/ipv6/conf/all/forwarding");
    if (!Files.exists(all)) {
      say.accept(
          Finding.warning(
              "the kernel has no IPv6, so the zones' IPv6 networks reach nothing; boot without"
                  + " ipv6.disable=1 or take the networks out of the zones"));
      return;
    }
    v6 = true;
    if (read(all).filter("0"::equals).isPresent()) {
      rememberForwarded("net/ipv6/conf");
      keepRouterAdvertisements();
    }
    switchOn("IPv6", all);
  }

  private void switchOn(String family, Path file) {
    Optional<String> value = read(file);
    if (value.filter(text -> !text.equals("0")).isPresent()) {
      return;
    }
    String name = sysctl(file);
    Optional<String> refusal =
        value.isPresent() ? change(file, value.get(), "1") : Optional.of("it cannot be read");
    say.accept(
        refusal
            .map(why ->
                Finding.warning(
                    family
                        + " forwarding is off and cannot be switched on here ("
                        + why
                        + "), so zones reach nothing beyond the gateway; on the node run sysctl"
                        + " -w "
                        + name
                        + "=1"))
            .orElseGet(
                () -> Finding.info("switched on " + family + " forwarding: " + name + "=1")));
  }

  /// Interfaces that forwarded by themselves while the switch for all was off; switching that back
  /// would take it from them.
  private void rememberForwarded(String family) {
    for (String name : interfaces(family)) {
      Path file = sys.resolve(family).resolve(name).resolve("forwarding");
      if (read(file).filter("1"::equals).isPresent()) {
        forwardedBefore.add(file);
      }
    }
  }

  /// Before forwarding is switched on: at that moment the kernel drops the routes that it learnt on
  /// interfaces whose `accept_ra` is not 2.
  private void keepRouterAdvertisements() {
    for (String name : interfaces("net/ipv6/conf")) {
      Path conf = sys.resolve("net/ipv6/conf").resolve(name);
      boolean accepts = read(conf.resolve("accept_ra")).filter("1"::equals).isPresent();
      boolean host = read(conf.resolve("forwarding")).filter("0"::equals).isPresent();
      if (!accepts || !host || name.equals("lo")) {
        continue;
      }
      Path file = conf.resolve("accept_ra");
      Optional<String> refusal = change(file, "1", "2");
      say.accept(
          refusal
              .map(why ->
                  Finding.warning(
                      "with IPv6 forwarding, "
                          + name
                          + " ignores router advertisements and may lose its default route ("
                          + sysctl(file)
                          + " cannot be set to 2: "
                          + why
                          + "); set it on the node"))
              .orElseGet(() ->
                  Finding.info(
                      "kept router advertisements on " + name + ": " + sysctl(file) + "=2")));
    }
  }

  private List<String> interfaces(String family) {
    try (Stream<Path> entries = Files.list(sys.resolve(family))) {
      return entries
          .map(entry -> String.valueOf(entry.getFileName()))
          .filter(name -> !NOT_INTERFACES.contains(name))
          .sorted()
          .toList();
    } catch (IOException absent) {
      return List.of();
    }
  }

  /// Sets up one zone's interface, which exists now. Its settings go with it.
  ///
  /// - `send_redirects=0`: two clients of a zone are not neighbours. The kernel ORs this with
  ///   `all`, which is other interfaces' too and stays; the firewall table drops what is sent yet.
  /// - `rp_filter=2`: sources are checked against any route only. Strict checking refuses replies
  ///   of sites that are reached by two ways, the firewall table already ties sources to zones, and
  ///   the greater of this and `all` counts, so that 2 holds whatever `all` says.
  public void zoneInterfaceUp(String interfaceName) {
    PolicyNames.checkInterface(interfaceName);
    if (v4) {
      Path conf = sys.resolve("net/ipv4/conf").resolve(interfaceName);
      set(conf.resolve("send_redirects"), "0");
      set(conf.resolve("rp_filter"), "2")
          .filter(why -> isStrict(conf))
          .ifPresent(why ->
              say.accept(
                  Finding.warning(
                      sysctl(conf.resolve("rp_filter"))
                          + " is strict and cannot be set to 2 ("
                          + why
                          + "); packets of sites with two ways will be lost")));
      set(conf.resolve("forwarding"), "1").ifPresent(why -> notForwarding(interfaceName, why));
    }
    if (v6) {
      Path conf = sys.resolve("net/ipv6/conf").resolve(interfaceName);
      if (Files.exists(conf)) {
        set(conf.resolve("forwarding"), "1").ifPresent(why -> notForwarding(interfaceName, why));
      }
    }
  }

  private void notForwarding(String interfaceName, String why) {
    say.accept(
        Finding.warning(
            "the interface "
                + interfaceName
                + " does not forward ("
                + why
                + "); on the node run sysctl -w net.ipv4.ip_forward=1"
                + " net.ipv6.conf.all.forwarding=1"));
  }

  private boolean isStrict(Path conf) {
    int own = number(conf.resolve("rp_filter"));
    int all = number(sys.resolve("net/ipv4/conf/all/rp_filter"));
    return Math.max(own, all) == 1;
  }

  private static int number(Path file) {
    return read(file).filter(text -> text.matches("[0-9]")).map(Integer::parseInt).orElse(0);
  }

  /// Puts back what was changed, last first, except what somebody else has changed since.
  @Override
  public void close() {
    boolean switchedOff = false;
    for (Change change : changes.reversed()) {
      Optional<String> now = read(change.file);
      if (now.isEmpty()) {
        continue; // the interface is gone
      }
      String name = sysctl(change.file);
      if (!now.get().equals(change.ours)) {
        say.accept(
            Finding.info(
                "left " + name + "=" + now.get() + ", which another program has set meanwhile"));
        continue;
      }
      Optional<String> refusal = write(change.file, change.before);
      switchedOff = true;
      say.accept(
          refusal
              .map(why ->
                  Finding.warning(
                      name + " cannot be set back to " + change.before + " (" + why + ")"))
              .orElseGet(() -> Finding.info("set back " + name + "=" + change.before)));
    }
    changes.clear();
    deleteJournal();
    if (switchedOff) {
      for (Path file : forwardedBefore) {
        set(file, "1")
            .ifPresent(why ->
                say.accept(
                    Finding.warning(sysctl(file) + " cannot be set back to 1 (" + why + ")")));
      }
    }
    forwardedBefore.clear();
  }

  private Optional<String> change(Path file, String before, String ours) {
    changes.add(new Change(file, before, ours));
    writeJournal(); // first: an entry whose value is not ours is passed over later
    Optional<String> refusal = write(file, ours);
    if (refusal.isPresent()) {
      changes.removeLast();
    }
    return refusal;
  }

  /// The kernel's settings of which a journal tells: of this boot and this network namespace.
  private static String place() {
    String boot = read(PROC_SYS.resolve("kernel/random/boot_id")).orElse("");
    try {
      return boot + " " + Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    } catch (IOException unknown) {
      return boot;
    }
  }

  /// Takes over what a killed run has changed and left.
  private void adopt() {
    String text = journal == null ? "" : read(journal).orElse("");
    List<String> entries = text.lines().toList();
    if (entries.isEmpty() || !entries.getFirst().equals(place())) {
      return;
    }
    for (String entry : entries) {
      List<String> fields = List.of(entry.split(" ", -1));
      Path file = sys.resolve(fields.getLast());
      if (fields.size() == 4 && fields.getFirst().equals("changed")) {
        if (read(file).filter(fields.get(2)::equals).isPresent()) {
          changes.add(new Change(file, fields.get(1), fields.get(2)));
        }
      } else if (fields.size() == 2 && fields.getFirst().equals("forwarded")) {
        forwardedBefore.add(file);
      }
    }
    if (changes.isEmpty()) {
      forwardedBefore.clear();
    } else {
      say.accept(
          Finding.info("took over the kernel's settings from a run that did not end in order"));
    }
  }

  private void writeJournal() {
    if (journal == null) {
      return;
    }
    StringBuilder text = new StringBuilder(place()).append('\n');
    for (Change change : changes) {
      text.append("changed ").append(change.before).append(' ').append(change.ours);
      text.append(' ').append(sys.relativize(change.file)).append('\n');
    }
    for (Path file : forwardedBefore) {
      text.append("forwarded ").append(sys.relativize(file)).append('\n');
    }
    try {
      Files.writeString(journal, text);
    } catch (IOException refused) {
      say.accept(
          Finding.warning(
              "the file "
                  + journal
                  + " cannot be written ("
                  + reason(refused)
                  + "), so the kernel's settings stay changed if this run is killed"));
    }
  }

  private void deleteJournal() {
    try {
      if (journal != null) {
        Files.deleteIfExists(journal);
      }
    } catch (IOException stays) {
      // Its entries are passed over once their values are no longer ours.
    }
  }

  /// Writes what is not there yet; says why it could not.
  private static Optional<String> set(Path file, String value) {
    return read(file).filter(value::equals).isPresent() ? Optional.empty() : write(file, value);
  }

  private static Optional<String> read(Path file) {
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  private static Optional<String> write(Path file, String value) {
    try {
      Files.writeString(file, value);
      return Optional.empty();
    } catch (IOException refused) {
      return Optional.of(reason(refused));
    }
  }

  private static String reason(IOException refused) {
    return switch (refused) {
      case NoSuchFileException _ -> "there is no such setting";
      case AccessDeniedException _ -> "permission denied";
      case FileSystemException failure when failure.getReason() != null -> failure.getReason();
      default -> String.valueOf(refused.getMessage());
    };
  }

  private String sysctl(Path file) {
    // A name may hold a dot, as in eth0.100; sysctl(8) then wants slashes.
    String path = sys.relativize(file).toString();
    return path.contains(".") ? path : path.replace('/', '.');
  }
}

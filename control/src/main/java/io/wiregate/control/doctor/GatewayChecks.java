package io.wiregate.control.doctor;

import io.wiregate.control.config.Configuration;
import io.wiregate.control.config.ZoneSettings;
import io.wiregate.control.database.ConnectionSettings;
import io.wiregate.control.database.Database;
import io.wiregate.control.state.StateDirectory;
import io.wiregate.control.system.PortHolder;
import io.wiregate.os.Errno;
import io.wiregate.os.OsException;
import io.wiregate.os.udp.UdpOffloads;
import io.wiregate.os.udp.UdpSocket;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What this configuration's gateway needs: its state directory, its database, its ports.
final class GatewayChecks {
  /// The embedded database and its log of changes, with room to grow.
  private static final long ROOM = 512L << 20;

  private GatewayChecks() {}

  static List<Check> all(Configuration configuration) {
    boolean running = StateDirectory.isInUse(configuration.stateDirectory());
    List<Check> checks = new ArrayList<>();
    checks.add(state(configuration.stateDirectory(), running));
    checks.add(database(configuration));
    if (!running) { // else they are taken, and rightly so
      for (ZoneSettings zone : configuration.zones()) {
        checks.add(zonePort(zone));
        checks.add(zoneInterface(zone.interfaceName()));
      }
      checks.add(
          apiPort(
              new InetSocketAddress(
                  configuration.apiListen().address().toInetAddress(),
                  configuration.apiListen().port())));
    }
    return checks;
  }

  static Check state(Path directory, boolean running) {
    Path existing = existing(directory.toAbsolutePath());
    if (existing == null || !Files.isDirectory(existing) || !Files.isWritable(existing)) {
      return Check.failure(
          "state directory",
          directory + " cannot be written",
          "make it writable for this user, or name another with --state");
    }
    try {
      long free = Files.getFileStore(existing).getUsableSpace();
      if (free < ROOM) {
        return Check.warning(
            "state directory",
            directory + " has " + (free >> 20) + " MiB left",
            "make room: the database stops where the disk is full");
      }
    } catch (IOException unknown) {
      return Check.warning("state directory", directory + ": " + unknown.getMessage(), null);
    }
    return Check.ok(
        "state directory", directory + (running ? ": a gateway runs on it" : ": nobody uses it"));
  }

  /// The directory itself or, where it is not there yet, the nearest one above.
  private static @Nullable Path existing(Path directory) {
    Path at = directory;
    while (at != null && !Files.exists(at)) {
      at = at.getParent();
    }
    return at;
  }

  private static Check database(Configuration configuration) {
    if (configuration.database().isEmbedded()) {
      return Check.ok("database", "the embedded PostgreSQL, which a start makes; not looked at");
    }
    ConnectionSettings settings = ConnectionSettings.external(configuration.database());
    Database.Answer answer = Database.ask(settings);
    String found = settings.where() + ": " + answer.failure();
    if (answer.failure() == null) {
      return Check.ok("database", settings.where() + " answers");
    }
    return answer.refuses()
        ? Check.failure("database", found, "check database.user and database.password")
        : Check.warning("database", found, "a start waits for it; check the settings database.*");
  }

  private static Check zonePort(ZoneSettings zone) {
    String subject = "zone " + zone.name();
    for (boolean v6 : new boolean[] {false, true}) {
      try (UdpSocket socket = UdpSocket.open(v6, UdpOffloads.NONE, 1)) {
        socket.bind(zone.port());
      } catch (OsException e) {
        if (e.errno() == Errno.EADDRINUSE) {
          return Check.failure(
              subject,
              "UDP port "
                  + zone.port()
                  + " is in use"
                  + PortHolder.ofUdp(zone.port()).map(holder -> " by " + holder).orElse(""),
              "end that program, or set zones." + zone.name() + ".port");
        }
        if (!v6) {
          return Check.failure(subject, String.valueOf(e.getMessage()), null);
        }
      }
    }
    return Check.ok(subject, "UDP port " + zone.port() + " is free");
  }

  static Check zoneInterface(String name) {
    return Files.exists(Path.of("/sys/class/net", name))
        ? Check.failure(
            "interface",
            name + " exists",
            "end the program that has it, delete it with 'ip link del "
                + name
                + "', or set interface-prefix")
        : Check.ok("interface", name + " is free");
  }

  static Check apiPort(InetSocketAddress address) {
    int port = address.getPort();
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(address);
      return Check.ok("api", "TCP port " + port + " is free");
    } catch (BindException taken) {
      return Check.failure(
          "api",
          "TCP port "
              + port
              + " cannot be had ("
              + taken.getMessage()
              + ")"
              + PortHolder.ofTcp(port).map(holder -> ": it belongs to " + holder).orElse(""),
          "end that program, or set api.listen");
    } catch (IOException e) {
      return Check.failure("api", String.valueOf(e.getMessage()), null);
    }
  }
}

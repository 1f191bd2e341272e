package io.wiregate.benchmarks;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/// Configures an interface of a program that runs, `wiregate tun` or another one with the same
/// configuration socket: many peers in one operation, then one peer at a time among them.
///
/// ```
///   ConfigurationClient SOCKET PEERS
/// ```
///
/// Prints lines of a name, a tab and a number. Times are from the first byte of a request to the
/// last one of its answer, this program's part included.
final class ConfigurationClient implements AutoCloseable {
  private static final HexFormat HEX = HexFormat.of();
  private static final int BUFFER = 1 << 16;

  /// Changes of each kind before those that count, so that both sides are compiled.
  private static final int WARM_UP = 4000;

  private static final int CHANGES = 2000;

  private final SocketChannel channel;
  private final StringBuilder pending = new StringBuilder();
  private final ByteBuffer answer = ByteBuffer.allocate(BUFFER);
  private final SplittableRandom random = new SplittableRandom(2);
  private final String[] keys;

  private ConfigurationClient(Path socket, int count) throws IOException {
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    keys = new String[count];
    for (int i = 0; i < count; i++) {
      keys[i] = newKey();
    }
  }

  public static void main(String[] arguments) throws IOException {
    int count = Integer.parseInt(arguments[1]);
    try (ConfigurationClient client = new ConfigurationClient(Path.of(arguments[0]), count)) {
      client.configureAll();
      client.changes();
      client.show();
    }
  }

  private String newKey() {
    byte[] key = new byte[32];
    random.nextBytes(key);
    return HEX.formatHex(key);
  }

  private void configureAll() throws IOException {
    long begun = System.nanoTime();
    put("set=1\nprivate_key=" + newKey() + "\n");
    for (int i = 0; i < keys.length; i++) {
      put("public_key=" + keys[i] + "\n" + addresses(i));
    }
    finish();
    say("s to configure all", (System.nanoTime() - begun) / 1e9);
  }

  private static String addresses(int number) {
    return "replace_allowed_ips=true\nallowed_ip="
        + ManyPeers.v4(number)
        + "\nallowed_ip="
        + ManyPeers.v6(number)
        + "\n";
  }

  private void changes() throws IOException {
    int count = keys.length;
    // Another IPv4 address for a peer that there is; of numbers that no peer has.
    IntFunction<String> change =
        i ->
            "public_key="
                + keys[random.nextInt(count)]
                + "\nupdate_only=true\n"
                + addresses(count + i);
    String[] added = new String[WARM_UP + CHANGES];
    Arrays.setAll(added, i -> newKey());
    IntFunction<String> add = i -> "public_key=" + added[i] + "\n" + addresses(2 * count + i);
    IntFunction<String> remove = i -> "public_key=" + added[i] + "\nremove=true\n";
    sayChanges("to add a peer", add);
    sayChanges("to change a peer's addresses", change);
    sayChanges("to remove a peer", remove);
  }

  private void sayChanges(String what, IntFunction<String> operation) throws IOException {
    double[] micros = new double[CHANGES];
    for (int i = 0; i < WARM_UP + CHANGES; i++) {
      String lines = "set=1\n" + operation.apply(i);
      long begun = System.nanoTime();
      put(lines);
      finish();
      if (i >= WARM_UP) {
        micros[i - WARM_UP] = (System.nanoTime() - begun) / 1e3;
      }
    }
    Arrays.sort(micros);
    say("us " + what, micros[CHANGES / 2]);
    say("us " + what + ", 99th percentile", micros[CHANGES * 99 / 100]);
  }

  /// Everything, as `wg show` asks for it.
  private void show() throws IOException {
    long begun = System.nanoTime();
    put("get=1\n\n");
    flush();
    long bytes = 0;
    int last = 0;
    int beforeLast = 0;
    while (last != '\n' || beforeLast != '\n') {
      answer.clear();
      int read = channel.read(answer);
      if (read < 0) {
        throw new IOException("closed in the middle of an answer");
      }
      bytes += read;
      beforeLast = read > 1 ? answer.get(read - 2) : last;
      last = answer.get(read - 1);
    }
    say("s to show all", (System.nanoTime() - begun) / 1e9);
    say("MB to show all", bytes / 1e6);
  }

  private void put(String text) throws IOException {
    pending.append(text);
    if (pending.length() > BUFFER) {
      flush();
    }
  }

  private void flush() throws IOException {
    ByteBuffer bytes = StandardCharsets.ISO_8859_1.encode(pending.toString());
    pending.setLength(0);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /// Ends a `set` and reads its answer.
  private void finish() throws IOException {
    put("\n");
    flush();
    answer.clear();
    while (answer.position() < 2 || answer.get(answer.position() - 2) != '\n') {
      if (channel.read(answer) < 0) {
        throw new IOException("closed before it answered");
      }
    }
    String text =
        new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1).trim();
    if (!text.equals("errno=0")) {
      throw new IOException("refused: " + text);
    }
  }

  private static void say(String name, double value) {
    System.out.printf(Locale.ROOT, "%s\t%.3f%n", name, value);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

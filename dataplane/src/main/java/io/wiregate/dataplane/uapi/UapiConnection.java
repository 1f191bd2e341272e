package io.wiregate.dataplane.uapi;

import io.wiregate.dataplane.Device;
import io.wiregate.os.Errno;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One connection to the configuration socket: operations one after the other, until the other side
/// closes or says something that is none.
final class UapiConnection {
  /// The longest line is a key; a longer one is not of this protocol and must not fill the memory.
  private static final int MAX_LINE = 512;

  private static final int BUFFER_SIZE = 8192;

  private final Device device;
  private final boolean readOnly;
  private final InputStream in;
  private final BufferedWriter out;
  private final byte[] line = new byte[MAX_LINE];

  // What was read and not looked at yet. A reader of the library takes a lock for each character:
  // of a million peers that is a second and a half.
  private final byte[] buffer = new byte[BUFFER_SIZE];
  private int position;
  private int limit;

  private UapiConnection(Device device, boolean readOnly, InputStream in, BufferedWriter out) {
    this.device = device;
    this.readOnly = readOnly;
    this.in = in;
    this.out = out;
  }

  static void serve(SocketChannel channel, Device device, boolean readOnly) {
    try (channel) {
      serve(Channels.newInputStream(channel), Channels.newOutputStream(channel), device, readOnly);
    } catch (IOException gone) {
      // It was closed already.
    }
  }

  static void serve(InputStream from, OutputStream to, Device device, boolean readOnly) {
    try (from;
        BufferedWriter out =
            new BufferedWriter(new OutputStreamWriter(to, StandardCharsets.ISO_8859_1))) {
      UapiConnection connection = new UapiConnection(device, readOnly, from, out);
      while (connection.operation()) {
        // the next one
      }
    } catch (IOException gone) {
      // The other side closed in the middle; there is nobody to tell.
    }
  }

  /// Serves one operation.
  ///
  /// @return false where there was none, and the connection ends
  private boolean operation() throws IOException {
    String first = readLine();
    if (first == null) {
      return false;
    }
    if (first.equals("get=1")) {
      readLine(); // the blank line
      GetOperation.answer(device, out);
      answer(0);
      return true;
    }
    if (first.equals("set=1")) {
      answer(set());
      return true;
    }
    return false;
  }

  /// Reads all lines of a `set`, also those behind one that was refused, so that the next operation
  /// is found.
  private int set() throws IOException {
    SetOperation operation = new SetOperation(device);
    int errno = readOnly ? Errno.EPERM : 0;
    String line;
    while ((line = readLine()) != null && !line.isEmpty()) {
      if (errno == 0) {
        errno = carryOut(operation, line);
      }
    }
    if (line == null && errno == 0) {
      errno = Errno.EIO;
    }
    if (!readOnly) {
      operation.end();
    }
    return errno;
  }

  private static int carryOut(SetOperation operation, String line) {
    try {
      operation.line(line);
      return 0;
    } catch (UapiException e) {
      return e.errno();
    } catch (IllegalArgumentException | IllegalStateException e) {
      return UapiException.UNKNOWN;
    }
  }

  private void answer(int errno) throws IOException {
    out.write("errno=" + (errno == 0 ? 0 : -errno) + "\n\n");
    out.flush();
  }

  private @Nullable String readLine() throws IOException {
    int length = 0;
    int next;
    while ((next = read()) >= 0 && next != '\n') {
      if (length == MAX_LINE) {
        throw new IOException("a line of more than " + MAX_LINE + " characters");
      }
      line[length++] = (byte) next;
    }
    return next < 0 && length == 0
        ? null
        : new String(line, 0, length, StandardCharsets.ISO_8859_1);
  }

  /// The next byte, -1 where the other side has closed.
  private int read() throws IOException {
    if (position == limit) {
      position = 0;
      limit = Math.max(0, in.read(buffer));
      if (limit == 0) {
        return -1;
      }
    }
    return buffer[position++] & 0xff;
  }
}

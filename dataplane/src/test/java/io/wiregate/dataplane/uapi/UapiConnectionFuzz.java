package io.wiregate.dataplane.uapi;

import io.wiregate.dataplane.Device;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.os.OsException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/// The configuration socket of a real interface that is down. Input: what a client sends.
///
/// Every operation is answered as the protocol says, and what the interface then says of itself,
/// sent back to it, makes it say the same.
public final class UapiConnectionFuzz {
  private static final Device DEVICE = device();
  private static final Pattern ANSWERS = Pattern.compile("([a-z_]+=.+\n)*errno=(0|-[0-9]+)\n\n");
  private static final Pattern ONLY_TOLD =
      Pattern.compile("(last_handshake_time_n?sec|[tr]x_bytes|errno)=.*\n");

  private UapiConnectionFuzz() {}

  /// Of a laboratory that is there as long as the process.
  private static Device device() {
    try {
      @SuppressWarnings("resource")
      Lab lab = new Lab(1);
      Runtime.getRuntime().addShutdownHook(new Thread(lab::close));
      return lab.device();
    } catch (OsException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  public static void fuzzerTestOneInput(byte[] bytes) throws OsException {
    DEVICE.removeAllPeers();
    DEVICE.setPrivateKey(null);
    DEVICE.setListenPort(0);
    DEVICE.setFirewallMark(0);
    String answers = serve(bytes);
    if (!answers.isEmpty() && !areAnswers(answers)) {
      throw new AssertionError("answered: " + answers);
    }
    String before = serve("get=1\n\n");
    String again = "set=1\nreplace_peers=true\n" + ONLY_TOLD.matcher(before).replaceAll("");
    require(serve(again.stripTrailing() + "\n\n").equals("errno=0\n\n"), "refused: " + again);
    require(serve("get=1\n\n").equals(before), "another configuration than " + before);
  }

  private static boolean areAnswers(String answers) {
    for (String answer : answers.split("(?<=\n\n)", -1)) {
      if (!answer.isEmpty() && !ANSWERS.matcher(answer).matches()) {
        return false;
      }
    }
    return true;
  }

  private static String serve(String request) {
    return serve(request.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String serve(byte[] request) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    UapiConnection.serve(new ByteArrayInputStream(request), out, DEVICE, false);
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise);
    }
  }
}

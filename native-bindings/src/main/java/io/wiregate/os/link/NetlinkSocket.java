package io.wiregate.os.link;

import static io.wiregate.os.link.RtnetlinkConstants.*;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.internal.Libc;
import java.util.function.Consumer;

/// A netlink socket for requests: each is sent, and its answers are read up to the one that ends
/// them. Owner: one thread. Source: netlink(7).
final class NetlinkSocket implements AutoCloseable {
  private static final int REQUEST_SIZE = 4096;

  /// The kernel fills a dump's messages up to 32 KiB at most.
  private static final int REPLY_SIZE = 65536;

  /// The kernel answers at once, unless it had no memory for an answer.
  private static final int TIMEOUT_SECONDS = 5;

  /// How often a dump is started again because the list has changed meanwhile.
  private static final int ATTEMPTS = 10;

  private final FileDescriptor fd;
  private final NativeBuffer requestBuffer = NativeBuffer.allocate(REQUEST_SIZE);
  private final NativeBuffer replyBuffer = NativeBuffer.allocate(REPLY_SIZE);
  private final NetlinkMessage message = new NetlinkMessage(requestBuffer);
  private final NetlinkReply reply = new NetlinkReply(replyBuffer);
  private int sequence;

  private NetlinkSocket(FileDescriptor fd) {
    this.fd = fd;
  }

  /// Opens one in the calling thread's namespace.
  ///
  /// @param protocol which part of the kernel it talks to, e.g. `NETLINK_ROUTE`
  /// @throws OsException `EPROTONOSUPPORT` where the kernel lacks that
  static NetlinkSocket open(int protocol) throws OsException {
    int number = Libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    FileDescriptor fd = new FileDescriptor(OsException.check(number, "socket AF_NETLINK"));
    try (NativeBuffer value = NativeBuffer.allocate(16)) {
      value.putLong(0, TIMEOUT_SECONDS);
      Libc.setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, value.address(0, 16), 16);
      value.putLong(0, 1);
      // Explanations of errors, and without the request that they are about: both only nice to
      // have.
      Libc.setsockopt(number, SOL_NETLINK, NETLINK_EXT_ACK, value.address(0, 4), 4);
      Libc.setsockopt(number, SOL_NETLINK, NETLINK_CAP_ACK, value.address(0, 4), 4);
    }
    return new NetlinkSocket(fd);
  }

  /// Starts a request, which is good until the next one.
  NetlinkMessage message(int type, int flags, int fixedSize) {
    message.begin(type, NLM_F_REQUEST | flags, 0, fixedSize);
    return message;
  }

  /// Sends a request and waits for its acknowledgement; answers before it go to the consumer.
  void request(NetlinkMessage request, String call, Consumer<NetlinkReply> answers)
      throws OsException {
    request.addFlags(NLM_F_ACK);
    send(request, call);
    while (true) {
      receive(call);
      while (reply.advance()) {
        if (reply.sequence() != sequence) {
          continue; // of a request whose answer came too late
        }
        if (reply.type() == NLMSG_ERROR) {
          checkError(call);
          return;
        }
        answers.accept(reply);
      }
    }
  }

  /// Asks for a list. Where it changes while the kernel writes it, it is asked for again.
  void dump(NetlinkMessage request, String call, Runnable restart, Consumer<NetlinkReply> answers)
      throws OsException {
    request.addFlags(NLM_F_DUMP);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      restart.run();
      send(request, call);
      if (receiveDump(call, answers)) {
        return;
      }
    }
    throw new OsException(call + " (the list changes too quickly)", Errno.EAGAIN);
  }

  /// Whether what came is consistent.
  private boolean receiveDump(String call, Consumer<NetlinkReply> answers) throws OsException {
    boolean consistent = true;
    while (true) {
      receive(call);
      while (reply.advance()) {
        if (reply.sequence() != sequence) {
          continue;
        }
        consistent &= (reply.flags() & NLM_F_DUMP_INTR) == 0;
        if (reply.type() == NLMSG_DONE) {
          return consistent;
        }
        if (reply.type() == NLMSG_ERROR) {
          checkError(call);
        } else {
          answers.accept(reply);
        }
      }
    }
  }

  private void send(NetlinkMessage request, String call) throws OsException {
    sequence++;
    request.setSequence(sequence);
    int length = request.finish();
    int result;
    do {
      result = Libc.send(fd.number(), request.address(), length, 0);
    } while (result == -Errno.EINTR);
    OsException.check(result, call);
  }

  private void receive(String call) throws OsException {
    int result;
    do {
      // With MSG_TRUNC the result is the message's length even where it did not fit.
      result = Libc.recv(fd.number(), replyBuffer.address(0, REPLY_SIZE), REPLY_SIZE, MSG_TRUNC);
    } while (result == -Errno.EINTR);
    OsException.check(result, call + " (no answer from the kernel)");
    if (result > REPLY_SIZE) {
      throw new OsException(call, Errno.EMSGSIZE);
    }
    reply.onReceived(result);
  }

  /// Throws unless the message at hand is an acknowledgement: `struct nlmsgerr`, an error number,
  /// then the request's header (and, where it is not capped, the request), then attributes.
  private void checkError(String call) throws OsException {
    int error = reply.fixedInt(0);
    if (error >= 0) {
      return;
    }
    String explanation = explanation(reply);
    throw new OsException(explanation.isEmpty() ? call : call + " (" + explanation + ")", -error);
  }

  /// The kernel's words about an error, empty where it has none.
  static String explanation(NetlinkReply reply) {
    if ((reply.flags() & NLM_F_ACK_TLVS) == 0) {
      return "";
    }
    boolean capped = (reply.flags() & NLM_F_CAPPED) != 0;
    reply.seekAttributes(4 + (capped ? NetlinkMessage.HEADER_SIZE : reply.fixedInt(4)));
    return reply.string(NLMSGERR_ATTR_MSG);
  }

  @Override
  public void close() {
    fd.close();
    requestBuffer.close();
    replyBuffer.close();
  }
}

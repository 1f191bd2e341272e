package io.wiregate.os.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.NativeBuffer;
import io.wiregate.os.net.IpAddress;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/// Its inverse, and how it is written to and read from messages of ctnetlink.
final class ConnectionTupleTest {
  private static final int SIZE = 512;
  private static final int CTA_TUPLE_REPLY = 2;

  private static ConnectionTuple tuple(boolean isV6, int protocol, int from, int to) {
    IpAddress source = isV6 ? IpAddress.parse("fd00::1") : IpAddress.parse("10.0.0.1");
    IpAddress destination = isV6 ? IpAddress.parse("fd00::2") : IpAddress.parse("10.0.0.2");
    return new ConnectionTuple(source, destination, protocol, from, to);
  }

  /// The types by which the kernel follows ICMP have an inverse, each other's, and no others.
  @Property
  void inverted_icmp_isOfTheTypeThatAnswers(
      @ForAll boolean isV6,
      @ForAll @IntRange(max = 255) int type,
      @ForAll @IntRange(max = 255) int code) {
    int protocol = isV6 ? ConnectionTuple.ICMP_V6 : ConnectionTuple.ICMP;
    ConnectionTuple query = tuple(isV6, protocol, 4711, type << 8 | code);
    int other =
        isV6
            ? switch (type) {
              case 128, 139 -> type + 1;
              case 129, 140 -> type - 1;
              default -> -1;
            }
            : switch (type) {
              case 0 -> 8;
              case 8 -> 0;
              case 13, 15, 17 -> type + 1;
              case 14, 16, 18 -> type - 1;
              default -> -1;
            };
    ConnectionTuple inverse = query.inverted();
    if (other < 0) {
      assertThat(inverse).isNull();
    } else {
      assertThat(inverse)
          .isEqualTo(
              new ConnectionTuple(
                  query.destination(), query.source(), protocol, 4711, other << 8 | code));
      assertThat(Objects.requireNonNull(inverse).inverted()).isEqualTo(query);
    }
  }

  /// ICMP of the other family is a protocol like any other.
  @Property
  void inverted_others_haveTheirEndsExchanged(
      @ForAll boolean isV6,
      @ForAll @IntRange(max = 255) int protocol,
      @ForAll @IntRange(max = 65535) int from,
      @ForAll @IntRange(max = 65535) int to) {
    ConnectionTuple packet = tuple(isV6, protocol, from, to);
    if (!packet.isIcmp()) {
      assertThat(packet.inverted())
          .isEqualTo(
              new ConnectionTuple(packet.destination(), packet.source(), protocol, to, from));
    }
  }

  @Property
  void parse_whatWasPut_isTheSame(
      @ForAll boolean isV6,
      @ForAll @IntRange(max = 255) int protocol,
      @ForAll @IntRange(max = 65535) int from,
      @ForAll @IntRange(max = 65535) int to) {
    ConnectionTuple tuple = tuple(isV6, protocol, from, to);
    try (NativeBuffer buffer = NativeBuffer.allocate(SIZE)) {
      NetlinkReply reply = new NetlinkReply(buffer);
      reply.onReceived(write(buffer, tuple));
      assertThat(reply.advance()).isTrue();
      assertThat(ConnectionTracking.parse(reply, CTA_TUPLE_REPLY)).isEqualTo(tuple);
      assertThat(ConnectionTracking.parse(reply, CTA_TUPLE_REPLY - 1)).isNull();
    }
  }

  private static int write(NativeBuffer buffer, ConnectionTuple tuple) {
    NetlinkMessage message = new NetlinkMessage(buffer);
    message.begin(0x100, 0, 1, ConnectionTracking.SIZE_OF_NFGENMSG);
    ConnectionTracking.put(message, tuple);
    return message.finish();
  }

  /// Whatever has happened to a message, and wherever it ends, nothing behind it is looked at: the
  /// buffer has not a byte more.
  @Property
  void parse_damagedMessage_looksAtItsBytesOnly(
      @ForAll boolean isV6,
      @ForAll @IntRange(max = 255) int protocol,
      @ForAll @IntRange(min = 1, max = 160) int received,
      @ForAll @Size(max = 4) List<@IntRange(max = 159) Integer> places,
      @ForAll byte value) {
    byte[] whole;
    try (NativeBuffer buffer = NativeBuffer.allocate(SIZE)) {
      whole = buffer.toArray(0, Math.min(received, write(buffer, tuple(isV6, protocol, 1, 2))));
    }
    try (NativeBuffer buffer = NativeBuffer.allocate(whole.length)) {
      buffer.copyFrom(0, whole, 0, whole.length);
      for (int place : places) {
        buffer.putByte(place % whole.length, value);
      }
      NetlinkReply reply = new NetlinkReply(buffer);
      reply.onReceived(whole.length);
      while (reply.advance()) {
        ConnectionTracking.parse(reply, CTA_TUPLE_REPLY); // or the buffer complains
      }
    }
  }
}

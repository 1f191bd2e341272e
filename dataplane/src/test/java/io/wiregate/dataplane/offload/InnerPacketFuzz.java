package io.wiregate.dataplane.offload;

import io.wiregate.os.NativeBuffer;

/// Decrypted bytes: either they are refused, or there is everything that the walk reads. Input:
/// what a message carried.
public final class InnerPacketFuzz {
  private InnerPacketFuzz() {}

  public static void fuzzerTestOneInput(byte[] bytes) {
    // Ends where the packet does, so that what reads on is refused.
    try (NativeBuffer packet = NativeBuffer.allocate(Math.max(1, bytes.length))) {
      packet.copyFrom(0, bytes, 0, bytes.length);
      int length = InnerPacket.trimmedLength(packet, 0, bytes.length);
      if (length < 0) {
        return;
      }
      if (length < InnerPacket.V4_HEADER || length > bytes.length) {
        throw new AssertionError(length + " of " + bytes.length + " bytes");
      }
      read(packet);
      boolean right = isRight(packet);
      if (InnerPacket.decapsulateEcn(packet, 0, bytes[0]) && isRight(packet) != right) {
        throw new AssertionError("a header checksum was made right, or wrong");
      }
    }
  }

  private static void read(NativeBuffer packet) {
    InnerPacket.protocol(packet, 0);
    if (InnerPacket.isV6(packet, 0)) {
      InnerPacket.sourceV6Low(packet, 0);
      InnerPacket.destinationV6Low(packet, 0);
    } else {
      InnerPacket.sourceV4(packet, 0);
      InnerPacket.destinationV4(packet, 0);
    }
  }

  private static boolean isRight(NativeBuffer packet) {
    int header = InnerPacket.headerLength(packet, 0);
    return InnerPacket.isV6(packet, 0)
        || ChecksumTest.naive(packet.toArray(0, header), 0, header) == 0xffff;
  }
}

package io.wiregate.os.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.wiregate.os.Errno;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.IoVectors;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.link.Netlink;
import io.wiregate.os.link.NetworkNamespaces;
import io.wiregate.os.poll.Epoll;
import io.wiregate.os.testing.Capabilities;
import io.wiregate.os.testing.NetworkNamespace;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresRoot
@RequiresTool({"ip", "bash"})
final class TunInterfaceTest {
  private static final int HEADER = VirtioNetHeader.SIZE;

  private NetworkNamespace namespace;
  private FileDescriptor file;

  @BeforeEach
  void open() throws OsException {
    namespace = NetworkNamespace.create();
    file = NetworkNamespaces.open(namespace.path());
  }

  @AfterEach
  void close() {
    file.close();
    namespace.close();
  }

  private TunInterface create(String name, int queues, TunOffloads offloads) throws OsException {
    return NetworkNamespaces.call(file, () -> TunInterface.create(name, queues, offloads));
  }

  @Test
  void create_withQueuesAndOffloads_isThereUntilClosed() throws OsException {
    try (Netlink netlink = Netlink.openIn(file)) {
      try (TunInterface tun = create("tun0", 3, TunOffloads.ALL)) {
        assertThat(tun.name()).isEqualTo("tun0");
        assertThat(tun.queues()).hasSize(3);
        assertThat(tun.offloads().tcp()).isTrue();
        assertThat(netlink.link("tun0").kind()).isEqualTo("tun");
        assertThat(netlink.link("tun0").isUp()).isFalse();
        assertThat(namespace.exec("ip", "-d", "link", "show", "tun0"))
            .contains("multi_queue")
            .contains("vnet_hdr")
            .contains("numqueues 3");
      }
      assertThat(errorOf(() -> netlink.link("tun0"))).isEqualTo(Errno.ENODEV);
    }
  }

  @Test
  void create_namePattern_getsANumber() throws OsException {
    try (TunInterface first = create("wg%d", 2, TunOffloads.NONE);
        TunInterface second = create("wg%d", 1, TunOffloads.NONE)) {
      assertThat(first.name()).isEqualTo("wg0");
      assertThat(first.queues()).hasSize(2);
      assertThat(second.name()).isEqualTo("wg1");
      assertThat(first.offloads()).isEqualTo(TunOffloads.NONE);
    }
  }

  @Test
  void create_nameTaken_isEBUSY() throws OsException {
    namespace.exec("ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1");
    try (TunInterface tun = create("tun0", 1, TunOffloads.ALL)) {
      assertThat(errorOf(() -> create("tun0", 1, TunOffloads.ALL))).isEqualTo(Errno.EBUSY);
      assertThat(errorOf(() -> create("veth0", 1, TunOffloads.ALL)))
          .isIn(Errno.EBUSY, Errno.EINVAL);
      assertThat(tun.currentName()).isEqualTo("tun0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a-name-too-long1", "a/b", "a b", "..", ".", "a:b", "wgé", "a\0b"})
  void create_nameThatLinuxDoesNotAllow_isEINVAL(String name) {
    assertThat(errorOf(() -> create(name, 1, TunOffloads.ALL))).isEqualTo(Errno.EINVAL);
  }

  @Test
  void create_withoutCapNetAdmin_isEPERM() throws Exception {
    Capabilities.without(
        Capabilities.CAP_NET_ADMIN,
        () ->
            assertThat(
                    errorOf(() ->
                        TunInterface.create(NetworkNamespace.unique("wgt"), 1, TunOffloads.ALL)))
                .isEqualTo(Errno.EPERM));
  }

  @Test
  void packet_fromTheKernel_isReadWithItsHeader() throws OsException {
    try (TunInterface tun = up(TunOffloads.NONE);
        NativeBuffer buffer = NativeBuffer.allocate(2048)) {
      namespace.exec("bash", "-c", "echo hello > /dev/udp/10.77.0.2/4000");
      int length = readV4(tun, buffer);

      assertThat(VirtioNetHeader.gsoType(buffer, 0)).isEqualTo(VirtioNetHeader.GSO_NONE);
      assertThat(length).isEqualTo(HEADER + 20 + 8 + 6);
      assertThat(buffer.getIntBigEndian(HEADER + 16)).isEqualTo(0x0a4d0002);
      assertThat(new String(buffer.toArray(HEADER + 28, 6), StandardCharsets.US_ASCII))
          .isEqualTo("hello\n");
    }
  }

  @Test
  void packet_toTheKernel_isAnswered() throws OsException {
    try (TunInterface tun = up(TunOffloads.ALL);
        NativeBuffer buffer = NativeBuffer.allocate(2048);
        IoVectors vectors = new IoVectors(2)) {
      TunQueue queue = tun.queues().getFirst();
      int length = HEADER + putPing(buffer, HEADER);
      VirtioNetHeader.putPlain(buffer, 0);
      assertThat(queue.write(buffer, 0, length)).isEqualTo(length);
      assertPong(tun, buffer, length);

      putPing(buffer, 1000);
      VirtioNetHeader.putPlain(buffer, 0);
      vectors.set(0, buffer, 0, HEADER);
      vectors.set(1, buffer, 1000, length - HEADER);
      assertThat(vectors.length(1)).isEqualTo(length - HEADER);
      assertThat(queue.write(vectors, 0, 2)).isEqualTo(length);
      assertPong(tun, buffer, length);
    }
  }

  private static void assertPong(TunInterface tun, NativeBuffer buffer, int length)
      throws OsException {
    assertThat(readV4(tun, buffer)).isEqualTo(length);
    assertThat(buffer.getByte(HEADER + 20)).as("echo reply").isZero();
    assertThat(buffer.getIntBigEndian(HEADER + 16)).isEqualTo(0x0a4d0002);
  }

  @Test
  void write_whatTheKernelRefuses_isEINVAL() throws OsException {
    try (TunInterface tun = up(TunOffloads.ALL);
        NativeBuffer buffer = NativeBuffer.allocate(2048)) {
      TunQueue queue = tun.queues().getFirst();
      assertThat(queue.write(buffer, 0, 5)).isEqualTo(-Errno.EINVAL); // not even a header
      assertThat(queue.write(buffer, 0, HEADER + 20)).as("IP version 0").isEqualTo(-Errno.EINVAL);
      putPing(buffer, HEADER);
      VirtioNetHeader.putSegmented(buffer, 0, 77, 40, 1000, 20, 16); // no such type
      assertThat(queue.write(buffer, 0, HEADER + 64)).isEqualTo(-Errno.EINVAL);
    }
  }

  @Test
  void queue_interfaceDown_isEIOForWritesAndEmptyForReads() throws OsException {
    try (TunInterface tun = create("tun0", 1, TunOffloads.ALL);
        NativeBuffer buffer = NativeBuffer.allocate(2048)) {
      TunQueue queue = tun.queues().getFirst();
      int length = HEADER + putPing(buffer, HEADER);

      assertThat(queue.write(buffer, 0, length)).isEqualTo(-Errno.EIO);
      assertThat(queue.read(buffer, 0, 2048)).isEqualTo(-Errno.EAGAIN);
    }
  }

  @Test
  void interface_deletedByOthers_isEBADFD() throws OsException {
    try (TunInterface tun = up(TunOffloads.ALL);
        NativeBuffer buffer = NativeBuffer.allocate(2048)) {
      TunQueue queue = tun.queues().getFirst();
      namespace.exec("ip", "link", "delete", "tun0");

      assertThat(queue.read(buffer, 0, 2048)).isEqualTo(-Errno.EBADFD);
      assertThat(queue.write(buffer, 0, 100)).isEqualTo(-Errno.EBADFD);
      assertThat(errorOf(tun::currentName)).isEqualTo(Errno.EBADFD);
      assertThat(errorOf(tun::networkNamespace)).isEqualTo(Errno.EBADFD);
    }
  }

  @Test
  void interface_renamed_saysItsNewName() throws OsException {
    try (TunInterface tun = create("tun0", 1, TunOffloads.ALL)) {
      namespace.exec("ip", "link", "set", "tun0", "name", "other");

      assertThat(tun.currentName()).isEqualTo("other");
      assertThat(tun.name()).isEqualTo("tun0");
    }
  }

  @Test
  @Proves("interface.namespaces")
  void interface_movedToAnotherNamespace_worksThere() throws OsException {
    try (NetworkNamespace other = NetworkNamespace.create();
        TunInterface tun = create("tun0", 1, TunOffloads.ALL);
        NativeBuffer buffer = NativeBuffer.allocate(2048)) {
      namespace.exec("ip", "link", "set", "tun0", "netns", other.name());
      other.exec("ip", "address", "add", "10.77.0.1/24", "dev", "tun0");
      other.exec("ip", "link", "set", "tun0", "up");

      try (FileDescriptor now = tun.networkNamespace();
          Netlink netlink = Netlink.openIn(now)) {
        assertThat(netlink.link("tun0").isUp()).isTrue();
      }
      int length = HEADER + putPing(buffer, HEADER);
      VirtioNetHeader.putPlain(buffer, 0);
      assertThat(tun.queues().getFirst().write(buffer, 0, length)).isEqualTo(length);
      assertPong(tun, buffer, length);
    }
  }

  private TunInterface up(TunOffloads offloads) throws OsException {
    TunInterface tun = create("tun0", 1, offloads);
    namespace.exec("ip", "address", "add", "10.77.0.1/24", "dev", "tun0");
    namespace.exec("ip", "link", "set", "tun0", "up");
    return tun;
  }

  /// Reads up to the first IPv4 packet: the kernel itself sends IPv6 router solicitations.
  private static int readV4(TunInterface tun, NativeBuffer buffer) throws OsException {
    TunQueue queue = tun.queues().getFirst();
    try (Epoll epoll = new Epoll(1)) {
      epoll.add(queue.fd(), 0);
      while (true) {
        assertThat(epoll.await(5000)).as("packets within five seconds").isEqualTo(1);
        int length = queue.read(buffer, 0, buffer.size());
        assertThat(length).isPositive();
        if (buffer.getUnsignedByte(HEADER) >>> 4 == 4) {
          return length;
        }
      }
    }
  }

  /// An ICMP echo request from 10.77.0.2 to 10.77.0.1; returns its length.
  private static int putPing(NativeBuffer buffer, int at) {
    int length = 20 + 8 + 16;
    buffer.wipe(at, length);
    buffer.putByte(at, 0x45);
    buffer.putShortBigEndian(at + 2, length);
    buffer.putByte(at + 8, 64);
    buffer.putByte(at + 9, 1);
    buffer.putIntBigEndian(at + 12, 0x0a4d0002);
    buffer.putIntBigEndian(at + 16, 0x0a4d0001);
    buffer.putShortBigEndian(at + 10, checksum(buffer, at, 20));
    buffer.putByte(at + 20, 8);
    buffer.putShortBigEndian(at + 22, checksum(buffer, at + 20, length - 20));
    return length;
  }

  private static int checksum(NativeBuffer buffer, int at, int length) {
    int sum = 0;
    for (int i = 0; i < length; i += 2) {
      sum += buffer.getUnsignedShortBigEndian(at + i);
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    return ~(sum + (sum >>> 16)) & 0xffff;
  }

  /// What a call fails with.
  private static int errorOf(ThrowingCallable call) {
    return catchThrowableOfType(OsException.class, call).errno();
  }
}

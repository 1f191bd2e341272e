package io.wiregate.control.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

final class PortHolderTest {
  private final String us = "process " + ProcessHandle.current().pid();

  @Test
  void ofTcp_portThatWeHold_namesUs() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(PortHolder.ofTcp(socket.getLocalPort()).orElseThrow()).startsWith(us);
    }
  }

  @Test
  void ofUdp_portThatWeHold_namesUs() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0)) {
      assertThat(PortHolder.ofUdp(socket.getLocalPort()).orElseThrow()).startsWith(us);
    }
  }

  @Test
  void ofTcp_freePort_isEmpty() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    assertThat(PortHolder.ofTcp(port)).isEmpty();
  }
}

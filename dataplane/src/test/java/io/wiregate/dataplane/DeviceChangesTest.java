package io.wiregate.dataplane;

import io.wiregate.dataplane.noise.PrivateKey;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.testing.InnerPackets;
import io.wiregate.dataplane.testing.Lab;
import io.wiregate.dataplane.testing.ScriptedPeer;
import io.wiregate.dataplane.wire.InitiationMessage;
import io.wiregate.os.net.IpAddress;
import io.wiregate.os.net.IpPrefix;
import io.wiregate.os.testing.RequiresRoot;
import io.wiregate.os.testing.RequiresTool;
import io.wiregate.os.testing.conformance.Proves;
import io.wiregate.os.udp.UdpEndpoint;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Everything about an interface changes at once, while packets come from both sides.
@RequiresRoot
@RequiresTool("ip")
class DeviceChangesTest {
  private static final int CHANGES = 40;
  private static final String INNER = "10.7.0.1";
  private static final IpPrefix THEIRS = IpPrefix.parse("10.7.1.0/24");

  @Test
  @Proves("fault.14-deadlocks")
  void device_changedFromAllSidesUnderTraffic_endsAndWorksAfterwards() throws Exception {
    try (Lab lab = Lab.up(2, INNER + "/16");
        ScriptedPeer peer = new ScriptedPeer(lab);
        ExecutorService threads = Executors.newCachedThreadPool()) {
      Device device = lab.device();
      put(device, peer);
      AtomicBoolean over = new AtomicBoolean();
      List<Future<?>> traffic =
          List.of(
              threads.submit(() -> sendFromInside(lab, over)),
              threads.submit(() -> sendFromOutside(peer, over)));
      List<Future<?>> changes = new ArrayList<>();
      changes.add(
          threads.submit(
              times(() -> {
                lab.setDown();
                lab.setUp();
              })));
      changes.add(
          threads.submit(
              times(() -> {
                device.setListenPort(0);
                device.setListenPort(Lab.PORT);
              })));
      byte[] key = Objects.requireNonNull(device.privateKeyBytes());
      changes.add(
          threads.submit(
              times(() -> {
                device.setPrivateKey(null);
                device.setPrivateKey(PrivateKey.of(key.clone(), Lab.x25519()));
              })));
      changes.add(
          threads.submit(
              times(() -> {
                device.setFirewallMark(7);
                put(device, peer, 1);
                device.setFirewallMark(0);
                put(device, peer, 0);
              })));
      changes.add(
          threads.submit(
              times(() -> {
                device.removePeer(peer.publicKey());
                put(device, peer);
                device.peerStatuses();
              })));
      for (Future<?> each : changes) {
        each.get(90, TimeUnit.SECONDS);
      }
      over.set(true);
      for (Future<?> each : traffic) {
        each.get(10, TimeUnit.SECONDS);
      }

      device.removePeer(peer.publicKey()); // whose stamps may be ahead by now
      try (ScriptedPeer another = new ScriptedPeer(lab)) {
        put(device, another);
        another.connect();
        long before = device.count(Outcome.IN_FORWARDED);
        another.send(another.seal(0, inner()));
        Lab.await(() -> device.count(Outcome.IN_FORWARDED) == before + 1);
      }
    }
  }

  private interface Change {
    void run() throws Exception;
  }

  private static Callable<Void> times(Change change) {
    return () -> {
      for (int i = 0; i < CHANGES; i++) {
        change.run();
      }
      return null;
    };
  }

  private static void put(Device device, ScriptedPeer peer) {
    put(device, peer, 0);
  }

  private static void put(Device device, ScriptedPeer peer, int keepaliveSeconds) {
    PublicKey key = peer.publicKey();
    UdpEndpoint endpoint = UdpEndpoint.of(IpAddress.parse("127.0.0.1"), peer.port());
    device.putPeer(new PeerConfiguration(key, null, endpoint, keepaliveSeconds, List.of(THEIRS)));
  }

  private static byte[] inner() {
    return InnerPackets.udp("10.7.1.5", 4000, INNER, 4000, new byte[20]);
  }

  private static Void sendFromInside(Lab lab, AtomicBoolean over) throws IOException {
    try (DatagramSocket socket = lab.socket("0.0.0.0")) {
      InetAddress to = InetAddress.ofLiteral("10.7.1.5");
      while (!over.get()) {
        try {
          socket.send(new DatagramPacket(new byte[100], 100, to, 4000));
        } catch (IOException down) {
          Thread.onSpinWait(); // the route goes with the interface
        }
      }
    }
    return null;
  }

  /// Answers initiations and sends under whatever session comes of it.
  private static Void sendFromOutside(ScriptedPeer peer, AtomicBoolean over) {
    while (!over.get()) {
      byte[] message = peer.receiveOrNull(10);
      byte[] response = message == null ? null : response(peer, message);
      if (response != null) {
        peer.send(response);
        for (int i = 0; i < 100; i++) {
          peer.send(peer.seal(i, inner()));
        }
      }
    }
    return null;
  }

  /// Null for what is none, or comes too soon after another one: the interface forgets when it was
  /// set up anew.
  private static byte @Nullable [] response(ScriptedPeer peer, byte[] message) {
    if (message.length != InitiationMessage.SIZE) {
      return null;
    }
    try {
      return peer.response(message);
    } catch (AssertionError refused) {
      return null;
    }
  }
}

package io.wiregate.control.gateway;

import io.wiregate.control.zone.Zone;
import io.wiregate.dataplane.noise.PublicKey;
import io.wiregate.dataplane.outcome.Outcome;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// A data plane that only remembers what it was told.
public final class MemoryZoneDevices implements ZoneDevices {
  private final Map<String, MemoryZoneDevice> devices = new ConcurrentHashMap<>();
  private volatile boolean isClosed;

  @Override
  public void protect(List<Zone> zones) {}

  @Override
  public MemoryZoneDevice open(ZoneSpec spec) {
    MemoryZoneDevice device = new MemoryZoneDevice(spec);
    devices.put(spec.name(), device);
    return device;
  }

  @Override
  public void rehearse() {}

  @Override
  public String description() {
    return "data plane in memory: it carries nothing";
  }

  public MemoryZoneDevice device(String zone) {
    MemoryZoneDevice device = devices.get(zone);
    if (device == null) {
      throw new AssertionError("zone " + zone + " was not opened");
    }
    return device;
  }

  public boolean isClosed() {
    return isClosed;
  }

  @Override
  public void close() {
    isClosed = true;
  }

  /// One zone of it.
  public static final class MemoryZoneDevice implements ZoneDevice {
    private final ZoneSpec spec;
    private final Map<PublicKey, PeerSpec> peers = new ConcurrentHashMap<>();
    private final Map<PublicKey, PeerSnapshot> figures = new ConcurrentHashMap<>();
    private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private volatile @Nullable RuntimeException fault;

    MemoryZoneDevice(ZoneSpec spec) {
      this.spec = spec;
    }

    @Override
    public boolean isServing() {
      return true;
    }

    public ZoneSpec spec() {
      return spec;
    }

    @Override
    public void putPeer(PeerSpec peer) {
      RuntimeException thrown = fault;
      if (thrown != null) {
        throw thrown;
      }
      calls.add("put " + peer.publicKey());
      peers.put(peer.publicKey(), peer);
    }

    @Override
    public void removePeer(PublicKey publicKey) {
      calls.add("remove " + publicKey);
      peers.remove(publicKey);
    }

    public Map<PublicKey, PeerSpec> peers() {
      return Map.copyOf(peers);
    }

    /// What was called, in order, as `put KEY` and `remove KEY`.
    public List<String> calls() {
      return List.copyOf(calls);
    }

    /// Makes [#putPeer] throw, until null.
    public void failWith(@Nullable RuntimeException thrown) {
      fault = thrown;
    }

    public void setFigures(PublicKey publicKey, PeerSnapshot snapshot) {
      figures.put(publicKey, snapshot);
    }

    public synchronized void setOutcome(Outcome outcome, long count) {
      outcomes.put(outcome, count);
    }

    @Override
    public synchronized DeviceSnapshot snapshot() {
      return new DeviceSnapshot(new HashMap<>(figures), new EnumMap<>(outcomes));
    }

    @Override
    public void close() {}
  }
}

package io.wiregate.dataplane.session;

import io.wiregate.os.udp.UdpEndpoint;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// Where a peer is, and what is known of the way there: it follows the peer's messages, and gives
/// up the address of ours that the peer wrote to where routes lead away from it. Any thread.
public final class PeerEndpoint {
  private static final VarHandle ENDPOINT;
  private static final VarHandle AVOIDED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      ENDPOINT = lookup.findVarHandle(PeerEndpoint.class, "endpoint", UdpEndpoint.class);
      AVOIDED = lookup.findVarHandle(PeerEndpoint.class, "avoided", UdpEndpoint.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final Peer peer;
  private volatile @Nullable UdpEndpoint endpoint;
  private volatile @Nullable UdpEndpoint avoided;
  private volatile long unsegmentedUntilNanos = Peer.NEVER;

  PeerEndpoint(Peer peer) {
    this.peer = peer;
  }

  /// Where to send to, null while that is not known.
  public @Nullable UdpEndpoint get() {
    return endpoint;
  }

  public void set(UdpEndpoint to) {
    endpoint = to;
    peer.table().endpoints().put(peer, to);
  }

  /// An authenticated message came from there.
  public void onHeardFrom(UdpEndpoint from) {
    UdpEndpoint givenUp = avoided;
    if (givenUp == null || !givenUp.hasAddressesOf(from)) {
      set(from);
      UdpEndpoint meanwhile = avoided;
      if (meanwhile != null && meanwhile.hasAddressesOf(from)) {
        forgetLocalAddress(from);
      }
      return;
    }
    // Its port may be another one by now, behind NAT; the way is the same.
    AVOIDED.compareAndSet(this, givenUp, from);
    UdpEndpoint known = endpoint;
    if (known == null || !known.hasRemoteOf(from)) {
      set(from.withoutLocal());
    }
  }

  /// Where the peer may be heard from without being answered from the address that it wrote to,
  /// null for nowhere.
  public @Nullable UdpEndpoint avoided() {
    return avoided;
  }

  /// Routes lead elsewhere from the local address of that endpoint: from now on the routing table
  /// chooses, also while the peer, which has not heard of it yet, goes on writing there.
  public void avoidLocalAddress(UdpEndpoint known) {
    avoided = known; // first, or what arrives in between would bring it back
    if (known.localAddress() == null) {
      return;
    }
    UdpEndpoint current = endpoint;
    // An equal one, or one of another port, may take its place at any time.
    while (current != null && current.hasAddressesOf(known)) {
      forgetLocalAddress(current);
      current = endpoint;
    }
  }

  /// Routes lead there again.
  public void allowLocalAddress() {
    avoided = null;
  }

  /// Lets the routing table choose the source address again, as when nothing comes back.
  public void forgetLocalAddress() {
    UdpEndpoint known = endpoint;
    if (known != null) {
      forgetLocalAddress(known);
    }
  }

  /// The same, unless the peer was heard from elsewhere since it was found there.
  private void forgetLocalAddress(UdpEndpoint known) {
    ENDPOINT.compareAndSet(this, known, known.withoutLocal());
  }

  /// Whether the way there takes messages of several datagrams, as far as is known.
  public boolean takesSegments(long now) {
    long until = unsegmentedUntilNanos;
    return until == Peer.NEVER || now >= until;
  }

  /// The kernel refused a message of several datagrams to there; it is tried again after a minute,
  /// since a smaller path MTU, perhaps a spoofed one, may have been the cause.
  public void onSegmentsRefused(long now) {
    unsegmentedUntilNanos = now + 60_000_000_000L;
  }
}

package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.offload.UnreachableMessage;
import io.wiregate.dataplane.session.PeerTable;
import io.wiregate.os.FileDescriptor;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.OsException;
import io.wiregate.os.link.NetworkNamespaces;
import io.wiregate.os.tun.TunInterface;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Tells senders inside that nobody is there, for packets that workers hand over: what takes
/// several system calls is no worker's business, and no handshake's.
///
/// It answers in the namespace that the interface is in at that time. The sockets of its own
/// namespace stay open. Those of others it opens for what waits and closes again: they would keep
/// the namespace alive, and with it the interface, when everybody else had left it.
///
/// Owner: [WorkerPool]. One thread, and those that attach and detach, which wait for what it is at.
final class UnreachableThread {
  /// An interface, and what each worker hands over for it.
  private record Source(PeerTable peers, TunInterface tun, List<UnreachableQueue> queues) {
    boolean isEmpty() {
      return queues.stream().allMatch(UnreachableQueue::isEmpty);
    }
  }

  private final NativeBuffer memory =
      NativeBuffer.allocate(UnreachableMessage.ICMP_HEADER + UnreachableQueue.LARGEST);
  private final Map<PeerTable, Source> sources = new ConcurrentHashMap<>();
  private final Thread thread;

  /// The namespace that this was made in, and the sockets there.
  private final long home;

  private final @Nullable UnreachableSockets atHome;
  private final @Nullable OsException failure;

  private final Bell bell;
  private volatile boolean stopping;

  /// For interfaces that are made in the calling thread's namespace. Without the right to send ICMP
  /// it lives on and answers nothing: see [#failure].
  UnreachableThread() {
    try {
      home = NetworkNamespaces.currentIdentity();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell which network namespace this is", e);
    }
    UnreachableSockets sockets = null;
    OsException refused = null;
    try {
      sockets = UnreachableSockets.open();
    } catch (OsException e) {
      refused = e;
    }
    atHome = sockets;
    failure = refused;
    thread = Thread.ofPlatform().daemon().name("unreachable").unstarted(this::run);
    bell = new Bell(() -> LockSupport.unpark(thread));
  }

  void start() {
    thread.start();
  }

  /// Why nothing is answered, null where that is not so.
  @Nullable OsException failure() {
    return failure;
  }

  /// Answers what is handed over by these queues from now on.
  void attach(PeerTable peers, TunInterface tun, List<UnreachableQueue> queues) {
    sources.put(peers, new Source(peers, tun, List.copyOf(queues)));
  }

  /// Closes the queues of an interface, to which nobody offers any more. The interface is not used
  /// afterwards.
  synchronized void detach(PeerTable peers) {
    Source source = sources.remove(peers);
    if (source != null) {
      source.queues().forEach(UnreachableQueue::close);
    }
  }

  /// Has the queues looked at. Any thread, without waiting.
  void wake() {
    bell.wake();
  }

  private void run() {
    while (!stopping) {
      bell.fallAsleep();
      if (!hasWork()) {
        LockSupport.park(this);
      }
      bell.wakeUp();
      sources.values().forEach(this::answerAll);
    }
  }

  private boolean hasWork() {
    return stopping || sources.values().stream().anyMatch(source -> !source.isEmpty());
  }

  /// Answers what waits for one interface, unless that was detached meanwhile.
  private synchronized void answerAll(Source source) {
    if (!sources.containsKey(source.peers()) || source.isEmpty()) {
      return;
    }
    try (FileDescriptor namespace = source.tun().networkNamespace()) {
      if (NetworkNamespaces.identity(namespace) == home) {
        drain(source, atHome);
        return;
      }
      try (UnreachableSockets there = NetworkNamespaces.call(namespace, UnreachableSockets::open)) {
        drain(source, there);
      }
    } catch (IOException e) {
      // The interface was deleted, or moved to where we may not look or not send.
      drain(source, null);
    }
  }

  /// As much as may wait, and then others have their turn.
  private void drain(Source source, @Nullable UnreachableSockets sockets) {
    for (UnreachableQueue queue : source.queues()) {
      for (int i = 0; i < UnreachableQueue.CAPACITY; i++) {
        int length = queue.poll(memory, UnreachableMessage.ICMP_HEADER);
        if (length == 0) {
          break;
        }
        if (sockets != null) {
          sockets.answer(memory, length, source.tun());
        }
      }
    }
  }

  /// Ends the thread and waits for it; the interfaces must have been detached.
  void stop() {
    stopping = true;
    LockSupport.unpark(thread);
    Threads.join(thread);
    if (atHome != null) {
      atHome.close();
    }
    memory.close();
  }
}

package io.wiregate.dataplane.worker;

import io.wiregate.dataplane.session.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Wipes the keys of sessions that have ended, once no worker can be using them: every worker has
/// then passed the end of a batch since, and forgotten the key that it used last. Sessions that end
/// close together are wiped together, within a second.
///
/// Any thread adds; a thread of its own wipes.
final class KeyReclaimer {
  private static final long GATHER_MILLIS = 200;

  private final Worker[] workers;
  private final Thread thread;

  // Guarded by this.
  private List<Session> ended = new ArrayList<>();
  private boolean stopping;

  KeyReclaimer(Worker[] workers) {
    this.workers = workers;
    thread = Thread.ofPlatform().daemon().name("key-reclaimer").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  synchronized void add(Session session) {
    ended.add(session);
    if (ended.size() == 1) {
      notifyAll();
    }
  }

  private void run() {
    try {
      while (true) {
        List<Session> batch = awaitSome();
        if (batch.isEmpty()) {
          return;
        }
        awaitBatchBoundaries();
        batch.forEach(Session::wipe);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized List<Session> awaitSome() throws InterruptedException {
    while (ended.isEmpty() && !stopping) {
      wait();
    }
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GATHER_MILLIS);
    for (long left; !stopping && (left = end - System.nanoTime()) > 0; ) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    List<Session> batch = ended;
    ended = new ArrayList<>();
    return batch;
  }

  private void awaitBatchBoundaries() throws InterruptedException {
    CountDownLatch passed = new CountDownLatch(workers.length);
    for (Worker worker : workers) {
      worker.submit(() -> {
        worker.forgetKeys();
        passed.countDown();
      });
    }
    // A worker that has been stopped meanwhile uses no key either.
    while (!passed.await(GATHER_MILLIS, TimeUnit.MILLISECONDS)) {
      synchronized (this) {
        if (stopping) {
          return;
        }
      }
    }
  }

  /// Wipes what is left; the workers must have been stopped.
  void stop() {
    synchronized (this) {
      stopping = true;
      notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<Session> rest;
    synchronized (this) {
      rest = ended;
      ended = new ArrayList<>();
    }
    rest.forEach(Session::wipe);
  }
}

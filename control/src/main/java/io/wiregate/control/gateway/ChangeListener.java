package io.wiregate.control.gateway;

import io.wiregate.control.database.DatabaseAwayException;
import io.wiregate.control.database.Notifications;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears of every change that any node commits, and has the [Reconciler] bring it to the
/// interfaces. Its connection also tells whether the database is there. Owner: the appliance; one
/// thread of its own.
public final class ChangeListener implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ChangeListener.class);
  private static final Duration QUIET = Duration.ofMillis(500);

  /// Notifications are not lost while the connection stands; a pooler in between may swallow them.
  private static final long FULL_PASS_NANOS = Duration.ofSeconds(60).toNanos();

  private static final long RETRY_MILLIS = 500;

  private final Notifications notifications;
  private final Reconciler reconciler;
  private final CompletableFuture<@Nullable Void> firstPass = new CompletableFuture<>();
  private final Thread thread;
  private volatile boolean isHearing;
  private volatile boolean isClosing;

  private ChangeListener(Notifications notifications, Reconciler reconciler) {
    this.notifications = notifications;
    this.reconciler = reconciler;
    this.thread = Thread.ofVirtual().name("changes").unstarted(this::run);
  }

  /// Returns when every peer is with its interface.
  public static ChangeListener start(Notifications notifications, Reconciler reconciler) {
    ChangeListener listener = new ChangeListener(notifications, reconciler);
    listener.thread.start();
    try {
      listener.firstPass.join();
    } catch (CompletionException failed) {
      listener.close();
      throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
    }
    return listener;
  }

  /// Whether the database answers, and every peer has been read from it since it last did not. So
  /// the pool has a connection again: after an absence it may take seconds longer than this one.
  public boolean isHearing() {
    return isHearing;
  }

  private void run() {
    while (!isClosing) {
      try {
        notifications.connect("wiregate_peer");
        hear();
      } catch (DatabaseAwayException away) {
        if (isHearing) {
          log.warn("the database went away; the gateway goes on with the peers it knows");
        }
        isHearing = false;
      } catch (RuntimeException failed) {
        isHearing = false;
        firstPass.completeExceptionally(failed);
        log.error("the peers cannot be brought in line: {}", failed.getMessage());
      }
      notifications.disconnect();
      pause();
    }
  }

  private void hear() {
    reconciler.refreshAll();
    isHearing = true;
    if (!firstPass.complete(null)) {
      log.info("the database answers; every peer is in line with it");
    }
    long lastPassNanos = System.nanoTime();
    while (!isClosing) {
      for (String payload : notifications.await(QUIET)) {
        reconciler.refresh(UUID.fromString(payload));
      }
      reconciler.settle();
      if (System.nanoTime() - lastPassNanos > FULL_PASS_NANOS) {
        reconciler.refreshAll();
        lastPassNanos = System.nanoTime();
      }
    }
  }

  private void pause() {
    try {
      if (!isClosing) {
        Thread.sleep(RETRY_MILLIS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    isClosing = true;
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(2));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    notifications.disconnect();
  }
}

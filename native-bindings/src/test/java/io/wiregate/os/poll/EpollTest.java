package io.wiregate.os.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.wiregate.os.Errno;
import io.wiregate.os.OsException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class EpollTest {
  private static final int FOREVER = -1;

  @Test
  void await_nothingReady_returnsAtOnce() throws OsException {
    try (Epoll epoll = new Epoll(2);
        EventFd bell = new EventFd()) {
      epoll.add(bell.fd(), 7);
      assertThat(epoll.await(0)).isZero();
      bell.silence(); // not ringing: no wait either
      assertThat(epoll.await(0)).isZero();
    }
  }

  @Test
  void await_severalRings_areOneUntilSilenced() throws OsException {
    try (Epoll epoll = new Epoll(2);
        EventFd bell = new EventFd()) {
      epoll.add(bell.fd(), -5L);
      bell.ring();
      bell.ring();

      assertThat(epoll.await(FOREVER)).isEqualTo(1);
      assertThat(epoll.token(0)).isEqualTo(-5);
      assertThat(epoll.isBroken(0)).isFalse();
      assertThat(epoll.await(0)).as("level-triggered").isEqualTo(1);
      bell.silence();
      assertThat(epoll.await(0)).isZero();
    }
  }

  @Test
  void await_moreReadyThanItReports_reportsTheOthersNext() throws OsException {
    try (Epoll epoll = new Epoll(1);
        EventFd first = new EventFd();
        EventFd second = new EventFd()) {
      epoll.add(first.fd(), 1);
      epoll.add(second.fd(), 2);
      first.ring();
      second.ring();

      Set<Long> seen = new TreeSet<>();
      for (int i = 0; i < 2; i++) {
        assertThat(epoll.await(FOREVER)).isEqualTo(1);
        seen.add(epoll.token(0));
      }
      assertThat(seen).containsExactly(1L, 2L);
    }
  }

  @Test
  void await_ringFromAnotherThread_wakes() throws Exception {
    try (Epoll epoll = new Epoll(1);
        EventFd bell = new EventFd()) {
      epoll.add(bell.fd(), 3);
      Thread ringer = Thread.ofPlatform().start(bell::ring);

      assertThat(epoll.await(FOREVER)).isEqualTo(1);
      ringer.join();
    }
  }

  @Test
  void remove_watchedOrNot_isSilent() throws OsException {
    try (Epoll epoll = new Epoll(1);
        EventFd bell = new EventFd()) {
      epoll.add(bell.fd(), 3);
      bell.ring();
      epoll.remove(bell.fd());
      epoll.remove(bell.fd());

      assertThat(epoll.await(0)).isZero();
    }
  }

  @Test
  void add_twiceOrClosed_fails() throws OsException {
    try (Epoll epoll = new Epoll(1)) {
      EventFd bell = new EventFd();
      epoll.add(bell.fd(), 3);
      assertThat(catchThrowableOfType(OsException.class, () -> epoll.add(bell.fd(), 3)).errno())
          .isEqualTo(Errno.EEXIST);
      bell.close();
      assertThat(catchThrowableOfType(OsException.class, () -> epoll.add(bell.fd(), 3)).errno())
          .isEqualTo(Errno.EBADF);
    }
  }
}

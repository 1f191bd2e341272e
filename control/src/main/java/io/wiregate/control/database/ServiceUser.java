package io.wiregate.control.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/// Who the embedded PostgreSQL runs as: this process's own user, or, where that is root (as which
/// PostgreSQL refuses to run), a user id of its own that nobody else has.
///
/// The id needs no entry in `/etc/passwd`, so nothing on the host is changed; `nobody` was rejected
/// since other services run as `nobody` and could read the database. Only `initdb` looks its user
/// up by id, so it alone runs as `nobody`, in a directory that is handed over afterwards.
record ServiceUser(int uid, boolean isSwitch) {
  /// In a range that systemd's table of ids (systemd.io/UIDS-GIDS) leaves unused, and below 65536,
  /// so that a container's user namespace has it too.
  private static final int DATABASE_UID = 60_600;

  private static final int NOBODY_UID = 65_534;

  static ServiceUser choose() {
    // Not /proc/self: that is a link, and root's.
    int self = uidOf(Path.of("/proc", Long.toString(ProcessHandle.current().pid())));
    return self == 0 ? new ServiceUser(DATABASE_UID, true) : new ServiceUser(self, false);
  }

  /// Who `initdb` runs as.
  ServiceUser initdb() {
    return isSwitch ? new ServiceUser(NOBODY_UID, true) : this;
  }

  /// What stands before a command so that this user runs it: util-linux's setpriv(1).
  List<String> prefix() {
    return isSwitch
        ? List.of(
            "setpriv",
            "--reuid=" + uid,
            "--regid=" + uid,
            "--clear-groups",
            "--inh-caps=-all",
            "--no-new-privs")
        : List.of();
  }

  static int uidOf(Path path) {
    try {
      return (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  void own(Path path) throws IOException {
    if (isSwitch) {
      Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(path, "unix:gid", uid, LinkOption.NOFOLLOW_LINKS);
    }
  }

  void ownAll(Path directory) throws IOException {
    if (!isSwitch) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            own(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(
              Path visited, @org.jspecify.annotations.Nullable IOException failed)
              throws IOException {
            own(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /// Refuses a place that the user could not reach.
  ///
  /// @throws DatabaseException names the directory in the way
  void checkReach(Path directory) {
    if (!isSwitch) {
      return;
    }
    for (Path each = directory.toAbsolutePath(); each != null; each = each.getParent()) {
      try {
        int mode = (Integer) Files.getAttribute(each, "unix:mode");
        if ((mode & 1) == 0 && uidOf(each) != uid) {
          throw new DatabaseException(
              "The embedded database runs as a user of its own, which may not pass through "
                  + each
                  + ": choose a state directory elsewhere (--state), or let others pass (chmod o+x "
                  + each
                  + ").");
        }
      } catch (IOException gone) {
        throw new UncheckedIOException(gone);
      }
    }
  }
}

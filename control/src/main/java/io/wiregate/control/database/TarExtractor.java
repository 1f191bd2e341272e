package io.wiregate.control.database;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// Unpacks a tar archive (POSIX ustar) of plain files, directories and symbolic links: all that
/// PostgreSQL's has. A library for it would be twenty times the code's size on the class path.
final class TarExtractor {
  private static final int BLOCK = 512;

  private final InputStream archive;
  private final Path target;

  TarExtractor(InputStream archive, Path target) {
    this.archive = archive;
    this.target = target.toAbsolutePath().normalize();
  }

  void extract() throws IOException {
    byte[] header = new byte[BLOCK];
    while (archive.readNBytes(header, 0, BLOCK) == BLOCK && header[0] != 0) {
      entry(header);
    }
  }

  private void entry(byte[] header) throws IOException {
    Path path = inside(target.resolve(text(header, 0, 100)));
    long size = octal(header, 124, 12);
    switch (header[156]) {
      case '5' -> Files.createDirectories(path);
      case '2' -> {
        Files.createDirectories(parent(path));
        String link = text(header, 157, 100);
        inside(parent(path).resolve(link));
        Files.createSymbolicLink(path, Path.of(link));
      }
      case '0', 0 -> file(path, size, (octal(header, 100, 8) & 0100) != 0);
      default -> throw new IOException("entry of type " + (char) header[156]);
    }
  }

  private void file(Path path, long size, boolean executable) throws IOException {
    Files.createDirectories(parent(path));
    byte[] buffer = new byte[1 << 16];
    try (OutputStream out = Files.newOutputStream(path)) {
      long left = size;
      while (left > 0) {
        int count = archive.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          throw new EOFException("ends within " + path.getFileName());
        }
        out.write(buffer, 0, count);
        left -= count;
      }
    }
    archive.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
    Files.setPosixFilePermissions(
        path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
  }

  private Path inside(Path path) throws IOException {
    Path normal = path.normalize();
    if (!normal.startsWith(target)) {
      throw new IOException("entry outside of the archive: " + path);
    }
    return normal;
  }

  private static Path parent(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IOException("entry without a directory: " + path);
    }
    return parent;
  }

  private static String text(byte[] header, int offset, int length) {
    int end = offset;
    while (end < offset + length && header[end] != 0) {
      end++;
    }
    return new String(header, offset, end - offset, StandardCharsets.UTF_8);
  }

  private static long octal(byte[] header, int offset, int length) throws IOException {
    String text = text(header, offset, length).strip();
    try {
      return text.isEmpty() ? 0 : Long.parseLong(text, 8);
    } catch (NumberFormatException malformed) {
      throw new IOException("malformed header", malformed);
    }
  }
}

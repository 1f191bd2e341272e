package io.wiregate.control.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
final class TarExtractorTest {
  @TempDir Path directory;

  private static byte[] entry(String name, char type, String link, String content) {
    byte[] block = new byte[512 + (content.isEmpty() ? 0 : 512)];
    put(block, 0, name);
    put(block, 100, "0000755");
    put(block, 124, String.format(Locale.ROOT, "%011o", content.length()));
    block[156] = (byte) type;
    put(block, 157, link);
    put(block, 257, "ustar");
    put(block, 512, content);
    return block;
  }

  private static void put(byte[] block, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, block, Math.min(offset, block.length), bytes.length);
  }

  private void extract(byte[]... entries) throws IOException {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    for (byte[] entry : entries) {
      archive.write(entry);
    }
    archive.write(new byte[1024]);
    new TarExtractor(new ByteArrayInputStream(archive.toByteArray()), directory).extract();
  }

  @Test
  void extract_filesAndLinks_areThere() throws IOException {
    extract(
        entry("bin/", '5', "", ""), entry("bin/a", '0', "", "hello"), entry("b", '2', "bin/a", ""));
    assertThat(directory.resolve("b")).isSymbolicLink().hasContent("hello");
    assertThat(Files.isExecutable(directory.resolve("bin/a"))).isTrue();
  }

  @Test
  void extract_pathOutside_isRefused() {
    assertThatThrownBy(() -> extract(entry("../a", '0', "", "x"))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> extract(entry("/etc/a", '0', "", "x")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void extract_linkOutside_isRefused() {
    assertThatThrownBy(() -> extract(entry("a", '2', "../../etc", "")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void extract_unknownType_isRefused() {
    assertThatThrownBy(() -> extract(entry("a", '3', "", ""))).isInstanceOf(IOException.class);
  }
}

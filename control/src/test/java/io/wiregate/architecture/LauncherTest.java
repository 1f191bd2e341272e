package io.wiregate.architecture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real launcher in a checkout that is built already, with a `java` that is a script: what it
/// finds, what it hands over, and how it ends.
final class LauncherTest {
  /// Says how it was called, or does what the test wants of a program that goes to the background.
  private static final String JAVA =
      """
      #!/usr/bin/env bash
      case ${FAKE:-} in
        serve-loudly) echo a log line >&2; echo ready >&$WIREGATE_READY_FD; sleep 60 ;;
        die) echo 'the name is taken' >&2; exit 3 ;;
        *) echo "pid $$"; printf '%s\\n' "$@" ;;
      esac
      """;

  @TempDir private Path directory;
  private Path checkout;
  private Path jdk;

  private record Ended(int status, String out, String err, long pid) {}

  @BeforeEach
  void makeCheckout() throws IOException {
    checkout = Files.createDirectory(directory.resolve("a checkout"));
    copy("wiregate");
    for (String piece : List.of("build.sh", "detach.sh", "test.sh")) {
      copy("packaging/launcher/" + piece);
    }
    Files.createSymbolicLink(checkout.resolve("wiregate-tun"), Path.of("wiregate"));
    Files.createFile(checkout.resolve("pom.xml"));
    jdk = makeJdk("jdk", "25.0.3");

    Path app = Files.createDirectories(checkout.resolve(".build/app-1"));
    Files.writeString(checkout.resolve(".build/current"), "app-1\n");
    Files.writeString(app.resolve("class-path"), "control.jar\npicocli.jar\n");
    Files.writeString(app.resolve("java.options"), "");
    Files.writeString(app.resolve("wiregate.aot"), "");
    Files.writeString(app.resolve("stamp"), jdk + "\n" + app + "\n");
    Files.setLastModifiedTime(
        app.resolve("stamp"), FileTime.from(Instant.parse("2100-01-01T00:00:00Z")));
  }

  private void copy(String file) throws IOException {
    Path target = checkout.resolve(file);
    Files.createDirectories(target.resolveSibling("."));
    Files.copy(Checkout.ROOT.resolve(file), target, StandardCopyOption.COPY_ATTRIBUTES);
  }

  private Path makeJdk(String name, String version) throws IOException {
    Path home = Files.createDirectories(directory.resolve(name));
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"");
    Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
    Files.writeString(java, JAVA);
    assertThat(java.toFile().setExecutable(true)).isTrue();
    return home;
  }

  private Ended run(Map<String, String> environment, Path program, String... arguments)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Stream.concat(Stream.of(program.toString()), Stream.of(arguments)).toList());
    builder.directory(directory.toFile());
    builder.environment().keySet().removeAll(List.of("JAVA_HOME", "LOG_LEVEL"));
    builder.environment().putAll(environment);
    Path err = Files.createTempFile(directory, "err", "");
    builder.redirectError(err.toFile());
    Process process = builder.start();
    process.getOutputStream().close();
    // to the end: a descriptor left open in the background would be seen as a test that hangs
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ended(process.waitFor(), out, Files.readString(err), process.pid());
  }

  @Test
  void start_becomesJavaWithTheModulesTheClassPathAndTheArguments() throws Exception {
    Ended ended = run(Map.of(), checkout.resolve("wiregate"), "peer", "add", "a b");

    Path app = checkout.resolve(".build/app-1");
    assertThat(ended.out().lines())
        .containsExactly(
            "pid " + ended.pid(),
            "@" + app + "/java.options",
            "--module-path=" + app + "/modules",
            "--class-path=" + app + "/lib/control.jar:" + app + "/lib/picocli.jar",
            "-XX:AOTCache=" + app + "/wiregate.aot",
            "io.wiregate.control.Main",
            "peer",
            "add",
            "a b");
    assertThat(ended.err()).isEmpty();
  }

  @Test
  void start_throughLinks_findsItsCheckout() throws Exception {
    Path bin = Files.createDirectory(directory.resolve("bin"));
    Path tun = Files.createSymbolicLink(bin.resolve("wiregate-tun"), checkout.resolve("wiregate"));
    Path other =
        Files.createSymbolicLink(bin.resolve("wg impl"), Path.of("../a checkout/wiregate-tun"));

    assertThat(run(Map.of(), tun, "-f", "wg0").out()).endsWith("Main\ntun\n-f\nwg0\n");
    assertThat(run(Map.of(), other, "-f", "wg0").out()).endsWith("Main\ntun\n-f\nwg0\n");
  }

  @Test
  void javaHome_ofOldJava_isPassedOver() throws Exception {
    Ended ended =
        run(
            Map.of("JAVA_HOME", makeJdk("old", "17.0.15").toString()),
            checkout.resolve("wiregate"),
            "version");
    assertThat(ended.out()).contains("Main").contains("-XX:AOTCache");
  }

  @Test
  void javaHome_ofAnotherNewJava_isUsedWithoutTheCache() throws Exception {
    Ended ended =
        run(
            Map.of("JAVA_HOME", makeJdk("new", "26-ea").toString()),
            checkout.resolve("wiregate"),
            "version");
    assertThat(ended.out()).contains("Main").doesNotContain("-XX:AOTCache");
  }

  @Test
  void tun_withoutForeground_returnsOnceReady() throws Exception {
    Ended ended = run(Map.of("FAKE", "serve-loudly"), checkout.resolve("wiregate-tun"), "wg0");
    assertThat(ended.status()).isZero();
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err()).isEqualTo("a log line\n");
    endServing();
  }

  @Test
  void tun_thatDiesBeforeItServes_failsWithItsWordsAndStatus() throws Exception {
    for (String level : List.of("silent", "debug")) {
      Ended ended =
          run(
              Map.of("FAKE", "die", "LOG_LEVEL", level),
              checkout.resolve("wiregate"),
              "tun",
              "wg0");
      assertThat(ended.status()).isEqualTo(3);
      assertThat(ended.err()).isEqualTo("the name is taken\n");
    }
  }

  @Test
  void tun_inForeground_isTheProcessItself() throws Exception {
    for (Ended ended :
        List.of(
            run(Map.of(), checkout.resolve("wiregate"), "tun", "-f", "wg0"),
            run(Map.of("WG_PROCESS_FOREGROUND", "1"), checkout.resolve("wiregate-tun"), "wg0"))) {
      assertThat(ended.out()).startsWith("pid " + ended.pid() + "\n").endsWith("wg0\n");
    }
  }

  @Test
  void changedSource_isBuilt() throws Exception {
    Files.setLastModifiedTime(
        checkout.resolve("pom.xml"), FileTime.from(Instant.parse("2100-01-02T00:00:00Z")));
    Path java = makeJdk("without-compiler", "25");
    Ended ended =
        run(
            Map.of("JAVA_HOME", java.toString(), "PATH", pathWithoutMaven(), "MAVEN_HOME", "/none"),
            checkout.resolve("wiregate"),
            "version");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err()).startsWith("wiregate: needs ").hasLineCount(1);
  }

  /// A directory of links to what the launcher itself needs, so that no `mvn` is found.
  private String pathWithoutMaven() throws IOException {
    Path bin = Files.createDirectory(directory.resolve("few-programs"));
    for (String program : List.of("bash", "find", "readlink", "env")) {
      Files.createSymbolicLink(bin.resolve(program), Path.of("/usr/bin", program));
    }
    return bin.toString();
  }

  private void endServing() {
    ProcessHandle.allProcesses()
        .filter(process ->
            process.info().arguments().stream()
                .flatMap(Stream::of)
                .anyMatch(argument -> argument.startsWith("@" + checkout)))
        .forEach(process -> {
          process.descendants().forEach(ProcessHandle::destroy);
          process.destroy();
        });
  }
}

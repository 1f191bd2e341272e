package io.wiregate.os.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.wiregate.os.NativeBuffer;
import io.wiregate.os.internal.IpsecMb;
import io.wiregate.os.testing.ClassPath;
import io.wiregate.os.testing.conformance.Proves;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class AeadEnginesTest {
  private static final int STRIDE = 2048;

  static List<AeadEngine> engines() {
    return AeadEngines.available();
  }

  static Stream<AeadEngine> nativeEngines() {
    return engines().stream().filter(engine -> !engine.name().startsWith("JDK"));
  }

  @Test
  void available_always_endsWithTheJdk() {
    assertThat(engines().getLast().name()).startsWith("JDK");
  }

  @Test
  void select_withoutPreference_takesOneThatNoneBeatsClearly() {
    AeadEngines.Selection selection = AeadEngines.select(null);

    EngineReport.Finding chosen =
        selection.report().findings().stream()
            .filter(finding -> finding.id().equals(selection.report().chosen()))
            .findFirst()
            .orElseThrow();
    assertThat(selection.engine().name()).isEqualTo(chosen.name());
    assertThat(selection.report().findings())
        .filteredOn(finding -> finding.isUsable() && finding.nanos() > 0)
        .allSatisfy(finding -> assertThat(finding.nanos()).isGreaterThan(0.9 * chosen.nanos()));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "false, boringssl, -",
        "false, ipsecmb, apt install android-libboringssl",
        "true, boringssl, apt install libipsec-mb.",
        "true, ipsecmb, -",
      })
  void advice_byProcessor_namesTheLibraryThatIsFastestThere(
      boolean avx512, String present, @Nullable String advice) {
    List<EngineReport.Finding> findings =
        Stream.of("boringssl", "ipsecmb")
            .map(id ->
                new EngineReport.Finding(
                    id, id, id.equals(present) ? null : id + " is not installed", 0))
            .toList();
    String said = AeadEngines.advice(findings, avx512);
    assertThat(said == null ? null : said.replaceAll("mb[12]$", "mb.")).isEqualTo(advice);
  }

  @Test
  void advice_libraryThatIsThereAndNoGood_isNotToInstallIt() {
    assertThat(
            AeadEngines.advice(
                List.of(new EngineReport.Finding("ipsecmb", "IPsec-MB", "is not known", 0)), true))
        .isNull();
  }

  @Test
  void ipsecMb_whereTheKernelDoesNotOfferAllOfAvx512_isNotUsed() {
    String all = "flags\t\t: fpu avx512f avx512dq avx512cd avx512bw avx512vl sse";
    assertThat(IpsecMbRequirements.hasAvx512(List.of("model name\t: a", all))).isTrue();
    assertThat(IpsecMbRequirements.hasAvx512(List.of(all.replace("avx512vl ", "")))).isFalse();
    assertThat(IpsecMbRequirements.hasAvx512(List.of("bugs\t: avx512f"))).isFalse();
    assertThat(IpsecMbRequirements.hasAvx512(List.of())).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "12, libipsec-mb1",
    "13, libipsec-mb2",
    "24.04, libipsec-mb2",
    "'', libipsec-mb1",
  })
  void ipsecMb_installCommand_isOfTheRelease(String version, String name) {
    assertThat(
            IpsecMbRequirements.installCommand(
                List.of("ID=debian", "VERSION_ID=\"" + version + "\"")))
        .isEqualTo("apt install " + name);
  }

  @ParameterizedTest
  @CsvSource({
    "1.0, false",
    "1.3, true",
    "1.3.0, true",
    "1.30.0, false",
    "1.5.0, true",
    "1.6.0, false",
    "2.0.2, true",
    "2.1.0, false"
  })
  void ipsecMb_ofAVersionWhoseHeaderNobodyLookedAt_isNotUsed(String version, boolean known) {
    assertThat(IpsecMb.isKnown(version)).isEqualTo(known);
  }

  /// As where only approved ciphers are: it takes no other library with it.
  @Test
  void select_whereOpenSslIsConfiguredWithoutTheCipher_takesAnother(@TempDir Path directory)
      throws Exception {
    Path configuration = directory.resolve("openssl.cnf");
    Files.writeString(
        configuration,
        """
        openssl_conf = init
        [init]
        providers = list
        [list]
        null = none
        [none]
        activate = 1
        """);
    ProcessBuilder builder =
        new ProcessBuilder(
                ClassPath.java(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                ClassPath.all(),
                ChosenAead.class.getName())
            .redirectErrorStream(true);
    builder.environment().put("OPENSSL_CONF", configuration.toString());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said.lines().toList())
        .hasSize(2)
        .first(InstanceOfAssertFactories.STRING)
        .matches("BoringSSL|IPsec-MB .*|JDK .*");
    assertThat(said).contains("OpenSSL's configuration offers no ChaCha20-Poly1305");
  }

  @Test
  void select_byName_takesIt() {
    assertThat(AeadEngines.select("JDK").engine().name()).startsWith("JDK");
  }

  @Test
  void select_byUnknownName_namesThoseThatThereAre() {
    assertThatThrownBy(() -> AeadEngines.select("rot13"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rot13")
        .hasMessageContaining("jdk");
  }

  @Test
  void selfTest_engineThatSealsWrong_isRefused() {
    AeadEngine wrong =
        broken(
            new JdkAead() {
              @Override
              boolean sealPacket(long counter, long ad, int adLength, long in, int length, long o) {
                return super.sealPacket(counter + 1, ad, adLength, in, length, o);
              }
            });

    assertThat(AeadSelfTest.failure(wrong, AeadEngines.jdk())).contains("sealing");
  }

  @Test
  void selfTest_engineThatTakesForgeries_isRefused() {
    AeadEngine wrong =
        broken(
            new JdkAead() {
              @Override
              boolean openPacket(long counter, long ad, int adLength, long in, int length, long o) {
                var _ = super.openPacket(counter, ad, adLength, in, length, o);
                return true;
              }
            });

    assertThat(AeadSelfTest.failure(wrong, AeadEngines.jdk())).contains("refusing a forgery");
  }

  private static AeadEngine broken(Aead aead) {
    return new AeadEngine() {
      @Override
      public String name() {
        return "broken";
      }

      @Override
      public Aead newAead() {
        return aead;
      }
    };
  }

  @ParameterizedTest
  @MethodSource("engines")
  void batch_inPlaceUnderHighCounters_opensAgain(AeadEngine engine) {
    int packets = 12;
    try (NativeBuffer buffer = NativeBuffer.allocate(packets * STRIDE);
        Aead aead = engine.newAead();
        AeadKey key = key(1)) {
      AeadBatch batch = new AeadBatch(packets, buffer);
      byte[][] plain = new byte[packets][];
      batch.begin(buffer, buffer);
      for (int i = 0; i < packets; i++) {
        plain[i] = bytes(i * 120, i);
        buffer.copyFrom(i * STRIDE, plain[i], 0, plain[i].length);
        batch.add(i * STRIDE, plain[i].length, i * STRIDE, 0);
      }
      batch.numberFrom(-packets); // up to 2^64 - 1
      aead.seal(key, batch);

      batch.begin(buffer, buffer);
      for (int i = 0; i < packets; i++) {
        batch.add(i * STRIDE, plain[i].length + Aead.TAG_SIZE, i * STRIDE, i - packets);
      }
      aead.open(key, batch);

      for (int i = 0; i < packets; i++) {
        assertThat(batch.isAuthentic(i)).isTrue();
        assertThat(buffer.toArray(i * STRIDE, plain[i].length)).isEqualTo(plain[i]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void batch_oneForged_othersOpenAndItsPlaintextStaysHidden(AeadEngine engine) {
    try (NativeBuffer buffer = NativeBuffer.allocate(3 * STRIDE);
        NativeBuffer target = NativeBuffer.allocate(3 * STRIDE);
        Aead aead = engine.newAead();
        AeadKey key = key(2)) {
      AeadBatch batch = new AeadBatch(4, buffer);
      byte[] plain = bytes(1000, 5);
      batch.begin(buffer, buffer);
      for (int i = 0; i < 3; i++) {
        buffer.copyFrom(i * STRIDE, plain, 0, plain.length);
        batch.add(i * STRIDE, plain.length, i * STRIDE, i);
      }
      aead.seal(key, batch);
      buffer.putByte(STRIDE + 500, buffer.getByte(STRIDE + 500) ^ 4);

      batch.begin(buffer, target);
      for (int i = 0; i < 3; i++) {
        batch.add(i * STRIDE, plain.length + Aead.TAG_SIZE, i * STRIDE, i);
      }
      batch.add(0, Aead.TAG_SIZE - 1, 0, 0); // too short to be anything
      aead.open(key, batch);

      assertThat(batch.isAuthentic(0)).isTrue();
      assertThat(batch.isAuthentic(1)).isFalse();
      assertThat(batch.isAuthentic(2)).isTrue();
      assertThat(batch.isAuthentic(3)).isFalse();
      assertThat(target.toArray(2 * STRIDE, plain.length)).isEqualTo(plain);
      assertThat(target.toArray(STRIDE, plain.length)).isEqualTo(new byte[plain.length]);
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void keyChange_inTheMiddle_usesTheNewKeyAndTheOldAgain(AeadEngine engine) {
    try (NativeBuffer buffer = NativeBuffer.allocate(3 * STRIDE);
        Aead aead = engine.newAead();
        AeadKey first = key(3);
        AeadKey second = key(4)) {
      byte[] a = sealed(aead, first, buffer, 7);
      byte[] b = sealed(aead, second, buffer, 7);
      assertThat(sealed(aead, first, buffer, 7)).isEqualTo(a);
      assertThat(b).isNotEqualTo(a);

      second.set(bytes(32, 3), 0); // the bytes of the first, in the memory of the second
      assertThat(sealed(aead, second, buffer, 7)).isEqualTo(a);
      aead.forget();
      assertThat(sealed(aead, first, buffer, 7)).isEqualTo(a);
      assertThat(opens(aead, first, buffer, a, 7)).isTrue();
      assertThat(opens(aead, first, buffer, b, 7)).isFalse();
      assertThat(opens(aead, first, buffer, a, 7)).as("the same packet once more").isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void use_afterClose_isRefused(AeadEngine engine) {
    try (NativeBuffer buffer = NativeBuffer.allocate(3 * STRIDE);
        AeadKey key = key(1)) {
      Aead aead = engine.newAead();
      var _ = sealed(aead, key, buffer, 1);
      aead.close();
      aead.close();

      assertThatThrownBy(() -> sealed(aead, key, buffer, 2))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void seal_outsideTheBuffer_isRefused(AeadEngine engine) {
    try (NativeBuffer buffer = NativeBuffer.allocate(100);
        Aead aead = engine.newAead();
        AeadKey key = key(1)) {
      AeadBatch batch = new AeadBatch(1, buffer);
      batch.add(0, 90, 0, 0); // fits, but its tag does not

      assertThatThrownBy(() -> aead.seal(key, batch)).isInstanceOf(IndexOutOfBoundsException.class);
      batch.begin(buffer, buffer);
      batch.add(0, -1, 0, 0);
      assertThatThrownBy(() -> aead.seal(key, batch)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("nativeEngines")
  void sealAndOpen_warm_allocateNothing(AeadEngine engine) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (NativeBuffer buffer = NativeBuffer.allocate(4 * STRIDE);
        Aead aead = engine.newAead();
        AeadKey key = key(9)) {
      AeadBatch batch = new AeadBatch(4, buffer);
      run(aead, key, batch, buffer, 5_000);

      long least = Long.MAX_VALUE;
      // Compilation may take more than one round; afterwards nothing is ever allocated.
      for (int round = 0; round < 50 && least > 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        run(aead, key, batch, buffer, 500);
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(least).isZero();
    }
  }

  private static void run(
      Aead aead, AeadKey key, AeadBatch batch, NativeBuffer buffer, int rounds) {
    for (int round = 0; round < rounds; round++) {
      batch.begin(buffer, buffer);
      for (int i = 0; i < 4; i++) {
        batch.add(i * STRIDE, 100, i * STRIDE, i);
      }
      aead.seal(key, batch);
      batch.begin(buffer, buffer);
      for (int i = 0; i < 4; i++) {
        batch.add(i * STRIDE, 116, i * STRIDE, i);
      }
      aead.open(key, batch);
    }
  }

  private static byte[] sealed(Aead aead, AeadKey key, NativeBuffer buffer, long counter) {
    buffer.wipe(0, buffer.size());
    aead.seal(key, counter, buffer, 0, 13, buffer, 64, 50, buffer, STRIDE);
    return buffer.toArray(STRIDE, 66);
  }

  private static boolean opens(
      Aead aead, AeadKey key, NativeBuffer buffer, byte[] sealed, long counter) {
    buffer.wipe(0, buffer.size());
    buffer.copyFrom(STRIDE, sealed, 0, sealed.length);
    return aead.open(key, counter, buffer, 0, 13, buffer, STRIDE, sealed.length, buffer, 64);
  }

  private static AeadKey key(int seed) {
    return AeadKey.of(bytes(AeadKey.SIZE, seed), 0);
  }

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  @Proves("session.wiped")
  void aeadKey_closed_isWipedAndGivesItsMemoryBackOnce() {
    AeadKey key = key(5);
    key.close();
    key.close();
    byte[] seen = new byte[AeadKey.SIZE];
    Arrays.fill(seen, (byte) 1);
    key.copyTo(seen, 0);

    assertThat(seen).isEqualTo(new byte[AeadKey.SIZE]);
    try (AeadKey a = key(6);
        AeadKey b = key(7)) {
      assertThat(a.address()).isNotEqualTo(b.address());
      assertThat(a.id()).isNotEqualTo(b.id());
    }
  }

  @Test
  void keyMemory_always_saysWhetherItIsProtected() {
    assertThat(KeyMemory.protection().excludedFromDumps()).isTrue();
  }
}

package io.wiregate.os.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.os.testing.conformance.Proves;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import javax.crypto.KeyAgreement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class X25519EnginesTest {
  static List<X25519> engines() {
    return X25519Engines.available();
  }

  @Test
  void select_withoutPreference_looksInTheOrderOfSpeed() {
    EngineReport report = X25519Engines.select(null).report();

    assertThat(report.findings()).extracting(EngineReport.Finding::id).startsWith("libsodium");
  }

  @Test
  void select_byUnknownName_isRefused() {
    assertThatThrownBy(() -> X25519Engines.select("rot13"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rot13");
  }

  @Test
  void selfTest_engineThatTakesLowOrderPoints_isRefused() {
    if (engines().isEmpty()) {
      return;
    }
    X25519 right = engines().getFirst();
    X25519 wrong =
        new X25519() {
          @Override
          public String name() {
            return "wrong";
          }

          @Override
          public void publicKey(byte[] privateKey, byte[] publicKey) {
            right.publicKey(privateKey, publicKey);
          }

          @Override
          public boolean agree(byte[] privateKey, byte[] publicKey, byte[] shared) {
            var _ = right.agree(privateKey, publicKey, shared);
            return true;
          }
        };

    assertThat(X25519SelfTest.failure(wrong)).contains("low order");
  }

  @ParameterizedTest
  @MethodSource("engines")
  @Proves("handshake.zero-dh")
  void agree_pointOfLowOrder_isRefused(X25519 x25519) {
    byte[] shared = new byte[32];
    for (String point : X25519SelfTest.LOW_ORDER) {
      assertThat(x25519.agree(bytes(1), HexFormat.of().parseHex(point), shared)).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void agree_randomKeys_isWhatTheJdkAgreesOn(X25519 x25519) throws GeneralSecurityException {
    for (int i = 0; i < 50; i++) {
      byte[] alice = bytes(i);
      byte[] bobPublic = new byte[32];
      x25519.publicKey(bytes(1000 + i), bobPublic);
      byte[] shared = new byte[32];

      assertThat(x25519.agree(alice, bobPublic, shared)).isTrue();
      assertThat(shared).isEqualTo(jdk(alice, bobPublic));
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void keys_ofOtherSizes_areRefused(X25519 x25519) {
    assertThatThrownBy(() -> x25519.publicKey(new byte[31], new byte[32]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> x25519.agree(new byte[32], new byte[33], new byte[32]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> x25519.agree(new byte[32], new byte[32], new byte[31]))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static byte[] jdk(byte[] privateKey, byte[] publicKey) throws GeneralSecurityException {
    KeyFactory factory = KeyFactory.getInstance("X25519");
    byte[] bigEndian = new byte[32];
    for (int i = 0; i < 32; i++) {
      bigEndian[i] = publicKey[31 - i];
    }
    KeyAgreement agreement = KeyAgreement.getInstance("X25519");
    agreement.init(
        factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, privateKey)));
    agreement.doPhase(
        factory.generatePublic(
            new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, bigEndian))),
        true);
    return agreement.generateSecret();
  }

  private static byte[] bytes(int seed) {
    byte[] bytes = new byte[32];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}

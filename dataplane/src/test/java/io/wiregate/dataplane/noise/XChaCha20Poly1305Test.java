package io.wiregate.dataplane.noise;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class XChaCha20Poly1305Test {
  private static final HexFormat HEX = HexFormat.of();

  // draft-irtf-cfrg-xchacha-03, A.3.1.
  private static final byte[] KEY =
      HEX.parseHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  private static final byte[] NONCE =
      HEX.parseHex("404142434445464748494a4b4c4d4e4f5051525354555657");
  private static final byte[] ASSOCIATED = HEX.parseHex("50515253c0c1c2c3c4c5c6c7");
  private static final byte[] TEXT =
      ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future,"
              + " sunscreen would be it.")
          .getBytes(US_ASCII);
  private static final String SEALED =
      "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
          + "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
          + "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
          + "21f9664c97637da9768812f615c68b13b52e"
          + "c0875924c1c7987947deafd8780acf49";

  /// draft-irtf-cfrg-xchacha-03, 2.2.1.
  @Test
  @Proves("cookie.xchacha")
  void hChaCha20_inputOfTheDraft_givesItsKey() {
    byte[] key = HEX.parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    byte[] nonce = HEX.parseHex("ff000000090000004a0000000031415927");
    assertThat(HEX.formatHex(XChaCha20Poly1305.hChaCha20(key, nonce, 1)))
        .isEqualTo("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc");
  }

  /// Where the first word of the nonce is taken for a block counter, this is the value at which
  /// counters overflow.
  @Test
  void hChaCha20_nonceOfOnes_isComputed() {
    byte[] nonce = new byte[16];
    Arrays.fill(nonce, (byte) 0xff);
    assertThat(XChaCha20Poly1305.hChaCha20(new byte[32], nonce, 0)).hasSize(32);
  }

  @Test
  @Proves("cookie.xchacha")
  void seal_textOfTheDraft_givesItsCiphertext() {
    byte[] sealed = new byte[TEXT.length + 16];
    XChaCha20Poly1305.seal(KEY, NONCE, 0, ASSOCIATED, TEXT, sealed, 0);
    assertThat(HEX.formatHex(sealed)).isEqualTo(SEALED);
  }

  @Test
  @Proves("cookie.xchacha")
  void open_ciphertextOfTheDraft_givesItsText() {
    byte[] text = new byte[TEXT.length];
    byte[] sealed = HEX.parseHex(SEALED);
    assertThat(XChaCha20Poly1305.open(KEY, NONCE, 0, ASSOCIATED, sealed, 0, text)).isTrue();
    assertThat(text).isEqualTo(TEXT);
  }

  @Test
  void open_anyBitFlipped_isRefused() {
    byte[] sealed = HEX.parseHex(SEALED);
    for (int bit = 0; bit < 8 * sealed.length; bit++) {
      byte[] forged = sealed.clone();
      forged[bit / 8] ^= (byte) (1 << bit % 8);
      byte[] text = new byte[TEXT.length];
      assertThat(XChaCha20Poly1305.open(KEY, NONCE, 0, ASSOCIATED, forged, 0, text)).isFalse();
    }
  }

  @Test
  void open_otherAssociatedDataOrNonce_isRefused() {
    byte[] sealed = HEX.parseHex(SEALED);
    byte[] text = new byte[TEXT.length];
    byte[] otherNonce = NONCE.clone();
    otherNonce[23] ^= 1;
    assertThat(XChaCha20Poly1305.open(KEY, NONCE, 0, new byte[12], sealed, 0, text)).isFalse();
    assertThat(XChaCha20Poly1305.open(KEY, otherNonce, 0, ASSOCIATED, sealed, 0, text)).isFalse();
  }
}

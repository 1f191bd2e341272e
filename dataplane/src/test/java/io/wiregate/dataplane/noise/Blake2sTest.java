package io.wiregate.dataplane.noise;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.os.testing.conformance.Proves;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Blake2sTest {
  private static final HexFormat HEX = HexFormat.of();

  /// RFC 7693, appendix B.
  @Test
  void hash_ofAbc_isThatOfTheRfc() {
    byte[] hash = new byte[32];
    Blake2s.hash(hash, "a".getBytes(US_ASCII), "bc".getBytes(US_ASCII));
    assertThat(HEX.formatHex(hash))
        .isEqualTo("508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
  }

  /// Values of Python's hashlib.
  @ParameterizedTest
  @CsvSource({
    "000102030405060708090a0b0c0d0e0f, '', af4e5d3bb230e9ff9096ca6f7c501f76",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f, 616263,"
        + " 61ba5f165c194692e09d12520cc4c74a"
  })
  void mac_underKey_isThatOfAnotherImplementation(String key, String input, String expected) {
    byte[] mac = new byte[20];
    byte[] bytes = HEX.parseHex(input);
    Blake2s.mac(mac, 4, HEX.parseHex(key), bytes, 0, bytes.length);
    assertThat(HEX.formatHex(mac)).isEqualTo("00000000" + expected);
  }

  /// The values are those of wireguard-go's tests of its KDF.
  @ParameterizedTest
  @CsvSource({
    "746573742d6b6579, 746573742d696e707574,"
        + " 6f0e5ad38daba1bea8a0d213688736f19763239305e0f58aba697f9ffc41c633,"
        + " df1194df20802a4fe594cde27e92991c8cae66c366e8106aaa937a55fa371e8a,"
        + " fac6e2745a325f5dc5d11a5b165aad08b0ada28e7b4e666b7c077934a4d76c24",
    "776972656775617264, 776972656775617264,"
        + " 491d43bbfdaa8750aaf535e334ecbfe5129967cd64635101c566d4caefda96e8,"
        + " 1e71a379baefd8a79aa4662212fcafe19a23e2b609a3db7d6bcba8f560e3d25f,"
        + " 31e1ae48bddfbe5de38f295e5452b1909a1b4e38e183926af3780b0c1e1f0160",
    "'', '',"
        + " 8387b46bf43eccfcf349552a095d8315c4055beb90208fb1be23b894bc2ed5d0,"
        + " 58a0e5f6faefccf4807bff1f05fa8a9217945762040bcec2f4b4a62bdfe0e86e,"
        + " 0ce6ea98ec548f8e281e93e32db65621c45eb18dc6f0a7ad94178610a2f7338e"
  })
  @Proves("handshake.hkdf")
  void kdf_knownInputs_hasKnownOutputs(
      String key, String input, String first, String second, String third) {
    byte[] keyBytes = HEX.parseHex(key);
    byte[] inputBytes = HEX.parseHex(input);
    byte[] t1 = new byte[32];
    byte[] t2 = new byte[32];
    byte[] t3 = new byte[32];

    Kdf.kdf1(t1, keyBytes, inputBytes);
    assertThat(HEX.formatHex(t1)).isEqualTo(first);

    Kdf.kdf2(t1, t2, keyBytes, inputBytes);
    assertThat(HEX.formatHex(t1)).isEqualTo(first);
    assertThat(HEX.formatHex(t2)).isEqualTo(second);

    Kdf.kdf3(t1, t2, t3, keyBytes, inputBytes);
    assertThat(HEX.formatHex(t1)).isEqualTo(first);
    assertThat(HEX.formatHex(t2)).isEqualTo(second);
    assertThat(HEX.formatHex(t3)).isEqualTo(third);
  }

  @Test
  void kdf_outputIsTheKeysArray_hasTheSameOutputs() {
    byte[] key = new byte[32];
    byte[] expected = new byte[32];
    byte[] second = new byte[32];
    Kdf.kdf2(expected, second, key, new byte[] {1});

    byte[] alias = key.clone();
    byte[] other = new byte[32];
    Kdf.kdf2(alias, other, alias, new byte[] {1});

    assertThat(alias).isEqualTo(expected);
    assertThat(other).isEqualTo(second);
  }
}

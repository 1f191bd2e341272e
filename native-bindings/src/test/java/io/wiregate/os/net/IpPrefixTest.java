package io.wiregate.os.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IpPrefixTest {
  @Property
  void prefix_ofAnyV6_readsBackAndContainsItsAddress(
      @ForAll long high, @ForAll long low, @ForAll @IntRange(max = 128) int length) {
    IpAddress address = IpAddress.v6(high, low);
    IpPrefix prefix = new IpPrefix(address, length);

    assertThat(IpPrefix.parse(prefix.toString())).isEqualTo(prefix);
    assertThat(prefix.contains(address)).isTrue();
    assertThat(prefix.address()).isEqualTo(masked(address, length));
  }

  @Property
  void prefix_ofAnyV4_readsBackAndContainsItsAddress(
      @ForAll int bits, @ForAll @IntRange(max = 32) int length) {
    IpAddress address = IpAddress.v4(bits);
    IpPrefix prefix = new IpPrefix(address, length);

    assertThat(IpPrefix.parse(prefix.toString())).isEqualTo(prefix);
    assertThat(prefix.contains(address)).isTrue();
    assertThat(prefix.address()).isEqualTo(masked(address, length));
  }

  @Property
  void contains_otherPrefix_isWhatComparingBitsSays(
      @ForAll int bits, @ForAll int other, @ForAll @IntRange(max = 32) int length) {
    IpAddress second = IpAddress.v4(other);

    assertThat(new IpPrefix(IpAddress.v4(bits), length).contains(second))
        .isEqualTo(masked(IpAddress.v4(bits), length).equals(masked(second, length)));
  }

  private static IpAddress masked(IpAddress address, int length) {
    BigInteger value = new BigInteger(1, address.toBytes());
    int rest = address.bits() - length;
    byte[] bytes = value.shiftRight(rest).shiftLeft(rest).toByteArray();
    byte[] result = new byte[address.bits() / 8];
    for (int i = 1; i <= Math.min(bytes.length, result.length); i++) {
      result[result.length - i] = bytes[bytes.length - i];
    }
    return IpAddress.of(result);
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3/8,10.0.0.0/8",
    "10.1.2.3,10.1.2.3/32",
    "::1,::1/128",
    "2001:db8::1/32,2001:db8::/32",
    "1.2.3.4/0,0.0.0.0/0"
  })
  void parse_anyForm_clearsTheRest(String text, String canonical) {
    assertThat(IpPrefix.parse(text)).hasToString(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/a", "/8", "::/1/1"})
  void parse_malformed_isRefused(String text) {
    assertThatThrownBy(() -> IpPrefix.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8,10.1.0.0/16,true",
    "10.1.0.0/16,10.0.0.0/8,false",
    "0.0.0.0/0,::/0,false",
    "::/0,0.0.0.0/0,false",
    "10.0.0.0/8,10.0.0.0/8,true",
    "10.0.0.0/8,11.0.0.0/8,false"
  })
  void contains_prefix_whereItIsOneOfOurs(String outer, String inner, boolean expected) {
    assertThat(IpPrefix.parse(outer).contains(IpPrefix.parse(inner))).isEqualTo(expected);
  }
}

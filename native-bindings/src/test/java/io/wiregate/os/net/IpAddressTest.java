package io.wiregate.os.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IpAddressTest {
  @Property
  void text_ofAnyV4_readsBack(@ForAll int bits) throws UnknownHostException {
    IpAddress address = IpAddress.v4(bits);

    assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
    assertThat(IpAddress.of(address.toBytes())).isEqualTo(address);
    assertThat(address.toInetAddress()).isEqualTo(InetAddress.getByName(address.toString()));
  }

  @Property
  void text_ofAnyV6_readsBack(@ForAll long high, @ForAll long low) {
    IpAddress address = IpAddress.v6(high, low);

    assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
    assertThat(IpAddress.of(address.toBytes())).isEqualTo(address);
  }

  @Property
  void text_ofV6WithZeroGroups_readsBackAndIsShortest(@ForAll byte zeros) {
    long high = 0;
    long low = 0;
    for (int group = 0; group < 8; group++) {
      long value = (zeros >>> group & 1) == 0 ? 0xa : 0;
      high = high << 16 | low >>> 48;
      low = low << 16 | value;
    }
    IpAddress address = IpAddress.v6(high, low);

    assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
    assertThat(address.toString()).doesNotContain(":::").hasSizeLessThanOrEqualTo(15);
  }

  @ParameterizedTest
  @CsvSource({
    "::,::",
    "0:0:0:0:0:0:0:1,::1",
    "1::,1::",
    "2001:DB8:0:0:1:0:0:1,2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1,2001:db8:0:1:1:1:1:1",
    "1:0:0:2:0:0:0:3,1:0:0:2::3",
    "::ffff:192.0.2.1,::ffff:c000:201",
    "64:ff9b::192.0.2.33,64:ff9b::c000:221",
    "255.255.255.255,255.255.255.255",
    "0.0.0.0,0.0.0.0"
  })
  void parse_anyForm_printsTheCanonicalOne(String text, String canonical) {
    assertThat(IpAddress.parse(text)).hasToString(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.-1",
        "1.2.3.4 ",
        "1..2.3",
        "0x1.2.3.4",
        "010.1.2.3", // eight to some programs, ten to others
        "localhost",
        "１.2.3.4",
        ":",
        ":::",
        "1::2::3",
        "12345::",
        "fe80::1%eth0",
        "fe80::1%1",
        "[::1]",
        "１::",
        "::g",
        "1:2:3:4:5:6:7:8:9",
        "::1.2.3",
        "::1/64"
      })
  void parse_malformed_isRefusedWithTheText(String text) {
    assertThatThrownBy(() -> IpAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text);
  }

  @Test
  void of_otherLengths_isRefused() {
    assertThatThrownBy(() -> IpAddress.of(new byte[5]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new IpAddress(false, 0, 1L << 32))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void compareTo_ordersUnsignedWithIpv4First() {
    assertThat(IpAddress.parse("255.0.0.0")).isGreaterThan(IpAddress.parse("1.0.0.0"));
    assertThat(IpAddress.parse("ffff::")).isGreaterThan(IpAddress.parse("1::"));
    assertThat(IpAddress.parse("::")).isGreaterThan(IpAddress.parse("255.255.255.255"));
  }
}

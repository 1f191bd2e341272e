package io.wiregate.os.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wiregate.os.net.IpAddress;
import io.wiregate.os.testing.conformance.Proves;
import java.util.function.ToIntFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UdpEndpointTest {
  @Property
  @Proves("uapi.endpoint")
  void text_ofAnyV6_readsBack(
      @ForAll long high,
      @ForAll long low,
      @ForAll @IntRange(max = 65535) int port,
      @ForAll @IntRange int scope) {
    UdpEndpoint endpoint = new UdpEndpoint(IpAddress.v6(high, low), port, scope, null, 0);

    assertThat(UdpEndpoint.parse(endpoint.toString())).isEqualTo(endpoint);
  }

  @Property
  @Proves("uapi.endpoint")
  void text_ofAnyV4_readsBack(@ForAll int bits, @ForAll @IntRange(max = 65535) int port) {
    UdpEndpoint endpoint = UdpEndpoint.of(IpAddress.v4(bits), port);

    assertThat(UdpEndpoint.parse(endpoint.toString()))
        .isEqualTo(endpoint)
        .hasSameHashCodeAs(endpoint);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1.2.3.4",
        "1.2.3.4:",
        "1.2.3.4:65536",
        "1.2.3.4:-1",
        "1.2.3.4:1x",
        "::1:51820",
        "[::1]",
        "[::1:51820",
        "[1.2.3.4]:51820",
        "[fe80::1%]:1",
        "[fe80::1%eth0]:1",
        "[fe80::1%4294967296]:1",
        "example.com:51820"
      })
  @Proves("uapi.endpoint")
  void parse_malformed_isRefusedWithTheText(String text) {
    assertThatThrownBy(() -> UdpEndpoint.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void withoutLocal_forgetsTheLocalSideOnly() {
    IpAddress remote = IpAddress.parse("192.0.2.1");
    UdpEndpoint endpoint = new UdpEndpoint(remote, 5, 0, IpAddress.parse("192.0.2.9"), 3);

    assertThat(endpoint.withoutLocal()).isEqualTo(UdpEndpoint.of(remote, 5));
    assertThat(endpoint).isNotEqualTo(endpoint.withoutLocal());
  }

  @Test
  void parse_interfaceByName_isItsNumber() {
    ToIntFunction<String> numbers = name -> name.equals("eth0") ? 7 : name.equals("9") ? 3 : 0;

    assertThat(UdpEndpoint.parse("[fe80::1%eth0]:5", numbers).scope()).isEqualTo(7);
    assertThat(UdpEndpoint.parse("[fe80::1%9]:5", numbers).scope()).isEqualTo(3);
    assertThat(UdpEndpoint.parse("[fe80::1%8]:5", numbers).scope()).isEqualTo(8);
    assertThat(UdpEndpoint.parse("[fe80::1]:5", numbers).scope()).isZero();
    assertThatThrownBy(() -> UdpEndpoint.parse("[fe80::1%eth1]:5", numbers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("eth1");
    assertThatThrownBy(() -> UdpEndpoint.parse("[fe80::1%]:5", numbers))
        .isInstanceOf(IllegalArgumentException.class);
  }
}

package io.wiregate.dataplane.noise;

import java.util.HexFormat;
import java.util.stream.Stream;

/// The public keys with which every shared secret is zero: <https://cr.yp.to/ecdh.html#validate>.
final class LowOrder {
  private LowOrder() {}

  static Stream<byte[]> publicKeys() {
    return Stream.of(
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
        .map(HexFormat.of()::parseHex);
  }
}

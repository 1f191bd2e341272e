package io.wiregate.dataplane.noise;

import static org.assertj.core.api.Assertions.assertThat;

import io.wiregate.dataplane.outcome.Outcome;
import io.wiregate.dataplane.testing.FixedRandom;
import io.wiregate.os.testing.conformance.Proves;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// A whole handshake with fixed keys. The expected values come from the paper's equations written
/// down in Python over hashlib and OpenSSL, so they share no code with ours.
class HandshakeVectorTest {
  private static final HexFormat HEX = HexFormat.of();

  private static final String INITIATION =
      "010000004433221164b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d48466158a0e4c"
          + "a242d151ca97ab90159a98b67e616625e68b4065d357376b6598e644ad7d678c0295d22de4cb43d51355"
          + "81ed36346bfa7cf42a122a39f89343735c6e7519870d57c98fa0f7d43177e5e0601e22a56e85de148b21"
          + "af37da0300000000000000000000000000000000";
  private static final String RESPONSE =
      "020000008877665544332211244fe3b963e899dd295baffce248d3530f3a9a7479ba063002680ebfe7adad49"
          + "b97f339ff797df61fd00726e51b9a799abfc0aa96fef09cbb9cc2ddbc82f174900000000000000000000"
          + "000000000000";
  private static final String INITIATOR_KEY =
      "248a29611829aaf7ee8bc8e87df805c1019f08f82d80eb79b7625821ba0a1317";
  private static final String RESPONDER_KEY =
      "848308e622b3e15e5ebc5312111efc31082e86c85e9ee93fe8c5aa7f972cc9c3";

  @Test
  @Proves("handshake.vectors")
  void handshake_fixedKeys_givesKnownMessagesAndKeys() {
    PresharedKey presharedKey = PresharedKey.of(consecutive(129));
    try (Party initiator = party(1, 65);
        Party responder = party(33, 97)) {
      Handshake ours = initiator.handshakeWith(responder.publicKey(), presharedKey);
      Handshake theirs = responder.handshakeWith(initiator.publicKey(), presharedKey);

      byte[] initiation =
          initiator.initiate(ours, 0x11223344, Tai64n.whitened(1_700_000_000, 200_000_000));
      assertThat(HEX.formatHex(initiation)).isEqualTo(INITIATION);
      assertThat(responder.receiveInitiation(theirs, initiation, Party.NOW))
          .isEqualTo(Outcome.HANDSHAKE_ANSWERED);

      byte[] response = responder.respond(theirs, 0x55667788);
      assertThat(HEX.formatHex(response)).isEqualTo(RESPONSE);
      assertThat(ours.consumeResponse(response, initiator.crypto))
          .isEqualTo(Outcome.HANDSHAKE_COMPLETED);

      try (TransportKeys keys = Objects.requireNonNull(ours.deriveSession())) {
        assertThat(Party.hex(keys.sending())).isEqualTo(INITIATOR_KEY);
        assertThat(Party.hex(keys.receiving())).isEqualTo(RESPONDER_KEY);
      }
      try (TransportKeys keys = Objects.requireNonNull(theirs.deriveSession())) {
        assertThat(Party.hex(keys.sending())).isEqualTo(RESPONDER_KEY);
        assertThat(Party.hex(keys.receiving())).isEqualTo(INITIATOR_KEY);
      }
    }
  }

  private static Party party(int staticKey, int ephemeral) {
    return new Party(
        PrivateKey.of(consecutive(staticKey), Party.X25519),
        new FixedRandom(consecutive(ephemeral)));
  }

  private static byte[] consecutive(int first) {
    byte[] bytes = new byte[32];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (first + i);
    }
    return bytes;
  }
}

package io.wiregate.control.api;

import io.wiregate.control.peer.PeerChange;
import io.wiregate.control.peer.PeerRules;
import io.wiregate.dataplane.noise.PresharedKey;
import io.wiregate.dataplane.noise.PublicKey;
import java.util.Map;

/// Reads a change of a peer: a JSON merge patch (RFC 7396), in which null takes a part away.
final class PeerChanges {
  private PeerChanges() {}

  static PeerChange read(RequestBody body) {
    PeerChange change =
        new PeerChange(
            body.text("name", PeerRules::name),
            body.text("publicKey", PublicKey::parse),
            body.isNull("presharedKey")
                ? PresharedKey.none()
                : body.text("presharedKey", PresharedKey::parse),
            body.flag("enabled"),
            body.isNull("notes") ? "" : body.text("notes", PeerRules::notes),
            body.isNull("labels") ? Map.of() : body.pairs("labels", PeerRules::labels));
    body.check();
    return change;
  }
}

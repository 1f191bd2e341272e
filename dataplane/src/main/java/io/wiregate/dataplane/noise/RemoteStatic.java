package io.wiregate.dataplane.noise;

import io.wiregate.os.crypto.X25519;
import java.util.Arrays;

/// What one peer's configuration gives to its handshakes: its public key, our identity towards it,
/// and the preshared key. A change of any of them is a new object, given to [Handshake#setRemote].
///
/// Making one costs a Diffie-Hellman (some 50 µs), so whoever has very many peers makes it at the
/// first handshake. Any thread. Owner: the [Handshake] that it was given to, which wipes it.
public final class RemoteStatic {
  private final StaticIdentity identity;
  private final PublicKey publicKey;
  private final byte[] publicKeyBytes;
  private final byte[] presharedKey;
  private final byte[] staticStatic = new byte[X25519.KEY_SIZE];
  private volatile boolean usable;
  private final MacKeys macKeys;

  /// Computes what follows from the three.
  ///
  /// @param identity borrowed for as long as this object is in use
  /// @param presharedKey copied; [PresharedKey#none] for none
  public RemoteStatic(
      StaticIdentity identity, PublicKey publicKey, PresharedKey presharedKey, X25519 x25519) {
    this.identity = identity;
    this.publicKey = publicKey;
    this.publicKeyBytes = publicKey.toBytes();
    this.presharedKey = presharedKey.toBytes();
    this.usable = identity.privateKey().agree(x25519, publicKeyBytes, staticStatic);
    this.macKeys = new MacKeys(publicKeyBytes);
  }

  /// Whether handshakes with this peer are possible. Not with one of the few public keys of low
  /// order, with which every shared secret is zero: such a peer can be configured, and is never
  /// talked to.
  public boolean isUsable() {
    return usable;
  }

  public StaticIdentity identity() {
    return identity;
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  byte[] publicKeyBytes() {
    return publicKeyBytes;
  }

  byte[] presharedKey() {
    return presharedKey;
  }

  /// The shared secret of both static keys.
  byte[] staticStatic() {
    return staticStatic;
  }

  MacKeys macKeys() {
    return macKeys;
  }

  /// Overwrites the preshared key, which is another one by now. Zeros would mean that there is
  /// none, so it is not usable any more.
  void forgetPresharedKey() {
    usable = false;
    Arrays.fill(presharedKey, (byte) 0);
  }

  /// Overwrites the secrets. Zeros are no secrets, so it is not usable any more.
  void wipe() {
    usable = false;
    Arrays.fill(staticStatic, (byte) 0);
    Arrays.fill(presharedKey, (byte) 0);
  }
}

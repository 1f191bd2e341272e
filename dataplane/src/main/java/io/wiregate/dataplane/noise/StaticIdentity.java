package io.wiregate.dataplane.noise;

/// Who we are on one interface: our private key and what follows from it. Any thread.
///
/// Owner: the interface, which closes it when no handshake thread uses it any more; a thread that
/// still did would compute with zeros.
public final class StaticIdentity implements AutoCloseable {
  private final PrivateKey privateKey;
  private final byte[] publicKey;
  private final MacKeys macKeys;

  /// @param privateKey taken over: closed with this object
  public StaticIdentity(PrivateKey privateKey) {
    this.privateKey = privateKey;
    this.publicKey = privateKey.publicKey().toBytes();
    this.macKeys = new MacKeys(publicKey);
  }

  public PublicKey publicKey() {
    return privateKey.publicKey();
  }

  /// Borrowed.
  public PrivateKey privateKey() {
    return privateKey;
  }

  byte[] publicKeyBytes() {
    return publicKey;
  }

  MacKeys macKeys() {
    return macKeys;
  }

  /// Wipes the private key.
  @Override
  public void close() {
    privateKey.close();
  }
}

package io.wiregate.control.secret;

import io.wiregate.control.state.StateDirectory;
import io.wiregate.control.state.StateException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The key under which secrets stand in the database: AES-256-GCM with random nonces (NIST SP
/// 800-38D, 8.2.2; a few million secrets are far below its limit of 2^32). It is a file of its own,
/// so that a copy of the database alone opens nothing. Any thread.
public final class SealingKey {
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final SecureRandom random = new SecureRandom();
  private final SecretKeySpec key;
  private final String id;

  private SealingKey(byte[] key) {
    this.key = new SecretKeySpec(key, "AES");
    this.id = idOf(key);
  }

  /// The key of a file; empty where there is no such file.
  ///
  /// @throws StateException if the file holds none
  public static Optional<SealingKey> read(Path file) {
    return StateDirectory.read(file)
        .map(text -> {
          byte[] key = decode(text);
          if (key.length != KEY_BYTES) {
            throw new StateException(
                "The file "
                    + file
                    + " does not hold 32 bytes in base64: bring back the key file of this"
                    + " installation.");
          }
          return new SealingKey(key);
        });
  }

  private static byte[] decode(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException malformed) {
      return new byte[0];
    }
  }

  /// A new key, written to a file that only its owner may read.
  public static SealingKey generate(Path file) {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    StateDirectory.writeSecret(file, Base64.getEncoder().encodeToString(key) + "\n");
    SealingKey made = new SealingKey(key);
    Arrays.fill(key, (byte) 0);
    return made;
  }

  /// Names the key without telling anything about it.
  public String id() {
    return id;
  }

  private static String idOf(byte[] key) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update("wiregate sealing key id".getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(sha256.digest(key), 0, 8);
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// Encrypts a secret.
  ///
  /// @param place what the secret belongs to; it opens nowhere else
  public Sealed seal(byte[] secret, String place) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, place).doFinal(secret);
      byte[] bytes = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
      System.arraycopy(sealed, 0, bytes, NONCE_BYTES, sealed.length);
      return new Sealed(id, bytes);
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// Decrypts a secret.
  ///
  /// @return the secret, which the caller wipes
  /// @throws StateException if it was sealed with another key, or for another place
  public byte[] open(Sealed sealed, String place) {
    if (!sealed.keyId().equals(id)) {
      throw new StateException(
          "The "
              + place
              + " is sealed in the database with key "
              + sealed.keyId()
              + ", but this node's key file holds "
              + id
              + ": bring back the key file of this installation (zone-key-file).");
    }
    try {
      byte[] nonce = Arrays.copyOf(sealed.bytes(), NONCE_BYTES);
      return cipher(Cipher.DECRYPT_MODE, nonce, place)
          .doFinal(sealed.bytes(), NONCE_BYTES, sealed.bytes().length - NONCE_BYTES);
    } catch (GeneralSecurityException | IllegalArgumentException notAuthentic) {
      throw new StateException(
          "The "
              + place
              + " in the database was changed by somebody else and does not open: restore the"
              + " database from a backup.");
    }
  }

  private Cipher cipher(int mode, byte[] nonce, String place) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  @Override
  public String toString() {
    return "sealing key " + id;
  }
}

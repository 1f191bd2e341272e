package io.wiregate.dataplane.noise;

/// How far a handshake is, with what that stage has to remember. The names are the kernel's.
sealed interface HandshakeState {
  /// Nothing under way.
  record None() implements HandshakeState {}

  /// We sent the first message and wait for the second.
  record CreatedInitiation(SymmetricState symmetric, PrivateKey ephemeral, int localIndex)
      implements HandshakeState {
    @Override
    public void wipe() {
      symmetric.wipe();
      ephemeral.close();
    }
  }

  /// We received the first message and have to send the second.
  record ConsumedInitiation(SymmetricState symmetric, PublicKey remoteEphemeral, int remoteIndex)
      implements HandshakeState {
    @Override
    public void wipe() {
      symmetric.wipe();
    }
  }

  /// We sent the second message: the session can begin.
  record CreatedResponse(SymmetricState symmetric, int localIndex, int remoteIndex)
      implements HandshakeState {
    @Override
    public void wipe() {
      symmetric.wipe();
    }
  }

  /// We received the second message: the session can begin.
  record ConsumedResponse(SymmetricState symmetric, int localIndex, int remoteIndex)
      implements HandshakeState {
    @Override
    public void wipe() {
      symmetric.wipe();
    }
  }

  /// Overwrites what is secret.
  default void wipe() {}
}

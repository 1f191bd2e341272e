package io.wiregate.benchmarks.receive;

/// One way to receive datagrams.
interface Receiver {
  /// Receives and enters into the ledger until the ledger has ended. The thread that enters is the
  /// one whose processor time is measured.
  void receive(Ledger ledger) throws Exception;
}

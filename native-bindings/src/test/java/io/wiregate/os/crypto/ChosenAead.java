package io.wiregate.os.crypto;

/// Says which cipher a process of its own chooses, and what is wrong with OpenSSL's.
final class ChosenAead {
  private ChosenAead() {}

  public static void main(String[] arguments) {
    AeadEngines.Selection selection = AeadEngines.select(null);
    System.out.println(selection.engine().name());
    selection.report().findings().stream()
        .filter(finding -> finding.id().equals("libcrypto"))
        .forEach(finding -> System.out.println(finding.problem()));
  }
}

package io.wiregate.control;

/// `wiregate` with a data plane in memory, as a process of its own.
public final class TestMain {
  private TestMain() {}

  public static void main(String[] arguments) {

    System.exit(CommandLines.main().execute(arguments));
  }
}

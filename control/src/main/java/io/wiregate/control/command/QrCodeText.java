package io.wiregate.control.command;

import io.nayuki.qrcodegen.QrCode;

/// A QR code for a terminal: two modules in a character, dark on light, whatever the terminal's
/// colours are.
final class QrCodeText {
  /// Light modules around the code (ISO/IEC 18004, 9.1 asks for 4; phones are content with 2).
  private static final int QUIET_ZONE = 2;

  private static final String DARK_ON_LIGHT = "\u001b[38;5;16;48;5;231m";
  private static final String RESET = "\u001b[0m";

  private QrCodeText() {}

  /// Lines, each with its line end. The text may be a secret, so the caller decides where it goes.
  static String of(String text) {
    QrCode code = QrCode.encodeText(text, QrCode.Ecc.LOW);
    StringBuilder lines = new StringBuilder();
    int end = code.size + QUIET_ZONE;
    for (int y = -QUIET_ZONE; y < end; y += 2) {
      lines.append(DARK_ON_LIGHT);
      for (int x = -QUIET_ZONE; x < end; x++) {
        boolean upper = code.getModule(x, y);
        boolean lower = code.getModule(x, y + 1);
        lines.append(upper ? (lower ? '█' : '▀') : (lower ? '▄' : ' '));
      }
      lines.append(RESET).append('\n');
    }
    return lines.toString();
  }
}

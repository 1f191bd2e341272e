/// Ciphers and key agreement from libraries that others audit, each behind a small interface so
/// that the fastest one present can be chosen at start.
///
/// Every engine is tested against published vectors before it is offered: one whose answers differ
/// is as good as absent.
@NullMarked
package io.wiregate.os.crypto;

import org.jspecify.annotations.NullMarked;

/// Zones as they are stored: one WireGuard interface each, with a key that every node shares.
@NullMarked
package io.wiregate.control.zone;

import org.jspecify.annotations.NullMarked;

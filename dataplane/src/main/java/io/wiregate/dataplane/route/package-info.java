/// Cryptokey routing (WireGuard paper, section 2): which peer an inner address belongs to.
@NullMarked
package io.wiregate.dataplane.route;

import org.jspecify.annotations.NullMarked;

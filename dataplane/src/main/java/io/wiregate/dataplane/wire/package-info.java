/// The four messages of WireGuard as they stand on the wire (paper, 5.4). Numbers are
/// little-endian; indices are opaque to whoever did not choose them.
@NullMarked
package io.wiregate.dataplane.wire;

import org.jspecify.annotations.NullMarked;

/// The state directory: what one node keeps on its disk, and the lock that keeps a second process
/// out of it.
@NullMarked
package io.wiregate.control.state;

import org.jspecify.annotations.NullMarked;

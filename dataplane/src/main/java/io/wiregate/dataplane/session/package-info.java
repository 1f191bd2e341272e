/// Sessions: keys, counters, the replay window, the indices they go by, and their limits.
@NullMarked
package io.wiregate.dataplane.session;

import org.jspecify.annotations.NullMarked;

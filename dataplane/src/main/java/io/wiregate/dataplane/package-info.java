/// The façade: a data plane of worker threads, and the WireGuard interfaces that it carries.
@NullMarked
package io.wiregate.dataplane;

import org.jspecify.annotations.NullMarked;

/// What all bindings share: [io.wiregate.os.NativeBuffer], [io.wiregate.os.OsException], clocks.
@NullMarked
package io.wiregate.os;

import org.jspecify.annotations.NullMarked;

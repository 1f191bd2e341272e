/// Network addresses.
@NullMarked
package io.wiregate.os.net;

import org.jspecify.annotations.NullMarked;

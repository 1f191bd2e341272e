/// Waiting for several files at once, and being woken by another thread.
@NullMarked
package io.wiregate.os.poll;

import org.jspecify.annotations.NullMarked;

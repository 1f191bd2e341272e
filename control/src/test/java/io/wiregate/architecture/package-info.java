/// Rules over the whole build: who may use whom, what stands where, and the launcher. They are
/// tests of this module because everything is visible from it.
@NullMarked
package io.wiregate.architecture;

import org.jspecify.annotations.NullMarked;

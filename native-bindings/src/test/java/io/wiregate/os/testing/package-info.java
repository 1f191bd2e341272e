/// What tests of every module need to work with the real kernel.
@NullMarked
package io.wiregate.os.testing;

import org.jspecify.annotations.NullMarked;

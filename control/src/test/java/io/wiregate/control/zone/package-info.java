@NullMarked
package io.wiregate.control.zone;

import org.jspecify.annotations.NullMarked;

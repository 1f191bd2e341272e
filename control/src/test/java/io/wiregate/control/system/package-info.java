@NullMarked
package io.wiregate.control.system;

import org.jspecify.annotations.NullMarked;

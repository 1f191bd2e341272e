@NullMarked
package io.wiregate.control.peer;

import org.jspecify.annotations.NullMarked;

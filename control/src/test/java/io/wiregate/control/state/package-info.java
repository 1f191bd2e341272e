@NullMarked
package io.wiregate.control.state;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.wiregate.control.access;

import org.jspecify.annotations.NullMarked;

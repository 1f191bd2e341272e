@NullMarked
package io.wiregate.control;

import org.jspecify.annotations.NullMarked;

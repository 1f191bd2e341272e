@NullMarked
package io.wiregate.control.api;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.wiregate.control.gateway;

import org.jspecify.annotations.NullMarked;

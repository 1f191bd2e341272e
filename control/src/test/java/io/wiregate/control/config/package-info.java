@NullMarked
package io.wiregate.control.config;

import org.jspecify.annotations.NullMarked;

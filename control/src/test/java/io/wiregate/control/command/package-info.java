@NullMarked
package io.wiregate.control.command;

import org.jspecify.annotations.NullMarked;

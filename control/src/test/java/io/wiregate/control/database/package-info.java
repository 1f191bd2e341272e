@NullMarked
package io.wiregate.control.database;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.wiregate.control.doctor;

import org.jspecify.annotations.NullMarked;

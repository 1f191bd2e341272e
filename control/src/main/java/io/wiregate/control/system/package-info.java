/// What the control plane asks the operating system.
@NullMarked
package io.wiregate.control.system;

import org.jspecify.annotations.NullMarked;

/// The whole appliance as a process, with stock clients.
@NullMarked
package io.wiregate.control.appliance;

import org.jspecify.annotations.NullMarked;

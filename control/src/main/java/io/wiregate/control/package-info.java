/// The appliance: what surrounds the data plane. [Main] is where everything starts.
@NullMarked
package io.wiregate.control;

import org.jspecify.annotations.NullMarked;

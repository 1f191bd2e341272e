/// Stand-ins for what the data plane is given from outside.
@NullMarked
package io.wiregate.dataplane.testing;

import org.jspecify.annotations.NullMarked;

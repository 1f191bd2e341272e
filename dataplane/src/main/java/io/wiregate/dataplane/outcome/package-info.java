/// What can become of a packet, and how often it did.
@NullMarked
package io.wiregate.dataplane.outcome;

import org.jspecify.annotations.NullMarked;

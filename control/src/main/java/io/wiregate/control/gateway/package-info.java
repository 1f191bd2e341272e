/// What the control plane wants of the data plane ([ZoneDevices]), and the [Reconciler] that keeps
/// it in line with the database.
@NullMarked
package io.wiregate.control.gateway;

import org.jspecify.annotations.NullMarked;

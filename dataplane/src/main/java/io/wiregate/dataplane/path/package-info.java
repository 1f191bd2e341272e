/// The walk of a packet, and nothing else: [io.wiregate.dataplane.path.InboundPath] from UDP to
/// TUN, [io.wiregate.dataplane.path.OutboundPath] from TUN to UDP. `docs/packet-path.md` has the
/// same steps under the same numbers.
///
/// Everything here runs on a worker thread, allocates nothing, takes no lock, throws nothing and
/// reads no clock.
@NullMarked
package io.wiregate.dataplane.path;

import org.jspecify.annotations.NullMarked;

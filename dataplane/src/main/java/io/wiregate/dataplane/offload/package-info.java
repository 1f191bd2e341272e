/// Large packets: one read from the TUN interface split into packets, and packets of one flow
/// gathered into one write; with the Internet checksum that both need.
///
/// Nothing here allocates, locks, throws or reads a clock once its objects are made. What a packet
/// says of itself is compared with the bytes there are before it is used.
@NullMarked
package io.wiregate.dataplane.offload;

import org.jspecify.annotations.NullMarked;

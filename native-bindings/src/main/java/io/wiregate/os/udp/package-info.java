/// UDP sockets that carry many datagrams per system call: batches, segmentation offload in both
/// directions, and per-datagram source addresses and traffic classes.
///
/// What to do about a failure is the caller's decision; this package reports it.
@NullMarked
package io.wiregate.os.udp;

import org.jspecify.annotations.NullMarked;

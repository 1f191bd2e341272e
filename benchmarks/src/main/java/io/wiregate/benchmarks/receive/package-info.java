/// Ways to receive small datagrams, compared: recvmmsg(2) as the product does, io_uring's multishot
/// receive, and Netty's. `benchmarks/receive` runs it; `docs/adr/0013` is what it decided.
@NullMarked
package io.wiregate.benchmarks.receive;

import org.jspecify.annotations.NullMarked;

/// What WireGate's parts cost: JMH benchmarks, and a tunnel without the protocol to measure the
/// walk of a packet by. `docs/performance.md` says how to run them and what they showed.
@NullMarked
package io.wiregate.benchmarks;

import org.jspecify.annotations.NullMarked;

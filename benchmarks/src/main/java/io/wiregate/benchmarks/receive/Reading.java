package io.wiregate.benchmarks.receive;

import java.util.Arrays;

/// What a [ReceivingProgram] has done since its start, as one line of text between processes.
///
/// @param taken datagrams that were right
/// @param wrong datagrams, and what was said beside them, that were not
/// @param turns how often it waited and took what there was
/// @param processorNanos user and system time of the thread that receives; -1 before there is one
/// @param allocatedBytes on the heap, by the same thread
record Reading(long taken, long wrong, long turns, long processorNanos, long allocatedBytes) {
  static Reading parse(String line) {
    long[] values = Arrays.stream(line.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    return new Reading(values[0], values[1], values[2], values[3], values[4]);
  }

  Reading minus(Reading earlier) {
    return new Reading(
        taken - earlier.taken,
        wrong - earlier.wrong,
        turns - earlier.turns,
        processorNanos - earlier.processorNanos,
        allocatedBytes - earlier.allocatedBytes);
  }

  @Override
  public String toString() {
    return taken + " " + wrong + " " + turns + " " + processorNanos + " " + allocatedBytes;
  }
}

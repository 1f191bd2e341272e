/// Which rules of the protocol which tests prove: the tests are marked, each run writes down what
/// it saw, and [ConformanceReport] makes `docs/conformance.md` of it.
@NullMarked
package io.wiregate.os.testing.conformance;

import org.jspecify.annotations.NullMarked;

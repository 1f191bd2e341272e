/// Tests of what threads share (jcstress): how they are run.
@NullMarked
package io.wiregate.os.testing.stress;

import org.jspecify.annotations.NullMarked;

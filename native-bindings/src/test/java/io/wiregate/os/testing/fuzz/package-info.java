/// Coverage-guided fuzzing (Jazzer): how a target is run, and what targets read their input with.
@NullMarked
package io.wiregate.os.testing.fuzz;

import org.jspecify.annotations.NullMarked;

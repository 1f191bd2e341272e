/// What `wiregate doctor` looks at: everything that a start needs of its machine, without starting.
/// A new thing to look at is a [Check] more in one of the classes that make them.
@NullMarked
package io.wiregate.control.doctor;

import org.jspecify.annotations.NullMarked;

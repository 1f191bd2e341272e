/// What `wiregate doctor` looks at: what a start needs of its machine, as far as that can be seen
/// without starting: not whether the zones' rules are accepted, nor the embedded database. A new
/// thing to look at is a [Check] more in one of the classes that make them.
@NullMarked
package io.wiregate.control.doctor;

import org.jspecify.annotations.NullMarked;

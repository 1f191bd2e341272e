/// Secrets at rest.
@NullMarked
package io.wiregate.control.secret;

import org.jspecify.annotations.NullMarked;

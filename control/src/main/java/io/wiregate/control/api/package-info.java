/// The REST API (`openapi.yaml` beside these classes describes it; a test compares the two).
@NullMarked
package io.wiregate.control.api;

import org.jspecify.annotations.NullMarked;

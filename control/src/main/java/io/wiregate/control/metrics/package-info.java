/// What is counted, for Prometheus.
@NullMarked
package io.wiregate.control.metrics;

import org.jspecify.annotations.NullMarked;

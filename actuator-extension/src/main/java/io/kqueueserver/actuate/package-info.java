/**
 * Metrics and an actuator endpoint. Reads the server's counters; the server knows nothing of it.
 */
@NullMarked
package io.kqueueserver.actuate;

import org.jspecify.annotations.NullMarked;

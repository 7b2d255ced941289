/**
 * {@code benchmarks/compare}: the same application on each server, in turn, under the same load.
 * Knows the servers only as processes; needs Linux for {@code /proc}.
 */
@NullMarked
package io.kqueueserver.benchmarks.compare;

import org.jspecify.annotations.NullMarked;

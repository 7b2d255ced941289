/** That nothing grows, tilts or stalls: soak, balance and cliffs. */
@NullMarked
package io.kqueueserver.benchmarks.steady;

import org.jspecify.annotations.NullMarked;

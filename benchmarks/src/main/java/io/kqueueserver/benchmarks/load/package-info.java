/**
 * An application under load and the processes that load it; shared by scale, balance, cliffs and
 * soak.
 */
@NullMarked
package io.kqueueserver.benchmarks.load;

import org.jspecify.annotations.NullMarked;

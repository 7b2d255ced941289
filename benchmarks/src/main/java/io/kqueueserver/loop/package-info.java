/** Benchmarks of what the loop's package keeps to itself. */
@NullMarked
package io.kqueueserver.loop;

import org.jspecify.annotations.NullMarked;

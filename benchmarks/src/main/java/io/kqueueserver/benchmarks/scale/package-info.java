/** Many connections on few processes. Run by {@code benchmarks/scale}. */
@NullMarked
package io.kqueueserver.benchmarks.scale;

import org.jspecify.annotations.NullMarked;

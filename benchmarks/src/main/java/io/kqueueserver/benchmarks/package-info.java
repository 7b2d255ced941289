/** What the hot parts cost. Run with {@code benchmarks/jmh}. */
@NullMarked
package io.kqueueserver.benchmarks;

import org.jspecify.annotations.NullMarked;

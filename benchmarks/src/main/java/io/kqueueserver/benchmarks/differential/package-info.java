/** The application that {@code benchmarks/differential} starts on each server. */
@NullMarked
package io.kqueueserver.benchmarks.differential;

import org.jspecify.annotations.NullMarked;

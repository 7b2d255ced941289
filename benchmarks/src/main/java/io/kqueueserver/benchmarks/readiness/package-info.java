/**
 * What a wait for readiness costs, system call by system call. Run by {@code benchmarks/readiness}.
 */
@NullMarked
package io.kqueueserver.benchmarks.readiness;

import org.jspecify.annotations.NullMarked;

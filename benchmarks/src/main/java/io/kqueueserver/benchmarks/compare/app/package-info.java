/** The compared application: WebFlux and nothing of any server, so that one source runs on all. */
@NullMarked
package io.kqueueserver.benchmarks.compare.app;

import org.jspecify.annotations.NullMarked;

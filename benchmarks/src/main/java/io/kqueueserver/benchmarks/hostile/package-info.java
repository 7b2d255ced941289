/** A good HTTP/2 client beside hostile ones, each in a process of its own. */
@NullMarked
package io.kqueueserver.benchmarks.hostile;

import org.jspecify.annotations.NullMarked;

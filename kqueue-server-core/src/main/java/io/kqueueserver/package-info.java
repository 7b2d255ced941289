/** The public API of the server without Spring: its builder, its life cycle, and one run. */
@NullMarked
package io.kqueueserver;

import org.jspecify.annotations.NullMarked;

/**
 * Event loops: one thread, one queue, one task queue, one wheel of deadlines each. Imports queue
 * and stats.
 */
@NullMarked
package io.kqueueserver.loop;

import org.jspecify.annotations.NullMarked;

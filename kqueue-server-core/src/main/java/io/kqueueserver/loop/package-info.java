/** Event loops: one thread, one event queue, one task queue and one heap of deadlines each. */
@NullMarked
package io.kqueueserver.loop;

import org.jspecify.annotations.NullMarked;

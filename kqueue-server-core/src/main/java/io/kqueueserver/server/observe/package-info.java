/** Views of a running server for observers, and the watchdog of stalled loops. */
@NullMarked
package io.kqueueserver.server.observe;

import org.jspecify.annotations.NullMarked;

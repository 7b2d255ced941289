/** What observers see of a running server, and what watches for stalled loops. */
@NullMarked
package io.kqueueserver.server.observe;

import org.jspecify.annotations.NullMarked;

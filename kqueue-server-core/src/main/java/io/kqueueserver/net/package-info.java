/**
 * Connections: accept, transport, outbound queue with watermarks, idle and half-close. Imports
 * loop, socket, buffer, stats.
 */
@NullMarked
package io.kqueueserver.net;

import org.jspecify.annotations.NullMarked;

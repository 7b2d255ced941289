/**
 * Connections: accepting and spreading connections over the loops, transport, inbound and outbound
 * bytes with watermarks, half-close, the greeting of the PROXY protocol, and files.
 */
@NullMarked
package io.kqueueserver.net;

import org.jspecify.annotations.NullMarked;

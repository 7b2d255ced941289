/**
 * The WebSocket wire format (RFC 6455), permessage-deflate (RFC 7692) and the opening handshake of
 * HTTP/1.1 and HTTP/2 (RFC 8441). Pure: bytes in, events out; no descriptor, thread, clock or
 * logger.
 */
@NullMarked
package io.kqueueserver.http.ws;

import org.jspecify.annotations.NullMarked;

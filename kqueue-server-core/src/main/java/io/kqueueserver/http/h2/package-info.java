/**
 * HTTP/2 frames, streams and flow control (RFC 9113). Pure: bytes in, events out; no descriptor,
 * thread, clock or logger.
 */
@NullMarked
package io.kqueueserver.http.h2;

import org.jspecify.annotations.NullMarked;

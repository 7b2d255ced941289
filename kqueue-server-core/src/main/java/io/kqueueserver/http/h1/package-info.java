/**
 * HTTP/1.x wire format (RFC 9112). Pure: bytes in, events out; no descriptor, thread, clock or
 * logger.
 */
@NullMarked
package io.kqueueserver.http.h1;

import org.jspecify.annotations.NullMarked;

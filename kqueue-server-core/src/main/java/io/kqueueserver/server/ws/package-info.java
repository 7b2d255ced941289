/**
 * WebSocket sessions on a byte stream: the codec of {@code http.ws} on {@link
 * io.kqueueserver.http.ByteStream}. The package knows no HTTP version and no connection, so a
 * session on HTTP/1.1 and a session on an HTTP/2 stream are the same.
 */
@NullMarked
package io.kqueueserver.server.ws;

import org.jspecify.annotations.NullMarked;

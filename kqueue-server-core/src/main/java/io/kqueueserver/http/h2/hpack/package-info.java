/**
 * HPACK, the compression of HTTP/2 field sections (RFC 7541). Pure: bytes in, fields out and back;
 * no descriptor, thread, clock or logger, and nothing of frames or streams.
 */
@NullMarked
package io.kqueueserver.http.h2.hpack;

import org.jspecify.annotations.NullMarked;

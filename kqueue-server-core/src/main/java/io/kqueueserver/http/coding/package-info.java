/**
 * Content codings of responses: which one a client takes, whether a response may have it, and the
 * bytes. Pure: no I/O, no threads. Imports http only; brotli4j and zstd-jni where they are present.
 */
@NullMarked
package io.kqueueserver.http.coding;

import org.jspecify.annotations.NullMarked;

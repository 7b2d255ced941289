/**
 * The origin of a request by the fields of trusted proxies: {@code Forwarded} (RFC 7239) and {@code
 * X-Forwarded-*}. Pure: no I/O, no threads, no look-up of names. Imports http only.
 */
@NullMarked
package io.kqueueserver.http.forwarded;

import org.jspecify.annotations.NullMarked;

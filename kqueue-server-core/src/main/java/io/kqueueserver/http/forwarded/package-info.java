/**
 * What proxies say of a request's origin: {@code Forwarded} (RFC 7239) and {@code X-Forwarded-*},
 * and which proxies are believed. Pure: no I/O, no threads, no name is ever looked up. Imports http
 * only.
 */
@NullMarked
package io.kqueueserver.http.forwarded;

import org.jspecify.annotations.NullMarked;

/**
 * The adapter between {@link io.kqueueserver.http.Exchange} and {@link
 * org.springframework.http.server.reactive.HttpHandler}: Spring's request and response.
 */
@NullMarked
package io.kqueueserver.spring.http;

import org.jspecify.annotations.NullMarked;

/**
 * The server as Spring Boot and WebFlux see it: web server, factory, and the adapter between {@link
 * io.kqueueserver.http.Exchange} and {@link org.springframework.http.server.reactive.HttpHandler}.
 */
@NullMarked
package io.kqueueserver.spring;

import org.jspecify.annotations.NullMarked;

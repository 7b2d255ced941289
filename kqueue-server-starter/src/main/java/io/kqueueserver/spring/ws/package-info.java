/** WebSocket as Spring WebFlux sees it, on a session of the core. */
@NullMarked
package io.kqueueserver.spring.ws;

import org.jspecify.annotations.NullMarked;

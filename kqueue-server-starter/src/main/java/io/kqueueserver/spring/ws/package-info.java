/** Spring WebFlux's WebSocket session and upgrade, on the WebSocket of the core. */
@NullMarked
package io.kqueueserver.spring.ws;

import org.jspecify.annotations.NullMarked;

package io.kqueueserver.spring;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.server.RequestUpgradeStrategy;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * WebSocket on this server: every handshake is refused, since the server does not have the protocol
 * yet. The client reads the reason in the body; the log has it once.
 */
public final class KqueueRequestUpgradeStrategy implements RequestUpgradeStrategy {
  private static final Log logger = LogFactory.getLog(KqueueRequestUpgradeStrategy.class);
  private static final MediaType TEXT = new MediaType("text", "plain", StandardCharsets.UTF_8);

  /** A sentence for clients, and the end of one for the log. */
  public static final String REASON = "kqueue-server does not support WebSocket yet";

  private final AtomicBoolean logged = new AtomicBoolean();

  /**
   * Answers 501 and leaves the handler alone.
   *
   * @param exchange the handshake
   * @param handler not called
   * @param subProtocol not used
   * @param handshakeInfoFactory not called
   * @return ends when the answer is written
   */
  @Override
  public Mono<Void> upgrade(
      ServerWebExchange exchange,
      WebSocketHandler handler,
      @Nullable String subProtocol,
      Supplier<HandshakeInfo> handshakeInfoFactory) {
    if (logged.compareAndSet(false, true)) {
      logger.warn(
          "A WebSocket handshake was refused with 501: "
              + REASON
              + ". So will be all others, without a line here.");
    }
    ServerHttpResponse response = exchange.getResponse();
    response.setStatusCode(HttpStatus.NOT_IMPLEMENTED);
    response.getHeaders().setContentType(TEXT);
    return response.writeWith(
        Mono.fromSupplier(
            () ->
                response
                    .bufferFactory()
                    .wrap((REASON + ".\n").getBytes(StandardCharsets.US_ASCII))));
  }
}

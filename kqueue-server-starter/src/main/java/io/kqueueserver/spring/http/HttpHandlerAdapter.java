package io.kqueueserver.spring.http;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.http.forwarded.Origin;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.HttpHeadResponseDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.Assert;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

/**
 * Runs a WebFlux {@link HttpHandler} for each exchange. The handler is subscribed to once and
 * cancelled when the client goes; what it leaves undone is done for it: an empty 200 if it answered
 * nothing, 500 if it failed before anything was sent, a broken connection if it failed later.
 */
public final class HttpHandlerAdapter implements ExchangeHandler {
  private static final Log logger = LogFactory.getLog(HttpHandlerAdapter.class);

  private final HttpHandler handler;
  private final @Nullable ForwardedHeaders forwarded;
  private final RequestUris uris = new RequestUris();

  public HttpHandlerAdapter(HttpHandler handler) {
    this(handler, null);
  }

  /**
   * With {@code forwarded}, requests show the origin it reads; with null, they stay as they came.
   */
  public HttpHandlerAdapter(HttpHandler handler, @Nullable ForwardedHeaders forwarded) {
    Assert.notNull(handler, "'handler' must not be null");
    this.handler = handler;
    this.forwarded = forwarded;
  }

  @Override
  public void handle(Exchange exchange) {
    URI uri;
    Origin origin = null;
    try {
      if (forwarded != null && exchange.isClientKnown()) {
        origin = forwarded.read(exchange.request(), exchange.scheme(), exchange.remoteAddress());
      }
      uri = origin == null ? uris.of(exchange) : uris.of(exchange, origin);
    } catch (URISyntaxException | HttpException e) {
      if (logger.isDebugEnabled()) {
        logger.debug("Request target is no URI: " + e.getMessage());
      }
      exchange.respond(400, HeaderSource.NONE, 0);
      exchange.finish();
      return;
    }
    KqueueServerHttpRequest request = new KqueueServerHttpRequest(exchange, uri, origin);
    KqueueServerHttpResponse response = new KqueueServerHttpResponse(exchange);
    HandlerSubscriber subscriber = new HandlerSubscriber(exchange, response);
    exchange.listener(new HandlerListener(request, response, subscriber));
    exchange.handledBy(request::handlerName);
    handle(request, response).subscribe(subscriber);
  }

  private Mono<Void> handle(KqueueServerHttpRequest request, KqueueServerHttpResponse response) {
    ServerHttpResponse visible =
        HttpMethod.HEAD.equals(request.getMethod())
            ? new HttpHeadResponseDecorator(response)
            : new SingleBufferWrites(response);
    try {
      return handler.handle(request, visible);
    } catch (Throwable e) {
      Exceptions.throwIfJvmFatal(e);
      return Mono.error(e);
    }
  }
}

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
 * Runs a WebFlux {@link HttpHandler} for each exchange. The adapter subscribes to the handler once
 * and cancels the subscription when the client goes. A handler that completes without a response is
 * answered with an empty 200. A handler that fails before a byte was sent is answered with 500. A
 * handler that fails later breaks the connection.
 */
public final class HttpHandlerAdapter implements ExchangeHandler {
  private static final Log logger = LogFactory.getLog(HttpHandlerAdapter.class);

  private final HttpHandler handler;
  private final @Nullable ForwardedHeaders forwarded;
  private final EventStreams eventStreams;
  private final RequestUris uris = new RequestUris();

  public HttpHandlerAdapter(HttpHandler handler) {
    this(handler, null);
  }

  /**
   * Makes the adapter of a handler.
   *
   * @param forwarded reads the origin that requests show; null to take the origin from the
   *     connection
   */
  public HttpHandlerAdapter(HttpHandler handler, @Nullable ForwardedHeaders forwarded) {
    this(handler, forwarded, new EventStreams());
  }

  /**
   * Makes the adapter of a handler.
   *
   * @param forwarded reads the origin that requests show; null to take the origin from the
   *     connection
   * @param eventStreams knows the responses that send events
   */
  public HttpHandlerAdapter(
      HttpHandler handler, @Nullable ForwardedHeaders forwarded, EventStreams eventStreams) {
    Assert.notNull(handler, "'handler' must not be null");
    Assert.notNull(eventStreams, "'eventStreams' must not be null");
    this.handler = handler;
    this.forwarded = forwarded;
    this.eventStreams = eventStreams;
  }

  @Override
  public void handle(Exchange exchange) {
    if (Connects.isRefused(exchange.request())) {
      Connects.refuse(exchange);
      return;
    }
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
    KqueueServerHttpResponse response = new KqueueServerHttpResponse(exchange, eventStreams);
    HandlerTasks tasks = HandlerTasks.of(exchange);
    HandlerSubscriber subscriber = new HandlerSubscriber(exchange, response, tasks);
    exchange.listener(new HandlerListener(request, response, subscriber, tasks));
    exchange.handledBy(request::handlerName);
    HandlerTasks outer = HandlerTasks.enter(tasks);
    try {
      handle(request, response).subscribe(subscriber);
    } finally {
      HandlerTasks.leave(tasks, outer);
    }
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

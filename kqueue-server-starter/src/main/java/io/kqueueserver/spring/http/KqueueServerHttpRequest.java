package io.kqueueserver.spring.http;

import io.kqueueserver.http.CastToExchangeInstead;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.forwarded.Origin;
import java.net.InetSocketAddress;
import java.net.URI;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.SslInfo;
import org.springframework.util.MultiValueMap;
import reactor.core.publisher.Flux;

/**
 * The WebFlux request of an exchange. Headers, cookies, addresses and the id are made at the first
 * call. They stay readable after the exchange has ended.
 */
final class KqueueServerHttpRequest extends AbstractServerHttpRequest {
  private final Exchange exchange;

  /** The body; null if the request has none, so that most requests make no publisher. */
  private final @Nullable RequestBody body;

  private final @Nullable Origin origin;

  /**
   * Makes the request of an exchange.
   *
   * @param origin the origin that proxies have reported; null to take it from the connection
   */
  KqueueServerHttpRequest(Exchange exchange, URI uri, @Nullable Origin origin) {
    super(
        Connects.method(exchange.request()),
        uri,
        origin == null ? null : RequestUris.contextPath(exchange.request(), origin),
        new HttpHeaders(KqueueHeadersAdapter.of(exchange.request())));
    this.exchange = exchange;
    this.body = exchange.request().contentLength() == 0 ? null : new RequestBody(exchange);
    this.origin = origin;
  }

  @Override
  public Flux<DataBuffer> getBody() {
    return body == null ? Flux.empty() : body;
  }

  @Nullable RequestBody body() {
    return body;
  }

  /**
   * The name of the handler of this request, or null as long as WebFlux has chosen no handler. The
   * name stays null if WebFlux handles a copy of this request, which is so below {@code
   * spring.webflux.base-path} and with forwarded headers read by the framework. Any thread.
   */
  @Nullable String handlerName() {
    return HandlerName.of(getAttributes());
  }

  @Override
  protected String initId() {
    return exchange.id();
  }

  @Override
  protected MultiValueMap<String, HttpCookie> initCookies() {
    return RequestCookies.parse(exchange.request().headers().all(HttpHeaders.COOKIE));
  }

  @Override
  protected @Nullable SslInfo initSslInfo() {
    SSLSession session = exchange.tlsSession();
    return session == null ? null : new TlsSessionInfo(session);
  }

  @Override
  public InetSocketAddress getLocalAddress() {
    return exchange.localAddress();
  }

  @Override
  public InetSocketAddress getRemoteAddress() {
    return origin == null ? exchange.remoteAddress() : origin.client();
  }

  /** The {@link Exchange}, in the guise of {@link CastToExchangeInstead}. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Spring's signature
  @Override
  public <T> T getNativeRequest() {
    return (T) CastToExchangeInstead.of(exchange);
  }
}

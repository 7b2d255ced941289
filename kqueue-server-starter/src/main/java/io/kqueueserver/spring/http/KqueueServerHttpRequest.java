package io.kqueueserver.spring.http;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.forwarded.Origin;
import java.net.InetSocketAddress;
import java.net.URI;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.SslInfo;
import org.springframework.util.MultiValueMap;
import reactor.core.publisher.Flux;

/**
 * An exchange's request as WebFlux sees it. Headers, cookies, addresses and the id are made when
 * first asked for; all of it stays readable after the exchange has ended.
 */
final class KqueueServerHttpRequest extends AbstractServerHttpRequest {
  private final Exchange exchange;

  /** Null if there is none: most requests need not pay for a publisher. */
  private final @Nullable RequestBody body;

  private final @Nullable Origin origin;

  /** With {@code origin}, what proxies told takes the place of what the connection shows. */
  KqueueServerHttpRequest(Exchange exchange, URI uri, @Nullable Origin origin) {
    super(
        HttpMethod.valueOf(exchange.request().method()),
        uri,
        origin == null ? null : RequestUris.contextPath(exchange.request(), origin),
        new HttpHeaders(new KqueueHeadersAdapter(exchange.request().headers())));
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
   * The name of the handler of this request, or null as long as WebFlux has chosen none. It stays
   * null where WebFlux sees a copy of this request instead, as it does below {@code
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

  /** The {@link Exchange}. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Spring's signature
  @Override
  public <T> T getNativeRequest() {
    return (T) exchange;
  }
}

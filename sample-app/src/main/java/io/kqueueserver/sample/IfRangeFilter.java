package io.kqueueserver.sample;

import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Gives the whole file to a client that holds part of an older one (RFC 9110 13.1.5). WebFlux
 * serves ranges itself but does not look at {@code If-Range}.
 */
@Component
class IfRangeFilter implements WebFilter {
  private final SampleFiles files;

  IfRangeFilter(SampleFiles files) {
    this.files = files;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    String validator = exchange.getRequest().getHeaders().getFirst(HttpHeaders.IF_RANGE);
    if (validator == null || validator.equals(files.lastModified())) {
      return chain.filter(exchange);
    }
    return chain.filter(
        exchange
            .mutate()
            .request(request -> request.headers(headers -> headers.remove(HttpHeaders.RANGE)))
            .build());
  }
}

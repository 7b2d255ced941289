package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.forwarded.ForwardedFormat;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.spring.http.HttpHandlerAdapter;
import io.kqueueserver.spring.http.ScriptedExchange;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.server.reactive.ServerHttpRequest;
import reactor.core.publisher.Mono;

/** What an application sees of a request that came through a proxy. */
class ForwardedRequestsTests {
  /** The scripted exchange's peer is 192.0.2.1. */
  private static final ForwardedHeaders FROM_THE_PEER =
      new ForwardedHeaders(ForwardedFormat.X_FORWARDED, IpRanges.of(List.of("192.0.2.0/24")));

  private final List<ServerHttpRequest> seen = new ArrayList<>();

  private ScriptedExchange exchange(String path, String... fields) {
    ScriptedExchange exchange = new ScriptedExchange("GET", path, "inner:8080", fields);
    handle(exchange);
    return exchange;
  }

  private void handle(ScriptedExchange exchange) {
    new HttpHandlerAdapter(
            (request, response) -> {
              seen.add(request);
              return Mono.empty();
            },
            FROM_THE_PEER)
        .handle(exchange);
  }

  private ServerHttpRequest request(String path, String... fields) {
    exchange(path, fields);
    return seen.get(0);
  }

  @Test
  void schemeHostAndPortAreThoseTheClientUsed() {
    assertThat(request("/a?b", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example:8443"))
        .satisfies(
            request -> assertThat(request.getURI()).hasToString("https://shop.example:8443/a?b"));
  }

  @Test
  void theDefaultPortOfTheClientsSchemeIsLeftOut() {
    ServerHttpRequest request =
        request("/", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop", "X-Forwarded-Port: 443");
    assertThat(request.getURI()).hasToString("https://shop/");
  }

  @Test
  void theRemoteAddressIsTheClients() {
    assertThat(request("/", "X-Forwarded-For: 203.0.113.7").getRemoteAddress())
        .hasToString("/203.0.113.7:0");
  }

  /** PROXY UNKNOWN of a trusted proxy, and headers that anybody may have written. */
  @Test
  void ofAClientItsProxyHidesNothingIsBelieved() {
    ScriptedExchange relayed =
        new ScriptedExchange(
            "GET",
            "/a",
            "inner:8080",
            "X-Forwarded-For: 203.0.113.7",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Prefix: /b");
    relayed.clientKnown = false;
    handle(relayed);
    assertThat(seen.get(0).getRemoteAddress()).isEqualTo(relayed.remoteAddress());
    assertThat(seen.get(0).getURI()).hasToString("http://inner:8080/a");
  }

  @Test
  void theLocalAddressAndTlsStayThoseOfTheConnection() {
    ServerHttpRequest request =
        request("/", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https");
    assertThat(request.getLocalAddress()).hasToString("/192.0.2.2:8080");
    assertThat(request.getSslInfo()).isNull();
  }

  @Test
  void theFieldsStay() {
    assertThat(
            request("/", "X-Forwarded-For: 203.0.113.7").getHeaders().getFirst("X-Forwarded-For"))
        .isEqualTo("203.0.113.7");
  }

  @Test
  void aPrefixIsTheContextPathAndLeadsTheUri() {
    ServerHttpRequest request = request("/b?c", "X-Forwarded-Prefix: /a/");
    assertThat(request.getURI()).hasToString("http://inner:8080/a/b?c");
    assertThat(request.getPath().contextPath().value()).isEqualTo("/a");
    assertThat(request.getPath().pathWithinApplication().value()).isEqualTo("/b");
  }

  @ParameterizedTest
  @CsvSource({"/a, /", "/a;p=1, /b", "/%C3%A4/x.y, //b", "/a, /a"})
  void everyPrefixGoesWithEveryPath(String prefix, String path) {
    ServerHttpRequest request = request(path, "X-Forwarded-Prefix: " + prefix);
    assertThat(request.getPath().contextPath().value()).isEqualTo(prefix);
    assertThat(request.getPath().pathWithinApplication().value()).isEqualTo(path);
  }

  @Test
  void theAsteriskHasNoPrefix() {
    assertThat(request("*", "X-Forwarded-Prefix: /a").getURI()).hasToString("http://inner:8080/*");
  }

  @Test
  void theSamePathWithAndWithoutPrefixAreTwo() {
    exchange("/b", "X-Forwarded-Prefix: /a");
    exchange("/b");
    exchange("/a/b");
    assertThat(seen)
        .extracting(
            request -> request.getURI().getPath() + " " + request.getPath().contextPath().value())
        .containsExactly("/a/b /a", "/b ", "/a/b ");
  }

  @Test
  void aRequestWithoutFieldsIsAsItCame() {
    ServerHttpRequest request = request("/a");
    assertThat(request.getURI()).hasToString("http://inner:8080/a");
    assertThat(request.getRemoteAddress()).hasToString("/192.0.2.1:50000");
  }

  @Test
  void whatCannotBePartOfAUriIsABadRequestAndNobodyIsCalled() {
    assertThat(exchange("/", "X-Forwarded-Host: a/b").events)
        .containsExactly("respond 400 0", "finish");
    assertThat(seen).isEmpty();
  }

  @Test
  void withoutAReaderTheFieldsDoNothing() {
    ScriptedExchange exchange =
        ScriptedExchange.get("X-Forwarded-For: 203.0.113.7", "X-Forwarded-Host: a/b");
    new HttpHandlerAdapter(
            (request, response) -> {
              seen.add(request);
              return Mono.empty();
            })
        .handle(exchange);
    assertThat(seen.get(0).getURI()).hasToString("http://localhost:8080/");
    assertThat(seen.get(0).getRemoteAddress()).hasToString("/192.0.2.1:50000");
  }
}

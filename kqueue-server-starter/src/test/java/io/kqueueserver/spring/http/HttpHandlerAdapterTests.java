package io.kqueueserver.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class HttpHandlerAdapterTests {
  private ScriptedExchange handle(ScriptedExchange exchange, HttpHandler handler) {
    new HttpHandlerAdapter(handler).handle(exchange);
    return exchange;
  }

  private ScriptedExchange get(HttpHandler handler) {
    return handle(ScriptedExchange.get(), handler);
  }

  @Test
  void aHandlerThatDoesNothingMeansAnEmpty200() {
    assertThat(get((request, response) -> Mono.empty()).events)
        .containsExactly("respond 200 0", "finish");
  }

  @Test
  void statusAndFieldsOfAnEmptyAnswerAreSent() {
    ScriptedExchange exchange =
        get(
            (request, response) -> {
              response.setStatusCode(HttpStatus.SEE_OTHER);
              response.getHeaders().add("Location", "/a");
              response.getHeaders().add("X-Two", "1");
              response.getHeaders().add("x-two", "2");
              return response.setComplete();
            });
    assertThat(exchange.events).containsExactly("respond 303 0", "finish");
    assertThat(exchange.fields).containsExactly("Location: /a", "X-Two: 1", "x-two: 2");
  }

  @Test
  void theStatusIs200UntilAnotherIsSet() {
    List<HttpStatusCode> seen = new ArrayList<>();
    get(
        (request, response) -> {
          seen.add(response.getStatusCode());
          response.setStatusCode(HttpStatus.CREATED);
          seen.add(response.getStatusCode());
          return response.setComplete();
        });
    assertThat(seen).containsExactly(HttpStatus.OK, HttpStatus.CREATED);
  }

  @Test
  void committingSendsNothingUntilTheHandlerEnds() {
    ScriptedExchange exchange =
        get((request, response) -> response.setComplete().then(Mono.never()));
    assertThat(exchange.isCommitted()).isFalse();
  }

  @Test
  void commitActionsRunForAHandlerThatDoesNotCommit() {
    ScriptedExchange exchange =
        get(
            (request, response) -> {
              response.beforeCommit(
                  () -> Mono.fromRunnable(() -> response.getHeaders().set("X-Late", "yes")));
              return Mono.empty();
            });
    assertThat(exchange.fields).containsExactly("X-Late: yes");
  }

  @Test
  void aNoContentAnswerHasNoLength() {
    ScriptedExchange exchange =
        get(
            (request, response) -> {
              response.setStatusCode(HttpStatus.NO_CONTENT);
              return response.setComplete();
            });
    assertThat(exchange.events).containsExactly("respond 204 -1", "finish");
  }

  @Test
  void anErrorBeforeAnythingWasSentIsA500WithoutTheHandlersFields() {
    ScriptedExchange exchange =
        get(
            (request, response) -> {
              response.getHeaders().set("X-Half", "done");
              return Mono.error(new IllegalStateException("expected by this test"));
            });
    assertThat(exchange.events).containsExactly("respond 500 0", "finish");
    assertThat(exchange.fields).isEmpty();
  }

  @Test
  void aHandlerThatThrowsIsAHandlerThatFails() {
    ScriptedExchange exchange =
        get(
            (request, response) -> {
              throw new AssertionError("expected by this test");
            });
    assertThat(exchange.events).containsExactly("respond 500 0", "finish");
  }

  @Test
  void anErrorAfterTheBodyBeganBreaksTheExchangeOff() {
    ScriptedExchange exchange =
        get(
            (request, response) ->
                response.writeWith(
                    Flux.concat(
                        Flux.just(utf8("a")), Mono.error(new IllegalStateException("expected")))));
    assertThat(exchange.events).containsExactly("respond 200 -1", "write 1", "reset");
    assertThat(exchange.reset).hasRootCauseMessage("expected");
  }

  @Test
  void anErrorBeforeTheFirstBufferLeavesTheResponseOpen() {
    ScriptedExchange exchange =
        get(
            (request, response) ->
                response
                    .writeWith(Flux.error(new IllegalStateException("expected")))
                    .onErrorResume(
                        e -> {
                          response.setStatusCode(HttpStatus.BAD_GATEWAY);
                          return response.writeWith(Mono.just(utf8("sorry")));
                        }));
    assertThat(exchange.events).containsExactly("respond 502 5", "write 5", "finish");
  }

  @Test
  void aMalformedFieldIsA500() {
    ScriptedExchange exchange = ScriptedExchange.get();
    exchange.rejectsFields = true;
    handle(exchange, (request, response) -> response.writeWith(Mono.just(utf8("a"))));
    assertThat(exchange.events).containsExactly("respond 500 0", "finish");
  }

  @Test
  void aTargetThatIsNoUriIs400WithoutTheHandler() {
    ScriptedExchange exchange = new ScriptedExchange("GET", "/a|b", "localhost");
    handle(
        exchange,
        (request, response) -> {
          throw new AssertionError("not to be called");
        });
    assertThat(exchange.events).containsExactly("respond 400 0", "finish");
  }

  @Test
  void unknownMethodsReachTheHandler() {
    AtomicReference<HttpMethod> method = new AtomicReference<>();
    handle(
        new ScriptedExchange("BAZ", "/", "localhost"),
        (request, response) -> {
          method.set(request.getMethod());
          return Mono.empty();
        });
    assertThat(method.get()).isEqualTo(HttpMethod.valueOf("BAZ"));
  }

  @Test
  void headGetsTheLengthButNoBody() {
    AtomicBoolean isZeroCopy = new AtomicBoolean();
    ScriptedExchange exchange =
        handle(
            new ScriptedExchange("HEAD", "/", "localhost"),
            (request, response) -> {
              isZeroCopy.set(response instanceof ZeroCopyHttpOutputMessage);
              return response.writeWith(Mono.just(utf8("four")));
            });
    assertThat(exchange.events).containsExactly("respond 200 -1", "finish");
    assertThat(exchange.fields).containsExactly("Content-Length: 4");
    assertThat(isZeroCopy).isFalse();
  }

  @Test
  void headOfAnUnknownLengthClaimsNone() {
    ScriptedExchange exchange =
        handle(
            new ScriptedExchange("HEAD", "/", "localhost"),
            (request, response) -> response.writeWith(Flux.just(utf8("a"), utf8("b"))));
    assertThat(exchange.events).containsExactly("respond 200 -1", "finish");
    assertThat(exchange.fields).isEmpty();
  }

  /** A length of zero would be a claim about what GET sends. */
  @Test
  void headOfNothingClaimsNoLength() {
    ScriptedExchange exchange =
        handle(
            new ScriptedExchange("HEAD", "/", "localhost"),
            (request, response) -> response.setComplete());
    assertThat(exchange.events).containsExactly("respond 200 -1", "finish");
    assertThat(exchange.fields).isEmpty();
  }

  @Test
  void aHandlerIsSubscribedToOnce() {
    AtomicInteger subscriptions = new AtomicInteger();
    get(
        (request, response) ->
            response.setComplete().doOnSubscribe(s -> subscriptions.incrementAndGet()));
    assertThat(subscriptions).hasValue(1);
  }

  @Test
  void cookiesGoOutWholeBesideSetCookieFields() {
    ScriptedExchange exchange =
        get(
            (request, response) -> {
              response.getHeaders().add("Set-Cookie", "raw=1");
              response.addCookie(
                  ResponseCookie.from("id", "x")
                      .path("/")
                      .sameSite("Funny")
                      .httpOnly(true)
                      .build());
              response.addCookie(ResponseCookie.from("id", "y").build());
              return response.setComplete();
            });
    assertThat(exchange.fields)
        .containsExactly(
            "Set-Cookie: raw=1",
            "Set-Cookie: id=x; Path=/; HttpOnly; SameSite=Funny",
            "Set-Cookie: id=y");
  }

  @Test
  void theRequestIsReadableWhole() {
    AtomicReference<ServerHttpRequest> seen = new AtomicReference<>();
    ScriptedExchange exchange =
        handle(
            ScriptedExchange.get("Cookie: a=1; b=2", "X-Test: yes"),
            (request, response) -> {
              seen.set(request);
              return Mono.empty();
            });
    exchange.endTurn();
    ServerHttpRequest request = seen.get();
    assertThat(request.getId()).isEqualTo(exchange.id());
    assertThat(request.getURI()).hasToString("http://localhost:8080/");
    assertThat(request.getCookies().toSingleValueMap()).containsOnlyKeys("a", "b");
    assertThat(request.getHeaders().getFirst("x-test")).isEqualTo("yes");
    assertThat(request.getRemoteAddress()).isEqualTo(exchange.remoteAddress());
    assertThat(request.getLocalAddress()).isEqualTo(exchange.localAddress());
    assertThat(request.getSslInfo()).isNull();
    Exchange nativeRequest = ((AbstractServerHttpRequest) request).getNativeRequest();
    assertThat(nativeRequest.request()).isSameAs(exchange.request());
    assertThat(request.mutate().header("X-More", "1").build().getHeaders().headerNames())
        .containsExactly("Cookie", "X-Test", "X-More");
  }

  @Test
  void theNativeResponseIsTheExchange() {
    AtomicReference<Exchange> seen = new AtomicReference<>();
    ScriptedExchange exchange =
        get(
            (request, response) -> {
              seen.set(ServerHttpResponseDecorator.getNativeResponse(response));
              return Mono.empty();
            });
    assertThat(seen.get().request()).isSameAs(exchange.request());
  }

  @Test
  void aClientThatGoesCancelsTheHandlerAndIsNoError() {
    AtomicInteger cancels = new AtomicInteger();
    AtomicInteger errors = new AtomicInteger();
    ScriptedExchange exchange =
        get(
            (request, response) ->
                Mono.<Void>never()
                    .doOnCancel(cancels::incrementAndGet)
                    .doOnError(e -> errors.incrementAndGet()));
    exchange.fail(Reason.PEER_CLOSED, "the peer closed the connection");
    assertThat(cancels).hasValue(1);
    assertThat(errors).hasValue(0);
  }

  @Test
  void aHandlerOnAnotherThreadAnswersOnTheLoop() {
    ScriptedExchange exchange = ScriptedExchange.get();
    AtomicBoolean done = new AtomicBoolean();
    handle(
        exchange,
        (request, response) ->
            response
                .writeWith(Mono.just(utf8("far")).publishOn(Schedulers.boundedElastic()))
                .doOnSuccess(v -> done.set(true)));
    await()
        .pollInSameThread()
        .until(
            () -> {
              exchange.endTurn();
              return done.get();
            });
    assertThat(exchange.events).containsExactly("respond 200 3", "write 3", "finish", "flush");
  }

  @Test
  void aHandlerThatEndsBeforeItsBodyDoesBreaksTheExchangeOff() {
    ScriptedExchange exchange =
        get(
            (request, response) -> {
              response.writeWith(Flux.<DataBuffer>never().startWith(utf8("a"))).subscribe();
              return Mono.empty();
            });
    assertThat(exchange.events).endsWith("reset");
  }

  private static DataBuffer utf8(String text) {
    return DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}

package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** WebSocket sessions as handlers have them, with the JDK's client. */
@ExtendWith(OutputCaptureExtension.class)
class WebSocketSessionTests {
  private static ReactiveWebServerApplicationContext context;

  /** The signals that handlers got. */
  private static final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  @BeforeAll
  static void start() {
    context =
        ReactiveApplication.start(Handlers.class, "--kqueue.server.websocket.close-timeout=500ms");
    assertThat(context.getWebServer()).isInstanceOf(KqueueWebServer.class);
  }

  @AfterAll
  static void stop() {
    context.close();
  }

  private static URI uri(String path) {
    return URI.create("ws://localhost:" + context.getWebServer().getPort() + path);
  }

  private static String told() throws InterruptedException {
    return told.poll(10, TimeUnit.SECONDS);
  }

  // ---- with the JDK's client

  private static class Client implements WebSocket.Listener {
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        events.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
      events.add("PONG " + message.remaining());
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      events.add(("CLOSE " + code + " " + reason).strip());
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      events.add("ERROR " + error);
    }

    String next() throws InterruptedException {
      return events.poll(10, TimeUnit.SECONDS);
    }
  }

  private static WebSocket connect(String path, Client client, String... fields) throws Exception {
    WebSocket.Builder builder = HttpClient.newHttpClient().newWebSocketBuilder();
    for (int i = 0; i < fields.length; i += 2) {
      builder.header(fields[i], fields[i + 1]);
    }
    return builder.buildAsync(uri(path), client).get(10, TimeUnit.SECONDS);
  }

  @Test
  void aHandlerThatCompletesCloses1000AndOneThatFails1011(CapturedOutput output) throws Exception {
    Client client = new Client();
    connect("/complete", client);
    assertThat(client.next()).isEqualTo("CLOSE 1000");
    connect("/fail", client);
    assertThat(client.next()).isEqualTo("CLOSE 1011");
    connect("/throw", client);
    assertThat(client.next()).isEqualTo("CLOSE 1011");
    await().until(() -> output.getOut().contains("thrown by the test"));
  }

  @Test
  void theCloseOfTheClientCompletesReceiveAndIsTold() throws Exception {
    Client client = new Client();
    WebSocket socket = connect("/told", client);
    socket.sendClose(4002, "bye").get(10, TimeUnit.SECONDS);
    assertThat(client.next()).isEqualTo("CLOSE 4002");
    assertThat(List.of(told(), told()))
        .containsExactlyInAnyOrder("received all", "CloseStatus[code=4002, reason=bye]");
  }

  @Test
  void anEndWithoutCloseIsToldAs1006() throws Exception {
    connect("/told", new Client()).abort();
    assertThat(List.of(told(), told()).toString())
        .contains("received all")
        .contains("CloseStatus[code=1006");
  }

  @Test
  void severalSendsTakeTurnsAndEachHasItsOrder() throws Exception {
    Client client = new Client();
    connect("/sends", client);
    List<String> all = new ArrayList<>();
    for (String event = client.next(); !event.startsWith("CLOSE"); event = client.next()) {
      all.add(event);
    }
    assertThat(all).hasSize(40);
    assertThat(all.stream().filter(one -> one.startsWith("a")))
        .containsExactlyElementsOf(Flux.range(0, 20).map(i -> "a" + i).collectList().block());
    assertThat(all.stream().filter(one -> one.startsWith("b")))
        .containsExactlyElementsOf(Flux.range(0, 20).map(i -> "b" + i).collectList().block());
  }

  @Test
  void theContextOfTheRequestIsThere() throws Exception {
    Client client = new Client();
    connect("/context", client);
    assertThat(client.next()).isEqualTo("from the filter");
  }

  @Test
  void filtersEndWithTheHandshakeAndTheSessionGoesOn() throws Exception {
    Client client = new Client();
    WebSocket socket = connect("/filtered", client);
    assertThat(told()).isEqualTo("filtered: onComplete");
    socket.sendText("on", true).get(10, TimeUnit.SECONDS);
    assertThat(client.next()).isEqualTo("on");
    socket.abort();
  }

  @Test
  void theHandshakeInfoHasTheFieldsOfTheRequestInOrder() throws Exception {
    Client client = new Client();
    WebSocket socket = connect("/fields", client, "X-One", "1", "x-one", "2", "X-Two", "3");
    assertThat(client.next()).isEqualTo("[1, 2] [3] true changed");
    socket.abort();
  }

  @Test
  void theHandshakeInfoHasTheFieldsThatAFilterHasChanged() throws Exception {
    Client client = new Client();
    WebSocket socket = connect("/changed", client, "X-One", "1");
    assertThat(client.next()).isEqualTo("[by the filter] null true changed");
    socket.abort();
  }

  @Test
  void aPingIsAnsweredThoughNothingIsReceived() throws Exception {
    Client client = new Client();
    WebSocket socket = connect("/silent", client);
    socket.sendPing(ByteBuffer.allocate(7)).get(10, TimeUnit.SECONDS);
    assertThat(client.next()).isEqualTo("PONG 7");
    socket.abort();
  }

  @Test
  void aSlowClientIsSentNoMoreThanItTakes() throws Exception {
    Client client =
        new Client() {
          @Override
          public void onOpen(WebSocket socket) {} // requests nothing
        };
    WebSocket socket = connect("/endless", client);
    AtomicReference<Long> before = new AtomicReference<>(-1L);
    await()
        .pollInterval(Duration.ofMillis(200))
        .until(
            () ->
                Handlers.produced.get() > 10
                    && before.getAndSet(Handlers.produced.get()).equals(Handlers.produced.get()));
    assertThat(Handlers.produced.get()).isLessThan(5_000);
    socket.abort();
    assertThat(told()).as("the publisher is cancelled").isEqualTo("cancelled");
  }

  @Test
  void anOriginThatCorsDoesNotAllowIsRefused() throws Exception {
    Client client = new Client();
    connect("/cors", client, "Origin", "https://good.example");
    assertThat(client.next()).isEqualTo("CLOSE 1000");
    Throwable failure =
        catchThrowable(() -> connect("/cors", client, "Origin", "https://evil.example"));
    assertThat(failure).hasCauseInstanceOf(WebSocketHandshakeException.class);
    assertThat(((WebSocketHandshakeException) failure.getCause()).getResponse().statusCode())
        .isEqualTo(403);
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Handlers {
    static final java.util.concurrent.atomic.AtomicLong produced =
        new java.util.concurrent.atomic.AtomicLong();

    @Bean
    WebFilter filter() {
      return (exchange, chain) -> {
        exchange.getResponse().addCookie(ResponseCookie.from("project", "spring").build());
        return chain
            .filter(exchange)
            .contextWrite(context -> context.put("key", "from the filter"));
      };
    }

    @Bean
    WebFilter finallyFilter() {
      return (exchange, chain) -> {
        Mono<Void> rest = chain.filter(exchange);
        return exchange.getRequest().getPath().value().equals("/filtered")
            ? rest.doFinally(signal -> told.add("filtered: " + signal))
            : rest;
      };
    }

    @Bean
    WebFilter changingFilter() {
      return (exchange, chain) ->
          exchange.getRequest().getPath().value().equals("/changed")
              ? chain.filter(
                  exchange.mutate().request(b -> b.header("X-One", "by the filter")).build())
              : chain.filter(exchange);
    }

    @Bean
    HandlerMapping cors() {
      SimpleUrlHandlerMapping mapping =
          new SimpleUrlHandlerMapping(Map.of("/cors", (WebSocketHandler) s -> Mono.empty()), -2);
      CorsConfiguration allowed = new CorsConfiguration();
      allowed.addAllowedOrigin("https://good.example");
      mapping.setCorsConfigurations(Map.of("/cors", allowed));
      return mapping;
    }

    @Bean
    HandlerMapping sockets() {
      Map<String, WebSocketHandler> handlers =
          Map.ofEntries(
              Map.entry("/filtered", s -> s.send(s.receive())),
              Map.entry("/complete", s -> Mono.empty()),
              Map.entry("/fail", s -> Mono.error(new IllegalStateException("failed by the test"))),
              Map.entry(
                  "/throw",
                  s -> {
                    throw new IllegalStateException("thrown by the test");
                  }),
              Map.entry("/told", Handlers::telling),
              Map.entry("/sends", Handlers::twoSends),
              Map.entry("/context", Handlers::context),
              Map.entry("/fields", Handlers::fields),
              Map.entry("/changed", Handlers::fields),
              Map.entry("/silent", s -> Mono.never()),
              Map.entry("/endless", Handlers::endless));
      return new SimpleUrlHandlerMapping(handlers, -1);
    }

    private static Mono<Void> telling(WebSocketSession session) {
      session.closeStatus().subscribe(status -> told.add(status.toString()));
      return session.receive().then(Mono.fromRunnable(() -> told.add("received all")));
    }

    private static Mono<Void> twoSends(WebSocketSession session) {
      return Mono.when(
          session.send(Flux.range(0, 20).map(i -> session.textMessage("a" + i))),
          session.send(
              Flux.range(0, 20)
                  .publishOn(Schedulers.parallel())
                  .map(i -> session.textMessage("b" + i))));
    }

    private static Mono<Void> context(WebSocketSession session) {
      return session.send(
          Mono.deferContextual(c -> Mono.just(session.textMessage(c.<String>get("key")))));
    }

    private static Mono<Void> fields(WebSocketSession session) {
      HttpHeaders fields = session.getHandshakeInfo().getHeaders();
      String read = fields.get("x-one") + " " + fields.get("X-TWO");
      boolean hasKey = fields.containsHeader("sec-websocket-key");
      fields.set("Mine", "changed"); // Spring's own information has a map that may be changed
      String mine = session.getHandshakeInfo().getHeaders().getFirst("mine");
      return session.send(Mono.just(session.textMessage(read + " " + hasKey + " " + mine)));
    }

    private static Mono<Void> endless(WebSocketSession session) {
      return session.send(
          Flux.range(0, Integer.MAX_VALUE)
              .doOnNext(i -> produced.incrementAndGet())
              .doOnCancel(() -> told.add("cancelled"))
              .map(i -> session.textMessage("x".repeat(10_000))));
    }
  }
}

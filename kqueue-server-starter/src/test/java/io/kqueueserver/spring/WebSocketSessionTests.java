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
import org.springframework.boot.SpringApplication;
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
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.reactive.socket.client.ReactorNettyWebSocketClient;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.WebsocketClientSpec;

/** WebSocket sessions as handlers have them, with the clients of the JDK and of Reactor Netty. */
@ExtendWith(OutputCaptureExtension.class)
class WebSocketSessionTests {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static ReactiveWebServerApplicationContext context;

  /** What handlers were told. */
  private static final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  @BeforeAll
  static void start() {
    SpringApplication application = new SpringApplication(Handlers.class);
    context =
        (ReactiveWebServerApplicationContext)
            application.run(
                "--server.port=0",
                "--spring.main.web-application-type=reactive",
                "--spring.main.banner-mode=off",
                "--server.shutdown=immediate",
                "--kqueue.server.websocket.close-timeout=500ms");
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

  // ---- the cases of Spring's own suite, with Reactor Netty's client

  private static void onNetty(String path, HttpHeaders fields, WebSocketHandler handler) {
    new ReactorNettyWebSocketClient(
            reactor.netty.http.client.HttpClient.create(),
            () -> WebsocketClientSpec.builder().maxFramePayloadLength(1 << 22))
        .execute(uri(path), fields, handler)
        .block(PATIENCE);
  }

  @Test
  void echo() {
    List<String> echoed = new ArrayList<>();
    Flux<String> input = Flux.range(1, 100).map(i -> "msg-" + i);
    onNetty(
        "/echo",
        new HttpHeaders(),
        session ->
            session
                .send(input.map(session::textMessage))
                .thenMany(session.receive().take(100).map(WebSocketMessage::getPayloadAsText))
                .doOnNext(echoed::add)
                .then());
    assertThat(echoed).isEqualTo(input.collectList().block());
  }

  @Test
  void subProtocol() {
    AtomicReference<String> protocol = new AtomicReference<>();
    AtomicReference<String> infoProtocol = new AtomicReference<>();
    onNetty(
        "/sub-protocol",
        new HttpHeaders(),
        new WebSocketHandler() {
          @Override
          public List<String> getSubProtocols() {
            return List.of("echo-v1");
          }

          @Override
          public Mono<Void> handle(WebSocketSession session) {
            infoProtocol.set(session.getHandshakeInfo().getSubProtocol());
            return session
                .receive()
                .map(WebSocketMessage::getPayloadAsText)
                .doOnNext(protocol::set)
                .then();
          }
        });
    assertThat(infoProtocol).hasValue("echo-v1");
    assertThat(protocol).hasValue("echo-v1");
  }

  @Test
  void customHeader() {
    HttpHeaders fields = new HttpHeaders();
    fields.add("my-header", "my-value");
    AtomicReference<String> value = new AtomicReference<>();
    onNetty(
        "/custom-header",
        fields,
        session ->
            session.receive().map(WebSocketMessage::getPayloadAsText).doOnNext(value::set).then());
    assertThat(value).hasValue("my-header:my-value");
  }

  @Test
  void closeInsideOfASend() {
    AtomicReference<CloseStatus> status = new AtomicReference<>();
    onNetty(
        "/close",
        new HttpHeaders(),
        session -> {
          session.closeStatus().subscribe(status::set);
          return session.receive().then();
        });
    await().untilAtomic(status, org.hamcrest.Matchers.equalTo(CloseStatus.GOING_AWAY));
  }

  @Test
  void cookieOfAFilterAndOfTheHandshake() {
    AtomicReference<String> cookie = new AtomicReference<>();
    AtomicReference<String> received = new AtomicReference<>();
    onNetty(
        "/cookie",
        new HttpHeaders(),
        session -> {
          cookie.set(session.getHandshakeInfo().getHeaders().getFirst("Set-Cookie"));
          return session
              .receive()
              .map(WebSocketMessage::getPayloadAsText)
              .doOnNext(received::set)
              .then();
        });
    assertThat(cookie.get()).startsWith("project=spring");
    assertThat(received).hasValue("cookie");
  }

  @Test
  void largePayload() {
    AtomicReference<Integer> size = new AtomicReference<>();
    onNetty(
        "/large",
        new HttpHeaders(),
        session ->
            session
                .receive()
                .next()
                .doOnNext(message -> size.set(message.getPayload().readableByteCount()))
                .then());
    assertThat(size).hasValue(3 << 20);
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
              Map.entry("/echo", s -> s.send(s.receive().doOnNext(WebSocketMessage::retain))),
              Map.entry("/sub-protocol", new SubProtocol()),
              Map.entry("/custom-header", Handlers::customHeader),
              Map.entry("/close", Handlers::closing),
              Map.entry("/cookie", s -> s.send(Mono.just(s.textMessage("cookie")))),
              Map.entry("/large", s -> s.send(Mono.just(large(s)))),
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
              Map.entry("/silent", s -> Mono.never()),
              Map.entry("/endless", Handlers::endless));
      return new SimpleUrlHandlerMapping(handlers, -1);
    }

    private static Mono<Void> customHeader(WebSocketSession session) {
      String value = session.getHandshakeInfo().getHeaders().getFirst("my-header");
      return session.send(Mono.just(session.textMessage("my-header:" + value)));
    }

    private static Mono<Void> closing(WebSocketSession session) {
      return session.send(
          Flux.<WebSocketMessage>error(new IllegalStateException("in the publisher"))
              .onErrorResume(
                  e -> session.close(CloseStatus.GOING_AWAY).cast(WebSocketMessage.class)));
    }

    private static WebSocketMessage large(WebSocketSession session) {
      return session.binaryMessage(factory -> factory.wrap(new byte[3 << 20]));
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

    private static Mono<Void> endless(WebSocketSession session) {
      return session.send(
          Flux.range(0, Integer.MAX_VALUE)
              .doOnNext(i -> produced.incrementAndGet())
              .doOnCancel(() -> told.add("cancelled"))
              .map(i -> session.textMessage("x".repeat(10_000))));
    }
  }

  private static final class SubProtocol implements WebSocketHandler {
    @Override
    public List<String> getSubProtocols() {
      return List.of("echo-v1");
    }

    @Override
    public Mono<Void> handle(WebSocketSession session) {
      String protocol = session.getHandshakeInfo().getSubProtocol();
      return session.send(Mono.just(session.textMessage(String.valueOf(protocol))));
    }
  }
}

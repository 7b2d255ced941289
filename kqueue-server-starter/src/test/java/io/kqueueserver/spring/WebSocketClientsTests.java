package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.reactive.socket.client.JettyWebSocketClient;
import org.springframework.web.reactive.socket.client.ReactorNettyWebSocketClient;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.WebsocketClientSpec;

/** The cases of Spring's own WebSocket suite, with the clients of Reactor Netty, Jetty, the JDK. */
class WebSocketClientsTests {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static ReactiveWebServerApplicationContext context;

  @BeforeAll
  static void start() {
    context = ReactiveApplication.start(Handlers.class);
    assertThat(context.getWebServer()).isInstanceOf(KqueueWebServer.class);
  }

  @AfterAll
  static void stop() {
    context.close();
  }

  /** A client, which takes messages of 4 MiB. */
  enum Client {
    REACTOR_NETTY,
    JETTY,
    JDK;

    /** Opens a session, and waits for its end. */
    void run(String path, HttpHeaders fields, WebSocketHandler handler) {
      URI uri = URI.create("ws://localhost:" + context.getWebServer().getPort() + path);
      switch (this) {
        case REACTOR_NETTY ->
            new ReactorNettyWebSocketClient(
                    reactor.netty.http.client.HttpClient.create(),
                    () -> WebsocketClientSpec.builder().maxFramePayloadLength(1 << 22))
                .execute(uri, fields, handler)
                .block(PATIENCE);
        case JETTY -> runOnJetty(uri, fields, handler);
        case JDK -> new JdkWebSocketClient().execute(uri, fields, handler).block(PATIENCE);
      }
    }

    private static void runOnJetty(URI uri, HttpHeaders fields, WebSocketHandler handler) {
      var jetty = new org.eclipse.jetty.websocket.client.WebSocketClient();
      jetty.setMaxBinaryMessageSize(1 << 22);
      jetty.setMaxFrameSize(1 << 22);
      JettyWebSocketClient client = new JettyWebSocketClient(jetty);
      client.start();
      try {
        client.execute(uri, fields, handler).block(PATIENCE);
      } finally {
        client.stop();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void echo(Client client) {
    List<String> echoed = new ArrayList<>();
    Flux<String> input = Flux.range(1, 100).map(i -> "msg-" + i);
    client.run(
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

  @ParameterizedTest
  @EnumSource
  void subProtocol(Client client) {
    AtomicReference<String> protocol = new AtomicReference<>();
    AtomicReference<String> infoProtocol = new AtomicReference<>();
    client.run(
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

  @ParameterizedTest
  @EnumSource
  void customHeader(Client client) {
    HttpHeaders fields = new HttpHeaders();
    fields.add("my-header", "my-value");
    AtomicReference<String> value = new AtomicReference<>();
    client.run(
        "/custom-header",
        fields,
        session ->
            session.receive().map(WebSocketMessage::getPayloadAsText).doOnNext(value::set).then());
    assertThat(value).hasValue("my-header:my-value");
  }

  @ParameterizedTest
  @EnumSource
  void closeInsideOfASend(Client client) {
    AtomicReference<CloseStatus> status = new AtomicReference<>();
    client.run(
        "/close",
        new HttpHeaders(),
        session -> {
          session.closeStatus().subscribe(status::set);
          return session.receive().then();
        });
    await().untilAtomic(status, Matchers.equalTo(CloseStatus.GOING_AWAY));
  }

  @ParameterizedTest
  @EnumSource
  void cookieOfAFilterAndOfTheHandshake(Client client) {
    AtomicReference<String> cookie = new AtomicReference<>();
    AtomicReference<String> received = new AtomicReference<>();
    client.run(
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

  @ParameterizedTest
  @EnumSource
  void largePayload(Client client) {
    AtomicReference<Integer> size = new AtomicReference<>();
    client.run(
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

  @EnableAutoConfiguration
  @Configuration(proxyBeanMethods = false)
  static class Handlers {
    @Bean
    WebFilter filter() {
      return (exchange, chain) -> {
        exchange.getResponse().addCookie(ResponseCookie.from("project", "spring").build());
        return chain.filter(exchange);
      };
    }

    @Bean
    HandlerMapping sockets() {
      Map<String, WebSocketHandler> handlers =
          Map.of(
              "/echo",
              s -> s.send(s.receive().doOnNext(WebSocketMessage::retain)),
              "/sub-protocol",
              new SubProtocol(),
              "/custom-header",
              Handlers::customHeader,
              "/close",
              Handlers::closing,
              "/cookie",
              s -> s.send(Mono.just(s.textMessage("cookie"))),
              "/large",
              s -> s.send(Mono.just(large(s))));
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

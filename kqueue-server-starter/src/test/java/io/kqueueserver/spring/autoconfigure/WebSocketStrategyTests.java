package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kqueueserver.build.ChildJvm;
import io.kqueueserver.spring.KqueueRequestUpgradeStrategy;
import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.NettyWebServer;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.server.RequestUpgradeStrategy;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.reactive.socket.server.support.WebSocketHandlerAdapter;
import org.springframework.web.reactive.socket.server.upgrade.ReactorNettyRequestUpgradeStrategy;
import org.springframework.web.server.WebHandler;

/** The strategy that upgrades, for every class path and every maker of the adapter. */
class WebSocketStrategyTests {
  /** A client's Close frame without a code. */
  private static final String CLOSE = "\u0088\u0080abcd";

  private static final String SWITCHED = "HTTP/1.1 101 Switching Protocols\r\n";

  @Test
  void aHandshakeIsAcceptedAndOthersAreAnsweredBySpring() throws Exception {
    try (var context = start(Echo.class)) {
      assertThat(context.getWebServer()).isInstanceOf(KqueueWebServer.class);
      assertThat(exchange(port(context), handshake("/named") + CLOSE))
          .startsWith(SWITCHED)
          .contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
      assertEchoes(context);
      assertThat(exchange(port(context), get("/echo"))).startsWith("HTTP/1.1 400 ");
      assertThat(exchange(port(context), get("/echo").replace("GET", "HEAD")))
          .startsWith("HTTP/1.1 405 ");
    }
  }

  @Test
  void anAdapterOfTheApplicationKeepsItsOrderAndItsSessionAttributes() throws Exception {
    try (var context = start(Echo.class, OwnAdapter.class)) {
      WebSocketHandlerAdapter adapter = context.getBean("own", WebSocketHandlerAdapter.class);
      assertThat(adapter.getOrder()).isEqualTo(-7);
      HandshakeWebSocketService service = (HandshakeWebSocketService) adapter.getWebSocketService();
      assertThat(service.getUpgradeStrategy())
          .isSameAs(context.getBean(KqueueRequestUpgradeStrategy.class));
      assertThat(service.getSessionAttributePredicate()).accepts("kept").rejects("other");
      assertEchoes(context);
    }
  }

  @Test
  void aServiceOfTheApplicationIsLeftAlone() throws Exception {
    try (var context = start(Echo.class, OwnService.class)) {
      assertThat(exchange(port(context), handshake("/echo") + get("/hello")))
          .startsWith("HTTP/1.1 418 ");
    }
  }

  /** As Spring Cloud Gateway has it: a strategy bean, and a service that wants the only one. */
  @Test
  void aGatewaysServiceUpgradesToo() throws Exception {
    try (var context = start(Echo.class, Gateway.class)) {
      assertThat(context.getBean(RequestUpgradeStrategy.class))
          .isInstanceOf(ReactorNettyRequestUpgradeStrategy.class);
      assertThat(exchange(port(context), handshake("/through") + CLOSE)).startsWith(SWITCHED);
    }
  }

  @Test
  void whereReactorNettyServesItUpgrades() throws Exception {
    // A graceful stop would wait for the WebSocket.
    try (var context =
        Applications.run(
            new SpringApplication(Echo.class, OnNetty.class), "server.shutdown=immediate")) {
      assertThat(context.getWebServer()).isInstanceOf(NettyWebServer.class);
      assertEchoes(context);
      assertThat(catchThrowable(() -> context.getBean(KqueueRequestUpgradeStrategy.class)))
          .isInstanceOf(NoSuchBeanDefinitionException.class);
    }
  }

  @Test
  void aHandshakeThatNoServerHasIsAFailure() {
    try (var context = start(Echo.class)) {
      WebTestClient client = WebTestClient.bindToApplicationContext(context).build();
      client.get().uri("/hello").exchange().expectBody(String.class).isEqualTo("hello");
      client
          .get()
          .uri("/echo")
          .header("Connection", "Upgrade")
          .header("Upgrade", "websocket")
          .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
          .exchange()
          .expectStatus()
          .isEqualTo(HttpStatus.INTERNAL_SERVER_ERROR);
    }
  }

  /** The adapter is made in a bean method of the application, as Spring's reference shows. */
  @Test
  void anApplicationWithHandlersRunsWithoutReactorNetty() throws Exception {
    ChildJvm.Result result =
        ChildJvm.ofThisJdk().without("netty").run(Child.class, OwnAdapter.class.getName());
    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("echoed");
  }

  @Test
  void itRunsWithoutTheApiOfJakartaToo() throws Exception {
    ChildJvm.Result result =
        ChildJvm.ofThisJdk().without("netty").without("jakarta.websocket").run(Child.class);
    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("echoed");
  }

  private static ReactiveWebServerApplicationContext start(Class<?>... configurations) {
    return Applications.run(new SpringApplication(configurations));
  }

  private static void assertEchoes(ReactiveWebServerApplicationContext context) throws Exception {
    CompletableFuture<String> echoed = new CompletableFuture<>();
    WebSocket socket = connect(port(context), echoed);
    socket.sendText("to be echoed", true).get(10, TimeUnit.SECONDS);
    assertThat(echoed.get(10, TimeUnit.SECONDS)).isEqualTo("to be echoed");
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(10, TimeUnit.SECONDS);
  }

  private static int port(ReactiveWebServerApplicationContext context) {
    return context.getWebServer().getPort();
  }

  private static String handshake(String path) {
    return "GET "
        + path
        + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  }

  private static String exchange(int port, String requests) throws IOException {
    try (Socket socket = new Socket("localhost", port)) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(requests.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static WebSocket connect(int port, CompletableFuture<String> received) throws Exception {
    WebSocket.Listener listener =
        new WebSocket.Listener() {
          @Override
          public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            received.complete(text.toString());
            return CompletableFuture.completedStage(null);
          }
        };
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(URI.create("ws://localhost:" + port + "/echo"), listener)
        .get(10, TimeUnit.SECONDS);
  }

  /** In a JVM of its own: starts, has one message echoed, ends. */
  static class Child {
    public static void main(String[] configurations) throws Exception {
      SpringApplication application = new SpringApplication(Echo.class);
      application.setSources(Set.of(configurations));
      try (var context = Applications.run(application)) {
        assertEchoes(context);
        System.out.println("echoed");
      }
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Hello {
    @Bean
    RouterFunction<ServerResponse> hello() {
      return RouterFunctions.route()
          .GET("/hello", request -> ServerResponse.ok().bodyValue("hello"))
          .build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Echo extends Hello {
    @Bean
    HandlerMapping sockets() {
      WebSocketHandler echo =
          session -> session.send(session.receive().doOnNext(message -> message.retain()));
      SimpleUrlHandlerMapping mapping =
          new SimpleUrlHandlerMapping(Map.of("/echo", echo, "/named", "namedHandler"), -1);
      mapping.setLazyInitHandlers(true);
      return mapping;
    }

    @Bean
    WebSocketHandler namedHandler() {
      return session -> session.close();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnAdapter {
    @Bean
    WebSocketHandlerAdapter own() {
      WebSocketHandlerAdapter adapter = new WebSocketHandlerAdapter();
      ((HandshakeWebSocketService) adapter.getWebSocketService())
          .setSessionAttributePredicate("kept"::equals);
      adapter.setOrder(-7);
      return adapter;
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnService {
    @Bean
    WebSocketHandlerAdapter own() {
      return new WebSocketHandlerAdapter(
          (exchange, handler) -> {
            exchange.getResponse().setRawStatusCode(418);
            return exchange.getResponse().setComplete();
          });
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Gateway {
    @Bean
    ReactorNettyRequestUpgradeStrategy reactorNettyRequestUpgradeStrategy() {
      return new ReactorNettyRequestUpgradeStrategy();
    }

    @Bean
    WebSocketService webSocketService(RequestUpgradeStrategy strategy) {
      return new HandshakeWebSocketService(strategy);
    }

    @Bean
    HandlerMapping routes(WebSocketService service) {
      WebHandler route = exchange -> service.handleRequest(exchange, session -> session.close());
      return new SimpleUrlHandlerMapping(Map.of("/through", route), -1);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class OnNetty {
    @Bean
    NettyReactiveWebServerFactory netty() {
      return new NettyReactiveWebServerFactory(0);
    }
  }
}

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
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.NettyWebServer;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
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

/** WebSocket, which the server does not have yet: what clients and operators are told. */
@ExtendWith(OutputCaptureExtension.class)
class WebSocketRefusalTests {
  private static final String REASON = "kqueue-server does not support WebSocket yet";
  private static final String UNREACHABLE = "WebSocket handlers cannot be reached, ";
  private static final String REFUSED = "A WebSocket handshake was refused with 501: ";

  @Test
  void aHandshakeIsAnswered501WithTheReasonAndTheConnectionGoesOn() throws Exception {
    try (var context = start(Echo.class)) {
      assertServedByKqueue(context);
      String answers = exchange(port(context), handshake("/echo") + get("/hello"));
      assertThat(answers)
          .startsWith("HTTP/1.1 501 Not Implemented\r\n")
          .containsIgnoringCase("Content-Type: text/plain;charset=UTF-8\r\n")
          .contains("\r\n\r\n" + REASON + ".\nHTTP/1.1 200 OK\r\n")
          .endsWith("\r\n\r\nhello");
      assertThat(exchange(port(context), get("/hello"))).startsWith("HTTP/1.1 200 OK\r\n");
      assertThat(exchange(port(context), get("/echo")))
          .as("what is no handshake is answered by Spring")
          .startsWith("HTTP/1.1 400 ");
      assertThat(exchange(port(context), get("/echo").replace("GET", "HEAD")))
          .startsWith("HTTP/1.1 405 ");
    }
  }

  @Test
  void theClientOfTheJdkReportsTheRefusal() {
    try (var context = start(Echo.class)) {
      Throwable failure = catchThrowable(() -> connect(port(context), new CompletableFuture<>()));
      assertThat(failure).hasCauseInstanceOf(WebSocketHandshakeException.class);
      assertThat(((WebSocketHandshakeException) failure.getCause()).getResponse().statusCode())
          .isEqualTo(501);
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
      assertThat(exchange(port(context), handshake("/echo") + get("/hello"))).contains(REASON);
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
  void aGatewaysServiceRefusesToo() throws Exception {
    try (var context = start(Echo.class, Gateway.class)) {
      assertThat(context.getBean(RequestUpgradeStrategy.class))
          .isInstanceOf(ReactorNettyRequestUpgradeStrategy.class);
      assertThat(exchange(port(context), handshake("/through") + get("/hello")))
          .startsWith("HTTP/1.1 501 ")
          .contains(REASON);
    }
  }

  @Test
  void theStartNamesTheHandlersAndTheFirstRefusalIsLogged(CapturedOutput output) throws Exception {
    try (var context =
        Applications.run(new SpringApplication(Echo.class), "management.server.port=0")) {
      assertThat(output)
          .containsOnlyOnce(
              UNREACHABLE
                  + "every handshake is answered 501: "
                  + REASON
                  + ". Handlers: /echo, /named");
      assertThat(output).containsOnlyOnce(UNREACHABLE).doesNotContain(REFUSED);
      exchange(port(context), handshake("/echo") + handshake("/named") + get("/hello"));
      assertThat(output).containsOnlyOnce(REFUSED + REASON);
    }
  }

  @Test
  void withoutHandlersTheStartSaysNothing(CapturedOutput output) {
    try (var context = start(Hello.class)) {
      assertServedByKqueue(context);
      assertThat(output).doesNotContain(UNREACHABLE);
    }
  }

  @Test
  void whereReactorNettyServesItUpgrades(CapturedOutput output) throws Exception {
    // A graceful stop would wait for the WebSocket.
    try (var context =
        Applications.run(
            new SpringApplication(Echo.class, OnNetty.class), "server.shutdown=immediate")) {
      assertThat(context.getWebServer()).isInstanceOf(NettyWebServer.class);
      CompletableFuture<String> echoed = new CompletableFuture<>();
      connect(port(context), echoed).sendText("over Netty", true).get(10, TimeUnit.SECONDS);
      assertThat(echoed.get(10, TimeUnit.SECONDS)).isEqualTo("over Netty");
      assertThat(output).doesNotContain(UNREACHABLE);
      assertThat(catchThrowable(() -> context.getBean(KqueueRequestUpgradeStrategy.class)))
          .isInstanceOf(NoSuchBeanDefinitionException.class);
    }
  }

  @Test
  void aMockRequestFailsNeitherWithAHandshakeNorWithout() {
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
          .isEqualTo(HttpStatus.NOT_IMPLEMENTED)
          .expectBody(String.class)
          .isEqualTo(REASON + ".\n");
    }
  }

  /** The adapter is made in a bean method of the application, as Spring's reference shows. */
  @Test
  void anApplicationWithHandlersRunsWithoutReactorNetty() throws Exception {
    ChildJvm.Result result =
        ChildJvm.ofThisJdk().without("netty").run(Child.class, OwnAdapter.class.getName());
    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("HTTP/1.1 501 ").contains("\n" + REASON + ".\n");
  }

  @Test
  void itRunsWithoutTheApiOfJakartaToo() throws Exception {
    ChildJvm.Result result =
        ChildJvm.ofThisJdk().without("netty").without("jakarta.websocket").run(Child.class);
    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("HTTP/1.1 501 ").contains("\n" + REASON + ".\n");
  }

  private static ReactiveWebServerApplicationContext start(Class<?>... configurations) {
    return Applications.run(new SpringApplication(configurations));
  }

  private static void assertServedByKqueue(ReactiveWebServerApplicationContext context) {
    assertThat(context.getWebServer()).isInstanceOf(KqueueWebServer.class);
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
      socket.getOutputStream().write(requests.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
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

  /** In a JVM of its own: starts, sends one handshake, prints the answer, ends. */
  static class Child {
    public static void main(String[] configurations) throws Exception {
      SpringApplication application = new SpringApplication(Echo.class);
      application.setSources(Set.of(configurations));
      try (var context = Applications.run(application)) {
        System.out.println(exchange(port(context), handshake("/echo") + get("/hello")));
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

package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.spring.RawHttp2Client.Frame;
import io.kqueueserver.spring.autoconfigure.KqueueWebSocketAutoConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.FileSystemResource;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.reactive.socket.server.support.WebSocketHandlerAdapter;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * WebSocket handlers of Spring over HTTP/2 and TLS (RFC 8441), behind Spring Security with its
 * defaults, which refuse the method CONNECT.
 */
class WebSocketOverHttp2Tests {
  private static ReactiveWebServerApplicationContext context;
  private RawHttp2Client client;

  @BeforeAll
  static void start() {
    context = run();
  }

  private static ReactiveWebServerApplicationContext run(String... more) {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.add("--kqueue.server.loops=1");
    arguments.add("--server.http2.enabled=true");
    arguments.add("--server.ssl.key-store=classpath:tls/server.p12");
    arguments.add("--server.ssl.key-store-password=changeit");
    arguments.add("--server.ssl.key-alias=server");
    return ReactiveApplication.start(Handlers.class, arguments.toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    context.close();
  }

  @BeforeEach
  void connect() throws IOException {
    client = connect(context);
  }

  @AfterEach
  void disconnect() throws IOException {
    client.close();
  }

  private static RawHttp2Client connect(ReactiveWebServerApplicationContext context)
      throws IOException {
    SSLSocket socket = TlsFixture.connect(TlsFixture.client(), context.getWebServer().getPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    return new RawHttp2Client(socket);
  }

  private int handshake(String protocol, String path, String... more) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(":method: CONNECT");
    lines.add(":protocol: " + protocol);
    lines.add(":scheme: https");
    lines.add(":path: " + path);
    lines.add(":authority: localhost");
    lines.add("sec-websocket-version: 13");
    lines.addAll(Arrays.asList(more));
    return client.open(false, lines.toArray(String[]::new));
  }

  private int status(String path, String... more) throws IOException {
    return client.next(handshake("websocket", path, more)).status();
  }

  /** A text frame of a client, masked with zeros. */
  private static byte[] text(String text) {
    String frame = "\u0081" + (char) (0x80 | text.length()) + "\0\0\0\0" + text;
    return frame.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String unframed(Frame data) {
    assertThat(data.is(FrameType.DATA)).isTrue();
    return new String(data.payload(), 2, data.payload().length - 2, StandardCharsets.ISO_8859_1);
  }

  @Test
  void itIsAnnounced() {
    assertThat(client.setting(Setting.ENABLE_CONNECT_PROTOCOL.identifier())).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/mapped", "/annotated", "/functional"})
  void aHandlerIsServedHoweverItIsRouted(String path) throws IOException {
    int stream = handshake("websocket", path);
    Frame head = client.next(stream);
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.fields())
        .contains("seen: GET")
        .noneMatch(field -> field.startsWith("sec-websocket-accept"))
        .noneMatch(field -> field.startsWith("upgrade") || field.startsWith("connection"));
    client.data(stream, text("to be echoed"));
    assertThat(unframed(client.next(stream))).isEqualTo("to be echoed");
  }

  @Test
  void sessionsAndRequestsShareAConnection() throws IOException {
    int first = handshake("websocket", "/mapped");
    assertThat(client.next(first).status()).isEqualTo(200);
    int second = handshake("websocket", "/mapped", "sec-websocket-protocol: a,echo");
    assertThat(client.next(second).fields())
        .contains(":status: 200", "sec-websocket-protocol: echo");
    int page =
        client.open(
            true, ":method: GET", ":scheme: https", ":path: /page", ":authority: localhost");
    assertThat(client.next(page).status()).isEqualTo(200);
    client.data(first, text("one"));
    assertThat(unframed(client.next(first))).isEqualTo("one");
    client.data(second, text("two"));
    assertThat(unframed(client.next(second))).isEqualTo("two");
  }

  @Test
  void corsIsObeyed() throws IOException {
    assertThat(status("/cors", "origin: https://good.example")).isEqualTo(200);
    assertThat(status("/cors", "origin: https://evil.example")).isEqualTo(403);
  }

  @Test
  void rulesForGetHoldForTheHandshake() throws IOException {
    assertThat(status("/guarded")).isIn(401, 403);
    assertThat(status("/guarded", "x-key: right")).isEqualTo(200);
  }

  /** As over HTTP/1.1, where such an answer is none that begins a WebSocket. */
  @Test
  void anAnswerOfSpringsThatIsNoUpgradeIsNoSuccess() throws IOException {
    assertThat(status("/page")).isEqualTo(400);
    assertThat(status("/nothing")).isEqualTo(400);
    assertThat(status("/file")).isEqualTo(400);
    assertThat(status("/unknown")).isEqualTo(404);
    int otherVersion =
        client.open(
            false,
            ":method: CONNECT",
            ":protocol: websocket",
            ":scheme: https",
            ":path: /mapped",
            ":authority: localhost",
            "sec-websocket-version: 8");
    assertThat(client.next(otherVersion).status()).isEqualTo(426);
  }

  @Test
  void tunnelsAndOtherProtocolsAreRefusedBeforeSpringIsCalled() throws IOException {
    int before = context.getBean(Handlers.class).called.get();
    Frame other = client.next(handshake("webtransport", "/page"));
    assertThat(other.status()).isEqualTo(501);
    assertThat(other.fields()).noneMatch(field -> field.startsWith("seen"));
    int tunnel = client.open(false, ":method: CONNECT", ":authority: localhost:80");
    assertThat(client.next(tunnel).status()).isEqualTo(501);
    try (ReactiveWebServerApplicationContext clear = run("--server.ssl.enabled=false");
        RawClient http1 = new RawClient(clear.getWebServer().getPort())) {
      http1.send("CONNECT localhost:80 HTTP/1.1\nHost: localhost:80\n\n");
      http1.send("GET /page HTTP/1.1\nHost: x\n\n");
      assertThat(http1.readAll())
          .startsWith("HTTP/1.1 501 ")
          .contains("Connection: close")
          .doesNotContain("HTTP/1.1 200");
      assertThat(clear.getBean(Handlers.class).called).hasValue(0);
    }
    assertThat(context.getBean(Handlers.class).called).hasValue(before);
  }

  @Test
  void withoutTheAutoConfigurationItIsNotAnnouncedAndAProtocolIsMalformed() throws IOException {
    client.close();
    try (ReactiveWebServerApplicationContext without =
        run("--spring.autoconfigure.exclude=" + KqueueWebSocketAutoConfiguration.class.getName())) {
      client = connect(without);
      assertThat(client.setting(Setting.ENABLE_CONNECT_PROTOCOL.identifier())).isZero();
      Frame reset = client.next(handshake("websocket", "/mapped"));
      assertThat(reset.is(FrameType.RST_STREAM)).isTrue();
      assertThat(reset.errorCode()).isEqualTo(ErrorCode.PROTOCOL_ERROR.number());
    }
  }

  /** The page is on a connection of HTTP/2, and so is the WebSocket that it opens. */
  @Test
  void chromiumOpensItOnItsConnection(@TempDir Path profile) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/chromium")), "chromium is not installed");
    Handlers handlers = context.getBean(Handlers.class);
    handlers.versions.clear();
    Process chromium =
        new ProcessBuilder(
                "/usr/bin/chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--ignore-certificate-errors",
                "--user-data-dir=" + profile,
                "--dump-dom",
                "https://localhost:" + context.getWebServer().getPort() + "/browser")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(chromium.waitFor(60, TimeUnit.SECONDS)).isTrue(); // what it prints is short
      String shown = new String(chromium.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(shown).contains("<title>none echoed to the page");
      assertThat(handlers.versions).containsExactly(HttpVersion.HTTP_2);
    } finally {
      chromium.destroy();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @EnableWebFluxSecurity
  @Import(Annotated.class)
  static class Handlers {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Sinks.Empty<Void> SHOWN = Sinks.empty();

    private static final WebSocketHandler ECHO =
        new WebSocketHandler() {
          @Override
          public List<String> getSubProtocols() {
            return List.of("echo");
          }

          @Override
          public Mono<Void> handle(WebSocketSession s) {
            return s.send(
                s.receive()
                    .doOnNext(WebSocketMessage::retain)
                    .doOnNext(
                        message -> {
                          if (message.getPayloadAsText().equals("shown")) {
                            SHOWN.tryEmitEmpty();
                          }
                        }));
          }
        };

    private static final String PAGE =
        """
        <!doctype html><title>none</title><script>
        const socket = new WebSocket(`wss://${location.host}/mapped`, 'echo');
        socket.onopen = () => socket.send('to the page');
        socket.onmessage = message => {
          document.title += ' echoed ' + message.data;
          if (message.data !== 'shown') socket.send('shown');
        };
        </script><img src="/shown"><!-- the page is complete when this was answered -->
        """;

    final Queue<HttpVersion> versions = new ConcurrentLinkedQueue<>();
    final AtomicInteger called = new AtomicInteger();

    /** Says which method Spring sees. */
    @Bean
    WebFilter seen() {
      return (exchange, chain) -> {
        called.incrementAndGet();
        HttpMethod method = exchange.getRequest().getMethod();
        Exchange sent = ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest());
        if (sent.request().path().equals("/mapped")) {
          versions.add(sent.request().version());
        }
        exchange.getResponse().getHeaders().add("seen", method.name());
        return chain.filter(exchange);
      };
    }

    @Bean
    SecurityWebFilterChain rules(ServerHttpSecurity security) {
      return security
          .authorizeExchange(
              rules ->
                  rules
                      .pathMatchers(HttpMethod.GET, "/guarded")
                      .access(
                          (user, request) ->
                              Mono.just(decision(request.getExchange().getRequest())))
                      .anyExchange()
                      .permitAll())
          .build();
    }

    private static AuthorizationDecision decision(ServerHttpRequest request) {
      return new AuthorizationDecision("right".equals(request.getHeaders().getFirst("x-key")));
    }

    @Bean
    HandlerMapping sockets() {
      SimpleUrlHandlerMapping mapping =
          new SimpleUrlHandlerMapping(Map.of("/mapped", ECHO, "/guarded", ECHO, "/cors", ECHO), -1);
      CorsConfiguration allowed = new CorsConfiguration();
      allowed.addAllowedOrigin("https://good.example");
      mapping.setCorsConfigurations(Map.of("/cors", allowed));
      return mapping;
    }

    @Bean
    RouterFunction<ServerResponse> routes(WebSocketHandlerAdapter adapter) {
      WebSocketService service = adapter.getWebSocketService();
      return RouterFunctions.route()
          .GET("/page", request -> ServerResponse.ok().bodyValue("page"))
          .GET(
              "/shown",
              request -> ServerResponse.noContent().build(SHOWN.asMono().timeout(PATIENCE)))
          .GET(
              "/browser",
              request -> ServerResponse.ok().contentType(MediaType.TEXT_HTML).bodyValue(PAGE))
          .GET("/nothing", request -> ServerResponse.noContent().build())
          .GET(
              "/file",
              request ->
                  ServerResponse.ok().bodyValue(new FileSystemResource(TlsFixture.file("ca.pem"))))
          .GET(
              "/functional",
              request -> service.handleRequest(request.exchange(), ECHO).then(Mono.empty()))
          .build();
    }
  }

  @RestController
  static class Annotated {
    private final WebSocketService service;

    Annotated(WebSocketHandlerAdapter adapter) {
      service = adapter.getWebSocketService();
    }

    @GetMapping("/annotated")
    Mono<Void> upgrade(ServerWebExchange exchange) {
      return service.handleRequest(exchange, Handlers.ECHO);
    }
  }
}

package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.NettyWebServer;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.boot.webflux.autoconfigure.WebHttpHandlerBuilderCustomizer;
import org.springframework.boot.webflux.test.autoconfigure.WebFluxTest;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.SslInfo;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/**
 * Requests of an application's own tests, in each way Spring Boot has to send them: with mock
 * requests, to the running server, and to another server. Nothing of the starter may fail one.
 */
class ApplicationTestsTests {
  private static final String ENDPOINTS = "management.endpoints.web.exposure.include=*";
  private static final String LOOPS = "kqueue.server.loops=1";

  /** The forms in which requests reach WebFlux: {@link Wrapping} makes them. */
  private static final List<String> FORMS =
      List.of("bare", "decorated", "decorated foreign", "foreign", "mutated", "mutated foreign");

  @Nested
  @SpringBootTest(classes = Application.class, properties = ENDPOINTS)
  @AutoConfigureWebTestClient
  @DirtiesContext // a cached context would keep its threads while others count theirs
  class Mock {
    @Autowired private WebTestClient client;
    @Autowired private ApplicationContext context;

    @Test
    void mockRequestsAreServed() {
      assertServed(client);
      assertEndpointsAnswer(client);
    }

    @Test
    void requestsOfAClientBoundToTheContextAreServed() {
      assertServed(WebTestClient.bindToApplicationContext(context).build());
    }
  }

  @Nested
  @SpringBootTest(
      classes = Application.class,
      webEnvironment = WebEnvironment.RANDOM_PORT,
      properties = {
        LOOPS,
        "spring.webflux.base-path=/base",
        "server.forward-headers-strategy=framework"
      })
  @AutoConfigureWebTestClient
  @DirtiesContext
  class BelowABasePath {
    @Autowired private WebTestClient client;

    @Test
    void requestsAreServed() {
      assertServed(client);
    }
  }

  @Nested
  @SpringBootTest(
      classes = Application.class,
      webEnvironment = WebEnvironment.RANDOM_PORT,
      properties = {ENDPOINTS, LOOPS})
  @AutoConfigureWebTestClient
  @DirtiesContext
  class RandomPort {
    @Autowired private WebTestClient client;
    @Autowired private ReactiveWebServerApplicationContext context;

    @Test
    void requestsAreServedByOurServer() {
      assertThat(context.getWebServer()).isInstanceOf(KqueueWebServer.class);
      assertServed(client);
      assertEndpointsAnswer(client);
    }

    @Test
    void mockRequestsBesideARunningServerAreServed() {
      assertServed(WebTestClient.bindToApplicationContext(context).build());
    }
  }

  @Nested
  @SpringBootTest(
      classes = Application.class,
      webEnvironment = WebEnvironment.DEFINED_PORT,
      properties = LOOPS)
  @AutoConfigureWebTestClient
  @DirtiesContext
  class DefinedPort {
    @Autowired private WebTestClient client;

    @DynamicPropertySource
    static void freePort(DynamicPropertyRegistry registry) throws IOException {
      try (ServerSocket socket = new ServerSocket(0)) {
        int free = socket.getLocalPort();
        registry.add("server.port", () -> free);
      }
    }

    @Test
    void requestsAreServed() {
      assertServed(client);
    }
  }

  @Nested
  @SpringBootTest(
      classes = {Application.class, AnotherServer.class},
      webEnvironment = WebEnvironment.RANDOM_PORT,
      properties = ENDPOINTS)
  @AutoConfigureWebTestClient
  @DirtiesContext
  class OnAnotherServer {
    @Autowired private WebTestClient client;
    @Autowired private ReactiveWebServerApplicationContext context;

    @Test
    void requestsAreServedByIt() {
      assertThat(context.getWebServer()).isInstanceOf(NettyWebServer.class);
      assertServed(client);
      assertEndpointsAnswer(client);
    }
  }

  @Nested
  @WebFluxTest(controllers = Controller.class)
  @Import(Wrapping.class)
  @DirtiesContext
  class Slice {
    @Autowired private WebTestClient client;

    @Test
    void mockRequestsAreServed() {
      assertServed(client);
    }
  }

  @Nested
  @WebFluxTest(controllers = Controller.class)
  @ImportAutoConfiguration(KqueueServerAutoConfiguration.class)
  @Import(Wrapping.class)
  @DirtiesContext
  class SliceThatNamesOurAutoConfiguration {
    @Autowired private WebTestClient client;

    @Test
    void mockRequestsAreServed() {
      assertServed(client);
    }
  }

  private static void assertServed(WebTestClient client) {
    WebTestClient patient =
        client.mutate().responseTimeout(Duration.ofSeconds(20)).build(); // the first one is slow
    for (String form : FORMS) {
      patient
          .get()
          .uri("/hello")
          .header(Wrapping.FORM, form)
          .exchange()
          .expectStatus()
          .isOk()
          .expectBody(String.class)
          .isEqualTo("hello");
      patient
          .post()
          .uri("/echo")
          .header(Wrapping.FORM, form)
          .bodyValue("a body")
          .exchange()
          .expectStatus()
          .isOk()
          .expectBody(String.class)
          .isEqualTo("a body");
      patient
          .head()
          .uri("/hello")
          .header(Wrapping.FORM, form)
          .exchange()
          .expectStatus()
          .isOk()
          .expectBody()
          .isEmpty();
    }
    patient.get().uri("/nothing-here").exchange().expectStatus().isNotFound();
  }

  private static void assertEndpointsAnswer(WebTestClient client) {
    for (String endpoint :
        List.of("health", "kqueue", "kqueue/stalls", "kqueuelive", "kqueuelive/live.js")) {
      client.get().uri("/actuator/" + endpoint).exchange().expectStatus().isOk();
    }
    // Of servers that do not run there are no connections; that is the question's fault.
    client
        .get()
        .uri("/actuator/kqueue/connections")
        .exchange()
        .expectStatus()
        .value(status -> assertThat(status).isIn(200, 400));
  }

  @SpringBootConfiguration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import({Controller.class, Wrapping.class})
  static class Application {}

  @Configuration(proxyBeanMethods = false)
  static class AnotherServer {
    @Bean
    NettyReactiveWebServerFactory anotherServer() {
      return new NettyReactiveWebServerFactory(0);
    }
  }

  @RestController
  static class Controller {
    @GetMapping("/hello")
    String hello() {
      return "hello";
    }

    @PostMapping("/echo")
    String echo(@RequestBody String body) {
      return body;
    }
  }

  /** Stands between server and WebFlux, and gives requests the form that their header asks for. */
  @Configuration(proxyBeanMethods = false)
  static class Wrapping {
    static final String FORM = "X-Form";

    @Bean
    WebHttpHandlerBuilderCustomizer wrapping() {
      return builder ->
          builder.httpHandlerDecorator(
              handler -> (request, response) -> handler.handle(wrap(request), response));
    }

    private static ServerHttpRequest wrap(ServerHttpRequest request) {
      String form = request.getHeaders().getFirst(FORM);
      return switch (form == null ? "bare" : form) {
        case "decorated" -> new ServerHttpRequestDecorator(request);
        case "decorated foreign" -> new ServerHttpRequestDecorator(new Foreign(request));
        case "foreign" -> new Foreign(request);
        case "mutated" -> request.mutate().header("X-Mutated", "yes").build();
        case "mutated foreign" -> new Foreign(request).mutate().header("X-Mutated", "yes").build();
        default -> request;
      };
    }
  }

  /** A request of no server, which has no native request. */
  private static final class Foreign extends AbstractServerHttpRequest {
    private final ServerHttpRequest request;

    Foreign(ServerHttpRequest request) {
      super(
          HttpMethod.valueOf(request.getMethod().name()),
          request.getURI(),
          request.getPath().contextPath().value(),
          request.getHeaders());
      this.request = request;
    }

    @Override
    protected MultiValueMap<String, HttpCookie> initCookies() {
      return request.getCookies();
    }

    @Override
    protected @Nullable SslInfo initSslInfo() {
      return null;
    }

    @Override
    public Flux<DataBuffer> getBody() {
      return request.getBody();
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // Spring's signature
    @Override
    public <T> T getNativeRequest() {
      throw new NoClassDefFoundError("jakarta/servlet/http/HttpServletRequest");
    }
  }
}

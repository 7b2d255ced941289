package io.kqueueserver.spring.actuate;

import io.kqueueserver.spring.KqueueWebServer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.web.exchanges.HttpExchangeRepository;
import org.springframework.boot.actuate.web.exchanges.InMemoryHttpExchangeRepository;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real application with Actuator on a port of its own, and clients of it; closing it closes them.
 */
final class ActuatorApplication implements AutoCloseable {
  private static final String[] COMMON = {
    "spring.main.banner-mode=off",
    "server.port=0",
    "management.server.port=0",
    "management.endpoints.web.exposure.include=*",
    "management.endpoint.kqueue.show-values=always",
    "management.endpoint.health.show-details=always",
  };

  private final ReactiveWebServerApplicationContext context;
  private final CountDownLatch gate;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Socket> clients = new ArrayList<>();

  ActuatorApplication(String... properties) {
    SpringApplication application = new SpringApplication(Configured.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setRegisterShutdownHook(false);
    context =
        (ReactiveWebServerApplicationContext)
            application.run(
                Stream.concat(Stream.of(COMMON), Stream.of(properties))
                    .collect(
                        Collectors.toMap(
                            property -> property.substring(0, property.indexOf('=')),
                            property -> "--" + property,
                            (common, ofTest) -> ofTest))
                    .values()
                    .toArray(String[]::new));
    gate = context.getBean(CountDownLatch.class);
  }

  ReactiveWebServerApplicationContext context() {
    return context;
  }

  KqueueWebServer server() {
    return (KqueueWebServer) context.getWebServer();
  }

  /** Sends GET without waiting for an answer. */
  Socket send(String path) throws IOException {
    Socket client = connect();
    request(client, path);
    return client;
  }

  Socket connect() throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), server().getPort());
    client.setSoTimeout(10_000);
    clients.add(client);
    return client;
  }

  static void request(Socket client, String path) throws IOException {
    client
        .getOutputStream()
        .write(
            ("GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
  }

  /** Waits for an answer to begin, which the test has no other use for. */
  static void answered(Socket client) throws IOException {
    if (client.getInputStream().read() != 'H') {
      throw new AssertionError("no answer");
    }
    client.getInputStream().skipNBytes(client.getInputStream().available());
  }

  HttpResponse<String> actuator(String method, String path) {
    String port = context.getEnvironment().getRequiredProperty("local.management.port");
    URI uri = URI.create("http://localhost:" + port + "/actuator/" + path);
    try {
      return http.send(
          HttpRequest.newBuilder(uri)
              .method(method, HttpRequest.BodyPublishers.noBody())
              .header("Accept", "application/json")
              .build(),
          BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(method + " " + uri, e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  JsonNode json(String path) {
    HttpResponse<String> response = actuator("GET", path);
    if (response.statusCode() != 200) {
      throw new AssertionError(path + ": " + response.statusCode() + " " + response.body());
    }
    return JsonMapper.shared().readTree(response.body());
  }

  /** The sum of a meter's values over all that carry these tags. */
  double meter(String name, String... tags) {
    return context.getBean(MeterRegistry.class).find(name).tags(tags).meters().stream()
        .map(Meter::measure)
        .mapToDouble(measured -> measured.iterator().next().getValue())
        .sum();
  }

  /** Lets a blocked handler go on. */
  void unblock() {
    gate.countDown();
  }

  @Override
  public void close() throws IOException {
    unblock();
    for (Socket client : clients) {
      client.close();
    }
    context.close();
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Configured {
    @Bean
    HandlerMapping webSockets() {
      WebSocketHandler chat =
          new WebSocketHandler() {
            @Override
            public List<String> getSubProtocols() {
              return List.of("v1.chat");
            }

            @Override
            public Mono<Void> handle(WebSocketSession session) {
              return session.receive().then();
            }
          };
      return new SimpleUrlHandlerMapping(Map.of("/chat", chat), -1);
    }

    @Bean
    CountDownLatch gate() {
      return new CountDownLatch(1);
    }

    /** On request only: for its sake Spring leaves the event loop before the handler. */
    @Bean
    @ConditionalOnProperty("remember-exchanges")
    HttpExchangeRepository exchanges() {
      return new InMemoryHttpExchangeRepository();
    }

    @Bean
    Controller controller(CountDownLatch gate) {
      return new Controller(gate);
    }
  }

  /** What an application should not do, and what it may. */
  @RestController
  static class Controller {
    final AtomicInteger waiting = new AtomicInteger();
    private final CountDownLatch gate;

    Controller(CountDownLatch gate) {
      this.gate = gate;
    }

    @GetMapping("/hello")
    String hello() {
      return "hello";
    }

    @GetMapping("/never")
    Mono<String> never() {
      return Mono.<String>never().doOnSubscribe(s -> waiting.incrementAndGet());
    }

    @GetMapping("/failing")
    Mono<String> failing() {
      return Mono.error(new IllegalStateException("expected by a test"));
    }

    @GetMapping("/blocked/{id}")
    String blocked() throws InterruptedException {
      gate.await();
      return "at last";
    }
  }
}

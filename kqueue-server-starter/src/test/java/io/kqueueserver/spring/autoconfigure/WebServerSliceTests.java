package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueWebServer;
import io.kqueueserver.spring.autoconfigure.WebServerSliceTests.Answering;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.web.server.reactive.ReactiveWebServerFactory;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.boot.web.server.test.AutoConfigureWebServer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.test.annotation.DirtiesContext;
import reactor.core.publisher.Mono;

/**
 * A test that names its classes and asks for a web server gets ours, with Reactor Netty, which
 * offers itself to such tests too, on the class path.
 */
@SpringBootTest(classes = Answering.class, webEnvironment = WebEnvironment.RANDOM_PORT)
@AutoConfigureWebServer
@DirtiesContext // a cached context would keep its threads while others count theirs
class WebServerSliceTests {
  @Autowired private ReactiveWebServerApplicationContext context;
  @LocalServerPort private int port;

  @Test
  void theSliceServesFromAKqueueServer() throws Exception {
    assertThat(context.getWebServer()).isInstanceOf(KqueueWebServer.class);
    assertThat(context.getBeansOfType(ReactiveWebServerFactory.class).values())
        .singleElement()
        .isInstanceOf(KqueueReactiveWebServerFactory.class);

    URI uri = URI.create("http://127.0.0.1:" + port + "/");
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
    assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body())
        .isEqualTo("from the slice");
  }

  @Test
  void reactorNettyWasOfferedToTheSliceAndBackedOff() {
    assertThat(context.getBeansOfType(NettyReactiveWebServerAutoConfiguration.class)).hasSize(1);
    assertThat(context.containsBean("nettyReactiveWebServerFactory")).isFalse();
  }

  @Configuration(proxyBeanMethods = false)
  static class Answering {
    @Bean
    HttpHandler httpHandler() {
      return (request, response) ->
          response.writeWith(
              Mono.fromSupplier(
                  () ->
                      response
                          .bufferFactory()
                          .wrap("from the slice".getBytes(StandardCharsets.UTF_8))));
    }
  }
}

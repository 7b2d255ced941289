package io.kqueueserver.benchmarks.compare.app;

import java.nio.charset.StandardCharsets;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Mono;

/**
 * An ordinary WebFlux application; {@code compare.bare=true} puts one {@link HttpHandler} in the
 * place of all of WebFlux.
 */
@SpringBootApplication(proxyBeanMethods = false)
public class CompareApplication {
  private static final byte[] HELLO = "Hello, World!".getBytes(StandardCharsets.US_ASCII);

  public static void main(String[] args) {
    SpringApplication.run(CompareApplication.class, args);
    Console.start();
  }

  @Bean
  @ConditionalOnBooleanProperty("compare.bare")
  HttpHandler bareHandler() {
    return (request, response) -> {
      response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
      response.getHeaders().setContentLength(HELLO.length);
      return response.writeWith(Mono.just(response.bufferFactory().wrap(HELLO)));
    };
  }
}

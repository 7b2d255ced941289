package io.kqueueserver.spring;

import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;

/** Applications on a free port, reactive although the tests have servlets on their class path. */
final class ReactiveApplication {
  private static final List<String> ARGUMENTS =
      List.of(
          "--server.port=0",
          "--server.shutdown=immediate",
          "--spring.main.banner-mode=off",
          "--spring.main.web-application-type=reactive");

  private ReactiveApplication() {}

  static ReactiveWebServerApplicationContext start(Class<?> configuration, String... arguments) {
    return (ReactiveWebServerApplicationContext)
        new SpringApplication(configuration)
            .run(Stream.concat(ARGUMENTS.stream(), Stream.of(arguments)).toArray(String[]::new));
  }
}

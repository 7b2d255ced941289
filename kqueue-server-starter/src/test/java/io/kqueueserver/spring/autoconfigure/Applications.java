package io.kqueueserver.spring.autoconfigure;

import java.util.Map;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;

/** Runs applications as their main method would. */
final class Applications {
  private Applications() {}

  /** Serves on a free port with one loop, unless the properties say otherwise. */
  static ReactiveWebServerApplicationContext run(
      SpringApplication application, String... properties) {
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setDefaultProperties(
        Map.of("spring.main.banner-mode", "off", "server.port", 0, "kqueue.server.loops", 1));
    String[] arguments = Stream.of(properties).map(each -> "--" + each).toArray(String[]::new);
    return (ReactiveWebServerApplicationContext) application.run(arguments);
  }
}

package io.kqueueserver.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueServerCustomizer;
import io.kqueueserver.spring.autoconfigure.KqueueServerAutoConfiguration;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.web.server.reactive.context.AnnotationConfigReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Mono;

/** The module is on every class path that has the starter; alone it must do nothing. */
class WithoutActuatorTests {
  private static final String[] ABSENT = {
    "org.springframework.boot.actuate", "org.springframework.boot.health", "io.micrometer.core"
  };

  private static Class<?>[] moduleConfigurations() throws Exception {
    String imports =
        "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";
    var urls = WithoutActuatorTests.class.getClassLoader().getResources(imports);
    while (urls.hasMoreElements()) {
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  urls.nextElement().openStream(), java.nio.charset.StandardCharsets.UTF_8))) {
        Class<?>[] ours =
            lines
                .lines()
                .filter(line -> line.startsWith("io.kqueueserver.actuate."))
                .map(name -> ClassUtils.resolveClassName(name, null))
                .toArray(Class<?>[]::new);
        if (ours.length > 0) {
          return ours;
        }
      }
    }
    throw new AssertionError("the module registers nothing");
  }

  private static ReactiveWebApplicationContextRunner runner() throws Exception {
    Supplier<AnnotationConfigReactiveWebServerApplicationContext> contexts =
        AnnotationConfigReactiveWebServerApplicationContext::new;
    Class<?>[] all =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(KqueueServerAutoConfiguration.class),
                Arrays.stream(moduleConfigurations()))
            .toArray(Class<?>[]::new);
    return new ReactiveWebApplicationContextRunner(contexts::get)
        .withConfiguration(AutoConfigurations.of(all))
        .withUserConfiguration(Application.class)
        .withPropertyValues("server.port=0");
  }

  @Test
  void nothingLoadsWithoutActuatorAndMicrometer() throws Exception {
    runner()
        .withClassLoader(new FilteredClassLoader(ABSENT))
        .run(
            context -> {
              assertThat(context)
                  .hasNotFailed()
                  .hasSingleBean(KqueueReactiveWebServerFactory.class);
              assertThat(
                      Arrays.stream(context.getBeanDefinitionNames())
                          .map(context::getType)
                          .filter(Objects::nonNull)
                          .map(Class::getName))
                  .noneMatch(name -> name.startsWith("io.kqueueserver.actuate"));
            });
  }

  @Test
  void theEndpointIsThereOnlyWhereItIsExposed() throws Exception {
    runner().run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("kqueueEndpoint"));
    runner()
        .withPropertyValues("management.endpoints.web.exposure.include=kqueue")
        .run(context -> assertThat(context).hasNotFailed().hasBean("kqueueEndpoint"));
  }

  @Test
  void healthCanBeSwitchedOff() throws Exception {
    runner().run(context -> assertThat(context).hasBean("kqueueHealthIndicator"));
    runner()
        .withPropertyValues("management.health.kqueue.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean("kqueueHealthIndicator"));
  }

  @Configuration(proxyBeanMethods = false)
  static class Application {
    @Bean
    HttpHandler httpHandler() {
      return (request, response) -> Mono.empty();
    }

    @Bean
    KqueueServerCustomizer oneLoop() {
      return builder -> builder.loops(1);
    }
  }
}

package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueServerCustomizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.reactive.context.AnnotationConfigReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Mono;

/** The hooks that change a server before it is made, offered as by Spring Boot's own servers. */
class ServerCustomizersTests {
  private static final HttpHandler NOTHING = (request, response) -> Mono.empty();

  private final KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
  private final List<String> calls = new ArrayList<>();

  @Test
  void oneThatIsAddedTwiceRunsOnceInItsFirstPlace() {
    KqueueServerCustomizer first = builder -> calls.add("first");
    KqueueServerCustomizer second = builder -> calls.add("second");
    factory.addServerCustomizers(first, second);
    factory.addServerCustomizers(second, first);

    factory.getWebServer(NOTHING);

    assertThat(calls).containsExactly("first", "second");
  }

  @Test
  void thoseThatAreSetReplaceThoseThatWere() {
    factory.addServerCustomizers(builder -> calls.add("old"));
    factory.setServerCustomizers(List.of(builder -> calls.add("new")));

    factory.getWebServer(NOTHING);

    assertThat(calls).containsExactly("new");
  }

  @Test
  void nullIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> factory.setServerCustomizers(null))
        .withMessage("'serverCustomizers' must not be null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> factory.addServerCustomizers((KqueueServerCustomizer[]) null))
        .withMessage("'serverCustomizers' must not be null");
  }

  @Test
  void nullAmongOthersIsRefusedWhereItIsAddedAndNotWhenTheServerIsMade() {
    KqueueServerCustomizer one = builder -> calls.add("one");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> factory.setServerCustomizers(Arrays.asList(one, null)))
        .withMessage("'serverCustomizers' must not contain null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> factory.addServerCustomizers(one, null))
        .withMessage("'serverCustomizers' must not contain null");
    assertThat(factory.getServerCustomizers()).isEmpty();
  }

  @Test
  void aBeanThatIsAddedToTheFactoryTooRunsOnceAndInTheOrderOfBeans() {
    new ReactiveWebApplicationContextRunner(
            AnnotationConfigReactiveWebServerApplicationContext::new)
        .withConfiguration(AutoConfigurations.of(KqueueServerAutoConfiguration.class))
        .withUserConfiguration(RegisteredBothWays.class)
        .withPropertyValues("server.port=0", "kqueue.server.loops=1")
        .run(
            context ->
                assertThat(context.getBean(RegisteredBothWays.class).calls)
                    .containsExactly("early bean", "late bean", "by the factory"));
  }

  @Configuration(proxyBeanMethods = false)
  static class RegisteredBothWays {
    final List<String> calls = new ArrayList<>();

    @Bean
    HttpHandler httpHandler() {
      return NOTHING;
    }

    @Bean
    @Order(2)
    KqueueServerCustomizer late() {
      return builder -> calls.add("late bean");
    }

    @Bean
    @Order(1)
    KqueueServerCustomizer early() {
      return builder -> calls.add("early bean");
    }

    @Bean
    WebServerFactoryCustomizer<KqueueReactiveWebServerFactory> both(KqueueServerCustomizer late) {
      return factory -> factory.addServerCustomizers(late, builder -> calls.add("by the factory"));
    }
  }
}

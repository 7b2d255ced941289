package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.condition.ConditionEvaluationReport;
import org.springframework.boot.autoconfigure.condition.ConditionEvaluationReport.ConditionAndOutcomes;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.assertj.AssertableReactiveWebApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.reactive.ConfigurableReactiveWebServerFactory;
import org.springframework.boot.web.server.reactive.ReactiveWebServerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The reasons of the chosen server in {@code --debug} and {@code /actuator/conditions}. */
class ConditionsTests {
  private static final String OURS = KqueueServerAutoConfiguration.class.getName();
  private static final String NETTYS =
      NettyReactiveWebServerAutoConfiguration.class.getName() + "#nettyReactiveWebServerFactory";

  /** Contexts whose server is chosen and not started. */
  private final ReactiveWebApplicationContextRunner contexts =
      new ReactiveWebApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  NettyReactiveWebServerAutoConfiguration.class,
                  KqueueServerAutoConfiguration.class));

  @Test
  void theReportSaysThatOursMatchedAndThatNettyBackedOffForIt() {
    contexts.run(
        context -> {
          assertThat(report(context).get(OURS).isFullMatch()).isTrue();
          assertThat(messages(report(context).get(OURS)))
              .anyMatch(message -> message.contains("kqueue native binding"));
          assertThat(report(context).get(NETTYS).isFullMatch()).isFalse();
          assertThat(messages(report(context).get(NETTYS)))
              .anyMatch(message -> message.contains("kqueueReactiveWebServerFactory"));
        });
  }

  @Test
  void theReportSaysThatTheApplicationIsNotReactive() {
    new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(KqueueServerAutoConfiguration.class))
        .run(
            (AssertableApplicationContext context) ->
                assertThat(messages(report(context).get(OURS)))
                    .anyMatch(message -> message.contains("not a reactive web application")));
  }

  @Test
  void withoutOurClassesAnotherServes() {
    contexts
        .withClassLoader(new FilteredClassLoader(KqueueServer.class))
        .run(context -> assertThat(context).hasSingleBean(NettyReactiveWebServerFactory.class));
  }

  @Test
  void aFactoryOfOurKindThatTheUserMadeIsTheOneAndGetsTheProperties() {
    contexts
        .withUserConfiguration(OwnKqueueFactory.class)
        .withPropertyValues("server.server-header=Test", "server.address=127.0.0.1")
        .run(
            context -> {
              assertThat(context).hasSingleBean(ReactiveWebServerFactory.class);
              KqueueReactiveWebServerFactory factory =
                  context.getBean(KqueueReactiveWebServerFactory.class);
              assertThat(factory).isSameAs(context.getBean("own"));
              assertThat(factory.getServerHeader()).isEqualTo("Test");
              assertThat(factory.getAddress().isLoopbackAddress()).isTrue();
            });
  }

  /** The user's say the last word, unless they say that they come first. */
  @Test
  void customizersOfTheFactoryWithoutAnOrderComeAfterTheProperties() {
    contexts
        .withUserConfiguration(Customizers.class)
        .withPropertyValues("server.server-header=of the property", "server.port=8080")
        .run(
            context -> {
              KqueueReactiveWebServerFactory factory =
                  context.getBean(KqueueReactiveWebServerFactory.class);
              assertThat(factory.getServerHeader()).isEqualTo("of the customizer");
              assertThat(factory.getPort()).isEqualTo(8099);
            });
  }

  private static Map<String, ConditionAndOutcomes> report(
      AssertableReactiveWebApplicationContext context) {
    return report((ConfigurableApplicationContext) context.getSourceApplicationContext());
  }

  private static Map<String, ConditionAndOutcomes> report(AssertableApplicationContext context) {
    return report(context.getSourceApplicationContext());
  }

  private static Map<String, ConditionAndOutcomes> report(ConfigurableApplicationContext context) {
    return ConditionEvaluationReport.get(context.getBeanFactory())
        .getConditionAndOutcomesBySource();
  }

  private static List<String> messages(ConditionAndOutcomes outcomes) {
    return StreamSupport.stream(outcomes.spliterator(), false)
        .map(outcome -> outcome.getOutcome().getMessage())
        .toList();
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnKqueueFactory {
    @Bean
    KqueueReactiveWebServerFactory own() {
      return new KqueueReactiveWebServerFactory();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Customizers {
    @Bean
    WebServerFactoryCustomizer<KqueueReactiveWebServerFactory> ours() {
      return factory -> factory.setServerHeader("of the customizer");
    }

    @Bean
    WebServerFactoryCustomizer<ConfigurableReactiveWebServerFactory> everybodys() {
      return factory -> factory.setPort(8099);
    }

    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> nettys() {
      return factory -> {
        throw new AssertionError("it is not Netty that serves");
      };
    }
  }
}

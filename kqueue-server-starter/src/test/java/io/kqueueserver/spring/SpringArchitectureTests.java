package io.kqueueserver.spring;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.kqueueserver.net.Discarding;
import io.kqueueserver.net.MinRate;
import io.kqueueserver.socket.TcpOptions;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The upper end of the table of layers in ARCHITECTURE.md. */
@ArchTag("source")
@AnalyzeClasses(packages = "io.kqueueserver.spring", importOptions = DoNotIncludeTests.class)
class SpringArchitectureTests {
  private static final String AUTOCONFIGURE = "io.kqueueserver.spring.autoconfigure";

  @ArchTest
  static final ArchRule ofTheCoreOnlyItsUpperSideIsUsed =
      classes()
          .that(resideInAPackage("io.kqueueserver.spring.."))
          .should()
          .onlyDependOnClassesThat(
              not(resideInAPackage("io.kqueueserver.."))
                  .or(
                      resideInAnyPackage(
                          "io.kqueueserver",
                          "io.kqueueserver.server",
                          "io.kqueueserver.server.observe",
                          "io.kqueueserver.http",
                          "io.kqueueserver.http.coding",
                          "io.kqueueserver.http.forwarded",
                          "io.kqueueserver.http.syntax",
                          "io.kqueueserver.http.h2",
                          "io.kqueueserver.http.ws",
                          "io.kqueueserver.server.ws",
                          "io.kqueueserver.ffi",
                          "io.kqueueserver.ip",
                          "io.kqueueserver.net.tls",
                          "io.kqueueserver.watch",
                          "io.kqueueserver.spring.."))
                  .or(type(Discarding.class))
                  .or(type(MinRate.class))
                  .or(type(TcpOptions.class)))
          .because(
              "ffi, net and socket are here for their options; loops and sockets are not our"
                  + " concern");

  @ArchTest
  static final ArchRule propertiesAreEnabledOneClassAtATime =
      classes()
          .that()
          .areAnnotatedWith(EnableConfigurationProperties.class)
          .should(
              new ArchCondition<>("enable one class") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  int enabled =
                      type.getAnnotationOfType(EnableConfigurationProperties.class).value().length;
                  events.add(
                      new SimpleConditionEvent(
                          type, enabled == 1, type.getName() + " enables " + enabled));
                }
              })
          .because(
              "Spring Boot registers several in the order of their identity hashes, and what is"
                  + " built ahead of time would differ from build to build");

  @ArchTest
  static final ArchRule theAdapterDoesNotKnowItsWiring =
      noClasses()
          .that(
              resideInAnyPackage(
                  "io.kqueueserver.spring",
                  "io.kqueueserver.spring.http",
                  "io.kqueueserver.spring.ws"))
          .should()
          .dependOnClassesThat(resideInAPackage(AUTOCONFIGURE))
          .because("a user without auto-configuration has the same factory");

  @ArchTest
  static final ArchRule theExchangeAdapterDoesNotKnowTheWebServer =
      noClasses()
          .that(resideInAPackage("io.kqueueserver.spring.http"))
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "io.kqueueserver",
                  "io.kqueueserver.server..",
                  "io.kqueueserver.spring",
                  "io.kqueueserver.spring.accesslog"))
          .because("it turns an exchange into Spring's request and response, whatever serves it");

  @ArchTest
  static final ArchRule nettyAndActuatorAreNotNeeded =
      noClasses()
          .that()
          .doNotHaveSimpleName("KqueueManagementContextAutoConfiguration")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "io.netty..", "reactor.netty..", "org.springframework.boot.actuate.."))
          .because("the starter runs without them");

  @ArchTest
  static final ArchRule beanMethodsAreNoApi =
      methods()
          .that()
          .areAnnotatedWith(Bean.class)
          .should()
          .bePackagePrivate()
          .because("beans are found by the context, not called");
}

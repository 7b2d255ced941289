package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.context.ApplicationListener;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** The registrations of the starter that Spring Boot finds by itself. */
class RegistrationTests {
  @Test
  void autoConfigurationsAreCandidates() {
    assertThat(ImportCandidates.load(AutoConfiguration.class, getClass().getClassLoader()))
        .contains(
            KqueueServerAutoConfiguration.class.getName(),
            KqueueManagementContextAutoConfiguration.class.getName(),
            KqueueWebSocketAutoConfiguration.class.getName());
  }

  /** Without it the alphabet decides, and ours would be chosen by luck. */
  @Test
  void oursIsAskedBeforeTheOtherServers() {
    assertThat(
            KqueueServerAutoConfiguration.class.getAnnotation(AutoConfiguration.class).beforeName())
        .containsExactlyInAnyOrder(
            Peer.NETTY_AUTO_CONFIGURATION,
            Peer.JETTY_AUTO_CONFIGURATION,
            Peer.TOMCAT_AUTO_CONFIGURATION);
  }

  @Test
  void testSlicesThatStartAServerStartOurs() throws Exception {
    ClassPathResource imports =
        new ClassPathResource(
            "META-INF/spring/org.springframework.boot.web.server.test.AutoConfigureWebServer.imports");
    String text = new String(imports.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(text.lines())
        .containsExactly(
            KqueueServerAutoConfiguration.class.getName(),
            KqueueWebSocketAutoConfiguration.class.getName());
  }

  @Test
  void preloadingAndAdviceAreRegistered() {
    SpringFactoriesLoader factories = SpringFactoriesLoader.forDefaultResourceLocation();
    assertThat(factories.load(ApplicationListener.class))
        .hasAtLeastOneElementOfType(NativePreloader.class);
    List<FailureAnalyzer> analyzers =
        factories.load(FailureAnalyzer.class, (type, name, failure) -> {});
    assertThat(analyzers).hasAtLeastOneElementOfType(NativeUnavailableFailureAnalyzer.class);
  }
}

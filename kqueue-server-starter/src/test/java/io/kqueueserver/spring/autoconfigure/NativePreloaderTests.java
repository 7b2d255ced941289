package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.mock.env.MockEnvironment;

class NativePreloaderTests {
  private final MockEnvironment environment = new MockEnvironment();

  @AfterEach
  void nothingIsPrepared() {
    System.clearProperty(AbstractAotProcessor.AOT_PROCESSING);
  }

  @Test
  void aReactiveApplicationWillListen() {
    assertThat(willListen(WebApplicationType.REACTIVE)).isTrue();
    assertThat(willListen(WebApplicationType.SERVLET)).isFalse();
    assertThat(willListen(null)).isFalse();
  }

  @Test
  void aPropertyGoesBeforeWhatTheApplicationLooksLike() {
    environment.setProperty("spring.main.web-application-type", "none");
    assertThat(willListen(WebApplicationType.REACTIVE)).isFalse();
    environment.setProperty("spring.main.web-application-type", "reactive");
    assertThat(willListen(WebApplicationType.SERVLET)).isTrue();
  }

  @Test
  void aServerWithoutAPortLoadsNothingAhead() {
    environment.setProperty("server.port", "-1");
    assertThat(willListen(WebApplicationType.REACTIVE)).isFalse();
  }

  @Test
  void aBuildThatPreparesBeansLoadsNothing() {
    System.setProperty(AbstractAotProcessor.AOT_PROCESSING, "true");
    assertThat(willListen(WebApplicationType.REACTIVE)).isFalse();
  }

  private boolean willListen(WebApplicationType deduced) {
    return NativePreloader.willListen(environment, deduced);
  }
}

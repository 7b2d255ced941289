package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.NativeUnavailableException;
import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.actuate.web.server.NettyReactiveManagementContextAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.reactive.ReactiveWebServerFactory;
import reactor.netty.http.server.HttpServer;

/** Who serves where the native library cannot be loaded. */
@ExtendWith(OutputCaptureExtension.class)
class FallbackTests {
  private static final String BROKEN = "kqueue.server.native.kqueue-library=absent-library";

  /** Contexts whose server is chosen and not started. */
  private final ReactiveWebApplicationContextRunner contexts =
      new ReactiveWebApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  KqueueServerAutoConfiguration.class,
                  NettyReactiveWebServerAutoConfiguration.class));

  @Test
  void anotherServerTakesOverIfAskedTo(CapturedOutput output) {
    contexts
        .withPropertyValues("kqueue.server.fallback=true", BROKEN)
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(NettyReactiveWebServerFactory.class)
                    .doesNotHaveBean(KqueueReactiveWebServerFactory.class)
                    .doesNotHaveBean(KqueueServerFactoryCustomizer.class));
    assertThat(output)
        .containsOnlyOnce(
            "The kqueue server cannot run here and leaves the field to Reactor Netty"
                + " (kqueue.server.fallback=true): library absent-library cannot be loaded: ");
  }

  @Test
  void itTakesOverTheManagementPortToo(CapturedOutput output) {
    contexts
        .withConfiguration(
            AutoConfigurations.of(
                KqueueManagementContextAutoConfiguration.class,
                NettyReactiveManagementContextAutoConfiguration.class))
        .withPropertyValues(
            "kqueue.server.fallback=true", BROKEN, "server.port=8080", "management.server.port=0")
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(ManagementContextFactory.class)
                    .doesNotHaveBean("kqueueManagementContextFactory"));
    assertThat(output).containsOnlyOnce("leaves the field to");
  }

  @Test
  void withoutBeingAskedToNobodyTakesOver(CapturedOutput output) {
    contexts
        .withPropertyValues(BROKEN)
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(ReactiveWebServerFactory.class)
                    .hasSingleBean(KqueueReactiveWebServerFactory.class));
    assertThat(output).doesNotContain("leaves the field to");
  }

  @Test
  void nobodyTakesOverWhereOursRuns(CapturedOutput output) {
    contexts
        .withPropertyValues("kqueue.server.fallback=true")
        .run(context -> assertThat(context).hasSingleBean(KqueueReactiveWebServerFactory.class));
    assertThat(output).doesNotContain("leaves the field to");
  }

  @Test
  void withNobodyToTakeOverOursIsChosenAndItsStartSaysWhyItCannot() {
    contexts
        .withClassLoader(new FilteredClassLoader(HttpServer.class))
        .withPropertyValues("kqueue.server.fallback=true", BROKEN)
        .run(context -> assertThat(context).hasSingleBean(KqueueReactiveWebServerFactory.class));
  }

  @Test
  void theAdviceNamesWhoCouldServe() {
    NativeUnavailableException failure = new NativeUnavailableException("it is broken", "mend it");
    FailureAnalysis beside = NativeUnavailableFailureAnalyzer.advice(failure, Peer.REACTOR_NETTY);
    assertThat(beside.getDescription())
        .isEqualTo("The kqueue server cannot use its native library: it is broken.");
    assertThat(beside.getAction())
        .isEqualTo(
            "Mend it.\nOr let Reactor Netty, which is on the class path, serve on this system: set"
                + " kqueue.server.fallback=true.");
    assertThat(NativeUnavailableFailureAnalyzer.advice(failure, null).getAction())
        .isEqualTo(
            "Mend it.\nOr have another server serve on this system: add"
                + " spring-boot-starter-reactor-netty and set kqueue.server.fallback=true.");
  }

  @Test
  void theOthersAreKnownByTheNamesSpringBootHas() {
    assertThat(Peer.on(getClass().getClassLoader())).isEqualTo(Peer.REACTOR_NETTY);
    assertThat(Peer.NETTY_AUTO_CONFIGURATION)
        .isEqualTo(NettyReactiveWebServerAutoConfiguration.class.getName());
    assertThat(Peer.on(new FilteredClassLoader(HttpServer.class))).isNull();
  }
}

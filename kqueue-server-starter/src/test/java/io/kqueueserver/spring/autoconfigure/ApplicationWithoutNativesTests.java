package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.ChildJvm;
import io.kqueueserver.build.ChildJvm.Result;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Configuration;

/** A whole application in a JVM of its own, whose jffi cannot load. */
class ApplicationWithoutNativesTests {
  /** The child: starts, prints the class of its server, and ends. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Main {
    public static void main(String[] args) {
      SpringApplication application = new SpringApplication(Main.class);
      application.setWebApplicationType(WebApplicationType.REACTIVE);
      application.addListeners(
          (ApplicationListener<WebServerInitializedEvent>)
              event ->
                  System.out.println("served by " + event.getWebServer().getClass().getName()));
      application.run(args).close();
    }
  }

  private static Result run(ChildJvm jvm, String... properties) throws Exception {
    return jvm.run(
        Main.class,
        Stream.concat(Stream.of("spring.main.banner-mode=off"), Stream.of(properties))
            .map(property -> "--" + property)
            .toArray(String[]::new));
  }

  private static ChildJvm withoutNativeJar() {
    return ChildJvm.ofThisJdk().without("-native.jar");
  }

  @Test
  void theStartFailsWithCauseAndRemedy() throws Exception {
    Result result = run(withoutNativeJar(), "server.port=0");
    assertThat(result.exit()).as(result.out()).isOne();
    assertThat(result.out())
        .contains("APPLICATION FAILED TO START")
        .contains(
            "The kqueue server cannot use its native library: the class path holds no native"
                + " library of jffi at all")
        .contains("Add com.github.jnr:jffi with the classifier native")
        .contains("set kqueue.server.fallback=true");
  }

  @Test
  void withFallbackReactorNettyServesBothPorts() throws Exception {
    Result result =
        run(
            withoutNativeJar(),
            "server.port=0",
            "kqueue.server.fallback=true",
            "management.server.port=0");
    assertThat(result.exit()).as(result.out()).isZero();
    assertThat(result.out()).containsOnlyOnce("leaves the field to Reactor Netty");
    assertThat(result.out().lines().filter(line -> line.startsWith("served by ")))
        .hasSize(2)
        .containsOnly("served by org.springframework.boot.reactor.netty.NettyWebServer");
  }

  @Test
  void aServerThatIsNotToListenLoadsNoNativeCode() throws Exception {
    String stub = "com.kenai.jffi.internal.StubLoader source:";
    ChildJvm quiet = ChildJvm.ofThisJdk().options("-Xlog:class+load");
    assertThat(run(quiet, "server.port=-1").out())
        .contains("served by io.kqueueserver.spring.KqueueWebServer")
        .doesNotContain(stub);
    ChildJvm asked = ChildJvm.ofThisJdk().options("-Xlog:class+load");
    assertThat(run(asked, "server.port=-1", "kqueue.server.fallback=true").out())
        .as("but to know whether to fall back one has to")
        .contains(stub);
  }

  @Test
  void onAJvmThatForbidsNativeAccessTheFlagIsNamed() throws Exception {
    Result result =
        run(ChildJvm.ofJdk(25).options("--illegal-native-access=deny"), "server.port=0");
    assertThat(result.exit()).as(result.out()).isOne();
    assertThat(result.out())
        .contains("this JVM forbids native access to the class path")
        .contains("Put Enable-Native-Access: ALL-UNNAMED into the manifest of the jar you start");
  }

  @Test
  void onAJvmThatWarnsTheRemedyIsLoggedOnce() throws Exception {
    Result result = run(ChildJvm.ofJdk(25), "server.port=0", "management.server.port=0");
    assertThat(result.exit()).as(result.out()).isZero();
    assertThat(result.out())
        .containsOnlyOnce("a later one will refuse; put Enable-Native-Access: ALL-UNNAMED");
    assertThat(
            run(ChildJvm.ofJdk(25).options("--enable-native-access=ALL-UNNAMED"), "server.port=0")
                .out())
        .doesNotContain("will refuse");
  }
}

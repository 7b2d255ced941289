package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.greaterThan;

import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerInitializedEvent;
import org.springframework.context.ApplicationContextException;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Mono;

/** What a context does to its web server, from its refresh to its end. */
class ContextLifecycleTests {
  private static final AtomicInteger running = new AtomicInteger();
  private static final AtomicInteger cancelled = new AtomicInteger();
  private static final AtomicReference<ClassLoader> seen = new AtomicReference<>();

  private static SpringApplication application() {
    SpringApplication application = new SpringApplication(Application.class);
    application.setRegisterShutdownHook(false);
    return application;
  }

  @Test
  void whenItIsToldToTheListenersTheServerListensAndThePortIsKnown() {
    List<WebServerInitializedEvent> events = new CopyOnWriteArrayList<>();
    SpringApplication application = application();
    application.addListeners(
        (ApplicationListener<ApplicationEvent>)
            event -> {
              if (event instanceof WebServerInitializedEvent initialized) {
                events.add(initialized);
                connect(initialized.getWebServer().getPort());
              }
            });
    try (ReactiveWebServerApplicationContext context = Applications.run(application)) {
      assertThat(events).singleElement().isInstanceOf(ReactiveWebServerInitializedEvent.class);
      assertThat(events.get(0).getWebServer()).isSameAs(context.getWebServer());
      assertThat(events.get(0).getApplicationContext()).isSameAs(context);
      assertThat(events.get(0).getApplicationContext().getServerNamespace()).isNull();
      assertThat(context.getEnvironment().getProperty("local.server.port", int.class))
          .isEqualTo(context.getWebServer().getPort());
    }
  }

  @Test
  void aRefreshThatFailsWhenTheServerListensAlreadyLeavesNothing() {
    AtomicInteger port = new AtomicInteger();
    SpringApplication application = application();
    application.addListeners(
        (ApplicationListener<WebServerInitializedEvent>)
            event -> {
              port.set(event.getWebServer().getPort());
              throw new IllegalStateException("expected by this test");
            });
    assertThatExceptionOfType(ApplicationContextException.class)
        .isThrownBy(() -> Applications.run(application))
        .havingRootCause()
        .withMessage("expected by this test");
    assertThat(port.get()).isPositive();
    assertRefused(port.get());
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("kqueue-loop"));
  }

  @Test
  @ExtendWith(OutputCaptureExtension.class)
  void theTimeoutOfThePhaseEndsAShutdownThatWouldNotEnd(CapturedOutput output) throws Exception {
    ReactiveWebServerApplicationContext context =
        Applications.run(
            application(),
            "spring.lifecycle.timeout-per-shutdown-phase=100ms",
            "logging.level.io.kqueueserver.spring=info");
    KqueueWebServer server = (KqueueWebServer) context.getWebServer();
    int port = server.getPort();
    try (Socket client = connect(port)) {
      int before = running.get();
      client.getOutputStream().write(get("/never"));
      await().until(() -> running.get() == before + 1);

      context.close();

      assertRefused(port);
      assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 503 ");
      await().untilAtomic(cancelled, greaterThan(0));
      assertThat(server.getPort()).isEqualTo(-1);
    }
    await()
        .untilAsserted(
            () ->
                assertThat(output)
                    .contains(
                        "Commencing graceful shutdown. Waiting for active requests to complete",
                        "Graceful shutdown aborted with one or more requests still active"));
  }

  @Test
  void handlersSeeTheClassesOfTheirApplication() throws Exception {
    try (URLClassLoader own = new URLClassLoader(new URL[0], getClass().getClassLoader())) {
      SpringApplication application = application();
      application.setResourceLoader(new DefaultResourceLoader(own));
      try (ReactiveWebServerApplicationContext context = Applications.run(application);
          Socket client = connect(context.getWebServer().getPort())) {
        client.getOutputStream().write(get("/"));
        assertThat(client.getInputStream().read()).isEqualTo('H');
        assertThat(seen.get()).isSameAs(own);
      }
    }
  }

  private static byte[] get(String path) {
    return ("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  private static Socket connect(int port) {
    try {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(10_000);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertRefused(int port) {
    assertThatExceptionOfType(ConnectException.class)
        .isThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close());
  }

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({KqueueServerAutoConfiguration.class, LifecycleAutoConfiguration.class})
  static class Application {
    @Bean
    HttpHandler httpHandler() {
      return (request, response) -> {
        running.incrementAndGet();
        seen.set(Thread.currentThread().getContextClassLoader());
        return request.getPath().value().equals("/never")
            ? Mono.<Void>never().doOnCancel(cancelled::incrementAndGet)
            : response.setComplete();
      };
    }
  }
}

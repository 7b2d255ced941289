package io.kqueueserver.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.loop.EventLoop;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.springframework.boot.ExitCodeEvent;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationListener;
import org.springframework.test.util.ReflectionTestUtils;

/** What an application does when the event loops of its server fail for good. */
@EnabledOnOs(OS.LINUX)
class LoopFailureTests {
  private static final String[] ONE_LOOP = {
    "kqueue.server.loops=1", "management.endpoint.health.probes.enabled=true"
  };

  @Test
  void aReplacedLoopIsCountedAndHealthStaysUp() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication(ONE_LOOP)) {
      ActuatorApplication.answered(app.send("/hello"));

      closeQueueUnder(app);

      ActuatorApplication.answered(app.send("/hello"));
      assertThat(app.meter("kqueue.loop.replacements", "server", "main")).isEqualTo(1);
      assertThat(app.meter("kqueue.loop.queue.failures", "server", "main")).isEqualTo(1);
      assertThat(app.json("health").get("status").asString()).isEqualTo("UP");
    }
  }

  @Test
  void afterThreeReplacementsTheApplicationSaysThatItIsBrokenAndStaysForItsProbes()
      throws Exception {
    try (ActuatorApplication app = new ActuatorApplication(ONE_LOOP)) {
      ActuatorApplication.answered(app.send("/hello"));
      app.json("health");

      for (int i = 0; i < 3; i++) {
        closeQueueUnder(app);
      }

      await().until(() -> app.server().getPort() == -1);
      ApplicationAvailability availability = app.context().getBean(ApplicationAvailability.class);
      assertThat(availability.getLivenessState()).isEqualTo(LivenessState.BROKEN);
      assertThat(availability.getReadinessState()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
      assertThat(app.actuator("GET", "health").statusCode()).isEqualTo(503);
      assertThat(app.actuator("GET", "health/kqueue").body()).contains("EBADF", "DOWN");
      assertThat(app.actuator("GET", "health/liveness").statusCode()).isEqualTo(503);
      assertThat(app.actuator("GET", "health/readiness").statusCode()).isEqualTo(503);
      assertThat(app.context().isActive()).isTrue();
      assertThat(threads()).contains("kqueue-await"); // the JVM does not end as if all were well
    }
    await().until(() -> !threads().contains("kqueue-await"));
  }

  @Test
  void aServerThatTheApplicationHasStartedAnewIsNotStoppedForItsLastRun() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication(ONE_LOOP)) {
      CompletableFuture<Thread> restarted = new CompletableFuture<>();
      ApplicationListener<AvailabilityChangeEvent<?>> listener =
          event -> {
            if (event.getState() == LivenessState.BROKEN) {
              app.server().stop();
              app.server().start();
              restarted.complete(Thread.currentThread());
            }
          };
      app.context().addApplicationListener(listener);
      ActuatorApplication.answered(app.send("/hello"));

      for (int i = 0; i < 3; i++) {
        closeQueueUnder(app);
      }

      restarted.get(20, TimeUnit.SECONDS).join(20_000);
      assertThat(app.server().getPort()).isPositive();
      assertThat(app.json("health/kqueue").get("status").asString()).isEqualTo("UP");
    }
  }

  @Test
  void onLoopFailureExitClosesTheContextWithACodeThatIsNotSuccess() throws Exception {
    String[] exit = {"kqueue.server.on-loop-failure=exit", ONE_LOOP[0]};
    try (ActuatorApplication app = new ActuatorApplication(exit)) {
      List<Integer> codes = new CopyOnWriteArrayList<>();
      ApplicationListener<ExitCodeEvent> listener = event -> codes.add(event.getExitCode());
      app.context().addApplicationListener(listener);
      ActuatorApplication.answered(app.send("/hello"));

      for (int i = 0; i < 3; i++) {
        closeQueueUnder(app);
      }

      await().until(() -> !app.context().isActive());
      assertThat(codes).containsExactly(1);
    }
    await().until(() -> threads().stream().noneMatch(name -> name.startsWith("kqueue-")));
  }

  /** Closes the loop's descriptor, as a library does that closes its own twice, and waits. */
  private static void closeQueueUnder(ActuatorApplication app) {
    EventLoop loop =
        Objects.requireNonNull(app.server().getServer().running()).workers().get(0).loop();
    long before = loop.stats().replacements;
    Object queue = ReflectionTestUtils.getField(loop, "queue");
    Object kqueue = ReflectionTestUtils.getField(Objects.requireNonNull(queue), "queue");
    Object epfd = ReflectionTestUtils.getField(Objects.requireNonNull(kqueue), "epfd");
    Native.load(NativeOptions.DEFAULTS).libc().close((int) Objects.requireNonNull(epfd));
    loop.execute(() -> {}); // ends the wait that goes on: the next one fails
    await().until(() -> loop.stats().replacements > before);
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .collect(Collectors.toSet());
  }
}

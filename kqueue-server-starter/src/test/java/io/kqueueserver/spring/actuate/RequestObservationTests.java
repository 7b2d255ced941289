package io.kqueueserver.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.spring.actuate.ActuatorApplication.Controller;
import java.net.Socket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/**
 * {@code http.server.requests} and other parts of Actuator that look at requests: Spring records
 * them, from what the server says of an exchange's end.
 */
@ExtendWith(OutputCaptureExtension.class)
class RequestObservationTests {
  private static final String REQUESTS = "http.server.requests";

  private static ActuatorApplication app;

  @BeforeAll
  static void start() {
    app =
        new ActuatorApplication(
            "kqueue.server.loops=1",
            "remember-exchanges=true",
            "management.httpexchanges.recording.include=remote-address,time-taken");
  }

  @AfterAll
  static void stop() throws Exception {
    app.close();
  }

  @Test
  void anAnswerIsRecordedOnceWithItsStatus() throws Exception {
    for (int i = 1; i <= 2; i++) {
      ActuatorApplication.answered(app.send("/hello"));
      int times = i;
      await().untilAsserted(() -> assertThat(recorded("/hello", "200")).isEqualTo(times));
    }
    assertThat(app.meter(REQUESTS, "uri", "/hello")).isEqualTo(2);
  }

  @Test
  void aClientThatGoesBeforeTheAnswerIsRecordedAsSuchAndIsNoError(CapturedOutput output)
      throws Exception {
    Socket client = app.send("/never");
    await().until(() -> app.context().getBean(Controller.class).waiting.get() == 1);
    client.close();
    await().untilAsserted(() -> assertThat(recorded("/never", "UNKNOWN")).isEqualTo(1));
    assertThat(app.meter(REQUESTS, "uri", "/never", "outcome", "UNKNOWN")).isEqualTo(1);
    assertThat(output).doesNotContain("HttpWebHandlerAdapter", "HttpHandlerAdapter");
  }

  @Test
  void whatFailedIsRecordedWithItsStatusAndItsException() throws Exception {
    ActuatorApplication.answered(app.send("/failing"));
    await().untilAsserted(() -> assertThat(recorded("/failing", "500")).isEqualTo(1));
    assertThat(app.meter(REQUESTS, "uri", "/failing", "exception", "IllegalStateException"))
        .isEqualTo(1);
  }

  @Test
  void mappingsAreListed() {
    assertThat(app.json("mappings").toString()).contains("/blocked/{id}");
  }

  /** The slash says that the address has no name yet, as none was looked up. */
  @Test
  void exchangesAreRemembered() throws Exception {
    ActuatorApplication.answered(app.send("/hello?remembered"));
    await()
        .untilAsserted(
            () ->
                assertThat(app.json("httpexchanges").toString())
                    .contains("/hello?remembered", "\"remoteAddress\":\"/127.0.0.1\""));
  }

  private static double recorded(String uri, String status) {
    return app.meter(REQUESTS, "uri", uri, "status", status);
  }
}

package io.kqueueserver.http.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.net.URLClassLoader;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketOptionsTest {
  private static final int MESSAGES = 5;
  private static final int TIMEOUTS = 4;

  /** All components in order, of which one is wrong. */
  private static void make(int index, long wrong) {
    long[] v = {125, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1024, 0};
    v[index] = wrong;
    new WebSocketOptions(
        new MessageLimits(v[0], v[1], (int) v[2], (int) v[3], (int) v[4]),
        true,
        false,
        (int) v[MESSAGES + TIMEOUTS],
        v[MESSAGES + TIMEOUTS + 1],
        new WebSocketTimeouts(v[5], v[6], v[7], v[8]),
        (int) v[MESSAGES + TIMEOUTS + 2]);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 124, max-frame-size",
    "1, 0, max-message-size",
    "2, 0, max-fragments",
    "3, -1, max-empty-fragments",
    "4, 0, max-inflate-ratio",
    "4, 1033, max-inflate-ratio",
    "5, -1, ping-interval",
    "6, -1, idle-timeout",
    "7, -1, message-timeout",
    "8, 0, close-timeout",
    "9, 0, max-control-frames",
    "10, 1023, max-queued-bytes",
    "11, -1, max-sessions"
  })
  void namesTheOptionThatMakesNoSense(int index, long wrong, String option) {
    make(0, 125);
    assertThatThrownBy(() -> make(index, wrong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("websocket." + option + " is " + wrong + "; it must be from ");
  }

  /** Which class comes first depends on what an application sets. */
  @ParameterizedTest
  @ValueSource(classes = {MessageLimits.class, WebSocketTimeouts.class, WebSocketOptions.class})
  void hasItsDefaultsWhicheverClassIsUsedFirst(Class<?> first) throws Exception {
    URL[] classes = {WebSocketOptions.class.getProtectionDomain().getCodeSource().getLocation()};
    try (URLClassLoader fresh = new URLClassLoader(classes, null)) {
      Class.forName(first.getName(), true, fresh);
      Object defaults =
          fresh.loadClass(WebSocketOptions.class.getName()).getField("DEFAULTS").get(null);
      assertThat(defaults).hasNoNullFieldsOrProperties();
      assertThat(defaults).hasToString(WebSocketOptions.DEFAULTS.toString());
    }
  }
}

package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  private final Settings settings = new Settings();

  @ParameterizedTest
  @CsvSource({
    "1, 0, ok",
    "1, 4294967295, ok",
    "2, 0, ok",
    "2, 1, ok",
    "2, 2, PROTOCOL_ERROR",
    "3, 0, ok",
    "3, 4294967295, ok",
    "4, 0, ok",
    "4, 2147483647, ok",
    "4, 2147483648, FLOW_CONTROL_ERROR",
    "4, 4294967295, FLOW_CONTROL_ERROR",
    "5, 16383, PROTOCOL_ERROR",
    "5, 16384, ok",
    "5, 16777215, ok",
    "5, 16777216, PROTOCOL_ERROR",
    "6, 0, ok",
    "6, 4294967295, ok",
    "7, 4294967295, ok",
    "8, 0, ok",
    "8, 1, ok",
    "8, 2, PROTOCOL_ERROR",
    "9, 0, ok",
    "9, 1, ok",
    "9, 2, PROTOCOL_ERROR",
    "0, 5, ok",
    "10, 5, ok",
    "65535, 4294967295, ok"
  })
  void everyValueIsHeldToItsRange(int identifier, long value, String outcome) {
    if (outcome.equals("ok")) {
      settings.apply(identifier, value);
      Setting setting = Setting.of(identifier);
      if (setting != null) {
        assertThat(settings.get(setting)).isEqualTo(value);
      }
      return;
    }
    assertThatThrownBy(() -> settings.apply(identifier, value))
        .isInstanceOfSatisfying(
            Http2Exception.class,
            e -> {
              assertThat(e.isConnectionError()).isTrue();
              assertThat(e.code()).hasToString(outcome);
            });
  }

  @Test
  void whatMustNotBeTakenBackIsRefused() {
    settings.apply(8, 1);
    settings.apply(9, 1);
    settings.applied();
    settings.apply(8, 1);
    settings.apply(9, 1);
    assertThatThrownBy(() -> settings.apply(8, 0)).isInstanceOf(Http2Exception.class);
    assertThatThrownBy(() -> settings.apply(9, 0)).isInstanceOf(Http2Exception.class);
  }

  @Test
  void noMoreAcknowledgementsThanFramesAreTaken() {
    settings.announced();
    settings.announced();
    settings.acknowledged();
    assertThat(settings.unacknowledged()).isEqualTo(1);
    settings.acknowledged();
    assertThatThrownBy(settings::acknowledged)
        .isInstanceOfSatisfying(
            Http2Exception.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PROTOCOL_ERROR));
  }

  @Test
  void aValueWithoutLimitIsTheLargestInt() {
    assertThat(settings.getInt(Setting.MAX_CONCURRENT_STREAMS)).isEqualTo(Integer.MAX_VALUE);
    assertThat(settings.getInt(Setting.INITIAL_WINDOW_SIZE)).isEqualTo(65_535);
  }
}

package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** RFC 9113 5.2 and 6.9. */
class FlowWindowTest {
  private final FlowWindow stream = new FlowWindow(7, 100);

  @Test
  void whatIsSentIsNotAvailableUntilCreditComes() {
    stream.sent(60);
    assertThat(stream.available()).isEqualTo(40);
    stream.grow(10);
    assertThat(stream.available()).isEqualTo(50);
  }

  @Test
  void aWindowMayReach31BitsAndNoMore() {
    stream.grow(Integer.MAX_VALUE - 100);
    assertThat(stream.available()).isEqualTo(Integer.MAX_VALUE);
    assertThatThrownBy(() -> stream.grow(1))
        .isInstanceOfSatisfying(
            Http2Exception.class,
            e -> {
              assertThat(e.streamId()).isEqualTo(7);
              assertThat(e.code()).isEqualTo(ErrorCode.FLOW_CONTROL_ERROR);
            });
    FlowWindow connection = new FlowWindow(0, Integer.MAX_VALUE);
    assertThatThrownBy(() -> connection.grow(Integer.MAX_VALUE))
        .isInstanceOfSatisfying(
            Http2Exception.class, e -> assertThat(e.isConnectionError()).isTrue());
  }

  @Test
  void aSmallerInitialWindowMakesItNegativeAndCreditEndsThat() {
    stream.sent(80);
    stream.adjust(-100);
    assertThat(stream.available()).isEqualTo(-80);
    stream.grow(81);
    assertThat(stream.available()).isEqualTo(1);
  }

  @Test
  void aLargerInitialWindowBeyond31BitsIsAnErrorOfTheConnection() {
    stream.grow(1000);
    assertThatThrownBy(() -> stream.adjust(Integer.MAX_VALUE - 100L))
        .isInstanceOfSatisfying(
            Http2Exception.class,
            e -> {
              assertThat(e.isConnectionError()).isTrue();
              assertThat(e.code()).isEqualTo(ErrorCode.FLOW_CONTROL_ERROR);
            });
  }

  @Test
  void thePeerMaySendAllOfTheWindowAndNotOneByteMore() {
    stream.received(99);
    stream.received(1);
    stream.received(0);
    assertThatThrownBy(() -> stream.received(1))
        .isInstanceOfSatisfying(
            Http2Exception.class,
            e -> {
              assertThat(e.streamId()).isEqualTo(7);
              assertThat(e.code()).isEqualTo(ErrorCode.FLOW_CONTROL_ERROR);
            });
  }

  @Test
  void creditIsSavedUpToTheThreshold() {
    stream.received(100);
    assertThat(stream.taken(49, 50)).isZero();
    assertThat(stream.available()).isZero();
    assertThat(stream.taken(2, 50)).isEqualTo(51);
    assertThat(stream.available()).isEqualTo(51);
    assertThat(stream.taken(0, 0)).isZero();
  }

  @Test
  void theWindowsOfBothSidesAddUpWhateverTheOrder() {
    Random random = new Random(1);
    int size = 65_535;
    FlowWindow sender = new FlowWindow(1, size);
    FlowWindow receiver = new FlowWindow(1, size);
    int held = 0;
    int saved = 0;
    for (int i = 0; i < 100_000; i++) {
      int sent = random.nextInt(1 + Math.min(20_000, sender.available()));
      sender.sent(sent);
      receiver.received(sent);
      held += sent;
      int taken = random.nextInt(held + 1);
      held -= taken;
      saved += taken;
      int increment = receiver.taken(taken, size / 2);
      sender.grow(increment);
      saved -= increment;
      assertThat(sender.available()).isEqualTo(receiver.available());
      assertThat(receiver.available() + held + saved).isEqualTo(size);
    }
  }
}

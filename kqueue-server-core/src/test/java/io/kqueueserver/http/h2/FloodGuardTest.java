package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kqueueserver.stats.Limit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class FloodGuardTest {
  private static final long SECOND = 1_000_000_000L;

  /** Near the end of what a nanosecond clock of any origin may show. */
  private static final long START = Long.MAX_VALUE - SECOND;

  private static final int PING = 0x6;
  private static final int WINDOW_UPDATE = 0x8;

  private final FloodGuard guard = new FloodGuard(Http2Defences.DEFAULTS, START);

  @Test
  void everyFrameOfNoStreamCountsAndOthersDoNot() {
    for (int type = 0; type < 256; type++) {
      FloodGuard fresh = new FloodGuard(Http2Defences.DEFAULTS, START);
      int frame = type;
      ThrowingCallable flood = () -> times(129, () -> fresh.frame(frame, START));
      boolean free = type == 0x0 || type == 0x1 || type == 0x3 || type == 0x9;
      if (free) {
        assertThatCode(flood).as("type %d", type).doesNotThrowAnyException();
      } else {
        check(flood, Limit.HTTP2_CONTROL_FRAMES, "kqueue.server.http2.max-control-frames");
      }
    }
  }

  @Test
  void controlFramesAreSharedByTheirTypes() {
    times(64, () -> guard.frame(PING, START));
    times(64, () -> guard.frame(WINDOW_UPDATE, START));
    check(() -> guard.frame(0xbe, START), Limit.HTTP2_CONTROL_FRAMES, "max-control-frames");
  }

  @Test
  void aSecondBringsTheBudgetBackAndHalfASecondHalfOfIt() {
    times(128, () -> guard.frame(PING, START));
    times(64, () -> guard.frame(PING, later(SECOND / 2)));
    check(
        () -> guard.frame(PING, later(SECOND / 2)),
        Limit.HTTP2_CONTROL_FRAMES,
        "max-control-frames");
    times(128, () -> guard.frame(PING, later(5 * SECOND)));
    check(
        () -> guard.frame(PING, later(5 * SECOND)),
        Limit.HTTP2_CONTROL_FRAMES,
        "max-control-frames");
  }

  @Test
  void aSteadyRateAtTheBudgetIsNeverRefused() {
    long now = START;
    for (int i = 0; i < 100_000; i++) {
      guard.frame(PING, now);
      now += SECOND / 128;
    }
  }

  @Test
  void dataExplainsOnePingAndTenWindowUpdates() {
    times(128, () -> guard.frame(PING, START));
    guard.data();
    guard.frame(PING, START);
    times(10, () -> guard.frame(WINDOW_UPDATE, START));
    check(() -> guard.frame(PING, START), Limit.HTTP2_CONTROL_FRAMES, "max-control-frames");
    check(
        () -> guard.frame(WINDOW_UPDATE, START), Limit.HTTP2_CONTROL_FRAMES, "max-control-frames");
  }

  @Test
  void dataIsRememberedUpToABound() {
    times(100_000, guard::data);
    times(128 + 1024, () -> guard.frame(PING, START));
    check(() -> guard.frame(PING, START), Limit.HTTP2_CONTROL_FRAMES, "max-control-frames");
    times(10 * 1024, () -> guard.frame(WINDOW_UPDATE, START));
    check(
        () -> guard.frame(WINDOW_UPDATE, START), Limit.HTTP2_CONTROL_FRAMES, "max-control-frames");
  }

  @Test
  void resetOfAnEndedStreamIsAControlFrame() {
    times(128, () -> guard.resetOfEndedStream(START));
    check(() -> guard.resetOfEndedStream(START), Limit.HTTP2_CONTROL_FRAMES, "max-control-frames");
  }

  @Test
  void twoHundredResetsMayComeInThirtySeconds() {
    times(200, () -> guard.reset(START));
    check(() -> guard.reset(START), Limit.HTTP2_RESETS, "kqueue.server.http2.max-resets");
    times(20, () -> guard.reset(later(3 * SECOND)));
    check(() -> guard.reset(later(3 * SECOND)), Limit.HTTP2_RESETS, "max-resets");
    times(200, () -> guard.reset(later(60 * SECOND)));
  }

  @Test
  void tenEmptyDataFramesInARowAreBorne() {
    times(10, () -> guard.dataReceived(0, false));
    guard.dataReceived(1, false);
    times(10, () -> guard.dataReceived(0, false));
    guard.dataReceived(0, true);
    times(10, () -> guard.dataReceived(0, false));
    check(
        () -> guard.dataReceived(0, false),
        Limit.HTTP2_EMPTY_DATA,
        "kqueue.server.http2.max-empty-data");
  }

  @Test
  void emptyDataExplainsNothing() {
    times(128, () -> guard.frame(PING, START));
    guard.dataReceived(0, false);
    check(() -> guard.frame(PING, START), Limit.HTTP2_CONTROL_FRAMES, "max-control-frames");
  }

  @Test
  void readingPausesAtHalfOfTheQueueAndBeyondAllOfItTheConnectionEnds() {
    assertThat(guard.pausesReading(127)).isFalse();
    assertThat(guard.pausesReading(128)).isTrue();
    guard.queuedControlFrames(256);
    check(
        () -> guard.queuedControlFrames(257),
        Limit.HTTP2_QUEUED_CONTROL_FRAMES,
        "kqueue.server.http2.max-queued-control-frames");
  }

  private static long later(long nanos) {
    return START + nanos;
  }

  private static void check(ThrowingCallable call, Limit limit, String property) {
    Http2Exception e = catchThrowableOfType(Http2Exception.class, call);
    assertThat(e).isNotNull().hasMessageContaining(property);
    assertThat(e.isConnectionError()).isTrue();
    assertThat(e.code()).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
    assertThat(e.limit()).isEqualTo(limit);
    assertThat(e.getStackTrace()).isEmpty();
  }

  private static void times(int count, Runnable action) {
    for (int i = 0; i < count; i++) {
      action.run();
    }
  }
}

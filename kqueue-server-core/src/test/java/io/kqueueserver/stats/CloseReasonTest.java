package io.kqueueserver.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CloseReasonTest {
  @Test
  void aReasonThatNamesALimitIsTheReasonOfThatLimitAlone() {
    Set<Limit> named = new HashSet<>();
    for (CloseReason reason : CloseReason.values()) {
      Limit limit = reason.limit();
      if (limit != null) {
        assertThat(named.add(limit)).as(limit.tag()).isTrue();
        assertThat(CloseReason.of(limit)).isEqualTo(reason);
      }
    }
  }

  @Test
  void aRequestBeyondALimitClosesForTheLimitAndALateEncoderForNothing() {
    assertThat(CloseReason.of(Limit.HEADER_SIZE)).isEqualTo(CloseReason.LIMIT);
    assertThat(CloseReason.of(Limit.DISCARD_RATE)).isEqualTo(CloseReason.UNREAD_BODY);
    assertThat(CloseReason.of(Limit.ENCODERS)).isNull();
  }
}

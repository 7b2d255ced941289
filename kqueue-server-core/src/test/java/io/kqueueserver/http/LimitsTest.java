package io.kqueueserver.http;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LimitsTest {
  @Test
  void namesTheLimitThatMakesNoSense() {
    assertThatThrownBy(() -> new Limits(0, 1, 1, 1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxRequestLineBytes is 0");
    assertThatThrownBy(() -> new Limits(1, Integer.MAX_VALUE, 1, 1, 1, 1))
        .hasMessageContaining("maxHeaderBytes is 2147483647");
    assertThatThrownBy(() -> new Limits(1, 1, -1, 1, 1, 1)).hasMessageContaining("maxHeaderCount");
    assertThatThrownBy(() -> new Limits(1, 1, 1, -2, 1, 1)).hasMessageContaining("maxBodyBytes");
  }

  @Test
  void takesAnUnboundedBody() {
    assertThatCode(() -> new Limits(1, 1, 1, -1, 0, -1)).doesNotThrowAnyException();
  }
}

package io.kqueueserver.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.queue.EpollToken.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EpollTokenTest {
  @ParameterizedTest
  @CsvSource({"0, 0", "7, 1", "2147483647, 2147483647", "2147483647, 0", "0, 2147483647"})
  void aKnoteIsKnownByDescriptorAndGeneration(int fd, int generation) {
    long token = EpollToken.knote(fd, generation);

    assertThat(EpollToken.source(token)).isEqualTo(Source.KNOTE);
    assertThat(EpollToken.fd(token)).isEqualTo(fd);
    assertThat(EpollToken.generation(token)).isEqualTo(generation);
  }

  @ParameterizedTest
  @CsvSource({"0", "2147483647"})
  void aTimerIsKnownByItsDescriptor(int timerfd) {
    long token = EpollToken.timer(timerfd);

    assertThat(EpollToken.source(token)).isEqualTo(Source.TIMER);
    assertThat(EpollToken.fd(token)).isEqualTo(timerfd);
  }

  @ParameterizedTest
  @EnumSource(names = {"WAKEUP", "WRITE_SET", "VNODES"})
  void aSingleEntryIsKnownByItsSource(Source source) {
    assertThat(EpollToken.source(EpollToken.of(source))).isEqualTo(source);
  }

  @Test
  void sourcesMakeASet() {
    int sources = Source.WRITE_SET.bit() | Source.TIMER.bit();

    assertThat(Source.WRITE_SET.isIn(sources)).isTrue();
    assertThat(Source.VNODES.isIn(sources)).isFalse();
  }
}

package io.kqueueserver.queue;

import static io.kqueueserver.queue.Filter.EVFILT_TIMER;
import static io.kqueueserver.queue.TimerUnit.NOTE_MSECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What is the Linux twin's own about EVFILT_TIMER, and each system's units as numbers. */
@EnabledOnOs(OS.LINUX)
class EpollTimersTest extends KqueueFixture {
  @Override
  protected Native natives() {
    return Native.load(new NativeOptions(null, null, null, null));
  }

  @Test
  void aTimerfdLivesAsLongAsItsTimer() throws IOException {
    long before = EpollVnodesTest.descriptorsOf("[timerfd]");
    for (int i = 0; i < 5; i++) {
      changes.addTimer(i, 0, NOTE_MSECONDS, 60_000, i);
    }
    changes.addTimer(4, 0, NOTE_MSECONDS, 70_000, 4);
    assertSilent();
    assertThat(EpollVnodesTest.descriptorsOf("[timerfd]")).isEqualTo(before + 5);
    changes.add(0, EVFILT_TIMER, EventFlag.EV_DELETE, 0, 0, 0);
    assertSilent();
    assertThat(EpollVnodesTest.descriptorsOf("[timerfd]")).isEqualTo(before + 4);
    changes.addTimer(1, 0, NOTE_MSECONDS, 1, 1);
    assertOne(EVFILT_TIMER, 1, 1);
    queue.close();
    assertThat(EpollVnodesTest.descriptorsOf("[timerfd]")).isEqualTo(before);
  }

  @Test
  void unitsAreSpelledAsEachSystemDoesAndConvertedWhereItHasNone() {
    List<String> spelled = new ArrayList<>();
    for (String abi :
        List.of(
            "darwin-aarch64",
            "freebsd-x86_64",
            "netbsd-x86_64",
            "openbsd-x86_64",
            "dragonfly-x86_64",
            "libkqueue")) {
      TimerNotes notes = TimerNotes.of(Abi.named(abi));
      StringBuilder line = new StringBuilder(abi);
      for (TimerUnit unit : TimerUnit.values()) {
        line.append(' ').append(notes.fflags(unit)).append('*').append(notes.data(unit, 1_500_001));
      }
      spelled.add(line.append(" @").append(notes.absoluteFflags(NOTE_MSECONDS)).toString());
    }
    assertThat(spelled)
        .containsExactly(
            "darwin-aarch64 1*1500001 0*1500001 2*1500001 4*1500001 @8",
            "freebsd-x86_64 1*1500001 2*1500001 4*1500001 8*1500001 @18",
            "netbsd-x86_64 1*1500001 0*1500001 2*1500001 3*1500001 @16",
            "openbsd-x86_64 1*1500001 0*1500001 2*1500001 3*1500001 @16",
            "dragonfly-x86_64 0*1500001000 0*1500001 0*1501 0*2 @0",
            "libkqueue 1*1500001 0*1500001 2*1500001 4*1500001 @8");
  }

  @Test
  void aPointInTimeIsWhatIsLeftOfItWhereThereAreNone() {
    TimerNotes notes = TimerNotes.MILLISECONDS;
    assertThat(notes.absoluteData(TimerUnit.NOTE_SECONDS, 100, 99_999)).isEqualTo(1);
    assertThat(notes.absoluteData(TimerUnit.NOTE_SECONDS, 100, 90_000)).isEqualTo(10_000);
    assertThat(notes.absoluteData(TimerUnit.NOTE_USECONDS, 100_001, 90)).isEqualTo(11);
    assertThat(notes.absoluteData(NOTE_MSECONDS, 5, 90)).as("past").isEqualTo(1);
    assertThat(notes.data(TimerUnit.NOTE_SECONDS, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    assertThat(notes.data(TimerUnit.NOTE_NSECONDS, Long.MAX_VALUE)).isEqualTo(9_223_372_036_855L);
  }
}

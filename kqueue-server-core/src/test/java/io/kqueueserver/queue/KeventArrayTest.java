package io.kqueueserver.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.KeventLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeventArrayTest {
  private static EventList list(String abi, int capacity) {
    Abi row = Abi.named(abi);
    return new EventList(KeventLayout.of(row), FilterNumbers.of(row), capacity, null);
  }

  private static void append(EventList list, int i) {
    Filter filter = Filter.values()[i % Filter.values().length];
    list.append(i, filter, 0x8000 | (i & 0xff), 0x80000000 | i, -i, Long.MIN_VALUE + i);
  }

  private static void assertHolds(EventList list, int index, int i) {
    assertThat(list.ident(index)).isEqualTo(i);
    assertThat(list.filter(index)).isEqualTo(Filter.values()[i % Filter.values().length]);
    assertThat(list.flags(index)).isEqualTo(0x8000 | (i & 0xff));
    assertThat(list.storedFflags(index)).isEqualTo(0x80000000 | i);
    assertThat(list.data(index)).isEqualTo(-i);
    assertThat(list.udata(index)).isEqualTo(Long.MIN_VALUE + i);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "darwin-x86_64",
        "darwin-aarch64",
        "freebsd-x86_64",
        "freebsd-aarch64",
        "netbsd-x86_64",
        "openbsd-x86_64",
        "dragonfly-x86_64",
        "libkqueue"
      })
  void growingKeepsEveryFieldOfEveryStruct(String abi) {
    for (int capacity = 1; capacity <= 5; capacity++) {
      EventList list = list(abi, capacity);
      for (int i = 0; i < 40; i++) {
        append(list, i);
        assertThat(list.size()).isEqualTo(i + 1);
        assertThat(list.capacity()).isGreaterThan(i);
        for (int j = 0; j <= i; j++) {
          assertHolds(list, j, j);
        }
      }
    }
  }

  @Test
  void itGrowsOnlyWhenFull() {
    EventList list = list("freebsd-x86_64", 4);
    long address = list.address();
    for (int i = 0; i < 4; i++) {
      append(list, i);
    }
    assertThat(list.capacity()).isEqualTo(4);
    assertThat(list.address()).isEqualTo(address);
    append(list, 4);
    assertThat(list.capacity()).isEqualTo(6);
  }

  @Test
  void removingMovesTheRestUp() {
    EventList list = list("netbsd-x86_64", 8);
    for (int i = 0; i < 5; i++) {
      append(list, i);
    }
    list.remove(1);
    list.remove(3);
    assertThat(list.size()).isEqualTo(3);
    assertHolds(list, 0, 0);
    assertHolds(list, 1, 2);
    assertHolds(list, 2, 3);
  }

  @Test
  void whatLiesBeyondTheSizeCannotBeRead() {
    EventList list = list("openbsd-x86_64", 8);
    append(list, 0);
    assertThatThrownBy(() -> list.ident(1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> list.ident(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    list.clear();
    assertThatThrownBy(() -> list.ident(0)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void netBsdsFirstFilterIsZero() {
    FilterNumbers netbsd = FilterNumbers.of(Abi.named("netbsd-x86_64"));
    assertThat(netbsd.number(Filter.EVFILT_READ)).isZero();
    assertThat(netbsd.filter(0)).isEqualTo(Filter.EVFILT_READ);
    assertThatThrownBy(() -> netbsd.filter(-1)).hasMessage("kevent: unknown filter -1");
    assertThatThrownBy(() -> netbsd.filter(5)).hasMessage("kevent: unknown filter 5");
  }

  @Test
  void epollTimeoutsAreRoundedUp() {
    assertThat(EpollTimeout.millis(Kqueue.FOREVER)).isEqualTo(-1);
    assertThat(EpollTimeout.millis(0)).isZero();
    assertThat(EpollTimeout.millis(1)).isEqualTo(1);
    assertThat(EpollTimeout.millis(1_000_000)).isEqualTo(1);
    assertThat(EpollTimeout.millis(1_000_001)).isEqualTo(2);
    assertThat(EpollTimeout.millis(Long.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
  }
}

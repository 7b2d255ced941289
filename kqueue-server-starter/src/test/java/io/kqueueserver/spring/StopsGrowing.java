package io.kqueueserver.spring;

import java.util.function.Predicate;

/** Passes when a value is positive and has not changed for ten polls. */
final class StopsGrowing implements Predicate<Long> {
  private long last;
  private int same;

  @Override
  public boolean test(Long value) {
    same = value == last ? same + 1 : 0;
    last = value;
    return value > 0 && same >= 10;
  }
}

package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import org.jspecify.annotations.Nullable;

/**
 * One system's numbers for the filters, both ways. NetBSD counts up from 0, all others down from
 * -1.
 */
final class FilterNumbers {
  private static final Filter[] FILTERS = Filter.values();

  /** The numbers for event queues that are not the kernel's. */
  static final FilterNumbers ORDINALS = new FilterNumbers(null);

  private final int[] numbers = new int[FILTERS.length];
  private final int lowest;
  private final @Nullable Filter[] byNumber;

  private FilterNumbers(@Nullable Abi abi) {
    int low = Integer.MAX_VALUE;
    int high = Integer.MIN_VALUE;
    for (Filter filter : FILTERS) {
      int number = abi == null ? filter.ordinal() : abi.constant(filter.name());
      numbers[filter.ordinal()] = number;
      low = Math.min(low, number);
      high = Math.max(high, number);
    }
    lowest = low;
    byNumber = new Filter[high - low + 1];
    for (Filter filter : FILTERS) {
      byNumber[numbers[filter.ordinal()] - low] = filter;
    }
  }

  static FilterNumbers of(Abi abi) {
    return new FilterNumbers(abi);
  }

  int number(Filter filter) {
    return numbers[filter.ordinal()];
  }

  Filter filter(int number) {
    int index = number - lowest;
    Filter filter = index >= 0 && index < byNumber.length ? byNumber[index] : null;
    if (filter == null) {
      throw new IllegalStateException("kevent: unknown filter " + number);
    }
    return filter;
  }
}

package io.kqueueserver.actuate;

import io.kqueueserver.queue.Filter;
import java.util.Locale;

/** Turns constants to the words of tags and JSON: {@code PEER_RESET} to {@code peer-reset}. */
final class Labels {
  private static final String FILTER_PREFIX = "EVFILT_";

  private Labels() {}

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static String of(Filter filter) {
    return filter.name().substring(FILTER_PREFIX.length()).toLowerCase(Locale.ROOT);
  }
}

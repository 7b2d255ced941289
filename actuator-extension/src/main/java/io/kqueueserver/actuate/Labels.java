package io.kqueueserver.actuate;

import io.kqueueserver.queue.Filter;
import java.util.Locale;

/** Constants as tags and JSON name them: {@code PEER_RESET} is {@code peer-reset}. */
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

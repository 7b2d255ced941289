package io.kqueueserver.spring.accesslog;

import io.kqueueserver.spring.accesslog.AccessPattern.Part;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Appends the time at which an exchange ended or began. The text of a second is reused for all
 * lines of that second.
 */
final class TimeFormat implements Part {
  private final DateTimeFormatter format;
  private final boolean begin;
  private final boolean bySecond;
  private long last = Long.MIN_VALUE;
  private String text = "";

  private TimeFormat(String pattern, boolean begin) {
    // NullAway: withZone takes no null, and the default zone is none.
    this.format = DateTimeFormatter.ofPattern(pattern, Locale.US).withZone(ZoneId.systemDefault());
    this.begin = begin;
    this.bySecond =
        pattern.indexOf('S') < 0
            && pattern.indexOf('n') < 0
            && pattern.indexOf('N') < 0
            && pattern.indexOf('A') < 0;
  }

  /** The time in the form of the Common Log Format. */
  static Part common() {
    return new TimeFormat("'['dd/MMM/yyyy:HH:mm:ss Z']'", false);
  }

  /**
   * The time in the form of a pattern of {@link DateTimeFormatter}, or of {@code sec}, {@code msec}
   * or {@code msec_frac}. The prefix {@code begin:} selects the time at which the request began.
   */
  static Part of(String argument) {
    boolean begin = argument.startsWith("begin");
    String format = argument.replaceFirst("^(begin|end)(:|$)", "");
    return switch (format) {
      case "sec" -> (line, record) -> line.append(millis(record, begin) / 1000);
      case "msec" -> (line, record) -> line.append(millis(record, begin));
      case "msec_frac" ->
          (line, record) ->
              line.append(Long.toString(1000 + Math.floorMod(millis(record, begin), 1000)), 1, 4);
      case "" -> new TimeFormat("'['dd/MMM/yyyy:HH:mm:ss Z']'", begin);
      default -> new TimeFormat(format, begin);
    };
  }

  private static long millis(AccessRecord record, boolean begin) {
    return begin
        ? record.endMillis() - TimeUnit.NANOSECONDS.toMillis(record.durationNanos())
        : record.endMillis();
  }

  @Override
  public void append(StringBuilder line, AccessRecord record) {
    long millis = millis(record, begin);
    long unit = bySecond ? Math.floorDiv(millis, 1000) : millis;
    if (unit != last) {
      last = unit;
      text = format.format(Instant.ofEpochMilli(millis));
    }
    Escapes.text(line, text);
  }
}

package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h2.Http2Bound;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.server.Buffers;
import io.kqueueserver.server.LoopOptions;
import io.kqueueserver.spring.InvalidSettingException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindResult;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.Environment;
import org.springframework.util.unit.DataSize;

/**
 * Allowed range of each number, duration and size, by its key. These checks name the key and show
 * the value as it was set. The server's own checks name the methods of its builder.
 */
final class SettingBounds {
  private static final Duration SHORTEST = Duration.ofNanos(1);
  private static final Duration LONGEST_WATCH = Duration.ofDays(365);
  private static final String LOW_WATERMARK = "kqueue.server.write-low-watermark";
  private static final String HIGH_WATERMARK = "kqueue.server.write-high-watermark";

  private static final String ACCEPT_PERIOD = "kqueue.server.shutdown.accept-period";

  /** The key of Spring's bound on each phase of a shutdown, 30 s unless it is set. */
  private static final String PHASE_TIMEOUT = "spring.lifecycle.timeout-per-shutdown-phase";

  private static final String HTTP2 = "kqueue.server.http2.";

  static final List<Bound<?>> ALL =
      List.of(
          integer("server.port", null, 65_535),
          integer("management.server.port", null, 65_535),
          size("server.max-http-request-header-size", 1, Limits.MAX_HELD_BYTES),
          integer("kqueue.server.loops", 1, LoopOptions.MAX_COUNT),
          integer("kqueue.server.backlog", 1, null),
          integer("kqueue.server.max-connections", 1, null),
          notNegative("kqueue.server.max-connection-age"),
          integer("kqueue.server.max-connections-per-address", 0, null),
          integer("kqueue.server.max-running-requests", 0, null),
          notNegative("kqueue.server.running-request-wait"),
          integer("kqueue.server.max-waiting-requests", 0, null),
          integer("kqueue.server.max-running-management-requests", 1, null),
          integer("kqueue.server.tcp-fast-open", 0, null),
          positive("kqueue.server.handover.timeout"),
          positive("kqueue.server.idle-timeout"),
          positive("kqueue.server.request-header-timeout"),
          positive("kqueue.server.body-timeout"),
          size("kqueue.server.request-rate.min-rate", 0, Long.MAX_VALUE),
          positive("kqueue.server.request-rate.grace-period"),
          size("kqueue.server.response-rate.min-rate", 0, Long.MAX_VALUE),
          positive("kqueue.server.response-rate.grace-period"),
          notNegative("kqueue.server.max-request-body-time"),
          notNegative("kqueue.server.max-request-time"),
          notNegative("kqueue.server.handler-timeout"),
          positive("kqueue.server.write-timeout"),
          positive("kqueue.server.stream-idle-timeout"),
          positive("kqueue.server.stream-drain-timeout"),
          size("kqueue.server.max-unread-body-size", 0, Long.MAX_VALUE),
          positive("kqueue.server.discard.timeout"),
          positive("kqueue.server.discard.idle-timeout"),
          size("kqueue.server.discard.min-rate", 0, Long.MAX_VALUE),
          size("kqueue.server.max-request-line-size", 1, Limits.MAX_HELD_BYTES),
          integer("kqueue.server.max-header-count", 1, Limits.MAX_HELD_BYTES),
          size("kqueue.server.read-buffer-size", 1024, 16 << 20),
          size("kqueue.server.body-piece-size", 512, 16 << 20),
          size("kqueue.server.max-held-bytes", 64 * 1024, Long.MAX_VALUE),
          size(HIGH_WATERMARK, 1, 1 << 30),
          size(LOW_WATERMARK, 0, 1 << 30),
          notNegative(ACCEPT_PERIOD),
          notNegative("kqueue.server.shutdown.event-stream-timeout"),
          positive("kqueue.server.tls.handshake-timeout"),
          integer("kqueue.server.tls.max-handshakes", 1, null),
          integer("kqueue.server.access-log.queue-capacity", 1, null),
          integer("kqueue.server.compression.level", 1, 9),
          integer("kqueue.server.compression.max-encoders", 1, null),
          http2Integer(Http2Bound.MAX_CONCURRENT_STREAMS),
          http2Size(Http2Bound.HEADER_TABLE_SIZE),
          http2Size(Http2Bound.STREAM_WINDOW),
          http2Size(Http2Bound.CONNECTION_WINDOW),
          notNegative("kqueue.server.http2.stalled-stream-timeout"),
          http2Integer(Http2Bound.MAX_RESETS),
          http2Integer(Http2Bound.MAX_CONTINUATIONS),
          http2Integer(Http2Bound.MAX_EMPTY_DATA),
          http2Integer(Http2Bound.MAX_CONTROL_FRAMES),
          http2Integer(Http2Bound.MAX_QUEUED_CONTROL_FRAMES),
          size("kqueue.server.websocket.max-frame-size", 125, Long.MAX_VALUE),
          size("kqueue.server.websocket.max-message-size", 1, Long.MAX_VALUE),
          integer("kqueue.server.websocket.max-fragments", 1, null),
          integer("kqueue.server.websocket.max-empty-fragments", 0, null),
          integer("kqueue.server.websocket.max-inflate-ratio", 1, 1032),
          integer("kqueue.server.websocket.max-control-frames", 1, null),
          size("kqueue.server.websocket.max-queued-bytes", 1024, Long.MAX_VALUE),
          integer("kqueue.server.websocket.max-sessions", 0, null),
          notNegative("kqueue.server.websocket.ping-interval"),
          notNegative("kqueue.server.websocket.idle-timeout"),
          notNegative("kqueue.server.websocket.message-timeout"),
          positive("kqueue.server.websocket.close-timeout"),
          new Bound<>(
              "kqueue.server.file-watcher.debounce", Duration.class, Duration.ZERO, LONGEST_WATCH),
          new Bound<>(
              "kqueue.server.file-watcher.poll-interval",
              Duration.class,
              Duration.ofMillis(10),
              LONGEST_WATCH),
          integer("kqueue.server.file-watcher.max-watches", 1, null),
          integer("kqueue.server.file-watcher.max-descriptors", 1, null),
          integer("kqueue.server.file-watcher.max-entries", 1, null),
          integer("kqueue.server.file-watcher.max-pending-changes", 1, null));

  /** Keys that take any value. Their properties document the meaning of zero or less. */
  static final Set<String> UNBOUNDED =
      Set.of(
          "kqueue.server.stall-threshold",
          "kqueue.server.shutdown-report-interval",
          "kqueue.server.max-request-body-size",
          "kqueue.server.max-discard-size",
          "kqueue.server.max-keep-alive-requests",
          "kqueue.server.access-log.max-file-size",
          "kqueue.server.access-log.max-history");

  /**
   * The bounds of one key.
   *
   * @param least null for no lower bound
   * @param most null for no upper bound but the type's
   */
  record Bound<T extends Comparable<T>>(
      String key, Class<T> type, @Nullable T least, @Nullable T most) {

    void check(Binder binder) {
      BindResult<T> bound = binder.bind(key, type);
      if (bound.isBound()) {
        T value = bound.get();
        if ((least != null && value.compareTo(least) < 0)
            || (most != null && value.compareTo(most) > 0)) {
          BindResult<String> set = binder.bind(key, String.class);
          throw new InvalidSettingException(
              key, set.isBound() ? set.get() : shown(value), allowed());
        }
      }
    }

    String allowed() {
      if (SHORTEST.equals(least)) {
        return "more than zero";
      }
      return least == null
          ? "at most " + shown(most)
          : most == null
              ? shown(least) + " or more"
              : "from " + shown(least) + " to " + shown(most);
    }
  }

  private static final List<ChronoUnit> UNITS =
      List.of(
          ChronoUnit.DAYS,
          ChronoUnit.HOURS,
          ChronoUnit.MINUTES,
          ChronoUnit.SECONDS,
          ChronoUnit.MILLIS,
          ChronoUnit.MICROS);

  private SettingBounds() {}

  /**
   * Checks every key that is set.
   *
   * @throws InvalidSettingException for the first value out of its bounds
   */
  static void check(Environment environment) {
    Binder binder = Binder.get(environment);
    ALL.forEach(bound -> bound.check(binder));
    checkAcceptPeriod(binder);
    checkOrder(
        binder,
        LOW_WATERMARK,
        Buffers.DEFAULTS.writeLowWatermark(),
        HIGH_WATERMARK,
        Buffers.DEFAULTS.writeHighWatermark());
    checkOrder(
        binder,
        "kqueue.server.http2.stream-window",
        Http2Options.DEFAULTS.streamWindowBytes(),
        "kqueue.server.http2.connection-window",
        Http2Options.DEFAULTS.connectionWindowBytes());
  }

  /** Checks that the accept period leaves some of the phase in which the server shuts down. */
  private static void checkAcceptPeriod(Binder binder) {
    Duration period = duration(binder, ACCEPT_PERIOD, Duration.ZERO);
    Duration phase = duration(binder, PHASE_TIMEOUT, Duration.ofSeconds(30));
    if (!period.isZero() && period.compareTo(phase) >= 0) {
      throw new InvalidSettingException(
          ACCEPT_PERIOD,
          shown(period),
          "less than " + PHASE_TIMEOUT + ", which is " + shown(phase));
    }
  }

  /** Checks that two keys are in order. The exception names the upper key if that key is set. */
  private static void checkOrder(
      Binder binder, String lowKey, int lowDefault, String highKey, int highDefault) {
    DataSize low = size(binder, lowKey, lowDefault);
    DataSize high = size(binder, highKey, highDefault);
    if (low.compareTo(high) > 0) {
      throw binder.bind(highKey, DataSize.class).isBound()
          ? new InvalidSettingException(
              highKey, shown(high), lowKey + " or more, which is " + shown(low))
          : new InvalidSettingException(
              lowKey, shown(low), "at most " + highKey + ", which is " + shown(high));
    }
  }

  private static Duration duration(Binder binder, String key, Duration otherwise) {
    BindResult<Duration> set = binder.bind(key, Duration.class);
    return set.isBound() ? set.get() : otherwise;
  }

  private static DataSize size(Binder binder, String key, int otherwise) {
    BindResult<DataSize> set = binder.bind(key, DataSize.class);
    return set.isBound() ? set.get() : DataSize.ofBytes(otherwise);
  }

  private static Bound<Integer> integer(
      String key, @Nullable Integer least, @Nullable Integer most) {
    return new Bound<>(key, Integer.class, least, most);
  }

  private static Bound<DataSize> size(String key, long least, long most) {
    return new Bound<>(
        key,
        DataSize.class,
        DataSize.ofBytes(least),
        most == Long.MAX_VALUE ? null : DataSize.ofBytes(most));
  }

  private static Bound<Integer> http2Integer(Http2Bound bound) {
    return integer(HTTP2 + bound.option(), bound.least(), bound.most());
  }

  private static Bound<DataSize> http2Size(Http2Bound bound) {
    return size(HTTP2 + bound.option(), bound.least(), bound.most());
  }

  private static Bound<Duration> positive(String key) {
    return new Bound<>(key, Duration.class, SHORTEST, null);
  }

  private static Bound<Duration> notNegative(String key) {
    return new Bound<>(key, Duration.class, Duration.ZERO, null);
  }

  /** The value in its largest whole unit: {@code 16MB}, {@code 10ms}, {@code 365d}. */
  static String shown(@Nullable Object value) {
    if (value instanceof Duration duration) {
      return DurationStyle.SIMPLE.print(duration, unit(duration));
    }
    if (value instanceof DataSize size) {
      long bytes = size.toBytes();
      return bytes != 0 && bytes % (1 << 20) == 0
          ? size.toMegabytes() + "MB"
          : bytes != 0 && bytes % 1024 == 0 ? size.toKilobytes() + "KB" : bytes + "B";
    }
    return String.valueOf(value);
  }

  private static ChronoUnit unit(Duration duration) {
    if (duration.isZero()) {
      return ChronoUnit.MILLIS;
    }
    return UNITS.stream()
        .filter(unit -> isWhole(duration, unit.getDuration()))
        .findFirst()
        .orElse(ChronoUnit.NANOS);
  }

  private static boolean isWhole(Duration duration, Duration unit) {
    return unit.multipliedBy(duration.dividedBy(unit)).equals(duration);
  }
}

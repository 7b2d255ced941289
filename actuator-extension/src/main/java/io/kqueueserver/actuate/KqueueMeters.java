package io.kqueueserver.actuate;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.docs.MeterDocumentation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every meter of a server: name, type, unit, tags, meaning. A test compares {@code docs/metrics.md}
 * with this list, and both with the registered meters.
 */
public enum KqueueMeters implements MeterDocumentation {
  LOOP_LATENCY(
      "loop.latency", Meter.Type.TIMER, null, "Wait of ready events until their handler ran"),
  LOOP_LATENCY_MAX("loop.latency.max", Meter.Type.GAUGE, null, "The longest of the last minute"),
  LOOP_LATENCY_PERCENTILE(
      "loop.latency.percentile", Meter.Type.GAUGE, null, "Percentiles of the last minute", Key.PHI),
  LOOP_TURN("loop.turn", Meter.Type.TIMER, null, "Work between two waits for events"),
  LOOP_TURN_MAX("loop.turn.max", Meter.Type.GAUGE, null, "The longest of the last minute"),
  LOOP_TURN_PERCENTILE(
      "loop.turn.percentile", Meter.Type.GAUGE, null, "Percentiles of the last minute", Key.PHI),
  LOOP_POLL("loop.poll", Meter.Type.TIMER, null, "Time in kevent or epoll_wait"),
  LOOP_POLL_MAX("loop.poll.max", Meter.Type.GAUGE, null, "The longest of the last minute"),
  LOOP_POLL_PERCENTILE(
      "loop.poll.percentile", Meter.Type.GAUGE, null, "Percentiles of the last minute", Key.PHI),
  LOOP_TIMER_LAG(
      "loop.timer.lag", Meter.Type.TIMER, null, "How late deadlines fired after their time"),
  LOOP_TIMER_LAG_MAX(
      "loop.timer.lag.max", Meter.Type.GAUGE, null, "The longest of the last minute"),
  LOOP_TIMER_LAG_PERCENTILE(
      "loop.timer.lag.percentile",
      Meter.Type.GAUGE,
      null,
      "Percentiles of the last minute",
      Key.PHI),
  LOOP_TASK_WAIT(
      "loop.task.wait",
      Meter.Type.TIMER,
      null,
      "Wait of tasks from other threads; of one task in a millisecond"),
  LOOP_TASK_WAIT_MAX(
      "loop.task.wait.max", Meter.Type.GAUGE, null, "The longest of the last minute"),
  LOOP_TASK_WAIT_PERCENTILE(
      "loop.task.wait.percentile",
      Meter.Type.GAUGE,
      null,
      "Percentiles of the last minute",
      Key.PHI),
  LOOP_UTILIZATION(
      "loop.utilization", Meter.Type.GAUGE, null, "Share of the last minute spent working, 0 to 1"),
  LOOP_TASKS_PENDING("loop.tasks.pending", Meter.Type.GAUGE, "tasks", "Tasks that wait"),
  LOOP_TASKS("loop.tasks", Meter.Type.COUNTER, "tasks", "Tasks from other threads that were run"),
  LOOP_EVENTS(
      "loop.events", Meter.Type.COUNTER, "events", "Events the kernel returned", Key.FILTER),
  LOOP_EVENTS_PER_TURN(
      "loop.events.per.turn",
      Meter.Type.GAUGE,
      "events",
      "Events of one wait that returned any, percentiles of the last minute",
      Key.PHI),
  LOOP_EVENTS_PER_TURN_MAX(
      "loop.events.per.turn.max", Meter.Type.GAUGE, "events", "The most in the last minute"),
  LOOP_STALE_EVENTS(
      "loop.stale.events",
      Meter.Type.COUNTER,
      "events",
      "Events of descriptors that were closed earlier in their batch"),
  LOOP_CHANGES("loop.changes", Meter.Type.COUNTER, "changes", "Changes of interest submitted"),
  LOOP_CHANGES_FAILED(
      "loop.changes.failed", Meter.Type.COUNTER, "changes", "Changes the kernel refused"),
  LOOP_TURNS("loop.turns", Meter.Type.COUNTER, "turns", "Rounds of the loop"),
  LOOP_WAKEUPS("loop.wakeups", Meter.Type.COUNTER, "wakeups", "Waits ended by another thread"),
  LOOP_STALLS(
      "loop.stalls",
      Meter.Type.COUNTER,
      "stalls",
      "Turns longer than kqueue.server.stall-threshold",
      Key.CAUSE),
  LOOP_ERRORS("loop.errors", Meter.Type.COUNTER, "errors", "Handlers and tasks that threw"),
  LOOP_QUEUE_FAILURES(
      "loop.queue.failures",
      Meter.Type.COUNTER,
      "failures",
      "Waits and wake-ups of the event queue that failed"),
  LOOP_REPLACEMENTS(
      "loop.replacements",
      Meter.Type.COUNTER,
      "replacements",
      "How often a new queue and thread took the place of those that failed"),
  FDS_REGISTERED(
      "fds.registered", Meter.Type.GAUGE, "descriptors", "What a loop has registered", Key.KIND),
  FDS_OPEN("fds.open", Meter.Type.GAUGE, "descriptors", "Open descriptors of the process"),
  FDS_LIMIT("fds.limit", Meter.Type.GAUGE, "descriptors", "Descriptors the process may open"),
  ACCEPT_PAUSED(
      "accept.paused", Meter.Type.GAUGE, "listeners", "Listeners a loop accepts nothing from now"),
  ACCEPT_PAUSES("accept.pauses", Meter.Type.COUNTER, "pauses", "How often accepting was paused"),
  ACCEPT_ABORTED(
      "accept.aborted",
      Meter.Type.COUNTER,
      "connections",
      "Connections that had gone before they were accepted"),
  CONNECTIONS_ACTIVE(
      "connections.active", Meter.Type.GAUGE, "connections", "Open connections", Key.PROTOCOL),
  CONNECTIONS_ACCEPTED(
      "connections.accepted", Meter.Type.COUNTER, "connections", "Connections a loop was given"),
  CONNECTIONS_CLOSED(
      "connections.closed",
      Meter.Type.COUNTER,
      "connections",
      "Connections closed, by why",
      Key.REASON),
  CONNECTIONS_ADDRESSES(
      "connections.addresses",
      Meter.Type.GAUGE,
      "addresses",
      "Addresses with a connection that counts against the maximum per address"),
  REQUESTS("requests", Meter.Type.COUNTER, "requests", "Requests whose head was complete"),
  REQUESTS_ACTIVE(
      "requests.active",
      Meter.Type.GAUGE,
      "requests",
      "Requests between head and last byte of response"),
  REQUESTS_RUNNING(
      "requests.running",
      Meter.Type.GAUGE,
      "requests",
      "Requests that count against the maximum of running requests, or against management's",
      Key.KIND),
  REQUESTS_WAITING("requests.waiting", Meter.Type.GAUGE, "requests", "Requests that wait to run"),
  DATA_RECEIVED("data.received", Meter.Type.COUNTER, "bytes", "Read from connections"),
  DATA_SENT("data.sent", Meter.Type.COUNTER, "bytes", "Taken by the kernel, files included"),
  DATA_SENDFILE("data.sendfile", Meter.Type.COUNTER, "bytes", "Of those, by sendfile"),
  DATA_DISCARDED(
      "data.discarded",
      Meter.Type.COUNTER,
      "bytes",
      "Received bytes that were dropped: unread rests of bodies, input after FIN"),
  WRITES_PUT_OFF(
      "writes.put.off",
      Meter.Type.COUNTER,
      "writes",
      "Writes put off because the system was out of buffers"),
  ACCESS_LOG_DROPPED(
      "access.log.dropped",
      Meter.Type.COUNTER,
      "records",
      "Lines of the access log that were lost, for want of room or by a failed write"),
  TLS_HANDSHAKE(
      "tls.handshake",
      Meter.Type.TIMER,
      null,
      "TLS handshakes that succeeded, from a client's first byte"),
  TLS_HANDSHAKE_RESUMED(
      "tls.handshake.resumed",
      Meter.Type.COUNTER,
      "handshakes",
      "Of those, the ones that went on with an earlier session"),
  TLS_HANDSHAKE_FAILURES(
      "tls.handshake.failures",
      Meter.Type.COUNTER,
      "handshakes",
      "TLS handshakes that failed, and connections broken off for their TLS, by why",
      Key.REASON),
  TLS_HANDSHAKE_ACTIVE(
      "tls.handshake.active", Meter.Type.GAUGE, "handshakes", "TLS handshakes under way"),
  TLS_TRUNCATED(
      "tls.truncated",
      Meter.Type.COUNTER,
      "connections",
      "Connections that ended without the client's close_notify"),
  TLS_KEPT(
      "tls.kept", Meter.Type.GAUGE, "bytes", "Ciphertext that waits for its rest, or to be sent"),
  HTTP2_STREAMS(
      "http2.streams",
      Meter.Type.GAUGE,
      "streams",
      "HTTP/2 streams that are open, or whose handler runs"),
  HTTP2_FRAMES(
      "http2.frames",
      Meter.Type.COUNTER,
      "frames",
      "HTTP/2 frames by type",
      Key.DIRECTION,
      Key.TYPE),
  HTTP2_RESETS(
      "http2.resets",
      Meter.Type.COUNTER,
      "resets",
      "RST_STREAM frames, by code and by the side that sent them",
      Key.CODE,
      Key.BY),
  HTTP2_GOAWAY(
      "http2.goaway",
      Meter.Type.COUNTER,
      "frames",
      "GOAWAY frames, by code and by the side that sent them",
      Key.CODE,
      Key.BY),
  HTTP2_STALLS(
      "http2.stalls",
      Meter.Type.COUNTER,
      "stalls",
      "How often bytes of a response began to wait for credit",
      Key.WINDOW),
  HTTP2_STALLED(
      "http2.stalled",
      Meter.Type.TIMER,
      null,
      "Of those waits, the ones that have ended, and their length",
      Key.WINDOW),
  WEBSOCKET_SESSIONS(
      "websocket.sessions", Meter.Type.GAUGE, "sessions", "WebSocket sessions that are open"),
  WEBSOCKET_MESSAGES(
      "websocket.messages",
      Meter.Type.COUNTER,
      "messages",
      "WebSocket messages, pings and pongs",
      Key.DIRECTION,
      Key.TYPE),
  WEBSOCKET_CLOSES(
      "websocket.closes",
      Meter.Type.COUNTER,
      "sessions",
      "WebSocket sessions that ended, by code and by the side that decided it",
      Key.CODE,
      Key.BY),
  WEBSOCKET_QUEUED(
      "websocket.queued", Meter.Type.GAUGE, "bytes", "WebSocket messages that wait to be sent"),
  WEBSOCKET_DEFLATE_INPUT(
      "websocket.deflate.input",
      Meter.Type.COUNTER,
      "bytes",
      "WebSocket messages that were compressed, before"),
  WEBSOCKET_DEFLATE_OUTPUT(
      "websocket.deflate.output", Meter.Type.COUNTER, "bytes", "The same messages, after"),
  LIMITS_HIT("limits.hit", Meter.Type.COUNTER, "hits", "How often a limit was met", Key.LIMIT),
  MEMORY_HELD(
      "memory.held",
      Meter.Type.GAUGE,
      "bytes",
      "All that is held for clients: read ahead, or waiting to be sent"),
  MEMORY_PAUSES(
      "memory.pauses",
      Meter.Type.COUNTER,
      "pauses",
      "How often a connection was not read since too much was held"),
  BUFFERS_USED(
      "buffers.used", Meter.Type.GAUGE, "bytes", "Response bytes in memory that wait to be sent"),
  BUFFERS_LENT(
      "buffers.lent",
      Meter.Type.GAUGE,
      "buffers",
      "Buffers of the application that wait to be sent or compressed,"
          + " and blocks of request bodies that it holds"),
  BUFFERS_POOLED(
      "buffers.pooled", Meter.Type.GAUGE, "bytes", "Native buffers a loop keeps for itself");

  /** Tags of these meters; each has few values. */
  public enum Key implements KeyName {
    /** The server: {@code main} or {@code management}. */
    SERVER,
    /** The loop's number. */
    LOOP,
    /** The filter: {@code read}, {@code write}, {@code vnode}, {@code timer} or {@code user}. */
    FILTER,
    /**
     * The descriptor: {@code listener}, {@code connection}, {@code wake-up} or {@code file}; the
     * running request: {@code application} or {@code management}.
     */
    KIND,
    /** The protocol: {@code http/1.1}, {@code http/2}, {@code upgraded}, or {@code undecided}. */
    PROTOCOL,
    /**
     * Why a connection was closed, by the constants of {@code CloseReason}; why TLS failed, by
     * those of {@code TlsFailure}.
     */
    REASON,
    /** The cause of a stall, by the constants of {@code StallCause}. */
    CAUSE,
    /** The limit, by the constants of {@code Limit}. */
    LIMIT,
    /** The direction: {@code in} from clients, or {@code out} to clients. */
    DIRECTION,
    /**
     * The type of a message or frame. Of WebSocket {@code text}, {@code binary}, {@code ping} or
     * {@code pong}. Of HTTP/2 the frame type of RFC 9113 or 9218 in lower case, {@code other} for a
     * type of neither RFC.
     */
    TYPE,
    /**
     * Of WebSocket the code of the first Close frame, {@code 1006} for an end without one, {@code
     * 3xxx} and {@code 4xxx} for the codes of libraries and applications; of HTTP/2 the error code
     * of RFC 9113 7 in lower case, {@code other} for one that it does not name.
     */
    CODE,
    /** {@code client} or {@code server}; of WebSocket also {@code application}. */
    BY,
    /** The window without credit: {@code stream} or {@code connection}. */
    WINDOW,
    /** The share of a percentile, as with Micrometer's own: 0.5, 0.95, 0.99 or 0.999. */
    PHI;

    @Override
    public String asString() {
      return Labels.of(this);
    }
  }

  private final String name;
  private final Meter.Type type;
  private final @Nullable String unit;
  private final String meaning;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<Key> own;

  KqueueMeters(String name, Meter.Type type, @Nullable String unit, String meaning, Key... own) {
    this.name = "kqueue." + name;
    this.type = type;
    this.unit = unit;
    this.meaning = meaning;
    this.own = List.of(own);
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public Meter.Type getType() {
    return type;
  }

  /** The unit; null for shares, and for times, whose unit is the registry's. */
  @Override
  @SuppressWarnings("NullAway") // the interface documents it as optional without saying so
  public @Nullable String getBaseUnit() {
    return unit;
  }

  @Override
  public KeyName[] getKeyNames() {
    return keys().toArray(KeyName[]::new);
  }

  private List<Key> keys() {
    List<Key> keys =
        new ArrayList<>(
            switch (this) {
              case FDS_OPEN, FDS_LIMIT -> List.of();
              case REQUESTS_ACTIVE,
                  REQUESTS_RUNNING,
                  REQUESTS_WAITING,
                  CONNECTIONS_ADDRESSES,
                  CONNECTIONS_CLOSED,
                  ACCESS_LOG_DROPPED,
                  TLS_HANDSHAKE_FAILURES,
                  HTTP2_FRAMES,
                  HTTP2_RESETS,
                  HTTP2_GOAWAY,
                  WEBSOCKET_MESSAGES,
                  WEBSOCKET_CLOSES,
                  LIMITS_HIT ->
                  List.of(Key.SERVER);
              default -> List.of(Key.SERVER, Key.LOOP);
            });
    keys.addAll(own);
    return keys;
  }

  /** The meaning of the meter, in one phrase. */
  public String meaning() {
    return meaning;
  }
}

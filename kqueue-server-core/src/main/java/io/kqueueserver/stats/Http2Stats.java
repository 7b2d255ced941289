package io.kqueueserver.stats;

import java.util.List;

/**
 * Counters of HTTP/2 on one loop, part of {@link LoopStats} and written as those are: by the loop's
 * thread alone, read racily by any other. Frame types and error codes arrive as the numbers of the
 * wire. Numbers that no RFC names share one place, so that no client makes a series.
 */
public final class Http2Stats {
  /** The side that sent a frame which ends something. */
  public enum By {
    CLIENT,
    SERVER
  }

  /** A window for sending, whose credit the client gives. */
  public enum Window {
    STREAM,
    CONNECTION
  }

  /** Answer of {@link #stall} while nothing stalls. */
  public static final long NO_STALL = Long.MAX_VALUE;

  private static final String OTHER = "other";

  /** Places of frame types: RFC 9113 numbers ten in a row, RFC 9218 adds one further up. */
  private static final List<String> TYPES =
      List.of(
          "data",
          "headers",
          "priority",
          "rst_stream",
          "settings",
          "push_promise",
          "ping",
          "goaway",
          "window_update",
          "continuation",
          "priority_update",
          OTHER);

  private static final int LAST_IN_A_ROW = 9;
  private static final int PRIORITY_UPDATE = 0x10;

  /** Places of error codes, whose numbers RFC 9113 7 gives in a row. */
  private static final List<String> CODES =
      List.of(
          "no_error",
          "protocol_error",
          "internal_error",
          "flow_control_error",
          "settings_timeout",
          "stream_closed",
          "frame_size_error",
          "refused_stream",
          "cancel",
          "compression_error",
          "connect_error",
          "enhance_your_calm",
          "inadequate_security",
          "http_1_1_required",
          OTHER);

  private static final int SIDES = By.values().length;

  /** Streams of open connections now, from the head of the request to the last of both sides. */
  public int streams;

  private final long[] received = new long[TYPES.size()];
  private final long[] sent = new long[TYPES.size()];
  private final long[] resets = new long[CODES.size() * SIDES];
  private final long[] goAways = new long[CODES.size() * SIDES];
  private final long[] stalls = new long[Window.values().length];
  private final long[] ended = new long[Window.values().length];
  private final long[] nanos = new long[Window.values().length];

  // ---- frames

  /** Counts a frame of a client. */
  public void received(int type) {
    received[typePlace(type)]++;
  }

  /** Counts a frame to a client. */
  public void sent(int type) {
    sent[typePlace(type)]++;
  }

  /** Frames of clients whose type has that place. */
  public long receivedCount(int place) {
    return received[place];
  }

  /** Frames to clients whose type has that place. */
  public long sentCount(int place) {
    return sent[place];
  }

  /** Tags of frame types in the order of their places. */
  public static List<String> typeTags() {
    return TYPES;
  }

  /** The place of a type by its number on the wire. */
  public static int typePlace(int type) {
    if (type >= 0 && type <= LAST_IN_A_ROW) {
      return type;
    }
    return type == PRIORITY_UPDATE ? LAST_IN_A_ROW + 1 : TYPES.size() - 1;
  }

  // ---- ends

  /** Counts an RST_STREAM. */
  public void reset(By by, int code) {
    resets[codePlace(code) * SIDES + by.ordinal()]++;
  }

  /** Counts a GOAWAY; the graceful end of a connection has two. */
  public void goAway(By by, int code) {
    goAways[codePlace(code) * SIDES + by.ordinal()]++;
  }

  /** RST_STREAM frames of that side whose code has that place. */
  public long resetCount(By by, int place) {
    return resets[place * SIDES + by.ordinal()];
  }

  /** GOAWAY frames of that side whose code has that place. */
  public long goAwayCount(By by, int place) {
    return goAways[place * SIDES + by.ordinal()];
  }

  /** Tags of error codes in the order of their places. */
  public static List<String> codeTags() {
    return CODES;
  }

  /** The place of an error code by its number on the wire. */
  public static int codePlace(int code) {
    return code >= 0 && code < CODES.size() - 1 ? code : CODES.size() - 1;
  }

  // ---- stalls

  /**
   * Counts the beginning or the end of a stall, where there is one.
   *
   * @param stalls whether bytes wait for credit of this window now
   * @param since what the last call answered for this window, {@link #NO_STALL} at first
   * @return since when bytes have waited
   */
  public long stall(Window window, boolean stalls, long since, long nowNanos) {
    if (stalls == (since != NO_STALL)) {
      return since;
    }
    if (stalls) {
      this.stalls[window.ordinal()]++;
      return nowNanos;
    }
    ended[window.ordinal()]++;
    nanos[window.ordinal()] += nowNanos - since;
    return NO_STALL;
  }

  /** Stalls that have begun. */
  public long stallCount(Window window) {
    return stalls[window.ordinal()];
  }

  /** Stalls that have ended, by credit or with their stream. */
  public long endedStalls(Window window) {
    return ended[window.ordinal()];
  }

  /** How long those that have ended lasted together. */
  public long stalledNanos(Window window) {
    return nanos[window.ordinal()];
  }
}
